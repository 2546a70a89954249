/* SPDX-License-Identifier: MIT */
#include "present_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double real_of(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static size_t n_top_of(const explanation *a)
{
    return explanation_find(a, "top_columns")->shape[0];
}

/* A copy of values with what is not shown set to zero, or its magnitude; the caller frees it. */
static float *choose_sign(const float *values, size_t n, shown_sign sign)
{
    float *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        float v = values[i];
        bool is_hidden = (sign == SIGN_POSITIVE && v < 0) || (sign == SIGN_NEGATIVE && v > 0);
        out[i] = is_hidden ? 0.0f : sign == SIGN_ABSOLUTE ? fabsf(v) : v;
    }
    return out;
}

static const colour_map *colours_of(const explanation_view *v)
{
    return v->style->sign == SIGN_ABSOLUTE ? v->style->sequential : v->style->diverging;
}

static void remember(explanation_maps *maps, size_t panel, const char *name)
{
    maps->panels[maps->n] = panel;
    maps->names[maps->n++] = name;
}

static void add_pictures(figure *f, const explanation_view *v)
{
    const char *reference = json_string_value(json_object_get(v->numbers, "reference"));
    figure_add_picture(f, &(picture_panel){.title = "Picture G(z)",
                                           .subtitle = "as generated",
                                           .pixels = v->sample,
                                           .rows = PICTURE_ROWS,
                                           .cols = PICTURE_COLS});
    if (v->reference)
        figure_add_picture(f,
                           &(picture_panel){.title = "Compared with",
                                            .subtitle = reference ? reference : "the picture given",
                                            .pixels = v->reference,
                                            .rows = PICTURE_ROWS,
                                            .cols = PICTURE_COLS});
}

static void add_pixel_maps(figure *f, explanation_maps *maps, const explanation_view *v)
{
    const float *own = values_of(v->a, "gradient_x"), *of_logit = values_of(v->a, "d_gradient_x");
    if (own || of_logit) {
        float *shown = choose_sign(own ? own : of_logit, N_PIXELS, v->style->sign);
        map_panel p = {.title = own ? "What the pixels do to the target"
                                    : "What the pixels do to D's logit",
                       .subtitle = own ? "d target / d pixel" : "d logit / d pixel",
                       .values = shown,
                       .rows = PICTURE_ROWS,
                       .cols = PICTURE_COLS,
                       .scale = v->scales.gradient_x,
                       .colours = colours_of(v),
                       .under = v->sample,
                       .alpha = v->style->alpha};
        remember(maps, figure_add_map(f, &p), own ? "gradient_x" : "d_gradient_x");
        free(shown);
    }
    map_panel p = {.title = "Pixels that depend on z",
                   .subtitle = "|d pixel / d z|, norm over z",
                   .values = values_of(v->a, "sensitivity"),
                   .rows = PICTURE_ROWS,
                   .cols = PICTURE_COLS,
                   .scale = v->scales.sensitivity,
                   .colours = v->style->sequential,
                   .under = v->sample,
                   .alpha = v->style->alpha};
    remember(maps, figure_add_map(f, &p), "sensitivity");
}

static void add_bars(figure *f, explanation_maps *maps, const explanation_view *v)
{
    char subtitle[160];
    number_text share;
    const named_array *g = explanation_find(v->a, "gradient_z");
    const float *rec = values_of(v->a, "gradient_z_rec");
    snprintf(subtitle, sizeof subtitle,
             "d target / d z; the %zu strongest of %zu %s %s %% of the squared gradient",
             n_top_of(v->a), g->n, n_top_of(v->a) > 1 ? "carry" : "carries",
             number_write(share, 100 * real_of(v->numbers, "top_share"), false));
    bars_panel p = {.title = rec ? "What each component of z does to the loss = rec + lambda gen"
                                 : "What each component of z does to the target",
                    .subtitle = subtitle,
                    .parts = {rec ? rec : g->data, values_of(v->a, "gradient_z_gen")},
                    .part_names = {"rec", "lambda gen"},
                    .n = g->n,
                    .prefix = "z",
                    .n_top = n_top_of(v->a),
                    .scale = v->scales.gradient_z,
                    .colours = v->style->diverging};
    remember(maps, figure_add_bars(f, &p), "gradient_z");
}

