/* SPDX-License-Identifier: MIT */
/* Pictures that are judged: a model's, or those of a folder or file. */
#include "evaluation_detail.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Opening ---- */

static bool has_file(const char *folder, const char *name)
{
    char *path = join_path(folder, name);
    bool is_there = is_file(path);
    free(path);
    return is_there;
}

/* By its first bytes: a header of IDX, or of gzip. */
static bool looks_like_idx(const char *path)
{
    static const unsigned char idx[] = {0, 0}, zipped[] = {0x1f, 0x8b};
    bytes start = {0};
    error ignored = {0};
    if (ends_with(path, ".safetensors") || file_load_start(&start, path, 2, &ignored))
        return false;
    bool is_idx =
        start.size == 2 && (memcmp(start.data, idx, 2) == 0 || memcmp(start.data, zipped, 2) == 0);
    bytes_release(&start);
    return is_idx;
}

static bool is_pictures(const char *path)
{
    if (is_folder(path))
        return !has_file(path, RUN_CONFIG) && !has_file(path, RUN_MODEL) &&
               !has_file(path, RUN_STATE);
    return ends_with(path, ".npy") || looks_like_idx(path);
}

int candidate_open(candidate *c, const evaluation_request *r, const char *path, error *e)
{
    c->path = path;
    if (is_pictures(path))
        return pictures_load(&c->found, path, e);
    return checkpoint_open(&c->model, r->voice, path, r->checkpoint, true, e);
}

bool candidate_is_model(const candidate *c) { return c->model.path != NULL; }

picture_shape candidate_shape(const candidate *c)
{
    return candidate_is_model(c) ? c->model.shape : c->found.shape;
}

size_t candidate_count(const candidate *c)
{
    return candidate_is_model(c) ? SIZE_MAX : c->found.train.n;
}

/* ---- Networks ---- */

/* Each place of the list leads to the first network, so far. */
static void class_networks_allocate(class_networks *n, size_t most)
{
    n->all = allocate(most, sizeof *n->all);
    n->list = allocate(most, sizeof *n->list);
    for (size_t k = 0; k < most; k++)
        n->list[k] = n->all;
}

static int fold_generators(candidate *c, const size_t *classes, size_t n, error *e)
{
    class_networks *g = &c->generators;
    class_networks_allocate(g, n);
    for (; g->n < n; g->n++) {
        g->list[g->n] = &g->all[g->n];
        if (model_generator(&g->all[g->n], &c->model, classes[g->n], e))
            return -1;
    }
    return 0;
}

static void class_networks_release(class_networks *n)
{
    for (size_t i = 0; i < n->n; i++)
        network_release(&n->all[i]);
    free(n->all);
    free(n->list);
}

/* The number in m's list of classes of each label. */
static int number_labels(candidate *c, const uint8_t *labels, size_t n, error *e)
{
    size_t classes[MAX_CLASSES], n_known = model_file_classes(classes, &c->model),
                                 place[MAX_LABELS];
    for (size_t i = 0; i < MAX_LABELS; i++)
        place[i] = NO_INDEX;
    for (size_t k = 0; k < n_known; k++)
        place[classes[k]] = k;
    c->which = allocate(n, 1);
    for (size_t i = 0; i < n; i++) {
        if (place[labels[i]] == NO_INDEX)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: draws no class %d, which real pictures have; --data says others",
                        c->path, labels[i]);
        c->which[i] = (uint8_t)place[labels[i]];
    }
    return 0;
}

/* One pair of networks a class, found by the class itself; for a class that the model does not
 * know, which is not asked for, the first pair. */
static int fold_autoencoders(candidate *c, const size_t *classes, size_t n, error *e)
{
    class_networks *in = &c->encoders, *out = &c->decoders;
    class_networks_allocate(in, c->model.n_classes ? c->model.n_classes : 1);
    class_networks_allocate(out, c->model.n_classes ? c->model.n_classes : 1);
    for (size_t k = 0; k < n; k++) {
        size_t place = classes[k] == NO_CLASS ? 0 : classes[k];
        if (model_autoencoder(&in->all[k], &out->all[k], &c->autoencoder.is_logit, &c->model,
                              classes[k], e))
            return -1;
        in->n = out->n = k + 1;
        in->list[place] = &in->all[k];
        out->list[place] = &out->all[k];
    }
    return 0;
}

static int prepare_autoencoder(candidate *c, const size_t *classes, size_t n, error *e)
{
    const model_file *m = &c->model;
    if (fold_autoencoders(c, classes, n, e))
        return -1;
    c->autoencoder = (metric_autoencoder){.encoders = c->encoders.list,
                                          .decoders = c->decoders.list,
                                          .n_networks = m->n_classes ? m->n_classes : 1,
                                          .has_moments = c->encoders.all[0].n_out == 2 * m->z_dim,
                                          .is_logit = c->autoencoder.is_logit,
                                          .low = m->low,
                                          .high = m->high};
    c->context.autoencoder = &c->autoencoder;
    return 0;
}

static int prepare_model(candidate *c, const evaluation *v, error *e)
{
    model_file *m = &c->model;
    size_t classes[MAX_CLASSES] = {NO_CLASS}, n = model_file_classes(classes, m);
    n = n ? n : 1;
    if (fold_generators(c, classes, n, e) ||
        (m->n_classes > 0 && number_labels(c, v->real.sets.labels, v->n, e)))
        return -1;
    c->generator = (metric_generator){.networks = c->generators.list,
                                      .n_networks = c->generators.n,
                                      .which = c->which,
                                      .low = m->low,
                                      .high = m->high,
                                      .first_seed = v->request.seed};
    c->context.generator = &c->generator;
    if (model_has(m, "E") && prepare_autoencoder(c, classes, n, e))
        return -1;
    model_file_release_parts(m);
    return 0;
}

