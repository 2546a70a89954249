/* SPDX-License-Identifier: MIT */
/* The numbers of tests/golden/make_golden_metrics.py: shares and similarities as prdc,
 * torch-fidelity, scikit-image and pytorch-msssim have them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judged.h"
#include "checkpoint.h"
#include "../src/metrics/similarity.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static safetensors golden;

/* The n values of a tensor; the caller frees them. */
static float *values_of(const char *name, size_t n)
{
    const tensor_entry *t = safetensors_find(&golden, name);
    float *v = allocate(n, sizeof *v);
    error e = {0};
    if (!t || t->n != n || safetensors_get(v, &golden, name, t->rank, t->shape, &e))
        fail_msg("%s: not there with %zu values", name, n);
    return v;
}

static float *values_in(const char *group, const char *name, size_t n)
{
    char joined[32];
    snprintf(joined, sizeof joined, "%s.%s", group, name);
    return values_of(joined, n);
}

/* ---- Shares ---- */

static void check_shares(const char *group, size_t cols)
{
    enum { N = 250, N_REAL = 300 };
    float *set = values_in(group, "set", N * cols), *real = values_in(group, "real", N_REAL * cols);
    float *wide = values_in(group, "wide", 2), *narrow = values_in(group, "narrow", 2);
    const char *names[] = {"density", "coverage", "precision", "recall"};
    for (int i = 0; i < 4; i++) {
        metric_result r =
            measure_features(names[i], matrix_view(set, N, cols), matrix_view(real, N_REAL, cols));
        double want = (double)(i < 2 ? wide[i] : narrow[i - 2]);
        assert_near(r.value.value, want, 1e-7);
        metric_result_release(&r);
    }
    free(set);
    free(real);
    free(wide);
    free(narrow);
}

static void shares_are_those_of_prdc_and_torch_fidelity(void **state)
{
    (void)state;
    check_shares("normal", 6);
}

static void shares_are_theirs_where_many_lie_on_edges(void **state)
{
    (void)state;
    check_shares("grid", 3);
}

/* ---- Similarities ---- */

enum { SIDE = 28, N_PICTURES = 21 };

/* Those of the first test pictures of digits5k, cut to the upper left, each beside the next. */
static void find_similarities(similarity *out, size_t rows, size_t cols)
{
    float *pictures = allocate(N_PICTURES * rows * cols, sizeof *pictures);
    picture_pair pairs[N_PICTURES - 1];
    dataset d = {0};
    error e = {0};
    if (dataset_load(&d, NULL, &(data_choice){.n_classes = 10}, &e))
        fail_msg("%s", e.message);
    for (size_t i = 0; i < N_PICTURES; i++)
        for (size_t y = 0; y < rows; y++)
            floats_from_bytes(pictures + (i * rows + y) * cols,
                              d.test.pixels + (i * SIDE + y) * SIDE, cols, 0.0f, 1.0f);
    for (uint32_t i = 0; i + 1 < N_PICTURES; i++)
        pairs[i] = (picture_pair){i, i + 1};
    similarities_find(out, pictures, pictures, (picture_shape){rows, cols, rows * cols}, pairs,
                      N_PICTURES - 1);
    dataset_release(&d);
    free(pictures);
}

static void similarities_are_those_of_scikit_image_and_pytorch_msssim(void **state)
{
    (void)state;
    similarity got[N_PICTURES - 1];
    float *want = values_of("similarity", 2 * (N_PICTURES - 1));
    find_similarities(got, SIDE, SIDE);
    for (size_t i = 0; i < N_PICTURES - 1; i++) {
        assert_near(got[i].ssim, (double)want[2 * i], 1e-5);
        assert_near(got[i].ms_ssim, (double)want[2 * i + 1], 1e-5);
    }
    free(want);
}

static void similarities_are_theirs_where_sides_differ(void **state)
{
    (void)state;
    similarity got[N_PICTURES - 1];
    float *want = values_of("small", 10);
    find_similarities(got, 20, 17);
    for (size_t i = 0; i < 10; i++) {
        assert_near(got[i].ssim, (double)want[i], 1e-5);
        /* at half the size no window fits */
        assert_near(got[i].ms_ssim, fmax(got[i].ssim, 0), 0);
    }
    free(want);
}

static int open_golden(void **state)
{
    error e = {0};
    (void)state;
    return safetensors_load(&golden, "tests/golden/golden_metrics.safetensors", &e);
}

static int close_golden(void **state)
{
    (void)state;
    safetensors_release(&golden);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_those_of_prdc_and_torch_fidelity),
        cmocka_unit_test(shares_are_theirs_where_many_lie_on_edges),
        cmocka_unit_test(similarities_are_those_of_scikit_image_and_pytorch_msssim),
        cmocka_unit_test(similarities_are_theirs_where_sides_differ),
    };
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
