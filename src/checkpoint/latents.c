/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>

static int get_rows(float **z, size_t *n, size_t z_dim, const safetensors *s, const char *name,
                    error *e)
{
    const tensor_entry *t = safetensors_find(s, name);
    if (!t)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is missing", s->path, name);
    if (t->rank < 1 || t->rank > 2 || t->shape[t->rank - 1] != z_dim || t->n == 0)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s' has not the shape (N, %zu) of noise vectors", s->path, name,
                    z_dim);
    float *rows = allocate(t->n, sizeof *rows);
    if (safetensors_get(rows, s, name, t->rank, t->shape, e) != 0) {
        free(rows);
        return -1;
    }
    *z = rows;
    *n = t->n / z_dim;
    return 0;
}

/* A path may hold colons, a name is taken not to. */
int latents_load(float **z, size_t *n, size_t z_dim, const char *source, char **path, error *e)
{
    safetensors s = {0};
    const char *colon = strrchr(source, ':');
    if (!colon || colon == source || colon[1] == '\0')
        return fail(e, STATUS_USAGE, "'%s' is not FILE.safetensors:NAME", source);
    char *file = copy_text(source);
    file[colon - source] = '\0';
    int status = safetensors_load(&s, file, e);
    if (status == 0)
        status = get_rows(z, n, z_dim, &s, colon + 1, e);
    safetensors_release(&s);
    if (status == 0 && path)
        *path = file;
    else
        free(file);
    return status;
}
