/* SPDX-License-Identifier: MIT */
/* Algebra in double. Products are OpenBLAS's. So are eigenvalues and singular values where it
 * brings LAPACK; an OpenBLAS built without it leaves them to Jacobi's method, which is exact but
 * slow from some hundred columns on. */
#include "blas.h"
#include "double_matrix.h"
#include "kernels.h"
#include <assert.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are made double at a time. */
enum { BLOCK_ROWS = 256 };

double_matrix double_matrix_view(double *data, size_t rows, size_t cols)
{
    return (double_matrix){data, rows, cols};
}

static double *row_of(double_matrix m, size_t r) { return m.data + r * m.cols; }

/* In eight lanes, which a compiler may put side by side. */
double double_dot(const double *a, const double *b, size_t n)
{
    double lane[8] = {0}, total = 0;
    for (size_t i = 0; i < n / 8 * 8; i += 8)
        for (size_t k = 0; k < 8; k++)
            lane[k] += a[i + k] * b[i + k];
    for (size_t i = n / 8 * 8; i < n; i++)
        lane[i % 8] += a[i] * b[i];
    for (size_t k = 0; k < 8; k++)
        total += lane[k];
    return total;
}

/* ---- Products ---- */

void double_matrix_multiply(double_matrix c, double beta, double_matrix a, orientation of_a,
                            double_matrix b, orientation of_b)
{
    size_t inner = of_a == AS_IS ? a.cols : a.rows;
    assert(blas.dgemm); /* tensor_open_blas comes first */
    assert(c.rows == (of_a == AS_IS ? a.rows : a.cols));
    assert(c.cols == (of_b == AS_IS ? b.cols : b.rows));
    assert(inner == (of_b == AS_IS ? b.rows : b.cols));
    assert(c.rows <= INT_MAX && c.cols <= INT_MAX && inner <= INT_MAX);
    int m = (int)c.cols, n = (int)c.rows, k = (int)inner;
    int lda = b.cols ? (int)b.cols : 1, ldb = a.cols ? (int)a.cols : 1;
    double one = 1.0;
    if (m > 0 && n > 0)
        blas.dgemm(of_b == AS_IS ? "N" : "T", of_a == AS_IS ? "N" : "T", &m, &n, &k, &one, b.data,
                   &lda, a.data, &ldb, &beta, c.data, &m);
}

void double_dense_forward(double *y, const double *x, size_t n, matrix w)
{
    assert(w.stride == w.cols);
    kernels_now()->double_dense_forward(y, x, n, w);
}

void double_dense_backward(double *dx, const double *dy, size_t n, matrix w)
{
    assert(w.stride == w.cols);
    kernels_now()->double_dense_backward(dx, dy, n, w);
}

static void add_row(double *out, const float *row, double factor, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] += factor * (double)row[c];
}

void double_matrix_covariance(double_matrix covariance, double *mean, matrix x)
{
    assert(x.rows >= 2 && covariance.rows == x.cols && covariance.cols == x.cols);
    memset(mean, 0, x.cols * sizeof *mean);
    memset(covariance.data, 0, x.cols * x.cols * sizeof *covariance.data);
    for (size_t r = 0; r < x.rows; r++)
        add_row(mean, x.data + r * x.stride, 1.0 / (double)x.rows, x.cols);
    double *centred = allocate(BLOCK_ROWS * x.cols, sizeof *centred);
    for (size_t first = 0; first < x.rows; first += BLOCK_ROWS) {
        size_t n = x.rows - first < BLOCK_ROWS ? x.rows - first : BLOCK_ROWS;
        double_matrix block = double_matrix_view(centred, n, x.cols);
        for (size_t r = 0; r < n; r++)
            for (size_t c = 0; c < x.cols; c++)
                row_of(block, r)[c] = (double)x.data[(first + r) * x.stride + c] - mean[c];
        double_matrix_multiply(covariance, 1.0, block, TRANSPOSED, block, AS_IS);
    }
    for (size_t i = 0; i < x.cols * x.cols; i++)
        covariance.data[i] /= (double)(x.rows - 1);
    free(centred);
}

/* ---- Triangles ---- */

bool double_matrix_cholesky(double_matrix a, double ridge)
{
    assert(a.rows == a.cols);
    for (size_t i = 0; i < a.rows; i++) {
        double *row = row_of(a, i), diagonal = row[i] + ridge;
        for (size_t j = 0; j < i; j++)
            row[j] = (row[j] - double_dot(row, row_of(a, j), j)) / row_of(a, j)[j];
        double pivot = diagonal - double_dot(row, row, i);
        if (!(pivot > 0.0) || !isfinite(pivot))
            return false;
        row[i] = sqrt(pivot);
        memset(row + i + 1, 0, (a.cols - i - 1) * sizeof *row);
    }
    return true;
}

