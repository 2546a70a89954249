/* SPDX-License-Identifier: MIT */
/* How checks count what they find off. */
#include "method_detail.h"
#include <math.h>

double worse(double a, double b) { return a > b || isnan(a) ? a : b; }

/* A gradient below this comes from slopes that float cannot tell from zero: its kernels take exp(v)
 * for v < -80 as exp(-80) = 1.8e-35, and below 1e-38 its numbers lose digits. */
static const double SMALLEST_NORM = 1e-28;

double relative_error(double off, double size) { return off / fmax(size, SMALLEST_NORM); }
