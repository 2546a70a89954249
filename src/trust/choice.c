/* SPDX-License-Identifier: MIT */
/* The rule by which one method is trusted before the others. */
#include "trust_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const array_word trust_standings[] = {
    [STANDING_TRUSTED] = {"trusted", "nothing cheaper foretells as much"},
    [STANDING_DEARER] = {"dearer", "it foretells as much, but costs more"},
    [STANDING_LESS_FAITHFUL] = {"less faithful", "it foretells less of what the target does"},
    [STANDING_NO_BETTER] = {"no better than a control",
                            "it foretells no more than a map that knows nothing of the model"},
    [STANDING_NO_RATE] = {"not the rate here",
                          "it says how fast the target rises, and another foretells better what "
                          "small changes do"},
    [STANDING_UNTESTED] = {"not tested", "whether it looks at the networks at all was not tested"},
    [STANDING_FLAGGED] = {"fails sanity",
                          "it stays as it is where the networks' weights are random"},
    [STANDING_UNCERTIFIED] = {"fails its check", "its arithmetic is not what it should be"},
    [STANDING_UNSIGNED] = {"no sign", "it says how much, but not which way"},
    [STANDING_UNJUDGED] = {"not judged", "how much it foretells could not be measured"},
    [STANDING_CONTROL] = {"control", "it knows nothing of the model"},
    {0}};

/* ---- Differences ---- */

/* 0: there is no interval. */
static double half_width(double value, double end) { return isnan(end) ? 0 : fabs(value - end); }

static void lead_of_independent(estimate *out, const estimate *a, const estimate *b)
{
    out->low = out->value - hypot(half_width(a->value, a->low), half_width(b->value, b->high));
    out->high = out->value + hypot(half_width(a->value, a->high), half_width(b->value, b->low));
}

estimate trust_lead(const trust_candidate *a, const trust_candidate *b)
{
    estimate lead = {.value = a->faithfulness.value - b->faithfulness.value};
    if (!a->resamples || !b->resamples) {
        lead_of_independent(&lead, &a->faithfulness, &b->faithfulness);
        return lead;
    }
    assert(a->n_resamples == b->n_resamples);
    float *differences = allocate(a->n_resamples, sizeof *differences);
    for (size_t i = 0; i < a->n_resamples; i++)
        differences[i] = a->resamples[i] - b->resamples[i];
    lead = estimate_of_resamples(lead.value, differences, a->n_resamples);
    free(differences);
    return lead;
}

static bool is_clearly_better(const trust_candidate *a, const trust_candidate *b)
{
    return trust_lead(a, b).low > TRUST_NO_DIFFERENCE;
}

/* ---- Who may be trusted ---- */

/* -1, 0 or 1: which comes first where the less does; of infinities, too. */
static int compare_numbers(double a, double b) { return (a > b) - (a < b); }

/* Of equal cost the more faithful, then by name: so the order of the candidates does not count. */
static int compare_cost(const trust_candidate *a, const trust_candidate *b)
{
    int by_cost = compare_numbers(a->passes, b->passes);
    int by_faith = compare_numbers(b->faithfulness.value, a->faithfulness.value);
    return by_cost ? by_cost : by_faith ? by_faith : strcmp(a->name, b->name);
}

/* The more faithful first, what was not judged last. */
static int compare_faithfulness(const trust_candidate *a, const trust_candidate *b)
{
    double of_a = a->faithfulness.value, of_b = b->faithfulness.value;
    if (isnan(of_a) != isnan(of_b))
        return isnan(of_a) ? 1 : -1;
    int by_faith = compare_numbers(of_b, of_a);
    return by_faith ? by_faith : compare_cost(a, b);
}

typedef int candidate_order(const trust_candidate *a, const trust_candidate *b);

/* The first by that order of those with that standing, `left_out` aside. */
static size_t first_of(const trust_choice *v, const trust_candidate *c, trust_standing standing,
                       candidate_order *order, size_t left_out)
{
    size_t found = NO_INDEX;
    for (size_t i = 0; i < v->n; i++)
        if (i != left_out && v->standing[i] == standing &&
            (found == NO_INDEX || order(&c[i], &c[found]) < 0))
            found = i;
    return found;
}

/* What is known of a candidate by itself; STANDING_TRUSTED: nothing is against it. */
static trust_standing standing_alone(const trust_candidate *c)
{
    return !c->method                     ? STANDING_CONTROL
           : isnan(c->faithfulness.value) ? STANDING_UNJUDGED
           : !c->is_signed                ? STANDING_UNSIGNED
           : !c->is_certified             ? STANDING_UNCERTIFIED
           : c->is_flagged                ? STANDING_FLAGGED
           : c->is_untested               ? STANDING_UNTESTED
                                          : STANDING_TRUSTED;
}

