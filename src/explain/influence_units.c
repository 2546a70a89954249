/* SPDX-License-Identifier: MIT */
/* The conductance of G's hidden units (Dhamdhere, Sundararajan & Yan 2018, eq. 2): z is led from
 * the baseline to where it is on a straight line; a unit h with activation a_h has the integral of
 * df/da_h da_h along it.
 *
 * Between two points of the line every activation function is replaced by the straight line through
 * its ends there: its slope is the mean slope on the way. The chain rule with such slopes is exact
 * for differences, so that a step's shares add up to what f changes by, whatever kinks of ReLUs lie
 * inside it, and no step needs to be cut at them. With shorter steps the slopes become derivatives,
 * and the sum the integral; what halving the steps changes tells how near it is. Where the target
 * itself is bent, its derivative is the mean of both ends'. */
#include "influence_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tile holds the points of TILE_STEPS steps; a line has LINE_TILES of these. */
enum { TILE_STEPS = EXPLAIN_TILE - 2, TILE_POINTS = TILE_STEPS + 1, LINE_TILES = 2 };

static_assert(TILE_STEPS % 2 == 0, "every second point of a tile ends at its last");

size_t unit_influence_first(const unit_influence *u, size_t i)
{
    size_t first = 0;
    for (size_t k = 0; k < i; k++)
        first += u->net->layers[k].n_out;
    return first;
}

/* ---- Slopes ---- */

/* One thread's room. */
typedef struct {
    tape mean[N_NETS]; /* that of its workspace, but with mean slopes, which are owned */
    float *pre;        /* (TILE_POINTS, the widest layer): pre-activations */
    float *dy, *below; /* the same: gradients by what a layer made, and by what it reads */
    float *dx, *more;  /* (TILE_POINTS, n pixels) */
    float *z;          /* (TILE_POINTS, z_dim) */
} secant_room;

static size_t widest_of(const explainer *x)
{
    size_t most = x->z_dim;
    for (size_t i = 0; i < N_NETS; i++)
        if (x->net[i] && network_widest(x->net[i]) > most)
            most = network_widest(x->net[i]);
    return most;
}

static void secant_room_init(secant_room *r, const explainer *x)
{
    size_t n = TILE_POINTS, widest = n * widest_of(x), pixels = n * x->shape.n;
    *r = (secant_room){.pre = allocate(widest, sizeof(float)),
                       .dy = allocate(widest, sizeof(float)),
                       .below = allocate(widest, sizeof(float)),
                       .dx = allocate(pixels, sizeof(float)),
                       .more = allocate(pixels, sizeof(float)),
                       .z = allocate(n * x->z_dim, sizeof(float))};
    for (size_t i = 0; i < N_NETS; i++) {
        size_t n_layers = x->net[i] ? x->net[i]->n_layers : 0;
        r->mean[i].slope = n_layers ? allocate(n_layers, sizeof(float *)) : NULL;
        for (size_t k = 0; k < n_layers; k++)
            r->mean[i].slope[k] = allocate(n * x->net[i]->layers[k].n_out, sizeof(float));
    }
}

static void secant_room_release(secant_room *r, const explainer *x)
{
    float *const blocks[] = {r->pre, r->dy, r->below, r->dx, r->more, r->z};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    for (size_t i = 0; i < N_NETS; i++) {
        for (size_t k = 0; x->net[i] && k < x->net[i]->n_layers; k++)
            free(r->mean[i].slope[k]);
        free(r->mean[i].slope);
    }
}

/* An activation at one end of a step. */
typedef struct {
    float pre, y, slope;
} activation_end;

/* Near an end of its range, or over a short step, a curve rises by less than floats tell apart; but
 * the slopes there are known to the last digit, and (tanh b - tanh a) / (b - a) is the root of the
 * product of both, times sinh(b - a) / (b - a); of the sigmoid, with half the step. A line has one
 * slope, unless its kink lies between. */
static float mean_slope(activation f, activation_end a, activation_end b)
{
    static const float least_rise = 0.01f,
                       longest_reach = 20; /* sinh of which floats' slopes bear */
    bool is_curved = activations[f.kind].is_curved;
    float step = b.pre - a.pre, rise = b.y - a.y, reach = f.kind == SIGMOID ? step / 2 : step;
    if (step == 0 || (!is_curved && a.slope == b.slope))
        return a.slope;
    if (is_curved && fabsf(rise) < least_rise && fabsf(reach) < longest_reach)
        return (float)(sqrt((double)a.slope * (double)b.slope) * sinh((double)reach) /
                       (double)reach);
    return rise / step;
}

