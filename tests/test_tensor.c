/* SPDX-License-Identifier: MIT */
/* tensor: views, threads, products. The kernels and the random numbers have files of their own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "base.h"
#include "tensor.h"
#include "use_threads.h"
#include <float.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static float *draw(size_t n, uint64_t seed)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, n);
    return v;
}

/* ---- Views and levels ---- */

static void a_view_of_rows_or_columns_keeps_the_stride(void **state)
{
    (void)state;
    float v[60];
    matrix whole = {v, 5, 7, 12}, rows = matrix_rows(whole, 2, 3), none = matrix_rows(whole, 5, 0);
    assert_ptr_equal(rows.data, v + 24);
    assert_true(rows.rows == 3 && rows.cols == 7 && rows.stride == 12 && none.rows == 0);
    matrix columns = matrix_columns(whole, 2, 5);
    assert_ptr_equal(columns.data, v + 2);
    assert_true(columns.rows == 5 && columns.cols == 5 && columns.stride == 12);
    matrix packed = matrix_view(v, 4, 15);
    assert_true(packed.data == v && packed.rows == 4 && packed.cols == 15 && packed.stride == 15);
}

static void levels_are_listed_best_first_and_end_with_plain(void **state)
{
    (void)state;
    assert_string_equal(tensor_level(), tensor_level_name(0));
    size_t n = 0;
    for (; tensor_level_name(n); n++) {
        assert_true(tensor_use_level(tensor_level_name(n)));
        assert_string_equal(tensor_level(), tensor_level_name(n));
    }
    assert_string_equal(tensor_level_name(n - 1), "plain");
    assert_false(tensor_use_level("abacus"));
    assert_string_equal(tensor_level(), "plain");
    assert_true(tensor_use_level(tensor_level_name(0)));
}

static void the_blas_names_itself(void **state)
{
    (void)state;
    assert_non_null(strstr(tensor_blas_info(), "OpenBLAS"));
}

/* ---- parallel_for ---- */

enum { N_CALLS = 1000 };
typedef struct {
    int calls[N_CALLS];
    size_t threads;
    bool is_wrong[N_CALLS];
} call_log;

static void log_call(size_t i, size_t thread, void *context)
{
    call_log *l = context;
    l->calls[i]++;
    l->is_wrong[i] = thread >= l->threads;
}

static void parallel_for_calls_once_for_each_index(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 9; threads += 2) {
        use_threads(threads);
        assert_int_equal(tensor_threads(), threads);
        static const size_t sizes[] = {0, 1, 2, 7, N_CALLS};
        for (size_t k = 0; k < COUNT(sizes); k++) {
            call_log l = {.threads = threads};
            parallel_for(sizes[k], log_call, &l);
            for (size_t i = 0; i < N_CALLS; i++)
                assert_true(l.calls[i] == (i < sizes[k]) && !l.is_wrong[i]);
        }
    }
}

/* Whom a body of an inner loop sees, for each of the outer one's. */
enum { OUTER = 6, INNER = 4 };
typedef struct {
    atomic_int calls[OUTER][INNER], busy[3]; /* busy: bodies that run under that number now */
    atomic_bool is_wrong;
    bool is_alone; /* on all threads, not on the outer body's */
} nested_loops;
typedef struct {
    nested_loops *all;
    size_t outer, thread;
} outer_body;

static void inner_body(size_t i, size_t thread, void *context)
{
    const outer_body *b = context;
    b->all->calls[b->outer][i]++;
    if (thread >= tensor_threads() || (!b->all->is_alone && thread != b->thread) ||
        (b->all->is_alone && b->all->busy[thread]++ != 0))
        b->all->is_wrong = true;
    if (b->all->is_alone)
        b->all->busy[thread]--;
}

static void run_inner_loop(size_t i, size_t thread, void *context)
{
    nested_loops *l = context;
    outer_body b = {l, i, thread};
    if (!l->is_alone && l->busy[thread]++ != 0)
        l->is_wrong = true;
    parallel_for(INNER, inner_body, &b);
    if (!l->is_alone)
        l->busy[thread]--;
}

