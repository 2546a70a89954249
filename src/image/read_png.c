/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* A PNG of a small picture is small; a larger one is no picture of ours, whatever it says. */
enum { FILE_MAX = 1 << 20, CHUNK_MAX = 1 << 18, CHUNKS_MAX = 64 };

typedef struct {
    png_structp png;
    png_infop info;
    const unsigned char *data;
    size_t left;
    uint8_t *pixels; /* (height, width, channels) as libpng delivers them, owned */
    png_bytepp rows; /* into pixels, owned */
    size_t channels;
    const char *name;
    error *e;
} png_reader;

static void on_error(png_structp png, png_const_charp message)
{
    png_reader *r = png_get_error_ptr(png);
    fail(r->e, STATUS_BAD_INPUT, "%s: not a readable PNG: %s", r->name, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t n)
{
    png_reader *r = png_get_io_ptr(png);
    if (n > r->left)
        png_error(png, "the file ends too early");
    memcpy(out, r->data, n);
    r->data += n;
    r->left -= n;
}

/* Also for zlib, which libpng gives it to. */
static png_voidp on_allocate(png_structp png, png_alloc_size_t n)
{
    (void)png;
    return reallocate(NULL, n, 1);
}

/* Checks the size before anything is allocated by it. */
static int check_size(png_reader *r, int width, int height)
{
    png_uint_32 found_width = png_get_image_width(r->png, r->info);
    png_uint_32 found_height = png_get_image_height(r->png, r->info);
    if (found_width != (png_uint_32)width || found_height != (png_uint_32)height)
        return fail(r->e, STATUS_BAD_INPUT,
                    "%s: %lu rows and %lu columns of pixels, expected %d and %d", r->name,
                    (unsigned long)found_height, (unsigned long)found_width, height, width);
    return 0;
}

static void make_rows(png_reader *r, int height)
{
    size_t stride = png_get_rowbytes(r->png, r->info);
    r->pixels = allocate((size_t)height, stride);
    r->rows = allocate((size_t)height, sizeof *r->rows);
    for (int y = 0; y < height; y++)
        r->rows[y] = r->pixels + (size_t)y * stride;
}

/* All that may longjmp; what is allocated hangs on r. */
static int read_all(png_reader *r, int width, int height)
{
    if (setjmp(png_jmpbuf(r->png)))
        return -1;
    png_set_read_fn(r->png, r, on_read);
    png_set_chunk_malloc_max(r->png, CHUNK_MAX);
    png_set_chunk_cache_max(r->png, CHUNKS_MAX);
    png_read_info(r->png, r->info);
    if (check_size(r, width, height))
        return -1;
    png_set_expand(r->png);
    png_set_scale_16(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->channels = png_get_channels(r->png, r->info);
    make_rows(r, height);
    png_read_image(r->png, r->rows);
    png_read_end(r->png, NULL);
    return 0;
}

/* Grey, grey + alpha, RGB or RGB + alpha to grey over black. */
static uint8_t grey_of(const uint8_t *pixel, size_t channels)
{
    unsigned luma = channels < 3 ? pixel[0] : colour_luma(RGB(pixel[0], pixel[1], pixel[2]));
    unsigned alpha = channels % 2 == 0 ? pixel[channels - 1] : 255;
    return (uint8_t)((luma * alpha + 127) / 255);
}

static unsigned long u32_big_endian(const unsigned char *b)
{
    return (unsigned long)b[0] << 24 | (unsigned long)b[1] << 16 | (unsigned long)b[2] << 8 | b[3];
}

/* The header chunk comes first: length, name, width, height. */
int picture_read_size(size_t *rows, size_t *cols, const void *data, size_t n, const char *name,
                      error *e)
{
    enum { AT_NAME = 12, AT_WIDTH = 16, AT_HEIGHT = 20, N_READ = 24 };
    const unsigned char *file = data;
    if (n < N_READ || png_sig_cmp(file, 0, 8) != 0 || memcmp(file + AT_NAME, "IHDR", 4) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: not a PNG file", name);
    *cols = u32_big_endian(file + AT_WIDTH);
    *rows = u32_big_endian(file + AT_HEIGHT);
    return 0;
}

int picture_read_grey(picture *p, const void *data, size_t n, int width, int height,
                      const char *name, error *e)
{
    if (n < 8 || png_sig_cmp(data, 0, 8) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: not a PNG file", name);
    png_reader r = {.data = data, .left = n, .name = name, .e = e};
    r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning, NULL,
                                     on_allocate, NULL);
    r.info = r.png ? png_create_info_struct(r.png) : NULL;
    int status = r.info ? read_all(&r, width, height)
                        : fail(e, STATUS_FAILED, "%s: libpng does not start", name);
    if (status == 0) {
        picture_release(p);
        picture_init(p, width, height, 1, BLACK);
        for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
            p->data[i] = grey_of(r.pixels + i * r.channels, r.channels);
    }
    png_destroy_read_struct(&r.png, &r.info, NULL);
    free(r.rows);
    free(r.pixels);
    return status;
}

int picture_load_grey(picture *p, const char *path, int width, int height, error *e)
{
    bytes file = {0};
    if (file_load(&file, path, FILE_MAX, e))
        return -1;
    int status = picture_read_grey(p, file.data, file.size, width, height, path, e);
    bytes_release(&file);
    return status;
}

int picture_load_own(picture *p, const char *path, error *e)
{
    enum { OWN_MAX = 1 << 26, MAX_PIXELS = 1 << 25 };
    bytes file = {0};
    size_t rows = 0, cols = 0;
    if (file_load(&file, path, OWN_MAX, e))
        return -1;
    int status = picture_read_size(&rows, &cols, file.data, file.size, path, e);
    if (status == 0 &&
        (rows > PICTURE_MAX_SIDE || cols > PICTURE_MAX_SIDE || rows * cols > MAX_PIXELS))
        status = fail(e, STATUS_BAD_INPUT, "%s: is larger than pictures of gantrain's", path);
    if (status == 0)
        status = picture_read_grey(p, file.data, file.size, (int)cols, (int)rows, path, e);
    bytes_release(&file);
    return status;
}
