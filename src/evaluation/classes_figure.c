/* SPDX-License-Identifier: MIT */
/* How classes come off: how often each is made, how well, and how its pictures look on average. */
#include "figures_detail.h"
#include <math.h>
#include <stdlib.h>

enum { MAX_CONTRASTS = 12 };

typedef struct {
    char **names; /* (n), owned */
    size_t n;
} class_names;

static class_names class_names_make(const evaluation *v, size_t n)
{
    class_names c = {allocate(n, sizeof *c.names), n};
    for (size_t k = 0; k < n; k++)
        c.names[k] = class_words(v, k);
    return c;
}

static void class_names_release(class_names *c)
{
    for (size_t k = 0; k < c->n; k++)
        free(c->names[k]);
    free(c->names);
}

/* ---- How often ---- */

float *find_class_shares(const judged_set *s)
{
    float *shares = allocate(s->n_classes, sizeof *shares);
    size_t *counts = allocate(s->n_classes, sizeof *counts);
    for (size_t i = 0; i < s->n; i++)
        counts[s->seen[i]]++;
    for (size_t k = 0; k < s->n_classes; k++)
        shares[k] = (float)(100 * (double)counts[k] / (double)s->n);
    free(counts);
    return shares;
}

static void add_histogram(figure *f, const evaluation *v, const candidate *c,
                          const class_names *names)
{
    float *own = find_class_shares(&c->set), *real = find_class_shares(&v->real.real);
    column_series series[2] = {{"real pictures", real, NULL, NULL},
                               {"these pictures", own, NULL, NULL}};
    figure_add_columns(f, &(columns_panel){.title = "How often each class is made",
                                           .subtitle = "Percent, by the class that the judge sees",
                                           .names = (const char *const *)names->names,
                                           .series = series,
                                           .n = names->n,
                                           .n_series = 2,
                                           .line = (double)NAN});
    free(own);
    free(real);
}

/* ---- How well ---- */

/* The numbers of classes as columns want them. */
typedef struct {
    float *values, *low, *high; /* (n), owned */
} class_numbers;

static class_numbers class_numbers_make(const measurement *m, size_t n)
{
    const metric_result *r = m ? &m->result : NULL;
    class_numbers c = {allocate(n, sizeof(float)), allocate(n, sizeof(float)),
                       allocate(n, sizeof(float))};
    for (size_t k = 0; k < n; k++) {
        bool has_one = r && r->by_class && k < r->n_classes;
        estimate v = has_one ? r->by_class[k] : (estimate){(double)NAN, (double)NAN, (double)NAN};
        c.values[k] = (float)v.value;
        c.low[k] = (float)v.low;
        c.high[k] = (float)v.high;
    }
    return c;
}

static void class_numbers_release(class_numbers *c)
{
    free(c->values);
    free(c->low);
    free(c->high);
}

/* The class of the greatest or least number; n where there is none. */
static size_t find_end(const class_numbers *c, size_t n, bool is_greatest)
{
    size_t end = n;
    for (size_t k = 0; k < n; k++)
        if (isfinite(c->values[k]) && (end == n || (is_greatest ? c->values[k] > c->values[end]
                                                                : c->values[k] < c->values[end])))
            end = k;
    return end;
}

/* "worst: 8 (0.61)" */
static void add_end_words(text *out, const char *what, const class_names *names, size_t k,
                          const class_numbers *c)
{
    number_text number;
    text_add(out, "%s: %s (%s)", what, names->names[k],
             number_write(number, (double)c->values[k], false));
}

static void add_quality(figure *f, const measurement *own_ones, const measurement *floor,
                        const class_names *names)
{
    class_numbers own = class_numbers_make(own_ones, names->n),
                  real = class_numbers_make(floor, names->n);
    column_series series[2] = {{"other real pictures", real.values, NULL, NULL},
                               {"these pictures", own.values, own.low, own.high}};
    bool has_floor = floor && floor->result.by_class;
    size_t best = find_end(&own, names->n, true), worst = find_end(&own, names->n, false);
    text words[2] = {{0}, {0}};
    columns_panel p = {.title = "How well each class comes off",
                       .subtitle = own_ones->metric->class_quality,
                       .names = (const char *const *)names->names,
                       .series = has_floor ? series : series + 1,
                       .n = names->n,
                       .n_series = has_floor ? 2 : 1,
                       .line = (double)NAN};
    if (best < names->n && best != worst) {
        add_end_words(&words[0], "best", names, best, &own);
        add_end_words(&words[1], "worst", names, worst, &own);
        p.marked[0].i = best;
        p.marked[0].name = words[0].data;
        p.marked[1].i = worst;
        p.marked[1].name = words[1].data;
    }
    figure_add_columns(f, &p);
    text_release(&words[0]);
    text_release(&words[1]);
    class_numbers_release(&own);
    class_numbers_release(&real);
}

