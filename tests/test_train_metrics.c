/* SPDX-License-Identifier: MIT */
/* What is measured of a training: when, that it is no training time, how it ends a run, and that a
 * state remembers it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "digits.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "4:lrelu=0.2,784:tanh",
                           .discriminator = "4:lrelu=0.2,1",
                           .loss = "nonsaturating",
                           .opt = "sgd",
                           .init_weights = "glorot",
                           .z_dim = 3,
                           .batch = 4,
                           .seed = 3,
                           .range = {-1, 1},
                           .lr = 1e-3,
                           .lr_d = (double)NAN};
}

static model model_of(const train_options *o)
{
    model m;
    error e = {0};
    if (model_init(&m, o, &digits.train, &e))
        fail_msg("%s", e.message);
    return m;
}

/* ---- Which metrics ---- */

static size_t metrics_of(const metric **out, const char *names, const char *stop_when)
{
    train_options o = {.metrics = names, .stop_when = stop_when, .metrics_every = {.n = 10}};
    return train_metrics(out, &o);
}

static void metrics_are_those_that_are_named_then_those_of_thresholds(void **state)
{
    const metric *out[MAX_TRAIN_METRICS];
    (void)state;
    assert_int_equal(metrics_of(out, NULL, NULL), 1);
    assert_string_equal(out[0]->name, "fcd");
    assert_int_equal(metrics_of(out, "class_accuracy,fcd", "fcd<8"), 2);
    assert_string_equal(out[0]->name, "class_accuracy");
    assert_string_equal(out[1]->name, "fcd");
    assert_int_equal(metrics_of(out, "fcd,fcd", "class_accuracy>0.5,fcd<8"), 2);
    assert_string_equal(out[1]->name, "class_accuracy");
    assert_int_equal(metrics_of(out, NULL, "class_accuracy>0.5"), 1);
    assert_string_equal(out[0]->name, "class_accuracy");
    assert_int_equal(train_metrics(out, &(train_options){.metrics = "fcd"}), 0);
}

/* ---- When ---- */

enum { MOST = 64 };

/* What was called of a training: "M25" measured as it was due, "m" not due, "L" logged. */
typedef struct {
    model *m;
    char calls[MOST * 8];
    double value;   /* that is measured, */
    double falls;   /* and by how much less each time */
    double seconds; /* that measuring took */
    double last;    /* time of training */
} recorder;

static void record(recorder *r, const char *what)
{
    size_t n = strlen(r->calls);
    snprintf(r->calls + n, sizeof r->calls - n, "%s%llu ", what, (unsigned long long)r->m->step);
}

static int on_measure(void *context, bool is_regular, error *e)
{
    recorder *r = context;
    double start = seconds_now();
    (void)e;
    record(r, is_regular ? "M" : "m");
    r->value -= r->falls;
    if (is_regular) {
        json_t *values = json_object();
        json_object_set_new(values, "fcd", json_number(r->value));
        json_decref(r->m->memory.metrics);
        r->m->memory.metrics = json_object();
        json_object_set_new(r->m->memory.metrics, "step", json_unsigned(r->m->step));
        json_object_set_new(r->m->memory.metrics, "values", values);
    }
    while (seconds_now() - start < 0.005)
        ;
    r->seconds += seconds_now() - start;
    return 0;
}

static int on_log(void *context, uint64_t step, double seconds, error *e)
{
    (void)step, (void)seconds, (void)e;
    record(context, "L");
    return 0;
}

static void on_tick(void *context, uint64_t step, double done, double seconds)
{
    recorder *r = context;
    (void)step, (void)done;
    r->last = seconds;
}

static train_end run(recorder *r, const train_plan *plan)
{
    const train_events events = {
        .context = r, .measure = on_measure, .log = on_log, .tick = on_tick};
    error e = {0};
    return train(r->m, plan, &events, &e);
}

static void a_run_is_measured_when_due_and_at_its_end_before_the_log(void **state)
{
    train_options o = small_options();
    model m = model_of(&o);
    recorder r = {.m = &m};
    (void)state;
    assert_int_equal(run(&r, &(train_plan){.n_steps = 11, .log_every = 3, .metrics_every = 4}),
                     TRAIN_FINISHED);
    assert_string_equal(r.calls, "L3 M4 L4 L6 M8 L8 L9 m11 L11 ");
    model_release(&m);
}

static void without_metrics_nothing_is_measured(void **state)
{
    train_options o = small_options();
    model m = model_of(&o);
    recorder r = {.m = &m};
    (void)state;
    assert_int_equal(run(&r, &(train_plan){.n_steps = 5, .log_every = 5}), TRAIN_FINISHED);
    assert_string_equal(r.calls, "L5 ");
    model_release(&m);
}

static void measuring_is_no_training_time(void **state)
{
    train_options o = small_options();
    model m = model_of(&o);
    recorder r = {.m = &m};
    double start = seconds_now();
    (void)state;
    run(&r, &(train_plan){.n_steps = 20, .metrics_every = 1});
    assert_true(r.seconds >= 20 * 0.005);
    assert_true(r.last <= seconds_now() - start - r.seconds + 0.005); /* its last was after */
    model_release(&m);
}

