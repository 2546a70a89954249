/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

enum { SUMMARY_COLUMN = 26, NARROW = 60, NARROW_SUMMARY_COLUMN = 10 };

/* ---- Pieces that the man page shares ---- */

bool option_is_on_by_default(const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    return row->kind == KIND_FLAG && row_is_stored(row) && p->defaults &&
           *(const bool *)table_value(p, i, p->defaults);
}

void option_add_label(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    if (row->letter != 0)
        text_add(out, "-%c, ", row->letter);
    text_add(out, "--%s", row->name);
    if (option_is_on_by_default(p, i))
        text_add(out, ", --no-%s", row->name);
    if (row->alias)
        text_add(out, ", --%s", row->alias);
    if (row->kind != KIND_FLAG)
        text_add(out, " %s", row->value);
}

static void add_default(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    if (!p->defaults || !row_is_stored(row))
        return;
    json_t *v = option_json(row, table_value(p, i, p->defaults));
    text written = {0};
    if (row->kind == KIND_FLAG)
        text_add(&written, "%s", json_is_true(v) ? "on" : "");
    else
        json_add_written(&written, v);
    if (written.length > 0)
        text_add(out, "%sdefault %s%s", out->length > 0 ? "; " : "", written.data,
                 row->kind == KIND_DURATION ? " s" : "");
    text_release(&written);
    json_decref(v);
}

static void add_range(text *out, const option_row *row)
{
    bool is_number = row->kind == KIND_COUNT || row->kind == KIND_REAL ||
                     row->kind == KIND_DURATION || row->kind == KIND_INTERVAL ||
                     row->kind == KIND_PAIR;
    if (!is_number || !row_has_range(row))
        return;
    text_add(out, "%s", row->kind == KIND_INTERVAL && row->low > 0 ? "0 or " : "");
    range_add(out, row);
}

void option_add_summary(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    text_add(out, "%s", row->summary);
    if (row->more) {
        text_add(out, " ");
        row->more(out);
        text_add(out, ".");
    }
}

void option_add_notes(text *out, const program *p, size_t i)
{
    const option_row *row = table_row(p, i);
    text notes = {0};
    add_range(&notes, row);
    if (row->choices && row->kind != KIND_TEXT) {
        text_add(&notes, "%s", row->kind == KIND_LIST ? "any of " : "one of ");
        names_add(&notes, row->choices, ", ");
    }
    add_default(&notes, p, i);
    if (row->models) {
        text_add(&notes, "%sfor --model ", notes.length > 0 ? "; " : "");
        models_add(&notes, row->models);
    }
    if (notes.length > 0)
        text_add(out, "(%s)", notes.data);
    text_release(&notes);
}

const char general_note[] =
    "A switch --x is turned off by --no-x. Of an option given twice the last counts.";

/* At the end of help; the man pages have SEE ALSO. */
static const char pointer[] = "The page `man " GANLENS_NAME "` defines layers, models, metrics, "
                              "targets, methods, checks and files.";

const exit_meaning *exit_meanings(void)
{
    static const exit_meaning meanings[] = {
        {"0", "Done."},
        {"1", "A failure inside, or another process holds the run folder."},
        {"2", "Usage: an option, a key of the configuration file, or a setting that contradicts "
              "the run to resume."},
        {"3", "An input file is missing, damaged or does not fit."},
        {"4", "An output cannot be written."},
        {"5", "The numbers diverged: NaN or infinity."},
        {"6", "A demanded check or threshold is not met."},
        {"signal",
         "A signal ended it. At the first SIGINT, SIGTERM or SIGHUP gantrain ends its step and "
         "saves its state, and the others remove what is half made; a second ends it at once."},
        {NULL, NULL},
    };
    return meanings;
}

/* ---- Wrapping ---- */

/* A place in wrapped text: words go on at column, new lines begin at indent. */
typedef struct {
    text *out;
    size_t width, column, indent;
} wrapper;

/* To the column of the explanations: two blanks after the label, or a line of its own for it. */
static void wrap_to_indent(wrapper *w)
{
    if (w->column + 2 > w->indent) {
        text_add(w->out, "\n");
        w->column = 0;
    }
    text_add(w->out, "%*s", (int)(w->indent - w->column), "");
    w->column = w->indent;
}

