/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

/* What a shell can offer for the value of an option. */
typedef enum { OFFER_NOTHING, OFFER_FILES, OFFER_CHOICES } offer;

static offer value_offer(const option_row *row)
{
    if (row->choices)
        return OFFER_CHOICES;
    return row->kind == KIND_TEXT ? OFFER_FILES : OFFER_NOTHING;
}

static bool operands_are_files(const program *p)
{
    return p->operand_words && strcmp(p->operand_words, "file") == 0;
}

/* Whether some of the words only begin a value, such as "rec:". */
static bool words_go_on(const option_row *row)
{
    const char *word;
    for (size_t i = 0; row->choices && (word = name_at(row->choices, i)); i++)
        if (ends_with(word, ":"))
            return true;
    return false;
}

/* n characters in single quotes, each of special with a backslash before it. */
static void add_quoted(text *out, const char *s, size_t n, const char *special)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\'') /* all shells: leave the quotes, add one, enter them again */
            text_add(out, "'\\''");
        else
            text_add(out, "%s%c", strchr(special, s[i]) ? "\\" : "", s[i]);
    }
}

static void add_choices(text *out, const option_row *row, const char *special)
{
    const char *choice;
    for (size_t i = 0; (choice = name_at(row->choices, i)); i++) {
        text_add(out, "%s", i == 0 ? "" : " ");
        add_quoted(out, choice, strlen(choice), special);
    }
}

/* The first sentence of the summary without its stop; dots that stand for more are none. */
static void add_summary(text *out, const option_row *row, const char *special)
{
    const char *s = row->summary;
    size_t n = 0;
    while (s[n] != '\0' &&
           !(s[n] == '.' && (s[n + 1] == ' ' || s[n + 1] == '\0') && (n == 0 || s[n - 1] != '.')))
        n++;
    add_quoted(out, s, n, special);
}

/* ---- bash ---- */

static void bash_add_case(text *out, const option_row *row)
{
    if (row->kind == KIND_FLAG)
        return;
    text_add(out, "    --%s", row->name);
    if (row->letter != 0)
        text_add(out, "|-%c", row->letter);
    if (row->alias)
        text_add(out, "|--%s", row->alias);
    text_add(out, ")\n");
    if (value_offer(row) == OFFER_CHOICES) {
        text_add(out, "        words='");
        add_choices(out, row, "");
        text_add(out, "'\n");
        if (words_go_on(row))
            text_add(out, "        files=yes\n");
        if (row->kind == KIND_LIST)
            text_add(out, "        [[ $cur == *,* ]] && head=${cur%%,*},\n");
    } else if (value_offer(row) == OFFER_FILES) {
        text_add(out, "        return\n");
    } else {
        text_add(out, "        words=' '\n");
    }
    text_add(out, "        ;;\n");
}

/* All spellings, parted by blanks. */
static void bash_add_spellings(text *out, const program *p)
{
    const char *join = "";
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        if (!table_heading(p, i))
            continue;
        text_add(out, "%s--%s", join, row->name);
        if (option_is_on_by_default(p, i))
            text_add(out, " --no-%s", row->name);
        if (row->alias)
            text_add(out, " --%s", row->alias);
        join = " ";
    }
}

/* Where COMPREPLY stays empty, `-o default` completes file names. What stands before a colon of the
 * value is no part of what is replaced. */
static void bash_write(text *out, const program *p)
{
    text_add(out,
             "# bash completion for %s\n_%s()\n{\n"
             "    local i=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev\n"
             "    local head='' words='' files='' colon='' word\n"
             "    COMPREPLY=()\n"
             "    # a:b comes as three words, and so does --opt=v\n"
             "    if [[ $cur == ':' && $i -gt 1 ]]; then\n"
             "        i=$((i-1)) colon=${COMP_WORDS[i]}: cur=''\n"
             "    elif [[ $i -gt 2 && ${COMP_WORDS[i-1]} == ':' ]]; then\n"
             "        i=$((i-2)) colon=${COMP_WORDS[i]}:\n    fi\n"
             "    prev=${COMP_WORDS[i-1]}\n"
             "    if [[ $cur == '=' ]]; then\n        cur=''\n"
             "    elif [[ $prev == '=' ]]; then\n        prev=${COMP_WORDS[i-2]}\n    fi\n"
             "    case $prev in\n",
             p->name, p->name);
    for (size_t i = 0; i < table_size(p); i++)
        if (table_heading(p, i))
            bash_add_case(out, table_row(p, i));
    text_add(out, "    esac\n    if [[ -z $words && $cur == -* ]]; then\n        words='");
    bash_add_spellings(out, p);
    text_add(out,
             "'\n    fi\n"
             "    if [[ -n $words ]]; then\n"
             "        [[ -n $files ]] || compopt +o default 2>/dev/null\n"
             "        for word in $(compgen -W \"$words\" -- \"$colon${cur##*,}\"); do\n"
             "            [[ $word == \"$colon\" ]] || COMPREPLY+=(\"$head${word#\"$colon\"}\")\n"
             "        done\n"
             "        [[ ${#COMPREPLY[@]} -eq 1 && $COMPREPLY == *: ]] && compopt -o nospace "
             "2>/dev/null\n"
             "%s    fi\n}\ncomplete -o default -F _%s %s\n",
             operands_are_files(p) ? "" : "    else\n        compopt +o default 2>/dev/null\n",
             p->name, p->name);
}

