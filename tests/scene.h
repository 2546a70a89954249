/* SPDX-License-Identifier: MIT */
/* A GAN, a target and room to explain with, for the tests of explain and of what is said of it.
 * Include after <cmocka.h>. */
#ifndef GANLENS_SCENE_H
#define GANLENS_SCENE_H

#include "cli.h"
#include "explain.h"
#include "nets.h"
#include <string.h>

/* The shape of the digits. */
enum { PICTURE_ROWS = 28, PICTURE_COLS = 28, N_PIXELS = PICTURE_ROWS * PICTURE_COLS };

static const char scene_g[] = "24:bn=1e-3:lrelu=0.3,17:relu,784:tanh", scene_d[] = "19:lrelu=0.2,1";
enum { Z = 9 };

/* The nets as stored and, in memory of their own that a copy of the scene shares, folded. */
typedef struct {
    network g, d;
    bool has_d;
    picture_shape shape;
    network *folded; /* 2 */
    explain_target target;
    explainer x;
    explain_workspace w;
} scene;

static inline picture_shape shape_of(size_t rows, size_t cols)
{
    return (picture_shape){rows, cols, rows * cols};
}

static inline explain_target target_of(const char *words)
{
    explain_target t;
    error e = {0};
    if (explain_target_read(&t, words, &e))
        fail_msg("%s", e.message);
    return t;
}

static inline void release_aim(scene *s)
{
    explain_workspace_release(&s->w);
    explainer_release(&s->x);
    for (size_t i = 0; s->folded && i < 2; i++)
        network_release(&s->folded[i]);
    free(s->folded);
    s->folded = NULL;
}

static inline int try_to_aim_at(scene *s, explain_target t, error *e)
{
    release_aim(s);
    s->target = t;
    s->folded = allocate(2, sizeof *s->folded);
    network_fold(&s->folded[0], &s->g);
    if (s->has_d)
        network_fold(&s->folded[1], &s->d);
    return explainer_init(&s->x, &s->folded[0], s->has_d ? &s->folded[1] : NULL, s->shape, &t, e);
}

/* Opens the nets that s holds for t; may be called again for another target. */
static inline void aim_at(scene *s, explain_target t)
{
    error e = {0};
    if (try_to_aim_at(s, t, &e))
        fail_msg("%s", e.message);
    explain_workspace_init(&s->w, &s->x);
}

static inline void aim(scene *s, const char *words) { aim_at(s, target_of(words)); }

static inline scene scene_of_shape(const char *g, const char *d, size_t z_dim, picture_shape shape)
{
    scene s = {.g = network_of(g, z_dim), .has_d = d, .shape = shape};
    if (d)
        s.d = network_of(d, shape.n);
    return s;
}

static inline scene scene_of(const char *g, const char *d, size_t z_dim)
{
    return scene_of_shape(g, d, z_dim, shape_of(PICTURE_ROWS, PICTURE_COLS));
}

static inline scene trained_scene(const char *words)
{
    scene s = scene_of(scene_g, scene_d, Z);
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    if (words)
        aim(&s, words);
    return s;
}

static inline void scene_release(scene *s)
{
    release_aim(s);
    network_release(&s->g);
    network_release(&s->d);
}

static inline float value_at_z(scene *s, const float *z, float *gradient_z, float *gradient_x)
{
    float value;
    const explained_rows r = {
        .n = 1, .z = z, .value = &value, .gradient_z = gradient_z, .gradient_x = gradient_x};
    explain_rows(&s->x, &s->w, &r);
    return value;
}

/* The settings of a method with all its switches on; the caller frees them. */
static inline void *all_on(const explain_method *m)
{
    const option_set *own = m->options;
    char *settings = allocate(1, own->size);
    memcpy(settings, own->defaults, own->size);
    for (size_t i = 0; i < own->group.n; i++)
        if (own->group.rows[i].kind == KIND_FLAG)
            *(bool *)(settings + own->group.rows[i].offset) = true;
    return settings;
}

/* What those methods find at z, gradient the Jacobian, too; released by the caller. */
static inline explanation explained_by(scene *s, const char *methods, const float *z, size_t n_top)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_request q = {.n_top = n_top, .black = -1, .white = 1, .n_samples = 16, .probe = 3};
    void *settings = all_on(explain_methods[0]);
    explain_plan_choose(&plan, methods);
    explain_plan_set(&plan, explain_methods[0], settings);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    free(settings);
    return a;
}

