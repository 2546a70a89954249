/* SPDX-License-Identifier: MIT */
/* metrics: nearest neighbours, against all pairs in double, on every level. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/metrics/nearness.h"
#include "levels.h"
#include "nets.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double squared_distance(const float *a, const float *b, size_t n)
{
    double total = 0;
    for (size_t k = 0; k < n; k++)
        total += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    return total;
}

/* Row i of a meets all of b, of which the k first by distance and place stay. */
static void plain_neighbours(neighbours *out, matrix a, matrix b, size_t i, uint32_t skip)
{
    for (uint32_t j = 0; j < b.rows; j++) {
        double d = squared_distance(a.data + i * a.cols, b.data + j * b.cols, a.cols);
        size_t at = out->k, first = i * out->k;
        while (j != skip && at > 0 && d < out->distance[first + at - 1])
            at--;
        if (j == skip || at == out->k)
            continue;
        for (size_t m = out->k - 1; m > at; m--) {
            out->distance[first + m] = out->distance[first + m - 1];
            out->index[first + m] = out->index[first + m - 1];
        }
        out->distance[first + at] = d;
        out->index[first + at] = j;
    }
}

static void assert_plain(const neighbours *got, matrix a, matrix b, const uint32_t *skip)
{
    neighbours want = {.n = a.rows, .k = got->k};
    size_t n = a.rows * got->k;
    assert_int_equal(got->n, a.rows);
    want.distance = allocate(n, sizeof *want.distance);
    want.index = allocate(n, sizeof *want.index);
    for (size_t i = 0; i < n; i++) {
        want.distance[i] = (double)INFINITY;
        want.index[i] = NO_ROW;
    }
    for (size_t i = 0; i < a.rows; i++)
        plain_neighbours(&want, a, b, i, skip ? skip[i] : NO_ROW);
    assert_close(got->distance, want.distance, n, 1e-14, 0.0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(got->index[i], want.index[i]);
    neighbours_release(&want);
}

/* N(0, 1) about a place far from zero, where products in float say nearly nothing of distances. */
static float *draw_about(double centre, size_t n, uint64_t seed)
{
    float *v = draw(n, seed);
    for (size_t i = 0; i < n; i++)
        v[i] += (float)centre;
    return v;
}

static void check_lists(matrix a, matrix b)
{
    neighbours got = {0};
    neighbours_find(&got, a, row_list_of(b), 3, NULL);
    assert_plain(&got, a, b, NULL);
    neighbours_release(&got);
}

static void check_drawn(size_t n_a, size_t n_b, size_t n_cols, double centre)
{
    float *a = draw_about(centre, n_a * n_cols, 1), *b = draw_about(centre, n_b * n_cols, 2);
    check_lists(matrix_view(a, n_a, n_cols), matrix_view(b, n_b, n_cols));
    free(a);
    free(b);
}

static void neighbours_are_those_of_all_pairs_whatever_the_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 8, 9, 33, 65, 130};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_drawn(sizes[i], 140 - sizes[i], 1 + sizes[i] % 34, 0);
    check_drawn(70, 2100, 17, 0);
}

static void neighbours_are_exact_where_products_cancel(void **state)
{
    (void)state;
    check_drawn(70, 1100, 40, 3000);
}

/* Those of b are corners of a cube, all of one length, about what is short. */
static void neighbours_are_exact_where_one_list_is_far_from_zero(void **state)
{
    (void)state;
    enum { N_A = 70, N_B = 1100, COLS = 40 };
    float *a = draw(N_A * COLS, 1), *b = draw(N_B * COLS, 2);
    for (size_t i = 0; i < N_A * COLS; i++)
        a[i] *= 0.01f;
    for (size_t i = 0; i < N_B * COLS; i++)
        b[i] = copysignf(3000, b[i]);
    check_lists(matrix_view(a, N_A, COLS), matrix_view(b, N_B, COLS));
    check_lists(matrix_view(b, N_B, COLS), matrix_view(a, N_A, COLS));
    free(a);
    free(b);
}

static void of_equals_the_first_comes_first_and_none_is_its_own_neighbour(void **state)
{
    (void)state;
    enum { N = 1200, COLS = 5 };
    float *a = draw(N * COLS, 3);
    uint32_t own[N];
    neighbours got = {0};
    for (uint32_t i = 0; i < N; i++) {
        own[i] = i;
        memcpy(a + i * COLS, a + i % 100 * COLS, COLS * sizeof *a);
    }
    neighbours_find_own(&got, matrix_view(a, N, COLS), 2);
    assert_plain(&got, matrix_view(a, N, COLS), matrix_view(a, N, COLS), own);
    assert_int_equal(got.index[0], 100);
    assert_int_equal(got.index[1], 200);
    assert_int_equal(got.index[2 * 100], 0);
    assert_close(&got.distance[0], &(double){0}, 1, 0.0, 0.0);
    neighbours_release(&got);
    free(a);
}

static void bytes_stand_for_0_to_1(void **state)
{
    (void)state;
    enum { N_A = 20, N_B = 1030, COLS = 49 };
    uint8_t bytes_of_b[N_B * COLS];
    float *b = allocate(N_B * COLS, sizeof *b);
    neighbours got = {0};
    for (size_t i = 0; i < N_B * COLS; i++)
        bytes_of_b[i] = (uint8_t)((uint32_t)i * 2654435761u >> 24);
    floats_from_bytes(b, bytes_of_b, N_B * COLS, 0.0f, 1.0f);
    matrix a = matrix_view(b + 1008 * COLS, N_A, COLS);
    neighbours_find(&got, a, (row_list){.n = N_B, .n_cols = COLS, .bytes = bytes_of_b}, 3, NULL);
    assert_plain(&got, a, matrix_view(b, N_B, COLS), NULL);
    neighbours_release(&got);
    free(b);
}

static void missing_neighbours_are_infinitely_far(void **state)
{
    (void)state;
    float a[2] = {0, 1};
    neighbours got = {0};
    neighbours_find_own(&got, matrix_view(a, 2, 1), 2);
    assert_int_equal(got.index[0], 1);
    assert_int_equal(got.index[1], NO_ROW);
    assert_true(isinf(got.distance[1]));
    neighbours_release(&got);
}

static void neighbours_have_the_same_bytes_on_any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 1500, COLS = 30, K = 5 };
    float *a = draw(N * COLS, 4);
    neighbours one = {0}, many = {0};
    neighbours_find_own(&one, matrix_view(a, N, COLS), K);
    use_threads(3);
    neighbours_find_own(&many, matrix_view(a, N, COLS), K);
    use_threads(1);
    assert_memory_equal(one.distance, many.distance, N * K * sizeof *one.distance);
    assert_memory_equal(one.index, many.index, N * K * sizeof *one.index);
    neighbours_release(&one);
    neighbours_release(&many);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_those_of_all_pairs_whatever_the_sizes),
        cmocka_unit_test(neighbours_are_exact_where_products_cancel),
        cmocka_unit_test(neighbours_are_exact_where_one_list_is_far_from_zero),
        cmocka_unit_test(of_equals_the_first_comes_first_and_none_is_its_own_neighbour),
        cmocka_unit_test(bytes_stand_for_0_to_1),
        cmocka_unit_test(missing_neighbours_are_infinitely_far),
        cmocka_unit_test(neighbours_have_the_same_bytes_on_any_number_of_threads),
    };
    return run_on_every_level("neighbours", tests, sizeof tests / sizeof *tests);
}
