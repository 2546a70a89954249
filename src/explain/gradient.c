/* SPDX-License-Identifier: MIT */
/* The method `gradient`: what a small change of each component of z does to the target and to each
 * pixel.
 *
 * It leaves gradient_x or d_gradient_x, as explain_gradient_x_name says, moves_with where the
 * target does not see the picture, the parts of gradient_z that the target has, and the jacobian
 * where it is wanted. */
#include "explain.h"
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    bool wants_jacobian, wants_strips;
} gradient_settings;

static const option_row rows[] = {
    OPTION_FLAG(gradient_settings, wants_jacobian, .name = "jacobian",
                .summary = "Store the whole Jacobian (pixels, z-dim), too."),
    OPTION_FLAG(gradient_settings, wants_strips, .name = "jacobian-strips",
                .summary = "Draw the Jacobian's columns of the strongest components, too."),
};

static const gradient_settings defaults = {0};
static const option_set options = {OPTION_GROUP("Method gradient", rows, 0), &defaults,
                                   sizeof defaults};

/* ---- Arrays ---- */

#define TOP_COLUMNS(its_role)                                                                      \
    {                                                                                              \
        .name = "top_columns", .space = SPACE_X_LIST, .sign = SIGN_SIGNED, .role = its_role,       \
        .title = "What the strongest components do to the picture",                                \
        .unit = "d pixel / d z of each", .noun = "rate",                                           \
        .meaning = "how fast each pixel gets brighter as that component of z is raised",           \
        .in_place = "changes the picture most", .nowhere = "does not change the picture",          \
        .items_of = "gradient_z"                                                                   \
    }

static const array_row arrays[] = {
    {.name = "gradient_z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_RATE,
     .title = "What each component of z does to the target",
     .unit = "d target / d z",
     .noun = "rate",
     .meaning = "how fast the target rises as a component is raised; a small step of z of length s "
                "changes it by at most s times the norm of these rates",
     .sentence = "For small steps of z it depends most on #",
     .brief = "for small steps it depends most on #",
     .brief_if_zero = "no small change of z changes it",
     .if_zero = "no small change of z changes the target"},
    {.name = "gradient_x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_RATE,
     .title = "What the pixels do to the target",
     .unit = "d target / d pixel",
     .noun = "rate",
     .meaning = "how fast the target rises as a pixel is made brighter",
     .sentence = "The target's rise or fall is decided most by the brightness of the pixels #",
     .brief = "and on the pixels #",
     .if_zero = "no small change of a pixel changes the target"},
    {.name = "moves_with",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .title = "What moves with the target",
     .unit = "d pixel / d step of z",
     .noun = "rate",
     .meaning = "how fast a pixel gets brighter as z moves where the target rises fastest",
     .sentence = "What z changes most as it raises the target are the pixels #",
     .brief = "and moves with the pixels #",
     .if_zero = "no small step of z that raises the target changes a pixel"},
    {.name = "d_gradient_x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What the pixels do to D's logit",
     .unit = "d logit / d pixel",
     .noun = "rate",
     .meaning = "how fast D's logit rises as a pixel is made brighter",
     .sentence = "D's own verdict is decided most by the brightness of the pixels #",
     .if_zero = "no small change of a pixel changes D's logit"},
    {.name = "sensitivity",
     .space = SPACE_X,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Pixels that depend on z",
     .unit = "|d pixel / d z|, norm over z",
     .noun = "rate",
     .meaning = "how fast a pixel changes at most as z moves, per length of the step",
     .sentence = "The pixels that any move of z changes most are those #",
     .if_zero = "no small change of z changes a pixel"},
    {.name = "sensitivity_before",
     .space = SPACE_X,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Pixels that depend on z, before they saturate",
     .unit = "|d pre-activation / d z|",
     .noun = "rate",
     .meaning = "the same before G's last activation, which keeps a pixel still that is nearly "
                "black or white",
     .sentence = "Counted before black and white cut it off, the effect of z is largest on the "
                 "pixels #",
     .if_zero = "no small change of z changes what G's last layer adds up"},
    TOP_COLUMNS(ROLE_EVIDENCE),
    {.name = "jacobian",
     .space = SPACE_MATRIX,
     .sign = SIGN_SIGNED,
     .role = ROLE_RAW,
     .title = "Jacobian of the picture by z",
     .unit = "d pixel / d z",
     .meaning = "a row a pixel, a column a component of z"},
    {0}};

/* Columns that are not drawn: they look all alike where a picture saturates. */
static const array_row kept_columns = TOP_COLUMNS(ROLE_RAW);

static const explain_check checks[] = {{.name = "parts_add_up",
                                        .meaning = "|gradient - sum of its parts' gradients| / "
                                                   "root of the parts' squared norms",
                                        .tolerance = 1e-5,
                                        .n_samples = 1},
                                       {0}};

