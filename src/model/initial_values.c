/* SPDX-License-Identifier: MIT */
/* A model that begins as another one was left (fine-tuning). */
#include "model.h"
#include <stdio.h>
#include <string.h>

static int check_layers(const network *there, const network *here, const char *file,
                        const char *prefix, error *e)
{
    for (size_t i = 0; i < here->n_layers && i < there->n_layers; i++) {
        const layer *a = &there->layers[i], *b = &here->layers[i];
        if (a->n_in != b->n_in || a->n_out != b->n_out || a->has_batchnorm != b->has_batchnorm ||
            a->has_spectral_norm != b->has_spectral_norm)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: layer %zu of %s is %zu to %zu%s%s there, and %zu to %zu%s%s here: "
                        "--init is for the same layers",
                        file, i + 1, prefix, a->n_in, a->n_out, a->has_batchnorm ? " with bn" : "",
                        a->has_spectral_norm ? " with sn" : "", b->n_in, b->n_out,
                        b->has_batchnorm ? " with bn" : "", b->has_spectral_norm ? " with sn" : "");
    }
    if (there->n_layers == here->n_layers && there->n_param == here->n_param &&
        there->n_stats == here->n_stats)
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: %s has %zu layers and %zu parameters there, and %zu and %zu here", file,
                prefix, there->n_layers, there->n_param, here->n_layers, here->n_param);
}

static int begin_part(model_part *p, const network *from, const char *file, error *e)
{
    network *net = &p->network;
    if (check_layers(from, net, file, p->row->prefix, e))
        return -1;
    memcpy(net->param, from->param, net->n_param * sizeof *net->param);
    memcpy(net->stats, from->stats, net->n_stats * sizeof *net->stats);
    if (p->average.n_layers) {
        network_release(&p->average);
        network_copy(&p->average, net);
    }
    return 0;
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
        model_part *p = &m->parts[i];
        const network *from = model_file_part(f, p->row->prefix);
        if (from && begin_part(p, from, f->path, e))
            return -1;
        text_add(taken, "%s%s %s", i ? ", " : "", p->row->prefix,
                 from ? "goes on from there" : "begins anew");
        n += from != NULL;
    }
    if (n == 0)
        return fail(e, STATUS_BAD_INPUT, "%s: holds no network of --model %s", f->path,
                    m->kind->name);
    snprintf(m->init_checksum, sizeof m->init_checksum, "%s", model_file_checksum(f));
    return 0;
}
