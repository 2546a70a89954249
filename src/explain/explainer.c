/* SPDX-License-Identifier: MIT */
/* Values and gradients of the target over a tile of rows. */
#include "explain.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool explain_sees_picture(const explainer *x)
{
    const target_row *row = &explain_targets[x->target.kind];
    return row->needs_d || row->needs_picture;
}

const char *explain_gradient_x_name(const explainer *x)
{
    return explain_sees_picture(x) ? "gradient_x" : x->d.n_layers ? "d_gradient_x" : NULL;
}

/* The layer whose dense or batchnorm has that Sequential index: folded, both are its
 * pre-activation. */
static int find_unit(explainer *x, error *e)
{
    size_t index = x->target.layer_index;
    text known = {0};
    for (size_t i = 0; i < x->g.n_layers; i++) {
        const layer *l = &x->g.layers[i];
        if (index != l->dense_index && index != l->batchnorm_index) {
            text_add(&known, "%s%zu", i ? ", " : "", l->dense_index);
            continue;
        }
        text_release(&known);
        if (x->target.unit >= l->n_out)
            return fail(e, STATUS_USAGE,
                        "--target: unit %zu of layer %zu: the layer has units 0 to %zu",
                        x->target.unit, index, l->n_out - 1);
        x->i_unit_layer = i;
        network_cut(&x->cut, &x->g, i);
        return 0;
    }
    fail(e, STATUS_USAGE, "--target: G has no dense layer with index %zu; it has %s", index,
         known.data);
    text_release(&known);
    return -1;
}

int explainer_init(explainer *x, const network *g, const network *d, const explain_target *t,
                   error *e)
{
    const target_row *row = &explain_targets[t->kind];
    if (row->needs_d && !d)
        return fail(e, STATUS_BAD_INPUT, "target '%s' needs a discriminator, and there is none",
                    row->name);
    *x = (explainer){.target = *t, .z_dim = g->n_in, .n_parts = t->kind == TARGET_LOSS ? 2 : 0};
    network_fold(&x->g, g);
    if (d)
        network_fold(&x->d, d);
    layer *verdict = d ? &x->d.layers[x->d.n_layers - 1] : NULL;
    if (verdict && verdict->f.kind == SIGMOID)
        verdict->f = (activation){LINEAR, 0.0f};
    if (t->kind == TARGET_UNIT && find_unit(x, e)) {
        explainer_release(x);
        return -1;
    }
    return 0;
}

void explainer_release(explainer *x)
{
    network_release(&x->g);
    network_release(&x->d);
    network_release(&x->cut);
    *x = (explainer){0};
}

void explain_workspace_init(explain_workspace *w, const explainer *x)
{
    size_t n = EXPLAIN_TILE, pixels = n * N_PIXELS;
    bool has_reference = explain_targets[x->target.kind].needs_picture;
    bool has_part = x->n_parts || x->cut.n_layers;
    *w = (explain_workspace){0};
    tape_init(&w->g, &x->g, n);
    if (x->d.n_layers)
        tape_init(&w->d, &x->d, n);
    if (x->cut.n_layers)
        tape_init(&w->cut, &x->cut, n);
    size_t width = x->cut.n_out > N_PIXELS ? x->cut.n_out : N_PIXELS;
    width = x->z_dim > width ? x->z_dim : width;
    w->input = allocate(n * x->z_dim, sizeof(float));
    w->z = allocate(n * x->z_dim, sizeof(float));
    w->dy = allocate(n * width, sizeof(float));
    w->dx = allocate(pixels, sizeof(float));
    w->part_dx = has_part ? allocate(n * width, sizeof(float)) : NULL;
    w->reference = has_reference ? allocate(pixels, sizeof(float)) : NULL;
}

void explain_workspace_release(explain_workspace *w)
{
    tape_release(&w->g);
    tape_release(&w->d);
    tape_release(&w->cut);
    tangents_release(&w->t);
    twin *const twins[] = {&w->twin.g, &w->twin.d, &w->twin.cut};
    for (size_t i = 0; i < 3; i++)
        twin_release(twins[i]);
    float *const blocks[] = {w->input, w->z, w->dy, w->dx, w->part_dx, w->reference};
    for (size_t i = 0; i < 6; i++)
        free(blocks[i]);
    *w = (explain_workspace){0};
}

