/* SPDX-License-Identifier: MIT */
/* Many explanations as numbers: how the target is distributed over them, and which components of z
 * matter in all. What is kept of each is small; all else is added up in the order they have. */
#include "page_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every how many percent a quantile of the target is stated. */
enum { N_STATED = 21, QUARTER = (N_STATED - 1) / 4 };

/* ---- What is kept of each ---- */

static char *copy_at(const json_t *o, const char *key)
{
    const char *words = json_string_value(json_object_get(o, key));
    return words ? copy_text(words) : NULL;
}

static bool is_sound(const json_t *checks)
{
    size_t i;
    const json_t *c;
    json_array_foreach(checks, i, c) if (!json_is_true(json_object_get(c, "is_met"))) return false;
    return true;
}

static void add_ranked(explanation_digest *d, const explanation *a)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (!v->row->highest)
            continue;
        d->ranked = reallocate(d->ranked, d->n_ranked + 1, sizeof *d->ranked);
        d->ranked[d->n_ranked++] = (struct digest_number){v->row, (double)v->data[0]};
    }
}

void explanation_digest_fill(explanation_digest *d, uint64_t number, const char *folder,
                             const json_t *numbers, const explanation *a)
{
    const named_array *leading = find_leading(a, SPACE_Z);
    *d = (explanation_digest){.is_saved = true,
                              .number = number,
                              .is_sound = is_sound(json_object_get(numbers, "checks")),
                              .value = (double)*a->target,
                              .folder = copy_text(path_name(folder)),
                              .answer = copy_at(numbers, "answer"),
                              .description =
                                  copy_at(json_object_get(numbers, "picture"), "description"),
                              .verdict = copy_at(json_object_get(numbers, "verdict"), "word")};
    add_ranked(d, a);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        trust_ballot_read(&d->ballots[i], a, i);
    for (const explain_method *m; (m = find_further_method(a, d->n_further));) {
        d->further = reallocate(d->further, d->n_further + 1, sizeof *d->further);
        d->further[d->n_further++] = m;
    }
    if (!leading || leading->rank != 1)
        return;
    d->row = leading->row;
    d->n_components = leading->n;
    d->components = allocate(leading->n, sizeof *d->components);
    memcpy(d->components, leading->data, leading->n * sizeof *d->components);
}

void explanation_digest_release(explanation_digest *d)
{
    free(d->folder);
    free(d->answer);
    free(d->description);
    free(d->verdict);
    free(d->further);
    free(d->ranked);
    free(d->components);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        trust_ballot_release(&d->ballots[i]);
    *d = (explanation_digest){0};
}

/* ---- Components ---- */

/* Welford's means and sums of squares, which lose no digits where the spread is small. */
static void add_to(component_sums *s, double value, double n)
{
    double magnitude = fabs(value), before = magnitude - s->mean_magnitude;
    s->mean_magnitude += before / n;
    s->squares += before * (magnitude - s->mean_magnitude);
    s->mean += (value - s->mean) / n;
    s->n_positive += value > 0;
    s->n_negative += value < 0;
}

static void add_to_components(explanation_page *p, const explanation_digest *d)
{
    if (!p->sums && d->row) {
        p->row = d->row;
        p->n_components = d->n_components;
        p->sums = allocate(p->n_components, sizeof *p->sums);
    }
    for (size_t i = 0; d->row && d->row == p->row && i < p->n_components; i++)
        add_to(&p->sums[i], (double)d->components[i], (double)p->n);
}

void explanation_page_add(explanation_page *p, explanation_digest *d)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->all = reallocate(p->all, p->capacity, sizeof *p->all);
    }
    p->n++;
    add_to_components(p, d);
    free(d->components);
    d->components = NULL;
    p->all[p->n - 1] = *d;
    *d = (explanation_digest){0};
}

void explanation_page_release(explanation_page *p)
{
    for (size_t i = 0; i < p->n; i++)
        explanation_digest_release(&p->all[i]);
    free(p->all);
    free(p->sums);
    *p = (explanation_page){0};
}

/* ---- Order ---- */

