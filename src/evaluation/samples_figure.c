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
    N_PAIRS = 7, /* side by side, however broad their pictures are */
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

/* Of the best some of each class, as one is often surer than all others. */
static void add_ends(figure *f, const evaluation *v, const judged_set *s, const scored *all,
                     bool is_best, const char *title)
{
    picture_list l;
    size_t n = s->n / 2 < N_EXTREME ? s->n / 2 : N_EXTREME, of_class[MAX_LABELS] = {0};
    size_t most = is_best && s->n_classes < N_EXTREME ? N_EXTREME / s->n_classes : 1;
    picture_list_init(&l, n, s->shape);
    for (size_t i = 0; i < s->n && l.n < n; i++) {
        scored p = all[is_best ? s->n - 1 - i : i];
        if (!is_best || of_class[s->seen[p.i]]++ < most)
            picture_list_add(&l, pixels_of(s, p.i), confidence_words(v, s, p));
    }
    figure_add_pictures(f, &l, title,
                        s->labels ? "Class (asked as seen), and how sure the judge is of the one "
                                    "that was asked for"
                                  : "Class that the judge sees, and how sure it is",
                        EXTREME_COLUMNS, 0);
    picture_list_release(&l);
}

void add_extremes(figure *f, const evaluation *v, const candidate *c)
{
    const judged_set *s = &c->set;
    if (!s->pixels || !s->logits || s->n < 2)
        return;
    scored *all = sort_by_confidence(s);
    figure_new_row(f);
    add_ends(f, v, s, all, false, "Worst: the judge is least sure what these are");
    add_ends(f, v, s, all, true, "Best: the judge is surest what these are, class by class");
    free(all);
}

/* ---- Pairs ---- */

/* Of pixels in 0..1. */
static double distance_between(const uint8_t *a, const uint8_t *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(sum) / 255;
}

static char *distance_words(double distance)
{
    text words = {0};
    number_text number;
    text_add(&words, "%s", number_write(number, distance, false));
    return words.data;
}

static char *number_words(const evaluation *v, const candidate *c, size_t i)
{
    text words = {0};
    text_add(&words, "%s %llu", c->context.generator ? "seed" : "no.",
             (unsigned long long)picture_number(v, c, i));
    return words.data;
}

/* What stands in two rows: pictures of the candidate, and under each its other. */
typedef struct {
    const char *title, *subtitle;
    const uint8_t *pixels; /* of the others */
    const uint32_t *others;
    const double *nearness; /* (n), of each; NULL: their distances count */
    size_t n;               /* of the candidate's pictures that have one */
    bool is_farthest;
} picture_pairs;

/* The nearest first. */
static scored *sort_pairs(const judged_set *s, const picture_pairs *p)
{
    scored *all = allocate(p->n, sizeof *all);
    for (size_t i = 0; i < p->n; i++) {
        const uint8_t *other = p->pixels + p->others[i] * s->shape.n;
        double far =
            p->nearness ? p->nearness[i] : distance_between(pixels_of(s, i), other, s->shape.n);
        all[i] = (scored){far, i};
    }
    qsort(all, p->n, sizeof *all, compare_scores);
    return all;
}

static void add_pair_sheet(figure *f, const evaluation *v, const candidate *c,
                           const picture_pairs *p)
{
    picture_list l;
    const judged_set *s = &c->set;
    size_t n = p->n < N_PAIRS ? p->n : N_PAIRS;
    scored *all = sort_pairs(s, p);
    const scored *shown = p->is_farthest ? all + p->n - n : all;
    picture_list_init(&l, 2 * n, s->shape);
    for (size_t i = 0; i < n; i++) {
        size_t k = shown[p->is_farthest ? n - 1 - i : i].i;
        picture_list_add(&l, pixels_of(s, k), number_words(v, c, k));
    }
    for (size_t i = 0; i < n; i++) {
        scored k = shown[p->is_farthest ? n - 1 - i : i];
        picture_list_add(&l, p->pixels + p->others[k.i] * s->shape.n, distance_words(k.value));
    }
    figure_add_pictures(f, &l, p->title, p->subtitle, n, 0);
    picture_list_release(&l);
    free(all);
}

void add_pairs(figure *f, const evaluation *v, candidate *c)
{
    if (!c->set.pixels)
        return;
    figure_new_row(f);
    add_pair_sheet(f, v, c,
                   &(picture_pairs){.title = "Farthest: least like any real picture",
                                    .subtitle = "Below each the real picture that is nearest, and "
                                                "how far it is by pixels (0 to 1 each, Euclidean)",
                                    .pixels = v->real.real.pixels,
                                    .others = comparison_nearest_real(&c->against_real),
                                    .n = c->set.n,
                                    .is_farthest = true});
    if (!c->context.training)
        return;
    const training_neighbours *near = judged_set_near_training(&c->set, c->context.training);
    add_pair_sheet(f, v, c,
                   &(picture_pairs){.title = "Closest: learned by heart?",
                                    .subtitle = "Below each the training picture that is nearest, "
                                                "and how far it is over how far the tenth is: 0 is "
                                                "a copy",
                                    .pixels = c->context.training->pixels,
                                    .others = near->nearest,
                                    .nearness = near->nearness,
                                    .n = near->n});
}
