/* SPDX-License-Identifier: MIT */
/* What the targets rec and loss compare a picture with. */
#include "cli.h"
#include "explain.h"
#include "image.h"
#include <stdlib.h>
#include <string.h>

static size_t find_fixed(float *reference, const float *x, const void *context)
{
    const explain_reference *r = context;
    (void)x;
    memcpy(reference, r->picture, r->shape.n * sizeof *reference);
    return r->index;
}

static size_t find_nearest(float *reference, const float *x, const void *context)
{
    const explain_reference *r = context;
    size_t i = image_set_nearest(&r->data.train, x, r->low, r->high);
    floats_from_bytes(reference, r->data.train.pixels + i * r->shape.n, r->shape.n, r->low,
                      r->high);
    return i;
}

static int load_file(explain_reference *r, const char *path, error *e)
{
    picture p = {0};
    if (picture_load_grey(&p, path, (int)r->shape.cols, (int)r->shape.rows, e))
        return -1;
    floats_from_bytes(r->picture, p.data, r->shape.n, r->low, r->high);
    picture_release(&p);
    r->set_name = copy_text(path);
    return 0;
}

static int choose_index(explain_reference *r, const char *words, error *e)
{
    uint64_t index;
    const char *end;
    const image_set *train = &r->data.train;
    if (!count_read(&index, words, &end) || *end || index >= train->n)
        return fail(e, STATUS_USAGE, "--target: picture %.40s: there are 0 to %zu", words,
                    train->n - 1);
    r->index = (size_t)index;
    floats_from_bytes(r->picture, train->pixels + index * r->shape.n, r->shape.n, r->low, r->high);
    return 0;
}

/* ---- The set ---- */

static int load_set(explain_reference *r, const char *folder, const data_choice *choice,
                    const uint32_t *checksum, error *e)
{
    if (dataset_load(&r->data, folder, choice, e))
        return -1;
    r->has_data = true;
    if (!picture_shape_is_same(r->data.shape, r->shape))
        return fail(e, STATUS_BAD_INPUT, "%s: pictures are %zux%zu, the model's are %zux%zu",
                    folder ? r->data.files[0] : "the built-in digits", r->data.shape.rows,
                    r->data.shape.cols, r->shape.rows, r->shape.cols);
    r->set_name = folder ? copy_text(folder) : NULL;
    r->kinship = !checksum                       ? SET_UNKNOWN
                 : *checksum == r->data.checksum ? SET_TRAINED_ON
                                                 : SET_OTHER;
    return 0;
}

static void release_set(explain_reference *r)
{
    dataset_release(&r->data);
    free(r->set_name);
    r->set_name = NULL;
    r->has_data = false;
}

/* Loads the set only where what the training chose of it is what was trained on; the checksum
 * vouches for its labels, whatever their number. Otherwise why not goes to e. */
static bool load_trained_on(explain_reference *r, const char *folder,
                            const reference_source *source, error *e)
{
    if (load_set(r, folder, &source->choice, source->checksum, e) == 0) {
        if (r->kinship == SET_TRAINED_ON)
            return true;
        fail(e, STATUS_BAD_INPUT, "%s: holds other pictures (checksum %08lx)",
             folder ? folder : "the built-in digits", (unsigned long)r->data.checksum);
    }
    release_set(r);
    return false;
}

static int find_trained_on(explain_reference *r, const reference_source *source, error *e)
{
    error why = {0}, ignored = {0};
    if (source->config_folder && load_trained_on(r, source->config_folder, source, &why)) {
        r->is_by_config = true;
        return 0;
    }
    if (load_trained_on(r, NULL, source, &ignored))
        return 0;
    if (!why.status)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: the target needs --data DIR with the pictures that were trained on "
                    "(checksum %08lx); they are not the built-in digits",
                    source->model, (unsigned long)*source->checksum);
    return fail(e, STATUS_BAD_INPUT,
                "%s: the target needs --data DIR with the pictures that were trained on (checksum "
                "%08lx); %s names %s",
                source->model, (unsigned long)*source->checksum, source->config, why.message);
}

/* Whether the training left out some of the pictures that were not kept for testing. */
static bool is_part(const data_choice *c) { return c->subset > 0 || c->classes || c->clean; }

/* Where the training chose some of its pictures and these are they, so does this; else all are
 * taken. */
static int find_given(explain_reference *r, const reference_source *source, error *e)
{
    const data_choice all = {.n_classes = source->n_classes, .seed = source->choice.seed};
    error ignored = {0};
    if (source->checksum && is_part(&source->choice) &&
        load_trained_on(r, source->folder, source, &ignored))
        return 0;
    return load_set(r, source->folder, &all, source->checksum, e);
}

static int find_set(explain_reference *r, const reference_source *source, error *e)
{
    if (!source->folder && source->checksum)
        return find_trained_on(r, source, e);
    return find_given(r, source, e);
}

int explain_reference_load(explain_reference *r, explain_target *t, const reference_source *source,
                           error *e)
{
    bool is_nearest = strcmp(t->picture, "nearest") == 0;
    bool is_index = strspn(t->picture, "0123456789") == strlen(t->picture);
    t->context = r;
    t->find_reference = is_nearest ? find_nearest : find_fixed;
    r->index = NO_INDEX;
    r->picture = allocate(r->shape.n, sizeof *r->picture);
    if (!is_nearest && !is_index)
        return load_file(r, t->picture, e);
    if (find_set(r, source, e))
        return -1;
    return is_nearest ? 0 : choose_index(r, t->picture, e);
}

/* The own name of a folder or file: where it lies is nobody's business. */
static void add_own_name(text *t, const char *folder)
{
    size_t n = strlen(folder), start;
    while (n > 1 && folder[n - 1] == '/')
        n--;
    for (start = n; start > 0 && folder[start - 1] != '/';)
        start--;
    start = start < n ? start : 0; /* "/" */
    text_add_bytes(t, folder + start, n - start);
}

char *explain_reference_words(const explain_reference *r, size_t i)
{
    text t = {0};
    if (!r->has_data) {
        add_own_name(&t, r->set_name);
    } else if (r->kinship == SET_TRAINED_ON) {
        text_add(&t, "training picture %zu", i);
    } else if (!r->set_name) {
        text_add(&t, "built-in digit %zu", i);
    } else {
        text_add(&t, "picture %zu of '", i);
        add_own_name(&t, r->set_name);
        text_add(&t, "'");
    }
    if (r->kinship == SET_OTHER)
        text_add(&t, ", which the model was not trained on");
    make_printable(t.data);
    return t.data;
}

void explain_reference_release(explain_reference *r)
{
    release_set(r);
    free(r->picture);
    *r = (explain_reference){0};
}
