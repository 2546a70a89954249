/* SPDX-License-Identifier: MIT */
/* Whether maps change with the network that they are said to explain: they are made again with
 * layers drawn anew, from the target's end down and each alone, and with a judge that was trained
 * on random labels. */
#include "sanity_detail.h"
#include <math.h>
#include <string.h>

/* Columns of the tables behind those of likenesses. That of the control has no LEAST. */
enum { LEAST = N_LIKENESSES, FLAGGED, N_COLUMNS };

#define COLUMNS_MEANING                                                                            \
    "1 is the same map, 0 one with nothing in common (values: rank correlation, without its "      \
    "sign; sizes: of magnitudes; on support: where either map is not 0, which decides"
#define TABLE_MEANING                                                                              \
    "a row a method, and, behind these, a control that looks at no network: how far its map is "   \
    "the same when all that was learned is replaced by random numbers; " COLUMNS_MEANING           \
    "; SSIM: as pictures; least: the least on the way there; flagged: 1 where the map does not "   \
    "change)"
#define LABELS_MEANING                                                                             \
    "the same with a judge in place that was trained on random labels; " COLUMNS_MEANING           \
    "; SSIM: as pictures; flagged: 1 where the map does not change)"
#define END_MEANING "intervals of 95 % over the draws; none of what was not sampled"
#define CASCADE_MEANING                                                                            \
    "how far each method's map is the same on its support, as more layers are drawn anew from "    \
    "the target's end down"
#define INDEPENDENT_MEANING                                                                        \
    "how far each method's map is the same on its support where one layer is drawn anew and the "  \
    "others stay; the first is nearest to the target"

#define TABLE_ROW(NAME, TITLE, ROLE, ...)                                                          \
    {                                                                                              \
        .name = NAME, .space = SPACE_TABLE, .sign = SIGN_SIGNED, .role = ROLE, .has_gaps = true,   \
        .title = TITLE, __VA_ARGS__                                                                \
    }
#define CURVE_ROW(NAME, TITLE, MEANING, SENTENCE)                                                  \
    {                                                                                              \
        .name = NAME, .space = SPACE_CURVE, .sign = SIGN_SIGNED, .role = ROLE_TRUST,               \
        .has_gaps = true, .title = TITLE,                                                          \
        .unit = "rank correlation with the true map: 1 the same, 0 nothing in common",             \
        .meaning = MEANING, .sentence = SENTENCE                                                   \
    }
#define ROWS_OF(INPUT, WORDS)                                                                      \
    TABLE_ROW("sanity." INPUT, "Whether maps of " WORDS " change with the network", ROLE_TRUST,    \
              .meaning = TABLE_MEANING),                                                           \
        TABLE_ROW("sanity." INPUT ".low", "Lower ends of sanity." INPUT, ROLE_RAW,                 \
                  .meaning = END_MEANING, .low_of = "sanity." INPUT),                              \
        TABLE_ROW("sanity." INPUT ".high", "Upper ends of sanity." INPUT, ROLE_RAW,                \
                  .meaning = END_MEANING, .high_of = "sanity." INPUT),                             \
        CURVE_ROW("sanity.cascade." INPUT, "Maps of " WORDS " as layers are drawn anew",           \
                  CASCADE_MEANING,                                                                 \
                  "The curves sanity.cascade." INPUT " show how maps of " WORDS                    \
                  " lose what they were as more layers are replaced, from the target's end down: " \
                  "a line that stays at 1 is a map that never changes"),                           \
        CURVE_ROW("sanity.independent." INPUT, "Maps of " WORDS " as one layer is drawn anew",     \
                  INDEPENDENT_MEANING,                                                             \
                  "The curves sanity.independent." INPUT                                           \
                  " show the same where one layer is replaced and the others stay"),               \
        TABLE_ROW("sanity.labels." INPUT,                                                          \
                  "Whether maps of " WORDS " change with what the judge learned", ROLE_TRUST,      \
                  .meaning = LABELS_MEANING)

static const array_row arrays[] = {ROWS_OF("z", "z"), ROWS_OF("x", "the pixels"), {0}};

/* The arrays of an input. */
typedef struct {
    const char *table, *low, *high, *cascade, *independent, *labels;
} input_names;

static const input_names names_of[N_INPUTS] = {
    {"sanity.z", "sanity.z.low", "sanity.z.high", "sanity.cascade.z", "sanity.independent.z",
     "sanity.labels.z"},
    {"sanity.x", "sanity.x.low", "sanity.x.high", "sanity.cascade.x", "sanity.independent.x",
     "sanity.labels.x"}};

/* ---- Tables ---- */

/* What a table shows of a verdict. */
typedef estimate cell_finder(const sanity_verdict *v, size_t column);

static const estimate unknown = {(double)NAN, (double)NAN, (double)NAN};

static estimate find_random(const sanity_verdict *v, size_t column)
{
    estimate cell = column < N_LIKENESSES ? v->full[column] : unknown;
    if (column >= N_LIKENESSES)
        cell.value = column == LEAST ? v->least : v->is_same;
    return cell;
}

static estimate find_control(const sanity_verdict *v, size_t column)
{
    estimate cell = unknown;
    cell.value = column < N_LIKENESSES ? v->control->of[column] : v->is_same_by_control;
    return cell;
}

/* A table of an input: of z there are no pictures. */
typedef struct {
    const attribution_list *own;
    const sanity_verdict *verdicts; /* (own->n) */
    size_t columns[N_COLUMNS], n;
    cell_finder *find;
} sanity_table;

