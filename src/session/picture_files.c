/* SPDX-License-Identifier: MIT */
#include "picture_stream.h"

#include "data.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IN_GRID = 1 << 16 };

enum { NPY, IDX };
static const pixel_format formats[] = {[NPY] = PIXELS_NPY, [IDX] = PIXELS_IDX};

/* ---- Which is which ---- */

static const uint64_t most_pictures = UINT64_C(1) << 31;

static bool has_classes(const picture_files *f) { return f->classes->all[0] != NO_CLASS; }

uint64_t picture_files_count(const picture_files *f) { return f->latents->n * f->classes->n; }

static size_t class_of(const picture_files *f, uint64_t i)
{
    return f->classes->all[i / f->latents->n];
}

/* Of the i-th picture: of the source, which all classes share. */
static uint64_t latent_of(const picture_files *f, uint64_t i) { return i % f->latents->n; }

/* ---- The grid ---- */

static char *label_of(const picture_files *f, size_t i)
{
    text t = {0};
    latent_label(f->latents, &t, latent_of(f, i));
    return t.data;
}

static char *row_name_of(const picture_files *f, size_t row)
{
    text t = {0};
    text_add(&t, "%zu", f->classes->all[row]);
    return t.data;
}

/* The texts of the first n; the caller frees them by release_texts. NULL where there are to be
 * none. */
static char **make_texts(const picture_files *f, bool are_wanted, size_t n,
                         char *make(const picture_files *f, size_t i))
{
    char **all = are_wanted ? allocate(n, sizeof *all) : NULL;
    for (size_t i = 0; all && i < n; i++)
        all[i] = make(f, i);
    return all;
}

static void release_texts(char **all, size_t n)
{
    for (size_t i = 0; all && i < n; i++)
        free(all[i]);
    free(all);
}

/* A row of a grid is a class, or the whole way from one z to another. */
static size_t columns_of(const picture_files *f)
{
    bool is_strip = f->columns == 0 && f->latents->kind == &latent_way;
    return is_strip || f->classes->n > 1 ? (size_t)f->latents->n : f->columns;
}

/* Draws it to the file, or, before there are pictures, only looks whether it can be drawn. */
static int use_grid(const picture_files *f, error *e)
{
    size_t n = (size_t)picture_files_count(f), n_rows = f->classes->n;
    picture_grid g = grid_of_samples(f->grid_pixels, n, columns_of(f), f->shape);
    char **labels = make_texts(f, f->has_labels, n, label_of);
    char **row_names = make_texts(f, n_rows > 1, n_rows, row_name_of);
    g.labels = (const char *const *)labels;
    g.row_names = (const char *const *)row_names;
    int status = g.pixels ? grid_save(f->grid, &g, e) : picture_grid_check(&g, e);
    release_texts(labels, n);
    release_texts(row_names, n_rows);
    return status;
}

static int check_grid(const picture_files *f, error *e)
{
    if (!f->grid)
        return 0;
    if (picture_files_count(f) > MOST_IN_GRID)
        return fail(e, STATUS_USAGE, "--output: a grid takes at most %d pictures, not %" PRIu64,
                    MOST_IN_GRID, picture_files_count(f));
    return use_grid(f, e) ? fail_in(e, "--output") : 0;
}

/* ---- Before anything is made ---- */

static int check_count(const picture_files *f, error *e)
{
    uint64_t n = f->latents->n, n_classes = f->classes->n;
    if (n <= most_pictures / n_classes)
        return 0;
    return fail(
        e, STATUS_USAGE, "--%s: %" PRIu64 " pictures%s are more than the %" PRIu64 " of one call",
        f->latents->path ? "z" : "seed", n, n_classes > 1 ? " of each class" : "", most_pictures);
}

int picture_files_plan(picture_files *f, error *e)
{
    const char *const paths[] = {[NPY] = f->npy, [IDX] = f->idx};
    if (check_count(f, e))
        return -1;
    for (size_t i = 0; i < 2; i++)
        picture_stream_plan(&f->streams[i], paths[i], has_classes(f));
    return check_grid(f, e);
}

/* The k-th file, NULL: it is not there. */
static const char *output_at(const picture_files *f, size_t k)
{
    const char *const all[] = {f->grid,
                               f->streams[NPY].path,
                               f->streams[NPY].labels_path,
                               f->streams[IDX].path,
                               f->streams[IDX].labels_path,
                               f->pairs};
    return all[k];
}

enum { N_OUTPUTS = 6 };

void picture_files_list(const picture_files *f, file_list *files)
{
    for (size_t k = 0; k < N_OUTPUTS; k++)
        file_list_write(files, output_at(f, k));
}

