/* SPDX-License-Identifier: MIT */
/* What moving one component of z visibly does, and what the target does meanwhile. */
#include "present_detail.h"
#include <math.h>
#include <stdio.h>

/* One item of a sweep. */
typedef struct {
    const float *first; /* its first point, and by how much the next is farther */
    size_t n, size;
    size_t from, to; /* points */
} moved;

static const float *point_of(const moved *m, size_t i) { return m->first + i * m->size; }

/* From the lowest place that is drawn to the highest. */
static moved move_of(const named_array *v, size_t item)
{
    moved m = {v->data + item * v->shape[1] * v->shape[2], v->shape[1], v->shape[2], 0, 0};
    bool has_from = false;
    for (size_t i = 0; i < m.n; i++) {
        float place = point_of(&m, i)[SWEEP_PLACE];
        if (fabsf(place) > SWEEP_LAST_PLACE)
            continue;
        m.from = has_from ? m.from : i;
        m.to = i;
        has_from = true;
    }
    m.to = has_from ? m.to : m.n - 1;
    return m;
}

/* ---- The target ---- */

typedef struct {
    float least, greatest;
} target_range;

static target_range range_of(const moved *m)
{
    float first = point_of(m, m->from)[SWEEP_TARGET];
    target_range r = {first, first};
    for (size_t i = m->from; i <= m->to; i++) {
        r.least = fminf(r.least, point_of(m, i)[SWEEP_TARGET]);
        r.greatest = fmaxf(r.greatest, point_of(m, i)[SWEEP_TARGET]);
    }
    return r;
}

/* What it does on its way; a turn is more than a tenth of all that it goes through. */
static const char *name_course(const moved *m, target_range r)
{
    float first = point_of(m, m->from)[SWEEP_TARGET], last = point_of(m, m->to)[SWEEP_TARGET];
    float turn = 0.1f * (r.greatest - r.least);
    bool has_peak = r.greatest - fmaxf(first, last) > turn;
    bool has_valley = fminf(first, last) - r.least > turn;
    return r.greatest == r.least    ? "stays"
           : has_peak && has_valley ? "turns more than once"
           : has_peak               ? "rises, then falls"
           : has_valley             ? "falls, then rises"
           : last > first           ? "rises"
                                    : "falls";
}

/* ---- Numbers and words ---- */

static json_t *ink_numbers(const strokes *s, const map_place *p, double share)
{
    json_t *o = json_object();
    text where = {0};
    strokes_place(&where, s, p);
    json_object_set_new(o, "where", p->is_zero ? json_null() : json_string(where.data));
    set_number(o, "where_share", p->share);
    set_number(o, "share", share);
    text_release(&where);
    return o;
}

typedef char key_text[32];

/* "target_from". */
static const char *key_of(key_text out, const char *kind, const char *end)
{
    snprintf(out, sizeof(key_text), "%s_%s", kind, end);
    return out;
}

static void set_target(json_t *o, const explanation *a, const char *end, float value)
{
    key_text key;
    set_number(o, key_of(key, "target", end), (double)value);
    if (has_full(a))
        set_number(o, key_of(key, "share", end), share_of_full(a, (double)value));
}

void set_sweep_change(json_t *o, const explanation *a, const named_array *v, size_t item)
{
    moved m = move_of(v, item);
    target_range range = range_of(&m);
    const float *from = point_of(&m, m.from), *to = point_of(&m, m.to);
    ink_change c = find_change(from + SWEEP_PICTURE, to + SWEEP_PICTURE, &a->strokes);
    text words = {0};
    ink_change_describe(&words, &a->strokes, &c);
    set_number(o, "from", (double)from[SWEEP_PLACE]);
    set_number(o, "to", (double)to[SWEEP_PLACE]);
    set_target(o, a, "from", from[SWEEP_TARGET]);
    set_target(o, a, "to", to[SWEEP_TARGET]);
    set_target(o, a, "least", range.least);
    set_target(o, a, "greatest", range.greatest);
    set_word(o, "target_course", name_course(&m, range));
    set_word(o, "change", words.data);
    json_object_set_new(o, "ink_gained", ink_numbers(&a->strokes, &c.gained_where, c.gained));
    json_object_set_new(o, "ink_lost", ink_numbers(&a->strokes, &c.lost_where, c.lost));
    text_release(&words);
}

static double width_of(const json_t *item)
{
    return number_at(item, "target_greatest") - number_at(item, "target_least");
}

const json_t *widest_sweep(const json_t *items)
{
    size_t i;
    const json_t *o, *widest = json_array_get(items, 0);
    json_array_foreach(items, i, o) if (width_of(o) > width_of(widest)) widest = o;
    return widest && width_of(widest) > 0 ? widest : NULL;
}

static double number_of(const json_t *item, const char *kind, const char *end)
{
    key_text key;
    return number_at(item, key_of(key, kind, end));
}

/* A thousandth of the other end's is not told from 0. */
const char *write_sweep_target(number_text out, const json_t *item, const char *end)
{
    bool is_share = json_object_get(item, "share_from");
    const char *kind = is_share ? "share" : "target";
    double unit = is_share ? 100 : 1, from = number_of(item, kind, "from");
    double floor = 1e-3 * unit * fmax(fabs(from), fabs(number_of(item, kind, "to")));
    number_text digits;
    number_write_floored(digits, unit * number_of(item, kind, end), floor, !is_share);
    snprintf(out, sizeof(number_text), "%.12s%s", digits, is_share ? " %" : "");
    return out;
}

void say_sweep_changes(text *t, const json_t *items, size_t n)
{
    size_t i;
    const json_t *o;
    number_text a, b;
    json_array_foreach(items, i, o)
    {
        if (i == n)
            break;
        if (i == 0)
            text_add(t, " Raised from %s to %s, ", write_at(a, o, "from", true),
                     write_at(b, o, "to", true));
        text_add(t, "%s%s %s (the target %s: %s to %s)", i ? "; " : "", word_at(o, "name"),
                 word_at(o, "change"), word_at(o, "target_course"),
                 write_sweep_target(a, o, "from"), write_sweep_target(b, o, "to"));
    }
    text_add(t, i ? "." : "");
}

void say_widest_sweep(text *t, const json_t *items)
{
    number_text a, b;
    const json_t *o = widest_sweep(items);
    if (o && json_array_size(items) > 1)
        text_add(t, " Of the %zu tried, %s changes it most over that range: between %s and %s.",
                 json_array_size(items), word_at(o, "name"), write_sweep_target(a, o, "least"),
                 write_sweep_target(b, o, "greatest"));
}
