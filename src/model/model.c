/* SPDX-License-Identifier: MIT */
#include "class_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* To add a class: a file with its object, and its name in both lines here. */
extern const model_class gan_class, ae_class, vae_class, classifier_class;
const model_class *const model_classes[] = {&gan_class, &ae_class, &vae_class, NULL};

const model_class *model_class_find(const char *name)
{
    for (const model_class *const *c = model_classes; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return strcmp(classifier_class.name, name) == 0 ? &classifier_class : NULL;
}

/* ---- Life ---- */

/* Of doubles in order the floats may be equal. */
static int check_range(const double range[2], error *e)
{
    if ((float)range[0] < (float)range[1])
        return 0;
    return fail(e, STATUS_USAGE, "--range: %.9g and %.9g are the same float: black would be white",
                range[0], range[1]);
}

/* A class without pictures could be asked for later, and what is drawn of it would be of nothing;
 * those that --classes leaves out are refused there. */
static int check_labels(const model *m, error *e)
{
    size_t counts[MAX_CLASSES] = {0};
    if (!m->options.conditional)
        return 0;
    if (!m->data->labels)
        return fail(e, STATUS_USAGE, "--conditional: the pictures of the data have no labels");
    for (size_t i = 0; i < m->data->n; i++)
        counts[m->data->labels[i]]++;
    for (size_t class = 0; class < m->n_classes && !m->options.classes; class ++)
        if (counts[class] == 0)
            return fail(e, STATUS_USAGE,
                        "--conditional: no training picture is of class %zu, and there are to be "
                        "%zu; say how many there are with --n-classes, or which with --classes",
                        class, m->n_classes);
    return 0;
}

static int init_parts(model *m, error *e)
{
    for (const part_row *row = m->kind->parts; row->prefix; row++)
        if (part_init(&m->parts[m->n_parts], m, m->n_parts, e))
            return -1;
        else
            m->n_parts++;
    return 0;
}

size_t model_batches(const train_options *o)
{
    const model_class *kind = model_class_find(o->model);
    return kind->n_batches ? kind->n_batches(o) : 1;
}

static void allocate_batches(model *m)
{
    size_t n = m->n_batches * (size_t)m->options.batch;
    m->pictures = allocate(n * m->kind->n_blocks * m->shape.n, sizeof *m->pictures);
    m->labels = allocate(n, sizeof *m->labels);
    if (m->kind->draws_z)
        m->z = allocate(n * (size_t)m->options.z_dim, sizeof *m->z);
}

/* Rows at the end that this model has nothing for are not in its state, which thus stays that of a
 * program that did not know them. */
static size_t count_numbers(const model *m)
{
    const number_row *rows = m->kind->numbers;
    size_t n = 0;
    while (rows[n].key)
        n++;
    while (n && rows[n - 1].is_extra && !number_interval(m, n - 1))
        n--;
    return n;
}

int model_init(model *m, const train_options *o, const image_set *data, error *e)
{
    *m = (model){
        .kind = model_class_find(o->model), .options = *o, .data = data, .shape = data->shape};
    m->n_batches = model_batches(o);
    m->n_numbers = count_numbers(m);
    m->n_classes = o->conditional || m->kind->tells_classes ? (size_t)o->n_classes : 0;
    allocate_batches(m);
    if (check_range(o->range, e) || check_labels(m, e) || init_parts(m, e) || m->kind->init(m, e)) {
        model_release(m);
        return -1;
    }
    return 0;
}

void model_release(model *m)
{
    if (m->kind)
        m->kind->release(m);
    for (size_t i = 0; i < MAX_MODEL_PARTS; i++)
        part_release(&m->parts[i]);
    free(m->pictures);
    free(m->labels);
    free(m->z);
    free(m->prior_mean);
    free(m->prior_factor);
    bytes_release(&m->memory.good);
    bytes_release(&m->memory.best);
    json_decref(m->memory.notes);
    json_decref(m->memory.metrics);
    *m = (model){0};
}

/* ---- A step ---- */

void model_order_init(data_order *o, const model *m, size_t most)
{
    if (m->options.balance)
        data_order_init_balanced(o, m->data->labels, m->data->n, m->options.seed, most);
    else
        data_order_init(o, m->data->n, m->options.seed);
}

float *model_real(const model *m, size_t k)
{
    return m->pictures + k * m->kind->n_blocks * (size_t)m->options.batch * m->shape.n;
}

uint8_t *model_labels(const model *m, size_t k) { return m->labels + k * (size_t)m->options.batch; }

float *model_z(const model *m, size_t k)
{
    return m->z + k * (size_t)(m->options.batch * m->options.z_dim);
}

/* Layer i of a network draws from stream + i, and a network has at most 64 layers. Two parts have
 * their streams side by side, step after step; further parts and passes count in the bits above all
 * steps. */
pass model_pass(const model *m, size_t i, size_t k)
{
    enum { PER_PASS = 64, PER_STEP = 2 * PER_PASS };
    uint64_t above = (uint64_t)(k * (MAX_MODEL_PARTS / 2) + i / 2) * MAX_STEPS * PER_STEP;
    uint64_t index = m->step * PER_STEP + (i % 2) * PER_PASS + above;
    return (pass){true, m->options.seed, rng_stream(STREAM_DROPOUT, index)};
}

/* The last part first, where gradients come from: what they carry on is told where it begins. */
int model_update(model *m, error *e)
{
    if (check_numbers(m, e))
        return -1;
    for (size_t i = m->n_parts; i-- > 0;)
        if (part_update(&m->parts[i], m, e))
            return -1;
    return 0;
}

int model_step_on(model *m, error *e)
{
    for (size_t i = 0; i < m->n_numbers; i++)
        m->numbers[i] = (double)NAN;
    if (m->kind->step(m, e))
        return -1;
    update_running(m);
    m->step++;
    m->is_fitted = false;
    return 0;
}

int model_step(model *m, error *e)
{
    rng r = rng_init(m->options.seed, rng_stream(STREAM_TRAIN_LATENT, m->step));
    if (m->z)
        rng_fill_normal(&r, m->z, m->n_batches * (size_t)(m->options.batch * m->options.z_dim));
    return model_step_on(m, e);
}

/* ---- Use ---- */

const model_part *model_find_part(const model *m, const char *prefix)
{
    for (size_t i = 0; i < m->n_parts; i++)
        if (strcmp(m->parts[i].row->prefix, prefix) == 0)
            return &m->parts[i];
    return NULL;
}

int model_fit(model *m, error *e)
{
    if (m->kind->fit && !m->is_fitted && m->kind->fit(m, e))
        return -1;
    m->is_fitted = true;
    return 0;
}

/* What a file with that part, and no other, opens as. */
static model_file as_file(const model *m, const model_part *p)
{
    return (model_file){.kind = m->kind->name,
                        .z_dim = (size_t)m->options.z_dim,
                        .n_classes = m->n_classes,
                        .shape = m->shape,
                        .parts = {{p->row->prefix, NULL, *part_for_use(p)}},
                        .n_parts = 1,
                        .prior_mean = m->prior_mean,
                        .prior_factor = m->prior_factor};
}

typedef int fold_file(network *folded, const model_file *m, size_t class, error *e);

/* false, and nothing is made, where m has no such part. */
static bool fold(network *folded, const model *m, size_t class, const char *prefix, fold_file *as)
{
    const model_part *p = model_find_part(m, prefix);
    if (!p)
        return false;
    const model_file file = as_file(m, p);
    error never = {0}; /* the part is there, without what whitening refuses, and so is the class */
    int status = as(folded, &file, class, &never);
    assert(status == 0);
    (void)status;
    return true;
}

void model_fold_generator(network *folded, const model *m, size_t class)
{
    fold(folded, m, class, "G", model_generator);
}

bool model_fold_critic(network *folded, const model *m, size_t class)
{
    return fold(folded, m, class, "D", model_critic);
}

bool model_fold_encoder(network *folded, const model *m, size_t class)
{
    return fold(folded, m, class, "E", model_encoder);
}

size_t model_drawn_classes(size_t classes[MAX_CLASSES], const model *m)
{
    bool is_there[MAX_CLASSES] = {false};
    size_t n = 0;
    classes[0] = NO_CLASS;
    for (size_t i = 0; m->n_classes && i < m->data->n; i++)
        is_there[m->data->labels[i]] = true;
    for (size_t class = 0; class < m->n_classes; class ++)
        if (is_there[class])
            classes[n++] = class;
    return m->n_classes ? n : 1;
}
