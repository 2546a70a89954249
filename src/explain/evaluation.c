/* SPDX-License-Identifier: MIT */
/* Values and gradients of the target over a tile of rows: z -> picture, picture -> value and its
 * gradient by the pixels, and that one's way back to z. */
#include "explain.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static matrix tile(float *data, size_t cols) { return matrix_view(data, EXPLAIN_TILE, cols); }

static void copy_rows(float *out, const float *in, size_t n, size_t cols)
{
    if (out)
        memcpy(out, in, n * cols * sizeof *out);
}

/* n rows, and zeros for the rest of the tile. */
static void fill_tile(float *out, const float *rows, size_t n, size_t cols)
{
    assert(n <= EXPLAIN_TILE);
    memcpy(out, rows, n * cols * sizeof *out);
    memset(out + n * cols, 0, (EXPLAIN_TILE - n) * cols * sizeof *out);
}

/* ---- From z to the picture and back ---- */

static float *draw(const explainer *x, explain_workspace *w, const float *z, size_t n)
{
    w->n_passes++;
    fill_tile(w->input, z, n, x->z_dim);
    return network_forward(x->net[NET_G], &w->tape[NET_G], tile(w->input, x->z_dim), (pass){0})
        .data;
}

const float *explain_draw(const explainer *x, explain_workspace *w, const float *z, size_t n)
{
    return draw(x, w, z, n);
}

/* network_backward uses its dy as scratch: the cotangents are kept. */
void explain_pull_back(const explainer *x, explain_workspace *w, const float *dx, size_t n,
                       float *gradient_z)
{
    fill_tile(w->dy, dx, n, x->shape.n);
    network_backward(x->net[NET_G], &w->tape[NET_G], tile(w->dy, x->shape.n), NULL,
                     tile(w->z, x->z_dim));
    copy_rows(gradient_z, w->z, n, x->z_dim);
}

/* ---- From the picture to the value and back ---- */

/* A tile of pictures, of which n are wanted. */
typedef struct {
    float *data; /* (EXPLAIN_TILE, n pixels) */
    size_t n;
} pictures;

static matrix look(const explainer *x, explain_workspace *w, explain_net i, const pictures *p)
{
    return network_forward(x->net[i], &w->tape[i], tile(p->data, x->shape.n), (pass){0});
}

/* dx = the cotangents at what network i made of the pictures, in w->dy, by the pixels. */
static void pull_back_look(const explainer *x, explain_workspace *w, explain_net i, float *dx)
{
    network_backward(x->net[i], &w->tape[i], tile(w->dy, x->net[i]->n_out), NULL,
                     tile(dx, x->shape.n));
}

/* The value (EXPLAIN_TILE) of a term and its gradient dx (EXPLAIN_TILE, n pixels), unless NULL. */
static void evaluate_term(const explainer *x, explain_workspace *w, const target_term *term,
                          const pictures *p, float *value, float *dx)
{
    bool is_direct = term->reads == NET_G;
    matrix y = is_direct ? tile(p->data, x->shape.n) : look(x, w, term->reads, p);
    const term_tile t = {.x = x, .y = y.data, .width = y.cols, .reference = w->reference};
    term->evaluate(&t, value, is_direct && dx ? dx : w->dy);
    if (dx && !is_direct)
        pull_back_look(x, w, term->reads, dx);
}

/* What each picture is compared with: what is given for all, or what the target finds. */
static void find_references(const explainer *x, explain_workspace *w, const pictures *p,
                            const float *given)
{
    size_t pixels = x->shape.n;
    for (size_t i = 0; w->reference && i < p->n; i++) {
        float *own = w->reference + i * pixels;
        w->reference_index[i] = NO_INDEX;
        if (given)
            memcpy(own, given, pixels * sizeof *own);
        else
            w->reference_index[i] =
                x->target.find_reference(own, p->data + i * pixels, x->target.context);
    }
}

/* A further term's value and gradient are added to those of the terms before. */
static void add_term(const explainer *x, explain_workspace *w, float *value, const float *more,
                     bool has_gradient)
{
    for (size_t i = 0; i < EXPLAIN_TILE; i++)
        value[i] += more[i];
    for (size_t i = 0; has_gradient && i < EXPLAIN_TILE * x->shape.n; i++)
        w->dx[i] += w->part_dx[i];
}

/* The sum of the terms in value (EXPLAIN_TILE) and, where it is wanted, its gradient in w->dx; what
 * r wants of each term alone is filled. */
