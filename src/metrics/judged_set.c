/* SPDX-License-Identifier: MIT */
/* A judge, and what it makes of pictures. */
#include "found_once.h"
#include "metrics_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* ---- The judge ---- */

void judge_init(judge *j, const network *classifier, picture_shape shape, float low, float high,
                const char *checksum)
{
    size_t n = classifier->n_layers;
    assert(n >= 2 && classifier->n_in == shape.n);
    *j = (judge){.shape = shape, .low = low, .high = high, .checksum = checksum};
    network_part(&j->body, classifier, 0, n - 1);
    network_part(&j->head, classifier, n - 1, 1);
}

void judge_release(judge *j)
{
    network_release(&j->body);
    network_release(&j->head);
    *j = (judge){0};
}

size_t judge_n_classes(const judge *j) { return j->head.n_out; }

size_t judge_n_features(const judge *j) { return j->body.n_out; }

/* ---- Sets ---- */

static void fill_features(judged_set *s, const judge *j)
{
    enum { TOGETHER = 16 * TILE_ROWS };
    float *x = allocate(TOGETHER * s->shape.n, sizeof *x);
    tiles body = {0};
    tiles_init(&body, &j->body);
    for (size_t first = 0; first < s->n; first += TOGETHER) {
        size_t n = s->n - first < TOGETHER ? s->n - first : TOGETHER;
        floats_from_bytes(x, s->pixels + first * s->shape.n, n * s->shape.n, j->low, j->high);
        tiles_forward(s->own_features + first * s->features.cols, &body, x, n);
    }
    tiles_release(&body);
    free(x);
}

static size_t greatest(const float *v, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i] > v[best])
            best = i;
    return best;
}

static void fill_classes(judged_set *s, const judge *j)
{
    tiles head = {0};
    tiles_init(&head, &j->head);
    s->n_classes = j->head.n_out;
    s->logits = allocate(s->n * s->n_classes, sizeof *s->logits);
    s->seen = allocate(s->n, sizeof *s->seen);
    tiles_forward(s->logits, &head, s->own_features, s->n);
    for (size_t i = 0; i < s->n; i++)
        s->seen[i] = (uint8_t)greatest(s->logits + i * s->n_classes, s->n_classes);
    tiles_release(&head);
}

void judged_set_init(judged_set *s, const judge *j, const uint8_t *pixels, const uint8_t *labels,
                     size_t n)
{
    *s = (judged_set){.n = n, .shape = j->shape, .pixels = pixels, .labels = labels};
    s->memory = set_memory_create();
    s->pictures = allocate(n * s->shape.n, sizeof *s->pictures);
    floats_from_bytes(s->pictures, pixels, n * s->shape.n, 0.0f, 1.0f);
    s->own_features = allocate(n * j->body.n_out, sizeof *s->own_features);
    s->features = matrix_view(s->own_features, n, j->body.n_out);
    fill_features(s, j);
    fill_classes(s, j);
}

void judged_set_init_features(judged_set *s, matrix features)
{
    *s = (judged_set){.n = features.rows, .features = features};
    s->memory = set_memory_create();
}

void judged_set_release(judged_set *s)
{
    free(s->pictures);
    free(s->own_features);
    free(s->logits);
    free(s->seen);
    set_memory_free(s->memory);
    *s = (judged_set){0};
}

void judged_set_probability(double *probability, const judged_set *s, size_t i)
{
    const float *logit = s->logits + i * s->n_classes;
    double most = (double)logit[s->seen[i]], total = 0;
    for (size_t k = 0; k < s->n_classes; k++)
        total += probability[k] = exp((double)logit[k] - most);
    for (size_t k = 0; k < s->n_classes; k++)
        probability[k] /= total;
}

int check_classes(const uint8_t *labels, size_t n, size_t n_classes, error *e)
{
    for (size_t i = 0; i < n; i++)
        if (labels[i] >= n_classes)
            return fail(e, STATUS_USAGE, "a picture of class %d, expected one of the judge's %zu",
                        labels[i], n_classes);
    return 0;
}
