/* SPDX-License-Identifier: MIT */
/* Bars by strength: the strongest in a list, and beside it all of them in a profile. */
#include "bars.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    LIST_WIDTH = 560,    /* at least */
    PROFILE_WIDTH = 400, /* at least */
    MAX_LIST = 1000,
    BETWEEN = 40,
    MIN_PROFILE = 120, /* heights */
    MAX_PROFILE = 260,
    MAX_TOP = 32,
};

#define PART_A RGB(74, 98, 138)
#define PART_B RGB(224, 172, 72)
#define FLOOR 1e-6 /* of the largest: what float sums leave where nothing is */

/* ---- Sorting ---- */

typedef struct {
    double size; /* -1: not finite */
    size_t i;
} ranked;

static int compare_ranks(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->i > y->i) - (x->i < y->i);
}

/* Fills order; returns how many are finite. */
static size_t sort_bars(size_t *order, const float *values, size_t n)
{
    ranked *ranks = allocate(n, sizeof *ranks);
    size_t n_finite = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_finite = isfinite(values[i]);
        ranks[i] = (ranked){is_finite ? fabs((double)values[i]) : -1, i};
        n_finite += is_finite;
    }
    qsort(ranks, n, sizeof *ranks, compare_ranks);
    for (size_t i = 0; i < n; i++)
        order[i] = ranks[i].i;
    free(ranks);
    return n_finite;
}

/* How far the bar i goes to one side; what is not finite does not count. */
static double bar_reach(const bars_panel *v, size_t i, bool is_positive)
{
    double reach = 0;
    for (int k = 0; k < 2 && v->parts[k]; k++)
        if (isfinite(v->parts[k][i]) && (v->parts[k][i] > 0) == is_positive)
            reach += fabs((double)v->parts[k][i]);
    return reach;
}

/* Sums count as the floats they are written as, and whiskers with their ends. */
static double find_scale(const bars_panel *v, const float *values)
{
    double scale = 0;
    if (v->scale > 0 && isfinite(v->scale))
        return v->scale;
    for (size_t i = 0; i < v->n; i++) {
        double reach = fmax(bar_reach(v, i, false), bar_reach(v, i, true));
        double spread = v->errors && isfinite(v->errors[i]) ? (double)v->errors[i] : 0;
        double end = isfinite(values[i]) ? fabs((double)values[i]) + spread : 0;
        scale = fmax(scale, fmax(reach, end));
    }
    return scale;
}

static sorted_bars sorted_bars_make(const bars_panel *v)
{
    sorted_bars b = {.v = v};
    b.values = allocate(v->n, sizeof *b.values);
    b.order = allocate(v->n, sizeof *b.order);
    for (size_t i = 0; i < v->n; i++)
        b.values[i] = v->parts[1] ? v->parts[0][i] + v->parts[1][i] : v->parts[0][i];
    b.scale = find_scale(v, b.values);
    size_t n_finite = sort_bars(b.order, b.values, v->n);
    b.n_top = v->n_top < n_finite ? v->n_top : n_finite;
    b.floor = FLOOR * summarise(b.values, v->n).largest;
    return b;
}

static void sorted_bars_release(sorted_bars *b)
{
    free(b->values);
    free(b->order);
}

/* ---- Along the axis ---- */

int bar_low(const sorted_bars *b, int half) { return b->v->is_magnitude ? 0 : half; }

int bar_length(const sorted_bars *b, double value, int half)
{
    double least = bar_low(b, -1);
    return b->scale > 0 ? (int)lround(fmin(fmax(value / b->scale, least), 1) * half) : 0;
}

/* From one value to another of the same sign. */
static bar_piece make_piece(const sorted_bars *b, double from, double to, colour ink, int half)
{
    int start = bar_length(b, from, half), end = bar_length(b, to, half);
    if (start == end && from != to)
        end += to > from ? 1 : -1;
    return (bar_piece){start < end ? start : end, start < end ? end : start, ink};
}

int find_bar_pieces(bar_piece out[2], const sorted_bars *b, size_t i, bool is_top, int half)
{
    const bars_panel *v = b->v;
    const colour_map *map = v->colours ? v->colours : colour_map_at(0);
    double ends[2] = {0, 0};
    if (!v->parts[1]) {
        float strength = (is_top ? 1.0f : 0.4f) * (b->values[i] > 0 ? 1 : -1);
        out[0] = make_piece(b, 0, (double)b->values[i], colour_map_colour(map, strength), half);
        return 1;
    }
    for (int k = 0; k < 2; k++) {
        double part = (double)v->parts[k][i], *end = &ends[part > 0];
        out[k] = make_piece(b, *end, *end + part, k == 0 ? PART_A : PART_B, half);
        *end += part;
    }
    return 2;
}

