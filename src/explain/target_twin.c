/* SPDX-License-Identifier: MIT */
/* The target and its gradients once more, in double and by the twin. */
#include "check_detail.h"
#include <math.h>
#include <stdlib.h>

void explain_twin_init(twin t[N_NETS], const explainer *x)
{
    for (size_t i = 0; i < N_NETS; i++)
        if (x->net[i] && !t[i].net)
            twin_init_borrowing(&t[i], x->net[i], TWIN_ROWS);
}

/* What network i made of n rows of z, of whose pictures p is known. */
static const double *output_of(twin t[N_NETS], explain_net i, const double *z, const double *p,
                               size_t n)
{
    if (i == NET_G)
        return p;
    return twin_forward(&t[i], i == NET_CUT ? z : p, n, (pass){0});
}

/* What the terms are made of: rows of z, or of pictures. */
typedef struct {
    const double *z, *pictures;
    size_t n;
    const float *reference;
} twin_rows;

static void evaluate_terms(const explainer *x, twin t[N_NETS], const twin_rows *rows, double *value,
                           const target_slopes *slopes)
{
    size_t n = rows->n;
    for (size_t r = 0; r < n; r++)
        value[r] = 0;
    for (size_t k = 0; k < x->target.row->n_terms; k++) {
        const target_term *term = &x->target.row->terms[k];
        size_t width = x->net[term->reads]->n_out;
        const double *y = output_of(t, term->reads, rows->z, rows->pictures, n);
        double *dy = slopes ? slopes->dy[term->reads] : NULL;
        double *squares = slopes ? slopes->squares[term->reads] : NULL;
        for (size_t r = 0; r < n; r++) {
            const term_row row = {x, y + r * width, width, rows->reference};
            value[r] += term->evaluate_in_double(&row, r ? NULL : dy, r ? NULL : squares);
        }
    }
}

void target_evaluate(const explainer *x, twin t[N_NETS], const double *z, size_t n,
                     const float *reference, double *value, const target_slopes *slopes)
{
    bool is_of_picture = explain_is_of_picture(x);
    const double *p = is_of_picture ? twin_forward(&t[NET_G], z, n, (pass){0}) : NULL;
    evaluate_terms(x, t, &(twin_rows){z, p, n, reference}, value, slopes);
}

void target_evaluate_pictures(const explainer *x, twin t[N_NETS], const double *pictures, size_t n,
                              const float *reference, double *value, const target_slopes *slopes)
{
    evaluate_terms(x, t, &(twin_rows){NULL, pictures, n, reference}, value, slopes);
}

static double sum_of_products(const double *a, const double *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += fabs(a[i] * b[i]);
    return total;
}

/* What output o of the network is added up from, by magnitude. */
static double size_of_output(const twin *t, size_t o)
{
    size_t last = t->net->n_layers - 1;
    const layer *l = &t->net->layers[last];
    const double *h = last ? t->output[last - 1] : t->input;
    double total = l->bias ? fabs((double)l->bias[o]) : 0;
    for (size_t k = 0; k < l->n_in; k++)
        total += fabs((double)l->weight.data[o * l->n_in + k] * h[k]);
    return total;
}

/* dx = dy pulled back through a network that sees the picture, at what it was just evaluated at. */
static void pull_back_look(checked_row *c, explain_net i, const double *dy, double *dx)
{
    size_t depth = c->x->net[NET_G]->n_layers;
    c->n_kinks[i] = twin_take_sides(&c->w->twin[i], &c->w->tape[i], c->row, depth);
    twin_backward(&c->w->twin[i], dy, NULL, dx);
}

/* Adds to the gradient by the pixels what comes to them through network i. */
static void add_look(checked_row *c, explain_net i, double *through)
{
    const double *dy = c->slopes.dy[i];
    if (!dy)
        return;
    pull_back_look(c, i, dy, through);
    for (size_t k = 0; k < c->x->shape.n; k++)
        c->dx[k] += through[k];
    for (size_t o = 0; o < c->x->net[i]->n_out; o++)
        if (dy[o] != 0)
            c->magnitude += fabs(dy[o]) * size_of_output(&c->w->twin[i], o);
}

/* From the pixels to z, once dx is known. */
static void differentiate_picture(checked_row *c)
{
    const explainer *x = c->x;
    twin *g = &c->w->twin[NET_G];
    size_t n = x->shape.n;
    const double *direct = c->slopes.dy[NET_G];
    for (size_t i = 0; i < n; i++)
        c->dx[i] = direct ? direct[i] : 0;
    add_look(c, NET_CRITIC, c->cotangent);
    add_look(c, NET_CLASSIFIER, c->cotangent);
    for (size_t i = 0; i < n; i++)
        c->cotangent[i] = explain_sees_picture(x) ? (double)c->gradient_x[i] : c->dx[i];
    c->magnitude += sum_of_products(c->dx, g->output[x->net[NET_G]->n_layers - 1], n);
    c->n_kinks[NET_G] = twin_take_sides(g, &c->w->tape[NET_G], c->row, 0);
    twin_backward(g, c->cotangent, NULL, c->exact);
}

/* Of what is read inside G; its own pass is what the Jacobian needs. */
static void differentiate_inside(checked_row *c)
{
    twin *cut = &c->w->twin[NET_CUT], *g = &c->w->twin[NET_G];
    c->n_kinks[NET_CUT] = twin_take_sides(cut, &c->w->tape[NET_CUT], c->row, 0);
    twin_backward(cut, c->slopes.dy[NET_CUT], NULL, c->exact);
    twin_forward(g, c->points, 1, (pass){0});
    c->n_kinks[NET_G] = twin_take_sides(g, &c->w->tape[NET_G], c->row, 0);
}

/* d logit / d x, which is handed out where the target's own says nothing. */
static void differentiate_critic(checked_row *c)
{
    const double one = 1.0, *p = c->w->twin[NET_G].output[c->x->net[NET_G]->n_layers - 1];
    twin_forward(&c->w->twin[NET_CRITIC], p, 1, (pass){0});
    pull_back_look(c, NET_CRITIC, &one, c->dx);
}

void target_differentiate(checked_row *c)
{
    c->magnitude = fabs(c->value);
    if (explain_is_of_picture(c->x))
        differentiate_picture(c);
    else
        differentiate_inside(c);
    c->magnitude += sum_of_products(c->exact, c->points, c->x->z_dim);
    if (c->gradient_x && !explain_sees_picture(c->x))
        differentiate_critic(c);
}
