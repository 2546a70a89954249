/* SPDX-License-Identifier: MIT */
/* The sentence that is said first: what in z made this, which pixels decide, how far to trust it.
 * Its clauses are the briefs of the arrays. */
#include "present_detail.h"

/* The target against what it is to be compared with: "D's logit -0.797 is undecided (...)". */
static void add_target(text *t, const json_t *numbers)
{
    const json_t *target = json_object_get(numbers, "target");
    bool is_verdict = json_object_get(numbers, word_at(target, "name"));
    if (is_verdict && json_object_get(numbers, "verdict"))
        verdict_say_briefly(t, numbers);
    else
        target_say(t, target);
}

void class_say(text *t, const char *before, const json_t *class)
{
    if (class)
        text_add(t, "%s%.0f", before, json_number_value(class));
}

void explanation_title(text *out, const explanation_view *v)
{
    text_add(out, "%s", v->title);
    class_say(out, ", class ", json_object_get(v->numbers, "class"));
    text_add(out, ": ");
    target_say(out, json_object_get(v->numbers, "target"));
}

/* Adds what an array says in brief, if anything, after `before`. */
static bool add_brief(text *t, const json_t *numbers, const named_array *v, const char *before)
{
    text found = {0};
    const array_row *row = v ? v->row : NULL;
    if (!row || !row->brief)
        return false;
    const json_t *all = json_object_get(numbers, "arrays");
    array_view one = {.v = v, .numbers = json_object_get(all, row->name)};
    spaces[row->space]->add_finding(&found, &one, true);
    const char *words = found.length ? row->brief : row->brief_if_zero;
    if (words) {
        text_add(t, "%s", before);
        fill_words(t, words, found.data);
    }
    text_release(&found);
    return words;
}

static void add_trust(text *t, const json_t *numbers, const explanation *a)
{
    bool is_first = true;
    for (size_t i = 0; i < a->n_arrays; i++)
        if (a->arrays[i].row->role == ROLE_TRUST && method_leads(a, a->arrays[i].method) &&
            add_brief(t, numbers, &a->arrays[i], is_first ? "; trust " : ", "))
            is_first = false;
}

/* What the picture looks like, beside its other numbers. */
static void describe_picture(json_t *numbers, const explanation *a)
{
    text t = {0};
    json_t *facts = json_object_get(numbers, "picture");
    strokes_describe(&t, &a->strokes);
    set_word(facts, "description", t.data);
    set_number(facts, "ink_share", a->strokes.ink_share);
    text_release(&t);
}

void explanation_answer(json_t *numbers, const explanation *a)
{
    text t = {0};
    describe_picture(numbers, a);
    say_broken_check_briefly(&t, numbers);
    add_target(&t, numbers);
    bool has_z = add_brief(&t, numbers, find_leading(a, SPACE_Z), ": ");
    add_brief(&t, numbers, find_leading(a, SPACE_SWEEP), ", ");
    add_brief(&t, numbers, find_leading(a, SPACE_X), ", ");
    add_brief(&t, numbers, find_leading(a, SPACE_CLASS), has_z ? "; " : ": ");
    add_trust(&t, numbers, a);
    text_add(&t, ".");
    set_word(numbers, "answer", t.data);
    text_release(&t);
}
