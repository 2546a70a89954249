/* SPDX-License-Identifier: MIT */
/* evaluation: which pictures are taken, and what is made of values. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/evaluation/evaluation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Real pictures ---- */

enum { SIDE = 4, PIXELS = SIDE * SIDE, N_TEST = 6, N_TRAIN = 14 };

/* Picture i of a part is of the grey first + i, and of the class grey % 3. */
static void fill_part(image_set *s, size_t n, uint8_t first)
{
    *s = (image_set){.pixels = allocate(n * PIXELS, 1),
                     .labels = allocate(n, 1),
                     .n = n,
                     .shape = {SIDE, SIDE, PIXELS}};
    for (size_t i = 0; i < n; i++) {
        memset(s->pixels + i * PIXELS, (int)(first + i), PIXELS);
        s->labels[i] = (uint8_t)((first + i) % 3);
    }
}

static real_pictures real_of(size_t n, uint64_t seed)
{
    real_pictures r = {.data.shape = {SIDE, SIDE, PIXELS}};
    fill_part(&r.data.test, N_TEST, 0);
    fill_part(&r.data.train, N_TRAIN, N_TEST);
    real_pictures_draw(&r, n, seed);
    return r;
}

static void real_pictures_are_test_pictures_first_and_no_picture_is_taken_twice(void **state)
{
    (void)state;
    for (size_t n = 1; n <= (N_TEST + N_TRAIN) / 2; n++) {
        real_pictures r = real_of(n, 5);
        size_t taken[N_TEST + N_TRAIN] = {0};
        assert_int_equal(real_pictures_most(&r), (N_TEST + N_TRAIN) / 2);
        assert_int_equal(r.n_test, n < N_TEST ? n : N_TEST);
        for (size_t i = 0; i < 2 * n; i++) {
            uint8_t grey = r.sets.pixels[i * PIXELS];
            assert_int_equal(taken[grey]++, 0);
            assert_int_equal(r.sets.labels[i], grey % 3);
            assert_int_equal(grey < N_TEST, i < r.n_test);
            assert_int_equal(r.sets.places[i],
                             grey < N_TEST ? NO_TRAINING_PLACE : grey - N_TEST + 0u);
        }
        real_pictures_release(&r);
    }
}

static void other_seeds_take_other_pictures(void **state)
{
    (void)state;
    real_pictures a = real_of(4, 1), same = real_of(4, 1), b = real_of(4, 2);
    assert_memory_equal(a.sets.pixels, same.sets.pixels, 8 * PIXELS);
    assert_memory_not_equal(a.sets.pixels, b.sets.pixels, 4 * PIXELS);
    assert_memory_not_equal(a.sets.pixels + 4 * PIXELS, b.sets.pixels + 4 * PIXELS, 4 * PIXELS);
    real_pictures_release(&a);
    real_pictures_release(&same);
    real_pictures_release(&b);
}

/* Of three real pictures two are test pictures, the first of which is told its class; the third is
 * a training picture, which the judge may know. */
static void a_judge_is_believed_by_what_it_makes_of_test_pictures(void **state)
{
    static float logits[] = {1, 0, 1, 0, 1, 0};
    static uint8_t seen[3];
    static const uint8_t labels[] = {0, 1, 0};
    judge_quality q;
    evaluation v = {
        .real.n_test = 2,
        .real.real = {.n = 3, .n_classes = 2, .logits = logits, .seen = seen, .labels = labels}};
    (void)state;
    assert_true(evaluation_judge_quality(&q, &v));
    assert_int_equal(q.n, 2);
    assert_true(q.accuracy == 0.5);
    v.real.n_test = 0;
    assert_false(evaluation_judge_quality(&q, &v));
}

static void of_few_test_pictures_the_others_are_training_pictures(void **state)
{
    (void)state;
    real_pictures r = {.data.shape = {SIDE, SIDE, PIXELS}};
    fill_part(&r.data.test, 1, 0);
    fill_part(&r.data.train, 2, 1);
    assert_int_equal(real_pictures_most(&r), 1);
    real_pictures_draw(&r, 1, 0);
    assert_int_equal(r.sets.pixels[0], 0);
    assert_true(r.sets.pixels[PIXELS] > 0);
    real_pictures_release(&r);
}

/* ---- A model's pictures ---- */

enum { N = 2000, FIRST_SEED = 41 };

/* z to a picture whose pixels are z clipped to -1..1, or minus that. */
static network sign_net(float sign)
{
    network net = {0};
    error e = {0};
    assert_int_equal(network_init(&net, "16", PIXELS, &e), 0);
    for (size_t i = 0; i < PIXELS; i++)
        net.layers[0].weight.data[i * PIXELS + i] = sign;
    return net;
}

