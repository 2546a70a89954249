/* SPDX-License-Identifier: MIT */
/* metrics: SSIM and MS-SSIM by hand, diversity, and the three stabilities. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judged.h"
#include "../src/metrics/metrics_detail.h"
#include "../src/metrics/similarity.h"
#include "nets.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static similarity similarity_of(const float *a, const float *b, size_t rows, size_t cols)
{
    const picture_pair pair = {0, 0};
    similarity s;
    similarities_find(&s, a, b, (picture_shape){rows, cols, rows * cols}, &pair, 1);
    return s;
}

/* ---- By hand ---- */

/* Without contrast the windows' means alone count, and those of all sizes but the last are 1. */
static void plain_pictures_are_as_alike_as_their_brightness(void **state)
{
    (void)state;
    enum { MOST = 28 };
    static const size_t sides[] = {21, 22, 28}, n_scales[] = {1, 2, 2};
    float a[MOST * MOST], b[MOST * MOST];
    const double c1 = 1e-4, means = (2 * 0.25 * 0.75 + c1) / (0.25 * 0.25 + 0.75 * 0.75 + c1);
    for (size_t i = 0; i < MOST * MOST; i++) {
        a[i] = 0.25f;
        b[i] = 0.75f;
    }
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        similarity s = similarity_of(a, b, sides[i], sides[i]);
        double weight = n_scales[i] == 1 ? 1 : 0.2856 / (0.2856 + 0.0448);
        assert_near(s.ssim, means, 1e-12);
        assert_near(s.ms_ssim, pow(means, weight), 1e-12);
    }
}

/* One window of one pixel, which has no variance; 3 x 3: one window of all pixels. */
static void windows_shrink_to_what_fits(void **state)
{
    (void)state;
    float a[] = {0.5f}, b[] = {1}, corner[9] = {1}, centre[9] = {0, 0, 0, 0, 1};
    const double c1 = 1e-4, c2 = 9e-4, k = exp(-1 / 4.5), sum = (1 + 2 * k) * (1 + 2 * k);
    const double p = k * k / sum, q = 1 / sum;
    const double want =
        (2 * p * q + c1) / (p * p + q * q + c1) * (-2 * p * q + c2) / (p - p * p + q - q * q + c2);
    assert_near(similarity_of(a, b, 1, 1).ssim, (1 + c1) / (1.25 + c1), 1e-12);
    assert_near(similarity_of(corner, centre, 3, 3).ssim, want, 1e-12);
    assert_true(want < 0);
    assert_near(similarity_of(corner, centre, 3, 3).ms_ssim, 0, 0);
}

static void pictures_upside_down_are_as_alike(void **state)
{
    (void)state;
    enum { ROWS = 4, COLS = 6, N_PIXELS = ROWS * COLS };
    float *v = draw(2 * N_PIXELS, 2), turned[2 * N_PIXELS];
    for (size_t i = 0; i < 2 * N_PIXELS; i++)
        turned[i] = v[2 * N_PIXELS - 1 - i];
    assert_near(similarity_of(turned, turned + N_PIXELS, ROWS, COLS).ssim,
                similarity_of(v, v + N_PIXELS, ROWS, COLS).ssim, 1e-12);
    free(v);
}

static void transpose(float *out, const float *in, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows * cols; i++)
        out[i % cols * rows + i / cols] = in[i];
}

/* Windows and scales are those of the shorter side, whichever it is. */
static void rows_and_columns_are_alike(void **state)
{
    (void)state;
    enum { MOST = 44 * 20 };
    static const picture_shape shapes[] = {{9, 5, 45}, {44, 20, MOST}, {4, 6, 24}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t rows = shapes[i].rows, cols = shapes[i].cols;
        float *a = draw(MOST, 1), *b = draw(MOST, 2), turned[2][MOST];
        for (size_t k = 0; k < MOST; k++)
            b[k] = a[k] + 0.5f * b[k];
        transpose(turned[0], a, rows, cols);
        transpose(turned[1], b, rows, cols);
        similarity as_is = similarity_of(a, b, rows, cols);
        similarity found = similarity_of(turned[0], turned[1], cols, rows);
        assert_near(found.ssim, as_is.ssim, 1e-12);
        assert_near(found.ms_ssim, as_is.ms_ssim, 1e-12);
        free(a), free(b);
    }
}

