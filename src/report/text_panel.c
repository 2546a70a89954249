/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_WIDTH = 460, PARAGRAPH_GAP = 8 };

int width_of_text_panel(const figure_panel *p)
{
    (void)p;
    return TEXT_WIDTH;
}

int draw_text_panel(canvas *c, const figure_panel *p, int x, int y, int width)
{
    int top = y;
    for (const char *words = p->as.text.words; words && *words;) {
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
