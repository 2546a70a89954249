/* SPDX-License-Identifier: MIT */
/* Layer gradients and moves: one walk back through G from the pixels, or from the unit that is the
 * target, and one forward along the step.
 *
 * By the chain rule, a layer's gradient times its move is what the target moves by, whichever layer
 * it is; one check says so, another has each layer's gradient once more in double. A move is
 * predicted by slopes at z and measured where z then is. */
#include "layer_gradients.h"
#include "check_detail.h"
#include "cli.h"
#include "method_detail.h"
#include "target_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    uint64_t layer; /* Sequential index */
} layer_settings;

#define LAST_HIDDEN_LAYER UINT64_MAX

static const option_row rows[] = {
    OPTION_COUNT(layer_settings, layer, .name = "layer", .role = ROLE_RESULT, .low = 0,
                 .high = 9999, .value = "L",
                 .summary = "The layer of G whose gradients are counted by size: its index in the "
                            "model's file, as in --target unit:L,I; default: the last hidden one."),
};

static const layer_settings defaults = {.layer = LAST_HIDDEN_LAYER};
const option_set layer_options = {OPTION_GROUP("Method gradient-x-input", rows, 0), &defaults,
                                  sizeof defaults};

int layer_options_check(void **state, const explainer *x, const explain_request *q,
                        const void *settings, error *e)
{
    const layer_settings *set = settings;
    (void)state;
    (void)q;
    if (set->layer == LAST_HIDDEN_LAYER)
        return 0;
    return target_check_layer("--layer", x->net[NET_G], set->layer, e);
}

/* ---- The walk ---- */

/* In prior sigmas. */
enum { N_STEPS = 2 };
static const double steps[N_STEPS] = {0.1, 1};

/* G, or G cut at the unit that is the target, at z. */
typedef struct {
    const explain_task *t;
    explain_net i;
    const network *net;
    float **gradient;          /* (n_layers): by what each layer makes */
    float **move;              /* the same, for a step of length 1 */
    float **measured[N_STEPS]; /* what each layer moved by */
    double target_moved[N_STEPS];
    double length;    /* |gradient by z|: what the target moves by for a step of 1 */
    float *direction; /* (z_dim) */
    float *room;      /* owned: all that is float but the pointers */
    float **rows;     /* owned: the pointers */
} layer_walk;

enum { N_KINDS = 2 + N_STEPS };

static void walk_init(layer_walk *k, const explain_task *t)
{
    const explainer *x = t->x;
    explain_net i = explain_is_of_picture(x) ? NET_G : NET_CUT;
    size_t n = 0, n_layers = x->net[i]->n_layers;
    *k = (layer_walk){.t = t, .i = i, .net = x->net[i]};
    for (size_t l = 0; l < n_layers; l++)
        n += k->net->layers[l].n_out;
    float *at = k->room = allocate(N_KINDS * n + x->z_dim, sizeof *k->room);
    k->rows = allocate(N_KINDS * n_layers, sizeof *k->rows);
    for (size_t r = 0; r < N_KINDS * n_layers; r++) {
        k->rows[r] = at;
        at += k->net->layers[r % n_layers].n_out;
    }
    k->direction = at;
    k->gradient = k->rows;
    k->move = k->rows + n_layers;
    for (size_t s = 0; s < N_STEPS; s++)
        k->measured[s] = k->rows + (2 + s) * n_layers;
    k->length = norm(t->rows->gradient_z, x->z_dim);
    for (size_t c = 0; c < x->z_dim && k->length > 0; c++)
        k->direction[c] = (float)((double)t->rows->gradient_z[c] / k->length);
}

static void walk_release(layer_walk *k)
{
    free(k->room);
    free(k->rows);
}

/* ---- Gradients and moves ---- */

