/* SPDX-License-Identifier: MIT */
/* The target and its gradients once more, in double and by plain loops. */
#include "check_detail.h"
#include <math.h>
#include <stdlib.h>

bool target_needs_d(const explainer *x) { return explain_targets[x->target.kind].needs_d; }

void explain_twin_init(explain_twin *t, const explainer *x)
{
    if (t->g.net)
        return;
    twin_init_borrowing(&t->g, &x->g, N_ENDS);
    if (x->cut.n_layers)
        twin_init_borrowing(&t->cut, &x->cut, N_ENDS);
    if (x->d.n_layers)
        twin_init_borrowing(&t->d, &x->d, N_ENDS);
}

static double softplus(double v) { return fmax(v, 0.0) + log1p(exp(-fabs(v))); }

static double logistic(double v) { return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v)); }

static void add_rec(target_terms *t, const double *p, const float *reference)
{
    for (size_t i = 0; i < N_PIXELS; i++) {
        double wanted = (double)reference[i], d = p[i] - wanted, scale = 2.0 / N_PIXELS;
        t->value += d * d / N_PIXELS;
        t->dx[i] += scale * d;
        t->dx_squares[i] += scale * scale * (p[i] * p[i] + wanted * wanted);
    }
}

static void add_area(target_terms *out, const explain_target *t, const double *p)
{
    bool is_ink = t->kind == TARGET_INK;
    size_t bottom = is_ink ? PICTURE_ROWS - 1 : t->bottom,
           right = is_ink ? PICTURE_COLS - 1 : t->right;
    double n = is_ink ? 1.0 : (double)((bottom - t->top + 1) * (right - t->left + 1));
    for (size_t i = t->top; i <= bottom; i++)
        for (size_t j = t->left; j <= right; j++) {
            size_t at = i * PICTURE_COLS + j;
            out->value += p[at] / n;
            out->dx[at] = 1.0 / n;
            out->dx_squares[at] = 1.0 / (n * n);
        }
}

static void fill_terms(target_terms *out, const explain_target *t, const double *p, double logit,
                       const float *reference)
{
    double weight = t->kind == TARGET_LOSS ? t->lambda : 1.0;
    *out = (target_terms){0};
    if (t->kind == TARGET_REC || t->kind == TARGET_LOSS)
        add_rec(out, p, reference);
    if (t->kind == TARGET_GEN || t->kind == TARGET_LOSS) {
        out->value += weight * softplus(-logit);
        out->d_logit = -weight * logistic(-logit);
    }
    if (t->kind == TARGET_LOGIT) {
        out->value = logit;
        out->d_logit = 1.0;
    }
    if (t->kind == TARGET_PIXEL || t->kind == TARGET_REGION || t->kind == TARGET_INK)
        add_area(out, t, p);
}

void target_evaluate(const explainer *x, explain_twin *t, const double *z, size_t n,
                     const float *reference, double *value, target_terms *terms)
{
    target_terms own;
    if (x->cut.n_layers) {
        const double *y = twin_forward(&t->cut, z, n, (pass){0});
        for (size_t r = 0; r < n; r++)
            value[r] = y[r * x->cut.n_out + x->target.unit];
        return;
    }
    const double *p = twin_forward(&t->g, z, n, (pass){0});
    const double *logit = target_needs_d(x) ? twin_forward(&t->d, p, n, (pass){0}) : NULL;
    for (size_t r = 0; r < n; r++) {
        fill_terms(terms ? terms : &own, &x->target, p + r * N_PIXELS, logit ? logit[r] : 0,
                   reference);
        value[r] = terms ? terms->value : own.value;
    }
}

static double sum_of_products(const double *a, const double *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += fabs(a[i] * b[i]);
    return total;
}

/* What D's logit is added up from, by magnitude. */
static double size_of_logit(const explainer *x, const twin *d)
{
    size_t last = x->d.n_layers - 1;
    const layer *l = &x->d.layers[last];
    const double *h = last ? d->output[last - 1] : d->input;
    double total = l->bias ? fabs((double)*l->bias) : 0;
    for (size_t k = 0; k < l->n_in; k++)
        total += fabs((double)l->weight.data[k] * h[k]);
    return total;
}

/* dx = d_logit times d logit / d x, at what D was just evaluated at. */
static void pull_back_logit(checked_row *c, double d_logit, double *dx)
{
    c->n_kinks_of_d = twin_take_sides(&c->w->twin.d, &c->w->d, c->row, c->x->g.n_layers);
    twin_backward(&c->w->twin.d, &d_logit, NULL, dx);
}

static void differentiate_unit(checked_row *c)
{
    twin *t = &c->w->twin.cut;
    double *dy = allocate(c->x->cut.n_out, sizeof *dy);
    dy[c->x->target.unit] = 1.0;
    c->n_kinks = twin_take_sides(t, &c->w->cut, c->row, 0);
    twin_backward(t, dy, NULL, c->exact);
    free(dy);
}

static void differentiate_picture(checked_row *c)
{
    const explainer *x = c->x;
    explain_twin *t = &c->w->twin;
    double through_d[N_PIXELS] = {0};
    if (target_needs_d(x)) {
        pull_back_logit(c, c->terms.d_logit, through_d);
        c->magnitude += fabs(c->terms.d_logit) * size_of_logit(x, &t->d);
    }
    for (size_t i = 0; i < N_PIXELS; i++) {
        c->dx[i] = c->terms.dx[i] + through_d[i];
        c->cotangent[i] = explain_sees_picture(x) ? (double)c->gradient_x[i] : c->dx[i];
    }
    c->magnitude += sum_of_products(c->dx, t->g.output[x->g.n_layers - 1], N_PIXELS);
    c->n_kinks_of_g = twin_take_sides(&t->g, &c->w->g, c->row, 0);
    c->n_kinks = c->n_kinks_of_g + c->n_kinks_of_d;
    twin_backward(&t->g, c->cotangent, NULL, c->exact);
}

void target_differentiate(checked_row *c, const double *z)
{
    const explainer *x = c->x;
    explain_twin *t = &c->w->twin;
    c->magnitude = fabs(c->value);
    if (x->cut.n_layers) {
        differentiate_unit(c);
        twin_forward(&t->g, z, 1, (pass){0});
        c->n_kinks_of_g = twin_take_sides(&t->g, &c->w->g, c->row, 0);
    } else
        differentiate_picture(c);
    c->magnitude += sum_of_products(c->exact, z, x->z_dim);
    if (explain_sees_picture(x) || !x->d.n_layers)
        return;
    twin_forward(&t->d, t->g.output[x->g.n_layers - 1], 1, (pass){0});
    pull_back_logit(c, 1.0, c->dx);
}
