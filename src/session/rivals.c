/* SPDX-License-Identifier: MIT */
/* Several models that the same z is explained in: trainings, or steps of one. */
#include "model.h"
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Opening ---- */

static int open_rival(subject *s, const char *path, const subject_source *from, error *e)
{
    subject_source own = *from;
    own.path = path;
    return subject_open_as(&s->rivals[s->n_rivals++], s, &own, e);
}

/* Each stays where it is opened: its explainer points into it. */
static int open_list(subject *s, char *list, const subject_source *from, error *e)
{
    size_t n = 1;
    for (const char *c = list; *c; c++)
        n += *c == ',';
    s->rivals = allocate(n, sizeof *s->rivals);
    for (char *at = list; at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = '\0';
        if (!*at)
            return fail(e, STATUS_USAGE, "the list has an empty item");
        if (open_rival(s, at, from, e))
            return -1;
        at = comma ? comma + 1 : NULL;
    }
    return 0;
}

/* ---- Names and order ---- */

/* Whether they say, all in the same words, how they were trained. */
static bool are_of_one_training(const subject *s)
{
    const json_t *own = s->model.settings;
    bool is_one = own;
    for (size_t i = 0; is_one && i < s->n_rivals; i++)
        is_one = s->rivals[i].model.settings && json_equal(own, s->rivals[i].model.settings);
    return is_one;
}

static const subject *model_at(const subject *s, size_t i) { return i ? &s->rivals[i - 1] : s; }

/* Of a run's own files the run's name, else the file's. The caller frees it. */
static char *name_file(const char *path)
{
    const char *file = path_name(path);
    bool is_of_run =
        strcmp(file, "model.safetensors") == 0 || strcmp(file, "state.safetensors") == 0;
    char *folder = path_folder(path);
    const char *name =
        is_of_run && *path_name(folder) && strcmp(folder, ".") != 0 ? path_name(folder) : file;
    const char *end = strrchr(name, '.');
    text t = {0};
    text_add(&t, "%.*s", (int)(name == file && end ? (size_t)(end - name) : strlen(name)), name);
    free(folder);
    return t.data;
}

static char *name_step(const subject *s)
{
    text t = {0};
    text_add(&t, "step %" PRIu64, s->model.step);
    return t.data;
}

static void name_all(subject *s)
{
    for (size_t i = 0; i < s->n_rivals; i++)
        s->rivals[i].name =
            s->is_drift ? name_step(&s->rivals[i]) : name_file(s->rivals[i].model.path);
    s->name = s->is_drift ? name_step(s) : name_file(s->model.path);
}

static trust_rival rival_of(const subject *s)
{
    return (trust_rival){s->name, (double)s->model.step, &s->explainer};
}

/* By step where they are of one training, equal ones in the order given. */
static void put_in_order(subject *s)
{
    s->compared = allocate(s->n_rivals + 1, sizeof *s->compared);
    for (size_t i = 0; i <= s->n_rivals; i++) {
        trust_rival one = rival_of(model_at(s, i));
        size_t at = i;
        for (; s->is_drift && at > 0 && s->compared[at - 1].step > one.step; at--)
            s->compared[at] = s->compared[at - 1];
        s->compared[at] = one;
    }
}

int subject_open_rivals(subject *s, const char *list, const subject_source *from, error *e)
{
    char *paths = copy_text(list);
    int status = open_list(s, paths, from, e);
    free(paths);
    if (status)
        return -1;
    s->is_drift = are_of_one_training(s);
    name_all(s);
    put_in_order(s);
    return 0;
}

void subject_release_rivals(subject *s)
{
    for (size_t i = 0; i < s->n_rivals; i++)
        subject_release(&s->rivals[i]);
    free(s->rivals);
    free(s->compared);
    s->rivals = NULL;
    s->compared = NULL;
    s->n_rivals = 0;
}

/* ---- Facts ---- */

json_t *subject_rival_facts(const subject *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_rivals; i++) {
        const subject *one = &s->rivals[i];
        json_t *o = json_object();
        json_object_set_new(o, "file", json_text(path_name(one->model.path)));
        json_object_set_new(o, "name", json_text(one->name));
        json_object_set_new(o, "sha256", json_text(model_file_checksum(&one->model)));
        json_object_set_new(o, "step", json_unsigned(one->model.step));
        json_array_append_new(list, o);
    }
    return list;
}
