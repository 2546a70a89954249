/* SPDX-License-Identifier: MIT */
/* What the data hold, as a table and as a figure. */
#include "report.h"
#include "training_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 256, N_LISTED = 10, N_SHOWN = 20 };

/* Counts of a class: of both parts, and of flawed ones among both. */
typedef struct {
    size_t train, test, flawed[N_FLAWS];
} class_count;

static bool is_test(const data_check *c, size_t i) { return i < c->data->test.n; }

static uint8_t label_of(const data_check *c, size_t i)
{
    const dataset *d = c->data;
    return is_test(c, i) ? d->test.labels[i] : d->train.labels[i - d->test.n];
}

/* counts (MAX_LABELS + 1): the last is of all classes. */
static void count_classes(class_count *counts, const data_check *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < 2; k++) {
            class_count *count = &counts[k == 0 ? label_of(c, i) : MAX_LABELS];
            count->test += is_test(c, i);
            count->train += !is_test(c, i);
            for (size_t f = 0; f < N_FLAWS; f++)
                count->flawed[f] += c->flaws[i] >> f & 1;
        }
}

/* ---- The table ---- */

static void add_row(text *out, const char *name, const class_count *count)
{
    text_add(out, "%-9s %9zu %9zu", name, count->train, count->test);
    for (size_t f = 0; f < N_FLAWS; f++)
        text_add(out, " %14zu", count->flawed[f]);
    text_add(out, "\n");
}

static void add_table(text *out, const class_count *counts)
{
    text_add(out, "%-9s %9s %9s", "class", "training", "test");
    for (size_t f = 0; f < N_FLAWS; f++)
        text_add(out, " %14s", data_flaws[f].name);
    text_add(out, "\n");
    for (size_t label = 0; label < MAX_LABELS; label++) {
        char name[8];
        snprintf(name, sizeof name, "%zu", label);
        if (counts[label].train + counts[label].test > 0)
            add_row(out, name, &counts[label]);
    }
    add_row(out, "all", &counts[MAX_LABELS]);
}

/* The least and greatest pixel, and the mean of all. */
static void add_values(text *out, const data_check *c)
{
    uint8_t least = 255, greatest = 0;
    uint64_t sum = 0;
    size_t n = c->data->shape.n;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < n; k++) {
            uint8_t v = data_check_pixels(c, i)[k];
            least = v < least ? v : least;
            greatest = v > greatest ? v : greatest;
            sum += v;
        }
    text_add(out, "Pixels: from %d to %d, mean %.1f, of 255.\n", least, greatest,
             (double)sum / (double)(c->n * n));
}

/* Training pictures that the test part has, too. */
static void add_shared(text *out, const data_check *c)
{
    size_t n_equal = 0, n_near = 0;
    for (size_t i = c->data->test.n; i < c->n; i++) {
        bool is_shared = is_test(c, c->twins[i]);
        n_equal += is_shared && c->flaws[i] & 1u << FLAW_DUPLICATE;
        n_near += is_shared && c->flaws[i] & 1u << FLAW_NEAR;
    }
    text_add(out, "Of the training pictures %zu equal a test picture, %zu nearly do.\n", n_equal,
             n_near);
}

static void add_list(text *out, const data_check *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->flaws[i] == 0 || n++ >= N_LISTED)
            continue;
        data_check_add_name(out, c, i);
        text_add(out, "\t");
        data_check_add_flaws(out, c, i);
        text_add(out, "\n");
    }
    if (n > N_LISTED)
        text_add(out, "... and %zu more: --clean leaves them out of the training and lists them.\n",
                 n - N_LISTED);
}

static void write_words(text *out, const data_check *c, const class_count *counts)
{
    add_table(out, counts);
    text_add(out, "\n");
    add_values(out, c);
    add_shared(out, c);
    add_list(out, c);
}

/* ---- The figure ---- */

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

static void add_means(figure *f, const data_check *c, const class_count *counts)
{
    sheet s;
    picture_shape shape = c->data->shape;
    uint8_t *mean = allocate(shape.n, 1);
    sheet_init(&s, MAX_LABELS, shape.n);
    for (size_t label = 0; label < MAX_LABELS; label++) {
        text words = {0};
        if (counts[label].train == 0)
            continue;
        find_mean(mean, &c->data->train, label, counts[label].train);
        text_add(&words, "%zu: %zu", label, counts[label].train);
        sheet_add(&s, mean, shape.n, words.data);
    }
    add_sheet(f, &s, shape, "Mean picture of each class", "class: training pictures");
    sheet_release(&s);
    free(mean);
}

static void add_flawed(sheet *s, const data_check *c, size_t i, bool has_twin)
{
    size_t n = c->data->shape.n;
    text own = {0};
    if (has_twin) {
        text like = {0};
        text_add(&like, "%d%s", label_of(c, c->twins[i]), is_test(c, c->twins[i]) ? " test" : "");
        sheet_add(s, data_check_pixels(c, c->twins[i]), n, like.data);
    }
    text_add(&own, "%d%s", label_of(c, i), is_test(c, i) ? " test" : "");
    sheet_add(s, data_check_pixels(c, i), n, own.data);
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
            add_flawed(&s, c, i, has_twins);
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

static int save_figure(figure *f, const char *path, error *e)
{
    text svg = {0};
    picture p = {0};
    int status;
    if (ends_with(path, ".svg")) {
        status =
            figure_write_svg(&svg, f, e) || file_save(path, svg.data, svg.length, NOT_DURABLE, e)
                ? -1
                : 0;
    } else {
        figure_draw(&p, f);
        status = picture_save(path, &p, NULL, 0, LEVEL_DRAWING, e);
    }
    text_release(&svg);
    picture_release(&p);
    return status;
}

static int draw(const char *path, const data_check *c, const class_count *counts, error *e)
{
    figure f = {0};
    text title = {0};
    const class_count *all = &counts[MAX_LABELS];
    text_add_grouped(&title, all->train);
    text_add(&title, " training pictures, ");
    text_add_grouped(&title, all->test);
    text_add(&title, " test pictures of %zux%zu", c->data->shape.rows, c->data->shape.cols);
    figure_init(&f, title.data, "Under a picture: its class");
    add_means(&f, c, counts);
    for (size_t flaw = 0; flaw < N_FLAWS; flaw++)
        add_flaw(&f, c, flaw, all->flawed[flaw]);
    int status = save_figure(&f, path, e);
    figure_release(&f);
    text_release(&title);
    return status;
}

/* ---- The whole ---- */

int training_check_data(training *t, error *e)
{
    data_check c = {0};
    text words = {0};
    class_count *counts = allocate(MAX_LABELS + 1, sizeof *counts);
    for (size_t i = 0; i < t->data.n_files; i++)
        file_list_read(&t->files, t->data.files[i]);
    file_list_write(&t->files, t->set.output);
    int status = file_list_check(&t->files, e);
    if (status == 0) {
        data_check_find(&c, &t->data, (1u << N_FLAWS) - 1);
        count_classes(counts, &c);
        write_words(&words, &c, counts);
        status = stdout_write(words.data, words.length, e);
    }
    if (status == 0 && t->set.output)
        status = draw(t->set.output, &c, counts, e);
    text_release(&words);
    data_check_release(&c);
    free(counts);
    return status;
}
