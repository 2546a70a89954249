/* SPDX-License-Identifier: MIT */
/* explain: targets on pictures of any shape, the entries of evaluation, and targets that are but a
 * row. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/explain/target_detail.h"
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 5, COLS = 7, SMALL = ROWS * COLS };

static scene small_scene(const char *words)
{
    scene s = scene_of_shape("24:bn=1e-3:lrelu=0.3,17:relu,35:tanh", "19:lrelu=0.2,1", Z,
                             shape_of(ROWS, COLS));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    if (words)
        aim(&s, words);
    return s;
}

static size_t find_small(float *reference, const float *x, const void *context)
{
    (void)x;
    memcpy(reference, context, SMALL * sizeof *reference);
    return 3;
}

static explain_target comparing_small(const char *words, const float *reference)
{
    explain_target t = target_of(words);
    t.find_reference = find_small;
    t.context = reference;
    return t;
}

/* ---- Shapes ---- */

static void every_target_passes_its_checks_on_a_rectangle(void **state)
{
    (void)state;
    static const char *const words[] = {"logit",          "gen",       "ink",        "pixel:4,6",
                                        "region:1,2,3,6", "rec:a.png", "loss:a.png", "unit:0,5",
                                        "unit:3,2",       "unit:5,34"};
    float *reference = draw(SMALL, 8);
    scene s = small_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            float *z = draw(Z, 100 + seed);
            error e = {0};
            aim_at(&s, comparing_small(words[i], reference));
            explanation a = explained(&s, z, 3);
            if (explanation_judge(&a, &e))
                fail_msg("%s, seed %" PRIu64 ": %s", words[i], seed, e.message);
            explanation_release(&a);
            free(z);
        }
    free(reference);
    scene_release(&s);
}

/* Pixel i is (i + 1) z0. */
static scene counting_scene(void)
{
    scene s = scene_of_shape("35", NULL, 1, shape_of(ROWS, COLS));
    for (size_t i = 0; i < SMALL; i++)
        s.g.layers[0].weight.data[i] = (float)(i + 1);
    return s;
}

static void areas_lie_where_rows_and_columns_of_the_shape_say(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        float value;
    } cases[] = {{"pixel:0,0", 1},
                 {"pixel:1,0", 8},
                 {"pixel:0,6", 7},
                 {"pixel:4,6", 35},
                 {"region:1,2,2,4", (10 + 11 + 12 + 17 + 18 + 19) / 6.0f},
                 {"region:0,0,4,6", 18},
                 {"ink", 630}};
    scene s = counting_scene();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float z = 1, gradient;
        aim(&s, cases[i].words);
        assert_close(&(float){value_at_z(&s, &z, &gradient, NULL)}, &cases[i].value, 1, 1e-6, 0);
        assert_close(&gradient, &cases[i].value, 1, 1e-6, 0);
    }
    scene_release(&s);
}

static void pixels_outside_of_the_shape_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"pixel:5,0", "pixel:0,7", "region:0,0,5,6",
                                        "region:0,0,4,7"};
    scene s = counting_scene();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        error e = {0};
        assert_int_equal(try_to_aim_at(&s, target_of(words[i]), &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_non_null(strstr(e.message, "rows 0 to 4 and columns 0 to 6"));
    }
    scene_release(&s);
}

static void a_reference_has_the_shape_of_the_pictures(void **state)
{
    (void)state;
    char path[] = "/tmp/ganlens-target-XXXXXX";
    uint8_t grey[SMALL];
    picture p = {0};
    error e = {0};
    close(mkstemp(path));
    for (size_t i = 0; i < SMALL; i++)
        grey[i] = (uint8_t)(7 * i);
    picture_init_grey(&p, grey, COLS, ROWS);
    assert_int_equal(picture_save(path, &p, NULL, 0, LEVEL_FAST, &e), 0);
    explain_target t = target_of("rec:x");
    t.picture = path;
    for (size_t turned = 0; turned < 2; turned++) {
        explain_reference r = {
            .shape = turned ? shape_of(COLS, ROWS) : shape_of(ROWS, COLS), .low = 0, .high = 255};
        int status = explain_reference_load(&r, &t, &(reference_source){0}, &e);
        assert_int_equal(status, turned ? -1 : 0);
        if (!turned)
            assert_true(r.picture[0] == 0 && r.picture[SMALL - 1] == 7 * (SMALL - 1));
        explain_reference_release(&r);
    }
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    picture_release(&p);
    unlink(path);
}

