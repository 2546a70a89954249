/* SPDX-License-Identifier: MIT */
/* The method `activation`: what the layers of G (and of D) do over the prior, and which hidden
 * units of G are farthest from what they usually are at this z, with what the picture loses where
 * one of them is put back.
 *
 * Put back is a unit to its mean over the prior, not to 0: behind a folded BatchNorm, 0 is a value
 * like any other. All that follows it is computed anew, so that a map is what really changes. A
 * unit that is constant has no usual spread and is never among the strongest. */
#include "activation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_PRIOR = 1024, LEAST_PRIOR = EXPLAIN_TILE };

static const array_row arrays[] = {
    {.name = "activation.without",
     .space = SPACE_X_LIST,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .title = "What the picture has from its most unusual hidden units",
     .unit = UNIT_PIXELS,
     .noun = "change",
     .meaning = "the picture less what it is with that one unit of G as active as it is on average "
                "over many seeds",
     .in_place = "makes most of its difference",
     .nowhere = "makes no difference"},
    {.name = "activation.strongest",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The hidden units of G that are farthest from what they usually are",
     .unit = "activations; changes in pixel values and of the target",
     .meaning = "how active a unit is here and on average over many seeds, how many of its own "
                "standard deviations lie between, and how far the picture and the target are "
                "moved by that"},
    {.name = "activation.layers",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "What the layers do over many seeds",
     .unit = "activations; units",
     .meaning = "of a layer's activations those that 5 %, 50 % and 95 % are below, how much a unit "
                "varies on average, how often units are active (above 0 before the activation "
                "function), and how many of them are never active, are constant, and are saturated "
                "(within 1 % of an end of their range at 95 % of the seeds)"},
    {.name = "activation.scores",
     .space = SPACE_LAYER,
     .sign = SIGN_SIGNED,
     .role = ROLE_RAW,
     .title = "How unusual each hidden unit of G is",
     .unit = "standard deviations",
     .meaning = "its activation less its mean over the prior, layer by layer; 0 where it is "
                "constant"},
    {0}};

/* ---- The population ---- */

/* What all explanations share. */
typedef struct {
    activation_statistics all;
    explain_check means;
} activation_state;

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    size_t n = q->n_samples && q->n_samples < N_PRIOR ? q->n_samples : N_PRIOR;
    activation_state *s = allocate(1, sizeof *s);
    (void)settings;
    (void)e;
    activation_statistics_find(&s->all, x, n < LEAST_PRIOR ? LEAST_PRIOR : n);
    if (!q->skips_checks)
        s->means = activation_check_means(&s->all, x);
    *state = s;
    return 0;
}

static void release(void *state)
{
    activation_state *s = state;
    activation_statistics_release(&s->all);
    free(s);
}

static void add_layer_label(explanation *a, const explainer *x, const layer_statistics *l)
{
    text label = {0};
    text_add(&label, "%s layer %zu", l->net == NET_G ? "G" : "D",
             x->net[l->net]->layers[l->layer].dense_index);
    explanation_add_label(a, label.data);
    text_release(&label);
}

enum { LOW, MEDIAN, HIGH, SPREAD, ACTIVE, NEVER, CONSTANT, SATURATED, UNITS, N_COLUMNS };

static const char *const layer_columns[N_COLUMNS] = {[LOW] = "5 %",
                                                     [MEDIAN] = "50 %",
                                                     [HIGH] = "95 %",
                                                     [SPREAD] = "spread of a unit",
                                                     [ACTIVE] = "share active",
                                                     [NEVER] = "never active",
                                                     [CONSTANT] = "constant",
                                                     [SATURATED] = "saturated",
                                                     [UNITS] = "units"};

static void fill_layer_row(float out[N_COLUMNS], const layer_statistics *l)
{
    double n = (double)l->n_units, spread = 0, active = 0;
    size_t never = 0, constant = 0, saturated = 0;
    for (size_t j = 0; j < l->n_units; j++) {
        const unit_statistics *u = &l->units[j];
        spread += u->deviation / n;
        active += u->active / n;
        never += u->active == 0;
        constant += u->is_constant;
        saturated += u->near_end >= 0.95;
    }
    out[LOW] = l->low;
    out[MEDIAN] = l->median;
    out[HIGH] = l->high;
    out[SPREAD] = (float)spread;
    out[ACTIVE] = (float)active;
    out[NEVER] = (float)never;
    out[CONSTANT] = (float)constant;
    out[SATURATED] = (float)saturated;
    out[UNITS] = (float)l->n_units;
}

static void add_layers(explanation *a, const explainer *x, const activation_statistics *s)
{
    float *out = explanation_add(a, "activation.layers", s->n_layers, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, layer_columns[c]);
    for (size_t i = 0; i < s->n_layers; i++) {
        fill_layer_row(out + i * N_COLUMNS, &s->layers[i]);
        add_layer_label(a, x, &s->layers[i]);
    }
}

/* ---- The strongest ---- */

static size_t count_hidden(const network *g)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < g->n_layers; i++)
        n += g->layers[i].n_out;
    return n;
}

static double score_of(const unit_statistics *u, float now)
{
    return u->is_constant ? 0 : ((double)now - u->mean) / u->deviation;
}

/* Of G's hidden units, at t's z: (count_hidden). Moves the workspace. */
static void fill_scores(float *score, const explain_task *t, const activation_statistics *s)
{
    explain_draw(t->x, t->w, t->rows->z, 1);
    for (size_t i = 0; i + 1 < t->x->net[NET_G]->n_layers; i++) {
        const layer_statistics *l = &s->layers[i];
        const float *now = t->w->tape[NET_G].output[i].data;
        for (size_t j = 0; j < l->n_units; j++)
            *score++ = (float)score_of(&l->units[j], now[j]);
    }
}