static matrix tile(float *data, size_t cols) { return matrix_view(data, EXPLAIN_TILE, cols); }

/* dx = weight * d logit / d x for every row, weight (EXPLAIN_TILE) in w->dy. */
static void pull_back_logit(const explainer *x, explain_workspace *w, float *dx)
{
    network_backward(&x->d, &w->d, tile(w->dy, 1), NULL, tile(dx, N_PIXELS));
}

/* softplus(-logit) and, in w->dy, its derivative times scale. */
static void evaluate_gen(explain_workspace *w, float *value, float scale)
{
    const float *logit = w->d.output[w->d.n_layers - 1].data;
    for (size_t r = 0; r < EXPLAIN_TILE; r++)
        value[r] = (float)softplus_sum(logit + r, 1, -1.0f, scale, w->dy + r) * scale;
}

/* |x - reference|^2 / 784 and its gradient. */
static void evaluate_rec(const explainer *x, explain_workspace *w, size_t n, float *value,
                         float *dx)
{
    const float *pictures = w->g.output[x->g.n_layers - 1].data;
    memset(dx, 0, EXPLAIN_TILE * N_PIXELS * sizeof *dx);
    for (size_t r = 0; r < n; r++) {
        const float *p = pictures + r * N_PIXELS;
        float *d = dx + r * N_PIXELS, *reference = w->reference + r * N_PIXELS;
        w->reference_index[r] = x->target.find_reference(reference, p, x->target.context);
        for (size_t i = 0; i < N_PIXELS; i++)
            d[i] = p[i] - reference[i];
        value[r] = (float)(dot(d, d, N_PIXELS) / N_PIXELS);
        for (size_t i = 0; i < N_PIXELS; i++)
            d[i] *= 2.0f / N_PIXELS;
    }
}

/* The mean (or, for ink, the sum) over a rectangle and its gradient. */
static void evaluate_area(const explainer *x, explain_workspace *w, float *value, float *dx)
{
    const explain_target *t = &x->target;
    bool is_ink = t->kind == TARGET_INK;
    size_t bottom = is_ink ? PICTURE_ROWS - 1 : t->bottom,
           right = is_ink ? PICTURE_COLS - 1 : t->right;
    size_t n = (bottom - t->top + 1) * (right - t->left + 1);
    double weight = is_ink ? 1.0 : 1.0 / (double)n;
    memset(dx, 0, EXPLAIN_TILE * N_PIXELS * sizeof *dx);
    for (size_t r = 0; r < EXPLAIN_TILE; r++) {
        const float *p = w->g.output[x->g.n_layers - 1].data + r * N_PIXELS;
        double total = 0;
        for (size_t i = t->top; i <= bottom; i++)
            for (size_t j = t->left; j <= right; j++) {
                total += (double)p[i * PICTURE_COLS + j] * weight;
                dx[r * N_PIXELS + i * PICTURE_COLS + j] = (float)weight;
            }
        value[r] = (float)total;
    }
}

static void fill(float *v, float value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = value;
}

static void copy_rows(float *out, const float *in, size_t n, size_t cols)
{
    if (out)
        memcpy(out, in, n * cols * sizeof *out);
}

/* The gradient by z of a cotangent dx (kept: network_backward uses its dy as scratch). */
static void pull_back_picture(const explainer *x, explain_workspace *w, const float *dx, size_t n,
                              float *gradient_z)
{
    if (!gradient_z)
        return;
    memcpy(w->dy, dx, EXPLAIN_TILE * N_PIXELS * sizeof *dx);
    network_backward(&x->g, &w->g, tile(w->dy, N_PIXELS), NULL, tile(w->z, x->z_dim));
    copy_rows(gradient_z, w->z, n, x->z_dim);
}

