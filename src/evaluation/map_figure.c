/* SPDX-License-Identifier: MIT */
/* Where pictures lie, and where real ones do. */
#include "figures_detail.h"
#include "plane.h"
#include <math.h>
#include <stdlib.h>

enum { THUMBNAIL = 48, AIR = 6, PLANE_PIXELS = 758 };

#define WITHIN_LINES 0.9 /* of the pictures */

/* All that the planes of the figure show. */
typedef struct {
    const evaluation *v;
    const candidate *c;
    principal_plane plane;
    point_set own, real;
    plane_area area;
    float *own_density, *real_density; /* (rows, cols), owned */
    double own_level, real_level;
    char *x_name, *y_name; /* owned */
} picture_map;

static void picture_map_release(picture_map *m)
{
    principal_plane_release(&m->plane);
    point_set_release(&m->own);
    point_set_release(&m->real);
    free(m->own_density);
    free(m->real_density);
    free(m->x_name);
    free(m->y_name);
}

static char *axis_words(const char *what, double share)
{
    text words = {0};
    text_add(&words, "%s principal component: %.0f %% of the variance of real pictures", what,
             100 * share);
    return words.data;
}

static void find_densities(picture_map *m)
{
    double spread[2];
    size_t n = m->area.rows * m->area.cols;
    find_spread(spread, &m->area, &m->real);
    m->own_density = allocate(n, sizeof *m->own_density);
    m->real_density = allocate(n, sizeof *m->real_density);
    find_density(m->own_density, &m->area, &m->own, spread);
    find_density(m->real_density, &m->area, &m->real, spread);
    m->own_level = density_below(m->own_density, &m->area, &m->own, 1 - WITHIN_LINES);
    m->real_level = density_below(m->real_density, &m->area, &m->real, 1 - WITHIN_LINES);
}

static int picture_map_init(picture_map *m, const evaluation *v, const candidate *c, error *e)
{
    *m = (picture_map){.v = v, .c = c};
    if (!c->set.pixels)
        return fail(e, STATUS_USAGE, "there are no pictures, but features alone");
    if (principal_plane_init(&m->plane, v->real.real.features, e))
        return -1;
    point_set_init(&m->real, &m->plane, v->real.real.features);
    point_set_init(&m->own, &m->plane, c->set.features);
    if (!point_set_is_finite(&m->real) || !point_set_is_finite(&m->own))
        return fail(e, STATUS_DIVERGED, "what the judge sees lies too far away for a plane");
    m->area = plane_area_around(&m->real, &m->own);
    find_densities(m);
    m->x_name = axis_words("To the right: first", m->plane.share[0]);
    m->y_name = axis_words("Up: second", m->plane.share[1]);
    return 0;
}

/* ---- Planes ---- */

/* With lines around most pictures of both; the one of a set whose lines are told by its dots, too.
 */
static plane_panel plane_of(const picture_map *m)
{
    return (plane_panel){
        .x_name = m->x_name,
        .y_name = m->y_name,
        .x_low = m->area.low[0],
        .x_high = m->area.high[0],
        .y_low = m->area.low[1],
        .y_high = m->area.high[1],
        .rows = m->area.rows,
        .cols = m->area.cols,
        .sets = {{"real pictures, a line around 90 % of them", NULL, NULL, 0, m->real_density,
                  m->real_level},
                 {"these pictures, likewise", NULL, NULL, 0, m->own_density, m->own_level}}};
}

/* ---- Classes ---- */

typedef struct {
    plane_mark all[MAX_LABELS];
    char *words[MAX_LABELS]; /* owned */
    size_t n;
} class_marks;

/* Where the real pictures of each class are on average. */
static void class_marks_init(class_marks *s, const picture_map *m)
{
    const judged_set *real = &m->v->real.real;
    const uint8_t *labels = real->labels ? real->labels : real->seen;
    double x[MAX_LABELS] = {0}, y[MAX_LABELS] = {0};
    size_t n[MAX_LABELS] = {0};
    for (size_t i = 0; i < real->n; i++) {
        x[labels[i]] += (double)m->real.x[i];
        y[labels[i]] += (double)m->real.y[i];
        n[labels[i]]++;
    }
    s->n = 0;
    for (size_t k = 0; k < MAX_LABELS; k++)
        if (n[k] > 0) {
            s->words[s->n] = class_words(m->v, k);
            s->all[s->n] = (plane_mark){s->words[s->n], (float)(x[k] / (double)n[k]),
                                        (float)(y[k] / (double)n[k])};
            s->n++;
        }
}

