/* SPDX-License-Identifier: MIT */
/* session: where z come from, what is explained and how, and the files of a program. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "session.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { Z_DIM = 5 };

static char folder[] = "/tmp/ganlens-test-session-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return !mkdtemp(folder) || chdir(folder) != 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    text command = {0};
    (void)state;
    text_add(&command, "rm -rf %s", folder);
    int status = system(command.data);
    text_release(&command);
    return status;
}

static void make_file(const char *path)
{
    error e = {0};
    assert_int_equal(file_save(path, "x", 1, NOT_DURABLE, &e), 0);
}

static void assert_path(const latent_source *l, uint64_t i, const char *expected)
{
    char *path = latent_path(l, "out", i, ".png");
    assert_string_equal(path, expected);
    free(path);
}

static void assert_label(const latent_source *l, uint64_t i, const char *expected)
{
    text label = {0};
    latent_label(l, &label, i);
    assert_string_equal(label.data, expected);
    text_release(&label);
}

/* ---- Latents ---- */

static void seeds_are_drawn_and_named_by_their_number(void **state)
{
    seed_range ranges[] = {{40, 42}, {7, 7}};
    latent_options o = {.seeds = {ranges, 2}};
    error e = {0};
    latent_source l = {0};
    float z[2 * Z_DIM], expected[2 * Z_DIM];
    (void)state;
    assert_int_equal(latents_open(&l, &o, Z_DIM, &e), 0);
    assert_int_equal(l.n, 4);
    latents_fill(&l, z, 2, 2);
    latent_of_seed(expected, Z_DIM, 42);
    latent_of_seed(expected + Z_DIM, Z_DIM, 7);
    assert_memory_equal(z, expected, sizeof z);
    assert_path(&l, 3, "out/seed-0007.png");
    assert_label(&l, 0, "40");
    latent_source_release(&l);
}

