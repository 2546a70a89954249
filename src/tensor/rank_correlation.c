/* SPDX-License-Identifier: MIT */
#include "tensor.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many of the n sorted values are less than v, or, with_equal, at most it. */
static size_t count_below(const float *sorted, size_t n, float v, bool with_equal)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < v || (with_equal && sorted[middle] == v))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Ranks about their mean, twice as large, which are whole numbers: of a value with `below` less and
 * `up_to` at most it, 2 rank - (n + 1) = below + up_to - n. sorted: n, room: 2 n. */
static void fill_ranks(double *rank, const float *v, size_t n, float *sorted, uint32_t *room)
{
    memcpy(sorted, v, n * sizeof *sorted);
    floats_sort(sorted, n, room);
    for (size_t i = 0; i < n; i++)
        rank[i] = (double)count_below(sorted, n, v[i], false) +
                  (double)count_below(sorted, n, v[i], true) - (double)n;
}

double rank_correlation(const float *a, const float *b, size_t n)
{
    assert(n > 0);
    double *rank_a = allocate(2 * n, sizeof *rank_a), *rank_b = rank_a + n;
    float *sorted = allocate(n, sizeof *sorted);
    uint32_t *room = allocate(2 * n, sizeof *room);
    fill_ranks(rank_a, a, n, sorted, room);
    fill_ranks(rank_b, b, n, sorted, room);
    double of_a = double_dot(rank_a, rank_a, n), of_b = double_dot(rank_b, rank_b, n);
    double both = double_dot(rank_a, rank_b, n);
    free(rank_a);
    free(sorted);
    free(room);
    return both / (sqrt(of_a) * sqrt(of_b)); /* 0 / 0 where there is no order */
}