static void equal_pictures_have_1_and_negatives_less_than_0(void **state)
{
    (void)state;
    enum { ROWS = 23, COLS = 46 };
    float *a = draw(ROWS * COLS, 1), negative[ROWS * COLS];
    for (size_t i = 0; i < ROWS * COLS; i++) {
        a[i] = 0.5f + 0.1f * a[i];
        negative[i] = 1 - a[i];
    }
    assert_near(similarity_of(a, a, ROWS, COLS).ssim, 1, 1e-12);
    assert_near(similarity_of(a, a, ROWS, COLS).ms_ssim, 1, 1e-12);
    assert_true(similarity_of(a, negative, ROWS, COLS).ssim < -0.5);
    free(a);
}

/* ---- Sets ---- */

/* Pictures of a size, judged by their halves, and the context that they are compared in. */
enum { SIDE = 12, PIXELS = SIDE * SIDE, N = 400 };

typedef struct {
    uint8_t pixels[2][N * PIXELS];
    judge j;
    judged_set set, real;
    metric_context context;
    comparison c;
} scene;

static void scene_start(scene *s)
{
    judge_of_halves(&s->j, SIDE);
    judged_set_init(&s->set, &s->j, s->pixels[0], NULL, N);
    judged_set_init(&s->real, &s->j, s->pixels[1], NULL, N);
    s->context.seed = 2;
    comparison_init(&s->c, &s->set, &s->real, &s->context);
}

static void scene_end(scene *s)
{
    comparison_release(&s->c);
    judged_set_release(&s->set);
    judged_set_release(&s->real);
    judge_release(&s->j);
    free(s);
}

static scene *scene_of_noise(void)
{
    scene *s = allocate(1, sizeof *s);
    rng r = rng_init(5, rng_stream(STREAM_PROBE, 0));
    for (size_t i = 0; i < sizeof s->pixels; i++)
        (&s->pixels[0][0])[i] = (uint8_t)rng_below(&r, 256);
    return s;
}

static void ssim_is_that_to_the_nearest_real_picture(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    memcpy(s->pixels[0], s->pixels[1] + 7 * PIXELS, PIXELS);
    s->pixels[0][3] ^= 1;
    scene_start(s);
    metric_result r = measured("ssim", &s->c);
    assert_int_equal(comparison_nearest_real(&s->c)[0], 7);
    assert_near(r.by_picture[0], 1, 1e-4);
    assert_true(r.by_picture[0] < 1 && r.by_picture[1] < 0.5);
    metric_result of_scales = measured("ms_ssim", &s->c);
    assert_near(of_scales.by_picture[0], 1, 1e-4);
    metric_result_release(&r);
    metric_result_release(&of_scales);
    scene_end(s);
}

/* The first half of the pictures is bright above and all alike, the other half below and noise. */
static void diversity_is_none_in_the_class_that_collapsed(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < PIXELS; k++) {
            bool is_upper = k < PIXELS / 2, is_bright = (i < N / 2) == is_upper;
            uint8_t *v = &s->pixels[0][i * PIXELS + k];
            *v = (uint8_t)((is_bright ? 128 : 0) + (i < N / 2 ? 0 : *v / 2));
        }
    scene_start(s);
    metric_result r = measured("diversity", &s->c);
    assert_int_equal(r.n_classes, 2);
    assert_near(r.by_class[0].value, 0, 1e-12);
    assert_near(r.by_class[0].high, 0, 1e-12);
    assert_true(r.by_class[1].value > 0.2);
    assert_near(r.value.value, r.by_class[1].value / 2, 1e-12);
    assert_near(part_of(&r, "pairs"), N / 2, 0);
    metric_result_release(&r);
    scene_end(s);
}

