/* SPDX-License-Identifier: MIT */
/* The coalitions that `shap` evaluates. */
#include "shap_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const shap_way_names[] = {"exact", "kernel", "permutation"};

double shap_choose(size_t n, size_t k)
{
    double c = 1;
    for (size_t i = 0; i < k; i++)
        c = c * (double)(n - i) / (double)(i + 1);
    return c;
}

double shap_size_weight(size_t n, size_t k)
{
    double one = (double)(n - 1) / ((double)k * (double)(n - k));
    return 2 * k == n ? one : 2 * one;
}

double shap_difference(const shap_sample *s, size_t i)
{
    return s->value[2 * i] - s->value[2 * i + 1];
}

/* ---- All ---- */

static void begin_rows(shap_sample *s, size_t n)
{
    s->n = n;
    s->present = allocate(n * s->n_groups, 1);
    s->value = allocate(n, sizeof *s->value);
}

static void fill_all(shap_sample *s)
{
    begin_rows(s, (size_t)1 << s->n_groups);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->n_groups; k++)
            s->present[i * s->n_groups + k] = (uint8_t)(i >> k & 1);
}

/* ---- Pairs ---- */

static uint8_t *pair_at(const shap_sample *s, size_t i) { return s->present + 2 * i * s->n_groups; }

/* The other one of pair i. */
static void complete_pair(shap_sample *s, size_t i)
{
    uint8_t *one = pair_at(s, i), *other = one + s->n_groups;
    for (size_t k = 0; k < s->n_groups; k++)
        other[k] = !one[k];
}

/* Of n groups, pairs with k on one side. */
static double count_pairs(size_t n, size_t k)
{
    return 2 * k == n ? shap_choose(n, k) / 2 : shap_choose(n, k);
}

/* How many sizes are there as a whole: single groups, which determine all parts, and as long as the
 * pairs that a size would get by its weight are all it has. n_pairs: those of these sizes; left:
 * the weight of the others. */
static size_t count_whole_sizes(size_t n, size_t n_wanted, size_t *n_pairs, double *left)
{
    size_t k = 1;
    *n_pairs = 0;
    *left = 0;
    for (size_t i = 1; i <= n / 2; i++)
        *left += shap_size_weight(n, i);
    for (; k <= n / 2; k++) {
        double weight = shap_size_weight(n, k), all = count_pairs(n, k);
        if (k > 1 && (double)(n_wanted - *n_pairs) * weight / *left < all)
            break;
        *n_pairs += (size_t)all;
        *left -= weight;
    }
    return k - 1;
}

/* The next of the choices of k of n places, which rise; false after the last. */
static bool next_choice(size_t *place, size_t k, size_t n)
{
    size_t i = k;
    while (i > 0 && place[i - 1] == n - k + i - 1)
        i--;
    if (i == 0)
        return false;
    place[i - 1]++;
    for (; i < k; i++)
        place[i] = place[i - 1] + 1;
    return true;
}

/* All pairs with k groups on one side, from pair i on; returns the next one. Of halves those with
 * group 0. */
static size_t fill_size(shap_sample *s, size_t i, size_t k)
{
    size_t n = s->n_groups, *place = allocate(k, sizeof *place);
    double weight = shap_size_weight(n, k) / count_pairs(n, k);
    for (size_t j = 0; j < k; j++)
        place[j] = j;
    do {
        if (2 * k == n && place[0] != 0)
            break;
        memset(pair_at(s, i), 0, n);
        for (size_t j = 0; j < k; j++)
            pair_at(s, i)[place[j]] = 1;
        complete_pair(s, i);
        s->weight[i++] = weight;
    } while (next_choice(place, k, n));
    free(place);
    return i;
}

/* A size above n_whole, as often as it weighs. */
static size_t draw_size(rng *r, size_t n, size_t n_whole, double left)
{
    uint32_t bits;
    size_t k = n_whole + 1;
    rng_fill_bits(r, &bits, 1);
    double at = ((double)bits + 0.5) / 4294967296.0 * left;
    for (; k < n / 2 && at >= shap_size_weight(n, k); k++)
        at -= shap_size_weight(n, k);
    return k;
}

static void draw_pair(shap_sample *s, size_t i, size_t k, rng *r, uint32_t *order)
{
    rng_fill_permutation(r, order, s->n_groups);
    memset(pair_at(s, i), 0, s->n_groups);
    for (size_t j = 0; j < k; j++)
        pair_at(s, i)[order[j]] = 1;
    complete_pair(s, i);
}

static size_t max_of(size_t a, size_t b) { return a > b ? a : b; }

static void fill_kernel(shap_sample *s, rng *r, size_t n_wanted)
{
    size_t n = s->n_groups, n_pairs = max_of(n_wanted / 2, 4 * n), n_whole, at = 0;
    double left;
    n_whole = count_whole_sizes(n, n_pairs, &s->n_enumerated, &left);
    n_pairs = n_whole == n / 2 ? s->n_enumerated : n_pairs;
    begin_rows(s, 2 * n_pairs);
    s->weight = allocate(n_pairs, sizeof *s->weight);
    for (size_t k = 1; k <= n_whole; k++)
        at = fill_size(s, at, k);
    uint32_t *order = allocate(n, sizeof *order);
    for (; at < n_pairs; at++) {
        draw_pair(s, at, draw_size(r, n, n_whole, left), r, order);
        s->weight[at] = left / (double)(n_pairs - s->n_enumerated);
    }
    free(order);
}

/* ---- Orders ---- */

/* Fewer say nothing of how they differ. */
enum { MIN_ORDERS = 8 };

static void fill_orders(shap_sample *s, rng *r, size_t n_wanted)
{
    size_t n = s->n_groups, n_steps = n - 1, a_row = n_steps ? 2 * n_steps : 1;
    s->n_orders = max_of(n_wanted / a_row, MIN_ORDERS);
    s->order = allocate(s->n_orders * n, sizeof *s->order);
    begin_rows(s, 2 * s->n_orders * n_steps);
    for (size_t o = 0; o < s->n_orders; o++) {
        rng_fill_permutation(r, s->order + o * n, n);
        for (size_t j = 0; j < n_steps; j++) {
            size_t i = o * n_steps + j;
            for (size_t k = 0; k <= j; k++)
                pair_at(s, i)[s->order[o * n + k]] = 1;
            complete_pair(s, i);
        }
    }
}

void shap_sample_init(shap_sample *s, const coalition_game *g, shap_way way, size_t n)
{
    size_t n_groups = g->groups.n;
    rng r = method_rng(g->f.t, DRAW_SHAP, g->f.input);
    *s = (shap_sample){.way = way,
                       .n_groups = n_groups,
                       .part = allocate(n_groups, sizeof *s->part),
                       .error = allocate(n_groups, sizeof *s->error)};
    if (way == SHAP_EXACT)
        fill_all(s);
    else if (way == SHAP_KERNEL)
        fill_kernel(s, &r, n);
    else
        fill_orders(s, &r, n);
}

void shap_sample_evaluate(shap_sample *s, const coalition_game *g)
{
    coalition_values(g, s->value, s->present, s->n);
    s->ends = coalition_find_ends(g);
    if (s->way == SHAP_EXACT) {
        s->value[0] = s->ends.none;
        s->value[s->n - 1] = s->ends.all;
    }
}

void shap_sample_release(shap_sample *s)
{
    free(s->present);
    free(s->order);
    free(s->value);
    free(s->weight);
    free(s->part);
    free(s->error);
    *s = (shap_sample){0};
}
