/* SPDX-License-Identifier: MIT */
/* tensor: matrix views, products, algebra in double, fused elementwise kernels, random numbers.
 *
 * The only place that calls BLAS and LAPACK, the only place with threads, the only place with code
 * per CPU (but for base's checksums). OpenBLAS itself is kept at one thread; products and kernels
 * are split here over a pool of our own, so that the split is ours to fix. A call from one of
 * several bodies of parallel_for runs on its caller's thread alone.
 *
 * Everything is float32 unless it says double, row-major; one row is one sample. Sums over rows are
 * taken in double. Only tensor_init allocates, and what says so. Outputs never alias inputs unless
 * it is said.
 */
#ifndef GANLENS_TENSOR_H
#define GANLENS_TENSOR_H

#include "base.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Matrix views ---- */

/* A view, never an owner: element (r, c) is data[r * stride + c], stride >= cols. */
typedef struct {
    float *data;
    size_t rows, cols, stride;
} matrix;

/* A packed view (stride = cols) of rows * cols floats. */
matrix matrix_view(float *data, size_t rows, size_t cols);
/* The same of what is only read. */
matrix matrix_view_const(const float *data, size_t rows, size_t cols);
/* Rows first .. first + n - 1 of m. */
matrix matrix_rows(matrix m, size_t first, size_t n);
/* Columns first .. first + n - 1 of m. */
matrix matrix_columns(matrix m, size_t first, size_t n);

/* ---- Threads and CPU ---- */

/* Makes the threads (>= 1, the caller being one) for all that follows; they end with the program or
 * at the next call. Fails with STATUS_FAILED where a limit on memory or threads is too small, which
 * it names with what is needed: here, before work begins, and not in the midst of it. Where the
 * environment's GANLENS_CPU is not empty, the level it names is in use from here on; one that this
 * CPU has not is STATUS_USAGE.
 * Before it, all that needs no OpenBLAS works, on the caller's thread. */
int tensor_init(size_t threads, error *e);
size_t tensor_threads(void);

/* To be called after each tensor_init where what is OpenBLAS's is wanted: opens the library, once,
 * and has it take its memory for the threads there are. Fails with STATUS_FAILED where the library
 * is missing, which names the package, or where a limit on memory is too small. */
int tensor_open_blas(error *e);
/* OpenBLAS's configuration line; where it cannot be opened, why. */
const char *tensor_blas_info(void);

/* The kernels' levels that this CPU has, best first: "avx512", "avx2", "plain"; NULL past the last.
 * The best is in use from the start; a test may choose another (false: this CPU has none such). */
const char *tensor_level_name(size_t i);
bool tensor_use_level(const char *name);
const char *tensor_level(void);

/* body(i, thread, context) for i in 0..n-1 on the threads; thread < tensor_threads(), and no two
 * that run at once have the same. Which thread takes which i is not defined, so a body must give
 * the same result on any. From a body it runs on that body's thread, or, where that is the only
 * body, on all. */
void parallel_for(size_t n, void (*body)(size_t i, size_t thread, void *context), void *context);
/* How many of n bodies (at least 1) would run at a time where this is called: inside of one, 1. */
size_t parallel_width(size_t n);

/* One piece of work beside the caller's, which does not count among the threads. Zero-initialise.
 */
typedef struct {
    void (*run)(void *context);
    void *context;
    void *thread; /* its own */
} background;

/* What run calls of tensor stays on its thread; it has no use for parallel_for, whose thread 0
 * would be there twice. Where no thread can be had, background_end runs it. */
void background_start(background *b, void (*run)(void *context), void *context);
/* Returns when it is done; at once where nothing was started, or it was waited for already. */
void background_end(background *b);

/* ---- Products ---- */

typedef enum { AS_IS, TRANSPOSED } orientation;

/* By OpenBLAS: c = beta * c + op(a) op(b), shapes asserted; split over the threads by the rows or
 * columns of c. A row's bits may depend on the rows beside it and on the split. */
