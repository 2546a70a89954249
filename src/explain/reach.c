/* SPDX-License-Identifier: MIT */
/* The method `reach`: how far the gradient tells what happens. Along directions of z the target is
 * measured at some steps and compared with what its gradient predicts; single components are also
 * followed over the whole of their range.
 *
 * A step is in sigmas of the prior, which is N(0, I) in the z that programs draw: a fitted one is
 * folded into G. Predicted is g (z' - z). A move along a direction is made both ways. One whose
 * prediction is less than what float may round the target by says nothing: it counts nowhere.
 *
 * A picture that the target compares with is the one of z throughout, as it is for the gradient. */
#include "reach_detail.h"
#include <math.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "sweep",
     .space = SPACE_SWEEP,
     .sign = SIGN_PLAIN,
     .role = ROLE_ATTRIBUTION,
     .title = "What the strongest components do, one at a time",
     .unit = "place of the component, in prior sigmas",
     .noun = "value",
     .meaning = "the picture and the target as one component of z is moved from end to end, and "
                "around where it is now, while the others stay",
     .brief = "over -2 to +2 on #",
     .items_of = "gradient_z"},
    {.name = "reach",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .title = "How far the gradient tells what happens",
     .unit = "steps in prior sigmas; measured / predicted: 1 is exact; right within: up to which "
             "step",
     .meaning =
         "what the gradient predicts of a step of z, as long as the column says, against "
         "what the target then does: the share of equal signs, the size over the predicted one (the sum of measured times "
         "predicted over that of predicted squared), the longest step up to which 9 of 10 "
         "moves are within 10 % and within 50 % of the predicted (0: not even the "
         "shortest), and the share of moves that float cannot resolve, which count nowhere"},
    {.name = "sign_reach",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How far the sign can be trusted",
     .unit = "prior sigmas",
     .meaning = "the longest step up to which at least 95 % of the moves along the gradient and "
                "along the strongest components have the sign that the gradient predicts; there is "
                "no such array where float can resolve none of them",
     .sentence =
         "The rates of the components tell which way the target goes for moves of z by up to # "
         "(the usual spread of a component is 1).",
     .sentence_if_zero = "The rates of the components do not even tell which way the target goes "
                         "for small moves of z.",
     .brief = "which way it goes for steps up to #",
     .brief_if_zero = "not even which way it goes"},
    {.name = "size_reach",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How far the size can be trusted",
     .unit = "prior sigmas",
     .meaning = "the longest step up to which at least 90 % of the moves along the gradient and "
                "along the strongest components are within 50 % of the change that the gradient "
                "predicts; there is no such array where float can resolve none of them",
     .sentence = "They tell how far it goes, within a half of that, for moves by up to #.",
     .sentence_if_zero = "They do not tell how far it goes, even for small moves.",
     .brief = "how far up to #",
     .brief_if_zero = "not how far"},
    {.name = "left_out_moves",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Moves that say nothing",
     .unit = "moves",
     .meaning = "how many of all moves have a prediction that is less than what float may round "
                "the target by; there is no such array where that is none",
     .sentence = "# of the moves were predicted to change the target by less than float can "
                 "resolve, and count nowhere."},
    {0}};

/* ---- Predicted against measured ---- */

/* Moves of one step. */
typedef struct {
    size_t n, n_left_out, n_sign, n_tenth, n_half;
    double product, square; /* sums: measured times predicted, predicted squared */
} tally;

static void count_move(tally *all, const reach_moves *m, size_t row)
{
    const explained_rows *r = m->t->rows;
    size_t n = m->t->x->z_dim;
    double predicted = 0, found = (double)m->value[row] - (double)*r->value;
    for (size_t i = 0; i < n; i++)
        predicted += (double)r->gradient_z[i] * ((double)m->z[row * n + i] - (double)r->z[i]);
    double off = fabs(found - predicted), size = fabs(predicted);
    all->n++;
    if (size <= m->rounding) {
        all->n_left_out++;
        return;
    }
    all->n_sign += found * predicted > 0;
    all->n_tenth += off <= 0.1 * size;
    all->n_half += off <= 0.5 * size;
    all->product += found * predicted;
    all->square += predicted * predicted;
}

/* Of n directions from first on, by step. */
static void count_moves(tally all[N_STEPS], const reach_moves *m, size_t first, size_t n)
{
    memset(all, 0, N_STEPS * sizeof *all);
    for (size_t i = first * N_MOVES; i < (first + n) * N_MOVES; i++)
        count_move(&all[i % N_STEPS], m, i);
}

/* 0 of none. */
static double share_of(size_t n, const tally *t)
{
    size_t counted = t->n - t->n_left_out;
    return counted ? (double)n / (double)counted : 0;
}

typedef struct {
    double sign, tenth, half;
} radii;

/* At least so many of the moves have the predicted sign, so many about the predicted size. */
static const double SIGN_SHARE = 0.95, SIZE_SHARE = 0.9;

/* The longest step up to which that holds at all steps; 0: not even at the shortest. A step of
 * which no move is counted says nothing. */
static radii find_radii(const tally all[N_STEPS])
{
    radii r = {0, 0, 0};
    bool sign = true, tenth = true, half = true;
    for (size_t s = 0; s < N_STEPS; s++) {
        const tally *t = &all[s];
        if (t->n_left_out == t->n)
            continue;
        sign = sign && share_of(t->n_sign, t) >= SIGN_SHARE;
        tenth = tenth && share_of(t->n_tenth, t) >= SIZE_SHARE;
        half = half && share_of(t->n_half, t) >= SIZE_SHARE;
        r.sign = sign ? reach_steps[s] : r.sign;
        r.tenth = tenth ? reach_steps[s] : r.tenth;
        r.half = half ? reach_steps[s] : r.half;
    }
    return r;
}

