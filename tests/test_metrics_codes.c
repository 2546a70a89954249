/* SPDX-License-Identifier: MIT */
/* metrics: what an autoencoder makes of real pictures, against cases solved by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "metrics.h"
#include "nets.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

enum { N = 3000 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

/* Pictures of up to three pixels, and an autoencoder of two networks at most. */
typedef struct {
    uint8_t pixels[N * 3], labels[N];
    float feature[N];
    judged_set real;
    network encoder[2], decoder[2];
    const network *encoders[2], *decoders[2];
    metric_autoencoder coder;
} subject;

/* n pictures of n_pixels bytes that run through all values, networks of zeros without activation.
 */
static subject *subject_of(size_t n_pixels, size_t n_z, bool has_moments)
{
    char spec[2][16];
    subject *s = allocate(1, sizeof *s);
    snprintf(spec[0], sizeof spec[0], "%zu", n_z * (has_moments ? 2 : 1));
    snprintf(spec[1], sizeof spec[1], "%zu", n_pixels);
    for (size_t i = 0; i < N * 3; i++)
        s->pixels[i] = (uint8_t)(i * 7);
    s->real = (judged_set){.n = N,
                           .shape = {1, n_pixels, n_pixels},
                           .pixels = s->pixels,
                           .features = matrix_view(s->feature, N, 1)};
    for (size_t k = 0; k < 2; k++) {
        s->encoder[k] = network_of(spec[0], n_pixels);
        s->decoder[k] = network_of(spec[1], n_z);
        s->encoders[k] = &s->encoder[k];
        s->decoders[k] = &s->decoder[k];
    }
    s->coder = (metric_autoencoder){.encoders = s->encoders,
                                    .decoders = s->decoders,
                                    .n_networks = 1,
                                    .has_moments = has_moments,
                                    .high = 1};
    return s;
}

static void subject_free(subject *s)
{
    for (size_t k = 0; k < 2; k++) {
        network_release(&s->encoder[k]);
        network_release(&s->decoder[k]);
    }
    free(s);
}

static metric_result measure(const char *name, const subject *s)
{
    metric_context context = {.autoencoder = &s->coder, .seed = 4};
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    comparison_init(&c, &s->real, &s->real, &context);
    assert_null(metric_lacks(metric_find(name), &c));
    if (metric_measure(&r, metric_find(name), &c, &e))
        fail_msg("%s", e.message);
    comparison_release(&c);
    return r;
}

/* Means (1, -2), log variances (log 4, 0) of any picture, and logits 0: each pixel costs log 2. */
static void the_bound_by_logits_of_a_case_solved_by_hand_holds(void **state)
{
    subject *s = subject_of(3, 2, true);
    (void)state;
    s->coder.is_logit = true;
    float *bias = s->encoder[0].layers[0].bias;
    bias[0] = 1, bias[1] = -2, bias[2] = logf(4);
    double kl = 0.5 * (1 + 4 - 1 - log(4)) + 0.5 * (4 + 1 - 1 - 0);
    metric_result r = measure("elbo", s);
    assert_near(r.value.value, -3 * log(2) - kl, 1e-6, 0);
    assert_int_equal(r.n, N);
    subject_free(s);
}

/* Logits (1, 2, -1) of any picture x: sum x v - log(1 + exp v). */
static void the_likelihood_by_logits_reads_the_picture(void **state)
{
    subject *s = subject_of(3, 1, true);
    double want = 0;
    float *bias = s->decoder[0].layers[0].bias;
    (void)state;
    s->coder.is_logit = true;
    bias[0] = 1, bias[1] = 2, bias[2] = -1;
    for (size_t i = 0; i < 3 * N; i++) {
        double v = (double)bias[i % 3];
        want += s->pixels[i] / 255.0 * v - log1p(exp(v));
    }
    assert_near(measure("elbo", s).value.value, want / N, 1e-6, 0);
    subject_free(s);
}

/* A linear model of one pixel and one number, y = w z + b with noise of variance 1/2, whose encoder
 * is its exact posterior: the bound is the likelihood itself, that of N(b, w^2 + 1/2). */
