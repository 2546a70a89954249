/* SPDX-License-Identifier: MIT */
/* The method `condition`: what the class does, of a conditional model. The same z is drawn as each
 * class, and the target, its critic's class held, is followed through G by a continuous class c.
 *
 * With z held, G's first layer is one of c alone: its bias takes what z adds. That network stands
 * for G in an explainer of its own, which is checked as any other. What the target compares with is
 * the picture of z as it was asked for. */
#include "explain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const array_row arrays[] = {
    {.name = "condition.pictures",
     .space = SPACE_X_LIST,
     .sign = SIGN_PLAIN,
     .role = ROLE_EVIDENCE,
     .title = "The same z as each class",
     .unit = "G(z, class)",
     .meaning = "what the model makes of this z when it is asked for another class"},
    {.name = "condition.change",
     .space = SPACE_X_LIST,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What another class changes",
     .unit = "pixel as that class, less pixel now",
     .noun = "difference",
     .meaning = "how much brighter a pixel is when the same z is drawn as that class",
     .in_place = "differs most",
     .nowhere = "does not differ"},
    {.name = "condition.found",
     .space = SPACE_CLASS,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .title = "What drawing the same z as another class does",
     .unit = "target as that class, less target now",
     .noun = "change",
     .meaning = "found by drawing it; 0 for the class it is of and for any that was not trained; "
                "any D takes each picture for the class that was asked for",
     .sentence = "Drawn as another class, the same z changes the target most as #",
     .brief = "drawn as another class, the same z changes it most as #",
     .brief_if_zero = "drawn as another class, the same z leaves it as it is",
     .if_zero = "drawn as another class, the same z leaves the target as it is"},
    {.name = "condition.gradient",
     .space = SPACE_CLASS,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .title = "How fast each class input moves the target",
     .unit = "d target / d class",
     .noun = "rate",
     .meaning = "how fast the target rises as that class's input of G is raised, while any D "
                "takes the picture for the class that was asked for",
     .sentence = "Of the inputs that say the class, the target depends most on those of #",
     .brief = "of the class inputs it depends most on #",
     .brief_if_zero = "no small change of the class changes it",
     .if_zero = "no small change of the class changes the target"},
    {.name = "condition.reach",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .title = "Another class: predicted and found",
     .unit = "the target with the same z as each class",
     .meaning = "a whole step from one class to another is no small one: what the rates predict of "
                "it, the difference of two of them, beside what the target then does, any D "
                "taking every picture for the class that was asked for"},
    {0}};

enum { VALUE, GRADIENT, DIFFERENCES, PICTURES };

static const explain_check checks[] = {
    [VALUE] = {.name = "condition.value_against_double",
               .meaning = "the target as a function of the class: as value_against_double"},
    [GRADIENT] = {.name = "condition.gradient_against_double",
                  .meaning = "|gradient by the class - J' gradient_x in double| / |J' gradient_x "
                             "in double|, J the Jacobian of the picture by the class, or over what "
                             "float keeps of its terms where these cancel"},
    [DIFFERENCES] = {.name = "condition.gradient_against_differences",
                     .meaning = "by norm over random directions of the class: slope by the "
                                "gradient against central differences in double, beyond their "
                                "rounding"},
    [PICTURES] = {.name = "condition.pictures_against_double",
                  .meaning = "of one of the classes: |picture - G(z, class) in double| / |G(z, "
                             "class) in double|",
                  .tolerance = 1e-3,
                  .n_samples = 1},
    {0}};

/* ---- G as a network of the class ---- */

/* The first layer at c: W_z z + b is its bias, W_c its weights. */
static void hold_z(layer *first, const layer *whole, const float *z, size_t z_dim)
{
    for (size_t r = 0; r < whole->n_out; r++) {
        const float *row = whole->weight.data + r * whole->n_in;
        first->bias[r] = (float)((double)whole->bias[r] + dot(row, z, z_dim));
        memcpy(first->weight.data + r * first->n_in, row + z_dim, first->n_in * sizeof *row);
    }
}

/* What one explanation needs. */
typedef struct {
    const explain_task *t;
    const explain_condition *of;
    const float *reference; /* that the picture of z is compared with, or NULL */
    network g;              /* class to picture */
    explainer x;
    explain_workspace w;
    float *class;  /* (n_known, n_classes): one-hot rows */
    float *target; /* (n_known) */
    size_t own;    /* the row of the class that is asked for */
} effect;

static int effect_init(effect *f, const explain_task *t, const explanation *a, error *e)
{
    const explainer *x = t->x;
    const explain_condition *of = &x->condition;
    *f = (effect){.t = t, .of = of, .reference = a->reference};
    network_narrow(&f->g, of->g, of->n_classes, x->shape.n);
    hold_z(&f->g.layers[0], &of->g->layers[0], t->rows->z, x->z_dim);
    f->class = allocate(of->n_known * of->n_classes, sizeof *f->class);
    f->target = allocate(of->n_known, sizeof *f->target);
    for (size_t i = 0; i < of->n_known; i++) {
        f->class[i * of->n_classes + of->known[i]] = 1;
        f->own = of->known[i] == of->class ? i : f->own;
    }
    if (explainer_init(&f->x, &f->g, x->net[NET_CRITIC], x->shape, &x->target, e))
        return -1;
    explain_workspace_init(&f->w, &f->x);
    return 0;
}

static void effect_release(effect *f)
{
    explain_workspace_release(&f->w);
    explainer_release(&f->x);
    network_release(&f->g);
    free(f->class);
    free(f->target);
}

/* ---- Pictures ---- */

static void add_class_label(explanation *a, size_t class)
{
    text label = {0};
    text_add(&label, "as %zu", class);
    explanation_add_label(a, label.data);
    text_release(&label);
}

