/* SPDX-License-Identifier: MIT */
/* metrics: path lengths, against central differences in double. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/metrics/metrics_detail.h"
#include "nets.h"
#include "use_threads.h"
#include <stdlib.h>

enum { N = 150, Z = 6, PIXELS = 8, FEATURES = 5 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

/* Two generators of pictures in -1..1, and a judge of pictures in 0..1. */
typedef struct {
    network generator[2];
    const network *networks[2];
    uint8_t which[N], pixels[N * PIXELS];
    judge judge;
    judged_set set;
    metric_generator g;
} subject;

static subject *subject_of(const char *generator, const char *classifier)
{
    subject *s = allocate(1, sizeof *s);
    network c = network_of(classifier, PIXELS);
    fill_trained(&c, 5);
    judge_init(&s->judge, &c, (picture_shape){1, PIXELS, PIXELS}, 0, 1, "");
    network_release(&c);
    judged_set_init(&s->set, &s->judge, s->pixels, NULL, N);
    for (size_t k = 0; k < 2; k++) {
        s->generator[k] = network_of(generator, Z);
        fill_trained(&s->generator[k], 10 + k);
        s->networks[k] = &s->generator[k];
    }
    for (size_t i = 0; i < N; i++)
        s->which[i] = i % 5 < 2;
    s->g = (metric_generator){
        .networks = s->networks, .n_networks = 1, .low = -1, .high = 1, .first_seed = 70};
    return s;
}

static void subject_free(subject *s)
{
    network_release(&s->generator[0]);
    network_release(&s->generator[1]);
    judged_set_release(&s->set);
    judge_release(&s->judge);
    free(s);
}

static metric_context context_of(const subject *s)
{
    return (metric_context){.judge = &s->judge, .generator = &s->g, .seed = 6};
}

static metric_result measure(const subject *s)
{
    metric_context context = context_of(s);
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    comparison_init(&c, &s->set, &s->set, &context);
    if (metric_measure(&r, metric_find("path_length"), &c, &e))
        fail_msg("%s", e.message);
    comparison_release(&c);
    return r;
}

/* The judge's features at the place t between a and b, in double from z on. */
static void features_at(double *out, twin *g, twin *body, const float *a, const float *b, double t)
{
    double z[Z], aa = 0, bb = 0, ab = 0;
    const double *y;
    for (size_t k = 0; k < Z; k++) {
        aa += (double)a[k] * (double)a[k];
        bb += (double)b[k] * (double)b[k];
        ab += (double)a[k] * (double)b[k];
    }
    double angle = acos(ab / sqrt(aa * bb));
    for (size_t k = 0; k < Z; k++)
        z[k] = (sin((1 - t) * angle) * (double)a[k] + sin(t * angle) * (double)b[k]) / sin(angle);
    double seen[PIXELS];
    y = twin_forward(g, z, 1, (pass){0});
    for (size_t k = 0; k < PIXELS; k++)
        seen[k] = (y[k] + 1) / 2;
    y = twin_forward(body, seen, 1, (pass){0});
    for (size_t k = 0; k < FEATURES; k++)
        out[k] = y[k];
}

/* The square of the speed on path i. */
static double square_of_path(const subject *s, twin g[2], twin *body, size_t i)
{
    const double step = 1e-5;
    metric_context context = context_of(s);
    comparison c = {.context = &context};
    rng ends = metric_rng(&c, DRAW_PATH_ENDS), places = metric_rng(&c, DRAW_PATH_PLACES);
    float a[Z], b[Z], t;
    double before[FEATURES], after[FEATURES], square = 0;
    ends.position = i * ((Z + 3) / 4);
    places.position = i;
    latent_of_seed(a, Z, s->g.first_seed + i);
    rng_fill_normal(&ends, b, Z);
    rng_fill_uniform(&places, &t, 1);
    twin *of_class = &g[s->g.which ? s->g.which[i] : 0];
    features_at(before, of_class, body, a, b, (double)t - step);
    features_at(after, of_class, body, a, b, (double)t + step);
    for (size_t k = 0; k < FEATURES; k++)
        square += pow((after[k] - before[k]) / (2 * step), 2);
    return square;
}