static inline explanation explained(scene *s, const float *z, size_t n_top)
{
    return explained_by(s, "gradient", z, n_top);
}

/* An explanation made by hand begins with z (z_dim), a picture of zeros and the target's value. */
static inline float *put_array(explanation *a, const char *name, size_t rows, size_t cols);
static inline explanation begun_by_hand(const float *z, size_t z_dim, float value)
{
    explanation a = {.z_dim = z_dim, .shape = {PICTURE_ROWS, PICTURE_COLS, N_PIXELS}};
    float *own = put_array(&a, "z", 0, 0), *target;
    memcpy(own, z, z_dim * sizeof *z);
    a.z = own;
    a.x = put_array(&a, "x", 0, 0);
    target = put_array(&a, "target", 0, 0);
    *target = value;
    a.target = target;
    strokes_find(&a.strokes, NULL, a.shape, 0, 1);
    return a;
}

static inline const array_row *row_in(const array_row *rows, const char *name)
{
    for (; rows->name; rows++)
        if (strcmp(rows->name, name) == 0)
            return rows;
    return NULL;
}

/* Of explain() itself, of some target's part or of some method. */
static inline const array_row *row_named(const char *name)
{
    const array_row *row = row_in(explain_base_arrays, name);
    for (size_t i = 0; !row && explain_methods[i]; i++)
        row = row_in(explain_methods[i]->arrays, name);
    for (const target_word *w = explain_targets; !row && w->name; w++)
        for (size_t k = 0; w->row->n_terms > 1 && k < w->row->n_terms; k++) {
            const target_term *t = &w->row->terms[k];
            row = strcmp(t->value->name, name) == 0      ? t->value
                  : strcmp(t->gradient->name, name) == 0 ? t->gradient
                                                         : row;
        }
    if (!row)
        fail_msg("no row %s", name);
    return row;
}

/* Adds an array that something declares to an explanation made by hand. */
static inline float *put_array(explanation *a, const char *name, size_t rows, size_t cols)
{
    return explanation_add_row(a, row_named(name), rows, cols);
}

static inline const named_array *whole_array_of(const explanation *a, const char *name)
{
    const named_array *v = explanation_find(a, name);
    if (!v)
        fail_msg("no array %s", name);
    return v;
}

static inline const float *array_of(const explanation *a, const char *name)
{
    return whole_array_of(a, name)->data;
}

/* NULL where there is none of that name. */
static inline const explain_check *check_of(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (strcmp(a->checks[i].name, name) == 0)
            return &a->checks[i];
    return NULL;
}

/* The components that top_columns are of. */
static inline const size_t *top_of(const explanation *a)
{
    return whole_array_of(a, "top_columns")->items;
}

/* The checks of one row whose float results are there already. */
static inline void check_row(explain_check checks[N_GRADIENT_CHECKS], scene *s, const float *z,
                             float value, float *gradient)
{
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    memset(checks, 0, N_GRADIENT_CHECKS * sizeof *checks);
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, NULL);
}

static inline bool are_met(const explain_check checks[N_GRADIENT_CHECKS])
{
    for (size_t i = 0; i < N_GRADIENT_CHECKS; i++)
        if (!explain_check_is_met(&checks[i])) {
            print_message("# %s: %g\n", checks[i].name, checks[i].value);
            return false;
        }
    return true;
}

static inline size_t find_constant(float *reference, const float *x, const void *context)
{
    (void)x;
    memcpy(reference, context, N_PIXELS * sizeof *reference);
    return 7;
}

static inline explain_target comparing(const char *words, const float *reference)
{
    explain_target t = target_of(words);
    t.find_reference = find_constant;
    t.context = reference;
    return t;
}

/* One hidden unit whose pre-activation is z0 + bias. */
static inline scene kinked_scene(float bias)
{
    scene s = scene_of("2:lrelu=0.3,784", NULL, 2);
    s.g.layers[0].weight.data[0] = 1.0f;
    s.g.layers[0].weight.data[3] = 1.0f;
    s.g.layers[0].bias[0] = bias;
    s.g.layers[0].bias[1] = 1.0f;
    for (size_t i = 0; i < 2 * N_PIXELS; i++)
        s.g.layers[1].weight.data[i] = 0.01f;
    aim(&s, "ink");
    return s;
}

#endif
