/* SPDX-License-Identifier: MIT */
/* The files of one explanation. */
#include "explanation_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const float *values_of(const explanation *a, const char *name)
{
    const named_array *v = explanation_find(a, name);
    return v ? v->data : NULL;
}

/* ---- Scales ------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double largest(const named_array *v, double clip)
{
    if (!v || !v->n)
        return 0;
    float *sorted = allocate(v->n, sizeof *sorted), greatest = 0;
    for (size_t i = 0; i < v->n; i++) {
        sorted[i] = fabsf(v->data[i]);
        greatest = fmaxf(greatest, sorted[i]);
    }
    if (clip > 0) {
        qsort(sorted, v->n, sizeof *sorted, compare);
        greatest = sorted[(size_t)((double)(v->n - 1) * (1.0 - clip / 100.0))];
    }
    free(sorted);
    return (double)greatest;
}

/* Parts of a loss are drawn stacked: the axis must hold the sums of both signs apart. */
static double largest_stack(const explanation *a)
{
    const named_array *first = explanation_find(a, "gradient_z_rec");
    const named_array *second = explanation_find(a, "gradient_z_gen");
    if (!first)
        return largest(explanation_find(a, "gradient_z"), 0);
    double greatest = 0;
    for (size_t i = 0; i < first->n; i++) {
        double u = (double)first->data[i], v = (double)second->data[i];
        greatest = fmax(greatest, fmax(fmax(u, 0) + fmax(v, 0), -fmin(u, 0) - fmin(v, 0)));
    }
    return greatest;
}

map_scales explanation_scales(const explanation *a, double clip)
{
    const named_array *own = explanation_find(a, "gradient_x");
    return (map_scales){
        .gradient_x = largest(own ? own : explanation_find(a, "d_gradient_x"), clip),
        .gradient_z = largest_stack(a),
        .sensitivity = largest(explanation_find(a, "sensitivity"), clip),
        .top_columns = largest(explanation_find(a, "top_columns"), clip)};
}

/* ---- Numbers --------------------------------------------------------------------------------------- */

static json_t *style_numbers(const explanation_style *s, const map_scales *scales)
{
    static const char *const signs[] = {"all", "positive", "negative", "absolute"};
    const char *signed_map = (s->sign == SIGN_ABSOLUTE ? s->sequential : s->diverging)->name;
    return json_pack("{s:s, s:{s:o, s:o, s:o, s:o}, s:s, s:s, s:o, s:s, s:o}", "scale_rule",
                     s->scale_rule, "full_colour", "gradient_x", json_number(scales->gradient_x),
                     "gradient_z", json_number(scales->gradient_z), "sensitivity",
                     json_number(scales->sensitivity), "top_columns",
                     json_number(scales->top_columns), "signed_map", signed_map, "magnitude_map",
                     s->sequential->name, "alpha", json_number((double)s->alpha), "sign",
                     signs[s->sign], "clip_percent", json_number(s->clip));
}

static json_t *all_numbers(const explanation *a, const explainer *x, const explanation_style *style,
                           const explanation_report *report)
{
    json_t *all = json_object(), *numbers = explanation_numbers(a, x), *facts = json_copy(
        (json_t *)(uintptr_t)report->facts); /* json_copy only reads, but does not say so */
    json_object_set_new(all, "schema", json_integer(1));
    json_object_set_new(all, report->name_key, json_unsigned(report->name));
    json_object_update(all, numbers);
    json_object_set_new(all, "pictures", style_numbers(style, &report->scales));
    json_object_update(all, facts);
    json_decref(numbers);
    json_decref(facts);
    return all;
}

/* ---- Files --------------------------------------------------------------------------------------------- */

static int save_arrays(const explanation *a, const char *folder, error *e)
{
    safetensors s = {0};
    char *path = join_path(folder, "maps.safetensors");
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        safetensors_add(&s, v->name, DTYPE_F32, v->rank, v->shape, v->data);
    }
    int status = safetensors_save(&s, path, NOT_DURABLE, e);
    safetensors_release(&s);
    free(path);
    return status;
}

