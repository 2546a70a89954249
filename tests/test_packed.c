/* SPDX-License-Identifier: MIT */
/* tensor: products with packed matrices, on every dispatch level. What is right is said by loops in
 * double; that a row depends on itself alone, by its bits. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "kernel_cases.h"
#include "levels.h"
#include "use_threads.h"

/* (inner, cols): single ones, ends of panels and of vectors, layers as they are, more than one
 * block of the inner dimension, and rows that lie a page apart (where none has a gap). */
static const size_t shapes[][2] = {{1, 1},     {3, 17},    {17, 16},   {64, 256},
                                   {100, 1},   {256, 512}, {512, 784}, {33, 131},
                                   {2500, 37}, {1024, 40}, {1, 784}};
static const size_t batches[] = {1, 2, 7, 63, 64, 65, 1000};
static const size_t thread_counts[] = {1, 2, 5};

#define FOR_EACH_PACKED(inner, cols)                                                               \
    for (size_t i_shape = 0, inner, cols;                                                          \
         i_shape < COUNT(shapes) && (inner = shapes[i_shape][0], cols = shapes[i_shape][1], true); \
         i_shape++)
#define FOR_EACH_THREAD_COUNT(threads)                                                             \
    for (size_t i_threads = 0, threads;                                                            \
         i_threads < COUNT(thread_counts) &&                                                       \
         (threads = thread_counts[i_threads], use_threads(threads), true);                         \
         i_threads++)

/* A view of rows x cols values, `gap` floats between two rows. */
static matrix drawn(size_t rows, size_t cols, size_t gap, uint64_t seed)
{
    size_t stride = cols + gap;
    return (matrix){draw(rows * stride + 1, 1.0f, seed), rows, cols, stride};
}

static packed_matrix pack(size_t inner, size_t cols, orientation o, matrix *m)
{
    packed_matrix p;
    *m = o == AS_IS ? drawn(inner, cols, 3, 1) : drawn(cols, inner, 3, 1);
    packed_matrix_init(&p, *m, o);
    return p;
}

static double weight(matrix m, orientation o, size_t k, size_t c)
{
    return (double)(o == AS_IS ? m.data[k * m.stride + c] : m.data[c * m.stride + k]);
}

static void check_product(size_t rows, size_t inner, size_t cols, orientation o)
{
    matrix m, x = drawn(rows, inner, inner % 1024 ? 5 : 0, 2), y = drawn(rows, cols, 2, 3);
    packed_matrix p = pack(inner, cols, o, &m);
    memset(y.data, 255, (rows * y.stride + 1) * sizeof(float)); /* NaN: nothing of it may stay */
    packed_multiply(y, x, &p, (epilogue){0});
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < cols; c++) {
            double want = 0, size = 0;
            for (size_t k = 0; k < inner; k++) {
                double v = (double)x.data[r * x.stride + k] * weight(m, o, k, c);
                want += v;
                size += fabs(v);
            }
            assert_close(&y.data[r * y.stride + c], &want, 1, 0,
                         ULP * 3 * sqrt((double)inner) * size);
        }
        for (size_t c = cols; c < y.stride; c++)
            assert_true(isnan(y.data[r * y.stride + c]));
    }
    packed_matrix_release(&p);
    free(m.data), free(x.data), free(y.data);
}

static void a_product_agrees_with_sums_in_double(void **state)
{
    (void)state;
    FOR_EACH_THREAD_COUNT(threads)
    FOR_EACH_PACKED(inner, cols)
    for (size_t rows = 0; rows <= 14; rows += rows > 7 ? 3 : 1)
        for (orientation o = AS_IS; o <= TRANSPOSED; o++)
            check_product(rows, inner, cols, o);
}

