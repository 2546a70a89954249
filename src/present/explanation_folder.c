/* SPDX-License-Identifier: MIT */
/* The files of one explanation. */
#include "present_detail.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const float *values_of(const explanation *a, const char *name)
{
    const named_array *v = explanation_find(a, name);
    return v ? v->data : NULL;
}

/* ---- Numbers ---- */

static json_t *style_numbers(const explanation_style *s, const map_scales *scales)
{
    static const char *const signs[] = {"all", "positive", "negative", "absolute"};
    const char *signed_map = (s->sign == SIGN_ABSOLUTE ? s->sequential : s->diverging)->name;
    return json_pack("{s:s, s:{s:o, s:o, s:o, s:o}, s:s, s:s, s:o, s:s, s:o}", "scale_rule",
                     s->rule_words, "full_colour", "gradient_x", json_number(scales->gradient_x),
                     "gradient_z", json_number(scales->gradient_z), "sensitivity",
                     json_number(scales->sensitivity), "top_columns",
                     json_number(scales->top_columns), "signed_map", signed_map, "magnitude_map",
                     s->sequential->name, "alpha", json_number((double)s->alpha), "sign",
                     signs[s->sign], "clip_percent", json_number(s->clip));
}

static json_t *all_numbers(const explanation *a, const explainer *x, const explanation_style *style,
                           const map_scales *scales, const explanation_report *report)
{
    json_t *all = json_object(), *numbers = explanation_numbers(a, x),
           *facts = json_copy(
               (json_t *)(uintptr_t)report->facts); /* json_copy only reads, but does not say so */
    json_object_set_new(all, "schema", json_integer(1));
    json_object_set_new(all, report->name_key, json_unsigned(report->name));
    json_object_set_new(all, "target_option", json_text(report->target));
    json_object_update(all, numbers);
    json_object_set_new(all, "pictures", style_numbers(style, scales));
    json_object_update(all, facts);
    json_decref(numbers);
    json_decref(facts);
    return all;
}

/* ---- Files ---- */

/* All that may be in a folder of ours; the last one vouches for the others. */
static const char *const file_names[] = {"maps.safetensors", "sample.png",       "explanation.png",
                                         "gradient_x.png",   "d_gradient_x.png", "gradient_z.png",
                                         "sensitivity.png",  "top_columns.png",  "explanation.txt",
                                         "explanation.json"};
enum { N_FILES = sizeof file_names / sizeof *file_names, I_LAST = N_FILES - 1 };

static bool is_known(const char *name)
{
    for (size_t i = 0; i < N_FILES; i++)
        if (strcmp(name, file_names[i]) == 0)
            return true;
    return false;
}

/* The caller frees it. */
static char *path_of(const char *folder, const char *name)
{
    assert(is_known(name));
    return join_path(folder, name);
}

static int save_arrays(const char *folder, const explanation *a, error *e)
{
    safetensors s = {0};
    char *path = path_of(folder, "maps.safetensors");
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        safetensors_add(&s, v->row->name, DTYPE_F32, v->rank, v->shape, v->data);
    }
    int status = safetensors_save(&s, path, NOT_DURABLE, e);
    safetensors_release(&s);
    free(path);
    return status;
}

/* With notes a figure, else the sample itself: the very file that gansample makes of it. */
static int save_picture(const char *folder, const char *stem, const picture *p,
                        const picture_note *notes, size_t n_notes, error *e)
{
    char name[40];
    snprintf(name, sizeof name, "%s.png", stem);
    char *path = path_of(folder, name);
    int status = picture_save(path, p, notes, n_notes, notes ? LEVEL_FAST : LEVEL_SMALL, e);
    free(path);
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
                                  {"Target", json_string_value(target)},
                                  {"Scale rule", v->style->rule_words},
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

/* v lacks the pictures yet. */
static int save_pictures(const char *folder, explanation_view v, const float *reference_values,
                         error *e)
{
    uint8_t sample[N_PIXELS], reference[N_PIXELS];
    picture p = {0};
    float low = v.style->low, high = v.style->high;
    bytes_from_floats(sample, values_of(v.a, "x"), N_PIXELS, low, high);
    v.sample = sample;
    if (reference_values) {
        bytes_from_floats(reference, reference_values, N_PIXELS, low, high);
        v.reference = reference;
    }
    picture_init_grey(&p, sample, PICTURE_COLS, PICTURE_ROWS);
    int status = save_picture(folder, "sample", &p, NULL, 0, e);
    picture_release(&p);
    return status ? status : save_figures(&v, folder, e);
}

static int save_words(const char *folder, const char *title, const json_t *numbers, error *e)
{
    text words = {0};
    char *path = path_of(folder, "explanation.txt");
    explanation_words(&words, title, numbers);
    int status = file_save(path, words.data, words.length, NOT_DURABLE, e);
    text_release(&words);
    free(path);
    return status;
}

static int save_numbers(const char *folder, const json_t *numbers, error *e)
{
    char *path = path_of(folder, "explanation.json");
    int status = json_save(path, numbers, e);
    free(path);
    return status;
}

/* ---- A folder that speaks of one explanation alone ---- */

/* Puts a finished file in place of the older one; one that is not there removes the older one. */
static int publish_one(const char *folder, const char *staging, const char *name, error *e)
{
    char *from = path_of(staging, name), *to = path_of(folder, name);
    int status = 0;
    if (!is_file(from))
        status = file_remove(to, e);
    else if (rename(from, to) != 0)
        status = fail(e, STATUS_BAD_OUTPUT, "%s: %s", to, strerror(errno));
    free(from);
    free(to);
    return status;
}

static int publish(const char *folder, const char *staging, error *e)
{
    char *last = path_of(folder, file_names[I_LAST]);
    int status = file_remove(last, e);
    for (size_t i = 0; !status && i < N_FILES; i++)
        status = publish_one(folder, staging, file_names[i], e);
    free(last);
    return status;
}

int explanation_save(const char *folder, const explanation *a, const explainer *x,
                     const explanation_style *style, const explanation_report *report, error *e)
{
    if (folder_create(folder, e))
        return -1;
    staging_folder unfinished = {0};
    char *name = join_path(folder, "explanation");
    int status = staging_open(&unfinished, name, e);
    free(name);
    if (status)
        return -1;
    map_scales scales =
        style->rule == SCALE_IMAGE ? explanation_scales(a, style->clip) : style->scales;
    json_t *numbers = all_numbers(a, x, style, &scales, report);
    explanation_view v = {
        .title = report->title, .numbers = numbers, .a = a, .scales = scales, .style = style};
    status = save_arrays(unfinished.path, a, e);
    if (!status && style->has_pictures)
        status = save_pictures(unfinished.path, v, report->reference, e);
    if (!status)
        status = save_words(unfinished.path, report->title, numbers, e);
    if (!status)
        status = save_numbers(unfinished.path, numbers, e);
    if (!status)
        status = publish(folder, unfinished.path, e);
    staging_release(&unfinished);
    json_decref(numbers);
    return status;
}
