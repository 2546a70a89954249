/* SPDX-License-Identifier: MIT */
/* Whether maps change with the network that they are said to explain: they are made again with
 * layers drawn anew, from the target's end down and each alone. */
#include "random_runs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_MAP 0.5 /* the correlation from which on a map has not changed */

/* Columns of the tables behind those of likenesses. */
enum { LEAST = N_LIKENESSES, FLAGGED, N_COLUMNS };

#define TABLE_MEANING                                                                              \
    "a row a method, and, behind these, a control that looks at no network: how far its map is "   \
    "the same with all layers drawn anew, 1 the same and 0 nothing in common (values: rank "       \
    "correlation; sizes: of magnitudes; on support: where either map is not 0, which decides; "    \
    "SSIM: as pictures); least: on support, of any number of layers; flagged: 1 where the map "    \
    "does not change"
#define END_MEANING "intervals of 95 % over the draws; none of what was not sampled"
#define CASCADE_MEANING                                                                            \
    "how far each method's map is the same on its support, as more layers are drawn anew from "    \
    "the target's end down"
#define INDEPENDENT_MEANING                                                                        \
    "how far each method's map is the same on its support where one layer is drawn anew and the "  \
    "others stay; place 1 is nearest to the target"

#define TABLE_ROW(NAME, TITLE, ROLE, ...)                                                          \
    {                                                                                              \
        .name = NAME, .space = SPACE_TABLE, .sign = SIGN_SIGNED, .role = ROLE, .has_gaps = true,   \
        .title = TITLE, __VA_ARGS__                                                                \
    }
#define CURVE_ROW(NAME, TITLE, MEANING)                                                            \
    {                                                                                              \
        .name = NAME, .space = SPACE_CURVE, .sign = SIGN_SIGNED, .role = ROLE_TRUST,               \
        .has_gaps = true, .title = TITLE,                                                          \
        .unit = "rank correlation with the true map: 1 the same, 0 nothing in common",             \
        .meaning = MEANING                                                                         \
    }
#define ROWS_OF(INPUT, WORDS)                                                                      \
    TABLE_ROW("sanity." INPUT, "Whether maps of " WORDS " change with the network", ROLE_TRUST,    \
              .meaning = TABLE_MEANING),                                                           \
        TABLE_ROW("sanity." INPUT ".low", "Lower ends of sanity." INPUT, ROLE_RAW,                 \
                  .meaning = END_MEANING, .low_of = "sanity." INPUT),                              \
        TABLE_ROW("sanity." INPUT ".high", "Upper ends of sanity." INPUT, ROLE_RAW,                \
                  .meaning = END_MEANING, .high_of = "sanity." INPUT),                             \
        CURVE_ROW("sanity.cascade." INPUT, "Maps of " WORDS " as layers are drawn anew",           \
                  CASCADE_MEANING),                                                                \
        CURVE_ROW("sanity.independent." INPUT, "Maps of " WORDS " as one layer is drawn anew",     \
                  INDEPENDENT_MEANING)

static const array_row arrays[] = {ROWS_OF("z", "z"), ROWS_OF("x", "the pixels"), {0}};

/* The arrays of an input. */
typedef struct {
    const char *table, *low, *high, *cascade, *independent, *words;
} input_names;

static const input_names names_of[N_INPUTS] = {
    {"sanity.z", "sanity.z.low", "sanity.z.high", "sanity.cascade.z", "sanity.independent.z", "z"},
    {"sanity.x", "sanity.x.low", "sanity.x.high", "sanity.cascade.x", "sanity.independent.x",
     "the pixels"}};

/* ---- Values ---- */

/* Of that many independent draws, Student's t of N_DRAWS - 1. */
static estimate mean_of_draws(const double v[N_DRAWS])
{
    const double t_of_two = 4.302653;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < N_DRAWS; i++)
        mean += v[i] / N_DRAWS;
    for (size_t i = 0; i < N_DRAWS; i++)
        squares += (v[i] - mean) * (v[i] - mean);
    double half = t_of_two * sqrt(squares / (N_DRAWS - 1) / N_DRAWS);
    /* in this order NaN stays NaN */
    return (estimate){mean, mean - half < -1 ? -1 : mean - half, mean + half > 1 ? 1 : mean + half};
}

