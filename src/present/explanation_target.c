/* SPDX-License-Identifier: MIT */
/* What is explained, in words: by them the headline, the answer and the text name it. */
#include "present_detail.h"

/* Less than a hundredth of a percent is as good as nothing. */
static void add_percent(text *t, double share)
{
    number_text a;
    double percent = 100 * share;
    text_add(t, "%s %%", number_write_floored(a, percent, 0.01, false));
}

/* Next to nothing of it says no more than that all is black. */
void target_say_share(text *t, const json_t *target)
{
    add_percent(t, number_at(target, "share_of_full"));
    text_add(t, " of %s", word_at(target, "full"));
}

void target_say_probability(text *t, const json_t *target)
{
    add_percent(t, number_at(target, "probability"));
}

void target_say_seen(text *t, const json_t *target)
{
    double seen = number_at(target, "seen");
    if (seen == number_at(target, "class")) {
        text_add(t, ", more than of any other class");
        return;
    }
    text_add(t, "; most, ");
    add_percent(t, number_at(target, "seen_probability"));
    text_add(t, ", is that of class %.0f", seen);
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
    if (json_object_get(target, "probability")) {
        text_add(t, " (probability ");
        target_say_probability(t, target);
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
