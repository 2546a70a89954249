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

/* Running text: line ends become blanks, and each sentence begins a line, as man pages want it. */
static void add_prose(text *out, const char *s)
{
    size_t line_start = out->length;
    for (s += strspn(s, " \n"); *s != '\0'; s += strspn(s, " \n")) {
        size_t n = strcspn(s, " \n");
        bool begins_line = out->length == line_start;
        if (!begins_line &&
            (out->data[out->length - 1] == '.' || out->length - line_start + n > MAX_LINE)) {
            text_add(out, "\n");
            line_start = out->length;
            begins_line = true;
        }
        text_add(out, "%s", begins_line ? "" : " ");
        add_escaped(out, s, n);
        s += n;
    }
    text_add(out, "\n");
}

static void add_paragraphs(text *out, const char *s)
{
    while (s && *s != '\0') {
        const char *end = strstr(s, "\n\n");
        text paragraph = {0};
        text_add_bytes(&paragraph, s, !end ? strlen(s) : (size_t)(end - s));
        text_add(out, ".PP\n");
        add_prose(out, paragraph.data);
        text_release(&paragraph);
        s = !end ? NULL : end + strspn(end, "\n");
    }
}

static void add_option(text *out, const program *p, size_t i)
{
    text label = {0}, notes = {0};
    option_add_label(&label, p, i);
    option_add_notes(&notes, p, i);
    text_add(out, ".TP\n\\fB");
    add_escaped(out, label.data, label.length);
    text_add(out, "\\fR\n");
    add_prose(out, table_row(p, i)->summary);
    if (notes.length > 0)
        add_prose(out, notes.data);
    text_release(&label);
    text_release(&notes);
}

static void add_options(text *out, const program *p)
{
    const char *before = "";
    text_add(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < table_size(p); i++) {
        const char *heading = table_heading(p, i);
        if (!heading)
            continue;
        if (strcmp(heading, before) != 0) {
            text_add(out, ".SS ");
            add_prose(out, heading);
        }
        before = heading;
        add_option(out, p, i);
    }
    add_paragraphs(out, general_note);
}

static void add_exit_statuses(text *out)
{
    text_add(out, ".SH EXIT STATUS\n");
    for (const exit_meaning *m = exit_meanings(); m->status; m++) {
        text_add(out, ".TP\n\\fB%s\\fR\n", m->status);
        add_prose(out, m->meaning);
    }
}

/* What a line says of a file, after its name and a colon. */
static void add_file(text *out, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    size_t n_name = !colon ? n : (size_t)(colon - line);
    text meaning = {0};
    text_add(out, ".TP\n\\fB");
    add_escaped(out, line, n_name);
    text_add(out, "\\fR\n");
    if (colon)
        text_add_bytes(&meaning, colon + 1, n - n_name - 1);
    add_prose(out, meaning.data);
    text_release(&meaning);
}

static void add_files(text *out, const char *files)
{
    const char *line = NULL;
    size_t n = 0;
    text_add(out, ".SH FILES\n");
    while (token_next(&line, &n, &files, '\n'))
        if (n > 0)
            add_file(out, line, n);
}

/* The programs beside this one. */
static void add_see_also(text *out, const char *name)
{
    static const char *const names[] = {"ganexplain", "gansample", "gantrain"};
    const char *join = "";
    text_add(out, ".SH SEE ALSO\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0)
            continue;
        text_add(out, "%s\\fB%s\\fR(1)", join, names[i]);
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

void man_write(text *out, const program *p)
{
    text_add(out, ".TH ");
    for (const char *c = p->name; *c != '\0'; c++)
        text_add(out, "%c", toupper((unsigned char)*c));
    text_add(out,
             " 1 \"" GANLENS_DATE "\" \"" GANLENS_NAME " " GANLENS_VERSION "\"\n"
             ".SH NAME\n%s \\- ",
             p->name);
    add_prose(out, p->summary);
    text_add(out, ".SH SYNOPSIS\n\\fB%s\\fR\n", p->name);
    add_prose(out, p->usage);
    text_add(out, ".SH DESCRIPTION\n");
    add_prose(out, p->summary);
    add_paragraphs(out, p->details);
    add_options(out, p);
    if (p->files)
        add_files(out, p->files);
    add_exit_statuses(out);
    if (p->examples)
        add_examples(out, p->examples);
    add_see_also(out, p->name);
}
