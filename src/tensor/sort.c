/* SPDX-License-Identifier: MIT */
#include "tensor.h"
#include <string.h>

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 3 };

/* Whole numbers in the order of the floats: the sign's bit turned, and all others of negative ones.
 */
static uint32_t key_of(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static float value_of(uint32_t key)
{
    uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* to = from in the order of one digit, equal ones as they were. */
static void sort_by_digit(uint32_t *to, const uint32_t *from, size_t n, int shift)
{
    size_t place[DIGITS] = {0}, at = 0;
    for (size_t i = 0; i < n; i++)
        place[from[i] >> shift & (DIGITS - 1)]++;
    for (size_t k = 0; k < DIGITS; k++) {
        size_t count = place[k];
        place[k] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[place[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

void floats_sort(float *v, size_t n, uint32_t *room)
{
    uint32_t *keys = room, *others = room + n;
    for (size_t i = 0; i < n; i++)
        keys[i] = key_of(v[i]);
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t *from = keys;
        sort_by_digit(others, from, n, pass * DIGIT_BITS);
        keys = others;
        others = from;
    }
    for (size_t i = 0; i < n; i++)
        v[i] = value_of(keys[i]);
}
