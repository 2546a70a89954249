/* SPDX-License-Identifier: MIT */
/* A run that goes on: what is given, what was stored, what an option was before it existed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- A program whose options came one after the other ---- */

typedef struct {
    bool balanced;
    double gamma;
} penalty_settings;

typedef struct {
    common_settings common;
    uint64_t batch, steps, every;
    double lr, lr_d, pair[2];
    const char *spec, *loss;
    seed_list seeds;
    interval pause;
    bool mirror;
    penalty_settings penalty;
} settings;

static const option_row first_rows[] = {
    OPTION_COUNT(settings, batch, .name = "batch", .role = ROLE_RESULT, .low = 1, .high = 4096,
                 .value = "N", .summary = "Pictures."),
    OPTION_COUNT(settings, steps, .name = "steps", .value = "N", .summary = "Steps."),
    OPTION_COUNT(settings, every, .name = "every", .role = ROLE_RESULT, .is_optional = true,
                 .low = 1, .high = 9, .value = "N", .summary = "Steps between.",
                 .models = "gan|vae"),
    OPTION_REAL(settings, lr, .name = "lr", .role = ROLE_RESULT, .high = 1, .value = "X",
                .summary = "Rate."),
    OPTION_REAL(settings, lr_d, .name = "lr-d", .role = ROLE_RESULT, .is_optional = true, .high = 1,
                .value = "X", .summary = "Rate of D.", .models = "gan"),
    OPTION_PAIR(settings, pair, .name = "range", .role = ROLE_RESULT, .is_optional = true,
                .low = -9, .high = 9, .value = "A,B", .summary = "Range."),
    OPTION_TEXT(settings, spec, .name = "spec", .role = ROLE_RESULT, .is_optional = true,
                .value = "SPEC", .summary = "Layers."),
    OPTION_SEEDS(settings, seeds, .name = "seeds", .role = ROLE_RESULT, .is_optional = true,
                 .value = "LIST", .summary = "Seeds."),
};

static const option_row later_rows[] = {
    OPTION_CHOICE(settings, loss, .name = "loss", .role = ROLE_RESULT, .value = "NAME",
                  .choices = WORDS("minimax", "hinge"), .summary = "Loss.", .before = "minimax"),
    OPTION_INTERVAL(settings, pause, .name = "pause", .role = ROLE_RESULT, .low = 1, .high = 99,
                    .value = "N[e]", .summary = "Pause.", .before = "2e"),
    OPTION_FLAG(settings, mirror, .name = "mirror", .role = ROLE_RESULT, .summary = "Mirror.",
                .before = "false"),
};

static const option_row penalty_rows[] = {
    OPTION_REAL(penalty_settings, gamma, .name = "gamma", .is_optional = true, .role = ROLE_RESULT,
                .high = 9, .value = "X", .summary = "Penalty.", .before = ""),
    OPTION_FLAG(penalty_settings, balanced, .name = "balanced", .role = ROLE_RESULT,
                .summary = "Balance.", .models = "vae", .before = "false"),
};

static const option_group groups[] = {
    OPTION_GROUP("First", first_rows, 0),
    OPTION_GROUP("Later", later_rows, 0),
    OPTION_GROUP("Penalty", penalty_rows, MEMBER_AT(settings, penalty, penalty_settings)),
};

/* Of a recipe that has become better since. */
static const settings defaults = {.common = {.progress = "auto"},
                                  .batch = 64,
                                  .steps = 100,
                                  .every = 4,
                                  .lr = 0.002,
                                  .lr_d = 0.004,
                                  .pair = {-1, 1},
                                  .spec = "8,1",
                                  .loss = "hinge",
                                  .pause = {3, false},
                                  .mirror = true,
                                  .penalty = {true, 1}};

static const program demo = {.name = "gandemo",
                             .summary = "go on",
                             .usage = "[OPTION ...]",
                             .groups = groups,
                             .n_groups = sizeof groups / sizeof *groups,
                             .defaults = &defaults};

#define STORED                                                                                     \
    "{\"batch\": 32, \"every\": null, \"lr\": 0.001, \"lr-d\": null, \"range\": [0.0, 1.0], "      \
    "\"spec\": \"4,1\", \"seeds\": \"9223372036854775808\""

typedef struct {
    invocation v;
    settings s;
    error e;
    int status;
} outcome;

enum { MAX_WORDS = 8 };