static estimate estimate_full(const random_runs *r, explain_input input, size_t row, size_t kind)
{
    double v[N_DRAWS];
    for (uint32_t draw = 0; draw < N_DRAWS; draw++)
        v[draw] = random_runs_full(r, draw, input, row)->of[kind];
    return mean_of_draws(v);
}

static double least_of_cascade(const random_runs *r, explain_input input, size_t row)
{
    double least = (double)NAN;
    for (size_t k = 1; k <= r->n_layers[input]; k++)
        least =
            fmin(least, random_runs_find(r, (layer_choice){0, k, 0}, input, row)->of[LIKE_SUPPORT]);
    return least;
}

/* How many values of a map could have been others: those that inputs share, such as the parts of a
 * picture, count once, and 0 does not. */
static size_t count_free(const attribution *v)
{
    float *sorted = allocate(v->n, sizeof *sorted);
    uint32_t *room = allocate(2 * v->n, sizeof *room);
    memcpy(sorted, v->values, v->n * sizeof *sorted);
    floats_sort(sorted, v->n, room);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n += sorted[i] != 0 && (i == 0 || sorted[i] != sorted[i - 1]);
    free(sorted);
    free(room);
    return n;
}

/* The mean of N_DRAWS magnitudes of chance correlations of n values is over it once in 100: such a
 * correlation is normal, of variance 1 / (n - 1), its magnitude of mean 0.80 and deviation 0.60 of
 * its own deviation. */
static double chance_limit(size_t n)
{
    const double once_in_100 = 0.798 + 2.326 * 0.603 / sqrt(N_DRAWS);
    return n > 1 ? once_in_100 / sqrt((double)n - 1) : (double)INFINITY;
}

/* 1 or 0; NaN where chance alone could make such a map again, or there is none. One that is the
 * same everywhere is not made again by chance. */
static double flag_of(double value, const attribution *v)
{
    double limit = attribution_is_flat(v) ? SAME_MAP : fmax(SAME_MAP, chance_limit(count_free(v)));
    return isnan(value) || limit >= 1 ? (double)NAN : value >= limit;
}

/* ---- Arrays ---- */

/* Of z there are no pictures. */
static bool has_column(explain_input input, size_t kind)
{
    return input == INPUT_X || kind != LIKE_SSIM;
}

/* Places of an input's table. */
static size_t fill_columns(size_t columns[N_COLUMNS], explain_input input)
{
    size_t n = 0;
    for (size_t k = 0; k < N_COLUMNS; k++)
        if (has_column(input, k))
            columns[n++] = k;
    return n;
}

static estimate cell_of(const random_runs *r, explain_input input, size_t row, size_t column)
{
    if (column < N_LIKENESSES)
        return estimate_full(r, input, row, column);
    double deciding = estimate_full(r, input, row, LIKE_SUPPORT).value;
    double value = column == LEAST ? least_of_cascade(r, input, row)
                                   : flag_of(deciding, &r->own[input].all[row]);
    return (estimate){value, (double)NAN, (double)NAN};
}

static const char *column_name(size_t column)
{
    return column == LEAST ? "least" : column == FLAGGED ? "flagged" : likeness_names[column];
}

static float *add_table(explanation *a, const random_runs *r, explain_input input, const char *name)
{
    size_t columns[N_COLUMNS], n = fill_columns(columns, input);
    float *values = explanation_add(a, name, r->own[input].n, n);
    for (size_t k = 0; k < n; k++)
        explanation_add_label(a, column_name(columns[k]));
    for (size_t i = 0; i < r->own[input].n; i++)
        explanation_add_label(a, r->own[input].all[i].name);
    return values;
}