/* ---- The table ---- */

enum {
    COLUMN_RATIO = N_STEPS,
    COLUMN_TENTH = 2 * N_STEPS,
    COLUMN_HALF,
    COLUMN_LEFT_OUT,
    N_COLUMNS
};

static size_t count_left_out(const tally all[N_STEPS])
{
    size_t n = 0;
    for (size_t s = 0; s < N_STEPS; s++)
        n += all[s].n_left_out;
    return n;
}

static void fill_table_row(float *out, const tally all[N_STEPS])
{
    radii r = find_radii(all);
    size_t n = 0;
    for (size_t s = 0; s < N_STEPS; s++) {
        const tally *t = &all[s];
        out[s] = (float)share_of(t->n_sign, t);
        out[COLUMN_RATIO + s] = t->square > 0 ? (float)(t->product / t->square) : 0.0f;
        n += t->n;
    }
    out[COLUMN_TENTH] = (float)r.tenth;
    out[COLUMN_HALF] = (float)r.half;
    out[COLUMN_LEFT_OUT] = (float)((double)count_left_out(all) / (double)n);
}

static void add_labels(explanation *a, const reach_moves *m)
{
    text label = {0};
    for (size_t i = 0; i < 2 * N_STEPS; i++) {
        text_release(&label);
        text_add(&label, "%s: %g", i < N_STEPS ? "share of right signs" : "measured / predicted",
                 reach_steps[i % N_STEPS]);
        explanation_add_label(a, label.data);
    }
    explanation_add_label(a, "right within: 10 %");
    explanation_add_label(a, "right within: 50 %");
    explanation_add_label(a, "share left out");
    explanation_add_label(a, "along the gradient");
    for (size_t k = 0; k < m->n_top; k++) {
        text_release(&label);
        text_add(&label, "z%zu", m->top[k]);
        explanation_add_label(a, label.data);
    }
    explanation_add_label(a, "random directions");
    text_release(&label);
}

static void add_table(explanation *a, const reach_moves *m)
{
    tally all[N_STEPS];
    float *table = explanation_add(a, "reach", 2 + m->n_top, N_COLUMNS);
    add_labels(a, m);
    for (size_t i = 0; i < 2 + m->n_top; i++) {
        count_moves(all, m, i, i > m->n_top ? N_RANDOM : 1);
        fill_table_row(table + i * N_COLUMNS, all);
    }
}

/* How many moves of all were left out, where some were. */
static void add_left_out(explanation *a, const reach_moves *m)
{
    tally all[N_STEPS];
    count_moves(all, m, 0, m->n_directions);
    if (count_left_out(all) > 0)
        *explanation_add(a, "left_out_moves", 0, 0) = (float)count_left_out(all);
}

/* ---- Running ---- */

/* Nothing where no move is counted. */
static void add_radii(explanation *a, const reach_moves *m)
{
    tally all[N_STEPS];
    count_moves(all, m, 0, 1 + m->n_top);
    radii r = find_radii(all);
    if (count_left_out(all) == (1 + m->n_top) * N_MOVES)
        return;
    *explanation_add(a, "sign_reach", 0, 0) = (float)r.sign;
    *explanation_add(a, "size_reach", 0, 0) = (float)r.half;
}

typedef struct {
    reach_moves moves;
    reach_probe probe;
} reach_work;

/* A body of parallel_for: one explanation alone keeps two threads busy, and of the parts none reads
 * what another writes. */
static void do_part(size_t i, size_t thread, void *context)
{
    reach_work *work = context;
    (void)thread;
    if (i < 2)
        reach_measure_half(&work->moves, i);
    else
        reach_probe_evaluate(&work->probe, &work->moves);
}

static void add_checks(explanation *a, const reach_work *work)
{
    explain_check checks[N_REACH_CHECKS];
    reach_probe_compare(checks, &work->probe, &work->moves);
    for (size_t i = 0; i < N_REACH_CHECKS; i++)
        explanation_add_check(a, &checks[i]);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    reach_work work = {0};
    bool checks = !t->q->skips_checks;
    (void)e;
    reach_moves_init(&work.moves, t, a->reference);
    work.moves.sweep = explanation_add(a, "sweep", work.moves.n_top, N_POINTS);
    explanation_set_items(a, work.moves.top);
    reach_begin_sweep(&work.moves);
    if (checks)
        reach_probe_init(&work.probe, &work.moves);
    parallel_for(checks ? 3 : 2, do_part, &work);
    add_table(a, &work.moves);
    add_radii(a, &work.moves);
    add_left_out(a, &work.moves);
    if (checks)
        add_checks(a, &work);
    reach_probe_release(&work.probe);
    reach_moves_release(&work.moves);
    return 0;
}

const explain_method reach_method = {
    .name = "reach",
    .summary = "how far the gradient tells what happens: predicted against measured moves of z, "
               "and sweeps of the strongest components",
    .source = "predicted against measured changes, as the infidelity of Yeh et al. 2019, "
              "arXiv:1901.09392",
    .lies = "It tries the strongest components and ten random directions, by up to 2 sigmas, "
            "and says nothing of other moves. That a rate is right does not make it important.",
    .arrays = arrays,
    .checks = reach_checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .is_default = true,
    .run = run,
};