static int save_picture(const char *folder, const char *name, const picture *p,
                        const picture_note *notes, size_t n_notes, error *e)
{
    text path = {0};
    text_add(&path, "%s/%s.png", folder, name);
    int status = picture_save(path.data, p, notes, n_notes, LEVEL_FAST, e);
    text_release(&path);
    return status;
}

static int save_figures(const explanation_view *v, const char *folder, error *e)
{
    figure f = {0};
    picture drawn = {0};
    explanation_maps maps;
    char numbers[5][32];
    const double values[] = {v->scales.gradient_x, v->scales.gradient_z, v->scales.sensitivity,
                             v->scales.top_columns, (double)v->style->alpha};
    for (size_t i = 0; i < 5; i++)
        snprintf(numbers[i], sizeof numbers[i], "%.9g", values[i]);
    const json_t *target = json_object_get(v->numbers, "target_option");
    const picture_note notes[] = {{"Title", v->title},
                                  {"Target", target ? json_string_value(target) : "?"},
                                  {"Scale rule", v->style->scale_rule},
                                  {"Full colour gradient_x", numbers[0]},
                                  {"Full colour gradient_z", numbers[1]},
                                  {"Full colour sensitivity", numbers[2]},
                                  {"Full colour top_columns", numbers[3]},
                                  {"Signed colour map", v->style->diverging->name},
                                  {"Magnitude colour map", v->style->sequential->name},
                                  {"Alpha", numbers[4]}};
    size_t n_notes = sizeof notes / sizeof *notes;
    explanation_figure(&f, &maps, v);
    figure_draw(&drawn, &f);
    int status = save_picture(folder, "explanation", &drawn, notes, n_notes, e);
    for (size_t i = 0; !status && i < maps.n; i++) {
        figure_draw_panel(&drawn, &f, maps.panels[i]);
        status = save_picture(folder, maps.names[i], &drawn, notes, n_notes, e);
    }
    picture_release(&drawn);
    figure_release(&f);
    return status;
}

static int save_pictures(const char *folder, const explanation *a, const json_t *numbers,
                         const explanation_style *style, const explanation_report *report, error *e)
{
    uint8_t sample[N_PIXELS], reference[N_PIXELS];
    picture p = {0};
    bytes_from_floats(sample, values_of(a, "x"), N_PIXELS, style->low, style->high);
    if (report->reference)
        bytes_from_floats(reference, report->reference, N_PIXELS, style->low, style->high);
    picture_init_grey(&p, sample, PICTURE_COLS, PICTURE_ROWS);
    int status = save_picture(folder, "sample", &p, NULL, 0, e);
    picture_release(&p);
    explanation_view v = {.title = report->title,
                          .numbers = numbers,
                          .sample = sample,
                          .reference = report->reference ? reference : NULL,
                          .a = a,
                          .scales = report->scales,
                          .style = style};
    return status ? status : save_figures(&v, folder, e);
}

/* explanation.json comes last: where it is, all is. */
static int save_numbers(const char *folder, const char *title, const json_t *numbers, error *e)
{
    text words = {0};
    char *json_path = join_path(folder, "explanation.json");
    char *words_path = join_path(folder, "explanation.txt");
    explanation_words(&words, title, numbers);
    int status = file_save(words_path, words.data, words.length, NOT_DURABLE, e);
    if (!status)
        status = json_save(json_path, numbers, e);
    text_release(&words);
    free(json_path);
    free(words_path);
    return status;
}

int explanation_save(const char *folder, const explanation *a, const explainer *x,
                     const explanation_style *style, const explanation_report *report, error *e)
{
    json_t *numbers = all_numbers(a, x, style, report);
    int status = folder_create(folder, e);
    if (!status)
        status = save_arrays(a, folder, e);
    if (!status && style->has_pictures)
        status = save_pictures(folder, a, numbers, style, report, e);
    if (!status)
        status = save_numbers(folder, report->title, numbers, e);
    json_decref(numbers);
    return status;
}
