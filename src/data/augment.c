/* SPDX-License-Identifier: MIT */
/* A pixel p of the changed picture is the picture's value at centre + M (p - centre - shift), M the
 * inverse of rotation and scale: a mean of its four neighbours, weighted by distance. Outside a
 * picture all is black: x is laid into a frame of black, and places beyond are moved onto it.
 *
 * A value between pixels is a blur, which hides from D what a picture is at single pixels: a G that
 * is seen so alone draws chequers. So shifts are by whole pixels, and a quarter of the pictures are
 * neither turned nor scaled. */
#include "data.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_moves(const augmentation *a)
{
    return a->set.shift > 0 || a->set.rotate > 0 || a->set.scale > 0;
}

bool augmentation_is_on(const augmentation *a) { return has_moves(a) || a->set.noise > 0; }

static size_t framed_size(picture_shape s) { return (s.rows + 2) * (s.cols + 2); }

void augmentation_init(augmentation *a, augment_settings set, picture_shape shape, float black,
                       size_t max_rows)
{
    *a = (augmentation){.set = set, .shape = shape, .black = black, .max_rows = max_rows};
    if (!augmentation_is_on(a))
        return;
    a->moves = allocate(max_rows, sizeof *a->moves);
    a->frames = allocate(tensor_threads() * framed_size(shape), sizeof *a->frames);
    a->noise = allocate(tensor_threads() * shape.n, sizeof *a->noise);
}

void augmentation_release(augmentation *a)
{
    free(a->moves);
    free(a->frames);
    free(a->noise);
    *a = (augmentation){0};
}

/* ---- What is drawn ---- */

/* -most .. most, evenly. */
static double whole_within(uint64_t most, float uniform)
{
    double n_values = 2 * (double)most + 1;
    return ceil((double)uniform * n_values) - 1 - (double)most;
}

/* 0 for one half of the pictures, within -most..most for the other. */
static double sometimes_within(double most, float uniform)
{
    return uniform > 0.5f ? most * (4 * (double)uniform - 3) : 0;
}

static picture_move move_of(const augment_settings *set, const float uniform[4])
{
    double angle = sometimes_within(set->rotate, uniform[2]) * (3.14159265358979323846 / 180);
    double smaller = exp(-sometimes_within(log1p(set->scale), uniform[3]));
    return (picture_move){.cosine = (float)(smaller * cos(angle)),
                          .sine = (float)(smaller * sin(angle)),
                          .down = (float)whole_within(set->shift, uniform[0]),
                          .right = (float)whole_within(set->shift, uniform[1])};
}

/* Each picture has draws of its own: a block of four for its move, then its noise. */
static rng draws_of(const rng *r, picture_shape s, size_t i)
{
    rng own = *r;
    own.position += i * (1 + (s.n + 3) / 4);
    return own;
}

void augmentation_draw(augmentation *a, size_t rows, const rng *r)
{
    assert(rows <= a->max_rows);
    a->draws = *r;
    for (size_t i = 0; i < rows; i++) {
        float uniform[4];
        rng own = draws_of(r, a->shape, i);
        rng_fill_uniform(&own, uniform, 4);
        a->moves[i] = move_of(&a->set, uniform);
    }
}

/* ---- One picture ---- */

/* Four neighbours in the frame, the first the one above and left, and their weights. */
typedef struct {
    size_t at;
    float weight[4];
} neighbours;

static float kept_within(float v, float most) { return v < -1 ? -1 : v > most ? most : v; }

/* Those of pixel (row, col), in units of pixels. The last place on the frame is a neighbour's
 * neighbour's: one less keeps all four on it. */
static inline neighbours neighbours_of(picture_shape s, picture_move m, float row, float col)
{
    float middle_row = (float)(s.rows - 1) / 2, middle_col = (float)(s.cols - 1) / 2;
    float y = row - middle_row - m.down, x = col - middle_col - m.right;
    float from_row = kept_within(middle_row + m.cosine * y - m.sine * x, (float)s.rows) + 1;
    float from_col = kept_within(middle_col + m.sine * y + m.cosine * x, (float)s.cols) + 1;
    size_t i = (size_t)from_row < s.rows ? (size_t)from_row : s.rows;
    size_t k = (size_t)from_col < s.cols ? (size_t)from_col : s.cols;
    float below = from_row - (float)i, beside = from_col - (float)k;
    return (neighbours){
        i * (s.cols + 2) + k,
        {(1 - below) * (1 - beside), (1 - below) * beside, below * (1 - beside), below * beside}};
}