/* Of layer k in a pass over n points: between each and the one that is so many on. */
static void fill_layer(secant_room *r, const packed_network *p, const tape *t, size_t k,
                       size_t stride, float *out)
{
    size_t n = t->rows, width = p->net->layers[k].n_out;
    const float *y = t->output[k].data, *slope = t->slope[k];
    activation f = p->net->layers[k].f;
    packed_pre_activation(matrix_view(r->pre, n, width), p, t, k);
    for (size_t i = 0; i < n * width; i++) {
        size_t j = i + stride * width < n * width ? i + stride * width : i;
        out[i] = mean_slope(f, (activation_end){r->pre[i], y[i], slope[i]},
                            (activation_end){r->pre[j], y[j], slope[j]});
    }
}

/* r->mean of network i becomes t with mean slopes. */
static void fill_slopes(secant_room *r, const explainer *x, const tape *t, explain_net i,
                        size_t stride)
{
    float **own = r->mean[i].slope;
    r->mean[i] = *t;
    r->mean[i].slope = own;
    for (size_t k = 0; k < x->net[i]->n_layers; k++)
        fill_layer(r, &x->packed[i], t, k, stride, own[k]);
}

/* ---- A tile ---- */

typedef struct {
    const target_function *f;
    const baseline_rows *baselines;
    unit_influence *u;
    size_t n_parts, n_tiles;
    secant_room *rooms;     /* (n_parts) */
    double *value, *coarse; /* (n_tiles, n_units): what each tile's steps add */
} conductance_work;

/* d target / d y of the term in r->dy, the mean of a step's ends. */
static void differentiate_term(const target_term *term, const explainer *x, explain_workspace *w,
                               secant_room *r, size_t stride)
{
    float value[EXPLAIN_TILE];
    matrix y = w->tape[term->reads].output[x->net[term->reads]->n_layers - 1];
    const term_tile tile = {
        .x = x, .y = y.data, .n = y.rows, .width = y.cols, .reference = w->reference};
    term->evaluate(&tile, value, r->dy);
    for (size_t i = 0; i + stride * y.cols < y.rows * y.cols; i++)
        r->dy[i] = 0.5f * (r->dy[i] + r->dy[i + stride * y.cols]);
}

/* Of a target of the picture: by its pixels, in r->dy. */
static void pull_back_to_picture(const explainer *x, explain_workspace *w, secant_room *r,
                                 size_t stride)
{
    size_t n = w->tape[NET_G].rows, pixels = x->shape.n;
    memset(r->dx, 0, n * pixels * sizeof *r->dx);
    for (size_t k = 0; k < x->target.row->n_terms; k++) {
        const target_term *term = &x->target.row->terms[k];
        explain_net i = term->reads;
        differentiate_term(term, x, w, r, stride);
        const float *by_pixels = r->dy;
        if (i != NET_G) {
            fill_slopes(r, x, &w->tape[i], i, stride);
            packed_backward(&x->packed[i], &r->mean[i], matrix_view(r->dy, n, x->net[i]->n_out),
                            matrix_view(r->more, n, pixels));
            by_pixels = r->more;
        }
        for (size_t p = 0; p < n * pixels; p++)
            r->dx[p] += by_pixels[p];
    }
    memcpy(r->dy, r->dx, n * pixels * sizeof *r->dy);
}

/* Of each unit: gradient times change, over the steps that begin at every stride-th point. */
static void add_steps(double *sums, matrix y, const float *gradient, size_t stride)
{
    for (size_t r = 0; r + stride < y.rows; r += stride)
        for (size_t j = 0; j < y.cols; j++) {
            double step =
                (double)y.data[(r + stride) * y.cols + j] - (double)y.data[r * y.cols + j];
            sums[j] += (double)gradient[r * y.cols + j] * step;
        }
}

/* From G's end, or the target's unit, through its layers. */
static void share_out(double *sums, const unit_influence *u, const explainer *x,
                      explain_workspace *w, secant_room *r, size_t stride)
{
    explain_net i = explain_is_of_picture(x) ? NET_G : NET_CUT;
    size_t n = w->tape[i].rows;
    if (i == NET_G)
        pull_back_to_picture(x, w, r, stride);
    else
        differentiate_term(x->target.row->terms, x, w, r, stride);
    fill_slopes(r, x, &w->tape[i], i, stride);
    for (size_t k = u->net->n_layers - 1; k > 0; k--) {
        const layer *l = &u->net->layers[k];
        packed_backward_layer(&x->packed[i], &r->mean[i], k, matrix_view(r->dy, n, l->n_out),
                              matrix_view(r->below, n, l->n_in));
        add_steps(sums + unit_influence_first(u, k - 1), w->tape[i].output[k - 1], r->below,
                  stride);
        memcpy(r->dy, r->below, n * l->n_in * sizeof *r->dy);
    }
}

