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

/* A terminal is as wide that shows a table beside its names. */
enum { TABLE_COLUMNS = 120 };

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

/* Headings such as "share of right signs: 0.5" have a group: the bytes of it; 0: none. */
static size_t group_length(const char *heading)
{
    const char *end = strstr(heading, ": ");
    return end ? (size_t)(end - heading) : 0;
}

static const char *name_in_group(const char *heading)
{
    size_t n = group_length(heading);
    return heading + (n ? n + 2 : 0);
}

static const char *heading_at(const words_table *t, size_t column)
{
    return row_at(t, 0)[column].data;
}

/* The first column after those of the same group as one that has a group. */
static size_t group_end(const words_table *t, size_t column)
{
    const char *heading = heading_at(t, column);
    size_t n = group_length(heading), end = column + 1;
    while (end < t->n_columns && group_length(heading_at(t, end)) == n &&
           strncmp(heading, heading_at(t, end), n) == 0)
        end++;
    return end;
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

static size_t column_width(const words_table *t, size_t column)
{
    size_t widest = width_of(name_in_group(heading_at(t, column)));
    for (size_t r = 1; r < t->n / t->n_columns; r++) {
        size_t width = width_of(row_at(t, r)[column].data);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* What lies between the ends of columns. */
static size_t span_width(const size_t *widths, size_t first, size_t end)
{
    size_t width = 2 * (end - first - 1);
    for (; first < end; first++)
        width += widths[first];
    return width;
}

/* Of all columns; a group's last is widened where its name needs that. The caller frees it. */
static size_t *column_widths(const words_table *t)
{
    size_t *widths = allocate(t->n_columns, sizeof *widths), end;
    for (size_t c = 0; c < t->n_columns; c++)
        widths[c] = column_width(t, c);
    for (size_t c = 0; c < t->n_columns; c = end) {
        end = group_end(t, c);
        size_t width = span_width(widths, c, end);
        size_t wanted = count_characters(heading_at(t, c), group_length(heading_at(t, c)));
        widths[end - 1] += wanted > width ? wanted - width : 0;
    }
    return widths;
}

static void text_add_groups(text *out, const words_table *t, const size_t *widths)
{
    size_t end;
    for (size_t c = 0; c < t->n_columns; c = end) {
        const char *heading = heading_at(t, c);
        size_t n = group_length(heading);
        end = group_end(t, c);
        text_add(out, "%.*s", (int)n, heading);
        add_spaces(out, span_width(widths, c, end) + 2 - count_characters(heading, n));
    }
    end_line(out);
}

static bool has_groups(const words_table *t)
{
    for (size_t c = 0; c < t->n_columns; c++)
        if (group_length(heading_at(t, c)))
            return true;
    return false;
}

/* The columns from `from` on that stand beside the first one: at least one, and as many as a line
 * has room for. */
static size_t fitting_end(const words_table *t, const size_t *widths, size_t from)
{
    size_t end = from + 1;
    while (end < t->n_columns && widths[0] + 2 + span_width(widths, from, end + 1) <= TABLE_COLUMNS)
        end++;
    return t->has_words ? t->n_columns : end;
}

/* The first column and those from `from` to `end`. */
static words_table part_of(const words_table *t, size_t from, size_t end)
{
    words_table part = {.n_columns = 1 + end - from, .has_words = t->has_words};
    for (size_t r = 0; r < t->n / t->n_columns; r++) {
        words_table_add(&part, "%s", row_at(t, r)[0].data);
        for (size_t c = from; c < end; c++)
            words_table_add(&part, "%s", row_at(t, r)[c].data);
    }
    return part;
}

static void text_add_part(text *out, const words_table *t)
{
    size_t *widths = column_widths(t);
    words_table names = {0};
    text_add(out, "\n");
    if (has_groups(t))
        text_add_groups(out, t, widths);
    for (size_t c = 0; c < t->n_columns; c++)
        words_table_add(&names, "%s", name_in_group(heading_at(t, c)));
    text_add_row(out, t, widths, names.cells);
    for (size_t r = 1; r < t->n / t->n_columns; r++)
        text_add_row(out, t, widths, row_at(t, r));
    words_table_release(&names);
    free(widths);
}

/* Columns that have no room stand below, with the first one before them again. */
static void text_add_table(text *out, const words_table *t)
{
    size_t *widths = column_widths(t), end;
    for (size_t from = 1; from < t->n_columns; from = end) {
        end = fitting_end(t, widths, from);
        words_table part = part_of(t, from, end);
        text_add_part(out, &part);
        words_table_release(&part);
    }
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
