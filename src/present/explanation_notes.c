/* SPDX-License-Identifier: MIT */
/* What PNGs of an explanation say of themselves. */
#include "present_detail.h"
#include <stdlib.h>

/* Value NULL: it is not known, and not noted. */
static void add_note(explanation_notes *notes, const char *key, const char *value)
{
    if (!value)
        return;
    notes->all = reallocate(notes->all, notes->n + 1, sizeof *notes->all);
    notes->all[notes->n++] = (picture_note){copy_text(key), copy_text(value)};
}

static void add_number(explanation_notes *notes, const char *key, double value)
{
    text digits = {0};
    text_add(&digits, "%.9g", value);
    add_note(notes, key, digits.data);
    text_release(&digits);
}

/* What it was made of, and by. */
static void add_model(explanation_notes *notes, const json_t *model, const json_t *asked)
{
    const json_t *step = json_object_get(model, "step");
    add_note(notes, "Model SHA-256", json_string_value(json_object_get(model, "sha256")));
    if (json_is_number(step))
        add_number(notes, "Model step", json_number_value(step));
    if (asked)
        add_note(notes, "Judge SHA-256", json_string_value(json_object_get(asked, "sha256")));
}

static void add_class(explanation_notes *notes, const json_t *class)
{
    if (class)
        add_number(notes, "Class", json_number_value(class));
}

/* For who takes one map out of its folder. */
static void add_warning(explanation_notes *notes, const json_t *numbers)
{
    text words = {0};
    say_broken_check(&words, numbers, NULL);
    add_note(notes, "Warning", words.data);
    text_release(&words);
}

void explanation_notes_make(explanation_notes *notes, const explanation_view *v)
{
    const explanation_style *s = v->style;
    add_note(notes, "Title", v->title);
    add_warning(notes, v->numbers);
    add_note(notes, "Target", word_at(json_object_get(v->numbers, "target"), "option"));
    add_model(notes, json_object_get(v->numbers, "model"), json_object_get(v->numbers, "judge"));
    add_class(notes, json_object_get(v->numbers, "class"));
    add_note(notes, "Scale rule", s->rule_words);
    add_note(notes, "Signed colour map", s->diverging->name);
    add_note(notes, "Magnitude colour map", s->sequential->name);
    add_note(notes, "Overlay", explanation_overlays[s->overlay].name);
    if (s->overlay == OVERLAY_BLEND)
        add_number(notes, "Alpha", (double)s->alpha);
    for (size_t i = 0; i < v->scales->n; i++) {
        text key = {0};
        text_add(&key, "Full colour %s", v->scales->all[i].row->name);
        add_number(notes, key.data, v->scales->all[i].value);
        text_release(&key);
    }
}

void explanation_notes_release(explanation_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        free((char *)(uintptr_t)notes->all[i].key);
        free((char *)(uintptr_t)notes->all[i].value);
    }
    free(notes->all);
    *notes = (explanation_notes){0};
}
