/* SPDX-License-Identifier: MIT */
#define ZLIB_CONST
#include "data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    MAX_RANK = 3,
    MAX_BYTES = 1 << 30, /* of a file, and of what it inflates to: MNIST has 47 MB */
    CHUNK = 1 << 17,     /* inflated at once: zlib's CRC then reads it from the cache */
};

static size_t header_size(size_t rank) { return 4 + 4 * rank; }

static uint32_t read_u32_big_endian(const unsigned char *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* ---- Header ---- */

/* What a wrong magic gives away. */
static const char *describe_magic(const unsigned char magic[4], size_t rank)
{
    if (magic[0] != 0 || magic[1] != 0 || magic[3] == 0)
        return "this is not an IDX file";
    if (magic[2] != 0x08)
        return "its elements are not unsigned bytes";
    if (magic[3] == 1 && rank == 3)
        return "these are labels, not images";
    if (magic[3] == 3 && rank == 1)
        return "these are images, not labels";
    return "another number of dimensions";
}

/* Checks magic and sizes; *total = the product of the sizes. */
static int read_header(size_t *total, size_t sizes[3], size_t rank, const unsigned char *header,
                       const char *name, error *e)
{
    const unsigned char expected[4] = {0, 0, 8, (unsigned char)rank};
    for (size_t i = 0; i < 4; i++)
        if (header[i] != expected[i])
            return fail(e, STATUS_BAD_INPUT, "%s: magic %08x, expected %08x: %s", name,
                        read_u32_big_endian(header), read_u32_big_endian(expected),
                        describe_magic(header, rank));
    bool fits = true;
    *total = 1;
    for (size_t i = 0; i < MAX_RANK; i++) {
        sizes[i] = i < rank ? read_u32_big_endian(header + 4 + 4 * i) : 1;
        fits = fits && checked_multiply(total, *total, sizes[i]);
    }
    if (!fits || *total > MAX_BYTES)
        return fail(e, STATUS_BAD_INPUT, "%s: announces %zu x %zu x %zu bytes, at most %d expected",
                    name, sizes[0], sizes[1], sizes[2], MAX_BYTES);
    return 0;
}

static int fail_truncated(error *e, const char *name, size_t found, size_t expected)
{
    return fail(e, STATUS_BAD_INPUT, "%s: truncated: %zu bytes, expected %zu", name, found,
                expected);
}

/* ---- Plain ---- */

static int read_plain(uint8_t **data, size_t sizes[3], size_t rank, const unsigned char *file,
                      size_t n, const char *name, error *e)
{
    size_t total, start = header_size(rank);
    unsigned char header[4 + 4 * MAX_RANK] = {0};
    if (n < 4)
        return fail_truncated(e, name, n, start);
    /* A wrong magic says more than that the sizes are cut off: missing ones read as 0. */
    memcpy(header, file, n < start ? n : start);
    if (read_header(&total, sizes, rank, header, name, e) != 0)
        return -1;
    if (n < start + total)
        return fail_truncated(e, name, n, n < start ? start : start + total);
    if (n > start + total)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu bytes, expected %zu: %zu trailing bytes", name, n,
                    start + total, n - start - total);
    *data = reallocate(NULL, total > 0 ? total : 1, 1);
    memcpy(*data, file + start, total);
    return 0;
}

/* ---- Gzip ---- */

typedef struct {
    z_stream stream;
    size_t n_inflated; /* header included */
    bool is_at_end;    /* the last member's CRC and length were right and no bytes follow */
    const char *name;
} gzip_reader;

static voidpf zlib_allocate(voidpf context, uInt count, uInt size)
{
    (void)context;
    return reallocate(NULL, count, size);
}

static void zlib_free(voidpf context, voidpf block)
{
    (void)context;
    free(block);
}

/* Members follow one another as `cat a.gz b.gz` leaves them; anything else after one is refused. */
static int next_member(gzip_reader *g, error *e)
{
    z_stream *s = &g->stream;
    if (s->avail_in == 0)
        g->is_at_end = true;
    else if (s->avail_in < 2 || s->next_in[0] != 0x1f || s->next_in[1] != 0x8b)
        return fail(e, STATUS_BAD_INPUT, "%s: %u trailing bytes after the gzip data", g->name,
                    s->avail_in);
    else
        inflateReset(s);
    return 0;
}

/* Inflates n bytes to out, fewer only where the data ends properly: then is_at_end is true.
 * expected: what the whole file should inflate to, for messages. */
