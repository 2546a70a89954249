/* SPDX-License-Identifier: MIT */
/* Bars: an axis, a bar per component, labels for the strongest along the upper and lower edge. */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MIN_BARS_WIDTH = 760,
    PIXELS_PER_BAR = 8, /* wanted, where there is room */
    MAX_BAR = 28,
    HALF = 96,       /* zero line to the end of the axis */
    LANE = 58,       /* room for labels, and for the lines that lead to them */
    NO_LANE = 14,    /* the same where there are none */
    LABEL_LINE = 16, /* a label has two lines */
    LABEL_GAP = 14,
    LANE_INSET = 6, /* labels to the plot's frame */
    MAX_TOP = 32,
};

#define PART_A RGB(74, 98, 138)
#define PART_B RGB(224, 172, 72)

/* What a bar is drawn from; the picture's coordinates. */
typedef struct {
    const bars_panel *v;
    const float *values; /* (n): the only part, or the sums */
    int n;
    double scale;
    int left, right;       /* the plot's first pixel and one past its last */
    int top, zero, bottom; /* of the plot */
} plot;

/* One of the strongest and its label. */
typedef struct {
    int i, x, width; /* the component; the label's place */
    char name[48];
    number_text number;
} top_bar;

/* ---- Geometry ---- */

/* How far the bar i goes up (side 1) or down (side 0); values that are not finite do not count. */
static double bar_reach(const bars_panel *v, int i, int side)
{
    double reach = 0;
    for (int k = 0; k < 2 && v->parts[k]; k++)
        if (isfinite(v->parts[k][i]) && (v->parts[k][i] > 0) == (side == 1))
            reach += fabs((double)v->parts[k][i]);
    return reach;
}

static double find_scale(const bars_panel *v)
{
    double scale = 0;
    if (v->scale > 0 && isfinite(v->scale))
        return v->scale;
    for (int i = 0; i < (int)v->n; i++)
        scale = fmax(scale, fmax(bar_reach(v, i, 0), bar_reach(v, i, 1)));
    return scale;
}

/* Pixels above the zero line, not past the axis's end. */
static int height_of(const plot *g, double value)
{
    return g->scale > 0 ? (int)lround(fmin(fmax(value / g->scale, -1), 1) * HALF) : 0;
}

/* Whole pixels per component, 0 where there are more components than pixels. */
static int bar_step(const plot *g) { return (g->right - g->left) / g->n; }

static int bar_width(const plot *g)
{
    int step = bar_step(g);
    return step >= MAX_BAR + 2 ? MAX_BAR : step >= 6 ? step - 2 : step >= 3 ? step - 1 : 1;
}

/* Evenly spaced bars are crisp, but where that would leave over 4 % of the plot empty they are
 * spread over all of it instead, with gaps that differ by a pixel. */
static int bar_left(const plot *g, int i)
{
    int room = g->right - g->left, step = bar_step(g), rest = room - step * g->n;
    if (rest * 25 <= room)
        return g->left + rest / 2 + i * step + (step - bar_width(g)) / 2;
    return g->left + (int)((int64_t)i * room / g->n);
}

/* Two stacked parts of different sign hide their sum: a mark shows it where bars are wide enough.
 */
static bool has_sum_marks(const plot *g) { return g->v->parts[1] && bar_width(g) >= 3; }

/* ---- The strongest ---- */

static bool is_listed(const top_bar *top, int n, int i)
{
    for (int k = 0; k < n; k++)
        if (top[k].i == i)
            return true;
    return false;
}

/* The strongest finite one that is not listed and not 0, the first of equal ones; -1: none. */
static int find_strongest(const plot *g, const top_bar *top, int n)
{
    float best = 0;
    int i_best = -1;
    for (int i = 0; i < g->n; i++) {
        float size = fabsf(g->values[i]);
        if (isfinite(size) && size > best && !is_listed(top, n, i)) {
            best = size;
            i_best = i;
        }
    }
    return i_best;
}

