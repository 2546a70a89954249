/* SPDX-License-Identifier: MIT */
/* Animations as APNG (PNG, third edition, 11.3.4): the chunks of whole PNGs, in frames. */
#include "image.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, AROUND = 12 }; /* bytes; length, name and checksum of a chunk */

static void add_u32(text *t, uint32_t v)
{
    const unsigned char b[] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                               (unsigned char)(v >> 8), (unsigned char)v};
    text_add_bytes(t, b, sizeof b);
}

static void add_u16(text *t, unsigned v)
{
    const unsigned char b[] = {(unsigned char)(v >> 8), (unsigned char)v};
    text_add_bytes(t, b, sizeof b);
}

static int write_chunk(animation *a, const char *name, const text *body, error *e)
{
    text t = {0};
    add_u32(&t, (uint32_t)body->length);
    text_add(&t, "%s", name);
    text_add_bytes(&t, body->data, body->length);
    add_u32(&t, (uint32_t)crc32(0, (const Bytef *)t.data + 4, (uInt)t.length - 4));
    int status = atomic_file_write(&a->file, t.data, t.length, e);
    text_release(&t);
    return status;
}

/* Whose pixels stay until the next frame covers them all. */
static int write_frame_control(animation *a, const picture *p, unsigned milliseconds, error *e)
{
    text t = {0};
    add_u32(&t, a->n_chunks++);
    add_u32(&t, (uint32_t)p->width);
    add_u32(&t, (uint32_t)p->height);
    add_u32(&t, 0);
    add_u32(&t, 0);
    add_u16(&t, milliseconds);
    add_u16(&t, 1000);
    add_u16(&t, 0); /* dispose: none; blend: source */
    int status = write_chunk(a, "fcTL", &t, e);
    text_release(&t);
    return status;
}

/* The PNG's signature and header, and how many frames there are, again and again. */
static int write_start(animation *a, const bytes *png, error *e)
{
    enum { HEADER = SIGNATURE + AROUND + 13 };
    text t = {0};
    add_u32(&t, a->n_frames);
    add_u32(&t, 0);
    int status = atomic_file_write(&a->file, png->data, HEADER, e);
    if (status == 0)
        status = write_chunk(a, "acTL", &t, e);
    text_release(&t);
    return status;
}

/* Of a frame they are numbered. */
static int write_pixels(animation *a, const unsigned char *data, size_t n, bool is_frame, error *e)
{
    text t = {0};
    if (is_frame)
        add_u32(&t, a->n_chunks++);
    text_add_bytes(&t, data, n);
    int status = write_chunk(a, is_frame ? "fdAT" : "IDAT", &t, e);
    text_release(&t);
    return status;
}

static size_t read_u32(const unsigned char *b)
{
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static int write_all_pixels(animation *a, const bytes *png, bool is_frame, error *e)
{
    int status = 0;
    for (size_t at = SIGNATURE; status == 0 && at + AROUND <= png->size;) {
        size_t n = read_u32(png->data + at);
        if (memcmp(png->data + at + 4, "IDAT", 4) == 0)
            status = write_pixels(a, png->data + at + 8, n, is_frame, e);
        at += AROUND + n;
    }
    return status;
}

/* The picture that stands alone: no frame, since no control comes before it. */
static int write_still(animation *a, const picture *still, error *e)
{
    bytes png = {0};
    int status = picture_write(&png, still, NULL, 0, LEVEL_SMALL, e);
    if (status == 0)
        status = write_start(a, &png, e);
    if (status == 0)
        status = write_all_pixels(a, &png, false, e);
    bytes_release(&png);
    return status;
}

int animation_open(animation *a, const char *path, const picture *still, uint32_t n_frames,
                   error *e)
{
    assert(still->channels == 1);
    *a = (animation){.n_frames = n_frames};
    return atomic_file_open(&a->file, path, e) ? -1 : write_still(a, still, e);
}

int animation_add(animation *a, const picture *p, unsigned milliseconds, error *e)
{
    assert(p->channels == 1 && a->i_frame < a->n_frames && milliseconds < 1 << 16);
    bytes png = {0};
    int status = picture_write(&png, p, NULL, 0, LEVEL_SMALL, e);
    if (status == 0)
        status = write_frame_control(a, p, milliseconds, e);
    if (status == 0)
        status = write_all_pixels(a, &png, true, e);
    a->i_frame++;
    bytes_release(&png);
    return status;
}

int animation_commit(animation *a, error *e)
{
    assert(a->i_frame == a->n_frames);
    return write_chunk(a, "IEND", &(text){0}, e) ? -1
                                                 : atomic_file_commit(&a->file, NOT_DURABLE, e);
}

void animation_release(animation *a)
{
    atomic_file_release(&a->file);
    *a = (animation){0};
}