/* The gradient by what the net makes. */
static void start_walk(layer_walk *k, const float *dx)
{
    const explainer *x = k->t->x;
    size_t last = k->net->n_layers - 1, width = k->net->n_out;
    float value;
    if (k->i == NET_G)
        memcpy(k->gradient[last], dx, width * sizeof *dx);
    else
        x->target.row->terms->evaluate(
            &(term_tile){
                .x = x, .n = 1, .y = k->t->w->tape[k->i].output[last].data, .width = width},
            &value, k->gradient[last]);
}

static void walk_back(layer_walk *k)
{
    const tape *at = &k->t->w->tape[k->i];
    float *scaled = allocate(network_widest(k->net), sizeof *scaled);
    for (size_t l = k->net->n_layers; --l > 0;) {
        const layer *one = &k->net->layers[l];
        multiply_elementwise(scaled, k->gradient[l], at->slope[l], one->n_out);
        packed_multiply(matrix_view(k->gradient[l - 1], 1, one->n_in),
                        matrix_view(scaled, 1, one->n_out), &k->t->x->packed[k->i].to_input[l],
                        (epilogue){0});
    }
    free(scaled);
}

static void walk_forward(layer_walk *k)
{
    const tape *at = &k->t->w->tape[k->i];
    matrix x_dot = matrix_view(k->direction, 1, k->t->x->z_dim);
    for (size_t l = 0; l < k->net->n_layers; l++) {
        matrix y_dot = matrix_view(k->move[l], 1, k->net->layers[l].n_out);
        packed_multiply(y_dot, x_dot, &k->t->x->packed[k->i].to_output[l],
                        (epilogue){.factor = at->slope[l], .rows_a_factor = 1});
        x_dot = y_dot;
    }
}

/* z, and where each step takes it: (1 + N_STEPS, z_dim). The caller frees it. */
static float *make_steps(const layer_walk *k)
{
    size_t n = k->t->x->z_dim;
    float *z = allocate((1 + N_STEPS) * n, sizeof *z);
    for (size_t r = 0; r < 1 + N_STEPS; r++)
        for (size_t c = 0; c < n; c++)
            z[r * n + c] = (float)((double)k->t->rows->z[c] +
                                   (r ? steps[r - 1] : 0) * (double)k->direction[c]);
    return z;
}

/* What each layer and the target move by; leaves the workspace elsewhere. */
static void measure(layer_walk *k, const float *reference)
{
    const explain_task *t = k->t;
    float *z = make_steps(k), value[1 + N_STEPS];
    explain_rows(
        t->x, t->w,
        &(explained_rows){.n = 1 + N_STEPS, .z = z, .reference = reference, .value = value});
    for (size_t s = 0; s < N_STEPS; s++) {
        k->target_moved[s] = (double)value[1 + s] - (double)value[0];
        for (size_t l = 0; l < k->net->n_layers; l++) {
            const float *here = t->w->tape[k->i].output[l].data;
            size_t width = k->net->layers[l].n_out;
            for (size_t u = 0; u < width; u++)
                k->measured[s][l][u] = here[(1 + s) * width + u] - here[u];
        }
    }
    free(z);
}

/* ---- The table ---- */

enum {
    COLUMN_UNITS,
    COLUMN_RAISE,
    COLUMN_LOWER,
    COLUMN_NEITHER,
    COLUMN_MOVES, /* predicted, measured and missed, a step after the other */
    N_COLUMNS = COLUMN_MOVES + 3 * N_STEPS
};

static const char *const column_names[N_COLUMNS] = {
    "units",
    "share of units that: raise it",
    "share of units that: lower it",
    "share of units that: do neither",
    "step 0.1: predicted",
    "step 0.1: measured",
    "share missed: 0.1",
    "step 1: predicted",
    "step 1: measured",
    "share missed: 1",
};

/* Of n units: their gradients by sign, and the root mean squares of their moves. */
typedef struct {
    const float *gradient, *move, *measured[N_STEPS];
    size_t n;
} layer_row;