/* Rows of x and y `stride` floats apart: x's zeros, denormals and huge numbers among others. */
static void check_chains(size_t rows, size_t inner, size_t cols, size_t stride)
{
    matrix m, x = {draw(rows * stride + 1, 1.0f, 2) + 1, rows, inner, stride};
    matrix y = {draw(rows * stride + 1, 1.0f, 3) + 1, rows, cols, stride};
    packed_matrix p = pack(inner, cols, AS_IS, &m);
    for (size_t k = 0; k < inner; k += 3)
        x.data[k] *= k % 2 ? 1e-39f : 1e30f;
    memset(x.data + (rows - 1) * stride, 0, inner * sizeof *x.data);
    packed_multiply(y, x, &p, (epilogue){0});
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) {
            float want = 0;
            for (size_t k = 0; k < inner; k++)
                want = fmaf(m.data[k * m.stride + c], x.data[r * stride + k], want);
            assert_memory_equal(&y.data[r * stride + c], &want, sizeof want);
        }
    packed_matrix_release(&p);
    free(m.data), free(x.data - 1), free(y.data - 1);
}

/* With rows that lie a multiple of a page apart, and others. */
static void each_sum_is_one_chain_of_fused_multiply_adds(void **state)
{
    (void)state;
    if (strcmp(tensor_level(), "plain") == 0)
        return; /* without FMA: a product is rounded before it is added */
    FOR_EACH_THREAD_COUNT(threads)
    FOR_EACH_PACKED(inner, cols)
    for (size_t gap = 0; gap <= 1; gap++)
        check_chains(13 - 8 * (threads % 2), inner, cols,
                     (inner + cols + 1023) / 1024 * 1024 + gap);
}

static void all_rows_of_a_packed_matrix_can_be_had_again(void **state)
{
    (void)state;
    FOR_EACH_PACKED(inner, cols)
    for (orientation o = AS_IS; o <= TRANSPOSED; o++) {
        matrix m;
        packed_matrix p = pack(inner, cols, o, &m);
        float *row = draw(cols + 1, 1.0f, 4), end = row[cols];
        for (size_t k = 0; k < inner; k++) {
            packed_matrix_row(row, &p, k);
            for (size_t c = 0; c < cols; c++)
                assert_true((double)row[c] == weight(m, o, k, c));
        }
        assert_true(row[cols] == end);
        packed_matrix_release(&p);
        free(m.data), free(row);
    }
}

/* ---- A row depends on itself alone ---- */

typedef struct {
    matrix y, x;
    const packed_matrix *p;
} product;

/* A body of parallel_for, where products are not split over the threads unless it is alone. */
static void multiply(size_t i, size_t thread, void *context)
{
    const product *t = context;
    (void)thread;
    packed_multiply(t[i].y, t[i].x, t[i].p, (epilogue){0});
}

/* By n_bodies at once, of which each does the same. */
static void check_batch(const product *all, size_t first, size_t n, size_t n_bodies)
{
    size_t cols = all->y.cols;
    product some[2];
    for (size_t i = 0; i < n_bodies; i++)
        some[i] = (product){drawn(n, cols, 0, 5), matrix_rows(all->x, first, n), all->p};
    parallel_for(n_bodies, multiply, some);
    for (size_t i = 0; i < n_bodies; i++) {
        assert_memory_equal(some[i].y.data, all->y.data + first * cols, n * cols * sizeof(float));
        free(some[i].y.data);
    }
}

/* Every place of a row among 1,000, in batches of all sizes, on any number of threads. */
static void a_row_has_the_same_bits_in_any_batch(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    FOR_EACH_PACKED(inner, cols)
    {
        matrix m;
        packed_matrix p = pack(inner, cols, AS_IS, &m);
        product all = {drawn(ROWS, cols, 0, 3), drawn(ROWS, inner, 0, 2), &p};
        use_threads(1);
        multiply(0, 0, &all);
        FOR_EACH_THREAD_COUNT(threads)
        for (size_t i = 0; i < COUNT(batches); i++)
            for (size_t first = 0; first + batches[i] <= ROWS; first += batches[i] + 97)
                check_batch(&all, first, batches[i], 1 + first % 2);
        packed_matrix_release(&p);
        free(m.data), free(all.x.data), free(all.y.data);
    }
}

