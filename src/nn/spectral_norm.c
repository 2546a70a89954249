/* SPDX-License-Identifier: MIT */
/* Spectral norm (Miyato et al. 2018, algorithm 1): the weights are W / sigma(W), sigma the largest
 * singular value, which one power iteration for each update follows: v = W'u / |W'u|,
 * u = W v / |W v|, sigma = u' W v.
 *
 * With N = W / sigma and u, v constant, d N = d W / sigma - W (u' dW v) / sigma^2, so a gradient g
 * by N is (g - (g . N) u v') / sigma by W. Each of these is a loop over rows on one thread: what
 * they give does not depend on how many there are. */
#include "network_detail.h"
#include <math.h>
#include <string.h>

/* As torch.nn.utils.parametrizations begins. */
enum { START_ITERATIONS = 15 };

matrix parameter_of(matrix w, const spectral_norm *norm)
{
    return norm->original ? matrix_view(norm->original, w.rows, w.cols) : w;
}

/* ---- One matrix ---- */

static void make_unit(float *v, size_t n)
{
    double length = fmax(norm(v, n), 1e-12); /* as torch's: nothing stays nothing */
    for (size_t k = 0; k < n; k++)
        v[k] = (float)((double)v[k] / length);
}

static void iterate(const spectral_norm *s, size_t rows, size_t cols)
{
    memset(s->v, 0, cols * sizeof *s->v);
    for (size_t r = 0; r < rows; r++)
        add_scaled(s->v, s->u[r], s->original + r * cols, cols);
    make_unit(s->v, cols);
    for (size_t r = 0; r < rows; r++)
        s->u[r] = (float)dot(s->original + r * cols, s->v, cols);
    make_unit(s->u, rows);
}

/* sigma is found anew even after an iteration: the same bytes as after loading. */
static void normalise(matrix w, spectral_norm *s, size_t n_iterations)
{
    double sigma = 0;
    for (size_t i = 0; i < n_iterations; i++)
        iterate(s, w.rows, w.cols);
    for (size_t r = 0; r < w.rows; r++)
        sigma += (double)s->u[r] * dot(s->original + r * w.cols, s->v, w.cols);
    s->sigma = (float)sigma;
    for (size_t k = 0; k < w.rows * w.cols; k++)
        w.data[k] = s->original[k] / s->sigma;
}

static void finish_gradient(float *dw, matrix w, const spectral_norm *s)
{
    double along = dot(dw, w.data, w.rows * w.cols);
    for (size_t r = 0; r < w.rows; r++)
        add_scaled(dw + r * w.cols, (float)-(along * (double)s->u[r]), s->v, w.cols);
    for (size_t k = 0; k < w.rows * w.cols; k++)
        dw[k] /= s->sigma;
}

/* ---- All of a network ---- */

void network_start_norms(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        if (l->has_spectral_norm)
            rng_fill_normal(r, l->weight_norm.u, l->n_out);
        if (l->embedding_norm.original)
            rng_fill_normal(r, l->embedding_norm.u, l->embedding.rows);
    }
    network_normalise(net, START_ITERATIONS);
}

void network_normalise(network *net, size_t n_iterations)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        if (l->has_spectral_norm)
            normalise(l->weight, &l->weight_norm, n_iterations);
        if (l->embedding_norm.original)
            normalise(l->embedding, &l->embedding_norm, n_iterations);
    }
}

void network_finish_gradient(const network *net, float *dparam)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        const spectral_norm *w = &l->weight_norm, *e = &l->embedding_norm;
        if (w->original)
            finish_gradient(dparam + (w->original - net->param), l->weight, w);
        if (e->original)
            finish_gradient(dparam + (e->original - net->param), l->embedding, e);
    }
}
