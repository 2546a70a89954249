/* SPDX-License-Identifier: MIT */
/* Pairs (x_i, z_i) of the i-th picture of the data and the noise of seed i, which G is to make of
 * each other: it lowers L_rec + lambda L_gen, L_rec being the mean squared distance as ganexplain's
 * target rec has it.
 *
 * A step's pairs are rows of its batch like others. So batchnorm sees one batch, as it will where
 * its running statistics are used; and since x_i is among the real pictures as often as G(z_i)
 * among the generated ones, D has no reason to take the pairs for generated ones. */
#include "class_detail.h"

/* At most half of a batch: the other half is of fresh noise. */
static size_t pairs_a_step(const train_options *o)
{
    uint64_t half = o->batch / 2;
    return (size_t)(o->rec_pairs < half ? o->rec_pairs : half);
}

int rec_pairs_check(const model *m, error *e)
{
    uint64_t n = m->options.rec_pairs;
    if (n && m->options.batch < 2)
        return fail(e, STATUS_USAGE,
                    "--rec-pairs: half of a batch are pairs, the other half fresh noise: --batch "
                    "is 1, expected at least 2");
    if (n <= m->data->n)
        return 0;
    return fail(e, STATUS_USAGE, "--rec-pairs: %llu is more than the %zu pictures there are",
                (unsigned long long)n, m->data->n);
}

void rec_pairs_fill(model *m)
{
    const train_options *o = &m->options;
    size_t last = m->n_batches - 1, n = m->shape.n, z_dim = (size_t)o->z_dim;
    size_t n_pairs = pairs_a_step(o);
    for (size_t r = 0; r < n_pairs; r++) {
        size_t i = (size_t)((m->step * n_pairs + r) % o->rec_pairs);
        floats_from_bytes(model_real(m, last) + r * n, m->data->pixels + i * n, n,
                          (float)o->range[0], (float)o->range[1]);
        model_labels(m, last)[r] = m->data->labels ? m->data->labels[i] : 0;
        latent_of_seed(model_z(m, last) + r * z_dim, z_dim, i);
    }
}

double rec_pairs_add(matrix d_picture, const float *made, const model *m)
{
    size_t n = d_picture.cols, n_pairs = pairs_a_step(&m->options);
    const float *wanted = model_real(m, m->n_batches - 1);
    float lambda = (float)m->options.lambda, scale = 2.0f / (float)(n * n_pairs);
    double total = 0;
    for (size_t i = 0; i < d_picture.rows * n; i++)
        d_picture.data[i] *= lambda;
    for (size_t i = 0; i < n_pairs * n; i++) {
        float d = made[i] - wanted[i];
        total += (double)d * (double)d;
        d_picture.data[i] += scale * d;
    }
    return total / (double)(n * n_pairs);
}
