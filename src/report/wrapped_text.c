/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

/* One paragraph of n bytes. */
static void add_paragraph(text *t, const char *words, size_t n, size_t columns, const char *indent)
{
    size_t used = 0, start = strlen(indent);
    text_add(t, "%s", indent);
    for (size_t i = 0; i < n;) {
        size_t length = strcspn(words + i, " \n");
        size_t width = count_characters(words + i, length);
        if (used > 0 && start + used + 1 + width > columns) {
            text_add(t, "\n%s", indent);
            used = 0;
        }
        if (used > 0)
            text_add(t, " ");
        text_add_bytes(t, words + i, length);
        used += width + (used > 0);
        i += length;
        while (i < n && words[i] == ' ')
            i++;
    }
    text_add(t, "\n");
}

void text_add_wrapped(text *t, const char *words, size_t columns, const char *indent)
{
    for (;;) {
        size_t n = strcspn(words, "\n");
        add_paragraph(t, words, n, columns, indent);
        if (words[n] == 0 || words[n + 1] == 0)
            return;
        words += n + 1;
    }
}
