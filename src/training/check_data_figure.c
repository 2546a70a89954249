/* SPDX-License-Identifier: MIT */
/* What the data hold, as a figure. */
#include "report.h"
#include "training_detail.h"
#include <stdlib.h>
#include <string.h>

enum { N_SHOWN = 20 };

/* Pictures with a line of words each. */
typedef struct {
    uint8_t *pixels; /* (room, n), owned */
    char **labels;   /* (room), owned */
    size_t n, room;
} sheet;

static void sheet_init(sheet *s, size_t room, size_t n_pixels)
{
    *s = (sheet){.pixels = allocate(room, n_pixels),
                 .labels = allocate(room, sizeof *s->labels),
                 .room = room};
}

static void sheet_release(sheet *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->labels[i]);
    free(s->labels);
    free(s->pixels);
}

static void sheet_add(sheet *s, const uint8_t *pixels, size_t n_pixels, char *label)
{
    memcpy(s->pixels + s->n * n_pixels, pixels, n_pixels);
    s->labels[s->n++] = label;
}

static void add_sheet(figure *f, const sheet *s, picture_shape shape, const char *title,
                      const char *subtitle)
{
    figure_new_row(f);
    figure_add_sheet(f, &(sheet_panel){.title = title,
                                       .subtitle = subtitle,
                                       .pixels = s->pixels,
                                       .labels = (const char *const *)s->labels,
                                       .n = s->n,
                                       .rows = shape.rows,
                                       .cols = shape.cols});
}

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
    sheet s;
    const data_check *c = &facts->check;
    picture_shape shape = c->data->shape;
    uint8_t *mean = allocate(shape.n, 1);
    sheet_init(&s, MAX_LABELS, shape.n);
    for (size_t label = 0; label < MAX_LABELS; label++) {
        text words = {0};
        if (facts->classes[label].train == 0)
            continue;
        find_mean(mean, &c->data->train, label, facts->classes[label].train);
        dataset_add_class(&words, c->data, (uint8_t)label);
        text_add(&words, ": %zu", facts->classes[label].train);
        sheet_add(&s, mean, shape.n, words.data);
    }
    add_sheet(f, &s, shape, "Mean picture of each class", "class: training pictures");
    sheet_release(&s);
    free(mean);
}

static void add_picture(sheet *s, const data_check *c, size_t i)
{
    text words = {0};
    text_add(&words, "%s%zu: ", data_check_is_test(c, i) ? "test " : "", data_check_place(c, i));
    dataset_add_class(&words, c->data, data_check_label(c, i));
    sheet_add(s, data_check_pixels(c, i), c->data->shape.n, words.data);
}

static void add_flaw(figure *f, const data_check *c, size_t flaw, size_t count)
{
    sheet s;
    text title = {0};
    size_t n = 0;
    bool has_twins = flaw == FLAW_DUPLICATE || flaw == FLAW_NEAR;
    sheet_init(&s, 2 * N_SHOWN, c->data->shape.n);
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
    if (count > 0)
        add_sheet(f, &s, c->data->shape, title.data, data_flaws[flaw].summary);
    text_release(&title);
    sheet_release(&s);
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
