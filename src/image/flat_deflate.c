/* SPDX-License-Identifier: MIT */
/* One block of fixed Huffman codes (RFC 1951, 3.2.6) in a zlib stream (RFC 1950). zlib looks for
 * matches anywhere in its window; here they are looked for in two places alone, at the pixel before
 * and in the row above, where drawings have them. */
#include "flat_deflate.h"

#include <string.h>
#include <zlib.h>

enum {
    N_SYMBOLS = 288,
    END_OF_BLOCK = 256,
    FIRST_LENGTH = 257,
    MIN_MATCH = 3,
    MAX_MATCH = 258,
    MAX_DISTANCE = 32768,
    WORST_BITS = 9, /* of a byte */
};

/* A number of bits, as they go into the stream from the lowest on. */
typedef struct {
    uint32_t bits;
    unsigned n;
} code;

typedef struct {
    unsigned char *data; /* what is written, n of room bytes */
    size_t n, room;
    uint64_t held; /* bits that are not written yet */
    unsigned n_held;
    code symbols[N_SYMBOLS], lengths[MAX_MATCH + 1];
    code before, above; /* the two distances */
} encoder;

/* ---- Codes ---- */

/* Huffman codes go from their highest bit on. */
static code reversed(uint32_t bits, unsigned n)
{
    code c = {0, n};
    for (unsigned i = 0; i < n; i++)
        c.bits |= (bits >> i & 1) << (n - 1 - i);
    return c;
}

static code symbol_code(uint32_t s)
{
    return s < 144   ? reversed(0x30 + s, 8)
           : s < 256 ? reversed(0x190 + s - 144, 9)
           : s < 280 ? reversed(s - 256, 7)
                     : reversed(0xC0 + s - 280, 8);
}

static code with_extra(code c, uint32_t extra, unsigned n)
{
    return (code){c.bits | extra << c.n, c.n + n};
}

/* Lengths 3 to 10 have a symbol each, then four symbols share a number of extra bits, and the
 * longest has its own. */
static code length_code(uint32_t length)
{
    uint32_t past = length - MIN_MATCH, n = 0;
    while (past >> (n + 3))
        n++;
    if (length == MAX_MATCH)
        return symbol_code(285);
    return with_extra(symbol_code(FIRST_LENGTH + 4 * n + (past >> n)), past & ((1u << n) - 1), n);
}

/* Distances 1 to 4 have a symbol each, then two share a number of extra bits. */
static code distance_code(uint32_t distance)
{
    uint32_t past = distance - 1, n = 0;
    while (past >> (n + 2))
        n++;
    return with_extra(reversed(2 * n + (past >> n), 5), past & ((1u << n) - 1), n);
}

/* ---- The stream ---- */

/* Room for as many bytes of any kind, and a little more. */
static void keep_room(encoder *s, size_t n_bytes)
{
    size_t needed = s->n + n_bytes * WORST_BITS / 8 + 64;
    if (needed <= s->room)
        return;
    s->room = 2 * needed;
    s->data = reallocate(s->data, s->room, 1);
}

static void put(encoder *s, code c)
{
    s->held |= (uint64_t)c.bits << s->n_held;
    s->n_held += c.n;
    for (; s->n_held >= 8; s->n_held -= 8, s->held >>= 8)
        s->data[s->n++] = (unsigned char)s->held;
}

/* n bytes that are as those at a distance. */
static void put_match(encoder *s, code distance, const uint8_t *data, size_t n)
{
    while (n >= MIN_MATCH) {
        size_t length = n < MAX_MATCH ? n : MAX_MATCH;
        put(s, s->lengths[length]);
        put(s, distance);
        data += length;
        n -= length;
    }
    while (n-- > 0)
        put(s, s->symbols[*data++]);
}

/* How many of at most n bytes are alike. */
static size_t count_alike(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;
    for (uint64_t x, y; i + sizeof x <= n; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y)
            break;
    }
    while (i < n && a[i] == b[i])
        i++;
    return i;
}

/* A row after its filter byte; above is the row before, or NULL. */
static void put_row(encoder *s, const uint8_t *row, const uint8_t *above, size_t n, size_t pixel)
{
    put(s, s->symbols[0]);
    for (size_t i = 0, length; i < n; i += length) {
        size_t run = i < pixel ? 0 : count_alike(row + i, row + i - pixel, n - i);
        size_t copy = !above ? 0 : count_alike(row + i, above + i, n - i);
        length = run > copy ? run : copy;
        if (length < MIN_MATCH)
            put(s, s->symbols[row[i]]);
        else
            put_match(s, run >= copy ? s->before : s->above, row + i, length);
        length = length < MIN_MATCH ? 1 : length;
    }
}

static void encoder_init(encoder *s, size_t stride, size_t pixel)
{
    *s = (encoder){.n = 0};
    for (uint32_t i = 0; i < N_SYMBOLS; i++)
        s->symbols[i] = symbol_code(i);
    for (uint32_t i = MIN_MATCH; i <= MAX_MATCH; i++)
        s->lengths[i] = length_code(i);
    s->before = distance_code((uint32_t)pixel);
    s->above = distance_code((uint32_t)stride + 1);
}

/* The sum of what is encoded (Adler-32), from its highest byte on. */
static void put_sum(encoder *s, const uint8_t *rows, size_t stride, size_t n_rows)
{
    static const unsigned char filter[1];
    uLong sum = adler32(0, NULL, 0);
    for (size_t y = 0; y < n_rows; y++)
        sum = adler32(adler32(sum, filter, 1), rows + y * stride, (uInt)stride);
    for (unsigned i = 0; i < 4; i++)
        put(s, (code){(uint32_t)(sum >> (24 - 8 * i)) & 255, 8});
}

void flat_deflate(bytes *out, const uint8_t *rows, size_t stride, size_t n_rows, size_t pixel)
{
    static const code header[] = {{0x78, 8}, {0x01, 8}, {1, 1}, {1, 2}}; /* the last block, fixed */
    encoder s;
    bool has_above = stride < MAX_DISTANCE;
    encoder_init(&s, stride, pixel);
    keep_room(&s, stride);
    for (size_t i = 0; i < sizeof header / sizeof *header; i++)
        put(&s, header[i]);
    for (size_t y = 0; y < n_rows; y++) {
        keep_room(&s, stride + 1);
        put_row(&s, rows + y * stride, has_above && y ? rows + (y - 1) * stride : NULL, stride,
                pixel);
    }
    put(&s, s.symbols[END_OF_BLOCK]);
    put(&s, (code){0, -s.n_held & 7}); /* to the end of the byte */
    put_sum(&s, rows, stride, n_rows);
    bytes_release(out);
    *out = (bytes){s.data, s.n};
}
