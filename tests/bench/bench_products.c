/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_SHAPES = 5, MOST_ROWS = 1024, MOST_COLUMNS = 784 };

/* Of the default recipe's generator, and a way back through it. */
static const size_t shapes[N_SHAPES][2] = {
    {64, 256}, {256, 512}, {512, 784}, {784, 512}, {512, 256}};

typedef struct {
    size_t rows;
    float *x, *y, *y_of_floor;
    float *w[N_SHAPES]; /* (cols, inner) */
    packed_matrix packed[N_SHAPES];
} multiplying;

static void multiply(multiplying *t, size_t i)
{
    size_t inner = shapes[i][0], cols = shapes[i][1];
    packed_multiply(matrix_view(t->y, t->rows, cols), matrix_view(t->x, t->rows, inner),
                    &t->packed[i], (epilogue){0});
}

static void multiply_floor(multiplying *t, size_t i)
{
    int inner = (int)shapes[i][0], cols = (int)shapes[i][1];
    floor_forward((int)t->rows, inner, cols, t->x, t->w[i], t->y_of_floor);
}

static void multiply_all(void *context)
{
    for (size_t i = 0; i < N_SHAPES; i++)
        multiply(context, i);
}

static void multiply_all_floor(void *context)
{
    floor_threads_start();
    for (size_t i = 0; i < N_SHAPES; i++)
        multiply_floor(context, i);
    floor_threads_end();
}

static void check(multiplying *t, size_t i)
{
    multiply(t, i);
    multiply_floor(t, i);
    for (size_t k = 0; k < t->rows * shapes[i][1]; k++)
        if (!(fabsf(t->y[k] - t->y_of_floor[k]) < 1e-4f)) {
            fprintf(stderr, "bench: a product is %g, expected %g\n", (double)t->y[k],
                    (double)t->y_of_floor[k]);
            exit(1);
        }
}

static void compare_rows(multiplying *t, size_t rows)
{
    char name[64];
    double n = 0;
    t->rows = rows;
    for (size_t i = 0; i < N_SHAPES; i++) {
        check(t, i);
        n += (double)(rows * shapes[i][0] * shapes[i][1]);
    }
    snprintf(name, sizeof name, "products, %zu row%s", rows, rows > 1 ? "s" : "");
    compare(&(measured_work){.name = name,
                             .work = multiply_all,
                             .floor = multiply_all_floor,
                             .context = t,
                             .repeat = 1 + 1000 / (rows + 16),
                             .n_parts = 1,
                             .unit = microseconds,
                             .amount = 2e-9 * n,
                             .amount_unit = "GFLOP/s"});
}

void bench_products(void)
{
    const size_t rows[] = {1, 8, 64, 256, MOST_ROWS};
    multiplying t = {.x = random_floats(MOST_ROWS * MOST_COLUMNS),
                     .y = random_floats(MOST_ROWS * MOST_COLUMNS),
                     .y_of_floor = random_floats(MOST_ROWS * MOST_COLUMNS)};
    for (size_t i = 0; i < N_SHAPES; i++) {
        size_t inner = shapes[i][0], cols = shapes[i][1];
        t.w[i] = random_floats(inner * cols);
        packed_matrix_init(&t.packed[i], matrix_view(t.w[i], cols, inner), TRANSPOSED);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        compare_rows(&t, rows[i]);
    for (size_t i = 0; i < N_SHAPES; i++) {
        free(t.w[i]);
        packed_matrix_release(&t.packed[i]);
    }
    free(t.x);
    free(t.y);
    free(t.y_of_floor);
}
