/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <stdio.h>
#include <string.h>

static void add_metadata(safetensors *s, const gan *m, const char *kind, const char *settings,
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
}

/* What the model is and its networks, g one of the two G. */
static void add_model(safetensors *s, const gan *m, const network *g)
{
    const model_card card = {.kind = "gan",
                             .z_dim = m->set.z_dim,
                             .shape = m->set.shape,
                             .low = (float)m->set.low,
                             .high = (float)m->set.high};
    checkpoint_add_model(s, &card, (card_part[]){{"G", g}, {"D", &m->d}}, 2);
}

static void add_optimizer(safetensors *s, const char *prefix, const optimizer *o)
{
    char name[64];
    if (o->m) {
        snprintf(name, sizeof name, "%s.optimizer.m", prefix);
        safetensors_add(s, name, DTYPE_F32, 1, &o->n, o->m);
    }
    if (o->v) {
        snprintf(name, sizeof name, "%s.optimizer.v", prefix);
        safetensors_add(s, name, DTYPE_F32, 1, &o->n, o->v);
    }
}

/* The last look before a durable file: one that holds anything not finite could not be loaded
 * again. A step looks at most of it, but not at the moving average and the momenta. */
static int check_finite(const safetensors *s, const gan *m, error *e)
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

int gan_save_state(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   const double running[N_RUNNING], error *e)
{
    safetensors s = {0};
    size_t n_running = N_RUNNING;
    add_metadata(&s, m, "state", settings, data_checksum);
    add_model(&s, m, &m->g);
    if (m->g_ema.n_layers)
        checkpoint_add_network(&s, "G_ema.", &m->g_ema);
    add_optimizer(&s, "G", &m->g_optimizer);
    add_optimizer(&s, "D", &m->d_optimizer);
    safetensors_add(&s, "step", DTYPE_U64, 0, NULL, &m->step);
    safetensors_add(&s, "running", DTYPE_F64, 1, &n_running, running);
    int status = check_finite(&s, m, e);
    if (status == 0)
        status = safetensors_save(&s, path, DURABLE, e);
    safetensors_release(&s);
    return status;
}

int gan_save_model(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   error *e)
{
    safetensors s = {0};
    add_metadata(&s, m, "model", settings, data_checksum);
    add_model(&s, m, gan_generator(m));
    int status = safetensors_save(&s, path, DURABLE, e);
    safetensors_release(&s);
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

static int get_optimizer(optimizer *o, const safetensors *s, const char *prefix, uint64_t step,
                         error *e)
{
    char name[64];
    o->step = step;
    snprintf(name, sizeof name, "%s.optimizer.m", prefix);
    if (o->m && get_block(o->m, s, name, DTYPE_F32, o->n, o->n * sizeof *o->m, e))
        return -1;
    snprintf(name, sizeof name, "%s.optimizer.v", prefix);
    if (o->v && get_block(o->v, s, name, DTYPE_F32, o->n, o->n * sizeof *o->v, e))
        return -1;
    return 0;
}

int gan_get_state(gan *m, const safetensors *s, double running[N_RUNNING], error *e)
{
    /* Steps are counted in the low bits of the random streams. */
    static const uint64_t most_steps = UINT64_C(1) << 48;
    if (get_block(&m->step, s, "step", DTYPE_U64, 1, sizeof m->step, e) ||
        get_block(running, s, "running", DTYPE_F64, N_RUNNING, N_RUNNING * sizeof *running, e) ||
        checkpoint_get_network(&m->g, s, "G.", e) || checkpoint_get_network(&m->d, s, "D.", e) ||
        get_optimizer(&m->g_optimizer, s, "G", m->step, e) ||
        get_optimizer(&m->d_optimizer, s, "D", m->step, e))
        return -1;
    if (m->step > most_steps)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor 'step' is %llu, over the limit of 2^48",
                    s->path, (unsigned long long)m->step);
    return m->g_ema.n_layers ? checkpoint_get_network(&m->g_ema, s, "G_ema.", e) : 0;
}
