/* SPDX-License-Identifier: MIT */
/* How the words of an explanation are laid out: plain text, or Markdown (CommonMark with tables).
 */
#include "present_detail.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const words_format words_formats[] = {
    [FORMAT_TEXT] = {"text", "explanation.txt", &text_layout},
    [FORMAT_MARKDOWN] = {"markdown", "explanation.md", &markdown_layout},
    {0}};

explanation_format words_format_find(const char *name)
{
    explanation_format i = FORMAT_TEXT;
    while (words_formats[i + 1].name && strcmp(name, words_formats[i].name) != 0)
        i++;
    return i;
}

/* ---- Tables ---- */

void words_table_add(words_table *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    t->cells = reallocate(t->cells, t->n + 1, sizeof *t->cells);
    t->cells[t->n] = (text){0};
    text_add_arguments(&t->cells[t->n++], format, arguments);
    va_end(arguments);
}

void words_table_release(words_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        text_release(&t->cells[i]);
    free(t->cells);
    *t = (words_table){0};
}

static size_t count_columns(const words_table *t) { return strlen(t->sides); }

static const char *cell(const words_table *t, size_t row, size_t column)
{
    return t->cells[row * count_columns(t) + column].data;
}

/* ---- Plain text ---- */

static void add_spaces(text *out, size_t n)
{
    while (n-- > 0)
        text_add(out, " ");
}

static size_t width_of(const char *words) { return count_characters(words, strlen(words)); }

static size_t column_width(const words_table *t, size_t column)
{
    size_t widest = 0, n_rows = t->n / count_columns(t);
    for (size_t r = 0; r < n_rows; r++) {
        size_t width = width_of(cell(t, r, column));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void text_add_underlined(text *out, const char *words, char line)
{
    text_add(out, "%s\n", words);
    for (size_t n = width_of(words); n > 0; n--)
        text_add(out, "%c", line);
    text_add(out, "\n");
}

static void text_add_heading(text *out, const char *words, bool is_title)
{
    text_add(out, is_title ? "" : "\n");
    text_add_underlined(out, words, is_title ? '=' : '-');
}

static void text_add_paragraph(text *out, const char *words)
{
    text_add(out, "\n");
    text_add_wrapped(out, words, TEXT_COLUMNS, "");
}

/* words wrapped from column `from` on, where the line is already. */
static void add_hanging(text *out, const char *words, size_t from)
{
    text indent = {0}, wrapped = {0};
    add_spaces(&indent, from);
    text_add_wrapped(&wrapped, words, TEXT_COLUMNS, from ? indent.data : "");
    text_add(out, "%s", wrapped.data + from);
    text_release(&indent);
    text_release(&wrapped);
}

static void text_add_item(text *out, const char *words)
{
    text_add(out, "- ");
    add_hanging(out, words, 2);
}

/* The last column is the one that may be wrapped. */
static void text_add_row(text *out, const words_table *t, const size_t *widths, size_t row)
{
    size_t last = count_columns(t) - 1, from = 0;
    for (size_t c = 0; c < last; c++) {
        size_t padding = widths[c] - width_of(cell(t, row, c));
        bool is_right = t->sides[c] == 'r';
        add_spaces(out, is_right ? padding : 0);
        text_add(out, "%s", cell(t, row, c));
        add_spaces(out, 2 + (is_right ? 0 : padding));
        from += widths[c] + 2;
    }
    if (t->sides[last] == 'r')
        add_spaces(out, widths[last] - width_of(cell(t, row, last)));
    add_hanging(out, cell(t, row, last), from);
}

static void text_add_table(text *out, const words_table *t)
{
    size_t n_columns = count_columns(t), n_rows = t->n / n_columns;
    size_t *widths = allocate(n_columns, sizeof *widths);
    for (size_t c = 0; c < n_columns; c++)
        widths[c] = column_width(t, c);
    text_add(out, "\n");
    for (size_t r = 0; r < n_rows; r++)
        text_add_row(out, t, widths, r);
    free(widths);
}

const words_layout text_layout = {.add_heading = text_add_heading,
                                  .add_paragraph = text_add_paragraph,
                                  .add_item = text_add_item,
                                  .add_table = text_add_table};

/* ---- Markdown ---- */

/* What would mean something there stands for itself. */
static void add_escaped(text *out, const char *words)
{
    for (; *words; words++)
        text_add(out, strchr("\\`*_[]<>|#~&", *words) ? "\\%c" : "%c", *words);
}

static void markdown_add_heading(text *out, const char *words, bool is_title)
{
    text_add(out, is_title ? "# " : "\n## ");
    add_escaped(out, words);
    text_add(out, "\n");
}

/* In one line: a wrapped one might begin with what begins a list. */
static void markdown_add_paragraph(text *out, const char *words)
{
    text_add(out, "\n");
    add_escaped(out, words);
    text_add(out, "\n");
}

static void markdown_add_item(text *out, const char *words)
{
    text_add(out, "- ");
    add_escaped(out, words);
    text_add(out, "\n");
}

static void markdown_add_table(text *out, const words_table *t)
{
    size_t n_columns = count_columns(t), n_rows = t->n / n_columns;
    text_add(out, "\n");
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t c = 0; c < n_columns; c++) {
            text_add(out, "| ");
            add_escaped(out, cell(t, r, c));
            text_add(out, " ");
        }
        text_add(out, "|\n");
        for (size_t c = 0; r == 0 && c < n_columns; c++)
            text_add(out, t->sides[c] == 'r' ? "| ---: " : "| --- ");
        text_add(out, r == 0 ? "|\n" : "");
    }
}

static void markdown_add_picture(text *out, const char *file, const char *words)
{
    text_add(out, "\n![");
    add_escaped(out, words);
    text_add(out, "](%s)\n", file);
}

const words_layout markdown_layout = {.add_heading = markdown_add_heading,
                                      .add_paragraph = markdown_add_paragraph,
                                      .add_item = markdown_add_item,
                                      .add_table = markdown_add_table,
                                      .add_picture = markdown_add_picture};
