/* SPDX-License-Identifier: MIT */
/* explanation.json in plain words. Nothing is computed here: a sentence is a template over keys,
 * and says nothing where its keys are missing, null or zero. */
#include "present_detail.h"
#include <string.h>

/* ---- Verdict and target ---- */

static void add_verdict(text *t, const json_t *numbers)
{
    if (!json_object_get(numbers, "logit"))
        return;
    verdict_say(t, numbers);
    text_add(t, " ");
}

/* A sum of -646 says little where one does not know that black is -1. */
static void add_range(text *t, const json_t *numbers)
{
    number_text a, b;
    const json_t *range = json_object_get(json_object_get(numbers, "picture"), "range");
    const char *unit = word_at(json_object_get(numbers, "target"), "value_unit");
    if (range && strcmp(unit, UNIT_PIXELS) == 0)
        text_add(t, " (black is %s, white %s)",
                 number_write(a, json_number_value(json_array_get(range, 0)), true),
                 number_write(b, json_number_value(json_array_get(range, 1)), true));
}

static void add_parts(text *t, const json_t *target)
{
    number_text a;
    const char *title;
    json_t *part;
    bool is_first = true;
    json_object_foreach(json_object_get(target, "parts"), title, part)
    {
        text_add(t, "%s%s is %s", is_first ? ": " : ", and ", title,
                 number_write(a, json_number_value(part), true));
        is_first = false;
    }
    if (!is_first && json_object_get(target, "lambda"))
        text_add(t, " (lambda is %s)", write_at(a, target, "lambda", false));
}

static void add_target(text *t, const explanation_view *v)
{
    number_text a;
    const json_t *target = json_object_get(v->numbers, "target");
    if (json_object_get(v->numbers, word_at(target, "name"))) { /* what the verdict states */
        text_add(t, "This logit is the target: the number that is explained here.");
        return;
    }
    text_add(t, "The target, the number that is explained here, is %s: %s. It is %s",
             word_at(target, "name"), word_at(target, "meaning"),
             write_at(a, target, "value", true));
    add_parts(t, target);
    add_range(t, v->numbers);
    text_add(t, ".");
    if (json_object_get(target, "reference"))
        text_add(t, " The picture it is compared with is %s.", word_at(target, "reference"));
}

/* ---- Arrays ---- */

/* Whether what it says is said with the array that it belongs to. */
static bool is_told_elsewhere(const explanation *a, const named_array *v)
{
    const array_row *row = v->row;
    const char *owner = row->error_of ? row->error_of : row->in_place ? row->items_of : NULL;
    const named_array *found = owner ? explanation_find(a, owner) : NULL;
    return found && is_presented(found);
}

static void add_error(text *t, const array_view *v)
{
    number_text a;
    const named_array *found = find_error(v->of->a, v->v);
    if (!found)
        return;
    array_view error_of_v = view_array(v->of, found);
    text_add(t, " The standard error of a %s is at most %s.", noun_of(v->v->row),
             write_at(a, error_of_v.numbers, "greatest", false));
}

static void add_array(text *t, const array_view *v)
{
    const array_row *row = v->v->row;
    text_add(t, "%s", row->title);
    if (row->unit)
        text_add(t, " (%s)", row->unit);
    if (v->v->rank > 0 && number_at(v->numbers, "norm") == 0) {
        text_add(t, ": all %ss are 0%s%s.", noun_of(row), row->if_zero ? ", as " : "",
                 row->if_zero ? row->if_zero : "");
        return;
    }
    text_add(t, row->meaning ? ": %s." : ".", row->meaning);
    add_error(t, v);
    spaces[row->space]->say(t, v);
}

static void add_arrays(text *out, const explanation_view *v, const words_layout *layout)
{
    for (size_t s = 0; s < N_SPACES; s++)
        for (size_t i = 0; i < v->a->n_arrays; i++) {
            const named_array *array = &v->a->arrays[i];
            if (array->row->space != s || !is_presented(array) || is_told_elsewhere(v->a, array))
                continue;
            array_view one = view_array(v, array);
            text t = {0};
            add_array(&t, &one);
            layout->add_paragraph(out, t.data);
            text_release(&t);
        }
}

/* ---- Checks ---- */

/* What is said of one after its numbers; the caller releases it. */
static text outcome_of(const json_t *c)
{
    text t = {0};
    const char *note = json_string_value(json_object_get(c, "note"));
    if (json_is_true(json_object_get(c, "is_empty")) && note) {
        text_add(&t, "%s", note);
        return t;
    }
    text_add(&t, json_is_true(json_object_get(c, "is_met")) ? "met" : "NOT MET");
    text_add(&t, note ? ". %s" : "", note);
    return t;
}

static void add_check(words_table *t, const json_t *c)
{
    number_text a;
    text outcome = outcome_of(c);
    words_table_add(t, "%s", word_at(c, "name"));
    words_table_add(t, "%s",
                    json_is_null(json_object_get(c, "value")) ? "not finite"
                                                              : write_at(a, c, "value", false));
    words_table_add(t, "%s", write_at(a, c, "tolerance", false));
    words_table_add(t, "%s", outcome.data);
    text_release(&outcome);
}

/* How sure the numbers are. */
static void add_checks(text *out, const json_t *numbers, const words_layout *layout)
{
    size_t i;
    text t = {0};
    words_table table = {.sides = "lrrl"};
    const json_t *c, *checks = json_object_get(numbers, "checks");
    const char *shared =
        json_string_value(json_object_get(json_object_get(numbers, "target"), "shared_by_checks"));
    if (!json_array_size(checks))
        return;
    layout->add_heading(out, "How sure this is", false);
    text_add(&t,
             "What was found was computed again in other ways, by other code "
             "in double precision or by differences of that, and compared. Not checked, since both "
             "share it: %s%show z is made, and how the networks are read and folded into plain "
             "layers. Relative errors, which explanation.json defines:",
             shared ? shared : "", shared ? ", " : "");
    layout->add_paragraph(out, t.data);
    text_release(&t);
    const char *const names[] = {"check", "error", "at most", "outcome"};
    for (i = 0; i < sizeof names / sizeof *names; i++)
        words_table_add(&table, "%s", names[i]);
    json_array_foreach(checks, i, c) add_check(&table, c);
    layout->add_table(out, &table);
    words_table_release(&table);
}

static void add_lead(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    layout->add_paragraph(out, word_at(v->numbers, "answer"));
    add_verdict(&t, v->numbers);
    add_target(&t, v);
    layout->add_paragraph(out, t.data);
    text_release(&t);
}

static void add_pictures(text *out, const explanation_view *v, const words_layout *layout)
{
    if (!layout->add_picture || !v->style->has_pictures)
        return;
    layout->add_picture(out, SAMPLE_FILE, "The picture");
    layout->add_picture(out, FIGURE_FILE, "All of it in one figure");
}

void explanation_words(text *out, const explanation_view *v)
{
    const words_layout *layout = words_formats[v->style->format].layout;
    layout->add_heading(out, v->title, true);
    add_lead(out, v, layout);
    add_pictures(out, v, layout);
    add_arrays(out, v, layout);
    add_checks(out, v->numbers, layout);
}
