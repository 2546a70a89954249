/* SPDX-License-Identifier: MIT */
/* The method `cam`: which hidden units of D, or of the judge, make the target what it is, and which
 * pixels these units look at.
 *
 * Class activation maps weigh the maps of hidden units by what these add to the target. The units
 * of dense layers have no maps: in their place stands how each pixel moves a unit at this picture.
 * With a_k the units of the last hidden layer, f the target and x the picture,
 *
 *     c_k = a_k df/da_k,    map_k = c_k da_k/dx,    cam = sum of map_k over the units.
 *
 * The last hidden layer, as what follows is one product: with y its outputs, b their biases and
 * f' = df/dy, the sum of c_k is f' (y - b), which is exact for any hidden activations. So of a
 * logit or class it is the target less a bias; of gen, which is bent, it is what a straight line
 * through here has.
 *
 * A network without hidden layers leaves nothing. */
#include "check_detail.h"
#include "method_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const array_row arrays[] = {
    {.name = "cam.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_SCALED_RATE,
     .title = "Where the units that make the target look",
     .unit = "target times d unit / d pixel",
     .noun = "weight",
     .meaning = "how a brighter pixel moves the hidden units of the network that sees the picture, "
                "each counted by what it adds to the target now",
     .sentence = "The hidden units that make the target what it is look most at the pixels #",
     .if_zero = "no hidden unit that adds to the target looks at any pixel"},
    {.name = "cam.units",
     .space = SPACE_X_LIST,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What the units that add most to the target look at",
     .unit = "target times d unit / d pixel",
     .noun = "weight",
     .meaning = "what a unit adds to the target (beside its number), times how a brighter pixel "
                "moves it",
     .in_place = "looks most",
     .nowhere = "looks nowhere"},
    {.name = "cam.contributions",
     .space = SPACE_LAYER,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What the hidden units add to the target",
     .unit = "activation times d target / d activation",
     .noun = "contribution",
     .meaning = "how active a unit of the last hidden layer is, times how fast the target rises "
                "with it"},
    {.name = "cam.rest",
     .space = SPACE_SCALAR,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .title = "What no hidden unit adds",
     .unit = "target",
     .meaning = "the target less the sum of cam.contributions: of a logit or a class the bias of "
                "the last layer; of others also what bends, which products do not tell",
     .sentence = "The target is what the hidden units add together and #, which is no unit's.",
     .sentence_if_zero = "The target is what the hidden units add together."},
    {0}};

enum { ADDS_UP, AGAINST_DOUBLE };

static const explain_check checks[] = {
    [ADDS_UP] = {.name = "cam.adds_up",
                 .meaning =
                     "|sum of cam.contributions - d target / d y (y - bias) in double, y the "
                     "outputs after the hidden layer| / sum of their magnitudes",
                 .tolerance = 1e-4,
                 .n_samples = 1},
    [AGAINST_DOUBLE] = {.name = "cam.against_double",
                        .meaning = "|got - the same in double| / |the same in double| of "
                                   "cam.contributions, of cam.x or, by the largest of them, of "
                                   "cam.units, whichever is most",
                        .tolerance = 1e-3,
                        .n_samples = 1,
                        .left_out = "At # hidden units the picture lies on the kink of a ReLU."},
    {0}};

/* ---- The units ---- */

/* The last hidden layer of the network that the target sees the picture through. */
typedef struct {
    const explain_task *t;
    const float *reference; /* what the target compares with; NULL: nothing */
    const target_term *term;
    const network *net;
    size_t layer, n_units, n_top;
    size_t *top;         /* (n_top): owned, as the rest */
    float *contribution; /* (n_units) */
    float *maps;         /* (1 + n_top, n pixels): cam, then those of the top */
} seen_units;

/* False where there is none. */
static bool find_layer(seen_units *u, const explain_task *t)
{
    const target_row *row = t->x->target.row;
    for (size_t k = 0; k < row->n_terms; k++) {
        explain_net i = row->terms[k].reads;
        bool sees_picture = i == NET_CRITIC || i == NET_CLASSIFIER;
        if (!sees_picture || t->x->net[i]->n_layers < 2)
            continue;
        u->term = &row->terms[k];
        u->net = t->x->net[i];
        u->layer = u->net->n_layers - 2;
        u->n_units = u->net->layers[u->layer].n_out;
        return true;
    }
    return false;
}

static size_t rows_of(const seen_units *u) { return 1 + u->n_top; }

/* The picture once for each map: leaves its passes in the workspace. */
static void look(const seen_units *u)
{
    const explainer *x = u->t->x;
    size_t n = rows_of(u), pixels = x->shape.n;
    float value[EXPLAIN_TILE], *pictures = allocate(n * pixels, sizeof *pictures);
    for (size_t r = 0; r < n; r++)
        memcpy(pictures + r * pixels, u->t->rows->x, pixels * sizeof *pictures);
    explain_pictures(x, u->t->w, pictures, n, u->reference, value, NULL);
    free(pictures);
}