static void count_signs(float *out, const layer_row *r)
{
    size_t n_above = 0, n_below = 0;
    for (size_t u = 0; u < r->n; u++) {
        n_above += r->gradient[u] > 0;
        n_below += r->gradient[u] < 0;
    }
    out[COLUMN_UNITS] = (float)r->n;
    out[COLUMN_RAISE] = (float)((double)n_above / (double)r->n);
    out[COLUMN_LOWER] = (float)((double)n_below / (double)r->n);
    out[COLUMN_NEITHER] = (float)((double)(r->n - n_above - n_below) / (double)r->n);
}

static void fill_row(float *out, const layer_row *r)
{
    count_signs(out, r);
    for (size_t s = 0; s < N_STEPS; s++) {
        double predicted = norm(r->move, r->n) * steps[s], missed = 0, root = sqrt((double)r->n);
        for (size_t u = 0; u < r->n; u++)
            missed += pow((double)r->measured[s][u] - (double)r->move[u] * steps[s], 2);
        float *at = out + COLUMN_MOVES + 3 * s;
        at[0] = (float)(predicted / root);
        at[1] = (float)(norm(r->measured[s], r->n) / root);
        at[2] = predicted > 0 ? (float)(sqrt(missed) / predicted) : 0;
    }
}

static text name_layer(const layer_walk *k, size_t l)
{
    const layer *one = &k->net->layers[l];
    text name = {0};
    text_add(&name, "layer %zu", one->dense_index);
    if (l + 1 == k->net->n_layers)
        text_add(&name, k->i == NET_G ? ", the picture" : ", the target's");
    return name;
}

static void add_table(explanation *a, const layer_walk *k, const char *name)
{
    size_t n_layers = k->net->n_layers;
    float *table = explanation_add(a, name, n_layers + 1, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, column_names[c]);
    for (size_t l = 0; l < n_layers; l++) {
        text label = name_layer(k, l);
        fill_row(table + l * N_COLUMNS, &(layer_row){k->gradient[l],
                                                     k->move[l],
                                                     {k->measured[0][l], k->measured[1][l]},
                                                     k->net->layers[l].n_out});
        explanation_add_label(a, label.data);
        text_release(&label);
    }
    const float one = 1, length = (float)k->length;
    const float moved[N_STEPS] = {(float)k->target_moved[0], (float)k->target_moved[1]};
    fill_row(table + n_layers * N_COLUMNS, &(layer_row){&one, &length, {moved, moved + 1}, 1});
    explanation_add_label(a, "the target");
}

/* ---- One layer ---- */

static size_t find_layer(const layer_walk *k, uint64_t index)
{
    size_t l = 0;
    if (index == LAST_HIDDEN_LAYER)
        return k->net->n_layers > 1 ? k->net->n_layers - 2 : k->net->n_layers;
    while (l < k->net->n_layers && k->net->layers[l].dense_index != index &&
           k->net->layers[l].batchnorm_index != index)
        l++;
    return l;
}

static void add_units(explanation *a, const layer_walk *k, const char *name)
{
    size_t l = find_layer(k, ((const layer_settings *)k->t->settings)->layer);
    if (l == k->net->n_layers)
        return;
    size_t n = k->net->layers[l].n_out;
    text label = name_layer(k, l);
    memcpy(explanation_add(a, name, n, 0), k->gradient[l], n * sizeof(float));
    explanation_add_label(a, label.data);
    text_release(&label);
}

/* ---- Checks ---- */

/* What float may lose in a layer of the way through G, over the spread: check.c has it. */
static const double ROUNDING = 5e-6;

/* dy (n_out) = the gradient by a layer's output and, in squares, the squares of what it is made of;
 * on return the same by its input. */
