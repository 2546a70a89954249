/* SPDX-License-Identifier: MIT */
/* Values and gradients of the target over some rows: z -> picture, picture -> value and its
 * gradient by the pixels, and that one's way back to z. */
#include "explain.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void copy_rows(float *out, const float *in, size_t n, size_t cols)
{
    if (out)
        memcpy(out, in, n * cols * sizeof *out);
}

/* ---- From z to the picture and back ---- */

const float *explain_draw(const explainer *x, explain_workspace *w, const float *z, size_t n)
{
    assert(n <= EXPLAIN_TILE);
    w->n_passes++;
    w->cost.forward += n;
    return packed_forward(&x->packed[NET_G], &w->tape[NET_G], matrix_view_const(z, n, x->z_dim))
        .data;
}

void explain_pull_back(const explainer *x, explain_workspace *w, const float *dx, size_t n,
                       float *gradient_z)
{
    assert(explain_is_of_picture(x));
    packed_backward(&x->packed[NET_G], &w->tape[NET_G], matrix_view_const(dx, n, x->shape.n),
                    matrix_view(gradient_z, n, x->z_dim));
}

/* ---- From the picture to the value and back ---- */

typedef struct {
    const float *data; /* (n, n pixels) */
    size_t n;
} pictures;

static matrix look(const explainer *x, explain_workspace *w, explain_net i, const pictures *p)
{
    return packed_forward(&x->packed[i], &w->tape[i], matrix_view_const(p->data, p->n, x->shape.n));
}

/* dx = the cotangents at what network i made of n pictures, in w->dy, by the pixels. */
static void pull_back_look(const explainer *x, explain_workspace *w, explain_net i, size_t n,
                           float *dx)
{
    packed_backward(&x->packed[i], &w->tape[i], matrix_view(w->dy, n, x->net[i]->n_out),
                    matrix_view(dx, n, x->shape.n));
}

/* The value (n) of a term and its gradient dx (n, n pixels), unless NULL. */
static void evaluate_term(const explainer *x, explain_workspace *w, const target_term *term,
                          const pictures *p, float *value, float *dx)
{
    bool is_direct = term->reads == NET_G;
    term_tile t = {.x = x, .n = p->n, .reference = w->reference};
    t.y = is_direct ? p->data : look(x, w, term->reads, p).data;
    t.width = x->net[term->reads]->n_out;
    term->evaluate(&t, value, is_direct && dx ? dx : w->dy);
    if (dx && !is_direct)
        pull_back_look(x, w, term->reads, p->n, dx);
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
static void add_term(explain_workspace *w, const pictures *p, float *value, const float *more,
                     size_t n_gradient)
{
    for (size_t i = 0; i < p->n; i++)
        value[i] += more[i];
    for (size_t i = 0; i < n_gradient; i++)
        w->dx[i] += w->part_dx[i];
}

/* The sum of the terms in value (n) and, where it is wanted, its gradient in w->dx; what r wants of
 * each term alone is filled. */
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
            add_term(w, p, value, more, wants_gradient ? p->n * x->shape.n : 0);
    }
}

void explain_pictures(const explainer *x, explain_workspace *w, const float *given, size_t n,
                      const float *reference, float *value, float *dx)
{
    assert(explain_is_of_picture(x) && n <= EXPLAIN_TILE);
    w->n_passes++;
    w->cost.forward += n;
    w->cost.backward += dx ? n : 0;
    evaluate_terms(x, w, &(pictures){given, n}, dx, value,
                   &(explained_rows){.reference = reference});
    copy_rows(dx, w->dx, n, x->shape.n);
}

/* ---- Rows of z ---- */

/* Value (n) and gradient of what is read inside G. */
static void evaluate_inside(const explainer *x, explain_workspace *w, float *value,
                            const explained_rows *r)
{
    const packed_network *cut = &x->packed[NET_CUT];
    tape *t = &w->tape[NET_CUT];
    matrix y = packed_forward(cut, t, matrix_view_const(r->z, r->n, x->z_dim));
    x->target.row->terms->evaluate(&(term_tile){.x = x, .n = r->n, .y = y.data, .width = y.cols},
                                   value, w->dy);
    if (r->gradient_z)
        packed_backward(cut, t, matrix_view(w->dy, r->n, y.cols),
                        matrix_view(r->gradient_z, r->n, x->z_dim));
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
    for (size_t i = 0; i < r->n; i++)
        w->dy[i] = 1.0f;
    if (wants_own)
        pull_back_look(x, w, NET_CRITIC, r->n, w->dx);
}

const float *explain_rows(const explainer *x, explain_workspace *w, const explained_rows *r)
{
    const pictures p = {explain_draw(x, w, r->z, r->n), r->n};
    w->cost.backward += wants_gradient(x, r) ? r->n : 0;
    copy_rows(r->x, p.data, r->n, x->shape.n);
    evaluate_target(x, w, &p, r);
    evaluate_critic(x, w, &p, r);
    if (explain_gradient_x_name(x))
        copy_rows(r->gradient_x, w->dx, r->n, x->shape.n);
    return p.data;
}
