/* SPDX-License-Identifier: MIT */
/* The method `gradient`: what a small change of each component of z does to the target and to each
 * pixel.
 *
 * Arrays: x, target (and target_rec, target_gen of a loss), logit where there is a D, gradient_z
 * (and its two parts), gradient_x or d_gradient_x, sensitivity, top_columns (the Jacobian's columns
 * of the strongest components), jacobian where it is wanted. */
#include "explain.h"
#include <math.h>

int explain_by_gradient(const explainer *x, explain_workspace *w, const explain_request *q,
                        explanation *a, error *e);

/* The n strongest of g's components, by magnitude; equal ones by index. */
static void find_top(explanation *a, const float *g, size_t z_dim, size_t n)
{
    a->n_top = n < z_dim ? n : z_dim;
    a->top = allocate(a->n_top, sizeof *a->top);
    size_t found = 0;
    for (size_t i = 0; i < z_dim; i++) {
        size_t at = found;
        while (at > 0 && fabsf(g[i]) > fabsf(g[a->top[at - 1]]))
            at--;
        if (at == a->n_top)
            continue;
        found += found < a->n_top;
        for (size_t k = found - 1; k > at; k--)
            a->top[k] = a->top[k - 1];
        a->top[at] = i;
    }
}

/* A loss is the sum of its parts, and so is its gradient: by norm, to rounding. */
static void check_parts(explanation *a, const explained_rows *r, size_t z_dim)
{
    double wrong = 0, all = 0;
    for (size_t i = 0; i < z_dim; i++) {
        double first = (double)r->part_gradient_z[0][i], second = (double)r->part_gradient_z[1][i];
        double d = (double)r->gradient_z[i] - first - second;
        wrong += d * d;
        all += first * first + second * second;
    }
    explanation_add_check(a,
                          &(explain_check){.name = "parts_add_up",
                                           .meaning = "|gradient - sum of both parts' gradients| / "
                                                      "root of the parts' squared norms",
                                           .value = wrong == 0 ? 0 : sqrt(wrong / all),
                                           .tolerance = 1e-5,
                                           .n_samples = 1});
}

static void add_rows(explanation *a, const explainer *x, explained_rows *r)
{
    r->n = 1;
    r->z = explanation_find(a, "z")->data;
    r->x = explanation_add(a, "x", 1, N_PIXELS, 0);
    r->value = explanation_add(a, "target", 0, 0, 0);
    r->gradient_z = explanation_add(a, "gradient_z", 1, x->z_dim, 0);
    if (x->d.n_layers)
        r->logit = explanation_add(a, "logit", 0, 0, 0);
    if (explain_gradient_x_name(x))
        r->gradient_x = explanation_add(a, explain_gradient_x_name(x), 1, N_PIXELS, 0);
    if (!x->n_parts)
        return;
    r->parts[0] = explanation_add(a, "target_rec", 0, 0, 0);
    r->parts[1] = explanation_add(a, "target_gen", 0, 0, 0);
    r->part_gradient_z[0] = explanation_add(a, "gradient_z_rec", 1, x->z_dim, 0);
    r->part_gradient_z[1] = explanation_add(a, "gradient_z_gen", 1, x->z_dim, 0);
}

static void add_jacobian(explanation *a, wanted_jacobian *j, const explain_request *q, size_t z_dim)
{
    *j = (wanted_jacobian){.which = a->top, .n_columns = a->n_top};
    j->sensitivity = explanation_add(a, "sensitivity", 1, N_PIXELS, 0);
    j->columns = explanation_add(a, "top_columns", 2, a->n_top, N_PIXELS);
    if (q->wants_jacobian)
        j->jacobian = explanation_add(a, "jacobian", 2, N_PIXELS, z_dim);
}

/* What is left to be done once the gradient is known, in two halves that share nothing they write.
 */
typedef struct {
    const explainer *x;
    explain_workspace *w;
    const explained_rows *r;
    wanted_jacobian wanted;
    uint64_t probe;
    explain_check checks[N_GRADIENT_CHECKS];
    size_t n_checks;
} rest;

/* A body of parallel_for: one explanation alone keeps two threads busy. */
static void do_half(size_t i, size_t thread, void *context)
{
    rest *t = context;
    (void)thread;
    if (i == 0)
        explain_jacobian(t->x, t->w, 0, &t->wanted);
    else
        t->n_checks =
            explain_check_gradient(t->checks, t->x, t->w, t->r, 0, t->probe, t->wanted.probe);
}

int explain_by_gradient(const explainer *x, explain_workspace *w, const explain_request *q,
                        explanation *a, error *e)
{
    (void)e;
    explained_rows r = {0};
    add_rows(a, x, &r);
    explain_rows(x, w, &r);
    find_top(a, r.gradient_z, x->z_dim, q->n_top);
    rest t = {.x = x, .w = w, .r = &r, .probe = q->probe};
    add_jacobian(a, &t.wanted, q, x->z_dim);
    if (q->skips_checks) {
        parallel_for(1, do_half, &t);
        return 0;
    }
    t.wanted.probe = jacobian_probe_create(x, q->probe);
    parallel_for(2, do_half, &t);
    for (size_t i = 0; i < t.n_checks; i++)
        explanation_add_check(a, &t.checks[i]);
    explain_check jacobian = explain_check_jacobian(x, w, 0, t.wanted.probe);
    explanation_add_check(a, &jacobian);
    if (x->n_parts)
        check_parts(a, &r, x->z_dim);
    jacobian_probe_free(t.wanted.probe);
    return 0;
}
