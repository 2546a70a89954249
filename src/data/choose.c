/* SPDX-License-Identifier: MIT */
/* What of a source is trained on. */
#include "source.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_SHARE = 10 }; /* a test picture is drawn for that many in all */

/* ---- Some pictures of a set ---- */

static size_t count_in(const uint8_t *groups, size_t n, uint8_t group)
{
    size_t n_in = 0;
    for (size_t i = 0; i < n; i++)
        n_in += groups[i] == group;
    return n_in;
}

/* A copy of those of the group, which is not empty; groups (n). */
static image_set pick(const image_set *s, const uint8_t *groups, uint8_t group)
{
    size_t n = s->shape.n, n_in = count_in(groups, s->n, group);
    image_set picked = {.pixels = reallocate(NULL, n_in * n, 1),
                        .labels = allocate(n_in, 1),
                        .shape = s->shape,
                        .places = allocate(n_in, sizeof *picked.places)};
    for (size_t i = 0; i < s->n; i++) {
        if (groups[i] != group)
            continue;
        memcpy(picked.pixels + picked.n * n, s->pixels + i * n, n);
        picked.labels[picked.n] = s->labels[i];
        picked.places[picked.n++] = s->places ? s->places[i] : (uint32_t)i;
    }
    return picked;
}

void image_set_keep(image_set *s, const uint8_t *groups, uint8_t group)
{
    size_t n_in = count_in(groups, s->n, group);
    image_set kept = {.shape = s->shape};
    if (n_in == s->n)
        return;
    if (n_in > 0)
        kept = pick(s, groups, group);
    image_set_release(s);
    *s = kept;
}

/* groups (n) = 1 for the first n_drawn in an order that r draws, 0 for the others. */
static uint8_t *draw(size_t n, size_t n_drawn, rng r)
{
    uint8_t *groups = allocate(n, 1);
    uint32_t *order = allocate(n, sizeof *order);
    rng_fill_permutation(&r, order, n);
    for (size_t i = 0; i < n_drawn; i++)
        groups[order[i]] = 1;
    free(order);
    return groups;
}

void image_set_split(image_set *kept, image_set *held, const image_set *s, size_t n_held,
                     uint64_t seed)
{
    assert(n_held > 0 && n_held < s->n && s->labels);
    uint8_t *groups = draw(s->n, n_held, rng_init(seed, rng_stream(STREAM_TEST_PART, 1)));
    *kept = pick(s, groups, 0);
    *held = pick(s, groups, 1);
    free(groups);
}

/* ---- A test part ---- */

static int draw_test(dataset *d, uint64_t seed, error *e)
{
    size_t n = d->train.n, n_test = n < 2 * TEST_SHARE ? 1 : n / TEST_SHARE;
    if (d->test.n > 0)
        return 0;
    if (n < 2)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: 1 picture, expected at least 2, one of them for testing", d->files[0]);
    uint8_t *groups = draw(n, n_test, rng_init(seed, rng_stream(STREAM_TEST_PART, 0)));
    d->test = pick(&d->train, groups, 1);
    image_set_keep(&d->train, groups, 0);
    d->n_drawn = n_test;
    free(groups);
    return 0;
}

/* ---- Classes ---- */

/* "3,7" as a flag for each label. */
static int read_classes(bool is_chosen[MAX_LABELS], const char *words, size_t n_classes, error *e)
{
    for (const char *at = words;; at++) {
        uint64_t label;
        if (!count_read(&label, at, &at) || (*at != ',' && *at != '\0'))
            return fail(e, STATUS_USAGE, "--classes: '%s' is not a list of labels such as 3,7",
                        words);
        if (label >= n_classes)
            return fail(e, STATUS_USAGE, "--classes: %llu is not below %zu (--n-classes)",
                        (unsigned long long)label, n_classes);
        is_chosen[label] = true;
        if (*at == '\0')
            return 0;
    }
}

/* A class that is asked for and not there is a slip of the pen. */
static int check_classes(const image_set *s, const bool is_chosen[MAX_LABELS], error *e)
{
    size_t counts[MAX_LABELS] = {0};
    for (size_t i = 0; i < s->n; i++)
        counts[s->labels[i]]++;
    for (size_t label = 0; label < MAX_LABELS; label++)
        if (is_chosen[label] && counts[label] == 0)
            return fail(e, STATUS_USAGE, "--classes: no training picture is of class %zu", label);
    return 0;
}

static void keep_classes(image_set *s, const bool is_chosen[MAX_LABELS])
{
    uint8_t *groups = allocate(s->n, 1);
    for (size_t i = 0; i < s->n; i++)
        groups[i] = is_chosen[s->labels[i]];
    image_set_keep(s, groups, 1);
    free(groups);
}

static int choose_classes(dataset *d, const data_choice *c, error *e)
{
    bool is_chosen[MAX_LABELS] = {false};
    if (read_classes(is_chosen, c->classes, c->n_classes, e) ||
        check_classes(&d->train, is_chosen, e))
        return -1;
    keep_classes(&d->train, is_chosen);
    keep_classes(&d->test, is_chosen);
    d->n_drawn = d->n_drawn > 0 ? d->test.n : 0;
    return 0;
}

/* ---- A subset ---- */

static int choose_subset(dataset *d, const data_choice *c, error *e)
{
    if (c->subset > d->train.n)
        return fail(e, STATUS_USAGE, "--subset: %zu is more than the %zu training pictures",
                    c->subset, d->train.n);
    uint8_t *groups = draw(d->train.n, c->subset, rng_init(c->seed, rng_stream(STREAM_SUBSET, 0)));
    image_set_keep(&d->train, groups, 1);
    free(groups);
    return 0;
}

int dataset_choose(dataset *d, const data_choice *c, error *e)
{
    if (draw_test(d, c->seed, e) || (c->classes && choose_classes(d, c, e)) ||
        (c->clean && dataset_clean(d, c, e)) || (c->subset && choose_subset(d, c, e)))
        return -1;
    return 0;
}
