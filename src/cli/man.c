/* SPDX-License-Identifier: MIT */
/* The man page, in man(7) macros and no others, so that groff and mandoc agree about it. */
#include "option_table.h"

#include <ctype.h>
#include <string.h>

enum { MAX_LINE = 70 }; /* of the source: mandoc wants less than 80 bytes, escapes included */

/* What roff would take for its own, or turn into typographic signs that cannot be pasted. */
static const char *roff_escape(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

static void add_escaped(text *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *escaped = roff_escape(s[i]);
        if (s[i] == '.' && i == 0)
            text_add(out, "\\&."); /* a line that begins with a dot is a request */
        else if (escaped)
            text_add(out, "%s", escaped);
        else
            text_add_bytes(out, s + i, 1);
    }
}

/* "et al. 2014" and "e.g. a list" go on. */
static bool begins_sentence(char before, char first)
{
    return before == '.' && !isdigit((unsigned char)first) && !islower((unsigned char)first);
}

void man_add_prose(text *out, const char *s)
{
    size_t line_start = out->length;
    for (s += strspn(s, " \n"); *s != '\0'; s += strspn(s, " \n")) {
        size_t n = strcspn(s, " \n");
        char before = out->length > line_start ? out->data[out->length - 1] : '\0';
        bool is_sentence = begins_sentence(before, *s);
        if (before && (is_sentence || out->length - line_start + n > MAX_LINE)) {
            /* A dot that ends a line ends a sentence, unless it is told. */
            text_add(out, before == '.' && !is_sentence ? "\\&\n" : "\n");
            line_start = out->length;
            before = '\0';
        }
        text_add(out, "%s", before ? " " : "");
        add_escaped(out, s, n);
        s += n;
    }
    text_add(out, "\n");
}

void man_add_paragraphs(text *out, const char *s)
{
    const char *join = "";
    while (s && *s != '\0') {
        const char *end = strstr(s, "\n\n");
        text paragraph = {0};
        text_add_bytes(&paragraph, s, !end ? strlen(s) : (size_t)(end - s));
        text_add(out, "%s", join);
        man_add_prose(out, paragraph.data);
        text_release(&paragraph);
        join = MAN_PARAGRAPH;
        s = !end ? NULL : end + strspn(end, "\n");
    }
}

static void add_label(text *out, const char *label, size_t n)
{
    text_add(out, ".TP\n\\fB");
    add_escaped(out, label, n);
    text_add(out, "\\fR\n");
}

void man_add_entry(text *out, const char *label, const char *meaning)
{
    add_label(out, label, strlen(label));
    man_add_prose(out, meaning);
}

static void add_option(text *out, const program *p, size_t i)
{
    text label = {0}, summary = {0}, notes = {0};
    option_add_label(&label, p, i);
    option_add_summary(&summary, p, i);
    option_add_notes(&notes, p, i);
    man_add_entry(out, label.data, summary.data);
    if (notes.length > 0)
        man_add_prose(out, notes.data);
    text_release(&label);
    text_release(&summary);
    text_release(&notes);
}

void man_add_heading(text *out, const char *heading) { text_add(out, ".SH %s\n", heading); }

void man_add_subheading(text *out, const char *heading)
{
    text_add(out, ".SS ");
    man_add_prose(out, heading);
}

static void add_options(text *out, const program *p)
{
    const char *before = "";
    text_add(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < table_size(p); i++) {
        const char *heading = table_heading(p, i);
        if (!heading)
            continue;
        if (strcmp(heading, before) != 0)
            man_add_subheading(out, heading);
        before = heading;
        add_option(out, p, i);
    }
    text_add(out, MAN_PARAGRAPH);
    man_add_paragraphs(out, general_note);
}

static const char environment[] =
    "COLUMNS: The width of --help on a terminal, in place of the terminal's own.\n"
    "GANLENS_CPU: avx512, avx2 or plain: the most that the computing uses of this CPU, in place of "
    "the best that it has; a level that it has not is refused. For tests and comparisons. OpenBLAS, "
    "which multiplies in training, has OPENBLAS_CORETYPE for that.\n"
    "MAKEFLAGS: Where it says -j, one thread is used unless --threads says otherwise.\n"
    "NO_COLOR: Where it is not empty, progress on a terminal has no colours.\n"
    "TERM: Where it is dumb or not set, progress is written in plain lines.\n";

static void add_exit_statuses(text *out)
{
    text_add(out, ".SH EXIT STATUS\n");
    for (const exit_meaning *m = exit_meanings(); m->status; m++)
        man_add_entry(out, m->status, m->meaning);
}

static void add_line(text *out, const char *line, size_t n)
{
    const char *colon = strstr(line, ": ");
    size_t n_label = colon && colon < line + n ? (size_t)(colon - line) : n;
    text meaning = {0};
    add_label(out, line, n_label);
    text_add_bytes(&meaning, line + n_label, n - n_label);
    man_add_prose(out, n_label < n ? meaning.data + 1 : "");
    text_release(&meaning);
}

void man_add_entries(text *out, const char *lines)
{
    const char *line = NULL;
    size_t n = 0;
    while (token_next(&line, &n, &lines, '\n'))
        if (n > 0)
            add_line(out, line, n);
}

void man_add_see_also(text *out, const char *name)
{
    static const struct {
        const char *name;
        int section;
    } pages[] = {
        {"ganeval", 1}, {"ganexplain", 1}, {"gansample", 1}, {"gantrain", 1}, {GANLENS_NAME, 7}};
    const char *join = "";
    man_add_heading(out, "SEE ALSO");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(pages[i].name, name) == 0)
            continue;
        text_add(out, "%s\\fB%s\\fR(%d)", join, pages[i].name, pages[i].section);
        join = ",\n";
    }
    text_add(out, "\n");
}

static void add_examples(text *out, const char *examples)
{
    const char *line = NULL;
    size_t n = 0;
    text_add(out, ".SH EXAMPLES\n.nf\n");
    while (token_next(&line, &n, &examples, '\n')) {
        if (n == 0)
            continue;
        add_escaped(out, line, n);
        text_add(out, "\n");
    }
    text_add(out, ".fi\n");
}

void man_add_title(text *out, const char *name, int section, const char *summary)
{
    text_add(out, ".TH ");
    for (const char *c = name; *c != '\0'; c++)
        text_add(out, "%c", toupper((unsigned char)*c));
    text_add(out,
             " %d \"" GANLENS_DATE "\" \"" GANLENS_NAME " " GANLENS_VERSION "\"\n"
             ".SH NAME\n%s \\- ",
             section, name);
    man_add_prose(out, summary);
}

void man_write(text *out, const program *p)
{
    man_add_title(out, p->name, 1, p->summary);
    text_add(out, ".SH SYNOPSIS\n\\fB%s\\fR\n", p->name);
    man_add_prose(out, p->usage);
    man_add_heading(out, "DESCRIPTION");
    man_add_prose(out, p->summary);
    if (p->details)
        text_add(out, MAN_PARAGRAPH);
    man_add_paragraphs(out, p->details);
    add_options(out, p);
    man_add_heading(out, "ENVIRONMENT");
    man_add_entries(out, environment);
    if (p->files)
        man_add_heading(out, "FILES");
    man_add_entries(out, p->files);
    add_exit_statuses(out);
    if (p->examples)
        add_examples(out, p->examples);
    man_add_see_also(out, p->name);
}
