/* SPDX-License-Identifier: MIT */
/* Paths, and where on them the slope of a target jumps. */
#include "check_detail.h"
#include "path_detail.h"
#include <stdlib.h>
#include <string.h>

/* ---- Paths ---- */

static void fill_straight(float *row, const float *a, const float *b, size_t n, double t)
{
    for (size_t i = 0; i < n; i++)
        row[i] = (float)((1 - t) * (double)a[i] + t * (double)b[i]);
}

void path_fill(float *rows, const target_path *p, const double *t, size_t n)
{
    size_t width = p->f->n;
    for (size_t i = 0; i < n; i++)
        if (p->is_spherical)
            latent_between(rows + i * width, p->from, p->f->at, width, t[i]);
        else
            fill_straight(rows + i * width, p->from, p->f->at, width, t[i]);
}

void path_slope(float *slope, const target_path *p, double t)
{
    if (p->is_spherical)
        latent_between_slope(slope, p->from, p->f->at, p->f->n, t);
    else
        for (size_t i = 0; i < p->f->n; i++)
            slope[i] = (float)((double)p->f->at[i] - (double)p->from[i]);
}

/* ---- The finder ---- */

/* Points that are evaluated at a time; the last of them is the first of the next ones. */
enum { KINK_ROWS = 32 };

struct kink_room {
    twin twin[N_NETS];
    float *rows;    /* (KINK_ROWS, f->n) */
    double *points; /* the same */
    double value[KINK_ROWS];
    double *found; /* (n_found) */
    size_t n_found, capacity;
};

/* Whether f goes through network i. */
static bool is_on_way(const target_function *f, explain_net i)
{
    if (i == NET_G)
        return f->input == INPUT_Z && explain_is_of_picture(f->t->x);
    return explain_target_reads(&f->t->x->target, i);
}

static bool has_kink(const layer *l) { return activations[l->f.kind].is_kinked; }

static size_t count_units(const target_function *f)
{
    size_t n = 0;
    for (explain_net i = 0; i < N_NETS; i++)
        for (size_t k = 0; is_on_way(f, i) && k < f->t->x->net[i]->n_layers; k++) {
            const layer *l = &f->t->x->net[i]->layers[k];
            n += has_kink(l) ? l->n_out : 0;
        }
    return n;
}

static void room_init(kink_room *r, const target_function *f)
{
    for (explain_net i = 0; i < N_NETS; i++)
        if (is_on_way(f, i))
            twin_init_borrowing(&r->twin[i], f->t->x->net[i], KINK_ROWS);
    r->rows = allocate(KINK_ROWS * f->n, sizeof *r->rows);
    r->points = allocate(KINK_ROWS * f->n, sizeof *r->points);
}

void kink_finder_init(kink_finder *k, const target_function *f)
{
    *k = (kink_finder){.f = f, .n_units = count_units(f)};
    if (!k->n_units)
        return;
    k->n_rooms = parallel_width(SIZE_MAX);
    k->rooms = allocate(k->n_rooms, sizeof *k->rooms);
    for (size_t i = 0; i < k->n_rooms; i++)
        room_init(&k->rooms[i], f);
}

void kink_finder_release(kink_finder *k)
{
    for (size_t i = 0; i < k->n_rooms; i++) {
        for (size_t n = 0; n < N_NETS; n++)
            twin_release(&k->rooms[i].twin[n]);
        free(k->rooms[i].rows);
        free(k->rooms[i].points);
        free(k->rooms[i].found);
    }
    free(k->rooms);
    *k = (kink_finder){0};
}

/* ---- Finding ---- */

typedef struct {
    kink_finder *k;
    const target_path *p;
    const double *t;
    size_t n, n_parts;
} kink_search;

static void keep(kink_room *r, double t)
{
    if (r->n_found == r->capacity) {
        r->capacity = 2 * r->capacity + 64;
        r->found = reallocate(r->found, r->capacity, sizeof *r->found);
    }
    r->found[r->n_found++] = t;
}

/* Between two rows of pre-activations (n), at t[0] and t[1]. */
static void find_changes(kink_room *r, const double *pre, size_t n, const double t[2])
{
    for (size_t u = 0; u < n; u++) {
        double before = pre[u], after = pre[n + u];
        if ((before > 0) != (after > 0))
            keep(r, t[0] + (t[1] - t[0]) * before / (before - after));
    }
}

static void evaluate(kink_room *r, const kink_search *s, size_t first, size_t n)
{
    const target_function *f = s->k->f;
    path_fill(r->rows, s->p, s->t + first, n);
    for (size_t i = 0; i < n * f->n; i++)
        r->points[i] = (double)r->rows[i];
    if (f->input == INPUT_Z)
        target_evaluate(f->t->x, r->twin, r->points, n, f->reference, r->value, NULL);
    else
        target_evaluate_pictures(f->t->x, r->twin, r->points, n, f->reference, r->value, NULL);
}

static void search_tile(kink_room *r, const kink_search *s, size_t first)
{
    size_t n = s->n - first < KINK_ROWS ? s->n - first : KINK_ROWS;
    evaluate(r, s, first, n);
    for (explain_net i = 0; i < N_NETS; i++)
        for (size_t l = 0; r->twin[i].net && l < r->twin[i].net->n_layers; l++) {
            const layer *at = &r->twin[i].net->layers[l];
            for (size_t row = 0; has_kink(at) && row + 1 < n; row++)
                find_changes(r, r->twin[i].pre[l] + row * at->n_out, at->n_out, s->t + first + row);
        }
}

/* A body of parallel_for: every n_parts-th tile, in a room of its own. */
static void search_part(size_t i, size_t thread, void *context)
{
    const kink_search *s = context;
    size_t step = KINK_ROWS - 1;
    (void)thread;
    s->k->rooms[i].n_found = 0;
    for (size_t first = i * step; first + 1 < s->n; first += s->n_parts * step)
        search_tile(&s->k->rooms[i], s, first);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

size_t kink_finder_find(double **kinks, kink_finder *k, const target_path *p, const double *t,
                        size_t n)
{
    kink_search s = {k, p, t, n, k->n_rooms};
    size_t n_found = 0;
    *kinks = NULL;
    parallel_for(s.n_parts, search_part, &s);
    for (size_t i = 0; i < s.n_parts; i++) {
        const kink_room *r = &k->rooms[i];
        *kinks = reallocate(*kinks, n_found + r->n_found + 1, sizeof **kinks);
        if (r->n_found)
            memcpy(*kinks + n_found, r->found, r->n_found * sizeof **kinks);
        n_found += r->n_found;
    }
    if (n_found)
        qsort(*kinks, n_found, sizeof **kinks, compare);
    return n_found;
}
