/* SPDX-License-Identifier: MIT */
/* Pictures that are judged: a model's, or those of a folder or file. */
#include "evaluation_detail.h"
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

/* What may be one by its name, whatever its first bytes look like. */
static bool is_checkpoint(const char *path)
{
    return ends_with(path, ".safetensors") || has_file(path, RUN_CONFIG) ||
           has_file(path, RUN_MODEL) || has_file(path, RUN_STATE);
}

int candidate_open(candidate *c, const evaluation_request *r, const char *path, error *e)
{
    c->path = path;
    if (!is_checkpoint(path) && pictures_are_at(path))
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

/* ---- Pictures ---- */

/* Labels that stand for names are those of the real pictures of that name. */
static int translate_label(uint8_t *label, const candidate *c, const dataset *real, error *e)
{
    const char *name = dataset_class_name(&c->found, *label);
    if (!name)
        return 0;
    for (size_t k = 0; k < MAX_LABELS; k++)
        if (real->class_names && real->class_names[k] && strcmp(real->class_names[k], name) == 0) {
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
    c->drawn.pixels = allocate(v->n * size, 1);
    c->labels = found->labels ? allocate(v->n, 1) : NULL;
    for (size_t i = 0; status == 0 && i < v->n; i++) {
        size_t k = v->n < found->n ? numbers[i] : i;
        memcpy(c->drawn.pixels + i * size, found->pixels + k * size, size);
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

static int prepare_model(candidate *c, const evaluation *v, error *e)
{
    const uint8_t *asked = v->real.sets.labels;
    if (drawn_pictures_init(&c->drawn, &c->model, asked, v->n, v->request.seed, e))
        return -1;
    drawn_pictures_tell(&c->context, &c->drawn);
    if (c->model.n_classes > 0) {
        c->labels = allocate(v->n, 1);
        memcpy(c->labels, asked, v->n);
    }
    model_file_release_parts(&c->model);
    return 0;
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

int candidate_draw(candidate *c, error *e)
{
    return candidate_is_model(c) ? drawn_pictures_draw(&c->drawn, e) : 0;
}

void candidate_release(candidate *c)
{
    comparison_release(&c->against_real);
    judged_set_release(&c->set);
    drawn_pictures_release(&c->drawn);
    model_file_release(&c->model);
    dataset_release(&c->found);
    free(c->labels);
}