/* Of small changes, where both are known. */
static bool is_clearly_worse_near(const trust_candidate *one, const trust_candidate *other)
{
    estimate lead = {.value = other->near.value - one->near.value};
    lead_of_independent(&lead, &other->near, &one->near);
    return lead.low > TRUST_NO_DIFFERENCE;
}

/* What knows the model may be as good: of a straight line, all are right. */
static bool bears_control(const trust_candidate *one, const trust_candidate *control)
{
    if (isnan(control->faithfulness.value))
        return true;
    return control->knows_model ? !is_clearly_better(control, one)
                                : is_clearly_better(one, control);
}

static bool beats_controls(const trust_candidate *one, const trust_candidate *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!c[i].method && !bears_control(one, &c[i]))
            return false;
    return true;
}

/* Whether it is held to small changes, and another rate is right about more of them. */
static bool is_wrong_rate(const trust_candidate *one, const trust_candidate *c, size_t n)
{
    for (size_t i = 0; i < n && one->is_rate; i++)
        if (c[i].method && c[i].is_rate && c[i].is_signed && is_clearly_worse_near(one, &c[i]))
            return true;
    return false;
}

static void find_who_may(trust_choice *v, const trust_candidate *c)
{
    for (size_t i = 0; i < v->n; i++) {
        v->standing[i] = standing_alone(&c[i]);
        if (v->standing[i] == STANDING_TRUSTED && is_wrong_rate(&c[i], c, v->n))
            v->standing[i] = STANDING_NO_RATE;
        if (v->standing[i] == STANDING_TRUSTED && !beats_controls(&c[i], c, v->n))
            v->standing[i] = STANDING_NO_BETTER;
    }
}

/* ---- Who is ---- */

/* The rule, of those who may, `left_out` aside. */
static size_t decide(const trust_choice *v, const trust_candidate *c, size_t left_out)
{
    size_t best = first_of(v, c, STANDING_TRUSTED, compare_faithfulness, left_out), found = best;
    for (size_t i = 0; i < v->n && best != NO_INDEX; i++)
        if (i != left_out && v->standing[i] == STANDING_TRUSTED &&
            !is_clearly_better(&c[best], &c[i]) && compare_cost(&c[i], &c[found]) < 0)
            found = i;
    return found;
}

/* Who may be trusted and is not: why. */
static void find_why_not(trust_choice *v, const trust_candidate *c)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->standing[i] == STANDING_TRUSTED && i != v->winner)
            v->standing[i] = is_clearly_better(&c[v->most_faithful], &c[i]) ? STANDING_LESS_FAITHFUL
                                                                            : STANDING_DEARER;
}

static bool is_before(const trust_choice *v, const trust_candidate *c, size_t i, size_t k)
{
    if (v->standing[i] != v->standing[k])
        return v->standing[i] < v->standing[k];
    return compare_faithfulness(&c[i], &c[k]) < 0;
}

static void find_order(trust_choice *v, const trust_candidate *c)
{
    for (size_t i = 0; i < v->n; i++) {
        size_t k = i;
        for (; k > 0 && is_before(v, c, i, v->order[k - 1]); k--)
            v->order[k] = v->order[k - 1];
        v->order[k] = i;
    }
}

void trust_choose_among(trust_choice *v, const trust_candidate *c, size_t n)
{
    *v = (trust_choice){.n = n,
                        .standing = allocate(n, sizeof *v->standing),
                        .order = allocate(n, sizeof *v->order),
                        .lead = {(double)NAN, (double)NAN, (double)NAN}};
    find_who_may(v, c);
    v->control = first_of(v, c, STANDING_CONTROL, compare_faithfulness, NO_INDEX);
    v->most_faithful = first_of(v, c, STANDING_TRUSTED, compare_faithfulness, NO_INDEX);
    v->cheapest = first_of(v, c, STANDING_TRUSTED, compare_cost, NO_INDEX);
    v->winner = decide(v, c, NO_INDEX);
    v->runner_up = v->winner == NO_INDEX ? NO_INDEX : decide(v, c, v->winner);
    if (v->runner_up != NO_INDEX)
        v->lead = trust_lead(&c[v->winner], &c[v->runner_up]);
    find_why_not(v, c);
    find_order(v, c);
}

void trust_choice_release(trust_choice *v)
{
    free(v->standing);
    free(v->order);
    *v = (trust_choice){0};
}
