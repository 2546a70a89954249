/* SPDX-License-Identifier: MIT */
/* How sure logits are to be.
 *
 * With b = 1 / T the cross entropy of a row is log(sum of exp(b v)) - b v[label], which is convex
 * in b. Its slope, the mean of v by softmax(b v) less v[label], thus grows with b and is 0 at the
 * least mean. Where each label has the greatest logit it never is, and says no more than that no
 * row was too sure. */
#include "nn.h"
#include <math.h>

/* The mean of v (n) by softmax(b v). */
static double softmax_mean(const float *v, size_t n, double b)
{
    double greatest = (double)v[0], total = 0, weighted = 0;
    for (size_t i = 1; i < n; i++)
        greatest = fmax(greatest, (double)v[i]);
    for (size_t i = 0; i < n; i++) {
        double e = exp(b * ((double)v[i] - greatest));
        total += e;
        weighted += e * (double)v[i];
    }
    return weighted / total;
}

static double slope_at(double b, matrix logit, const uint8_t *labels)
{
    double slope = 0;
    for (size_t r = 0; r < logit.rows; r++) {
        const float *v = logit.data + r * logit.stride;
        slope += softmax_mean(v, logit.cols, b) - (double)v[labels[r]];
    }
    return slope;
}

double temperature_find(matrix logit, const uint8_t *labels)
{
    enum { HALVINGS = 60 }; /* of 12 units of log2 b: to the last digit */
    double low = -6, high = 6;
    if (slope_at(exp2(high), logit, labels) <= 0)
        return 1;
    for (size_t i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (low + high);
        if (slope_at(exp2(middle), logit, labels) <= 0) /* 0: as sure as doubles are */
            low = middle;
        else
            high = middle;
    }
    return exp2(-0.5 * (low + high));
}
