/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "data.h"
#include "use_threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { ALL_FLAWS = (1u << N_FLAWS) - 1 };

static const compare_watch nobody;

/* A watch's: every part of the work comes once, in order. */
static void note_done(void *context, double done)
{
    double *last = context;
    assert_true(done > *last && done < 1);
    *last = done;
}

/* n_test and n_train grey pictures of that shape, all of class 0. */
static dataset dataset_of(size_t n_test, size_t n_train, size_t rows, size_t cols)
{
    picture_shape shape = {rows, cols, rows * cols};
    dataset d = {.shape = shape};
    image_set *parts[] = {&d.test, &d.train};
    for (size_t i = 0; i < 2; i++) {
        size_t n = i == 0 ? n_test : n_train;
        *parts[i] = (image_set){.n = n, .shape = shape};
        parts[i]->pixels = allocate(n, shape.n);
        parts[i]->labels = allocate(n, 1);
    }
    return d;
}

static bool has(const data_check *c, size_t i, size_t flaw) { return c->flaws[i] >> flaw & 1; }

static void a_picture_of_nearly_one_grey_is_blank(void **state)
{
    (void)state;
    dataset d = dataset_of(1, 2, 4, 5);
    data_check c;
    memset(d.test.pixels, 200, 20);
    d.test.pixels[3] = 216;
    d.train.pixels[19] = 17;
    d.train.pixels[20] = 16;
    data_check_find(&c, &d, 1u << FLAW_BLANK, nobody);
    assert_int_equal(c.n, 3);
    assert_true(has(&c, 0, FLAW_BLANK));
    assert_false(has(&c, 1, FLAW_BLANK));
    assert_true(has(&c, 2, FLAW_BLANK));
    data_check_release(&c);
    dataset_release(&d);
}

static void of_equal_pictures_all_but_the_first_are_duplicates(void **state)
{
    (void)state;
    dataset d = dataset_of(3, 3, 4, 4);
    data_check c;
    const uint8_t greys[] = {1, 2, 1, 3, 2, 3};
    for (size_t i = 0; i < 6; i++)
        memset(i < 3 ? d.test.pixels + 16 * i : d.train.pixels + 16 * (i - 3), greys[i], 16);
    data_check_find(&c, &d, 1u << FLAW_DUPLICATE, nobody);
    const uint32_t twins[] = {0, 1, 0, 3, 1, 3};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(has(&c, i, FLAW_DUPLICATE), twins[i] != i);
        assert_int_equal(c.twins[i], twins[i]);
        assert_int_equal(c.flaws[i] & ~(1u << FLAW_DUPLICATE), 0);
    }
    text words = {0};
    data_check_add_flaws(&words, &c, 4);
    assert_string_equal(words.data, "duplicate\ttest picture 1");
    text_release(&words);
    data_check_release(&c);
    data_check_find(&c, &d, 1u << FLAW_NEAR, nobody);
    assert_int_equal(c.flaws[4], 1u << FLAW_NEAR & c.flaws[4]);
    data_check_release(&c);
    dataset_release(&d);
}

/* The bits of a checksum's polynomial, added to a picture, leave its checksum what it is. */
static void pictures_of_one_checksum_are_not_equal_yet(void **state)
{
    (void)state;
    dataset d = dataset_of(1, 1, 4, 4);
    data_check c;
    const uint8_t added[] = {0x41, 0x06, 0x71, 0xdb, 0x01};
    for (uint8_t k = 0; k < 16; k++)
        d.test.pixels[k] = d.train.pixels[k] = 40 + k;
    for (size_t k = 0; k < sizeof added; k++)
        d.train.pixels[k] ^= added[k];
    assert_int_equal(crc32(0, d.test.pixels, 16), crc32(0, d.train.pixels, 16));
    data_check_find(&c, &d, 1u << FLAW_DUPLICATE, nobody);
    assert_false(has(&c, 1, FLAW_DUPLICATE));
    data_check_release(&c);
    dataset_release(&d);
}

/* Pictures around a few centres, at distances about the bound; some are equal. */
static void fill_clusters(dataset *d, uint64_t seed)
{
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    size_t n = d->shape.n;
    uint8_t centres[5][40 * 40];
    for (size_t k = 0; k < 5; k++)
        for (size_t p = 0; p < n; p++)
            centres[k][p] = (uint8_t)(30 + rng_below(&r, 180));
    for (size_t i = 0; i < d->test.n + d->train.n; i++) {
        uint8_t *pixels =
            i < d->test.n ? d->test.pixels + i * n : d->train.pixels + (i - d->test.n) * n;
        size_t k = rng_below(&r, 5);
        uint32_t spread = rng_below(&r, 22);
        for (size_t p = 0; p < n; p++)
            pixels[p] = (uint8_t)(centres[k][p] + rng_below(&r, 1 + spread));
    }
}