/* ---- zsh ---- */

static void zsh_add_value(text *out, const option_row *row)
{
    text_add(out, ":");
    add_quoted(out, row->value, strlen(row->value), ":");
    text_add(out, ":");
    if (value_offer(row) == OFFER_CHOICES) {
        bool is_list = row->kind == KIND_LIST, is_open = words_go_on(row);
        text_add(out, is_list ? "_values -s , item " : is_open ? "compadd -S \"\" - " : "(");
        add_choices(out, row, ":");
        text_add(out, is_list || is_open ? "" : ")");
    } else {
        text_add(out, value_offer(row) == OFFER_FILES ? "_files" : " ");
    }
}

/* One spelling; after: the sign behind it that says how a value follows. */
static void zsh_add_spec(text *out, const option_row *row, const char *spelling, const char *after)
{
    bool takes_value = row->kind != KIND_FLAG;
    text_add(out, "    '%s%s[", spelling, takes_value ? after : "");
    add_summary(out, row, "\\[]:");
    text_add(out, "]");
    if (takes_value)
        zsh_add_value(out, row);
    text_add(out, "' \\\n");
}

static void zsh_add_option(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    const struct {
        const char *dashes, *name, *after;
        bool is_there;
    } spellings[] = {{"--", row->name, "=", true},
                     {"-", (const char[]){row->letter, '\0'}, "+", row->letter != 0},
                     {"--no-", row->name, "", option_is_on_by_default(p, i)},
                     {"--", row->alias, "=", row->alias}};
    for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++) {
        text spelling = {0};
        if (!spellings[k].is_there)
            continue;
        text_add(&spelling, "%s%s", spellings[k].dashes, spellings[k].name);
        zsh_add_spec(out, row, spelling.data, spellings[k].after);
        text_release(&spelling);
    }
}

static void zsh_write(text *out, const program *p)
{
    text_add(out, "#compdef %s\n_arguments -s -S \\\n", p->name);
    for (size_t i = 0; i < table_size(p); i++)
        if (table_heading(p, i))
            zsh_add_option(out, p, i);
    text_add(out, "    '*: :%s'\n", operands_are_files(p) ? "_files" : " ");
}

/* ---- fish ---- */

static void fish_add_option(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    text_add(out, "complete -c %s -l %s", p->name, row->name);
    if (row->letter != 0)
        text_add(out, " -s %c", row->letter);
    if (row->alias)
        text_add(out, " -l %s", row->alias);
    if (row->kind != KIND_FLAG)
        text_add(out, value_offer(row) == OFFER_FILES ? " -r -F" : " -x");
    if (value_offer(row) == OFFER_CHOICES) {
        text_add(out, row->kind == KIND_LIST ? " -a '(__fish_append , " : " -a '");
        add_choices(out, row, "");
        text_add(out, row->kind == KIND_LIST ? ")'" : "'");
    }
    text_add(out, " -d '");
    add_summary(out, row, "\\");
    text_add(out, "'\n");
    if (option_is_on_by_default(p, i))
        text_add(out, "complete -c %s -l no-%s\n", p->name, row->name);
}

static void fish_write(text *out, const program *p)
{
    text_add(out, "# fish completion for %s\n", p->name);
    if (!operands_are_files(p))
        text_add(out, "complete -c %s -f\n", p->name);
    for (size_t i = 0; i < table_size(p); i++)
        if (table_heading(p, i))
            fish_add_option(out, p, i);
}

void completion_write(text *out, const program *p, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash_write(out, p);
    else if (strcmp(shell, "zsh") == 0)
        zsh_write(out, p);
    else
        fish_write(out, p);
}
