/* SPDX-License-Identifier: MIT */
#include "feature_groups.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Groups ---- */

static void begin_groups(feature_groups *g, size_t n_features, size_t n)
{
    *g = (feature_groups){.n = n,
                          .n_features = n_features,
                          .of = allocate(n_features, sizeof *g->of),
                          .size = allocate(n, sizeof *g->size)};
}

static void put(feature_groups *g, size_t feature, size_t group)
{
    g->of[feature] = group;
    g->size[group]++;
}

void feature_groups_init_runs(feature_groups *g, size_t n_features, size_t n)
{
    begin_groups(g, n_features, n);
    for (size_t i = 0; i < n_features; i++)
        put(g, i, i * n / n_features);
}

void feature_groups_init_blocks(feature_groups *g, picture_shape shape, size_t side)
{
    size_t down = side < shape.rows ? side : shape.rows;
    size_t across = side < shape.cols ? side : shape.cols;
    begin_groups(g, shape.n, down * across);
    for (size_t i = 0; i < shape.n; i++) {
        size_t row = i / shape.cols, col = i % shape.cols;
        put(g, i, row * down / shape.rows * across + col * across / shape.cols);
    }
}

/* Whether place k is more special than the other. */
static bool is_more_special(const strokes *s, size_t k, size_t other)
{
    const stroke_place *a = &s->places[k], *b = &s->places[other];
    return a->rank != b->rank ? a->rank < b->rank : a->n_pixels < b->n_pixels;
}

/* The most special of the pixel's places that are taken, or NO_PLACE. */
static size_t place_of(const strokes *s, size_t pixel, const bool *is_taken)
{
    size_t best = NO_PLACE;
    for (size_t k = 0; k < s->n_places; k++)
        if (is_taken[k] && (s->within[pixel] >> k & 1) &&
            (best == NO_PLACE || is_more_special(s, k, best)))
            best = k;
    return best;
}

/* How many pixels come to each place, and to none. */
static void count_pixels(size_t count[NO_PLACE + 1], const strokes *s, const bool *is_taken)
{
    memset(count, 0, (NO_PLACE + 1) * sizeof *count);
    for (size_t i = 0; i < s->shape.n; i++)
        count[place_of(s, i, is_taken)]++;
}

/* Those of places and of none that have pixels are numbered: number; returns how many. smallest:
 * the place with the fewest of them. */
static size_t number_groups(size_t number[NO_PLACE + 1], const size_t count[NO_PLACE + 1],
                            size_t *smallest)
{
    size_t n = 0;
    *smallest = NO_PLACE;
    for (size_t k = 0; k <= NO_PLACE; k++) {
        number[k] = n;
        n += count[k] > 0;
        if (k < NO_PLACE && count[k] > 0 && (*smallest == NO_PLACE || count[k] < count[*smallest]))
            *smallest = k;
    }
    return n;
}

/* Fewer are the rim of a part. */
enum { LEAST_PIXELS = 4 };

void feature_groups_init_strokes(feature_groups *g, const strokes *s, size_t n)
{
    bool is_taken[MAX_PLACES] = {false};
    size_t count[NO_PLACE + 1], number[NO_PLACE + 1], smallest, found;
    for (size_t k = 0; k < s->n_places; k++)
        is_taken[k] = s->places[k].rank < VAGUE_RANK && !s->places[k].is_all;
    for (;;) {
        count_pixels(count, s, is_taken);
        found = number_groups(number, count, &smallest);
        if (found <= n && (smallest == NO_PLACE || count[smallest] >= LEAST_PIXELS))
            break;
        is_taken[smallest] = false;
    }
    begin_groups(g, s->shape.n, found);
    for (size_t i = 0; i < s->shape.n; i++)
        put(g, i, number[place_of(s, i, is_taken)]);
}

void feature_groups_release(feature_groups *g)
{
    free(g->of);
    free(g->size);
    *g = (feature_groups){0};
}

void feature_groups_share(const feature_groups *g, float *out, const double *value)
{
    for (size_t i = 0; i < g->n_features; i++)
        out[i] = (float)(value[g->of[i]] / (double)g->size[g->of[i]]);
}

void feature_groups_add_up(const feature_groups *g, double *value, const float *in)
{
    memset(value, 0, g->n * sizeof *value);
    for (size_t i = 0; i < g->n_features; i++)
        value[g->of[i]] += (double)in[i];
}

/* ---- The game ---- */

static void group_pixels(feature_groups *g, const explain_task *t, size_t side)
{
    const explain_request *q = t->q;
    side = q->segments.side ? q->segments.side : side;
    if (q->segments.by == SEGMENT_BLOCKS) {
        feature_groups_init_blocks(g, t->x->shape, side);
        return;
    }
    strokes s = {0};
    strokes_find(&s, t->rows->x, t->x->shape, q->black, q->white);
    feature_groups_init_strokes(g, &s, side * side);
    strokes_release(&s);
}

