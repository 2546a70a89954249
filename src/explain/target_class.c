/* SPDX-License-Identifier: MIT */
/* What a classifier that judges pictures says of one: its logit of a class. */
#include "target_detail.h"

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
    .describe = describe_class};
