/* SPDX-License-Identifier: MIT */
/* Which real pictures others are held against. */
#include "session.h"
#include <stdlib.h>
#include <string.h>

uint32_t *draw_numbers(size_t all, uint64_t seed, picture_draw what)
{
    rng r = rng_init(seed, rng_stream(STREAM_EVALUATED, what));
    uint32_t *numbers = allocate(all, sizeof *numbers);
    rng_fill_permutation(&r, numbers, all);
    return numbers;
}

/* Takes n pictures of a part of d to places from at on. */
static void take(real_sets *s, size_t at, const dataset *d, const image_set *part,
                 const uint32_t *numbers, size_t n)
{
    size_t size = part->shape.n;
    for (size_t i = 0; i < n; i++) {
        memcpy(s->pixels + (at + i) * size, part->pixels + numbers[i] * size, size);
        s->labels[at + i] = part->labels[numbers[i]];
        s->places[at + i] = part == &d->train ? numbers[i] : NO_TRAINING_PLACE;
    }
}

/* n of the list from its place `first` on, to places from at on. */
static void take_of_list(real_sets *s, size_t at, const dataset *d, size_t first, size_t n,
                         uint32_t *const numbers[2])
{
    size_t n_test = first < d->test.n ? d->test.n - first : 0;
    n_test = n_test < n ? n_test : n;
    if (n_test > 0)
        take(s, at, d, &d->test, numbers[DRAW_TEST] + first, n_test);
    if (n > n_test)
        take(s, at + n_test, d, &d->train, numbers[DRAW_TRAINING] + (first + n_test - d->test.n),
             n - n_test);
}

void real_sets_draw(real_sets *s, const dataset *d, size_t n, uint64_t seed)
{
    uint32_t *numbers[2] = {draw_numbers(d->test.n, seed, DRAW_TEST),
                            draw_numbers(d->train.n, seed, DRAW_TRAINING)};
    *s = (real_sets){.pixels = allocate(2 * n * d->shape.n, 1),
                     .labels = allocate(2 * n, 1),
                     .places = allocate(2 * n, sizeof *s->places)};
    take_of_list(s, 0, d, 0, n, numbers);
    take_of_list(s, n, d, d->train.n + d->test.n - n, n, numbers);
    free(numbers[0]);
    free(numbers[1]);
}

void real_sets_release(real_sets *s)
{
    free(s->pixels);
    free(s->labels);
    free(s->places);
    *s = (real_sets){0};
}
