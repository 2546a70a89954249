/* SPDX-License-Identifier: MIT */
/* explanation.json in plain words. Nothing is computed here: a sentence is a template over keys,
 * and says nothing where its keys are missing, null or zero. */
#include "present_detail.h"
#include <stdio.h>
#include <string.h>

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

/* "12 %" of a share in 0..1, with three digits as all numbers are. */
static const char *percent(number_text out, const json_t *o, const char *key)
{
    number_text digits;
    snprintf(out, sizeof(number_text), "%.10s %%",
             number_write(digits, 100 * real_of(o, key), false));
    return out;
}

static bool is_logit(const json_t *numbers)
{
    return strcmp(word_of(json_object_get(numbers, "target"), "name"), "logit") == 0;
}

/* ---- Verdict and target ---- */

static void add_verdict(text *t, const json_t *numbers)
{
    number_text a, b;
    const char *verdict = word_of(numbers, "verdict");
    if (!json_object_get(numbers, "logit"))
        return;
    text_add(
        t,
        "The discriminator D gives the picture the logit %s, a probability of %s of being real: ",
        number(a, numbers, "logit", true), number(b, numbers, "probability_real", false));
    if (strcmp(verdict, "undecided") == 0)
        text_add(t, "it is undecided. ");
    else
        text_add(t, "it takes the picture for %s. ", verdict);
}

/* A sum of -646 says little where one does not know that black is -1. */
static void add_range(text *t, const json_t *numbers)
{
    number_text a, b;
    const char *name = word_of(json_object_get(numbers, "target"), "name");
    const json_t *range = json_object_get(numbers, "range");
    if (range &&
        (strcmp(name, "pixel") == 0 || strcmp(name, "region") == 0 || strcmp(name, "ink") == 0))
        text_add(t, " (black is %s, white %s)",
                 number_write(a, json_number_value(json_array_get(range, 0)), true),
                 number_write(b, json_number_value(json_array_get(range, 1)), true));
}

static void add_target(text *t, const json_t *numbers)
{
    number_text a, b, c;
    const json_t *target = json_object_get(numbers, "target");
    if (is_logit(numbers)) {
        text_add(t, "This logit is the target: the number that is explained here.\n\n");
        return;
    }
    text_add(t, "The target, the number that is explained here, is %s: %s. It is %s",
             word_of(target, "name"), word_of(target, "meaning"), number(a, target, "value", true));
    if (json_object_get(target, "rec"))
        text_add(t, ": rec is %s, and lambda gen with lambda %s is %s",
                 number(b, target, "rec", true), number_write(c, real_of(target, "lambda"), false),
                 number(a, target, "lambda_gen", true));
    add_range(t, numbers);
    text_add(t, ".");
    if (json_object_get(numbers, "reference"))
        text_add(t, " The picture it is compared with is %s.", word_of(numbers, "reference"));
    text_add(t, "\n\n");
}

/* ---- Components of z ---- */

static void add_gradient(text *t, const json_t *numbers)
{
    number_text a, b, c;
    const json_t *gradient = json_object_get(numbers, "gradient_z");
    if (real_of(gradient, "norm") == 0) {
        text_add(t, "The gradient by z is zero: no small change of z changes the target.\n\n");
        return;
    }
    text_add(
        t,
        "The gradient by z has the norm %s: a small step of z of length s changes the target by at "
        "most that times s. ",
        number(a, gradient, "norm", false));
    double n_top = real_of(numbers, "n_top");
    text_add(t, "The strongest ");
    if (n_top > 1)
        text_add(t, "%.0f ", n_top);
    text_add(
        t,
        "of the %.0f components of z %s %s of the gradient's square, where equally strong ones "
        "would carry %s.\n\n",
        real_of(numbers, "z_dim"), n_top > 1 ? "carry" : "carries",
        percent(b, numbers, "top_share"), percent(c, numbers, "top_share_if_all_were_equal"));
}

static void add_parts(text *t, const json_t *numbers)
{
    number_text a, b;
    const json_t *rec = json_object_get(numbers, "gradient_z_rec");
    if (rec)
        text_add(t,
                 "Of the two gradients that add up to it, that of rec has the norm %s, that of "
                 "lambda gen %s.\n\n",
                 number(a, rec, "norm", false),
                 number(b, json_object_get(numbers, "gradient_z_gen"), "norm", false));
}

static void add_component(text *t, const json_t *o)
{
    number_text a, b, c, d;
    text_add(t, "z%.0f is %s. Raising it %s the target (rate %s, %s of the gradient's square)",
             real_of(o, "component"), number(a, o, "z", true),
             real_of(o, "gradient") > 0 ? "raises" : "lowers", number(b, o, "gradient", true),
             percent(c, o, "share"));
    if (json_is_string(json_object_get(o, "where")))
        text_add(t, " and changes the picture most in the %s (%s of its squared effect).\n",
                 word_of(o, "where"), percent(d, o, "where_share"));
    else
        text_add(t, " and does not change the picture.\n");
}

