/* SPDX-License-Identifier: MIT */
/* What the data hold, as a figure. */
#include "report.h"
#include "training_detail.h"
#include <stdlib.h>

enum { N_SHOWN = 20 };

/* The mean training picture of a class, rounded. */
static void find_mean(uint8_t *mean, const image_set *s, size_t label, size_t count)
{
    size_t n = s->shape.n;
    uint64_t *sums = allocate(n, sizeof *sums);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; s->labels[i] == label && k < n; k++)
            sums[k] += s->pixels[i * n + k];
    for (size_t k = 0; k < n; k++)
        mean[k] = (uint8_t)((sums[k] + count / 2) / count);
    free(sums);
}

static void add_means(figure *f, const data_facts *facts)
{
    picture_list s;
    const data_check *c = &facts->check;
    picture_shape shape = c->data->shape;
    uint8_t *mean = allocate(shape.n, 1);
    picture_list_init(&s, MAX_LABELS, shape);
    for (size_t label = 0; label < MAX_LABELS; label++) {
        text words = {0};
        if (facts->classes[label].train == 0)
            continue;
        find_mean(mean, &c->data->train, label, facts->classes[label].train);
        dataset_add_class(&words, c->data, (uint8_t)label);
        text_add(&words, ": %zu", facts->classes[label].train);
        picture_list_add(&s, mean, words.data);
    }
    figure_new_row(f);
    figure_add_pictures(f, &s, "Mean picture of each class", "class: training pictures", 0, 0);
    picture_list_release(&s);
    free(mean);
}

static void add_picture(picture_list *s, const data_check *c, size_t i)
{
    text words = {0};
    text_add(&words, "%s%zu: ", data_check_is_test(c, i) ? "test " : "", data_check_place(c, i));
    dataset_add_class(&words, c->data, data_check_label(c, i));
    picture_list_add(s, data_check_pixels(c, i), words.data);
}

static void add_flaw(figure *f, const data_check *c, size_t flaw, size_t count)
{
    picture_list s;
    text title = {0};
    size_t n = 0;
    bool has_twins = flaw == FLAW_DUPLICATE || flaw == FLAW_NEAR;
    picture_list_init(&s, 2 * N_SHOWN, c->data->shape);
    for (size_t i = 0; i < c->n && n < N_SHOWN; i++)
        if (c->flaws[i] & 1u << flaw) {
            if (has_twins)
                add_picture(&s, c, c->twins[i]);
            add_picture(&s, c, i);
            n++;
        }
    text_add(&title, "%s: %zu", data_flaws[flaw].name, count);
    if (count > n)
        text_add(&title, ", the first %zu", n);
    if (has_twins)
        text_add(&title, ", each behind what it is like");
    figure_new_row(f);
    figure_add_pictures(f, &s, title.data, data_flaws[flaw].summary, 0, 0);
    text_release(&title);
    picture_list_release(&s);
}

int data_facts_draw(const char *path, const data_facts *facts, error *e)
{
    figure f = {0};
    text title = {0};
    const data_check *c = &facts->check;
    text_add_grouped(&title, facts->all.train);
    text_add(&title, " training pictures, ");
    text_add_grouped(&title, facts->all.test);
    text_add(&title, " test pictures of %zux%zu", c->data->shape.rows, c->data->shape.cols);
    figure_init(&f, title.data, "Under a picture: its number and class");
    add_means(&f, facts);
    for (size_t flaw = 0; flaw < N_FLAWS; flaw++)
        add_flaw(&f, c, flaw, facts->all.flawed[flaw]);
    int status = figure_save(path, &f, e);
    figure_release(&f);
    text_release(&title);
    return status;
}