static int gzip_inflate(gzip_reader *g, uint8_t *out, size_t n, size_t expected, error *e)
{
    z_stream *s = &g->stream;
    s->next_out = out;
    while (n > 0 && !g->is_at_end) {
        uInt wanted = n < CHUNK ? (uInt)n : CHUNK;
        s->avail_out = wanted;
        int status = inflate(s, Z_NO_FLUSH);
        n -= wanted - s->avail_out;
        g->n_inflated += wanted - s->avail_out;
        if (status == Z_STREAM_END) {
            if (next_member(g, e) != 0)
                return -1;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            return fail(e, STATUS_BAD_INPUT, "%s: corrupt gzip data after %zu bytes inflated: %s",
                        g->name, g->n_inflated, s->msg ? s->msg : "no valid stream");
        } else if (s->avail_in == 0 && s->avail_out > 0) {
            if (g->n_inflated == expected)
                return fail(e, STATUS_BAD_INPUT,
                            "%s: truncated gzip data: all %zu bytes, but not the checksum behind "
                            "them",
                            g->name, expected);
            return fail(e, STATUS_BAD_INPUT,
                        "%s: truncated gzip data: %zu bytes inflated, expected %zu", g->name,
                        g->n_inflated, expected);
        }
    }
    return 0;
}

/* A lying header must not cost memory: the block starts at what such a file plausibly inflates to
 * and doubles as bytes really come, up to total. */
static int inflate_body(uint8_t **body, gzip_reader *g, size_t total, error *e)
{
    size_t expected = g->n_inflated + total, done = 0;
    size_t capacity = (size_t)g->stream.avail_in * 8 + CHUNK;
    for (;;) {
        capacity = capacity < total ? capacity : total;
        *body = reallocate(*body, capacity > 0 ? capacity : 1, 1);
        if (gzip_inflate(g, *body + done, capacity - done, expected, e) != 0)
            return -1;
        if (g->n_inflated < expected && g->is_at_end)
            return fail_truncated(e, g->name, g->n_inflated, expected);
        done = capacity;
        if (done == total)
            return 0;
        capacity *= 2;
    }
}

/* One byte more is asked for than announced: that shows what is too long, and makes zlib check the
 * CRC and the length that follow the last byte. */
static int check_end(gzip_reader *g, error *e)
{
    uint8_t more;
    size_t expected = g->n_inflated;
    if (gzip_inflate(g, &more, 1, expected, e) != 0)
        return -1;
    if (g->n_inflated > expected)
        return fail(e, STATUS_BAD_INPUT, "%s: inflates to more than the expected %zu bytes",
                    g->name, expected);
    return 0;
}

static int read_gzip(uint8_t **data, size_t sizes[3], size_t rank, const unsigned char *file,
                     size_t n, const char *name, error *e)
{
    int status = -1;
    size_t total, start = header_size(rank);
    unsigned char header[4 + 4 * MAX_RANK];
    uint8_t *body = NULL;
    gzip_reader g = {.stream = {.next_in = file,
                                .avail_in = (uInt)n,
                                .zalloc = zlib_allocate,
                                .zfree = zlib_free},
                     .name = name};
    if (inflateInit2(&g.stream, 16 + MAX_WBITS) != Z_OK) /* 16: gzip only */
        return fail(e, STATUS_FAILED, "%s: zlib does not start", name);
    if (gzip_inflate(&g, header, start, start, e) != 0)
        goto cleanup;
    if (g.n_inflated < start) {
        fail_truncated(e, name, g.n_inflated, start);
        goto cleanup;
    }
    if (read_header(&total, sizes, rank, header, name, e) != 0 ||
        inflate_body(&body, &g, total, e) != 0 || check_end(&g, e) != 0)
        goto cleanup;
    *data = body;
    body = NULL;
    status = 0;
cleanup:
    inflateEnd(&g.stream);
    free(body);
    return status;
}

int idx_read(uint8_t **data, size_t sizes[3], size_t rank, const void *file, size_t n,
             const char *name, error *e)
{
    assert(rank >= 1 && rank <= MAX_RANK);
    const unsigned char *b = file;
    *data = NULL;
    if (n == 0)
        return fail(e, STATUS_BAD_INPUT, "%s: the file is empty", name);
    if (n > MAX_BYTES)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu bytes, at most %d expected", name, n, MAX_BYTES);
    if (n >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return read_gzip(data, sizes, rank, b, n, name, e);
    return read_plain(data, sizes, rank, b, n, name, e);
}
