/* SPDX-License-Identifier: MIT */
/* Targets that are a weighted sum of the pixels of a rectangle: one pixel, a mean, all of them. */
#include "target_detail.h"
#include <string.h>

/* ---- Value and derivative ---- */

static void area_evaluate(const term_tile *t, float *value, float *dy)
{
    const picture_area *a = &t->x->target.area;
    double weight = t->x->target.weight;
    size_t cols = t->x->shape.cols;
    memset(dy, 0, t->n * t->width * sizeof *dy);
    for (size_t r = 0; r < t->n; r++) {
        double total = 0;
        for (size_t i = a->top; i <= a->bottom; i++)
            for (size_t j = a->left; j <= a->right; j++) {
                size_t at = r * t->width + i * cols + j;
                total += (double)t->y[at] * weight;
                dy[at] = (float)weight;
            }
        value[r] = (float)total;
    }
}

static void differentiate_in_double(const term_row *t, double *dy, double *squares)
{
    const picture_area *a = &t->x->target.area;
    memset(dy, 0, t->width * sizeof *dy);
    for (size_t i = a->top; i <= a->bottom; i++)
        for (size_t j = a->left; j <= a->right; j++)
            dy[i * t->x->shape.cols + j] = t->x->target.weight;
    for (size_t k = 0; k < t->width; k++)
        squares[k] = dy[k] * dy[k];
}

static double area_evaluate_in_double(const term_row *t, double *dy, double *squares)
{
    const picture_area *a = &t->x->target.area;
    double total = 0;
    for (size_t i = a->top; i <= a->bottom; i++)
        for (size_t j = a->left; j <= a->right; j++)
            total += t->y[i * t->x->shape.cols + j] * t->x->target.weight;
    if (dy)
        differentiate_in_double(t, dy, squares);
    return total;
}

static const target_term area_terms[] = {
    {.reads = NET_G, .evaluate = area_evaluate, .evaluate_in_double = area_evaluate_in_double}};

/* ---- Reading and fitting ---- */

static int read_pixel(explain_target *t, const char *words, const char *arguments, error *e)
{
    size_t v[2];
    if (target_numbers_read(v, 2, t, words, arguments, e))
        return -1;
    t->area = (picture_area){v[0], v[1], v[0], v[1]};
    return 0;
}

static int read_region(explain_target *t, const char *words, const char *arguments, error *e)
{
    size_t v[4];
    if (target_numbers_read(v, 4, t, words, arguments, e))
        return -1;
    t->area = (picture_area){v[0], v[1], v[2], v[3]};
    if (t->area.top > t->area.bottom || t->area.left > t->area.right)
        return target_refuse(t, words, ", the first corner not after the second", e);
    return 0;
}

static size_t n_pixels_of(const picture_area *a)
{
    return (a->bottom - a->top + 1) * (a->right - a->left + 1);
}

static int fit_area(explainer *x, error *e)
{
    const picture_area *a = &x->target.area;
    if (a->bottom >= x->shape.rows || a->right >= x->shape.cols)
        return fail(
            e, STATUS_USAGE,
            "--target: row %zu, column %zu: expected %s with rows 0 to %zu and columns 0 to "
            "%zu",
            a->bottom, a->right, x->target.row->form, x->shape.rows - 1, x->shape.cols - 1);
    x->target.weight = 1.0 / (double)n_pixels_of(a);
    return 0;
}

static int fit_all(explainer *x, error *e)
{
    (void)e;
    x->target.area = (picture_area){0, 0, x->shape.rows - 1, x->shape.cols - 1};
    x->target.weight = 1.0;
    return 0;
}

/* ---- Describing ---- */

static void describe_pixel(json_t *o, const explainer *x)
{
    const picture_area *a = &x->target.area;
    target_set_meaning(o, "the pixel in row %zu, column %zu, counted from 0", a->top, a->left);
}

static void describe_region(json_t *o, const explainer *x)
{
    const picture_area *a = &x->target.area;
    target_set_meaning(o, "the mean of the pixels in rows %zu to %zu, columns %zu to %zu", a->top,
                       a->bottom, a->left, a->right);
}

bool explain_target_area(const explainer *x, picture_area *out)
{
    *out = x->target.area;
    return x->target.weight > 0;
}

double explain_area_value(const explainer *x, double pixel)
{
    return pixel * x->target.weight * (double)n_pixels_of(&x->target.area);
}

/* ---- The rows ---- */

const target_row target_pixel = {.name = "pixel",
                                 .form = "pixel:R,C",
                                 .meaning = "the pixel in row R, column C, counted from 0",
                                 .unit = UNIT_PIXELS,
                                 .full = "white",
                                 .terms = area_terms,
                                 .n_terms = 1,
                                 .read = read_pixel,
                                 .fit = fit_area,
                                 .describe = describe_pixel};

const target_row target_region = {.name = "region",
                                  .form = "region:R0,C0,R1,C1",
                                  .meaning = "the mean of a rectangle, ends included",
                                  .unit = UNIT_PIXELS,
                                  .full = "white",
                                  .terms = area_terms,
                                  .n_terms = 1,
                                  .read = read_region,
                                  .fit = fit_area,
                                  .describe = describe_region};

const target_row target_ink = {.name = "ink",
                               .form = "ink",
                               .meaning = "the sum of all pixels",
                               .unit = UNIT_PIXELS,
                               .full = "full ink",
                               .terms = area_terms,
                               .n_terms = 1,
                               .read = target_read_nothing,
                               .fit = fit_all};