/* Fills top with at most n_top bars, the strongest first; returns how many. */
static int find_top(top_bar *top, const plot *g)
{
    int n = 0;
    for (int i; n < (int)g->v->n_top && (i = find_strongest(g, top, n)) >= 0; n++) {
        top_bar *t = &top[n];
        *t = (top_bar){.i = i};
        snprintf(t->name, sizeof t->name, "%.32s%d", g->v->prefix, i);
        number_write(t->number, (double)g->values[i], true);
        int name = text_width(t->name, TEXT_BOLD), number = text_width(t->number, TEXT_PLAIN);
        t->width = name > number ? name : number;
    }
    return n;
}

/* ---- Labels ---- */

/* The labels above (or below) the bars, from left to right. */
typedef struct {
    const top_bar *bars[MAX_TOP];
    int x[MAX_TOP]; /* left ends */
    int n;
} label_lane;

static int compare_places(const void *a, const void *b)
{
    const top_bar *const *left = a, *const *right = b;
    return ((*left)->i > (*right)->i) - ((*left)->i < (*right)->i);
}

static void keep_right_of(int *x, const label_lane *lane, int left)
{
    for (int k = 0; k < lane->n; k++) {
        x[k] = x[k] > left ? x[k] : left;
        left = x[k] + lane->bars[k]->width + LABEL_GAP;
    }
}

static void keep_left_of(int *x, const label_lane *lane, int right)
{
    for (int k = lane->n - 1; k >= 0; k--) {
        int last = right - lane->bars[k]->width;
        x[k] = x[k] < last ? x[k] : last;
        right = x[k] - LABEL_GAP;
    }
}

/* Wanted is the middle over the bar. Pushed to the right as far as needed they do not overlap, nor
 * pushed to the left; so their mean does not, and crowded labels stay centred over their bars. */
static void spread_labels(label_lane *lane, const plot *g)
{
    int pushed_left[MAX_TOP], pushed_right[MAX_TOP];
    for (int k = 0; k < lane->n; k++)
        pushed_left[k] = pushed_right[k] =
            bar_left(g, lane->bars[k]->i) + (bar_width(g) - lane->bars[k]->width) / 2;
    keep_right_of(pushed_right, lane, g->left + LANE_INSET);
    keep_left_of(pushed_right, lane, g->right - LANE_INSET);
    keep_left_of(pushed_left, lane, g->right - LANE_INSET);
    keep_right_of(pushed_left, lane, g->left + LANE_INSET);
    for (int k = 0; k < lane->n; k++)
        lane->x[k] = (pushed_left[k] + pushed_right[k]) / 2;
}

/* The labels of one side, the strongest first, as many as have room. */
static label_lane make_lane(const plot *g, const top_bar *top, int n_top, bool is_upper)
{
    label_lane lane = {.n = 0};
    int used = 2 * LANE_INSET;
    for (int k = 0; k < n_top; k++) {
        bool belongs = (g->values[top[k].i] > 0) == is_upper;
        if (belongs && used + top[k].width + LABEL_GAP <= g->right - g->left) {
            lane.bars[lane.n++] = &top[k];
            used += top[k].width + LABEL_GAP;
        }
    }
    qsort(lane.bars, (size_t)lane.n, sizeof *lane.bars, compare_places);
    spread_labels(&lane, g);
    return lane;
}

static void draw_lane(canvas *c, const plot *g, const label_lane *lane, bool is_upper)
{
    int down = is_upper ? 1 : -1; /* from the label towards the zero line */
    int words_top = is_upper ? g->top + 6 : g->bottom - 5 - LABEL_LINE - text_height(TEXT_PLAIN);
    int words_end = is_upper ? words_top + 2 * LABEL_LINE : words_top - 4;
    int edge = g->zero - down * (HALF + 2);
    for (int k = 0; k < lane->n; k++) {
        const top_bar *t = lane->bars[k];
        int middle = lane->x[k] + t->width / 2, bar = bar_left(g, t->i) + bar_width(g) / 2;
        int reach = height_of(g, bar_reach(g->v, t->i, is_upper));
        int tip = g->zero - down * (reach + 3);
        canvas_line(c, middle, words_end, bar, edge, FRAME);
        canvas_line(c, bar, edge, bar, tip, FRAME);
        canvas_text(c, middle, words_top, t->name, TEXT_BOLD, ALIGN_CENTRE, INK);
        canvas_text(c, middle, words_top + LABEL_LINE, t->number, TEXT_PLAIN, ALIGN_CENTRE, INK);
    }
}

/* ---- Axes ---- */

