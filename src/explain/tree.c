/* SPDX-License-Identifier: MIT */
/* The method `tree`: a small decision tree of z, fitted to the target over the prior, and the way
 * that this z takes through it. Trees on resamples of the same z say how much of it is chance. */
#include "surrogate_detail.h"
#include "tree_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const array_row arrays[] = {
    {.name = "tree.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What the questions of a tree add on this z's way",
     .unit = "target's mean after the question, less before",
     .noun = "step",
     .meaning = "by how much the mean of the target changes where the tree asks for the component, "
                "on the way that this z takes; 0 for one that is not asked for",
     .sentence =
         "A tree of a few yes-or-no questions about z, fitted over all z that may be drawn, "
         "moves away from the mean of the target most by asking for #",
     .if_zero = "a tree of questions about z finds nothing in it to ask for"},
    {.name = "tree.tree",
     .space = SPACE_TREE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The target as a tree of questions about z",
     .unit = "mean of the target at a leaf, and the share of all z that come there",
     .noun = "mean",
     .meaning = "each question parts the z that come to it in the two groups whose targets are "
                "closest to their means"},
    {.name = "tree.importance",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "What the tree gains by asking for each component",
     .unit = "share of the target's variance over the fitted z",
     .noun = "gain",
     .meaning = "how much of the target's variance the questions about the component explain, on "
                "the z that the tree was fitted to",
     .sentence = "The questions that tell most about the target are those about #",
     .if_zero = "no question about z tells anything about the target"},
    {.name = "tree.importance_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "How sure those gains are",
     .error_of = "tree.importance"},
    {.name = "tree.path_length",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "Questions on this z's way",
     .unit = "questions",
     .meaning = "how many the tree asks before it says a value",
     .sentence = "The tree asks # questions about this z.",
     .sentence_if_zero = "The tree has no question to ask."},
    {.name = "tree.same_root",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Trees that begin with the same component",
     .unit = "share of the trees on resampled z",
     .meaning = "how many of 20 trees, each fitted to as many z drawn anew from the same ones, ask "
                "first for the same component",
     .sentence = "Of 20 trees on resampled z, the share # (1 is all) asks first for the same "
                 "component.",
     .sentence_if_zero = "None of 20 trees on resampled z asks first for the same component: the "
                         "tree is one of many that do as well."},
    {.name = "tree.same_components",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Components that other trees ask for, too",
     .unit = "share of the components that gain most",
     .meaning = "of the three components that the tree gains most by, how many are among the three "
                "of a tree on resampled z, in the mean over 20 of these",
     .sentence = "They share # of the three components that they gain most by (1 is all).",
     .sentence_if_zero = "They share none of the three components that they gain most by."},
    SURROGATE_TRIAL_ROWS("tree", "A tree of questions about z"),
    {0}};

enum { MEANS, BEST_ROOT, ADDS_UP, HELD_OUT };

static const explain_check checks[] = {
    [MEANS] = {.name = "tree.nodes_are_means",
               .meaning =
                   "of all nodes: |value - mean target of the fitted z that come there| over "
                   "the target's spread, or over what float keeps of its mean, and |share - "
                   "theirs|, whichever is most",
               .tolerance = 1e-5},
    [BEST_ROOT] = {.name = "tree.root_is_best",
                   .meaning = "gain of the best of all first questions, found by trying each, less "
                              "that of the tree's, over the sum of squares",
                   .tolerance = 1e-5},
    [ADDS_UP] = {.name = "tree.adds_up",
                 .meaning = "|sum of tree.z - (leaf of z - root)| / (sum of magnitudes + |leaf| + "
                            "|root|)",
                 .tolerance = 1e-5,
                 .n_samples = 1},
    [HELD_OUT] = SURROGATE_TRIAL_CHECK("tree"),
    {0}};

/* ---- Fitting ---- */

enum { N_RESAMPLES = 20, N_BEST = 3 };

