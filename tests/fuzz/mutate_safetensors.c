/* SPDX-License-Identifier: MIT */
/* Changes one value of the JSON header, and keeps the header valid JSON with its right length. */
#include "mutation.h"

#include <jansson.h>
#include <string.h>

enum { LENGTH = 8, HEADER_MAX = 1 << 14 };

static char header[HEADER_MAX];

static uint64_t get_length(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 0; i < LENGTH; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void put_length(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < LENGTH; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static json_t *new_text(unsigned *state)
{
    static const char *const texts[] = {"F32",          "F64",     "BF16", "F16",     "U8",
                                        "I64",          "U64",     "F4",   "BOOL",    "dtype",
                                        "data_offsets", "F6_E2M3", "",     "\xc3\xa9"};
    return json_string(texts[draw_below(state, sizeof texts / sizeof *texts)]);
}

/* Around the number that was there, or where numbers end. */
static json_t *new_number(json_int_t before, unsigned *state)
{
    const uint64_t v = (uint64_t)before; /* whose sums wrap */
    const uint64_t edges[] = {
        0,     1,     2,          v + 1,      v - 1,     2 * v,    INT32_MAX,
        v + 4, v - 4, UINT64_MAX, UINT32_MAX, INT64_MAX, 1u << 31, UINT64_C(1) << 62};
    return json_integer((json_int_t)edges[draw_below(state, sizeof edges / sizeof *edges)]);
}

static json_t *new_value(const json_t *before, unsigned *state)
{
    size_t which = draw_below(state, 8);
    if (which == 0)
        return json_null();
    if (which == 1)
        return json_real(0.5);
    if (which == 2)
        return new_text(state);
    if (which == 3)
        return json_pack("[i, i]", 0, 4);
    return json_is_string(before) ? new_text(state) : new_number(json_integer_value(before), state);
}

static void change_array(json_t *v, size_t i, unsigned *state)
{
    json_t *item = json_deep_copy(json_array_get(v, i));
    size_t which = draw_below(state, 8);
    if (which == 0)
        json_array_remove(v, i);
    else if (which == 1)
        json_array_insert(v, i, item);
    else
        json_array_set_new(v, i, new_value(item, state));
    json_decref(item);
}

static void change_object(json_t *v, const char *key, unsigned *state)
{
    json_t *item = json_deep_copy(json_object_get(v, key));
    size_t which = draw_below(state, 8);
    char other[64];
    snprintf(other, sizeof other, "%.60s'", key);
    if (which == 0)
        json_object_set(v, other, item);
    else if (which < 3)
        json_object_set_new(v, key, new_value(item, state));
    if (which == 1)
        json_object_del(v, key);
    json_decref(item);
}

static json_t *child_of(const json_t *v, size_t i, const char **key)
{
    if (json_is_array(v))
        return json_array_get(v, i);
    void *entry = json_object_iter((json_t *)(uintptr_t)v);
    for (; i > 0; i--)
        entry = json_object_iter_next((json_t *)(uintptr_t)v, entry);
    *key = json_object_iter_key(entry);
    return json_object_iter_value(entry);
}

/* Goes down at random and changes one entry on the way or at the end of it. */
static void change(json_t *v, unsigned *state)
{
    for (;;) {
        size_t n = json_is_array(v) ? json_array_size(v) : json_object_size(v);
        if (n == 0)
            return;
        const char *key = NULL;
        size_t i = draw_below(state, n);
        json_t *child = child_of(v, i, &key);
        int is_inner = json_is_array(child) || json_is_object(child);
        if (!is_inner || draw_below(state, 4) == 0) {
            if (json_is_array(v))
                change_array(v, i, state);
            else
                change_object(v, key, state);
            return;
        }
        v = child;
    }
}

/* The new header's size in `header`; 0 where there is none to change. */
static size_t change_header(const uint8_t *text, size_t n, unsigned *state)
{
    json_error_t ignored;
    json_t *v = json_loadb((const char *)text, n, 0, &ignored);
    if (!v)
        return 0;
    change(v, state);
    size_t size = json_dumpb(v, header, sizeof header, JSON_COMPACT);
    json_decref(v);
    return size <= sizeof header ? size : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    unsigned state = seed;
    uint64_t n = size >= LENGTH ? get_length(data) : UINT64_MAX;
    if (n > size - LENGTH || draw_below(&state, 4) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t rest = size - LENGTH - (size_t)n;
    size_t changed = change_header(data + LENGTH, (size_t)n, &state);
    if (changed == 0 || LENGTH + changed + rest > max_size)
        return LLVMFuzzerMutate(data, size, max_size);
    memmove(data + LENGTH + changed, data + LENGTH + n, rest);
    memcpy(data + LENGTH, header, changed);
    put_length(data, changed);
    return LENGTH + changed + rest;
}
