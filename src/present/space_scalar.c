/* SPDX-License-Identifier: MIT */
/* One number. */
#include "present_detail.h"

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    (void)a;
    (void)n_top;
    set_number(o, "value", (double)v->data[0]);
}

static void add_value(text *t, const json_t *numbers, bool has_plus)
{
    number_text a;
    double value = number_at(numbers, "value");
    if (has_plus)
        text_add(t, "%s", number_write(a, value, true));
    else
        add_count_or_number(t, value);
}

static void add_finding(text *t, const array_view *v, bool is_brief)
{
    (void)is_brief;
    if (number_at(v->numbers, "value") != 0)
        add_value(t, v->numbers, false);
}

static void say(text *t, const array_view *v)
{
    text found = {0};
    const array_row *row = v->v->row;
    bool is_zero = number_at(v->numbers, "value") == 0;
    const char *sentence = is_zero ? row->sentence_if_zero : row->sentence;
    if (!sentence && row->sentence)
        return;
    add_value(&found, v->numbers, !sentence && row->sign != SIGN_MAGNITUDE);
    text_add(t, " ");
    fill_words(t, sentence ? sentence : "It is #.", found.data);
    text_release(&found);
}

const space_row scalar_space = {.add_numbers = add_numbers, .add_finding = add_finding, .say = say};
