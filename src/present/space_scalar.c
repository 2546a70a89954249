/* SPDX-License-Identifier: MIT */
/* One number. */
#include "present_detail.h"

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    (void)a;
    (void)n_top;
    set_number(o, "value", (double)v->data[0]);
}

static void add_finding(text *t, const array_view *v, bool is_brief)
{
    number_text a;
    (void)is_brief;
    if (number_at(v->numbers, "value") != 0)
        text_add(t, "%s", write_at(a, v->numbers, "value", v->v->row->sign != SIGN_MAGNITUDE));
}

static void say(text *t, const array_view *v)
{
    number_text a;
    const array_row *row = v->v->row;
    bool is_zero = number_at(v->numbers, "value") == 0;
    const char *sentence = is_zero ? row->sentence_if_zero : row->sentence;
    bool has_plus = !sentence && row->sign != SIGN_MAGNITUDE;
    if (sentence || !row->sentence) {
        text_add(t, " ");
        fill_words(t, sentence ? sentence : "It is #.", write_at(a, v->numbers, "value", has_plus));
    }
}

const space_row scalar_space = {.add_numbers = add_numbers, .add_finding = add_finding, .say = say};
