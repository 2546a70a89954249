/* SPDX-License-Identifier: MIT */
/* Settings and their JSON: the configuration file, what is stored, what has a use. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "demo_program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The configuration file ---- */

static char config_path[] = "/tmp/test_cli_config.XXXXXX";

static int make_config(void **state)
{
    (void)state;
    int fd = mkstemp(config_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_config(void **state)
{
    (void)state;
    return unlink(config_path);
}

static void write_config(const char *content)
{
    error e = {0};
    assert_int_equal(file_save(config_path, content, strlen(content), NOT_DURABLE, &e), 0);
}

static void a_config_file_takes_every_kind_of_json_value(void **state)
{
    (void)state;
    write_config(
        "{\"batch\": 64, \"lr\": 1e-3, \"recipe\": \"classic\", \"pictures\": false, \"range\": "
        "[-2, 2.5], \"seeds\": [3, \"5-6\"], \"metrics\": [\"fcd\", \"is\"], \"data\": null, "
        "\"sample-every\": \"2e\", \"max-time\": \"1m\", \"threads\": 3}");
    outcome o = run("--config", config_path);
    assert_int_equal(o.status, 0);
    assert_true(o.s.batch == 64 && o.s.rate == 1e-3 && !o.s.pictures && o.s.time == 60);
    assert_true(o.s.range[0] == -2 && o.s.range[1] == 2.5 && o.s.common.threads == 3);
    assert_string_equal(o.s.recipe, "classic");
    assert_string_equal(o.s.metrics, "fcd,is");
    assert_null(o.s.data);
    assert_true(seed_list_count(&o.s.seeds) == 3 && seed_list_at(&o.s.seeds, 2) == 6);
    assert_true(o.s.every.n == 2 && o.s.every.is_epochs);
    done(&o);
}

static void a_count_in_a_config_file_has_64_bits(void **state)
{
    (void)state;
    write_config("{\"data\": \"18446744073709551615 \\\" 9223372036854775808\",\"seed\": "
                 "[9223372036854775808, 1], \"steps\":18446744073709551615}");
    outcome o = run("--config", config_path);
    assert_int_equal(o.status, 0);
    assert_true(o.s.steps == UINT64_MAX && seed_list_at(&o.s.seeds, 0) == 1ull << 63);
    assert_string_equal(o.s.data, "18446744073709551615 \" 9223372036854775808");
    done(&o);
}

static void the_command_line_wins_over_the_file_wherever_it_stands(void **state)
{
    (void)state;
    write_config("{\"batch\": 64, \"steps\": 5}");
    outcome o = run("--batch=7", "--config", config_path);
    assert_true(o.status == 0 && o.s.batch == 7 && o.s.steps == 5);
    done(&o);
}

static void assert_config_refused(const char *content, exit_status status, const char *message)
{
    write_config(content);
    outcome o = run("--config", config_path);
    assert_int_equal(o.status, -1);
    assert_memory_equal(o.e.message, config_path, strlen(config_path));
    assert_holds(o.e.message, message);
    assert_int_equal(o.e.status, status);
    done(&o);
}

static void a_wrong_key_or_value_names_file_and_key(void **state)
{
    (void)state;
    assert_config_refused("{\"bacth\": 1}", STATUS_USAGE,
                          ": unknown key 'bacth'; did you mean 'batch'?");
    assert_config_refused("{\"help\": true}", STATUS_USAGE, ": unknown key 'help'");
    assert_config_refused("{\"config\": \"a\"}", STATUS_USAGE, ": unknown key 'config'");
    assert_config_refused("{\"batch\": 0}", STATUS_USAGE,
                          ": key 'batch': '0' is not a number in 1..65536");
    assert_config_refused("{\"steps\": 18446744073709551616}", STATUS_USAGE,
                          ": key 'steps': '18446744073709551616' is not a whole number in 0..");
    assert_config_refused("{\"batch\": {}}", STATUS_USAGE,
                          ": key 'batch': expected a text, a number");
    assert_config_refused("{\"range\": [[1], 2]}", STATUS_USAGE, ": key 'range': expected");
    assert_config_refused("{\"metrics\": []}", STATUS_USAGE, ": key 'metrics': '' is empty");
}

static void a_missing_or_damaged_file_is_bad_input(void **state)
{
    (void)state;
    assert_config_refused("{\"batch\": }", STATUS_BAD_INPUT, ": line 1, column 11: not valid JSON");
    assert_config_refused("[1]", STATUS_BAD_INPUT, ": expected a JSON object of options");
    assert_refused_words((const char *const[MAX_WORDS]){"--config=/none"}, STATUS_BAD_INPUT,
                         "/none: No such file or directory");
}

static text written_settings(const settings *s, unsigned roles)
{
    text t = {0};
    json_t *v = settings_json(&demo, s, roles);
    json_write(&t, v, 0);
    json_decref(v);
    return t;
}

static void settings_as_json_read_back_as_a_config_are_the_same(void **state)
{
    (void)state;
    outcome first =
        run("--batch=9", "--steps=18446744073709551615", "--lr=0.333333333333", "--max-time=1m0.5s",
            "--sample-every=5e", "--seeds=9,0-18446744073709551615", "--range=0,0.1",
            "--data=a \"b\"", "--metrics=is", "--no-pictures", "--threads=2", "--dry-run");
    assert_int_equal(first.status, 0);
    text before = written_settings(&first.s, ALL_ROLES);
    write_config(before.data);
    outcome second = run("--config", config_path);
    assert_int_equal(second.status, 0);
    text after = written_settings(&second.s, ALL_ROLES);
    assert_string_equal(after.data, before.data);
    assert_false(second.s.common.dry_run);
    assert_true(second.s.rate == first.s.rate && second.s.time == first.s.time);
    assert_memory_equal(second.s.range, first.s.range, sizeof first.s.range);
    text_release(&before);
    text_release(&after);
    done(&first);
    done(&second);
}

static void a_text_that_json_cannot_hold_is_refused_by_name(void **state)
{
    (void)state;
    outcome o = run("--data=caf\xc3\xa9", "-o", "r\xff");
    assert_int_equal(o.status, 0);
    assert_int_equal(settings_print(&demo, &o.s, &o.e), -1);
    assert_int_equal(o.e.status, STATUS_USAGE);
    assert_holds(o.e.message, "--output: 'r\xff' is not UTF-8");
    o.s.output = NULL;
    assert_int_equal(settings_check_texts(&demo, &o.s, &o.e), 0);
    done(&o);
}

static void defaults_as_json_hold_null_for_what_is_not_set(void **state)
{
    (void)state;
    text t = written_settings(&defaults, ALL_ROLES);
    assert_holds(t.data, "\"data\": null, \"range\": [-1.0, 1.0]");
    assert_holds(t.data, "\"sample-every\": 200, \"seed\": null");
    assert_holds(t.data, "\"threads\": null, \"progress\": \"auto\"}");
    write_config(t.data);
    outcome o = run("--config", config_path);
    assert_int_equal(o.status, 0);
    done(&o);
    text_release(&t);
}

static void only_the_roles_wanted_are_written(void **state)
{
    (void)state;
    text t = written_settings(&defaults, 1 << ROLE_RESULT);
    assert_string_equal(t.data, "{\"range\": [-1.0, 1.0], \"recipe\": \"tuned\", \"batch\": 32, "
                                "\"lr\": 0.0001, \"seed\": null}");
    text_release(&t);
}

static void an_option_that_argv_gives_without_a_use_is_refused(void **state)
{
    (void)state;
    write_config("{\"batch\": 64, \"resume\": true}");
    outcome o = run("--config", config_path, "--lr=0.5", "--no-resume");
    assert_int_equal(o.status, 0);
    const option_use fine[] = {{"lr", true, "this"},
                               {"batch", false, "that"},
                               {"steps", false, "that"},
                               {"resume", false, ""}};
    assert_int_equal(option_uses_check(&o.v, fine, 4, &o.e), 0);
    const option_use useless[] = {{"steps", false, "that"}, {"lr", false, "training"}};
    assert_int_equal(option_uses_check(&o.v, useless, 2, &o.e), -1);
    assert_string_equal(o.e.message, "--lr is for training");
    assert_int_equal(o.e.status, STATUS_USAGE);
    done(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_file_takes_every_kind_of_json_value),
        cmocka_unit_test(a_count_in_a_config_file_has_64_bits),
        cmocka_unit_test(the_command_line_wins_over_the_file_wherever_it_stands),
        cmocka_unit_test(a_wrong_key_or_value_names_file_and_key),
        cmocka_unit_test(a_missing_or_damaged_file_is_bad_input),
        cmocka_unit_test(settings_as_json_read_back_as_a_config_are_the_same),
        cmocka_unit_test(a_text_that_json_cannot_hold_is_refused_by_name),
        cmocka_unit_test(defaults_as_json_hold_null_for_what_is_not_set),
        cmocka_unit_test(only_the_roles_wanted_are_written),
        cmocka_unit_test(an_option_that_argv_gives_without_a_use_is_refused),
    };
    return cmocka_run_group_tests(tests, make_config, remove_config);
}
