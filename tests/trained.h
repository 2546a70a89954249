/* SPDX-License-Identifier: MIT */
/* Files as the trainer of version 0.1.0 writes them. Include after <cmocka.h>. */
#ifndef GANLENS_TRAINED_H
#define GANLENS_TRAINED_H

#include "folder.h"

static const char g_spec[] = "4:bn:lrelu=0.3,784:tanh";
static const char d_spec[] = "3:lrelu=0.3:dropout=0.4,1";
enum { Z_DIM = 2 };

/* Values that differ from tensor to tensor; `first` tells networks apart. */
static inline void fill(network *net, float first)
{
    for (size_t i = 0; i < net->n_param; i++)
        net->param[i] = first + (float)i / 1024.0f;
    for (size_t i = 0; i < net->n_stats; i++)
        net->stats[i] = 1.0f + first + (float)i / 16.0f;
}

static inline network network_of(const char *spec, size_t n_in, float first)
{
    error e = {0};
    network net;
    assert_done(network_init(&net, spec, n_in, &e), &e);
    fill(&net, first);
    return net;
}

static inline void assert_networks_equal(const network *a, const network *b)
{
    assert_int_equal(a->n_param, b->n_param);
    assert_int_equal(a->n_stats, b->n_stats);
    assert_memory_equal(a->param, b->param, a->n_param * sizeof *a->param);
    if (a->n_stats > 0)
        assert_memory_equal(a->stats, b->stats, a->n_stats * sizeof *a->stats);
}

/* A file of the trainer; the networks are what its tensors borrow. */
typedef struct {
    safetensors file;
    network g, average, d;
} trained;

static inline void trained_init(trained *t, const char *kind, bool has_average)
{
    *t = (trained){.g = network_of(g_spec, Z_DIM, 0.5f),
                   .average = network_of(g_spec, Z_DIM, 0.75f),
                   .d = network_of(d_spec, 784, 0.25f)};
    checkpoint_add_network(&t->file, "G.", &t->g);
    if (has_average)
        checkpoint_add_network(&t->file, "G_ema.", &t->average);
    checkpoint_add_network(&t->file, "D.", &t->d);
    safetensors_set_metadata(&t->file, "format", "ganlens");
    safetensors_set_metadata(&t->file, "version", "1");
    safetensors_set_metadata(&t->file, "kind", kind);
    safetensors_set_metadata(&t->file, "step", "37500");
    safetensors_set_metadata(
        &t->file, "settings",
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"discriminator\":\"3:lrelu=0.3:dropout=0.4,1\",\"z-dim\":2,\"range\":[-1,1],\"seed\":7}");
}

static inline void trained_release(trained *t)
{
    safetensors_release(&t->file);
    network_release(&t->g);
    network_release(&t->average);
    network_release(&t->d);
}

/* Saves t and opens it; source->path is set here. */
static inline int reopen(model_file *m, const trained *t, model_source source, error *e)
{
    bytes b = save(&t->file, "trained.safetensors");
    bytes_release(&b);
    char *path = join_path(folder, "trained.safetensors");
    source.path = path;
    int status = model_file_load(m, &source, e);
    free(path);
    return status;
}

static inline void assert_model_refused(const trained *t, model_source source, exit_status status,
                                        const char *part)
{
    error e = {0};
    model_file m;
    assert_int_equal(reopen(&m, t, source, &e), -1);
    assert_message(&e, status, part);
    assert_message(&e, status, "trained.safetensors: ");
    assert_int_equal(m.n_parts, 0);
    assert_null(m.path);
}

static inline void assert_path_refused(const char *path, const char *part)
{
    error e = {0};
    model_file m;
    model_source source = {.path = path, .generator = g_spec};
    assert_int_equal(model_file_load(&m, &source, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, part);
    assert_message(&e, STATUS_BAD_INPUT, path);
}

#endif
