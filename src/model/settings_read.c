/* SPDX-License-Identifier: MIT */
/* Which of the settings in a model's file had a reader: a file holds those of all models and
 * optimizers, so that any of them can be made from it again; but a classifier's its own alone. */
#include "model.h"
#include <string.h>

const optimizer_reading optimizer_readings[] = {{"beta1", READS_BETA1},
                                                {"beta2", READS_BETA2},
                                                {"eps", READS_EPS},
                                                {"weight-decay", READS_DECAY},
                                                {NULL, 0}};

static void leave_out_of_model(json_t *settings, const char *name)
{
    option_group groups[MAX_TRAIN_GROUPS];
    size_t n = train_groups(groups, 0);
    for (size_t g = 0; g < n; g++)
        for (size_t i = 0; i < groups[g].n; i++)
            if (!option_is_read(&groups[g].rows[i], name))
                json_object_del(settings, groups[g].rows[i].name);
}

static void leave_out_of_optimizer(json_t *settings, const optimizer_rule *rule)
{
    for (const optimizer_reading *r = optimizer_readings; r->option; r++)
        if (!(rule->reads & r->setting))
            json_object_del(settings, r->option);
}

json_t *train_settings_read(json_t *settings)
{
    json_t *read = json_copy(settings);
    const char *name = json_string_value(json_object_get(settings, "model"));
    const char *opt = json_string_value(json_object_get(settings, "opt"));
    const optimizer_rule *rule = opt ? optimizer_find(opt) : NULL;
    const model_class *kind = name ? model_class_find(name) : NULL;
    if (kind && !kind->tells_classes)
        leave_out_of_model(read, name);
    if (rule)
        leave_out_of_optimizer(read, rule);
    return read;
}
