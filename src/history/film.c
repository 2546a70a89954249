/* SPDX-License-Identifier: MIT */
/* samples/ as a film, or as a strip that has a column a step. */
#include "history_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FRAMES = 1000,
    MAX_COLUMNS = 24,
    GRID_COLUMNS = 10, /* of a sample */
    GAP = 2,           /* around its pictures */
    LAST_FRAME = 2000, /* milliseconds: it is what the film is about */
    MOST_EACH = 60000,
    MARGIN = 4,
};

/* ---- Which samples ---- */

static int find_steps(sample_steps *s, const char *folder, error *e)
{
    int status = sample_steps_find(s, folder, e);
    if (status == 0 && s->n == 0)
        status = fail(e, STATUS_BAD_INPUT, "%s: holds no step-NNNNNN.png", folder);
    return status;
}

/* At most that many, the first and the last among them, evenly spread. */
static void keep_some(sample_steps *s, size_t most)
{
    for (size_t i = 0; s->n > most && i < most; i++)
        s->steps[i] = s->steps[i * (s->n - 1) / (most - 1)];
    s->n = s->n > most ? most : s->n;
}

/* Of the same size as the first, which size (both 0: not known) then has. */
static int load_sample(picture *p, const char *folder, uint64_t step, int size[2], error *e)
{
    char *path = sample_path(folder, step);
    int status = picture_load_own(p, path, e);
    if (status == 0 && size[0] > 0 && (p->width != size[0] || p->height != size[1]))
        status = fail(e, STATUS_BAD_INPUT, "%s: %dx%d pixels, expected %dx%d as of the first step",
                      path, p->width, p->height, size[0], size[1]);
    size[0] = p->width;
    size[1] = p->height;
    free(path);
    return status;
}

static char *step_label(uint64_t step)
{
    text t = {0};
    text_add(&t, "step ");
    text_add_grouped(&t, step);
    return t.data;
}

/* ---- A film ---- */

/* The sample with its step under it. */
static void draw_frame(picture *frame, const picture *sample, uint64_t step)
{
    char *label = step_label(step);
    int below = sample->height + MARGIN;
    picture_init(frame, sample->width, below + text_line(TEXT_PLAIN) + MARGIN, 1, WHITE);
    picture_draw_picture(frame, 0, 0, sample, 1);
    picture_draw_text(frame, MARGIN, below, label, TEXT_PLAIN, ALIGN_LEFT, BLACK);
    free(label);
}

static int load_frame(picture *frame, const char *folder, uint64_t step, int size[2], error *e)
{
    picture sample = {0};
    int status = load_sample(&sample, folder, step, size, e);
    if (status == 0)
        draw_frame(frame, &sample, step);
    picture_release(&sample);
    return status;
}

/* The last step, not the noise a run begins with, is what is seen where nothing moves. */
static int open_film(animation *a, const char *path, const char *folder, const sample_steps *s,
                     error *e)
{
    picture last = {0};
    int size[2] = {0}, status = load_frame(&last, folder, s->steps[s->n - 1], size, e);
    if (status == 0)
        status = animation_open(a, path, &last, (uint32_t)s->n, e);
    picture_release(&last);
    return status;
}

static int add_frame(animation *a, const char *folder, uint64_t step, int size[2],
                     unsigned milliseconds, error *e)
{
    picture frame = {0};
    int status = load_frame(&frame, folder, step, size, e);
    if (status == 0)
        status = animation_add(a, &frame, milliseconds, e);
    picture_release(&frame);
    return status;
}

static int save_film(const char *path, const char *folder, const sample_steps *s, double rate,
                     error *e)
{
    animation a = {0};
    int size[2] = {0}, status = open_film(&a, path, folder, s, e);
    unsigned each = (unsigned)(fmin(1000 / rate, MOST_EACH) + 0.5);
    for (size_t i = 0; status == 0 && i < s->n; i++) {
        bool is_last = i + 1 == s->n && each < LAST_FRAME;
        status = add_frame(&a, folder, s->steps[i], size, is_last ? LAST_FRAME : each, e);
    }
    if (status == 0)
        status = animation_commit(&a, e);
    animation_release(&a);
    return status;
}