/* ---- Thresholds ---- */

static train_plan plan_until(const char *thresholds, uint64_t n_steps)
{
    train_options o = small_options();
    o.stop_when = thresholds;
    o.steps = n_steps;
    o.metrics_every.n = 2;
    return train_plan_of(&o, digits.train.n);
}

static void a_threshold_that_is_met_ends_the_run(void **state)
{
    train_options o = small_options();
    model m = model_of(&o);
    recorder r = {.m = &m, .value = 10, .falls = 3}; /* 7, 4, 1 */
    train_plan plan = plan_until("fcd<5", 100);
    (void)state;
    assert_int_equal(run(&r, &plan), TRAIN_FINISHED);
    assert_int_equal(m.step, 4);
    assert_string_equal(r.calls, "M2 L2 M4 L4 ");
    assert_true(train_is_good(&plan, &m) && train_is_done(&plan, &m, 0));
    m.step++; /* another step's value says nothing */
    assert_true(!train_is_good(&plan, &m) && !train_is_done(&plan, &m, 0));
    model_release(&m);
}

static void all_thresholds_are_to_be_met_by_numbers(void **state)
{
    train_options o = small_options();
    model m = model_of(&o);
    train_plan both = plan_until("fcd<5,class_accuracy>0.5", 100), none = {.n_steps = 100};
    json_t *values = json_object();
    (void)state;
    m.memory.metrics = json_object();
    json_object_set_new(m.memory.metrics, "step", json_unsigned(0));
    json_object_set_new(m.memory.metrics, "values", values);
    json_object_set_new(values, "fcd", json_number(4));
    assert_false(train_is_good(&both, &m));
    json_object_set_new(values, "class_accuracy", json_null());
    assert_false(train_is_good(&both, &m));
    json_object_set_new(values, "class_accuracy", json_number(0.6));
    assert_true(train_is_good(&both, &m));
    assert_false(train_is_good(&none, &m));
    model_release(&m);
}

/* ---- What a state remembers ---- */

static void a_state_remembers_what_was_measured_and_the_best(void **state)
{
    char path[] = "/tmp/ganlens-test-measured-XXXXXX";
    train_options o = small_options();
    model m = model_of(&o), again = model_of(&o);
    safetensors s = {0};
    error e = {0};
    (void)state;
    close(mkstemp(path));
    m.memory.metrics = json_object();
    json_object_set_new(m.memory.metrics, "step", json_unsigned(7));
    assert_int_equal(model_write_best(&m.memory.best, &m, "{}", 0, "fcd", 1.5, &e), 0);
    assert_int_equal(model_save_state(&m, path, "{}", "{}", 0, &e), 0);
    assert_int_equal(safetensors_load(&s, path, &e), 0);
    assert_int_equal(model_get_state(&again, &s, &e), 0);
    assert_true(json_equal(again.memory.metrics, m.memory.metrics));
    assert_int_equal(again.memory.best.size, m.memory.best.size);
    assert_memory_equal(again.memory.best.data, m.memory.best.data, m.memory.best.size);
    safetensors_release(&s);
    unlink(path);
    model_release(&m);
    model_release(&again);
}

static void the_best_is_a_model_that_says_by_what(void **state)
{
    char path[] = "/tmp/ganlens-test-best-XXXXXX";
    train_options o = small_options();
    model m = model_of(&o);
    bytes best = {0};
    safetensors s = {0};
    model_file f = {0};
    error e = {0};
    (void)state;
    close(mkstemp(path));
    m.step = 250;
    assert_int_equal(model_write_best(&best, &m, "{}", 0, "fcd", 12.25, &e), 0);
    assert_int_equal(safetensors_read(&s, best.data, best.size, "best", &e), 0);
    assert_string_equal(safetensors_metadata(&s, "best"),
                        "{\"metric\": \"fcd\", \"value\": 12.25}");
    assert_string_equal(safetensors_metadata(&s, "step"), "250");
    assert_int_equal(file_save(path, best.data, best.size, NOT_DURABLE, &e), 0);
    assert_int_equal(model_file_load(&f, &(model_source){.path = path}, &e), 0);
    assert_memory_equal(model_file_part(&f, "G")->param, m.parts[0].network.param,
                        m.parts[0].network.n_param * sizeof(float));
    model_file_release(&f);
    safetensors_release(&s);
    bytes_release(&best);
    unlink(path);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_those_that_are_named_then_those_of_thresholds),
        cmocka_unit_test(a_run_is_measured_when_due_and_at_its_end_before_the_log),
        cmocka_unit_test(without_metrics_nothing_is_measured),
        cmocka_unit_test(measuring_is_no_training_time),
        cmocka_unit_test(a_threshold_that_is_met_ends_the_run),
        cmocka_unit_test(all_thresholds_are_to_be_met_by_numbers),
        cmocka_unit_test(a_state_remembers_what_was_measured_and_the_best),
        cmocka_unit_test(the_best_is_a_model_that_says_by_what),
    };
    use_threads(1);
    return cmocka_run_group_tests(tests, load_digits, release_digits);
}
