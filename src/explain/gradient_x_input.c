/* SPDX-License-Identifier: MIT */
/* The method `gradient-x-input`: the gradient times what it is taken by, a first guess at what each
 * component of z and each pixel adds to the target.
 *
 * A target inside G has no gradient by the pixels, and leaves the array over z alone. The gradients
 * by what G's layers make, and how these move as z follows the gradient, are in layer_gradients.c.
 */
#include "layer_gradients.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "gradient-x-input.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each component of z adds to the target",
     .unit = "z times d target / d z",
     .noun = "contribution",
     .meaning = "its value times how fast the target rises with it, which is what it adds as far "
                "as the target is a straight line from z = 0",
     .sentence = "Value times rate is a rough guess at what a component adds to the target; the "
                 "largest guesses are those of #",
     .brief = "# seem to add most to it",
     .brief_if_zero = "no component adds to it",
     .if_zero = "no component that is not 0 changes the target"},
    {.name = "gradient-x-input.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each pixel adds to the target",
     .unit = "pixel above black, times d target / d pixel",
     .noun = "contribution",
     .meaning = "its brightness above black times how fast the target rises with it, which is what "
                "it adds as far as the target is a straight line from black",
     .sentence = "The same guess at what a pixel adds is largest for those #",
     .brief = "as do the pixels #",
     .if_zero = "no pixel that is not black changes the target"},
    {.name = "gradient-x-input.layer",
     .space = SPACE_LAYER,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How many units of a layer of G raise the target, and how many lower it",
     .unit = "d target / d unit",
     .noun = "rate",
     .meaning = "how fast the target rises with what a unit hands on to the next layer",
     .if_zero = "no small change of a unit changes the target"},
    {.name = "gradient-x-input.layers",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How G's layers move as z goes where the target rises fastest",
     .unit = "root mean square of the units' moves; steps of z in prior sigmas",
     .meaning = "of a layer's units, how many the target rises with and how many it falls with; "
                "and how far the units move, on average, for a step of z along the target's "
                "gradient: as the slopes here predict, as it then is, and how much of the "
                "predicted move, unit by unit, was another"},
    {0}};

enum { Z_AGAINST_DOUBLE, X_AGAINST_DOUBLE, X_ADDS_UP, OF_LAYERS };

static const explain_check checks[] = {
    [Z_AGAINST_DOUBLE] = {.name = "gradient-x-input.z_against_double",
                          .meaning = "|gradient-x-input.z / z - gradient by z in double| / "
                                     "|gradient in double|"},
    [X_AGAINST_DOUBLE] = {.name = "gradient-x-input.x_against_double",
                          .meaning = "|gradient-x-input.x / (x - black) - gradient by the pixels "
                                     "in double| / |gradient in double|"},
    [X_ADDS_UP] = {.name = "gradient-x-input.x_adds_up",
                   .meaning = "|sum of gradient-x-input.x - (target here - target of a black "
                              "picture)| / sum of their magnitudes",
                   .tolerance = 1e-5,
                   .n_samples = 1},
    [OF_LAYERS + LAYERS_AGAINST_DOUBLE] =
        {.name = "gradient-x-input.layers_against_double",
         .meaning = "of the worst layer of G: |gradient by its units - the same in double| / |the "
                    "same in double|, or over what float keeps of its terms where these cancel",
         .tolerance = 1e-4,
         .n_samples = 1,
         .left_out = "At # units of G, z lies on the kink of a ReLU."},
    [OF_LAYERS + LAYERS_ADD_UP] = {.name = "gradient-x-input.layers_add_up",
                                   .meaning = "of the worst layer of G: |sum over its units of "
                                              "gradient times move - |gradient by z|| / |gradient "
                                              "by z|, or over the root of the products' squares",
                                   .tolerance = 1e-4,
                                   .n_samples = 1},
    {0}};

static const layer_arrays layers = {.table = "gradient-x-input.layers",
                                    .units = "gradient-x-input.layer",
                                    .checks = checks + OF_LAYERS};

/* The input and what its product came from, for one of the arrays. */
typedef struct {
    float *product;
    const float *input, *gradient;
    float zero; /* the input that adds nothing */
    size_t n;
} products;

static void multiply(const products *p)
{
    for (size_t i = 0; i < p->n; i++)
        p->product[i] = (p->input[i] - p->zero) * p->gradient[i];
}

/* Where a product is too small for a float to be divided again, it vouches for the gradient by
 * being as small as it should be; one that is not has no quotient. */
static float quotient(float product, float input, float gradient)
{
    double wanted = (double)input * (double)gradient;
    if (fabs(wanted) >= (double)FLT_MIN)
        return product / input;
    return fabs((double)product - wanted) <= (double)FLT_MIN ? gradient : INFINITY;
}

