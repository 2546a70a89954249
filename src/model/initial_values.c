/* SPDX-License-Identifier: MIT */
/* A model that begins as another one was left (fine-tuning). */
#include "model.h"
#include <stdio.h>
#include <string.h>

/* A file for use has plain layers where the run that made it had spectral norm, so that a plain one
 * may get one here; the other way round, model.safetensors is what is taken. */
static bool is_same(const layer *there, const layer *here)
{
    return there->n_in == here->n_in && there->n_out == here->n_out &&
           there->has_batchnorm == here->has_batchnorm &&
           there->has_spectral_norm <= here->has_spectral_norm;
}

static int check_layers(const network *there, const network *here, const char *file,
                        const char *prefix, error *e)
{
    for (size_t i = 0; i < here->n_layers && i < there->n_layers; i++) {
        const layer *a = &there->layers[i], *b = &here->layers[i];
        if (!is_same(a, b))
            return fail(e, STATUS_BAD_INPUT,
                        "%s: layer %zu of %s is %zu to %zu%s%s there, and %zu to %zu%s%s here: "
                        "--init is for the same layers",
                        file, i + 1, prefix, a->n_in, a->n_out, a->has_batchnorm ? " with bn" : "",
                        a->has_spectral_norm ? " with sn" : "", b->n_in, b->n_out,
                        b->has_batchnorm ? " with bn" : "", b->has_spectral_norm ? " with sn" : "");
    }
    if (there->n_layers == here->n_layers && there->n_classes == here->n_classes)
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: %s has %zu layers and an embedding of %zu classes there, and %zu and %zu here",
                file, prefix, there->n_layers, there->n_classes, here->n_layers, here->n_classes);
}

static void take_norm(spectral_norm *here, const spectral_norm *there, matrix w)
{
    if (!there->original)
        return;
    memcpy(here->u, there->u, w.rows * sizeof *here->u);
    memcpy(here->v, there->v, w.cols * sizeof *here->v);
}

static void take_statistics(layer *here, const layer *there)
{
    if (there->has_batchnorm) {
        memcpy(here->running_mean, there->running_mean, here->n_out * sizeof *here->running_mean);
        memcpy(here->running_var, there->running_var, here->n_out * sizeof *here->running_var);
    }
    take_norm(&here->weight_norm, &there->weight_norm, here->weight);
    take_norm(&here->embedding_norm, &there->embedding_norm, here->embedding);
}

/* What plain weights are divided by where spectral norm is new begins anew, as a fresh one does. */
static void take_values(network *net, const network *from, rng *r)
{
    memcpy(net->param, from->param, net->n_param * sizeof *net->param);
    network_start_norms(net, r);
    for (size_t i = 0; i < net->n_layers; i++)
        take_statistics(&net->layers[i], &from->layers[i]);
    network_normalise(net, 0);
}

static int begin_part(model *m, size_t i, const network *from, const char *file, error *e)
{
    model_part *p = &m->parts[i];
    rng r = rng_init(m->options.seed, rng_stream(STREAM_INIT, i));
    if (check_layers(from, &p->network, file, p->row->prefix, e))
        return -1;
    take_values(&p->network, from, &r);
    if (p->average.n_layers) {
        network_release(&p->average);
        network_copy(&p->average, &p->network);
    }
    return 0;
}

/* What is said of a part. */
static const char *beginning(const network *here, const network *from)
{
    return !from                             ? "begins anew"
           : from->n_normal < here->n_normal ? "goes on from there, its sn anew"
                                             : "goes on from there";
}

static int check_range(const model *m, const model_file *f, error *e)
{
    const double *range = m->options.range;
    if (f->low == (float)range[0] && f->high == (float)range[1])
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: its pictures are in %g to %g, and here --range is %g to %g", f->path,
                (double)f->low, (double)f->high, range[0], range[1]);
}

int model_begin_from(model *m, const model_file *f, text *taken, error *e)
{
    size_t n = 0;
    if (check_range(m, f, e))
        return -1;
    for (size_t i = 0; i < m->n_parts; i++) {
        const model_part *p = &m->parts[i];
        const network *from = model_file_part(f, p->row->prefix);
        if (from && begin_part(m, i, from, f->path, e))
            return -1;
        text_add(taken, "%s%s %s", i ? ", " : "", p->row->prefix, beginning(&p->network, from));
        n += from != NULL;
    }
    if (n == 0)
        return fail(e, STATUS_BAD_INPUT, "%s: holds no network of --model %s", f->path,
                    m->kind->name);
    snprintf(m->init_checksum, sizeof m->init_checksum, "%s", model_file_checksum(f));
    return 0;
}
