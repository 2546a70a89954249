/* SPDX-License-Identifier: MIT */
#include "safetensors_detail.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One more than the format needs: header, tensor, shape. */
enum { MAX_DEPTH = 4 };

/* The largest state nn allows: G, its average, D, and two moments each for G and D, 2^28 floats a
 * block, make 7 GiB. */
static const size_t MAX_FILE = (size_t)8 << 30;

/* ---- Types ---- */

static const struct {
    const char *name;
    size_t bits;
} types[] = {
    [DTYPE_BOOL] = {"BOOL", 8},
    [DTYPE_F4] = {"F4", 4},
    [DTYPE_F6_E2M3] = {"F6_E2M3", 6},
    [DTYPE_F6_E3M2] = {"F6_E3M2", 6},
    [DTYPE_U8] = {"U8", 8},
    [DTYPE_I8] = {"I8", 8},
    [DTYPE_F8_E5M2] = {"F8_E5M2", 8},
    [DTYPE_F8_E4M3] = {"F8_E4M3", 8},
    [DTYPE_F8_E8M0] = {"F8_E8M0", 8},
    [DTYPE_F8_E4M3FNUZ] = {"F8_E4M3FNUZ", 8},
    [DTYPE_F8_E5M2FNUZ] = {"F8_E5M2FNUZ", 8},
    [DTYPE_I16] = {"I16", 16},
    [DTYPE_U16] = {"U16", 16},
    [DTYPE_F16] = {"F16", 16},
    [DTYPE_BF16] = {"BF16", 16},
    [DTYPE_I32] = {"I32", 32},
    [DTYPE_U32] = {"U32", 32},
    [DTYPE_F32] = {"F32", 32},
    [DTYPE_C64] = {"C64", 64},
    [DTYPE_F64] = {"F64", 64},
    [DTYPE_I64] = {"I64", 64},
    [DTYPE_U64] = {"U64", 64},
};

enum { N_TYPES = sizeof types / sizeof types[0] };

const char *dtype_name(dtype type) { return types[type].name; }

size_t dtype_bits(dtype type) { return types[type].bits; }

static bool dtype_find(dtype *type, const char *name)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (strcmp(types[i].name, name) == 0) {
            *type = (dtype)i;
            return true;
        }
    return false;
}

/* ---- One tensor ---- */

/* A tensor as the header has it; name and shape belong to the header's JSON. */
typedef struct {
    const char *name;
    dtype type;
    json_t *shape;
    json_int_t begin, end; /* in the data */
} tensor_info;

static int read_info(tensor_info *t, const char *path, const char *name, json_t *info, error *e)
{
    const char *type;
    json_error_t found;
    *t = (tensor_info){.name = name};
    /* JSON_STRICT refuses fields that are not listed here. */
    if (json_unpack_ex(info, &found, JSON_STRICT, "{s:s, s:o, s:[I,I]}", "dtype", &type, "shape",
                       &t->shape, "data_offsets", &t->begin, &t->end) != 0)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s': %s; expected dtype, shape and two data_offsets", path, name,
                    found.text);
    if (!dtype_find(&t->type, type))
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': unknown dtype '%s'", path, name, type);
    if (t->begin < 0 || t->end < t->begin)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s': data_offsets %lld to %lld, expected 0 <= begin <= end", path,
                    name, (long long)t->begin, (long long)t->end);
    return 0;
}

static int compare_places(const void *a, const void *b)
{
    const tensor_info *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Fills rank, shape, n and n_bytes. */
static int read_shape(tensor_entry *t, const char *path, json_t *shape, error *e)
{
    if (!json_is_array(shape) || json_array_size(shape) > MAX_RANK)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': expected a shape of at most %d sizes",
                    path, t->name, (int)MAX_RANK);
    t->rank = json_array_size(shape);
    t->n = 1;
    size_t n_bits;
    for (size_t i = 0; i < t->rank; i++) {
        json_t *size = json_array_get(shape, i);
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: tensor '%s': size %zu of its shape is not a whole number from 0", path,
                        t->name, i);
        t->shape[i] = (size_t)json_integer_value(size);
        if (!checked_multiply(&t->n, t->n, t->shape[i]))
            return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': too many elements", path, t->name);
    }
    if (!checked_multiply(&n_bits, t->n, dtype_bits(t->type)))
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': too many bytes", path, t->name);
    if (n_bits % 8 != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': %zu elements of %s are no whole bytes",
                    path, t->name, t->n, dtype_name(t->type));
    t->n_bytes = n_bits / 8;
    return 0;
}

/* Whether one of n floats is NaN or infinite: all exponent bits are set. By bits, since the values
 * are not aligned; to the end, so that the compiler takes several at a time. */
