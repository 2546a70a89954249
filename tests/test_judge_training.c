/* SPDX-License-Identifier: MIT */
/* Training a judge: a file of the same bytes each time, whatever the threads, and refusals. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "folder.h"
#include "training.h"
#include "use_threads.h"

static voice quiet = {.program = "test", .quiet = true};

/* The first so many of the digits that are built in. */
static dataset some_digits(size_t n)
{
    dataset d = {0};
    error e = {0};
    assert_done(dataset_load(&d, NULL, &(data_choice){.n_classes = 10}, &e), &e);
    d.train.n = n;
    return d;
}

static bytes train_one(const dataset *d, const judge_training *asked)
{
    char *path = join_path(folder, "judge.safetensors");
    bytes file = {0};
    error e = {0};
    judge_training t = *asked;
    t.output = path;
    t.progress = "none";
    assert_done(judge_train(&quiet, d, &t, &e), &e);
    assert_done(file_load(&file, path, SIZE_MAX, &e), &e);
    free(path);
    return file;
}

static bytes train_judge(const dataset *d, uint64_t seed, uint64_t width)
{
    return train_one(d, &(judge_training){.seed = seed, .width = width});
}

static bytes train_control(const dataset *d, uint64_t seed)
{
    return train_one(d, &(judge_training){.seed = seed, .width = 64, .has_random_labels = true});
}

static bool are_equal(const bytes *a, const bytes *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void a_judge_is_its_seeds_whatever_the_threads(void **state)
{
    dataset d = some_digits(300);
    (void)state;
    bytes one = train_judge(&d, 3, 64);
    use_threads(2);
    bytes two = train_judge(&d, 3, 64), other = train_judge(&d, 4, 64);
    use_threads(1);
    assert_true(are_equal(&one, &two));
    assert_false(are_equal(&one, &other));
    bytes_release(&one);
    bytes_release(&two);
    bytes_release(&other);
    dataset_release(&d);
}

/* How many of the test pictures the judge of a file tells, and what that costs it; f: the caller's.
 */
static size_t count_right(model_file *f, const bytes *file, const dataset *d, double *loss)
{
    error e = {0};
    network c = {0};
    tiles t = {0};
    safetensors s;
    size_t n = d->test.n, n_right;
    assert_done(safetensors_read(&s, file->data, file->size, "judge", &e), &e);
    assert_done(model_file_read(f, &s, &(model_source){0}, &e), &e);
    assert_done(model_classifier(&c, f, &e), &e);
    assert_true(c.layers[0].n_out == 64 && c.layers[1].n_out == 128 && c.n_out == 10);
    float *x = allocate(n * 784, sizeof *x), *logit = allocate(n * 10, sizeof *x);
    float *unused = allocate(n * 10, sizeof *x);
    floats_from_bytes(x, d->test.pixels, n * 784, f->low, f->high);
    tiles_init(&t, &c);
    tiles_forward(logit, &t, x, n);
    *loss = softmax_cross_entropy(matrix_view(unused, n, 10), &n_right, matrix_view(logit, n, 10),
                                  d->test.labels);
    tiles_release(&t);
    network_release(&c);
    safetensors_release(&s);
    free(x);
    free(logit);
    free(unused);
    return n_right;
}

/* It says what it was made of, and tells digits that it has not seen. */
static void a_judge_tells_digits(void **state)
{
    dataset d = some_digits(1500);
    model_file f;
    double loss;
    (void)state;
    bytes file = train_judge(&d, 1, 64);
    size_t n_right = count_right(&f, &file, &d, &loss);
    assert_string_equal(f.kind, "classifier");
    assert_int_equal(json_integer_value(json_object_get(f.settings, "seed")), 1);
    assert_null(json_object_get(f.settings, JUDGE_CONTROL_KEY));
    assert_true(f.has_data_checksum && f.data_checksum == d.checksum);
    assert_true(n_right > d.test.n * 3 / 4 && loss < 0.8);
    model_file_release(&f);
    bytes_release(&file);
    dataset_release(&d);
}

static void a_control_says_so_and_tells_no_digits(void **state)
{
    dataset d = some_digits(600);
    model_file f;
    double loss;
    (void)state;
    uint8_t *labels = allocate(d.train.n, 1);
    memcpy(labels, d.train.labels, d.train.n);
    bytes file = train_control(&d, 1), again = train_control(&d, 1), other = train_control(&d, 2);
    assert_true(are_equal(&file, &again));
    assert_false(are_equal(&file, &other));
    assert_memory_equal(labels, d.train.labels, d.train.n);
    assert_true(count_right(&f, &file, &d, &loss) < d.test.n / 4);
    assert_true(json_is_true(json_object_get(f.settings, JUDGE_CONTROL_KEY)));
    model_file_release(&f);
    bytes_release(&file);
    bytes_release(&again);
    bytes_release(&other);
    free(labels);
    dataset_release(&d);
}

static void assert_not_trained(const dataset *d, const char *words)
{
    error e = {0};
    const judge_training t = {
        .output = "/nowhere/judge.safetensors", .progress = "none", .width = 16};
    assert_int_equal(judge_train(&quiet, d, &t, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, words);
}

static void pictures_that_make_no_judge_are_refused(void **state)
{
    dataset d = some_digits(140);
    dataset bare = d;
    (void)state;
    bare.train.labels = NULL;
    assert_not_trained(&bare, "have no labels");
    assert_not_trained(&d, "140 training pictures, a tenth of them held back, are too few");
    memset(d.train.labels, 0, d.train.n);
    assert_not_trained(&d, "all training pictures are of class 0");
    dataset_release(&d);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_judge_is_its_seeds_whatever_the_threads),
        cmocka_unit_test(a_judge_tells_digits),
        cmocka_unit_test(a_control_says_so_and_tells_no_digits),
        cmocka_unit_test(pictures_that_make_no_judge_are_refused),
    };
    return cmocka_run_group_tests_name("judge_training", tests, make_folder, remove_folder);
}
