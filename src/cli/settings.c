/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <math.h>
#include <string.h>

/* ---- One value ---- */

static json_t *seeds_json(const seed_list *s)
{
    if (s->n_ranges == 0)
        return json_null();
    text t = {0};
    for (size_t i = 0; i < s->n_ranges; i++) {
        seed_range r = s->ranges[i];
        text_add(&t, "%s%llu", i == 0 ? "" : ",", (unsigned long long)r.first);
        if (r.last > r.first)
            text_add(&t, "-%llu", (unsigned long long)r.last);
    }
    json_t *v = json_text(t.data);
    text_release(&t);
    return v;
}

static json_t *interval_json(const option_row *row, const interval *i)
{
    if (i->n != 0 && !row_allows(row, (double)i->n))
        return json_null();
    return i->is_epochs ? json_sprintf("%llue", (unsigned long long)i->n) : json_unsigned(i->n);
}

static json_t *pair_json(const double v[2])
{
    if (!isfinite(v[0]) || !isfinite(v[1]))
        return json_null();
    json_t *pair = json_array();
    for (size_t i = 0; i < 2; i++)
        json_array_append_new(pair, json_number(v[i]));
    return pair;
}

json_t *option_json(const option_row *row, const void *member)
{
    switch (row->kind) {
    case KIND_FLAG:
        return json_boolean(*(const bool *)member);
    case KIND_COUNT: {
        uint64_t v = *(const uint64_t *)member;
        return row_allows(row, (double)v) ? json_unsigned(v) : json_null();
    }
    case KIND_REAL:
    case KIND_DURATION: {
        double v = *(const double *)member;
        return row_allows(row, v) ? json_number(v) : json_null();
    }
    case KIND_TEXT:
    case KIND_CHOICE:
    case KIND_LIST:
        return json_text(*(const char *const *)member);
    case KIND_SEEDS:
        return seeds_json(member);
    case KIND_INTERVAL:
        return interval_json(row, member);
    case KIND_PAIR:
        return pair_json(member);
    }
    return json_null();
}

bool json_add_written(text *out, const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_STRING:
        text_add_bytes(out, json_string_value(v), json_string_length(v));
        return true;
    case JSON_INTEGER:
        text_add(out, "%lld", (long long)json_integer_value(v));
        return true;
    case JSON_REAL:
        text_add(out, "%.9g", json_real_value(v));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        text_add(out, "%s", json_is_true(v) ? "true" : "false");
        return true;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(v); i++) {
            const json_t *item = json_array_get(v, i);
            text_add(out, "%s", i == 0 ? "" : ",");
            if (json_is_array(item) || !json_add_written(out, item))
                return false;
        }
        return true;
    case JSON_OBJECT:
    case JSON_NULL:
        break;
    }
    return false;
}

/* ---- All of them ---- */

void settings_release(const program *p, void *settings)
{
    for (size_t i = 0; i < table_size(p); i++)
        if (table_row(p, i)->kind == KIND_SEEDS)
            seed_list_release(table_member(p, i, settings));
}

json_t *settings_json(const program *p, const void *settings, unsigned role_mask)
{
    json_t *all = json_object();
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        /* Read back with --config, a dry run's settings must do the work. */
        bool is_wanted = row_is_stored(row) && table_heading(p, i) &&
                         (role_mask & 1u << row->role) != 0 && table_common(p, i) != COMMON_DRY_RUN;
        if (is_wanted)
            json_object_set_new(all, row->name, option_json(row, table_value(p, i, settings)));
    }
    return all;
}

int settings_check_texts(const program *p, const void *settings, error *e)
{
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        if (row->kind != KIND_TEXT || !row_is_stored(row))
            continue;
        const char *s = *(const char *const *)table_value(p, i, settings);
        json_t *v = s ? json_string(s) : json_null();
        if (!v)
            return fail(e, STATUS_USAGE,
                        "--%s: '%s' is not UTF-8, and the settings, which are JSON, could not "
                        "hold it",
                        row->name, s);
        json_decref(v);
    }
    return 0;
}

int settings_print(const program *p, const void *settings, error *e)
{
    if (settings_check_texts(p, settings, e) != 0)
        return -1;
    json_t *all = settings_json(p, settings, ALL_ROLES);
    text written = {0};
    json_write(&written, all, 2);
    text_add(&written, "\n");
    int status = stdout_write(written.data, written.length, e);
    text_release(&written);
    json_decref(all);
    return status;
}
