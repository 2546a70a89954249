/* SPDX-License-Identifier: MIT */
/* How far a judge can be believed, on pictures whose classes are known. */
#include "metrics.h"
#include <assert.h>
#include <math.h>

enum { BINS = 15 };

/* Of pictures whose greatest probability is in a bin. */
typedef struct {
    double n, right, probability;
} bin;

/* Of a class: pictures that are of it, that are told it, and both. */
typedef struct {
    double are, told, both;
} tally;

static void count(tally tallies[MAX_LABELS], bin bins[BINS], const judged_set *s, size_t i)
{
    double probability[MAX_LABELS];
    size_t seen = s->seen[i], label = s->labels[i];
    judged_set_probability(probability, s, i);
    size_t at = (size_t)(probability[seen] * BINS);
    bin *b = &bins[at < BINS ? at : BINS - 1];
    b->n++;
    b->right += seen == label;
    b->probability += probability[seen];
    tallies[label].are++;
    tallies[seen].told++;
    tallies[label].both += seen == label;
}

static double calibration_error(const bin bins[BINS], size_t n)
{
    double total = 0;
    for (size_t i = 0; i < BINS; i++)
        total += fabs(bins[i].right - bins[i].probability) / (double)n;
    return total;
}

static double share(double part, double all) { return all > 0 ? part / all : (double)NAN; }

void judge_quality_find(judge_quality *q, const judged_set *s)
{
    tally tallies[MAX_LABELS] = {{0}};
    bin bins[BINS] = {{0}};
    double n_right = 0;
    assert(s->labels && s->n > 0 && s->n_classes > 0);
    for (size_t i = 0; i < s->n; i++) {
        count(tallies, bins, s, i);
        n_right += s->seen[i] == s->labels[i];
    }
    *q = (judge_quality){.n = s->n,
                         .n_classes = s->n_classes,
                         .accuracy = n_right / (double)s->n,
                         .calibration_error = calibration_error(bins, s->n)};
    for (size_t k = 0; k < s->n_classes; k++) {
        tally t = tallies[k];
        q->precision[k] = share(t.both, t.told);
        q->recall[k] = share(t.both, t.are);
        q->f1[k] = share(2 * t.both, t.told + t.are);
    }
}