/* The mean without the least and the greatest, which are beyond 1 and 99 % of 150. */
static double differences_say(const subject *s)
{
    twin g[2] = {0}, body = {0};
    double squares[N], total = 0;
    twin_init(&g[0], s->networks[0], 1);
    twin_init(&g[1], s->networks[1], 1);
    twin_init(&body, &s->judge.body, 1);
    for (size_t i = 0; i < N; i++)
        squares[i] = square_of_path(s, g, &body, i);
    sort_doubles(squares, N);
    for (size_t i = 1; i < N - 1; i++)
        total += squares[i];
    twin_release(&g[0]), twin_release(&g[1]), twin_release(&body);
    return total / (N - 2);
}

static void path_lengths_match_central_differences(void **state)
{
    subject *s = subject_of("9:tanh,8:tanh", "7:sigmoid,5:tanh,3");
    (void)state;
    metric_result r = measure(s);
    assert_near(r.value.value, differences_say(s), 1e-4, 0);
    assert_true(r.value.low < r.value.value && r.value.value < r.value.high);
    assert_int_equal(r.n_real, 0);
    subject_free(s);
}

static void each_path_is_of_its_class(void **state)
{
    subject *s = subject_of("9:tanh,8:tanh", "5:tanh,3");
    double of_one = measure(s).value.value;
    (void)state;
    s->g.n_networks = 2;
    s->g.which = s->which;
    double of_both = measure(s).value.value;
    assert_near(of_both, differences_say(s), 1e-4, 0);
    assert_true(fabs(of_both - of_one) > 0.01 * of_one);
    subject_free(s);
}

static void one_picture_over_and_over_has_paths_of_no_length(void **state)
{
    subject *s = subject_of("8", "5:tanh,3");
    (void)state;
    for (size_t i = 0; i < s->generator[0].n_param; i++)
        s->generator[0].param[i] = 0;
    assert_near(measure(s).value.value, 0, 0, 0);
    subject_free(s);
}

/* A linear way is as long as its weights are great, squared. */
static void paths_of_a_linear_model_grow_by_the_square(void **state)
{
    subject *s = subject_of("8", "5,3");
    double before = measure(s).value.value;
    (void)state;
    for (size_t i = 0; i < s->generator[0].n_param; i++)
        s->generator[0].param[i] *= 2;
    assert_near(measure(s).value.value, 4 * before, 1e-5, 0);
    subject_free(s);
}

static void path_length_is_the_same_on_any_number_of_threads(void **state)
{
    subject *s = subject_of("9:tanh,8:tanh", "5:tanh,3");
    metric_result r[2];
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        use_threads(k + 1);
        r[k] = measure(s);
    }
    assert_memory_equal(&r[0].value, &r[1].value, sizeof r[0].value);
    subject_free(s);
}

static void rows_are_put_together_by_their_network(void **state)
{
    static const uint8_t which[] = {2, 0, 2, 0, 0};
    static const uint32_t want[] = {1, 3, 4, 0, 2};
    network_rows r;
    (void)state;
    network_rows_init(&r, which, 5, 3);
    assert_memory_equal(r.order, want, sizeof want);
    assert_true(r.first[0] == 0 && r.first[1] == 3 && r.first[2] == 3 && r.first[3] == 5);
    network_rows_release(&r);
    network_rows_init(&r, NULL, 4, 3);
    assert_true(r.order[3] == 3 && r.first[1] == 4 && r.first[3] == 4);
    network_rows_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_lengths_match_central_differences),
        cmocka_unit_test(each_path_is_of_its_class),
        cmocka_unit_test(one_picture_over_and_over_has_paths_of_no_length),
        cmocka_unit_test(paths_of_a_linear_model_grow_by_the_square),
        cmocka_unit_test(path_length_is_the_same_on_any_number_of_threads),
        cmocka_unit_test(rows_are_put_together_by_their_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
