/* SPDX-License-Identifier: MIT */
/* Things in a plane. */
#include "axis.h"
#include "shading.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    SIDE = 760,
    MAX_GRID = 1024,
    DOT = 2,
    SPACE = 3, /* around a mark's words */
};

#define DOT_WEIGHT 0.45f

static void keep(figure_panel *p, void *body)
{
    plane_panel *v = body;
    size_t n = v->rows * v->cols;
    v->x_name = panel_keep_text(p, v->x_name);
    v->y_name = panel_keep_text(p, v->y_name);
    v->values = panel_keep(p, v->values, n * sizeof *v->values);
    v->caption = panel_keep_text(p, v->caption);
    for (int k = 0; k < 2; k++) {
        plane_set *s = &v->sets[k];
        s->name = panel_keep_text(p, s->name);
        s->x = panel_keep(p, s->x, s->n * sizeof *s->x);
        s->y = panel_keep(p, s->y, s->n * sizeof *s->y);
        s->density = panel_keep(p, s->density, n * sizeof *s->density);
    }
    plane_mark *marks = allocate(v->n_marks, sizeof *marks);
    for (size_t i = 0; i < v->n_marks; i++)
        marks[i] =
            (plane_mark){panel_keep_text(p, v->marks[i].words), v->marks[i].x, v->marks[i].y};
    v->marks = panel_own(p, marks);
    v->pixels = panel_keep(p, v->pixels, v->n_pictures * v->picture_rows * v->picture_cols);
    v->picture_x = panel_keep(p, v->picture_x, v->n_pictures * sizeof *v->picture_x);
    v->picture_y = panel_keep(p, v->picture_y, v->n_pictures * sizeof *v->picture_y);
}

static int width_of(const void *body)
{
    (void)body;
    return SIDE;
}

/* ---- Places ---- */

typedef struct {
    const plane_panel *v;
    box area; /* inside the frame */
} plane;

static float place_x(const plane *p, double x)
{
    double at = (x - p->v->x_low) / (p->v->x_high - p->v->x_low);
    return (float)(p->area.x + fmin(fmax(at, 0), 1) * (p->area.width - 1));
}

static float place_y(const plane *p, double y)
{
    double at = (p->v->y_high - y) / (p->v->y_high - p->v->y_low);
    return (float)(p->area.y + fmin(fmax(at, 0), 1) * (p->area.height - 1));
}

/* The middle of a cell of the grid. */
static picture_point cell_middle(const plane *p, double row, double col)
{
    double x = p->area.x - 0.5 + (col + 0.5) * p->area.width / (double)p->v->cols;
    double y = p->area.y - 0.5 + (row + 0.5) * p->area.height / (double)p->v->rows;
    return (picture_point){(float)x, (float)y};
}

/* ---- Ground and dots ---- */

/* Colours by cells, each pixel that of the cell it lies in. */
static void fill_ground(picture *ground, const plane *p, const shading *s)
{
    const plane_panel *v = p->v;
    for (int i = 0; v->values && i < ground->width * ground->height; i++) {
        size_t row = (size_t)(i / ground->width) * v->rows / (size_t)ground->height;
        size_t col = (size_t)(i % ground->width) * v->cols / (size_t)ground->width;
        picture_set_pixel(ground, i % ground->width, i / ground->width,
                          shading_colour(s, v->values[row * v->cols + col]));
    }
}

static void add_dot(picture *ground, const plane *p, const plane_set *s, size_t i, colour ink)
{
    int x = (int)place_x(p, (double)s->x[i]) - p->area.x;
    int y = (int)place_y(p, (double)s->y[i]) - p->area.y;
    for (int k = 0; k < DOT * DOT; k++) {
        int at = x + k % DOT, down = y + k / DOT;
        if (at < ground->width && down < ground->height)
            picture_set_pixel(ground, at, down,
                              colour_mix(ink, picture_pixel(ground, at, down), DOT_WEIGHT));
    }
}

/* In turns, so that neither set hides the other. */
static void add_dots(picture *ground, const plane *p)
{
    const plane_set *a = &p->v->sets[0], *b = &p->v->sets[1];
    for (size_t i = 0; i < a->n || i < b->n; i++) {
        if (i < a->n)
            add_dot(ground, p, a, i, FIRST_INK);
        if (i < b->n)
            add_dot(ground, p, b, i, SECOND_DARK);
    }
}