/* The share of the sum of squares that the questions about each component explain. */
static void fill_importance(float *importance, const grown_tree *t, size_t z_dim)
{
    double *all = allocate(z_dim, sizeof *all);
    for (size_t k = 0; k < t->n; k++)
        if (t->nodes[k * TREE_COLUMNS] >= 0)
            all[(size_t)t->nodes[k * TREE_COLUMNS]] += t->gain[k] / t->all;
    for (size_t c = 0; c < z_dim; c++)
        importance[c] = (float)all[c];
    free(all);
}

/* Trees on samples drawn from the samples with replacement. */
typedef struct {
    const tree_data *d;
    float *importance; /* (N_RESAMPLES, z_dim) */
    float root[N_RESAMPLES];
} resampled_trees;

/* A body of parallel_for. */
static void grow_resampled(size_t i, size_t thread, void *context)
{
    resampled_trees *r = context;
    const tree_data *d = r->d;
    uint32_t *drawn = allocate(d->n, sizeof *drawn), *weight = allocate(d->n, sizeof *weight);
    grown_tree t;
    rng draws = surrogate_rng(SURROGATE_RESAMPLES + i);
    (void)thread;
    rng_fill_below(&draws, drawn, d->n, (uint32_t)d->n);
    for (size_t k = 0; k < d->n; k++)
        weight[drawn[k]]++;
    tree_grow(&t, d, weight);
    r->root[i] = t.nodes[TREE_COMPONENT];
    fill_importance(r->importance + i * d->z_dim, &t, d->z_dim);
    free(drawn);
    free(weight);
}

/* The standard deviation over the resamples, which is the standard error of one tree's. */
static void fill_errors(float *errors, const resampled_trees *r)
{
    for (size_t c = 0; c < r->d->z_dim; c++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < N_RESAMPLES; i++)
            mean += (double)r->importance[i * r->d->z_dim + c] / N_RESAMPLES;
        for (size_t i = 0; i < N_RESAMPLES; i++)
            square += pow((double)r->importance[i * r->d->z_dim + c] - mean, 2);
        errors[c] = (float)sqrt(square / (N_RESAMPLES - 1));
    }
}

/* Components by which a tree gains most: those it gains nothing by are none. */
static size_t find_best(size_t best[N_BEST], const float *importance, size_t z_dim)
{
    size_t n = find_strongest(best, N_BEST, importance, z_dim);
    while (n > 0 && importance[best[n - 1]] == 0)
        n--;
    return n;
}

/* The share of a (n_a) that is in b (n_b). */
static double share_in(const size_t *a, size_t n_a, const size_t *b, size_t n_b)
{
    size_t n = 0;
    for (size_t i = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++)
            n += a[i] == b[k];
    return n_a ? (double)n / (double)n_a : 0;
}

static void keep_agreement(kept_arrays *k, const grown_tree *t, const float *importance,
                           const resampled_trees *r)
{
    size_t own[N_BEST], other[N_BEST], n = find_best(own, importance, r->d->z_dim);
    double root = 0, best = 0;
    for (size_t i = 0; i < N_RESAMPLES; i++) {
        size_t n_other = find_best(other, r->importance + i * r->d->z_dim, r->d->z_dim);
        root += n > 0 && r->root[i] == t->nodes[TREE_COMPONENT];
        best += share_in(own, n, other, n_other);
    }
    *kept_arrays_add(k, "same_root", 1) = (float)(root / N_RESAMPLES);
    *kept_arrays_add(k, "same_components", 1) = (float)(best / N_RESAMPLES);
}

/* How much of t, grown on d, is chance. */
static void keep_resampled(kept_arrays *k, const grown_tree *t, const tree_data *d)
{
    resampled_trees r = {d, allocate(N_RESAMPLES * d->z_dim, sizeof *r.importance), {0}};
    parallel_for(N_RESAMPLES, grow_resampled, &r);
    fill_errors(kept_arrays_add(k, "importance_error", d->z_dim), &r);
    keep_agreement(k, t, kept_arrays_find(k, "importance")->data, &r);
    free(r.importance);
}

