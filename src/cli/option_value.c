/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <math.h>
#include <string.h>

/* ---- Pieces ---- */

void range_add(text *out, const option_row *row)
{
    if (!row_has_range(row))
        text_add(out, "%s", row->kind == KIND_COUNT ? "0..18446744073709551615" : "");
    else if (isinf(row->high) && isinf(row->low))
        text_add(out, "any number");
    else if (isinf(row->high))
        text_add(out, "%.15g or more", row->low);
    else if (isinf(row->low))
        text_add(out, "%.15g or less", row->high);
    else
        text_add(out, "%.15g..%.15g", row->low, row->high);
}

/* "'VALUE' is not WHAT in RANGE". */
static int fail_value(error *e, const option_row *row, const char *written, const char *what)
{
    text range = {0};
    range_add(&range, row);
    const char *join = range.length == 0 ? "" : strstr(range.data, "..") ? " in " : ", ";
    fail(e, STATUS_USAGE, "'%s' is not %s%s%s", written, what, join, range.data);
    text_release(&range);
    return -1;
}

/* v as nine digits say it: what config.json prints and reads back. */
static double nine_digits(double v)
{
    text t = {0};
    const char *end = NULL;
    text_add(&t, "%.9g", v);
    real_read(&v, t.data, &end);
    text_release(&t);
    return v;
}

/* A count with an optional k or M behind it. */
static bool scaled_count_read(uint64_t *out, const char *s, const char **end)
{
    uint64_t v = 0;
    if (!count_read(&v, s, end))
        return false;
    uint64_t scale = **end == 'k' ? 1000 : **end == 'M' ? 1000000 : 1;
    if (scale > 1)
        (*end)++;
    if (v > UINT64_MAX / scale)
        return false;
    *out = v * scale;
    return true;
}

/* ---- From text ---- */

static int flag_read(bool *out, const char *written, error *e)
{
    bool is_on = strcmp(written, "true") == 0 || strcmp(written, "1") == 0;
    if (!is_on && strcmp(written, "false") != 0 && strcmp(written, "0") != 0)
        return fail(e, STATUS_USAGE, "'%s' is not one of true, false, 1, 0", written);
    *out = is_on;
    return 0;
}

static int option_count_read(uint64_t *out, const option_row *row, const char *written, error *e)
{
    uint64_t v = 0;
    double real = 0;
    const char *end = written;
    if (!scaled_count_read(&v, written, &end) || *end != '\0') {
        bool is_real = real_read(&real, written, &end) && *end == '\0';
        return fail_value(e, row, written, is_real ? "a whole number" : "a number");
    }
    if (!row_allows(row, (double)v))
        return fail_value(e, row, written, "a number");
    *out = v;
    return 0;
}

static int option_real_read(double *out, const option_row *row, const char *written, error *e)
{
    double v = 0;
    const char *end = written;
    if (!real_read(&v, written, &end) || *end != '\0' || !row_allows(row, nine_digits(v)))
        return fail_value(e, row, written, "a number");
    *out = nine_digits(v);
    return 0;
}

/* Seconds in a unit, and its rank: in 1h30m each unit is smaller than the one before. */
static double unit_seconds(char unit, int *rank)
{
    static const char units[] = "smhd";
    static const double seconds[] = {1, 60, 3600, 86400};
    const char *at = unit == '\0' ? NULL : strchr(units, unit);
    if (!at)
        return 0;
    *rank = (int)(at - units);
    return seconds[*rank];
}

static bool duration_read(double *out, const char *s)
{
    double sum = 0, part = 0;
    int rank_before = 4;
    const char *end = s;
    if (*s == '-' || !real_read(&part, s, &end))
        return false;
    if (*end == '\0') {
        *out = part;
        return true;
    }
    while (*s != '\0') {
        int rank = 4;
        if (*s == '-' || *s == '+' || !real_read(&part, s, &end))
            return false;
        double seconds = unit_seconds(*end, &rank);
        if (rank >= rank_before)
            return false;
        sum += part * seconds;
        rank_before = rank;
        s = end + 1;
    }
    *out = sum;
    return isfinite(sum);
}

static int option_duration_read(double *out, const option_row *row, const char *written, error *e)
{
    double v = 0;
    if (!duration_read(&v, written))
        return fail(e, STATUS_USAGE, "'%s' is not a duration such as 90, 90s, 3m or 1h30m",
                    written);
    if (!row_allows(row, nine_digits(v)))
        return fail_value(e, row, written, "a number of seconds");
    *out = nine_digits(v);
    return 0;
}