static scored_unit unit_at(const explain_task *t, const activation_statistics *s, size_t at)
{
    scored_unit u = {.unit = at};
    for (; u.unit >= s->layers[u.layer].n_units; u.layer++)
        u.unit -= s->layers[u.layer].n_units;
    const unit_statistics *unit = &s->layers[u.layer].units[u.unit];
    u.now = t->w->tape[NET_G].output[u.layer].data[u.unit];
    u.usual = (float)unit->mean;
    u.score = score_of(unit, u.now);
    return u;
}

/* Those that vary and are not as usual; out holds n_top. Returns how many. */
static size_t find_units(scored_unit *out, const explain_task *t, const activation_statistics *s,
                         const float *score, size_t n_hidden)
{
    size_t most = t->q->n_top < EXPLAIN_TILE ? t->q->n_top : EXPLAIN_TILE - 1, n = 0;
    size_t *top = allocate(most, sizeof *top);
    most = find_strongest(top, most, score, n_hidden);
    while (n < most && score[top[n]] != 0) {
        out[n] = unit_at(t, s, top[n]);
        n++;
    }
    free(top);
    return n;
}

static void add_unit_labels(explanation *a, const explainer *x, const scored_unit *units, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        text label = {0};
        text_add(&label, "layer %zu unit %zu", x->net[NET_G]->layers[units[k].layer].dense_index,
                 units[k].unit);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

/* G(z) less the pictures (n, n pixels). */
static const float *add_maps(explanation *a, const explain_task *t, const scored_unit *units,
                             const float *pictures, size_t n)
{
    size_t pixels = t->x->shape.n;
    float *map = explanation_add(a, "activation.without", n, 0);
    for (size_t i = 0; i < n * pixels; i++)
        map[i] = t->rows->x[i % pixels] - pictures[i];
    add_unit_labels(a, t->x, units, n);
    return map;
}

/* The target here less what it is of each picture; 0 where it is not of a picture. The caller frees
 * it. */
static float *find_target_changes(const explanation *a, const explain_task *t,
                                  const float *pictures, size_t n)
{
    float *change = allocate(n, sizeof *change);
    target_function f;
    target_function_init(&f, t, a, INPUT_X);
    if (!explain_is_of_picture(t->x))
        return change;
    target_values(&f, pictures, n, change, NULL);
    for (size_t k = 0; k < n; k++)
        change[k] = *t->rows->value - change[k];
    return change;
}

static void add_table(explanation *a, const explain_task *t, const scored_unit *units,
                      const float *pictures, size_t n)
{
    static const char *const labels[] = {"here", "usually", "deviations between",
                                         "picture moved by", "target moved by"};
    size_t pixels = t->x->shape.n, n_columns = explain_is_of_picture(t->x) ? 5 : 4;
    const float *maps = explanation_find(a, "activation.without")->data;
    float *change = find_target_changes(a, t, pictures, n);
    float *out = explanation_add(a, "activation.strongest", n, n_columns);
    for (size_t c = 0; c < n_columns; c++)
        explanation_add_label(a, labels[c]);
    for (size_t k = 0; k < n; k++, out += n_columns) {
        const float row[] = {units[k].now, units[k].usual, (float)units[k].score,
                             (float)norm(maps + k * pixels, pixels), change[k]};
        memcpy(out, row, n_columns * sizeof *out);
    }
    add_unit_labels(a, t->x, units, n);
    free(change);
}

static void add_checks(explanation *a, const explain_task *t, const scored_unit *units, size_t n,
                       double none)
{
    const activation_state *s = t->state;
    explain_check same = activation_checks[CHECK_NONE];
    same.value = none;
    same.n_samples = t->x->net[NET_G]->n_layers - 1;
    explanation_add_check(a, &same);
    explanation_add_check(a, &s->means);
    if (!n)
        return;
    const float *maps = explanation_find(a, "activation.without")->data;
    explain_check without = activation_check_maps(maps, t, units, n);
    explanation_add_check(a, &without);
}

static void add_strongest(explanation *a, const explain_task *t, const float *score,
                          size_t n_hidden)
{
    const activation_state *s = t->state;
    scored_unit *units = allocate(t->q->n_top, sizeof *units);
    size_t n = find_units(units, t, &s->all, score, n_hidden);
    float *pictures = allocate(n * t->x->shape.n, sizeof *pictures);
    double none = activation_draw_without(pictures, t, units, n);
    if (n) {
        add_maps(a, t, units, pictures, n);
        add_table(a, t, units, pictures, n);
    }
    if (!t->q->skips_checks)
        add_checks(a, t, units, n, none);
    free(pictures);
    free(units);
}

/* ---- Running ---- */

static int run(const explain_task *t, explanation *a, error *e)
{
    const activation_state *s = t->state;
    size_t n_hidden = count_hidden(t->x->net[NET_G]);
    (void)e;
    if (n_hidden) {
        float *score = explanation_add(a, "activation.scores", n_hidden, 0);
        fill_scores(score, t, &s->all);
        add_strongest(a, t, score, n_hidden);
    }
    add_layers(a, t->x, &s->all);
    return 0;
}

const explain_method activation_method = {
    .name = "activation",
    .summary = "what the layers do over many seeds, the hidden units of G that are farthest from "
               "what they usually are, and what the picture has from each of these",
    .source = "ablation of units as Bau et al. 2019, arXiv:1811.10597, but to their mean",
    .lies = "Unusual is not important: a unit far from its mean may move neither the picture "
            "nor the target, which the table tells. And of units that do the same each alone "
            "seems to do nothing.",
    .arrays = arrays,
    .checks = activation_checks,
    .reads = READS_SAMPLES,
    .prepare = prepare,
    .run = run,
    .release = release,
};