/* However they are shared out among tiles, groups and threads. */
static void any_number_of_rows_has_all_of_them(void **state)
{
    (void)state;
    enum { ROWS = 150, INNER = 33, COLS = 131 };
    matrix m;
    packed_matrix p = pack(INNER, COLS, AS_IS, &m);
    product all = {drawn(ROWS, COLS, 0, 3), drawn(ROWS, INNER, 0, 2), &p};
    use_threads(1);
    multiply(0, 0, &all);
    FOR_EACH_THREAD_COUNT(threads)
    for (size_t rows = 1; rows <= ROWS; rows++)
        check_batch(&all, 0, rows, 1);
    packed_matrix_release(&p);
    free(m.data), free(all.x.data), free(all.y.data);
}

static void equal_rows_have_equal_bits_wherever_they_stand(void **state)
{
    (void)state;
    enum { ROWS = 77 };
    use_threads(1);
    FOR_EACH_PACKED(inner, cols)
    {
        matrix m, x = drawn(ROWS, inner, 0, 2), y = drawn(ROWS, cols, 0, 3);
        packed_matrix p = pack(inner, cols, TRANSPOSED, &m);
        for (size_t r = 1; r < ROWS; r++)
            memcpy(x.data + r * inner, x.data, inner * sizeof *x.data);
        packed_multiply(y, x, &p, (epilogue){0});
        for (size_t r = 1; r < ROWS; r++)
            assert_memory_equal(y.data + r * cols, y.data, cols * sizeof *y.data);
        packed_matrix_release(&p);
        free(m.data), free(x.data), free(y.data);
    }
}

/* A NaN reaches its row and no other; so does an infinity. */
static void what_is_not_finite_stays_in_its_row(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    enum { ROWS = 30, BAD_ROW = 13 };
    for (size_t i = 0; i < COUNT(bad); i++) {
        matrix m, x = drawn(ROWS, 40, 0, 2), y = drawn(ROWS, 50, 0, 3);
        packed_matrix p = pack(40, 50, AS_IS, &m);
        x.data[BAD_ROW * 40 + 39] = bad[i];
        packed_multiply(y, x, &p, (epilogue){0});
        for (size_t k = 0; k < ROWS * 50; k++)
            assert_int_equal(!isfinite(y.data[k]), k / 50 == BAD_ROW);
        packed_matrix_release(&p);
        free(m.data), free(x.data), free(y.data);
    }
}

/* ---- What follows a product ---- */

static const activation all_activations[] = {
    {LINEAR, 0}, {RELU, 0}, {LRELU, 0.2f}, {TANH, 0}, {SIGMOID, 0}};

/* As a pass over the finished product, to the bit. */
static void check_activation(size_t rows, size_t inner, size_t cols, activation f)
{
    matrix m, x = drawn(rows, inner, 0, 2), y = drawn(rows, cols, 4, 3);
    matrix want = drawn(rows, cols, 0, 4), alone = drawn(rows, cols, 0, 4);
    packed_matrix p = pack(inner, cols, AS_IS, &m);
    float *slope = draw(rows * cols, 1.0f, 5), *want_slope = draw(rows * cols, 1.0f, 6);
    float *bias = draw(cols, 1.0f, 7);
    packed_multiply(want, x, &p, (epilogue){0});
    activation_forward(want, want_slope, bias, f, no_dropout);
    packed_multiply(y, x, &p, (epilogue){.bias = bias, .f = f, .slope = slope});
    packed_multiply(alone, x, &p, (epilogue){.bias = bias, .f = f});
    assert_memory_equal(slope, want_slope, rows * cols * sizeof *slope);
    assert_memory_equal(alone.data, want.data, rows * cols * sizeof *slope);
    for (size_t r = 0; r < rows; r++)
        assert_memory_equal(y.data + r * y.stride, want.data + r * cols, cols * sizeof *slope);
    packed_matrix_release(&p);
    free(m.data), free(x.data), free(y.data), free(want.data), free(alone.data);
    free(slope), free(want_slope), free(bias);
}