void matrix_multiply(matrix c, float beta, matrix a, orientation of_a, matrix b, orientation of_b);

/* ---- Double precision ---- */

/* For what is worked out once and must be exact: priors, principal directions, distances between
 * sets of pictures. On the caller's thread; covariance, factor, eigen and nuclear norm allocate
 * what they need. Products, covariance, eigen and nuclear norm are OpenBLAS's. */

/* A packed view, never an owner: element (r, c) is data[r * cols + c]. */
typedef struct {
    double *data;
    size_t rows, cols;
} double_matrix;

double_matrix double_matrix_view(double *data, size_t rows, size_t cols);
/* The sum of a[i] * b[i]. */
double double_dot(const double *a, const double *b, size_t n);
/* c = beta * c + op(a) op(b), shapes asserted. */
void double_matrix_multiply(double_matrix c, double beta, double_matrix a, orientation of_a,
                            double_matrix b, orientation of_b);
/* y (n, w.rows) = x (n, w.cols) w' and dx (n, w.cols) = dy (n, w.rows) w with packed float weights:
 * the same bits for a row of y or dx whatever the rows beside it. */
void double_dense_forward(double *y, const double *x, size_t n, matrix w);
void double_dense_backward(double *dx, const double *dy, size_t n, matrix w);
/* mean (x.cols) and covariance (x.cols, x.cols; divided by rows - 1) of at least two rows. */
void double_matrix_covariance(double_matrix covariance, double *mean, matrix x);
/* a + ridge I = L L', L lower triangular with a positive diagonal, in place of the symmetric a,
 * whose lower triangle is read. false, and a of no use, where the sum is not positive definite or
 * not finite; one that is singular but for rounding may pass, and needs a ridge. */
bool double_matrix_cholesky(double_matrix a, double ridge);
/* a = F F' for the symmetric positive semidefinite a (n, n), which may be singular: factor (n, n)
 * gets an F whose columns beyond a's rank are zero. What a has below zero by rounding is taken for
 * zero. */
void double_matrix_factor(double_matrix factor, double_matrix a);
/* b (n, k) = op(l)^-1 b in place, l (n, n) lower triangular. */
void double_matrix_solve(double_matrix b, double_matrix l, orientation of_l);
/* value (n): the eigenvalues of the symmetric a (n, n), largest first; row i of a becomes the unit
 * eigenvector of value[i], its largest component positive. false, and a of no use, where a is not
 * finite. */
bool double_matrix_eigen(double *value, double_matrix a);
/* The sum of the singular values of a (n, n), which is of no use afterwards; NaN where a is not
 * finite. */
double double_matrix_nuclear_norm(double_matrix a);

/* ---- Activations ---- */

typedef enum { LINEAR, RELU, LRELU, TANH, SIGMOID } activation_kind;

/* f(v) for the pre-activation v; parameter: LRELU's slope below zero, 0 where there is none. The
 * derivative at v = 0 is the left one (0 for RELU, parameter for LRELU), as PyTorch has it. */
typedef struct {
    activation_kind kind;
    float parameter;
} activation;

/* All that is asked of an activation but its formulas in code, which stand in kernels_body.h and,
 * for the double-precision twin, in twin.c. */
typedef struct {
    const char *name;    /* in a spec: NAME or NAME=PARAMETER */
    const char *formula; /* of v, with `a` the parameter, for readers */
    bool has_parameter;
    float parameter;                      /* unless it is written */
    float least_parameter, parameter_end; /* from the one to below the other */
    bool is_curved;                       /* f'' counts; else f is piecewise linear */
    bool is_kinked;                       /* f' jumps at zero */
    bool is_probability;                  /* of a logit: without it, the logit is left */
    float low, high;                      /* its range, infinite where it has no bound */
    /* By what He et al. 2015 (eq. 14) divide the variance 2 / n_in of initial weights; NULL:
     * Glorot's are the ones for it. */
    double (*he_divisor)(double parameter);
} activation_traits;

