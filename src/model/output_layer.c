/* SPDX-License-Identifier: MIT */
/* A last layer that begins at the data.
 *
 * With v the pictures before the last activation f, x = f(v), mu and Sigma = V diag(s^2) V' their
 * mean and covariance, and h what the layers below make of noise, of mean m and variance q: weights
 * W = V diag(s) Q / sqrt(q), the rows of Q at right angles, and bias mu - W m. Pictures then begin
 * as draws of about N(mu, Sigma), and the training is left with what is not normal in them. */
#include "class_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_PICTURES = 4096, MOST_PIXELS = 2048, NOISE_ROWS = 256 };

/* ---- The data ---- */

static double before_activation(activation f, double x)
{
    return f.kind == TANH ? atanh(x) : f.kind == SIGMOID ? log(x / (1.0 - x)) : x;
}

/* A 200th of f's range away from its ends: what is black in all pictures must not begin where f has
 * no slope. */
static double within_range(activation f, double x)
{
    double low = (double)activations[f.kind].low, high = (double)activations[f.kind].high;
    double margin = 0.005 * (high - low);
    return f.kind == LINEAR ? x : fmin(fmax(x, low + margin), high - margin);
}

/* Pictures from all over the data, as classes may lie in it one after the other, before f: (rows,
 * n); the caller frees them. */
static float *pictures_before(const model *m, activation f, size_t rows)
{
    size_t n = m->shape.n;
    const double *range = m->options.range;
    float *v = allocate(rows * n, sizeof *v);
    uint32_t *index = allocate(rows, sizeof *index);
    for (size_t i = 0; i < rows; i++)
        index[i] = (uint32_t)(i * m->data->n / rows);
    image_set_fill(matrix_view(v, rows, n), m->data, index, (float)range[0], (float)range[1]);
    for (size_t i = 0; i < rows * n; i++)
        v[i] = (float)before_activation(f, within_range(f, (double)v[i]));
    free(index);
    return v;
}

/* mean (n) and, as rows (n, n), the principal directions, each as long as the deviation along it.
 */
static bool find_components(double_matrix components, double *mean, const model *m, activation f)
{
    size_t n = m->shape.n, rows = m->data->n < MOST_PICTURES ? m->data->n : MOST_PICTURES;
    float *v = pictures_before(m, f, rows);
    double *variance = allocate(n, sizeof *variance);
    double_matrix_covariance(components, mean, matrix_view(v, rows, n));
    bool is_found = double_matrix_eigen(variance, components);
    for (size_t i = 0; is_found && i < n; i++)
        for (size_t k = 0; k < n; k++)
            components.data[i * n + k] *= sqrt(fmax(variance[i], 0.0));
    free(variance);
    free(v);
    return is_found;
}

/* ---- The layers below ---- */

/* mean (h.cols) of each column, and the mean of their variances. */
static double measure_columns(double *mean, matrix h)
{
    double square = 0;
    for (size_t c = 0; c < h.cols; c++) {
        for (size_t r = 0; r < h.rows; r++)
            mean[c] += (double)h.data[r * h.stride + c] / (double)h.rows;
        for (size_t r = 0; r < h.rows; r++) {
            double away = (double)h.data[r * h.stride + c] - mean[c];
            square += away * away;
        }
    }
    return square / (double)(h.rows * h.cols);
}

/* z (NOISE_ROWS, n_in): noise and, behind it, one class after the other as a unit vector. */
static void fill_inputs(float *z, size_t n_in, size_t z_dim, rng *r)
{
    rng_fill_normal(r, z, NOISE_ROWS * n_in);
    for (size_t i = 0; i < NOISE_ROWS; i++)
        for (size_t k = z_dim; k < n_in; k++)
            z[i * n_in + k] = k - z_dim == i % (n_in - z_dim) ? 1.0f : 0.0f;
}

/* The same of what enters the last layer where noise enters the first. */
static double measure_hidden(double *mean, const network *net, const train_options *o, rng *r)
{
    tape t = {0};
    float *z = allocate(NOISE_ROWS * net->n_in, sizeof *z);
    matrix h = matrix_view(z, NOISE_ROWS, net->n_in);
    fill_inputs(z, net->n_in, (size_t)o->z_dim, r);
    tape_init(&t, net, NOISE_ROWS);
    network_forward(net, &t, h, (pass){true, o->seed, rng_stream(STREAM_DROPOUT, 0)});
    double variance = measure_columns(mean, net->n_layers > 1 ? t.output[net->n_layers - 2] : h);
    tape_release(&t);
    free(z);
    return variance;
}