/* Adds the words of s; a word too long for a line has one to itself. */
static void wrap_words(wrapper *w, const char *s)
{
    for (s += strspn(s, " \n"); *s != '\0'; s += strspn(s, " \n")) {
        size_t n = strcspn(s, " \n"), columns = count_characters(s, n);
        size_t gap = w->column > w->indent;
        if (gap == 1 && w->column + gap + columns > w->width) {
            text_add(w->out, "\n%*s", (int)w->indent, "");
            w->column = w->indent;
            gap = 0;
        }
        text_add(w->out, "%s%.*s", gap == 1 ? " " : "", (int)n, s);
        w->column += gap + columns;
        s += n;
    }
}

/* ---- The page ---- */

/* Paragraphs of s, which blank lines part. */
static void add_paragraphs(text *out, const char *s, size_t width)
{
    while (s && *s != '\0') {
        const char *end = strstr(s, "\n\n");
        text paragraph = {0};
        text_add_bytes(&paragraph, s, !end ? strlen(s) : (size_t)(end - s));
        wrapper w = {.out = out, .width = width};
        text_add(out, "\n");
        wrap_words(&w, paragraph.data);
        text_add(out, "\n");
        text_release(&paragraph);
        s = !end ? NULL : end + strspn(end, "\n");
    }
}

static void add_option(text *out, const program *p, size_t i, size_t width)
{
    const option_row *row = table_row(p, i);
    text label = {0}, summary = {0}, notes = {0};
    option_add_label(&label, p, i);
    option_add_summary(&summary, p, i);
    option_add_notes(&notes, p, i);
    text_add(out, "%s%s", row->letter != 0 ? "  " : "      ", label.data);
    size_t used = (row->letter != 0 ? 2 : 6) + count_characters(label.data, label.length);
    wrapper w = {.out = out,
                 .width = width,
                 .column = used,
                 .indent = width < NARROW ? NARROW_SUMMARY_COLUMN : SUMMARY_COLUMN};
    wrap_to_indent(&w);
    wrap_words(&w, summary.data);
    wrap_words(&w, notes.length > 0 ? notes.data : "");
    text_add(out, "\n");
    text_release(&label);
    text_release(&summary);
    text_release(&notes);
}

static void add_options(text *out, const program *p, size_t width)
{
    const char *before = "";
    for (size_t i = 0; i < table_size(p); i++) {
        const char *heading = table_heading(p, i);
        if (!heading)
            continue;
        if (strcmp(heading, before) != 0)
            text_add(out, "\n%s:\n", heading);
        before = heading;
        add_option(out, p, i, width);
    }
}

static void add_exit_statuses(text *out, size_t width)
{
    text_add(out, "\nExit status:\n");
    for (const exit_meaning *m = exit_meanings(); m->status; m++) {
        wrapper w = {.out = out, .width = width, .column = 2 + strlen(m->status), .indent = 10};
        text_add(out, "  %s", m->status);
        wrap_to_indent(&w);
        wrap_words(&w, m->meaning);
        text_add(out, "\n");
    }
}

static void add_examples(text *out, const char *examples)
{
    const char *line = NULL;
    size_t n = 0;
    text_add(out, "\nExamples:\n");
    while (token_next(&line, &n, &examples, '\n'))
        if (n > 0)
            text_add(out, "  %.*s\n", (int)n, line);
}

void help_write(text *out, const program *p, size_t width)
{
    wrapper w = {.out = out, .width = width, .column = 7 + strlen(p->name), .indent = 7};
    text_add(out, "Usage: %s", p->name);
    wrap_words(&w, p->usage);
    text_add(out, "\n");
    add_paragraphs(out, p->summary, width);
    add_paragraphs(out, p->details, width);
    add_options(out, p, width);
    add_paragraphs(out, general_note, width);
    add_exit_statuses(out, width);
    if (p->examples)
        add_examples(out, p->examples);
    add_paragraphs(out, pointer, width);
}
