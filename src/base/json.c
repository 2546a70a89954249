/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Where the reader stands, as an editor counts. */
typedef struct {
    size_t line, column;
} place;

/* jansson parses by recursion with a limit of its own, far over what an untrusted file may need,
 * so brackets are counted before it sees them. Returns false, and where, at the first too deep. */
static bool depth_is_at_most(size_t max_depth, const char *data, size_t n, place *where)
{
    size_t depth = 0;
    bool in_string = false;
    *where = (place){1, 0};
    for (size_t i = 0; i < n; i++) {
        char c = data[i];
        where->column++;
        if (c == '\n')
            *where = (place){where->line + 1, 0};
        if (in_string && c == '\\') {
            i++;
            where->column++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && (c == '[' || c == '{')) {
            if (++depth > max_depth)
                return false;
        } else if (!in_string && (c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return true;
}

json_t *json_read(const void *data, size_t n, size_t max_depth, const char *what,
                  exit_status status, error *e)
{
    place where;
    if (!depth_is_at_most(max_depth, data, n, &where)) {
        fail(e, status, "%s: line %zu, column %zu: nested deeper than %zu levels", what, where.line,
             where.column, max_depth);
        return NULL;
    }
    json_error_t found;
    json_t *v = json_loadb(data, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &found);
    if (!v)
        fail(e, status, "%s: line %d, column %d: not valid JSON: %s", what, found.line,
             found.column, found.text);
    return v;
}

static int add_piece(const char *piece, size_t n, void *out)
{
    text_add_bytes(out, piece, n);
    return 0;
}

void json_write(text *out, const json_t *v, size_t indent)
{
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(9) | JSON_INDENT(indent);
    int status = json_dump_callback(v, add_piece, out, flags);
    assert(status == 0); /* there is memory, add_piece takes all, no value holds itself */
    (void)status;
}

int json_save(const char *path, const json_t *v, error *e)
{
    text t = {0};
    json_write(&t, v, 2);
    text_add(&t, "\n");
    int status = file_save(path, t.data, t.length, NOT_DURABLE, e);
    text_release(&t);
    return status;
}

json_t *json_number(double v) { return isfinite(v) ? json_real(v) : json_null(); }

json_t *json_unsigned(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v)
                          : json_sprintf("%llu", (unsigned long long)v);
}

json_t *json_text(const char *s)
{
    if (!s)
        return json_null();
    json_t *v = json_string(s);
    if (v)
        return v;
    char *ascii = copy_text(s);
    for (char *c = ascii; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    v = json_string(ascii);
    free(ascii);
    return v;
}
