/* SPDX-License-Identifier: MIT */
/* Decision trees over the prior: grown by hand, against a plain search, and broken on purpose. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "surrogate_scene.h"
#include "../src/explain/tree_detail.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

static grown_tree grown(const float *z, const float *y, size_t n, size_t z_dim)
{
    tree_data d;
    grown_tree t;
    tree_data_init(&d, z, y, n, z_dim);
    tree_grow(&t, &d, NULL);
    tree_data_release(&d);
    return t;
}

static float cell(const grown_tree *t, size_t node, size_t column)
{
    return t->nodes[node * TREE_COLUMNS + column];
}

/* ---- By hand ---- */

static void a_tree_of_four_samples_is_grown_as_by_hand(void **state)
{
    /* z0 parts 1, 3 from 11, 13; then z1 parts each */
    const float z[4][2] = {{0, 0}, {0.5f, 1}, {2, 0}, {3, 1}}, y[4] = {1, 3, 11, 13};
    grown_tree t = grown(z[0], y, 4, 2);
    size_t leaf, path[TREE_DEPTH];
    (void)state;
    assert_int_equal(t.n, 7);
    assert_true(cell(&t, 0, TREE_COMPONENT) == 0 && cell(&t, 0, TREE_THRESHOLD) == 1.25f);
    assert_true(cell(&t, 0, TREE_VALUE) == 7 && cell(&t, 0, TREE_SHARE) == 1);
    assert_true(cell(&t, 1, TREE_VALUE) == 2 && cell(&t, 2, TREE_VALUE) == 12);
    assert_true(cell(&t, 1, TREE_SHARE) == 0.5f && cell(&t, 3, TREE_VALUE) == 1);
    assert_close(t.gain, ((double[]){100, 2, 2}), 3, 1e-12, 0);
    assert_close(&t.all, &(double){104}, 1, 1e-12, 0);
    /* on a threshold z is above it */
    assert_int_equal(tree_walk(t.nodes, ((float[]){1.25f, 0.2f}), &leaf, path), 2);
    assert_true(path[0] == 0 && path[1] == 2 && cell(&t, leaf, TREE_VALUE) == 11);
}

static void equal_gains_go_to_the_least_component_and_place(void **state)
{
    /* all components are the same, and 0 | 1 0 gains what 0 1 | 0 does */
    const float z[3][2] = {{1, 1}, {2, 2}, {3, 3}}, y[3] = {0, 1, 0};
    const float twins[2][3] = {{5, 1, 1}, {5, 2, 2}}, steps[2] = {0, 1};
    grown_tree t = grown(z[0], y, 3, 2), u = grown(twins[0], steps, 2, 3);
    (void)state;
    assert_true(cell(&t, 0, TREE_COMPONENT) == 0 && cell(&t, 0, TREE_THRESHOLD) == 1.5f);
    assert_true(cell(&u, 0, TREE_COMPONENT) == 1);
}

static void what_cannot_be_told_apart_is_a_leaf(void **state)
{
    const float same_z[3] = {2, 2, 2}, z[3] = {1, 2, 3}, y[3] = {1, 2, 3}, same_y[3] = {5, 5, 5};
    grown_tree t = grown(same_z, y, 3, 1), u = grown(z, same_y, 3, 1);
    (void)state;
    assert_true(t.n == 1 && cell(&t, 0, TREE_COMPONENT) < 0 && cell(&t, 0, TREE_VALUE) == 2);
    assert_true(u.n == 1 && cell(&u, 0, TREE_VALUE) == 5 && u.all == 0);
}

static void a_threshold_parts_neighbouring_floats(void **state)
{
    const float low = 1, high = nextafterf(1, 2), z[2] = {low, high}, y[2] = {0, 1};
    grown_tree t = grown(z, y, 2, 1);
    (void)state;
    assert_true(cell(&t, 0, TREE_THRESHOLD) > low && cell(&t, 0, TREE_THRESHOLD) <= high);
    /* the upper one is on the threshold, and above it */
    assert_true(cell(&t, 1, TREE_VALUE) == 0 && cell(&t, 2, TREE_VALUE) == 1);
    assert_true(cell(&t, 1, TREE_SHARE) == 0.5f && cell(&t, 2, TREE_SHARE) == 0.5f);
}

