/* SPDX-License-Identifier: MIT */
/* tensor: products, covariances, triangles and eigenvalues in double, against cases solved by hand
 * and what they are defined by, on odd sizes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/tensor/blas.h"
#include "../src/tensor/double_matrix.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 33, 65};

/* rows * cols doubles of N(0, 1) as floats have them, the same ones for the same seed; the caller
 * frees them. */
static double_matrix draw(size_t rows, size_t cols, uint64_t seed)
{
    double_matrix m = double_matrix_view(allocate(rows * cols, sizeof(double)), rows, cols);
    float *v = allocate(rows * cols, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, rows * cols);
    for (size_t i = 0; i < rows * cols; i++)
        m.data[i] = (double)v[i];
    free(v);
    return m;
}

static double_matrix zeros(size_t rows, size_t cols)
{
    return double_matrix_view(allocate(rows * cols, sizeof(double)), rows, cols);
}

static double_matrix copy_of(double_matrix m)
{
    double_matrix copy = zeros(m.rows, m.cols);
    memcpy(copy.data, m.data, m.rows * m.cols * sizeof *m.data);
    return copy;
}

static double_matrix identity(size_t n)
{
    double_matrix m = zeros(n, n);
    for (size_t i = 0; i < n; i++)
        m.data[i * n + i] = 1.0;
    return m;
}

static double element(double_matrix m, orientation o, size_t r, size_t c)
{
    return o == AS_IS ? m.data[r * m.cols + c] : m.data[c * m.cols + r];
}

/* op(a) op(b) by the textbook's sums. */
static double_matrix plain_product(double_matrix a, orientation of_a, double_matrix b,
                                   orientation of_b)
{
    size_t rows = of_a == AS_IS ? a.rows : a.cols, inner = of_a == AS_IS ? a.cols : a.rows;
    double_matrix c = zeros(rows, of_b == AS_IS ? b.cols : b.rows);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < c.cols; k++)
            for (size_t i = 0; i < inner; i++)
                c.data[r * c.cols + k] += element(a, of_a, r, i) * element(b, of_b, i, k);
    return c;
}

/* Symmetric and positive definite: b b' + I / 10. */
static double_matrix draw_positive(size_t n, uint64_t seed)
{
    double_matrix b = draw(n, n, seed), a = plain_product(b, AS_IS, b, TRANSPOSED);
    for (size_t i = 0; i < n; i++)
        a.data[i * n + i] += 0.1;
    free(b.data);
    return a;
}

static void assert_same(double_matrix got, double_matrix want, double tolerance)
{
    assert_true(got.rows == want.rows && got.cols == want.cols);
    assert_close_by_norm(got.data, want.data, want.rows * want.cols, tolerance);
}

/* ---- Products ---- */

static void products_match_plain_sums_in_every_orientation(void **state)
{
    (void)state;
    static const orientation both[] = {AS_IS, TRANSPOSED};
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (int k = 0; k < 4; k++) {
            orientation of_a = both[k / 2], of_b = both[k % 2];
            size_t n = sizes[i], inner = 5, cols = sizes[(i + 3) % COUNT(sizes)];
            double_matrix a = of_a == AS_IS ? draw(n, inner, 1) : draw(inner, n, 1);
            double_matrix b = of_b == AS_IS ? draw(inner, cols, 2) : draw(cols, inner, 2);
            double_matrix c = draw(n, cols, 3), want = plain_product(a, of_a, b, of_b);
            for (size_t j = 0; j < n * cols; j++)
                want.data[j] += 0.5 * c.data[j];
            double_matrix_multiply(c, 0.5, a, of_a, b, of_b);
            assert_same(c, want, 1e-14);
            free(a.data), free(b.data), free(c.data), free(want.data);
        }
}

/* As floats, which hold them exactly; the caller frees them. */
static float *floats_of(double_matrix as_double)
{
    size_t n = as_double.rows * as_double.cols;
    float *w = allocate(n, sizeof *w);
    for (size_t i = 0; i < n; i++)
        w[i] = (float)as_double.data[i];
    return w;
}

/* Both products of n_in by n_out weights, over 1, 2, 4 and 9 rows; those of fewer rows are bit for
 * bit the first of more. */
