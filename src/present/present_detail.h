/* SPDX-License-Identifier: MIT */
/* What the files that report an explanation share. */
#ifndef GANLENS_PRESENT_DETAIL_H
#define GANLENS_PRESENT_DETAIL_H

#include "present.h"

/* What is drawn of an explanation; all borrowed. Maps are 28 x 28. */
typedef struct {
    const char *title;
    const json_t *numbers;    /* what explanation.json holds */
    const uint8_t *sample;    /* the picture */
    const uint8_t *reference; /* the picture it is compared with, or NULL */
    const explanation *a;
    map_scales scales;
    const explanation_style *style;
} explanation_view;

/* The panels that are maps, and their files' names without ".png". */
enum { MAX_MAPS = 4 };
typedef struct {
    size_t panels[MAX_MAPS];
    const char *names[MAX_MAPS];
    size_t n;
} explanation_maps;

/* f (zero-initialised) becomes the figure of one explanation. */
void explanation_figure(figure *f, explanation_maps *maps, const explanation_view *v);

/* The plain words of explanation.txt, wrapped: every sentence states numbers of the JSON alone. */
void explanation_words(text *out, const char *title, const json_t *numbers);

/* The data of an array, or NULL. */
const float *values_of(const explanation *a, const char *name);

/* How a table is written as text. */
struct row_format {
    const char *suffix;
    void (*add_header)(text *line, const explanation_table *t); /* NULL: there is none */
    /* Appends row i of r, whose seed is name, as a line. */
    void (*add_row)(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                    uint64_t name);
};

/* Ended by a row without suffix. */
extern const row_format row_formats[];
/* By the end of path; NULL: none. */
const row_format *row_format_find(const char *path);

#endif
