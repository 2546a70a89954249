/* SPDX-License-Identifier: MIT */
/* A float as "%.9g" writes it, from whole numbers alone. */
#include "base.h"

#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { DIGITS = 9, MOST_POWER = 27 }; /* 5^27 < 2^64 */

/* m 2^e 10^p to the nearest whole number, an even one where two are as near, as printf rounds.
 * Exact while m < 2^24, p <= MOST_POWER and the result fits. */
static uint64_t scale(uint32_t m, int e, int p)
{
    static const uint32_t fives[] = {1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125};
    wide all = m;
    for (int left = p; left > 0; left -= 9)
        all *= fives[left < 9 ? left : 9];
    int shift = -(e + p);
    if (shift <= 0)
        return (uint64_t)(all << -shift);
    wide whole = all >> shift, twice = (all - (whole << shift)) << 1, one = (wide)1 << shift;
    return (uint64_t)whole + (twice > one || (twice == one && (whole & 1)));
}

/* The nine digits of v > 0 and its decimal exponent: v is about digits * 10^(exponent - 8). false
 * where that takes more than whole numbers of 128 bits, or v is not normal. */
static bool find_digits(uint64_t *digits, int *exponent, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint32_t m = (bits & 0x7FFFFF) | 0x800000;
    int two = (int)(bits >> 23) - 127;
    int ten =
        (int)(two * 0.30102999566398120 + 1000) - 1000; /* log10 v rounded down, or one less */
    for (; ten > DIGITS - 2 - MOST_POWER && ten < DIGITS; ten++) {
        *digits = scale(m, two - 23, DIGITS - 1 - ten);
        *exponent = ten;
        if (*digits < 1000000000)
            return true;
    }
    return false;
}

/* ---- As text ---- */

static char *put(char *at, const char *s, size_t n)
{
    memcpy(at, s, n);
    return at + n;
}

static char *put_zeros(char *at, int n)
{
    for (int i = 0; i < n; i++)
        *at++ = '0';
    return at;
}

/* d (n of them, the last not 0), a point behind the first `whole` of them. */
static char *put_digits(char *at, const char *d, int n, int whole)
{
    if (n <= whole)
        return put_zeros(put(at, d, (size_t)n), whole - n);
    at = put(at, d, (size_t)whole);
    *at++ = '.';
    return put(at, d + whole, (size_t)(n - whole));
}

static char *put_exponent(char *at, int exponent)
{
    int size = exponent < 0 ? -exponent : exponent;
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    *at++ = (char)('0' + size / 10);
    *at++ = (char)('0' + size % 10);
    return at;
}

/* As %g: with an exponent below 10^-4. From 10^9 on find_digits has none. */
static char *put_number(char *at, uint64_t digits, int exponent)
{
    char d[DIGITS];
    int n = DIGITS;
    for (int i = DIGITS; i-- > 0; digits /= 10)
        d[i] = (char)('0' + digits % 10);
    while (d[n - 1] == '0')
        n--;
    if (exponent < -4)
        return put_exponent(put_digits(at, d, n, 1), exponent);
    if (exponent >= 0)
        return put_digits(at, d, n, exponent + 1);
    return put(put_zeros(put(at, "0.", 2), -exponent - 1), d, (size_t)n);
}

void text_add_number(text *t, float v)
{
    char room[32], *at = room;
    uint64_t digits;
    int exponent;
    if (!isfinite(v) || v == 0 || !find_digits(&digits, &exponent, fabsf(v))) {
        text_add(t, "%.9g", (double)v);
        return;
    }
    if (v < 0)
        *at++ = '-';
    at = put_number(at, digits, exponent);
    text_add_bytes(t, room, (size_t)(at - room));
}