/* One sample far from all is no leaf: it is less than a 64th. */
static void a_leaf_has_its_part_of_the_samples(void **state)
{
    enum { N = 256 };
    float z[N], y[N] = {0};
    (void)state;
    for (size_t i = 0; i < N; i++)
        z[i] = (float)i;
    y[N - 1] = 1000;
    grown_tree t = grown(z, y, N, 1);
    for (size_t k = 0; k < t.n; k++)
        assert_true(cell(&t, k, TREE_SHARE) >= 4.0f / N);
    assert_true(cell(&t, 0, TREE_THRESHOLD) == N - 4.5f);
}

/* ---- Order and weights ---- */

static void the_order_of_the_samples_is_of_no_matter(void **state)
{
    enum { N = 500, COLUMNS = 4 };
    float *z = draw(N * COLUMNS, 1), *y = draw(N, 2), *other_z = allocate(N * COLUMNS, sizeof *z);
    float other_y[N];
    uint32_t order[N];
    rng r = rng_init(3, 3);
    (void)state;
    rng_fill_permutation(&r, order, N);
    for (size_t i = 0; i < N; i++) {
        z[i * COLUMNS] = roundf(z[i * COLUMNS] * 4); /* equal values, too */
        y[i] += 3;
    }
    for (size_t i = 0; i < N; i++) {
        memcpy(other_z + i * COLUMNS, z + order[i] * COLUMNS, COLUMNS * sizeof *z);
        other_y[i] = y[order[i]];
    }
    grown_tree t = grown(z, y, N, COLUMNS), u = grown(other_z, other_y, N, COLUMNS);
    assert_int_equal(t.n, u.n);
    assert_true(t.n > 20 && t.all == u.all);
    assert_memory_equal(t.nodes, u.nodes, t.n * TREE_COLUMNS * sizeof *t.nodes);
    assert_memory_equal(t.gain, u.gain, t.n * sizeof *t.gain);
    free(z);
    free(y);
    free(other_z);
}

static void a_weight_is_a_number_of_samples(void **state)
{
    const float z[4] = {1, 2, 3, 4}, y[4] = {0, 6, 9, 9}, many_z[5] = {1, 2, 2, 2, 4};
    const float many_y[5] = {0, 6, 6, 6, 9};
    const uint32_t weight[4] = {1, 3, 0, 1};
    grown_tree t, u = grown(many_z, many_y, 5, 1);
    tree_data d;
    (void)state;
    tree_data_init(&d, z, y, 4, 1);
    tree_grow(&t, &d, weight);
    tree_data_release(&d);
    assert_int_equal(t.n, u.n);
    assert_close(t.nodes, u.nodes, t.n * TREE_COLUMNS, 1e-6, 0);
}

/* ---- Against a plain search ---- */

/* Squares about the means of the two groups that z below the threshold makes. */
static double squares_left(const float *z, const float *y, size_t n, size_t c, float threshold)
{
    double left = 0;
    for (int side = 0; side < 2; side++) {
        double mean = 0, count = 0;
        for (size_t i = 0; i < n; i++)
            if ((z[i * Z + c] < threshold) == side) {
                mean += (double)y[i];
                count++;
            }
        mean /= count;
        for (size_t i = 0; i < n; i++)
            if ((z[i * Z + c] < threshold) == side)
                left += pow((double)y[i] - mean, 2);
    }
    return left;
}

static void the_first_question_leaves_the_least_squares(void **state)
{
    enum { N = 60 };
    float *z = draw(N * Z, 6), *y = draw(N, 7);
    (void)state;
    grown_tree t = grown(z, y, N, Z);
    double own =
        squares_left(z, y, N, (size_t)cell(&t, 0, TREE_COMPONENT), cell(&t, 0, TREE_THRESHOLD));
    assert_close(&(double){t.all - own}, t.gain, 1, 1e-9, 0);
    for (size_t c = 0; c < Z; c++)
        for (size_t i = 0; i < N; i++) {
            bool is_least = true;
            for (size_t k = 0; k < N; k++)
                is_least = is_least && z[k * Z + c] >= z[i * Z + c];
            if (!is_least)
                assert_true(squares_left(z, y, N, c, z[i * Z + c]) >= own - 1e-9);
        }
    free(z);
    free(y);
}