static void class_marks_release(class_marks *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->words[i]);
}

static void add_points(figure *f, const picture_map *m, const class_marks *marks)
{
    plane_panel p = plane_of(m);
    p.title = "Each picture is a dot";
    p.subtitle = "Words: the middle of a class's real pictures";
    p.sets[0].x = m->real.x;
    p.sets[0].y = m->real.y;
    p.sets[0].n = m->real.n;
    p.sets[1].x = m->own.x;
    p.sets[1].y = m->own.y;
    p.sets[1].n = m->own.n;
    p.marks = marks->all;
    p.n_marks = marks->n;
    figure_add_plane(f, &p);
}

/* ---- Differences ---- */

static void add_alone_words(text *out, const picture_map *m)
{
    text_add(
        out,
        "1 is as dense as real pictures ever lie; %.1f %% of real pictures lie where these are less than a tenth as dense "
        "(holes), ",
        100 * share_alone(m->real_density, m->own_density, &m->area, &m->real));
    text_add(out, "%.1f %% of these where real ones are",
             100 * share_alone(m->own_density, m->real_density, &m->area, &m->own));
}

/* In units of the greatest density of real pictures, so that figures can be compared. */
static void add_difference(figure *f, const picture_map *m, const class_marks *marks)
{
    size_t n = m->area.rows * m->area.cols;
    float *values = allocate(n, sizeof *values), most = 0;
    text words = {0};
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, m->real_density[i]);
    for (size_t i = 0; i < n; i++)
        values[i] = (m->own_density[i] - m->real_density[i]) / most;
    add_alone_words(&words, m);
    plane_panel p = plane_of(m);
    p.title = "Too few and too many";
    p.subtitle = "Blue: fewer of these pictures than real ones; orange: more";
    p.values = values;
    p.scale = 0.5;
    p.caption = words.data;
    p.marks = marks->all;
    p.n_marks = marks->n;
    figure_add_plane(f, &p);
    text_release(&words);
    free(values);
}

/* ---- Pictures ---- */

/* How a picture becomes a small one: enlarged by `up`, or means of down x down pixels. */
typedef struct {
    size_t up, down, rows, cols;
} thumbnail_size;

static thumbnail_size find_thumbnail_size(picture_shape shape)
{
    size_t longest = shape.rows > shape.cols ? shape.rows : shape.cols;
    thumbnail_size s = {(THUMBNAIL + longest / 2) / longest, 1, 0, 0};
    s.up = s.up > 0 ? s.up : 1;
    while (longest / s.down > THUMBNAIL * 4 / 3)
        s.down++;
    s.rows = shape.rows / s.down * s.up > 0 ? shape.rows / s.down * s.up : 1;
    s.cols = shape.cols / s.down * s.up > 0 ? shape.cols / s.down * s.up : 1;
    return s;
}

static void fill_thumbnail(uint8_t *out, const uint8_t *pixels, picture_shape shape,
                           thumbnail_size s)
{
    for (size_t row = 0; row < s.rows; row++)
        for (size_t col = 0; col < s.cols; col++) {
            size_t sum = 0;
            for (size_t k = 0; k < s.down * s.down; k++)
                sum += pixels[(row / s.up * s.down + k / s.down) * shape.cols +
                              col / s.up * s.down + k % s.down];
            out[row * s.cols + col] = (uint8_t)((sum + s.down * s.down / 2) / (s.down * s.down));
        }
}

/* A raster over the plane whose fields hold a small picture each. */
typedef struct {
    size_t rows, cols;
    uint32_t *chosen;  /* (rows * cols), the picture nearest to the middle; NO_PICTURE; owned */
    double *distances; /* owned */
} raster;

#define NO_PICTURE UINT32_MAX

static void middle_of(double out[2], const plane_area *a, const raster *r, size_t field)
{
    out[0] =
        a->low[0] + (a->high[0] - a->low[0]) * ((double)(field % r->cols) + 0.5) / (double)r->cols;
    out[1] =
        a->high[1] - (a->high[1] - a->low[1]) * ((double)(field / r->cols) + 0.5) / (double)r->rows;
}

