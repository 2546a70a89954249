/* SPDX-License-Identifier: MIT */
#include "option_table.h"
#include "talk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- What was given ---- */

void invocation_init(invocation *v, const program *p)
{
    *v = (invocation){.program = p};
    v->given = allocate(table_size(p), sizeof *v->given);
    v->from_config = allocate(table_size(p), sizeof *v->from_config);
}

void invocation_give(invocation *v, size_t i, const char *written, bool from_config)
{
    free(v->given[i]);
    v->given[i] = copy_text(written);
    v->from_config[i] = from_config;
}

const char *invocation_given(const invocation *v, const char *name)
{
    size_t i = 0;
    return table_find(&i, v->program, name, strlen(name)) ? v->given[i] : NULL;
}

bool invocation_has_argument(const invocation *v, const char *name)
{
    size_t i = 0;
    return table_find(&i, v->program, name, strlen(name)) && v->given[i] && !v->from_config[i];
}

void invocation_release(invocation *v)
{
    for (size_t i = 0; v->given && i < table_size(v->program); i++)
        free(v->given[i]);
    for (size_t i = 0; i < v->n_operands; i++)
        free(v->operands[i]);
    free(v->given);
    free(v->operands);
    free(v->from_config);
    free(v->config_path);
    json_decref(v->stored);
    *v = (invocation){0};
}

static void operand_add(invocation *v, const char *word)
{
    v->operands = reallocate(v->operands, v->n_operands + 1, sizeof *v->operands);
    v->operands[v->n_operands++] = copy_text(word);
}

/* ---- Options that end the program ---- */

static void version_write(text *out, const program *p)
{
    text_add(out, "%s (" GANLENS_NAME ") " GANLENS_VERSION "\n", p->name);
    if (p->build_info)
        text_add(out, "%s\n", p->build_info());
}

/* Columns for help: those of the terminal that shows it, within what can be read; elsewhere always
 * the same. */
static size_t help_width(void)
{
    enum { LEAST = 40, USUAL = 80, MOST = 100 };
    if (!isatty(STDOUT_FILENO))
        return USUAL;
    const char *columns = getenv("COLUMNS"), *end = NULL;
    uint64_t width = 0;
    if (!columns || !count_read(&width, columns, &end) || *end != '\0' || width == 0)
        width = terminal_width(STDOUT_FILENO);
    return width < LEAST ? LEAST : width > MOST ? MOST : (size_t)width;
}

/* Returns 1 when the document is printed. */
static int document_print(const program *p, common_option which, const char *shell, error *e)
{
    text out = {0};
    if (which == COMMON_HELP)
        help_write(&out, p, help_width());
    else if (which == COMMON_VERSION)
        version_write(&out, p);
    else if (which == COMMON_PRINT_MAN)
        man_write(&out, p);
    else
        completion_write(&out, p, shell);
    int status = stdout_write(out.data, out.length, e) == 0 ? 1 : -1;
    text_release(&out);
    return status;
}

/* ---- argv ---- */

/* Where the reader stands in argv. */
typedef struct {
    invocation *v;
    int argc, at;
    char **argv;
} reader;

/* Option i was written with this value. Returns 0 to go on, 1 when the program is to end, -1. */
static int take(reader *r, size_t i, const char *written, error *e)
{
    const program *p = r->v->program;
    switch (table_common(p, i)) {
    case COMMON_PRINT_COMPLETION: {
        const char *shell = NULL;
        const option_row *row = table_row(p, i);
        if (option_read(&shell, row, written, e) != 0)
            return fail_in(e, "--%s", row->name);
        return document_print(p, COMMON_PRINT_COMPLETION, shell, e);
    }
    case COMMON_HELP:
    case COMMON_VERSION:
    case COMMON_PRINT_MAN:
        return document_print(p, table_common(p, i), NULL, e);
    case COMMON_CONFIG:
        free(r->v->config_path);
        r->v->config_path = copy_text(written);
        return 0;
    default:
        invocation_give(r->v, i, written, false);
        return 0;
    }
}

/* The value of option i: what is attached to the option, else the next word, whatever it begins
 * with: a range may be negative. */
static int take_value(reader *r, size_t i, const char *attached, error *e)
{
    const option_row *row = table_row(r->v->program, i);
    if (!attached && r->at + 1 >= r->argc)
        return fail(e, STATUS_USAGE, "--%s: a value is missing, expected %s", row->name,
                    row->value);
    return take(r, i, attached ? attached : r->argv[++r->at], e);
}