static int interval_read(interval *out, const option_row *row, const char *written, error *e)
{
    interval v = {0};
    const char *end = written;
    bool is_number = scaled_count_read(&v.n, written, &end);
    v.is_epochs = is_number && *end == 'e';
    if (!is_number || end[v.is_epochs] != '\0')
        return fail(e, STATUS_USAGE, "'%s' is not a number of steps N or of epochs Ne", written);
    if (v.n != 0 && !row_allows(row, (double)v.n))
        return fail_value(e, row, written, "0 (never) or a number");
    *out = v;
    return 0;
}

static int pair_read(double out[2], const option_row *row, const char *written, error *e)
{
    double v[2] = {0};
    const char *end = written;
    bool is_pair = real_read(&v[0], written, &end) && *end == ',' &&
                   real_read(&v[1], end + 1, &end) && *end == '\0';
    for (size_t i = 0; i < 2; i++)
        v[i] = nine_digits(v[i]);
    bool is_ordered = row->low > row->high || v[0] < v[1];
    if (!is_pair || !is_ordered)
        return fail(e, STATUS_USAGE, "'%s' is not a pair of numbers A,B%s", written,
                    row->low > row->high ? "" : " with A below B");
    if (!row_allows(row, v[0]) || !row_allows(row, v[1]))
        return fail_value(e, row, written, "a pair of numbers");
    memcpy(out, v, sizeof v);
    return 0;
}

/* s->word is none of the choices; s has been offered all. */
static int fail_choice(error *e, const name_list *choices, const suggestion *s)
{
    text all = {0};
    names_add(&all, choices, "|");
    fail(e, STATUS_USAGE, "'%.*s' is not one of %s%s%.*s%s", (int)s->n_word, s->word, all.data,
         s->best ? "; did you mean '" : "", (int)s->n_best, s->best ? s->best : "",
         s->best ? "'?" : "");
    text_release(&all);
    return -1;
}

int choice_check(const name_list *choices, const char *item, size_t n, error *e)
{
    suggestion s = suggestion_for(item, n);
    const char *choice;
    for (size_t i = 0; (choice = name_at(choices, i)); i++) {
        size_t n_choice = strlen(choice);
        if (n_choice == n && memcmp(choice, item, n) == 0)
            return 0;
        suggestion_offer(&s, choice, n_choice);
    }
    return fail_choice(e, choices, &s);
}

static int list_check(const name_list *choices, const char *written, error *e)
{
    const char *rest = written, *item = NULL;
    size_t n = 0;
    while (token_next(&item, &n, &rest, ',')) {
        if (n == 0)
            return fail(e, STATUS_USAGE, "'%s' has an empty item", written);
        if (choices && choice_check(choices, item, n, e) != 0)
            return -1;
    }
    return 0;
}

/* A text that passes is kept as it is, by pointer. */
static int option_text_read(const char **out, const option_row *row, const char *written, error *e)
{
    if (*written == '\0')
        return fail(e, STATUS_USAGE, "'' is empty, expected %s", row->value);
    if (row->kind == KIND_CHOICE && choice_check(row->choices, written, strlen(written), e) != 0)
        return -1;
    if (row->kind == KIND_LIST && list_check(row->choices, written, e) != 0)
        return -1;
    *out = written;
    return 0;
}

/* Seeds that an earlier value left are released. */
static int option_seeds_read(seed_list *out, const char *written, error *e)
{
    seed_list list = {0};
    if (seed_list_read(&list, written, e) != 0)
        return -1;
    seed_list_release(out);
    *out = list;
    return 0;
}

int option_read(void *member, const option_row *row, const char *written, error *e)
{
    switch (row->kind) {
    case KIND_FLAG:
        return flag_read(member, written, e);
    case KIND_COUNT:
        return option_count_read(member, row, written, e);
    case KIND_REAL:
        return option_real_read(member, row, written, e);
    case KIND_TEXT:
    case KIND_CHOICE:
    case KIND_LIST:
        return option_text_read(member, row, written, e);
    case KIND_SEEDS:
        return option_seeds_read(member, written, e);
    case KIND_DURATION:
        return option_duration_read(member, row, written, e);
    case KIND_INTERVAL:
        return interval_read(member, row, written, e);
    case KIND_PAIR:
        return pair_read(member, row, written, e);
    }
    return 0;
}