/* A conditional model of two classes, which take turns. */
typedef struct {
    network nets[2];
    const network *list[2];
    uint8_t which[N];
    drawn_pictures pictures;
} drawn;

static void drawn_init(drawn *d)
{
    for (size_t k = 0; k < 2; k++) {
        d->nets[k] = sign_net(k ? -1.0f : 1.0f);
        d->list[k] = &d->nets[k];
    }
    for (size_t i = 0; i < N; i++)
        d->which[i] = i % 3 == 0;
    d->pictures = (drawn_pictures){.path = "model",
                                   .shape = {SIDE, SIDE, PIXELS},
                                   .n = N,
                                   .generator = {.networks = d->list,
                                                 .n_networks = 2,
                                                 .which = d->which,
                                                 .low = -1,
                                                 .high = 1,
                                                 .first_seed = FIRST_SEED}};
}

static void drawn_release(drawn *d)
{
    for (size_t k = 0; k < 2; k++)
        network_release(&d->nets[k]);
    free(d->pictures.pixels);
}

static void pictures_are_of_seeds_in_turn_and_of_the_classes_of_real_ones(void **state)
{
    drawn *d = allocate(1, sizeof *d);
    error e = {0};
    (void)state;
    drawn_init(d);
    assert_int_equal(drawn_pictures_draw(&d->pictures, &e), 0);
    for (size_t i = 0; i < N; i++) {
        float z[PIXELS];
        uint8_t expected[PIXELS];
        latent_of_seed(z, PIXELS, FIRST_SEED + i);
        for (size_t k = 0; k < PIXELS && d->which[i]; k++)
            z[k] = -z[k];
        bytes_from_floats(expected, z, PIXELS, -1, 1);
        assert_memory_equal(d->pictures.pixels + i * PIXELS, expected, PIXELS);
    }
    drawn_release(d);
    free(d);
}

