/* SPDX-License-Identifier: MIT */
/* The files of one explanation. */
#include "present_detail.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Numbers ---- */

static json_t *style_numbers(const explanation_style *s, const array_scales *scales)
{
    json_t *full = json_object(), *o = json_object();
    for (size_t i = 0; i < scales->n; i++)
        set_number(full, scales->all[i].row->name, scales->all[i].value);
    set_word(o, "scale_rule", s->rule_words);
    json_object_set_new(o, "full_colour", full);
    set_word(o, "signed_map", (s->sign == SIGN_ABSOLUTE ? s->sequential : s->diverging)->name);
    set_word(o, "magnitude_map", s->sequential->name);
    set_word(o, "overlay", explanation_overlays[s->overlay].name);
    if (s->overlay == OVERLAY_BLEND)
        set_number(o, "alpha", (double)s->alpha);
    set_word(o, "sign", explanation_signs[s->sign].name);
    set_number(o, "clip_percent", s->clip);
    return o;
}

static json_t *picture_numbers(const explanation *a, const explanation_style *s)
{
    return json_pack("{s:o, s:o, s:[o, o]}", "rows", json_unsigned(a->shape.rows), "columns",
                     json_unsigned(a->shape.cols), "range", json_number((double)s->low),
                     json_number((double)s->high));
}

/* Of a target that is a sum or mean of pixels. */
static void add_share(json_t *target, const explainer *x, const explanation *a)
{
    if (!has_full(a))
        return;
    set_number(target, "share_of_full", share_of_full(a, number_at(target, "value")));
    set_word(target, "full", x->target.row->full);
}

/* o takes all that the other object has; json_object_update only reads it, but does not say so. */
static void add_facts(json_t *o, const json_t *facts)
{
    json_object_update(o, (json_t *)(uintptr_t)facts);
}

static json_t *all_numbers(const explanation *a, const explainer *x, const explanation_style *style,
                           const array_scales *scales, const explanation_report *report)
{
    json_t *all = json_object(),
           *numbers = explanation_numbers(a, x, report->quantiles, style->n_top);
    add_facts(json_object_get(numbers, "target"), report->target_facts);
    add_share(json_object_get(numbers, "target"), x, a);
    json_object_set_new(all, "schema", json_integer(2));
    json_object_set_new(all, report->seed_key, json_unsigned(report->seed));
    add_facts(all, numbers);
    json_object_set_new(all, "picture", picture_numbers(a, style));
    json_object_set_new(all, "pictures", style_numbers(style, scales));
    add_facts(all, report->facts);
    explanation_answer(all, a);
    json_decref(numbers);
    return all;
}

/* ---- Files ---- */

