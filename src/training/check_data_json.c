/* SPDX-License-Identifier: MIT */
/* What the data hold, as JSON; SCHEMA grows when a key changes its meaning. */
#include "training_detail.h"
#include <stdio.h>

enum { SCHEMA = 1 };

static json_t *counts_json(const class_count *c)
{
    json_t *counts = json_pack("{s:o, s:o}", "n_train", json_unsigned(c->train), "n_test",
                               json_unsigned(c->test));
    for (size_t f = 0; f < N_FLAWS; f++)
        json_object_set_new(counts, data_flaws[f].name, json_unsigned(c->flawed[f]));
    return counts;
}

/* Those with pictures, by label. */
static json_t *classes_json(const data_facts *f)
{
    json_t *classes = json_array();
    for (size_t label = 0; label < MAX_LABELS; label++) {
        const class_count *c = &f->classes[label];
        if (c->train + c->test == 0)
            continue;
        json_t *item = json_pack("{s:o, s:o}", "label", json_unsigned(label), "name",
                                 json_text(dataset_class_name(f->check.data, (uint8_t)label)));
        json_t *counts = counts_json(c);
        json_object_update(item, counts);
        json_decref(counts);
        json_array_append_new(classes, item);
    }
    return classes;
}

static json_t *flaws_json(uint8_t flaws)
{
    json_t *names = json_array();
    for (size_t f = 0; f < N_FLAWS; f++)
        if (flaws & 1u << f)
            json_array_append_new(names, json_string(data_flaws[f].name));
    return names;
}

static json_t *name_json(const data_check *c, size_t i)
{
    text name = {0};
    data_check_add_name(&name, c, i);
    json_t *v = json_text(name.data);
    text_release(&name);
    return v;
}

static json_t *picture_json(const data_check *c, size_t i)
{
    bool has_twin = c->twins[i] != i;
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "picture", name_json(c, i), "part",
                     data_check_is_test(c, i) ? "test" : "training", "place",
                     json_unsigned(data_check_place(c, i)), "label",
                     json_unsigned(data_check_label(c, i)), "flaws", flaws_json(c->flaws[i]),
                     "like", has_twin ? name_json(c, c->twins[i]) : json_null(), "deviations",
                     json_number(c->distances[i]));
}

static json_t *flawed_json(const data_check *c)
{
    json_t *pictures = json_array();
    for (size_t i = 0; i < c->n; i++)
        if (c->flaws[i] != 0)
            json_array_append_new(pictures, picture_json(c, i));
    return pictures;
}

void data_facts_json(text *out, const data_facts *f, const char *path)
{
    const dataset *d = f->check.data;
    char checksum[16];
    snprintf(checksum, sizeof checksum, "%08lx", (unsigned long)d->checksum);
    json_t *facts = json_pack(
        "{s:i, s:o, s:s, s:o, s:o, s:o, s:{s:i, s:i, s:o}, s:{s:o, s:o}, s:o, s:o, s:o}", "schema",
        SCHEMA, "data", json_text(path), "data_crc32", checksum, "rows",
        json_unsigned(d->shape.rows), "cols", json_unsigned(d->shape.cols), "n_drawn",
        json_unsigned(d->n_drawn), "values", "least", f->least, "greatest", f->greatest, "mean",
        json_number(f->mean), "shared", data_flaws[FLAW_DUPLICATE].name, json_unsigned(f->n_equal),
        data_flaws[FLAW_NEAR].name, json_unsigned(f->n_near), "all", counts_json(&f->all),
        "classes", classes_json(f), "flawed", flawed_json(&f->check));
    json_write(out, facts, 2);
    text_add(out, "\n");
    json_decref(facts);
}
