/* SPDX-License-Identifier: MIT */
/* The control that knows the model, but not what is explained: the target's gradient, mean over
 * other z. It is right where the model is a straight line, and then all are; where it bends, a map
 * that foretells clearly less than this says of another z what it should say of this one. */
#include "measure_detail.h"
#include "method_comparison.h"
#include <stdlib.h>
#include <string.h>

enum { N_OTHERS = 64 };

/* What the gradients are taken at, (N_OTHERS, f->n); the caller frees it. */
static float *draw_others(const target_function *f)
{
    size_t z_dim = f->t->x->z_dim;
    rng r = trust_rng(f->t->q->probe, TRUST_OTHERS, 0);
    float *z = allocate(N_OTHERS * z_dim, sizeof *z);
    rng_fill_normal(&r, z, N_OTHERS * z_dim);
    if (f->input == INPUT_Z)
        return z;
    float *pictures = allocate(N_OTHERS * f->n, sizeof *pictures);
    memcpy(pictures, explain_draw(f->t->x, f->t->w, z, N_OTHERS),
           N_OTHERS * f->n * sizeof *pictures);
    free(z);
    return pictures;
}

void attributions_add_average(attribution_list *l, const target_function *f)
{
    float *others = draw_others(f), value[N_OTHERS];
    float *gradients = allocate(N_OTHERS * f->n, sizeof *gradients);
    target_values(f, others, N_OTHERS, value, gradients);
    l->all = reallocate(l->all, l->n + 1, sizeof *l->all);
    attribution *v = &l->all[l->n++];
    *v = (attribution){.name = AVERAGE_CONTROL,
                       .predicts = PREDICTS_RATE,
                       .sign = SIGN_SIGNED,
                       .n = f->n,
                       .values = allocate(f->n, sizeof *v->values)};
    for (size_t i = 0; i < f->n; i++) {
        double sum = 0;
        for (size_t k = 0; k < N_OTHERS; k++)
            sum += (double)gradients[k * f->n + i];
        v->values[i] = (float)(sum / N_OTHERS);
    }
    free(gradients);
    free(others);
}

static estimate share_foretold(float resamples[N_RESAMPLES], const trust_subject *s)
{
    float sorted[N_RESAMPLES];
    double share = 1 - infidelity_resamples(resamples, s);
    for (size_t k = 0; k < N_RESAMPLES; k++)
        sorted[k] = resamples[k] = 1 - resamples[k];
    return estimate_of_resamples(share, sorted, N_RESAMPLES);
}

/* The removals that the report quality made are made again. */
trust_candidate average_candidate(float resamples[N_RESAMPLES], const attribution *v,
                                  const target_function *f, const baseline_rows *b)
{
    removal_sample removals;
    trust_subject s = {
        .f = f, .baseline = b, .removals = &removals, .of = v, .seed = f->t->q->probe};
    trust_candidate c = {.name = v->name,
                         .resamples = resamples,
                         .n_resamples = N_RESAMPLES,
                         .is_signed = true,
                         .knows_model = true};
    removal_sample_init_near(&removals, f, b);
    c.near = share_foretold(resamples, &s);
    removal_sample_release(&removals);
    removal_sample_init(&removals, f, b);
    c.faithfulness = share_foretold(resamples, &s);
    removal_sample_release(&removals);
    return c;
}
