/* SPDX-License-Identifier: MIT */
/* Features that were found elsewhere, in place of pictures and a judge. */
#include "evaluation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FEATURE_BYTES = 1 << 30 };

/* Element i as NumPy wrote it, little-endian. */
static float element(const npy_array *a, size_t i)
{
    const unsigned char *item = a->data + i * a->item_size;
    uint64_t bits = 0;
    for (size_t k = a->item_size; k-- > 0;)
        bits = bits << 8 | item[k];
    if (a->item_size == sizeof(double)) {
        double v;
        memcpy(&v, &bits, sizeof v);
        return (float)v;
    }
    uint32_t single = (uint32_t)bits;
    float v;
    memcpy(&v, &single, sizeof v);
    return v;
}

static int read_features(float **values, judged_set *s, const npy_array *a, const char *name,
                         error *e)
{
    if (a->kind != 'f' || (a->item_size != 4 && a->item_size != 8) || a->rank != 2 || a->n == 0)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: holds %c%zu with %zu dimensions and %zu elements, expected f4 or f8 (n, "
                    "d), a row for each picture",
                    name, a->kind, a->item_size, a->rank, a->n);
    *values = allocate(a->n, sizeof **values);
    for (size_t i = 0; i < a->n; i++)
        (*values)[i] = element(a, i);
    size_t bad = find_not_finite(*values, a->n);
    if (bad < a->n)
        return fail(e, STATUS_BAD_INPUT, "%s: row %zu, column %zu is not finite", name,
                    bad / a->sizes[1], bad % a->sizes[1]);
    judged_set_init_features(s, matrix_view(*values, a->sizes[0], a->sizes[1]));
    return 0;
}

static int load_features(float **values, judged_set *s, const char *path, error *e)
{
    bytes file = {0};
    npy_array a;
    if (file_load(&file, path, MAX_FEATURE_BYTES, e))
        return -1;
    int status =
        npy_read(&a, file.data, file.size, path, e) || read_features(values, s, &a, path, e) ? -1
                                                                                             : 0;
    bytes_release(&file);
    return status;
}

static int split_paths(char *paths[2], const char *given, error *e)
{
    const char *comma = strchr(given, ',');
    if (!comma || comma == given || comma[1] == '\0' || strchr(comma + 1, ','))
        return fail(e, STATUS_USAGE,
                    "--features: '%s' is not A.npy,B.npy: of generated and of real pictures",
                    given);
    text first = {0};
    text_add_bytes(&first, given, (size_t)(comma - given));
    paths[0] = first.data;
    paths[1] = copy_text(comma + 1);
    return 0;
}

int features_open(evaluation *v, error *e)
{
    judged_set *real = &v->real.real;
    candidate *c = v->candidates = allocate(1, sizeof *v->candidates);
    v->n_candidates = 1;
    if (split_paths(v->feature_paths, v->request.features, e) ||
        load_features(&v->features[0], &c->set, v->feature_paths[0], e) ||
        load_features(&v->features[1], real, v->feature_paths[1], e))
        return -1;
    c->path = v->feature_paths[0];
    if (c->set.features.cols != real->features.cols)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu features, expected %zu, as %s has", c->path,
                    c->set.features.cols, real->features.cols, v->feature_paths[1]);
    v->n = c->set.n;
    c->context.seed = v->request.seed;
    comparison_init(&c->against_real, &c->set, real, &c->context);
    return 0;
}