/* The gradient again, from the products. The caller frees it. */
static float *divide(const products *p)
{
    float *gradient = allocate(p->n, sizeof *gradient);
    for (size_t i = 0; i < p->n; i++)
        gradient[i] = quotient(p->product[i], p->input[i] - p->zero, p->gradient[i]);
    return gradient;
}

/* ---- Checks ---- */

/* c, a check of a gradient, as one of the products. */
static void add_as(explanation *a, explain_check *c, const explain_check *product)
{
    c->name = product->name;
    c->meaning = product->meaning;
    explanation_add_check(a, c);
}

/* Divided by the input again, both are gradients, and these are checked like those of the method
 * gradient. NULL: there are no products, as of x where the target does not see the picture. */
static void check_quotients(const explain_task *t, explanation *a, const products *z,
                            const products *x)
{
    explain_check found[N_GRADIENT_CHECKS];
    explained_rows rows = *t->rows;
    float *by_z = z ? divide(z) : NULL, *by_x = x ? divide(x) : NULL;
    rows.gradient_z = z ? by_z : rows.gradient_z;
    rows.gradient_x = x ? by_x : rows.gradient_x;
    explain_check_gradient(found, t->x, t->w, &rows, 0, t->q->probe, NULL);
    explain_check *of_z = &found[1], *of_x = &found[3];
    if (z)
        add_as(a, of_z, &checks[Z_AGAINST_DOUBLE]);
    if (x)
        add_as(a, of_x, &checks[X_AGAINST_DOUBLE]);
    free(by_z);
    free(by_x);
}

/* A target that sums up pixels is a straight line from black. */
static void check_sum(const explain_task *t, explanation *a, const products *p)
{
    explain_check check = checks[X_ADDS_UP];
    float *black = allocate(p->n, sizeof *black), at_black;
    double size = 0, all = sum(p->product, p->n);
    for (size_t i = 0; i < p->n; i++) {
        black[i] = p->zero;
        size += fabs((double)p->product[i]);
    }
    explain_pictures(t->x, t->w, black, 1, NULL, &at_black, NULL);
    double change = (double)*t->rows->value - (double)at_black;
    size += fabs((double)*t->rows->value) + fabs((double)at_black);
    check.value = size == 0 ? 0 : fabs(all - change) / size;
    explanation_add_check(a, &check);
    free(black);
}

/* ---- Running ---- */

/* The target's own gradient by the pixels, also that of an area. */
static float *differentiate_picture(const explain_task *t)
{
    float value, *dx = allocate(t->x->shape.n, sizeof *dx);
    explain_pictures(t->x, t->w, t->rows->x, 1, NULL, &value, dx);
    return dx;
}

static products over_z(const explain_task *t, explanation *a)
{
    products p = {.product = explanation_add(a, "gradient-x-input.z", 0, 0),
                  .input = t->rows->z,
                  .gradient = t->rows->gradient_z,
                  .n = t->x->z_dim};
    multiply(&p);
    return p;
}

static products over_pixels(const explain_task *t, explanation *a, const float *dx)
{
    products p = {.product = explanation_add(a, "gradient-x-input.x", 0, 0),
                  .input = t->rows->x,
                  .gradient = dx,
                  .zero = t->q->black,
                  .n = t->x->shape.n};
    multiply(&p);
    return p;
}

static bool is_wanted(const explain_task *t, explain_input input)
{
    return !t->q->inputs || (t->q->inputs & 1u << input);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    bool wants_z = is_wanted(t, INPUT_Z), wants_x = is_wanted(t, INPUT_X);
    bool sees_picture = explain_sees_picture(t->x), skips = t->q->skips_checks;
    float *dx = NULL;
    products z = {0}, x = {0};
    if (wants_z)
        z = over_z(t, a);
    if (wants_x && sees_picture)
        x = over_pixels(t, a, t->rows->gradient_x);
    if (!skips)
        check_quotients(t, a, wants_z ? &z : NULL, wants_x && sees_picture ? &x : NULL);
    if (!sees_picture && explain_is_of_picture(t->x))
        dx = differentiate_picture(t);
    if (wants_x && dx) {
        x = over_pixels(t, a, dx);
        if (!skips)
            check_sum(t, a, &x);
    }
    layer_gradients_add(t, a, dx ? dx : t->rows->gradient_x, &layers);
    free(dx);
    return 0;
}

const explain_method gradient_x_input_method = {
    .name = "gradient-x-input",
    .summary = "the gradient times its input: what each component of z and each pixel adds to the "
               "target, to first order",
    .source = "Shrikumar, Greenside, Shcherbina & Kundaje 2016, arXiv:1605.01713",
    .lies = "It takes the target for a straight line from z = 0 or from black, so its parts "
            "need not add up to anything. A pixel that is black, or a component that is 0, gets "
            "nothing, whatever hangs on its being so.",
    .arrays = arrays,
    .checks = checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .reads = READS_INPUTS,
    .options = &layer_options,
    .prepare = layer_options_check,
    .run = run,
};
