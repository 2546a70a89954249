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

static void add_line(text *t, const char *words)
{
    text one = {0};
    add_sentence(&one, words);
    text_add(t, "%s%s", t->length ? "\n" : "", one.data);
    text_release(&one);
}

void say_own_remarks(text *t, const explanation_view *v, const explain_method *m)
{
    for (size_t i = 0; i < v->a->n_remarks; i++)
        if (is_own(v, i) && method_about(v, i) == m)
            add_line(t, words_of(v, i));
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

const explain_method *find_judge(const explanation *a)
{
    const explain_method *last = NULL;
    for (size_t i = 0; i < a->n_remarks; i++)
        if (a->remarks[i].by == a->remarks[i].about && a->remarks[i].by->judges)
            last = a->remarks[i].by;
    return last;
}

void add_own_remarks(text *out, const explanation_view *v, const explain_method *m,
                     const words_layout *layout)
{
    for (size_t i = 0; i < v->a->n_remarks; i++) {
        text t = {0};
        if (!is_own(v, i) || method_about(v, i) != m)
            continue;
        add_sentence(&t, words_of(v, i));
        layout->add_paragraph(out, t.data);
        text_release(&t);
    }
}

void add_judgement(text *out, const explanation_view *v, const words_layout *layout)
{
    const explain_method *judging = find_judge(v->a);
    text said = {0};
    say_verdicts(&said, v);
    if (judging || said.length)
        layout->add_heading(out, "Which explanation to believe", false);
    if (judging)
        add_own_remarks(out, v, judging, layout);
    if (said.length)
        layout->add_paragraph(out, said.data);
    text_release(&said);
}
