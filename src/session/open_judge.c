/* SPDX-License-Identifier: MIT */
/* The judge of a file, or the one that is built in. */
#include "session.h"
#include <stdio.h>
#include <stdlib.h>

/* Of embedded_judge.S, which is data/judge/judge.safetensors. */
extern const unsigned char embedded_judge[];
extern const uint64_t embedded_judge_size;

static const char built_in[] = "the judge that is built in";

static int load_built_in(model_file *m, error *e)
{
    safetensors s;
    if (safetensors_read(&s, embedded_judge, (size_t)embedded_judge_size, built_in, e))
        return -1;
    int status = model_file_read(m, &s, &(model_source){0}, e);
    safetensors_release(&s);
    return status;
}

static int load(judge_file *f, model_file *m, const char *path, error *e)
{
    if (!path) {
        sha256_of(f->checksum, embedded_judge, (size_t)embedded_judge_size);
        return load_built_in(m, e);
    }
    if (model_file_load(m, &(model_source){.path = path, .wants_checksum = true}, e))
        return -1;
    f->path = copy_text(m->path);
    snprintf(f->checksum, sizeof f->checksum, "%s", model_file_checksum(m));
    return 0;
}

static int check(const model_file *m, picture_shape shape, error *e)
{
    const network *c = model_file_part(m, "C");
    if (!c)
        return fail(e, STATUS_BAD_INPUT, "%s: is a %s, expected a classifier to judge by", m->path,
                    m->kind);
    if (c->n_layers < 2)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: its classifier '%s' has no hidden layer, which features are taken of",
                    m->path, c->spec);
    if (m->shape.rows != shape.rows || m->shape.cols != shape.cols)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: judges pictures of %zux%zu, expected %zux%zu; ganeval --train-judge makes "
                    "one for them",
                    m->path, m->shape.rows, m->shape.cols, shape.rows, shape.cols);
    return 0;
}

static int check_labels(const model_file *m, bool wants_control, error *e)
{
    bool is_control = m->settings && json_is_true(json_object_get(m->settings, JUDGE_CONTROL_KEY));
    if (is_control == wants_control)
        return 0;
    if (is_control)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: was trained on random labels, and judges nothing; it is for ganexplain "
                    "--judge-control",
                    m->path);
    return fail(e, STATUS_BAD_INPUT,
                "%s: was not trained on random labels; ganeval --train-judge --random-labels makes "
                "a control",
                m->path);
}

static int open_one(judge_file *f, const char *path, picture_shape shape, bool wants_control,
                    error *e)
{
    model_file m = {0};
    network c = {0};
    *f = (judge_file){0};
    int status = load(f, &m, path, e);
    if (status == 0)
        status = check(&m, shape, e);
    if (status == 0)
        status = check_labels(&m, wants_control, e);
    if (status == 0)
        status = model_classifier(&c, &m, e);
    if (status == 0)
        judge_init(&f->judge, &c, m.shape, m.low, m.high, f->checksum);
    f->classifier = c;
    model_file_release(&m);
    if (status != 0)
        judge_file_release(f);
    return status;
}

int judge_open(judge_file *f, const char *path, picture_shape shape, error *e)
{
    return open_one(f, path, shape, false, e);
}

int judge_open_control(judge_file *f, const char *path, picture_shape shape, error *e)
{
    return open_one(f, path, shape, true, e);
}

void judge_take_range(judge_file *f, float low, float high)
{
    double own_low = (double)f->judge.low, own_high = (double)f->judge.high;
    double scale = (own_high - own_low) / ((double)high - (double)low);
    if (f->judge.low != low || f->judge.high != high)
        network_rescale_input(&f->classifier, scale, own_low - scale * (double)low);
}

void judge_file_release(judge_file *f)
{
    judge_release(&f->judge);
    network_release(&f->classifier);
    free(f->path);
    *f = (judge_file){0};
}