static void a_set_of_another_shape_is_refused(void **state)
{
    (void)state;
    explain_reference r = {.shape = shape_of(ROWS, COLS), .low = -1, .high = 1};
    explain_target t = target_of("rec:nearest");
    error e = {0};
    assert_int_equal(explain_reference_load(&r, &t, &(reference_source){.n_classes = 10}, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_non_null(strstr(e.message, "are 28x28, the model's are 5x7"));
    explain_reference_release(&r);
}

/* ---- The entries of evaluation ---- */

enum { N = 3 };

static void pictures_have_the_values_and_gradients_of_the_z_they_come_from(void **state)
{
    (void)state;
    static const char *const words[] = {"logit", "gen", "rec:a.png", "loss:a.png"};
    float *reference = draw(SMALL, 8), *z = draw(N * Z, 4);
    scene s = small_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        float pictures[N * SMALL], want[N], want_x[N * SMALL], got[N], got_x[N * SMALL];
        float want_z[N * Z], got_z[N * Z];
        aim_at(&s, comparing_small(words[i], reference));
        assert_true(explain_is_of_picture(&s.x));
        explain_rows(&s.x, &s.w,
                     &(explained_rows){.n = N,
                                       .z = z,
                                       .x = pictures,
                                       .value = want,
                                       .gradient_z = want_z,
                                       .gradient_x = want_x});
        explain_pictures(&s.x, &s.w, pictures, N, NULL, got, got_x);
        assert_memory_equal(got, want, sizeof got);
        assert_memory_equal(got_x, want_x, sizeof got_x);
        explain_pull_back(&s.x, &s.w, got_x, N, got_z);
        assert_memory_equal(got_z, want_z, sizeof got_z);
        const float *drawn = explain_draw(&s.x, &s.w, z, N);
        assert_memory_equal(drawn, pictures, sizeof pictures);
    }
    free(reference);
    free(z);
    scene_release(&s);
}

static void a_picture_has_the_same_bytes_alone_and_among_others(void **state)
{
    (void)state;
    float *pictures = draw(EXPLAIN_TILE * SMALL, 5), value[EXPLAIN_TILE], alone, alone_x[SMALL];
    float *dx = allocate(EXPLAIN_TILE * SMALL, sizeof *dx);
    scene s = small_scene("logit");
    explain_pictures(&s.x, &s.w, pictures, EXPLAIN_TILE, NULL, value, dx);
    for (size_t i = 0; i < EXPLAIN_TILE; i += 9) {
        explain_pictures(&s.x, &s.w, pictures + i * SMALL, 1, NULL, &alone, alone_x);
        assert_true(alone == value[i]);
        assert_memory_equal(alone_x, dx + i * SMALL, sizeof alone_x);
    }
    free(dx);
    free(pictures);
    scene_release(&s);
}

static void the_gradient_of_an_area_by_the_pixels_is_its_outline(void **state)
{
    (void)state;
    float *picture_values = draw(SMALL, 5), value, dx[SMALL], want[SMALL] = {0};
    scene s = small_scene("region:1,2,1,3");
    want[1 * COLS + 2] = want[1 * COLS + 3] = 0.5f;
    explain_pictures(&s.x, &s.w, picture_values, 1, NULL, &value, dx);
    assert_memory_equal(dx, want, sizeof dx);
    free(picture_values);
    scene_release(&s);
}

static void networks_are_packed_for_the_passes_that_the_target_needs(void **state)
{
    (void)state;
    scene s = small_scene("logit");
    assert_true(s.x.packed[NET_G].to_output && s.x.packed[NET_G].to_input);
    assert_true(s.x.packed[NET_CRITIC].to_output && s.x.packed[NET_CRITIC].to_input);
    assert_false(s.x.packed[NET_CUT].to_output || s.x.packed[NET_CLASSIFIER].to_output);
    aim(&s, "unit:3,2");
    assert_true(s.x.packed[NET_G].to_output && !s.x.packed[NET_G].to_input);
    assert_true(s.x.packed[NET_CUT].to_output && s.x.packed[NET_CUT].to_input);
    scene_release(&s);
}

/* The gradient's room and the backward pass's scratch keep what they held. */
static void no_gradient_is_computed_that_is_not_wanted(void **state)
{
    (void)state;
    static const char *const words[] = {"logit", "ink", "loss:a.png"};
    float *reference = draw(SMALL, 8), *z = draw(Z, 4);
    scene s = small_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        float value, pictures[SMALL];
        aim_at(&s, comparing_small(words[i], reference));
        float *scratch = s.w.tape[NET_G].scratch[1];
        s.w.dx[0] = scratch[0] = 123;
        explain_rows(&s.x, &s.w, &(explained_rows){.n = 1, .z = z, .x = pictures, .value = &value});
        explain_pictures(&s.x, &s.w, pictures, 1, NULL, &value, NULL);
        assert_true(s.w.dx[0] == 123 && scratch[0] == 123);
    }
    free(reference);
    free(z);
    scene_release(&s);
}