static void evaluate_terms(const explainer *x, explain_workspace *w, const pictures *p,
                           bool wants_gradient, float *value, const explained_rows *r)
{
    find_references(x, w, p, r->reference);
    for (size_t k = 0; k < x->target.row->n_terms; k++) {
        float more[EXPLAIN_TILE], *own = k ? more : value, *dx = k ? w->part_dx : w->dx;
        evaluate_term(x, w, &x->target.row->terms[k], p, own, wants_gradient ? dx : NULL);
        copy_rows(r->parts[k], own, p->n, 1);
        if (r->part_gradient_z[k])
            explain_pull_back(x, w, dx, p->n, r->part_gradient_z[k]);
        if (k)
            add_term(x, w, value, more, wants_gradient);
    }
}

void explain_pictures(const explainer *x, explain_workspace *w, const float *given, size_t n,
                      float *value, float *dx)
{
    size_t pixels = x->shape.n;
    float all[EXPLAIN_TILE];
    assert(explain_is_of_picture(x));
    if (!w->picture)
        w->picture = allocate(EXPLAIN_TILE * pixels, sizeof *w->picture);
    w->n_passes++;
    fill_tile(w->picture, given, n, pixels);
    evaluate_terms(x, w, &(pictures){w->picture, n}, dx, all, &(explained_rows){0});
    copy_rows(value, all, n, 1);
    copy_rows(dx, w->dx, n, pixels);
}

/* ---- Rows of z ---- */

/* Value and gradient of what is read inside G, from the z that draw left. */
static void evaluate_inside(const explainer *x, explain_workspace *w, float *value,
                            const explained_rows *r)
{
    const network *cut = x->net[NET_CUT];
    matrix z = tile(w->input, x->z_dim);
    matrix y = network_forward(cut, &w->tape[NET_CUT], z, (pass){0});
    const term_tile t = {.x = x, .y = y.data, .width = y.cols};
    x->target.row->terms->evaluate(&t, value, w->dy);
    if (!r->gradient_z)
        return;
    network_backward(cut, &w->tape[NET_CUT], tile(w->dy, y.cols), NULL, tile(w->z, x->z_dim));
    copy_rows(r->gradient_z, w->z, r->n, x->z_dim);
}

static bool wants_gradient(const explainer *x, const explained_rows *r)
{
    bool wants = r->gradient_z || (r->gradient_x && explain_sees_picture(x));
    for (size_t k = 0; k < MAX_TERMS; k++)
        wants = wants || r->part_gradient_z[k];
    return wants;
}

static void evaluate_target(const explainer *x, explain_workspace *w, const pictures *p,
                            const explained_rows *r)
{
    float value[EXPLAIN_TILE];
    if (explain_is_of_picture(x)) {
        evaluate_terms(x, w, p, wants_gradient(x, r), value, r);
        if (r->gradient_z)
            explain_pull_back(x, w, w->dx, r->n, r->gradient_z);
    } else {
        evaluate_inside(x, w, value, r);
    }
    copy_rows(r->value, value, r->n, 1);
}

/* The critic's logit, and its gradient in w->dx where the target's own says nothing. */
static void evaluate_critic(const explainer *x, explain_workspace *w, const pictures *p,
                            const explained_rows *r)
{
    bool wants_own = r->gradient_x && !explain_sees_picture(x);
    if (!x->net[NET_CRITIC] || (!r->logit && !wants_own))
        return;
    if (!explain_target_reads(&x->target, NET_CRITIC))
        look(x, w, NET_CRITIC, p);
    const tape *t = &w->tape[NET_CRITIC];
    copy_rows(r->logit, t->output[t->n_layers - 1].data, r->n, 1);
    for (size_t i = 0; i < EXPLAIN_TILE; i++)
        w->dy[i] = 1.0f;
    if (wants_own)
        pull_back_look(x, w, NET_CRITIC, w->dx);
}

const float *explain_rows(const explainer *x, explain_workspace *w, const explained_rows *r)
{
    const pictures p = {draw(x, w, r->z, r->n), r->n};
    copy_rows(r->x, p.data, r->n, x->shape.n);
    evaluate_target(x, w, &p, r);
    evaluate_critic(x, w, &p, r);
    if (explain_gradient_x_name(x))
        copy_rows(r->gradient_x, w->dx, r->n, x->shape.n);
    return p.data;
}
