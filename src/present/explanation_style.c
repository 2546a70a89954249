/* SPDX-License-Identifier: MIT */
/* How explanations are drawn: colour maps, signs, and what full colour stands for. */
#include "present_detail.h"
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

const scale_row explanation_scales[] = {
    [SCALE_IMAGE] = {"image"}, [SCALE_RUN] = {"run"}, [SCALE_FIXED] = {0}};

static int refuse_scale(const char *scale, error *e)
{
    text known = {0};
    names_add(&known, NAMES_OF(explanation_scales), ", ");
    fail(e, STATUS_USAGE, "--scale: '%s' is not %s or a number above 0", scale, known.data);
    text_release(&known);
    return -1;
}

static int read_scale(explanation_style *s, const char *scale, error *e)
{
    const char *end;
    s->rule_words = scale;
    for (s->rule = SCALE_IMAGE; explanation_scales[s->rule].name; s->rule++)
        if (strcmp(scale, explanation_scales[s->rule].name) == 0)
            return 0;
    if (!real_read(&s->fixed, scale, &end) || *end || !(s->fixed > 0))
        return refuse_scale(scale, e);
    return 0;
}

int explanation_style_read(explanation_style *s, const char *maps, const char *sign,
                           const char *scale, error *e)
{
    return read_maps(s, maps, e) || read_sign(s, sign, e) || read_scale(s, scale, e) ? -1 : 0;
}

/* ---- Scales ---- */

static void add_scale(array_scales *scales, const array_row *row, double value)
{
    scales->all = reallocate(scales->all, scales->n + 1, sizeof *scales->all);
    scales->all[scales->n++] = (struct array_scale){row, value};
}

static struct array_scale *scale_of(const array_scales *scales, const array_row *row)
{
    for (size_t i = 0; i < scales->n; i++)
        if (scales->all[i].row == row)
            return &scales->all[i];
    return NULL;
}

void array_scales_measure(array_scales *scales, const explanation *a, double clip)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        const space_row *space = spaces[v->row->space];
        if (space->find_scale && is_presented(v))
            add_scale(scales, v->row, space->find_scale(a, v, clip));
    }
}

void array_scales_widen(array_scales *all, const array_scales *one)
{
    for (size_t i = 0; i < one->n; i++) {
        struct array_scale *known = scale_of(all, one->all[i].row);
        if (known)
            known->value = fmax(known->value, one->all[i].value);
        else
            add_scale(all, one->all[i].row, one->all[i].value);
    }
}

double array_scales_find(const array_scales *scales, const array_row *row)
{
    const struct array_scale *found = scale_of(scales, row);
    return found ? found->value : 0;
}

void array_scales_release(array_scales *scales)
{
    free(scales->all);
    *scales = (array_scales){0};
}
