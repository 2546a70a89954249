/* SPDX-License-Identifier: MIT */
/* model: where a training goes back to when a step diverges. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "digits.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <string.h>

/* All that a state holds: BatchNorm, an average, moments. */
static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "4:bn:lrelu=0.2,784:tanh",
                           .discriminator = "4:lrelu=0.2:dropout=0.3,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .on_nan = "rollback",
                           .z_dim = 2,
                           .batch = 4,
                           .seed = 3,
                           .range = {-1, 1},
                           .lr = 1e-3,
                           .lr_d = (double)NAN,
                           .beta1 = 0.5,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9,
                           .ema_kimg = 0.1};
}

static void assert_done(int status, const error *e)
{
    if (status != 0)
        print_error("%s\n", e->message);
    assert_int_equal(status, 0);
}

static model model_of(const train_options *o)
{
    model m;
    error e = {0};
    assert_done(model_init(&m, o, &digits.train, &e), &e);
    return m;
}

static void assert_same_models(const model *a, const model *b)
{
    assert_int_equal(a->step, b->step);
    for (size_t i = 0; i < a->n_parts; i++) {
        const network *x = &a->parts[i].network, *y = &b->parts[i].network;
        assert_memory_equal(x->param, y->param, x->n_param * sizeof *x->param);
        assert_memory_equal(x->stats, y->stats, x->n_stats * sizeof *x->stats);
    }
}

/* ---- A training that is spoilt ---- */

/* Puts a NaN into m after its step `at`, `times` times; counts what is called back. */
typedef struct {
    model *m;
    uint64_t at;
    size_t times;
    text calls;
} spoiler;

static void spoil(void *context, uint64_t step, double done, double seconds)
{
    spoiler *s = context;
    (void)done, (void)seconds;
    if (step == s->at && s->times > 0) {
        s->times--;
        s->m->parts[0].network.param[0] = (float)NAN;
    }
}

static int note_back(void *context, double seconds, error *e)
{
    spoiler *s = context;
    (void)seconds, (void)e;
    text_add(&s->calls, "back to %llu ", (unsigned long long)s->m->step);
    return 0;
}

static int note_note(void *context, size_t i, error *e)
{
    spoiler *s = context;
    (void)e;
    text_add(&s->calls, "note %zu ", i);
    return 0;
}

static train_end train_spoilt(spoiler *s, uint64_t n_steps, error *e)
{
    train_plan plan = {.n_steps = n_steps};
    train_events events = {.context = s, .tick = spoil, .go_back = note_back, .note = note_note};
    *e = (error){0};
    return train(s->m, &plan, &events, e);
}

static const char *note_text(const model *m, size_t i)
{
    return json_string_value(json_object_get(json_array_get(m->memory.notes, i), "text"));
}

static void a_training_goes_back_to_its_last_good_state(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o), straight = model_of(&o);
    spoiler s = {.m = &m, .at = 1003, .times = 1}, none = {.m = &straight};
    error e;
    assert_int_equal(train_spoilt(&s, 1000, &e), TRAIN_FINISHED);
    assert_int_equal(train_spoilt(&none, 1000, &e), TRAIN_FINISHED);
    assert_same_models(&m, &straight);
    assert_int_equal(train_spoilt(&s, 1010, &e), TRAIN_FINISHED);
    assert_string_equal(s.calls.data, "back to 1000 note 0 ");
    assert_int_equal(m.memory.n_halvings, 1);
    assert_non_null(strstr(note_text(&m, 0), "step 1004: "));
    assert_non_null(strstr(note_text(&m, 0), ": back to step 1000 with 1/2 of the rates"));
    straight.memory.n_halvings = 1; /* half the rates from step 1000 on, and nothing else */
    assert_int_equal(train_spoilt(&none, 1010, &e), TRAIN_FINISHED);
    assert_same_models(&m, &straight);
    text_release(&s.calls);
    model_release(&m);
    model_release(&straight);
}

/* A rate is that of the options, by two for each time. */
static void half_the_rates_are_half_the_rates(void **state)
{
    (void)state;
    train_options o = small_options();
    model halved = model_of(&o);
    o.lr /= 4;
    model slow = model_of(&o);
    spoiler a = {.m = &halved}, b = {.m = &slow};
    error e;
    halved.memory.n_halvings = 2;
    assert_int_equal(train_spoilt(&a, 3, &e), TRAIN_FINISHED);
    assert_int_equal(train_spoilt(&b, 3, &e), TRAIN_FINISHED);
    assert_same_models(&halved, &slow);
    model_release(&halved);
    model_release(&slow);
}

static void a_training_gives_up_in_the_end(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    spoiler s = {.m = &m, .at = 1, .times = SIZE_MAX};
    error e;
    assert_int_equal(train_spoilt(&s, 10, &e), TRAIN_FAILED);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_non_null(strstr(e.message, "the rates were halved 10 times"));
    assert_int_equal(json_array_size(m.memory.notes), MOST_HALVINGS);
    assert_non_null(strstr(note_text(&m, 9), "back to step 0 with 1/1024 of the rates"));
    text_release(&s.calls);
    model_release(&m);
}

static void without_being_asked_nothing_goes_back(void **state)
{
    (void)state;
    train_options o = small_options();
    error e;
    for (size_t i = 0; i < 2; i++) {
        o.on_nan = i ? "stop" : NULL;
        model m = model_of(&o);
        spoiler s = {.m = &m, .at = 1, .times = 1};
        assert_int_equal(train_spoilt(&s, 10, &e), TRAIN_FAILED);
        assert_int_equal(e.status, STATUS_DIVERGED);
        assert_null(s.calls.data);
        assert_int_equal(m.memory.good.size, 0);
        model_release(&m);
    }
}

/* The optimizer's moments are no step's to look at, but the state's: a good one holds no NaN. */
static void what_is_not_finite_is_no_good_state(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    assert_done(model_keep_good(&m, &e), &e);
    m.parts[1].optimizer.m[0] = (float)INFINITY;
    assert_int_equal(model_keep_good(&m, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_done(model_roll_back(&m, &e), &e);
    assert_true(m.parts[1].optimizer.m[0] == 0);
    m.step = 999;
    m.parts[1].optimizer.m[0] = (float)INFINITY; /* not looked at */
    assert_done(model_keep_good(&m, &e), &e);
    model_release(&m);
}

static void what_is_no_divergence_does_not_go_back(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    assert_done(model_keep_good(&m, &e), &e);
    (fail)(&e, STATUS_BAD_OUTPUT, "disk full");
    assert_int_equal(model_roll_back(&m, &e), -1);
    assert_string_equal(e.message, "disk full");
    assert_int_equal(m.memory.n_halvings, 0);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_goes_back_to_its_last_good_state),
        cmocka_unit_test(half_the_rates_are_half_the_rates),
        cmocka_unit_test(a_training_gives_up_in_the_end),
        cmocka_unit_test(without_being_asked_nothing_goes_back),
        cmocka_unit_test(what_is_not_finite_is_no_good_state),
        cmocka_unit_test(what_is_no_divergence_does_not_go_back),
    };
    use_threads(1);
    return cmocka_run_group_tests(tests, load_digits, release_digits);
}