static uint32_t plain_distance(const data_check *c, size_t i, size_t j)
{
    int32_t sum = 0;
    for (size_t p = 0; p < c->data->shape.n; p++) {
        int32_t difference = data_check_pixels(c, i)[p] - data_check_pixels(c, j)[p];
        sum += difference * difference;
    }
    return (uint32_t)sum;
}

/* By definition, over all pairs: the nearest earlier picture that is not itself a duplicate. */
static size_t plain_twin(const data_check *c, size_t i)
{
    uint32_t best = NEAR_LEVELS * NEAR_LEVELS * (uint32_t)c->data->shape.n + 1;
    size_t twin = i;
    for (size_t j = 0; j < i; j++) {
        uint32_t distance = plain_distance(c, i, j);
        if (distance < best) {
            best = distance;
            twin = j;
        }
    }
    return twin;
}

static void near_duplicates_are_those_of_all_pairs(void **state)
{
    (void)state;
    const size_t shapes[][2] = {{4, 4}, {5, 7}, {28, 28}, {33, 9}};
    for (size_t k = 0; k < 4; k++) {
        dataset d = dataset_of(30, 400, shapes[k][0], shapes[k][1]);
        data_check c;
        size_t n_near = 0;
        fill_clusters(&d, k);
        data_check_find(&c, &d, 1u << FLAW_NEAR, nobody);
        for (size_t i = 0; i < c.n; i++) {
            size_t twin = plain_twin(&c, i);
            bool is_near = twin != i && plain_distance(&c, i, twin) > 0;
            assert_int_equal(c.twins[i], twin);
            assert_int_equal(has(&c, i, FLAW_NEAR), is_near);
            n_near += is_near;
        }
        assert_in_range(n_near, 20, 420);
        data_check_release(&c);
        dataset_release(&d);
    }
}

/* More pictures than a part of the search has. */
static void the_last_of_many_is_compared_and_watched(void **state)
{
    (void)state;
    enum { MANY = 4200 };
    dataset d = dataset_of(0, MANY, 4, 4);
    rng r = rng_init(1, rng_stream(STREAM_PROBE, 0));
    data_check c;
    double done = -1;
    for (size_t k = 0; k < 16 * MANY; k++)
        d.train.pixels[k] = (uint8_t)rng_below(&r, 256);
    memset(d.train.pixels, 255, 32); /* both at one end of the axis, as no others are */
    d.train.pixels[31] = 254;
    memset(d.train.pixels + 32, 0, 32);
    d.train.pixels[63] = 1;
    data_check_find(&c, &d, 1u << FLAW_NEAR, (compare_watch){note_done, &done});
    assert_true(done > 0.9);
    assert_int_equal(c.twins[1], 0);
    assert_int_equal(c.twins[3], 2);
    data_check_release(&c);
    dataset_release(&d);
}

static void the_bound_of_near_duplicates_belongs_to_them(void **state)
{
    (void)state;
    dataset d = dataset_of(0, 3, 4, 4);
    data_check c;
    memset(d.train.pixels, 100, 48);
    for (size_t p = 0; p < 16; p++) {
        d.train.pixels[16 + p] = 108;
        d.train.pixels[32 + p] = 92;
    }
    d.train.pixels[32] = 91;
    data_check_find(&c, &d, 1u << FLAW_NEAR, nobody);
    assert_true(has(&c, 1, FLAW_NEAR));
    assert_false(has(&c, 2, FLAW_NEAR));
    data_check_release(&c);
    dataset_release(&d);
}

/* Classes of points on a line of pixel 0: 100 -+ 1, -+ 2, ...: the mean is 100. */
static void outliers_are_counted_in_robust_units(void **state)
{
    (void)state;
    dataset d = dataset_of(1, 9, 4, 4);
    data_check c;
    const uint8_t values[] = {90, 92, 95, 98, 100, 102, 105, 108, 110};
    for (size_t i = 0; i < 9; i++)
        d.train.pixels[16 * i] = values[i];
    d.test.pixels[0] = 160;
    data_check_find(&c, &d, 1u << FLAW_OUTLIER, nobody);
    /* Distances 10 8 5 2 0 2 5 8 10: median 5; from it 5 3 0 3 5 3 0 3 5: median 3. */
    assert_true(fabs(c.distances[0] - 55 / (1.4826 * 3)) < 1e-9);
    assert_true(fabs(c.distances[1] - 5 / (1.4826 * 3)) < 1e-9);
    assert_true(has(&c, 0, FLAW_OUTLIER));
    for (size_t i = 1; i < 10; i++)
        assert_false(has(&c, i, FLAW_OUTLIER));
    data_check_release(&c);
    d.test.labels[0] = 3; /* which is not trained on */
    data_check_find(&c, &d, ALL_FLAWS, nobody);
    assert_true(c.distances[0] == 0);
    assert_false(has(&c, 0, FLAW_OUTLIER));
    data_check_release(&c);
    dataset_release(&d);
}