/* One pair: two pictures of which all scales, and not the finest alone, are compared. */
static void diversity_is_what_ms_ssim_lacks(void **state)
{
    (void)state;
    enum { WIDE = 24, ALL = WIDE * WIDE };
    uint8_t pixels[2 * ALL];
    judge j = {0};
    judged_set s = {0};
    comparison c = {0};
    const metric_context context = {.seed = 2};
    rng r = rng_init(5, rng_stream(STREAM_PROBE, 0));
    for (size_t i = 0; i < ALL; i++) {
        pixels[i] = (uint8_t)rng_below(&r, 156);
        pixels[ALL + i] = (uint8_t)(pixels[i] + rng_below(&r, 100));
    }
    judge_of_halves(&j, WIDE);
    judged_set_init(&s, &j, pixels, NULL, 2);
    s.seen[1] = s.seen[0];
    comparison_init(&c, &s, &s, &context);
    similarity want = similarity_of(s.pictures, s.pictures + ALL, WIDE, WIDE);
    metric_result found = measured("diversity", &c);
    assert_true(fabs(want.ssim - want.ms_ssim) > 1e-3);
    assert_near(found.value.value, 1 - want.ms_ssim, 1e-12);
    assert_near(part_of(&found, "by_ssim"), 1 - want.ssim, 1e-12);
    metric_result_release(&found);
    comparison_release(&c);
    judged_set_release(&s);
    judge_release(&j);
}

