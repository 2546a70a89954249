/* SPDX-License-Identifier: MIT */
/* A plain network fitted to samples by mini-batches. All products are packed ones: the same bits on
 * any number of threads, and none needs OpenBLAS. */
#include "fitted_network.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, EPOCHS = 10 };

void network_fit_init(network *net, const float *widths, size_t n, size_t z_dim)
{
    text spec = {0};
    error never = {0};
    for (size_t i = 0; i < n; i++)
        text_add(&spec, "%s%.0f%s", i ? "," : "", (double)widths[i], i + 1 < n ? ":relu" : "");
    if (network_init(net, spec.data, z_dim, &never))
        *net = (network){0};
    text_release(&spec);
}

/* ---- One batch ---- */

typedef struct {
    network *net;
    const prior_sample *s;
    double mean, scale; /* of the target, which is fitted as one of mean 0 and spread 1 */
    tape t;
    float *z, *y;                 /* (BATCH, z_dim), (BATCH) */
    float *delta[2], *transposed; /* (BATCH, the widest layer): slopes by pre-activations */
    float *dparam;                /* (n_param) */
} fitting;

static size_t widest_of(const network *net)
{
    size_t most = network_widest(net);
    return most > net->n_in ? most : net->n_in;
}

static void fitting_init(fitting *f, network *net, const prior_sample *s)
{
    size_t room = BATCH * widest_of(net);
    *f = (fitting){.net = net, .s = s};
    f->mean = sum(s->value, s->n) / (double)s->n;
    for (size_t i = 0; i < s->n; i++)
        f->scale += pow((double)s->value[i] - f->mean, 2);
    f->scale = sqrt(f->scale / (double)s->n);
    tape_init(&f->t, net, BATCH);
    f->z = allocate(BATCH * net->n_in, sizeof *f->z);
    f->y = allocate(BATCH, sizeof *f->y);
    f->delta[0] = allocate(room, sizeof(float));
    f->delta[1] = allocate(room, sizeof(float));
    f->transposed = allocate(room, sizeof(float));
    f->dparam = allocate(net->n_param, sizeof *f->dparam);
}

static void fitting_release(fitting *f)
{
    tape_release(&f->t);
    free(f->z);
    free(f->y);
    free(f->delta[0]);
    free(f->delta[1]);
    free(f->transposed);
    free(f->dparam);
}

/* What is all the same, is 0. */
static void gather(fitting *f, const uint32_t *which)
{
    size_t n = f->net->n_in;
    for (size_t r = 0; r < BATCH; r++) {
        double y = (double)f->s->value[which[r]] - f->mean;
        memcpy(f->z + r * n, f->s->z + which[r] * n, n * sizeof *f->z);
        f->y[r] = f->scale > 0 ? (float)(y / f->scale) : 0;
    }
}

/* The layer's part of the gradient, from the slopes delta (BATCH, n_out) by its pre-activations. */
static void differentiate_layer(fitting *f, size_t i, const float *delta)
{
    const layer *l = &f->net->layers[i];
    packed_matrix input = {0};
    matrix x = i ? f->t.output[i - 1] : matrix_view(f->z, BATCH, l->n_in);
    float *dw = f->dparam + (l->weight.data - f->net->param);
    float *db = f->dparam + (l->bias - f->net->param);
    memset(db, 0, l->n_out * sizeof *db);
    for (size_t r = 0; r < BATCH; r++)
        for (size_t o = 0; o < l->n_out; o++) {
            f->transposed[o * BATCH + r] = delta[r * l->n_out + o];
            db[o] += delta[r * l->n_out + o];
        }
    packed_matrix_init(&input, x, AS_IS);
    packed_multiply(matrix_view(dw, l->n_out, l->n_in), matrix_view(f->transposed, l->n_out, BATCH),
                    &input, (epilogue){0});
    packed_matrix_release(&input);
}

