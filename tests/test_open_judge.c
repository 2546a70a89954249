/* SPDX-License-Identifier: MIT */
/* session: opening a judge; metrics: how far it can be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "close.h"
#include "trained.h"
#include "session.h"
#include "use_threads.h"

/* ---- Opening ---- */

typedef int judge_opener(judge_file *f, const char *path, picture_shape shape, error *e);

/* Saves a model of that kind with one part, of 4x5 pictures in 0..1 and three classes, and settings
 * unless NULL, and opens it for pictures of that shape. */
static int open_by(judge_opener *open, judge_file *f, const char *kind, const char *spec,
                   size_t rows, const char *settings, error *e)
{
    bool is_classifier = strcmp(kind, "classifier") == 0;
    network net = network_of(spec, is_classifier ? 20 : 2, 0.25f);
    const card_part part = {is_classifier ? "C" : "G", &net};
    const model_card card = {.kind = kind,
                             .z_dim = is_classifier ? 0 : 2,
                             .n_classes = is_classifier ? 3 : 0,
                             .shape = {4, 5, 20},
                             .low = 0,
                             .high = 1};
    safetensors s = {0};
    char *path = join_path(folder, "judge.safetensors");
    safetensors_set_metadata(&s, "format", "ganlens");
    safetensors_set_metadata(&s, "version", "1");
    safetensors_set_metadata(&s, "kind", "model");
    checkpoint_add_model(&s, &card, &part, 1);
    if (settings)
        safetensors_set_metadata(&s, "settings", settings);
    bytes file = save(&s, "judge.safetensors");
    int status = open(f, path, (picture_shape){rows, 5, rows * 5}, e);
    if (status == 0) {
        char sum[SHA256_SIZE];
        sha256_of(sum, file.data, file.size);
        assert_string_equal(f->checksum, sum);
        assert_string_equal(f->path, path);
    }
    bytes_release(&file);
    safetensors_release(&s);
    network_release(&net);
    free(path);
    return status;
}

static int open_one(judge_file *f, const char *kind, const char *spec, size_t rows, error *e)
{
    return open_by(judge_open, f, kind, spec, rows, NULL, e);
}

static void a_file_is_a_judge_of_its_pictures(void **state)
{
    judge_file f;
    error e = {0};
    (void)state;
    assert_done(open_one(&f, "classifier", "7:relu,3", 4, &e), &e);
    assert_ptr_equal(f.judge.checksum, f.checksum);
    assert_true(judge_n_features(&f.judge) == 7 && judge_n_classes(&f.judge) == 3);
    assert_true(f.judge.low == 0 && f.judge.high == 1 && f.judge.shape.rows == 4);
    judge_file_release(&f);
}

