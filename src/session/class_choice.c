/* SPDX-License-Identifier: MIT */
/* Which class of a conditional model is meant. */
#include "session.h"

#include <string.h>

int class_check(const model_file *m, size_t class, error *e)
{
    return model_file_check_class(m, class, e) ? fail_in(e, "--class") : 0;
}

/* A number, all of it. */
static int read_class(size_t *class, const char *given, error *e)
{
    uint64_t number;
    const char *end;
    if (!count_read(&number, given, &end) || *end || number >= MAX_CLASSES)
        return fail(e, STATUS_USAGE, "--class: '%s' is neither a class, 0 to %d, nor all", given,
                    MAX_CLASSES - 1);
    *class = (size_t)number;
    return 0;
}

int classes_choose(class_list *c, const model_file *m, const char *given, error *e)
{
    bool is_one = given && strcmp(given, "all") != 0;
    c->n = is_one ? 0 : model_file_classes(c->all, m);
    if (c->n > 0)
        return 0;
    c->n = 1;
    c->all[0] = NO_CLASS;
    if (!given)
        return 0;
    if (is_one && read_class(&c->all[0], given, e))
        return -1;
    return class_check(m, is_one ? c->all[0] : 0, e);
}

char *class_suffix(size_t class, const char *target)
{
    text number = {0};
    text_add(&number, "%zu", class);
    char *suffix = explanation_suffix(class == NO_CLASS ? NULL : number.data, target);
    text_release(&number);
    return suffix;
}
