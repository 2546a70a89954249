/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A member of any kind. */
typedef union {
    bool flag;
    uint64_t count;
    double real;
    const char *text;
    seed_list seeds;
    interval interval;
    number_pair pair;
} option_value;

/* ---- A value that nothing says ---- */

/* The form of a member that settings_json writes as null. */
static int option_unset(void *member, const option_row *row, error *e)
{
    if (!row->is_optional)
        return fail(e, STATUS_BAD_INPUT, "null is no value of it");
    switch (row->kind) {
    case KIND_COUNT:
        assert(!row_allows(row, 0));
        *(uint64_t *)member = 0;
        break;
    case KIND_REAL:
    case KIND_DURATION:
        *(double *)member = (double)NAN;
        break;
    case KIND_TEXT:
    case KIND_CHOICE:
    case KIND_LIST:
        *(const char **)member = NULL;
        break;
    case KIND_SEEDS:
        seed_list_release(member);
        break;
    case KIND_PAIR:
        memcpy(member, (number_pair){(double)NAN, (double)NAN}, sizeof(number_pair));
        break;
    case KIND_FLAG: /* always set, as an interval is */
    case KIND_INTERVAL:
        assert(!row->is_optional);
    }
    return 0;
}

void settings_begin(void *settings, const program *p)
{
    error e = {0};
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        void *member = row_is_stored(row) ? table_member(p, i, settings) : NULL;
        if (row->before && *row->before)
            option_read(member, row, row->before, &e);
        else if (row->before || row->is_optional)
            option_unset(member, row, &e);
        assert(e.status == 0); /* the table is at fault */
    }
}

/* ---- A stored value ---- */

/* A number, a switch or a list in the form of a command line; of a text the member keeps a pointer,
 * which only a JSON string can be. */
static int written_read(void *member, const option_row *row, const json_t *stored, error *e)
{
    bool is_text = row->kind == KIND_TEXT || row->kind == KIND_CHOICE || row->kind == KIND_LIST;
    text written = {0};
    int status = -1;
    if (is_text || !json_add_written(&written, stored))
        fail(e, STATUS_BAD_INPUT, "expected a %s", is_text ? "text" : "value");
    else
        status = option_read(member, row, written.data ? written.data : "", e);
    text_release(&written);
    return status;
}

/* What the run to resume had; stored is NULL where it did not know the option. */
static int stored_read(void *member, const option_row *row, const json_t *stored, error *e)
{
    int status;
    if (!stored && !row->before)
        return fail(e, STATUS_BAD_INPUT, "the settings of the run lack '%s'", row->name);
    const char *written = stored ? json_string_value(stored) : row->before;
    if (json_is_null(stored) || (!stored && *written == '\0'))
        status = option_unset(member, row, e);
    else if (written)
        status = option_read(member, row, written, e);
    else
        status = written_read(member, row, stored, e);
    if (status == 0)
        return 0;
    e->status = STATUS_BAD_INPUT;
    return fail_in(e, "setting '%s' of the run", row->name);
}

/* ---- What was given beside it ---- */

static void add_for_message(text *out, const option_row *row, const void *member)
{
    json_t *v = option_json(row, member);
    bool is_set = json_add_written(out, v);
    text_add(out, "%s", is_set ? "" : "not set"); /* an empty list adds nothing, and no NUL */
    json_decref(v);
}

static int difference_check(const option_row *row, const void *here, const void *there, error *e)
{
    text a = {0}, b = {0};
    add_for_message(&a, row, here);
    add_for_message(&b, row, there);
    int status = 0;
    if (strcmp(a.data, b.data) != 0)
        status = fail(e, STATUS_USAGE, "'--%s' is %s here and %s there", row->name, a.data, b.data);
    text_release(&a);
    text_release(&b);
    return status;
}

static int given_check(const void *member, const option_row *row, const json_t *stored, error *e)
{
    option_value there = {0};
    int status = stored_read(&there, row, stored, e);
    if (status == 0)
        status = difference_check(row, member, &there, e);
    if (row->kind == KIND_SEEDS)
        seed_list_release(&there.seeds);
    return status;
}

/* ---- All of them ---- */

static int keys_check(const program *p, json_t *stored, error *e)
{
    for (void *at = json_object_iter(stored); at; at = json_object_iter_next(stored, at)) {
        const char *key = json_object_iter_key(at);
        size_t i = 0;
        if (!table_find(&i, p, key, strlen(key)) || !row_is_stored(table_row(p, i)))
            return fail(e, STATUS_BAD_INPUT,
                        "the run has a setting '%s' that is unknown here; a later version may "
                        "have made it",
                        key);
    }
    return 0;
}

int settings_resume(void *settings, invocation *v, json_t *stored, error *e)
{
    const program *p = v->program;
    if (keys_check(p, stored, e) != 0)
        return -1;
    json_decref(v->stored);
    v->stored = json_incref(stored);
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        if (row->role != ROLE_RESULT)
            continue;
        void *member = table_member(p, i, settings);
        const json_t *value = json_object_get(stored, row->name);
        if (v->given[i] ? given_check(member, row, value, e) : stored_read(member, row, value, e))
            return -1;
    }
    return 0;
}
