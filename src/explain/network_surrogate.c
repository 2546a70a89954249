/* SPDX-License-Identifier: MIT */
/* The method `network`: a small network of z, fitted to the target over the prior, and its own
 * gradient at this z times z. How much of the network that explains is said beside it. */
#include "cli.h"
#include "fitted_network.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bool is_like_g;
} network_settings;

static const option_row options[] = {
    OPTION_FLAG(network_settings, is_like_g, .name = "surrogate-like-g",
                .summary = "Give the method network the widths of G's hidden layers."),
};

static const network_settings defaults = {0};
static const option_set option_table = {OPTION_GROUP("Method network", options, 0), &defaults,
                                        sizeof defaults};

static const array_row arrays[] = {
    {.name = "network.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each component of z adds, by a fitted network's gradient",
     .unit = "rate of the fitted network times z, from the baseline",
     .noun = "contribution",
     .meaning = "what the component of this z adds to what a small network, fitted to the target "
                "over all z, says of it, as far as that is a straight line from the baseline",
     .sentence = "A small network, fitted to the target over all z that may be drawn, takes it "
                 "here mostly from #",
     .if_zero = "a small network fitted to the target takes it from no component"},
    {.name = "network.gradient",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How fast each component moves the fitted network here",
     .unit = "target per unit of z",
     .noun = "rate",
     .meaning = "how fast what the fitted network says rises with the component, at this z",
     .sentence = "What the fitted network says rises or falls fastest here with #",
     .if_zero = "what the fitted network says does not change around this z"},
    {.name = "network.explained",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How much of the network its gradient explains",
     .unit = "R2 over moves of z",
     .meaning = "of how what the network says changes with random moves of z by half a sigma in "
                "each component, the share that its gradient here predicts: 1 is all; 0 is no more "
                "than that nothing changes",
     .sentence = "Its gradient predicts # of how what it says changes with moves of z by half of "
                 "their usual spread (1 is all).",
     .sentence_if_zero = "Its gradient predicts nothing of how what it says changes with moves of "
                         "z by half of their usual spread."},
    SURROGATE_TRIAL_ROWS("network", "A small network of z"),
    {0}};

enum { GRADIENT, FIT, HELD_OUT };

static const explain_check checks[] = {
    [GRADIENT] = {.name = "network.z_against_differences",
                  .meaning = "|network.z - central difference in double times z from the baseline| "
                             "/ |network.z|, over the components without a kink in the step",
                  .tolerance = 1e-3,
                  .left_out = "of # components a kink of the fitted network is too near",
                  .all_left_out = "kinks of the fitted network are too near in all directions"},
    [FIT] = {.name = "network.fit_gradient_against_differences",
             .meaning = "of the gradient that the network was last fitted by: |slope - central "
                        "difference in double| along random directions / |gradient|",
             .tolerance = 1e-3,
             .n_samples = 4},
    [HELD_OUT] = SURROGATE_TRIAL_CHECK("network"),
    {0}};

/* ---- The network that was kept ---- */

/* From kept "widths" and "parameters". */
static void read_network(network *net, size_t z_dim, const kept_arrays *k)
{
    const kept_array *widths = kept_arrays_find(k, "widths");
    network_fit_init(net, widths->data, widths->n, z_dim);
    memcpy(net->param, kept_arrays_find(k, "parameters")->data, net->n_param * sizeof *net->param);
}

static void predict(float *predicted, const float *z, size_t n, size_t z_dim, const kept_arrays *k)
{
    network net;
    tiles t = {0};
    read_network(&net, z_dim, k);
    tiles_init(&t, &net);
    tiles_forward(predicted, &t, z, n);
    tiles_release(&t);
    network_release(&net);
}

static double predict_in_double(const float *z, size_t z_dim, const kept_arrays *k)
{
    network net;
    twin t;
    double *exact = allocate(z_dim, sizeof *exact);
    for (size_t i = 0; i < z_dim; i++)
        exact[i] = (double)z[i];
    read_network(&net, z_dim, k);
    twin_init_borrowing(&t, &net, 1);
    double value = *twin_forward(&t, exact, 1, (pass){0});
    twin_release(&t);
    network_release(&net);
    free(exact);
    return value;
}

