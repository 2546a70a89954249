/* SPDX-License-Identifier: MIT */
/* What a model is, as the metadata `model` says it: {"kind", "z_dim", "n_classes", "rows", "cols",
 * "range": [low, high], "networks": {"G": SPEC, ...}}, and where there are quantiles of D's logit
 * "quantiles": {"n_real", "n_generated"}. */
#include "model_detail.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Kinds ---- */

static const model_kind kinds[] = {
    {"gan", {"G", "D"}, 0},
    {"vae", {"G", "E"}, 2},
    {"ae", {"G", "E"}, 1},
    {"classifier", {"C"}, 0},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

const model_kind *model_kind_find(const char *name)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const char *part_role(const char *name)
{
    static const struct {
        char letter;
        const char *role;
    } roles[] = {{'G', "generator"}, {'D', "discriminator"}, {'E', "encoder"}, {'C', "classifier"}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (*name == roles[i].letter && strchr("._", name[1]))
            return roles[i].role;
    return NULL;
}

/* ---- Writing ---- */

static json_t *specs_json(const card_part *parts, size_t n)
{
    json_t *specs = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(specs, parts[i].name, json_text(parts[i].net->spec));
    return specs;
}

static json_t *counts_json(const logit_quantiles *q)
{
    return json_pack("{s:o, s:o}", "n_real", json_unsigned(q->n_real), "n_generated",
                     json_unsigned(q->n_generated));
}

static void add_card(safetensors *s, const model_card *c, const card_part *parts, size_t n)
{
    text written = {0};
    json_t *card =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:[o,o], s:o}", "kind", json_text(c->kind), "z_dim",
                  json_unsigned(c->z_dim), "n_classes", json_unsigned(c->n_classes), "rows",
                  json_unsigned(c->shape.rows), "cols", json_unsigned(c->shape.cols), "range",
                  json_number((double)c->low), json_number((double)c->high), "networks",
                  specs_json(parts, n));
    if (c->quantiles)
        json_object_set_new(card, "quantiles", counts_json(c->quantiles));
    json_write(&written, card, 0);
    safetensors_set_metadata(s, "model", written.data);
    json_decref(card);
    text_release(&written);
}

static void add_part(safetensors *s, const card_part *p, size_t n_classes)
{
    text prefix = {0};
    text_add(&prefix, "%s.", p->name);
    assert(p->net->n_classes == 0 || p->net->n_classes == n_classes);
    checkpoint_add_network(s, prefix.data, p->net);
    text_release(&prefix);
}

void checkpoint_add_model(safetensors *s, const model_card *c, const card_part *parts, size_t n)
{
    assert(model_kind_find(c->kind));
    add_card(s, c, parts, n);
    for (size_t i = 0; i < n; i++)
        add_part(s, &parts[i], c->n_classes);
    if (c->prior_mean) {
        safetensors_add(s, "prior.mean", DTYPE_F32, 1, &c->z_dim, c->prior_mean);
        safetensors_add(s, "prior.factor", DTYPE_F32, 2, (size_t[]){c->z_dim, c->z_dim},
                        c->prior_factor);
    }
    if (c->quantiles)
        quantiles_add(s, c->quantiles);
}

/* ---- Reading ---- */

bool set_range(model_file *m, double low, double high)
{
    if (!(fabs(low) <= (double)FLT_MAX && fabs(high) <= (double)FLT_MAX))
        return false; /* converting it would be undefined */
    m->low = (float)low;
    m->high = (float)high;
    return m->low < m->high;
}

/* `where`: the metadata that says so. */
static int check_number(const model_file *m, const char *where, const char *name, json_int_t value,
                        const json_int_t bounds[2], error *e)
{
    if (value >= bounds[0] && value <= bounds[1])
        return 0;
    return fail(e, STATUS_BAD_INPUT, "%s: metadata '%s': %s is %lld, expected %lld to %lld",
                m->path, where, name, (long long)value, (long long)bounds[0], (long long)bounds[1]);
}

static int take_range(model_file *m, double low, double high, const char *where, error *e)
{
    if (set_range(m, low, high))
        return 0;
    return fail(e, STATUS_BAD_INPUT, "%s: metadata '%s': range is from %g to %g", m->path, where,
                low, high);
}

/* Of a file of version 0.1.0, a gan of 28x28. */
static int read_settings(model_file *m, model_specs *specs, error *e)
{
    json_error_t found;
    json_int_t z_dim;
    json_t *d = NULL;
    double low, high;
    specs->document = json_incref(m->settings);
    if (json_unpack_ex(m->settings, &found, 0, "{s:s, s?o, s:I, s:[F,F]}", "generator",
                       &specs->specs[0], "discriminator", &d, "z-dim", &z_dim, "range", &low,
                       &high) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': %s", m->path, found.text);
    if (d && !json_is_null(d) && !json_is_string(d))
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings': discriminator is not a text",
                    m->path);
    specs->specs[1] = json_string_value(d);
    m->kind = model_kind_find("gan")->name;
    m->z_dim = (size_t)z_dim;
    if (check_number(m, "settings", "z-dim", z_dim, (json_int_t[]){1, MAX_Z_DIM}, e) != 0)
        return -1;
    return take_range(m, low, high, "settings", e) != 0
               ? -1
               : picture_shape_init(&m->shape, 28, 28, m->path, e);
}

