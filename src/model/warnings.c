/* SPDX-License-Identifier: MIT */
/* What costs an hour unless somebody looks: a note each, once a run. */
#include "class_detail.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* A thing to watch for. memory (WATCH_VALUES) is its own, begins with zeros, and is in the state.
 * It adds what is to be said, each time it is so. */
typedef struct {
    const char *name; /* of the note, and of memory in the state */
    void (*step)(text *words, double *memory, const model *m); /* or NULL: not after steps */
    void (*samples)(text *words, const model *m, const uint8_t *pixels, size_t n); /* or NULL */
} warning_row;

static bool is_end_of_block(const model *m) { return m->step % WATCH_BLOCK == 0; }

/* ---- G makes one picture ---- */

static double distance(const uint8_t *a, const uint8_t *b, size_t n)
{
    long squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (long)(a[i] - b[i]) * (a[i] - b[i]);
    return sqrt((double)squares);
}

/* The mean distance of all pairs of n pictures, each `stride` behind the one before. */
static double mean_distance(const uint8_t *pixels, size_t n, size_t n_pixels, size_t stride)
{
    double total = 0;
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            total += distance(pixels + i * stride, pixels + j * stride, n_pixels);
    return n > 1 ? total / (0.5 * (double)n * (double)(n - 1)) : 0;
}

/* Half of what the least was in the default recipe's first 1,000 steps, on digits and MNIST. */
#define LEAST_SPREAD 0.25

/* Of the data as many, from all over it: it may be sorted. */
static void watch_spread(text *words, const model *m, const uint8_t *pixels, size_t n)
{
    size_t n_pixels = m->shape.n, n_data = m->data->n < n ? m->data->n : n;
    if (m->step < WATCH_BLOCK)
        return;
    double of_data = mean_distance(m->data->pixels, n_data, n_pixels,
                                   m->data->n / (n_data ? n_data : 1) * n_pixels);
    double spread = mean_distance(pixels, n, n_pixels, n_pixels);
    if (spread < LEAST_SPREAD * of_data)
        text_add(words,
                 "the samples are alike: their mean distance is %.0f %% of that of pictures of the "
                 "data; see RUN/samples, and try a smaller --lr, --r1 or another --loss",
                 100 * spread / of_data);
}

/* ---- D is right ---- */

#define MOST_RIGHT 0.98

/* memory: of a block the logits that were on the right side, and all. */
static void watch_d(text *words, double *memory, const model *m)
{
    const model_part *d = model_find_part(m, "D");
    const adversarial_loss *loss = m->options.loss ? adversarial_loss_find(m->options.loss) : NULL;
    if (!d || !loss)
        return;
    const float *logit = d->tape.output[d->network.n_layers - 1].data;
    size_t n = d->tape.rows / 2, n_right = 0; /* real ones, then as many generated */
    float boundary = (float)loss->boundary;   /* on neither side of NaN is a logit */
    for (size_t i = 0; i < n; i++)
        n_right += (size_t)(logit[i] > boundary) + (size_t)(logit[n + i] < boundary);
    memory[0] += (double)n_right;
    memory[1] += 2 * (double)n;
    if (!is_end_of_block(m))
        return;
    if (memory[0] > MOST_RIGHT * memory[1])
        text_add(words,
                 "D was right on %.1f %% of the pictures of the last %d steps: a D that is so sure "
                 "teaches G little; try a smaller --lr-d, a smaller D or --r1",
                 100 * memory[0] / memory[1], WATCH_BLOCK);
    memory[0] = memory[1] = 0;
}

/* ---- Nothing moves ---- */

/* Of the mean. Batches differ: of B pictures a loss has a deviation of some hundredths / sqrt(B)
 * of it at least, where the networks answer to pictures at all. */
#define LEAST_DEVIATION 1e-4

enum { MOST_LOSSES = WATCH_VALUES / 2 };

/* Welford's mean and sum of squares of the k-th value of a block. */
static void add_to_moments(double moments[2], double value, double k)
{
    double before = value - moments[0];
    moments[0] += before / k;
    moments[1] += before * (value - moments[0]);
}

/* memory: moments of each loss in a block. Also a loss of 0 in every step is flat: that of a dead D
 * that compares. */
static void watch_losses(text *words, double *memory, const model *m)
{
    size_t n = 0;
    bool is_flat = true;
    text values = {0};
    double k = (double)((m->step - 1) % WATCH_BLOCK + 1);
    for (size_t i = 0; i < m->n_numbers && n < MOST_LOSSES; i++) {
        double *moments = memory + 2 * n;
        if (!m->kind->numbers[i].is_loss)
            continue;
        add_to_moments(moments, m->numbers[i], k);
        is_flat &= sqrt(moments[1] / k) <= LEAST_DEVIATION * fabs(moments[0]);
        if (is_end_of_block(m))
            text_add(&values, "%s%s %.4g", n ? ", " : "", m->kind->numbers[i].key, moments[0]);
        n++;
    }
    if (is_end_of_block(m) && n > 0 && is_flat)
        text_add(words,
                 "for %d steps no loss moved (%s): a network may be dead; try a smaller --lr, and "
                 "lrelu in place of relu",
                 WATCH_BLOCK, values.data);
    if (is_end_of_block(m))
        memset(memory, 0, WATCH_VALUES * sizeof *memory);
    text_release(&values);
}

/* ---- All of them ---- */

static const warning_row rows[] = {
    {.name = "collapse", .samples = watch_spread},
    {.name = "sure-d", .step = watch_d},
    {.name = "flat-losses", .step = watch_losses},
};
static_assert(sizeof rows / sizeof *rows == N_WARNINGS, "each has its memory");

const char *warning_name(size_t i) { return rows[i].name; }

static bool was_said(const model *m, const char *name)
{
    for (size_t i = 0; i < json_array_size(m->memory.notes); i++) {
        const json_t *note = json_array_get(m->memory.notes, i);
        const char *said = json_string_value(json_object_get(note, "note"));
        if (said && strcmp(said, name) == 0)
            return true;
    }
    return false;
}

/* Says it, unless there is nothing to say or it was said. */
static void say_once(model *m, const char *name, text *words)
{
    if (words->length && !was_said(m, name)) {
        text note = {0};
        text_add(&note, "step %llu: %s", (unsigned long long)m->step, words->data);
        model_note(m, name, note.data);
        text_release(&note);
    }
    text_release(words);
}

void model_watch(model *m)
{
    for (size_t i = 0; i < N_WARNINGS; i++) {
        text words = {0};
        if (rows[i].step)
            rows[i].step(&words, m->memory.watch[i], m);
        say_once(m, rows[i].name, &words);
    }
}

void model_watch_samples(model *m, const uint8_t *pixels, size_t n)
{
    for (size_t i = 0; i < N_WARNINGS; i++) {
        text words = {0};
        if (rows[i].samples)
            rows[i].samples(&words, m, pixels, n);
        say_once(m, rows[i].name, &words);
    }
}