static void check_nested_loops(size_t threads, size_t n_outer)
{
    nested_loops l = {.is_alone = n_outer == 1};
    use_threads(threads);
    parallel_for(n_outer, run_inner_loop, &l);
    assert_false(l.is_wrong);
    for (size_t i = 0; i < OUTER; i++)
        for (size_t k = 0; k < INNER; k++)
            assert_int_equal(l.calls[i][k], i < n_outer);
}

static void a_loop_inside_a_loop_runs_on_its_callers_thread(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++)
        check_nested_loops(threads, OUTER);
}

static void a_loop_inside_a_body_alone_may_use_every_thread(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++)
        check_nested_loops(threads, 1);
}

/* A body that waits until all are there ends only where each has a thread of its own. */
static void wait_for_all(size_t i, size_t thread, void *context)
{
    (void)i, (void)thread;
    atomic_size_t *n_missing = context;
    atomic_fetch_sub(n_missing, 1);
    while (atomic_load(n_missing) > 0)
        sched_yield();
}

static void as_many_bodies_as_threads_run_at_once(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 5; threads++) {
        use_threads(threads);
        for (size_t n = 1; n <= threads; n++) { /* fewer, too */
            atomic_size_t n_missing = n;
            parallel_for(n, wait_for_all, &n_missing);
            assert_int_equal(n_missing, 0);
        }
    }
}

static void count_call(size_t i, size_t thread, void *context)
{
    (void)thread;
    ((int *)context)[i]++;
}

/* Threads that sleep, wake and are handed work at any moment: none is lost or done twice. */
static void threads_survive_many_short_loops_with_rests_between(void **state)
{
    (void)state;
    int calls[3] = {0};
    enum { LOOPS = 20000, LOOPS_A_REST = 100 };
    use_threads(3);
    for (int i = 0; i < LOOPS; i++) {
        parallel_for(3, count_call, calls);
        if (i % LOOPS_A_REST == 0)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(calls[i], LOOPS);
}

/* ---- Beside the pool ---- */

enum { N_BESIDE = 30 };
typedef struct {
    pthread_t self, by[N_BESIDE];
} beside;

static void note_thread(size_t i, size_t thread, void *context)
{
    (void)thread;
    ((beside *)context)->by[i] = pthread_self();
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* others would take the next */
}

static void loop_beside(void *context)
{
    ((beside *)context)->self = pthread_self();
    parallel_for(N_BESIDE, note_thread, context);
}

static void work_beside_the_pool_leaves_it_alone(void **state)
{
    (void)state;
    beside b = {0};
    background work = {0};
    use_threads(3);
    background_start(&work, loop_beside, &b);
    background_end(&work);
    background_end(&work);
    assert_false(pthread_equal(b.self, pthread_self()));
    for (size_t i = 0; i < N_BESIDE; i++)
        assert_true(pthread_equal(b.by[i], b.self));
}

/* ---- Products ---- */

/* op(m)[r][c]. */
static double element(matrix m, orientation o, size_t r, size_t c)
{
    return (double)(o == AS_IS ? m.data[r * m.stride + c] : m.data[c * m.stride + r]);
}

/* A matrix such that op(m) is rows x cols, with NaN between its rows where there is a gap. */
static matrix operand(size_t rows, size_t cols, orientation o, size_t gap, uint64_t seed)
{
    matrix m = {.rows = o == AS_IS ? rows : cols, .cols = o == AS_IS ? cols : rows};
    m.stride = m.cols + gap;
    m.data = draw(m.rows * m.stride, seed);
    for (size_t r = 0; r < m.rows; r++)
        for (size_t c = m.cols; c < m.stride; c++)
            m.data[r * m.stride + c] = NAN;
    return m;
}

static void check_product(size_t rows, size_t cols, size_t inner, orientation of_a,
                          orientation of_b, float beta, size_t gap)
{
    matrix a = operand(rows, inner, of_a, gap, 1), b = operand(inner, cols, of_b, gap, 2);
    matrix c = operand(rows, cols, AS_IS, gap, 3);
    for (size_t r = 0; beta == 0.0f && r < rows; r++)
        for (size_t k = 0; k < cols; k++)
            c.data[r * c.stride + k] = NAN; /* beta = 0 overwrites, whatever was there */
    double *want = allocate(rows * cols, sizeof *want), *size = allocate(rows * cols, sizeof *size);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < cols; k++) {
            double total = beta == 0.0f ? 0 : (double)beta * element(c, AS_IS, r, k);
            double parts = fabs(total);
            for (size_t i = 0; i < inner; i++) {
                double v = element(a, of_a, r, i) * element(b, of_b, i, k);
                total += v;
                parts += fabs(v);
            }
            want[r * cols + k] = total;
            size[r * cols + k] = parts;
        }
    matrix_multiply(c, beta, a, of_a, b, of_b);
    for (size_t r = 0; r < rows; r++) {
        for (size_t k = 0; k < cols; k++)
            assert_close(&c.data[r * c.stride + k], &want[r * cols + k], 1, 0,
                         (double)FLT_EPSILON * 3 * sqrt((double)inner) * size[r * cols + k]);
        for (size_t k = cols; k < c.stride; k++)
            assert_true(isnan(c.data[r * c.stride + k]));
    }
    free(a.data), free(b.data), free(c.data), free(want), free(size);
}

