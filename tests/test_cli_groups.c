/* SPDX-License-Identifier: MIT */
/* Groups of options: shared ones, and those that are found when a program starts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* ---- Methods with options of their own ---- */

typedef struct {
    uint64_t nodes;
    const char *path;
} integral_settings;

typedef struct {
    bool exact;
    seed_list seeds;
} sampling_settings;

typedef struct {
    const char *name;
    option_set options;
} method;

static const option_row integral_rows[] = {
    OPTION_COUNT(integral_settings, nodes, .name = "nodes", .role = ROLE_RESULT, .low = 1,
                 .high = 999, .value = "N", .summary = "Nodes of the rule."),
    OPTION_CHOICE(integral_settings, path, .name = "path", .role = ROLE_RESULT, .value = "WAY",
                  .choices = WORDS("straight", "round"), .summary = "The way there."),
};

static const option_row sampling_rows[] = {
    OPTION_FLAG(sampling_settings, exact, .name = "exact", .summary = "All of them."),
    OPTION_SEEDS(sampling_settings, seeds, .name = "draws", .role = ROLE_RESULT, .value = "LIST",
                 .summary = "What is drawn."),
};

static const integral_settings integral_defaults = {.nodes = 50, .path = "straight"};
static const sampling_settings sampling_defaults = {.exact = true};

static const method integral = {
    "integral",
    {OPTION_GROUP("Integral", integral_rows, 0), &integral_defaults, sizeof integral_defaults}};
static const method sampling = {
    "sampling",
    {OPTION_GROUP("Sampling", sampling_rows, 0), &sampling_defaults, sizeof sampling_defaults}};
static const method *const methods[] = {&integral, &sampling, NULL};

/* ---- A program that knows none of them ---- */

typedef struct {
    common_settings common;
    const char *method;
    bool odd; /* so that what follows has to be aligned */
} settings;

static const option_row rows[] = {
    OPTION_LIST(settings, method, .name = "method", .role = ROLE_RESULT, .value = "LIST",
                .choices = NAMES_JOINED(NAMES_POINTED(method, methods), WORDS("all")),
                .summary = "Which."),
    OPTION_FLAG(settings, odd, .name = "odd", .summary = "Odd."),
};

static const option_group groups[] = {OPTION_GROUP("What", rows, 0)};
static const settings defaults = {.common = {.progress = "auto"}, .method = "integral"};
static const program demo = {.name = "gandemo",
                             .summary = "groups",
                             .usage = "[OPTION ...]",
                             .groups = groups,
                             .n_groups = 1,
                             .defaults = &defaults};

enum { MAX_WORDS = 8 };

typedef struct {
    settings_layout layout;
    size_t at[2]; /* of the methods' structs */
    settings *s;
    invocation v;
    error e;
    int status;
} outcome;

/* Leaves in o what the words lead to; v points into o. */
static void run_words(outcome *o, const char *const *words)
{
    *o = (outcome){0};
    char *argv[MAX_WORDS + 1] = {copy_text("gandemo")};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = copy_text(words[argc - 1]);
    settings_layout_init(&o->layout, &demo, sizeof(settings));
    for (size_t i = 0; methods[i]; i++)
        o->at[i] = settings_layout_add(&o->layout, &methods[i]->options);
    o->s = settings_layout_fill(&o->layout);
    o->status = program_read(&o->v, &o->layout.program, argc, argv, &o->e);
    if (o->status == 0)
        o->status = program_apply(o->s, &o->v, &o->e);
    while (argc > 0)
        free(argv[--argc]);
}

#define run(o, ...) run_words(o, (const char *const[MAX_WORDS]){__VA_ARGS__, NULL})

static void done(outcome *o)
{
    settings_release(&o->layout.program, o->s);
    free(o->s);
    settings_layout_release(&o->layout);
    invocation_release(&o->v);
}

static const integral_settings *integral_of(const outcome *o)
{
    return (const void *)((const char *)o->s + o->at[0]);
}

static const sampling_settings *sampling_of(const outcome *o)
{
    return (const void *)((const char *)o->s + o->at[1]);
}

