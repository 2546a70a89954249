/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

enum { MAX_CONFIG_SIZE = 1 << 20, MAX_CONFIG_DEPTH = 4 };

/* A key is the name of an option that has a member in the settings: a file can ask for no help and
 * for no other file. */
static int key_find(size_t *i, const invocation *v, const char *key, error *e)
{
    const program *p = v->program;
    if (table_find(i, p, key, strlen(key)) && row_is_stored(table_row(p, *i)))
        return 0;
    const char *close = table_closest(p, key, strlen(key));
    size_t i_close = 0;
    if (!close || !table_find(&i_close, p, close, strlen(close)) ||
        !row_is_stored(table_row(p, i_close)))
        return fail(e, STATUS_USAGE, "%s: unknown key '%s'", v->config_path, key);
    return fail(e, STATUS_USAGE, "%s: unknown key '%s'; did you mean '%s'?", v->config_path, key,
                close);
}

static int entry_read(invocation *v, const char *key, const json_t *value, error *e)
{
    size_t i = 0;
    if (key_find(&i, v, key, e) != 0)
        return -1;
    if (json_is_null(value) || (v->given[i] && !v->from_config[i]))
        return 0;
    text written = {0};
    bool is_value = json_add_written(&written, value);
    if (is_value)
        invocation_give(v, i, !written.data ? "" : written.data, true);
    text_release(&written);
    if (!is_value)
        return fail(e, STATUS_USAGE,
                    "%s: key '%s': expected a text, a number, true, false or a list of them",
                    v->config_path, key);
    return 0;
}

/* The end of the number or string at s, or of one character of anything else. */
static const char *token_end(const char *s)
{
    if (*s == '"') {
        for (s++; *s != '\0' && *s != '"'; s++)
            s += *s == '\\' && s[1] != '\0';
        return s + (*s == '"');
    }
    size_t n = strspn(s, "+-.0123456789eE");
    return s + (n > 0 ? n : 1);
}

/* Whole numbers of JSON end at 2^63 - 1 here, those of options at 2^64 - 1: a larger one is put in
 * quotes, the form that settings_json writes it in. */
static void quote_large_counts(text *out, const char *s, size_t size)
{
    enum { DIGITS_THAT_FIT = 18 };
    const char *stop = s + size;
    for (const char *end; s < stop; s = end) {
        end = token_end(s);
        size_t n = (size_t)(end - s);
        bool is_large = n > DIGITS_THAT_FIT && strspn(s, "0123456789") == n && *s != '0';
        text_add(out, "%s", is_large ? "\"" : "");
        text_add_bytes(out, s, n);
        text_add(out, "%s", is_large ? "\"" : "");
    }
}

/* What a JSON text says to the options that have nothing yet; v->config_path names it. */
static int text_read(invocation *v, const char *json, size_t n, error *e)
{
    text quoted = {0};
    text_add(&quoted, "%s", "");
    quote_large_counts(&quoted, json, n);
    json_t *all = json_read(quoted.data, quoted.length, MAX_CONFIG_DEPTH, v->config_path,
                            STATUS_BAD_INPUT, e);
    text_release(&quoted);
    if (!all)
        return -1;
    int status = 0;
    if (!json_is_object(all))
        status = fail(e, STATUS_BAD_INPUT, "%s: expected a JSON object of options", v->config_path);
    void *entry = json_object_iter(all);
    for (; entry && status == 0; entry = json_object_iter_next(all, entry))
        status = entry_read(v, json_object_iter_key(entry), json_object_iter_value(entry), e);
    json_decref(all);
    return status;
}

int config_read(invocation *v, error *e)
{
    bytes content = {0};
    if (file_load(&content, v->config_path, MAX_CONFIG_SIZE, e) != 0)
        return -1;
    int status = text_read(v, (const char *)content.data, content.size, e);
    bytes_release(&content);
    return status;
}

int program_read_json(invocation *v, const program *p, const char *json, const char *name, error *e)
{
    invocation_init(v, p);
    v->config_path = copy_text(name);
    return text_read(v, json, strlen(json), e);
}
