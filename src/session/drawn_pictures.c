/* SPDX-License-Identifier: MIT */
/* A model's pictures, and the networks that they are drawn by. */
#include "session.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Networks ---- */

/* Each place of the list leads to the first network, so far. */
static void class_networks_allocate(class_networks *n, size_t most)
{
    n->all = allocate(most, sizeof *n->all);
    n->list = allocate(most, sizeof *n->list);
    for (size_t k = 0; k < most; k++)
        n->list[k] = n->all;
}

static void class_networks_release(class_networks *n)
{
    for (size_t i = 0; i < n->n; i++)
        network_release(&n->all[i]);
    free(n->all);
    free(n->list);
}

static int fold_generators(drawn_pictures *d, const model_file *m, const size_t *classes, size_t n,
                           error *e)
{
    class_networks *g = &d->generators;
    class_networks_allocate(g, n);
    for (; g->n < n; g->n++) {
        g->list[g->n] = &g->all[g->n];
        if (model_generator(&g->all[g->n], m, classes[g->n], e))
            return -1;
    }
    return 0;
}

static int fold_critics(drawn_pictures *d, const model_file *m, const size_t *classes, size_t n,
                        error *e)
{
    class_networks *c = &d->critics;
    class_networks_allocate(c, n);
    for (; c->n < n; c->n++) {
        c->list[c->n] = &c->all[c->n];
        if (model_critic(&c->all[c->n], m, classes[c->n], e))
            return -1;
    }
    return 0;
}

/* The number in m's list of classes of each label. */
static int number_labels(drawn_pictures *d, const model_file *m, const uint8_t *labels, error *e)
{
    size_t classes[MAX_CLASSES], n_known = model_file_classes(classes, m), place[MAX_LABELS];
    for (size_t i = 0; i < MAX_LABELS; i++)
        place[i] = NO_INDEX;
    for (size_t k = 0; k < n_known; k++)
        place[classes[k]] = k;
    d->which = allocate(d->n, 1);
    for (size_t i = 0; i < d->n; i++) {
        if (place[labels[i]] == NO_INDEX)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: draws no class %d, which real pictures have; --data says others",
                        m->path, labels[i]);
        d->which[i] = (uint8_t)place[labels[i]];
    }
    return 0;
}

/* One pair of networks a class, found by the class itself; for a class that the model does not
 * know, which is not asked for, the first pair. */
static int fold_autoencoders(drawn_pictures *d, const model_file *m, const size_t *classes,
                             size_t n, error *e)
{
    class_networks *in = &d->encoders, *out = &d->decoders;
    class_networks_allocate(in, m->n_classes ? m->n_classes : 1);
    class_networks_allocate(out, m->n_classes ? m->n_classes : 1);
    for (size_t k = 0; k < n; k++) {
        size_t place = classes[k] == NO_CLASS ? 0 : classes[k];
        if (model_autoencoder(&in->all[k], &out->all[k], &d->autoencoder.is_logit, m, classes[k],
                              e))
            return -1;
        in->n = out->n = k + 1;
        in->list[place] = &in->all[k];
        out->list[place] = &out->all[k];
    }
    return 0;
}

static int prepare_autoencoder(drawn_pictures *d, const model_file *m, const size_t *classes,
                               size_t n, error *e)
{
    if (fold_autoencoders(d, m, classes, n, e))
        return -1;
    d->autoencoder = (metric_autoencoder){.encoders = d->encoders.list,
                                          .decoders = d->decoders.list,
                                          .n_networks = m->n_classes ? m->n_classes : 1,
                                          .has_moments = d->encoders.all[0].n_out == 2 * m->z_dim,
                                          .is_logit = d->autoencoder.is_logit,
                                          .low = m->low,
                                          .high = m->high};
    return 0;
}

int drawn_pictures_init(drawn_pictures *d, const model_file *m, const uint8_t *labels, size_t n,
                        uint64_t first_seed, error *e)
{
    size_t classes[MAX_CLASSES] = {NO_CLASS}, n_classes = model_file_classes(classes, m);
    n_classes = n_classes ? n_classes : 1;
    *d = (drawn_pictures){.path = m->path, .shape = m->shape, .n = n};
    if (fold_generators(d, m, classes, n_classes, e) ||
        (model_has(m, "D") && fold_critics(d, m, classes, n_classes, e)) ||
        (m->n_classes > 0 && number_labels(d, m, labels, e)))
        return -1;
    d->generator = (metric_generator){.networks = d->generators.list,
                                      .critics = d->critics.list,
                                      .n_networks = d->generators.n,
                                      .which = d->which,
                                      .low = m->low,
                                      .high = m->high,
                                      .first_seed = first_seed};
    return model_has(m, "E") ? prepare_autoencoder(d, m, classes, n_classes, e) : 0;
}

void drawn_pictures_release(drawn_pictures *d)
{
    class_networks_release(&d->generators);
    class_networks_release(&d->critics);
    class_networks_release(&d->encoders);
    class_networks_release(&d->decoders);
    free(d->which);
    free(d->pixels);
    *d = (drawn_pictures){0};
}

void drawn_pictures_tell(metric_context *c, const drawn_pictures *d)
{
    c->generator = &d->generator;
    c->autoencoder = d->encoders.n > 0 ? &d->autoencoder : NULL;
}

/* ---- Drawing ---- */

int drawn_pictures_draw(drawn_pictures *d, error *e)
{
    d->pixels = allocate(d->n * d->shape.n, 1);
    size_t bad = metric_generator_draw(d->pixels, &d->generator, d->n);
    if (bad == d->n)
        return 0;
    return fail(e, STATUS_DIVERGED, "%s: seed %" PRIu64 ": its picture is not finite", d->path,
                d->generator.first_seed + bad);
}
