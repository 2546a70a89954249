/* SPDX-License-Identifier: MIT */
#include "present.h"

#include <inttypes.h>
#include <stdlib.h>

void table_block_init(table_block *b, explanation_table *t, explain_workspace *workspaces)
{
    b->table = t;
    b->workspaces = workspaces;
    b->z = allocate(TABLE_BLOCK * t->x->z_dim, sizeof *b->z);
    explained_rows_init(&b->rows, t->x, b->z, TABLE_BLOCK);
}

static int check_finite(const table_block *b, error *e)
{
    size_t bad = explained_rows_not_finite(&b->rows, b->table->x);
    if (bad == b->rows.n)
        return 0;
    return fail(e, STATUS_DIVERGED, "%s %" PRIu64 ": what was found of it is not finite",
                b->table->seed_key, b->seed[bad]);
}

static int judge(const table_block *b, error *e)
{
    for (size_t i = 0; i * EXPLAIN_TILE < b->rows.n; i++)
        if (explain_check_judge(&b->checks[i].worst, e))
            return fail_in(e, "%s %" PRIu64, b->table->seed_key, b->seed[b->checks[i].row]);
    return 0;
}

int table_block_save(table_block *b, uint64_t first, size_t n, error *e)
{
    b->rows.n = n;
    explain_many(b->table->x, b->workspaces, &b->rows, b->seed, b->checks);
    if (check_finite(b, e) || explanation_table_write(b->table, first, b->seed, &b->rows, e))
        return -1;
    return judge(b, e);
}

void table_block_release(table_block *b)
{
    explained_rows_release(&b->rows);
    free(b->z);
    *b = (table_block){0};
}
