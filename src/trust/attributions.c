/* SPDX-License-Identifier: MIT */
/* What methods and controls attribute, as vectors over an input. */
#include "trust_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

rng trust_rng(uint64_t seed, trust_draw what, uint32_t index)
{
    return rng_init(seed, rng_stream(STREAM_TRUST, (uint64_t)what << 32 | index));
}

/* ---- Of methods ---- */

static attribution *add(attribution_list *l, const char *name, size_t n)
{
    l->all = reallocate(l->all, l->n + 1, sizeof *l->all);
    l->all[l->n] = (attribution){.name = name, .n = n, .values = allocate(n, sizeof(float))};
    return &l->all[l->n++];
}

void attributions_find(attribution_list *l, const explanation *a, explain_input input)
{
    l->input = input;
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (!v->method || !array_row_attributes(v->row, input) ||
            attributions_named(l, v->method->name))
            continue;
        attribution *one = add(l, v->method->name, v->n);
        one->method = v->method;
        one->predicts = v->row->predicts;
        one->sign = v->row->sign;
        memcpy(one->values, v->data, v->n * sizeof *v->data);
    }
}

bool attribution_has_sign(const attribution *v)
{
    return v->sign == SIGN_SIGNED && v->predicts != PREDICTS_ORDER;
}

bool attribution_is_rate(const attribution *v)
{
    return v->predicts == PREDICTS_RATE || v->predicts == PREDICTS_SCALED_RATE;
}

const attribution *attributions_named(const attribution_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->all[i].name, name) == 0)
            return &l->all[i];
    return NULL;
}

size_t attributions_count_methods(const attribution_list *l)
{
    size_t n = 0;
    while (n < l->n && l->all[n].method)
        n++;
    return n;
}

void attributions_release(attribution_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->all[i].values);
    free(l->all);
    *l = (attribution_list){0};
}

/* ---- Of controls ---- */

static attribution *add_control(attribution_list *l, const char *name, array_sign sign, size_t n)
{
    attribution *v = add(l, name, n);
    v->predicts = PREDICTS_SCALED_CHANGE;
    v->sign = sign;
    return v;
}

/* A pixel beyond the border is the nearest one within. */
static double pixel_at(const float *x, picture_shape shape, size_t row, size_t col, int down,
                       int right)
{
    size_t r = row + (size_t)down < shape.rows ? row + (size_t)down : row;
    size_t c = col + (size_t)right < shape.cols ? col + (size_t)right : col;
    return (double)x[r * shape.cols + c];
}

/* Sobel & Feldman 1968. */
static float edge_at(const float *x, picture_shape shape, size_t row, size_t col)
{
    double down = 0, right = 0;
    for (int k = -1; k <= 1; k++) {
        double weight = k == 0 ? 2 : 1;
        down += weight * (pixel_at(x, shape, row, col, 1, k) - pixel_at(x, shape, row, col, -1, k));
        right +=
            weight * (pixel_at(x, shape, row, col, k, 1) - pixel_at(x, shape, row, col, k, -1));
    }
    return (float)sqrt(down * down + right * right);
}

static void fill_input_alone(float *out, const target_function *f)
{
    picture_shape shape = f->t->x->shape;
    for (size_t i = 0; i < f->n; i++)
        out[i] = f->input == INPUT_Z ? fabsf(f->at[i])
                                     : edge_at(f->at, shape, i / shape.cols, i % shape.cols);
}

void attributions_add_controls(attribution_list *l, const target_function *f)
{
    rng r = trust_rng(f->t->q->probe, TRUST_CONTROL, f->input);
    attribution *random = add_control(l, "random", SIGN_SIGNED, f->n);
    rng_fill_normal(&r, random->values, f->n);
    random->is_drawn = true;
    float *ones = add_control(l, "constant", SIGN_MAGNITUDE, f->n)->values;
    for (size_t i = 0; i < f->n; i++)
        ones[i] = 1;
    const char *name = f->input == INPUT_Z ? "size" : "edge";
    fill_input_alone(add_control(l, name, SIGN_MAGNITUDE, f->n)->values, f);
}

/* ---- Contributions ---- */

static double mean_baseline(const baseline_rows *b, size_t n, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < b->n; k++)
        sum += (double)b->rows[k * n + i];
    return sum / (double)b->n;
}

void attribution_contributions(float *out, const attribution *v, const target_function *f,
                               const baseline_rows *b)
{
    bool is_rate = attribution_is_rate(v);
    for (size_t i = 0; i < v->n; i++) {
        double way = is_rate ? (double)f->at[i] - mean_baseline(b, v->n, i) : 1;
        out[i] = (float)(way * (double)v->values[i]);
    }
}
