/* SPDX-License-Identifier: MIT */
/* An evaluation made by hand, for the tests of its figures. Include after <cmocka.h>. */
#ifndef GANLENS_EVALUATION_SCENE_H
#define GANLENS_EVALUATION_SCENE_H

#include "close.h"
#include "evaluation.h"

#include "../src/evaluation/figures_detail.h"
#include "../src/report/panel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const metric DISTANCE = {.name = "distance",
                                .title = "Distance",
                                .says = SAYS_QUALITY,
                                .better = LESS_IS_BETTER,
                                .decimals = 1};
static const metric SHARE = {.name = "share",
                             .title = "Share of pictures",
                             .says = SAYS_COVERAGE,
                             .class_quality = "Share of the class",
                             .better = MORE_IS_BETTER,
                             .is_share = true,
                             .decimals = 2};
static const metric LIKENESS = {.name = "likeness",
                                .title = "Likeness",
                                .says = SAYS_DIVERSITY,
                                .better = NEAR_REAL_IS_BETTER,
                                .decimals = 2};
static const metric GAP = {.name = "gap",
                           .title = "Gap between classes",
                           .says = SAYS_FAIRNESS,
                           .class_quality = "Coverage of the class",
                           .better = LESS_IS_BETTER,
                           .is_share = true,
                           .decimals = 2};

enum { N_METRICS = 4, MAX_CANDIDATES = 3 };

typedef struct {
    evaluation v;
    const metric *metrics[N_METRICS];
    measurement floors[N_METRICS], measurements[MAX_CANDIDATES][N_METRICS];
    candidate candidates[MAX_CANDIDATES];
    uint8_t *pixels, *labels; /* (n of real and of each candidate), owned */
    image_set training;       /* the real ones */
} scene;

static inline void scene_release(scene *s)
{
    for (size_t i = 0; i < s->v.n_candidates; i++) {
        comparison_release(&s->candidates[i].against_real);
        judged_set_release(&s->candidates[i].set);
    }
    judged_set_release(&s->v.real.real);
    judge_release(&s->v.judge.judge);
    for (size_t k = 0; k < N_METRICS; k++) {
        metric_result_release(&s->floors[k].result);
        for (size_t i = 0; i < MAX_CANDIDATES; i++)
            metric_result_release(&s->measurements[i][k].result);
    }
    free(s->pixels);
    free(s->labels);
    free(s);
}

/* A hidden layer of eight units, all weights drawn. */
static inline void draw_judge(judge *j, picture_shape shape, size_t n_classes)
{
    network net = {0};
    error e = {0};
    text spec = {0};
    rng r = rng_init(1, 0);
    text_add(&spec, "8:relu,%zu", n_classes);
    assert_int_equal(network_init(&net, spec.data, shape.n, &e), 0);
    for (size_t i = 0; i < 2; i++)
        rng_fill_normal(&r, net.layers[i].weight.data, net.layers[i].n_in * net.layers[i].n_out);
    judge_init(j, &net, shape, 0.0f, 1.0f, "0123456789abcdef");
    network_release(&net);
    text_release(&spec);
}

static inline void set_result(measurement *m, const metric *row, double value, double half)
{
    *m = (measurement){.metric = row,
                       .result = {.value = {value, value - half, value + half}, .n = 1}};
}

/* n real pictures, n of each candidate; all drawn. Labels are drawn, too. */
static inline scene *scene_make(picture_shape shape, size_t n, size_t n_classes,
                                size_t n_candidates)
{
    static const metric *const rows[N_METRICS] = {&DISTANCE, &LIKENESS, &SHARE, &GAP};
    scene *s = allocate(1, sizeof *s);
    rng r = rng_init(2, 0);
    size_t n_all = n * (1 + n_candidates);
    s->pixels = allocate(n_all * shape.n, 1);
    s->labels = allocate(n_all, 1);
    for (size_t i = 0; i < n_all * shape.n; i++)
        s->pixels[i] = (uint8_t)rng_below(&r, 256);
    for (size_t i = 0; i < n_all; i++)
        s->labels[i] = (uint8_t)rng_below(&r, (uint32_t)n_classes);
    s->training = (image_set){.pixels = s->pixels, .n = n, .shape = shape};
    draw_judge(&s->v.judge.judge, shape, n_classes);
    judged_set_init(&s->v.real.real, &s->v.judge.judge, s->pixels, s->labels, n);
    memcpy(s->metrics, rows, sizeof rows);
    for (size_t k = 0; k < N_METRICS; k++)
        set_result(&s->floors[k], rows[k], k == 0 ? 2 : 0.5, 0.1);
    for (size_t i = 0; i < n_candidates; i++) {
        candidate *c = &s->candidates[i];
        c->path = i == 0 ? "first" : i == 1 ? "second" : "third";
        judged_set_init(&c->set, &s->v.judge.judge, s->pixels + (i + 1) * n * shape.n, NULL, n);
        c->context.training = &s->training;
        comparison_init(&c->against_real, &c->set, &s->v.real.real, &c->context);
        c->measurements = s->measurements[i];
        for (size_t k = 0; k < N_METRICS; k++)
            set_result(&s->measurements[i][k], rows[k], k == 0 ? 10 : 0.25, 0.1);
    }
    s->v.n = n;
    s->v.metrics = s->metrics;
    s->v.n_metrics = N_METRICS;
    s->v.floors = s->floors;
    s->v.candidates = s->candidates;
    s->v.n_candidates = n_candidates;
    return s;
}

/* Candidate i's pictures are asked for classes. */
static inline void ask_for(scene *s, size_t i, const uint8_t *labels)
{
    s->candidates[i].set.labels = labels;
}

/* The classes that the judge sees, in place of those it sees. */
static inline void see(judged_set *s, const uint8_t *seen) { memcpy(s->seen, seen, s->n); }

static inline char *svg_of(figure *f)
{
    text t = {0};
    error e = {0};
    if (figure_write_svg(&t, f, &e) != 0)
        fail_msg("%s", e.message);
    return t.data;
}

static inline bool says(const char *svg, const char *words) { return strstr(svg, words) != NULL; }

/* The i-th panel of that kind; NULL where there is none. */
static const void *panel_of(const figure *f, const panel_kind *kind, size_t i)
{
    for (size_t k = 0; k < f->n_panels; k++)
        if (f->panels[k].kind == kind && i-- == 0)
            return f->panels[k].body;
    return NULL;
}

static inline picture_shape shape_of(size_t rows, size_t cols)
{
    return (picture_shape){rows, cols, rows * cols};
}

#endif
