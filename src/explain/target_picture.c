/* SPDX-License-Identifier: MIT */
/* Targets that compare the picture with another one: the distance, and with G's loss added to it.
 */
#include "target_detail.h"

/* ---- The distance ---- */

/* |x - reference|^2 over the number of pixels. */
static void rec_evaluate(const term_tile *t, float *value, float *dy)
{
    size_t n = t->width;
    float scale = 2.0f / (float)n;
    for (size_t r = 0; r < t->n; r++) {
        float *d = dy + r * n;
        for (size_t i = 0; i < n; i++)
            d[i] = t->y[r * n + i] - t->reference[r * n + i];
        value[r] = (float)(dot(d, d, n) / (double)n);
        for (size_t i = 0; i < n; i++)
            d[i] *= scale;
    }
}

static double rec_evaluate_in_double(const term_row *t, double *dy, double *squares)
{
    double n = (double)t->width, scale = 2.0 / n, total = 0;
    for (size_t i = 0; i < t->width; i++) {
        double p = t->y[i], wanted = (double)t->reference[i], d = p - wanted;
        total += d * d / n;
        if (!dy)
            continue;
        dy[i] = scale * d;
        squares[i] = scale * scale * (p * p + wanted * wanted);
    }
    return total;
}

/* ---- The parts of a loss ---- */

static const array_row rec_value = {.name = "target_rec",
                                    .space = SPACE_SCALAR,
                                    .sign = SIGN_MAGNITUDE,
                                    .role = ROLE_RAW,
                                    .title = "rec",
                                    .part_of = "target"};
static const array_row rec_gradient = {.name = "gradient_z_rec",
                                       .space = SPACE_Z,
                                       .sign = SIGN_SIGNED,
                                       .role = ROLE_EVIDENCE,
                                       .title = "rec",
                                       .unit = "d rec / d z",
                                       .part_of = "gradient_z"};
static const array_row gen_value = {.name = "target_gen",
                                    .space = SPACE_SCALAR,
                                    .sign = SIGN_MAGNITUDE,
                                    .role = ROLE_RAW,
                                    .title = "lambda gen",
                                    .part_of = "target"};
static const array_row gen_gradient = {.name = "gradient_z_gen",
                                       .space = SPACE_Z,
                                       .sign = SIGN_SIGNED,
                                       .role = ROLE_EVIDENCE,
                                       .title = "lambda gen",
                                       .unit = "d lambda gen / d z",
                                       .part_of = "gradient_z"};

static const target_term terms[] = {{.reads = NET_G,
                                     .value = &rec_value,
                                     .gradient = &rec_gradient,
                                     .evaluate = rec_evaluate,
                                     .evaluate_in_double = rec_evaluate_in_double},
                                    {.reads = NET_CRITIC,
                                     .value = &gen_value,
                                     .gradient = &gen_gradient,
                                     .evaluate = gen_evaluate,
                                     .evaluate_in_double = gen_evaluate_in_double}};

/* ---- The rows ---- */

static int read_picture(explain_target *t, const char *words, const char *arguments, error *e)
{
    t->picture = arguments;
    return arguments && *arguments ? 0 : target_refuse(t, words, "", e);
}

static void describe_loss(json_t *o, const explainer *x)
{
    json_object_set_new(o, "lambda", json_number(x->target.lambda));
}

const target_row target_rec = {.name = "rec",
                               .form = "rec:FILE.png|nearest|INDEX",
                               .meaning = "the mean squared distance to a picture",
                               .unit = "squared pixel values",
                               .shared = "the picture it is compared with",
                               .terms = terms,
                               .n_terms = 1,
                               .needs_picture = true,
                               .sees_picture = true,
                               .read = read_picture};

const target_row target_loss = {
    .name = "loss",
    .form = "loss:FILE.png|nearest|INDEX",
    .meaning = "the mean squared distance to a picture (rec) plus --lambda times G's loss (gen)",
    .unit = "loss",
    .shared = "the picture it is compared with",
    .terms = terms,
    .n_terms = 2,
    .needs_picture = true,
    .takes_lambda = true,
    .sees_picture = true,
    .read = read_picture,
    .describe = describe_loss};
