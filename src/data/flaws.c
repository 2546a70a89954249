/* SPDX-License-Identifier: MIT */
/* What may be wrong with pictures. */
#include "source.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

const uint8_t *data_check_pixels(const data_check *c, size_t i)
{
    const dataset *d = c->data;
    return i < d->test.n ? d->test.pixels + i * d->shape.n
                         : d->train.pixels + (i - d->test.n) * d->shape.n;
}

uint8_t data_check_label(const data_check *c, size_t i)
{
    const dataset *d = c->data;
    return i < d->test.n ? d->test.labels[i] : d->train.labels[i - d->test.n];
}

bool data_check_is_test(const data_check *c, size_t i) { return i < c->data->test.n; }

size_t data_check_place(const data_check *c, size_t i)
{
    const dataset *d = c->data;
    return data_check_is_test(c, i) ? image_set_place(&d->test, i)
                                    : image_set_place(&d->train, i - d->test.n);
}

/* ---- Blank ones ---- */

static void find_blank(data_check *c)
{
    size_t n = c->data->shape.n;
    for (size_t i = 0; i < c->n; i++) {
        const uint8_t *pixels = data_check_pixels(c, i);
        uint8_t least = 255, greatest = 0;
        for (size_t k = 0; k < n; k++) {
            least = pixels[k] < least ? pixels[k] : least;
            greatest = pixels[k] > greatest ? pixels[k] : greatest;
        }
        if (greatest - least <= BLANK_RANGE)
            c->flaws[i] |= 1u << FLAW_BLANK;
    }
}

/* ---- Equal ones ---- */

typedef struct {
    const uint8_t *pixels;
    size_t n;
    uint32_t checksum, i;
} content;

/* Of equal ones the first comes first. */
static int compare_contents(const void *a, const void *b)
{
    const content *x = a, *y = b;
    int order = x->checksum < y->checksum ? -1 : x->checksum > y->checksum;
    if (order == 0)
        order = memcmp(x->pixels, y->pixels, x->n);
    return order ? order : x->i < y->i ? -1 : x->i > y->i;
}

static bool is_same_content(const content *a, const content *b)
{
    return a->checksum == b->checksum && memcmp(a->pixels, b->pixels, a->n) == 0;
}

void find_duplicates(data_check *c)
{
    content *all = allocate(c->n, sizeof *all);
    size_t n = c->data->shape.n, first = 0;
    for (size_t i = 0; i < c->n; i++)
        all[i] = (content){data_check_pixels(c, i), n,
                           (uint32_t)crc32(0, data_check_pixels(c, i), (uInt)n), (uint32_t)i};
    qsort(all, c->n, sizeof *all, compare_contents);
    for (size_t i = 1; i < c->n; i++) {
        if (!is_same_content(&all[i], &all[first])) {
            first = i;
            continue;
        }
        c->flaws[all[i].i] |= 1u << FLAW_DUPLICATE;
        c->twins[all[i].i] = all[first].i;
    }
    free(all);
}

/* ---- Outlying ones ---- */

/* Of the training pictures of a class. */
typedef struct {
    double *mean; /* (n) */
    size_t count;
    double median, unit; /* of distances from it */
} class_numbers;

