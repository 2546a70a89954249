/* SPDX-License-Identifier: MIT */
/* What is explained, in words: by them the headline, the answer and the text name it. */
#include "present_detail.h"

static bool has(const json_t *o, const char *key) { return json_object_get(o, key); }

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

/* ---- The whole of it ---- */

/* A sum of -646 says little where one does not know that black is -1. */
static void add_share(text *t, const json_t *numbers)
{
    number_text a, b;
    const json_t *range = json_object_get(json_object_get(numbers, "picture"), "range");
    const json_t *target = json_object_get(numbers, "target");
    if (!range || !has(target, "share_of_full"))
        return;
    text_add(t, ", ");
    target_say_share(t, target);
    text_add(t, " (black, %s, counts nothing; white is %s)",
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
    if (!is_first && has(target, "lambda"))
        text_add(t, " (lambda is %s)", write_at(a, target, "lambda", false));
}

/* ", a probability of 2.1 %; most, 77 %, is that of class 8", where there is one. */
static void add_probability(text *t, const json_t *target)
{
    if (!has(target, "probability"))
        return;
    text_add(t, ", a probability of ");
    target_say_probability(t, target);
    target_say_seen(t, target);
}

static void add_target_words(text *t, const explanation_view *v)
{
    number_text a;
    const json_t *target = json_object_get(v->numbers, "target");
    text_add(t, "The target, the number that is explained here, is %s. It is %s",
             word_at(target, "meaning"), write_at(a, target, "value", true));
    add_parts(t, target);
    add_share(t, v->numbers);
    add_probability(t, target);
    text_add(t, ".");
    if (has(target, "reference"))
        text_add(t, " The picture it is compared with is %s.", word_at(target, "reference"));
}

/* Of what the verdict states, the number is not said again. */
void target_say_whole(text *t, const explanation_view *v)
{
    text_add(t, " ");
    if (has(v->numbers, word_at(json_object_get(v->numbers, "target"), "name")))
        text_add(t, "That logit is the target, the number that is explained here.");
    else
        add_target_words(t, v);
}