static void draw_ground(canvas *c, const plane *p, const shading *s)
{
    picture ground = {0};
    if (!c->backend)
        return;
    picture_init(&ground, p->area.width, p->area.height, 3, WHITE);
    fill_ground(&ground, p, s);
    add_dots(&ground, p);
    canvas_picture(c, p->area.x, p->area.y, &ground, 1);
    picture_release(&ground);
}

/* ---- Lines of one density ---- */

/* Where the density crosses the level between two neighbours of the grid. */
static picture_point crossing(const plane *p, const plane_set *s, size_t row, size_t col, int edge)
{
    static const size_t ends[4][4] = {{0, 0, 0, 1}, {0, 1, 1, 1}, {1, 0, 1, 1}, {0, 0, 1, 0}};
    const size_t *e = ends[edge];
    double a = (double)s->density[(row + e[0]) * p->v->cols + col + e[1]];
    double b = (double)s->density[(row + e[2]) * p->v->cols + col + e[3]];
    double t = (s->level - a) / (b - a);
    return cell_middle(p, (double)row + (double)e[0] + t * ((double)e[2] - (double)e[0]),
                       (double)col + (double)e[1] + t * ((double)e[3] - (double)e[1]));
}

/* The line inside four neighbours; which of them are inside says which edges it joins. Where only
 * two that lie across are inside, they are taken for parts of two areas. */
static void draw_piece(canvas *c, const plane *p, const plane_set *s, size_t row, size_t col,
                       colour ink)
{
    enum { TOP, RIGHT, BOTTOM, LEFT };
    static const signed char joined[16][4] = {
        {-1, -1, -1, -1},      {LEFT, TOP, -1, -1},        {TOP, RIGHT, -1, -1},
        {LEFT, RIGHT, -1, -1}, {RIGHT, BOTTOM, -1, -1},    {LEFT, TOP, RIGHT, BOTTOM},
        {TOP, BOTTOM, -1, -1}, {LEFT, BOTTOM, -1, -1},     {BOTTOM, LEFT, -1, -1},
        {TOP, BOTTOM, -1, -1}, {TOP, RIGHT, BOTTOM, LEFT}, {RIGHT, BOTTOM, -1, -1},
        {LEFT, RIGHT, -1, -1}, {TOP, RIGHT, -1, -1},       {LEFT, TOP, -1, -1},
        {-1, -1, -1, -1}};
    const float *at = s->density + row * p->v->cols + col;
    float corners[4] = {at[0], at[1], at[p->v->cols + 1], at[p->v->cols]};
    int inside = 0;
    for (int k = 0; k < 4; k++)
        inside |= ((double)corners[k] > s->level) << k;
    for (int k = 0; k < 4 && joined[inside][k] >= 0; k += 2) {
        picture_point ends[2] = {crossing(p, s, row, col, joined[inside][k]),
                                 crossing(p, s, row, col, joined[inside][k + 1])};
        canvas_curve(c, ends, 2, 2, ink);
    }
}

static void draw_lines(canvas *c, const plane *p, const plane_set *s, colour ink)
{
    for (size_t row = 0; s->density && row + 1 < p->v->rows; row++)
        for (size_t col = 0; col + 1 < p->v->cols; col++)
            draw_piece(c, p, s, row, col, ink);
}

/* ---- Pictures and words ---- */

/* Moved inside where one would stand out. */
static int inside(int at, int length, int from, int room)
{
    int most = from + room - length;
    at = at > most ? most : at;
    return at < from ? from : at;
}

static void draw_pictures(canvas *c, const plane *p)
{
    const plane_panel *v = p->v;
    int width = (int)v->picture_cols + 2, height = (int)v->picture_rows + 2;
    for (size_t i = 0; i < v->n_pictures; i++) {
        picture own = {0};
        int x = (int)lrintf(place_x(p, (double)v->picture_x[i])) - width / 2;
        int y = (int)lrintf(place_y(p, (double)v->picture_y[i])) - height / 2;
        x = inside(x, width, p->area.x, p->area.width);
        y = inside(y, height, p->area.y, p->area.height);
        picture_init_grey(&own, v->pixels + i * v->picture_rows * v->picture_cols,
                          (int)v->picture_cols, (int)v->picture_rows);
        canvas_frame(c, (box){x, y, width, height}, MUTED);
        canvas_picture(c, x + 1, y + 1, &own, 1);
        picture_release(&own);
    }
}