static void a_unit_is_no_function_of_the_picture(void **state)
{
    (void)state;
    scene s = small_scene("unit:3,2");
    assert_false(explain_is_of_picture(&s.x));
    scene_release(&s);
}

/* The first pixel tells which picture was asked for. */
static size_t find_by_first_pixel(float *reference, const float *x, const void *context)
{
    (void)context;
    for (size_t i = 0; i < SMALL; i++)
        reference[i] = x[0];
    return x[0] > 50 ? 1 : 0;
}

static int look_elsewhere(const explain_task *t, explanation *a, error *e)
{
    float pictures[SMALL] = {99}, value;
    (void)a, (void)e;
    explain_pictures(t->x, t->w, pictures, 1, NULL, &value, NULL);
    return 0;
}

static void an_explanation_keeps_what_its_own_picture_was_compared_with(void **state)
{
    (void)state;
    static const array_row none[] = {{0}};
    static const explain_method method = {.name = "m", .arrays = none, .run = look_elsewhere};
    explain_target t = target_of("rec:nearest");
    explain_plan plan = {0};
    explanation a;
    error e = {0};
    float *z = draw(Z, 4);
    scene s = small_scene(NULL);
    t.find_reference = find_by_first_pixel;
    aim_at(&s, t);
    explain_plan_add(&plan, &method);
    explain_plan_prepare(&plan, &s.x, &(explain_request){0}, &e);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &(explain_request){0}, &plan, &e), 0);
    assert_true(s.w.reference[0] == 99 && a.reference[0] == a.x[0] && a.reference_index == 0);
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

/* ---- What a classifier says ---- */

static int read_class(explain_target *t, const char *words, const char *arguments, error *e)
{
    return target_numbers_read(&t->component, 1, t, words, arguments, e);
}

#define COMPONENT .evaluate = component_evaluate, .evaluate_in_double = component_evaluate_in_double

extern const target_row target_class;

/* The sum of two networks' views of one picture. */
static const array_row parts[2][2] = {
    {{.name = "target_class", .space = SPACE_SCALAR, .part_of = "target"},
     {.name = "gradient_z_class", .space = SPACE_Z, .part_of = "gradient_z"}},
    {{.name = "target_rest", .space = SPACE_SCALAR, .part_of = "target"},
     {.name = "gradient_z_rest", .space = SPACE_Z, .part_of = "gradient_z"}}};
static const target_term both_terms[] = {
    {.reads = NET_CLASSIFIER, .value = &parts[0][0], .gradient = &parts[0][1], COMPONENT},
    {.reads = NET_CRITIC,
     .value = &parts[1][0],
     .gradient = &parts[1][1],
     .evaluate = gen_evaluate,
     .evaluate_in_double = gen_evaluate_in_double}};
static const target_row both_row = {.name = "both",
                                    .form = "both:K",
                                    .terms = both_terms,
                                    .n_terms = 2,
                                    .sees_picture = true,
                                    .read = read_class};

static explain_target target_of_row(const target_row *row, const char *arguments,
                                    const network *classifier)
{
    explain_target t = {.row = row, .lambda = 1, .classifier = classifier};
    error e = {0};
    if (row->read(&t, arguments, arguments, &e))
        fail_msg("%s", e.message);
    return t;
}