bool has_hidden_sum(const sorted_bars *b, size_t i)
{
    return b->v->parts[1] && bar_reach(b->v, i, false) > 0 && bar_reach(b->v, i, true) > 0;
}

int bar_numbers_width(const sorted_bars *b)
{
    int widest = text_width("0", TEXT_PLAIN);
    bar_ticks t = bar_ticks_make(b, 1, 0);
    for (int k = bar_low(b, -t.n); k <= t.n; k++) {
        number_text number;
        int width = text_width(number_write(number, k * t.step, !b->v->is_magnitude), TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest;
}

bar_ticks bar_ticks_make(const sorted_bars *b, int half, int room)
{
    bar_ticks t = {.step = b->scale > 0 ? nice_step(b->scale / 2) : 0, .every = 1};
    t.n = b->scale > 0 ? (int)floor(b->scale / t.step + 1e-9) : 0;
    while (t.n > 0 && t.every < t.n && bar_length(b, t.every * t.step, half) < room)
        t.every++;
    return t;
}

/* ---- The panel ---- */

static int draw_parts_legend(canvas *c, const bars_panel *v, int x, int y, int width)
{
    const legend_entry entries[3] = {
        {v->part_names[0] ? v->part_names[0] : "part 1", PART_A, false},
        {v->part_names[1] ? v->part_names[1] : "part 2", PART_B, false},
        {"sum, where the signs differ", BLACK, true}};
    return v->parts[1] ? draw_legend(c, x, y, width, entries, 3) : 0;
}

static int draw_statistics(canvas *c, const sorted_bars *b, int x, int y, int width)
{
    value_summary s = summarise(b->values, b->v->n);
    number_text least, greatest, sum;
    const char *prefix = b->v->prefix;
    bool has_plus = !b->v->is_magnitude;
    text words = {0};
    text_add(&words, "min %s (%s%zu), max %s (%s%zu), sum %s",
             number_write_floored(least, s.least, b->floor, has_plus), prefix, s.i_least,
             number_write_floored(greatest, s.greatest, b->floor, has_plus), prefix, s.i_greatest,
             number_write_floored(sum, s.sum, b->floor, has_plus));
    text_add_exceptions(&words, s.n, count_outside(b->values, s.n, b->scale, false), s.n_not_finite,
                        "magenta");
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static void keep(figure_panel *p, void *body)
{
    bars_panel *v = body;
    for (int i = 0; i < 2; i++) {
        v->parts[i] = panel_keep(p, v->parts[i], v->n * sizeof(float));
        v->part_names[i] = panel_keep_text(p, v->part_names[i]);
    }
    v->beside = panel_keep(p, v->beside, v->n * sizeof(float));
    v->errors = panel_keep(p, v->errors, v->n * sizeof(float));
    v->prefix = panel_keep_text(p, v->prefix);
    v->beside_name = panel_keep_text(p, v->beside_name);
    v->value_name = panel_keep_text(p, v->value_name);
}

static int width_of(const void *body)
{
    const bars_panel *v = body;
    return v->n <= v->n_top ? LIST_WIDTH : LIST_WIDTH + BETWEEN + PROFILE_WIDTH;
}

static int larger(int a, int b) { return a > b ? a : b; }

/* The list on the left, the profile on the right as high as that. */
static int draw_both(canvas *c, const sorted_bars *b, int x, int y, int width)
{
    bool has_profile = b->v->n > b->n_top;
    int list = !b->n_top     ? 0
               : has_profile ? (width - BETWEEN) * 7 / 12
                             : (width < MAX_LIST ? width : MAX_LIST);
    int height = list ? draw_bar_list(c, b, x, y, list) : MAX_PROFILE;
    if (!has_profile)
        return height;
    int left = list ? x + list + BETWEEN : x;
    int wanted = larger(height < MAX_PROFILE ? height : MAX_PROFILE, MIN_PROFILE);
    return larger(height, draw_bar_profile(c, b, (box){left, y, x + width - left, wanted}));
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const bars_panel *v = body;
    sorted_bars b = sorted_bars_make(v);
    int start = y;
    y += draw_parts_legend(c, v, x, y, width);
    y += draw_both(c, &b, x, y, width) + 6;
    y += draw_statistics(c, &b, x, y, width);
    sorted_bars_release(&b);
    return y - start;
}

const panel_kind BARS_PANEL = {sizeof(bars_panel), keep, width_of, draw, .stretches = true,
                               .is_aligned = true};

size_t figure_add_bars(figure *f, const bars_panel *p)
{
    assert(p->n >= 1 && p->n <= INT32_MAX && p->n_top <= MAX_TOP && p->parts[0] && p->prefix);
    return figure_add(f, &BARS_PANEL, p, p->title, p->subtitle);
}
