/* SPDX-License-Identifier: MIT */
/* tensor: factors and nuclear norms in double, and sorting, against cases solved by hand and what
 * they are defined by, on odd sizes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/tensor/blas.h"
#include "../src/tensor/double_matrix.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 33, 65};

static double_matrix zeros(size_t rows, size_t cols)
{
    return double_matrix_view(allocate(rows * cols, sizeof(double)), rows, cols);
}

/* N(0, 1), the same ones for the same seed; the caller frees them. */
static double_matrix draw(size_t rows, size_t cols, uint64_t seed)
{
    double_matrix m = zeros(rows, cols);
    float *v = allocate(rows * cols, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, rows * cols);
    for (size_t i = 0; i < rows * cols; i++)
        m.data[i] = (double)v[i];
    free(v);
    return m;
}

/* b b', b (n, rank): semidefinite, and singular where rank < n. */
static double_matrix draw_semidefinite(size_t n, size_t rank, uint64_t seed)
{
    double_matrix b = draw(n, rank, seed), a = zeros(n, n);
    double_matrix_multiply(a, 0.0, b, AS_IS, b, TRANSPOSED);
    free(b.data);
    return a;
}

/* ---- Factors ---- */

/* F F' is a, and columns of F beyond its rank are zero. */
static void assert_factor(double_matrix a, size_t rank)
{
    double_matrix f = zeros(a.rows, a.rows), product = zeros(a.rows, a.rows);
    memset(f.data, 1, a.rows * a.rows * sizeof *f.data);
    double_matrix_factor(f, a);
    double_matrix_multiply(product, 0.0, f, AS_IS, f, TRANSPOSED);
    assert_close_by_norm(product.data, a.data, a.rows * a.rows, 1e-14);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t k = rank; k < a.rows; k++)
            assert_true(f.data[i * a.rows + k] == 0.0);
    free(f.data), free(product.data);
}

static void a_factor_times_its_transpose_is_the_matrix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double_matrix a = draw_semidefinite(sizes[i], sizes[i], 1);
        assert_factor(a, sizes[i]);
        free(a.data);
    }
}

static void a_factor_of_a_singular_matrix_has_no_more_columns_than_its_rank(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t rank = (sizes[i] + 2) / 3; rank < sizes[i]; rank += 10) {
            double_matrix a = draw_semidefinite(sizes[i], rank, 2);
            assert_factor(a, rank);
            free(a.data);
        }
}

static void a_factor_leaves_out_what_rounding_put_below_zero(void **state)
{
    double a[] = {4, 2, 0, 2, 1 - 1e-16, 0, 0, 0, -1e-17}, f[9], want[9] = {2, 0, 0, 1};
    (void)state;
    double_matrix_factor(double_matrix_view(f, 3, 3), double_matrix_view(a, 3, 3));
    assert_close(f, want, 9, 0, 1e-15);
}

/* ---- Nuclear norms ---- */

static void the_nuclear_norm_of_a_semidefinite_matrix_is_its_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t rank = (sizes[i] + 1) / 2; rank <= sizes[i]; rank += 16) {
            double_matrix a = draw_semidefinite(sizes[i], rank, 3);
            double trace = 0, norm;
            for (size_t k = 0; k < a.rows; k++)
                trace += a.data[k * a.cols + k];
            norm = double_matrix_nuclear_norm(a);
            assert_close(&norm, &trace, 1, 1e-13, 0);
            free(a.data);
        }
}

static double norm_by(bool (*way)(double *value, double_matrix a), double_matrix a)
{
    double total = 0, value[65], kept[65 * 65];
    memcpy(kept, a.data, a.rows * a.rows * sizeof *kept);
    assert_true(way(value, double_matrix_view(kept, a.rows, a.rows)));
    for (size_t i = 0; i < a.rows; i++)
        total += value[i];
    return total;
}

static void both_ways_to_singular_values_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double_matrix a = draw(sizes[i], sizes[i], 4);
        double by_jacobi = norm_by(singular_by_jacobi, a), whole;
        if (blas.dgesdd) {
            double by_lapack = norm_by(singular_by_lapack, a);
            assert_close(&by_jacobi, &by_lapack, 1, 1e-13, 0);
        }
        whole = double_matrix_nuclear_norm(a);
        assert_close(&whole, &by_jacobi, 1, 1e-13, 0);
        free(a.data);
    }
}

/* [[3, 0], [4, 5]] has the singular values 3 sqrt(5) and sqrt(5). */
static void a_case_solved_by_hand_holds_both_ways(void **state)
{
    double a[] = {3, 0, 4, 5}, want = 4 * sqrt(5), got;
    (void)state;
    got = norm_by(singular_by_jacobi, double_matrix_view(a, 2, 2));
    assert_close(&got, &want, 1, 1e-15, 0);
    got = double_matrix_nuclear_norm(double_matrix_view(a, 2, 2));
    assert_close(&got, &want, 1, 1e-15, 0);
}

static void singular_values_far_below_the_greatest_are_not_lost(void **state)
{
    double a[] = {1, 1, 1, 1 + 1e-9}, want = 2 + 1e-9, got;
    (void)state;
    got = norm_by(singular_by_jacobi, double_matrix_view(a, 2, 2));
    assert_close(&got, &want, 1, 1e-15, 0);
}

static void what_is_not_finite_has_no_nuclear_norm(void **state)
{
    double a[] = {1, 0, (double)NAN, 1}, b[] = {1, 0, (double)INFINITY, 1};
    (void)state;
    assert_true(isnan(double_matrix_nuclear_norm(double_matrix_view(a, 2, 2))));
    assert_true(isnan(double_matrix_nuclear_norm(double_matrix_view(b, 2, 2))));
}

/* ---- Order ---- */

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void floats_are_sorted_as_by_comparing(void **state)
{
    (void)state;
    for (size_t i = 0; i <= COUNT(sizes); i++) {
        size_t n = i < COUNT(sizes) ? sizes[i] : 5000;
        float *v = allocate(n, sizeof *v), *want = allocate(n, sizeof *want);
        uint32_t *room = allocate(2 * n, sizeof *room);
        rng r = rng_init(5, i);
        rng_fill_normal(&r, v, n);
        for (size_t k = 0; k < n; k += 3) /* of all sizes, and equal ones */
            v[k] = k % 2 ? v[k] * v[k] * 1e-30f : (float)(k % 5) * -1e30f;
        memcpy(want, v, n * sizeof *v);
        qsort(want, n, sizeof *want, compare);
        floats_sort(v, n, room);
        for (size_t k = 0; k < n; k++)
            assert_true(v[k] == want[k]);
        free(v), free(want), free(room);
    }
}

static int open_blas(void **state)
{
    error e = {0};
    (void)state;
    return tensor_open_blas(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factor_times_its_transpose_is_the_matrix),
        cmocka_unit_test(a_factor_of_a_singular_matrix_has_no_more_columns_than_its_rank),
        cmocka_unit_test(a_factor_leaves_out_what_rounding_put_below_zero),
        cmocka_unit_test(the_nuclear_norm_of_a_semidefinite_matrix_is_its_trace),
        cmocka_unit_test(both_ways_to_singular_values_agree),
        cmocka_unit_test(a_case_solved_by_hand_holds_both_ways),
        cmocka_unit_test(singular_values_far_below_the_greatest_are_not_lost),
        cmocka_unit_test(what_is_not_finite_has_no_nuclear_norm),
        cmocka_unit_test(floats_are_sorted_as_by_comparing),
    };
    return cmocka_run_group_tests(tests, open_blas, NULL);
}
