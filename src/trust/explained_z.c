/* SPDX-License-Identifier: MIT */
/* What methods attribute at other z, or in other models. */
#include "trust_detail.h"
#include <stdlib.h>

/* A picture's controls look at the picture of z. */
static void add_controls(explained_z *out, const explain_task *t, const float *z)
{
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        const target_function f = {.t = t,
                                   .input = i,
                                   .n = i == INPUT_Z ? t->x->z_dim : t->x->shape.n,
                                   .at = i == INPUT_Z ? z : out->x};
        if (out->of[i].n)
            attributions_add_controls(&out->of[i], &f);
    }
}

int explained_z_make(explained_z *out, const reruns *r, const explain_task *t, const float *z,
                     error *e)
{
    if (reruns_make(out->of, r, t->x, t->w, z, e))
        return -1;
    out->x = allocate(t->x->shape.n, sizeof *out->x);
    explain_rows(t->x, t->w, &(explained_rows){.n = 1, .z = z, .x = out->x, .value = &out->target});
    add_controls(out, t, z);
    return 0;
}

void explained_z_release(explained_z *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (explain_input input = INPUT_Z; input < N_INPUTS; input++)
            attributions_release(&out[i].of[input]);
        free(out[i].x);
    }
}

/* ---- Many at once ---- */

/* z that are explained at once, each in a room of its own. */
typedef struct {
    explained_z *out; /* (n at once), of the first */
    const reruns *r;
    const explain_task *t;
    const float *z;
    explain_workspace *rooms; /* (n at once), as is */
    error *errors;
    int *statuses;
} z_batch;

/* A body of parallel_for. */
static void make_one(size_t i, size_t thread, void *context)
{
    z_batch *b = context;
    explain_task own = *b->t;
    own.w = &b->rooms[i];
    (void)thread;
    b->statuses[i] =
        explained_z_make(&b->out[i], b->r, &own, b->z + i * own.x->z_dim, &b->errors[i]);
}

static int make_batch(z_batch *b, size_t n, error *e)
{
    parallel_for(n, make_one, b);
    for (size_t i = 0; i < n; i++)
        if (b->statuses[i]) {
            *e = b->errors[i];
            return -1;
        }
    b->out += n;
    b->z += n * b->t->x->z_dim;
    return 0;
}

int explained_z_make_all(explained_z *out, const reruns *r, const explain_task *t,
                         const z_list *list, error *e)
{
    size_t width = parallel_width(list->n);
    z_batch b = {.out = out,
                 .r = r,
                 .t = t,
                 .z = list->z,
                 .rooms = allocate(width, sizeof *b.rooms),
                 .errors = allocate(width, sizeof *b.errors),
                 .statuses = allocate(width, sizeof *b.statuses)};
    int status = 0;
    for (size_t i = 0; i < width; i++)
        explain_workspace_init(&b.rooms[i], t->x);
    for (size_t first = 0; !status && first < list->n; first += width) {
        size_t left = list->n - first;
        explain_tell(t->q, list->by, "how explanations change near z", first, list->n);
        status = make_batch(&b, left < width ? left : width, e);
    }
    for (size_t i = 0; i < width; i++)
        explain_workspace_release(&b.rooms[i]);
    free(b.rooms);
    free(b.errors);
    free(b.statuses);
    return status;
}
