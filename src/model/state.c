/* SPDX-License-Identifier: MIT */
#include "class_detail.h"
#include <stdio.h>
#include <string.h>

enum { MOST_SETTINGS = 4096 }; /* bytes of settings and plan, about */

static void add_metadata(safetensors *s, const model *m, const char *kind, const char *settings,
                         uint32_t data_checksum)
{
    char number[32];
    safetensors_set_metadata(s, "format", "ganlens");
    safetensors_set_metadata(s, "version", "1");
    safetensors_set_metadata(s, "kind", kind);
    safetensors_set_metadata(s, "settings", settings);
    snprintf(number, sizeof number, "%llu", (unsigned long long)m->step);
    safetensors_set_metadata(s, "step", number);
    snprintf(number, sizeof number, "%08lx", (unsigned long)data_checksum);
    safetensors_set_metadata(s, "data_crc32", number);
    if (*m->init_checksum)
        safetensors_set_metadata(s, "init_sha256", m->init_checksum);
}

/* What m is, with one network for each of its parts. */
static void add_model(safetensors *s, const model *m, const network *const networks[],
                      const logit_quantiles *quantiles)
{
    const model_card card = {.kind = m->kind->name,
                             .z_dim = (size_t)m->options.z_dim,
                             .n_classes = m->n_classes,
                             .shape = m->shape,
                             .low = (float)m->options.range[0],
                             .high = (float)m->options.range[1],
                             .prior_mean = m->prior_mean,
                             .prior_factor = m->prior_factor,
                             .quantiles = quantiles};
    card_part parts[MAX_MODEL_PARTS];
    for (size_t i = 0; i < m->n_parts; i++)
        parts[i] = (card_part){m->parts[i].row->prefix, networks[i]};
    checkpoint_add_model(s, &card, parts, m->n_parts);
}

static void add_optimizer(safetensors *s, const model_part *p)
{
    const optimizer *o = &p->optimizer;
    char name[64];
    if (o->m) {
        snprintf(name, sizeof name, "%s.optimizer.m", p->row->prefix);
        safetensors_add(s, name, DTYPE_F32, 1, &o->n, o->m);
    }
    if (o->v) {
        snprintf(name, sizeof name, "%s.optimizer.v", p->row->prefix);
        safetensors_add(s, name, DTYPE_F32, 1, &o->n, o->v);
    }
}

/* What only going on needs of a part: its optimizer, and its average, which for "G" is "G_ema". */
static void add_training(safetensors *s, const model_part *p)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s_ema.", p->row->prefix);
    if (p->average.n_layers)
        checkpoint_add_network(s, prefix, &p->average);
    add_optimizer(s, p);
}

/* The last look before a durable file: one that holds anything not finite could not be loaded
 * again. A step looks at most of it, but not at the moving average and the momenta. */
static int check_finite(const safetensors *s, const model *m, error *e)
{
    for (size_t i = 0; i < s->n_entries; i++) {
        const tensor_entry *t = &s->entries[i];
        if (t->type != DTYPE_F32)
            continue;
        const float *v =
            (const float *)(const void *)t->data; /* networks' and optimizers' blocks */
        size_t at = find_not_finite(v, t->n);
        if (at < t->n)
            return fail(e, STATUS_DIVERGED, "step %llu: tensor '%s' became %s; try a smaller --lr",
                        (unsigned long long)m->step, t->name, not_finite_name((double)v[at]));
    }
    return 0;
}

static int save_finite(const safetensors *s, const model *m, const char *path, error *e)
{
    return check_finite(s, m, e) ? -1 : safetensors_save(s, path, DURABLE, e);
}

/* The same in memory. */
static int write_finite(bytes *out, const safetensors *s, const model *m, error *e)
{
    int status = check_finite(s, m, e);
    if (status == 0)
        safetensors_write(out, s);
    return status;
}

/* What m remembers as JSON; nothing where it is NULL. */
static void add_json(safetensors *s, const char *key, const json_t *what)
{
    text written = {0};
    if (!what)
        return;
    json_write(&written, what, 0);
    safetensors_set_metadata(s, key, written.data);
    text_release(&written);
}

static void add_watch(safetensors *s, const model *m, size_t i)
{
    char name[64];
    snprintf(name, sizeof name, "watch.%s", warning_name(i));
    safetensors_add(s, name, DTYPE_F64, 1, (size_t[]){WATCH_VALUES}, m->memory.watch[i]);
}

