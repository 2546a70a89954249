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

static const text *row_at(const words_table *t, size_t row)
{
    return t->cells + row * t->n_columns;
}

static bool is_right(const words_table *t, size_t column)
{
    return column > 0 && !(t->has_words && column + 1 == t->n_columns);
}

/* ---- Plain text ---- */

static void add_spaces(text *out, size_t n)
{
    while (n-- > 0)
        text_add(out, " ");
}

static size_t width_of(const char *words) { return count_characters(words, strlen(words)); }

/* Of the longest word in a heading, the widest cell below it. */
static size_t column_width(const words_table *t, size_t column)
{
    size_t widest = 0, length;
    for (const char *word = row_at(t, 0)[column].data; *word;
         word += length + (word[length] == ' ')) {
        length = strcspn(word, " ");
        size_t width = count_characters(word, length);
        widest = width > widest ? width : widest;
    }
    for (size_t r = 1; r < t->n / t->n_columns; r++) {
        size_t width = width_of(row_at(t, r)[column].data);
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

static void add_cell(text *out, const char *words, size_t width, bool is_right)
{
    size_t padding = width - width_of(words);
    add_spaces(out, is_right ? padding : 0);
    text_add(out, "%s", words);
    add_spaces(out, is_right ? 0 : padding);
}

/* Removes the spaces at its end, and ends the line. */
static void end_line(text *out)
{
    while (out->data[out->length - 1] == ' ')
        out->data[--out->length] = '\0';
    text_add(out, "\n");
}

static void text_add_row(text *out, const words_table *t, const size_t *widths, const text *cells)
{
    size_t from = 0;
    for (size_t c = 0; c < t->n_columns; c++) {
        if (t->has_words && c + 1 == t->n_columns) {
            add_hanging(out, cells[c].data, from);
            return;
        }
        add_cell(out, cells[c].data, widths[c], is_right(t, c));
        add_spaces(out, 2);
        from += widths[c] + 2;
    }
    end_line(out);
}

static size_t count_lines(const char *words)
{
    size_t n = 0;
    for (; *words; words++)
        n += *words == '\n';
    return n;
}

/* Line i of words whose lines all end. */
static void add_line_of(words_table *t, const char *words, size_t i)
{
    for (; i > 0; i--)
        words = strchr(words, '\n') + 1;
    words_table_add(t, "%.*s", (int)strcspn(words, "\n"), words);
}

/* The headings of columns, wrapped to these; what is short stands low. */
static void text_add_headings(text *out, const words_table *t, const size_t *widths)
{
    size_t n_lines = 1;
    text *all = allocate(t->n_columns, sizeof *all);
    words_table lines = {0};
    for (size_t c = 0; c < t->n_columns; c++) {
        bool is_wrapped = !(t->has_words && c + 1 == t->n_columns);
        text_add_wrapped(&all[c], row_at(t, 0)[c].data, is_wrapped ? widths[c] : TEXT_COLUMNS, "");
        size_t n = count_lines(all[c].data);
        n_lines = n > n_lines ? n : n_lines;
    }
    for (size_t i = 0; i < n_lines; i++)
        for (size_t c = 0; c < t->n_columns; c++) {
            size_t n_empty = n_lines - count_lines(all[c].data);
            if (i < n_empty)
                words_table_add(&lines, "%s", "");
            else
                add_line_of(&lines, all[c].data, i - n_empty);
        }
    for (size_t i = 0; i < n_lines; i++)
        text_add_row(out, t, widths, lines.cells + i * t->n_columns);
    for (size_t c = 0; c < t->n_columns; c++)
        text_release(&all[c]);
    free(all);
    words_table_release(&lines);
}

static void text_add_table(text *out, const words_table *t)
{
    size_t *widths = allocate(t->n_columns, sizeof *widths);
    for (size_t c = 0; c < t->n_columns; c++)
        widths[c] = column_width(t, c);
    text_add(out, "\n");
    text_add_headings(out, t, widths);
    for (size_t r = 1; r < t->n / t->n_columns; r++)
        text_add_row(out, t, widths, row_at(t, r));
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
    text_add(out, "\n");
    for (size_t r = 0; r < t->n / t->n_columns; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            text_add(out, "| ");
            add_escaped(out, row_at(t, r)[c].data);
            text_add(out, " ");
        }
        text_add(out, "|\n");
        for (size_t c = 0; r == 0 && c < t->n_columns; c++)
            text_add(out, is_right(t, c) ? "| ---: " : "| --- ");
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
