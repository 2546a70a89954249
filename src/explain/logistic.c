/* SPDX-License-Identifier: MIT */
/* The method `logistic`: whether the target is above a threshold, as the logistic function of a
 * weighted sum of z, fitted over the prior by maximum likelihood in double. The weights hold for
 * every z and are in log-odds: raising a component by 1 adds its weight to the logarithm of the
 * odds.
 *
 * The threshold is 0 for what is a logit, where D or the judge decides, unless that leaves nearly
 * all z on one side; otherwise it is the median over the fitted z. */
#include "logistic_detail.h"
#include "surrogate_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const array_row arrays[] = {
    {.name = "logistic.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_SCALED_CHANGE,
     .title = "What each component of z adds to the odds that the target is above the threshold",
     .unit = "log-odds: weight times z, from the baseline",
     .noun = "contribution",
     .meaning = "how much the component of this z speaks for a target above the threshold (below "
                "0: against it), if the same weight held for every z and all others",
     .sentence = "Whether the target is high or low, in odds over all z that may be drawn, is here "
                 "spoken for or against most by #",
     .if_zero = "no component of z speaks for a high or a low target"},
    {.name = "logistic.z_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "How sure those contributions are",
     .error_of = "logistic.z"},
    {.name = "logistic.weights",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How each component moves the odds of a high target, over all z",
     .unit = "log-odds per unit of z",
     .noun = "weight",
     .meaning = "by how much the logarithm of the odds that the target is above the threshold "
                "rises with the component, the same for every picture",
     .sentence = "Over all z the odds of a high target depend most on #",
     .if_zero = "over all z the odds of a high target depend on no component"},
    {.name = "logistic.weights_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "How sure those weights are",
     .error_of = "logistic.weights"},
    {.name = "logistic.threshold",
     .space = SPACE_SCALAR,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The threshold",
     .unit = "as the target",
     .meaning = "a target above it is called high: 0 for a logit, where D or the judge decides, "
                "unless fewer than one in twenty z are on one side of that; else the median",
     .sentence = "High means: above #, the median over all z.",
     .sentence_if_zero = "High means: above 0."},
    {.name = "logistic.probability",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "How likely a high target is for this z",
     .unit = "probability",
     .meaning = "what the fitted odds say of this z",
     .sentence = "By the odds alone, this z would have a high target with probability #."},
    {.name = "logistic.fidelity",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How much of the decision the odds tell",
     .unit = "share of the log loss on held-out z",
     .meaning = "by what share the log loss on held-out z is less than that of one probability for "
                "all: 1 is all of it; 0 is no better",
     .sentence = "On z that they were not fitted to, the odds take # off the uncertainty of "
                 "whether the target is high (1 is all of it).",
     .sentence_if_zero = "On z that they were not fitted to, the odds tell no more of whether the "
                         "target is high than one probability for all does: what they say of "
                         "components counts nothing."},
    {.name = "logistic.trial",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .title = "The odds beside a constant, on held-out z",
     .unit = "AUC: 1 is exact, 0.5 chance; log loss in nats: 0 is exact",
     .meaning = "how well they tell whether the target is high for z that they were not fitted to, "
                "beside the more frequent answer and one probability for all of those that they "
                "were fitted to"},
    {.name = "logistic.predicted",
     .space = SPACE_CURVE,
     .sign = SIGN_PLAIN,
     .role = ROLE_TRUST,
     .title = "The odds: predicted and found",
     .unit = "share of held-out z with a high target",
     .meaning = "held-out z in groups by the probability that is predicted of them: the share of "
                "them whose target then is high",
     .sentence = "The probabilities are drawn against what was found: they are right where the "
                 "share found is what it would be were they exact"},
    {0}};

enum { SCORE, ADDS_UP, HELD_OUT };

static const explain_check checks[] = {
    [SCORE] = {.name = "logistic.score_equations",
               .meaning = "of each component over the samples: |z . (high - probability) - ridge "
                          "weight| / |z| / |high less its share|, in double, the most of them",
               .tolerance = 1e-5},
    [ADDS_UP] = {.name = "logistic.adds_up",
                 .meaning = "|sum of logistic.z - (log-odds at z - log-odds at the baseline)| / "
                            "sum of magnitudes",
                 .tolerance = 1e-5,
                 .n_samples = 1},
    [HELD_OUT] = SURROGATE_TRIAL_CHECK("logistic"),
    {0}};