static network trained_classifier(void)
{
    network c = network_of("12:lrelu=0.2,3", SMALL);
    fill_trained(&c, 3);
    return c;
}

static void the_logit_of_a_class_is_the_classifiers(void **state)
{
    (void)state;
    network c = trained_classifier();
    scene s = small_scene(NULL);
    for (size_t k = 0; k < 3; k++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            float *z = draw(Z, 100 + seed), one[SMALL];
            const char digits[2] = {(char)('0' + (int)k)};
            error e = {0};
            aim_at(&s, target_of_row(&target_class, digits, &c));
            assert_string_equal(explain_gradient_x_name(&s.x), "gradient_x");
            explanation a = explained(&s, z, 3);
            if (explanation_judge(&a, &e))
                fail_msg("class %zu, seed %" PRIu64 ": %s", k, seed, e.message);
            twin t = {0};
            twin_init(&t, &c, 1);
            double *x = doubles_of(array_of(&a, "x"), SMALL), dx[SMALL], dy[3] = {0};
            float value = (float)twin_forward(&t, x, 1, (pass){0})[k];
            dy[k] = 1;
            twin_backward(&t, dy, NULL, dx);
            for (size_t i = 0; i < SMALL; i++)
                one[i] = (float)dx[i];
            assert_close(array_of(&a, "target"), &value, 1, 1e-5, 1e-6);
            assert_close_by_norm(array_of(&a, "gradient_x"), one, SMALL, 1e-5);
            twin_release(&t);
            explanation_release(&a);
            free(x);
            free(z);
        }
    scene_release(&s);
    network_release(&c);
}

/* Of two logits, 10 and -7.5. */
static void assert_told(const explainer *x, float logit)
{
    float pixels[SMALL];
    json_t *o = json_object();
    for (size_t i = 0; i < SMALL; i++)
        pixels[i] = (float)(2 * (i + 1));
    x->target.row->tell(o, x, pixels);
    double most = 1 / (1 + exp(-17.5)), want = logit > 0 ? most : 1 / (1 + exp(17.5));
    assert_close(&(double){json_number_value(json_object_get(o, "probability"))}, &want, 1, 1e-6,
                 0);
    assert_close(&(double){json_number_value(json_object_get(o, "seen_probability"))}, &most, 1,
                 1e-6, 0);
    assert_int_equal(json_integer_value(json_object_get(o, "seen")), 0);
    json_decref(o);
}

/* Pixel i is 2 (i + 1): 1 p0 + 2 p1 is 10, and 0.5 - p3 is -7.5. */
static void the_logit_of_a_class_is_solved_by_hand(void **state)
{
    static const float value[2] = {10, -7.5f}, gradient[2] = {5, -4};
    (void)state;
    network c = network_of("2", SMALL);
    scene s = counting_scene();
    c.layers[0].weight.data[0] = 1;
    c.layers[0].weight.data[1] = 2;
    c.layers[0].weight.data[SMALL + 3] = -1;
    c.layers[0].bias[1] = 0.5f;
    for (size_t k = 0; k < 2; k++) {
        float z = 2, d, pixels[SMALL];
        const char digits[2] = {(char)('0' + (int)k)};
        aim_at(&s, target_of_row(&target_class, digits, &c));
        assert_close(&(float){value_at_z(&s, &z, &d, pixels)}, &value[k], 1, 1e-6, 0);
        assert_close(&d, &gradient[k], 1, 1e-6, 0);
        assert_memory_equal(pixels, c.layers[0].weight.data + k * SMALL, sizeof pixels);
        assert_told(&s.x, value[k]);
    }
    scene_release(&s);
    network_release(&c);
}