/* ---- Any run ---- */

static void steps_lead_from_the_mean_to_the_leaf(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "tree", z, 3);
    const named_array *tree = whole_array_of(&a, "tree.tree"),
                      *steps = whole_array_of(&a, "tree.z");
    size_t leaf, path[TREE_DEPTH], length = tree_walk(tree->data, z, &leaf, path);
    double way = sum(steps->data, Z);
    (void)state;
    assert_true(length > 1 && *array_of(&a, "tree.path_length") == (float)length);
    assert_close(&way,
                 &(float){tree->data[leaf * TREE_COLUMNS + TREE_VALUE] - tree->data[TREE_VALUE]}, 1,
                 1e-5, 1e-6);
    for (size_t i = 0; i < Z; i++) {
        bool is_asked = false;
        for (size_t k = 0; k < length; k++)
            is_asked = is_asked || tree->data[path[k] * TREE_COLUMNS] == (float)i;
        assert_true(is_asked == (steps->data[i] != 0));
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* The logit is 3 z1: all trees ask for that alone, and gain all of its variance that 16 steps can.
 */
static void a_target_of_one_component_is_asked_for_it_alone(void **state)
{
    scene s = scene_of("784", "1", 3);
    const float z[3] = {1, -2, 0.5f};
    (void)state;
    s.g.layers[0].weight.data[1] = 3;
    s.d.layers[0].weight.data[0] = 1;
    aim(&s, "logit");
    explain_request many = few_samples;
    many.n_samples = 640;
    surrogate_run r = surrogate_run_of(&s, "tree", &many);
    explanation a = surrogate_explained(&r, z);
    const float *gain = array_of(&a, "tree.importance"), *steps = array_of(&a, "tree.z");
    assert_true(gain[0] == 0 && gain[2] == 0 && gain[1] > 0.95f && gain[1] < 1);
    assert_true(steps[0] == 0 && steps[2] == 0 && steps[1] < -4);
    assert_true(*array_of(&a, "tree.same_root") == 1 && *array_of(&a, "tree.same_components") == 1);
    assert_true(*array_of(&a, "tree.fidelity") > 0.95f);
    float gain_error = array_of(&a, "tree.importance_error")[1];
    assert_true(gain_error > 5e-4f && gain_error < 0.01f); /* the resamples are not one */
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* What tree i of the resamples of s gains by component 0, as a share. */
static double resampled_gain(const tree_data *d, uint64_t i)
{
    uint32_t *drawn = allocate(d->n, sizeof *drawn), *weight = allocate(d->n, sizeof *weight);
    rng r = surrogate_rng(SURROGATE_RESAMPLES + i);
    grown_tree t;
    double gain = 0;
    rng_fill_below(&r, drawn, d->n, (uint32_t)d->n);
    for (size_t k = 0; k < d->n; k++)
        weight[drawn[k]]++;
    tree_grow(&t, d, weight);
    for (size_t k = 0; k < t.n; k++)
        gain += cell(&t, k, TREE_COMPONENT) == 0 ? t.gain[k] / t.all : 0;
    free(drawn);
    free(weight);
    return gain;
}

/* That of one tree, not of the mean of all. */
static void the_error_of_a_gain_is_the_spread_over_resamples(void **state)
{
    enum { N_TREES = 20, N_FITTED = 64 };
    scene s = trained_scene("logit");
    float *here = draw(Z, 4), *z = allocate(N_FITTED * Z, sizeof *z);
    surrogate_run r = surrogate_run_of(&s, "tree", &few_samples);
    explanation a = surrogate_explained(&r, here);
    double gain[N_TREES], mean = 0, square = 0;
    tree_data d;
    (void)state;
    prior_fill(z, Z, DRAW_PRIOR, N_FITTED);
    tree_data_init(&d, z, kept_arrays_find(kept_by(&r), "fitted_to")->data, N_FITTED, Z);
    for (size_t i = 0; i < N_TREES; i++) {
        gain[i] = resampled_gain(&d, i);
        mean += gain[i] / N_TREES;
    }
    for (size_t i = 0; i < N_TREES; i++)
        square += (gain[i] - mean) * (gain[i] - mean);
    assert_close(array_of(&a, "tree.importance_error"), &(double){sqrt(square / (N_TREES - 1))}, 1,
                 1e-4, 0);
    assert_true(square > 0);
    tree_data_release(&d);
    explanation_release(&a);
    surrogate_run_release(&r);
    free(here);
    free(z);
    scene_release(&s);
}

static void a_target_that_never_changes_has_no_question(void **state)
{
    scene s = scene_of("784", "1", 2);
    const float z[2] = {1, 2};
    error e = {0};
    (void)state;
    s.d.layers[0].bias[0] = 3;
    aim(&s, "logit");
    explanation a = explained_by(&s, "tree", z, 3);
    assert_true(*array_of(&a, "tree.path_length") == 0 && *array_of(&a, "tree.fidelity") == 0);
    assert_true(*array_of(&a, "tree.same_root") == 0 && array_of(&a, "tree.z")[0] == 0);
    assert_int_equal(whole_array_of(&a, "tree.predicted")->shape[1], 1);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* The logit is 3 and z0 / 10000: float keeps of its mean less than a part in 1000 of its spread. */
static void a_spread_far_below_the_mean_is_no_fault(void **state)
{
    scene s = scene_of("784", "1", 1);
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = 1e-4f;
    s.d.layers[0].weight.data[0] = 1;
    s.d.layers[0].bias[0] = 3;
    aim(&s, "logit");
    explanation a = explained_by(&s, "tree", (float[]){1}, 3);
    assert_true(*array_of(&a, "tree.fidelity") > 0.9f);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

static void every_target_has_a_tree_that_passes_its_checks(void **state)
{
    (void)state;
    every_target_passes("tree");
}

static void the_tree_is_the_same_for_all_z_and_any_threads(void **state)
{
    (void)state;
    a_fit_is_shared_and_the_same_on_any_threads("tree", "tree.tree");
}

/* ---- What comes from a file ---- */

static void a_fit_that_was_kept_is_taken_if_it_is_whole(void **state)
{
    (void)state;
    what_is_not_whole_is_refused("tree");
    what_was_kept_is_not_fitted_again("tree");
}

/* In a run whose tree is one leaf and the splits of these nodes (n, rising), as they are grown. */
static void grow_by_hand(surrogate_run *r, const size_t *splits, size_t n)
{
    kept_array *tree = (kept_array *)(uintptr_t)kept_arrays_find(kept_by(r), "tree");
    tree->n = (1 + 2 * n) * TREE_COLUMNS;
    free(tree->data);
    tree->data = allocate(tree->n, sizeof *tree->data);
    for (size_t i = 0; i < tree->n; i += TREE_COLUMNS)
        tree->data[i + TREE_COMPONENT] = -1;
    for (size_t i = 0; i < n; i++) {
        float *node = tree->data + splits[i] * TREE_COLUMNS;
        node[TREE_COMPONENT] = (float)(i % Z);
        node[TREE_BELOW] = (float)(1 + 2 * i);
        node[TREE_ABOVE] = (float)(2 + 2 * i);
    }
}

static void a_kept_tree_is_no_deeper_than_a_grown_one(void **state)
{
    static const size_t chain[] = {0, 1, 3, 5, 7};
    size_t all[31];
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, "tree", &few_samples);
    (void)state;
    for (size_t i = 0; i < 31; i++)
        all[i] = i;
    grow_by_hand(&r, chain, 0);
    assert_true(is_accepted(&r));
    grow_by_hand(&r, chain, TREE_DEPTH);
    assert_true(is_accepted(&r));
    grow_by_hand(&r, chain, TREE_DEPTH + 1);
    assert_false(is_accepted(&r));
    grow_by_hand(&r, all, 15);
    assert_true(is_accepted(&r));
    grow_by_hand(&r, all, 31);
    assert_false(is_accepted(&r));
    surrogate_run_release(&r);
    scene_release(&s);
}

/* Of 7 nodes: 0 leads to 1 and 2, 1 to 3 and 4, 2 to 5 and 6. */
static void a_kept_tree_leads_to_each_node_once(void **state)
{
    static const struct {
        size_t node, column;
        float value;
    } wrong[] = {{0, TREE_BELOW, 0},      {0, TREE_BELOW, 2},        {0, TREE_ABOVE, 1},
                 {1, TREE_BELOW, 0},      {1, TREE_BELOW, 5},        {2, TREE_ABOVE, 7},
                 {2, TREE_ABOVE, 1e30f},  {0, TREE_BELOW, -1},       {0, TREE_BELOW, 1.5f},
                 {0, TREE_COMPONENT, Z},  {0, TREE_COMPONENT, 0.5f}, {0, TREE_COMPONENT, 1e30f},
                 {0, TREE_COMPONENT, -1}, {2, TREE_COMPONENT, -1},   {6, TREE_COMPONENT, 0}};
    static const size_t splits[] = {0, 1, 2};
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, "tree", &few_samples);
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        grow_by_hand(&r, splits, 3);
        assert_true(is_accepted(&r));
        kept_arrays_find(kept_by(&r), "tree")
            ->data[wrong[i].node * TREE_COLUMNS + wrong[i].column] = wrong[i].value;
        if (is_accepted(&r))
            fail_msg("wrong tree %zu is accepted", i);
    }
    surrogate_run_release(&r);
    scene_release(&s);
}

/* Its root is a leaf, and behind it is a split that leads to itself. */
static void nodes_that_no_question_leads_to_are_refused(void **state)
{
    static const size_t splits[] = {0};
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, "tree", &few_samples);
    (void)state;
    grow_by_hand(&r, splits, 1);
    float *nodes = kept_arrays_find(kept_by(&r), "tree")->data;
    memcpy(nodes + TREE_COLUMNS, nodes, TREE_COLUMNS * sizeof *nodes);
    nodes[TREE_COMPONENT] = -1;
    assert_false(is_accepted(&r));
    surrogate_run_release(&r);
    scene_release(&s);
}