/* Pictures and targets of all classes. */
static const float *draw_all(effect *f, explanation *a)
{
    size_t n = f->of->n_known, pixels = a->shape.n;
    float *x = explanation_add(a, "condition.pictures", n, 0);
    for (size_t i = 0; i < n; i++)
        add_class_label(a, f->of->known[i]);
    for (size_t first = 0; first < n; first += EXPLAIN_TILE) {
        size_t some = n - first < EXPLAIN_TILE ? n - first : EXPLAIN_TILE;
        const explained_rows rows = {.n = some,
                                     .z = f->class + first * f->of->n_classes,
                                     .reference = f->reference,
                                     .value = f->target + first,
                                     .x = x + first * pixels};
        explain_rows(&f->x, &f->w, &rows);
    }
    return x;
}

/* The others' pictures less the one that was asked for. */
static void add_changes(const effect *f, explanation *a, const float *x)
{
    size_t n = f->of->n_known, pixels = a->shape.n;
    if (n < 2)
        return;
    float *change = explanation_add(a, "condition.change", n - 1, 0);
    for (size_t i = 0; i < n; i++) {
        if (i == f->own)
            continue;
        for (size_t k = 0; k < pixels; k++)
            *change++ = x[i * pixels + k] - x[f->own * pixels + k];
        add_class_label(a, f->of->known[i]);
    }
}

/* ---- The target ---- */

static void add_table_labels(const effect *f, explanation *a)
{
    static const char *const columns[] = {"target", "change found", "change predicted"};
    for (size_t i = 0; i < 3; i++)
        explanation_add_label(a, columns[i]);
    for (size_t i = 0; i < f->of->n_known; i++)
        add_class_label(a, f->of->known[i]);
}

static void add_reach(const effect *f, explanation *a, const float *gradient)
{
    size_t n = f->of->n_known;
    float *row = explanation_add(a, "condition.reach", n, 3);
    for (size_t i = 0; i < n; i++, row += 3) {
        row[0] = f->target[i];
        row[1] = f->target[i] - f->target[f->own];
        row[2] = gradient[f->of->known[i]] - gradient[f->of->class];
    }
    add_table_labels(f, a);
}

static void add_as(explanation *a, explain_check c, const explain_check *as)
{
    c.name = as->name;
    c.meaning = as->meaning;
    explanation_add_check(a, &c);
}

/* One of the pictures, drawn by lot, from the network that still takes z and the class. */
static void check_picture(const effect *f, explanation *a, const float *x)
{
    explain_check check = checks[PICTURES];
    size_t n_in = f->of->g->n_in, pixels = a->shape.n;
    rng r = rng_init(f->t->q->probe, rng_stream(STREAM_PROBE, 5));
    size_t i = rng_below(&r, (uint32_t)f->of->n_known);
    double *input = allocate(n_in, sizeof *input), wrong = 0, size = 0;
    twin t;
    for (size_t k = 0; k < a->z_dim; k++)
        input[k] = (double)f->t->rows->z[k];
    input[a->z_dim + f->of->known[i]] = 1;
    twin_init_borrowing(&t, f->of->g, 1);
    const double *exact = twin_forward(&t, input, 1, (pass){0});
    for (size_t k = 0; k < pixels; k++) {
        double off = (double)x[i * pixels + k] - exact[k];
        wrong += off * off;
        size += exact[k] * exact[k];
    }
    check.value = wrong == 0 ? 0 : sqrt(wrong / size);
    explanation_add_check(a, &check);
    twin_release(&t);
    free(input);
}

/* What there is to say where another class was trained. */
static void add_found(const effect *f, explanation *a)
{
    if (f->of->n_known < 2)
        return;
    float *found = explanation_add(a, "condition.found", f->of->n_classes, 0);
    for (size_t i = 0; i < f->of->n_known; i++)
        found[f->of->known[i]] = f->target[i] - f->target[f->own];
}

/* The gradient at the class that is asked for, with its checks. */
static const float *add_gradient(effect *f, explanation *a)
{
    float value, *gradient = explanation_add(a, "condition.gradient", f->of->n_classes, 0);
    explain_check found[N_GRADIENT_CHECKS];
    const explained_rows rows = {.n = 1,
                                 .z = f->class + f->own * f->of->n_classes,
                                 .reference = f->reference,
                                 .value = &value,
                                 .gradient_z = gradient};
    explain_rows(&f->x, &f->w, &rows);
    if (f->t->q->skips_checks)
        return gradient;
    explain_check_gradient(found, &f->x, &f->w, &rows, 0, f->t->q->probe, NULL);
    for (size_t i = VALUE; i <= DIFFERENCES; i++)
        add_as(a, found[i], &checks[i]);
    return gradient;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    effect f;
    int status = effect_init(&f, t, a, e);
    if (!status) {
        const float *x = draw_all(&f, a);
        add_changes(&f, a, x);
        add_found(&f, a);
        add_reach(&f, a, add_gradient(&f, a));
        if (!t->q->skips_checks)
            check_picture(&f, a, x);
    }
    effect_release(&f);
    return status;
}

const explain_method condition_method = {
    .name = "condition",
    .summary = "what the class does, of a conditional model: the same z as each class, and the "
               "target's gradient by the class through G, with D's class held",
    .source = "the gradient of Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, by the "
              "condition of Mirza & Osindero 2014, arXiv:1411.1784",
    .lies = "A class is switched, not moved: the rates by the class are slopes, and a whole "
            "class away even the sign may differ. The same z need not be the same style in "
            "another class.",
    .arrays = arrays,
    .checks = checks,
    .needs_class = true,
    .run = run,
};