static void add_tables(explanation *a, const random_runs *r, explain_input input)
{
    const input_names *name = &names_of[input];
    size_t columns[N_COLUMNS], n = fill_columns(columns, input);
    float *value = add_table(a, r, input, name->table);
    float *low = add_table(a, r, input, name->low), *high = add_table(a, r, input, name->high);
    for (size_t i = 0; i < r->own[input].n; i++)
        for (size_t k = 0; k < n; k++) {
            estimate cell = cell_of(r, input, i, columns[k]);
            value[i * n + k] = (float)cell.value;
            low[i * n + k] = (float)cell.low;
            high[i * n + k] = (float)cell.high;
        }
}

static size_t count_methods(const attribution_list *l)
{
    size_t n = 0;
    while (n < l->n && l->all[n].method)
        n++;
    return n;
}

/* "layers drawn anew: 1 D's layer 2, 2 D's layer 0 ..." */
static void add_abscissa(explanation *a, const random_runs *r, explain_input input,
                         const char *begin)
{
    text label = {0};
    text_add(&label, "%s", begin);
    for (size_t k = 0; k < r->n_layers[input]; k++) {
        text_add(&label, "%s%zu ", k ? ", " : ": ", k + 1);
        layer_chain_tell(&label, &r->chain, r->t->x, k);
    }
    explanation_add_label(a, label.data);
    text_release(&label);
}

/* Place 0, where no layer is drawn anew, is the map itself. */
static void add_curve(explanation *a, const random_runs *r, explain_input input, bool is_cascade)
{
    const attribution_list *own = &r->own[input];
    size_t n_series = count_methods(own), first = is_cascade ? 0 : 1;
    size_t n = r->n_layers[input] + 1 - first;
    const char *name = is_cascade ? names_of[input].cascade : names_of[input].independent;
    float *values = explanation_add(a, name, 1 + n_series, n);
    add_abscissa(a, r, input, is_cascade ? "layers drawn anew" : "the layer drawn anew");
    for (size_t k = 0; k < n; k++)
        values[k] = (float)(first + k);
    for (size_t i = 0; i < n_series; i++) {
        explanation_add_label(a, own->all[i].name);
        for (size_t k = 0; k < n; k++) {
            size_t place = first + k;
            layer_choice which = {is_cascade ? 0 : k, is_cascade ? place : 1, 0};
            const likeness *l =
                place ? random_runs_find(r, which, input, i) : random_runs_full(r, 0, input, i);
            float value = (float)l->of[LIKE_SUPPORT];
            values[(1 + i) * n + k] = !place && !isnan(value) ? 1 : value;
        }
    }
}

/* ---- Reading ---- */

static size_t row_named(const named_array *table, const char *name)
{
    for (size_t i = 0; i < table->shape[0]; i++)
        if (strcmp(table->labels[table->shape[1] + i], name) == 0)
            return i;
    return NO_INDEX;
}

/* A cell of the last columns, which both inputs have. */
static double cell_in(const named_array *table, size_t row, size_t column)
{
    return (double)table->data[(row + 1) * table->shape[1] - (N_COLUMNS - column)];
}

bool sanity_is_flagged(const explanation *a, const explain_method *m, explain_input input)
{
    const named_array *table = explanation_find(a, names_of[input].table);
    size_t row = table ? row_named(table, m->name) : NO_INDEX;
    return row != NO_INDEX && cell_in(table, row, FLAGGED) == 1;
}

/* ---- Words ---- */

typedef struct {
    explanation *a;
    const random_runs *r;
    explain_input input;
} telling;

static void remark_flagged(const telling *t, const attribution *v, size_t row)
{
    text words = {0};
    double value = estimate_full(t->r, t->input, row, LIKE_SUPPORT).value;
    text_add(&words,
             "Do not believe its map of %s: it stays the same (rank correlation %.2f, where 1 is "
             "the same map) when all that the network learned is replaced by random numbers.",
             names_of[t->input].words, value);
    explanation_add_remark(t->a, v->method, words.data);
    text_release(&words);
}

static void add_name(text *names, const char *name)
{
    text_add(names, "%s%s", names->length ? ", " : "", name);
}