/* By kind, ended by a row with name NULL. */
extern const activation_traits activations[];

/* Inverted dropout: an element is kept with probability keep and then divided by it. Element (r, c)
 * of a matrix uses draw r * n + c of the stream, n its columns rounded up to a multiple of four,
 * whatever the threads. keep = 1: off. */
typedef struct {
    float keep;
    uint64_t seed, stream;
} dropout;

/* y holds a product on entry; on return y = dropout(f(y + bias)) and, where slope is not NULL,
 * slope = d y / d(pre-activation), dropout included. bias (cols) may be NULL. slope: as y, packed.
 */
void activation_forward(matrix y, float *slope, const float *bias, activation f, dropout d);

/* dy *= slope in place; d_bias (cols) = column sums of the result, unless NULL. */
void activation_backward(matrix dy, const float *slope, float *d_bias);

/* d slope / d(pre-activation) from what activation_forward left: needed by second derivatives. Zero
 * for the piecewise linear ones. */
void activation_curvature(float *curvature, matrix y, const float *slope, activation f, float keep);

/* v *= w elementwise; v and w hold n floats. */
void scale_elementwise(float *v, const float *w, size_t n);
/* out = v * w elementwise, n floats each. */
void multiply_elementwise(float *out, const float *v, const float *w, size_t n);
/* Every row of m *= w (cols floats) elementwise. */
void scale_rows(matrix m, const float *w);

/* ---- Products with constant weights ---- */

/* A matrix (inner, cols) that stays what it is, laid out once for all products with it: in panels
 * of 16 columns, one row of a panel after the other, the last panel filled up with zeros. It takes
 * 4 * inner * cols bytes, cols rounded up to a multiple of 16. Zero-initialise. */
typedef struct {
    size_t inner, cols;
    float *panels; /* owned, on a cache line */
    void *block;   /* what is to be freed */
} packed_matrix;

/* p = op(m). */
void packed_matrix_init(packed_matrix *p, matrix m, orientation of_m);
void packed_matrix_release(packed_matrix *p);
/* out (cols) = row k. */
void packed_matrix_row(float *out, const packed_matrix *p, size_t k);

/* What follows a product while it is in the cache; zero: nothing. Either y = f(y + bias) and, where
 * slope (packed, as y) is not NULL, slope = f', or, where factor is not NULL, row r of y *= row
 * r / rows_a_factor of factor (packed). bias (cols) may be NULL. */
typedef struct {
    const float *bias;
    activation f;
    float *slope;
    const float *factor;
    size_t rows_a_factor;
} epilogue;

/* y (n, p.cols) = x (n, p.inner) p and then e, for any n, split over the threads. A row of y
 * depends on that row of x, on p and on e alone: each sum is one chain of multiply-adds in the
 * order of `inner`, fused where the CPU can, so that its bits are the same in any batch and place,
 * on any number of threads, and at every level but "plain". */
void packed_multiply(matrix y, matrix x, const packed_matrix *p, epilogue e);

/* ---- Batch normalisation (Ioffe & Szegedy 2015, algorithm 1) ---- */

/* y (B, n) holds a product on entry. mean, variance (biased), inverse_std (n): the batch's. On
 * return x_hat (packed, as y) = (y - mean) * inverse_std, y = dropout(f(gamma x_hat + beta)),
 * slope = d y / d(gamma x_hat + beta). */
typedef struct {
    float *x_hat;                         /* (B, n) */
    float *mean, *variance, *inverse_std; /* (n) */
} batch_moments;

typedef struct {
    const float *gamma, *beta; /* (n) */
    float eps;
} batchnorm;

void batchnorm_forward(matrix y, float *slope, batch_moments m, batchnorm b, activation f,
                       dropout d);

/* dy (B, n) = gradient by y on entry, gradient by the product on return; d_gamma, d_beta (n) are
 * both NULL or both written. */
