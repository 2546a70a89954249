/* SPDX-License-Identifier: MIT */
/* What is explained, in words: by them the headline, the answer and the text name it. */
#include "present_detail.h"

/* A share of a hundredth of a percent says no more than that all is black. */
void target_say_share(text *t, const json_t *target)
{
    number_text a;
    double percent = 100 * number_at(target, "share_of_full");
    text_add(t, "%s %% of %s", number_write_floored(a, percent, 0.01, false),
             word_at(target, "full"));
}

void target_say(text *t, const json_t *target)
{
    number_text a;
    const char *words = json_string_value(json_object_get(target, "option"));
    text_add(t, "%s %s", words ? words : word_at(target, "name"),
             write_at(a, target, "value", true));
    if (json_object_get(target, "share_of_full")) {
        text_add(t, " (");
        target_say_share(t, target);
        text_add(t, ")");
    }
    if (json_object_get(target, "reference"))
        text_add(t, ", compared with %s", word_at(target, "reference"));
}

void target_say_parts(text *t, const json_t *target)
{
    number_text a;
    const char *title;
    json_t *part;
    const char *before = "";
    json_object_foreach(json_object_get(target, "parts"), title, part)
    {
        text_add(t, "%s%s %s", before, title, number_write(a, json_number_value(part), true));
        before = " + ";
    }
}