/* ---- Fitting ---- */

/* Kept "coefficients" (1 + z_dim), the constant first. */
static double log_odds_at(const float *z, size_t z_dim, const kept_arrays *k)
{
    const float *w = kept_arrays_find(k, "coefficients")->data;
    return (double)w[0] + dot(w + 1, z, z_dim);
}

static void predict(float *predicted, const float *z, size_t n, size_t z_dim, const kept_arrays *k)
{
    for (size_t r = 0; r < n; r++)
        predicted[r] = (float)log_odds_at(z + r * z_dim, z_dim, k);
}

static double share_above(const float *v, size_t n, double threshold)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += (double)v[i] > threshold;
    return (double)above / (double)n;
}

static float median_of(const float *v, size_t n)
{
    enum { N_QUANTILES = 3 };
    float quantile[N_QUANTILES], *sorted = allocate(n, sizeof *sorted);
    memcpy(sorted, v, n * sizeof *sorted);
    quantiles_find(quantile, N_QUANTILES, sorted, n);
    free(sorted);
    return quantile[1];
}

/* Whether the target's name is that of a logit. */
static bool is_logit(const explainer *x)
{
    const char *name = x->target.row->name;
    return strcmp(name, "logit") == 0 || strcmp(name, "class") == 0;
}

static float find_threshold(const explainer *x, const prior_sample *s)
{
    const double least = 0.05;
    double share = share_above(s->value, s->n, 0);
    bool has_sides = share >= least && share <= 1 - least;
    return is_logit(x) && has_sides ? 0 : median_of(s->value, s->n);
}

static void fit(kept_arrays *k, const explainer *x, const prior_sample *s)
{
    size_t n = 1 + x->z_dim;
    double *weight = allocate(n, sizeof *weight), *spread = allocate(n, sizeof *spread);
    float threshold = *kept_arrays_add(k, "threshold", 1) = find_threshold(x, s);
    logistic_fit(weight, spread, s, x->z_dim, (double)threshold);
    float *weights = kept_arrays_add(k, "coefficients", n);
    float *errors = kept_arrays_add(k, "errors", n);
    for (size_t i = 0; i < n; i++) {
        weights[i] = (float)weight[i];
        errors[i] = (float)spread[i];
    }
    free(weight);
    free(spread);
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    surrogate_samples s;
    kept_arrays *k = *state = allocate(1, sizeof *k);
    (void)settings;
    (void)e;
    surrogate_samples_init(&s, x, q, SURROGATE_SAMPLES, 4 * (1 + x->z_dim));
    fit(k, x, &s.fit);
    surrogate_keep(k, &s, x->z_dim, predict);
    surrogate_samples_release(&s);
    return 0;
}

static bool accepts(const kept_arrays *k, const explainer *x, const explain_request *q,
                    const void *settings)
{
    size_t n = 1 + x->z_dim;
    (void)settings;
    return surrogate_is_kept(k, q, SURROGATE_SAMPLES, 4 * n) &&
           kept_arrays_count(k, "coefficients") == n && kept_arrays_count(k, "errors") == n &&
           kept_arrays_count(k, "threshold") == 1;
}

/* ---- How well it does ---- */

/* A held-out z: its log-odds, and whether its target is high. */
typedef struct {
    float odds;
    bool is_high;
} decision;

static int compare_decisions(const void *a, const void *b)
{
    const decision *p = a, *q = b;
    return (p->odds > q->odds) - (p->odds < q->odds);
}

/* Sorted; the caller frees them. */
static decision *decisions_of(const kept_arrays *k)
{
    const kept_array *found = kept_arrays_find(k, "held_out");
    float threshold = *kept_arrays_find(k, "threshold")->data;
    decision *d = allocate(found->n, sizeof *d);
    for (size_t i = 0; i < found->n; i++)
        d[i] = (decision){kept_arrays_find(k, "predicted")->data[i], found->data[i] > threshold};
    qsort(d, found->n, sizeof *d, compare_decisions);
    return d;
}

typedef struct {
    double accuracy, area, loss;
} decision_scores;

/* The share of pairs of a high and a low target that are in the right order; of equal odds half.
 * Where all are on one side, 0.5. */
