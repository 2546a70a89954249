/* SPDX-License-Identifier: MIT */
/* shap: games whose Shapley values are known, the three ways to them, and faults that its checks
 * find. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "local_scene.h"
#include "../src/explain/shap_detail.h"
#include "use_threads.h"

enum { MAX_GROUPS = 12, N_WAYS = 3 };

/* ---- Toy games ---- */

/* v of a set of groups, given as bits. */
typedef double game(uint32_t set, const void *context);

static uint32_t set_of(const shap_sample *s, size_t row)
{
    uint32_t set = 0;
    for (size_t k = 0; k < s->n_groups; k++)
        set |= (uint32_t)s->present[row * s->n_groups + k] << k;
    return set;
}

/* What is known of v from about n coalitions, drawn by seed; released by the caller. */
static shap_sample played(game *v, const void *context, size_t n_groups, shap_way way, size_t n,
                          uint64_t seed)
{
    const explain_request q = {.probe = seed};
    const explain_task t = {.q = &q};
    const coalition_game g = {.f = {.t = &t}, .groups = {.n = n_groups}};
    shap_sample s;
    shap_sample_init(&s, &g, way, n);
    for (size_t i = 0; i < s.n; i++)
        s.value[i] = v(set_of(&s, i), context);
    s.ends = (coalition_ends){.all = v((1u << n_groups) - 1, context), .none = v(0, context)};
    shap_sample_solve(&s);
    return s;
}

static double factorial(size_t n) { return n < 2 ? 1 : (double)n * factorial(n - 1); }

/* By Shapley's formula, set by set. */
static void brute_force(double *part, game *v, const void *context, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        part[k] = 0;
        for (uint32_t set = 0; set < 1u << n; set++) {
            size_t size = (size_t)__builtin_popcount(set);
            if (set >> k & 1)
                continue;
            part[k] += factorial(size) * factorial(n - size - 1) / factorial(n) *
                       (v(set | 1u << k, context) - v(set, context));
        }
    }
}

/* A number for each set, as if drawn. */
static double arbitrary(uint32_t set, const void *context)
{
    uint32_t out[4];
    philox4x32_10(out, (const uint32_t[4]){set, 0, 0, 0},
                  (const uint32_t[2]){*(const uint32_t *)context, 1});
    return (double)out[0] / 4294967296.0 + (double)__builtin_popcount(set);
}

/* 3 and 5 bring 1 together; 0 and 1 are alike; 2 brings nothing; 4 brings 2 alone. */
static double known(uint32_t set, const void *context)
{
    (void)context;
    return 7 + ((set >> 3 & 1) && (set >> 5 & 1) ? 1 : 0) + 2 * (double)(set >> 4 & 1) +
           3 * (double)((set & 3) == 3) - 1.5 * (double)((set & 3) != 0);
}

static double additive(uint32_t set, const void *context)
{
    double v = 1;
    (void)context;
    for (size_t k = 0; k < MAX_GROUPS; k++)
        v += (double)(set >> k & 1) * ((double)k - 3.25);
    return v;
}

static const double known_parts[6] = {0.75, 0.75, 0, 0.5, 2, 0.5};

static void a_known_game_is_shared_out_as_by_hand(void **state)
{
    (void)state;
    shap_sample s = played(known, NULL, 6, SHAP_EXACT, 0, 1);
    assert_close(s.part, known_parts, 6, 1e-12, 1e-12);
    shap_sample_release(&s);
    s = played(known, NULL, 6, SHAP_KERNEL, 64, 1);
    assert_close(s.part, known_parts, 6, 1e-12, 1e-12);
    shap_sample_release(&s);
}