/* Ticks are at k * step, k = -n..n; 2 to 4 to a side. */
static int count_ticks(const plot *g, double *step)
{
    *step = g->scale > 0 ? nice_step(g->scale / 2) : 0;
    return g->scale > 0 ? (int)floor(g->scale / *step + 1e-9) : 0;
}

static int value_numbers_width(const plot *g)
{
    double step;
    int widest = text_width("0", TEXT_PLAIN);
    for (int n = count_ticks(g, &step), k = -n; k <= n; k++) {
        number_text number;
        int width = text_width(number_write(number, k * step, true), TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void draw_value_axis(canvas *c, const plot *g)
{
    double step;
    for (int n = count_ticks(g, &step), k = -n; k <= n; k++) {
        number_text number;
        int y = g->zero - height_of(g, k * step);
        canvas_fill(c, (box){g->left, y, g->right - g->left, 1}, k == 0 ? MUTED : FAINT);
        canvas_text(c, g->left - AXIS_GAP, y - 5, number_write(number, k * step, true), TEXT_PLAIN,
                    ALIGN_RIGHT, MUTED);
    }
}

/* Names under every 1, 2, 5, 10 ... -th component, as close as they fit between start and end. */
static void draw_component_axis(canvas *c, const plot *g, int start, int end)
{
    char name[48];
    snprintf(name, sizeof name, "%.32s%d", g->v->prefix, g->n - 1);
    int room = text_width(name, TEXT_PLAIN) + 2 * LABEL_GAP;
    static const int STEPS[] = {1, 2, 5};
    int step = 1, power = 1;
    for (int k = 1; step < g->n && bar_left(g, step) - bar_left(g, 0) < room; k++) {
        power *= k % 3 == 0 ? 10 : 1;
        step = STEPS[k % 3] * power;
    }
    for (int i = 0; i < g->n; i += step) {
        int middle = bar_left(g, i) + bar_width(g) / 2;
        snprintf(name, sizeof name, "%.32s%d", g->v->prefix, i);
        int half = text_width(name, TEXT_PLAIN) / 2 + 1;
        if (middle - half < start || middle + half > end)
            continue;
        canvas_fill(c, (box){middle, g->bottom, 1, 4}, MUTED);
        canvas_text(c, middle, g->bottom + AXIS_GAP, name, TEXT_PLAIN, ALIGN_CENTRE, MUTED);
    }
}

/* ---- Bars ---- */

/* From one value to another of the same sign; at least a pixel where they differ. Blocks below zero
 * start under the zero line, so that both sides have their full height and the line stays seen. */
static void draw_block(canvas *c, const plot *g, int i, double from, double to, colour ink)
{
    int a = abs(height_of(g, from)), b = abs(height_of(g, to));
    int near = a < b ? a : b, far = a < b ? b : a;
    far += near == far && from != to;
    bool is_below = from < 0 || to < 0;
    canvas_fill(c,
                (box){bar_left(g, i), is_below ? g->zero + 1 + near : g->zero - far, bar_width(g),
                      far - near},
                ink);
}

/* Two parts: those of one sign are stacked, and a mark is at the sum. */
static void draw_stack(canvas *c, const plot *g, int i)
{
    double ends[2] = {0, 0};
    for (int k = 0; k < 2; k++) {
        double part = (double)g->v->parts[k][i], *end = &ends[part > 0];
        draw_block(c, g, i, *end, *end + part, k == 0 ? PART_A : PART_B);
        *end += part;
    }
    int y = g->zero - height_of(g, (double)g->values[i]);
    if (has_sum_marks(g) && ends[0] < 0 && ends[1] > 0)
        canvas_fill(c, (box){bar_left(g, i), y - 1, bar_width(g), 2}, BLACK);
}

static void draw_bar(canvas *c, const plot *g, int i, bool is_top)
{
    const colour_map *map = g->v->colours ? g->v->colours : colour_map_at(0);
    float value = g->values[i];
    if (!isfinite(value)) {
        canvas_fill(c, (box){bar_left(g, i), g->zero - 6, bar_width(g), 13}, SIGNAL);
    } else if (g->v->parts[1]) {
        draw_stack(c, g, i);
    } else {
        float strength = is_top ? 1.0f : 0.4f;
        draw_block(c, g, i, 0, (double)value,
                   colour_map_colour(map, value > 0 ? strength : -strength));
    }
}

/* The strongest last: where bars share a pixel they must be seen. */
static void draw_bars(canvas *c, const plot *g, const top_bar *top, int n_top)
{
    for (int i = 0; i < g->n; i++)
        draw_bar(c, g, i, false);
    for (int k = n_top - 1; k >= 0; k--)
        draw_bar(c, g, top[k].i, true);
}

/* ---- The panel ---- */

static int draw_parts_legend(canvas *c, const plot *g, int x, int y, int width)
{
    const char *const *names = g->v->part_names;
    const legend_entry entries[3] = {{names[0] ? names[0] : "part 1", PART_A, false},
                                     {names[1] ? names[1] : "part 2", PART_B, false},
                                     {"sum, where the signs differ", BLACK, true}};
    return draw_legend(c, x, y, width, entries, has_sum_marks(g) ? 3 : 2);
}

static int draw_statistics(canvas *c, const plot *g, int x, int y, int width)
{
    value_summary s = summarise(g->values, (size_t)g->n);
    number_text least, greatest, sum;
    text words = {0};
    text_add(&words, "min %s (%s%zu), max %s (%s%zu), sum %s", number_write(least, s.least, true),
             g->v->prefix, s.i_least, number_write(greatest, s.greatest, true), g->v->prefix,
             s.i_greatest, number_write(sum, s.sum, true));
    text_add_exceptions(&words, s.n, count_outside(g->values, s.n, g->scale, false), s.n_not_finite,
                        "magenta");
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static float *bar_values(const bars_panel *v)
{
    float *values = allocate(v->n, sizeof *values);
    for (size_t i = 0; i < v->n; i++)
        values[i] = v->parts[1] ? v->parts[0][i] + v->parts[1][i] : v->parts[0][i];
    return values;
}

static void keep(figure_panel *p, void *body)
{
    bars_panel *v = body;
    for (int i = 0; i < 2; i++) {
        v->parts[i] = panel_keep(p, v->parts[i], v->n * sizeof(float));
        v->part_names[i] = panel_keep_text(p, v->part_names[i]);
    }
    v->prefix = panel_keep_text(p, v->prefix);
}

static int width_of(const void *body)
{
    const bars_panel *v = body;
    size_t wanted = v->n * PIXELS_PER_BAR;
    return wanted > MAX_CONTENT      ? MAX_CONTENT
           : wanted > MIN_BARS_WIDTH ? (int)wanted
                                     : MIN_BARS_WIDTH;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const bars_panel *v = body;
    float *values = bar_values(v);
    plot g = {.v = v, .values = values, .n = (int)v->n, .scale = find_scale(v)};
    int start = y;
    g.left = x + value_numbers_width(&g) + AXIS_GAP;
    g.right = x + width;
    if (v->parts[1])
        y += draw_parts_legend(c, &g, x, y, width);
    top_bar top[MAX_TOP];
    int n_top = find_top(top, &g);
    label_lane upper = make_lane(&g, top, n_top, true), lower = make_lane(&g, top, n_top, false);
    g.top = y;
    g.zero = g.top + (upper.n ? LANE : NO_LANE) + HALF;
    g.bottom = g.zero + HALF + (lower.n ? LANE : NO_LANE);
    if (c->backend) {
        draw_value_axis(c, &g);
        draw_lane(c, &g, &upper, true);
        draw_lane(c, &g, &lower, false);
        draw_bars(c, &g, top, n_top);
        canvas_frame(c, (box){g.left - 1, g.top, g.right - g.left + 2, g.bottom - g.top}, FRAME);
        draw_component_axis(c, &g, x, x + width);
    }
    y = g.bottom + AXIS_GAP + text_line(TEXT_PLAIN) + 6;
    y += draw_statistics(c, &g, x, y, width);
    free(values);
    return y - start;
}

const panel_kind BARS_PANEL = {sizeof(bars_panel), keep, width_of, draw, .stretches = true,
                               .is_aligned = true};

size_t figure_add_bars(figure *f, const bars_panel *p)
{
    assert(p->n >= 1 && p->n <= INT32_MAX && p->n_top <= MAX_TOP && p->parts[0] && p->prefix);
    return figure_add(f, &BARS_PANEL, p, p->title, p->subtitle);
}
