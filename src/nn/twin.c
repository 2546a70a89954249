/* SPDX-License-Identifier: MIT */
/* The plain twin: the same mathematics as passes.c in double, by the textbook's loops, and where
 * weights are borrowed by tensor's products in double, which tests compare with these. It shares no
 * code with the float path but the masks' random draws. */
#include "network_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *copy_doubles(const float *v, size_t n)
{
    double *copy = allocate(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = (double)v[i];
    return copy;
}

static double **allocate_outputs(const network *net, size_t rows)
{
    double **block = allocate(net->n_layers, sizeof *block);
    for (size_t i = 0; i < net->n_layers; i++)
        block[i] = allocate(rows * net->layers[i].n_out, sizeof **block);
    return block;
}

void twin_init(twin *t, const network *net, size_t max_rows)
{
    twin_init_borrowing(t, net, max_rows);
    t->param = copy_doubles(net->param, net->n_param);
    t->stats = copy_doubles(net->stats, net->n_stats);
}

void twin_init_borrowing(twin *t, const network *net, size_t max_rows)
{
    *t = (twin){.net = net, .max_rows = max_rows};
    t->output = allocate_outputs(net, max_rows);
    t->pre = allocate_outputs(net, max_rows);
    t->slope = allocate_outputs(net, max_rows);
    t->x_hat = allocate_outputs(net, max_rows);
    t->inverse_std = allocate_outputs(net, 1);
    size_t widest = network_widest(net), width = net->n_in > widest ? net->n_in : widest;
    t->scale = allocate(net->n_layers, sizeof *t->scale);
    for (int k = 0; k < 2; k++)
        t->scratch[k] = allocate(max_rows * width, sizeof(double));
}

void twin_release(twin *t)
{
    if (!t->net)
        return;
    double **const blocks[] = {t->output, t->pre, t->slope, t->x_hat, t->inverse_std};
    for (size_t k = 0; k < 5; k++) {
        for (size_t i = 0; i < t->net->n_layers; i++)
            free(blocks[k][i]);
        free(blocks[k]);
    }
    free(t->param);
    free(t->stats);
    free(t->scale);
    free(t->scratch[0]);
    free(t->scratch[1]);
    *t = (twin){0};
}

/* The twin's copy of a value of the network's blocks. */
static double *param_of(const twin *t, const float *p) { return t->param + (p - t->net->param); }
static double *stat_of(const twin *t, const float *p) { return t->stats + (p - t->net->stats); }

/* Row o of the copy of the parameter that w of a layer is made of. */
static const double *row_of(const twin *t, matrix w, const spectral_norm *norm, size_t o)
{
    return param_of(t, norm->original ? norm->original : w.data) + o * w.cols;
}

static const double *weight_row(const twin *t, const layer *l, size_t o)
{
    return row_of(t, l->weight, &l->weight_norm, o);
}

/* 1 / (u' W v), by the copies of all three. */
static double scale_of(const twin *t, matrix w, const spectral_norm *norm)
{
    double sigma = 0;
    if (!norm->original)
        return 1;
    for (size_t o = 0; o < w.rows; o++)
        for (size_t k = 0; k < w.cols; k++)
            sigma += stat_of(t, norm->u)[o] * row_of(t, w, norm, o)[k] * stat_of(t, norm->v)[k];
    return 1 / sigma;
}

static void find_scales(twin *t)
{
    for (size_t i = 0; i < t->net->n_layers; i++) {
        const layer *l = &t->net->layers[i];
        t->scale[i][0] = scale_of(t, l->weight, &l->weight_norm);
        t->scale[i][1] = scale_of(t, l->embedding, &l->embedding_norm);
    }
}

static const double *scales_of(const twin *t, const layer *l)
{
    return t->scale[l - t->net->layers];
}

static double bias_of(const twin *t, const layer *l, size_t o)
{
    if (!l->bias)
        return 0.0;
    return t->param ? param_of(t, l->bias)[o] : (double)l->bias[o];
}

static void multiply(const twin *t, const layer *l, const double *x, double *y)
{
    for (size_t o = 0; o < l->n_out; o++)
        for (size_t r = 0; r < t->rows; r++)
            y[r * l->n_out + o] =
                scales_of(t, l)[0] * double_dot(weight_row(t, l, o), x + r * l->n_in, l->n_in);
}

/* Row of the embedding's copy that row r reads. */
static const double *class_row(const twin *t, const layer *l, size_t r)
{
    return row_of(t, l->embedding, &l->embedding_norm, t->classes[r]);
}

static void add_class(const twin *t, const layer *l, const double *x, double *y)
{
    for (size_t r = 0; l->embedding.data && r < t->rows; r++)
        y[r] += scales_of(t, l)[1] * double_dot(class_row(t, l, r), x + r * l->n_in, l->n_in);
}

static void dense(const twin *t, const layer *l, const double *x, double *y)
{
    if (t->param)
        multiply(t, l, x, y);
    else
        double_dense_forward(y, x, t->rows, l->weight);
    add_class(t, l, x, y);
    for (size_t r = 0; r < t->rows; r++)
        for (size_t o = 0; o < l->n_out; o++)
            y[r * l->n_out + o] += bias_of(t, l, o);
}

static void batch_moments_of(const double *y, size_t rows, size_t cols, size_t c, double *mean,
                             double *variance)
{
    *mean = *variance = 0.0;
    for (size_t r = 0; r < rows; r++)
        *mean += y[r * cols + c] / (double)rows;
    for (size_t r = 0; r < rows; r++)
        *variance += (y[r * cols + c] - *mean) * (y[r * cols + c] - *mean) / (double)rows;
}

static void normalise(twin *t, size_t i, bool is_training)
{
    const layer *l = &t->net->layers[i];
    const double *gamma = param_of(t, l->gamma), *beta = param_of(t, l->beta);
    for (size_t o = 0; o < l->n_out; o++) {
        double mean = stat_of(t, l->running_mean)[o], variance = stat_of(t, l->running_var)[o];
        if (is_training)
            batch_moments_of(t->pre[i], t->rows, l->n_out, o, &mean, &variance);
        t->inverse_std[i][o] = 1.0 / sqrt(variance + (double)l->eps);
        for (size_t r = 0; r < t->rows; r++) {
            size_t at = r * l->n_out + o;
            t->x_hat[i][at] = (t->pre[i][at] - mean) * t->inverse_std[i][o];
            t->pre[i][at] = gamma[o] * t->x_hat[i][at] + beta[o];
        }
    }
}

/* The slopes of tanh and sigmoid by e = exp(-...): as 1 - y^2 and y (1 - y) they would keep no
 * digits where the functions saturate. */
static void apply(activation f, double v, double *y, double *slope)
{
    double e;
    switch (f.kind) { /* without a default, so that the compiler names a kind that is left out */
    case LINEAR:
        *slope = 1.0;
        *y = v;
        break;
    case RELU:
    case LRELU:
        *slope = v > 0 ? 1.0 : (double)f.parameter;
        *y = v * *slope;
        break;
    case TANH:
        e = exp(-2.0 * fabs(v));
        *slope = 4.0 * e / ((1.0 + e) * (1.0 + e));
        *y = tanh(v);
        break;
    case SIGMOID:
        e = exp(-fabs(v));
        *slope = e / ((1.0 + e) * (1.0 + e));
        *y = (v >= 0 ? 1.0 : e) / (1.0 + e);
        break;
    }
}

/* The mask as activation_forward draws it: draw r * n + c, n rounded up to a multiple of four. */
static void drop(twin *t, size_t i, dropout d)
{
    size_t cols = t->net->layers[i].n_out;
    rng random = rng_init(d.seed, d.stream);
    uint32_t bits[4];
    for (size_t r = 0; r < t->rows; r++)
        for (size_t c = 0; c < cols; c++) {
            if (c % 4 == 0)
                rng_fill_bits(&random, bits, 4);
            double m = bits[c % 4] < (uint32_t)(d.keep * 0x1p32f) ? 1.0 / (double)d.keep : 0.0;
            t->output[i][r * cols + c] *= m;
            t->slope[i][r * cols + c] *= m;
        }
}

const double *twin_forward(twin *t, const double *x, size_t rows, pass p)
{
    assert(rows <= t->max_rows);
    t->rows = rows;
    t->input = x;
    find_scales(t);
    for (size_t i = 0; i < t->net->n_layers; i++) {
        const layer *l = &t->net->layers[i];
        assert(t->param || !l->has_batchnorm);
        dense(t, l, x, t->pre[i]);
        if (l->has_batchnorm)
            normalise(t, i, p.is_training);
        for (size_t k = 0; k < rows * l->n_out; k++)
            apply(l->f, t->pre[i][k], &t->output[i][k], &t->slope[i][k]);
        dropout d = layer_dropout(l, p, i);
        if (d.keep < 1.0f)
            drop(t, i, d);
        x = t->output[i];
    }
    return x;
}

/* Gradient by the product from the gradient by the normalised value, both in g, through the batch's
 * moments (which a pass with running statistics must not be asked for). */
static void normalise_backward(const twin *t, size_t i, double *g, double *dparam)
{
    const layer *l = &t->net->layers[i];
    double n = (double)t->rows;
    for (size_t o = 0; o < l->n_out; o++) {
        double d_gamma = 0, d_beta = 0;
        for (size_t r = 0; r < t->rows; r++) {
            d_beta += g[r * l->n_out + o];
            d_gamma += g[r * l->n_out + o] * t->x_hat[i][r * l->n_out + o];
        }
        if (dparam) {
            dparam[l->gamma - t->net->param + (ptrdiff_t)o] = d_gamma;
            dparam[l->beta - t->net->param + (ptrdiff_t)o] = d_beta;
        }
        double factor = param_of(t, l->gamma)[o] * t->inverse_std[i][o];
        for (size_t r = 0; r < t->rows; r++) {
            size_t at = r * l->n_out + o;
            g[at] = factor * (g[at] - d_beta / n - t->x_hat[i][at] * d_gamma / n);
        }
    }
}

static double *gradient_at(const twin *t, matrix w, const spectral_norm *norm, double *dparam)
{
    return dparam + (row_of(t, w, norm, 0) - t->param);
}

/* By N = W / sigma to by W: d sigma = u' dW v. */
static void normalise_gradient(const twin *t, matrix w, const spectral_norm *norm, double scale,
                               double *dparam)
{
    double along = 0, *dw = gradient_at(t, w, norm, dparam);
    for (size_t k = 0; k < w.rows * w.cols; k++)
        along += dw[k] * row_of(t, w, norm, 0)[k] * scale;
    for (size_t k = 0; k < w.rows * w.cols; k++) {
        double turn = stat_of(t, norm->u)[k / w.cols] * stat_of(t, norm->v)[k % w.cols];
        dw[k] = scale * (dw[k] - along * turn);
    }
}

static void normalise_gradients(const twin *t, size_t i, double *dparam)
{
    const layer *l = &t->net->layers[i];
    if (l->weight_norm.original)
        normalise_gradient(t, l->weight, &l->weight_norm, t->scale[i][0], dparam);
    if (l->embedding_norm.original)
        normalise_gradient(t, l->embedding, &l->embedding_norm, t->scale[i][1], dparam);
}

/* Weight and bias gradients of layer i from g, the gradient by its product, and its input. */
static void dense_gradients(const twin *t, size_t i, const double *g, double *dparam)
{
    const layer *l = &t->net->layers[i];
    const double *x = i ? t->output[i - 1] : t->input;
    double *dw = gradient_at(t, l->weight, &l->weight_norm, dparam);
    memset(dw, 0, l->n_out * l->n_in * sizeof *dw);
    for (size_t o = 0; o < l->n_out; o++) {
        double total = 0;
        for (size_t r = 0; r < t->rows; r++) {
            double v = g[r * l->n_out + o];
            total += v;
            for (size_t k = 0; k < l->n_in; k++)
                dw[o * l->n_in + k] += v * x[r * l->n_in + k];
        }
        if (l->bias)
            dparam[l->bias - t->net->param + (ptrdiff_t)o] = total;
    }
}

static void embedding_gradient(const twin *t, size_t i, const double *g, double *dparam)
{
    const layer *l = &t->net->layers[i];
    const double *x = i ? t->output[i - 1] : t->input;
    double *de = gradient_at(t, l->embedding, &l->embedding_norm, dparam);
    memset(de, 0, l->embedding.rows * l->n_in * sizeof *de);
    for (size_t r = 0; r < t->rows; r++)
        for (size_t k = 0; k < l->n_in; k++)
            de[t->classes[r] * l->n_in + k] += g[r] * x[r * l->n_in + k];
}

static void multiply_back(const twin *t, const layer *l, const double *g, double *dx)
{
    memset(dx, 0, t->rows * l->n_in * sizeof *dx);
    for (size_t o = 0; o < l->n_out; o++)
        for (size_t r = 0; r < t->rows; r++)
            for (size_t k = 0; k < l->n_in; k++)
                dx[r * l->n_in + k] +=
                    scales_of(t, l)[0] * g[r * l->n_out + o] * weight_row(t, l, o)[k];
}

static void input_gradient(const twin *t, const layer *l, const double *g, double *dx)
{
    if (t->param)
        multiply_back(t, l, g, dx);
    else
        double_dense_backward(dx, g, t->rows, l->weight);
    for (size_t r = 0; l->embedding.data && r < t->rows; r++)
        for (size_t k = 0; k < l->n_in; k++)
            dx[r * l->n_in + k] += scales_of(t, l)[1] * g[r] * class_row(t, l, r)[k];
}

void twin_backward(twin *t, const double *dy, double *dparam, double *dx)
{
    for (size_t i = t->net->n_layers; i-- > 0;) {
        const layer *l = &t->net->layers[i];
        double *g = t->scratch[i % 2], *below = i ? t->scratch[(i + 1) % 2] : dx;
        for (size_t k = 0; k < t->rows * l->n_out; k++)
            g[k] = dy[k] * t->slope[i][k];
        if (l->has_batchnorm)
            normalise_backward(t, i, g, dparam);
        if (dparam)
            dense_gradients(t, i, g, dparam);
        if (dparam && l->embedding.data)
            embedding_gradient(t, i, g, dparam);
        if (dparam)
            normalise_gradients(t, i, dparam);
        if (below)
            input_gradient(t, l, g, below);
        dy = below;
    }
}

static bool has_kink(const layer *l) { return activations[l->f.kind].is_kinked; }

static bool differ_in_sign(const double *a, const double *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if ((a[k] > 0) != (b[k] > 0))
            return true;
    return false;
}

bool twin_has_kink_between(const twin *a, const twin *b)
{
    for (size_t i = 0; i < a->net->n_layers; i++) {
        const layer *l = &a->net->layers[i];
        if (has_kink(l) && differ_in_sign(a->pre[i], b->pre[i], a->rows * l->n_out))
            return true;
    }
    return false;
}

bool twin_has_kink_between_rows(const twin *t, size_t a, size_t b)
{
    for (size_t i = 0; i < t->net->n_layers; i++) {
        const layer *l = &t->net->layers[i];
        const double *pre = t->pre[i];
        if (has_kink(l) && differ_in_sign(pre + a * l->n_out, pre + b * l->n_out, l->n_out))
            return true;
    }
    return false;
}

void twin_keep_first_row(twin *t) { t->rows = t->net && t->rows ? 1 : 0; }

size_t twin_take_sides(twin *t, const tape *f, size_t row, size_t depth)
{
    size_t n_taken = 0;
    assert(t->rows == 1 && row < f->rows);
    for (size_t i = 0; i < t->net->n_layers; i++) {
        const layer *l = &t->net->layers[i];
        double largest = 0, rounding = 1e-5 * (double)(depth + i + 1);
        for (size_t k = 0; has_kink(l) && k < l->n_out; k++)
            largest = fmax(largest, fabs(t->pre[i][k]));
        for (size_t k = 0; has_kink(l) && k < l->n_out; k++) {
            double slope = (double)f->slope[i][row * l->n_out + k];
            if (slope == t->slope[i][k] || fabs(t->pre[i][k]) > rounding * largest)
                continue;
            t->slope[i][k] = slope;
            n_taken++;
        }
    }
    return n_taken;
}