/* ---- Planted faults ---- */

/* The tree's predictions of the z that it was fitted to, in place of the others. */
static void leak(kept_arrays *k)
{
    kept_array held_out = *kept_arrays_find(k, "held_out");
    const float *tree = kept_arrays_find(k, "tree")->data;
    float *z = allocate(held_out.n * Z, sizeof *z);
    prior_fill(z, Z, DRAW_PRIOR, held_out.n);
    for (size_t r = 0; r < held_out.n; r++) {
        size_t leaf;
        tree_walk(tree, z + r * Z, &leaf, NULL);
        held_out.data[r] = kept_arrays_find(k, "fitted_to")->data[r];
        kept_arrays_find(k, "predicted")->data[r] = tree[leaf * TREE_COLUMNS + TREE_VALUE];
    }
    free(z);
}

/* The same samples without what the tree asks for first: a tree as right as one can be of them. */
static void drop(kept_arrays *k)
{
    size_t n = kept_arrays_find(k, "fitted_to")->n;
    kept_array *tree = (kept_array *)(uintptr_t)kept_arrays_find(k, "tree");
    float *z = allocate(n * Z, sizeof *z);
    size_t dropped = (size_t)tree->data[TREE_COMPONENT];
    prior_fill(z, Z, DRAW_PRIOR, n);
    for (size_t r = 0; r < n; r++)
        z[r * Z + dropped] = 0;
    grown_tree t = grown(z, kept_arrays_find(k, "fitted_to")->data, n, Z);
    tree->n = t.n * TREE_COLUMNS;
    tree->data = reallocate(tree->data, tree->n, sizeof *tree->data);
    memcpy(tree->data, t.nodes, tree->n * sizeof *tree->data);
    free(z);
}