/* Distances 99 98 97 96 0 96 97 98 99: median 97; from it 2 1 0 1 97 1 0 1 2: median 1. */
static void a_picture_nearer_to_the_mean_than_all_others_is_no_outlier(void **state)
{
    (void)state;
    dataset d = dataset_of(0, 9, 4, 4);
    data_check c;
    const uint8_t values[] = {1, 2, 3, 4, 100, 196, 197, 198, 199};
    for (size_t i = 0; i < 9; i++)
        d.train.pixels[16 * i] = values[i];
    data_check_find(&c, &d, 1u << FLAW_OUTLIER, nobody);
    assert_true(fabs(c.distances[4] + 97 / 1.4826) < 1e-9);
    for (size_t i = 0; i < 9; i++)
        assert_false(has(&c, i, FLAW_OUTLIER));
    data_check_release(&c);
    dataset_release(&d);
}

static void a_class_of_one_picture_repeated_has_no_outlier(void **state)
{
    (void)state;
    dataset d = dataset_of(0, 5, 4, 4);
    data_check c;
    memset(d.train.pixels + 64, 255, 16);
    data_check_find(&c, &d, ALL_FLAWS, nobody);
    for (size_t i = 0; i < 5; i++)
        assert_false(has(&c, i, FLAW_OUTLIER));
    data_check_release(&c);
    dataset_release(&d);
}

static void the_built_in_digits_have_the_flaws_they_have(void **state)
{
    (void)state;
    dataset d;
    data_check c;
    error e = {0};
    size_t counts[N_FLAWS] = {0};
    assert_int_equal(dataset_load(&d, NULL, &(data_choice){.n_classes = 10}, &e), 0);
    data_check_find(&c, &d, ALL_FLAWS, nobody);
    for (size_t i = 0; i < c.n; i++)
        for (size_t f = 0; f < N_FLAWS; f++)
            counts[f] += has(&c, i, f);
    assert_int_equal(counts[FLAW_BLANK], 0);
    assert_int_equal(counts[FLAW_DUPLICATE], 0);
    assert_int_equal(counts[FLAW_NEAR], 31); /* as a search of all pairs in NumPy finds them */
    assert_int_equal(counts[FLAW_OUTLIER], 3);
    data_check_release(&c);
    dataset_release(&d);
}

static void cleaning_leaves_out_training_pictures_and_says_which(void **state)
{
    (void)state;
    dataset d, all;
    error e = {0};
    data_choice choice = {.n_classes = 10, .clean = "outlier,near-duplicate"};
    assert_int_equal(dataset_load(&all, NULL, &(data_choice){.n_classes = 10}, &e), 0);
    assert_int_equal(dataset_load(&d, NULL, &choice, &e), 0);
    assert_int_equal(d.n_cleaned, 33);
    assert_int_equal(d.train.n, 4467);
    assert_int_equal(d.test.n, 500);
    assert_true(begins_with(d.cleaned, "picture 41\tnear-duplicate\tpicture 1\n"));
    size_t n_lines = 0;
    for (const char *at = d.cleaned; (at = strchr(at, '\n')) != NULL; at++)
        n_lines++;
    assert_int_equal(n_lines, 33);
    for (size_t i = 0; i < d.train.n; i++) {
        assert_int_not_equal(d.train.places[i], 41);
        assert_memory_equal(d.train.pixels + i * 784, all.train.pixels + d.train.places[i] * 784,
                            784);
    }
    assert_int_not_equal(d.checksum, all.checksum);
    dataset_release(&d);
    choice = (data_choice){.n_classes = 10, .clean = "near-duplicate", .subset = 4470};
    assert_int_equal(dataset_load(&d, NULL, &choice, &e), -1);
    assert_non_null(strstr(e.message, "4470 is more than the 4469 training pictures"));
    choice = (data_choice){.n_classes = 10, .clean = "blank,near"};
    assert_int_equal(dataset_load(&d, NULL, &choice, &e), -1);
    assert_non_null(strstr(e.message, "--clean: 'near' is no flaw"));
    dataset_release(&all);
}

static int start(void **state)
{
    (void)state;
    use_threads(2);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_of_nearly_one_grey_is_blank),
        cmocka_unit_test(pictures_of_one_checksum_are_not_equal_yet),
        cmocka_unit_test(of_equal_pictures_all_but_the_first_are_duplicates),
        cmocka_unit_test(near_duplicates_are_those_of_all_pairs),
        cmocka_unit_test(the_last_of_many_is_compared_and_watched),
        cmocka_unit_test(the_bound_of_near_duplicates_belongs_to_them),
        cmocka_unit_test(outliers_are_counted_in_robust_units),
        cmocka_unit_test(a_picture_nearer_to_the_mean_than_all_others_is_no_outlier),
        cmocka_unit_test(a_class_of_one_picture_repeated_has_no_outlier),
        cmocka_unit_test(the_built_in_digits_have_the_flaws_they_have),
        cmocka_unit_test(cleaning_leaves_out_training_pictures_and_says_which),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