static void fit(kept_arrays *k, const prior_sample *s, size_t z_dim, bool has_evidence)
{
    tree_data d;
    grown_tree t;
    tree_data_init(&d, s->z, s->value, s->n, z_dim);
    tree_grow(&t, &d, NULL);
    size_t size = t.n * TREE_COLUMNS;
    memcpy(kept_arrays_add(k, "tree", size), t.nodes, size * sizeof *t.nodes);
    fill_importance(kept_arrays_add(k, "importance", z_dim), &t, z_dim);
    if (has_evidence)
        keep_resampled(k, &t, &d);
    tree_data_release(&d);
}

static float value_at(const float *nodes, const float *z)
{
    size_t leaf;
    tree_walk(nodes, z, &leaf, NULL);
    return nodes[leaf * TREE_COLUMNS + TREE_VALUE];
}

static void predict(float *predicted, const float *z, size_t n, size_t z_dim, const kept_arrays *k)
{
    const float *nodes = kept_arrays_find(k, "tree")->data;
    for (size_t r = 0; r < n; r++)
        predicted[r] = value_at(nodes, z + r * z_dim);
}

static double predict_in_double(const float *z, size_t z_dim, const kept_arrays *k)
{
    (void)z_dim;
    return (double)value_at(kept_arrays_find(k, "tree")->data, z);
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    surrogate_samples s;
    kept_arrays *k = *state = allocate(1, sizeof *k);
    (void)settings;
    (void)e;
    surrogate_samples_init(&s, x, q, SURROGATE_SAMPLES, 0);
    fit(k, &s.fit, x->z_dim, !q->skips_evidence);
    surrogate_keep(k, &s, x->z_dim, predict);
    surrogate_samples_release(&s);
    return 0;
}

/* Whether a node asks for a component of z and leads to nodes `next` and the one behind it. */
static bool is_split(const float *node, size_t next, size_t z_dim)
{
    float c = node[TREE_COMPONENT];
    return c < (float)z_dim && c == floorf(c) && node[TREE_BELOW] == (float)next &&
           node[TREE_ABOVE] == (float)(next + 1);
}

/* Whether the nodes are numbered as those of a tree that is grown: level by level, each but the
 * root behind one split, so that every walk ends, in no more steps than there are levels. */
static bool is_tree(const kept_arrays *k, size_t z_dim)
{
    size_t size = kept_arrays_count(k, "tree"), n = size / TREE_COLUMNS, next = 1;
    size_t depth[TREE_MAX_NODES] = {0};
    for (size_t i = 0; i < n && i < next; i++) {
        const float *node = kept_arrays_find(k, "tree")->data + i * TREE_COLUMNS;
        if (node[TREE_COMPONENT] < 0)
            continue;
        if (depth[i] == TREE_DEPTH || !is_split(node, next, z_dim))
            return false;
        depth[next] = depth[next + 1] = depth[i] + 1;
        next += 2;
    }
    return size == next * TREE_COLUMNS;
}

static bool accepts(const kept_arrays *k, const explainer *x, const explain_request *q,
                    const void *settings)
{
    (void)settings;
    return surrogate_is_kept(k, q, SURROGATE_SAMPLES, 0) && is_tree(k, x->z_dim) &&
           kept_arrays_count(k, "importance") == x->z_dim &&
           kept_arrays_count(k, "importance_error") == x->z_dim &&
           kept_arrays_count(k, "same_root") == 1 && kept_arrays_count(k, "same_components") == 1;
}

/* ---- Checks ---- */

/* The fitted z, drawn anew; the caller frees them. */
static float *draw_fitted(const surrogate *s)
{
    size_t n = kept_arrays_find(s->k, "fitted_to")->n, z_dim = s->t->x->z_dim;
    float *z = allocate(n * z_dim, sizeof *z);
    prior_fill(z, z_dim, DRAW_PRIOR, n);
    return z;
}

