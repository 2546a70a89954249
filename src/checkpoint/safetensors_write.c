/* SPDX-License-Identifier: MIT */
#include "safetensors_detail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- Building ---- */

void safetensors_add(safetensors *s, const char *name, dtype type, size_t rank, const size_t *shape,
                     const void *data)
{
    assert(rank <= MAX_RANK && strcmp(name, "__metadata__") != 0);
    assert(!safetensors_find(s, name));
    tensor_entry t = {.name = copy_text(name), .type = type, .rank = rank, .n = 1, .data = data};
    bool fits = true;
    for (size_t i = 0; i < rank; i++) {
        t.shape[i] = shape[i];
        fits = fits && checked_multiply(&t.n, t.n, shape[i]);
    }
    fits = fits && checked_multiply(&t.n_bytes, t.n, dtype_bits(type));
    assert(fits && t.n_bytes % 8 == 0);
    (void)fits;
    t.n_bytes /= 8;
    s->entries = reallocate(s->entries, s->n_entries + 1, sizeof *s->entries);
    s->entries[s->n_entries++] = t;
}

void safetensors_set_metadata(safetensors *s, const char *key, const char *value)
{
    if (!s->metadata)
        s->metadata = json_object();
    int status = json_object_set_new(s->metadata, key, json_string(value));
    assert(status == 0); /* -1: not UTF-8 */
    (void)status;
}

/* ---- Header ---- */

/* As Rust's serde_json escapes, which jansson does not: lower-case \u00xx, all else as it is. */
static void add_json_text(text *out, const char *s)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    text_add(out, "\"");
    for (; *s != '\0'; s++) {
        const char *escape = strchr(plain, *s);
        if (escape)
            text_add(out, "\\%c", letters[escape - plain]);
        else if ((unsigned char)*s < 0x20)
            text_add(out, "\\u%04x", (unsigned)*s);
        else
            text_add_bytes(out, s, 1);
    }
    text_add(out, "\"");
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The reference keeps metadata in a hash map, so with two keys or more its order is any. */
static void add_metadata(text *out, json_t *metadata)
{
    const char *key;
    json_t *value;
    const char **keys = allocate(json_object_size(metadata), sizeof *keys);
    size_t n = 0;
    json_object_foreach(metadata, key, value) keys[n++] = key;
    qsort(keys, n, sizeof *keys, compare_texts);
    text_add(out, "\"__metadata__\":{");
    for (size_t i = 0; i < n; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_json_text(out, keys[i]);
        text_add(out, ":");
        add_json_text(out, json_string_value(json_object_get(metadata, keys[i])));
    }
    text_add(out, "}");
    free(keys);
}

static void add_entry(text *out, const tensor_entry *t, uint64_t begin)
{
    add_json_text(out, t->name);
    text_add(out, ":{\"dtype\":\"%s\",\"shape\":[", dtype_name(t->type));
    for (size_t i = 0; i < t->rank; i++)
        text_add(out, "%s%zu", i == 0 ? "" : ",", t->shape[i]);
    text_add(out, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)begin,
             (unsigned long long)(begin + t->n_bytes));
}

static int compare_entries(const void *a, const void *b)
{
    const tensor_entry *const *x = a, *const *y = b;
    if ((*x)->type != (*y)->type)
        return (*x)->type > (*y)->type ? -1 : 1;
    return strcmp((*x)->name, (*y)->name);
}

/* The entries in the order of their data; the caller frees it. */
static const tensor_entry **sort_entries(const safetensors *s)
{
    const tensor_entry **order = allocate(s->n_entries, sizeof *order);
    for (size_t i = 0; i < s->n_entries; i++)
        order[i] = &s->entries[i];
    qsort(order, s->n_entries, sizeof *order, compare_entries);
    return order;
}

/* The header's length and the header. */
static text make_header(const safetensors *s, const tensor_entry *const *order)
{
    text header = {0};
    uint64_t length = 0, begin = 0;
    text_add_bytes(&header, &length, LENGTH_BYTES);
    text_add(&header, "{");
    if (s->metadata)
        add_metadata(&header, s->metadata);
    for (size_t i = 0; i < s->n_entries; i++) {
        text_add(&header, i > 0 || s->metadata ? "," : "");
        add_entry(&header, order[i], begin);
        begin += order[i]->n_bytes;
    }
    text_add(&header, "}");
    while (header.length % 8 != 0)
        text_add(&header, " ");
    length = header.length - LENGTH_BYTES;
    memcpy(header.data, &length, LENGTH_BYTES);
    return header;
}