/* The highest value first; of equal ones the lower number. */
static int compare_digests(const void *a, const void *b)
{
    const explanation_digest *x = *(const explanation_digest *const *)a;
    const explanation_digest *y = *(const explanation_digest *const *)b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

const explanation_digest **explanation_page_sort(const explanation_page *p)
{
    const explanation_digest **sorted = allocate(p->n, sizeof *sorted);
    for (size_t i = 0; i < p->n; i++)
        sorted[i] = &p->all[i];
    qsort(sorted, p->n, sizeof *sorted, compare_digests);
    return sorted;
}

/* ---- Numbers ---- */

static json_t *value_numbers(const explanation_page *p)
{
    float quantiles[N_STATED];
    double mean = 0;
    json_t *o = json_object(), *list = json_array();
    float *values = allocate(p->n, sizeof *values);
    for (size_t i = 0; i < p->n; i++) {
        values[i] = (float)p->all[i].value;
        mean += (p->all[i].value - mean) / (double)(i + 1);
    }
    quantiles_find(quantiles, N_STATED, values, p->n);
    set_number(o, "least", (double)quantiles[0]);
    set_number(o, "lower_quartile", (double)quantiles[QUARTER]);
    set_number(o, "median", (double)quantiles[2 * QUARTER]);
    set_number(o, "upper_quartile", (double)quantiles[3 * QUARTER]);
    set_number(o, "greatest", (double)quantiles[N_STATED - 1]);
    set_number(o, "mean", mean);
    for (size_t i = 0; i < N_STATED; i++)
        json_array_append_new(list, json_number((double)quantiles[i]));
    json_object_set_new(o, "quantiles", list);
    free(values);
    return o;
}

static size_t count_verdict(const explanation_page *p, const char *word)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->all[i].verdict && strcmp(p->all[i].verdict, word) == 0;
    return n;
}

/* By what they are, and how many of the pages' pictures there are of each. */
static json_t *verdict_numbers_of(const explanation_page *p)
{
    static const char *const references[] = {"band", "n_real", "n_generated", "real_quantiles",
                                             "generated_quantiles"};
    json_t *one = json_object(), *o = json_object();
    verdict_numbers(one, 0, p->quantiles);
    const json_t *verdict = json_object_get(one, "verdict");
    bool is_target = json_object_get(one, p->x->target.row->name); /* the number it is by */
    json_object_set_new(o, "is_target", json_boolean(is_target));
    for (size_t i = 0; verdicts[i]; i++)
        set_count(o, verdicts[i], count_verdict(p, verdicts[i]));
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        json_object_set(o, references[i], json_object_get(verdict, references[i]));
    json_decref(one);
    return o;
}

static int compare_sums(const void *a, const void *b)
{
    const component_sums *x = *(const component_sums *const *)a;
    const component_sums *y = *(const component_sums *const *)b;
    if (x->mean_magnitude != y->mean_magnitude)
        return x->mean_magnitude < y->mean_magnitude ? 1 : -1;
    return (x > y) - (x < y);
}

/* 0: no sign prevails; 1: one sign everywhere. */
static double consistency(const component_sums *s, size_t n)
{
    return fabs(s->n_positive - s->n_negative) / (double)n;
}

/* What it is about where signs are drawn by lot: the mean of |2 k - n| / n, k ~ B(n, 1/2), for
 * large n. */
static double consistency_by_chance(size_t n)
{
    const double pi = 3.14159265358979323846;
    return sqrt(2 / (pi * (double)n));
}

static json_t *component_numbers(const component_sums *s, size_t i, size_t n)
{
    json_t *o = json_object();
    set_count(o, "component", i);
    set_number(o, "mean_magnitude", s->mean_magnitude);
    set_number(o, "spread", n > 1 ? sqrt(s->squares / (double)(n - 1)) : 0);
    set_number(o, "mean", s->mean);
    set_number(o, "sign_consistency", consistency(s, n));
    set_number(o, "same_sign_share", fmax(s->n_positive, s->n_negative) / (double)n);
    return o;
}

static double median_consistency(const explanation_page *p)
{
    float median[3];
    float *all = allocate(p->n_components, sizeof *all);
    for (size_t i = 0; i < p->n_components; i++)
        all[i] = (float)consistency(&p->sums[i], p->n);
    quantiles_find(median, 3, all, p->n_components);
    free(all);
    return (double)median[1];
}

static json_t *components_numbers(const explanation_page *p)
{
    json_t *o = json_object(), *list = json_array();
    const component_sums **sorted = allocate(p->n_components, sizeof *sorted);
    for (size_t i = 0; i < p->n_components; i++)
        sorted[i] = &p->sums[i];
    qsort(sorted, p->n_components, sizeof *sorted, compare_sums);
    for (size_t i = 0; i < p->n_components; i++)
        json_array_append_new(list,
                              component_numbers(sorted[i], (size_t)(sorted[i] - p->sums), p->n));
    set_word(o, "array", p->row->name);
    set_word(o, "title", p->row->title);
    set_word(o, "unit", p->row->unit);
    set_number(o, "median_sign_consistency", median_consistency(p));
    set_number(o, "sign_consistency_by_chance", consistency_by_chance(p->n));
    json_object_set_new(o, "strongest", list);
    free(sorted);
    return o;
}