/* Value and gradient of a unit through the network that ends with it. */
static void evaluate_unit(const explainer *x, explain_workspace *w, explained_rows *r, float *value)
{
    size_t width = x->cut.n_out;
    matrix y = network_forward(&x->cut, &w->cut, w->g.input, (pass){0});
    memset(w->dy, 0, EXPLAIN_TILE * width * sizeof *w->dy);
    for (size_t i = 0; i < EXPLAIN_TILE; i++) {
        value[i] = y.data[i * width + x->target.unit];
        w->dy[i * width + x->target.unit] = 1.0f;
    }
    if (!r->gradient_z)
        return;
    network_backward(&x->cut, &w->cut, tile(w->dy, width), NULL, tile(w->part_dx, x->z_dim));
    copy_rows(r->gradient_z, w->part_dx, r->n, x->z_dim);
}

/* rec and lambda gen apart; their sum's gradient by x is left in w->dx. */
static void evaluate_loss(const explainer *x, explain_workspace *w, explained_rows *r, float *value)
{
    float part[EXPLAIN_TILE];
    evaluate_rec(x, w, r->n, value, w->dx);
    copy_rows(r->parts[0], value, r->n, 1);
    pull_back_picture(x, w, w->dx, r->n, r->part_gradient_z[0]);
    evaluate_gen(w, part, (float)x->target.lambda);
    copy_rows(r->parts[1], part, r->n, 1);
    pull_back_logit(x, w, w->part_dx);
    pull_back_picture(x, w, w->part_dx, r->n, r->part_gradient_z[1]);
    for (size_t i = 0; i < EXPLAIN_TILE; i++)
        value[i] += part[i];
    for (size_t i = 0; i < EXPLAIN_TILE * N_PIXELS; i++)
        w->dx[i] += w->part_dx[i];
}

/* The target's value; its gradient by x in w->dx, but for units. */
static void evaluate_target(const explainer *x, explain_workspace *w, explained_rows *r,
                            float *value)
{
    switch (x->target.kind) {
    case TARGET_LOGIT:
        copy_rows(value, w->d.output[x->d.n_layers - 1].data, EXPLAIN_TILE, 1);
        fill(w->dy, 1.0f, EXPLAIN_TILE);
        pull_back_logit(x, w, w->dx);
        break;
    case TARGET_GEN:
        evaluate_gen(w, value, 1.0f);
        pull_back_logit(x, w, w->dx);
        break;
    case TARGET_REC:
        evaluate_rec(x, w, r->n, value, w->dx);
        break;
    case TARGET_LOSS:
        evaluate_loss(x, w, r, value);
        break;
    case TARGET_UNIT:
        evaluate_unit(x, w, r, value);
        return;
    case TARGET_PIXEL:
    case TARGET_REGION:
    case TARGET_INK:
        evaluate_area(x, w, value, w->dx);
        break;
    }
    pull_back_picture(x, w, w->dx, r->n, r->gradient_z);
}

void explain_rows(const explainer *x, explain_workspace *w, explained_rows *r)
{
    assert(r->n <= EXPLAIN_TILE);
    float value[EXPLAIN_TILE] = {0};
    memset(w->input, 0, EXPLAIN_TILE * x->z_dim * sizeof *w->input);
    memcpy(w->input, r->z, r->n * x->z_dim * sizeof *w->input);
    matrix pictures = network_forward(&x->g, &w->g, tile(w->input, x->z_dim), (pass){0});
    copy_rows(r->x, pictures.data, r->n, N_PIXELS);
    if (x->d.n_layers) {
        matrix logit = network_forward(&x->d, &w->d, pictures, (pass){0});
        copy_rows(r->logit, logit.data, r->n, 1);
    }
    evaluate_target(x, w, r, value);
    copy_rows(r->value, value, r->n, 1);
    if (!r->gradient_x || !explain_gradient_x_name(x))
        return;
    if (!explain_sees_picture(x)) {
        fill(w->dy, 1.0f, EXPLAIN_TILE);
        pull_back_logit(x, w, w->dx);
    }
    copy_rows(r->gradient_x, w->dx, r->n, N_PIXELS);
}