/* The metric that tells how well classes come off: fairness where it is measured, else the first
 * whose numbers of classes say so; n_metrics where there is none. */
static size_t find_class_metric(const evaluation *v, const candidate *c)
{
    size_t found = v->n_metrics;
    for (size_t k = 0; k < v->n_metrics; k++) {
        const measurement *m = measured(c, k);
        if (m && m->result.by_class && v->metrics[k]->class_quality &&
            (found == v->n_metrics || v->metrics[k]->says == SAYS_FAIRNESS))
            found = k;
    }
    return found;
}

void add_classes(figure *f, const evaluation *v, const candidate *c)
{
    size_t k = find_class_metric(v, c);
    if (c->set.n_classes == 0)
        return;
    class_names names = class_names_make(v, c->set.n_classes);
    figure_new_row(f);
    add_histogram(f, v, c, &names);
    if (k < v->n_metrics)
        add_quality(f, measured(c, k), floor_of(v, k), &names);
    class_names_release(&names);
}

/* ---- Mean pictures ---- */

/* Of each class: the class that was asked for where that is known, else the one that is seen. */
typedef struct {
    float *mean;   /* (n, shape.n), owned */
    size_t *count; /* (n), owned */
} class_means;

static class_means find_means(const judged_set *s, size_t n_classes)
{
    size_t n = s->shape.n;
    class_means m = {allocate(n_classes * n, sizeof *m.mean), allocate(n_classes, sizeof *m.count)};
    double *sums = allocate(n_classes * n, sizeof *sums);
    const uint8_t *labels = s->labels ? s->labels : s->seen;
    for (size_t i = 0; i < s->n; i++) {
        if (labels[i] >= n_classes)
            continue;
        m.count[labels[i]]++;
        for (size_t p = 0; p < n; p++)
            sums[labels[i] * n + p] += s->pixels[i * n + p];
    }
    for (size_t k = 0; k < n_classes * n; k++)
        m.mean[k] = m.count[k / n] > 0 ? (float)(sums[k] / 255 / (double)m.count[k / n]) : 0;
    free(sums);
    return m;
}

static void class_means_release(class_means *m)
{
    free(m->mean);
    free(m->count);
}

typedef struct {
    double size;
    size_t label;
} contrast;

static int compare_contrasts(const void *a, const void *b)
{
    const contrast *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->label > y->label) - (x->label < y->label);
}

static int compare_labels(const void *a, const void *b)
{
    const contrast *x = a, *y = b;
    return (x->label > y->label) - (x->label < y->label);
}

/* The classes that both have, those of the greatest differences where there are too many; in the
 * order of their labels. */
static size_t choose_contrasts(contrast *out, const class_means *own, const class_means *real,
                               size_t n_classes, size_t n_pixels)
{
    size_t n = 0;
    for (size_t k = 0; k < n_classes; k++) {
        double size = 0;
        if (own->count[k] == 0 || real->count[k] == 0)
            continue;
        for (size_t p = k * n_pixels; p < (k + 1) * n_pixels; p++)
            size += fabs((double)own->mean[p] - (double)real->mean[p]);
        out[n++] = (contrast){size, k};
    }
    qsort(out, n, sizeof *out, compare_contrasts);
    n = n < MAX_CONTRASTS ? n : MAX_CONTRASTS;
    qsort(out, n, sizeof *out, compare_labels);
    return n;
}

/* What a strip shows of some classes: the first less the second, or the first. */
typedef struct {
    const char *title, *subtitle;
    const class_means *of, *less;
    double scale;
    const char *colours;
} mean_strip;

