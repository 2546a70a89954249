/* SPDX-License-Identifier: MIT */
/* What is said of the checks: whether the arithmetic is right. */
#include "present_detail.h"
#include <string.h>

static bool is_met(const json_t *check) { return json_is_true(json_object_get(check, "is_met")); }

static bool is_empty(const json_t *check)
{
    return json_is_true(json_object_get(check, "is_empty"));
}

/* NaN is worse than any number. */
static bool is_worse(const json_t *one, const json_t *other)
{
    double a = number_at(one, "value") / number_at(one, "tolerance");
    double b = number_at(other, "value") / number_at(other, "tolerance");
    if (is_met(one) != is_met(other))
        return !is_met(one);
    return json_is_null(json_object_get(one, "value")) || a > b;
}

/* Whether it is a method's; NULL: of any. */
static bool is_of(const json_t *check, const explain_method *m)
{
    return !m || strcmp(word_at(check, "method"), m->name) == 0;
}

/* The check of a method (NULL: of all) that is nearest to its tolerance or farthest over it; NULL:
 * none says anything. */
static const json_t *find_worst(const json_t *checks, const explain_method *m)
{
    size_t i;
    const json_t *c, *worst = NULL;
    json_array_foreach(checks, i, c) if (is_of(c, m) && !is_empty(c) &&
                                         (!worst || is_worse(c, worst))) worst = c;
    return worst;
}

static const char *write_value(number_text out, const json_t *check)
{
    return json_is_null(json_object_get(check, "value")) ? "not finite"
                                                         : write_at(out, check, "value", false);
}

/* NULL where all are met. */
static const json_t *find_broken(const json_t *numbers, const explain_method *m)
{
    const json_t *worst = find_worst(json_object_get(numbers, "checks"), m);
    return worst && !is_met(worst) ? worst : NULL;
}

void say_broken_check_briefly(text *t, const json_t *numbers)
{
    if (find_broken(numbers, NULL))
        text_add(t, "DO NOT TRUST THIS, ITS ARITHMETIC IS WRONG: ");
}

void say_broken_check(text *t, const json_t *numbers, const explain_method *m)
{
    number_text a, b;
    const json_t *worst = find_broken(numbers, m);
    if (worst)
        text_add(t,
                 "DO NOT TRUST WHAT FOLLOWS: its arithmetic is wrong. The check %s is NOT MET: its "
                 "error is %s, where at most %s is allowed. ",
                 word_at(worst, "name"), write_value(a, worst),
                 write_at(b, worst, "tolerance", false));
}

void say_arithmetic(text *t, const json_t *numbers)
{
    number_text a, b;
    const json_t *checks = json_object_get(numbers, "checks"), *worst = find_worst(checks, NULL);
    if (!json_array_size(checks))
        text_add(t, "The arithmetic was not checked.");
    else if (!worst)
        text_add(t, "The arithmetic could not be checked at this z.");
    else
        text_add(t,
                 "The arithmetic is %s: what was found was computed again by other code, in double "
                 "precision, and the error nearest to its limit is %s of at most %s (%s).",
                 is_met(worst) ? "right" : "WRONG", write_value(a, worst),
                 write_at(b, worst, "tolerance", false), word_at(worst, "name"));
}

/* ---- All of them ---- */

/* What is said of one after its numbers; the caller releases it. */
static text outcome_of(const json_t *c)
{
    text t = {0};
    const char *note = json_string_value(json_object_get(c, "note"));
    if (is_empty(c) && note) {
        text_add(&t, "%s", note);
        return t;
    }
    text_add(&t, is_met(c) ? "met" : "NOT MET");
    if (note)
        text_add(&t, ". %s", note);
    return t;
}

static void add_check(words_table *t, const json_t *c)
{
    number_text a;
    text outcome = outcome_of(c);
    words_table_add(t, "%s", word_at(c, "name"));
    words_table_add(t, "%s", write_value(a, c));
    words_table_add(t, "%s", write_at(a, c, "tolerance", false));
    words_table_add(t, "%s", outcome.data);
    text_release(&outcome);
}

void add_check_table(text *out, const json_t *numbers, const words_layout *layout)
{
    size_t i;
    words_table table = {.n_columns = 4, .has_words = true};
    const json_t *c, *checks = json_object_get(numbers, "checks");
    static const char *const names[] = {"check", "error", "limit", "outcome"};
    if (!json_array_size(checks))
        return;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        words_table_add(&table, "%s", names[i]);
    json_array_foreach(checks, i, c) add_check(&table, c);
    layout->add_table(out, &table);
    words_table_release(&table);
}