static bool has_not_finite_f32(const unsigned char *data, size_t n)
{
    uint32_t found = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t v;
        memcpy(&v, data + i * sizeof v, sizeof v);
        found |= (v & 0x7f800000u) == 0x7f800000u;
    }
    return found;
}

/* The index of the first such element, or n. */
static size_t find_not_finite_f32(const unsigned char *data, size_t n)
{
    enum { BLOCK = 1024 };
    size_t i = 0;
    while (n - i >= BLOCK && !has_not_finite_f32(data + i * sizeof(float), BLOCK))
        i += BLOCK;
    while (i < n && !has_not_finite_f32(data + i * sizeof(float), 1))
        i++;
    return i;
}

static size_t find_not_finite_f64(const unsigned char *data, size_t n)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52;
    for (size_t i = 0; i < n; i++) {
        uint64_t v;
        memcpy(&v, data + i * sizeof v, sizeof v);
        if ((v & exponent) == exponent)
            return i;
    }
    return n;
}

static int check_finite(const tensor_entry *t, const char *path, error *e)
{
    size_t at = t->n;
    if (t->type == DTYPE_F32)
        at = find_not_finite_f32(t->data, t->n);
    else if (t->type == DTYPE_F16)
        at = halves_find_not_finite(t->data, t->n);
    else if (t->type == DTYPE_F64)
        at = find_not_finite_f64(t->data, t->n);
    if (at < t->n)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': element %zu is not a finite number",
                    path, t->name, at);
    return 0;
}

/* ---- The file ---- */

/* The bytes after the header. */
typedef struct {
    const unsigned char *begin;
    size_t size;
} span;

/* Appends the tensor of info, which must begin at byte *at of the data; moves *at to its end. */
static int append_entry(safetensors *s, size_t *at, span data, const tensor_info *info, error *e)
{
    tensor_entry *t = &s->entries[s->n_entries++];
    size_t begin = (size_t)info->begin, end = (size_t)info->end;
    *t = (tensor_entry){.name = copy_text(info->name), .type = info->type};
    if (read_shape(t, s->path, info->shape, e) < 0)
        return -1;
    if (begin != *at)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s' begins at byte %zu of the data, expected %zu, where the one "
                    "before it ends",
                    s->path, t->name, begin, *at);
    if (end - begin != t->n_bytes)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s' has %zu bytes, expected %zu by its dtype and shape", s->path,
                    t->name, end - begin, t->n_bytes);
    if (end > data.size)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s' ends at byte %zu of the data, but only %zu are there: the "
                    "file is cut short",
                    s->path, t->name, end, data.size);
    t->data = data.begin + begin;
    *at = end;
    return check_finite(t, s->path, e);
}

/* In the order of their places every tensor must begin where the one before it ends, the first at
 * 0 and the last at the end of the file: so none overlap and no byte is without an owner. */
static int append_entries(safetensors *s, span data, tensor_info *infos, size_t n, error *e)
{
    size_t at = 0;
    s->entries = allocate(n, sizeof *s->entries);
    qsort(infos, n, sizeof *infos, compare_places);
    for (size_t i = 0; i < n; i++)
        if (append_entry(s, &at, data, &infos[i], e) < 0)
            return -1;
    if (at != data.size)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: %zu bytes follow the last tensor, expected the end of the file", s->path,
                    data.size - at);
    return 0;
}

static int read_metadata(safetensors *s, json_t *metadata, error *e)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return fail(e, STATUS_BAD_INPUT, "%s: __metadata__ is not an object of texts", s->path);
    json_object_foreach(metadata, key, value) if (!json_is_string(value)) return fail(
        e, STATUS_BAD_INPUT, "%s: __metadata__: '%s' is not a text", s->path, key);
    s->metadata = json_incref(metadata);
    return 0;
}

/* header belongs to the caller. */
static int read_header(safetensors *s, span data, json_t *header, error *e)
{
    if (!json_is_object(header))
        return fail(e, STATUS_BAD_INPUT, "%s: its header is not a JSON object", s->path);
    tensor_info *infos = allocate(json_object_size(header), sizeof *infos);
    size_t n = 0;
    const char *name;
    json_t *info;
    int status = 0;
    json_object_foreach(header, name, info)
    {
        if (strcmp(name, "__metadata__") == 0)
            status = read_metadata(s, info, e);
        else
            status = read_info(&infos[n++], s->path, name, info, e);
        if (status < 0)
            break;
    }
    if (status == 0)
        status = append_entries(s, data, infos, n, e);
    free(infos);
    return status;
}

