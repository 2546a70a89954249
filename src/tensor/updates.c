/* SPDX-License-Identifier: MIT */
/* What moves parameters and what is done to their gradients, split over the threads: every element
 * is on its own. */
#include "kernels.h"
#include "threads.h"
#include <stdatomic.h>

/* Elements that are worth a thread, and the cuts' unit: whole cache lines. */
enum { WORTH_A_THREAD = 4096, UNIT = 64 };

/* What a part of any of them may need; each takes its own. */
typedef struct {
    const kernels *k;
    float *p, *m, *v;
    const float *g;
    adam_rates adam;
    rmsprop_rates rmsprop;
    sgd_rates sgd;
    float rate, l1, l2;
    atomic_bool *is_bad; /* a part found what is not finite */
} update_job;

static void in_parts(size_t n, void (*body)(part a, const void *context), const update_job *j)
{
    for_each_part(n, UNIT, count_parts(n, WORTH_A_THREAD), body, j);
}

/* The same, where parts tell; true: all is finite. */
static bool in_telling_parts(size_t n, void (*body)(part a, const void *context), update_job j)
{
    atomic_bool is_bad = false;
    j.is_bad = &is_bad;
    in_parts(n, body, &j);
    return !is_bad;
}

static void tell(const update_job *j, bool is_finite)
{
    if (!is_finite)
        atomic_store(j->is_bad, true);
}

/* ---- Optimizers ---- */

static void update_by_adam(part a, const void *context)
{
    const update_job *j = context;
    tell(j, j->k->adam_update(j->p + a.first, j->g + a.first, j->m + a.first, j->v + a.first, a.n,
                              j->adam));
}

bool adam_update(float *p, const float *g, float *m, float *v, size_t n, adam_rates rates)
{
    return in_telling_parts(n, update_by_adam,
                            (update_job){kernels_now(), p, m, v, g, .adam = rates});
}

static void update_by_rmsprop(part a, const void *context)
{
    const update_job *j = context;
    tell(j, j->k->rmsprop_update(j->p + a.first, j->g + a.first, j->v + a.first, a.n, j->rmsprop));
}

bool rmsprop_update(float *p, const float *g, float *v, size_t n, rmsprop_rates rates)
{
    return in_telling_parts(n, update_by_rmsprop,
                            (update_job){kernels_now(), p, NULL, v, g, .rmsprop = rates});
}

static void update_by_sgd(part a, const void *context)
{
    const update_job *j = context;
    float *m = j->m ? j->m + a.first : NULL;
    tell(j, j->k->sgd_update(j->p + a.first, j->g + a.first, m, a.n, j->sgd));
}

bool sgd_update(float *p, const float *g, float *m, size_t n, sgd_rates rates)
{
    return in_telling_parts(n, update_by_sgd,
                            (update_job){kernels_now(), p, m, NULL, g, .sgd = rates});
}

/* ---- Beside them ---- */

static void update_average(part a, const void *context)
{
    const update_job *j = context;
    j->k->average_update(j->p + a.first, j->g + a.first, a.n, j->rate);
}

void average_update(float *average, const float *p, size_t n, float rate)
{
    in_parts(n, update_average, &(update_job){kernels_now(), .p = average, .g = p, .rate = rate});
}

static void add_some_shrinkage(part a, const void *context)
{
    const update_job *j = context;
    j->k->add_shrinkage(j->p + a.first, j->g + a.first, a.n, j->l1, j->l2);
}

void add_shrinkage(float *g, const float *w, size_t n, float l1, float l2)
{
    in_parts(n, add_some_shrinkage,
             &(update_job){kernels_now(), .p = g, .g = w, .l1 = l1, .l2 = l2});
}

static void scale_some(part a, const void *context)
{
    const update_job *j = context;
    j->k->scale_all(j->p + a.first, a.n, j->rate);
}

void scale_all(float *v, size_t n, float factor)
{
    in_parts(n, scale_some, &(update_job){kernels_now(), .p = v, .rate = factor});
}

static void clip_some(part a, const void *context)
{
    const update_job *j = context;
    j->k->clip_all(j->p + a.first, a.n, j->rate);
}

void clip_all(float *v, size_t n, float limit)
{
    in_parts(n, clip_some, &(update_job){kernels_now(), .p = v, .rate = limit});
}
