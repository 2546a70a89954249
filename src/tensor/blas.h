/* SPDX-License-Identifier: MIT */
/* OpenBLAS, opened when it is first needed: by then its environment is ours to set, and a program
 * that only prints its help never pays for it. */
#ifndef GANLENS_BLAS_H
#define GANLENS_BLAS_H

#include "base.h"

/* Fortran's matrix products: column-major, everything by reference. */
typedef void sgemm_function(const char *of_a, const char *of_b, const int *m, const int *n,
                            const int *k, const float *alpha, const float *a, const int *lda,
                            const float *b, const int *ldb, const float *beta, float *c,
                            const int *ldc);
typedef void sgemv_function(const char *of_a, const int *m, const int *n, const float *alpha,
                            const float *a, const int *lda, const float *x, const int *incx,
                            const float *beta, float *y, const int *incy);

typedef void dgemm_function(const char *of_a, const char *of_b, const int *m, const int *n,
                            const int *k, const double *alpha, const double *a, const int *lda,
                            const double *b, const int *ldb, const double *beta, double *c,
                            const int *ldc);
/* Eigenvalues w of the symmetric a, ascending, and its eigenvectors in place of it. */
typedef void dsyev_function(const char *job, const char *triangle, const int *n, double *a,
                            const int *lda, double *w, double *work, const int *size, int *info);

/* Singular values s of a (m, n), largest first, and, for job "N", no vectors; size -1: only finds
 * how much work it needs. */
typedef void dgesdd_function(const char *job, const int *m, const int *n, double *a, const int *lda,
                             double *s, double *u, const int *ldu, double *vt, const int *ldvt,
                             double *work, const int *size, int *iwork, int *info);

/* Zero until OpenBLAS is open, the same for good from then on. */
typedef struct {
    sgemm_function *sgemm;
    sgemv_function *sgemv;
    dgemm_function *dgemm;
    dsyev_function *dsyev; /* NULL in an OpenBLAS that was built without LAPACK; so is the next */
    dgesdd_function *dgesdd;
    char *(*config)(void);
    void (*set_num_threads)(int n);
    void *(*buffer_take)(int kind); /* what a product packs its operands into */
    void (*buffer_give)(void *buffer);
} blas_table;
extern blas_table blas;

#endif