/* A target of several terms is their sum, and so is its gradient: by norm, to rounding. */
static void check_parts(explanation *a, const explained_rows *r, const explainer *x)
{
    explain_check check = checks[0];
    double wrong = 0, all = 0;
    for (size_t i = 0; i < x->z_dim; i++) {
        double d = (double)r->gradient_z[i];
        for (size_t k = 0; k < x->target.row->n_terms; k++) {
            double part = (double)r->part_gradient_z[k][i];
            d -= part;
            all += part * part;
        }
        wrong += d * d;
    }
    check.value = wrong == 0 ? 0 : sqrt(wrong / all);
    explanation_add_check(a, &check);
}

static void add_copy(explanation *a, const char *name, const float *values, size_t n)
{
    memcpy(explanation_add(a, name, 0, 0), values, n * sizeof *values);
}

static void add_gradients(explanation *a, const explainer *x, const explained_rows *r)
{
    add_copy(a, "gradient_z", r->gradient_z, x->z_dim);
    if (r->gradient_x)
        add_copy(a, explain_gradient_x_name(x), r->gradient_x, x->shape.n);
    for (size_t k = 0; k < explain_n_parts(x); k++)
        memcpy(explanation_add_row(a, x->target.row->terms[k].gradient, 0, 0),
               r->part_gradient_z[k], x->z_dim * sizeof(float));
}

/* Where z goes when the target rises fastest, at length 1; where it does not, 0. The caller frees
 * it. */
static float *find_direction(const float *gradient_z, size_t n)
{
    float *direction = allocate(n, sizeof *direction);
    double length = norm(gradient_z, n);
    for (size_t i = 0; i < n && length > 0; i++)
        direction[i] = (float)((double)gradient_z[i] / length);
    return direction;
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

/* r->wanted holds the strongest components and the direction. */
static void add_jacobian(explanation *a, rest *r, const gradient_settings *set)
{
    wanted_jacobian *j = &r->wanted;
    if (!explain_sees_picture(r->x)) /* else gradient_x says which pixels count */
        j->along = explanation_add(a, "moves_with", 0, 0);
    j->sensitivity = explanation_add(a, "sensitivity", 0, 0);
    if (explain_output_is_bounded(r->x))
        j->before = explanation_add(a, "sensitivity_before", 0, 0);
    j->columns = set->wants_strips ? explanation_add(a, "top_columns", j->n_columns, 0)
                                   : explanation_add_row(a, &kept_columns, j->n_columns, 0);
    explanation_set_items(a, j->which);
    if (set->wants_jacobian)
        j->jacobian = explanation_add(a, "jacobian", a->shape.n, a->z_dim);
}

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

static void add_check(explanation *a, explain_check c) { explanation_add_check(a, &c); }

static void add_checks(explanation *a, rest *r)
{
    const wanted_jacobian *j = &r->wanted;
    r->wanted.probe = jacobian_probe_create(r->x, r->probe);
    parallel_for(2, do_half, r);
    for (size_t i = 0; i < r->n_checks; i++)
        add_check(a, r->checks[i]);
    add_check(a, explain_check_jacobian(r->x, r->w, 0, j->probe));
    if (j->along)
        add_check(a, explain_check_along(r->x, r->w, 0, j->probe, r->r->gradient_z, j->along));
    if (explain_n_parts(r->x))
        check_parts(a, r->r, r->x);
    jacobian_probe_free(r->wanted.probe);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    size_t *top = allocate(t->q->n_top, sizeof *top);
    size_t n_top = find_strongest(top, t->q->n_top, t->rows->gradient_z, t->x->z_dim);
    float *direction = find_direction(t->rows->gradient_z, t->x->z_dim);
    rest r = {.x = t->x,
              .w = t->w,
              .r = t->rows,
              .wanted = {.which = top, .n_columns = n_top, .direction = direction},
              .probe = t->q->probe};
    add_gradients(a, t->x, t->rows);
    add_jacobian(a, &r, t->settings);
    if (t->q->skips_checks)
        explain_jacobian(r.x, r.w, 0, &r.wanted);
    else
        add_checks(a, &r);
    free(direction);
    free(top);
    return 0;
}

const explain_method gradient_method = {
    .name = "gradient",
    .summary = "the target's gradient by z and by the pixels, and the Jacobian of the picture by z",
    .source = "Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034; forward mode as in Griewank & "
              "Walther 2008, Evaluating Derivatives, 2nd edition",
    .lies = "It is a slope at one point. Where the target is flat, as where D is sure or a "
            "pixel is black, it finds that nothing matters; and a long move does something "
            "else, which reach measures.",
    .arrays = arrays,
    .checks = checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X | WANTS_PART_GRADIENTS,
    .is_default = true,
    .is_streamed = true,
    .options = &options,
    .run = run,
};
