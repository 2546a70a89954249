/* SPDX-License-Identifier: MIT */
#include "shading.h"
#include "contour.h"

#include <math.h>
#include <stdlib.h>

enum { BAR_HEIGHT = 14, BREAK = 9 }; /* BREAK: width of the mark of a clipped end */

int enlargement(size_t rows, size_t cols, int side)
{
    long wanted = lround(side / sqrt((double)rows * (double)cols));
    long limit = 2 * side / (long)(rows > cols ? rows : cols);
    wanted = wanted < limit ? wanted : limit;
    return wanted > 1 ? (int)wanted : 1;
}

bool is_map_size(size_t rows, size_t cols)
{
    return rows >= 1 && rows <= MAX_PICTURE_SIDE && cols >= 1 && cols <= MAX_PICTURE_SIDE;
}

static int width_at(size_t cols, int factor)
{
    int width = (int)cols * factor + 2;
    return width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
}

int map_width(size_t rows, size_t cols)
{
    return width_at(cols, enlargement(rows, cols, MAP_SIDE));
}

/* As many times more as the width is wider, to half as much again: the maps of one figure must not
 * differ much from row to row. */
int factor_in(size_t rows, size_t cols, int width)
{
    int least = enlargement(rows, cols, MAP_SIDE), most = least * 3 / 2;
    int factor = least * (width - 2) / (map_width(rows, cols) - 2);
    return factor < least ? least : factor > most ? most : factor;
}

int grown_map_width(size_t rows, size_t cols, int room)
{
    return width_at(cols, factor_in(rows, cols, room));
}

/* ---- Values ---- */

static bool is_hidden(const shading *s, double value)
{
    return s->hidden < 0 ? value < 0 : s->hidden > 0 && value > 0;
}

/* What the scale leaves out, of what is shown. */
static void count_left_out(shading *s, const float *values, size_t n)
{
    double low = s->colours->kind == MAP_SEQUENTIAL ? 0 : -s->scale;
    for (size_t i = 0; i < n; i++) {
        double v = (double)values[i];
        bool counts = isfinite(v) && !is_hidden(s, v);
        s->n_below += counts && v < low;
        s->n_above += counts && v > s->scale;
    }
}

shading shading_make(const colour_map *colours, double scale, int hidden, const float *values,
                     size_t n)
{
    shading s = {.colours = colours ? colours : colour_map_at(0),
                 .scale = scale,
                 .hidden = hidden,
                 .values = summarise(values, n)};
    if (!(scale > 0) || !isfinite(scale))
        s.scale = s.values.largest;
    count_left_out(&s, values, n);
    return s;
}

/* Clipped before it becomes a float: a value far over the scale is not infinite. */
colour shading_colour(const shading *s, float value)
{
    if (s->has_gaps && isnan(value))
        return FAINT;
    if (!isfinite(value))
        return SIGNAL;
    double shown = is_hidden(s, (double)value) ? 0 : (double)value;
    double t = s->scale > 0 ? shown / s->scale : 0;
    return colour_map_colour(s->colours, (float)fmin(fmax(t, -1), 1));
}

/* ---- Maps ---- */

static void fill_map(picture *map, const shading *s, const shaded_map *m)
{
    int width = (int)m->cols, height = (int)m->rows;
    float alpha = m->alpha > 0 ? m->alpha : 0.5f;
    picture_init(map, width, height, 3, WHITE);
    for (int i = 0; i < width * height; i++) {
        colour pixel = shading_colour(s, m->values[i]);
        if (m->under && isfinite(m->values[i]))
            pixel = colour_mix(pixel, RGB(m->under[i], m->under[i], m->under[i]), alpha);
        picture_set_pixel(map, i % width, i / width, pixel);
    }
}

void draw_shaded(canvas *c, int x, int y, const shading *s, const shaded_map *m, int factor)
{
    picture map = {0};
    if (!c->backend)
        return;
    canvas_frame(c, (box){x, y, (int)m->cols * factor + 2, (int)m->rows * factor + 2}, FRAME);
    fill_map(&map, s, m);
    canvas_picture(c, x + 1, y + 1, &map, factor);
    if (m->contour)
        draw_contour(c, x + 1, y + 1, m->contour, &map, factor);
    if (m->outline)
        draw_outline(c, x + 1, y + 1, m->outline, factor);
    picture_release(&map);
}

