/* SPDX-License-Identifier: MIT */
/* What a model with an encoder shows beside samples: pictures and what it gives them back as. */
#include "training_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, MOST = 5 * COLUMNS };

static void fill(given_back *g, const image_set *data)
{
    size_t n_pixels = data->shape.n;
    floats_from_bytes(g->pictures, data->pixels, g->n * n_pixels, g->sampler.low, g->sampler.high);
    for (size_t i = 0; i < g->n; i++)
        memcpy(g->pairs + 2 * i * n_pixels, data->pixels + i * n_pixels, n_pixels);
}

void given_back_init(training *t)
{
    given_back *g = &t->given_back;
    const image_set *data = &t->data.test;
    const double *range = t->set.train.range;
    size_t n = data->n < MOST ? data->n : MOST;
    if (!model_find_part(&t->model, "E"))
        return;
    g->n = n;
    sampler_init(&g->sampler, (size_t)t->set.train.z_dim, data->shape,
                 (float[]){(float)range[0], (float)range[1]}, n);
    g->pictures = allocate(n * data->shape.n, sizeof *g->pictures);
    g->pairs = allocate(2 * n * data->shape.n, sizeof *g->pairs);
    fill(g, data);
}

void given_back_release(given_back *g)
{
    sampler_release(&g->sampler);
    free(g->pictures);
    free(g->pairs);
    *g = (given_back){0};
}

/* All pictures as they are given back if they are of that class, to the sampler's pixels. */
static void draw_class(given_back *g, const model *m, size_t class)
{
    network encoder = {0}, generator = {0};
    tiles to_codes = {0};
    model_fold_encoder(&encoder, m, class);
    tiles_init(&to_codes, &encoder);
    tiles_forward(g->sampler.z, &to_codes, g->pictures, g->n);
    tiles_release(&to_codes);
    network_release(&encoder);
    model_fold_generator(&generator, m, class);
    sampler_use(&g->sampler, &generator);
    sampler_draw(&g->sampler, g->n);
    network_release(&generator);
}

/* The lower half of each pair, by the class that label (n) says where the model is told one; of a
 * class that it was not trained on it stays black. */
static void draw(given_back *g, const model *m, const uint8_t *label)
{
    size_t classes[MAX_CLASSES], n_classes = model_drawn_classes(classes, m), n = m->shape.n;
    for (size_t c = 0; c < n_classes; c++) {
        draw_class(g, m, classes[c]);
        for (size_t i = 0; i < g->n; i++)
            if (classes[c] == NO_CLASS || label[i] == classes[c])
                memcpy(g->pairs + (2 * i + 1) * n, g->sampler.pixels + i * n, n);
    }
}

int given_back_save(training *t, uint64_t step, error *e)
{
    given_back *g = &t->given_back;
    char name[64];
    if (!g->n)
        return 0;
    draw(g, &t->model, t->data.test.labels);
    picture_grid grid = grid_of_samples(g->pairs, g->n, COLUMNS, t->model.shape);
    grid.height *= 2;
    snprintf(name, sizeof name, "samples/reconstruction-%06llu.png", (unsigned long long)step);
    char *path = run_folder_path(&t->run, name);
    int status = grid_save(path, &grid, e);
    free(path);
    return status;
}