static void what_is_no_judge_is_refused(void **state)
{
    static const struct {
        const char *kind, *spec;
        size_t rows;
        const char *words;
    } cases[] = {
        {"gan", "4,20", 4, "judge.safetensors: is a gan, expected a classifier"},
        {"classifier", "3", 4, "its classifier '3' has no hidden layer"},
        {"classifier", "7,3", 5, "judges pictures of 4x5, expected 5x5"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        judge_file f;
        error e = {0};
        assert_int_equal(open_one(&f, cases[i].kind, cases[i].spec, cases[i].rows, &e), -1);
        assert_message(&e, STATUS_BAD_INPUT, cases[i].words);
        assert_null(f.path);
    }
    judge_file f;
    error e = {0};
    assert_int_equal(judge_open(&f, NULL, (picture_shape){8, 8, 64}, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "the judge that is built in: judges pictures of 28x28");
}

/* Neither takes the place of the other. */
static void a_control_is_no_judge_and_a_judge_no_control(void **state)
{
    static const char random[] = "{\"random-labels\": true}", plain[] = "{\"seed\": 1}";
    judge_file f;
    error e = {0};
    (void)state;
    assert_int_equal(open_by(judge_open, &f, "classifier", "7,3", 4, random, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "judge.safetensors: was trained on random labels, and");
    assert_int_equal(open_by(judge_open_control, &f, "classifier", "7,3", 4, plain, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "judge.safetensors: was not trained on random labels");
    assert_int_equal(open_by(judge_open_control, &f, "classifier", "7,3", 4, NULL, &e), -1);
    assert_int_equal(open_by(judge_open_control, &f, "classifier", "7,3", 5, random, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "judges pictures of 4x5, expected 5x5");
    assert_done(open_by(judge_open_control, &f, "classifier", "7,3", 4, random, &e), &e);
    judge_file_release(&f);
    assert_done(open_by(judge_open, &f, "classifier", "7,3", 4, plain, &e), &e);
    judge_file_release(&f);
}

/* Of three classes, as the judge that is asked has, or not. */
static void a_control_has_the_classes_of_the_judge(void **state)
{
    static const char random[] = "{\"random-labels\": true}";
    char *path = join_path(folder, "judge.safetensors");
    network three = network_of("7,3", 20, 0.25f), four = network_of("7,4", 20, 0.25f);
    subject s = {.model = {.shape = {4, 5, 20}, .low = -1, .high = 1}};
    const trust_options o = {.control = path};
    trust_settings t = {0};
    judge_file f, control = {0};
    error e = {0};
    (void)state;
    assert_done(open_by(judge_open_control, &f, "classifier", "7,3", 4, random, &e), &e);
    judge_file_release(&f);
    assert_int_equal(trust_open_control(&control, &t, &o, &s, &e), -1);
    assert_message(&e, STATUS_USAGE, "--judge-control is for --target class:K");
    s.target.classifier = &four;
    assert_int_equal(trust_open_control(&control, &t, &o, &s, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "tells 3 classes apart, expected 4, as the judge");
    judge_file_release(&control);
    s.target.classifier = &three;
    assert_done(trust_open_control(&control, &t, &o, &s, &e), &e);
    assert_ptr_equal(t.control, &control.classifier);
    judge_file_release(&control);
    assert_done(trust_open_control(&control, &t, &(trust_options){0}, &s, &e), &e);
    network_release(&three);
    network_release(&four);
    free(path);
}

/* Digits that it was not trained on; they are no MNIST's, but much like them. */
static void the_judge_that_is_built_in_tells_digits(void **state)
{
    dataset d;
    judge_file f;
    judged_set s = {0};
    judge_quality q;
    error e = {0};
    (void)state;
    assert_done(dataset_load(&d, NULL, &(data_choice){.n_classes = 10}, &e), &e);
    assert_done(judge_open(&f, NULL, d.shape, &e), &e);
    assert_null(f.path);
    assert_true(judge_n_features(&f.judge) == 128 && judge_n_classes(&f.judge) == 10);
    judged_set_init(&s, &f.judge, d.train.pixels, d.train.labels, d.train.n);
    judge_quality_find(&q, &s);
    assert_true(q.accuracy > 0.95 && q.calibration_error < 0.05);
    judged_set_release(&s);
    judge_file_release(&f);
    dataset_release(&d);
}

/* That its file is as small as was meant, and the one that its README speaks of. */
static void the_judge_that_is_built_in_is_the_one_described(void **state)
{
    bytes file = {0}, words = {0};
    judge_file f;
    error e = {0};
    (void)state;
    assert_done(file_load(&file, "data/judge/judge.safetensors", SIZE_MAX, &e), &e);
    assert_done(file_load(&words, "data/judge/README.md", SIZE_MAX, &e), &e);
    assert_done(judge_open(&f, NULL, (picture_shape){28, 28, 784}, &e), &e);
    char sum[SHA256_SIZE];
    sha256_of(sum, file.data, file.size);
    assert_string_equal(f.checksum, sum);
    assert_non_null(strstr((const char *)words.data, sum));
    assert_true(file.size <= 1000000);
    judge_file_release(&f);
    bytes_release(&file);
    bytes_release(&words);
}

/* ---- Asked for a class ---- */

typedef struct {
    common_settings common;
    subject_options subject;
} asking;

static const asking asking_defaults = {.subject = SUBJECT_DEFAULTS};
static const option_group asking_groups[] = {SUBJECT_GROUP("What", asking, subject)};
static const program asking_program = {
    .name = "asking", .groups = asking_groups, .n_groups = 1, .defaults = &asking_defaults};

/* A decoder of 28x28 pictures whose black is low and white high. */
static char *save_decoder(float low, float high)
{
    network net = network_of("784:sigmoid", 2, 0.25f);
    const card_part part = {"G", &net};
    const model_card card = {
        .kind = "ae", .z_dim = 2, .shape = {28, 28, 784}, .low = low, .high = high};
    safetensors s = {0};
    safetensors_set_metadata(&s, "format", "ganlens");
    safetensors_set_metadata(&s, "version", "1");
    safetensors_set_metadata(&s, "kind", "model");
    checkpoint_add_model(&s, &card, &part, 1);
    bytes file = save(&s, "decoder.safetensors");
    bytes_release(&file);
    safetensors_release(&s);
    network_release(&net);
    return join_path(folder, "decoder.safetensors");
}

/* As the judge sees a picture of bytes, so does the target, whatever the range of the model. */
static void assert_asked(float low, float high)
{
    static voice quiet = {.program = "test", .quiet = true};
    char *path = save_decoder(low, high), *argv[] = {copy_text("asking"), NULL};
    asking set = asking_defaults;
    invocation given;
    checkpoint_options how = CHECKPOINT_DEFAULTS;
    subject s = {0};
    explain_workspace w;
    judged_set seen;
    error e = {0};
    uint8_t pixels[784];
    float x[784], value;
    for (size_t i = 0; i < 784; i++)
        pixels[i] = (uint8_t)(i * i % 251);
    assert_done(program_read(&given, &asking_program, 1, argv, &e), &e);
    set.subject.target = "class:4";
    assert_done(subject_read(&s, &set.subject, &given, &e), &e);
    assert_done(subject_open(&s, &set.subject, &(subject_source){&quiet, path, &how, &given}, &e),
                &e);
    floats_from_bytes(x, pixels, 784, low, high);
    explain_workspace_init(&w, &s.explainer);
    explain_pictures(&s.explainer, &w, x, 1, NULL, &value, NULL);
    judged_set_init(&seen, &s.judge.judge, pixels, NULL, 1);
    assert_close(&value, &seen.logits[4], 1, 1e-4, 1e-4);
    judged_set_release(&seen);
    explain_workspace_release(&w);
    subject_release(&s);
    invocation_release(&given);
    free(argv[0]);
    free(path);
}

static void a_judge_sees_pictures_of_any_range_alike(void **state)
{
    (void)state;
    assert_asked(0, 1);
    assert_asked(-1, 1);
    assert_asked(-3, 9);
}

/* ---- How far it can be believed ---- */

/* Four pictures of two classes: three of class 0, of which two are told, and one of class 1, which
 * is told. Probabilities of what is told are 3/4 (right), 3/4 (wrong), 9/10 (right), 9/10 (right):
 * accuracies of the bins of these are 1/2 and 1. */
static void the_quality_of_four_pictures_is_solved_by_hand(void **state)
{
    static float logits[12] = {1.0986123f, 0, -100, 0, 1.0986123f, -100,
                               2.1972246f, 0, -100, 0, 2.1972246f, -100};
    static uint8_t seen[4] = {0, 1, 0, 1};
    static const uint8_t labels[4] = {0, 0, 0, 1};
    const judged_set s = {.n = 4, .labels = labels, .n_classes = 3, .logits = logits, .seen = seen};
    judge_quality q;
    (void)state;
    judge_quality_find(&q, &s);
    assert_close(&q.accuracy, &(double){0.75}, 1, 0, 0);
    assert_close(&q.calibration_error, &(double){0.5 * 0.25 + 0.5 * 0.1}, 1, 1e-6, 0);
    assert_close(q.precision, ((double[]){1, 0.5}), 2, 0, 0);
    assert_close(q.recall, ((double[]){2.0 / 3, 1}), 2, 1e-12, 0);
    assert_close(q.f1, ((double[]){0.8, 2.0 / 3}), 2, 1e-12, 0);
    assert_true(isnan(q.precision[2]) && isnan(q.recall[2]) && isnan(q.f1[2]));
}

/* Sure of all, and right: it is calibrated. */
static void a_probability_of_one_is_in_the_last_bin(void **state)
{
    static float logits[4] = {1000, 0, 1000, 0};
    static uint8_t seen[2] = {0, 0};
    static const uint8_t labels[2] = {0, 0};
    const judged_set s = {.n = 2, .labels = labels, .n_classes = 2, .logits = logits, .seen = seen};
    judge_quality q;
    (void)state;
    judge_quality_find(&q, &s);
    assert_true(q.accuracy == 1 && q.calibration_error == 0);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_a_judge_of_its_pictures),
        cmocka_unit_test(what_is_no_judge_is_refused),
        cmocka_unit_test(a_control_is_no_judge_and_a_judge_no_control),
        cmocka_unit_test(a_control_has_the_classes_of_the_judge),
        cmocka_unit_test(the_judge_that_is_built_in_tells_digits),
        cmocka_unit_test(the_judge_that_is_built_in_is_the_one_described),
        cmocka_unit_test(a_judge_sees_pictures_of_any_range_alike),
        cmocka_unit_test(the_quality_of_four_pictures_is_solved_by_hand),
        cmocka_unit_test(a_probability_of_one_is_in_the_last_bin),
    };
    return cmocka_run_group_tests_name("open_judge", tests, make_folder, remove_folder);
}