static sanity_table table_of(const sanity_findings *f, explain_input input, bool is_of_control)
{
    sanity_table t = {.own = &f->runs.own[input],
                      .verdicts = f->verdicts[input],
                      .find = is_of_control ? find_control : find_random};
    for (size_t k = 0; k < N_COLUMNS; k++)
        if ((k != LIKE_SSIM || input == INPUT_X) && (k != LEAST || !is_of_control))
            t.columns[t.n++] = k;
    return t;
}

static const char *column_name(size_t column)
{
    return column == LEAST ? "least" : column == FLAGGED ? "flagged" : likeness_names[column];
}

static float *add_table(explanation *a, const sanity_table *t, const char *name)
{
    float *values = explanation_add(a, name, t->own->n, t->n);
    for (size_t k = 0; k < t->n; k++)
        explanation_add_label(a, column_name(t->columns[k]));
    for (size_t i = 0; i < t->own->n; i++)
        explanation_add_label(a, t->own->all[i].name);
    return values;
}

/* low and high NULL: no ends. */
static void fill_table(float *value, float *low, float *high, const sanity_table *t)
{
    for (size_t i = 0; i < t->own->n; i++)
        for (size_t k = 0; k < t->n; k++) {
            estimate cell = t->find(&t->verdicts[i], t->columns[k]);
            size_t at = i * t->n + k;
            value[at] = (float)cell.value;
            if (low)
                low[at] = (float)cell.low;
            if (high)
                high[at] = (float)cell.high;
        }
}

static void add_tables(explanation *a, const sanity_findings *f, explain_input input)
{
    const input_names *name = &names_of[input];
    sanity_table t = table_of(f, input, false);
    float *value = add_table(a, &t, name->table);
    float *low = add_table(a, &t, name->low), *high = add_table(a, &t, name->high);
    fill_table(value, low, high, &t);
    if (f->runs.of_control) {
        t = table_of(f, input, true);
        fill_table(add_table(a, &t, name->labels), NULL, NULL, &t);
    }
}

/* ---- Curves ---- */

/* Of the places: the layer that is drawn anew, or the last of those that are. */
static void add_layer_names(explanation *a, const random_runs *r, size_t n, bool is_cascade)
{
    if (is_cascade)
        explanation_add_label(a, "none");
    for (size_t i = 0; i < n; i++) {
        text name = {0};
        layer_chain_name(&name, &r->chain, r->t->x, i);
        explanation_add_label(a, name.data);
        text_release(&name);
    }
}

/* Of a row at place k. Place 0, where no layer is drawn anew, is the map itself. */
static float curve_value(const random_runs *r, explain_input input, size_t row, layer_choice which)
{
    const likeness *l =
        which.n ? random_runs_find(r, which, input, row) : random_runs_full(r, 0, input, row);
    float value = (float)l->of[LIKE_SUPPORT];
    return which.n || isnan(value) ? value : 1;
}

static void add_curve(explanation *a, const random_runs *r, explain_input input, bool is_cascade)
{
    const attribution_list *own = &r->own[input];
    size_t n_series = attributions_count_methods(own), first = is_cascade ? 0 : 1;
    size_t n = r->n_layers[input] + 1 - first;
    const char *name = is_cascade ? names_of[input].cascade : names_of[input].independent;
    float *values = explanation_add(a, name, 1 + n_series, n);
    explanation_add_label(a, is_cascade ? "layers drawn anew, from the left up to here"
                                        : "the layer drawn anew");
    for (size_t k = 0; k < n; k++)
        values[k] = (float)(first + k);
    for (size_t i = 0; i < n_series; i++) {
        explanation_add_label(a, own->all[i].name);
        for (size_t k = 0; k < n; k++) {
            layer_choice which = {is_cascade ? 0 : k, is_cascade ? k : 1, 0};
            values[(1 + i) * n + k] = curve_value(r, input, i, which);
        }
    }
    add_layer_names(a, r, r->n_layers[input], is_cascade);
}

/* ---- Reading ---- */

static double flag_in(const explanation *a, const char *table, const char *name)
{
    return trust_cell(a, table, name, column_name(FLAGGED));
}

bool sanity_is_flagged(const explanation *a, const explain_method *m, explain_input input)
{
    return flag_in(a, names_of[input].table, m->name) == 1 ||
           flag_in(a, names_of[input].labels, m->name) == 1;
}

bool sanity_is_tested(const explanation *a, const char *name, explain_input input)
{
    return !isnan(flag_in(a, names_of[input].table, name));
}

bool sanity_is_left_out(const explanation *a, const char *name, explain_input input)
{
    const named_array *v = explanation_find(a, names_of[input].table);
    if (sanity_is_tested(a, name, input))
        return false;
    for (size_t i = 0; v && i < v->shape[0]; i++)
        if (sanity_is_tested(a, v->labels[v->shape[1] + i], input))
            return true;
    return false;
}

/* ---- The report ---- */

static int run(const explain_task *t, explanation *a, error *e)
{
    sanity_findings f;
    int status = sanity_findings_make(&f, t, a, e);
    for (explain_input i = INPUT_Z; !status && i < N_INPUTS; i++)
        if (f.runs.own[i].n) {
            add_tables(a, &f, i);
            add_curve(a, &f.runs, i, true);
            add_curve(a, &f.runs, i, false);
        }
    if (!status)
        sanity_say(a, &f);
    sanity_findings_release(&f);
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
