/* SPDX-License-Identifier: MIT */
/* What methods remark about each other and about themselves: a method that judges says first which
 * explanation to believe. */
#include "present_detail.h"
#include <string.h>

/* The i-th remark of the numbers stands for that of the explanation. */
static const explain_method *method_by(const explanation_view *v, size_t i)
{
    return v->a->remarks[i].by;
}

static const explain_method *method_about(const explanation_view *v, size_t i)
{
    return v->a->remarks[i].about;
}

static bool is_own(const explanation_view *v, size_t i)
{
    return method_by(v, i) == method_about(v, i);
}

static const char *words_of(const explanation_view *v, size_t i)
{
    return word_at(json_array_get(json_object_get(v->numbers, "remarks"), i), "words");
}

void say_own_remarks(text *t, const explanation_view *v, const explain_method *m)
{
    for (size_t i = 0; i < v->a->n_remarks; i++)
        if (is_own(v, i) && method_about(v, i) == m)
            add_sentence(t, words_of(v, i));
}

void say_verdicts(text *t, const explanation_view *v)
{
    for (size_t i = 0; i < v->a->n_remarks; i++) {
        text one = {0};
        if (is_own(v, i) || !is_viewed(v, method_about(v, i)))
            continue;
        text_add(&one, "%s says of %s: %s", method_by(v, i)->name, method_about(v, i)->name,
                 words_of(v, i));
        add_sentence(t, one.data);
        text_release(&one);
    }
}

static void say_judgement(text *t, const explanation_view *v)
{
    for (size_t i = 0; i < v->a->n_remarks; i++)
        if (is_own(v, i) && method_by(v, i)->judges)
            add_sentence(t, words_of(v, i));
    say_verdicts(t, v);
}

void add_judgement(text *out, const explanation_view *v, const words_layout *layout)
{
    text t = {0};
    say_judgement(&t, v);
    if (t.length) {
        layout->add_heading(out, "Which explanation to believe", false);
        layout->add_paragraph(out, t.data);
    }
    text_release(&t);
}
