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

static bytes train_judge(const dataset *d, uint64_t seed, uint64_t width)
{
    char *path = join_path(folder, "judge.safetensors");
    bytes file = {0};
    error e = {0};
    const judge_training t = {path, "none", seed, width};
    assert_done(judge_train(&quiet, d, &t, &e), &e);
    assert_done(file_load(&file, path, SIZE_MAX, &e), &e);
    free(path);
    return file;
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

/* It says what it was made of, and tells digits that it has not seen. */
static void a_judge_tells_digits(void **state)
{
    dataset d = some_digits(1500);
    error e = {0};
    model_file f;
    network c = {0};
    tiles t = {0};
    float *x, *logit, *unused;
    size_t n = d.test.n, n_right;
    (void)state;
    bytes file = train_judge(&d, 1, 64);
    safetensors s;
    assert_done(safetensors_read(&s, file.data, file.size, "judge", &e), &e);
    assert_done(model_file_read(&f, &s, &(model_source){0}, &e), &e);
    assert_string_equal(f.kind, "classifier");
    assert_int_equal(json_integer_value(json_object_get(f.settings, "seed")), 1);
    assert_true(f.has_data_checksum && f.data_checksum == d.checksum);
    assert_done(model_classifier(&c, &f, &e), &e);
    assert_true(c.layers[0].n_out == 64 && c.layers[1].n_out == 128 && c.n_out == 10);
    x = allocate(n * 784, sizeof *x), logit = allocate(n * 10, sizeof *x);
    unused = allocate(n * 10, sizeof *x);
    floats_from_bytes(x, d.test.pixels, n * 784, f.low, f.high);
    tiles_init(&t, &c);
    tiles_forward(logit, &t, x, n);
    double loss = softmax_cross_entropy(matrix_view(unused, n, 10), &n_right,
                                        matrix_view(logit, n, 10), d.test.labels);
    assert_true(n_right > n * 3 / 4 && loss < 0.8);
    tiles_release(&t);
    network_release(&c);
    model_file_release(&f);
    safetensors_release(&s);
    bytes_release(&file);
    free(x);
    free(logit);
    free(unused);
    dataset_release(&d);
}

static void assert_not_trained(const dataset *d, const char *words)
{
    error e = {0};
    const judge_training t = {"/nowhere/judge.safetensors", "none", 0, 16};
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
        cmocka_unit_test(pictures_that_make_no_judge_are_refused),
    };
    return cmocka_run_group_tests_name("judge_training", tests, make_folder, remove_folder);
}
