/* SPDX-License-Identifier: MIT */
/* Who is to be trusted over many explanations, and how sure that is. */
#include "trust_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Ballots as a table ---- */

/* What a ballot says of a candidate; NaN and false where it does not have it. */
typedef struct {
    float faithfulness;
    float passes, place;
    bool is_there, is_flagged, is_untested, is_certified, won;
} vote;

typedef struct {
    trust_candidate *who; /* (n_who): names, methods and signs; owned, as is */
    vote *votes;          /* (n_who, n) */
    size_t n_who, n;
} vote_table;

static size_t find_who(const vote_table *t, const char *name)
{
    size_t i = 0;
    while (i < t->n_who && strcmp(t->who[i].name, name) != 0)
        i++;
    return i;
}

static void add_who(vote_table *t, const trust_ballot *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (find_who(t, b->candidates[i].name) < t->n_who)
            continue;
        t->who = reallocate(t->who, t->n_who + 1, sizeof *t->who);
        t->who[t->n_who++] = b->candidates[i];
    }
}

static void add_votes(vote_table *t, size_t ballot, const trust_ballot *b)
{
    for (size_t i = 0; i < t->n_who; i++)
        t->votes[i * t->n + ballot] = (vote){.faithfulness = NAN, .passes = NAN, .place = NAN};
    for (size_t i = 0; i < b->n; i++) {
        const trust_candidate *c = &b->candidates[i];
        t->votes[find_who(t, c->name) * t->n + ballot] =
            (vote){.faithfulness = (float)c->faithfulness.value,
                   .passes = (float)c->passes,
                   .place = (float)b->places[i],
                   .is_there = true,
                   .is_flagged = c->is_flagged,
                   .is_untested = c->is_untested,
                   .is_certified = c->is_certified,
                   .won = i == b->winner};
    }
}

static void vote_table_init(vote_table *t, const trust_ballot *const *ballots, size_t n)
{
    *t = (vote_table){.n = n};
    for (size_t i = 0; i < n; i++)
        add_who(t, ballots[i]);
    t->votes = allocate(t->n_who * n, sizeof *t->votes);
    for (size_t i = 0; i < n; i++)
        add_votes(t, i, ballots[i]);
}

static void vote_table_release(vote_table *t)
{
    free(t->who);
    free(t->votes);
}

/* ---- Means ---- */

/* Adds a number to the mean of those before it that are known. */
static void add_to_mean(double *mean, size_t *n, double value)
{
    if (!isnan(value))
        *mean += (value - *mean) / (double)++*n;
}

/* Of the ballots `which` (n) of those that know it; NaN: none does. */
static double mean_faithfulness(const vote *votes, const uint32_t *which, size_t n)
{
    double sum = 0;
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++) {
        float value = votes[which[i]].faithfulness;
        if (isnan(value))
            continue;
        sum += (double)value;
        n_known++;
    }
    return n_known ? sum / (double)n_known : (double)NAN;
}

/* ---- The choice, of some ballots ---- */

/* Some of the ballots, and how they are resampled. */
typedef struct {
    const uint32_t *which; /* (n) */
    size_t n, n_resamples;
    uint32_t repetition; /* 0: all of them as they are */
} electorate;

/* Draws n ballots of n. A repetition has 2^16 draws, of which the last is its own. */
static void draw_ballots(uint32_t *out, size_t n, uint32_t repetition, uint32_t draw)
{
    rng r = trust_rng(0, TRUST_RESAMPLE, repetition << 16 | draw);
    rng_fill_below(&r, out, n, (uint32_t)n);
}

/* (n_who, n_resamples): the same resample of all candidates. Where it knows nothing of one, as
 * where all do not. */
static void fill_resamples(float *out, const vote_table *t, const trust_candidate *c,
                           const electorate *e)
{
    uint32_t *drawn = allocate(e->n, sizeof *drawn);
    for (size_t k = 0; k < e->n_resamples; k++) {
        draw_ballots(drawn, e->n, e->repetition, (uint32_t)k);
        for (size_t i = 0; i < e->n; i++)
            drawn[i] = e->which[drawn[i]];
        for (size_t i = 0; i < t->n_who; i++) {
            double mean = mean_faithfulness(t->votes + i * t->n, drawn, e->n);
            out[i * e->n_resamples + k] = (float)(isnan(mean) ? c[i].faithfulness.value : mean);
        }
    }
    free(drawn);
}

/* What holds for half of them or more is held against it. */
static void fill_candidate(trust_candidate *c, const vote *votes, const electorate *e)
{
    size_t n_there = 0, n_passes = 0, n_flagged = 0, n_untested = 0, n_broken = 0;
    c->passes = 0;
    c->faithfulness =
        (estimate){mean_faithfulness(votes, e->which, e->n), (double)NAN, (double)NAN};
    for (size_t i = 0; i < e->n; i++) {
        const vote *v = &votes[e->which[i]];
        add_to_mean(&c->passes, &n_passes, (double)v->passes);
        n_there += v->is_there;
        n_flagged += v->is_flagged;
        n_untested += v->is_untested;
        n_broken += v->is_there && !v->is_certified;
    }
    c->is_flagged = n_flagged && 2 * n_flagged >= n_there;
    c->is_untested = n_untested && 2 * n_untested >= n_there;
    c->is_certified = !n_broken || 2 * n_broken < n_there;
}

static void find_intervals(trust_candidate *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float *sorted = allocate(c[i].n_resamples, sizeof *sorted);
        memcpy(sorted, c[i].resamples, c[i].n_resamples * sizeof *sorted);
        c[i].faithfulness =
            estimate_of_resamples(c[i].faithfulness.value, sorted, c[i].n_resamples);
        free(sorted);
    }
}

