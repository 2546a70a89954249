/* SPDX-License-Identifier: MIT */
/* NumPy's file format (numpy.lib.format): magic, version, length of a header, the header, which is
 * a Python dictionary as text, elements. */
#include "data.h"
#include <ctype.h>
#include <string.h>

/* The header being read. */
typedef struct {
    const char *at, *end;
    const char *name; /* of the file */
    error *e;
} cursor;

/* ---- Words of the dictionary ---- */

static int fail_header(const cursor *c, const char *expected)
{
    return fail(c->e, STATUS_BAD_INPUT, "%s: damaged header of a .npy, expected %s", c->name,
                expected);
}

static void skip_blanks(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
        c->at++;
}

/* Whether those characters come next, which are then behind. */
static bool take(cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(c);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* False where there is none, or one too large. */
static bool take_count(cursor *c, size_t *count)
{
    skip_blanks(c);
    const char *start = c->at;
    for (*count = 0; c->at < c->end && isdigit((unsigned char)*c->at); c->at++)
        if (!checked_multiply(count, *count, 10) ||
            !checked_add(count, *count, (size_t)(*c->at - '0')))
            return false;
    return c->at > start;
}

/* ---- Its entries ---- */

/* 'descr': '|u1'. One byte has no order; '=' would be that of whoever wrote it. */
static int read_descr(cursor *c, npy_array *a)
{
    if (!take(c, "'"))
        return fail_header(c, "elements of one simple type in 'descr'");
    char order = c->at < c->end && strchr("<>|", *c->at) ? *c->at++ : '|';
    a->kind = c->at < c->end ? *c->at++ : '\0';
    if (!isalpha((unsigned char)a->kind) || !take_count(c, &a->item_size) || !take(c, "'"))
        return fail_header(c, "a type such as '|u1' in 'descr'");
    if (a->item_size < 1 || a->item_size > 16)
        return fail_header(c, "elements of 1 to 16 bytes in 'descr'");
    if (order == '>' && a->item_size > 1)
        return fail(c->e, STATUS_BAD_INPUT, "%s: big-endian elements, expected little-endian",
                    c->name);
    return 0;
}

/* 'shape': (), (3,), (3, 4) */
static int read_shape(cursor *c, npy_array *a)
{
    if (!take(c, "("))
        return fail_header(c, "a tuple in 'shape'");
    for (a->rank = 0; !take(c, ")"); a->rank++) {
        if (a->rank == NPY_MAX_RANK)
            return fail(c->e, STATUS_BAD_INPUT, "%s: more than %d dimensions", c->name,
                        NPY_MAX_RANK);
        if (!take_count(c, &a->sizes[a->rank]))
            return fail_header(c, "sizes in 'shape'");
        if (!take(c, ",") && (a->rank == 0 || c->at == c->end || *c->at != ')'))
            return fail_header(c, "a comma or the end of 'shape'");
    }
    return 0;
}

static int read_order(cursor *c, bool *is_by_columns)
{
    *is_by_columns = take(c, "True");
    return *is_by_columns || take(c, "False") ? 0 : fail_header(c, "'fortran_order' True or False");
}

/* The three keys, each once, in any order. */
static int read_entries(cursor *c, npy_array *a, bool *is_by_columns)
{
    static const char *const keys[] = {"'descr':", "'shape':", "'fortran_order':"};
    unsigned seen = 0;
    while (!take(c, "}")) {
        size_t i = 0;
        while (i < 3 && !take(c, keys[i]))
            i++;
        if (i == 3 || seen & 1u << i)
            return fail_header(c, "'descr', 'shape' and 'fortran_order' once each");
        seen |= 1u << i;
        if (i == 0 ? read_descr(c, a) : i == 1 ? read_shape(c, a) : read_order(c, is_by_columns))
            return -1;
        if (!take(c, ",") && (c->at == c->end || *c->at != '}'))
            return fail_header(c, "a comma or the end");
    }
    return seen == 7 ? 0 : fail_header(c, "'descr', 'shape' and 'fortran_order'");
}

static int read_header(cursor *c, npy_array *a)
{
    bool is_by_columns = false;
    if (!take(c, "{"))
        return fail_header(c, "a dictionary");
    if (read_entries(c, a, &is_by_columns))
        return -1;
    skip_blanks(c);
    if (c->at < c->end)
        return fail_header(c, "nothing behind the dictionary");
    if (is_by_columns && a->rank > 1)
        return fail(c->e, STATUS_BAD_INPUT,
                    "%s: stored by columns, expected by rows: save numpy.ascontiguousarray(x)",
                    c->name);
    return 0;
}

/* ---- The file ---- */

/* What stands before the header, whose place this finds. */
static int find_header(cursor *c, const unsigned char *file, size_t n)
{
    if (n < 10 || memcmp(file, "\x93NUMPY", 6) != 0)
        return fail(c->e, STATUS_BAD_INPUT, "%s: not a .npy file", c->name);
    if (file[6] < 1 || file[6] > 3)
        return fail(c->e, STATUS_BAD_INPUT, "%s: version %d of .npy, expected 1 to 3", c->name,
                    file[6]);
    size_t start = file[6] == 1 ? 10 : 12, length = (size_t)file[8] | (size_t)file[9] << 8;
    if (start == 12 && n >= 12)
        length |= (size_t)file[10] << 16 | (size_t)file[11] << 24;
    if (n < start || n - start < length)
        return fail(c->e, STATUS_BAD_INPUT, "%s: truncated header of a .npy", c->name);
    c->at = (const char *)file + start;
    c->end = c->at + length;
    return 0;
}

static int check_length(npy_array *a, size_t n_left, const char *name, error *e)
{
    size_t n_bytes;
    bool fits = true;
    a->n = 1;
    for (size_t i = 0; i < a->rank; i++)
        fits = fits && checked_multiply(&a->n, a->n, a->sizes[i]);
    if (!fits || !checked_multiply(&n_bytes, a->n, a->item_size))
        return fail(e, STATUS_BAD_INPUT, "%s: announces more elements than memory has", name);
    if (n_bytes != n_left)
        return fail(e, STATUS_BAD_INPUT, "%s: %s: %zu bytes of elements, expected %zu", name,
                    n_left < n_bytes ? "truncated" : "too long", n_left, n_bytes);
    return 0;
}

int npy_read(npy_array *a, const void *file, size_t n, const char *name, error *e)
{
    cursor c = {.name = name, .e = e};
    *a = (npy_array){0};
    if (find_header(&c, file, n))
        return -1;
    a->data = (const unsigned char *)c.end;
    if (read_header(&c, a))
        return -1;
    return check_length(a, n - (size_t)(a->data - (const unsigned char *)file), name, e);
}
