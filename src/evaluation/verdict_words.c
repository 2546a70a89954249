/* SPDX-License-Identifier: MIT */
/* What is good and what is bad, in a few sentences. */
#include "figures_detail.h"
#include <math.h>
#include <stdlib.h>

enum { N_WORST = 3 };

/* How far a number is from that of real pictures, as it is drawn: the share of its track. */
typedef struct {
    double gap;
    size_t k; /* of the metric */
} metric_gap;

static int compare_gaps(const void *a, const void *b)
{
    const metric_gap *x = a, *y = b;
    if (x->gap != y->gap)
        return x->gap < y->gap ? 1 : -1;
    return (x->k > y->k) - (x->k < y->k);
}

/* Those with a floor, the greatest first; returns how many. */
static size_t find_gaps(metric_gap *out, const evaluation *v, const candidate *c, bool is_good)
{
    size_t n = 0;
    for (size_t k = 0; k < v->n_metrics; k++) {
        const measurement *m = measured(c, k), *floor = floor_of(v, k);
        if (!m || !floor)
            continue;
        gauge g = gauge_of(m, floor);
        if (g.is_good == is_good)
            out[n++] = (metric_gap){fabs(g.value - g.mark) / (g.to - g.from), k};
    }
    qsort(out, n, sizeof *out, compare_gaps);
    return n;
}

static void add_good_words(text *out, const evaluation *v, const metric_gap *good, size_t n)
{
    if (n == 0)
        text_add(out, "By no number are they as good as other real pictures.\n");
    for (size_t i = 0; i < n; i++)
        text_add(out, "%s%s%s", i == 0 ? "Like real pictures, or better, by " : ", ",
                 v->metrics[good[i].k]->name, i + 1 == n ? ".\n" : "");
}

static void add_bad_words(text *out, const evaluation *v, const candidate *c, const metric_gap *bad,
                          size_t n)
{
    n = n < N_WORST ? n : N_WORST;
    for (size_t i = 0; i < n; i++) {
        const metric *m = v->metrics[bad[i].k];
        text_add(out, "%s%s (", i == 0 ? "Least like real pictures by " : ", ", m->name);
        text_add_decimals(out, measured(c, bad[i].k)->result.value.value, m->decimals);
        text_add(out, "; real pictures ");
        text_add_decimals(out, floor_of(v, bad[i].k)->result.value.value, m->decimals);
        text_add(out, ")%s", i + 1 == n ? ".\n" : "");
    }
}

/* The class whose share differs most from that of real pictures, upwards or downwards. */
static size_t find_extreme(const float *own, const float *real, size_t n, double sign)
{
    size_t best = n;
    double most = 0;
    for (size_t k = 0; k < n; k++)
        if (sign * (double)(own[k] - real[k]) > most) {
            most = sign * (double)(own[k] - real[k]);
            best = k;
        }
    return best;
}

/* Classes that real pictures have and none of these is seen as. */
static void add_never_words(text *out, const evaluation *v, const float *own, const float *real,
                            size_t n)
{
    size_t n_never = 0;
    for (size_t k = 0; k < n; k++) {
        if (own[k] > 0 || !(real[k] > 0))
            continue;
        char *name = class_words(v, k);
        text_add(out, "%s%s", n_never++ == 0 ? "Never made: class " : ", ", name);
        free(name);
    }
    if (n_never > 0)
        text_add(out, ". ");
}

static void add_class_words(text *out, const evaluation *v, const candidate *c)
{
    size_t n = c->set.n_classes;
    if (n == 0 || v->real.real.n_classes != n)
        return;
    float *own = find_class_shares(&c->set), *real = find_class_shares(&v->real.real);
    add_never_words(out, v, own, real, n);
    size_t ends[2] = {find_extreme(own, real, n, 1), find_extreme(own, real, n, -1)};
    static const char *const what[2] = {"Made too often: ", "Made too seldom: "};
    for (size_t i = 0; i < 2; i++) {
        if (ends[i] == n)
            continue;
        char *name = class_words(v, ends[i]);
        text_add(out, "%sclass %s (%.1f %% of them; of real pictures %.1f %%). ", what[i], name,
                 (double)own[ends[i]], (double)real[ends[i]]);
        free(name);
    }
    free(own);
    free(real);
}

void add_verdict(figure *f, const evaluation *v, const candidate *c)
{
    text words = {0};
    metric_gap *gaps = allocate(v->n_metrics, sizeof *gaps);
    size_t n = find_gaps(gaps, v, c, false);
    add_bad_words(&words, v, c, gaps, n);
    size_t n_good = find_gaps(gaps, v, c, true);
    if (n + n_good > 0)
        add_good_words(&words, v, gaps, n_good);
    add_class_words(&words, v, c);
    if (words.length > 0)
        figure_add_text(f, &(text_panel){.title = "In short", .words = words.data});
    text_release(&words);
    free(gaps);
}
