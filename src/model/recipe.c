/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <string.h>

/* Of embedded_recipes.S. */
#define RECIPE(name, summary) extern const char recipe_##name[];
#include "recipe_table.h"
#undef RECIPE

const recipe recipes[] = {
#define RECIPE(name, summary) {#name, summary, recipe_##name},
#include "recipe_table.h"
#undef RECIPE
    {0},
};

extern const char recipe_judge[];

const recipe judge_recipe = {"judge", "a classifier whose probabilities can be believed",
                             recipe_judge};

const recipe *recipe_find(const char *name)
{
    for (const recipe *r = recipes; r->name; r++)
        if (strcmp(r->name, name) == 0)
            return r;
    return NULL;
}

/* Settings begin with the common ones, which a recipe has nothing to say of. */
typedef struct {
    common_settings common;
    train_options train;
} recipe_settings;

/* What no program offers. */
static const option_row unlisted_options[] = {
    OPTION_TEXT(train_options, classifier, .name = "classifier", .role = ROLE_RESULT,
                .models = "classifier", .value = "SPEC", .summary = "Layers of C."),
};

int recipe_read(train_options *o, invocation *texts, const recipe *r, error *e)
{
    static option_group groups[MAX_TRAIN_GROUPS + 1]; /* texts goes on to know them */
    static program reader = {.groups = groups};
    recipe_settings set = {0};
    size_t base = MEMBER_AT(recipe_settings, train, train_options);
    reader.n_groups = train_groups(groups, base);
    groups[reader.n_groups++] = (option_group)OPTION_GROUP("The model", unlisted_options, base);
    settings_begin(&set, &reader);
    int status = program_read_json(texts, &reader, r->json, r->name, e);
    if (status == 0)
        status = program_apply(&set, texts, e);
    *o = set.train;
    return status;
}

int judge_recipe_read(train_options *o, invocation *texts, error *e)
{
    int status = recipe_read(o, texts, &judge_recipe, e);
    o->model = "classifier";
    return status;
}

int recipes_list(text *out, error *e)
{
    for (const recipe *r = recipes; r->name; r++) {
        train_options o;
        invocation texts = {0};
        if (recipe_read(&o, &texts, r, e) == 0)
            text_add(out, "%s\t%s\t%s\n", r->name, o.model, r->summary);
        invocation_release(&texts);
    }
    return e->status ? -1 : 0;
}