/* ---- Colour bars ---- */

/* Stripes over the half that stands for a hidden sign. */
static void hatch_hidden(picture *bar, const shading *s)
{
    int half = bar->width / 2;
    picture_fill(bar, (box){s->hidden < 0 ? 0 : bar->width - half, 0, half, bar->height}, WHITE);
    for (int i = 0; i < half * bar->height; i++) {
        int x = i % half + (s->hidden < 0 ? 0 : bar->width - half), y = i / half;
        if ((x + y) % 4 == 0)
            picture_set_pixel(bar, x, y, FRAME);
    }
}

/* A white zigzag from top to bottom, `left` its left edge: here values go on that the bar does not
 * reach. */
static void break_bar(picture *bar, int left)
{
    for (int y = 0; y < bar->height; y++) {
        int x = left + abs(y % 6 - 3);
        picture_fill(bar, (box){x, y, BREAK - 3, 1}, MUTED);
        picture_fill(bar, (box){x + 1, y, BREAK - 5, 1}, WHITE);
    }
}

static void draw_bar_colours(canvas *c, box area, const shading *s)
{
    bool is_signed = s->colours->kind == MAP_DIVERGING;
    double low = is_signed ? -1 : 0;
    picture bar = {0};
    picture_init(&bar, area.width, area.height, 3, WHITE);
    for (int i = 0; i < area.width; i++) {
        double t = low + (1 - low) * i / (area.width - 1);
        picture_fill(&bar, (box){i, 0, 1, area.height}, colour_map_colour(s->colours, (float)t));
    }
    if (s->hidden && is_signed)
        hatch_hidden(&bar, s);
    if (s->n_below > 0)
        break_bar(&bar, BREAK);
    if (s->n_above > 0)
        break_bar(&bar, area.width - 2 * BREAK);
    canvas_picture(c, area.x, area.y, &bar, 1);
    picture_release(&bar);
}

int draw_colour_bar(canvas *c, int x, int y, int width, const shading *s)
{
    box frame = {x, y, width, BAR_HEIGHT};
    bool is_signed = s->colours->kind == MAP_DIVERGING;
    if (c->backend)
        draw_bar_colours(c, (box){x + 1, y + 1, width - 2, BAR_HEIGHT - 2}, s);
    canvas_frame(c, frame, FRAME);
    int ends[3] = {x, x + width / 2, x + width - 1};
    for (int i = 0; i < 3; i++)
        if (i != 1 || is_signed)
            canvas_fill(c, (box){ends[i], y + BAR_HEIGHT, 1, 4}, MUTED);
    int below = y + BAR_HEIGHT + BAR_GAP - 4;
    number_text number;
    canvas_text(c, ends[0], below, is_signed ? number_write(number, -s->scale, true) : "0",
                TEXT_PLAIN, ALIGN_LEFT, INK);
    if (is_signed && s->scale > 0)
        canvas_text(c, ends[1], below, "0", TEXT_PLAIN, ALIGN_CENTRE, INK);
    canvas_text(c, x + width, below, number_write(number, s->scale, is_signed), TEXT_PLAIN,
                ALIGN_RIGHT, INK);
    return BAR_HEIGHT + BAR_GAP - 4 + text_line(TEXT_PLAIN);
}

/* ---- Words ---- */

static void add_range(text *t, const shading *s)
{
    const value_summary *v = &s->values;
    bool with_plus = s->colours->kind == MAP_DIVERGING;
    double floor = FLOOR_SHARE * v->largest;
    number_text least, greatest;
    if (v->n_not_finite == v->n)
        text_add(t, "no finite value");
    else if (v->largest == 0)
        text_add(t, "0 everywhere");
    else
        text_add(t, "from %s to %s", number_write_floored(least, v->least, floor, with_plus),
                 number_write_floored(greatest, v->greatest, floor, with_plus));
}

int draw_shaded_words(canvas *c, int x, int y, int width, const shading *s, const char *caption)
{
    text words = {0};
    add_range(&words, s);
    text_add_exceptions(&words, s->values.n, s->n_below + s->n_above, s->values.n_not_finite,
                        s->has_gaps ? "grey: not known" : "magenta");
    if (s->hidden)
        text_add(&words, "; values %s 0 are hidden", s->hidden < 0 ? "below" : "above");
    if (caption)
        text_add(&words, "; %s", caption);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}