/* Sums and numbers (n nodes each) of the targets that come through each node. */
static void sum_by_nodes(double *sums, double *counts, const surrogate *s, const float *z)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to");
    const float *nodes = kept_arrays_find(s->k, "tree")->data;
    size_t path[TREE_DEPTH + 1];
    for (size_t r = 0; r < y->n; r++) {
        size_t length = tree_walk(nodes, z + r * s->t->x->z_dim, &path[TREE_DEPTH], path);
        path[length] = path[TREE_DEPTH];
        for (size_t i = 0; i <= length; i++) {
            sums[path[i]] += (double)y->data[r];
            counts[path[i]]++;
        }
    }
}

/* The spread of the target, or what float keeps of its mean, over the tolerance. */
static double size_of_means(const kept_array *y)
{
    double mean = sum(y->data, y->n) / (double)y->n;
    return fmax(surrogate_spread(y), (double)FLT_EPSILON * fabs(mean) / checks[MEANS].tolerance);
}

static void check_means(const surrogate *s, const float *z)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to"),
                     *tree = kept_arrays_find(s->k, "tree");
    double sums[TREE_MAX_NODES] = {0}, counts[TREE_MAX_NODES] = {0};
    double size = size_of_means(y), most = 0;
    explain_check c = checks[MEANS];
    sum_by_nodes(sums, counts, s, z);
    for (size_t k = 0; k < tree->n / TREE_COLUMNS; k++) {
        const float *node = tree->data + k * TREE_COLUMNS;
        double value = fabs((double)node[TREE_VALUE] - sums[k] / counts[k]) / size;
        double share = fabs((double)node[TREE_SHARE] - counts[k] / (double)y->n);
        most = worse(value, worse(share, most));
    }
    c.value = most;
    c.n_samples = y->n;
    explanation_add_check(s->a, &c);
}

typedef struct {
    float z, y;
} question;

static int compare_questions(const void *a, const void *b)
{
    const question *p = a, *q = b;
    return (p->z > q->z) - (p->z < q->z);
}

/* All questions about each component. */
typedef struct {
    const float *z;
    const kept_array *y;
    size_t z_dim;
    double mean;
    double *gain; /* (z_dim): of the best */
} all_questions;

/* What the samples' sum of squares is less by, where the first n of them, with that sum of targets
 * less their mean, are a group. */
static double gain_of(double sum, size_t n, size_t n_all)
{
    return sum * sum * (1 / (double)n + 1 / (double)(n_all - n));
}

/* A body of parallel_for: each place between two values of component c. */
static void try_component(size_t c, size_t thread, void *context)
{
    const all_questions *all = context;
    size_t n = all->y->n, least = n / TREE_LEAST_PART ? n / TREE_LEAST_PART : 1;
    question *samples = allocate(n, sizeof *samples);
    double below = 0;
    (void)thread;
    for (size_t r = 0; r < n; r++)
        samples[r] = (question){all->z[r * all->z_dim + c], all->y->data[r]};
    qsort(samples, n, sizeof *samples, compare_questions);
    for (size_t r = 1; r + least <= n; r++) {
        below += (double)samples[r - 1].y - all->mean;
        if (r >= least && samples[r].z > samples[r - 1].z)
            all->gain[c] = fmax(all->gain[c], gain_of(below, r, n));
    }
    free(samples);
}

static double gain_of_root(const all_questions *all, const float *root)
{
    double below = 0;
    size_t n = 0, c = (size_t)fmaxf(root[TREE_COMPONENT], 0);
    for (size_t r = 0; root[TREE_COMPONENT] >= 0 && r < all->y->n; r++)
        if (all->z[r * all->z_dim + c] < root[TREE_THRESHOLD]) {
            below += (double)all->y->data[r] - all->mean;
            n++;
        }
    return n > 0 && n < all->y->n ? gain_of(below, n, all->y->n) : 0;
}