/* Reads what s->file holds. */
static int read_file(safetensors *s, error *e)
{
    uint64_t length;
    if (s->file.size < LENGTH_BYTES)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu bytes are too few for a safetensors file",
                    s->path, s->file.size);
    memcpy(&length, s->file.data, LENGTH_BYTES);
    size_t rest = s->file.size - LENGTH_BYTES;
    if (length > rest)
        return fail(
            e, STATUS_BAD_INPUT,
            "%s: not a safetensors file, or cut short: it announces a header of %llu bytes, but "
            "only %zu follow",
            s->path, (unsigned long long)length, rest);
    if (length > MAX_HEADER)
        return fail(e, STATUS_BAD_INPUT, "%s: its header has %llu bytes, at most %d are read",
                    s->path, (unsigned long long)length, (int)MAX_HEADER);
    const unsigned char *begin = s->file.data + LENGTH_BYTES;
    json_t *header = json_read(begin, (size_t)length, MAX_DEPTH, s->path, STATUS_BAD_INPUT, e);
    if (!header)
        return -1;
    span data = {begin + length, rest - (size_t)length};
    int status = read_header(s, data, header, e);
    json_decref(header);
    return status;
}

int safetensors_load(safetensors *s, const char *path, error *e)
{
    *s = (safetensors){.path = copy_text(path)};
    if (file_load(&s->file, path, MAX_FILE, e) == 0 && read_file(s, e) == 0)
        return 0;
    safetensors_release(s);
    return -1;
}

int safetensors_read(safetensors *s, const void *data, size_t n, const char *name, error *e)
{
    *s = (safetensors){.path = copy_text(name), .file = {allocate(n, 1), n}};
    if (n > 0)
        memcpy(s->file.data, data, n);
    if (read_file(s, e) == 0)
        return 0;
    safetensors_release(s);
    return -1;
}

json_t *safetensors_names(const char *path)
{
    enum { MOST = 1 << 17 };
    bytes start = {0};
    uint64_t length = 0;
    error ignored = {0};
    json_t *names = NULL;
    if (file_load_start(&start, path, LENGTH_BYTES + MOST, &ignored))
        return NULL;
    if (start.size > LENGTH_BYTES)
        memcpy(&length, start.data, LENGTH_BYTES);
    if (length > 0 && length <= start.size - LENGTH_BYTES)
        names = json_read(start.data + LENGTH_BYTES, (size_t)length, MAX_DEPTH, path,
                          STATUS_BAD_INPUT, &ignored);
    json_object_del(names, "__metadata__");
    bytes_release(&start);
    return names;
}

void safetensors_release(safetensors *s)
{
    for (size_t i = 0; i < s->n_entries; i++)
        free(s->entries[i].name);
    free(s->entries);
    free(s->path);
    json_decref(s->metadata);
    bytes_release(&s->file);
    *s = (safetensors){0};
}

/* ---- Looking up ---- */

const tensor_entry *safetensors_find(const safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->n_entries; i++)
        if (strcmp(s->entries[i].name, name) == 0)
            return &s->entries[i];
    return NULL;
}

const char *safetensors_metadata(const safetensors *s, const char *key)
{
    return json_string_value(json_object_get(s->metadata, key));
}

/* "48x32", or "one value" for rank 0. */
static const char *shape_text(char out[MAX_RANK * 24], size_t rank, const size_t *shape)
{
    size_t at = 0;
    strcpy(out, "one value");
    for (size_t i = 0; i < rank; i++)
        at += (size_t)sprintf(out + at, "%s%zu", i == 0 ? "" : "x", shape[i]);
    return out;
}

int tensor_get(float *out, const safetensors *s, const char *name, size_t rank, const size_t *shape,
               const char *by, error *e)
{
    char found[MAX_RANK * 24], expected[MAX_RANK * 24];
    const tensor_entry *t = safetensors_find(s, name);
    assert(rank <= MAX_RANK);
    shape_text(expected, rank, shape);
    if (!t)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is missing, expected %s%s", s->path, name,
                    expected, by);
    if (t->type != DTYPE_F32 && t->type != DTYPE_F16)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is %s, only F32 and F16 are read here",
                    s->path, name, dtype_name(t->type));
    if (t->rank != rank || (rank > 0 && memcmp(t->shape, shape, rank * sizeof *shape) != 0))
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is %s, expected %s%s", s->path, name,
                    shape_text(found, t->rank, t->shape), expected, by);
    if (t->type == DTYPE_F16)
        floats_from_halves(out, t->data, t->n);
    else if (t->n_bytes > 0)
        memcpy(out, t->data, t->n_bytes);
    return 0;
}

int safetensors_get(float *out, const safetensors *s, const char *name, size_t rank,
                    const size_t *shape, error *e)
{
    return tensor_get(out, s, name, rank, shape, "", e);
}