/* The points of a tile of a baseline's line, both ends of the line exact. */
static void fill_points(float *z, const conductance_work *c, size_t tile)
{
    size_t n = c->f->n, first = tile % LINE_TILES * TILE_STEPS;
    const float *from = c->baselines->rows + tile / LINE_TILES * n, *to = c->f->at;
    for (size_t r = 0; r < TILE_POINTS; r++) {
        double t = (double)(first + r) / (LINE_TILES * TILE_STEPS);
        for (size_t i = 0; i < n; i++)
            z[r * n + i] = (float)((1 - t) * (double)from[i] + t * (double)to[i]);
    }
}

static void share_out_tile(const conductance_work *c, explain_workspace *w, secant_room *r,
                           size_t tile)
{
    const explainer *x = c->f->t->x;
    float value[TILE_POINTS];
    size_t at = tile * c->u->n_units;
    fill_points(r->z, c, tile);
    explain_rows(x, w,
                 &(explained_rows){
                     .n = TILE_POINTS, .z = r->z, .reference = c->f->reference, .value = value});
    share_out(c->value + at, c->u, x, w, r, 1);
    share_out(c->coarse + at, c->u, x, w, r, 2);
}

/* ---- All ---- */

static explain_workspace *room_of(const conductance_work *c, size_t i)
{
    explain_workspace *w = c->f->t->w;
    while (i-- > 0)
        w = explain_workspace_second(w, c->f->t->x);
    return w;
}

/* A body of parallel_for: every n_parts-th tile. */
static void share_out_part(size_t i, size_t thread, void *context)
{
    const conductance_work *c = context;
    (void)thread;
    for (size_t tile = i; tile < c->n_tiles; tile += c->n_parts)
        share_out_tile(c, room_of(c, i), &c->rooms[i], tile);
}

/* The mean over the baselines; tiles are added in order, whichever thread had them. */
static void add_up(double *out, const conductance_work *c, const double *parts)
{
    size_t n = c->u->n_units;
    for (size_t tile = 0; tile < c->n_tiles; tile++)
        for (size_t j = 0; j < n; j++)
            out[j] += parts[tile * n + j] / (double)c->baselines->n;
}

static void find_over_lines(conductance_work *c)
{
    const explainer *x = c->f->t->x;
    room_of(c, c->n_parts - 1); /* all are there before threads ask for them */
    for (size_t i = 0; i < c->n_parts; i++)
        secant_room_init(&c->rooms[i], x);
    parallel_for(c->n_parts, share_out_part, c);
    add_up(c->u->value, c, c->value);
    add_up(c->u->coarse, c, c->coarse);
    for (size_t i = 0; i < c->n_parts; i++)
        secant_room_release(&c->rooms[i], x);
}

void unit_influence_find(unit_influence *u, const target_function *f, const baseline_rows *b)
{
    const explainer *x = f->t->x;
    *u = (unit_influence){.net = x->net[explain_is_of_picture(x) ? NET_G : NET_CUT]};
    u->n_units = unit_influence_first(u, u->net->n_layers - 1);
    if (!u->n_units)
        return;
    u->value = allocate(u->n_units, sizeof *u->value);
    u->coarse = allocate(u->n_units, sizeof *u->coarse);
    size_t n_tiles = LINE_TILES * b->n, n_parts = parallel_width(n_tiles);
    conductance_work c = {.f = f,
                          .baselines = b,
                          .u = u,
                          .n_parts = n_parts,
                          .n_tiles = n_tiles,
                          .rooms = allocate(n_parts, sizeof *c.rooms),
                          .value = allocate(n_tiles * u->n_units, sizeof *c.value),
                          .coarse = allocate(n_tiles * u->n_units, sizeof *c.coarse)};
    find_over_lines(&c);
    free(c.rooms);
    free(c.value);
    free(c.coarse);
}

void unit_influence_release(unit_influence *u)
{
    free(u->value);
    free(u->coarse);
    *u = (unit_influence){0};
}