static void add_components(text *t, const json_t *numbers)
{
    size_t i;
    const json_t *o;
    bool has_any = false;
    json_array_foreach(json_object_get(numbers, "top"), i, o)
    {
        if (real_of(o, "gradient") == 0) /* and all after it */
            break;
        add_component(t, o);
        has_any = true;
    }
    text_add(t, has_any ? "\n" : "");
}

/* ---- Pixels ---- */

static void add_pixels(text *t, const json_t *numbers, const char *key, const char *what)
{
    number_text a, b;
    const json_t *o = json_object_get(numbers, key);
    if (!o)
        return;
    if (real_of(o, "norm") == 0) {
        text_add(t, "No small change of a pixel changes %s. ", what);
        return;
    }
    text_add(t, "Making a pixel brighter by a little changes %s at rates from %s to %s. ", what,
             number(a, o, "least", true), number(b, o, "greatest", true));
    if (json_is_string(json_object_get(o, "where")))
        text_add(t, "The pixels that count most lie in the %s (%s of the squared rates). ",
                 word_of(o, "where"), percent(a, o, "where_share"));
}

static void add_sensitivity(text *t, const json_t *numbers)
{
    number_text a, b;
    const json_t *o = json_object_get(numbers, "sensitivity");
    if (!o)
        return;
    if (real_of(o, "norm") == 0) {
        text_add(t, "No small change of z changes a pixel.");
        return;
    }
    text_add(
        t,
        "A small step of z of length s changes the most sensitive pixel by up to %s times s; the "
        "pixels that depend most on z lie in the %s (%s of the squared rates, centred on row %.1f, "
        "column %.1f).",
        number(a, o, "greatest", false), word_of(o, "where"), percent(b, o, "where_share"),
        real_of(o, "row"), real_of(o, "column"));
}

/* ---- Checks ---- */

static void add_check(text *t, const json_t *c)
{
    number_text a, b;
    double kinks = real_of(c, "kinks"), samples = real_of(c, "samples");
    bool is_of_directions = strcmp(word_of(c, "name"), "gradient_against_differences") == 0;
    if (is_of_directions && kinks == samples) {
        text_add(t,
                 "%s: says nothing here, as a ReLU has a kink too near to z in each of %.0f "
                 "directions.\n",
                 word_of(c, "name"), samples);
        return;
    }
    text_add(t, "%s: %s, at most %s: %s.", word_of(c, "name"),
             json_is_null(json_object_get(c, "value")) ? "not finite"
                                                       : number(a, c, "value", false),
             number(b, c, "tolerance", false),
             json_is_true(json_object_get(c, "is_met")) ? "met" : "NOT MET");
    if (kinks > 0 && is_of_directions)
        text_add(t, " %.0f of %.0f directions were left out, as a ReLU has a kink there.", kinks,
                 samples);
    if (kinks > 0 && !is_of_directions)
        text_add(t, " At %.0f units z lies on the kink of a ReLU.", kinks);
    text_add(t, "\n");
}

/* What both computations of that target are handed, before what those of every target are. */
static const char *shared_by_target(const char *name)
{
    if (strcmp(name, "unit") == 0)
        return "how G is cut at the unit, ";
    if (strcmp(name, "rec") == 0 || strcmp(name, "loss") == 0)
        return "the picture it is compared with, ";
    return "";
}

/* How sure the numbers are. */
static void add_checks(text *t, const json_t *numbers)
{
    size_t i;
    const json_t *c, *checks = json_object_get(numbers, "checks");
    if (!json_array_size(checks))
        return;
    text_add(
        t,
        "\n\nHow sure this is: value, gradients and Jacobian were computed again by other code in "
        "double precision, and gradient_z was compared with differences of that. Not checked, "
        "since both share it: %show z is made, how the networks are read, and how BatchNorm is "
        "folded into them. Relative errors:\n",
        shared_by_target(word_of(json_object_get(numbers, "target"), "name")));
    json_array_foreach(checks, i, c) add_check(t, c);
}

void explanation_words(text *out, const char *title, const json_t *numbers)
{
    text t = {0};
    text_add(&t, "%s. ", title);
    add_verdict(&t, numbers);
    add_target(&t, numbers);
    add_gradient(&t, numbers);
    add_parts(&t, numbers);
    add_components(&t, numbers);
    add_pixels(&t, numbers, "gradient_x", is_logit(numbers) ? "the logit" : "the target");
    add_pixels(&t, numbers, "d_gradient_x", "D's logit");
    add_sensitivity(&t, numbers);
    add_checks(&t, numbers);
    text_add_wrapped(out, t.data, TEXT_COLUMNS, "");
    text_release(&t);
}