/* ---- A strip ---- */

/* Of a sample that is as wide, where its first picture begins: left of it are names of rows, where
 * there are any. */
static int first_picture(int sample_width, int width)
{
    return sample_width - GRID_COLUMNS * (width + GAP);
}

/* The first column of a sample's pictures. */
static void cut_column(uint8_t *out, const picture *sample, int width)
{
    size_t left = (size_t)first_picture(sample->width, width);
    for (int y = 0; y < sample->height; y++)
        memcpy(out + (size_t)y * (size_t)width,
               sample->data + (size_t)y * (size_t)sample->width + left, (size_t)width);
}

static int width_of_columns(int grid_width) { return (grid_width - GAP) / GRID_COLUMNS - GAP; }

/* How wide a picture is in samples that are as wide. real.png has as many columns and no names,
 * unless the data are fewer pictures than that. */
static int find_width(int *width, const char *run, int sample_width, error *e)
{
    char *path = join_path(run, "real.png");
    picture real = {0};
    int status = picture_load_own(&real, path, e);
    *width = width_of_columns(real.width);
    if (first_picture(sample_width, *width) > *width || first_picture(sample_width, *width) < GAP)
        *width = width_of_columns(sample_width);
    if (status == 0 && *width < 1)
        status = fail(e, STATUS_BAD_INPUT, "%s: pictures of its samples are too narrow", run);
    picture_release(&real);
    free(path);
    return status;
}

static int draw_columns(picture_grid *g, uint8_t **pixels, const char *run, const sample_steps *s,
                        error *e)
{
    char *folder = join_path(run, "samples");
    int size[2] = {0}, status = 0;
    for (size_t i = 0; status == 0 && i < s->n; i++) {
        picture sample = {0};
        status = load_sample(&sample, folder, s->steps[i], size, e);
        if (status == 0 && i == 0) {
            status = find_width(&g->width, run, size[0], e);
            g->height = size[1];
            *pixels = status ? NULL : allocate(s->n * (size_t)g->height, (size_t)g->width);
        }
        if (status == 0)
            cut_column(*pixels + i * (size_t)g->height * (size_t)g->width, &sample, g->width);
        picture_release(&sample);
    }
    free(folder);
    return status;
}

static int save_strip(const char *path, const char *run, const sample_steps *s, error *e)
{
    picture_grid g = {.n = s->n, .columns = s->n, .gap = GAP};
    uint8_t *pixels = NULL;
    picture p = {0};
    char **labels = allocate(s->n, sizeof *labels);
    for (size_t i = 0; i < s->n; i++)
        labels[i] = step_label(s->steps[i]);
    int status = draw_columns(&g, &pixels, run, s, e);
    g.pixels = pixels;
    g.labels = (const char *const *)labels;
    if (status == 0)
        status = picture_grid_draw(&p, &g, e);
    if (status == 0)
        status = picture_save(path, &p, NULL, 0, LEVEL_SMALL, e);
    for (size_t i = 0; i < s->n; i++)
        free(labels[i]);
    free(labels);
    free(pixels);
    picture_release(&p);
    return status;
}

/* A run has each sample once. */
static int check_place(const char *path, const char *folder, const sample_steps *s, error *e)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < s->n; i++) {
        char *sample = sample_path(folder, s->steps[i]);
        status = outputs_check(&path, 1, (const char *const *)&sample, 1, e);
        free(sample);
    }
    return status;
}

int film_save(const char *path, const char *run, double rate, error *e)
{
    if (!is_folder(run))
        return fail(e, STATUS_BAD_INPUT, "%s: is no folder of a run", run);
    char *folder = join_path(run, "samples");
    sample_steps s = {0};
    int status = find_steps(&s, folder, e) || check_place(path, folder, &s, e) ? -1 : 0;
    if (status == 0) {
        keep_some(&s, rate > 0 ? MAX_FRAMES : MAX_COLUMNS);
        status = rate > 0 ? save_film(path, folder, &s, rate, e) : save_strip(path, run, &s, e);
    }
    sample_steps_release(&s);
    free(folder);
    return status;
}
