/* SPDX-License-Identifier: MIT */
/* The mean and the variance of gradients over noise, by hand where these are known. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/noise_detail.h"
#include "cli.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

/* How the methods are asked. */
typedef struct {
    double noise;
    size_t n_samples;
    uint64_t probe;
    unsigned inputs;
} way;

static const way usual = {.noise = 0.15, .probe = 3};

static const explain_method *method_named(const char *name)
{
    size_t i = 0;
    while (strcmp(explain_methods[i]->name, name) != 0)
        i++;
    return explain_methods[i];
}

static explanation found_by(scene *s, const char *methods, const float *z, way how)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_request q = {.n_top = 3,
                         .black = -1,
                         .white = 1,
                         .inputs = how.inputs,
                         .n_samples = how.n_samples,
                         .probe = how.probe};
    assert_int_equal(noise_options.size, sizeof(double));
    explain_plan_choose(&plan, methods);
    explain_plan_set(&plan, method_named("smoothgrad"), &how.noise);
    explain_plan_set(&plan, method_named("vargrad"), &how.noise);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

static double number_of(const explanation *a, const char *name)
{
    return (double)*array_of(a, name);
}

static void assert_all_met(const explanation *a)
{
    error e = {0};
    if (explanation_judge(a, &e))
        fail_msg("%s", e.message);
}

/* ---- Where the gradient is the same everywhere ---- */

static void assert_same(const explanation *a, const char *name, const explanation *plain,
                        const char *of)
{
    const named_array *v = whole_array_of(a, name);
    assert_memory_equal(v->data, array_of(plain, of), v->n * sizeof *v->data);
}

static void assert_zeros(const explanation *a, const char *name)
{
    const named_array *v = whole_array_of(a, name);
    for (size_t i = 0; i < v->n; i++)
        assert_true(v->data[i] == 0);
}

static void a_straight_line_has_its_slope_wherever_noise_goes(void **state)
{
    static const double noise[] = {0, 0.15, 3};
    scene s = scene_of("784", "1", Z);
    float *z = draw(Z, 4);
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation plain = explained(&s, z, 3);
    for (size_t i = 0; i < 3; i++) {
        explanation a = found_by(&s, "smoothgrad,vargrad", z, (way){.noise = noise[i], .probe = 3});
        assert_same(&a, "smoothgrad.z", &plain, "gradient_z");
        assert_same(&a, "smoothgrad.x", &plain, "gradient_x");
        static const char *const zeros[] = {"smoothgrad.z_error", "smoothgrad.x_error",
                                            "vargrad.z",          "vargrad.x",
                                            "vargrad.z_error",    "vargrad.x_error"};
        for (size_t k = 0; k < 6; k++)
            assert_zeros(&a, zeros[k]);
        assert_all_met(&a);
        explanation_release(&a);
    }
    explanation_release(&plain);
    free(z);
    scene_release(&s);
}

static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                    "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
enum { N_WORDS = sizeof words / sizeof *words };