/* The greatest of n values that are not taken; n where all are. */
static size_t find_greatest(const double *value, const bool *is_taken, size_t n)
{
    size_t best = n;
    for (size_t i = 0; i < n; i++)
        if (!is_taken[i] && (best == n || value[i] > value[best]))
            best = i;
    return best;
}

/* Cholesky's method by the greatest pivot that is left (Higham 2002, section 10.3), which rows keep
 * their places in. It stops where what is left of the diagonal is rounding. */
void double_matrix_factor(double_matrix factor, double_matrix a)
{
    size_t n = a.rows, p;
    double *left = allocate(n, sizeof *left), smallest = 0;
    bool *is_taken = allocate(n, sizeof *is_taken);
    assert(a.cols == n && factor.rows == n && factor.cols == n);
    memset(factor.data, 0, n * n * sizeof *factor.data);
    for (size_t i = 0; i < n; i++) {
        left[i] = row_of(a, i)[i];
        smallest = fmax(smallest, left[i] * (double)n * DBL_EPSILON);
    }
    for (size_t k = 0; (p = find_greatest(left, is_taken, n)) < n && left[p] > smallest; k++) {
        double root = row_of(factor, p)[k] = sqrt(left[p]);
        is_taken[p] = true;
        for (size_t i = 0; i < n; i++) {
            double *row = row_of(factor, i);
            if (is_taken[i])
                continue;
            row[k] = (row_of(a, p)[i] - double_dot(row, row_of(factor, p), k)) / root;
            left[i] -= row[k] * row[k];
        }
    }
    free(is_taken);
    free(left);
}

static void subtract_row(double *out, const double *row, double factor, size_t n)
{
    for (size_t c = 0; c < n; c++)
        out[c] -= factor * row[c];
}

static void divide_row(double *row, double divisor, size_t n)
{
    for (size_t c = 0; c < n; c++)
        row[c] /= divisor;
}

void double_matrix_solve(double_matrix b, double_matrix l, orientation of_l)
{
    assert(l.rows == l.cols && b.rows == l.rows);
    size_t n = l.rows;
    for (size_t i = 0; of_l == AS_IS && i < n; i++) {
        for (size_t j = 0; j < i; j++)
            subtract_row(row_of(b, i), row_of(b, j), row_of(l, i)[j], b.cols);
        divide_row(row_of(b, i), row_of(l, i)[i], b.cols);
    }
    for (size_t i = n; of_l == TRANSPOSED && i-- > 0;) {
        divide_row(row_of(b, i), row_of(l, i)[i], b.cols);
        for (size_t j = 0; j < i; j++)
            subtract_row(row_of(b, j), row_of(b, i), row_of(l, i)[j], b.cols);
    }
}

/* ---- Eigenvalues ---- */

bool eigen_by_lapack(double *value, double_matrix a)
{
    int n = (int)a.rows, size = 64 * n, info = 0;
    double *work = allocate((size_t)size, sizeof *work);
    /* LAPACK's columns are our rows. */
    blas.dsyev("V", "U", &n, a.data, &n, value, work, &size, &info);
    free(work);
    return info == 0;
}

/* Turns rows p and q of m by the rotation (c, s). */
static void rotate(double *p, double *q, double c, double s, size_t n, size_t step)
{
    for (size_t i = 0; i < n; i++) {
        double at_p = p[i * step], at_q = q[i * step];
        p[i * step] = c * at_p - s * at_q;
        q[i * step] = s * at_p + c * at_q;
    }
}

/* Makes a[p][q] zero by a rotation from both sides (Golub & Van Loan 2013, section 8.5.2). */
static void annihilate(double_matrix a, double_matrix vectors, size_t p, size_t q)
{
    double off = row_of(a, p)[q];
    if (off == 0.0)
        return;
    double tau = (row_of(a, q)[q] - row_of(a, p)[p]) / (2.0 * off);
    double t = copysign(1.0, tau) / (fabs(tau) + hypot(1.0, tau));
    double c = 1.0 / hypot(1.0, t), s = t * c;
    rotate(row_of(a, p), row_of(a, q), c, s, a.cols, 1);
    rotate(a.data + p, a.data + q, c, s, a.rows, a.cols);
    rotate(row_of(vectors, p), row_of(vectors, q), c, s, a.cols, 1);
    row_of(a, p)[q] = row_of(a, q)[p] = 0.0;
}

static double off_diagonal_square(double_matrix a)
{
    double total = 0;
    for (size_t r = 0; r < a.rows; r++)
        for (size_t c = 0; c < r; c++)
            total += row_of(a, r)[c] * row_of(a, r)[c];
    return total;
}

