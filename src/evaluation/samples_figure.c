/* SPDX-License-Identifier: MIT */
/* Pictures of one candidate: as they come, the best and the worst, and the nearest to others. */
#include "figures_detail.h"
#include <math.h>
#include <stdlib.h>

enum {
    SAMPLE_COLUMNS = 12,
    SAMPLE_ROWS = 4,
    SAMPLE_SIDE = 56,
    N_EXTREME = 14, /* in two rows */
    EXTREME_COLUMNS = 7,
    N_PAIRS = 14, /* in one row, or more where they do not fit */
};

static const uint8_t *pixels_of(const judged_set *s, size_t i)
{
    return s->pixels + i * s->shape.n;
}

/* ---- As they come ---- */

static void add_first(figure *f, const judged_set *s, const char *title, const char *subtitle)
{
    picture_list l;
    size_t most = SAMPLE_COLUMNS * SAMPLE_ROWS, n = s->n < most ? s->n : most;
    picture_list_init(&l, n, s->shape);
    for (size_t i = 0; i < n; i++)
        picture_list_add(&l, pixels_of(s, i), NULL);
    figure_add_pictures(f, &l, title, subtitle, SAMPLE_COLUMNS, SAMPLE_SIDE);
    picture_list_release(&l);
}

void add_samples(figure *f, const evaluation *v, const candidate *c)
{
    text words = {0};
    if (!c->set.pixels)
        return;
    text_add(&words, "As they come, from %s ", picture_kind(c));
    text_add_grouped(&words, picture_number(v, c, 0));
    text_add(&words, " on");
    figure_new_row(f);
    add_first(f, &c->set, "These pictures", words.data);
    add_first(f, &v->real.real, "Real pictures", "As they come, drawn from the data");
    text_release(&words);
}

/* ---- The best and the worst ---- */

typedef struct {
    double value;
    size_t i;
} scored;

static int compare_scores(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

/* How sure the judge is of the class that was asked for, or else of the one it sees. */
static double confidence(const judged_set *s, size_t i)
{
    double probability[MAX_LABELS];
    judged_set_probability(probability, s, i);
    size_t label = s->labels && s->labels[i] < s->n_classes ? s->labels[i] : s->seen[i];
    return probability[label];
}

static scored *sort_by_confidence(const judged_set *s)
{
    scored *all = allocate(s->n, sizeof *all);
    for (size_t i = 0; i < s->n; i++)
        all[i] = (scored){confidence(s, i), i};
    qsort(all, s->n, sizeof *all, compare_scores);
    return all;
}

/* "4 31 %", or "4 as 9, 31 %" where 4 was asked for and 9 is seen. */
static char *confidence_words(const evaluation *v, const judged_set *s, scored p)
{
    text words = {0};
    char *seen = class_words(v, s->seen[p.i]);
    if (s->labels && s->labels[p.i] != s->seen[p.i]) {
        char *asked = class_words(v, s->labels[p.i]);
        text_add(&words, "%s as ", asked);
        free(asked);
    }
    text_add(&words, "%s  %.0f %%", seen, 100 * p.value);
    free(seen);
    return words.data;
}

static void add_ends(figure *f, const evaluation *v, const judged_set *s, const scored *all,
                     bool is_best, const char *title)
{
    picture_list l;
    size_t n = s->n / 2 < N_EXTREME ? s->n / 2 : N_EXTREME;
    picture_list_init(&l, n, s->shape);
    for (size_t i = 0; i < n; i++) {
        scored p = all[is_best ? s->n - 1 - i : i];
        picture_list_add(&l, pixels_of(s, p.i), confidence_words(v, s, p));
    }
    figure_add_pictures(f, &l, title,
                        s->labels ? "Class (asked as seen), and how sure the judge is of the one "
                                    "that was asked for"
                                  : "Class that the judge sees, and how sure it is",
                        EXTREME_COLUMNS, 0);
    picture_list_release(&l);
}

void add_extremes(figure *f, const evaluation *v, candidate *c)
{
    const judged_set *s = &c->set;
    if (!s->pixels || !s->logits || s->n < 2)
        return;
    scored *all = sort_by_confidence(s);
    figure_new_row(f);
    add_ends(f, v, s, all, false, "Worst: the judge is least sure what these are");
    add_ends(f, v, s, all, true, "Best: the judge is surest what these are");
    free(all);
}