static void a_class_that_the_classifier_does_not_know_is_refused(void **state)
{
    (void)state;
    network c = trained_classifier();
    scene s = small_scene(NULL);
    error e = {0};
    explain_target t;
    assert_int_equal(try_to_aim_at(&s, target_of_row(&target_class, "3", &c), &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "--target: class 3: the judge knows 0 to 2");
    assert_int_equal(explain_target_read(&t, "class", &e), -1);
    assert_string_equal(e.message, "--target: 'class': expected class:K with whole numbers");
    scene_release(&s);
    network_release(&c);
}

static void a_wrong_weight_of_a_classifier_is_caught(void **state)
{
    (void)state;
    network c = trained_classifier();
    scene s = small_scene(NULL);
    float *z = draw(Z, 4), gradient[Z];
    explain_check checks[N_GRADIENT_CHECKS];
    aim_at(&s, target_of_row(&target_class, "1", &c));
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    for (size_t i = 0; i < 12 * SMALL; i++)
        c.layers[0].weight.data[i] *= 1.01f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[2]));
    assert_false(explain_check_is_met(&checks[3]));
    free(z);
    scene_release(&s);
    network_release(&c);
}

/* Whether the gradient by the pixels is met where that much is added to it. */
static bool is_met_with(scene *s, float added)
{
    float z = 1.5f, gradient, pixels[SMALL], value = value_at_z(s, &z, &gradient, pixels);
    explain_check checks[N_GRADIENT_CHECKS];
    pixels[0] += added;
    explained_rows r = {
        .n = 1, .z = &z, .value = &value, .gradient_z = &gradient, .gradient_x = pixels};
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, NULL);
    return explain_check_is_met(&checks[3]);
}

/* Its logit is pixel 0 less pixel 0, by two hidden units. */
static void a_class_may_lose_its_share_of_the_terms_and_no_more(void **state)
{
    (void)state;
    network c = network_of("2,1", SMALL);
    scene s = scene_of_shape("35", NULL, 1, shape_of(ROWS, COLS));
    double most = sqrt(2) * 1e-6 * 3; /* rounding to the pixels, three layers with G's */
    s.g.layers[0].weight.data[0] = 1;
    c.layers[0].weight.data[0] = c.layers[0].weight.data[SMALL] = 1;
    c.layers[1].weight.data[0] = 1;
    c.layers[1].weight.data[1] = -1;
    aim_at(&s, target_of_row(&target_class, "0", &c));
    assert_true(is_met_with(&s, (float)(0.9 * most)));
    assert_false(is_met_with(&s, (float)(1.1 * most)));
    scene_release(&s);
    network_release(&c);
}

