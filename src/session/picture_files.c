/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "data.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IN_GRID = 1 << 16 };

/* ---- The grid ---- */

static char *label_of(const picture_files *f, size_t i)
{
    text t = {0};
    latent_label(f->latents, &t, i);
    return t.data;
}

/* Draws it to the file, or, before there are pictures, only looks whether it can be drawn. */
static int use_grid(const picture_files *f, error *e)
{
    size_t n = (size_t)f->latents->n;
    bool is_strip = f->columns == 0 && f->latents->kind == &latent_way;
    picture_grid g = grid_of_samples(f->grid_pixels, n, is_strip ? n : f->columns, f->shape);
    char **labels = f->has_labels ? allocate(n, sizeof *labels) : NULL;
    for (size_t i = 0; labels && i < n; i++)
        labels[i] = label_of(f, i);
    g.labels = (const char *const *)labels;
    int status = g.pixels ? grid_save(f->grid, &g, e) : picture_grid_check(&g, e);
    for (size_t i = 0; labels && i < n; i++)
        free(labels[i]);
    free(labels);
    return status;
}

int picture_files_check(const picture_files *f, error *e)
{
    if (!f->grid)
        return 0;
    if (f->latents->n > MOST_IN_GRID)
        return fail(e, STATUS_USAGE, "--output: a grid takes at most %d pictures, not %" PRIu64,
                    MOST_IN_GRID, f->latents->n);
    return use_grid(f, e) ? fail_in(e, "--output") : 0;
}

/* ---- Opening ---- */

static int open_pairs(picture_files *f, error *e)
{
    size_t n = (size_t)f->latents->n;
    if (f->latents->kind == &latent_seeds)
        safetensors_add(&f->layout, "seed", DTYPE_U64, 1, &n, NULL);
    safetensors_add(&f->layout, "z", DTYPE_F32, 2, (size_t[]){n, f->latents->z_dim}, NULL);
    safetensors_add(&f->layout, "x", DTYPE_F32, 2, (size_t[]){n, f->shape.n}, NULL);
    return safetensors_stream_open(&f->pairs_file, &f->layout, f->pairs, e);
}

int picture_files_open(picture_files *f, error *e)
{
    size_t n = (size_t)f->latents->n;
    if (f->grid)
        f->grid_pixels = allocate(n * f->shape.n, 1);
    if ((f->folder && folder_create(f->folder, e)) ||
        (f->npy && pixel_file_open(&f->npy_file, f->npy, PIXELS_NPY, n, f->shape, e)) ||
        (f->idx && pixel_file_open(&f->idx_file, f->idx, PIXELS_IDX, n, f->shape, e)))
        return -1;
    return f->pairs ? open_pairs(f, e) : 0;
}

/* ---- Writing ---- */

static int check_finite(const picture_files *f, const float *x, uint64_t first, size_t n, error *e)
{
    size_t at = find_not_finite(x, n * f->shape.n);
    if (at == n * f->shape.n)
        return 0;
    return fail(e, STATUS_DIVERGED, "%s %" PRIu64 ": its picture is not finite",
                f->latents->kind->key, latent_number(f->latents, first + at / f->shape.n));
}

static int save_picture(const picture_files *f, uint64_t i, const uint8_t *pixels, error *e)
{
    picture p = {0};
    char *path = latent_path(f->latents, f->folder, i, ".png");
    picture_init_grey(&p, pixels, (int)f->shape.cols, (int)f->shape.rows);
    int status = picture_save(path, &p, NULL, 0, LEVEL_SMALL, e);
    picture_release(&p);
    free(path);
    return status;
}

static int write_seeds(picture_files *f, uint64_t first, size_t n, error *e)
{
    uint64_t seed;
    for (uint64_t i = first; i < first + n; i++) {
        seed = latent_number(f->latents, i);
        if (safetensors_stream_write(&f->pairs_file, "seed", i, &seed, 1, e))
            return -1;
    }
    return 0;
}

static int write_pairs(picture_files *f, const sampler *s, uint64_t first, size_t n, error *e)
{
    size_t z_dim = f->latents->z_dim, n_pixels = f->shape.n;
    if (f->latents->kind == &latent_seeds && write_seeds(f, first, n, e))
        return -1;
    if (safetensors_stream_write(&f->pairs_file, "z", first * z_dim, s->z, n * z_dim, e))
        return -1;
    return safetensors_stream_write(&f->pairs_file, "x", first * n_pixels, s->x, n * n_pixels, e);
}

int picture_files_write(picture_files *f, const sampler *s, uint64_t first, size_t n, error *e)
{
    size_t n_bytes = n * f->shape.n;
    if (check_finite(f, s->x, first, n, e) ||
        (f->npy && atomic_file_write(&f->npy_file, s->pixels, n_bytes, e)) ||
        (f->idx && atomic_file_write(&f->idx_file, s->pixels, n_bytes, e)) ||
        (f->pairs && write_pairs(f, s, first, n, e)))
        return -1;
    if (f->grid)
        memcpy(f->grid_pixels + (size_t)first * f->shape.n, s->pixels, n_bytes);
    for (size_t i = 0; f->folder && i < n; i++)
        if (save_picture(f, first + i, s->pixels + i * f->shape.n, e))
            return -1;
    return 0;
}

/* ---- Ending ---- */

int picture_files_commit(picture_files *f, error *e)
{
    if ((f->grid && use_grid(f, e)) ||
        (f->npy && atomic_file_commit(&f->npy_file, NOT_DURABLE, e)) ||
        (f->idx && atomic_file_commit(&f->idx_file, NOT_DURABLE, e)))
        return -1;
    return f->pairs ? safetensors_stream_commit(&f->pairs_file, e) : 0;
}

void picture_files_release(picture_files *f)
{
    atomic_file_release(&f->npy_file);
    atomic_file_release(&f->idx_file);
    safetensors_stream_release(&f->pairs_file);
    safetensors_release(&f->layout);
    free(f->grid_pixels);
    *f = (picture_files){0};
}
