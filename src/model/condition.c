/* SPDX-License-Identifier: MIT */
/* The classes of a batch, as networks take them. */
#include "class_detail.h"
#include <stdlib.h>
#include <string.h>

void condition_init(condition *c, const model *m, size_t width, size_t n_copies)
{
    size_t n = (size_t)m->options.batch;
    *c = (condition){.n_classes = m->n_classes, .n_copies = n_copies};
    if (!c->n_classes)
        return;
    c->joined = allocate(n * (width + c->n_classes), sizeof *c->joined);
    c->classes = allocate(n_copies * n, sizeof *c->classes);
}

void condition_release(condition *c)
{
    free(c->joined);
    free(c->classes);
    *c = (condition){0};
}

matrix condition_join(condition *c, const model *m, size_t k, matrix rows)
{
    const uint8_t *label = model_labels(m, k);
    if (!c->n_classes)
        return rows;
    matrix joined = matrix_view(c->joined, rows.rows, rows.cols + c->n_classes);
    for (size_t r = 0; r < rows.rows; r++) {
        float *row = joined.data + r * joined.cols;
        memcpy(row, rows.data + r * rows.cols, rows.cols * sizeof *row);
        memset(row + rows.cols, 0, c->n_classes * sizeof *row);
        row[rows.cols + label[r]] = 1.0f;
    }
    return joined;
}

void condition_tell(condition *c, const model *m, size_t k)
{
    size_t n = (size_t)m->options.batch;
    for (size_t i = 0; c->n_classes && i < c->n_copies; i++)
        memcpy(c->classes + i * n, model_labels(m, k), n);
}