static double area_under(const decision *d, size_t n)
{
    double pairs = 0, low = 0, high = 0;
    for (size_t i = 0; i < n;) {
        double lows = 0, highs = 0;
        size_t first = i;
        for (; i < n && d[i].odds == d[first].odds; i++)
            *(d[i].is_high ? &highs : &lows) += 1;
        pairs += highs * (low + lows / 2);
        low += lows;
        high += highs;
    }
    return low > 0 && high > 0 ? pairs / (low * high) : 0.5;
}

static double mean_loss(const decision *d, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += logistic_loss(d[i].is_high ? -(double)d[i].odds : (double)d[i].odds);
    return all / (double)n;
}

static decision_scores score(const decision *d, size_t n)
{
    size_t n_right = 0;
    for (size_t i = 0; i < n; i++)
        n_right += (d[i].odds > 0) == d[i].is_high;
    return (decision_scores){(double)n_right / (double)n, area_under(d, n), mean_loss(d, n)};
}

/* One probability for all: the share of high targets among the fitted z, with one more of each so
 * that it is never sure. */
static decision_scores score_constant(const decision *d, size_t n, const kept_arrays *k)
{
    const kept_array *fitted = kept_arrays_find(k, "fitted_to");
    double threshold = (double)*kept_arrays_find(k, "threshold")->data,
           n_fitted = (double)fitted->n;
    double high = share_above(fitted->data, fitted->n, threshold) * n_fitted;
    float all = (float)log((high + 1) / (n_fitted - high + 1));
    decision *same = allocate(n, sizeof *same);
    for (size_t i = 0; i < n; i++)
        same[i] = (decision){all, d[i].is_high};
    decision_scores s = score(same, n);
    free(same);
    return s;
}

static void fill_row(float *out, decision_scores s)
{
    out[0] = (float)s.accuracy;
    out[1] = (float)s.area;
    out[2] = (float)s.loss;
}

static void add_table(const surrogate *s, decision_scores own, decision_scores constant)
{
    float *table = explanation_add(s->a, "logistic.trial", 2, 3);
    text label = {0};
    text_add(&label, "accuracy on %zu others", kept_arrays_find(s->k, "held_out")->n);
    explanation_add_label(s->a, label.data);
    explanation_add_label(s->a, "AUC");
    explanation_add_label(s->a, "log loss");
    text_release(&label);
    text_add(&label, "%s%zu z", s->model, kept_arrays_find(s->k, "fitted_to")->n);
    explanation_add_label(s->a, label.data);
    explanation_add_label(s->a, "constant, of the same");
    fill_row(table, own);
    fill_row(table + 3, constant);
    text_release(&label);
}

/* Means over groups of about equal size; so many z have no equal odds, unless all have. */
static void add_curve(const surrogate *s, const decision *d, size_t n)
{
    enum { N_GROUPS = 12, PREDICTED = 0, EXACT, FOUND, N_SERIES };
    float *curve = explanation_add(s->a, "logistic.predicted", N_SERIES, N_GROUPS);
    explanation_add_label(s->a, "predicted probability");
    explanation_add_label(s->a, "were it exact");
    explanation_add_label(s->a, "share found");
    for (size_t i = 0; i < N_GROUPS; i++) {
        size_t first = i * n / N_GROUPS, end = (i + 1) * n / N_GROUPS;
        double predicted = 0, found = 0, count = (double)(end - first);
        for (size_t r = first; r < end; r++) {
            predicted += logistic_of((double)d[r].odds) / count;
            found += (double)d[r].is_high / count;
        }
        curve[PREDICTED * N_GROUPS + i] = curve[EXACT * N_GROUPS + i] = (float)predicted;
        curve[FOUND * N_GROUPS + i] = (float)found;
    }
}

static void add_trial(const surrogate *s)
{
    size_t n = kept_arrays_find(s->k, "held_out")->n;
    decision *d = decisions_of(s->k);
    decision_scores own = score(d, n), constant = score_constant(d, n, s->k);
    double gain = 1 - own.loss / constant.loss;
    *explanation_add(s->a, "logistic.fidelity", 0, 0) = gain > 0 ? (float)gain : 0.0f;
    add_table(s, own, constant);
    add_curve(s, d, n);
    free(d);
}

/* ---- Checks ---- */