/* c (n_who) becomes what is known over e; the choice is to be released. */
static void choose(trust_choice *v, trust_candidate *c, const vote_table *t, const electorate *e)
{
    float *resamples = allocate(t->n_who * e->n_resamples, sizeof *resamples);
    memcpy(c, t->who, t->n_who * sizeof *c);
    for (size_t i = 0; i < t->n_who; i++) {
        fill_candidate(&c[i], t->votes + i * t->n, e);
        c[i].resamples = resamples + i * e->n_resamples;
        c[i].n_resamples = e->n_resamples;
    }
    fill_resamples(resamples, t, c, e);
    find_intervals(c, t->n_who);
    trust_choose_among(v, c, t->n_who);
    free(resamples);
}

/* ---- How sure it is ---- */

typedef struct {
    const vote_table *t;
    size_t winner;
    bool is_other[RANKING_REPETITIONS];
} repetitions;

/* A body of parallel_for. */
static void repeat(size_t i, size_t thread, void *context)
{
    repetitions *all = context;
    const vote_table *t = all->t;
    trust_choice v;
    uint32_t *which = allocate(t->n, sizeof *which);
    trust_candidate *c = allocate(t->n_who, sizeof *c);
    electorate e = {which, t->n, RANKING_REPETITIONS, (uint32_t)i + 1};
    (void)thread;
    draw_ballots(which, t->n, e.repetition, UINT16_MAX);
    choose(&v, c, t, &e);
    all->is_other[i] = v.winner != all->winner;
    trust_choice_release(&v);
    free(c);
    free(which);
}

static double share_of_changes(const vote_table *t, size_t winner)
{
    size_t n = 0;
    repetitions all = {.t = t, .winner = winner};
    parallel_for(RANKING_REPETITIONS, repeat, &all);
    for (size_t i = 0; i < RANKING_REPETITIONS; i++)
        n += all.is_other[i];
    return (double)n / RANKING_REPETITIONS;
}

/* ---- The ranking ---- */

static void fill_rank(trust_rank *rank, const trust_candidate *c, const vote *votes, size_t n)
{
    size_t n_places = 0;
    *rank = (trust_rank){
        .name = c->name, .method = c->method, .faithfulness = c->faithfulness, .passes = c->passes};
    for (size_t i = 0; i < n; i++) {
        add_to_mean(&rank->place, &n_places, (double)votes[i].place);
        rank->n_won += votes[i].won;
        rank->n_flagged += votes[i].is_flagged;
    }
}

static void fill_ranks(trust_ranking *r, const vote_table *t, const trust_candidate *c,
                       const trust_choice *v)
{
    r->n = t->n_who;
    r->ranks = allocate(r->n, sizeof *r->ranks);
    r->has_winner = v->winner != NO_INDEX;
    r->has_runner_up = v->runner_up != NO_INDEX;
    r->lead = v->lead;
    for (size_t i = 0; i < r->n; i++) {
        size_t k = v->order[i];
        fill_rank(&r->ranks[i], &c[k], t->votes + k * t->n, t->n);
        r->ranks[i].standing = v->standing[k];
        if (k == v->runner_up)
            r->runner_up = i;
    }
}

static void count_ballots(trust_ranking *r, const vote_table *t, size_t winner)
{
    for (size_t i = 0; i < t->n; i++) {
        bool has_one = false;
        for (size_t k = 0; k < t->n_who; k++)
            has_one = has_one || t->votes[k * t->n + i].won;
        r->n_without += !has_one;
        r->n_other += winner == NO_INDEX ? has_one : !t->votes[winner * t->n + i].won;
    }
}

/* One ballot says all there is. */
static void choose_of_one(trust_choice *v, trust_candidate *c, const trust_ballot *b)
{
    memcpy(c, b->candidates, b->n * sizeof *c);
    trust_choose_among(v, c, b->n);
}

static void choose_of_all(trust_choice *v, trust_candidate *c, const vote_table *t)
{
    uint32_t *which = allocate(t->n, sizeof *which);
    for (size_t i = 0; i < t->n; i++)
        which[i] = (uint32_t)i;
    choose(v, c, t, &(electorate){which, t->n, RANKING_RESAMPLES, 0});
    free(which);
}

static void rank_ballots(trust_ranking *r, const trust_ballot *const *ballots)
{
    vote_table t;
    trust_choice v;
    vote_table_init(&t, ballots, r->n_ballots);
    trust_candidate *c = allocate(t.n_who, sizeof *c);
    if (t.n == 1)
        choose_of_one(&v, c, ballots[0]);
    else
        choose_of_all(&v, c, &t);
    fill_ranks(r, &t, c, &v);
    count_ballots(r, &t, v.winner);
    r->changes = t.n > 1 ? share_of_changes(&t, v.winner) : (double)NAN;
    trust_choice_release(&v);
    free(c);
    vote_table_release(&t);
}

void trust_ranking_make(trust_ranking *r, const trust_ballot *const *ballots, size_t n)
{
    const trust_ballot **with = allocate(n, sizeof *with);
    *r = (trust_ranking){0};
    for (size_t i = 0; i < n; i++)
        if (ballots[i]->n)
            with[r->n_ballots++] = ballots[i];
    if (r->n_ballots)
        rank_ballots(r, with);
    free(with);
}

void trust_ranking_release(trust_ranking *r)
{
    free(r->ranks);
    *r = (trust_ranking){0};
}
