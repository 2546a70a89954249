/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>

static void add(char ***paths, size_t *n, const char *path)
{
    if (!path)
        return;
    *paths = reallocate(*paths, *n + 1, sizeof **paths);
    (*paths)[(*n)++] = copy_text(path);
}

static void release(char **paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}

void file_list_read(file_list *f, const char *path) { add(&f->inputs, &f->n_inputs, path); }

void file_list_write(file_list *f, const char *path) { add(&f->outputs, &f->n_outputs, path); }

void file_list_rule(file_list *f, const char *depfile, const char *target)
{
    free(f->target);
    f->depfile = target ? depfile : NULL;
    f->target = target ? copy_text(target) : NULL;
}

/* The depfile is looked at by itself: it may go to a folder that is made for the target. */
int file_list_check(const file_list *f, error *e)
{
    const char *const *inputs = (const char *const *)f->inputs;
    const char **outputs = allocate(f->n_outputs + 1, sizeof *outputs);
    for (size_t i = 0; i < f->n_outputs; i++)
        outputs[i] = f->outputs[i];
    outputs[f->n_outputs] = f->depfile;
    int status = outputs_check(outputs, f->n_outputs + 1, inputs, f->n_inputs, e);
    if (status == 0 && f->depfile)
        status = depfile_check(f->depfile, f->target, inputs, f->n_inputs, e);
    for (size_t i = 0; status == 0 && i < f->n_outputs; i++)
        status = output_check(outputs[i], STATUS_BAD_OUTPUT, e);
    free(outputs);
    return status;
}

int file_list_save_rule(const file_list *f, error *e)
{
    if (!f->depfile)
        return 0;
    return depfile_save(f->depfile, f->target, (const char *const *)f->inputs, f->n_inputs, e);
}

void file_list_release(file_list *f)
{
    release(f->inputs, f->n_inputs);
    release(f->outputs, f->n_outputs);
    free(f->target);
    *f = (file_list){0};
}