void batchnorm_backward(matrix dy, const float *slope, batch_moments m, const float *gamma,
                        float *d_gamma, float *d_beta);

/* running = momentum * running + (1 - momentum) * batch, n values. */
void running_update(float *running, const float *batch, float momentum, size_t n);

/* ---- Losses on logits ---- */

/* The sum over n logits of softplus(sign * logit), sign +1 or -1, in double, by the stable form
 * max(v, 0) + log1p(exp(-|v|)); d (n), unless NULL, = weight * its derivative by the logit; d may
 * be logit. */
double softplus_sum(const float *logit, size_t n, float sign, float weight, float *d);

/* ---- Optimizers ---- */

/* What one step of Adam needs, made from doubles: 1 - 0.999f in float would be off by 5e-5. */
typedef struct {
    float step_size;    /* lr / (1 - beta1^t) */
    float v_scale;      /* 1 / (1 - beta2^t) */
    float beta1, rest1; /* rest1 = 1 - beta1 */
    float beta2, rest2; /* rest2 = 1 - beta2 */
    float eps;          /* added after the correction of v */
} adam_rates;

/* p -= lr * m_hat / (sqrt(v_hat) + eps) with m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t)
 * (Kingma & Ba 2015, algorithm 1). Returns false when an updated parameter is not finite, or a v,
 * which would hold its parameter still for good. */
bool adam_update(float *p, const float *g, float *m, float *v, size_t n, adam_rates a);

typedef struct {
    float lr, beta2, rest2, eps; /* rest2 = 1 - beta2 */
} rmsprop_rates;

/* v = beta2 * v + rest2 * g^2; p -= lr * g / (sqrt(v) + eps). Returns what adam_update does. */
bool rmsprop_update(float *p, const float *g, float *v, size_t n, rmsprop_rates r);

typedef struct {
    float lr, momentum;
    bool is_nesterov;
} sgd_rates;

/* Without m: p -= lr * g. Else m = momentum * m + g and p -= lr * m, or, where is_nesterov,
 * p -= lr * (g + momentum * m). Returns false when an updated parameter is not finite. */
bool sgd_update(float *p, const float *g, float *m, size_t n, sgd_rates s);

/* average += (p - average) * rate. */
void average_update(float *average, const float *p, size_t n, float rate);

/* g += l1 * sign(w) + l2 * w with sign(0) = 0: the gradient of l1 |w|_1 + l2 / 2 |w|^2. */
void add_shrinkage(float *g, const float *w, size_t n, float l1, float l2);
/* v *= factor. */
void scale_all(float *v, size_t n, float factor);
/* v to the nearest in -limit..limit; a NaN stays one. */
void clip_all(float *v, size_t n, float limit);

/* The index of the first value that is not finite, or n. */
size_t find_not_finite(const float *v, size_t n);

/* ---- Sums and conversions ---- */

double sum(const float *v, size_t n);
double dot(const float *a, const float *b, size_t n);
/* Euclidean norm. */
double norm(const float *v, size_t n);
/* out[c] += sum over rows of m[r][c]^2 (out: cols doubles). */
void add_column_squares(double *out, matrix m);
/* v = low + byte (high - low) / 255, n values: both ends exact for -1..1 and 0..1, the same bits on
 * every machine. */
void floats_from_bytes(float *v, const uint8_t *b, size_t n, float low, float high);
/* byte = round((v - low) / (high - low) * 255), ties to even, clipped to 0..255. */
void bytes_from_floats(uint8_t *b, const float *v, size_t n, float low, float high);

/* ---- Order ---- */

/* Sorts n finite values, least first, by the digits of their bits; -0 comes before 0. room: 2 n. */
void floats_sort(float *v, size_t n, uint32_t *room);

/* n_quantiles (>= 2) of the n (>= 1) finite values v, which are sorted: quantile i, of the share
 * i / (n_quantiles - 1), is the value at place i (n - 1) / (n_quantiles - 1) of the sorted ones,
 * from 0 on, straight between two of them (type 7 of Hyndman & Fan 1996). The first is the least,
 * the last the greatest. */