static void check_dense(size_t n_in, size_t n_out)
{
    static const size_t rows[] = {9, 4, 2, 1};
    double_matrix w = draw(n_out, n_in, 1), x = draw(9, n_in, 2), dy = draw(9, n_out, 3);
    double_matrix y = plain_product(x, AS_IS, w, TRANSPOSED);
    double_matrix dx = plain_product(dy, AS_IS, w, AS_IS);
    double_matrix first_y = zeros(9, n_out), first_dx = zeros(9, n_in);
    float *weights = floats_of(w);
    matrix m = matrix_view(weights, n_out, n_in);
    double_dense_forward(first_y.data, x.data, 9, m);
    double_dense_backward(first_dx.data, dy.data, 9, m);
    assert_same(first_y, y, 1e-14);
    assert_same(first_dx, dx, 1e-14);
    for (size_t i = 1; i < COUNT(rows); i++) {
        double_dense_forward(y.data, x.data, rows[i], m);
        double_dense_backward(dx.data, dy.data, rows[i], m);
        assert_memory_equal(y.data, first_y.data, rows[i] * n_out * sizeof *y.data);
        assert_memory_equal(dx.data, first_dx.data, rows[i] * n_in * sizeof *dx.data);
    }
    free(w.data), free(x.data), free(dy.data), free(y.data), free(dx.data), free(weights);
    free(first_y.data), free(first_dx.data);
}

static void dense_products_match_plain_sums_at_every_level(void **state)
{
    (void)state;
    for (size_t l = 0; tensor_level_name(l); l++) {
        tensor_use_level(tensor_level_name(l));
        for (size_t i = 0; i < COUNT(sizes); i++)
            for (size_t k = 0; k < COUNT(sizes); k++)
                check_dense(sizes[i], sizes[k]);
    }
    tensor_use_level(tensor_level_name(0));
}

/* What the level makes of n_in by n_out weights and of their first row with itself. */
static double_matrix found_at(const char *level, size_t n_in, size_t n_out)
{
    enum { ROWS = 4 };
    double_matrix w = draw(n_out, n_in, 1), x = draw(ROWS, n_in, 2), dy = draw(ROWS, n_out, 3);
    double_matrix all = zeros(1, ROWS * (n_in + n_out) + 2);
    float *weights = floats_of(w);
    matrix m = matrix_view(weights, n_out, n_in);
    assert_true(tensor_use_level(level));
    double_dense_forward(all.data, x.data, ROWS, m);
    double_dense_backward(all.data + ROWS * n_out, dy.data, ROWS, m);
    all.data[all.cols - 2] = dot(weights, weights, n_in);
    all.data[all.cols - 1] = sum(weights, n_in);
    free(w.data), free(x.data), free(dy.data), free(weights);
    return all;
}

/* Both fuse, so the order of a sum is all there is to it. */
static void avx2_and_avx512_add_in_the_same_order(void **state)
{
    (void)state;
    if (!tensor_use_level("avx512"))
        return; /* cmocka's skip() is "not ok" in TAP, which prove takes for a failure */
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(sizes); k++) {
            double_matrix a = found_at("avx512", sizes[i], sizes[k]);
            double_matrix b = found_at("avx2", sizes[i], sizes[k]);
            assert_memory_equal(a.data, b.data, a.cols * sizeof *a.data);
            free(a.data), free(b.data);
        }
    tensor_use_level(tensor_level_name(0));
}

static void a_dot_product_sums_every_element(void **state)
{
    (void)state;
    for (size_t n = 0; n < 35; n++) {
        double a[35], want = 0;
        for (size_t i = 0; i < n; i++) {
            a[i] = (double)i + 1;
            want += a[i] * a[i];
        }
        double got = double_dot(a, a, n);
        assert_true(got == want);
    }
}

static void a_covariance_is_solved_by_hand(void **state)
{
    (void)state;
    float x[] = {1, 2, 99, 3, 6, 99}; /* the third column lies beyond the view */
    double mean[2], c[4];
    static const double want_mean[] = {2, 4}, want[] = {2, 4, 4, 8};
    double_matrix_covariance(double_matrix_view(c, 2, 2), mean, (matrix){x, 2, 2, 3});
    assert_memory_equal(mean, want_mean, sizeof mean);
    assert_memory_equal(c, want, sizeof c);
}

/* Far from zero, where squares less the square of the mean would keep few digits. */
static void covariances_match_plain_sums_over_many_blocks(void **state)
{
    (void)state;
    enum { ROWS = 600 };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t n = sizes[i];
        double_matrix x = draw(ROWS, n, 4), got = zeros(n, n), mean = zeros(1, n);
        float *rows = allocate(ROWS * n, sizeof *rows);
        for (size_t k = 0; k < ROWS * n; k++) {
            rows[k] = (float)x.data[k] + 1000;
            x.data[k] = (double)rows[k];
        }
        double_matrix_covariance(got, mean.data, matrix_view(rows, ROWS, n));
        for (size_t c = 0; c < n; c++) {
            double want = 0;
            for (size_t r = 0; r < ROWS; r++)
                want += x.data[r * n + c] / ROWS;
            assert_close(&mean.data[c], &want, 1, 1e-13, 0);
            for (size_t r = 0; r < ROWS; r++)
                x.data[r * n + c] -= want;
        }
        double_matrix want = plain_product(x, TRANSPOSED, x, AS_IS);
        for (size_t k = 0; k < n * n; k++)
            want.data[k] /= ROWS - 1;
        assert_same(got, want, 1e-10);
        free(x.data), free(got.data), free(mean.data), free(rows), free(want.data);
    }
}