/* What was found of an input's methods, by names. */
typedef struct {
    text flagged, in_place, unclear;
} finding;

/* A map whose signs change and whose sizes do not lies where the input is large. */
static bool stays_in_place(const telling *t, const attribution *v, size_t row)
{
    return v->sign == SIGN_SIGNED &&
           flag_of(estimate_full(t->r, t->input, row, LIKE_SIZES).value, v) == 1;
}

static void sort_methods(finding *f, const telling *t)
{
    const attribution_list *own = &t->r->own[t->input];
    for (size_t i = 0; i < own->n && own->all[i].method; i++) {
        const attribution *v = &own->all[i];
        double flag = cell_of(t->r, t->input, i, FLAGGED).value;
        if (isnan(flag)) {
            add_name(&f->unclear, v->name);
        } else if (flag == 1) {
            add_name(&f->flagged, v->name);
            remark_flagged(t, v, i);
        } else if (stays_in_place(t, v, i)) {
            add_name(&f->in_place, v->name);
        }
    }
}

static void say_finding(text *words, const finding *f, const telling *t)
{
    const char *input = names_of[t->input].words;
    if (f->flagged.length)
        text_add(words, " By %s, these maps do not change, and are not to be believed: %s.", input,
                 f->flagged.data);
    else
        text_add(words, " By %s, no map that could be judged stays the same.", input);
    if (f->in_place.length)
        text_add(words,
                 " These are large in the same places whatever the network is, for the input "
                 "itself is a factor of them; their signs do change: %s.",
                 f->in_place.data);
    if (f->unclear.length)
        text_add(words,
                 " Not judged, for their map is 0 or of too few values to tell it from chance: %s.",
                 f->unclear.data);
}

static void tell_input(text *words, const telling *t)
{
    finding f = {{0}, {0}, {0}};
    sort_methods(&f, t);
    say_finding(words, &f, t);
    text_release(&f.flagged);
    text_release(&f.in_place);
    text_release(&f.unclear);
}

static void tell_not_run(text *words, const explain_plan *plan)
{
    text names = {0};
    for (size_t i = 0; i < plan->n; i++)
        if (explain_method_attributes(plan->methods[i]) && !method_reruns(plan->methods[i]))
            add_name(&names, plan->methods[i]->name);
    if (names.length)
        text_add(words, " Not judged, for each would have to be fitted anew: %s.", names.data);
    text_release(&names);
}

static void tell(explanation *a, const random_runs *r, const explain_plan *plan)
{
    text words = {0};
    text_add(&words,
             "What the network learned was replaced by random numbers, layer by layer from the "
             "target's end, and each method run again, with at most %d samples. A map that stays "
             "the same shows nothing that was learned.",
             RERUN_SAMPLES);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (r->own[i].n)
            tell_input(&words, &(telling){a, r, i});
    if (!r->n_layers[INPUT_X])
        text_add(&words, " By the pixels there is nothing to draw anew: no network stands between "
                         "the picture and the target.");
    tell_not_run(&words, plan);
    explanation_add_remark(a, NULL, words.data);
    text_release(&words);
}

/* ---- The report ---- */

static int run(const explain_task *t, explanation *a, error *e)
{
    const trust_settings *s = t->settings;
    random_runs r;
    int status = random_runs_make(&r, t, a, s->plan, e);
    for (explain_input i = INPUT_Z; !status && i < N_INPUTS; i++)
        if (r.own[i].n) {
            add_tables(a, &r, i);
            add_curve(a, &r, i, true);
            add_curve(a, &r, i, false);
        }
    if (!status)
        tell(a, &r, s->plan);
    random_runs_release(&r);
    return status;
}

const explain_method sanity_report = {
    .name = "sanity",
    .summary = "whether the explanations change with the network that they explain",
    .source = "Adebayo et al. 2018, \"Sanity checks for saliency maps\"",
    .lies =
        "A map that changes may still be wrong: this tells what is not to be believed, not what "
        "is.",
    .arrays = arrays,
    .judges = true,
    .run = run};