static void all_coalitions_give_what_brute_force_does(void **state)
{
    double want[MAX_GROUPS];
    (void)state;
    for (uint32_t n = 1; n <= MAX_GROUPS; n++) {
        brute_force(want, arbitrary, &n, n);
        shap_sample s = played(arbitrary, &n, n, SHAP_EXACT, 0, 1);
        assert_close(s.part, want, n, 1e-10, 1e-12);
        shap_sample_release(&s);
        if (n < 2)
            continue;
        s = played(arbitrary, &n, n, SHAP_KERNEL, 1u << n, 1);
        if (s.n / 2 == s.n_enumerated)
            assert_close(s.part, want, n, 1e-10, 1e-12);
        else
            assert_true(n < 4);
        for (size_t k = 0; k < n; k++)
            assert_true(s.error[k] == 0);
        shap_sample_release(&s);
    }
}

static void samples_come_near_what_brute_force_gives(void **state)
{
    const uint32_t key = 5;
    double want[MAX_GROUPS];
    (void)state;
    brute_force(want, arbitrary, &key, MAX_GROUPS);
    for (shap_way way = SHAP_KERNEL; (size_t)way < N_WAYS; way++) {
        shap_sample s = played(arbitrary, &key, MAX_GROUPS, way, 600, 2);
        for (size_t k = 0; k < MAX_GROUPS; k++) {
            assert_true(s.error[k] > 0 && s.error[k] < 0.1);
            assert_true(fabs(s.part[k] - want[k]) < 4 * s.error[k]);
        }
        shap_sample_release(&s);
    }
}

static void parts_add_up_whatever_was_drawn(void **state)
{
    const uint32_t key = 9;
    (void)state;
    for (shap_way way = 0; (size_t)way < N_WAYS; way++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            shap_sample s = played(arbitrary, &key, MAX_GROUPS, way, 60, seed);
            double all = 0, total = s.ends.all - s.ends.none;
            for (size_t k = 0; k < MAX_GROUPS; k++)
                all += s.part[k];
            assert_close(&all, &total, 1, 1e-12, 0);
            shap_sample_release(&s);
        }
}

static void an_additive_game_has_no_error(void **state)
{
    (void)state;
    for (shap_way way = 0; (size_t)way < N_WAYS; way++) {
        shap_sample s = played(additive, NULL, MAX_GROUPS, way, 60, 3);
        for (size_t k = 0; k < MAX_GROUPS; k++) {
            assert_close(&s.part[k], &(double){(double)k - 3.25}, 1, 1e-11, 0);
            assert_true(s.error[k] < 1e-9);
        }
        shap_sample_release(&s);
    }
}

/* What group 2 is without is a dummy: it adds nothing, whichever orders are drawn. */
static void a_dummy_gets_nothing_and_likes_get_alike(void **state)
{
    (void)state;
    for (shap_way way = 0; (size_t)way < N_WAYS; way++) {
        shap_sample s = played(known, NULL, 6, way, way == SHAP_KERNEL ? 64 : 300, 3);
        assert_true(fabs(s.part[2]) < 1e-12);
        assert_true(fabs(s.part[0] - s.part[1]) < (way == SHAP_PERMUTATION ? 0.2 : 1e-12));
        shap_sample_release(&s);
    }
}

typedef struct {
    uint32_t one, other;
} two_keys;

static double both(uint32_t set, const void *context)
{
    const two_keys *k = context;
    return 2 * arbitrary(set, &k->one) - 3 * arbitrary(set, &k->other);
}

/* Of the same coalitions. */
static void parts_of_a_sum_are_sums_of_parts(void **state)
{
    const two_keys keys = {3, 4};
    (void)state;
    for (shap_way way = 0; (size_t)way < N_WAYS; way++) {
        shap_sample s = played(both, &keys, 8, way, 100, 3);
        shap_sample one = played(arbitrary, &keys.one, 8, way, 100, 3);
        shap_sample other = played(arbitrary, &keys.other, 8, way, 100, 3);
        for (size_t k = 0; k < 8; k++)
            assert_close(&s.part[k], &(double){2 * one.part[k] - 3 * other.part[k]}, 1, 1e-10,
                         1e-12);
        shap_sample_release(&s);
        shap_sample_release(&one);
        shap_sample_release(&other);
    }
}

/* ---- Coalitions ---- */

