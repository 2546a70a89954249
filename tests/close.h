/* SPDX-License-Identifier: MIT */
/* Comparing floats or doubles with floats or doubles, where NaN never passes: cmocka's own compare
 * accepts it. Include after <cmocka.h>. */
#ifndef GANLENS_CLOSE_H
#define GANLENS_CLOSE_H

#include <math.h>
#include <stdbool.h>

/* Every |got - want| <= atol + rtol * |want|, or equal infinities. */
#define assert_close(got, want, n, rtol, atol)                                                     \
    check_close((values){got, sizeof *(got)}, (values){want, sizeof *(want)}, n, rtol, atol,       \
                __FILE__, __LINE__)

/* The Euclidean norm of got - want is at most tolerance times that of want. */
#define assert_close_by_norm(got, want, n, tolerance)                                              \
    check_close_by_norm((values){got, sizeof *(got)}, (values){want, sizeof *(want)}, n,           \
                        tolerance, __FILE__, __LINE__)

/* Floats or doubles, told apart by their size. */
typedef struct {
    const void *data;
    size_t size;
} values;

static inline double value_at(values v, size_t i)
{
    return v.size == sizeof(double) ? ((const double *)v.data)[i]
                                    : (double)((const float *)v.data)[i];
}

/* A NaN is the largest difference of all. */
static inline double difference_at(values got, values want, size_t i)
{
    double g = value_at(got, i), w = value_at(want, i);
    double d = g == w ? 0.0 : fabs(g - w);
    return isnan(d) ? (double)INFINITY : d;
}

/* Says which element is worst, then fails the test at file:line. */
static inline void fail_close(values got, values want, size_t n, const char *file, int line)
{
    size_t worst = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double d = difference_at(got, want, i);
        squares += d * d;
        if (d > difference_at(got, want, worst))
            worst = i;
    }
    print_error("element %zu of %zu: %.9g, expected %.9g; largest error %.3g, L2 error %.3g\n",
                worst, n, value_at(got, worst), value_at(want, worst),
                difference_at(got, want, worst), sqrt(squares));
    _fail(file, line);
}

static inline void check_close(values got, values want, size_t n, double rtol, double atol,
                               const char *file, int line)
{
    for (size_t i = 0; i < n; i++) {
        double w = value_at(want, i), d = difference_at(got, want, i);
        bool is_close = d == 0.0 || (isfinite(w) && d <= atol + rtol * fabs(w));
        if (!is_close) {
            print_error("element %zu: %.9g, expected %.9g\n", i, value_at(got, i), w);
            fail_close(got, want, n, file, line);
        }
    }
}

static inline void check_close_by_norm(values got, values want, size_t n, double tolerance,
                                       const char *file, int line)
{
    double error = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        double w = value_at(want, i), d = difference_at(got, want, i);
        error += d * d;
        size += w * w;
    }
    if (!(sqrt(error) <= tolerance * sqrt(size)) || !isfinite(size)) {
        print_error("L2 error / norm = %.3g / %.3g\n", sqrt(error), sqrt(size));
        fail_close(got, want, n, file, line);
    }
}

#endif