/* ---- The layer ---- */

/* k random directions of n inputs, k <= n, at right angles and of length 1: R' R = L L', L^-1 R'.
 */
static double_matrix draw_directions(size_t k, size_t n, rng *r)
{
    float *draws = allocate(k * n, sizeof *draws);
    double_matrix q = double_matrix_view(allocate(k * n, sizeof(double)), k, n);
    double_matrix l = double_matrix_view(allocate(k * k, sizeof(double)), k, k);
    rng_fill_normal(r, draws, k * n);
    for (size_t i = 0; i < k * n; i++)
        q.data[i] = (double)draws[i];
    double_matrix_multiply(l, 0.0, q, AS_IS, q, TRANSPOSED);
    bool is_independent = double_matrix_cholesky(l, 0.0);
    assert(is_independent); /* as draws are */
    (void)is_independent;
    double_matrix_solve(q, l, AS_IS);
    free(draws);
    free(l.data);
    return q;
}

/* The first components, as many as there are inputs, each along a direction of its own. */
static void fill_weights(const layer *l, double_matrix components, double scale, rng *r)
{
    size_t k = l->n_in < l->n_out ? l->n_in : l->n_out;
    double_matrix direction = draw_directions(k, l->n_in, r);
    double *product = allocate(l->n_out * l->n_in, sizeof *product);
    double_matrix_multiply(double_matrix_view(product, l->n_out, l->n_in), 0.0,
                           double_matrix_view(components.data, k, l->n_out), TRANSPOSED, direction,
                           AS_IS);
    for (size_t i = 0; i < l->n_out * l->n_in; i++)
        l->weight.data[i] = (float)(scale * product[i]);
    free(direction.data);
    free(product);
}

/* Where h is at its mean the picture is at its own. */
static void fill_bias(const layer *l, const double *mean, const double *h_mean)
{
    for (size_t i = 0; i < l->n_out; i++) {
        double v = mean[i];
        for (size_t k = 0; k < l->n_in; k++)
            v -= (double)l->weight.data[i * l->n_in + k] * h_mean[k];
        l->bias[i] = (float)v;
    }
}

static int check(const layer *l, const model *m, error *e)
{
    const char *found = l->has_batchnorm       ? "bn"
                        : l->has_spectral_norm ? "sn"
                                               : activations[l->f.kind].name;
    if (l->has_batchnorm || l->has_spectral_norm || l->f.kind == RELU || l->f.kind == LRELU)
        return fail(e, STATUS_USAGE,
                    "--init-output data: the last layer of --generator has %s, expected tanh, "
                    "sigmoid or no activation, without bn or sn",
                    found);
    if (m->shape.n > MOST_PIXELS)
        return fail(
            e, STATUS_USAGE,
            "--init-output data: pictures have %zu pixels, more than the %d whose principal "
            "components are found in a moment",
            m->shape.n, MOST_PIXELS);
    if (m->data->n < 2)
        return fail(e, STATUS_USAGE, "--init-output data: one picture has no components");
    return 0;
}

int output_layer_fill(network *net, const model *m, rng *r, error *e)
{
    const layer *l = &net->layers[net->n_layers - 1];
    if (check(l, m, e))
        return -1;
    size_t n = l->n_out;
    double *mean = allocate(n, sizeof *mean), *h_mean = allocate(l->n_in, sizeof *h_mean);
    double_matrix components = double_matrix_view(allocate(n * n, sizeof(double)), n, n);
    double variance = measure_hidden(h_mean, net, &m->options, r);
    bool is_found = find_components(components, mean, m, l->f);
    if (is_found) {
        fill_weights(l, components, 1.0 / sqrt(fmax(variance, 1e-6)), r);
        fill_bias(l, mean, h_mean);
    }
    free(mean);
    free(h_mean);
    free(components.data);
    return is_found ? 0 : fail(e, STATUS_BAD_INPUT, "--init-output data: no components found");
}