static char *mean_words(const evaluation *v, const mean_strip *s, size_t label)
{
    text words = {0};
    char *name = class_words(v, label);
    text_add(&words, "%s", name);
    if (!s->less) {
        text_add(&words, ": ");
        text_add_grouped(&words, s->of->count[label]);
    }
    free(name);
    return words.data;
}

static void add_strip(figure *f, const evaluation *v, const mean_strip *s, const contrast *chosen,
                      size_t n)
{
    picture_shape shape = v->real.real.shape;
    float *values = allocate(n * shape.n, sizeof *values);
    char **labels = allocate(n, sizeof *labels);
    for (size_t i = 0; i < n; i++) {
        size_t first = chosen[i].label * shape.n;
        labels[i] = mean_words(v, s, chosen[i].label);
        for (size_t p = 0; p < shape.n; p++)
            values[i * shape.n + p] =
                s->of->mean[first + p] - (s->less ? s->less->mean[first + p] : 0);
    }
    figure_new_row(f);
    figure_add_strip(f, &(strip_panel){.title = s->title,
                                       .subtitle = s->subtitle,
                                       .values = values,
                                       .labels = (const char *const *)labels,
                                       .n = n,
                                       .rows = shape.rows,
                                       .cols = shape.cols,
                                       .scale = s->scale,
                                       .colours = colour_map_find(s->colours)});
    for (size_t i = 0; i < n; i++)
        free(labels[i]);
    free(labels);
    free(values);
}

static void add_strips(figure *f, const evaluation *v, const class_means *own,
                       const class_means *real, const contrast *chosen, size_t n)
{
    const mean_strip strips[] = {
        {"Mean real picture of each class", "Class: how many pictures it is of", real, NULL, 1,
         "grey"},
        {"Mean of these pictures", "Class: how many pictures it is of", own, NULL, 1, "grey"},
        {"Difference of the two means",
         "Orange: these pictures are too bright there; blue: too dark. 1 is white less black", own,
         real, 0.5, "blue-orange"}};
    for (size_t i = 0; i < sizeof strips / sizeof *strips; i++)
        add_strip(f, v, &strips[i], chosen, n);
}

void add_contrast(figure *f, const evaluation *v, const candidate *c)
{
    const judged_set *real = &v->real.real;
    contrast chosen[MAX_LABELS];
    size_t n_classes = c->set.n_classes;
    if (!c->set.pixels || n_classes == 0)
        return;
    class_means own = find_means(&c->set, n_classes), of_real = find_means(real, n_classes);
    size_t n = choose_contrasts(chosen, &own, &of_real, n_classes, real->shape.n);
    if (n > 0)
        add_strips(f, v, &own, &of_real, chosen, n);
    class_means_release(&own);
    class_means_release(&of_real);
}

/* ---- Asked and seen ---- */

/* (n, n): of the pictures that each class was asked for, in whole percent, how many are seen as
 * which. */
static float *find_confusion(const judged_set *s)
{
    size_t n = s->n_classes, *counts = allocate(n * n, sizeof *counts);
    float *shares = allocate(n * n, sizeof *shares);
    for (size_t i = 0; i < s->n; i++)
        if (s->labels[i] < n)
            counts[s->labels[i] * n + s->seen[i]]++;
    for (size_t k = 0; k < n; k++) {
        size_t total = 0;
        for (size_t i = 0; i < n; i++)
            total += counts[k * n + i];
        for (size_t i = 0; total > 0 && i < n; i++)
            shares[k * n + i] = (float)round(100 * (double)counts[k * n + i] / (double)total);
    }
    free(counts);
    return shares;
}

void add_confusion(figure *f, const evaluation *v, const candidate *c)
{
    const judged_set *s = &c->set;
    size_t n = s->n_classes;
    if (!s->labels || n == 0)
        return;
    class_names names = class_names_make(v, n);
    float *shares = find_confusion(s);
    figure_add_matrix(f, &(matrix_panel){.title = "Asked class (rows) and seen class (columns)",
                                         .subtitle = "Percent of the pictures asked for; all on "
                                                     "the diagonal is best",
                                         .values = shares,
                                         .row_names = (const char *const *)names.names,
                                         .col_names = (const char *const *)names.names,
                                         .rows = n,
                                         .cols = n,
                                         .scale = 100,
                                         .colours = colour_map_find("forest")});
    free(shares);
    class_names_release(&names);
}