static box grown(box b)
{
    return (box){b.x - SPACE, b.y - SPACE, b.width + 2 * SPACE, b.height + 2 * SPACE};
}

static bool do_touch(box a, box b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

/* Its own place, or right above or below it; false: others stand there. */
static bool find_mark_place(box *out, const plane *p, const plane_mark *m, const box *taken,
                            size_t n)
{
    static const int moves[3] = {0, -1, 1};
    int width = text_width(m->words, TEXT_BOLD), height = text_height(TEXT_BOLD);
    int x = (int)place_x(p, (double)m->x) - width / 2, y = (int)place_y(p, (double)m->y) - 5;
    for (int k = 0; k < 3; k++) {
        bool is_free = true;
        box own = {x, y + moves[k] * (height + 2 * SPACE + 1), width, height};
        own.x = inside(own.x, width, p->area.x + SPACE, p->area.width - 2 * SPACE);
        own.y = inside(own.y, height, p->area.y + SPACE, p->area.height - 2 * SPACE);
        for (size_t i = 0; i < n; i++)
            is_free = is_free && !do_touch(grown(own), taken[i]);
        *out = own;
        if (is_free)
            return true;
    }
    return false;
}

static void draw_marks(canvas *c, const plane *p)
{
    box *taken = allocate(p->v->n_marks, sizeof *taken);
    size_t n = 0;
    for (size_t i = 0; i < p->v->n_marks; i++) {
        box own;
        const plane_mark *m = &p->v->marks[i];
        if (text_width(m->words, TEXT_BOLD) + 2 * SPACE > p->area.width ||
            !find_mark_place(&own, p, m, taken, n))
            continue;
        taken[n++] = grown(own);
        canvas_fill(c, grown(own), WHITE);
        canvas_frame(c, grown(own), MUTED);
        canvas_text(c, own.x, own.y, m->words, TEXT_BOLD, ALIGN_LEFT, INK);
    }
    free(taken);
}

/* ---- The panel ---- */

static int draw_names(canvas *c, const plane_panel *v, int x, int y, int width)
{
    const colour inks[2] = {FIRST_INK, SECOND_DARK};
    legend_entry entries[2];
    size_t n = 0;
    for (int k = 0; k < 2; k++)
        if (v->sets[k].name)
            entries[n++] = (legend_entry){v->sets[k].name, inks[k], v->sets[k].n == 0};
    return n > 0 ? draw_legend(c, x, y, width, entries, n) : 0;
}

static int draw_plane(canvas *c, const plane *p, const shading *s)
{
    canvas_frame(c, (box){p->area.x - 1, p->area.y - 1, p->area.width + 2, p->area.height + 2},
                 FRAME);
    draw_ground(c, p, s);
    draw_lines(c, p, &p->v->sets[0], FIRST_INK);
    draw_lines(c, p, &p->v->sets[1], SECOND_DARK);
    draw_pictures(c, p);
    draw_marks(c, p);
    return p->area.height + 2;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const plane_panel *v = body;
    int top = y;
    double ratio = (v->y_high - v->y_low) / (v->x_high - v->x_low);
    int height = (int)lround((width - 2) * fmin(fmax(ratio, 0.25), 1.5));
    shading s = shading_make(v->colours, v->scale, 0, v->values, v->values ? v->rows * v->cols : 0);
    y += draw_names(c, v, x, y, width);
    y += canvas_paragraph(c, x, y, width, v->y_name, TEXT_PLAIN, MUTED) + 2;
    plane p = {v, {x + 1, y + 1, width - 2, height}};
    y += draw_plane(c, &p, &s) + AXIS_GAP;
    canvas_short_text(c, x + width, y, width, v->x_name, TEXT_PLAIN, ALIGN_RIGHT, MUTED);
    y += text_line(TEXT_PLAIN);
    if (!v->values)
        return y - top;
    y += BAR_GAP + draw_colour_bar(c, x, y + BAR_GAP, MIN_MAP_WIDTH, &s) + 2;
    return y - top + draw_shaded_words(c, x, y, width, &s, v->caption);
}

const panel_kind PLANE_PANEL = {sizeof(plane_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_plane(figure *f, const plane_panel *p)
{
    assert(p->rows >= 2 && p->rows <= MAX_GRID && p->cols >= 2 && p->cols <= MAX_GRID);
    assert(p->x_low < p->x_high && p->y_low < p->y_high && p->x_name && p->y_name);
    return figure_add(f, &PLANE_PANEL, p, p->title, p->subtitle);
}