static void shift(kept_arrays *k)
{
    kept_array tree = *kept_arrays_find(k, "tree");
    for (size_t i = 0; i < tree.n; i += TREE_COLUMNS)
        tree.data[i + TREE_VALUE] += 0.1f;
}

static void share_wrongly(kept_arrays *k)
{
    kept_arrays_find(k, "tree")->data[TREE_COLUMNS + TREE_SHARE] *= 1.01f;
}

static void turn(kept_arrays *k)
{
    float *root = kept_arrays_find(k, "tree")->data, below = root[TREE_BELOW];
    root[TREE_BELOW] = root[TREE_ABOVE];
    root[TREE_ABOVE] = below;
}

static void a_planted_fault_breaks_its_check(void **state)
{
    static const struct {
        void (*plant)(kept_arrays *k);
        const char *check;
    } faults[] = {{leak, "tree.held_out_against_double"}, {shift, "tree.held_out_against_double"},
                  {turn, "tree.held_out_against_double"}, {drop, "tree.root_is_best"},
                  {shift, "tree.nodes_are_means"},        {share_wrongly, "tree.nodes_are_means"},
                  {turn, "tree.nodes_are_means"}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (is_met_with("tree", faults[i].plant, faults[i].check))
            fail_msg("fault %zu is not seen by %s", i, faults[i].check);
}

static void without_evidence_it_is_the_same_tree_and_no_other_ones(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = few_samples;
    float *z = draw(Z, 4);
    (void)state;
    surrogate_run whole = surrogate_run_of(&s, "tree", &q);
    q.skips_evidence = q.skips_checks = true;
    surrogate_run bare = surrogate_run_of(&s, "tree", &q);
    explanation a = surrogate_explained(&whole, z), b = surrogate_explained(&bare, z);
    static const char *const kept[] = {"tree.z", "tree.tree", "tree.importance", "tree.fidelity"};
    for (size_t i = 0; i < 4; i++) {
        const named_array *v = whole_array_of(&a, kept[i]);
        assert_memory_equal(v->data, array_of(&b, kept[i]), v->n * sizeof(float));
    }
    assert_non_null(explanation_find(&a, "tree.same_root"));
    assert_null(explanation_find(&b, "tree.same_root"));
    assert_false(is_accepted(&bare)); /* it is no fit for who wants all */
    explanation_release(&a);
    explanation_release(&b);
    surrogate_run_release(&whole);
    surrogate_run_release(&bare);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_of_four_samples_is_grown_as_by_hand),
        cmocka_unit_test(equal_gains_go_to_the_least_component_and_place),
        cmocka_unit_test(what_cannot_be_told_apart_is_a_leaf),
        cmocka_unit_test(a_threshold_parts_neighbouring_floats),
        cmocka_unit_test(a_leaf_has_its_part_of_the_samples),
        cmocka_unit_test(the_order_of_the_samples_is_of_no_matter),
        cmocka_unit_test(a_weight_is_a_number_of_samples),
        cmocka_unit_test(the_first_question_leaves_the_least_squares),
        cmocka_unit_test(steps_lead_from_the_mean_to_the_leaf),
        cmocka_unit_test(a_target_of_one_component_is_asked_for_it_alone),
        cmocka_unit_test(the_error_of_a_gain_is_the_spread_over_resamples),
        cmocka_unit_test(a_target_that_never_changes_has_no_question),
        cmocka_unit_test(a_spread_far_below_the_mean_is_no_fault),
        cmocka_unit_test(every_target_has_a_tree_that_passes_its_checks),
        cmocka_unit_test(the_tree_is_the_same_for_all_z_and_any_threads),
        cmocka_unit_test(a_fit_that_was_kept_is_taken_if_it_is_whole),
        cmocka_unit_test(a_kept_tree_is_no_deeper_than_a_grown_one),
        cmocka_unit_test(a_kept_tree_leads_to_each_node_once),
        cmocka_unit_test(nodes_that_no_question_leads_to_are_refused),
        cmocka_unit_test(a_planted_fault_breaks_its_check),
        cmocka_unit_test(without_evidence_it_is_the_same_tree_and_no_other_ones),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