/* dparam = gradient of the mean of the squared errors. */
static void differentiate(fitting *f)
{
    packed_network p = {0};
    size_t last = f->net->n_layers - 1;
    float *delta = f->delta[0], *next = f->delta[1];
    packed_network_init(&p, f->net, PASS_FORWARD | PASS_BACKWARD);
    matrix y = packed_forward(&p, &f->t, matrix_view(f->z, BATCH, f->net->n_in));
    for (size_t r = 0; r < BATCH; r++)
        delta[r] = 2 * (y.data[r] - f->y[r]) / BATCH;
    for (size_t i = last + 1; i-- > 0;) {
        const layer *l = &f->net->layers[i];
        differentiate_layer(f, i, delta);
        if (i > 0)
            packed_multiply(matrix_view(next, BATCH, l->n_in), matrix_view(delta, BATCH, l->n_out),
                            &p.to_input[i],
                            (epilogue){.factor = f->t.slope[i - 1], .rows_a_factor = 1});
        float *swapped = delta;
        delta = next;
        next = swapped;
    }
    packed_network_release(&p);
}

/* ---- Fitting ---- */

static const optimizer_settings adam = {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};

static void run_epochs(fitting *f)
{
    optimizer o;
    optimizer_settings set = adam;
    uint32_t *order = allocate(f->s->n, sizeof *order);
    set.rule = optimizer_find("adam");
    optimizer_init(&o, set, f->net->n_param);
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        rng r = surrogate_rng(SURROGATE_EPOCHS + epoch);
        rng_fill_permutation(&r, order, f->s->n);
        for (size_t at = 0; at + BATCH <= f->s->n; at += BATCH) {
            gather(f, order + at);
            differentiate(f);
            optimizer_step(&o, f->net->param, f->dparam, 1);
        }
    }
    optimizer_release(&o);
    free(order);
}

/* Back to the target's own mean and spread. */
static void scale_output(network *net, double mean, double scale)
{
    const layer *l = &net->layers[net->n_layers - 1];
    for (size_t i = 0; i < l->n_in; i++)
        l->weight.data[i] = (float)((double)l->weight.data[i] * scale);
    l->bias[0] = (float)((double)l->bias[0] * scale + mean);
}

/* ---- The gradient that it was fitted by ---- */

static double loss_of(twin *t, const double *z, const float *y)
{
    const double *out = twin_forward(t, z, BATCH, (pass){0});
    double all = 0;
    for (size_t r = 0; r < BATCH; r++)
        all += pow(out[r] - (double)y[r], 2) / BATCH;
    return all;
}

/* Both ends of a step along direction (n_param). */
static void move_twins(twin *up, twin *down, const network *net, const float *direction, double h)
{
    for (size_t i = 0; i < net->n_param; i++) {
        up->param[i] = (double)net->param[i] + h * (double)direction[i];
        down->param[i] = (double)net->param[i] - h * (double)direction[i];
    }
}

/* |slope by the gradient - central difference in double| over |gradient|, along random directions;
 * one with a kink in the step is left out. */
static double compare_gradient(const fitting *f)
{
    enum { N_TRIED = 4 };
    const double h = 1e-7;
    const network *net = f->net;
    twin up, down;
    float *direction = allocate(net->n_param, sizeof *direction);
    double *z = allocate(BATCH * net->n_in, sizeof *z), most = 0;
    double size = norm(f->dparam, net->n_param);
    twin_init(&up, net, BATCH);
    twin_init(&down, net, BATCH);
    for (size_t i = 0; i < BATCH * net->n_in; i++)
        z[i] = (double)f->z[i];
    for (uint64_t k = 0; k < N_TRIED; k++) {
        rng r = surrogate_rng(SURROGATE_DIRECTIONS + k);
        rng_fill_normal(&r, direction, net->n_param);
        move_twins(&up, &down, net, direction, h);
        double slope = (loss_of(&up, z, f->y) - loss_of(&down, z, f->y)) / (2 * h);
        if (!twin_has_kink_between(&up, &down))
            most = worse(fabs(slope - dot(f->dparam, direction, net->n_param)), most);
    }
    twin_release(&up);
    twin_release(&down);
    free(direction);
    free(z);
    return size > 0 ? most / size : most;
}

double network_fit(network *net, const prior_sample *s)
{
    fitting f;
    rng r = surrogate_rng(SURROGATE_WEIGHTS);
    network_fill_glorot(net, &r);
    fitting_init(&f, net, s);
    run_epochs(&f);
    differentiate(&f);
    double off = compare_gradient(&f);
    scale_output(net, f.mean, f.scale);
    fitting_release(&f);
    return off;
}
