/* SPDX-License-Identifier: MIT */
/* Options that the rest of the command line leaves without a use. */
#include "option_table.h"

#include <assert.h>
#include <string.h>

/* Whether argv asks for option i: a switch that is off asks for nothing. */
static bool is_asked_for(const invocation *v, size_t i)
{
    if (!v->given[i] || v->from_config[i])
        return false;
    return table_row(v->program, i)->kind != KIND_FLAG ||
           (strcmp(v->given[i], "false") != 0 && strcmp(v->given[i], "0") != 0);
}

int option_uses_check(const invocation *v, const option_use *uses, size_t n, error *e)
{
    for (const option_use *u = uses; u < uses + n; u++) {
        size_t i = 0;
        bool is_known = table_find(&i, v->program, u->name, strlen(u->name));
        assert(is_known);
        if (is_known && !u->has_use && is_asked_for(v, i))
            return fail(e, STATUS_USAGE, "--%s is for %s", u->name, u->what_for);
    }
    return 0;
}

void models_add(text *out, const char *models)
{
    const char *rest = models, *name = NULL;
    size_t n = 0;
    for (const char *join = ""; token_next(&name, &n, &rest, '|'); join = " or ")
        text_add(out, "%s%.*s", join, (int)n, name);
}

bool option_is_read(const option_row *row, const char *model)
{
    const char *rest = row->models, *name = NULL;
    size_t n = 0;
    while (token_next(&name, &n, &rest, '|'))
        if (strlen(model) == n && memcmp(model, name, n) == 0)
            return true;
    return !row->models;
}

int option_models_check(const invocation *v, const char *model, error *e)
{
    for (size_t i = 0; i < table_size(v->program); i++) {
        const option_row *row = table_row(v->program, i);
        if (option_is_read(row, model) || !is_asked_for(v, i))
            continue;
        text models = {0};
        models_add(&models, row->models);
        fail(e, STATUS_USAGE, "--%s is for --model %s, and not for %s", row->name, models.data,
             model);
        text_release(&models);
        return -1;
    }
    return 0;
}