static void fill_frame(float *frame, const float *x, picture_shape s, float black)
{
    for (size_t i = 0; i < framed_size(s); i++)
        frame[i] = black;
    for (size_t r = 0; r < s.rows; r++)
        memcpy(frame + (r + 1) * (s.cols + 2) + 1, x + r * s.cols, s.cols * sizeof *x);
}

static void move_picture(float *y, float *frame, const float *x, const augmentation *a,
                         picture_move m)
{
    picture_shape s = a->shape;
    fill_frame(frame, x, s, a->black);
    for (size_t r = 0; r < s.rows; r++)
        for (size_t c = 0; c < s.cols; c++) {
            neighbours n = neighbours_of(s, m, (float)r, (float)c);
            const float *from = frame + n.at, *below = from + s.cols + 2;
            y[r * s.cols + c] = n.weight[0] * from[0] + n.weight[1] * from[1] +
                                n.weight[2] * below[0] + n.weight[3] * below[1];
        }
}

static void pull_back_picture(float *dx, float *frame, const float *dy, picture_shape s,
                              picture_move m)
{
    memset(frame, 0, framed_size(s) * sizeof *frame);
    for (size_t r = 0; r < s.rows; r++)
        for (size_t c = 0; c < s.cols; c++) {
            neighbours n = neighbours_of(s, m, (float)r, (float)c);
            float *to = frame + n.at, *below = to + s.cols + 2, d = dy[r * s.cols + c];
            to[0] += n.weight[0] * d;
            to[1] += n.weight[1] * d;
            below[0] += n.weight[2] * d;
            below[1] += n.weight[3] * d;
        }
    for (size_t r = 0; r < s.rows; r++)
        memcpy(dx + r * s.cols, frame + (r + 1) * (s.cols + 2) + 1, s.cols * sizeof *dx);
}

static void add_noise(float *y, float *noise, const augmentation *a, size_t i)
{
    rng own = draws_of(&a->draws, a->shape, i);
    own.position++; /* past its move */
    rng_fill_normal(&own, noise, a->shape.n);
    for (size_t k = 0; k < a->shape.n; k++)
        y[k] += (float)a->set.noise * noise[k];
}

/* ---- Many ---- */

typedef struct {
    const augmentation *a;
    float *to;
    const float *from;
    size_t first;
} many;

static void apply_to_one(size_t i, size_t thread, void *context)
{
    const many *w = context;
    const augmentation *a = w->a;
    size_t n = a->shape.n;
    float *y = w->to + i * n;
    if (has_moves(a))
        move_picture(y, a->frames + thread * framed_size(a->shape), w->from + i * n, a,
                     a->moves[i]);
    else
        memcpy(y, w->from + i * n, n * sizeof *y);
    if (a->set.noise > 0)
        add_noise(y, a->noise + thread * n, a, i);
}

static void pull_back_one(size_t i, size_t thread, void *context)
{
    const many *w = context;
    const augmentation *a = w->a;
    size_t n = a->shape.n;
    pull_back_picture(w->to + i * n, a->frames + thread * framed_size(a->shape), w->from + i * n,
                      a->shape, a->moves[w->first + i]);
}

void augmentation_apply(float *y, const augmentation *a, const float *x, size_t rows)
{
    parallel_for(rows, apply_to_one, &(many){.a = a, .to = y, .from = x});
}

void augmentation_pull_back(float *dx, const augmentation *a, const float *dy, size_t first,
                            size_t n)
{
    if (has_moves(a))
        parallel_for(n, pull_back_one, &(many){a, dx, dy, first});
    else
        memmove(dx, dy, n * a->shape.n * sizeof *dx);
}