static outcome resume_words(const char *stored, const char *const *words)
{
    outcome o = {.s = defaults};
    char *argv[MAX_WORDS + 1] = {copy_text("gandemo")};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = copy_text(words[argc - 1]);
    assert_int_equal(program_read(&o.v, &demo, argc, argv, &o.e), 0);
    assert_int_equal(program_apply(&o.s, &o.v, &o.e), 0);
    while (argc > 0)
        free(argv[--argc]);
    json_t *all = json_read(stored, strlen(stored), 4, "stored", STATUS_BAD_INPUT, &o.e);
    assert_non_null(all);
    o.status = settings_resume(&o.s, &o.v, all, &o.e);
    json_decref(all);
    return o;
}

#define resume(...)                                                                                \
    resume_words(FIRST(__VA_ARGS__, NULL), (const char *const[MAX_WORDS]){REST(__VA_ARGS__, NULL)})
#define FIRST(stored, ...) stored
#define REST(stored, ...) __VA_ARGS__

static void done(outcome *o)
{
    settings_release(&demo, &o->s);
    invocation_release(&o->v);
}

static void assert_refused(const char *stored, const char *option, exit_status status,
                           const char *message)
{
    outcome o = resume(stored, option);
    assert_int_equal(o.status, -1);
    assert_string_equal(o.e.message, message);
    assert_int_equal(o.e.status, status);
    done(&o);
}

/* ---- Tests ---- */

static void what_is_left_open_comes_from_the_stored_settings(void **state)
{
    (void)state;
    outcome o = resume(STORED ", \"loss\": \"minimax\", \"pause\": 5, \"mirror\": false, "
                              "\"gamma\": 0.5, \"balanced\": false}",
                       "--steps=7");
    assert_int_equal(o.status, 0);
    assert_true(o.s.batch == 32 && o.s.lr == 0.001 && o.s.pair[0] == 0 && o.s.pair[1] == 1);
    assert_string_equal(o.s.spec, "4,1");
    assert_true(seed_list_count(&o.s.seeds) == 1 && seed_list_at(&o.s.seeds, 0) == 1ull << 63);
    assert_string_equal(o.s.loss, "minimax");
    assert_true(o.s.pause.n == 5 && !o.s.pause.is_epochs && !o.s.mirror);
    assert_true(o.s.penalty.gamma == 0.5 && !o.s.penalty.balanced);
    assert_int_equal(o.s.steps, 7); /* no matter of the stored settings */
    done(&o);
}

static void what_was_not_set_there_is_not_set_here(void **state)
{
    (void)state;
    outcome o = resume("{\"batch\": 1, \"every\": null, \"lr\": 0, \"lr-d\": null, \"range\": "
                       "null, \"spec\": null, \"seeds\": null}");
    assert_int_equal(o.status, 0);
    assert_true(o.s.every == 0 && isnan(o.s.lr_d) && isnan(o.s.pair[0]) && isnan(o.s.pair[1]));
    assert_null(o.s.spec);
    assert_int_equal(o.s.seeds.n_ranges, 0);
    json_t *again = settings_json(&demo, &o.s, 1u << ROLE_RESULT);
    assert_true(json_is_null(json_object_get(again, "every")));
    json_decref(again);
    done(&o);
}

static void a_key_that_is_missing_means_what_the_option_was_before(void **state)
{
    (void)state;
    outcome o = resume(STORED "}");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.s.loss, "minimax");
    assert_true(o.s.pause.n == 2 && o.s.pause.is_epochs && !o.s.mirror);
    assert_true(isnan(o.s.penalty.gamma) && !o.s.penalty.balanced);
    done(&o);
    assert_refused("{\"batch\": 32}", NULL, STATUS_BAD_INPUT,
                   "the settings of the run lack 'every'");
}

static void what_nothing_says_is_as_it_was_before_or_not_set(void **state)
{
    settings s = {0};
    (void)state;
    settings_begin(&s, &demo);
    assert_string_equal(s.loss, "minimax");
    assert_true(s.pause.n == 2 && s.pause.is_epochs && !s.mirror && !s.penalty.balanced);
    assert_true(isnan(s.lr_d) && isnan(s.pair[0]) && isnan(s.penalty.gamma));
    assert_true(!s.spec && s.seeds.n_ranges == 0 && s.batch == 0 && s.lr == 0);
}

static void only_what_is_given_can_differ(void **state)
{
    (void)state;
    outcome o = resume(STORED "}", "--batch=32", "--lr=1e-3", "--range=0,1", "--no-mirror",
                       "--spec=4,1", "--seeds=9223372036854775808");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.s.spec, "4,1");
    done(&o);
    assert_refused(STORED "}", "--batch=64", STATUS_USAGE, "'--batch' is 64 here and 32 there");
    assert_refused(STORED "}", "--lr-d=0", STATUS_USAGE, "'--lr-d' is 0 here and not set there");
    assert_refused(STORED "}", "--seeds=1", STATUS_USAGE,
                   "'--seeds' is 1 here and 9223372036854775808 there");
    assert_refused(STORED "}", "--loss=hinge", STATUS_USAGE,
                   "'--loss' is hinge here and minimax there");
    assert_refused(STORED "}", "--balanced", STATUS_USAGE,
                   "'--balanced' is true here and false there");
    assert_refused(STORED "}", "--gamma=1", STATUS_USAGE, "'--gamma' is 1 here and not set there");
}

