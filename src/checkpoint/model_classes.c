/* SPDX-License-Identifier: MIT */
/* The classes that a conditional model was trained on. Its setting `classes`, ranges of labels as
 * "3,7" or "0-4,9", says where not all of the data's were. */
#include "model_detail.h"

/* Whether a range of the list, which may be damaged, holds it. */
static bool lists(const char *list, uint64_t class)
{
    uint64_t first, last;
    for (const char *at = list; count_read(&first, at, &at); at++) {
        last = first;
        if (*at == '-' && !count_read(&last, at + 1, &at))
            return false;
        if (class >= first && class <= last)
            return true;
        if (*at != ',')
            return false;
    }
    return false;
}

size_t model_file_classes(size_t classes[MAX_CLASSES], const model_file *m)
{
    const char *list = json_string_value(json_object_get(m->settings, "classes"));
    size_t n = 0;
    for (size_t class = 0; class < m->n_classes; class ++)
        if (!list || lists(list, class))
            classes[n++] = class;
    return n;
}

static int refuse_class(const model_file *m, size_t class, error *e)
{
    const char *list = json_string_value(json_object_get(m->settings, "classes"));
    if (list)
        return fail(e, STATUS_USAGE, "%s: class %zu: it was trained on the classes %.80s alone",
                    m->path, class, list);
    return fail(e, STATUS_USAGE, "%s: class %zu: there are 0 to %zu", m->path, class,
                m->n_classes - 1);
}

int model_file_check_class(const model_file *m, size_t class, error *e)
{
    size_t known[MAX_CLASSES], n = model_file_classes(known, m);
    if (m->n_classes == 0 && class != NO_CLASS)
        return fail(e, STATUS_USAGE, "%s: is not conditional: no class can be asked for", m->path);
    if (m->n_classes > 0 && class == NO_CLASS)
        return fail(e, STATUS_USAGE, "%s: is a conditional model: say which class, 0 to %zu",
                    m->path, m->n_classes - 1);
    for (size_t i = 0; i < n; i++)
        if (known[i] == class)
            return 0;
    return class == NO_CLASS ? 0 : refuse_class(m, class, e);
}