static void choose_pictures(raster *r, const plane_area *a, const point_set *s)
{
    plane_area coarse = *a;
    coarse.rows = r->rows;
    coarse.cols = r->cols;
    for (size_t k = 0; k < r->rows * r->cols; k++)
        r->chosen[k] = NO_PICTURE;
    for (size_t i = 0; i < s->n; i++) {
        double middle[2];
        size_t field = plane_cell(&coarse, (double)s->x[i], (double)s->y[i]);
        middle_of(middle, a, r, field);
        double distance = hypot((double)s->x[i] - middle[0], (double)s->y[i] - middle[1]);
        if (r->chosen[field] == NO_PICTURE || distance < r->distances[field]) {
            r->chosen[field] = (uint32_t)i;
            r->distances[field] = distance;
        }
    }
}

static raster raster_make(const plane_area *a, thumbnail_size s)
{
    double ratio = (a->high[1] - a->low[1]) / (a->high[0] - a->low[0]);
    raster r = {.cols = PLANE_PIXELS / (s.cols + AIR)};
    r.rows = (size_t)(PLANE_PIXELS * ratio) / (s.rows + AIR);
    r.rows = r.rows > 0 ? r.rows : 1;
    r.chosen = allocate(r.rows * r.cols, sizeof *r.chosen);
    r.distances = allocate(r.rows * r.cols, sizeof *r.distances);
    return r;
}

/* Small pictures of a set, each for those around it. */
static void add_atlas(figure *f, const picture_map *m, const judged_set *set, const point_set *at,
                      const char *title)
{
    thumbnail_size s = find_thumbnail_size(set->shape);
    raster r = raster_make(&m->area, s);
    size_t n = 0, fields = r.rows * r.cols, size = s.rows * s.cols;
    uint8_t *pixels = allocate(fields * size, 1);
    float *x = allocate(fields, sizeof *x), *y = allocate(fields, sizeof *y);
    choose_pictures(&r, &m->area, at);
    for (size_t k = 0; k < fields; k++) {
        double middle[2];
        if (r.chosen[k] == NO_PICTURE)
            continue;
        middle_of(middle, &m->area, &r, k);
        fill_thumbnail(pixels + n * size, set->pixels + r.chosen[k] * set->shape.n, set->shape, s);
        x[n] = (float)middle[0];
        y[n++] = (float)middle[1];
    }
    plane_panel p = plane_of(m);
    p.title = title;
    p.subtitle = "Each picture stands for those around it; where there is none, there are none";
    p.pixels = pixels;
    p.picture_x = x;
    p.picture_y = y;
    p.n_pictures = n;
    p.picture_rows = s.rows;
    p.picture_cols = s.cols;
    figure_add_plane(f, &p);
    free(pixels);
    free(x);
    free(y);
    free(r.chosen);
    free(r.distances);
}

/* ---- The figure ---- */

static void add_planes(figure *f, const picture_map *m)
{
    class_marks marks;
    class_marks_init(&marks, m);
    add_points(f, m, &marks);
    add_difference(f, m, &marks);
    figure_new_row(f);
    add_atlas(f, m, &m->v->real.real, &m->real, "Real pictures, where they lie");
    add_atlas(f, m, &m->c->set, &m->own, "These pictures, where they lie");
    class_marks_release(&marks);
}

int evaluation_map_figure(figure *f, const evaluation *v, error *e)
{
    const candidate *c = &v->candidates[0];
    picture_map m;
    text title = {0}, words = {0};
    int status = picture_map_init(&m, v, c, e);
    if (status == 0) {
        text_add(&title, "Where the pictures of %s lie", c->path);
        text_add_grouped(&words, c->set.n);
        text_add(&words, " pictures and ");
        text_add_grouped(&words, v->real.real.n);
        text_add(&words, " real ones in the plane in which real pictures differ most, as the judge "
                         "sees them: near pictures are alike.");
        figure_init(f, title.data, words.data);
        add_planes(f, &m);
    }
    picture_map_release(&m);
    text_release(&title);
    text_release(&words);
    return status;
}
