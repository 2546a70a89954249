/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN_GAP = 40,
    ROW_GAP = 36,
    HEAD_GAP = 6,          /* title and subtitle to the body */
    MIN_TITLE_WIDTH = 720, /* a figure is at least as wide as its title, up to this */
};

/* ---- Building ---- */

void figure_init(figure *f, const char *title, const char *subtitle)
{
    *f = (figure){.title = title ? copy_text(title) : NULL,
                  .subtitle = subtitle ? copy_text(subtitle) : NULL};
}

void figure_set_lead(figure *f, const char *words)
{
    free(f->lead);
    f->lead = copy_text(words);
}

void figure_release(figure *f)
{
    for (size_t i = 0; !f->borrows && i < f->n_panels; i++)
        panel_release(&f->panels[i]);
    if (!f->borrows)
        free(f->panels);
    free(f->title);
    free(f->subtitle);
    free(f->lead);
    free(f->text_boxes);
    *f = (figure){0};
}

void figure_init_panel(figure *f, const figure *of, size_t i_panel, const char *header)
{
    assert(i_panel < of->n_panels);
    figure_init(f, NULL, header);
    f->panels = &of->panels[i_panel];
    f->n_panels = 1;
    f->borrows = true;
}

void figure_new_row(figure *f) { f->starts_row = true; }

size_t figure_add(figure *f, const panel_kind *kind, const void *body, const char *title,
                  const char *subtitle)
{
    assert(!f->borrows);
    f->panels = reallocate(f->panels, f->n_panels + 1, sizeof *f->panels);
    figure_panel *p = &f->panels[f->n_panels];
    *p = (figure_panel){.kind = kind, .starts_row = f->starts_row};
    p->title = panel_keep_text(p, title);
    p->subtitle = panel_keep_text(p, subtitle);
    void *copy = allocate(1, kind->size);
    memcpy(copy, body, kind->size);
    kind->keep(p, copy);
    p->body = panel_own(p, copy);
    f->starts_row = false;
    return f->n_panels++;
}

/* ---- Layout ---- */

/* Panels first .. first + n - 1 side by side; width: what they want, gaps included. */
typedef struct {
    size_t first, n, n_stretching, n_growing;
    int width;
} panel_row;

static int width_of(const figure_panel *p) { return p->kind->width(p->body); }

/* The row that starts at panel `first`, as many as fit and belong to it. */
static panel_row find_row(const figure *f, size_t first)
{
    panel_row row = {.first = first, .n = 0, .width = -COLUMN_GAP};
    for (size_t i = first; i < f->n_panels; i++) {
        const figure_panel *p = &f->panels[i];
        int width = row.width + COLUMN_GAP + width_of(p);
        if (i > first && (p->starts_row || width > MAX_CONTENT))
            break;
        row.width = width;
        row.n++;
        row.n_stretching += p->kind->stretches;
        row.n_growing += p->kind->grow != NULL;
    }
    return row;
}

/* Panels that grow share what their row leaves, half of it where others stretch. */
static int grown_width(const figure *f, const panel_row *row, size_t i, int content)
{
    const figure_panel *p = &f->panels[i];
    int own = width_of(p), rest = content - row->width;
    if (!p->kind->grow || rest <= 0)
        return own;
    rest = row->n_stretching > 0 ? rest / 2 : rest;
    return p->kind->grow(p->body, own + rest / (int)row->n_growing);
}

/* The width panel i gets: stretching ones share what is left, the first ones get the odd pixels. */
static int given_width(const figure *f, const panel_row *row, size_t i, int content)
{
    int rest = content - row->width, n = (int)row->n_stretching, rank = 0;
    if (!f->panels[i].kind->stretches)
        return grown_width(f, row, i, content);
    for (size_t k = row->first; k < row->first + row->n; k++) {
        rest -= grown_width(f, row, k, content) - width_of(&f->panels[k]);
        rank += k < i && f->panels[k].kind->stretches;
    }
    return width_of(&f->panels[i]) + rest / n + (rank < rest % n);
}

