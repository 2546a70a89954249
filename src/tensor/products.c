/* SPDX-License-Identifier: MIT */
/* The only calls to BLAS, through its Fortran symbols: a row-major matrix is the transpose of the
 * column-major one in the same memory, so c = a b is asked for as c' = b' a'. */
#include "blas.h"
#include "tensor.h"
#include "threads.h"
#include <assert.h>
#include <limits.h>

/* Below this many multiplications a second thread costs more than it brings. */
enum { WORTH_A_THREAD = 1 << 17, PRODUCT_UNIT = 16 };

matrix matrix_view(float *data, size_t rows, size_t cols)
{
    return (matrix){data, rows, cols, cols};
}

matrix matrix_view_const(const float *data, size_t rows, size_t cols)
{
    const union {
        const float *read;
        float *data;
    } same = {data};
    return matrix_view(same.data, rows, cols);
}

matrix matrix_rows(matrix m, size_t first, size_t n)
{
    assert(first + n <= m.rows);
    return (matrix){m.data + first * m.stride, n, m.cols, m.stride};
}

matrix matrix_columns(matrix m, size_t first, size_t n)
{
    assert(first + n <= m.cols);
    return (matrix){m.data + first, m.rows, n, m.stride};
}

/* The part of op(m)'s rows (or columns) that a part of c needs. */
static matrix op_rows(matrix m, orientation o, part p)
{
    return o == AS_IS ? matrix_rows(m, p.first, p.n) : matrix_columns(m, p.first, p.n);
}

static matrix op_columns(matrix m, orientation o, part p)
{
    return o == AS_IS ? matrix_columns(m, p.first, p.n) : matrix_rows(m, p.first, p.n);
}

/* c = beta c + column * row: memory-bound, where sgemm would pack for nothing. */
static void multiply_outer(matrix c, float beta, matrix column, orientation of_column, matrix row,
                           orientation of_row)
{
    size_t a_step = of_column == AS_IS ? column.stride : 1,
           b_step = of_row == AS_IS ? 1 : row.stride;
    for (size_t r = 0; r < c.rows; r++) {
        float a = column.data[r * a_step], *restrict out = c.data + r * c.stride;
        const float *restrict b = row.data;
        for (size_t j = 0; j < c.cols; j++)
            out[j] = beta == 0.0f ? a * b[j * b_step] : beta * out[j] + a * b[j * b_step];
    }
}

static int blas_int(size_t n)
{
    assert(n <= INT_MAX);
    return (int)n;
}

/* c is one column (or one row) and its elements lie step_c apart: y = op(a) x. */
static void multiply_vector(float *c, size_t step_c, float beta, matrix a, orientation of_a,
                            const float *x, size_t step_x)
{
    int m = blas_int(a.cols), n = blas_int(a.rows), lda = blas_int(a.stride);
    int inc_x = blas_int(step_x), inc_c = blas_int(step_c);
    float one = 1.0f;
    blas.sgemv(of_a == AS_IS ? "T" : "N", &m, &n, &one, a.data, &lda, x, &inc_x, &beta, c, &inc_c);
}

static void multiply_block(matrix c, float beta, matrix a, orientation of_a, matrix b,
                           orientation of_b)
{
    int m = blas_int(c.cols), n = blas_int(c.rows), k = blas_int(of_a == AS_IS ? a.cols : a.rows);
    int lda = blas_int(b.stride), ldb = blas_int(a.stride), ldc = blas_int(c.stride);
    float one = 1.0f;
    if (m == 0 || n == 0)
        return;
    if (k == 1)
        multiply_outer(c, beta, a, of_a, b, of_b);
    else if (m == 1)
        multiply_vector(c.data, c.stride, beta, a, of_a, b.data, of_b == AS_IS ? b.stride : 1);
    else if (n == 1)
        multiply_vector(c.data, 1, beta, b, of_b == AS_IS ? TRANSPOSED : AS_IS, a.data,
                        of_a == AS_IS ? 1 : a.stride);
    else
        blas.sgemm(of_b == AS_IS ? "N" : "T", of_a == AS_IS ? "N" : "T", &m, &n, &k, &one, b.data,
                   &lda, a.data, &ldb, &beta, c.data, &ldc);
}

typedef struct {
    matrix c, a, b;
    float beta;
    orientation of_a, of_b;
} product;

static void multiply_columns(part p, const void *context)
{
    const product *t = context;
    multiply_block(matrix_columns(t->c, p.first, p.n), t->beta, t->a, t->of_a,
                   op_columns(t->b, t->of_b, p), t->of_b);
}

static void multiply_rows(part p, const void *context)
{
    const product *t = context;
    multiply_block(matrix_rows(t->c, p.first, p.n), t->beta, op_rows(t->a, t->of_a, p), t->of_a,
                   t->b, t->of_b);
}

void matrix_multiply(matrix c, float beta, matrix a, orientation of_a, matrix b, orientation of_b)
{
    size_t inner = of_a == AS_IS ? a.cols : a.rows;
    assert(blas.sgemm); /* tensor_open_blas comes first */
    assert(c.rows == (of_a == AS_IS ? a.rows : a.cols));
    assert(c.cols == (of_b == AS_IS ? b.cols : b.rows));
    assert(inner == (of_b == AS_IS ? b.rows : b.cols));
    const product t = {c, a, b, beta, of_a, of_b};
    size_t n_parts = count_parts(c.rows * c.cols * inner, WORTH_A_THREAD);
    if (c.cols >= c.rows)
        for_each_part(c.cols, PRODUCT_UNIT, n_parts, multiply_columns, &t);
    else
        for_each_part(c.rows, PRODUCT_UNIT, n_parts, multiply_rows, &t);
}