static void without_noise_it_is_the_plain_gradient_bit_for_bit(void **state)
{
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < N_WORDS; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation plain = explained(&s, z, 3);
        explanation a = found_by(&s, "smoothgrad,vargrad", z, (way){.noise = 0, .probe = 3});
        assert_same(&a, "smoothgrad.z", &plain, "gradient_z");
        if (explain_sees_picture(&s.x))
            assert_same(&a, "smoothgrad.x", &plain, "gradient_x");
        assert_zeros(&a, "smoothgrad.z_error");
        assert_zeros(&a, "vargrad.z");
        assert_true(number_of(&a, "smoothgrad.z_noise") == 0);
        assert_true(number_of(&a, "smoothgrad.z_agreement") == 1);
        assert_all_met(&a);
        explanation_release(&a);
        explanation_release(&plain);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* ---- By hand ---- */

/* Ink is relu(z0). */
static scene bent_scene(void)
{
    scene s = scene_of_shape("1:relu,1", NULL, 1, shape_of(1, 1));
    s.g.layers[0].weight.data[0] = s.g.layers[1].weight.data[0] = 1;
    aim(&s, "ink");
    return s;
}

/* On the bend, of each two z one is above and one below. */
static void on_a_bend_it_is_the_mean_of_both_slopes(void **state)
{
    scene s = bent_scene();
    (void)state;
    explanation a = found_by(&s, "smoothgrad,vargrad", (float[]){0}, usual);
    assert_true(number_of(&a, "smoothgrad.z") == 0.5);
    assert_true(number_of(&a, "smoothgrad.z_error") == 0);
    /* of 128 zeros and ones with mean p: p (1 - p) 128 / 127; its error is that of a fair coin's */
    double variance = number_of(&a, "vargrad.z");
    double p = 0.5 + sqrt(0.25 - variance * 127 / 128);
    assert_close(&(double){p * 128}, &(double){round(p * 128)}, 1, 0, 1e-4);
    assert_true(variance > 0.24 && number_of(&a, "vargrad.z_error") < 0.01);
    assert_all_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* One sigma from the bend, the slope is 1 for a share of Phi(1) of the noise. */
static void near_a_bend_it_is_the_share_of_the_noise_on_that_side(void **state)
{
    scene s = bent_scene();
    const double share = 0.8413447461;
    (void)state;
    explanation a =
        found_by(&s, "smoothgrad,vargrad", (float[]){0.3f}, (way){.noise = 0.3, .probe = 5});
    double mean_error = number_of(&a, "smoothgrad.z_error");
    assert_true(fabs(number_of(&a, "smoothgrad.z") - share) < 3 * mean_error);
    assert_true(fabs(number_of(&a, "vargrad.z") - share * (1 - share)) <
                3 * number_of(&a, "vargrad.z_error"));
    /* a mean of 64 pairs, one of which is 1/2 wherever the noise is more than sigma */
    double pair = 2 * (1 - share);
    assert_close(&mean_error, &(double){sqrt(pair * (1 - pair) / 4 / 64)}, 1, 0.2, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* rec of a picture 2 z0, compared with black 0: 4 z0^2 / 784, whose slope is 8 z0 / 784. */
static void noise_cancels_where_the_slope_is_a_straight_line(void **state)
{
    float *reference = allocate(N_PIXELS, sizeof *reference);
    scene s = scene_of("784", NULL, 2);
    const float z[2] = {1.5f, -1};
    (void)state;
    s.g.layers[0].weight.data[0] = 2;
    aim_at(&s, comparing("rec:a.png", reference));
    explanation a = found_by(&s, "smoothgrad,vargrad", z, usual);
    const double slope = 8.0 / 784, variance = slope * slope * 0.15 * 0.15;
    assert_close(array_of(&a, "smoothgrad.z"), ((double[]){slope * 1.5, 0}), 2, 1e-6, 0);
    assert_true(number_of(&a, "smoothgrad.z_error") < 1e-6 * slope);
    assert_close(array_of(&a, "vargrad.z"), ((double[]){variance, 0}), 2, 0.4, 0);
    /* that of a normal one's variance: sqrt(2 / n) of it */
    assert_close(array_of(&a, "vargrad.z_error"), ((double[]){variance * sqrt(2 / 128.0), 0}), 2,
                 0.4, 0);
    /* of the pixels, black to white is 2: each has the slope 2 x / 784 */
    assert_close(array_of(&a, "vargrad.x"), &(double){pow(2.0 / 784 * 0.15 * 2, 2)}, 1, 0.4, 0);
    assert_close(&(double){sum(array_of(&a, "vargrad.x"), N_PIXELS)},
                 &(double){784 * pow(2.0 / 784 * 0.15 * 2, 2)}, 1, 0.02, 0);
    assert_all_met(&a);
    explanation_release(&a);
    scene_release(&s);
    free(reference);
}

/* ---- Moments ---- */

/* scipy.stats.moment([3, -1, 4, 1.5, 9, -2.5], [2, 3, 4]) times 6, and the mean. */
static void moments_are_those_about_the_mean(void **state)
{
    static const double v[] = {3, -1, 4, 1.5, 9, -2.5};
    moments m;
    (void)state;
    moments_init(&m, 2);
    for (size_t i = 0; i < 6; i++)
        moments_add(&m, (double[]){v[i], 1e9 + v[i]});
    const double want[] = {14.0 / 6, 82.833333333333333, 150.6944444444443, 2652.9027777777774};
    const double *const got[] = {m.mean, m.second, m.third, m.fourth};
    for (size_t k = 0; k < 4; k++) {
        assert_close(got[k], &want[k], 1, 1e-13, 0);
        if (k > 0) /* a billion away, their digits are fewer */
            assert_close(got[k] + 1, &want[k], 1, 1e-5, 0);
    }
    moments_release(&m);
}

static void equal_samples_have_no_variance(void **state)
{
    moments m;
    (void)state;
    moments_init(&m, 1);
    for (size_t i = 0; i < 1000; i++)
        moments_add(&m, &(double){(double)0.1f});
    assert_true(m.mean[0] == (double)0.1f && m.second[0] == 0 && m.fourth[0] == 0);
    moments_release(&m);
}

/* ---- Noise ---- */

static noisy_gradients noise_at(scene *s, explain_task *t, const float *at, bool is_paired)
{
    static noise_method method = {.draw = DRAW_SMOOTHGRAD};
    static explain_request q = {.probe = 3};
    static explained_rows rows;
    method.is_paired = is_paired;
    rows.z = at;
    *t = (explain_task){.x = &s->x, .w = &s->w, .q = &q, .rows = &rows};
    return (noisy_gradients){
        .method = &method, .f = {.t = t, .input = INPUT_Z, .n = Z, .at = at}, .sigma = 0.2};
}

static void paired_noise_has_both_signs(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), first[Z], second[Z], third[Z];
    explain_task t;
    noisy_gradients g = noise_at(&s, &t, z, true);
    (void)state;
    noise_fill_row(first, &g, 6);
    noise_fill_row(second, &g, 7);
    noise_fill_row(third, &g, 8);
    for (size_t k = 0; k < Z; k++) {
        assert_close(&(float){first[k] + second[k]}, &(float){2 * z[k]}, 1, 0, 1e-6);
        assert_true(first[k] != second[k] && first[k] != third[k] && second[k] != third[k]);
    }
    free(z);
    scene_release(&s);
}

static void noise_has_its_spread_and_no_two_rows_share_it(void **state)
{
    enum { N = 1000 };
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), row[Z];
    double square = 0, product = 0, before[Z] = {0};
    explain_task t;
    noisy_gradients g = noise_at(&s, &t, z, false);
    (void)state;
    for (size_t i = 0; i < N; i++) {
        noise_fill_row(row, &g, i);
        double first = (double)row[0] - (double)z[0]; /* numbers are drawn by four */
        assert_true(fabs(first - before[4]) > 1e-6);
        for (size_t k = 0; k < Z; k++) {
            double off = (double)row[k] - (double)z[k];
            square += off * off / (N * Z);
            product += off * before[k] / (N * Z);
            before[k] = off;
        }
    }
    assert_close(&(double){sqrt(square)}, &(double){0.2}, 1, 0.02, 0);
    assert_close(&product, &(double){0}, 1, 0, 0.002);
    free(z);
    scene_release(&s);
}

static void both_methods_draw_noise_of_their_own(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explain_task t;
    noise_method method = {.draw = DRAW_VARGRAD};
    noisy_gradients g = noise_at(&s, &t, z, false), other = g;
    float first[Z], second[Z];
    other.method = &method;
    noise_fill_row(first, &g, 0);
    noise_fill_row(second, &other, 0);
    for (size_t k = 0; k < Z; k++)
        assert_true(first[k] != second[k]);
    free(z);
    scene_release(&s);
}

/* ---- Samples ---- */

/* The root mean square of what the mean of so many gradients is off Phi(1), and of what it says. */
static void find_errors(double *found, double *told, size_t n_samples)
{
    enum { N = 100 };
    scene s = bent_scene();
    *found = *told = 0;
    for (uint64_t probe = 0; probe < N; probe++) {
        way how = {.noise = 0.3, .n_samples = n_samples, .probe = probe, .inputs = 1u << INPUT_Z};
        explanation a = found_by(&s, "smoothgrad", (float[]){0.3f}, how);
        *found += pow(number_of(&a, "smoothgrad.z") - 0.8413447461, 2) / N;
        *told += pow(number_of(&a, "smoothgrad.z_error"), 2) / N;
        explanation_release(&a);
    }
    *found = sqrt(*found);
    *told = sqrt(*told);
    scene_release(&s);
}

static void the_error_is_the_one_told_and_falls_with_the_root_of_the_samples(void **state)
{
    double of_few, told_of_few, of_many, told_of_many;
    (void)state;
    find_errors(&of_few, &told_of_few, 16);
    find_errors(&of_many, &told_of_many, 128);
    assert_close(&(double){of_few / of_many}, &(double){sqrt(8)}, 1, 0.25, 0);
    assert_close(&(double){told_of_few / told_of_many}, &(double){sqrt(8)}, 1, 0.1, 0);
    assert_close(&told_of_few, &of_few, 1, 0.25, 0);
    assert_close(&told_of_many, &of_many, 1, 0.25, 0);
}

static void it_stops_where_two_halves_agree_or_at_the_cap_and_says_which(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation a = found_by(&s, "smoothgrad", z, usual);
    assert_true(number_of(&a, "smoothgrad.z_agreement") > 0.95);
    assert_null(explanation_find(&a, "smoothgrad.z_agreement_at_cap"));
    double n = number_of(&a, "smoothgrad.z_samples");
    assert_true(n >= 128 && n < MAX_NOISY_GRADIENTS && fmod(n, 128) == 0);
    explanation_release(&a);
    a = found_by(&s, "smoothgrad", z, (way){.noise = 9, .n_samples = 139, .probe = 3});
    assert_true(number_of(&a, "smoothgrad.z_agreement_at_cap") <= 0.95);
    assert_null(explanation_find(&a, "smoothgrad.z_agreement"));
    assert_true(number_of(&a, "smoothgrad.z_samples") == 136);
    explanation_release(&a);
    a = found_by(&s, "vargrad", z, (way){.noise = 9, .n_samples = 1, .probe = 3});
    assert_true(number_of(&a, "vargrad.z_samples") == LEAST_NOISY_GRADIENTS);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void more_samples_go_on_where_fewer_ended(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation few = found_by(&s, "vargrad", z, (way){.noise = 9, .n_samples = 128, .probe = 3});
    explanation many = found_by(&s, "vargrad", z, (way){.noise = 9, .n_samples = 256, .probe = 3});
    assert_true(number_of(&many, "vargrad.z_samples") == 256);
    double ratio = number_of(&many, "vargrad.z_error") / number_of(&few, "vargrad.z_error");
    assert_true(ratio > 0.4 && ratio < 1.1);
    explanation_release(&few);
    explanation_release(&many);
    free(z);
    scene_release(&s);
}

/* ---- Bytes ---- */

static void assert_equal_arrays(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i], *other = explanation_find(b, v->row->name);
        assert_true(other && other->n == v->n);
        assert_memory_equal(v->data, other->data, v->n * sizeof *v->data);
    }
}

static void bytes_depend_on_neither_threads_nor_other_methods(void **state)
{
    scene s = trained_scene("gen");
    float *z = draw(Z, 4);
    (void)state;
    way how = usual;
    how.n_samples = 256;
    explanation both = found_by(&s, "smoothgrad,vargrad", z, how);
    explanation alone = found_by(&s, "vargrad", z, how), all = found_by(&s, "all", z, how);
    use_threads(1);
    explanation on_one = found_by(&s, "smoothgrad,vargrad", z, how);
    use_threads(2);
    assert_equal_arrays(&both, &all);
    assert_equal_arrays(&alone, &both);
    assert_equal_arrays(&both, &on_one);
    explanation *const used[] = {&both, &alone, &all, &on_one};
    for (size_t i = 0; i < 4; i++)
        explanation_release(used[i]);
    free(z);
    scene_release(&s);
}

/* ---- What is asked for, and nothing else ---- */

static void inputs_that_were_not_asked_for_have_no_arrays(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    way how = usual;
    how.inputs = 1u << INPUT_X;
    explanation a = found_by(&s, "smoothgrad,vargrad", z, how);
    assert_null(explanation_find(&a, "smoothgrad.z"));
    assert_non_null(explanation_find(&a, "vargrad.x"));
    explanation_release(&a);
    aim(&s, "unit:0,3");
    a = found_by(&s, "smoothgrad,vargrad", z, usual);
    assert_null(explanation_find(&a, "smoothgrad.x"));
    assert_non_null(explanation_find(&a, "vargrad.z"));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Where there is nothing to find ---- */

static void assert_nothing_is_found(scene *s, const float *z)
{
    explanation a = found_by(s, "smoothgrad,vargrad", z, usual);
    static const char *const zeros[] = {"smoothgrad.z", "smoothgrad.x", "vargrad.z", "vargrad.x"};
    for (size_t i = 0; i < 4; i++)
        assert_zeros(&a, zeros[i]);
    assert_true(number_of(&a, "smoothgrad.x_agreement") == 1);
    assert_all_met(&a);
    explanation_release(&a);
}

static void a_target_that_never_changes_has_zeros_that_agree(void **state)
{
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    (void)state;
    memset(s.d.layers[1].weight.data, 0, 19 * sizeof(float));
    aim(&s, "logit");
    assert_nothing_is_found(&s, z);
    s.d.layers[1].bias[0] = 300; /* gen, softplus of it, has no slope that a float holds */
    aim(&s, "gen");
    assert_nothing_is_found(&s, z);
    free(z);
    scene_release(&s);
}

static void saturated_pixels_are_no_error(void **state)
{
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[2].bias[i] = i % 2 ? 15 : -60;
    aim(&s, "logit");
    explanation a = found_by(&s, "smoothgrad,vargrad", z, usual);
    assert_all_met(&a);
    assert_true(norm(array_of(&a, "smoothgrad.z"), Z) > 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* From a logit of 45 on, gen's rates have variances below any float's, from 90 on the rates too. */
static void rates_that_floats_hardly_hold_are_no_error(void **state)
{
    static const float logits[] = {50, 70, 95, 100};
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof logits / sizeof *logits; i++) {
        scene s = trained_scene(NULL);
        s.d.layers[1].bias[0] = logits[i];
        aim(&s, "gen");
        explanation a = found_by(&s, "smoothgrad,vargrad", z, usual);
        assert_all_met(&a);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

/* Around a minimum of rec, the gradient is what is left of terms that cancel. */
static void gradients_whose_terms_cancel_are_no_error(void **state)
{
    static const double noise[] = {0, 1e-6, 1e-4, 0.01};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), *x = allocate(N_PIXELS, sizeof *x);
    (void)state;
    memcpy(x, explain_draw(&s.x, &s.w, z, 1), N_PIXELS * sizeof *x);
    aim_at(&s, comparing("rec:a.png", x));
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
        explanation a = found_by(&s, "smoothgrad,vargrad", z, (way){.noise = noise[i], .probe = 3});
        assert_all_met(&a);
        explanation_release(&a);
    }
    free(x);
    free(z);
    scene_release(&s);
}

/* ---- Checks ---- */

static void every_target_passes_the_checks(void **state)
{
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < N_WORDS; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation a = found_by(&s, "smoothgrad,vargrad", z, usual);
        assert_all_met(&a);
        assert_true(check_of(&a, "vargrad.z_against_differences")->n_left_out < 4);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static scene tiny_scene(const char *target)
{
    scene s = scene_of_shape("12:bn=1e-3:lrelu=0.3,16:tanh", "8:lrelu=0.2,1", 4, shape_of(4, 4));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, target);
    return s;
}

/* Whether the float passes of net i, made with that network, are found out. */
static bool is_caught(scene *s, explain_net i, const network *faulty)
{
    static const char *const checks[] = {"smoothgrad.z_against_differences",
                                         "vargrad.z_against_differences"};
    float *z = draw(4, 4);
    bool is_met = false;
    packed_network sound = s->x.packed[i];
    packed_network_init(&s->x.packed[i], faulty, PASS_FORWARD | PASS_BACKWARD);
    explanation a = found_by(s, "smoothgrad,vargrad", z, usual);
    for (size_t k = 0; k < 2; k++)
        is_met = is_met || explain_check_is_met(check_of(&a, checks[k]));
    explanation_release(&a);
    packed_network_release(&s->x.packed[i]);
    s->x.packed[i] = sound;
    free(z);
    return !is_met;
}

static void a_weight_one_percent_off_is_caught(void **state)
{
    scene s = tiny_scene("logit");
    (void)state;
    for (explain_net i = NET_G; i <= NET_CRITIC; i++) {
        network faulty;
        network_copy(&faulty, s.x.net[i]);
        assert_false(is_caught(&s, i, &faulty));
        for (size_t k = 0; k < faulty.n_layers; k++) {
            size_t n = faulty.layers[k].n_in * faulty.layers[k].n_out, at = 0;
            float *w = faulty.layers[k].weight.data;
            find_strongest(&at, 1, w, n);
            w[at] *= 1.01f;
            if (!is_caught(&s, i, &faulty))
                fail_msg("net %d, layer %zu", i, k);
            w[at] /= 1.01f;
        }
        network_release(&faulty);
    }
    scene_release(&s);
}

static void a_slope_of_the_other_sign_is_caught(void **state)
{
    scene s = tiny_scene("logit");
    network faulty;
    (void)state;
    network_copy(&faulty, s.x.net[NET_G]);
    faulty.layers[0].f.parameter = -0.3f;
    assert_true(is_caught(&s, NET_G, &faulty));
    network_release(&faulty);
    network_copy(&faulty, s.x.net[NET_CRITIC]);
    faulty.layers[0].f.parameter = -0.2f;
    assert_true(is_caught(&s, NET_CRITIC, &faulty));
    network_release(&faulty);
    scene_release(&s);
}

/* As a batch's statistics are, beside the running ones. */
static void batchnorm_as_in_training_is_caught(void **state)
{
    scene s = tiny_scene("logit");
    network training, faulty;
    (void)state;
    network_copy(&training, &s.g);
    for (size_t k = 0; k < 12; k++) {
        training.layers[0].running_mean[k] += 0.1f;
        training.layers[0].running_var[k] *= 1.2f;
    }
    network_fold(&faulty, &training);
    assert_true(is_caught(&s, NET_G, &faulty));
    network_release(&faulty);
    network_release(&training);
    scene_release(&s);
}

static void one_pixel_of_one_component_has_checks_too(void **state)
{
    scene s = bent_scene();
    (void)state;
    explanation a = found_by(&s, "all", (float[]){1}, usual);
    assert_true(number_of(&a, "smoothgrad.z") == 1 && number_of(&a, "smoothgrad.x") == 1);
    assert_true(number_of(&a, "smoothgrad.z_agreement") == 1);
    assert_all_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* Of more noise than there is to the next kink, points on kinks are left out and no error. */
static void kinks_are_no_error(void **state)
{
    scene s = scene_of_shape("64:relu,64:relu,16:tanh", "64:relu,1", 4, shape_of(4, 4));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    for (uint64_t probe = 0; probe < 50; probe++) {
        float z[4];
        latent_of_seed(z, 4, probe);
        explanation a = found_by(&s, "smoothgrad,vargrad", z,
                                 (way){.noise = 1, .n_samples = 16, .probe = probe});
        assert_all_met(&a);
        explanation_release(&a);
    }
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_has_its_slope_wherever_noise_goes),
        cmocka_unit_test(without_noise_it_is_the_plain_gradient_bit_for_bit),
        cmocka_unit_test(on_a_bend_it_is_the_mean_of_both_slopes),
        cmocka_unit_test(near_a_bend_it_is_the_share_of_the_noise_on_that_side),
        cmocka_unit_test(noise_cancels_where_the_slope_is_a_straight_line),
        cmocka_unit_test(moments_are_those_about_the_mean),
        cmocka_unit_test(equal_samples_have_no_variance),
        cmocka_unit_test(paired_noise_has_both_signs),
        cmocka_unit_test(noise_has_its_spread_and_no_two_rows_share_it),
        cmocka_unit_test(both_methods_draw_noise_of_their_own),
        cmocka_unit_test(the_error_is_the_one_told_and_falls_with_the_root_of_the_samples),
        cmocka_unit_test(it_stops_where_two_halves_agree_or_at_the_cap_and_says_which),
        cmocka_unit_test(more_samples_go_on_where_fewer_ended),
        cmocka_unit_test(bytes_depend_on_neither_threads_nor_other_methods),
        cmocka_unit_test(inputs_that_were_not_asked_for_have_no_arrays),
        cmocka_unit_test(a_target_that_never_changes_has_zeros_that_agree),
        cmocka_unit_test(saturated_pixels_are_no_error),
        cmocka_unit_test(rates_that_floats_hardly_hold_are_no_error),
        cmocka_unit_test(gradients_whose_terms_cancel_are_no_error),
        cmocka_unit_test(every_target_passes_the_checks),
        cmocka_unit_test(a_weight_one_percent_off_is_caught),
        cmocka_unit_test(a_slope_of_the_other_sign_is_caught),
        cmocka_unit_test(batchnorm_as_in_training_is_caught),
        cmocka_unit_test(one_pixel_of_one_component_has_checks_too),
        cmocka_unit_test(kinks_are_no_error),
    };
    return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