/* All of m that steps go on from. */
static void add_state(safetensors *s, const model *m)
{
    const network *networks[MAX_MODEL_PARTS];
    for (size_t i = 0; i < m->n_parts; i++)
        networks[i] = &m->parts[i].network;
    add_model(s, m, networks, NULL);
    for (size_t i = 0; i < m->n_parts; i++)
        add_training(s, &m->parts[i]);
    safetensors_add(s, "step", DTYPE_U64, 0, NULL, &m->step);
    safetensors_add(s, "running", DTYPE_F64, 1, &m->n_numbers, m->running);
    if (rollback_is_on(&m->options))
        safetensors_add(s, "halvings", DTYPE_U64, 0, NULL, &m->memory.n_halvings);
    for (size_t i = 0; i < N_WARNINGS; i++)
        add_watch(s, m, i);
    add_json(s, "notes", m->memory.notes);
}

/* With what it remembers of earlier steps. */
static void add_all(safetensors *s, const model *m)
{
    const bytes *good = &m->memory.good, *best = &m->memory.best;
    add_state(s, m);
    add_json(s, "metrics", m->memory.metrics);
    if (good->size)
        safetensors_add(s, "good", DTYPE_U8, 1, &good->size, good->data);
    if (best->size)
        safetensors_add(s, "best", DTYPE_U8, 1, &best->size, best->data);
}

size_t model_state_size(const model *m)
{
    safetensors s = {0};
    add_all(&s, m);
    size_t n = safetensors_size(&s) + MOST_SETTINGS;
    safetensors_release(&s);
    return n;
}

int model_save_state(const model *m, const char *path, const char *settings, const char *plan,
                     uint32_t data_checksum, error *e)
{
    safetensors s = {0};
    add_metadata(&s, m, "state", settings, data_checksum);
    safetensors_set_metadata(&s, "plan", plan);
    add_all(&s, m);
    int status = save_finite(&s, m, path, e);
    safetensors_release(&s);
    return status;
}

int model_write_state(bytes *out, const model *m, error *e)
{
    safetensors s = {0};
    add_state(&s, m);
    int status = write_finite(out, &s, m, e);
    safetensors_release(&s);
    return status;
}

/* net as a file for use has it: itself, or where there is spectral norm *plain, which is made. */
static const network *without_norms(network *plain, const network *net)
{
    if (net->n_normal == 0)
        return net;
    network_remove_norms(plain, net);
    return plain;
}

/* A model's file, which borrows plain: zeroed, and the caller's to release after it. */
static void add_for_use(safetensors *s, network plain[MAX_MODEL_PARTS], const model *m,
                        const logit_quantiles *quantiles, const char *settings,
                        uint32_t data_checksum)
{
    const network *networks[MAX_MODEL_PARTS];
    for (size_t i = 0; i < m->n_parts; i++)
        networks[i] = without_norms(&plain[i], part_for_use(&m->parts[i]));
    add_metadata(s, m, "model", settings, data_checksum);
    add_model(s, m, networks, quantiles);
}

static void release_for_use(safetensors *s, network plain[MAX_MODEL_PARTS])
{
    safetensors_release(s);
    for (size_t i = 0; i < MAX_MODEL_PARTS; i++)
        network_release(&plain[i]);
}

int model_save(const model *m, const char *path, const logit_quantiles *quantiles,
               const char *settings, uint32_t data_checksum, error *e)
{
    safetensors s = {0};
    bytes halves = {0};
    network plain[MAX_MODEL_PARTS] = {0};
    add_for_use(&s, plain, m, quantiles, settings, data_checksum);
    int status = m->kind->is_stored_half ? safetensors_halve(&s, &halves, e) : 0;
    if (status == 0)
        status = save_finite(&s, m, path, e);
    bytes_release(&halves);
    release_for_use(&s, plain);
    return status;
}

/* With best, unless NULL, in it. */
static int write_for_use(bytes *out, const model *m, const char *settings, uint32_t data_checksum,
                         json_t *best, error *e)
{
    safetensors s = {0};
    network plain[MAX_MODEL_PARTS] = {0};
    add_for_use(&s, plain, m, NULL, settings, data_checksum);
    if (best)
        add_json(&s, "best", best);
    int status = write_finite(out, &s, m, e);
    release_for_use(&s, plain);
    return status;
}

int model_write(bytes *out, const model *m, const char *settings, uint32_t data_checksum, error *e)
{
    return write_for_use(out, m, settings, data_checksum, NULL, e);
}

int model_write_best(bytes *out, const model *m, const char *settings, uint32_t data_checksum,
                     const char *name, double value, error *e)
{
    json_t *best = json_object();
    json_object_set_new(best, "metric", json_string(name));
    json_object_set_new(best, "value", json_number(value));
    int status = write_for_use(out, m, settings, data_checksum, best, e);
    json_decref(best);
    return status;
}

/* A tensor that is no network's: found, of this type and length, copied out. */
static int get_block(void *out, const safetensors *s, const char *name, dtype type, size_t n,
                     size_t n_bytes, error *e)
{
    const tensor_entry *t = safetensors_find(s, name);
    if (!t)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is missing", s->path, name);
    if (t->type != type || t->n != n)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s' is %s of %zu elements, expected %s of %zu", s->path, name,
                    dtype_name(t->type), t->n, dtype_name(type), n);
    memcpy(out, t->data, n_bytes);
    return 0;
}

