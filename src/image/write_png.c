/* SPDX-License-Identifier: MIT */
#include "flat_deflate.h"

#include <assert.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Palettes ---- */

enum { MAX_COLOURS = 256, N_SLOTS = 1024 }; /* N_SLOTS a power of two, mostly empty */

typedef struct {
    png_color colours[MAX_COLOURS];
    int n;
    int16_t slots[N_SLOTS]; /* 1 + index into colours, 0: empty */
} palette;

/* The index of a colour, which is added if new; -1 when there is no room left. */
static int palette_index(palette *t, const uint8_t *pixel)
{
    uint32_t key = (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
    for (uint32_t i = (key * 2654435761u) >> 22;; i = (i + 1) % N_SLOTS) {
        if (t->slots[i] == 0) {
            if (t->n == MAX_COLOURS)
                return -1;
            t->colours[t->n++] = (png_color){pixel[0], pixel[1], pixel[2]};
            t->slots[i] = (int16_t)t->n;
        }
        int found = t->slots[i] - 1;
        if (memcmp(&t->colours[found], pixel, 3) == 0)
            return found;
    }
}

/* One index per pixel, which the caller frees; NULL when p has too many colours. */
static uint8_t *palette_make(palette *t, const picture *p)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    uint8_t *indices = reallocate(NULL, n, 1);
    const uint8_t *pixel = p->data;
    for (size_t i = 0; i < n; i++, pixel += 3) {
        int index =
            i > 0 && memcmp(pixel, pixel - 3, 3) == 0 ? indices[i - 1] : palette_index(t, pixel);
        if (index < 0) {
            free(indices);
            return NULL;
        }
        indices[i] = (uint8_t)index;
    }
    return indices;
}

/* ---- libpng ---- */

typedef struct {
    png_structp png;
    png_infop info;
    text out;
    error *e;
} png_writer;

static void on_error(png_structp png, png_const_charp message)
{
    png_writer *w = png_get_error_ptr(png);
    fail(w->e, STATUS_FAILED, "PNG: %s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_write(png_structp png, png_bytep data, size_t n)
{
    png_writer *w = png_get_io_ptr(png);
    text_add_bytes(&w->out, data, n);
}

static void on_flush(png_structp png) { (void)png; }

static bool is_ascii(const char *words)
{
    for (; *words; words++)
        if ((unsigned char)*words >= 0x80)
            return false;
    return true;
}

/* libpng copies what it is given here. */
static void set_note(png_writer *w, const picture_note *note)
{
    char key[80] = {0}, *value = copy_text(note->value), none[1] = {0};
    assert(strlen(note->key) >= 1 && strlen(note->key) < sizeof key && is_ascii(note->key));
    memcpy(key, note->key, strlen(note->key));
    bool plain = is_ascii(value);
    png_text t = {.compression = plain ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE,
                  .key = key,
                  .text = value,
                  .lang = plain ? NULL : none,
                  .lang_key = plain ? NULL : none};
    if (plain)
        t.text_length = strlen(value);
    else
        t.itxt_length = strlen(value);
    png_set_text(w->png, w->info, &t, 1);
    free(value);
}

/* Also for zlib, which libpng gives it to. */
static png_voidp on_allocate(png_structp png, png_alloc_size_t n)
{
    (void)png;
    return reallocate(NULL, n, 1);
}

/* What is written: colours as bytes of pixels or, with a palette, of indices. */
typedef struct {
    const picture *p;
    const palette *colours; /* or NULL */
    const uint8_t *rows;
    size_t pixel, stride; /* bytes */
} png_source;

static void write_rows(png_writer *w, const png_source *m, int level)
{
    /* zlib spends its time on moving its hash table along: a small one (memory level 5) is faster
     * where pixels are equal in long runs. */
    png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(w->png, level);
    png_set_compression_mem_level(w->png, 5);
    png_set_compression_buffer_size(w->png, 1 << 16);
    for (int y = 0; y < m->p->height; y++)
        png_write_row(w->png, m->rows + (size_t)y * m->stride);
    png_write_end(w->png, NULL);
}

/* libpng writes the chunks only. */
static void write_stream(png_writer *w, const bytes *stream)
{
    png_write_chunk(w->png, (png_const_bytep) "IDAT", stream->data, stream->size);
    png_write_chunk(w->png, (png_const_bytep) "IEND", NULL, 0);
}

/* All that may longjmp; nothing in here is owned by this function. stream: the image data, already
 * compressed; empty: zlib does it. */
static int write_all(png_writer *w, const png_source *m, const bytes *stream, int level)
{
    const picture *p = m->p;
    if (setjmp(png_jmpbuf(w->png)))
        return -1;
    png_set_write_fn(w->png, w, on_write, on_flush);
    png_set_IHDR(w->png, w->info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
                 m->colours         ? PNG_COLOR_TYPE_PALETTE
                 : p->channels == 1 ? PNG_COLOR_TYPE_GRAY
                                    : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (m->colours)
        png_set_PLTE(w->png, w->info, m->colours->colours, m->colours->n);
    png_write_info(w->png, w->info);
    if (stream->size)
        write_stream(w, stream);
    else
        write_rows(w, m, level);
    return 0;
}

static int write_with(png_writer *w, const picture *p, const picture_note *notes, size_t n_notes,
                      int level)
{
    palette colours = {.n = 0};
    uint8_t *indices = p->channels == 3 ? palette_make(&colours, p) : NULL;
    for (size_t i = 0; i < n_notes; i++)
        set_note(w, &notes[i]);
    png_source m = {p, indices ? &colours : NULL, indices ? indices : p->data,
                    indices ? 1 : (size_t)p->channels, 0};
    m.stride = m.pixel * (size_t)p->width;
    bytes stream = {0};
    if (level == LEVEL_DRAWING)
        flat_deflate(&stream, m.rows, m.stride, (size_t)p->height, m.pixel);
    int status = write_all(w, &m, &stream, level);
    bytes_release(&stream);
    free(indices);
    return status;
}

int picture_write(bytes *out, const picture *p, const picture_note *notes, size_t n_notes,
                  int level, error *e)
{
    png_writer w = {.e = e};
    w.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning, NULL,
                                      on_allocate, NULL);
    if (!w.png)
        return fail(e, STATUS_FAILED, "PNG: libpng does not start");
    int status = -1;
    w.info = png_create_info_struct(w.png);
    if (w.info)
        status = write_with(&w, p, notes, n_notes, level);
    else
        fail(e, STATUS_FAILED, "PNG: libpng does not start");
    png_destroy_write_struct(&w.png, &w.info);
    if (status == 0) {
        bytes_release(out);
        *out = (bytes){(unsigned char *)w.out.data, w.out.length};
    } else {
        text_release(&w.out);
    }
    return status;
}

int picture_save(const char *path, const picture *p, const picture_note *notes, size_t n_notes,
                 int level, error *e)
{
    bytes file = {0};
    int status = picture_write(&file, p, notes, n_notes, level, e);
    if (status == 0)
        status = file_save(path, file.data, file.size, NOT_DURABLE, e);
    else
        fail_in(e, "%s", path);
    bytes_release(&file);
    return status;
}