static void diversity_wants_two_pictures_of_a_class(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    metric_result r = {0};
    error e = {0};
    scene_start(s);
    s->set.n = 1;
    assert_int_equal(metric_measure(&r, metric_find("diversity"), &s->c, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "diversity: of 1 pictures no two are seen as one class");
    metric_result_release(&r);
    s->set.n = N;
    scene_end(s);
}

static void stability_over_the_prior_is_1_of_a_generator_that_collapsed(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    for (size_t i = 1; i < N; i++)
        memcpy(s->pixels[0] + i * PIXELS, s->pixels[0], PIXELS);
    scene_start(s);
    assert_near(value_of("stability-prior", &s->c), 1, 1e-12);
    comparison real = {0};
    comparison_init(&real, &s->real, &s->real, &s->context);
    metric_result r = measured("stability-prior", &real);
    assert_true(fabs(r.value.value) < 0.1);
    assert_near(part_of(&r, "pairs"), N / 2, 0);
    metric_result_release(&r);
    comparison_release(&real);
    scene_end(s);
}

static void stability_over_trainings_compares_the_same_seeds(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    scene_start(s);
    assert_non_null(metric_lacks(metric_find("stability-training"), &s->c));
    s->context.twin = &s->set;
    assert_near(value_of("stability-training", &s->c), 1, 1e-12);
    s->context.twin = &s->real;
    assert_true(fabs(value_of("stability-training", &s->c)) < 0.1);
    s->real.n--;
    metric_result r = {0};
    error e = {0};
    assert_int_equal(metric_measure(&r, metric_find("stability-training"), &s->c, &e), -1);
    assert_string_equal(e.message, "stability-training: the other training has 399 pictures of "
                                   "12x12, expected 400 of 12x12");
    s->real.n++;
    scene_end(s);
}

/* Two generators: one draws what z is, sigmoid(2 z), the other the same whatever z is. */
static void stability_under_small_changes_of_z_falls_with_their_size(void **state)
{
    (void)state;
    network nets[2] = {network_of("144:sigmoid", PIXELS), network_of("144:sigmoid", PIXELS)};
    const network *networks[] = {&nets[0], &nets[1]};
    static uint8_t which[N];
    metric_generator g = {.networks = networks, .n_networks = 2, .high = 1, .first_seed = 9};
    scene *s = scene_of_noise();
    for (size_t k = 0; k < PIXELS; k++)
        nets[0].layers[0].weight.data[k * PIXELS + k] = 2;
    scene_start(s);
    s->context.generator = &g;
    metric_result r = measured("stability-local", &s->c), half;
    assert_true(part_of(&r, "sigma_0.05") < 1 && part_of(&r, "sigma_0.05") > 0.98);
    assert_true(r.value.value < part_of(&r, "sigma_0.05"));
    assert_true(part_of(&r, "sigma_0.2") < r.value.value);
    assert_true(part_of(&r, "sigma_0.5") < part_of(&r, "sigma_0.2") &&
                part_of(&r, "sigma_0.5") < 0.95);
    for (size_t i = 0; i < N; i++)
        which[i] = i >= N / 2;
    g.which = which;
    half = measured("stability-local", &s->c);
    assert_near(1 - half.value.value, (1 - r.value.value) / 2, 0.1 * (1 - r.value.value));
    memset(which, 1, sizeof which);
    assert_near(value_of("stability-local", &s->c), 1, 1e-12);
    for (int i = 0; i < 2; i++)
        network_release(&nets[i]);
    metric_result_release(&r);
    metric_result_release(&half);
    scene_end(s);
}

/* What sigmoid(2 z) draws, as bytes have it. */
static void draw_by_hand(float *pixels, const float *z)
{
    for (size_t k = 0; k < PIXELS; k++)
        pixels[k] = (float)(round(255 / (1 + exp(-2 * (double)z[k]))) / 255);
}

/* Picture i is of seed first_seed + i, and moved by draws of its own. */
static double stability_by_hand(const scene *s, size_t i)
{
    float z[PIXELS], move[PIXELS], as_is[PIXELS], moved[PIXELS];
    rng r = metric_rng(&s->c, DRAW_MOVES);
    r.position = (uint64_t)i << 32;
    latent_of_seed(z, PIXELS, s->context.generator->first_seed + i);
    rng_fill_normal(&r, move, PIXELS);
    draw_by_hand(as_is, z);
    for (size_t k = 0; k < PIXELS; k++)
        z[k] += 0.1f * move[k];
    draw_by_hand(moved, z);
    return similarity_of(as_is, moved, SIDE, SIDE).ssim;
}

static void each_picture_is_moved_from_its_own_z_by_its_own_draw(void **state)
{
    (void)state;
    network net = network_of("144:sigmoid", PIXELS);
    const network *networks[] = {&net};
    metric_generator g = {.networks = networks, .n_networks = 1, .high = 1, .first_seed = 9};
    scene *s = scene_of_noise();
    double want = 0;
    for (size_t k = 0; k < PIXELS; k++)
        net.layers[0].weight.data[k * PIXELS + k] = 2;
    scene_start(s);
    s->context.generator = &g;
    for (size_t n = 1; n <= 3; n++) {
        s->set.n = n;
        want += stability_by_hand(s, n - 1);
        assert_near(value_of("stability-local", &s->c), want / (double)n, 1e-5);
    }
    s->set.n = N;
    network_release(&net);
    scene_end(s);
}

static void similarities_are_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    scene *s = scene_of_noise();
    scene_start(s);
    double one = value_of("diversity", &s->c);
    use_threads(3);
    assert_near(value_of("diversity", &s->c), one, 0);
    use_threads(1);
    scene_end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_pictures_are_as_alike_as_their_brightness),
        cmocka_unit_test(windows_shrink_to_what_fits),
        cmocka_unit_test(pictures_upside_down_are_as_alike),
        cmocka_unit_test(rows_and_columns_are_alike),
        cmocka_unit_test(equal_pictures_have_1_and_negatives_less_than_0),
        cmocka_unit_test(ssim_is_that_to_the_nearest_real_picture),
        cmocka_unit_test(diversity_is_none_in_the_class_that_collapsed),
        cmocka_unit_test(diversity_is_what_ms_ssim_lacks),
        cmocka_unit_test(diversity_wants_two_pictures_of_a_class),
        cmocka_unit_test(stability_over_the_prior_is_1_of_a_generator_that_collapsed),
        cmocka_unit_test(stability_over_trainings_compares_the_same_seeds),
        cmocka_unit_test(stability_under_small_changes_of_z_falls_with_their_size),
        cmocka_unit_test(each_picture_is_moved_from_its_own_z_by_its_own_draw),
        cmocka_unit_test(similarities_are_the_same_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
