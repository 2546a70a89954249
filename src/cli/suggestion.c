/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

enum { MAX_WORD = 48 }; /* longer words are no slips of the finger */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment) that lead
 * from a to b; both at most MAX_WORD long. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t d[MAX_WORD + 1][MAX_WORD + 1];
    for (size_t i = 0; i <= n_a; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= n_b; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        for (size_t j = 1; j <= n_b; j++) {
            size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n_a][n_b];
}

suggestion suggestion_for(const char *word, size_t n)
{
    size_t close_enough = n / 3 > 1 ? n / 3 : 1;
    return (suggestion){.word = word, .n_word = n, .distance = close_enough + 1};
}

void suggestion_offer(suggestion *s, const char *candidate, size_t n)
{
    if (s->n_word > MAX_WORD || n > MAX_WORD || n == 0)
        return;
    /* A beginning is no valid abbreviation, but what was meant is clear. */
    bool is_beginning =
        s->n_word >= 2 && n > s->n_word && memcmp(s->word, candidate, s->n_word) == 0;
    size_t distance = is_beginning ? 1 : edit_distance(s->word, s->n_word, candidate, n);
    if (distance < s->distance && distance < n) {
        s->distance = distance;
        s->best = candidate;
        s->n_best = n;
    }
}