/* Values (n) and gradients (n, z_dim) of n rows of z. */
static void differentiate(const network *net, float *value, float *gradient, const float *z,
                          size_t n)
{
    packed_network p = {0};
    tape t = {0};
    float one[TILE_ROWS];
    packed_network_init(&p, net, PASS_FORWARD | PASS_BACKWARD);
    tape_init(&t, net, TILE_ROWS);
    for (size_t first = 0; first < n; first += TILE_ROWS) {
        size_t rows = n - first < TILE_ROWS ? n - first : TILE_ROWS, at = first * net->n_in;
        matrix y = packed_forward(&p, &t, matrix_view_const(z + at, rows, net->n_in));
        memcpy(value + first, y.data, rows * sizeof *value);
        for (size_t r = 0; r < rows; r++)
            one[r] = 1;
        packed_backward(&p, &t, matrix_view(one, rows, 1),
                        matrix_view(gradient + at, rows, net->n_in));
    }
    tape_release(&t);
    packed_network_release(&p);
}

/* ---- Fitting ---- */

/* More than of the others: it has more to fit. */
enum { NETWORK_SAMPLES = 16384 };

/* The widths of the layers, the output's the last. */
static void keep_widths(kept_arrays *k, const explainer *x, const network_settings *set)
{
    static const float preset[] = {128, 64, 32, 16, 1};
    const network *g = x->net[NET_G];
    size_t n = set->is_like_g ? g->n_layers : sizeof preset / sizeof *preset;
    float *widths = kept_arrays_add(k, "widths", n);
    for (size_t i = 0; i < n; i++)
        widths[i] = set->is_like_g ? (float)g->layers[i].n_out : preset[i];
    widths[n - 1] = 1;
}

static void fit(kept_arrays *k, const prior_sample *s, size_t z_dim)
{
    network net;
    const kept_array *widths = kept_arrays_find(k, "widths");
    network_fit_init(&net, widths->data, widths->n, z_dim);
    double off = network_fit(&net, s);
    *kept_arrays_add(k, "fit_gradient", 1) = (float)off;
    memcpy(kept_arrays_add(k, "parameters", net.n_param), net.param,
           net.n_param * sizeof *net.param);
    network_release(&net);
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    surrogate_samples s;
    kept_arrays *k = *state = allocate(1, sizeof *k);
    (void)e;
    keep_widths(k, x, settings);
    surrogate_samples_init(&s, x, q, NETWORK_SAMPLES, 0);
    fit(k, &s.fit, x->z_dim);
    surrogate_keep(k, &s, x->z_dim, predict);
    surrogate_samples_release(&s);
    return 0;
}

static size_t count_parameters(const kept_array *widths, size_t z_dim)
{
    size_t n = 0, n_in = z_dim;
    for (size_t i = 0; i < widths->n; i++) {
        n += (n_in + 1) * (size_t)widths->data[i];
        n_in = (size_t)widths->data[i];
    }
    return n;
}

static bool accepts(const kept_arrays *k, const explainer *x, const explain_request *q,
                    const void *settings)
{
    kept_arrays wanted = {0};
    keep_widths(&wanted, x, settings);
    const kept_array *own = &wanted.arrays[0], *found = kept_arrays_find(k, "widths");
    bool is_same = found && found->n == own->n &&
                   memcmp(found->data, own->data, own->n * sizeof *own->data) == 0;
    size_t n_param = count_parameters(own, x->z_dim);
    free(own->data);
    free(wanted.arrays);
    return is_same && surrogate_is_kept(k, q, NETWORK_SAMPLES, 0) &&
           kept_arrays_count(k, "parameters") == n_param &&
           kept_arrays_count(k, "fit_gradient") == 1;
}

/* ---- Checks ---- */

/* Two twins of the fitted network, and the z that each is at. */
typedef struct {
    twin up, down;
    double *z_up, *z_down;
} ends;

static void ends_init(ends *d, const network *net, const float *z)
{
    twin_init_borrowing(&d->up, net, 1);
    twin_init_borrowing(&d->down, net, 1);
    d->z_up = allocate(net->n_in, sizeof(double));
    d->z_down = allocate(net->n_in, sizeof(double));
    for (size_t i = 0; i < net->n_in; i++)
        d->z_up[i] = d->z_down[i] = (double)z[i];
}

static void ends_release(ends *d)
{
    twin_release(&d->up);
    twin_release(&d->down);
    free(d->z_up);
    free(d->z_down);
}

/* Along component i; false where a kink is in the step. */
static bool find_slope(double *slope, ends *d, size_t i)
{
    const double h = 1e-6;
    double at = d->z_up[i];
    d->z_up[i] = at + h;
    d->z_down[i] = at - h;
    double high = *twin_forward(&d->up, d->z_up, 1, (pass){0});
    double low = *twin_forward(&d->down, d->z_down, 1, (pass){0});
    *slope = (high - low) / (d->z_up[i] - d->z_down[i]);
    d->z_up[i] = d->z_down[i] = at;
    return !twin_has_kink_between(&d->up, &d->down);
}

