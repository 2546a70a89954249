/* SPDX-License-Identifier: MIT */
/* Changes chunks of a PNG, or the rows packed in them, and gives each chunk its right CRC. */
#include "mutation.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, FRAME = 12, MAX_CHUNKS = 32, HEADER = 13 };

typedef struct {
    uint8_t name[4];
    const uint8_t *data;
    size_t size;
} chunk;

typedef struct {
    chunk all[MAX_CHUNKS];
    size_t n;
} chunks;

static uint8_t unpacked[UNPACKED_MAX], changed[UNPACKED_MAX], rebuilt[UNPACKED_MAX];

static size_t get_size(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static void put_size(uint8_t *p, size_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The chunks that are whole. */
static void split(chunks *c, const uint8_t *data, size_t size)
{
    c->n = 0;
    for (size_t at = SIGNATURE; at + FRAME <= size && c->n < MAX_CHUNKS;) {
        size_t n = get_size(data + at);
        if (n > size - at - FRAME)
            return;
        chunk *k = &c->all[c->n++];
        *k = (chunk){.data = data + at + 8, .size = n};
        memcpy(k->name, data + at + 4, 4);
        at += n + FRAME;
    }
}

/* Writes signature and chunks to rebuilt; returns the size, 0 where it is more than max_size. */
static size_t join(const chunks *c, const uint8_t *signature, size_t max_size)
{
    size_t size = SIGNATURE, limit = max_size < UNPACKED_MAX ? max_size : UNPACKED_MAX;
    memcpy(rebuilt, signature, SIGNATURE);
    for (size_t i = 0; i < c->n; i++) {
        const chunk *k = &c->all[i];
        if (k->size + FRAME > limit - size)
            return 0;
        put_size(rebuilt + size, k->size);
        memcpy(rebuilt + size + 4, k->name, 4);
        memcpy(rebuilt + size + 8, k->data, k->size);
        put_size(rebuilt + size + 8 + k->size, crc32(0, rebuilt + size + 4, (uInt)k->size + 4));
        size += k->size + FRAME;
    }
    return size;
}

static void change_data(chunk *k)
{
    size_t n = k->size < UNPACKED_MAX / 2 ? k->size : UNPACKED_MAX / 2;
    memcpy(changed, k->data, n);
    k->size = LLVMFuzzerMutate(changed, n, UNPACKED_MAX / 2);
    k->data = changed;
}

/* Mostly to one of the kinds there are; the size, which comes before, is what decides whether a
 * picture is looked at at all. */
static void change_header(chunk *k, unsigned *state)
{
    static const uint8_t kinds[][2] = {{1, 0}, {2, 0},  {4, 0},  {8, 0}, {16, 0},
                                       {8, 2}, {16, 2}, {1, 3},  {2, 3}, {4, 3},
                                       {8, 3}, {8, 4},  {16, 4}, {8, 6}, {16, 6}};
    if (k->size != HEADER || draw_below(state, 16) == 0) {
        change_data(k);
        return;
    }
    memcpy(changed, k->data, HEADER);
    memcpy(changed + 8, kinds[draw_below(state, sizeof kinds / sizeof *kinds)], 2);
    changed[12] = (uint8_t)draw_below(state, 2);
    k->data = changed;
}

/* One time in four the packed bytes themselves; else mostly to as many as there were, since rows
 * that are missing end the reading. */
static void change_rows(chunk *k, unsigned *state)
{
    if (draw_below(state, 4) == 0) {
        change_data(k);
        return;
    }
    size_t before = unpack(unpacked, k->data, k->size, WRAP_ZLIB);
    size_t n = LLVMFuzzerMutate(unpacked, before, UNPACKED_MAX);
    if (n < before && draw_below(state, 4) > 0)
        memset(unpacked + n, 0, before - n);
    n = draw_below(state, 4) > 0 ? before : n;
    k->size = pack(changed, sizeof changed, unpacked, n, WRAP_ZLIB);
    k->data = changed;
}

static void change_content(chunk *k, unsigned *state)
{
    if (memcmp(k->name, "IHDR", 4) == 0)
        change_header(k, state);
    else if (memcmp(k->name, "IDAT", 4) == 0)
        change_rows(k, state);
    else
        change_data(k);
}

static void rename_chunk(chunk *k, unsigned *state)
{
    static const char names[][5] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB",
                                    "iCCP", "sBIT", "bKGD", "hIST", "tEXt", "zTXt", "tIME", "xyZz"};
    memcpy(k->name, names[draw_below(state, sizeof names / sizeof *names)], 4);
}

static void remove_chunk(chunks *c, size_t i)
{
    c->n--;
    memmove(c->all + i, c->all + i + 1, (c->n - i) * sizeof *c->all);
}

static void repeat_chunk(chunks *c, size_t i)
{
    if (c->n == MAX_CHUNKS)
        return;
    memmove(c->all + i + 1, c->all + i, (c->n - i) * sizeof *c->all);
    c->n++;
}

static void swap_chunks(chunks *c, size_t i, size_t j)
{
    chunk k = c->all[i];
    c->all[i] = c->all[j];
    c->all[j] = k;
}

/* A black picture of the size that is expected, for inputs that hold no chunk. */
static void begin(chunks *c)
{
    static const uint8_t header[HEADER] = {0, 0, 0, 28, 0, 0, 0, 28, 8};
    memset(unpacked, 0, 29 * 28);
    size_t n = pack(changed, sizeof changed, unpacked, 29 * 28, WRAP_ZLIB);
    *c = (chunks){.all = {{"IHDR", header, HEADER}, {"IDAT", changed, n}, {"IEND", header, 0}},
                  .n = 3};
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    unsigned state = seed;
    chunks c;
    if (draw_below(&state, 64) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    split(&c, data, size);
    if (c.n == 0)
        begin(&c);
    /* Without a header in its place all else is in vain. */
    bool spares_header = c.n > 1 && draw_below(&state, 16) > 0;
    size_t i = spares_header ? 1 + draw_below(&state, c.n - 1) : draw_below(&state, c.n);
    switch (draw_below(&state, 16)) {
    case 0:
        remove_chunk(&c, i);
        break;
    case 1:
        repeat_chunk(&c, i);
        break;
    case 2:
        swap_chunks(&c, i, c.n - 1);
        break;
    case 3:
        rename_chunk(&c.all[i], &state);
        break;
    case 4:
    case 5:
        change_content(&c.all[0], &state);
        break;
    default:
        change_content(&c.all[i], &state);
        break;
    }
    size_t n = join(&c, signature, max_size);
    if (n == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(data, rebuilt, n);
    return n;
}
