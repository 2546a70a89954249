/* SPDX-License-Identifier: MIT */
/* explanation.json in plain words. Nothing is computed here: a sentence is a template over keys. */
#include "explanation_detail.h"
#include <stdio.h>

static double real_of(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static const char *word_of(const json_t *o, const char *key)
{
    const char *word = json_string_value(json_object_get(o, key));
    return word ? word : "?";
}

static const char *number(number_text out, const json_t *o, const char *key, bool with_plus)
{
    return number_write(out, real_of(o, key), with_plus);
}

/* "12 %" of a share in 0..1. */
static const char *percent(number_text out, double share)
{
    snprintf(out, sizeof(number_text), share < 0.095 ? "%.1f %%" : "%.0f %%", 100 * share);
    return out;
}

static void add_verdict(text *t, const json_t *numbers)
{
    number_text a, b;
    if (!json_object_get(numbers, "logit"))
        return;
    text_add(
        t,
        "D's verdict on the picture is the logit %s, a probability of %s that it is real: D %s. ",
        number(a, numbers, "logit", true), number(b, numbers, "probability_real", false),
        real_of(numbers, "logit") > 0 ? "takes it for real" : "takes it for generated");
}

static void add_target(text *t, const json_t *numbers)
{
    number_text a, b, c;
    const json_t *target = json_object_get(numbers, "target");
    text_add(t, "The target is %s: %s. Its value here is %s", word_of(target, "name"),
             word_of(target, "meaning"), number(a, target, "value", true));
    if (json_object_get(target, "rec"))
        text_add(t, ", of which rec is %s and lambda gen is %s", number(b, target, "rec", true),
                 number(c, target, "lambda_gen", true));
    text_add(t, ".\n\n");
}

static void add_components(text *t, const json_t *numbers)
{
    number_text a, b, c;
    const json_t *top = json_object_get(numbers, "top");
    size_t n = json_array_size(top);
    if (!n)
        return;
    text_add(
        t,
        "The gradient by z has the norm %s. The %zu strongest of z's %s components carry %s of its "
        "square.\n\n",
        number(a, json_object_get(numbers, "gradient_z"), "norm", false), n,
        number(b, numbers, "z_dim", false),
        percent(c, real_of(json_array_get(top, n - 1), "share_so_far")));
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(top, i);
        text_add(t,
                 "z%.0f: raising it by a little %s the target at a rate of %s; %s of the squared "
                 "gradient. It moves the picture most in the %s (%s of its squared effect).\n",
                 real_of(o, "component"), real_of(o, "gradient") > 0 ? "raises" : "lowers",
                 number(a, o, "gradient", true), percent(b, real_of(o, "share")),
                 word_of(o, "where"), percent(c, real_of(o, "where_share")));
    }
    text_add(t, "\n");
}

static void add_map(text *t, const json_t *numbers, const char *key, const char *subject)
{
    number_text a;
    const json_t *o = json_object_get(numbers, key);
    if (o)
        text_add(
            t,
            "%s: %s of the map's square lies in the %s, with its centre at row %.1f, column %.1f. ",
            subject, percent(a, real_of(o, "where_share")), word_of(o, "where"), real_of(o, "row"),
            real_of(o, "column"));
}

/* How sure the numbers are: the worst check and those that are not met. */
static void add_checks(text *t, const json_t *numbers)
{
    size_t i;
    const json_t *c, *checks = json_object_get(numbers, "checks");
    number_text a, b;
    text_add(t, "\n\nChecks: ");
    json_array_foreach(checks, i, c)
    {
        text_add(t, "%s %s is %s (at most %s)", word_of(c, "name"), number(a, c, "value", false),
                 json_is_true(json_object_get(c, "is_met")) ? "met" : "NOT MET",
                 number(b, c, "tolerance", false));
        if (real_of(c, "left_out_for_kinks") > 0)
            text_add(t, ", %.0f of %.0f directions left out for a kink of a ReLU",
                     real_of(c, "left_out_for_kinks"), real_of(c, "samples"));
        text_add(t, i + 1 < json_array_size(checks) ? "; " : ".\n");
    }
}

void explanation_words(text *out, const char *title, const json_t *numbers)
{
    text t = {0};
    text_add(&t, "%s. ", title);
    add_verdict(&t, numbers);
    add_target(&t, numbers);
    add_components(&t, numbers);
    add_map(&t, numbers, "gradient_x", "Pixels the target reacts to");
    add_map(&t, numbers, "d_gradient_x", "Pixels D's logit reacts to");
    add_map(&t, numbers, "sensitivity", "Pixels that depend on z");
    add_checks(&t, numbers);
    text_add_wrapped(out, t.data, TEXT_COLUMNS, "");
    text_release(&t);
}