/* The Jacobian's columns of the strongest components, under one scale. */
static void add_columns(figure *f, explanation_maps *maps, const explanation_view *v)
{
    float *shown =
        choose_sign(values_of(v->a, "top_columns"), n_top_of(v->a) * N_PIXELS, v->style->sign);
    char(*labels)[40] = allocate(n_top_of(v->a), sizeof *labels);
    const char **texts = allocate(n_top_of(v->a), sizeof *texts);
    for (size_t k = 0; k < n_top_of(v->a); k++) {
        const json_t *o = json_array_get(json_object_get(v->numbers, "top"), k);
        number_text gradient;
        snprintf(labels[k], sizeof labels[k], "z%.0f  %s", real_of(o, "component"),
                 number_write(gradient, real_of(o, "gradient"), true));
        texts[k] = labels[k];
    }
    strip_panel p = {.title = "What the strongest components do to the picture",
                     .subtitle =
                         "d pixel / d z of each, one scale; beside its name what it does to the "
                         "target",
                     .values = shown,
                     .labels = texts,
                     .n = n_top_of(v->a),
                     .rows = PICTURE_ROWS,
                     .cols = PICTURE_COLS,
                     .scale = v->scales.top_columns,
                     .colours = colours_of(v),
                     .under = v->sample,
                     .alpha = v->style->alpha};
    remember(maps, figure_add_strip(f, &p), "top_columns");
    free(texts);
    free(labels);
    free(shown);
}

static void add_words(figure *f, const explanation_view *v)
{
    text words = {0};
    number_text a, b;
    const json_t *target = json_object_get(v->numbers, "target"), *c;
    text_add(&words, "Target %s: %s.\nValue %s.\n",
             json_string_value(json_object_get(target, "name")),
             json_string_value(json_object_get(target, "meaning")),
             number_write(a, real_of(target, "value"), true));
    if (json_object_get(target, "rec"))
        text_add(&words, "rec %s + lambda gen %s.\n", number_write(a, real_of(target, "rec"), true),
                 number_write(b, real_of(target, "lambda_gen"), true));
    size_t i;
    json_array_foreach(json_object_get(v->numbers, "checks"), i, c) text_add(
        &words, "Check %s: %s, %s.\n", json_string_value(json_object_get(c, "name")),
        json_is_null(json_object_get(c, "value")) ? "not finite"
                                                  : number_write(a, real_of(c, "value"), false),
        json_is_true(json_object_get(c, "is_met")) ? "met" : "NOT MET");
    figure_add_text(f, &(text_panel){.title = "Target and checks", .words = words.data});
    text_release(&words);
}

void explanation_figure(figure *f, explanation_maps *maps, const explanation_view *v)
{
    char subtitle[160] = "";
    number_text a, b;
    if (json_object_get(v->numbers, "logit"))
        snprintf(subtitle, sizeof subtitle, "D's logit %s, probability %s of being real: %s%s",
                 number_write(a, real_of(v->numbers, "logit"), true),
                 number_write(b, real_of(v->numbers, "probability_real"), false),
                 real_of(v->numbers, "logit") == 0 ? "D is " : "D takes it for ",
                 json_string_value(json_object_get(v->numbers, "verdict")));
    figure_init(f, v->title, *subtitle ? subtitle : NULL);
    maps->n = 0;
    add_pictures(f, v);
    add_pixel_maps(f, maps, v);
    add_words(f, v);
    figure_new_row(f);
    add_bars(f, maps, v);
    if (n_top_of(v->a)) {
        figure_new_row(f);
        add_columns(f, maps, v);
    }
}
