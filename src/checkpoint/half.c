/* SPDX-License-Identifier: MIT */
/* IEEE 754 binary16 by its bits (sign 1, exponent 5, fraction 10), the same on every machine. */
#include "safetensors_detail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What an exponent of all ones means, and the least and greatest of others. */
enum { HALF_EXPONENT = 0x7c00, HALF_FRACTION = 0x03ff, HALF_SIGN = 0x8000 };

static uint32_t bits_of(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

bool half_is_finite(uint16_t h) { return (h & HALF_EXPONENT) != HALF_EXPONENT; }

/* Below the least exponent a value is so many 2^-24, which a float holds exactly; above, only the
 * exponent's bias differs, 15 and 127. */
float float_from_half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & HALF_SIGN) << 16, rest = h & (HALF_EXPONENT | HALF_FRACTION);
    if (rest <= HALF_FRACTION)
        return float_of(sign | bits_of((float)rest * 0x1p-24f));
    return float_of(sign | ((rest << 13) + ((uint32_t)(127 - 15) << 23)));
}

/* To the nearest, of two equally near ones to the even. Half a unit of the fraction is added, a
 * little less where the fraction is even; what carries goes to the exponent, and from the greatest
 * one to infinity. Beside 0.5 a float has units of 2^-24: adding it rounds to them. */
uint16_t half_from_float(float v)
{
    uint32_t bits = bits_of(v), sign = bits >> 16 & HALF_SIGN, rest = bits & 0x7fffffff;
    if (rest >= bits_of(65520.0f))
        return (uint16_t)(sign | HALF_EXPONENT);
    if (rest < bits_of(0x1p-14f))
        return (uint16_t)(sign | (bits_of(float_of(rest) + 0.5f) - bits_of(0.5f)));
    rest += 0x0fff + (rest >> 13 & 1);
    return (uint16_t)(sign | ((rest >> 13) - ((uint32_t)(127 - 15) << 10)));
}

static uint16_t read_half(const unsigned char *data, size_t i)
{
    uint16_t h;
    memcpy(&h, data + i * sizeof h, sizeof h);
    return h;
}

size_t halves_find_not_finite(const unsigned char *data, size_t n)
{
    size_t i = 0;
    while (i < n && half_is_finite(read_half(data, i)))
        i++;
    return i;
}

void floats_from_halves(float *out, const unsigned char *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = float_from_half(read_half(data, i));
}

/* The values of t, which is of F32, at out. */
static int halve(unsigned char *out, const tensor_entry *t, error *e)
{
    for (size_t i = 0; i < t->n; i++) {
        float v;
        memcpy(&v, t->data + i * sizeof v, sizeof v);
        uint16_t h = half_from_float(v);
        if (!half_is_finite(h) || isnan(v))
            return fail(e, STATUS_DIVERGED, "tensor '%s': element %zu is %g, which F16 cannot hold",
                        t->name, i, (double)v);
        memcpy(out + i * sizeof h, &h, sizeof h);
    }
    return 0;
}

static size_t count_floats(const safetensors *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_entries; i++)
        n += s->entries[i].type == DTYPE_F32 ? s->entries[i].n : 0;
    return n;
}

int safetensors_halve(safetensors *s, bytes *values, error *e)
{
    size_t at = 0, size = count_floats(s) * sizeof(uint16_t);
    *values = (bytes){.data = allocate(size, 1), .size = size};
    for (size_t i = 0; i < s->n_entries; i++) {
        tensor_entry *t = &s->entries[i];
        if (t->type != DTYPE_F32)
            continue;
        if (halve(values->data + at, t, e) != 0)
            return -1;
        t->type = DTYPE_F16;
        t->n_bytes = t->n * sizeof(uint16_t);
        t->data = values->data + at;
        at += t->n_bytes;
    }
    return 0;
}
