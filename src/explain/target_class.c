/* SPDX-License-Identifier: MIT */
/* What a classifier that judges pictures says of one: its logit of a class. */
#include "target_detail.h"
#include <math.h>

static const target_term terms[] = {{.reads = NET_CLASSIFIER,
                                     .evaluate = component_evaluate,
                                     .evaluate_in_double = component_evaluate_in_double}};

static int read_class(explain_target *t, const char *words, const char *arguments, error *e)
{
    return target_numbers_read(&t->component, 1, t, words, arguments, e);
}

static int fit_class(explainer *x, error *e)
{
    size_t class = x->target.component, n = x->net[NET_CLASSIFIER]->n_out;
    if (class < n)
        return 0;
    return fail(e, STATUS_USAGE, "--target: class %zu: the judge knows 0 to %zu", class, n - 1);
}

static void describe_class(json_t *o, const explainer *x)
{
    size_t class = x->target.component;
    target_set_meaning(
        o, "how much the judge takes the picture for one of class %zu: its raw logit of that class",
        class);
    json_object_set_new(o, "class", json_unsigned(class));
}

/* Of the logits v (n), in double. */
static double probability_of(const float *v, size_t n, size_t class)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += exp((double)v[i] - (double)v[class]);
    return 1 / total;
}

/* A logit has no scale but that of the other classes. */
static void tell_probability(json_t *o, const explainer *x, const float *pixels)
{
    tape t = {0};
    size_t n = x->net[NET_CLASSIFIER]->n_out, seen = 0;
    tape_init(&t, x->net[NET_CLASSIFIER], 1);
    const float *v =
        packed_forward(&x->packed[NET_CLASSIFIER], &t, matrix_view_const(pixels, 1, x->shape.n))
            .data;
    for (size_t i = 1; i < n; i++)
        seen = v[i] > v[seen] ? i : seen;
    json_object_set_new(o, "probability", json_number(probability_of(v, n, x->target.component)));
    json_object_set_new(o, "seen", json_unsigned(seen));
    json_object_set_new(o, "seen_probability", json_number(probability_of(v, n, seen)));
    tape_release(&t);
}

const target_row target_class = {
    .name = "class",
    .form = "class:K",
    .meaning = "how much the judge, a classifier, takes the picture for one of class K: its raw "
               "logit of it",
    .unit = "logit",
    .shared = "how the judge is read and fitted to the range of the pictures",
    .terms = terms,
    .n_terms = 1,
    .sees_picture = true,
    .read = read_class,
    .fit = fit_class,
    .describe = describe_class,
    .tell = tell_probability};