static void a_class_that_cannot_be_is_refused(void **state)
{
    (void)state;
    network c = trained_classifier();
    scene s = small_scene(NULL);
    error e = {0};
    assert_int_equal(try_to_aim_at(&s, target_of_row(&target_class, "3", &c), &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    e = (error){0};
    assert_int_equal(try_to_aim_at(&s, target_of_row(&target_class, "0", NULL), &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_string_equal(e.message, "target 'class' needs a classifier, and there is none");
    scene_release(&s);
    network_release(&c);
}

static void two_views_of_one_picture_add_up(void **state)
{
    (void)state;
    network c = trained_classifier();
    scene s = small_scene(NULL);
    for (uint64_t seed = 0; seed < 10; seed++) {
        float *z = draw(Z, 100 + seed), sum_z[Z], class_z[Z], gen_z[Z];
        error e = {0};
        aim_at(&s, target_of_row(&both_row, "2", &c));
        explanation a = explained(&s, z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("seed %" PRIu64 ": %s", seed, e.message);
        aim_at(&s, target_of_row(&target_class, "2", &c));
        float value = value_at_z(&s, z, class_z, NULL);
        aim(&s, "gen");
        value += value_at_z(&s, z, gen_z, NULL);
        for (size_t k = 0; k < Z; k++)
            sum_z[k] = class_z[k] + gen_z[k];
        assert_close(array_of(&a, "target"), &value, 1, 1e-6, 0);
        assert_close_by_norm(array_of(&a, "gradient_z"), sum_z, Z, 1e-5);
        assert_memory_equal(array_of(&a, "gradient_z_class"), class_z, sizeof class_z);
        explanation_release(&a);
        free(z);
    }
    scene_release(&s);
    network_release(&c);
}

/* ---- What they say of themselves ---- */

static void assert_described(const char *words, const char *want)
{
    scene s = small_scene(NULL);
    error e = {0};
    explain_target t = target_of(words);
    t.lambda = 0.5;
    if (try_to_aim_at(&s, t, &e))
        fail_msg("%s", e.message);
    json_t *o = explain_target_describe(&s.x), *expected = json_loads(want, 0, NULL);
    assert_non_null(expected);
    if (!json_equal(o, expected))
        fail_msg("%s: %s", words, json_dumps(o, 0));
    json_decref(o);
    json_decref(expected);
    scene_release(&s);
}

static void a_description_has_the_targets_own_numbers(void **state)
{
    (void)state;
    assert_described("pixel:1,2", "{\"name\": \"pixel\", \"value_unit\": \"pixel values\", "
                                  "\"meaning\": \"the pixel in row 1, column 2, counted from 0\", "
                                  "\"area\": {\"top\": 1, \"left\": 2, \"bottom\": 1, "
                                  "\"right\": 2}}");
    assert_described("region:0,1,2,3",
                     "{\"name\": \"region\", \"value_unit\": \"pixel values\", \"meaning\": "
                     "\"the mean of the pixels in rows 0 to 2, columns 1 to 3\", "
                     "\"area\": {\"top\": 0, \"left\": 1, \"bottom\": 2, \"right\": 3}}");
    assert_described(
        "unit:3,4", "{\"name\": \"unit\", \"value_unit\": \"pre-activation\", \"meaning\": "
                    "\"unit 4 of G's layer 3, before its activation\", \"layer\": 3, \"unit\": 4}");
    assert_described("loss:7",
                     "{\"name\": \"loss\", \"value_unit\": \"loss\", \"meaning\": \"the mean "
                     "squared distance to a picture (rec) plus --lambda times G's loss (gen)\", "
                     "\"lambda\": 0.5}");
}

static void a_check_says_what_it_left_out(void **state)
{
    (void)state;
    explain_check c = {
        .n_samples = 4, .left_out = "# of 4 were left out.", .all_left_out = "nothing in # of 4"};
    assert_null(explain_check_note(&c));
    static const char *const want[] = {"1 of 4 were left out.", "3 of 4 were left out.",
                                       "nothing in 4 of 4"};
    static const size_t n[] = {1, 3, 4};
    for (size_t i = 0; i < 3; i++) {
        c.n_left_out = n[i];
        char *note = explain_check_note(&c);
        assert_string_equal(note, want[i]);
        assert_int_equal(explain_check_is_empty(&c), n[i] == 4);
        free(note);
    }
    c.all_left_out = NULL; /* units on kinks, say: as many as there are samples by chance */
    char *note = explain_check_note(&c);
    assert_string_equal(note, "4 of 4 were left out.");
    assert_false(explain_check_is_empty(&c));
    free(note);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_target_passes_its_checks_on_a_rectangle),
        cmocka_unit_test(areas_lie_where_rows_and_columns_of_the_shape_say),
        cmocka_unit_test(pixels_outside_of_the_shape_are_refused),
        cmocka_unit_test(a_reference_has_the_shape_of_the_pictures),
        cmocka_unit_test(a_set_of_another_shape_is_refused),
        cmocka_unit_test(pictures_have_the_values_and_gradients_of_the_z_they_come_from),
        cmocka_unit_test(a_picture_has_the_same_bytes_alone_and_among_others),
        cmocka_unit_test(the_gradient_of_an_area_by_the_pixels_is_its_outline),
        cmocka_unit_test(networks_are_packed_for_the_passes_that_the_target_needs),
        cmocka_unit_test(no_gradient_is_computed_that_is_not_wanted),
        cmocka_unit_test(a_unit_is_no_function_of_the_picture),
        cmocka_unit_test(an_explanation_keeps_what_its_own_picture_was_compared_with),
        cmocka_unit_test(the_logit_of_a_class_is_the_classifiers),
        cmocka_unit_test(the_logit_of_a_class_is_solved_by_hand),
        cmocka_unit_test(a_class_that_the_classifier_does_not_know_is_refused),
        cmocka_unit_test(a_wrong_weight_of_a_classifier_is_caught),
        cmocka_unit_test(a_class_may_lose_its_share_of_the_terms_and_no_more),
        cmocka_unit_test(a_class_that_cannot_be_is_refused),
        cmocka_unit_test(two_views_of_one_picture_add_up),
        cmocka_unit_test(a_description_has_the_targets_own_numbers),
        cmocka_unit_test(a_check_says_what_it_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