static int get_optimizer(model_part *p, const safetensors *s, uint64_t n_updates, error *e)
{
    optimizer *o = &p->optimizer;
    char name[64];
    o->step = n_updates;
    snprintf(name, sizeof name, "%s.optimizer.m", p->row->prefix);
    if (o->m && get_block(o->m, s, name, DTYPE_F32, o->n, o->n * sizeof *o->m, e))
        return -1;
    snprintf(name, sizeof name, "%s.optimizer.v", p->row->prefix);
    if (o->v && get_block(o->v, s, name, DTYPE_F32, o->n, o->n * sizeof *o->v, e))
        return -1;
    return 0;
}

static int get_part(model_part *p, const safetensors *s, uint64_t n_updates, error *e)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s.", p->row->prefix);
    if (checkpoint_get_network(&p->network, s, prefix, e))
        return -1;
    snprintf(prefix, sizeof prefix, "%s_ema.", p->row->prefix);
    if (p->average.n_layers && checkpoint_get_network(&p->average, s, prefix, e))
        return -1;
    return get_optimizer(p, s, n_updates, e);
}

/* *out becomes what s holds of that name; NULL: nothing. */
static int get_json(json_t **out, const safetensors *s, const char *key, json_type type, error *e)
{
    const char *written = safetensors_metadata(s, key);
    json_decref(*out);
    *out = written ? json_read(written, strlen(written), 8, key, STATUS_BAD_INPUT, e) : NULL;
    if (written && !*out)
        return fail_in(e, "%s", s->path);
    if (*out && json_typeof(*out) != type)
        return fail(e, STATUS_BAD_INPUT, "%s: its %s are no JSON %s", s->path, key,
                    type == JSON_ARRAY ? "array" : "object");
    return 0;
}

/* A good state holds no other file: what m remembers stays. */
static void get_file(bytes *file, const safetensors *s, const char *name)
{
    const tensor_entry *t = safetensors_find(s, name);
    if (!t)
        return;
    file->data = reallocate(file->data, t->n_bytes, 1);
    file->size = t->n_bytes;
    memcpy(file->data, t->data, t->n_bytes);
}

/* Nor does it tell what was measured since. */
static int get_metrics(train_memory *memory, const safetensors *s, error *e)
{
    if (!safetensors_metadata(s, "metrics"))
        return 0;
    get_file(&memory->best, s, "best");
    return get_json(&memory->metrics, s, "metrics", JSON_OBJECT, e);
}

/* A state of before there was that warning begins to watch. */
static int get_watch(train_memory *memory, const safetensors *s, size_t i, error *e)
{
    char name[64];
    snprintf(name, sizeof name, "watch.%s", warning_name(i));
    memset(memory->watch[i], 0, sizeof memory->watch[i]);
    if (!safetensors_find(s, name))
        return 0;
    return get_block(memory->watch[i], s, name, DTYPE_F64, WATCH_VALUES, sizeof memory->watch[i],
                     e);
}

static int get_memory(model *m, const safetensors *s, error *e)
{
    train_memory *memory = &m->memory;
    const char *init = safetensors_metadata(s, "init_sha256");
    if (init)
        snprintf(m->init_checksum, sizeof m->init_checksum, "%s", init);
    if (get_json(&memory->notes, s, "notes", JSON_ARRAY, e) || get_metrics(memory, s, e))
        return -1;
    for (size_t i = 0; i < N_WARNINGS; i++)
        if (get_watch(memory, s, i, e))
            return -1;
    if (!rollback_is_on(&m->options))
        return 0;
    get_file(&memory->good, s, "good");
    if (get_block(&memory->n_halvings, s, "halvings", DTYPE_U64, 1, sizeof memory->n_halvings, e))
        return -1;
    if (memory->n_halvings > MOST_HALVINGS)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor 'halvings' is %llu, over the limit of %d",
                    s->path, (unsigned long long)memory->n_halvings, MOST_HALVINGS);
    return 0;
}

int model_get_state(model *m, const safetensors *s, error *e)
{
    size_t n = m->n_numbers;
    m->is_fitted = false;
    if (get_block(&m->step, s, "step", DTYPE_U64, 1, sizeof m->step, e) ||
        get_block(m->running, s, "running", DTYPE_F64, n, n * sizeof *m->running, e))
        return -1;
    if (m->step > MAX_STEPS)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor 'step' is %llu, over the limit of 2^40",
                    s->path, (unsigned long long)m->step);
    for (size_t i = 0; i < m->n_parts; i++)
        if (get_part(&m->parts[i], s, m->step * part_updates(&m->parts[i], m), e))
            return -1;
    return get_memory(m, s, e);
}