void picture_files_tell(const picture_files *f, text *names)
{
    text_add(names, "%s", f->folder ? f->folder : "");
    for (size_t k = 0; k < N_OUTPUTS; k++)
        if (output_at(f, k))
            text_add(names, "%s%s", names->length > 0 ? ", " : "", output_at(f, k));
}

/* ---- Opening ---- */

static int open_pairs(picture_files *f, error *e)
{
    size_t n = (size_t)picture_files_count(f);
    if (f->latents->kind == &latent_seeds)
        safetensors_add(&f->layout, "seed", DTYPE_U64, 1, &n, NULL);
    if (has_classes(f))
        safetensors_add(&f->layout, "class", DTYPE_U8, 1, &n, NULL);
    safetensors_add(&f->layout, "z", DTYPE_F32, 2, (size_t[]){n, f->latents->z_dim}, NULL);
    safetensors_add(&f->layout, "x", DTYPE_F32, 2, (size_t[]){n, f->shape.n}, NULL);
    return safetensors_stream_open(&f->pairs_file, &f->layout, f->pairs, e);
}

int picture_files_open(picture_files *f, error *e)
{
    size_t n = (size_t)picture_files_count(f);
    if (f->grid)
        f->grid_pixels = allocate(n * f->shape.n, 1);
    if (f->folder && folder_create(f->folder, e))
        return -1;
    for (size_t i = 0; i < 2; i++)
        if (picture_stream_open(&f->streams[i], formats[i], n, f->shape, e))
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
                f->latents->kind->key,
                latent_number(f->latents, latent_of(f, first + at / f->shape.n)));
}

static int save_picture(const picture_files *f, uint64_t i, const uint8_t *pixels, error *e)
{
    picture p = {0};
    text end = {0};
    char *suffix = class_suffix(class_of(f, i), "");
    text_add(&end, "%s.png", suffix);
    char *path = latent_path(f->latents, f->folder, latent_of(f, i), end.data);
    picture_init_grey(&p, pixels, (int)f->shape.cols, (int)f->shape.rows);
    int status = picture_save(path, &p, NULL, 0, LEVEL_SMALL, e);
    picture_release(&p);
    text_release(&end);
    free(suffix);
    free(path);
    return status;
}

static int write_seeds(picture_files *f, uint64_t first, size_t n, error *e)
{
    for (uint64_t i = first; i < first + n; i++) {
        uint64_t seed = latent_number(f->latents, latent_of(f, i));
        if (safetensors_stream_write(&f->pairs_file, "seed", i, &seed, 1, e))
            return -1;
    }
    return 0;
}

static int write_classes(picture_files *f, uint64_t first, size_t n, error *e)
{
    for (uint64_t i = first; i < first + n; i++) {
        uint8_t class = (uint8_t)class_of(f, i);
        if (safetensors_stream_write(&f->pairs_file, "class", i, &class, 1, e))
            return -1;
    }
    return 0;
}

static int write_pairs(picture_files *f, const sampler *s, uint64_t first, size_t n, error *e)
{
    size_t z_dim = f->latents->z_dim, n_pixels = f->shape.n;
    if ((f->latents->kind == &latent_seeds && write_seeds(f, first, n, e)) ||
        (has_classes(f) && write_classes(f, first, n, e)))
        return -1;
    if (safetensors_stream_write(&f->pairs_file, "z", first * z_dim, s->z, n * z_dim, e))
        return -1;
    return safetensors_stream_write(&f->pairs_file, "x", first * n_pixels, s->x, n * n_pixels, e);
}

int picture_files_write(picture_files *f, const sampler *s, uint64_t first, size_t n, error *e)
{
    int status = check_finite(f, s->x, first, n, e);
    for (size_t i = 0; !status && i < 2; i++)
        status =
            picture_stream_write(&f->streams[i], s->pixels, n, f->shape, class_of(f, first), e);
    if (status || (f->pairs && write_pairs(f, s, first, n, e)))
        return -1;
    if (f->grid)
        memcpy(f->grid_pixels + (size_t)first * f->shape.n, s->pixels, n * f->shape.n);
    for (size_t i = 0; f->folder && i < n; i++)
        if (save_picture(f, first + i, s->pixels + i * f->shape.n, e))
            return -1;
    return 0;
}

/* ---- Ending ---- */

int picture_files_commit(picture_files *f, error *e)
{
    if ((f->grid && use_grid(f, e)) || picture_stream_commit(&f->streams[NPY], e) ||
        picture_stream_commit(&f->streams[IDX], e))
        return -1;
    return f->pairs ? safetensors_stream_commit(&f->pairs_file, e) : 0;
}

void picture_files_release(picture_files *f)
{
    for (size_t i = 0; i < 2; i++)
        picture_stream_release(&f->streams[i]);
    safetensors_stream_release(&f->pairs_file);
    safetensors_release(&f->layout);
    free(f->grid_pixels);
    *f = (picture_files){0};
}
