/* SPDX-License-Identifier: MIT */
/* The sentence that is said first: what in z made this, which pixels decide, how far to trust it.
 * Its clauses are the briefs of the arrays. */
#include "present_detail.h"
#include <string.h>

/* "logit -0.797", "pixel:14,14 +0.87". */
static void add_target(text *t, const json_t *target)
{
    number_text a;
    const char *words = json_string_value(json_object_get(target, "option"));
    text_add(t, "%s %s", words ? words : word_at(target, "name"),
             write_at(a, target, "value", true));
}

/* Adds ": " or ", and " before what the array that leads over that space says, if it does. */
static void add_brief(text *t, const json_t *numbers, const named_array *v, const char *before)
{
    text found = {0};
    if (!v || !v->row->brief || !spaces[v->row->space]->add_finding)
        return;
    const json_t *all = json_object_get(numbers, "arrays");
    spaces[v->row->space]->add_finding(&found, json_object_get(all, v->row->name));
    if (found.length) {
        text_add(t, "%s", before);
        fill_words(t, v->row->brief, found.data);
    }
    text_release(&found);
}

void explanation_answer(json_t *numbers, const explanation *a)
{
    text t = {0};
    add_target(&t, json_object_get(numbers, "target"));
    add_brief(&t, numbers, find_leading(a, SPACE_Z), ": ");
    add_brief(&t, numbers, find_leading(a, SPACE_X), "; ");
    text_add(&t, ".");
    set_word(numbers, "answer", t.data);
    text_release(&t);
}
