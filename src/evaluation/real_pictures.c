/* SPDX-License-Identifier: MIT */
/* Which real pictures candidates are held against. */
#include "evaluation_detail.h"
#include <stdlib.h>

/* ---- Where they are from ---- */

/* Loads what the training of m chose of folder, or of the built-in digits (NULL), if that is what m
 * was trained on; otherwise why not goes to e. */
static bool load_trained_on(dataset *d, const char *folder, const model_file *m, error *e)
{
    data_choice choice = model_file_data_choice(m);
    if (dataset_load(d, folder, &choice, e))
        return false;
    if (d->checksum == m->data_checksum)
        return true;
    fail(e, STATUS_BAD_INPUT, "%s: holds other pictures (checksum %08lx)",
         folder ? folder : "the built-in digits", (unsigned long)d->checksum);
    dataset_release(d);
    return false;
}

/* As the config.json beside m says, or the built-in digits. */
static int find_trained_on(real_pictures *r, const model_file *m, error *e)
{
    error why = {0}, ignored = {0};
    char *config, *folder = model_file_data_folder(&config, m);
    bool is_found = folder && load_trained_on(&r->data, folder, m, &why);
    r->data_config = config;
    free(folder);
    if (is_found || load_trained_on(&r->data, NULL, m, &ignored))
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: say by --data DIR which real pictures it is held against; those it was "
                "trained on (checksum %08lx) are not found%s%s",
                m->path, (unsigned long)m->data_checksum, why.status ? ": " : "", why.message);
}

/* Of given pictures those that m's training chose, where they are what it was trained on; else all.
 */
static int find_given(dataset *d, const evaluation_request *q, const model_file *m, error *e)
{
    data_choice all = {.n_classes = MAX_LABELS,
                       .seed = m ? model_file_data_choice(m).seed : q->seed};
    error ignored = {0};
    if (m && m->has_data_checksum && load_trained_on(d, q->data, m, &ignored))
        return 0;
    return dataset_load(d, q->data, &all, e);
}

int real_pictures_load(real_pictures *r, const evaluation_request *q, const model_file *m, error *e)
{
    if (!q->data && m && m->has_data_checksum)
        return find_trained_on(r, m, e);
    return find_given(&r->data, q, m, e);
}

/* ---- Which of them ---- */

size_t real_pictures_most(const real_pictures *r) { return (r->data.train.n + r->data.test.n) / 2; }

void real_pictures_draw(real_pictures *r, size_t n, uint64_t seed)
{
    r->n_test = n < r->data.test.n ? n : r->data.test.n;
    real_sets_draw(&r->sets, &r->data, n, seed);
}

void real_pictures_release(real_pictures *r)
{
    comparison_release(&r->floor);
    judged_set_release(&r->real);
    judged_set_release(&r->other);
    dataset_release(&r->data);
    free(r->data_config);
    real_sets_release(&r->sets);
}
