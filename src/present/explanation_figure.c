/* SPDX-License-Identifier: MIT */
/* The figure of an explanation: the pictures, a panel an array, and what was checked. */
#include "present_detail.h"
#include <stdlib.h>

void explanation_panels_release(explanation_panels *p)
{
    free(p->panels);
    free(p->names);
    *p = (explanation_panels){0};
}

static void remember(explanation_panels *p, size_t panel, const char *name)
{
    p->panels = reallocate(p->panels, p->n + 1, sizeof *p->panels);
    p->names = reallocate(p->names, p->n + 1, sizeof *p->names);
    p->panels[p->n] = panel;
    p->names[p->n++] = name;
}

/* ---- Panels ---- */

static void add_pictures(figure *f, const explanation_view *v)
{
    const json_t *target = json_object_get(v->numbers, "target");
    const char *reference = json_string_value(json_object_get(target, "reference"));
    figure_add_picture(f, &(picture_panel){.title = "Picture G(z)",
                                           .subtitle = "as generated",
                                           .pixels = v->sample,
                                           .rows = v->shape.rows,
                                           .cols = v->shape.cols,
                                           .outline = v->outline});
    if (v->reference)
        figure_add_picture(f,
                           &(picture_panel){.title = "Compared with",
                                            .subtitle = reference ? reference : "the picture given",
                                            .pixels = v->reference,
                                            .rows = v->shape.rows,
                                            .cols = v->shape.cols});
}

/* The arrays of a space, each in a row of its own unless they stand beside each other. */
static void add_space(figure *f, explanation_panels *panels, const explanation_view *v,
                      size_t space)
{
    const space_row *row = spaces[space];
    for (size_t i = 0; row->draw && i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        if (array->row->space != space || !is_presented(array))
            continue;
        if (!row->stands_beside)
            figure_new_row(f);
        array_view one = view_array(v, array);
        remember(panels, row->draw(f, &one), array->row->name);
    }
}

static void add_spaces(figure *f, explanation_panels *panels, const explanation_view *v,
                       bool stands_beside)
{
    for (size_t s = 0; s < N_SPACES; s++)
        if (spaces[s]->stands_beside == stands_beside)
            add_space(f, panels, v, s);
}

/* ---- Words ---- */

static void add_target(text *t, const json_t *target)
{
    number_text a;
    const char *title;
    const json_t *parts = json_object_get(target, "parts"), *part;
    bool is_first = true;
    text_add(t, "Target %s: %s.\nValue %s.\n", word_at(target, "name"), word_at(target, "meaning"),
             write_at(a, target, "value", true));
    json_object_foreach((json_t *)(uintptr_t)parts, title, part)
    {
        text_add(t, "%s%s %s", is_first ? "" : " + ", title,
                 number_write(a, json_number_value(part), true));
        is_first = false;
    }
    text_add(t, is_first ? "" : ".\n");
}

/* What has no panel. */
static void add_single_numbers(text *t, const explanation_view *v)
{
    number_text a;
    for (size_t i = 0; i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        if (!spaces[array->row->space]->draw && is_presented(array))
            text_add(t, "%s: %s.\n", array->row->title,
                     number_write(a, (double)array->data[0], true));
    }
}

static void add_checks(text *t, const json_t *checks)
{
    size_t i;
    const json_t *c;
    number_text a;
    json_array_foreach(checks, i, c) text_add(
        t, "Check %s: %s, %s.\n", word_at(c, "name"),
        json_is_null(json_object_get(c, "value")) ? "not finite" : write_at(a, c, "value", false),
        json_is_true(json_object_get(c, "is_met")) ? "met" : "NOT MET");
}

static void add_words(figure *f, const explanation_view *v)
{
    text words = {0};
    add_target(&words, json_object_get(v->numbers, "target"));
    add_single_numbers(&words, v);
    add_checks(&words, json_object_get(v->numbers, "checks"));
    figure_add_text(f, &(text_panel){.title = "Target and checks", .words = words.data});
    text_release(&words);
}

void explanation_figure(figure *f, explanation_panels *panels, const explanation_view *v)
{
    text subtitle = {0};
    if (json_object_get(v->numbers, "logit"))
        verdict_say(&subtitle, v->numbers);
    figure_init(f, v->title, subtitle.data);
    text_release(&subtitle);
    add_pictures(f, v);
    verdict_draw(f, v->numbers, v->title);
    add_spaces(f, panels, v, true);
    add_words(f, v);
    add_spaces(f, panels, v, false);
}