static void pull_back(double *dy, double *squares, const twin *t, size_t l, double *scratch)
{
    const layer *one = &t->net->layers[l];
    double *below = scratch, *below_squares = scratch + one->n_in;
    memset(scratch, 0, 2 * one->n_in * sizeof *scratch);
    for (size_t o = 0; o < one->n_out; o++) {
        double slope = t->slope[l][o];
        const float *w = one->weight.data + o * one->n_in;
        for (size_t i = 0; i < one->n_in; i++) {
            below[i] += dy[o] * slope * (double)w[i];
            below_squares[i] += squares[o] * pow(slope * (double)w[i], 2);
        }
    }
    memcpy(dy, below, one->n_in * sizeof *dy);
    memcpy(squares, below_squares, one->n_in * sizeof *squares);
}

/* How far a layer's gradient is off the one in double. */
static double compare_layer(const float *gradient, const double *exact, const double *squares,
                            size_t n, double rounding)
{
    double wrong = 0, size = 0, spread = 0;
    for (size_t u = 0; u < n; u++) {
        wrong += pow((double)gradient[u] - exact[u], 2);
        size += exact[u] * exact[u];
        spread += squares[u];
    }
    double least = sqrt(spread) * rounding;
    return relative_error(sqrt(wrong), fmax(sqrt(size), least));
}

/* Passes the twin at z, with the float path's sides of kinks; returns how many it took. z (z_dim)
 * must stay as long as the twin is looked at. */
static size_t pass_twin(const layer_walk *k, double *z)
{
    twin *at = &k->t->w->twin[k->i];
    for (size_t c = 0; c < k->t->x->z_dim; c++)
        z[c] = (double)k->t->rows->z[c];
    explain_twin_init(k->t->w->twin, k->t->x);
    twin_forward(at, z, 1, (pass){0});
    return twin_take_sides(at, &k->t->w->tape[k->i], 0, 0);
}

/* The worst of the layers. It starts from what the float walk starts from. */
static explain_check check_in_double(const layer_walk *k, explain_check c)
{
    size_t last = k->net->n_layers - 1, widest = network_widest(k->net);
    double *room = allocate(4 * widest + k->t->x->z_dim, sizeof *room);
    double *dy = room, *squares = room + widest, *scratch = room + 2 * widest;
    double rounding = ROUNDING * (double)(last + 1) / c.tolerance;
    c.n_left_out = pass_twin(k, room + 4 * widest);
    for (size_t u = 0; u < k->net->n_out; u++) {
        dy[u] = (double)k->gradient[last][u];
        squares[u] = dy[u] * dy[u];
    }
    for (size_t l = last; l > 0; l--) {
        pull_back(dy, squares, &k->t->w->twin[k->i], l, scratch);
        c.value =
            worse(compare_layer(k->gradient[l - 1], dy, squares, k->net->layers[l].n_in, rounding),
                  c.value);
    }
    free(room);
    return c;
}

/* The same, of each layer's gradient times its move. */
static explain_check check_sums(const layer_walk *k, explain_check c)
{
    for (size_t l = 0; l < k->net->n_layers; l++) {
        double moved = 0, squares = 0;
        for (size_t u = 0; u < k->net->layers[l].n_out; u++) {
            double term = (double)k->gradient[l][u] * (double)k->move[l][u];
            moved += term;
            squares += term * term;
        }
        double off = fabs(moved - k->length), size = fmax(k->length, sqrt(squares));
        c.value = worse(relative_error(off, size), c.value);
    }
    return c;
}

void layer_gradients_add(const explain_task *t, explanation *a, const float *dx,
                         const layer_arrays *arrays)
{
    layer_walk k;
    walk_init(&k, t);
    start_walk(&k, dx);
    walk_back(&k);
    walk_forward(&k);
    if (!t->q->skips_checks) {
        explain_check in_double = check_in_double(&k, arrays->checks[LAYERS_AGAINST_DOUBLE]);
        explain_check sums = check_sums(&k, arrays->checks[LAYERS_ADD_UP]);
        explanation_add_check(a, &in_double);
        explanation_add_check(a, &sums);
    }
    add_units(a, &k, arrays->units);
    measure(&k, a->reference);
    add_table(a, &k, arrays->table);
    walk_release(&k);
}
