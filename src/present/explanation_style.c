/* SPDX-License-Identifier: MIT */
/* How explanations are drawn: colour maps, signs, and what full colour stands for. */
#include "present.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- From words ---- */

static int read_maps(explanation_style *s, const char *maps, error *e)
{
    s->diverging = colour_map_find("blue-orange");
    s->sequential = colour_map_find("hot");
    for (const char *at = maps; at && *at;) {
        char name[32];
        size_t n = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        const colour_map *m = n < sizeof name ? colour_map_find(name) : NULL;
        if (!m)
            return fail(e, STATUS_USAGE, "--cmap: there is no colour map '%s'", name);
        *(m->kind == MAP_DIVERGING ? &s->diverging : &s->sequential) = m;
        at += n + (at[n] == ',');
    }
    return 0;
}

const sign_row explanation_signs[] = {[SIGN_ALL] = {"all"},
                                      [SIGN_POSITIVE] = {"positive"},
                                      [SIGN_NEGATIVE] = {"negative"},
                                      [SIGN_ABSOLUTE] = {"absolute"},
                                      {0}};

static int read_sign(explanation_style *s, const char *sign, error *e)
{
    for (size_t i = 0; explanation_signs[i].name; i++)
        if (strcmp(sign, explanation_signs[i].name) == 0) {
            s->sign = (shown_sign)i;
            return 0;
        }
    return fail(e, STATUS_USAGE, "--sign: there is no '%s'", sign);
}

static int read_scale(explanation_style *s, const char *scale, error *e)
{
    const char *end;
    double v;
    s->rule_words = scale;
    s->rule = strcmp(scale, "run") == 0 ? SCALE_RUN : SCALE_IMAGE;
    if (s->rule == SCALE_RUN || strcmp(scale, "image") == 0)
        return 0;
    if (!real_read(&v, scale, &end) || *end || !(v > 0))
        return fail(e, STATUS_USAGE, "--scale: '%s' is not image, run or a number above 0", scale);
    s->rule = SCALE_FIXED;
    s->scales = (map_scales){v, v, v, v};
    return 0;
}

int explanation_style_read(explanation_style *s, const char *maps, const char *sign,
                           const char *scale, error *e)
{
    return read_maps(s, maps, e) || read_sign(s, sign, e) || read_scale(s, scale, e) ? -1 : 0;
}

/* ---- Scales ---- */

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double largest(const named_array *v, double clip)
{
    if (!v || !v->n)
        return 0;
    float *sorted = allocate(v->n, sizeof *sorted), greatest = 0;
    for (size_t i = 0; i < v->n; i++) {
        sorted[i] = fabsf(v->data[i]);
        greatest = fmaxf(greatest, sorted[i]);
    }
    if (clip > 0) {
        qsort(sorted, v->n, sizeof *sorted, compare);
        float clipped = sorted[(size_t)((double)(v->n - 1) * (1.0 - clip / 100.0))];
        greatest =
            clipped > 0 ? clipped : greatest; /* a map that is mostly zero has nothing to clip */
    }
    free(sorted);
    return (double)greatest;
}

/* Parts of a loss are drawn stacked: the axis must hold the sums of both signs apart. */
static double largest_stack(const explanation *a)
{
    const named_array *first = explanation_find(a, "gradient_z_rec");
    const named_array *second = explanation_find(a, "gradient_z_gen");
    if (!first)
        return largest(explanation_find(a, "gradient_z"), 0);
    double greatest = 0;
    for (size_t i = 0; i < first->n; i++) {
        double u = (double)first->data[i], v = (double)second->data[i];
        greatest = fmax(greatest, fmax(fmax(u, 0) + fmax(v, 0), -fmin(u, 0) - fmin(v, 0)));
    }
    return greatest;
}

map_scales explanation_scales(const explanation *a, double clip)
{
    const named_array *own = explanation_find(a, "gradient_x");
    return (map_scales){.gradient_x =
                            largest(own ? own : explanation_find(a, "d_gradient_x"), clip),
                        .gradient_z = largest_stack(a),
                        .sensitivity = largest(explanation_find(a, "sensitivity"), clip),
                        .top_columns = largest(explanation_find(a, "top_columns"), clip)};
}

void map_scales_widen(map_scales *all, const map_scales *one)
{
    all->gradient_x = fmax(all->gradient_x, one->gradient_x);
    all->gradient_z = fmax(all->gradient_z, one->gradient_z);
    all->sensitivity = fmax(all->sensitivity, one->sensitivity);
    all->top_columns = fmax(all->top_columns, one->top_columns);
}