void quantiles_find(float *quantile, size_t n_quantiles, float *v, size_t n);
/* The share (0..1) of the values that are less than v, straight between two quantiles: 0 up to the
 * least of them, 1 above the greatest. */
double quantiles_share_below(const float *quantile, size_t n_quantiles, double v);

/* Spearman's rank correlation (-1..1) of the n (>= 1) finite values a with b: Pearson's of their
 * ranks, where equal values share the mean of theirs. NaN where all of a or all of b are equal, and
 * so have no order. Allocates. */
double rank_correlation(const float *a, const float *b, size_t n);

/* ---- Random numbers ---- */

/* Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): key = seed,
 * counter = (position, stream). Nothing is carried along but position, so any draw can be had from
 * anywhere. Bits, uniforms and normals are the same on every machine, thread count and batch. */
typedef struct {
    uint64_t seed, stream;
    uint64_t position; /* in blocks of four 32-bit words */
} rng;

/* What a stream is for; rng_stream puts it in the top byte and an index (a step, an epoch, a layer)
 * below, so that no two uses share draws. */
typedef enum {
    STREAM_LATENT = 1,   /* z of a seed: seed = the seed itself, index 0 */
    STREAM_TRAIN_LATENT, /* z of training step `index` */
    STREAM_INIT,         /* initial weights */
    STREAM_ORDER,        /* data order of epoch `index` */
    STREAM_DROPOUT,      /* masks */
    STREAM_PROBE,        /* directions of checks */
    STREAM_REFERENCE,    /* pictures that D's logit is compared on: index 0 real ones, 1 z */
    STREAM_AUGMENT,      /* changes of the pictures of batch `index` */
    STREAM_TEST_PART,    /* which pictures are kept for testing */
    STREAM_SUBSET,       /* which pictures a subset of the data has */
    STREAM_BETWEEN,      /* points between the real and the generated pictures of batch `index` */
    STREAM_METRIC,       /* what a metric draws: each has indices of its own, metrics_detail.h */
    STREAM_EVALUATED,    /* which real pictures an evaluation takes */
    STREAM_CLASS_ORDER, /* order of a class's pictures in their epoch `index`, and of the classes in
                           round `index` */
    STREAM_METHOD,      /* what a method draws: each use has indices, method_detail.h */
    STREAM_TRUST,       /* what judges explanations draws, likewise, trust_detail.h */
    STREAM_LABELS,      /* which picture's label each picture gets, for a control */
} stream_purpose;

uint64_t rng_stream(stream_purpose purpose, uint64_t index);
rng rng_init(uint64_t seed, uint64_t stream);

/* The bare bijection, for known-answer tests. */
void philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* Each call starts at a fresh block and moves position on by ceil(n / 4) (normals, bits, uniforms).
 */
void rng_fill_bits(rng *r, uint32_t *out, size_t n);
/* (bits + 0.5) / 2^32 rounded to float: in (0, 1]. */
void rng_fill_uniform(rng *r, float *out, size_t n);
/* N(0, 1) by Box & Muller 1958 in double from two 32-bit words each pair, own log, sine, cosine. */
void rng_fill_normal(rng *r, float *out, size_t n);
/* Each 1 with probability p, else 0. */
void rng_fill_bernoulli(rng *r, uint8_t *out, size_t n, double p);
/* A uniform integer in 0..n-1, n >= 1, without bias (Lemire 2019). */
uint32_t rng_below(rng *r, uint32_t n);
/* n such integers in 0..below-1, from whole blocks: many times as fast. */
void rng_fill_below(rng *r, uint32_t *out, size_t n, uint32_t below);
/* 0..n-1 in a random order (Fisher & Yates). */
void rng_fill_permutation(rng *r, uint32_t *out, size_t n);

/* z of a seed: n values of N(0, 1). */
void latent_of_seed(float *z, size_t n, uint64_t seed);

#endif
