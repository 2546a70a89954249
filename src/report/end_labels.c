/* SPDX-License-Identifier: MIT */
#include "axis.h"

#include <math.h>
#include <stdlib.h>

enum { LEADER = 16, SAMPLE = 18, SAMPLE_GAP = 6, MAX_LABEL = 240 };

static int name_width(const end_label *l)
{
    int width = text_width(l->name, TEXT_PLAIN);
    return width < MAX_LABEL ? width : MAX_LABEL;
}

int end_labels_width(const end_label *labels, size_t n)
{
    int widest = 0;
    for (size_t i = 0; i < n; i++) {
        int width = name_width(&labels[i]);
        widest = width > widest ? width : widest;
    }
    return LEADER + SAMPLE + SAMPLE_GAP + widest;
}

static bool comes_before(const end_label *a, const end_label *b)
{
    return isfinite(a->end.y) && (!isfinite(b->end.y) || a->end.y < b->end.y);
}

/* By insertion: there are few, and equal ones stay in order. */
static void sort_by_end(end_label *labels, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        end_label moved = labels[i];
        size_t at = i;
        for (; at > 0 && comes_before(&moved, &labels[at - 1]); at--)
            labels[at] = labels[at - 1];
        labels[at] = moved;
    }
}

/* Down from the first, none over the one before; then up from the last, so that all are inside. */
static void place_labels(int *tops, box plot, const end_label *labels, size_t n)
{
    int line = text_line(TEXT_PLAIN), most = plot.y + plot.height - line, least = plot.y;
    for (size_t i = 0; i < n; i++) {
        double end = (double)labels[i].end.y;
        int wanted = isfinite(end) ? (int)lround(end) - line / 2 : most;
        tops[i] = wanted > least ? wanted : least;
        least = tops[i] + line;
    }
    for (size_t i = n; i-- > 0;) {
        tops[i] = tops[i] < most ? tops[i] : most;
        most = tops[i] - line;
    }
}

static void draw_label(canvas *c, const end_label *l, int x, int y)
{
    int middle = y + 5;
    picture_point leader[] = {l->end, {(float)(x - 2), (float)middle}};
    picture_point sample[] = {{(float)x, (float)middle}, {(float)(x + SAMPLE), (float)middle}};
    if (isfinite(l->end.y))
        canvas_curve(c, leader, 2, 1, FRAME);
    canvas_dashes(c, sample, 2, &l->look);
    canvas_short_text(c, x + SAMPLE + SAMPLE_GAP, y, MAX_LABEL, l->name, TEXT_PLAIN, ALIGN_LEFT,
                      INK);
}

void draw_end_labels(canvas *c, box plot, end_label *labels, size_t n)
{
    int *tops = allocate(n, sizeof *tops);
    sort_by_end(labels, n);
    place_labels(tops, plot, labels, n);
    for (size_t i = 0; i < n; i++)
        draw_label(c, &labels[i], plot.x + plot.width + LEADER, tops[i]);
    free(tops);
}