static void check_product_in_all_ways(size_t rows, size_t cols, size_t inner)
{
    static const float betas[] = {0.0f, 1.0f};
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        for (int way = 0; way < 4; way++)
            for (size_t k = 0; k < COUNT(betas); k++)
                for (size_t gap = 0; gap <= 3; gap += 3)
                    check_product(rows, cols, inner, way & 1 ? TRANSPOSED : AS_IS,
                                  way & 2 ? TRANSPOSED : AS_IS, betas[k], gap);
    }
}

static void products_match_plain_sums_in_every_orientation(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 7, 8, 9, 33};
    for (size_t r = 0; r < COUNT(sizes); r++)
        for (size_t c = 0; c < COUNT(sizes); c++)
            for (size_t k = 0; k < COUNT(sizes); k++)
                check_product_in_all_ways(sizes[r], sizes[c], sizes[k]);
}

static void products_of_vectors_match_plain_sums(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 9, 33, 65};
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(sizes); k++) {
            check_product_in_all_ways(1, sizes[i], sizes[k]);
            check_product_in_all_ways(sizes[i], 1, sizes[k]);
            check_product_in_all_ways(sizes[i], sizes[k], 1);
        }
}

/* Large enough that two threads share them, by rows and by columns, with a last part that is odd.
 */
static void products_shared_by_threads_match_plain_sums(void **state)
{
    (void)state;
    check_product_in_all_ways(65, 129, 65);
    check_product_in_all_ways(129, 65, 65);
    check_product_in_all_ways(1, 513, 515);
    check_product_in_all_ways(513, 1, 515);
    check_product_in_all_ways(515, 513, 1);
}

/* A NaN reaches its row and no other; so does an infinity. */
static void products_carry_nan_and_infinity(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < COUNT(bad); k++)
        for (size_t cols = 1; cols < 20; cols += 9) {
            float *a = draw(9 * 33, 4), *b = draw(33 * cols, 5), c[9 * 20];
            a[4 * 33 + 32] = bad[k];
            matrix_multiply(matrix_view(c, 9, cols), 0.0f, matrix_view(a, 9, 33), AS_IS,
                            matrix_view(b, 33, cols), AS_IS);
            for (size_t i = 0; i < 9 * cols; i++)
                assert_int_equal(!isfinite(c[i]), i / cols == 4);
            free(a), free(b);
        }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_of_rows_or_columns_keeps_the_stride),
        cmocka_unit_test(levels_are_listed_best_first_and_end_with_plain),
        cmocka_unit_test(the_blas_names_itself),
        cmocka_unit_test(parallel_for_calls_once_for_each_index),
        cmocka_unit_test(a_loop_inside_a_loop_runs_on_its_callers_thread),
        cmocka_unit_test(a_loop_inside_a_body_alone_may_use_every_thread),
        cmocka_unit_test(as_many_bodies_as_threads_run_at_once),
        cmocka_unit_test(threads_survive_many_short_loops_with_rests_between),
        cmocka_unit_test(work_beside_the_pool_leaves_it_alone),
        cmocka_unit_test(products_match_plain_sums_in_every_orientation),
        cmocka_unit_test(products_of_vectors_match_plain_sums),
        cmocka_unit_test(products_shared_by_threads_match_plain_sums),
        cmocka_unit_test(products_carry_nan_and_infinity),
    };
    return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