static void check_gradient(const surrogate *s, const network *net, const double *baseline)
{
    const float *found = explanation_find(s->a, "network.z")->data, *z = s->t->rows->z;
    double off = 0, size = 0, slope;
    explain_check c = checks[GRADIENT];
    ends d;
    ends_init(&d, net, z);
    for (size_t i = 0; i < net->n_in; i++) {
        c.n_samples++;
        if (!find_slope(&slope, &d, i)) {
            c.n_left_out++;
            continue;
        }
        off += pow((double)found[i] - slope * ((double)z[i] - baseline[i]), 2);
        size += pow((double)found[i], 2);
    }
    /* what double leaves of a difference where there is no slope */
    size +=
        (double)net->n_in * pow(1e-6 * surrogate_spread(kept_arrays_find(s->k, "predicted")), 2);
    c.value = sqrt(off / size);
    explanation_add_check(s->a, &c);
    ends_release(&d);
}

static void add_checks(const surrogate *s, const network *net, const double *baseline)
{
    explain_check c = checks[FIT];
    c.value = (double)*kept_arrays_find(s->k, "fit_gradient")->data;
    check_gradient(s, net, baseline);
    explanation_add_check(s->a, &c);
    surrogate_check_trial(s, &checks[HELD_OUT]);
}

/* ---- Running ---- */

static void add_gradient(const surrogate *s, const network *net, const double *baseline)
{
    const float *z = s->t->rows->z;
    float value, *found = explanation_add(s->a, "network.z", 0, 0);
    float *gradient = explanation_add(s->a, "network.gradient", 0, 0);
    differentiate(net, &value, gradient, z, 1);
    for (size_t i = 0; i < net->n_in; i++)
        found[i] = (float)((double)gradient[i] * ((double)z[i] - baseline[i]));
}

/* How far moves are, in sigmas of the prior, and how many. */
static const double STEP = 0.5;
enum { N_MOVES = 256 };

/* value (1 + N_MOVES): of what the network says at z and after the moves (N_MOVES, z_dim). */
static void follow_moves(float *value, const network *net, const float *moves, const float *z)
{
    size_t n = net->n_in;
    tiles t = {0};
    float *rows = allocate((1 + N_MOVES) * n, sizeof *rows);
    for (size_t i = 0; i < (1 + N_MOVES) * n; i++)
        rows[i] = z[i % n] + (i < n ? 0 : moves[i - n]);
    tiles_init(&t, net);
    tiles_forward(value, &t, rows, 1 + N_MOVES);
    tiles_release(&t);
    free(rows);
}

static double find_explained(const surrogate *s, const network *net)
{
    size_t n = net->n_in;
    const float *gradient = explanation_find(s->a, "network.gradient")->data;
    float *moves = allocate(N_MOVES * n, sizeof *moves), value[1 + N_MOVES];
    double left = 0, all = 0;
    prior_fill(moves, n, DRAW_HELD_OUT, N_MOVES);
    for (size_t i = 0; i < N_MOVES * n; i++)
        moves[i] = (float)(STEP * (double)moves[i]);
    follow_moves(value, net, moves, s->t->rows->z);
    for (size_t r = 0; r < N_MOVES; r++) {
        double change = (double)value[1 + r] - (double)value[0];
        left += pow(change - dot(gradient, moves + r * n, n), 2);
        all += change * change;
    }
    free(moves);
    return all > 0 ? fmax(0, 1 - left / all) : 0;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const surrogate s = {t, a, t->state, "network", "network, of ", predict_in_double};
    double *baseline = surrogate_baseline(t, a);
    network net;
    (void)e;
    read_network(&net, t->x->z_dim, s.k);
    add_gradient(&s, &net, baseline);
    *explanation_add(a, "network.explained", 0, 0) = (float)find_explained(&s, &net);
    surrogate_add_trial(&s);
    if (!t->q->skips_checks)
        add_checks(&s, &net, baseline);
    network_release(&net);
    free(baseline);
    return 0;
}

const explain_method network_method = {
    .name = "network",
    .summary = "a small network of z, fitted to the target over the prior: what its gradient says "
               "of this z, and how much of the network that explains",
    .source = "a fitted surrogate, as of Molnar 2022, Interpretable Machine Learning, section 8.6",
    .lies = "It explains a copy: where the copy's R2 is low, or it misses much here, its rates "
            "are not those of the target. And they tell of the copy only as much as is said "
            "beside them.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_BASELINE | READS_SAMPLES,
    .options = &option_table,
    .prepare = prepare,
    .run = run,
    .release = kept_arrays_free,
    .accepts = accepts,
};
