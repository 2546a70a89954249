/* SPDX-License-Identifier: MIT */
/* Products of doubles with float weights: a part of kernels_body.h. Sums by the inputs are made in
 * LANES lanes at every level, those by the outputs in order. */

/* Doubles in a register, and the rows of x and of w of a tile: as many sums as registers hold. */
#if defined(__AVX512F__)
enum { DOUBLES = 8, SUM_ROWS = 3, SUM_COLS = 4 };
#elif defined(__AVX2__)
enum { DOUBLES = 4, SUM_ROWS = 3, SUM_COLS = 2 };
#else
enum { DOUBLES = 2, SUM_ROWS = 3, SUM_COLS = 1 };
#endif
enum { PARTS = LANES / DOUBLES };

typedef double double_part __attribute__((vector_size(DOUBLES * sizeof(double)), aligned(8)));
typedef float float_part __attribute__((vector_size(DOUBLES * sizeof(float)), aligned(4)));

/* Rows of weights that are added to a row at a time. */
enum { ADDED_ROWS = 4 };

/* What is multiplied: rows of x from one on, rows of w from one on, both n wide. */
typedef struct {
    const double *x;
    const float *w;
    size_t n;
} factors;

/* Of lanes that lack what is left after whole LANES. */
static inline double finish_sum(const double_part s[PARTS], const double *x, const float *w,
                                size_t n)
{
    double lane[LANES];
    memcpy(lane, s, sizeof lane);
    for (size_t k = n / LANES * LANES; k < n; k++)
        lane[k % LANES] += x[k] * (double)w[k];
    return add_lanes(lane);
}

/* y[r][c] = the sum over row r of x times row c of w. */
static inline __attribute__((always_inline)) void sum_tile(double *y, size_t stride, factors f,
                                                           size_t rows, size_t cols)
{
    double_part s[SUM_ROWS][SUM_COLS][PARTS], w[SUM_COLS];
    memset(s, 0, sizeof s);
    for (size_t k = 0; k + LANES <= f.n; k += LANES)
        UNROLL for (size_t i = 0; i < PARTS; i++)
        {
            size_t at = k + i * DOUBLES;
            /* what comes next lies in a cache far away */
            UNROLL for (size_t c = 0; c < cols; c++)
                __builtin_prefetch(f.w + (cols + c) * f.n + at);
            UNROLL for (size_t c = 0; c < cols; c++) w[c] =
                __builtin_convertvector(*(const float_part *)(f.w + c * f.n + at), double_part);
            UNROLL for (size_t r = 0; r < rows; r++) UNROLL for (size_t c = 0; c < cols; c++)
                s[r][c][i] += *(const double_part *)(f.x + r * f.n + at) * w[c];
        }
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            y[r * stride + c] = finish_sum(s[r][c], f.x + r * f.n, f.w + c * f.n, f.n);
}

/* All n rows of x by cols rows of w from `first` on, which stay in the first cache meanwhile. */
static inline __attribute__((always_inline)) void sum_columns(double *y, const double *x, size_t n,
                                                              matrix w, size_t first, size_t cols)
{
    factors f = {x, w.data + first * w.cols, w.cols};
    size_t r = 0;
    for (y += first; r + SUM_ROWS <= n; r += SUM_ROWS, f.x += SUM_ROWS * w.cols)
        sum_tile(y + r * w.rows, w.rows, f, SUM_ROWS, cols);
    for (; r < n; r++, f.x += w.cols)
        sum_tile(y + r * w.rows, w.rows, f, 1, cols);
}

static void double_dense_forward_block(double *y, const double *x, size_t n, matrix w)
{
    size_t c = 0;
    for (; c + SUM_COLS <= w.rows; c += SUM_COLS)
        sum_columns(y, x, n, w, c, SUM_COLS);
    for (; c < w.rows; c++)
        sum_columns(y, x, n, w, c, 1);
}

/* dx (n) += the sum over `some` rows of w, each times its factor. */
static inline __attribute__((always_inline)) void
add_rows(double *restrict dx, const float *w, size_t n, const double *factor, size_t some)
{
    for (size_t k = 0; k < n; k++)
        UNROLL for (size_t i = 0; i < some; i++) dx[k] += factor[i] * (double)w[i * n + k];
}

static void double_dense_backward_block(double *dx, const double *dy, size_t n, matrix w)
{
    size_t o = 0;
    memset(dx, 0, n * w.cols * sizeof *dx);
    for (; o + ADDED_ROWS <= w.rows; o += ADDED_ROWS)
        for (size_t r = 0; r < n; r++)
            add_rows(dx + r * w.cols, w.data + o * w.cols, w.cols, dy + r * w.rows + o, ADDED_ROWS);
    for (; o < w.rows; o++)
        for (size_t r = 0; r < n; r++)
            add_rows(dx + r * w.cols, w.data + o * w.cols, w.cols, dy + r * w.rows + o, 1);
}
