/* SPDX-License-Identifier: MIT */
/* The two ways to eigenvalues and to singular values, which tests compare. */
#ifndef GANLENS_DOUBLE_MATRIX_H
#define GANLENS_DOUBLE_MATRIX_H

#include "tensor.h"

/* As double_matrix_eigen but for the order and the signs, for a finite a. LAPACK's must be there.
 * false where they do not converge. */
bool eigen_by_lapack(double *value, double_matrix a);
bool eigen_by_jacobi(double *value, double_matrix a);

/* value (n), in any order, of a (n, n), which is of no use afterwards; the rest as above. */
bool singular_by_lapack(double *value, double_matrix a);
bool singular_by_jacobi(double *value, double_matrix a);

#endif