static void group_components(feature_groups *g, size_t n, size_t n_runs)
{
    feature_groups_init_runs(g, n, n_runs && n_runs < n ? n_runs : n);
}

bool coalition_game_init(coalition_game *g, const explain_task *t, const explanation *a,
                         explain_input input, group_counts counts)
{
    *g = (coalition_game){0};
    if (!target_function_init(&g->f, t, a, input))
        return false;
    if (input == INPUT_X)
        group_pixels(&g->groups, t, counts.side);
    else
        group_components(&g->groups, g->f.n, counts.n_runs_z);
    baseline_rows_init(&g->baselines, &g->f);
    return true;
}

void coalition_game_release(coalition_game *g)
{
    feature_groups_release(&g->groups);
    baseline_rows_release(&g->baselines);
}

/* Coalitions whose rows are made and evaluated at a time; several tiles, for the threads. */
enum { BLOCK_ROWS = 8 * EXPLAIN_TILE };

typedef struct {
    const coalition_game *g;
    const uint8_t *present; /* of the coalition of row 0 */
    size_t first, n;        /* rows, counted from there: one a coalition and baseline */
    float *rows;
} coalition_block;

static void fill_row(const coalition_game *g, float *row, const uint8_t *present, const float *base)
{
    const size_t *of = g->groups.of;
    for (size_t i = 0; i < g->f.n; i++)
        row[i] = present[of[i]] ? g->f.at[i] : base[i];
}

/* A body of parallel_for: a tile. */
static void fill_tile(size_t i, size_t thread, void *context)
{
    const coalition_block *b = context;
    size_t n = b->g->f.n, n_base = b->g->baselines.n;
    (void)thread;
    for (size_t r = i * EXPLAIN_TILE; r < b->n && r < (i + 1) * EXPLAIN_TILE; r++) {
        size_t at = b->first + r;
        fill_row(b->g, b->rows + r * n, b->present + at / n_base * b->g->groups.n,
                 b->g->baselines.rows + at % n_base * n);
    }
}

void coalition_values(const coalition_game *g, double *value, const uint8_t *present, size_t n)
{
    size_t n_base = g->baselines.n, n_rows = n * n_base;
    float *rows = allocate(BLOCK_ROWS * g->f.n, sizeof *rows), found[BLOCK_ROWS];
    memset(value, 0, n * sizeof *value);
    for (size_t first = 0; first < n_rows; first += BLOCK_ROWS) {
        size_t left = n_rows - first, now = left < BLOCK_ROWS ? left : BLOCK_ROWS;
        coalition_block b = {g, present, first, now, rows};
        parallel_for((now + EXPLAIN_TILE - 1) / EXPLAIN_TILE, fill_tile, &b);
        target_values(&g->f, rows, now, found, NULL);
        for (size_t r = 0; r < now; r++)
            value[(first + r) / n_base] += (double)found[r] / (double)n_base;
    }
    free(rows);
}

double coalition_in_double(const coalition_game *g, const uint8_t *present)
{
    size_t n = g->f.n;
    baseline_rows base;
    double total = 0, *row = allocate(n, sizeof *row);
    baseline_rows_init(&base, &g->f);
    for (size_t b = 0; b < base.n; b++) {
        for (size_t i = 0; i < n; i++)
            row[i] = (double)(present[g->groups.of[i]] ? g->f.at : base.rows + b * n)[i];
        total += target_in_double(&g->f, row, NULL);
    }
    total /= (double)base.n;
    baseline_rows_release(&base);
    free(row);
    return total;
}

coalition_ends coalition_find_ends(const coalition_game *g)
{
    coalition_ends ends;
    uint8_t *present = allocate(g->groups.n, 1);
    ends.none = coalition_in_double(g, present);
    memset(present, 1, g->groups.n);
    ends.all = coalition_in_double(g, present);
    free(present);
    return ends;
}

/* Of a value, what float may lose of it, over the tolerance of a check. */
static const double ROUNDING = 0.01;

void coalition_check_spots(explain_check *c, const coalition_game *g, const double *value,
                           const uint8_t *present, size_t n)
{
    rng r = method_rng(g->f.t, DRAW_CERTIFICATE, g->f.input);
    double wrong = 0, least = (double)INFINITY, greatest = -(double)INFINITY;
    for (size_t k = 0; k < COALITION_SPOTS; k++) {
        size_t i = rng_below(&r, (uint32_t)n);
        double exact = coalition_in_double(g, present + i * g->groups.n);
        double off = fabs(value[i] - exact);
        wrong = worse(off, wrong);
        least = fmin(least, exact);
        greatest = fmax(greatest, exact);
    }
    double size = greatest - least + ROUNDING * fmax(fabs(least), fabs(greatest));
    c->value = wrong == 0 ? 0 : wrong / size;
    c->n_samples = COALITION_SPOTS;
}
