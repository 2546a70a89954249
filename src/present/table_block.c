/* SPDX-License-Identifier: MIT */
#include "present.h"

#include <inttypes.h>
#include <stdlib.h>

/* In whole tiles; fewer of a wide z: a block holds z and its gradients, and, longer yet, lines. */
static size_t most_rows(size_t z_dim)
{
    enum { Z_SIZE = 16 << 20 };
    size_t n = Z_SIZE / (z_dim * sizeof(float) * EXPLAIN_TILE);
    size_t rows = (n ? n : 1) * EXPLAIN_TILE;
    return rows < TABLE_BLOCK ? rows : TABLE_BLOCK;
}

void table_block_init(table_block *b, explanation_table *t, explain_workspace *workspaces)
{
    b->table = t;
    b->workspaces = workspaces;
    b->most = most_rows(t->x->z_dim);
    for (size_t i = 0; i < 2; i++) {
        table_rows *r = &b->blocks[i];
        r->z = allocate(b->most * t->x->z_dim, sizeof *r->z);
        explained_rows_init(&r->rows, t->x, r->z, b->most);
    }
    b->now = &b->blocks[0];
}

static int check_finite(const table_block *b, const table_rows *r, error *e)
{
    size_t bad = explained_rows_not_finite(&r->rows, b->table->x);
    if (bad == r->rows.n)
        return 0;
    return fail(e, STATUS_DIVERGED, "%s %" PRIu64 ": what was found of it is not finite",
                b->table->seed_key, r->seed[bad]);
}

/* Runs beside the next block's explaining. */
static void write_rows(void *context)
{
    table_block *b = context;
    const table_rows *r = b->written;
    if (check_finite(b, r, &b->not_written) == 0)
        explanation_table_write(b->table, r->first, r->seed, &r->rows, &b->not_written);
}

static int judge_rows(const table_block *b, const table_rows *r, error *e)
{
    for (size_t i = 0; i * EXPLAIN_TILE < r->rows.n; i++)
        if (explain_check_judge(&b->checks[i].worst, e))
            return fail_in(e, "%s %" PRIu64, b->table->seed_key, r->seed[b->checks[i].row]);
    return 0;
}

int table_block_finish(table_block *b, error *e)
{
    background_end(&b->writing);
    if (!b->not_written.status)
        return 0;
    *e = b->not_written;
    return -1;
}

int table_block_save(table_block *b, uint64_t first, size_t n, error *e)
{
    table_rows *r = b->now;
    r->first = first;
    r->rows.n = n;
    explain_many(b->table->x, b->workspaces, &r->rows, r->seed, b->checks);
    if (table_block_finish(b, e))
        return -1;
    b->now = &b->blocks[r == &b->blocks[0]];
    b->written = r;
    background_start(&b->writing, write_rows, b);
    return judge_rows(b, r, e);
}

void table_block_release(table_block *b)
{
    background_end(&b->writing);
    for (size_t i = 0; i < 2; i++) {
        explained_rows_release(&b->blocks[i].rows);
        free(b->blocks[i].z);
    }
    *b = (table_block){0};
}
