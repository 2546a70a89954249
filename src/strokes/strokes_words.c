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
    if (p->peak != NO_PLACE)
        text_add(out, ", above all %s", s->places[p->peak].name);
}

/* ---- Describing ---- */

/* The half of the ink's box that a patch lies in, but for a tenth of it; NULL: it lies in both. */
static const char *half_of(const strokes *s, const stroke_patch *p)
{
    int above = p->area.y - s->ink.area.y, height = s->ink.area.height;
    bool is_upper = (above + p->area.height) * 10 <= height * 6,
         is_lower = above * 10 >= height * 4;
    return is_upper == is_lower ? NULL : is_upper ? "upper" : "lower";
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
    else if (p->area.height * 5 >= s->ink.area.height * 3)
        text_add(out, " with one large closed loop");
    else if (half_of(s, p))
        text_add(out, " with a closed loop in its %s half", half_of(s, p));
    else
        text_add(out, " with a closed loop");
}

static const char *name_direction(unsigned to)
{
    return to == SEES_LEFT ? "left" : to == SEES_RIGHT ? "right" : to == SEES_UP ? "top" : "bottom";
}

/* Of the gaps that open to one side: how many, and if it is one, where. */
static void describe_side(text *out, const strokes *s, unsigned to)
{
    const stroke_gap *last = NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->n_gaps; i++)
        if (s->gaps[i].opens_to == to) {
            last = &s->gaps[i];
            n++;
        }
    text_add(out, " %sto the %s", n > 1 ? "twice " : "", name_direction(to));
    if (n == 1 && (to & (SEES_LEFT | SEES_RIGHT)) && half_of(s, &last->patch))
        text_add(out, " in its %s half", half_of(s, &last->patch));
}

static void describe_gaps(text *out, const strokes *s)
{
    unsigned open = 0;
    for (size_t i = 0; i < s->n_gaps; i++)
        open |= s->gaps[i].opens_to;
    text_add(out, open ? ", open" : "");
    for (unsigned to = SEES_LEFT, said = 0; to <= SEES_DOWN; to *= 2) {
        if (!(open & to))
            continue;
        said |= to;
        describe_side(out, s, to);
        text_add(out, said == open ? "" : " and");
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
    if (s->is_clear && s->n_specks)
        text_add(out, ", %zu speck%s beside it", s->n_specks, s->n_specks == 1 ? "" : "s");
    text_add(out, "; ink on %.0f %% of the picture", 100 * s->ink_share);
}

void strokes_describe(text *out, const strokes *s)
{
    if (s->ink_share == 0)
        text_add(out, "no ink");
    else if (!s->is_clear)
        text_add(out, "no clear stroke");
    else if (s->n_pieces > 1)
        text_add(out, "a shape in %zu pieces", s->n_pieces);
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