/* d target / d activation, of each map's row the same: (rows, n_units). The caller frees it. */
static float *differentiate(const seen_units *u)
{
    explain_workspace *w = u->t->w;
    explain_net i = u->term->reads;
    size_t n = rows_of(u), width = u->net->n_out;
    float value[EXPLAIN_TILE], *gradient = allocate(n * u->n_units, sizeof *gradient);
    const term_tile tile = {.x = u->t->x,
                            .y = w->tape[i].output[u->layer + 1].data,
                            .n = n,
                            .width = width,
                            .reference = w->reference};
    u->term->evaluate(&tile, value, w->dy);
    packed_backward_layer(&u->t->x->packed[i], &w->tape[i], u->layer + 1,
                          matrix_view(w->dy, n, width), matrix_view(gradient, n, u->n_units));
    return gradient;
}

/* Of the first map all contributions, of each other one unit's, pulled back to the pixels; room
 * (rows, n_units). */
static void fill_maps(const seen_units *u, float *room)
{
    explain_net i = u->term->reads;
    size_t n = rows_of(u), n_units = u->n_units;
    memset(room, 0, n * n_units * sizeof *room);
    memcpy(room, u->contribution, n_units * sizeof *room);
    for (size_t k = 0; k < u->n_top; k++)
        room[(1 + k) * n_units + u->top[k]] = u->contribution[u->top[k]];
    u->t->w->cost.backward += n;
    packed_backward_from(&u->t->x->packed[i], &u->t->w->tape[i], u->layer,
                         matrix_view(room, n, n_units), matrix_view(u->maps, n, u->t->x->shape.n));
}

static void seen_units_fill(seen_units *u)
{
    size_t n_top = u->t->q->skips_evidence ? 0 : u->t->q->n_top;
    size_t most = n_top < EXPLAIN_TILE ? n_top : EXPLAIN_TILE - 1;
    u->n_top = most < u->n_units ? most : u->n_units;
    u->top = allocate(u->n_top, sizeof *u->top);
    u->contribution = allocate(u->n_units, sizeof *u->contribution);
    u->maps = allocate(rows_of(u) * u->t->x->shape.n, sizeof *u->maps);
    look(u);
    float *gradient = differentiate(u);
    const float *active = u->t->w->tape[u->term->reads].output[u->layer].data;
    for (size_t k = 0; k < u->n_units; k++)
        u->contribution[k] = active[k] * gradient[k];
    find_strongest(u->top, u->n_top, u->contribution, u->n_units);
    fill_maps(u, gradient);
    free(gradient);
}

static void seen_units_release(seen_units *u)
{
    free(u->top);
    free(u->contribution);
    free(u->maps);
}

/* ---- Checks ---- */

/* The same in double. */
typedef struct {
    twin below;           /* from the picture to the units */
    network part;         /* what that borrows */
    double *contribution; /* (n_units), owned, as is */
    double *map;          /* (n pixels) */
    double total;         /* d target / d y (y - bias), summed over y */
    size_t n_kinks;
} units_in_double;

/* The caller frees it. */
static double *picture_in_double(const seen_units *u)
{
    size_t n = u->t->x->shape.n;
    double *seen = allocate(n, sizeof *seen);
    for (size_t p = 0; p < n; p++)
        seen[p] = (double)u->t->rows->x[p];
    return seen;
}

/* From what the last layer's twin holds: contributions, and their sum another way. */
static void share_out(units_in_double *d, const seen_units *u, const twin *t)
{
    size_t last = u->layer + 1;
    const layer *l = &u->net->layers[last];
    double *dy = allocate(2 * l->n_out, sizeof *dy);
    const term_row row = {u->t->x, t->output[last], l->n_out, u->reference};
    u->term->evaluate_in_double(&row, dy, dy + l->n_out);
    for (size_t o = 0; o < l->n_out; o++) {
        double slope = dy[o] * t->slope[last][o];
        d->total += slope * (t->pre[last][o] - (l->bias ? (double)l->bias[o] : 0));
        for (size_t k = 0; k < u->n_units; k++)
            d->contribution[k] +=
                slope * (double)l->weight.data[o * l->n_in + k] * t->output[u->layer][k];
    }
    free(dy);
}

static void units_in_double_init(units_in_double *d, const seen_units *u, const double *seen)
{
    explain_workspace *w = u->t->w;
    explain_net i = u->term->reads;
    *d = (units_in_double){.part = *u->net,
                           .contribution = allocate(u->n_units, sizeof(double)),
                           .map = allocate(u->t->x->shape.n, sizeof(double))};
    explain_twin_init(w->twin, u->t->x);
    twin_forward(&w->twin[i], seen, 1, (pass){0});
    share_out(d, u, &w->twin[i]);
    d->part.n_layers = u->layer + 1;
    d->part.n_out = u->n_units;
    twin_init_borrowing(&d->below, &d->part, 1);
    twin_forward(&d->below, seen, 1, (pass){0});
    d->n_kinks = twin_take_sides(&d->below, &w->tape[i], 0, 0);
}