/* ---- Triangles ---- */

static void a_cholesky_factor_is_solved_by_hand(void **state)
{
    (void)state;
    double a[] = {4, 77, 2, 5}; /* what stands above the diagonal is not read */
    static const double want[] = {2, 0, 1, 2};
    assert_true(double_matrix_cholesky(double_matrix_view(a, 2, 2), 0.0));
    assert_memory_equal(a, want, sizeof a);
    double singular[] = {1, 1, 1, 1}, ridged[] = {1, 1, 1, 1};
    double want_ridged[] = {sqrt(2), 0, sqrt(0.5), sqrt(1.5)};
    assert_false(double_matrix_cholesky(double_matrix_view(singular, 2, 2), 0.0));
    assert_true(double_matrix_cholesky(double_matrix_view(ridged, 2, 2), 1.0));
    assert_close(ridged, want_ridged, 4, 1e-15, 0);
}

static void a_cholesky_factor_gives_its_matrix_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double_matrix a = draw_positive(sizes[i], 5), l = copy_of(a);
        assert_true(double_matrix_cholesky(l, 0.25));
        double_matrix product = plain_product(l, AS_IS, l, TRANSPOSED);
        for (size_t r = 0; r < a.rows; r++) {
            a.data[r * a.cols + r] += 0.25;
            for (size_t c = r + 1; c < a.cols; c++)
                assert_true(l.data[r * a.cols + c] == 0.0);
        }
        assert_same(product, a, 1e-14);
        free(a.data), free(l.data), free(product.data);
    }
}

static void what_is_not_positive_definite_has_no_cholesky_factor(void **state)
{
    (void)state;
    double cases[][4] = {{-1, 0, 0, 1},
                         {1, 2, 2, 1},
                         {0, 0, 0, 0},
                         {1, 0, 0, 0},
                         {(double)NAN, 0, 0, 1},
                         {1, 0, (double)NAN, 1},
                         {1, 0, 0, (double)INFINITY}};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_false(double_matrix_cholesky(double_matrix_view(cases[i], 2, 2), 0.0));
}

static void solving_undoes_multiplying(void **state)
{
    (void)state;
    static const orientation both[] = {AS_IS, TRANSPOSED};
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (int k = 0; k < 2; k++) {
            double_matrix l = draw_positive(sizes[i], 7), x = draw(sizes[i], 3, 8);
            assert_true(double_matrix_cholesky(l, 1.0));
            double_matrix b = plain_product(l, both[k], x, AS_IS);
            double_matrix_solve(b, l, both[k]);
            assert_same(b, x, 1e-12);
            free(l.data), free(x.data), free(b.data);
        }
}

/* ---- Eigenvalues ---- */

static void eigenvalues_are_solved_by_hand(void **state)
{
    (void)state;
    double a[] = {2, -1, -1, 2}, value[3];
    double want_value[] = {3, 1}, half = sqrt(0.5);
    assert_true(double_matrix_eigen(value, double_matrix_view(a, 2, 2)));
    assert_close(value, want_value, 2, 1e-15, 0);
    double length = fabs(a[0]), other = fabs(a[1]); /* equal components: the sign is rounding's */
    assert_close(&length, &half, 1, 1e-15, 0);
    assert_close(&other, &half, 1, 1e-15, 0);
    assert_true(a[0] * a[1] < 0 && a[2] * a[3] > 0);
    double diagonal[] = {-5, 0, 0, 0, 7, 0, 0, 0, 2}, want[] = {0, 1, 0, 0, 0, 1, 1, 0, 0};
    double want_diagonal[] = {7, 2, -5};
    assert_true(double_matrix_eigen(value, double_matrix_view(diagonal, 3, 3)));
    assert_close(value, want_diagonal, 3, 0, 0);
    assert_close(diagonal, want, 9, 0, 0);
}

/* Rows of v are orthonormal, and v' diag(value) v is a. */
static void assert_decomposes(double_matrix a, const double *value, double_matrix v)
{
    double_matrix gram = plain_product(v, AS_IS, v, TRANSPOSED), one = identity(a.rows);
    assert_same(gram, one, 1e-13);
    double_matrix scaled = copy_of(v);
    for (size_t r = 0; r < v.rows; r++)
        for (size_t c = 0; c < v.cols; c++)
            scaled.data[r * v.cols + c] *= value[r];
    double_matrix product = plain_product(v, TRANSPOSED, scaled, AS_IS);
    assert_same(product, a, 1e-13);
    free(gram.data), free(one.data), free(scaled.data), free(product.data);
}

