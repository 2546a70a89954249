/* SPDX-License-Identifier: MIT */
/* What becomes of a picture: where ink comes, and where it goes. */
#include "strokes.h"
#include <math.h>
#include <stdlib.h>

/* Less of full ink than this is hardly to be seen: on 28 x 28 pixels the ink of four. */
static const double least_share = 0.005;

/* The ink that one picture has and the other has not, as a share of full ink; its squares are in
 * more (s->shape.n), so that a place holds ink and not the squares of it. */
static double find_more(float *more, const float *with, const float *without, const strokes *s)
{
    double all = 0, full = (double)s->high - (double)s->low;
    for (size_t i = 0; i < s->shape.n; i++) {
        double ink = fmax(0, ((double)with[i] - (double)without[i]) / full);
        more[i] = (float)sqrt(ink);
        all += ink;
    }
    return all / (double)s->shape.n;
}

ink_change find_change(const float *from, const float *to, const strokes *s)
{
    ink_change c;
    float *more = allocate(s->shape.n, sizeof *more);
    c.gained = find_more(more, to, from, s);
    c.gained_where = find_place(more, s);
    c.lost = find_more(more, from, to, s);
    c.lost_where = find_place(more, s);
    c.is_visible = c.gained + c.lost >= least_share;
    free(more);
    return c;
}

static bool is_one_place(const map_place *a, const map_place *b)
{
    return a->place == b->place && a->other == b->other && a->peak == b->peak;
}

void ink_change_describe(text *out, const strokes *s, const ink_change *c)
{
    bool has_gained = c->gained >= least_share / 2, has_lost = c->lost >= least_share / 2;
    if (!c->is_visible) {
        text_add(out, "hardly changes the picture");
        return;
    }
    if (has_gained && has_lost && is_one_place(&c->gained_where, &c->lost_where)) {
        text_add(out, "adds and removes ink ");
        strokes_place(out, s, &c->lost_where);
        return;
    }
    if (has_gained) {
        text_add(out, "adds ink ");
        strokes_place(out, s, &c->gained_where);
    }
    if (has_lost) {
        bool has_peak = has_gained && c->gained_where.peak != NO_PLACE;
        text_add(out, "%s%s", has_peak ? "," : "",
                 has_gained ? " and removes it " : "removes ink ");
        strokes_place(out, s, &c->lost_where);
    }
}
