/* SPDX-License-Identifier: MIT */
/* What a value is demanded to be: "fcd<20,coverage>=0.6". */
#include "cli.h"
#include "metrics.h"
#include <string.h>

/* What may stand in the name of a metric or in a number. */
static const char word_end[] = "<>=, ";

static const char *past_blanks(const char *s) { return s + strspn(s, " "); }

static int read_metric(threshold *t, const char **at, error *e)
{
    const char *name = past_blanks(*at);
    size_t n = strcspn(name, word_end);
    if (n == 0)
        return fail(e, STATUS_USAGE, "the name of a metric is missing before '%s'", name);
    if (choice_check(NAMES_POINTED(metric, metrics), name, n, e))
        return -1;
    for (size_t i = 0; metrics[i]; i++)
        if (strlen(metrics[i]->name) == n && memcmp(metrics[i]->name, name, n) == 0)
            t->metric = metrics[i];
    *at = past_blanks(name + n);
    return 0;
}

static int read_relation(threshold *t, const char **at, error *e)
{
    const char *s = *at;
    size_t n = strspn(s, "<>=");
    t->is_upper = *s == '<';
    t->is_strict = n == 1;
    if ((*s != '<' && *s != '>') || n > 2 || (n == 2 && s[1] != '='))
        return fail(e, STATUS_USAGE,
                    "%s is followed by '%.*s' and not by <, <=, > or >=", t->metric->name,
                    (int)(n ? n : strcspn(s, ",")), s);
    *at = past_blanks(s + n);
    return 0;
}

static int read_limit(threshold *t, const char **at, error *e)
{
    const char *end = *at;
    bool is_number = real_read(&t->limit, *at, &end);
    end = past_blanks(end);
    if (!is_number || (*end != ',' && *end != '\0'))
        return fail(e, STATUS_USAGE, "the limit of %s, '%.*s', is not a number", t->metric->name,
                    (int)strcspn(*at, ","), *at);
    *at = end;
    return 0;
}

int thresholds_read(threshold out[MAX_THRESHOLDS], size_t *n, const char *given, error *e)
{
    const char *at = given;
    *n = 0;
    do {
        threshold t = {0};
        if (*n == MAX_THRESHOLDS)
            return fail(e, STATUS_USAGE, "there are more than %d thresholds", MAX_THRESHOLDS);
        if (read_metric(&t, &at, e) || read_relation(&t, &at, e) || read_limit(&t, &at, e))
            return fail_in(e, "'%s'", given);
        out[(*n)++] = t;
    } while (*at++ == ',');
    return 0;
}

bool threshold_is_met(const threshold *t, double value)
{
    bool is_beyond = t->is_upper ? value < t->limit : value > t->limit;
    return is_beyond || (!t->is_strict && value == t->limit);
}

void threshold_add(text *out, const threshold *t)
{
    text_add(out, "%s %c%s %.9g", t->metric->name, t->is_upper ? '<' : '>', t->is_strict ? "" : "=",
             t->limit);
}