static void the_bound_of_an_exact_posterior_is_the_likelihood(void **state)
{
    subject *s = subject_of(1, 1, true);
    const double w = 1.5, b = 0.25, spread = 1 / (1 + 2 * w * w), variance = w * w + 0.5;
    double want = 0;
    (void)state;
    s->coder.low = -1;
    s->encoder[0].layers[0].weight.data[0] = (float)(spread * 2 * w);
    s->encoder[0].layers[0].bias[0] = (float)(-spread * 2 * w * b);
    s->encoder[0].layers[0].bias[1] = (float)log(spread);
    s->decoder[0].layers[0].weight.data[0] = (float)w;
    s->decoder[0].layers[0].bias[0] = (float)b;
    for (size_t i = 0; i < N; i++) {
        double x = -1 + 2 * s->pixels[i] / 255.0;
        want -= 0.5 * log(2 * acos(-1.0) * variance) + (x - b) * (x - b) / (2 * variance);
    }
    metric_result r = measure("elbo", s);
    assert_near(r.value.value, want / N, 0, 0.02);
    assert_true(r.value.low < want / N && want / N < r.value.high);
    s->encoder[0].layers[0].bias[1] += 1; /* any other posterior bounds it from below */
    assert_true(measure("elbo", s).value.value < want / N - 0.1);
    s->encoder[0].layers[0].bias[1] -= 2;
    assert_true(measure("elbo", s).value.value < want / N - 0.1);
    subject_free(s);
}

/* Without moments the code is the picture, given back at half: in -1..1 (x / 2)^2 by a range of 2.
 */
static void the_error_is_of_pixels_in_0_to_1(void **state)
{
    subject *s = subject_of(2, 2, false);
    double want = 0;
    (void)state;
    s->coder.low = -1;
    for (size_t k = 0; k < 2; k++) {
        s->encoder[0].layers[0].weight.data[3 * k] = 1;
        s->decoder[0].layers[0].weight.data[3 * k] = 0.5f;
    }
    for (size_t i = 0; i < 2 * N; i++) {
        double x = -1 + 2 * s->pixels[i] / 255.0;
        want += x * x / 16;
    }
    assert_near(measure("reconstruction", s).value.value, want / (2 * N), 1e-6, 0);
    subject_free(s);
}

/* Of logits 0 grey is made; of moments the mean, whatever the variance. */
static void the_error_reads_means_and_makes_pixels_of_logits(void **state)
{
    subject *s = subject_of(1, 1, true);
    double want = 0, given_back = 1 / (1 + exp(-3.0));
    (void)state;
    s->coder.is_logit = true;
    s->encoder[0].layers[0].bias[0] = 3;
    s->encoder[0].layers[0].bias[1] = 2;
    s->decoder[0].layers[0].weight.data[0] = 1;
    for (size_t i = 0; i < N; i++)
        want += pow(s->pixels[i] / 255.0 - given_back, 2);
    assert_near(measure("reconstruction", s).value.value, want / N, 1e-6, 0);
    subject_free(s);
}

static void each_picture_is_coded_by_its_class(void **state)
{
    subject *s = subject_of(1, 1, true);
    double want = 0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        s->labels[i] = i % 3 == 0;
        want += pow(s->pixels[i] / 255.0 - s->labels[i], 2);
    }
    s->real.labels = s->labels;
    s->coder.n_networks = 2;
    s->decoder[1].layers[0].bias[0] = 1;
    assert_near(measure("reconstruction", s).value.value, want / N, 1e-6, 0);
    subject_free(s);
}

static void codes_are_the_same_on_any_number_of_threads(void **state)
{
    subject *s = subject_of(1, 1, true);
    metric_result r[2];
    (void)state;
    s->decoder[0].layers[0].weight.data[0] = 1;
    for (size_t k = 0; k < 2; k++) {
        use_threads(k + 1);
        r[k] = measure("elbo", s);
    }
    assert_memory_equal(&r[0].value, &r[1].value, sizeof r[0].value);
    subject_free(s);
}

static void a_bound_needs_moments(void **state)
{
    subject *s = subject_of(1, 1, false);
    metric_context context = {.autoencoder = &s->coder};
    comparison c = {0};
    (void)state;
    comparison_init(&c, &s->real, &s->real, &context);
    assert_string_equal(metric_lacks(metric_find("elbo"), &c),
                        "a vae's encoder, of means and variances");
    assert_null(metric_lacks(metric_find("reconstruction"), &c));
    comparison_release(&c);
    subject_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_by_logits_of_a_case_solved_by_hand_holds),
        cmocka_unit_test(the_likelihood_by_logits_reads_the_picture),
        cmocka_unit_test(the_bound_of_an_exact_posterior_is_the_likelihood),
        cmocka_unit_test(the_error_is_of_pixels_in_0_to_1),
        cmocka_unit_test(the_error_reads_means_and_makes_pixels_of_logits),
        cmocka_unit_test(each_picture_is_coded_by_its_class),
        cmocka_unit_test(codes_are_the_same_on_any_number_of_threads),
        cmocka_unit_test(a_bound_needs_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