static void a_picture_that_is_not_finite_is_named_by_its_seed(void **state)
{
    drawn *d = allocate(1, sizeof *d);
    error e = {0};
    (void)state;
    drawn_init(d);
    d->nets[1].layers[0].bias[3] = (float)NAN;
    assert_int_equal(drawn_pictures_draw(&d->pictures, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_string_equal(e.message, "model: seed 41: its picture is not finite");
    free(d->pictures.pixels);
    d->nets[1].layers[0].bias[3] = 0;
    d->nets[0].layers[0].bias[3] = (float)NAN; /* of more pictures than are drawn at once */
    assert_int_equal(drawn_pictures_draw(&d->pictures, &e), -1);
    assert_string_equal(e.message, "model: seed 42: its picture is not finite");
    drawn_release(d);
    free(d);
}

/* ---- Verdicts ---- */

static const metric less = {.name = "less", .title = "L", .better = LESS_IS_BETTER, .decimals = 1};
static const metric more = {.name = "more", .title = "M", .better = MORE_IS_BETTER, .decimals = 2};
static const metric near = {.name = "near",
                            .title = "N",
                            .better = NEAR_REAL_IS_BETTER,
                            .says = SAYS_DIVERSITY,
                            .decimals = 1};

static measurement measured(const metric *m, double low, double value, double high)
{
    return (measurement){.metric = m,
                         .result = {.value = {value, low, high}, .n = 100, .n_real = 90}};
}

static void a_value_is_worse_where_intervals_leave_a_gap_on_the_wrong_side(void **state)
{
    static const struct {
        const metric *metric;
        double low, value, high;
        verdict expected; /* against 9, 10, 11 */
    } cases[] = {
        {&less, 11.5, 12, 13, VERDICT_WORSE},
        {&less, 10.5, 12, 13, VERDICT_LIKE_REAL},
        {&less, 1, 2, 3, VERDICT_LIKE_REAL},
        {&more, 7, 8, 8.9, VERDICT_WORSE},
        {&more, 7, 8, 9.1, VERDICT_LIKE_REAL},
        {&more, 12, 13, 14, VERDICT_LIKE_REAL},
        {&near, 7, 8, 8.9, VERDICT_WORSE},
        {&near, 12, 13, 14, VERDICT_WORSE},
        {&near, 8, 9, 10, VERDICT_LIKE_REAL},
        {&less, (double)NAN, 11.1, (double)NAN, VERDICT_NONE},
        {&less, (double)NAN, 10.9, (double)NAN, VERDICT_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        measurement m = measured(cases[i].metric, cases[i].low, cases[i].value, cases[i].high);
        measurement floor = measured(cases[i].metric, 9, 10, 11);
        assert_int_equal(measurement_verdict(&m, &floor), cases[i].expected);
        floor.result.value.low = floor.result.value.high = (double)NAN;
        assert_int_equal(measurement_verdict(&m, &floor), VERDICT_NONE);
        floor = measured(cases[i].metric, 9, 10, 11);
        floor.reason = copy_text("none");
        assert_int_equal(measurement_verdict(&m, &floor), VERDICT_NONE);
        free(floor.reason);
    }
}

/* ---- What is said ---- */

enum { N_METRICS = 3, N_CANDIDATES = 2 };

/* Two candidates; the first is better by less, worse by more, and has no value of near. */
typedef struct {
    const metric *metrics[N_METRICS];
    measurement floors[N_METRICS], first[N_METRICS], second[N_METRICS];
    candidate candidates[N_CANDIDATES];
    evaluation v;
} scene;

static void scene_init(scene *s, size_t n_candidates)
{
    *s = (scene){
        .metrics = {&less, &more, &near},
        .floors = {measured(&less, 0.9, 1, 1.1), measured(&more, 0.5, 0.6, 0.7),
                   measured(&near, 4, 5, 6)},
        .first = {measured(&less, 2, 3, 4),
                  measured(&more, 0.55, 0.65, 0.75),
                  {.metric = &near, .reason = copy_text("needs a generator")}},
        .second = {measured(&less, 5, 6, 7), measured(&more, 0.81, 0.85, 0.9),
                   measured(&near, 1, 2, 3)},
        .candidates = {{.path = "runs/a"}, {.path = "b,\"c\""}},
    };
    s->candidates[0].measurements = s->first;
    s->candidates[1].measurements = s->second;
    for (size_t i = 0; i < N_CANDIDATES; i++)
        s->candidates[i].found.train.n = 100;
    s->v = (evaluation){.metrics = s->metrics,
                        .n_metrics = N_METRICS,
                        .n = 100,
                        .floors = s->floors,
                        .candidates = s->candidates,
                        .n_candidates = n_candidates};
}

static void scene_release(scene *s) { free(s->first[2].reason); }

static void the_best_and_what_is_not_told_from_it_are_marked(void **state)
{
    scene s;
    (void)state;
    scene_init(&s, 2);
    assert_true(candidate_is_best(&s.v, 0, 0));
    assert_false(candidate_is_best(&s.v, 1, 0));
    assert_false(candidate_is_best(&s.v, 0, 1));
    assert_true(candidate_is_best(&s.v, 1, 1));
    s.second[1].result.value.low = 0.74;
    assert_true(candidate_is_best(&s.v, 0, 1));
    assert_false(candidate_is_best(&s.v, 0, 2)); /* it has no value, */
    assert_false(candidate_is_best(&s.v, 1, 2)); /* and nothing to be better than */
    scene_release(&s);
}

static void the_nearest_to_real_is_the_best_of_what_is_to_be_near(void **state)
{
    scene s;
    (void)state;
    scene_init(&s, 2);
    measurement close = measured(&near, 5.5, 6, 6.5);
    free(s.first[2].reason);
    s.first[2] = close;
    assert_true(candidate_is_best(&s.v, 0, 2));
    assert_false(candidate_is_best(&s.v, 1, 2));
    scene_release(&s);
}

static void the_table_names_what_has_no_interval(void **state)
{
    scene s;
    text t = {0};
    (void)state;
    scene_init(&s, 1);
    s.first[1].result.value.low = s.first[1].result.value.high = (double)NAN;
    evaluation_words(&t, &s.v);
    assert_non_null(strstr(t.data, "\nno interval of so few pictures, and no verdict: more\n"));
    text_release(&t);
    scene_release(&s);
}

static void the_table_of_one_says_values_and_what_they_come_to(void **state)
{
    scene s;
    text t = {0};
    (void)state;
    scene_init(&s, 1);
    evaluation_words(&t, &s.v);
    assert_non_null(strstr(t.data, "runs/a: 100 pictures\n"));
    assert_non_null(strstr(t.data,
                           "  measure  value  95 % interval  real  better    verdict  what it is\n"
                           "Quality: worse than real pictures by less, like them by more\n"
                           "  less       3.0     2.0 to 4.0   1.0    less      worse  L\n"
                           "  more      0.65   0.55 to 0.75  0.60    more  like real  M\n"
                           "\n"
                           "not measured: near (needs a generator)\n"));
    text_release(&t);
    scene_release(&s);
}

static void the_table_of_several_has_them_side_by_side(void **state)
{
    scene s;
    text t = {0};
    (void)state;
    scene_init(&s, 2);
    evaluation_words(&t, &s.v);
    assert_non_null(strstr(t.data, "A  runs/a: 100 pictures\nB  b,\"c\": 100 pictures\n"));
    assert_non_null(
        strstr(t.data, "measure                      A                      B  real  better\n"
                       "less        3.0 (2.0 to 4.0) *     6.0 (5.0 to 7.0)     1.0  less\n"
                       "more     0.65 (0.55 to 0.75)    0.85 (0.81 to 0.90) *  0.60  more\n"
                       "near                       -       2.0 (1.0 to 3.0)     5.0  as real\n"));
    assert_non_null(strstr(t.data, "\nnot measured of A: near (needs a generator)\n\n"));
    text_release(&t);
    scene_release(&s);
}

static void csv_has_a_row_for_each_candidate_and_metric(void **state)
{
    scene s;
    text t = {0};
    (void)state;
    scene_init(&s, 2);
    evaluation_csv(&t, &s.v);
    assert_string_equal(
        t.data, "candidate,metric,value,low,high,n,n_real,real_value,real_low,real_high,reason\n"
                "runs/a,less,3,2,4,100,90,1,0.9,1.1,\n"
                "runs/a,more,0.65,0.55,0.75,100,90,0.6,0.5,0.7,\n"
                "runs/a,near,,,,,,5,4,6,needs a generator\n"
                "\"b,\"\"c\"\"\",less,6,5,7,100,90,1,0.9,1.1,\n"
                "\"b,\"\"c\"\"\",more,0.85,0.81,0.9,100,90,0.6,0.5,0.7,\n"
                "\"b,\"\"c\"\"\",near,2,1,3,100,90,5,4,6,\n");
    text_release(&t);
    scene_release(&s);
}

/* ---- What is demanded ---- */

static int check(scene *s, const threshold *t, size_t n, error *e)
{
    s->v.request.required = t;
    s->v.request.n_required = n;
    return evaluation_check(&s->v, e);
}

static void every_threshold_that_a_candidate_does_not_meet_is_named(void **state)
{
    const threshold met = {&less, true, true, 6.5},
                    missed[] = {{&less, true, false, 4}, {&near, false, true, 1.5}};
    scene s;
    error e = {0};
    (void)state;
    scene_init(&s, 2);
    assert_int_equal(check(&s, &met, 1, &e), 0);
    assert_int_equal(check(&s, missed, 2, &e), -1);
    assert_int_equal(e.status, STATUS_CHECK_FAILED);
    assert_string_equal(e.message, "runs/a: near > 1.5 is not measured: needs a generator; "
                                   "b,\"c\": less <= 4 is not met: it is 6");
    s.v.n_candidates = 1;
    e = (error){0};
    assert_int_equal(check(&s, &(threshold){&less, false, true, 3}, 1, &e), -1);
    assert_string_equal(e.message, "less > 3 is not met: it is 3");
    scene_release(&s);
}

static void a_value_that_is_not_finite_outweighs_thresholds(void **state)
{
    const threshold missed = {&less, true, false, 1};
    scene s;
    error e = {0};
    (void)state;
    scene_init(&s, 1);
    s.first[2].is_diverged = true;
    assert_int_equal(check(&s, &missed, 1, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_string_equal(e.message, "runs/a: near: needs a generator");
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_pictures_are_test_pictures_first_and_no_picture_is_taken_twice),
        cmocka_unit_test(other_seeds_take_other_pictures),
        cmocka_unit_test(a_judge_is_believed_by_what_it_makes_of_test_pictures),
        cmocka_unit_test(of_few_test_pictures_the_others_are_training_pictures),
        cmocka_unit_test(pictures_are_of_seeds_in_turn_and_of_the_classes_of_real_ones),
        cmocka_unit_test(a_picture_that_is_not_finite_is_named_by_its_seed),
        cmocka_unit_test(a_value_is_worse_where_intervals_leave_a_gap_on_the_wrong_side),
        cmocka_unit_test(the_best_and_what_is_not_told_from_it_are_marked),
        cmocka_unit_test(the_nearest_to_real_is_the_best_of_what_is_to_be_near),
        cmocka_unit_test(the_table_names_what_has_no_interval),
        cmocka_unit_test(the_table_of_one_says_values_and_what_they_come_to),
        cmocka_unit_test(the_table_of_several_has_them_side_by_side),
        cmocka_unit_test(csv_has_a_row_for_each_candidate_and_metric),
        cmocka_unit_test(every_threshold_that_a_candidate_does_not_meet_is_named),
        cmocka_unit_test(a_value_that_is_not_finite_outweighs_thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
