/* SPDX-License-Identifier: MIT */
/* One number. */
#include "present_detail.h"

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    (void)a;
    (void)n_top;
    set_number(o, "value", (double)v->data[0]);
}

static void add_finding(text *t, const json_t *numbers)
{
    number_text a;
    double value = number_at(numbers, "value");
    if (value != 0)
        text_add(t, "%s", number_write(a, value, false));
}

static void say(text *t, const array_view *v)
{
    number_text a;
    text_add(t, " It is %s.", write_at(a, v->numbers, "value", v->v->row->sign != SIGN_MAGNITUDE));
}

const space_row scalar_space = {.add_numbers = add_numbers, .add_finding = add_finding, .say = say};
