/* SPDX-License-Identifier: MIT */
/* Words in columns. */
#include "evaluation_detail.h"
#include <stdlib.h>
#include <string.h>

void cells_init(cells *c, size_t n_rows, size_t n_columns)
{
    *c = (cells){.all = allocate(n_rows * n_columns, sizeof *c->all),
                 .n_rows = n_rows,
                 .n_columns = n_columns};
}

void cells_release(cells *c)
{
    for (size_t i = 0; i < c->n_rows * c->n_columns; i++)
        text_release(&c->all[i]);
    free(c->all);
    *c = (cells){0};
}

text *cell(const cells *c, size_t row, size_t column)
{
    return &c->all[row * c->n_columns + column];
}

static size_t width_of(const text *t) { return t->data ? count_characters(t->data, t->length) : 0; }

static size_t widest(const cells *c, size_t column)
{
    size_t width = 0;
    for (size_t r = 0; r < c->n_rows; r++) {
        size_t w = width_of(cell(c, r, column));
        width = w > width ? w : width;
    }
    return width;
}

/* The first and the last column begin at the left, numbers between them end at the right. */
void cells_add_row(text *out, const cells *c, size_t row)
{
    for (size_t k = 0; k < c->n_columns; k++) {
        const text *t = cell(c, row, k);
        bool is_last = k + 1 == c->n_columns, is_left = k == 0 || is_last;
        int blanks = (int)(widest(c, k) - width_of(t));
        text_add(out, "%s%*s%s%*s", k ? "  " : "", is_left ? 0 : blanks, "", t->data ? t->data : "",
                 is_left && !is_last ? blanks : 0, "");
    }
    text_add(out, "\n");
}