static void another_writer_s_numbers_are_the_same_numbers(void **state)
{
    (void)state;
    outcome o = resume("{\"batch\": 32.0, \"every\": \"2\", \"lr\": 1e-3, \"lr-d\": 1, \"range\": "
                       "\"0,1\", \"spec\": \"4,1\", \"seeds\": [1, \"3-4\"]}",
                       "--batch=32", "--seeds=1,3-4");
    assert_int_equal(o.status, 0);
    assert_true(o.s.every == 2 && o.s.pair[1] == 1);
    done(&o);
}

static void unknown_keys_and_what_is_no_value_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused(STORED ", \"wings\": 2}", NULL, STATUS_BAD_INPUT,
                   "the run has a setting 'wings' that is unknown here; a later version may have "
                   "made it");
    assert_refused(STORED ", \"help\": true}", NULL, STATUS_BAD_INPUT,
                   "the run has a setting 'help' that is unknown here; a later version may have "
                   "made it");
    assert_refused(STORED ", \"loss\": \"wgan\"}", NULL, STATUS_BAD_INPUT,
                   "setting 'loss' of the run: 'wgan' is not one of minimax|hinge");
    assert_refused(STORED ", \"loss\": 3}", NULL, STATUS_BAD_INPUT,
                   "setting 'loss' of the run: expected a text");
    assert_refused(STORED ", \"pause\": {}}", NULL, STATUS_BAD_INPUT,
                   "setting 'pause' of the run: expected a value");
    assert_refused(STORED ", \"mirror\": null}", NULL, STATUS_BAD_INPUT,
                   "setting 'mirror' of the run: null is no value of it");
    assert_refused("{\"batch\": 0}", "--batch=1", STATUS_BAD_INPUT,
                   "setting 'batch' of the run: '0' is not a number in 1..4096");
    assert_refused("{\"batch\": null}", NULL, STATUS_BAD_INPUT,
                   "setting 'batch' of the run: null is no value of it");
}

static void options_of_other_models_are_refused_where_argv_gives_them(void **state)
{
    (void)state;
    outcome o = resume(STORED "}", "--lr-d=0.5", "--no-balanced");
    assert_int_equal(option_models_check(&o.v, "gan", &o.e), 0);
    assert_int_equal(option_models_check(&o.v, "vae", &o.e), -1);
    assert_string_equal(o.e.message, "--lr-d is for --model gan, and not for vae");
    assert_int_equal(o.e.status, STATUS_USAGE);
    done(&o);
    o = resume(STORED "}", "--every=2");
    assert_int_equal(option_models_check(&o.v, "vae", &o.e), 0);
    assert_int_equal(option_models_check(&o.v, "ae", &o.e), -1);
    assert_string_equal(o.e.message, "--every is for --model gan or vae, and not for ae");
    assert_int_equal(option_models_check(&o.v, "va", &o.e), -1);
    done(&o);
}

static void help_names_the_models_that_read_an_option(void **state)
{
    (void)state;
    invocation v;
    error e = {0};
    char *argv[] = {(char[]){"gandemo"}, (char[]){"--help"}, NULL};
    capture c = capture_start(STDOUT_FILENO);
    int status = program_read(&v, &demo, 2, argv, &e);
    text t = capture_end(c);
    assert_int_equal(status, 1);
    assert_holds(t.data, "Rate of D. (0..1; default 0.004; for --model gan)\n");
    assert_holds(t.data, "Steps between. (1..9; default 4; for --model gan or\n");
    assert_holds(t.data, "Balance. (default on; for --model vae)\n");
    text_release(&t);
    invocation_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_open_comes_from_the_stored_settings),
        cmocka_unit_test(what_was_not_set_there_is_not_set_here),
        cmocka_unit_test(a_key_that_is_missing_means_what_the_option_was_before),
        cmocka_unit_test(what_nothing_says_is_as_it_was_before_or_not_set),
        cmocka_unit_test(only_what_is_given_can_differ),
        cmocka_unit_test(another_writer_s_numbers_are_the_same_numbers),
        cmocka_unit_test(unknown_keys_and_what_is_no_value_are_refused_by_name),
        cmocka_unit_test(options_of_other_models_are_refused_where_argv_gives_them),
        cmocka_unit_test(help_names_the_models_that_read_an_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