static int save_arrays(const char *folder, const explanation *a, error *e)
{
    safetensors s = {0};
    char *path = join_path(folder, ARRAYS_FILE);
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
static int save_picture(const char *folder, const char *name, const picture *p,
                        const explanation_notes *notes, error *e)
{
    char *path = join_path(folder, name);
    int status = notes ? picture_save(path, p, notes->all, notes->n, LEVEL_DRAWING, e)
                       : picture_save(path, p, NULL, 0, LEVEL_SMALL, e);
    free(path);
    return status;
}

/* A figure, and one of each array that has a panel there. */
typedef struct {
    char *png, *svg; /* names of its files; owned */
    figure all;
    explanation_panels panels;
} figure_part;

/* A picture that is drawn by itself: of a panel, or (NO_INDEX) of the whole. */
typedef struct {
    figure_part *part;
    size_t panel;
    error e;
} drawn_file;

typedef struct {
    const char *folder;
    bool has_svg;
    figure_part *parts; /* of those that lead, then of each other method; owned */
    size_t n_parts;
    explanation_notes notes;
    char *header;      /* of a figure of one array: what it belongs to */
    drawn_file *files; /* owned */
    size_t n_files;
} figure_files;

static int save_svg(const figure_files *s, figure_part *part, error *e)
{
    char *path = join_path(s->folder, part->svg);
    int status = figure_save(path, &part->all, e);
    free(path);
    return status;
}

static int save_whole(const figure_files *s, figure_part *part, error *e)
{
    picture drawn = {0};
    figure_draw(&drawn, &part->all);
    int status = save_picture(s->folder, part->png, &drawn, &s->notes, e);
    if (!status && s->has_svg)
        status = save_svg(s, part, e);
    picture_release(&drawn);
    return status;
}

static int save_panel(const figure_files *s, const figure_part *part, size_t i, error *e)
{
    figure one = {0};
    picture drawn = {0};
    char *name = picture_file_name(part->panels.names[i], false);
    figure_init_panel(&one, &part->all, part->panels.panels[i], s->header);
    figure_draw(&drawn, &one);
    int status = save_picture(s->folder, name, &drawn, &s->notes, e);
    figure_release(&one);
    picture_release(&drawn);
    free(name);
    return status;
}

/* A body of parallel_for. */
static void save_figure(size_t i, size_t thread, void *context)
{
    const figure_files *s = context;
    drawn_file *f = &s->files[i];
    (void)thread;
    if (f->panel == NO_INDEX)
        save_whole(s, f->part, &f->e);
    else
        save_panel(s, f->part, f->panel, &f->e);
}

/* The first failure. */
static int find_failure(const figure_files *s, error *e)
{
    for (size_t i = 0; i < s->n_files; i++)
        if (s->files[i].e.status) {
            *e = s->files[i].e;
            return -1;
        }
    return 0;
}

static void add_part(figure_files *s, explanation_view v, const explain_method *m)
{
    figure_part part = {.png = m ? picture_file_name(m->name, false) : copy_text(FIGURE_FILE),
                        .svg = m ? picture_file_name(m->name, true) : copy_text(SVG_FILE)};
    v.method = m;
    explanation_figure(&part.all, &part.panels, &v);
    s->parts = reallocate(s->parts, s->n_parts + 1, sizeof *s->parts);
    s->parts[s->n_parts++] = part;
}

static void add_file(figure_files *s, figure_part *part, size_t panel)
{
    s->files = reallocate(s->files, s->n_files + 1, sizeof *s->files);
    s->files[s->n_files++] = (drawn_file){.part = part, .panel = panel};
}

/* Whole figures come first: one takes as long as all its panels. */
static void list_files(figure_files *s)
{
    for (size_t k = 0; k < s->n_parts; k++)
        add_file(s, &s->parts[k], NO_INDEX);
    for (size_t k = 0; k < s->n_parts; k++)
        for (size_t i = 0; i < s->parts[k].panels.n; i++)
            add_file(s, &s->parts[k], i);
}

static void figure_files_init(figure_files *s, const explanation_view *v)
{
    const explain_method *m;
    text header = {0};
    add_part(s, *v, NULL);
    for (size_t i = 0; (m = find_further_method(v->a, i)); i++)
        add_part(s, *v, m);
    list_files(s);
    explanation_notes_make(&s->notes, v);
    say_broken_check_briefly(&header, v->numbers);
    explanation_title(&header, v);
    s->header = header.data;
}

static void figure_files_release(figure_files *s)
{
    for (size_t k = 0; k < s->n_parts; k++) {
        free(s->parts[k].png);
        free(s->parts[k].svg);
        explanation_panels_release(&s->parts[k].panels);
        figure_release(&s->parts[k].all);
    }
    explanation_notes_release(&s->notes);
    free(s->header);
    free(s->parts);
    free(s->files);
}

static int save_figures(const explanation_view *v, const char *folder, error *e)
{
    figure_files s = {.folder = folder, .has_svg = v->style->has_svg};
    figure_files_init(&s, v);
    parallel_for(s.n_files, save_figure, &s);
    int status = find_failure(&s, e);
    figure_files_release(&s);
    return status;
}

/* Values in the networks' range as grey; the caller frees it. */
static uint8_t *grey_of(const float *values, const explanation_view *v)
{
    uint8_t *grey = allocate(v->shape.n, 1);
    bytes_from_floats(grey, values, v->shape.n, v->style->low, v->style->high);
    return grey;
}

/* v lacks the pictures yet. */
static int save_pictures(const char *folder, explanation_view v, const float *reference_values,
                         error *e)
{
    picture p = {0};
    uint8_t *sample = grey_of(v.a->x, &v);
    uint8_t *reference = reference_values ? grey_of(reference_values, &v) : NULL;
    v.sample = sample;
    v.reference = reference;
    picture_init_grey(&p, sample, (int)v.shape.cols, (int)v.shape.rows);
    int status = save_picture(folder, SAMPLE_FILE, &p, NULL, e);
    if (!status)
        status = save_figures(&v, folder, e);
    picture_release(&p);
    free(sample);
    free(reference);
    return status;
}

static int save_words(const char *folder, const explanation_view *v, error *e)
{
    text words = {0};
    char *path = join_path(folder, words_formats[v->style->format].file);
    explanation_words(&words, v);
    int status = file_save(path, words.data, words.length, NOT_DURABLE, e);
    text_release(&words);
    free(path);
    return status;
}

static int save_numbers(const char *folder, const json_t *numbers, error *e)
{
    char *path = join_path(folder, NUMBERS_FILE);
    int status = json_save(path, numbers, e);
    free(path);
    return status;
}

/* ---- A folder that speaks of one explanation alone ---- */

int publish_file(const char *folder, const char *staging, const char *name, error *e)
{
    char *from = join_path(staging, name), *to = join_path(folder, name);
    int status = 0;
    if (!is_file(from))
        status = file_remove(to, e);
    else if (rename(from, to) != 0)
        status = fail(e, STATUS_BAD_OUTPUT, "%s: %s", to, strerror(errno));
    free(from);
    free(to);
    return status;
}

/* A page that lists what is replaced goes first. */
static int replace(const char *folder, const char *staging, const explanation *a, error *e)
{
    const char *name;
    json_t *ignored, *ours = explanation_files(folder, a);
    char *last = join_path(folder, NUMBERS_FILE), *around = path_folder(folder);
    int status = is_file(last) ? explanation_page_remove(around, e) : 0;
    if (!status)
        status = file_remove(last, e);
    json_object_foreach(ours, name, ignored) if (!status) status =
        publish_file(folder, staging, name, e);
    if (!status)
        status = publish_file(folder, staging, NUMBERS_FILE, e);
    json_decref(ours);
    free(last);
    free(around);
    return status;
}

/* Alone, so that two do not mix their files, and no page is made of what is being replaced. */
static int publish(const char *folder, const char *staging, const explanation *a, error *e)
{
    path_lock_held alone = {0};
    char *around = path_folder(folder);
    path_lock(&alone, around, LOCK_ALONE);
    int status = replace(folder, staging, a, e);
    path_unlock(&alone);
    free(around);
    return status;
}

static int save_all(const char *folder, const explanation_view *v, const float *reference, error *e)
{
    if (save_arrays(folder, v->a, e) ||
        (v->style->has_pictures && save_pictures(folder, *v, reference, e)))
        return -1;
    return save_words(folder, v, e) || save_numbers(folder, v->numbers, e) ? -1 : 0;
}

/* What full colour stands for in one explanation; the caller releases it. */
static array_scales choose_scales(const explanation *a, const explanation_style *style)
{
    array_scales scales = {0};
    array_scales_measure(&scales, a, style->clip);
    for (size_t i = 0; i < scales.n; i++) {
        struct array_scale *one = &scales.all[i];
        one->value = explanation_style_scale(style, one->row, one->value);
    }
    return scales;
}

/* The target's area, where it is a part of the picture. */
static const picture_area *find_outline(picture_area *area, const explainer *x)
{
    bool has_area = explain_target_area(x, area);
    size_t rows = area->bottom - area->top + 1, cols = area->right - area->left + 1;
    return has_area && rows * cols < x->shape.n ? area : NULL;
}

int explanation_save(const char *folder, const explanation *a, const explainer *x,
                     const explanation_style *style, const explanation_report *report, error *e)
{
    staging_folder unfinished = {0};
    if (folder_create(folder, e))
        return -1;
    char *name = join_path(folder, "explanation");
    int status = staging_open(&unfinished, name, e);
    free(name);
    if (status)
        return -1;
    array_scales scales = choose_scales(a, style);
    json_t *numbers = all_numbers(a, x, style, &scales, report);
    picture_area area;
    explanation_view v = {.title = report->title,
                          .numbers = numbers,
                          .shape = a->shape,
                          .outline = find_outline(&area, x),
                          .a = a,
                          .scales = &scales,
                          .style = style};
    status = save_all(unfinished.path, &v, report->reference, e);
    if (!status)
        status = publish(folder, unfinished.path, a, e);
    if (!status && report->digest)
        explanation_digest_fill(report->digest, report->seed, folder, numbers, a);
    staging_release(&unfinished);
    json_decref(numbers);
    array_scales_release(&scales);
    return status;
}