static int content_width(const figure *f)
{
    int width = f->title ? text_width(f->title, TEXT_TITLE) : 0;
    width = width < MIN_TITLE_WIDTH ? width : MIN_TITLE_WIDTH;
    for (size_t i = 0; i < f->n_panels;) {
        panel_row row = find_row(f, i);
        width = row.width > width ? row.width : width;
        i += row.n;
    }
    return width > 0 ? width : 1;
}

/* ---- Drawing ---- */

static int draw_head(canvas *c, const figure_panel *p, int x, int y, int width)
{
    int height = canvas_paragraph(c, x, y, width, p->title, TEXT_BOLD, INK);
    height += canvas_paragraph(c, x, y + height, width, p->subtitle, TEXT_PLAIN, MUTED);
    return height > 0 ? height + HEAD_GAP : 0;
}

/* Heads start on one line, and bodies on another under the tallest head. */
static int draw_row(canvas *c, const figure *f, const panel_row *row, int y, int content)
{
    int head = 0, height = 0;
    canvas measure = {.figure = c->figure};
    for (size_t i = row->first; i < row->first + row->n; i++) {
        int own_head = draw_head(&measure, &f->panels[i], 0, 0, given_width(f, row, i, content));
        head = own_head > head ? own_head : head;
    }
    int x = MARGIN;
    for (size_t i = row->first; i < row->first + row->n; i++) {
        const figure_panel *p = &f->panels[i];
        int width = given_width(f, row, i, content);
        int own_head = draw_head(c, p, x, y, width);
        int start = p->kind->is_aligned ? head : own_head;
        int end = start + p->kind->draw(c, p->body, x, y + start, width);
        height = end > height ? end : height;
        x += width + COLUMN_GAP;
    }
    return height;
}

static int draw_title(canvas *c, const figure *f, int y, int content)
{
    int top = y;
    y += canvas_paragraph(c, MARGIN, y, content, f->title, TEXT_TITLE, INK);
    y += canvas_paragraph(c, MARGIN, y, content, f->lead, TEXT_BOLD, INK);
    y += canvas_paragraph(c, MARGIN, y, content, f->subtitle, TEXT_PLAIN, MUTED);
    if (y == top)
        return 0;
    canvas_fill(c, (box){MARGIN, y + 8, content, 1}, FRAME);
    return y + 32 - top;
}

/* Draws, or measures where c has no backend; returns the height of the whole. */
static int draw_all(canvas *c, const figure *f, int content)
{
    int y = MARGIN;
    y += draw_title(c, f, y, content);
    for (size_t i = 0; i < f->n_panels;) {
        panel_row row = find_row(f, i);
        y += draw_row(c, f, &row, y, content);
        i += row.n;
        y += i < f->n_panels ? ROW_GAP : 0;
    }
    return y + MARGIN;
}

/* Sets width and height; returns the width of the content. */
static int measure(figure *f)
{
    canvas c = {.figure = f};
    int content = content_width(f);
    f->width = content + 2 * MARGIN;
    f->height = draw_all(&c, f, content);
    f->n_text_boxes = 0;
    return content;
}

void figure_draw(picture *p, figure *f)
{
    int content = measure(f);
    picture_release(p);
    picture_init(p, f->width, f->height < PICTURE_MAX_SIDE ? f->height : PICTURE_MAX_SIDE, 3,
                 WHITE);
    draw_all(&(canvas){&PIXELS, p, f}, f, content);
}

int figure_write_svg(text *out, figure *f, error *e)
{
    int content = measure(f);
    svg_page page = {.out = out, .e = e};
    svg_begin(&page, f->width, f->height, f->title);
    draw_all(&(canvas){&SVG, &page, f}, f, content);
    svg_end(&page);
    return page.status;
}
