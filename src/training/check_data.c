/* SPDX-License-Identifier: MIT */
/* What the data hold, found and told in words. */
#include "report.h"
#include "training_detail.h"
#include <stdlib.h>
#include <string.h>

enum { N_LISTED = 10, MIN_WIDTH = 9 };

/* ---- What is found ---- */

/* Said only where it takes more than a moment. */
static void on_compared(void *context, double done)
{
    training *t = context;
    if (seconds_now() - t->shown_seconds > 1 && progress_is_due(&t->progress))
        progress_show(&t->progress, done, "comparing pictures");
}

compare_watch training_watch_comparing(training *t)
{
    progress_start(&t->progress, &t->voice, t->set.common.progress);
    t->shown_seconds = seconds_now();
    return (compare_watch){on_compared, t};
}

static void count_picture(class_count *count, const data_check *c, size_t i)
{
    count->test += data_check_is_test(c, i);
    count->train += !data_check_is_test(c, i);
    for (size_t f = 0; f < N_FLAWS; f++)
        count->flawed[f] += c->flaws[i] >> f & 1;
}

static void find_values(data_facts *f)
{
    size_t n = f->check.data->shape.n;
    uint64_t sum = 0;
    f->least = 255;
    for (size_t i = 0; i < f->check.n; i++)
        for (size_t k = 0; k < n; k++) {
            uint8_t v = data_check_pixels(&f->check, i)[k];
            f->least = v < f->least ? v : f->least;
            f->greatest = v > f->greatest ? v : f->greatest;
            sum += v;
        }
    f->mean = (double)sum / (double)(f->check.n * n);
}

static void count_shared(data_facts *f)
{
    const data_check *c = &f->check;
    for (size_t i = c->data->test.n; i < c->n; i++) {
        bool is_shared = data_check_is_test(c, c->twins[i]);
        f->n_equal += is_shared && c->flaws[i] & 1u << FLAW_DUPLICATE;
        f->n_near += is_shared && c->flaws[i] & 1u << FLAW_NEAR;
    }
}

static void find_facts(data_facts *f, const dataset *d, compare_watch watch)
{
    data_check_find(&f->check, d, (1u << N_FLAWS) - 1, watch);
    for (size_t i = 0; i < f->check.n; i++) {
        count_picture(&f->classes[data_check_label(&f->check, i)], &f->check, i);
        count_picture(&f->all, &f->check, i);
    }
    find_values(f);
    count_shared(f);
}

/* ---- In words ---- */

/* Padded by characters, not bytes. */
static void add_first(text *out, const char *name, size_t width)
{
    size_t n = count_characters(name, strlen(name));
    text_add(out, "%s%*s", name, (int)(width - n), "");
}

static void add_row(text *out, const char *name, size_t width, const class_count *count)
{
    add_first(out, name, width);
    text_add(out, " %9zu %9zu", count->train, count->test);
    for (size_t f = 0; f < N_FLAWS; f++)
        text_add(out, " %14zu", count->flawed[f]);
    text_add(out, "\n");
}

static void add_heads(text *out, size_t width)
{
    add_first(out, "class", width);
    text_add(out, " %9s %9s", "training", "test");
    for (size_t f = 0; f < N_FLAWS; f++)
        text_add(out, " %14s", data_flaws[f].name);
    text_add(out, "\n");
}

static bool has_pictures(const class_count *c) { return c->train + c->test > 0; }

/* names (MAX_LABELS): of the classes that have pictures. Returns the width of the widest. */
static size_t name_classes(text *names, const data_facts *f)
{
    size_t width = MIN_WIDTH;
    for (size_t label = 0; label < MAX_LABELS; label++) {
        if (!has_pictures(&f->classes[label]))
            continue;
        dataset_add_class(&names[label], f->check.data, (uint8_t)label);
        size_t n = count_characters(names[label].data, names[label].length);
        width = n > width ? n : width;
    }
    return width;
}

static void add_table(text *out, const data_facts *f)
{
    text names[MAX_LABELS] = {{0}};
    size_t width = name_classes(names, f);
    add_heads(out, width);
    for (size_t label = 0; label < MAX_LABELS; label++)
        if (has_pictures(&f->classes[label]))
            add_row(out, names[label].data, width, &f->classes[label]);
    add_row(out, "all", width, &f->all);
    for (size_t label = 0; label < MAX_LABELS; label++)
        text_release(&names[label]);
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
        text_add(
            out,
            "... and %zu more: --json lists all; --clean leaves out those of the training part, "
            "and no test picture.\n",
            n - N_LISTED);
}

static void write_words(text *out, const data_facts *f)
{
    add_table(out, f);
    text_add(out, "\nPixels: from %d to %d, mean %.1f, of 255.\n", f->least, f->greatest, f->mean);
    text_add(out, "Of the training pictures %zu equal a test picture, %zu nearly do.\n", f->n_equal,
             f->n_near);
    add_list(out, &f->check);
}

/* ---- The whole ---- */

static void find_with_progress(data_facts *f, training *t)
{
    find_facts(f, &t->data, training_watch_comparing(t));
    progress_end(&t->progress);
}

static int tell(const data_facts *f, const training *t, error *e)
{
    text out = {0};
    if (t->set.json)
        data_facts_json(&out, f, t->set.data);
    else
        write_words(&out, f);
    int status = stdout_write(out.data, out.length, e);
    text_release(&out);
    return status;
}

static int check_output(const char *path, error *e)
{
    return path && figure_check_path(path, e) ? fail_in(e, "--output") : 0;
}

static int draw(const data_facts *f, training *t, error *e)
{
    if (data_facts_draw(t->set.output, f, e))
        return -1;
    say(&t->voice, "%s", t->set.output);
    return 0;
}

int training_check_data(training *t, error *e)
{
    data_facts *f = allocate(1, sizeof *f);
    file_list_read_data(&t->files, &t->data);
    file_list_write(&t->files, t->set.output);
    int status = file_list_check(&t->files, e) || check_output(t->set.output, e) ? -1 : 0;
    if (status == 0) {
        find_with_progress(f, t);
        status = tell(f, t, e);
    }
    if (status == 0 && t->set.output)
        status = draw(f, t, e);
    data_check_release(&f->check);
    free(f);
    return status;
}