/* ---- Tests ---- */

static void what_is_not_given_has_the_defaults_of_its_group(void **state)
{
    (void)state;
    outcome o;
    run(&o, NULL);
    assert_int_equal(o.status, 0);
    assert_memory_equal(o.s, &defaults, sizeof defaults);
    assert_memory_equal(integral_of(&o), &integral_defaults, sizeof integral_defaults);
    assert_memory_equal(sampling_of(&o), &sampling_defaults, sizeof sampling_defaults);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(o.at[i] % _Alignof(max_align_t), 0);
    done(&o);
}

static void options_are_stored_in_the_struct_of_their_group(void **state)
{
    (void)state;
    outcome o;
    run(&o, "--nodes=7", "--path", "round", "--no-exact", "--draws=1-3", "--odd", "--method=all");
    assert_int_equal(o.status, 0);
    assert_true(o.s->odd && integral_of(&o)->nodes == 7 && !sampling_of(&o)->exact);
    assert_string_equal(integral_of(&o)->path, "round");
    assert_int_equal(seed_list_count(&sampling_of(&o)->seeds), 3);
    done(&o);
    run(&o, "--nodes=0");
    assert_string_equal(o.e.message, "--nodes: '0' is not a number in 1..999");
    done(&o);
    run(&o, "--nods=2");
    assert_string_equal(o.e.message, "unknown option '--nods'; did you mean '--nodes'?");
    done(&o);
    run(&o, "--method=sampling,lime");
    assert_string_equal(o.e.message, "--method: 'lime' is not one of integral|sampling|all");
    done(&o);
}

static void settings_and_config_have_the_keys_of_all_groups(void **state)
{
    (void)state;
    char path[] = "/tmp/test_cli_groups.XXXXXX";
    static const char content[] = "{\"nodes\": 9, \"draws\": [4, 6], \"quiet\": true}";
    outcome o;
    text t = {0};
    close(mkstemp(path));
    assert_int_equal(file_save(path, content, strlen(content), NOT_DURABLE, &(error){0}), 0);
    run(&o, "--config", path, "--path=round");
    assert_int_equal(o.status, 0);
    json_t *all = settings_json(&o.layout.program, o.s, 1u << ROLE_RESULT);
    json_write(&t, all, 0);
    assert_string_equal(t.data, "{\"method\": \"integral\", \"nodes\": 9, \"path\": \"round\", "
                                "\"draws\": \"4,6\"}");
    assert_true(o.s->common.quiet);
    json_decref(all);
    text_release(&t);
    done(&o);
    unlink(path);
}

static text printed_by(const char *option, const char *value)
{
    outcome o;
    capture c = capture_start(STDOUT_FILENO);
    run(&o, option, value);
    text all = capture_end(c);
    assert_int_equal(o.status, 1);
    done(&o);
    return all;
}

static void documents_name_the_options_of_all_groups(void **state)
{
    (void)state;
    text t = printed_by("--help", NULL);
    assert_holds(t.data, "\nIntegral:\n      --nodes N           Nodes of the rule. (1..999; "
                         "default 50)\n");
    assert_holds(t.data, "\nSampling:\n      --exact, --no-exact\n");
    assert_holds(t.data, "(any of integral, sampling, all; default\n");
    text_release(&t);
    t = printed_by("--print-man", NULL);
    assert_holds(t.data, ".SS Integral\n.TP\n\\fB\\-\\-nodes N\\fR\n");
    text_release(&t);
    t = printed_by("--print-completion", "bash");
    assert_holds(t.data, "    --path)\n        words='straight round'\n");
    assert_holds(t.data, "    --method)\n        words='integral sampling all'\n");
    assert_holds(t.data, "--exact --no-exact --draws");
    text_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_given_has_the_defaults_of_its_group),
        cmocka_unit_test(options_are_stored_in_the_struct_of_their_group),
        cmocka_unit_test(settings_and_config_have_the_keys_of_all_groups),
        cmocka_unit_test(documents_name_the_options_of_all_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