/* ---- Pictures ---- */

/* Labels that stand for names are those of the real pictures of that name. */
static int translate_label(uint8_t *label, const candidate *c, const dataset *real, error *e)
{
    const char *name = dataset_class_name(&c->found, *label);
    if (!name || !real->class_names)
        return 0;
    for (size_t k = 0; k < MAX_LABELS; k++)
        if (real->class_names[k] && strcmp(real->class_names[k], name) == 0) {
            *label = (uint8_t)k;
            return 0;
        }
    return fail(e, STATUS_BAD_INPUT, "%s: has pictures of '%s', which no real picture is", c->path,
                name);
}

static int check_label(uint8_t label, const candidate *c, const evaluation *v, error *e)
{
    size_t n = judge_n_classes(&v->judge.judge);
    if (label < n)
        return 0;
    return fail(e, STATUS_BAD_INPUT, "%s: label %d, expected below %zu, as the judge knows them",
                c->path, label, n);
}

static int take_pictures(candidate *c, const evaluation *v, error *e)
{
    const image_set *found = &c->found.train;
    size_t size = found->shape.n;
    int status = 0;
    uint32_t *numbers = draw_numbers(found->n, v->request.seed, DRAW_CANDIDATE);
    c->pixels = allocate(v->n * size, 1);
    c->labels = found->labels ? allocate(v->n, 1) : NULL;
    for (size_t i = 0; status == 0 && i < v->n; i++) {
        size_t k = v->n < found->n ? numbers[i] : i;
        memcpy(c->pixels + i * size, found->pixels + k * size, size);
        if (found->labels) {
            c->labels[i] = found->labels[k];
            status = translate_label(&c->labels[i], c, &v->real.data, e) ||
                             check_label(c->labels[i], c, v, e)
                         ? -1
                         : 0;
        }
    }
    free(numbers);
    return status;
}

int candidate_prepare(candidate *c, const evaluation *v, error *e)
{
    bool is_other = c->model.has_data_checksum && c->model.data_checksum != v->real.data.checksum;
    c->context = (metric_context){.judge = &v->judge.judge,
                                  .training = is_other ? NULL : &v->real.data.train,
                                  .seed = v->request.seed};
    if (is_other)
        warn(v->request.voice,
             "%s: was trained on other pictures than those it is held against (checksum %08lx "
             "there, %08lx here)",
             c->path, (unsigned long)c->model.data_checksum, (unsigned long)v->real.data.checksum);
    return candidate_is_model(c) ? prepare_model(c, v, e) : take_pictures(c, v, e);
}

/* ---- Drawing ---- */

/* Some pictures of one class. */
typedef struct {
    sampler sampler;
    size_t index[16 * TILE_ROWS]; /* which they are */
    size_t n;
} block;

static int draw_block(candidate *c, block *b, uint64_t first_seed, error *e)
{
    size_t z_dim = c->model.z_dim, size = c->model.shape.n;
    for (size_t k = 0; k < b->n; k++)
        latent_of_seed(b->sampler.z + k * z_dim, z_dim, first_seed + b->index[k]);
    sampler_draw(&b->sampler, b->n);
    size_t bad = find_not_finite(b->sampler.x, b->n * size);
    if (bad < b->n * size)
        return fail(e, STATUS_DIVERGED, "%s: seed %" PRIu64 ": its picture is not finite", c->path,
                    first_seed + b->index[bad / size]);
    for (size_t k = 0; k < b->n; k++)
        memcpy(c->pixels + b->index[k] * size, b->sampler.pixels + k * size, size);
    b->n = 0;
    return 0;
}

/* All pictures that generator k draws. */
static int draw_class(candidate *c, block *b, size_t k, const evaluation *v, error *e)
{
    sampler_use(&b->sampler, c->generators.list[k]);
    for (size_t i = 0; i < v->n; i++) {
        if (c->which && c->which[i] != k)
            continue;
        b->index[b->n++] = i;
        if (b->n == sizeof b->index / sizeof *b->index && draw_block(c, b, v->request.seed, e))
            return -1;
    }
    return b->n > 0 ? draw_block(c, b, v->request.seed, e) : 0;
}

int candidate_draw(candidate *c, const evaluation *v, error *e)
{
    int status = 0;
    if (!candidate_is_model(c))
        return 0;
    block *b = allocate(1, sizeof *b);
    c->pixels = allocate(v->n * c->model.shape.n, 1);
    sampler_init(&b->sampler, c->model.z_dim, c->model.shape,
                 (float[]){c->model.low, c->model.high}, sizeof b->index / sizeof *b->index);
    for (size_t k = 0; status == 0 && k < c->generators.n; k++)
        status = draw_class(c, b, k, v, e);
    if (c->which) {
        c->labels = allocate(v->n, 1);
        memcpy(c->labels, v->real.sets.labels, v->n);
    }
    sampler_release(&b->sampler);
    free(b);
    return status;
}

void candidate_release(candidate *c)
{
    comparison_release(&c->against_real);
    judged_set_release(&c->set);
    class_networks_release(&c->generators);
    class_networks_release(&c->encoders);
    class_networks_release(&c->decoders);
    model_file_release(&c->model);
    dataset_release(&c->found);
    free(c->which);
    free(c->pixels);
    free(c->labels);
}
