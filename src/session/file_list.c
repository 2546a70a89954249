/* SPDX-License-Identifier: MIT */
#include "run.h"
#include "session.h"

#include <stdlib.h>

/* Room grows by doubling: whenever the number is a power of two. */
static void add(char ***paths, size_t *n, const char *path)
{
    if (!path)
        return;
    if ((*n & (*n - 1)) == 0)
        *paths = reallocate(*paths, *n ? 2 * *n : 1, sizeof **paths);
    (*paths)[(*n)++] = copy_text(path);
}

static void release(char **paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}

void file_list_read(file_list *f, const char *path) { add(&f->inputs, &f->n_inputs, path); }

void file_list_read_data(file_list *f, const dataset *d)
{
    for (size_t i = 0; i < d->n_files; i++)
        file_list_read(f, d->files[i]);
    for (size_t i = 0; i < d->n_folders; i++)
        file_list_read(f, d->folders[i]);
}

void file_list_write(file_list *f, const char *path) { add(&f->outputs, &f->n_outputs, path); }

void file_list_rule(file_list *f, const char *depfile, const char *target)
{
    free(f->target);
    f->depfile = target ? depfile : NULL;
    f->target = target ? copy_text(target) : NULL;
}

static int check_depfile_is_no_output(const file_list *f, error *e)
{
    const char **outputs = allocate(f->n_outputs + 1, sizeof *outputs);
    for (size_t i = 0; i < f->n_outputs; i++)
        outputs[i] = f->outputs[i];
    outputs[f->n_outputs] = f->depfile;
    int status = outputs_check(outputs, f->n_outputs + 1, NULL, 0, e);
    free(outputs);
    return status;
}

static int check_is_no_runs(const char *output, error *e)
{
    if (!run_folder_keeps(output))
        return 0;
    return fail(e, STATUS_USAGE, "%s: is a file that gantrain left of a run; choose another name",
                output);
}

/* The depfile is looked at by itself: it may go to a folder that is made for the target. */
int file_list_check(const file_list *f, error *e)
{
    const char *const *inputs = (const char *const *)f->inputs;
    const char *const *outputs = (const char *const *)f->outputs;
    int status = outputs_check(outputs, f->n_outputs, inputs, f->n_inputs, e);
    if (status == 0)
        status = check_depfile_is_no_output(f, e);
    if (status == 0 && f->depfile)
        status = depfile_check(f->depfile, f->target, inputs, f->n_inputs, e);
    for (size_t i = 0; status == 0 && i < f->n_outputs; i++)
        status = check_is_no_runs(outputs[i], e);
    for (size_t i = 0; status == 0 && i < f->n_outputs; i++)
        status = output_check(outputs[i], STATUS_BAD_OUTPUT, e);
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
