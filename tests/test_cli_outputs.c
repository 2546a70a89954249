/* SPDX-License-Identifier: MIT */
/* Outputs, and the rules that make reads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[] = "/tmp/test_cli_outputs.XXXXXX";

static int make_scratch(void **state)
{
    (void)state;
    int fd = mkstemp(scratch);
    return fd < 0 ? -1 : close(fd);
}

static int remove_scratch(void **state)
{
    (void)state;
    return unlink(scratch);
}

static void a_depfile_names_all_inputs_as_make_reads_them(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    const char *const inputs[] = {"a.gz", "my data/b#1", "c$d", "e:f%g", "h\\ i"};
    assert_int_equal(depfile_save(scratch, "run 1/m%", inputs, 5, &e), 0);
    assert_int_equal(file_load(&b, scratch, 1000, &e), 0);
    assert_string_equal((char *)b.data,
                        "run\\ 1/m\\%: a.gz my\\ data/b\\#1 c$$d e\\:f%g h\\\\\\ i\n"
                        "\na.gz:\n\nmy\\ data/b\\#1:\n\nc$$d:\n\ne\\:f\\%g:\n\nh\\\\\\ i:\n");
    bytes_release(&b);
}

static void a_name_make_cannot_read_is_refused(void **state)
{
    (void)state;
    error e = {0};
    const char *const bad[] = {"a\nb", "a;b", "a|b", "a=b"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(depfile_save(scratch, "t", &bad[i], 1, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_int_equal(depfile_check(scratch, bad[i], NULL, 0, &e), -1);
    }
}

static void a_depfile_lies_in_a_folder_that_is_there_or_made_for_its_target(void **state)
{
    (void)state;
    error e = {0};
    const char *const good[][2] = {{"d", "run/m"},       {"run/d", "run/m"}, {"run/d", "run/a/b"},
                                   {"./run/d", "run/m"}, {"/tmp/d", "m"},    {NULL, "m"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(depfile_check(good[i][0], good[i][1], NULL, 0, &e), 0);
    const char *const bad[][2] = {
        {"none/d", "m"}, {"ru/d", "run/m"}, {"run/a/d", "run/m"}, {"/none/d", "m"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(depfile_check(bad[i][0], bad[i][1], NULL, 0, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_holds(e.message, "No such file or directory");
    }
}

static void a_depfile_is_no_folder(void **state)
{
    (void)state;
    error e = {0};
    const char *const made[][2] = {{"run", "run/m"}, {"./run", "run/a/b"}, {"run/a", "./run/a/b"}};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        assert_int_equal(depfile_check(made[i][0], made[i][1], NULL, 0, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_holds(e.message, "is a folder that");
    }
    assert_int_equal(depfile_check("/tmp", "m", NULL, 0, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_OUTPUT);
    assert_holds(e.message, "/tmp: is a folder, expected a file name");
}

static void an_output_is_no_input_and_no_other_output(void **state)
{
    (void)state;
    const char *const inputs[] = {NULL, scratch}, *const none[] = {NULL};
    const char *const different[] = {"/tmp/no-a", NULL, "/tmp/no-b"};
    const char *const twice[] = {"/tmp/no-a", NULL, "/tmp/no-a"};
    const char *const spelled[][2] = {{"no-a", "./no-a"}, {"no/b/c", ".//no/b/c"}};
    const char *const devices[] = {"/dev/null", "/dev/null"};
    text other = {0};
    error e = {0};
    text_add(&other, "/tmp/./%s", strrchr(scratch, '/') + 1);
    assert_int_equal(outputs_check(different, 3, inputs, 2, &e), 0);
    assert_int_equal(outputs_check(devices, 2, none, 1, &e), 0);
    assert_int_equal(outputs_check(twice, 3, none, 1, &e), -1);
    assert_string_equal(e.message, "/tmp/no-a: two outputs have this name");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(outputs_check(spelled[i], 2, none, 1, &e), -1);
    assert_int_equal(outputs_check((const char *const[]){other.data}, 1, inputs, 2, &e), -1);
    assert_int_equal(outputs_check((const char *const[]){"no", other.data}, 2, inputs, 2, &e), -1);
    assert_holds(e.message, "is read here and would be written over");
    text_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_depfile_names_all_inputs_as_make_reads_them),
        cmocka_unit_test(a_name_make_cannot_read_is_refused),
        cmocka_unit_test(a_depfile_lies_in_a_folder_that_is_there_or_made_for_its_target),
        cmocka_unit_test(a_depfile_is_no_folder),
        cmocka_unit_test(an_output_is_no_input_and_no_other_output),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
