/* SPDX-License-Identifier: MIT */
/* From what is measured at each z to one number, by explainability_definition. */
#include "explainability_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

size_t explainability_count(size_t n_classes)
{
    enum { LEAST = 4 };
    size_t n = n_classes ? EXPLAINABILITY_SEEDS / n_classes : EXPLAINABILITY_SEEDS;
    return n < LEAST ? LEAST : n;
}

/* ---- Means ---- */

static double mean_of(const double *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += v[i] / (double)n;
    return all;
}

estimate explainability_mean(const double *v, size_t n, uint64_t seed)
{
    float means[N_RESAMPLES];
    rng r = trust_rng(seed, TRUST_RESAMPLE, 0);
    for (size_t k = 0; k < N_RESAMPLES; k++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += v[rng_below(&r, (uint32_t)n)] / (double)n;
        means[k] = (float)mean;
    }
    return estimate_of_resamples(mean_of(v, n), means, N_RESAMPLES);
}

static estimate without_interval(double value)
{
    return (estimate){value, (double)NAN, (double)NAN};
}

/* ---- Scores ---- */

static double share(double part, double rest) { return part > 0 ? part / (part + rest) : 0; }

static double find_varies(const explainability_spread *s)
{
    const double grey = 1.0 / 255, rounding = 1e-6;
    return share(s->picture, grey) * share(s->target, rounding * fabs(s->mean));
}

/* All scores of one z. */
typedef struct {
    double part[N_EXPLAINABILITY_PARTS], level[N_EXPLAINABILITY_LEVELS], mean;
} seed_scores;

static seed_scores score(const explainability_facts *f)
{
    seed_scores s = {{0}, {0}, 0};
    double n[N_EXPLAINABILITY_LEVELS] = {0};
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        n[explainability_parts[i].level]++;
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++) {
        const explainability_part *p = &explainability_parts[i];
        s.part[i] = p->score(f);
        s.level[p->level] += s.part[i] / n[p->level];
    }
    s.mean = mean_of(s.level, N_EXPLAINABILITY_LEVELS);
    return s;
}

/* Of one number of each z, of which this is the first's. */
static estimate estimate_of(const double *first, const explainability_subject *s)
{
    enum { STEP = sizeof(seed_scores) / sizeof(double) };
    double v[EXPLAINABILITY_SEEDS];
    for (size_t i = 0; i < s->n; i++)
        v[i] = first[i * STEP];
    return explainability_mean(v, s->n, s->seed);
}

static void summarise(explainability *out, const seed_scores *scores, double varies,
                      const explainability_subject *s)
{
    *out = (explainability){.n = s->n, .varies = without_interval(varies)};
    for (size_t i = 0; i < s->n; i++)
        out->by_seed[i] = varies * scores[i].mean;
    out->total = explainability_mean(out->by_seed, s->n, s->seed);
    for (size_t i = 0; i < N_EXPLAINABILITY_LEVELS; i++)
        out->level[i] = estimate_of(&scores->level[i], s);
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        out->part[i] = explainability_parts[i].is_of_model ? without_interval(scores->part[i])
                                                           : estimate_of(&scores->part[i], s);
}

int explainability_find(explainability *out, const explainability_subject *s, error *e)
{
    assert(s->n > 0 && s->n <= EXPLAINABILITY_SEEDS);
    explainability_facts facts[EXPLAINABILITY_SEEDS] = {{0}};
    seed_scores scores[EXPLAINABILITY_SEEDS];
    explainability_spread spread;
    explainability_look_over_prior(&facts[0], &spread, s);
    for (size_t i = 1; i < s->n; i++)
        facts[i] = facts[0];
    if (explainability_find_facts(facts, s, e))
        return -1;
    for (size_t i = 0; i < s->n; i++)
        scores[i] = score(&facts[i]);
    summarise(out, scores, find_varies(&spread), s);
    return 0;
}