bool eigen_by_jacobi(double *value, double_matrix a)
{
    enum { MAX_SWEEPS = 60 };
    size_t n = a.rows;
    double_matrix vectors = double_matrix_view(allocate(n * n, sizeof(double)), n, n);
    double total = double_dot(a.data, a.data, n * n), small = DBL_EPSILON * DBL_EPSILON * total;
    bool is_done = false;
    for (size_t i = 0; i < n; i++)
        row_of(vectors, i)[i] = 1.0;
    for (int sweep = 0; !(is_done = off_diagonal_square(a) <= small) && sweep < MAX_SWEEPS; sweep++)
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                annihilate(a, vectors, p, q);
    for (size_t i = 0; i < n; i++)
        value[i] = row_of(a, i)[i];
    memcpy(a.data, vectors.data, n * n * sizeof *a.data);
    free(vectors.data);
    return is_done;
}

static void swap_doubles(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static void sort_descending(double *value, double_matrix vectors)
{
    for (size_t i = 0; i < vectors.rows; i++) {
        size_t largest = i;
        for (size_t k = i + 1; k < vectors.rows; k++)
            largest = value[k] > value[largest] ? k : largest;
        if (largest == i)
            continue;
        swap_doubles(value + i, value + largest, 1);
        swap_doubles(row_of(vectors, i), row_of(vectors, largest), vectors.cols);
    }
}

/* Of the two directions, the one whose largest component is positive. */
static void fix_sign(double *vector, size_t n)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++)
        largest = fabs(vector[i]) > fabs(vector[largest]) ? i : largest;
    double sign = copysign(1.0, vector[largest]);
    for (size_t i = 0; i < n; i++)
        vector[i] *= sign;
}

static bool is_finite(double_matrix a)
{
    for (size_t i = 0; i < a.rows * a.cols; i++)
        if (!isfinite(a.data[i]))
            return false;
    return true;
}

bool double_matrix_eigen(double *value, double_matrix a)
{
    assert(a.rows == a.cols && a.rows >= 1 && a.rows <= INT_MAX / 64);
    if (!is_finite(a) || !(blas.dsyev ? eigen_by_lapack(value, a) : eigen_by_jacobi(value, a)))
        return false;
    sort_descending(value, a);
    for (size_t r = 0; r < a.rows; r++)
        fix_sign(row_of(a, r), a.cols);
    return true;
}

/* ---- Singular values ---- */

bool singular_by_lapack(double *value, double_matrix a)
{
    int n = (int)a.rows, one = 1, size = -1, info = 0;
    int *whole = allocate(8 * a.rows, sizeof *whole);
    double needed = 0;
    blas.dgesdd("N", &n, &n, a.data, &n, value, NULL, &one, NULL, &one, &needed, &size, whole,
                &info);
    size = (int)needed;
    double *work = allocate((size_t)size, sizeof *work);
    blas.dgesdd("N", &n, &n, a.data, &n, value, NULL, &one, NULL, &one, work, &size, whole, &info);
    free(work);
    free(whole);
    return info == 0;
}

/* Turns two rows until they are orthogonal; false where they are so but for rounding. */
static bool make_orthogonal(double *p, double *q, size_t n)
{
    double pp = double_dot(p, p, n), qq = double_dot(q, q, n), pq = double_dot(p, q, n);
    if (fabs(pq) <= (double)n * DBL_EPSILON * sqrt(pp) * sqrt(qq))
        return false;
    double tau = (qq - pp) / (2.0 * pq);
    double t = copysign(1.0, tau) / (fabs(tau) + hypot(1.0, tau));
    double c = 1.0 / hypot(1.0, t);
    rotate(p, q, c, t * c, n, 1);
    return true;
}

/* Rows that are turned until all are orthogonal keep the singular values, which are then their
 * lengths (Golub & Van Loan 2013, section 8.6.3). */
bool singular_by_jacobi(double *value, double_matrix a)
{
    enum { MAX_SWEEPS = 60 };
    bool has_turned = true;
    for (int sweep = 0; has_turned && sweep < MAX_SWEEPS; sweep++) {
        has_turned = false;
        for (size_t p = 0; p < a.rows; p++)
            for (size_t q = p + 1; q < a.rows; q++)
                has_turned |= make_orthogonal(row_of(a, p), row_of(a, q), a.cols);
    }
    for (size_t i = 0; i < a.rows; i++)
        value[i] = sqrt(double_dot(row_of(a, i), row_of(a, i), a.cols));
    return !has_turned;
}

double double_matrix_nuclear_norm(double_matrix a)
{
    assert(a.rows == a.cols && a.rows >= 1 && a.rows <= INT_MAX / 64);
    if (!is_finite(a))
        return (double)NAN;
    double total = 0, *value = allocate(a.rows, sizeof *value);
    bool is_done = blas.dgesdd ? singular_by_lapack(value, a) : singular_by_jacobi(value, a);
    for (size_t i = 0; i < a.rows; i++)
        total += value[i];
    free(value);
    return is_done ? total : (double)NAN;
}
