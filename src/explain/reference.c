/* SPDX-License-Identifier: MIT */
/* What the targets rec and loss compare a picture with. */
#include "explain.h"
#include "image.h"
#include <stdlib.h>
#include <string.h>

static size_t find_fixed(float *reference, const float *x, const void *context)
{
    const explain_reference *r = context;
    (void)x;
    memcpy(reference, r->picture, N_PIXELS * sizeof *reference);
    return r->index;
}

static size_t find_nearest(float *reference, const float *x, const void *context)
{
    const explain_reference *r = context;
    size_t i = image_set_nearest(&r->data.train, x, r->low, r->high);
    floats_from_bytes(reference, r->data.train.pixels + i * N_PIXELS, N_PIXELS, r->low, r->high);
    return i;
}

static int load_file(explain_reference *r, const char *path, error *e)
{
    picture p = {0};
    if (picture_load_grey(&p, path, PICTURE_COLS, PICTURE_ROWS, e))
        return -1;
    floats_from_bytes(r->picture, p.data, N_PIXELS, r->low, r->high);
    picture_release(&p);
    return 0;
}

static int choose_index(explain_reference *r, const char *words, error *e)
{
    uint64_t index;
    const char *end;
    const image_set *train = &r->data.train;
    if (!count_read(&index, words, &end) || *end || index >= train->n)
        return fail(e, STATUS_USAGE, "--target: training picture %.40s: there are 0 to %zu", words,
                    train->n - 1);
    r->index = (size_t)index;
    floats_from_bytes(r->picture, train->pixels + index * N_PIXELS, N_PIXELS, r->low, r->high);
    return 0;
}

int explain_reference_load(explain_reference *r, explain_target *t, const char *folder,
                           size_t n_classes, error *e)
{
    bool is_nearest = strcmp(t->picture, "nearest") == 0;
    bool is_index = strspn(t->picture, "0123456789") == strlen(t->picture);
    t->context = r;
    t->find_reference = is_nearest ? find_nearest : find_fixed;
    r->index = NO_INDEX;
    r->picture = allocate(N_PIXELS, sizeof *r->picture);
    if (!is_nearest && !is_index)
        return load_file(r, t->picture, e);
    if (dataset_load(&r->data, folder, n_classes, e))
        return -1;
    r->has_data = true;
    return is_nearest ? 0 : choose_index(r, t->picture, e);
}

void explain_reference_release(explain_reference *r)
{
    dataset_release(&r->data);
    free(r->picture);
    *r = (explain_reference){0};
}