static void rows_of_a_tensor_are_counted_from_zero(void **state)
{
    float rows[3 * Z_DIM], z[2 * Z_DIM];
    safetensors s = {0};
    latent_source l = {0};
    error e = {0};
    (void)state;
    for (size_t i = 0; i < 3 * Z_DIM; i++)
        rows[i] = (float)i;
    safetensors_add(&s, "codes", DTYPE_F32, 2, (size_t[]){3, Z_DIM}, rows);
    assert_int_equal(safetensors_save(&s, "z.safetensors", NOT_DURABLE, &e), 0);
    assert_int_equal(latents_open(&l, &(latent_options){.z = "z.safetensors:codes"}, Z_DIM, &e), 0);
    assert_int_equal(l.n, 3);
    latents_fill(&l, z, 1, 2);
    assert_memory_equal(z, rows + Z_DIM, sizeof z);
    assert_string_equal(l.path, "z.safetensors");
    assert_path(&l, 2, "out/z-0002.png");
    latent_source_release(&l);
    assert_int_equal(latents_open(&l, &(latent_options){.z = "z.safetensors:other"}, Z_DIM, &e),
                     -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_non_null(strstr(e.message, "--z: z.safetensors"));
    latent_source_release(&l);
    safetensors_release(&s);
}

static void a_way_leads_from_one_seed_to_the_other(void **state)
{
    latent_source l = {0};
    float z[3 * Z_DIM], first[Z_DIM], last[Z_DIM];
    (void)state;
    latents_between_seeds(&l, (uint64_t[]){3, 9}, 3, Z_DIM);
    latents_fill(&l, z, 0, 3);
    latent_of_seed(first, Z_DIM, 3);
    latent_of_seed(last, Z_DIM, 9);
    for (size_t i = 0; i < Z_DIM; i++) {
        assert_float_equal(z[i], first[i], 1e-6);
        assert_float_equal(z[2 * Z_DIM + i], last[i], 1e-6);
    }
    assert_label(&l, 1, "0.50");
    assert_path(&l, 1, "out/frame-0001.png");
    latent_source_release(&l);
}

/* ---- Classes ---- */

static void assert_classes(const model_file *m, const char *given, size_t n, size_t first)
{
    class_list c;
    error e = {0};
    assert_int_equal(classes_choose(&c, m, given, &e), 0);
    assert_int_equal(c.n, n);
    assert_int_equal(c.all[0], first);
}

static void assert_no_classes(const model_file *m, const char *given, const char *why)
{
    class_list c;
    error e = {0};
    assert_int_equal(classes_choose(&c, m, given, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_non_null(strstr(e.message, "--class"));
    assert_non_null(strstr(e.message, why));
}

static void a_class_is_one_that_the_model_has(void **state)
{
    model_file plain = {.path = (char[]){"m"}}, ten = {.path = (char[]){"m"}, .n_classes = 10};
    (void)state;
    assert_classes(&plain, NULL, 1, NO_CLASS);
    assert_no_classes(&plain, "all", "is not conditional");
    assert_no_classes(&plain, "0", "is not conditional");
    assert_classes(&ten, NULL, 10, 0);
    assert_classes(&ten, "all", 10, 0);
    assert_classes(&ten, "9", 1, 9);
    static const char *const wrong[] = {
        "-1", "", "7 ", "1,2", "256", "0x1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_no_classes(&ten, wrong[i], "is neither a class");
    assert_no_classes(&ten, "10", "there are 0 to 9");
    ten.settings = json_pack("{s:s}", "classes", "3,7");
    assert_classes(&ten, "all", 2, 3);
    assert_no_classes(&ten, "5", "trained on the classes 3,7 alone");
    json_decref(ten.settings);
}

/* ---- Loops ---- */

/* What work was called with, which of the calls fails how, and what was done in all. */
typedef struct {
    uint64_t first[9];
    size_t n[9], n_calls;
    exit_status fails[9];
    uint64_t n_done;
} calls;

static int work(block_loop *l, uint64_t first, size_t n, error *e)
{
    calls *c = l->context;
    size_t i = c->n_calls++;
    c->first[i] = first;
    c->n[i] = n;
    return c->fails[i] ? (fail)(e, c->fails[i], "call %zu", i) : 0;
}

static int loop_of_seven(calls *c, error *e)
{
    voice v = {.program = "test", .quiet = true};
    block_loop l = {.voice = &v,
                    .progress = "none",
                    .what = "things",
                    .n = 7,
                    .block = 3,
                    .work = work,
                    .context = c};
    int status = block_loop_run(&l, e);
    c->n_done = l.n_done;
    return status;
}

static void blocks_cover_all_once(void **state)
{
    calls c = {0};
    error e = {0};
    (void)state;
    assert_int_equal(loop_of_seven(&c, &e), 0);
    assert_int_equal(c.n_calls, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(c.first[i], 3 * i);
        assert_int_equal(c.n[i], i < 2 ? 3 : 1);
    }
    assert_int_equal(c.n_done, 7);
}

static void a_broken_check_is_told_when_all_is_done(void **state)
{
    calls c = {.fails = {STATUS_CHECK_FAILED, STATUS_CHECK_FAILED}};
    error e = {0};
    (void)state;
    assert_int_equal(loop_of_seven(&c, &e), -1);
    assert_int_equal(c.n_calls, 3);
    assert_int_equal(e.status, STATUS_CHECK_FAILED);
    assert_string_equal(e.message, "call 0");
}

static void another_failure_ends_the_loop_and_is_told(void **state)
{
    calls c = {.fails = {STATUS_CHECK_FAILED, STATUS_DIVERGED}};
    error e = {0};
    (void)state;
    assert_int_equal(loop_of_seven(&c, &e), -1);
    assert_int_equal(c.n_calls, 2);
    assert_int_equal(e.status, STATUS_DIVERGED);
}

/* ---- Files ---- */

static void what_is_read_is_not_written_over(void **state)
{
    file_list f = {0};
    error e = {0};
    (void)state;
    make_file("in");
    file_list_read(&f, "in");
    file_list_read(&f, NULL);
    file_list_write(&f, NULL);
    file_list_write(&f, "out");
    assert_int_equal(file_list_check(&f, &e), 0);
    file_list_write(&f, "./in");
    assert_int_equal(file_list_check(&f, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_non_null(strstr(e.message, "./in: is read here"));
    file_list_release(&f);
}

static void a_depfile_is_an_output_as_well(void **state)
{
    file_list f = {0};
    error e = {0};
    (void)state;
    file_list_write(&f, "a.png");
    file_list_write(&f, "b.png");
    file_list_rule(&f, "b.png", "a.png");
    assert_int_equal(file_list_check(&f, &e), -1);
    assert_non_null(strstr(e.message, "b.png: two outputs have this name"));
    file_list_release(&f);
}

static void an_output_without_a_folder_is_refused_before_the_work(void **state)
{
    file_list f = {0};
    error e = {0};
    (void)state;
    file_list_write(&f, "missing/x.npy");
    assert_int_equal(file_list_check(&f, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_OUTPUT);
    file_list_release(&f);
}

static void the_rule_names_all_inputs(void **state)
{
    file_list f = {0};
    error e = {0};
    bytes rule = {0};
    (void)state;
    make_file("model");
    file_list_read(&f, "model");
    file_list_write(&f, "x.png");
    assert_int_equal(file_list_save_rule(&f, &e), 0); /* there is none */
    file_list_rule(&f, "x.d", "x.png");
    assert_int_equal(file_list_check(&f, &e), 0);
    assert_int_equal(file_list_save_rule(&f, &e), 0);
    assert_int_equal(file_load(&rule, "x.d", 1000, &e), 0);
    assert_string_equal((const char *)rule.data, "x.png: model\n\nmodel:\n");
    bytes_release(&rule);
    file_list_release(&f);
}

/* ---- Grids ---- */

static void small_pictures_are_enlarged_to_be_seen(void **state)
{
    static const struct {
        size_t rows, cols;
        int factor;
    } shapes[] = {{28, 28, 2}, {20, 24, 2}, {8, 8, 7}, {4, 16, 3}, {16, 4, 3}, {128, 128, 2}};
    static const uint8_t pixels[128 * 128] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        picture_shape shape;
        error e = {0};
        assert_int_equal(picture_shape_init(&shape, shapes[i].rows, shapes[i].cols, "it", &e), 0);
        assert_int_equal(grid_of_samples(pixels, 1, 1, shape).factor, shapes[i].factor);
    }
}

/* ---- What is explained, and how ---- */

typedef struct {
    common_settings common;
    subject_options subject;
    method_options methods;
} explaining;

static const explaining explaining_defaults = {.subject = SUBJECT_DEFAULTS};
static const option_group explaining_groups[] = {
    SUBJECT_GROUP("What", explaining, subject),
    METHOD_GROUP("How", explaining, methods),
};
static const program explaining_program = {
    .name = "explaining",
    .groups = explaining_groups,
    .n_groups = 2,
    .defaults = &explaining_defaults,
};

typedef struct {
    method_settings options;
    explaining *set;
    invocation given;
    explain_plan plan;
    error e;
} asked;

/* What the program is asked for, the methods chosen. */
static void ask_for(asked *a, const char *option, bool only_streamed)
{
    char *argv[] = {copy_text("explaining"), copy_text(option), NULL};
    *a = (asked){0};
    method_settings_init(&a->options, &explaining_program, sizeof *a->set);
    a->set = a->options.all;
    assert_int_equal(program_read(&a->given, &a->options.layout.program, 2, argv, &a->e), 0);
    assert_int_equal(program_apply(a->set, &a->given, &a->e), 0);
    method_settings_choose(&a->options, &a->plan, a->set->methods.method,
                           only_streamed ? METHODS_STREAMED : METHODS_LEADING);
    free(argv[0]);
    free(argv[1]);
}

static void asked_release(asked *a)
{
    explain_plan_release(&a->plan);
    invocation_release(&a->given);
    method_settings_release(&a->options);
}

static void a_method_reads_its_own_option_where_it_is_run(void **state)
{
    (void)state;
    asked a;
    ask_for(&a, "--jacobian", true);
    assert_int_equal(a.plan.n, 1);
    assert_true(*(const bool *)a.plan.settings[0]);
    assert_int_equal(method_uses_check(&a.plan, true, &a.given, &a.e), 0);
    assert_int_equal(method_uses_check(&a.plan, false, &a.given, &a.e), -1);
    assert_string_equal(a.e.message, "--jacobian is for folders and --method gradient");
    asked_release(&a);
    ask_for(&a, "--method=gradient", false);
    assert_false(*(const bool *)a.plan.settings[0]);
    assert_int_equal(method_uses_check(&a.plan, false, &a.given, &a.e), 0);
    asked_release(&a);
}

static void methods_share_an_option_where_one_of_them_is_run(void **state)
{
    static const char *const runs[] = {"smoothgrad", "vargrad"};
    (void)state;
    asked a;
    ask_for(&a, "--noise=0.3", false);
    assert_int_equal(method_uses_check(&a.plan, true, &a.given, &a.e), -1);
    assert_string_equal(a.e.message, "--noise is for folders and --method smoothgrad or vargrad");
    explain_plan_release(&a.plan);
    for (size_t i = 0; i < 2; i++) {
        method_settings_choose(&a.options, &a.plan, runs[i], METHODS_LEADING);
        assert_true(*(const double *)a.plan.settings[0] == 0.3);
        assert_int_equal(method_uses_check(&a.plan, true, &a.given, &a.e), 0);
        assert_int_equal(method_uses_check(&a.plan, false, &a.given, &a.e), -1);
        explain_plan_release(&a.plan);
    }
    asked_release(&a);
}

static void lambda_is_for_targets_that_take_it(void **state)
{
    subject s = {0};
    (void)state;
    asked a;
    ask_for(&a, "--lambda=2", false);
    assert_int_equal(subject_read(&s, &a.set->subject, &a.given, &a.e), -1);
    assert_string_equal(a.e.message, "--lambda is for --target loss:...");
    a.set->subject.target = "loss:nearest";
    assert_int_equal(subject_read(&s, &a.set->subject, &a.given, &a.e), 0);
    assert_string_equal(s.target.row->name, "loss");
    a.set->subject.target = "class";
    assert_int_equal(subject_read(&s, &a.set->subject, &a.given, &a.e), -1);
    asked_release(&a);
    subject_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_pictures_are_enlarged_to_be_seen),
        cmocka_unit_test(seeds_are_drawn_and_named_by_their_number),
        cmocka_unit_test(rows_of_a_tensor_are_counted_from_zero),
        cmocka_unit_test(a_way_leads_from_one_seed_to_the_other),
        cmocka_unit_test(a_class_is_one_that_the_model_has),
        cmocka_unit_test(blocks_cover_all_once),
        cmocka_unit_test(a_broken_check_is_told_when_all_is_done),
        cmocka_unit_test(another_failure_ends_the_loop_and_is_told),
        cmocka_unit_test(what_is_read_is_not_written_over),
        cmocka_unit_test(a_depfile_is_an_output_as_well),
        cmocka_unit_test(an_output_without_a_folder_is_refused_before_the_work),
        cmocka_unit_test(the_rule_names_all_inputs),
        cmocka_unit_test(a_method_reads_its_own_option_where_it_is_run),
        cmocka_unit_test(methods_share_an_option_where_one_of_them_is_run),
        cmocka_unit_test(lambda_is_for_targets_that_take_it),
    };
    return cmocka_run_group_tests_name("session", tests, set_up, tear_down);
}