static void coalitions_come_in_pairs_with_their_complements(void **state)
{
    (void)state;
    for (shap_way way = SHAP_KERNEL; (size_t)way < N_WAYS; way++) {
        shap_sample s = played(additive, NULL, MAX_GROUPS, way, 200, 3);
        assert_true(s.n <= 200 && s.n > 100);
        for (size_t i = 0; i < s.n; i += 2)
            assert_int_equal(set_of(&s, i) ^ set_of(&s, i + 1), (1u << MAX_GROUPS) - 1);
        shap_sample_release(&s);
    }
}

/* 12 pairs with one group alone, 66 with two; the others by their weight. */
static void small_coalitions_are_all_there_once(void **state)
{
    bool is_there[1 << MAX_GROUPS] = {false};
    double all = 0, wanted = 0;
    (void)state;
    shap_sample s = played(additive, NULL, MAX_GROUPS, SHAP_KERNEL, 1000, 3);
    assert_int_equal(s.n_enumerated, 12 + 66);
    for (size_t i = 0; i < s.n_enumerated; i++) {
        uint32_t set = set_of(&s, 2 * i);
        assert_false(is_there[set]);
        is_there[set] = true;
        assert_int_equal(__builtin_popcount(set), i < 12 ? 1 : 2);
    }
    for (size_t k = 1; k <= 6; k++)
        wanted += shap_size_weight(12, k);
    for (size_t i = 0; i < s.n / 2; i++)
        all += s.weight[i];
    assert_close(&all, &wanted, 1, 1e-12, 0);
    shap_sample_release(&s);
}

static void fewer_coalitions_than_groups_need_are_raised(void **state)
{
    (void)state;
    shap_sample s = played(additive, NULL, MAX_GROUPS, SHAP_KERNEL, 1, 3);
    assert_int_equal(s.n, 8 * MAX_GROUPS);
    shap_sample_release(&s);
    s = played(additive, NULL, MAX_GROUPS, SHAP_PERMUTATION, 1, 3);
    assert_int_equal(s.n, 8 * 2 * (MAX_GROUPS - 1));
    shap_sample_release(&s);
}

/* Of 64 groups, whose pairs would else be drawn. */
static void single_groups_are_there_however_few_are_wanted(void **state)
{
    const explain_request q = {.probe = 3};
    const explain_task t = {.q = &q};
    const coalition_game g = {.f = {.t = &t}, .groups = {.n = 64}};
    shap_sample s;
    (void)state;
    shap_sample_init(&s, &g, SHAP_KERNEL, 1);
    assert_int_equal(s.n, 8 * 64);
    assert_int_equal(s.n_enumerated, 64);
    for (size_t i = 0; i < 64; i++)
        assert_true(s.present[2 * i * 64 + i] && !s.present[(2 * i + 1) * 64 + i]);
    shap_sample_release(&s);
}

/* ---- Intervals ---- */

/* Pairs of neighbours and a product of many. */
static double bent(uint32_t set, const void *context)
{
    double v = 0, sum = 0;
    (void)context;
    for (size_t k = 0; k < MAX_GROUPS; k++) {
        double x = (double)(set >> k & 1) * ((double)k - 4) / 4;
        sum += x;
        v += k % 2 ? x * (double)(set >> (k - 1) & 1) : x;
    }
    return v + (sum > 0 ? sum * sum : 0.3 * sum);
}

static double coverage(shap_way way, size_t n, size_t n_seeds)
{
    double want[MAX_GROUPS];
    size_t n_covered = 0;
    brute_force(want, bent, NULL, MAX_GROUPS);
    for (uint64_t seed = 0; seed < n_seeds; seed++) {
        shap_sample s = played(bent, NULL, MAX_GROUPS, way, n, seed);
        for (size_t k = 0; k < MAX_GROUPS; k++)
            n_covered += fabs(s.part[k] - want[k]) <= 1.96 * s.error[k] + 1e-12;
        shap_sample_release(&s);
    }
    return (double)n_covered / (double)(n_seeds * MAX_GROUPS);
}