/* The slope of the log likelihood by each weight is 0 at the maximum. */
static void check_score(const surrogate *s)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to");
    const float *weights = kept_arrays_find(s->k, "coefficients")->data;
    size_t z_dim = s->t->x->z_dim;
    double threshold = (double)*kept_arrays_find(s->k, "threshold")->data, most = 0;
    double share = share_above(y->data, y->n, threshold);
    double *left = allocate(y->n, sizeof *left);
    float *z = allocate(y->n * z_dim, sizeof *z);
    explain_check c = checks[SCORE];
    prior_fill(z, z_dim, DRAW_PRIOR, y->n);
    for (size_t r = 0; r < y->n; r++)
        left[r] =
            ((double)y->data[r] > threshold) - logistic_of(log_odds_at(z + r * z_dim, z_dim, s->k));
    for (size_t i = 0; i <= z_dim; i++) {
        double product = -LOGISTIC_RIDGE * (double)weights[i], square = 0;
        for (size_t r = 0; r < y->n; r++) {
            double v = i ? (double)z[r * z_dim + i - 1] : 1;
            product += v * left[r];
            square += v * v;
        }
        most = worse(fabs(product) / sqrt(square), most);
    }
    c.value = most / sqrt((double)y->n * fmax(share * (1 - share), 1 / (double)y->n));
    c.n_samples = y->n;
    explanation_add_check(s->a, &c);
    free(left);
    free(z);
}

static void check_sum(const surrogate *s, const double *baseline)
{
    const float *w = kept_arrays_find(s->k, "coefficients")->data;
    const float *found = explanation_find(s->a, "logistic.z")->data;
    size_t z_dim = s->t->x->z_dim;
    double here = log_odds_at(s->t->rows->z, z_dim, s->k), there = (double)w[0], size = 0;
    explain_check c = checks[ADDS_UP];
    for (size_t i = 0; i < z_dim; i++) {
        there += (double)w[1 + i] * baseline[i];
        size += fabs((double)found[i]);
    }
    size += fabs(here) + fabs(there);
    c.value = size == 0 ? 0 : fabs(sum(found, z_dim) - (here - there)) / size;
    explanation_add_check(s->a, &c);
}

/* ---- Running ---- */

static void add_weights(const surrogate *s, const double *baseline)
{
    const float *w = kept_arrays_find(s->k, "coefficients")->data;
    const float *errors = kept_arrays_find(s->k, "errors")->data, *z = s->t->rows->z;
    float *found = explanation_add(s->a, "logistic.z", 0, 0);
    float *found_error = explanation_add(s->a, "logistic.z_error", 0, 0);
    float *weights = explanation_add(s->a, "logistic.weights", 0, 0);
    float *weights_error = explanation_add(s->a, "logistic.weights_error", 0, 0);
    for (size_t i = 0; i < s->t->x->z_dim; i++) {
        double from_baseline = (double)z[i] - baseline[i];
        found[i] = (float)((double)w[1 + i] * from_baseline);
        found_error[i] = (float)((double)errors[1 + i] * fabs(from_baseline));
        weights[i] = w[1 + i];
        weights_error[i] = errors[1 + i];
    }
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const surrogate s = {t, a, t->state, "logistic", "odds, of ", log_odds_at};
    double *baseline = surrogate_baseline(t, a);
    double here = log_odds_at(t->rows->z, t->x->z_dim, s.k);
    (void)e;
    add_weights(&s, baseline);
    *explanation_add(a, "logistic.threshold", 0, 0) = *kept_arrays_find(s.k, "threshold")->data;
    *explanation_add(a, "logistic.probability", 0, 0) = (float)logistic_of(here);
    add_trial(&s);
    if (!t->q->skips_checks) {
        check_score(&s);
        check_sum(&s, baseline);
        surrogate_check_trial(&s, &checks[HELD_OUT]);
    }
    free(baseline);
    return 0;
}

const explain_method logistic_method = {
    .name = "logistic",
    .summary = "whether the target is high, as odds of a weighted sum of z, fitted over the prior: "
               "D's decision, or the judge's; of other targets, whether it is above the median",
    .source = "logistic regression, as of Hastie, Tibshirani & Friedman 2009, The Elements of "
              "Statistical Learning, section 4.4",
    .lies = "It knows whether the target is high, not how high. Where its log loss is hardly "
            "below the constant's, its weights tell little, and it is as straight as linear is.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_BASELINE | READS_SAMPLES,
    .prepare = prepare,
    .run = run,
    .release = kept_arrays_free,
    .accepts = accepts,
};