static double_matrix draw_symmetric(size_t n, uint64_t seed)
{
    double_matrix b = draw(n, n, seed), a = zeros(n, n);
    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < n; c++)
            a.data[r * n + c] = b.data[r * n + c] + b.data[c * n + r];
    free(b.data);
    return a;
}

static void eigenvectors_are_orthonormal_and_give_the_matrix_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double_matrix a = draw_symmetric(sizes[i], 9), v = copy_of(a);
        double value[65];
        assert_true(double_matrix_eigen(value, v));
        assert_decomposes(a, value, v);
        for (size_t r = 0; r < a.rows; r++) {
            double largest = 0;
            assert_true(r == 0 || value[r - 1] >= value[r]);
            for (size_t c = 0; c < a.cols; c++)
                largest = fmax(largest, fabs(v.data[r * a.cols + c]));
            size_t at = 0;
            while (v.data[r * a.cols + at] != largest)
                assert_true(++at < a.cols);
        }
        free(a.data), free(v.data);
    }
}

/* OpenBLAS as Debian has it brings LAPACK, so that without this test Jacobi's method would never
 * run. Two equal eigenvalues and a rank of one are among the cases. */
static void both_ways_to_eigenvalues_agree(void **state)
{
    (void)state;
    bool (*const ways[])(double *value, double_matrix a) = {eigen_by_jacobi, eigen_by_lapack};
    double fixed[][9] = {{2, 0, 0, 0, 2, 0, 0, 0, 1}, {1, 2, 3, 2, 4, 6, 3, 6, 9}, {0}};
    for (size_t i = 0; i < COUNT(sizes) + COUNT(fixed); i++) {
        double_matrix a = i < COUNT(sizes)
                              ? draw_symmetric(sizes[i], 10)
                              : copy_of(double_matrix_view(fixed[i - COUNT(sizes)], 3, 3));
        double sums[2] = {0}, squares[2] = {0}, trace = 0, square = 0;
        for (size_t k = 0; k < a.rows; k++)
            trace += a.data[k * a.cols + k];
        square = double_dot(a.data, a.data, a.rows * a.cols);
        for (size_t way = 0; way < (blas.dsyev ? 2 : 1); way++) {
            double value[65];
            double_matrix v = copy_of(a);
            assert_true(ways[way](value, v));
            if (square > 0)
                assert_decomposes(a, value, v);
            for (size_t k = 0; k < a.rows; k++) {
                sums[way] += value[k];
                squares[way] += value[k] * value[k];
            }
            assert_close(&sums[way], &trace, 1, 0, 1e-13 * (1 + sqrt(square)));
            assert_close(&squares[way], &square, 1, 1e-13, 0);
            free(v.data);
        }
        free(a.data);
    }
}

static void what_is_not_finite_has_no_eigenvalues(void **state)
{
    (void)state;
    double value[2], nan[] = {1, (double)NAN, (double)NAN, 1};
    double infinite[] = {1, 0, 0, (double)INFINITY};
    assert_false(double_matrix_eigen(value, double_matrix_view(nan, 2, 2)));
    assert_false(double_matrix_eigen(value, double_matrix_view(infinite, 2, 2)));
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_match_plain_sums_in_every_orientation),
        cmocka_unit_test(dense_products_match_plain_sums_at_every_level),
        cmocka_unit_test(avx2_and_avx512_add_in_the_same_order),
        cmocka_unit_test(a_dot_product_sums_every_element),
        cmocka_unit_test(a_covariance_is_solved_by_hand),
        cmocka_unit_test(covariances_match_plain_sums_over_many_blocks),
        cmocka_unit_test(a_cholesky_factor_is_solved_by_hand),
        cmocka_unit_test(a_cholesky_factor_gives_its_matrix_back),
        cmocka_unit_test(what_is_not_positive_definite_has_no_cholesky_factor),
        cmocka_unit_test(solving_undoes_multiplying),
        cmocka_unit_test(eigenvalues_are_solved_by_hand),
        cmocka_unit_test(eigenvectors_are_orthonormal_and_give_the_matrix_back),
        cmocka_unit_test(both_ways_to_eigenvalues_agree),
        cmocka_unit_test(what_is_not_finite_has_no_eigenvalues),
    };
    return cmocka_run_group_tests_name("tensor_double", tests, NULL, NULL);
}