static void an_activation_in_the_product_is_the_one_after_it(void **state)
{
    (void)state;
    static const size_t rows[] = {1, 12, 23, 34, 73}; /* the last: one more than handled together */
    FOR_EACH_THREAD_COUNT(threads)
    FOR_EACH_PACKED(inner, cols)
    for (size_t i = 0; i < COUNT(all_activations); i++)
        for (size_t k = 0; k < COUNT(rows); k++)
            check_activation(rows[k], inner, cols, all_activations[i]);
}

static void check_factor(size_t rows, size_t inner, size_t cols, size_t each)
{
    matrix m, x = drawn(rows, inner, 0, 2), y = drawn(rows, cols, 4, 3);
    matrix want = drawn(rows, cols, 0, 4);
    packed_matrix p = pack(inner, cols, TRANSPOSED, &m);
    float *factor = draw((rows + each - 1) / each * cols, 1.0f, 5);
    packed_multiply(want, x, &p, (epilogue){0});
    packed_multiply(y, x, &p, (epilogue){.factor = factor, .rows_a_factor = each});
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            assert_true(y.data[r * y.stride + c] ==
                        want.data[r * cols + c] * factor[r / each * cols + c]);
    packed_matrix_release(&p);
    free(m.data), free(x.data), free(y.data), free(want.data), free(factor);
}

static void rows_meet_the_factor_of_their_group(void **state)
{
    (void)state;
    FOR_EACH_THREAD_COUNT(threads)
    FOR_EACH_PACKED(inner, cols)
    for (size_t each = 1; each < 80; each = each * 3 + 2)
        for (size_t rows = 1; rows < 170; rows = rows * 2 + 11)
            check_factor(rows, inner, cols, each);
}

/* ---- Levels ---- */

/* Both fuse, so the order of a sum is all there is to it. */
static void avx2_and_avx512_give_the_same_bits(void **state)
{
    (void)state;
    if (!tensor_use_level("avx512"))
        return; /* cmocka's skip() is "not ok" in TAP, which prove takes for a failure */
    enum { ROWS = 31 };
    use_threads(1);
    FOR_EACH_PACKED(inner, cols)
    for (size_t i = 0; i < COUNT(all_activations); i++) {
        matrix m, x = drawn(ROWS, inner, 0, 2), y[2];
        packed_matrix p = pack(inner, cols, AS_IS, &m);
        float *bias = draw(cols, 1.0f, 7), *slope[2];
        for (size_t k = 0; k < 2; k++) {
            assert_true(tensor_use_level(k ? "avx2" : "avx512"));
            y[k] = drawn(ROWS, cols, 0, 3);
            slope[k] = draw(ROWS * cols, 1.0f, 4);
            packed_multiply(y[k], x, &p,
                            (epilogue){.bias = bias, .f = all_activations[i], .slope = slope[k]});
        }
        assert_memory_equal(y[0].data, y[1].data, ROWS * cols * sizeof(float));
        assert_memory_equal(slope[0], slope[1], ROWS * cols * sizeof(float));
        packed_matrix_release(&p);
        free(m.data), free(x.data), free(y[0].data), free(y[1].data);
        free(bias), free(slope[0]), free(slope[1]);
    }
    tensor_use_level(tensor_level_name(0));
}

int main(void)
{
    static const struct CMUnitTest on_every_level[] = {
        cmocka_unit_test(a_product_agrees_with_sums_in_double),
        cmocka_unit_test(each_sum_is_one_chain_of_fused_multiply_adds),
        cmocka_unit_test(all_rows_of_a_packed_matrix_can_be_had_again),
        cmocka_unit_test(a_row_has_the_same_bits_in_any_batch),
        cmocka_unit_test(any_number_of_rows_has_all_of_them),
        cmocka_unit_test(equal_rows_have_equal_bits_wherever_they_stand),
        cmocka_unit_test(what_is_not_finite_stays_in_its_row),
        cmocka_unit_test(an_activation_in_the_product_is_the_one_after_it),
        cmocka_unit_test(rows_meet_the_factor_of_their_group),
        cmocka_unit_test(avx2_and_avx512_give_the_same_bits),
    };
    return run_on_every_level("packed products", on_every_level, COUNT(on_every_level));
}