static void units_in_double_release(units_in_double *d)
{
    twin_release(&d->below);
    free(d->contribution);
    free(d->map);
}

/* Of float numbers: how far they are off, and how large they should be. */
typedef struct {
    double wrong, size;
} deviation;

static deviation deviation_of(const float *got, const double *wanted, size_t n)
{
    deviation d = {0, 0};
    for (size_t i = 0; i < n; i++) {
        d.wrong += pow((double)got[i] - wanted[i], 2);
        d.size += wanted[i] * wanted[i];
    }
    return (deviation){sqrt(d.wrong), sqrt(d.size)};
}

static double relative(deviation d) { return relative_error(d.wrong, d.size); }

/* Map m, of the contributions in double. */
static deviation deviation_of_map(units_in_double *d, const seen_units *u, size_t m)
{
    size_t n = u->t->x->shape.n;
    double *dy = allocate(u->n_units, sizeof *dy);
    for (size_t k = 0; k < u->n_units; k++)
        dy[k] = m == 0 || u->top[m - 1] == k ? d->contribution[k] : 0;
    twin_backward(&d->below, dy, NULL, d->map);
    free(dy);
    return deviation_of(u->maps + m * n, d->map, n);
}

static explain_check check_double(units_in_double *d, const seen_units *u)
{
    explain_check check = checks[AGAINST_DOUBLE];
    deviation all = deviation_of(u->contribution, d->contribution, u->n_units), units = {0, 0};
    check.value = worse(relative(all), relative(deviation_of_map(d, u, 0)));
    for (size_t m = 1; m < rows_of(u); m++) {
        deviation one = deviation_of_map(d, u, m);
        units.wrong = worse(units.wrong, one.wrong);
        units.size = worse(units.size, one.size);
    }
    check.value = worse(check.value, relative(units));
    check.n_left_out = d->n_kinks;
    return check;
}

static explain_check check_sum(const units_in_double *d, const seen_units *u)
{
    explain_check check = checks[ADDS_UP];
    deviation all = {fabs(sum(u->contribution, u->n_units) - d->total), fabs(d->total)};
    for (size_t k = 0; k < u->n_units; k++)
        all.size += fabs(d->contribution[k]);
    check.value = relative(all);
    return check;
}

static void add_checks(explanation *a, const seen_units *u)
{
    units_in_double d;
    double *seen = picture_in_double(u);
    units_in_double_init(&d, u, seen);
    explain_check adds_up = check_sum(&d, u), against_double = check_double(&d, u);
    explanation_add_check(a, &adds_up);
    explanation_add_check(a, &against_double);
    units_in_double_release(&d);
    free(seen);
}

/* ---- Running ---- */

/* "D's layer 2", by Sequential index. */
static text name_layer(const seen_units *u)
{
    text name = {0};
    text_add(&name, "%s layer %zu", u->term->reads == NET_CRITIC ? "D's" : "the judge's",
             u->net->layers[u->layer].dense_index);
    return name;
}

static void add_unit_labels(explanation *a, const seen_units *u)
{
    for (size_t k = 0; k < u->n_top; k++) {
        text label = {0};
        text_add(&label, "unit %zu, %+.3g", u->top[k], (double)u->contribution[u->top[k]]);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

static void add_arrays(explanation *a, const seen_units *u)
{
    size_t pixels = u->t->x->shape.n;
    text name = name_layer(u);
    memcpy(explanation_add(a, "cam.x", 0, 0), u->maps, pixels * sizeof(float));
    if (u->n_top)
        memcpy(explanation_add(a, "cam.units", u->n_top, 0), u->maps + pixels,
               u->n_top * pixels * sizeof(float));
    add_unit_labels(a, u);
    memcpy(explanation_add(a, "cam.contributions", u->n_units, 0), u->contribution,
           u->n_units * sizeof(float));
    explanation_add_label(a, name.data);
    *explanation_add(a, "cam.rest", 0, 0) =
        (float)((double)*u->t->rows->value - sum(u->contribution, u->n_units));
    text_release(&name);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    seen_units u = {.t = t, .reference = a->reference};
    target_function f;
    (void)e;
    if (!target_function_init(&f, t, a, INPUT_X) || !find_layer(&u, t))
        return 0;
    seen_units_fill(&u);
    add_arrays(a, &u);
    if (!t->q->skips_checks)
        add_checks(a, &u);
    seen_units_release(&u);
    return 0;
}

const explain_method cam_method = {
    .name = "cam",
    .summary = "the hidden units of D or of the judge that make the target what it is, by "
               "activation times gradient, and the pixels that they look at",
    .source = "Selvaraju et al. 2017, arXiv:1610.02391, for dense layers",
    .lies = "A dense layer has no places, as one of a convolution has: the map is how pixels "
            "move the last hidden units, by slopes here. What no unit adds (cam.rest), such as "
            "the bias, may be more than all that they add.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_INPUTS,
    .needs_sight = true,
    .run = run,
};
