/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

const option_row latent_option_rows[2] = {
    OPTION_SEEDS(latent_options, seeds, .name = "seed", .alias = "seeds", .letter = 's',
                 .role = ROLE_RESULT, .value = "LIST",
                 .summary = "Seeds of vectors z: numbers and ranges, such as 7 or 0-9,42."),
    OPTION_TEXT(latent_options, z, .name = "z", .role = ROLE_RESULT,
                .value = "FILE.safetensors:NAME",
                .summary = "The rows of that tensor, (N, z-dim), instead of seeds."),
};

/* ---- The kinds ---- */

static uint64_t seed_number(const latent_source *l, uint64_t i)
{
    return seed_list_at(l->seeds, i);
}

static uint64_t row_number(const latent_source *l, uint64_t i)
{
    (void)l;
    return i;
}

static void fill_of_seed(const latent_source *l, float *z, uint64_t i)
{
    latent_of_seed(z, l->z_dim, seed_number(l, i));
}

static void fill_of_row(const latent_source *l, float *z, uint64_t i)
{
    memcpy(z, l->rows + (size_t)i * l->z_dim, l->z_dim * sizeof *z);
}

static double way_done(const latent_source *l, uint64_t i)
{
    return (double)i / (double)(l->n - 1);
}

static void fill_of_way(const latent_source *l, float *z, uint64_t i)
{
    latent_between(z, l->rows, l->rows + l->z_dim, l->z_dim, way_done(l, i));
}

static void label_number(const latent_source *l, text *out, uint64_t i)
{
    text_add(out, "%" PRIu64, latent_number(l, i));
}

static void label_way(const latent_source *l, text *out, uint64_t i)
{
    text_add(out, "%.2f", way_done(l, i));
}

const latent_kind latent_seeds = {"seed", "seed", "Seed", seed_number, fill_of_seed, label_number};
const latent_kind latent_rows = {"row", "z", "Row", row_number, fill_of_row, label_number};
const latent_kind latent_way = {"frame", "frame", "Frame", row_number, fill_of_way, label_way};

/* ---- Making one ---- */

static void of_seeds(latent_source *l, const seed_list *seeds, size_t z_dim)
{
    *l = (latent_source){
        .kind = &latent_seeds, .n = seed_list_count(seeds), .z_dim = z_dim, .seeds = seeds};
}

static int of_tensor(latent_source *l, const char *tensor, size_t z_dim, error *e)
{
    size_t n = 0;
    *l = (latent_source){.kind = &latent_rows, .z_dim = z_dim};
    if (latents_load(&l->rows, &n, z_dim, tensor, &l->path, e))
        return fail_in(e, "--z");
    l->n = n;
    return 0;
}

int latents_open(latent_source *l, const latent_options *o, size_t z_dim, error *e)
{
    if (o->z)
        return of_tensor(l, o->z, z_dim, e);
    of_seeds(l, &o->seeds, z_dim);
    return 0;
}

void latents_between_seeds(latent_source *l, const uint64_t ends[2], uint64_t n, size_t z_dim)
{
    *l = (latent_source){.kind = &latent_way, .n = n, .z_dim = z_dim};
    l->rows = allocate(2 * z_dim, sizeof *l->rows);
    for (size_t i = 0; i < 2; i++)
        latent_of_seed(l->rows + i * z_dim, z_dim, ends[i]);
}

void latent_source_release(latent_source *l)
{
    free(l->rows);
    free(l->path);
    *l = (latent_source){0};
}

/* ---- Asking it ---- */

uint64_t latent_number(const latent_source *l, uint64_t i) { return l->kind->number(l, i); }

/* What latents_fill is asked for, PIECE rows a body of parallel_for. */
enum { PIECE = 64 };

typedef struct {
    const latent_source *l;
    float *z;
    uint64_t first;
    size_t n;
} latents_job;

static void fill_piece(size_t piece, size_t thread, void *context)
{
    const latents_job *j = context;
    (void)thread;
    for (size_t i = piece * PIECE; i < j->n && i < (piece + 1) * PIECE; i++)
        j->l->kind->fill(j->l, j->z + i * j->l->z_dim, j->first + i);
}

void latents_fill(const latent_source *l, float *z, uint64_t first, size_t n)
{
    latents_job j = {l, z, first, n};
    parallel_for((n + PIECE - 1) / PIECE, fill_piece, &j);
}

char *latent_path(const latent_source *l, const char *folder, uint64_t i, const char *suffix)
{
    text name = {0};
    text_add(&name, "%s-%04" PRIu64 "%s", l->kind->prefix, latent_number(l, i), suffix);
    char *path = join_path(folder, name.data);
    text_release(&name);
    return path;
}

void latent_label(const latent_source *l, text *out, uint64_t i) { l->kind->label(l, out, i); }