static int fail_unknown(const program *p, const char *word, size_t n, error *e)
{
    const char *close = table_closest(p, word, n);
    if (!close)
        return fail(e, STATUS_USAGE, "unknown option '--%.*s'; '%s --help' lists them", (int)n,
                    word, p->name);
    return fail(e, STATUS_USAGE, "unknown option '--%.*s'; did you mean '--%s'?", (int)n, word,
                close);
}

/* Whether word is "no-x" for a switch x. */
static bool find_switched_off(size_t *i, const program *p, const char *word, size_t n)
{
    if (n < 4 || memcmp(word, "no-", 3) != 0 || !table_find(i, p, word + 3, n - 3))
        return false;
    const option_row *row = table_row(p, *i);
    return row->kind == KIND_FLAG && row_is_stored(row);
}

/* "--x", "--x=v" or "--no-x"; word begins after the dashes. */
static int read_long(reader *r, const char *word, error *e)
{
    const program *p = r->v->program;
    const char *equals = strchr(word, '=');
    size_t n = !equals ? strlen(word) : (size_t)(equals - word), i = 0;
    const char *attached = !equals ? NULL : equals + 1;
    if (table_find(&i, p, word, n)) {
        const option_row *row = table_row(p, i);
        if (row->kind != KIND_FLAG)
            return take_value(r, i, attached, e);
        if (attached && !row_is_stored(row))
            return fail(e, STATUS_USAGE, "--%s takes no value", row->name);
        return take(r, i, !attached ? "true" : attached, e);
    }
    if (!find_switched_off(&i, p, word, n))
        return fail_unknown(p, word, n, e);
    if (attached)
        return fail(e, STATUS_USAGE, "--%.*s takes no value", (int)n, word);
    return take(r, i, "false", e);
}

/* "-qv", "-oRUN" or "-o RUN"; letters begins after the dash. */
static int read_letters(reader *r, const char *letters, error *e)
{
    const program *p = r->v->program;
    for (; *letters != '\0'; letters++) {
        size_t i = 0;
        if (!table_find_letter(&i, p, *letters))
            return fail(e, STATUS_USAGE, "unknown option '-%c'; '%s --help' lists them", *letters,
                        p->name);
        if (table_row(p, i)->kind != KIND_FLAG)
            return take_value(r, i, letters[1] == '\0' ? NULL : letters + 1, e);
        int status = take(r, i, "true", e);
        if (status != 0)
            return status;
    }
    return 0;
}

static int read_arguments(reader *r, error *e)
{
    bool is_operand = false;
    for (r->at = 1; r->at < r->argc; r->at++) {
        const char *word = r->argv[r->at];
        int status = 0;
        if (!is_operand && strcmp(word, "--") == 0)
            is_operand = true;
        else if (is_operand || word[0] != '-' || word[1] == '\0')
            operand_add(r->v, word);
        else if (word[1] == '-')
            status = read_long(r, word + 2, e);
        else
            status = read_letters(r, word + 1, e);
        if (status != 0)
            return status;
    }
    return 0;
}

static int operands_check(const invocation *v, int argc, error *e)
{
    const program *p = v->program;
    if (v->n_operands < p->min_operands)
        return fail(e, STATUS_USAGE, "%susage: %s %s; '%s --help' says more",
                    argc > 1 ? "an operand is missing; " : "", p->name, p->usage, p->name);
    if (v->n_operands > p->max_operands)
        return fail(e, STATUS_USAGE, "unexpected operand '%s'; usage: %s %s",
                    v->operands[p->max_operands], p->name, p->usage);
    return 0;
}

int program_read(invocation *v, const program *p, int argc, char **argv, error *e)
{
    invocation_init(v, p);
    reader r = {.v = v, .argc = argc, .argv = argv};
    int status = read_arguments(&r, e);
    if (status == 0)
        status = operands_check(v, argc, e);
    if (status == 0 && v->config_path)
        status = config_read(v, e);
    return status;
}

int program_apply(void *settings, const invocation *v, error *e)
{
    for (size_t i = 0; i < table_size(v->program); i++) {
        const option_row *row = table_row(v->program, i);
        if (!v->given[i] ||
            option_read(table_member(v->program, i, settings), row, v->given[i], e) == 0)
            continue;
        if (v->from_config[i])
            return fail_in(e, "%s: key '%s'", v->config_path, row->name);
        return fail_in(e, "--%s", row->name);
    }
    return 0;
}