static void check_root(const surrogate *s, const float *z)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to");
    size_t z_dim = s->t->x->z_dim;
    double spread = surrogate_spread(y), best = 0;
    all_questions all = {z, y, z_dim, sum(y->data, y->n) / (double)y->n,
                         allocate(z_dim, sizeof(double))};
    explain_check c = checks[BEST_ROOT];
    parallel_for(z_dim, try_component, &all);
    for (size_t i = 0; i < z_dim; i++)
        best = fmax(best, all.gain[i]);
    c.value = fmax(best - gain_of_root(&all, kept_arrays_find(s->k, "tree")->data), 0) /
              ((double)y->n * spread * spread);
    c.n_samples = z_dim;
    explanation_add_check(s->a, &c);
    free(all.gain);
}

static void check_sum(const surrogate *s, const float *found)
{
    const float *nodes = kept_arrays_find(s->k, "tree")->data;
    double here = (double)value_at(nodes, s->t->rows->z), root = (double)nodes[TREE_VALUE];
    double size = fabs(here) + fabs(root);
    explain_check c = checks[ADDS_UP];
    for (size_t i = 0; i < s->t->x->z_dim; i++)
        size += fabs((double)found[i]);
    c.value = size == 0 ? 0 : fabs(sum(found, s->t->x->z_dim) - (here - root)) / size;
    explanation_add_check(s->a, &c);
}

static void add_checks(const surrogate *s)
{
    float *z = draw_fitted(s);
    check_means(s, z);
    check_root(s, z);
    check_sum(s, explanation_find(s->a, "tree.z")->data);
    surrogate_check_trial(s, &checks[HELD_OUT]);
    free(z);
}

/* ---- Running ---- */

/* Each question on z's way is its component's. */
static void add_way(const surrogate *s)
{
    const float *nodes = kept_arrays_find(s->k, "tree")->data;
    size_t path[TREE_DEPTH + 1], length;
    length = tree_walk(nodes, s->t->rows->z, &path[TREE_DEPTH], path);
    path[length] = path[TREE_DEPTH];
    float *found = explanation_add(s->a, "tree.z", 0, 0);
    for (size_t i = 0; i < length; i++) {
        const float *from = nodes + path[i] * TREE_COLUMNS,
                    *to = nodes + path[i + 1] * TREE_COLUMNS;
        found[(size_t)from[TREE_COMPONENT]] += to[TREE_VALUE] - from[TREE_VALUE];
    }
    *explanation_add(s->a, "tree.path_length", 0, 0) = (float)length;
}

/* What was kept under a name, if it was, is the array of that name. */
static void add_kept(const surrogate *s, const char *array, const char *name, size_t rows)
{
    const kept_array *k = kept_arrays_find(s->k, name);
    if (!k)
        return;
    memcpy(explanation_add(s->a, array, rows, 0), k->data, k->n * sizeof *k->data);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const surrogate s = {t, a, t->state, "tree", "tree, of ", predict_in_double};
    (void)e;
    add_way(&s);
    add_kept(&s, "tree.tree", "tree", kept_arrays_find(s.k, "tree")->n / TREE_COLUMNS);
    add_kept(&s, "tree.importance", "importance", 0);
    add_kept(&s, "tree.importance_error", "importance_error", 0);
    add_kept(&s, "tree.same_root", "same_root", 0);
    add_kept(&s, "tree.same_components", "same_components", 0);
    surrogate_add_trial(&s);
    if (!t->q->skips_checks)
        add_checks(&s);
    return 0;
}

const explain_method tree_method = {
    .name = "tree",
    .summary = "a small decision tree of z, fitted to the target over the prior: which questions "
               "about z tell most, and the way that this z takes",
    .source = "Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees",
    .lies = "A few questions are few for a long z: where R2 is near 0 or other trees ask first "
            "for other components, which questions were asked is mostly chance.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_SAMPLES,
    .prepare = prepare,
    .run = run,
    .release = kept_arrays_free,
    .accepts = accepts,
};