/* ---- Ranks ---- */

enum { N_HIGHEST = 5 };

/* Of the number of that row; NaN where the explanation has none. */
static double ranked_value(const explanation_digest *d, const array_row *row)
{
    for (size_t i = 0; i < d->n_ranked; i++)
        if (d->ranked[i].row == row)
            return d->ranked[i].value;
    return (double)NAN;
}

/* The explanation with the highest number of those whose folders are not taken, the first of equal
 * ones; NULL: there is none. */
static const explanation_digest *next_highest(const explanation_page *p,
                                              const explanation_digest *const *sorted,
                                              const array_row *row, const json_t *taken)
{
    const explanation_digest *best = NULL;
    for (size_t i = 0; i < p->n; i++) {
        bool is_new = !json_object_get(taken, sorted[i]->folder);
        double value = ranked_value(sorted[i], row);
        if (is_new && (!best ? !isnan(value) : value > ranked_value(best, row)))
            best = sorted[i];
    }
    return best;
}

static json_t *highest_numbers(const explanation_page *p, const explanation_digest *const *sorted,
                               const array_row *row)
{
    json_t *list = json_array(), *taken = json_object();
    const explanation_digest *d;
    while (json_array_size(list) < N_HIGHEST && (d = next_highest(p, sorted, row, taken))) {
        json_t *one = json_object();
        json_object_set_new(one, p->seed_key, json_unsigned(d->number));
        set_number(one, "value", ranked_value(d, row));
        json_array_append_new(list, one);
        json_object_set_new(taken, d->folder, json_true());
    }
    json_decref(taken);
    return list;
}

/* By the names of the arrays that rank. */
static json_t *ranked_numbers(const explanation_page *p, const explanation_digest *const *sorted)
{
    json_t *o = json_object();
    for (size_t i = 0; i < sorted[0]->n_ranked; i++) {
        const array_row *row = sorted[0]->ranked[i].row;
        json_t *one = json_object();
        set_word(one, "title", row->title);
        set_word(one, "unit", row->unit);
        set_word(one, "words", row->highest);
        json_object_set_new(one, "highest", highest_numbers(p, sorted, row));
        json_object_set_new(o, row->name, one);
    }
    return o;
}

static json_t *digest_numbers(const explanation_page *p, const explanation_digest *d)
{
    json_t *o = json_object();
    json_object_set_new(o, p->seed_key, json_unsigned(d->number));
    set_word(o, "folder", d->folder);
    set_number(o, "value", d->value);
    set_word(o, "verdict", d->verdict);
    json_object_set_new(o, "is_sound", json_boolean(d->is_sound));
    set_word(o, "answer", d->answer);
    set_word(o, "description", d->description);
    return o;
}

static json_t *target_numbers_of(const explanation_page *p)
{
    json_t *o = explain_target_describe(p->x);
    json_object_set_new(o, "option", json_text(p->target));
    return o;
}

json_t *explanation_page_numbers(const explanation_page *p, const explanation_digest *const *sorted)
{
    json_t *o = json_object(), *list = json_array();
    size_t n_sound = 0;
    for (size_t i = 0; i < p->n; i++) {
        json_array_append_new(list, digest_numbers(p, sorted[i]));
        n_sound += sorted[i]->is_sound;
    }
    json_object_set_new(o, "schema", json_integer(2));
    if (p->class)
        json_object_set(o, "class", p->class);
    json_object_set_new(o, "model", json_incref(p->model));
    if (p->choice)
        json_object_set(o, "method_choice", p->choice);
    json_object_set_new(o, "target", target_numbers_of(p));
    set_count(o, "n", p->n);
    set_count(o, "n_unsound", p->n - n_sound);
    json_object_set_new(o, "values", value_numbers(p));
    if (p->quantiles)
        json_object_set_new(o, "verdicts", verdict_numbers_of(p));
    if (p->sums)
        json_object_set_new(o, "components", components_numbers(p));
    if (p->n && sorted[0]->n_ranked)
        json_object_set_new(o, "ranked", ranked_numbers(p, sorted));
    json_t *ranking = explanation_page_ranking(p, sorted);
    if (ranking)
        json_object_set_new(o, "ranking", ranking);
    json_object_set_new(o, "explanations", list);
    return o;
}
