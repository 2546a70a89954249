/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_WIDTH = 460, PARAGRAPH_GAP = 8 };

static void keep(figure_panel *p, void *body)
{
    text_panel *v = body;
    v->words = panel_keep_text(p, v->words);
}

static int width_of(const void *body)
{
    (void)body;
    return TEXT_WIDTH;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const text_panel *v = body;
    int top = y;
    for (const char *words = v->words; words && *words;) {
        size_t n = strcspn(words, "\n");
        char *paragraph = allocate(n + 1, 1);
        memcpy(paragraph, words, n);
        y += canvas_paragraph(c, x, y, width, paragraph, TEXT_PLAIN, INK);
        free(paragraph);
        words += n + (words[n] == '\n');
        y += *words ? PARAGRAPH_GAP : 0;
    }
    return y - top;
}

const panel_kind TEXT_PANEL = {sizeof(text_panel), keep, width_of, draw, .stretches = true};

size_t figure_add_text(figure *f, const text_panel *p)
{
    return figure_add(f, &TEXT_PANEL, p, p->title, NULL);
}
