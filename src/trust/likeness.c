/* SPDX-License-Identifier: MIT */
#include "likeness.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const likeness_names[N_LIKENESSES] = {[LIKE_VALUES] = "values",
                                                  [LIKE_SIZES] = "sizes",
                                                  [LIKE_SUPPORT] = "on support",
                                                  [LIKE_SSIM] = "SSIM"};

static bool is_flat(const float *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (v[i] != v[0])
            return false;
    return true;
}

bool attribution_is_flat(const attribution *v) { return is_flat(v->values, v->n); }

static double correlate(const float *a, const float *b, size_t n)
{
    if (n < 2)
        return (double)NAN;
    bool is_flat_a = is_flat(a, n), is_flat_b = is_flat(b, n);
    return is_flat_a || is_flat_b ? is_flat_a && is_flat_b : fabs(rank_correlation(a, b, n));
}

/* Both maps where either is not 0; returns how many inputs these are. */
static size_t keep_support(float *a, float *b, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (a[i] != 0 || b[i] != 0) {
            a[kept] = a[i];
            b[kept++] = b[i];
        }
    return kept;
}

static void fill_magnitudes(float *out, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = fabsf(v[i]);
}

/* 0..1: of values with a sign, 0.5 is 0. */
static void fill_picture(float *out, const attribution *v)
{
    size_t top = 0;
    find_strongest(&top, 1, v->values, v->n);
    float size = fabsf(v->values[top]);
    for (size_t i = 0; i < v->n; i++) {
        float share = size > 0 ? v->values[i] / size : 0;
        out[i] = v->sign == SIGN_SIGNED ? 0.5f + 0.5f * share : fabsf(share);
    }
}

static double ssim_of(const attribution *a, const attribution *b, picture_shape shape, float *room)
{
    fill_picture(room, a);
    fill_picture(room + a->n, b);
    return pictures_ssim(room, room + a->n, shape);
}

static likeness none(void)
{
    likeness l;
    for (size_t k = 0; k < N_LIKENESSES; k++)
        l.of[k] = (double)NAN;
    return l;
}

likeness likeness_of(const attribution *a, const attribution *b, const picture_shape *shape)
{
    likeness l = none();
    if (!b || (attribution_is_flat(a) && a->values[0] == 0))
        return l;
    bool has_sign = a->sign == SIGN_SIGNED;
    float *room = allocate(2 * a->n, sizeof *room), *second = room + a->n;
    if (shape)
        l.of[LIKE_SSIM] = ssim_of(a, b, *shape, room);
    fill_magnitudes(room, a->values, a->n);
    fill_magnitudes(second, b->values, a->n);
    l.of[LIKE_SIZES] = correlate(room, second, a->n);
    if (has_sign) {
        memcpy(room, a->values, a->n * sizeof *room);
        memcpy(second, b->values, a->n * sizeof *second);
        l.of[LIKE_VALUES] = correlate(room, second, a->n);
    }
    l.of[LIKE_SUPPORT] = correlate(room, second, keep_support(room, second, a->n));
    free(room);
    return l;
}
