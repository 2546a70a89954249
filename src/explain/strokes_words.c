/* SPDX-License-Identifier: MIT */
/* What a picture looks like, and where a map lies, in words. */
#include "strokes_detail.h"
#include <math.h>

void strokes_place(text *out, const strokes *s, const map_place *p)
{
    if (p->place != NO_PLACE)
        text_add(out, "%s", s->places[p->place].name);
    if (p->other != NO_PLACE)
        text_add(out, " and %s", s->places[p->other].name);
}

/* ---- Describing ---- */

/* Where a patch lies in the ink's box: thirds, the middle one being NULL. */
static const char *height_of(const strokes *s, const stroke_patch *p)
{
    double at = (p->row + 0.5 - s->ink.area.y) / s->ink.area.height;
    return at < 0.45 ? "upper" : at > 0.55 ? "lower" : NULL;
}

static void describe_loops(text *out, const strokes *s)
{
    const stroke_patch *p = s->loops;
    if (s->n_loops > MAX_LOOPS)
        text_add(out, " with %zu closed loops", s->n_loops);
    else if (s->n_loops == 2)
        text_add(out, fabs(p[0].row - p[1].row) >= fabs(p[0].col - p[1].col)
                          ? " with two closed loops, one above the other"
                          : " with two closed loops side by side");
    else if (height_of(s, &p[0]))
        text_add(out, " with a closed loop in its %s half", height_of(s, &p[0]));
    else
        text_add(out, " with a closed loop");
}

static const char *name_direction(unsigned to)
{
    return to == SEES_LEFT ? "left" : to == SEES_RIGHT ? "right" : to == SEES_UP ? "top" : "bottom";
}

static void describe_gaps(text *out, const strokes *s)
{
    for (size_t i = 0; i < s->n_gaps; i++) {
        const stroke_gap *g = &s->gaps[i];
        const char *height = height_of(s, &g->patch);
        text_add(out, "%s to the %s",
                 i == 0               ? ", open"
                 : i + 1 == s->n_gaps ? " and"
                                      : ",",
                 name_direction(g->opens_to));
        if (height && (g->opens_to == SEES_LEFT || g->opens_to == SEES_RIGHT))
            text_add(out, " in its %s half", height);
    }
}

static void describe_lean(text *out, const strokes *s)
{
    double lean = fabs(s->lean);
    if (!s->is_lengthy || lean < 12)
        return;
    text_add(out, lean > 70 ? ", lying" : s->lean > 0 ? ", leaning right" : ", leaning left");
}

static void describe_share(text *out, const strokes *s)
{
    text_add(out, "; ink on %.0f %% of the picture", 100 * s->ink_share);
    if (s->is_clear && s->n_specks)
        text_add(out, ", %zu speck%s of it apart", s->n_specks, s->n_specks == 1 ? "" : "s");
}

void strokes_describe(text *out, const strokes *s)
{
    if (s->ink_share == 0)
        text_add(out, "no ink");
    else if (!s->is_clear)
        text_add(out, "no clear stroke");
    else if (s->n_pieces > 1)
        text_add(out, "%zu separate strokes", s->n_pieces);
    else
        text_add(out, s->n_loops || s->n_gaps || s->elongation < 3 ? "one stroke"
                                                                   : "one nearly straight stroke");
    if (s->is_clear && s->n_loops)
        describe_loops(out, s);
    if (s->is_clear) {
        describe_gaps(out, s);
        describe_lean(out, s);
    }
    if (s->ink_share > 0)
        describe_share(out, s);
}