/* The numbers of a card as they are written. */
typedef struct {
    json_int_t z_dim, n_classes, rows, cols;
    double low, high;
} card_numbers;

static int take_numbers(model_file *m, const card_numbers *c, const model_kind *kind, error *e)
{
    static const json_int_t none[] = {0, 0}, sides[] = {MIN_PICTURE_SIDE, MAX_PICTURE_SIDE};
    bool is_classifier = *kind->parts[0] == 'C'; /* which has no z, but classes */
    const json_int_t widths[] = {1, MAX_Z_DIM}, classes[] = {is_classifier, MAX_CLASSES};
    if (check_number(m, "model", "z_dim", c->z_dim, is_classifier ? none : widths, e) != 0 ||
        check_number(m, "model", "n_classes", c->n_classes, classes, e) != 0 ||
        check_number(m, "model", "rows", c->rows, sides, e) != 0 ||
        check_number(m, "model", "cols", c->cols, sides, e) != 0 ||
        take_range(m, c->low, c->high, "model", e) != 0)
        return -1;
    m->z_dim = (size_t)c->z_dim;
    m->n_classes = (size_t)c->n_classes;
    return picture_shape_init(&m->shape, (size_t)c->rows, (size_t)c->cols, m->path, e);
}

/* The specs of the parts that the kind has, and no others. */
static int take_specs(model_specs *specs, const model_kind *kind, const json_t *networks,
                      const char *path, error *e)
{
    size_t n = 0;
    for (size_t i = 0; i < MAX_NETWORKS && kind->parts[i]; i++) {
        specs->specs[i] = json_string_value(json_object_get(networks, kind->parts[i]));
        n += specs->specs[i] != NULL;
    }
    if (!specs->specs[0])
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'model': networks: %s is missing", path,
                    kind->parts[0]);
    if (n != json_object_size(networks))
        return fail(e, STATUS_BAD_INPUT,
                    "%s: metadata 'model': networks: expected a text each for the networks of a "
                    "%s, and no more",
                    path, kind->name);
    return 0;
}

/* Where the card has some; their values are read later. */
static int take_counts(model_file *m, json_t *counts, error *e)
{
    static const json_int_t bounds[] = {1, 1000000000};
    json_error_t found;
    json_int_t n_real, n_generated;
    if (!counts)
        return 0;
    if (json_unpack_ex(counts, &found, JSON_STRICT, "{s:I, s:I}", "n_real", &n_real, "n_generated",
                       &n_generated) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'model': quantiles: %s", m->path,
                    found.text);
    if (check_number(m, "model", "n_real", n_real, bounds, e) != 0 ||
        check_number(m, "model", "n_generated", n_generated, bounds, e) != 0)
        return -1;
    m->quantiles = allocate(1, sizeof *m->quantiles);
    m->quantiles->n_real = (size_t)n_real;
    m->quantiles->n_generated = (size_t)n_generated;
    return 0;
}

static int read_card(model_file *m, model_specs *specs, error *e)
{
    json_error_t found;
    const char *name;
    card_numbers c;
    json_t *networks, *counts = NULL;
    if (json_unpack_ex(specs->document, &found, JSON_STRICT,
                       "{s:s, s:I, s:I, s:I, s:I, s:[F,F], s:o, s?o}", "kind", &name, "z_dim",
                       &c.z_dim, "n_classes", &c.n_classes, "rows", &c.rows, "cols", &c.cols,
                       "range", &c.low, &c.high, "networks", &networks, "quantiles", &counts) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'model': %s", m->path, found.text);
    const model_kind *kind = model_kind_find(name);
    if (!kind)
        return fail(e, STATUS_BAD_INPUT, "%s: a model of kind '%.40s', which is not known here",
                    m->path, name);
    m->kind = kind->name;
    if (take_numbers(m, &c, kind, e) != 0 || take_counts(m, counts, e) != 0)
        return -1;
    return take_specs(specs, kind, networks, m->path, e);
}

int model_card_read(model_file *m, model_specs *specs, const char *written, error *e)
{
    enum { MAX_DEPTH = 3 }; /* the card, its networks and range, what is in them */
    if (!written)
        return read_settings(m, specs, e);
    specs->document =
        json_read(written, strlen(written), MAX_DEPTH, "metadata 'model'", STATUS_BAD_INPUT, e);
    return specs->document ? read_card(m, specs, e) : fail_in(e, "%s", m->path);
}