static void intervals_hold_the_true_parts_as_often_as_they_say(void **state)
{
    (void)state;
    double kernel = coverage(SHAP_KERNEL, 1000, 100);
    double orders = coverage(SHAP_PERMUTATION, 4000, 60);
    assert_true(kernel >= 0.93 && kernel <= 0.97);
    assert_true(orders >= 0.93 && orders <= 0.97);
}

/* ---- On networks ---- */

static const float hand_z[3] = {1, -2, 0.5f};

static void a_linear_target_is_shared_out_as_its_gradient_says(void **state)
{
    scene s = linear_scene("logit");
    explanation a = explained_by(&s, "shap", hand_z, 3);
    error e = {0};
    (void)state;
    /* the slopes by z are (-2, 1.5, 1) */
    assert_close(array_of(&a, "shap.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-6, 0);
    /* pixel 0 is 2, pixel 29 is -6, and both are in the first block of 49, whose black is -1 */
    const float *x = array_of(&a, "shap.x");
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&x[i], &(float){i / 28 < 7 && i % 28 < 7 ? -5.5f / 49 : 0}, 1, 1e-6, 1e-7);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

/* The mean over two points that differ in z0 alone, of which 1 is its own. */
static void what_is_missing_is_the_mean_over_the_baselines(void **state)
{
    scene s = linear_scene("logit");
    local_task task;
    explain_baseline points = {0};
    float *z = allocate(6, sizeof *z);
    (void)state;
    memcpy(z, (float[]){3, 0, 0, 1, 0, 0}, 6 * sizeof *z);
    explain_baseline_init(&points, &s.x, z, 2);
    local_task_init(&task, &s, hand_z, "shap");
    task.q.baseline = &points;
    task.q.inputs = 1u << INPUT_Z;
    local_task_run(&task, "shap");
    assert_close(array_of(&task.a, "shap.z"), ((float[]){2, -3, 0.5f}), 3, 1e-6, 0);
    local_task_release(&task);
    explain_baseline_release(&points);
    scene_release(&s);
}

static void every_target_passes_its_checks(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        local_task task;
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        local_task_init(&task, &s, z, "shap");
        task.a.reference = s.w.reference ? memcpy(allocate(N_PIXELS, sizeof(float)), reference,
                                                  N_PIXELS * sizeof(float))
                                         : NULL;
        task.q.segments.side = 3;
        local_task_run(&task, "shap");
        if (explanation_judge(&task.a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_true(!explanation_find(&task.a, "shap.x") == !explain_is_of_picture(&s.x));
        assert_true(local_check(&task.a, "shap.z_against_double")->value > 0);
        local_task_release(&task);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void z_at_the_baseline_has_nothing_to_share_out(void **state)
{
    scene s = trained_scene("logit");
    const float zeros[Z] = {0};
    local_task task;
    error e = {0};
    (void)state;
    local_task_init(&task, &s, zeros, "shap");
    task.q.segments.side = 2;
    local_task_run(&task, "shap");
    for (size_t i = 0; i < Z; i++)
        assert_true(array_of(&task.a, "shap.z")[i] == 0);
    if (explanation_judge(&task.a, &e))
        fail_msg("%s", e.message);
    local_task_release(&task);
    scene_release(&s);
}

static void the_smallest_networks_are_explained(void **state)
{
    scene s = scene_of_shape("3:relu,1:tanh", "1", 1, shape_of(1, 1));
    const float z = 0.7f;
    local_task task;
    error e = {0};
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    local_task_init(&task, &s, &z, "shap");
    local_task_run(&task, "shap");
    if (explanation_judge(&task.a, &e))
        fail_msg("%s", e.message);
    float at_zero = value_at_z(&s, (float[]){0}, NULL, NULL);
    assert_close(array_of(&task.a, "shap.z"), &(float){task.value - at_zero}, 1, 1e-5, 1e-7);
    local_task_release(&task);
    scene_release(&s);
}

static int run_with(local_task *task, const char *by, uint64_t groups, error *e)
{
    struct {
        const char *by;
        uint64_t groups;
    } set = {by, groups};
    task->t.settings = &set;
    int status = method_named("shap")->run(&task->t, &task->a, e);
    task->t.settings = NULL;
    return status;
}

static void all_coalitions_of_many_groups_are_refused(void **state)
{
    scene s = scene_of("5:relu,784", "1", 20);
    float *z = draw(20, 4);
    local_task task;
    error e = {0};
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    local_task_init(&task, &s, z, "shap");
    task.q.inputs = 1u << INPUT_Z;
    assert_int_equal(run_with(&task, "exact", 0, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_non_null(strstr(e.message, "at most 16 groups, and z has 20"));
    assert_null(explanation_find(&task.a, "shap.z"));
    assert_int_equal(run_with(&task, "exact", 7, &e), 0);
    local_task_release(&task);
    free(z);
    scene_release(&s);
}

/* Groups of two share what they have. */
static void components_are_taken_together_where_it_is_said(void **state)
{
    scene s = linear_scene("logit");
    local_task task;
    error e = {0};
    (void)state;
    local_task_init(&task, &s, hand_z, "shap");
    task.q.inputs = 1u << INPUT_Z;
    assert_int_equal(run_with(&task, NULL, 2, &e), 0);
    assert_close(array_of(&task.a, "shap.z"), ((float[]){-2.5f, -2.5f, 0.5f}), 3, 1e-6, 0);
    local_task_release(&task);
    scene_release(&s);
}

/* ---- Bytes ---- */

typedef struct {
    const char *methods;
    explanation a;
} finding;

/* A body of parallel_for: on one thread where there is another. */
static void find(size_t i, size_t thread, void *context)
{
    finding *f = (finding *)context + i;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)thread;
    f->a = explained_by(&s, f->methods, z, 3);
    f->a.z = f->a.x = f->a.target = f->a.logit = NULL;
    free(z);
    scene_release(&s);
}

static void threads_and_other_methods_change_no_bit(void **state)
{
    static const char *const names[] = {"shap.z", "shap.x", "shap.fit",
                                        "lime.z", "lime.x", "lime.fit"};
    finding found[3] = {
        {.methods = "shap,lime"}, {.methods = "lime"}, {.methods = "shap,gradient"}};
    (void)state;
    find(0, 0, found);
    parallel_for(2, find, found + 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const named_array *one = whole_array_of(&found[0].a, names[i]);
        const named_array *other = explanation_find(&found[1].a, names[i]);
        other = other ? other : whole_array_of(&found[2].a, names[i]);
        assert_memory_equal(one->data, other->data, one->n * sizeof *one->data);
    }
    for (size_t i = 0; i < 3; i++)
        explanation_release(&found[i].a);
}

/* ---- Planted faults ---- */

/* A small net, one way to its parts and what the check of that index finds of them. */
typedef struct {
    scene s;
    local_task task;
    coalition_game g;
    shap_sample sample;
    float z[Z], array[Z];
} trial;

static void trial_init(trial *t, shap_way way)
{
    float *z = draw(Z, 4);
    *t = (trial){.s = trained_scene("logit")};
    memcpy(t->z, z, sizeof t->z);
    free(z);
    local_task_init(&t->task, &t->s, t->z, "shap");
    coalition_game_init(&t->g, &t->task.t, &t->task.a, INPUT_Z, (group_counts){0});
    shap_sample_init(&t->sample, &t->g, way, 150);
    shap_sample_evaluate(&t->sample, &t->g);
    shap_sample_solve(&t->sample);
}

static explain_check trial_check(trial *t, size_t which)
{
    explain_check found[N_SHAP_CHECKS];
    feature_groups_share(&t->g.groups, t->array, t->sample.part);
    shap_check(found, &t->sample, &t->g, t->array);
    return found[which];
}

static void trial_release(trial *t)
{
    shap_sample_release(&t->sample);
    coalition_game_release(&t->g);
    local_task_release(&t->task);
    scene_release(&t->s);
}

/* Met, then broken by a fault, on each way. */
static void notices(void (*plant)(trial *t), size_t which, unsigned ways)
{
    for (shap_way way = 0; (size_t)way < N_WAYS; way++) {
        trial t;
        if (!(ways >> way & 1))
            continue;
        trial_init(&t, way);
        explain_check c = trial_check(&t, which);
        if (!explain_check_is_met(&c))
            fail_msg("%s: %s is %g", shap_way_names[way], c.name, c.value);
        plant(&t);
        c = trial_check(&t, which);
        if (explain_check_is_met(&c))
            fail_msg("%s: %s is only %g", shap_way_names[way], c.name, c.value);
        trial_release(&t);
    }
}

enum { EVERY_WAY = 7, BY_KERNEL = 1 << SHAP_KERNEL };

static void evaluate_again(trial *t)
{
    shap_sample_evaluate(&t->sample, &t->g);
    shap_sample_solve(&t->sample);
}

/* Group 2 is always there. */
static void drop_group(trial *t)
{
    t->g.baselines.rows[2] = t->z[2];
    evaluate_again(t);
}

static void drop_part(trial *t) { t->sample.part[2] = 0; }

static void swap_baseline(trial *t)
{
    memcpy(t->g.baselines.rows, (float[Z]){1, -1, 1, 1, -1, 1, 1, 1, -1}, sizeof t->z);
    evaluate_again(t);
}

static void invert_kernel(trial *t)
{
    for (size_t i = 0; i < t->sample.n / 2; i++)
        t->sample.weight[i] = 0.01 / t->sample.weight[i];
    shap_sample_solve(&t->sample);
}

/* All that were drawn have the largest size. */
static void draw_large(trial *t)
{
    shap_sample *s = &t->sample;
    for (size_t row = 2 * s->n_enumerated; row < s->n; row++)
        for (size_t k = 0; k < Z; k++)
            s->present[row * Z + k] = (k < Z / 2) == row % 2;
}

static void mix_parts(trial *t)
{
    double first = t->sample.part[0];
    t->sample.part[0] = t->sample.part[1];
    t->sample.part[1] = first;
}

static void planted_faults_break_their_checks(void **state)
{
    (void)state;
    notices(drop_group, SHAP_VALUES, EVERY_WAY);
    notices(swap_baseline, SHAP_VALUES, EVERY_WAY);
    notices(drop_part, SHAP_EFFICIENCY, EVERY_WAY);
    notices(drop_part, SHAP_AGAIN, EVERY_WAY);
    notices(mix_parts, SHAP_AGAIN, EVERY_WAY);
    notices(invert_kernel, SHAP_AGAIN, BY_KERNEL);
    notices(draw_large, SHAP_SIZES, BY_KERNEL);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_game_is_shared_out_as_by_hand),
        cmocka_unit_test(all_coalitions_give_what_brute_force_does),
        cmocka_unit_test(samples_come_near_what_brute_force_gives),
        cmocka_unit_test(parts_add_up_whatever_was_drawn),
        cmocka_unit_test(an_additive_game_has_no_error),
        cmocka_unit_test(a_dummy_gets_nothing_and_likes_get_alike),
        cmocka_unit_test(parts_of_a_sum_are_sums_of_parts),
        cmocka_unit_test(coalitions_come_in_pairs_with_their_complements),
        cmocka_unit_test(small_coalitions_are_all_there_once),
        cmocka_unit_test(fewer_coalitions_than_groups_need_are_raised),
        cmocka_unit_test(single_groups_are_there_however_few_are_wanted),
        cmocka_unit_test(intervals_hold_the_true_parts_as_often_as_they_say),
        cmocka_unit_test(a_linear_target_is_shared_out_as_its_gradient_says),
        cmocka_unit_test(what_is_missing_is_the_mean_over_the_baselines),
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(z_at_the_baseline_has_nothing_to_share_out),
        cmocka_unit_test(the_smallest_networks_are_explained),
        cmocka_unit_test(all_coalitions_of_many_groups_are_refused),
        cmocka_unit_test(components_are_taken_together_where_it_is_said),
        cmocka_unit_test(threads_and_other_methods_change_no_bit),
        cmocka_unit_test(planted_faults_break_their_checks),
    };
    return cmocka_run_group_tests_name("shap", tests, NULL, NULL);
}