/* *data_start becomes the byte after it. */
static int write_header(atomic_file *f, uint64_t *data_start, const safetensors *s,
                        const tensor_entry *const *order, error *e)
{
    text header = make_header(s, order);
    int status = -1;
    *data_start = header.length;
    if (header.length - LENGTH_BYTES > MAX_HEADER)
        fail(e, STATUS_FAILED, "%s: a header of %zu bytes is over the limit of %d", f->path,
             header.length - LENGTH_BYTES, (int)MAX_HEADER);
    else
        status = atomic_file_write(f, header.data, header.length, e);
    text_release(&header);
    return status;
}

int safetensors_save(const safetensors *s, const char *path, durability d, error *e)
{
    atomic_file f = {0};
    uint64_t data_start;
    const tensor_entry **order = sort_entries(s);
    int status = atomic_file_open(&f, path, e);
    if (status == 0)
        status = write_header(&f, &data_start, s, order, e);
    for (size_t i = 0; i < s->n_entries && status == 0; i++)
        status = atomic_file_write(&f, order[i]->data, order[i]->n_bytes, e);
    if (status == 0)
        status = atomic_file_commit(&f, d, e);
    atomic_file_release(&f);
    free(order);
    return status;
}

/* ---- In memory ---- */

static size_t data_size(const safetensors *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_entries; i++)
        n += s->entries[i].n_bytes;
    return n;
}

size_t safetensors_size(const safetensors *s)
{
    const tensor_entry **order = sort_entries(s);
    text header = make_header(s, order);
    size_t n = header.length + data_size(s);
    text_release(&header);
    free(order);
    return n;
}

void safetensors_write(bytes *out, const safetensors *s)
{
    const tensor_entry **order = sort_entries(s);
    text header = make_header(s, order);
    size_t at = header.length;
    out->size = at + data_size(s);
    out->data = reallocate(out->data, out->size, 1);
    memcpy(out->data, header.data, at);
    for (size_t i = 0; i < s->n_entries; at += order[i++]->n_bytes)
        memcpy(out->data + at, order[i]->data, order[i]->n_bytes);
    text_release(&header);
    free(order);
}

/* ---- Streaming ---- */

int safetensors_stream_open(safetensors_stream *w, const safetensors *layout, const char *path,
                            error *e)
{
    *w = (safetensors_stream){.layout = layout,
                              .offsets = allocate(layout->n_entries, sizeof *w->offsets),
                              .n_written = allocate(layout->n_entries, sizeof *w->n_written)};
    const tensor_entry **order = sort_entries(layout);
    uint64_t at = 0;
    for (size_t i = 0; i < layout->n_entries; i++) {
        w->offsets[order[i] - layout->entries] = at;
        at += order[i]->n_bytes;
    }
    int status = atomic_file_open(&w->file, path, e);
    if (status == 0)
        status = atomic_file_check_order(&w->file, e);
    if (status == 0)
        status = write_header(&w->file, &w->data_start, layout, order, e);
    free(order);
    if (status < 0)
        safetensors_stream_release(w);
    return status;
}

int safetensors_stream_write(safetensors_stream *w, const char *name, uint64_t first,
                             const void *data, size_t n, error *e)
{
    const tensor_entry *t = safetensors_find(w->layout, name);
    assert(t && first <= t->n && n <= t->n - first && dtype_bits(t->type) % 8 == 0);
    size_t size = dtype_bits(t->type) / 8, at = (size_t)(t - w->layout->entries);
    w->n_written[at] += n;
    return atomic_file_write_at(&w->file, w->data_start + w->offsets[at] + first * size, data,
                                n * size, e);
}

int safetensors_stream_commit(safetensors_stream *w, error *e)
{
    for (size_t i = 0; i < w->layout->n_entries; i++) {
        const tensor_entry *t = &w->layout->entries[i];
        if (w->n_written[i] != t->n)
            return fail(e, STATUS_FAILED, "%s: tensor '%s': %llu elements were written, not %zu",
                        w->file.path, t->name, (unsigned long long)w->n_written[i], t->n);
    }
    return atomic_file_commit(&w->file, NOT_DURABLE, e);
}

void safetensors_stream_release(safetensors_stream *w)
{
    atomic_file_release(&w->file);
    free(w->offsets);
    free(w->n_written);
    *w = (safetensors_stream){0};
}