static double distance_to(const double *mean, const uint8_t *pixels, size_t n)
{
    double squares = 0;
    for (size_t k = 0; k < n; k++)
        squares += (pixels[k] - mean[k]) * (pixels[k] - mean[k]);
    return sqrt(squares);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median_of(double *v, size_t n)
{
    qsort(v, n, sizeof *v, compare_doubles);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* A normal distribution's median absolute deviation is its standard deviation over 1.4826. */
static void measure_spread(class_numbers *k, const data_check *c, size_t label)
{
    const image_set *s = &c->data->train;
    double *distances = allocate(k->count, sizeof *distances);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->labels[i] == label)
            distances[n++] = c->distances[c->data->test.n + i];
    k->median = median_of(distances, n);
    for (size_t i = 0; i < n; i++)
        distances[i] = fabs(distances[i] - k->median);
    k->unit = 1.4826 * median_of(distances, n);
    free(distances);
}

static void sum_classes(class_numbers all[MAX_LABELS], const data_check *c)
{
    size_t n = c->data->shape.n;
    for (size_t i = c->data->test.n; i < c->n; i++) {
        class_numbers *k = &all[data_check_label(c, i)];
        if (!k->mean)
            k->mean = allocate(n, sizeof *k->mean);
        for (size_t p = 0; p < n; p++)
            k->mean[p] += data_check_pixels(c, i)[p]; /* whole numbers: exact */
        k->count++;
    }
    for (size_t label = 0; label < MAX_LABELS; label++)
        for (size_t p = 0; all[label].mean && p < n; p++)
            all[label].mean[p] /= (double)all[label].count;
}

typedef struct {
    data_check *check;
    class_numbers classes[MAX_LABELS];
} outlier_search;

enum { PIECE = 256 };

/* A body of parallel_for: pictures of a class without training pictures are no distance away. */
static void measure_distances(size_t piece, size_t thread, void *context)
{
    outlier_search *s = context;
    data_check *c = s->check;
    size_t end = (piece + 1) * PIECE < c->n ? (piece + 1) * PIECE : c->n;
    (void)thread;
    for (size_t i = piece * PIECE; i < end; i++) {
        const class_numbers *k = &s->classes[data_check_label(c, i)];
        if (k->mean)
            c->distances[i] = distance_to(k->mean, data_check_pixels(c, i), c->data->shape.n);
    }
}

/* Where half of a class are equally far from its mean there is no unit, and no outlier. */
static void find_outliers(data_check *c)
{
    outlier_search *s = allocate(1, sizeof *s);
    s->check = c;
    sum_classes(s->classes, c);
    parallel_for((c->n + PIECE - 1) / PIECE, measure_distances, s);
    for (size_t label = 0; label < MAX_LABELS; label++)
        if (s->classes[label].count > 0)
            measure_spread(&s->classes[label], c, label);
    for (size_t i = 0; i < c->n; i++) {
        const class_numbers *k = &s->classes[data_check_label(c, i)];
        c->distances[i] = k->unit > 0 ? (c->distances[i] - k->median) / k->unit : 0;
        if (c->distances[i] > OUTLIER_DISTANCE)
            c->flaws[i] |= 1u << FLAW_OUTLIER;
    }
    for (size_t label = 0; label < MAX_LABELS; label++)
        free(s->classes[label].mean);
    free(s);
}

/* ---- All ---- */

const data_flaw data_flaws[] = {
    [FLAW_BLANK] = {"blank", "No two pixels differ by more than 16 of 255 levels.", find_blank},
    [FLAW_DUPLICATE] = {"duplicate", "Equal to a test picture, or to an earlier one of its part.",
                        find_duplicates},
    [FLAW_NEAR] = {"near-duplicate",
                   "Not equal to a test picture or an earlier one of its part, but within 8 of 255 "
                   "levels of one, as root mean square over the pixels.",
                   find_near_duplicates},
    [FLAW_OUTLIER] = {"outlier",
                      "Further from the mean picture of its class than the median of the class, by "
                      "more than 5 robust standard deviations (1.4826 times the median absolute "
                      "deviation); mean, median and deviation are of the training pictures.",
                      find_outliers},
    [N_FLAWS] = {0},
};

void data_check_find(data_check *c, const dataset *d, unsigned flaws, compare_watch watch)
{
    *c = (data_check){.data = d, .watch = watch, .n = d->test.n + d->train.n};
    c->flaws = allocate(c->n, 1);
    c->twins = allocate(c->n, sizeof *c->twins);
    c->distances = allocate(c->n, sizeof *c->distances);
    for (size_t i = 0; i < c->n; i++)
        c->twins[i] = (uint32_t)i;
    for (size_t f = 0; f < N_FLAWS; f++)
        if (flaws & 1u << f)
            data_flaws[f].find(c);
    for (size_t i = 0; i < c->n; i++)
        c->flaws[i] &= (uint8_t)flaws;
}

void data_check_release(data_check *c)
{
    free(c->flaws);
    free(c->twins);
    free(c->distances);
    *c = (data_check){0};
}
