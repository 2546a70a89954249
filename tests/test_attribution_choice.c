/* SPDX-License-Identifier: MIT */
/* What is explained, from where and with how many samples, as options say it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "folder.h"
#include "scene.h"
#include "session.h"
#include "use_threads.h"
#include <stdlib.h>

static explain_request filled(attribution_start *start, const attribution_options *o, scene *s)
{
    error e = {0};
    explain_request q = {0};
    *start = (attribution_start){0};
    if (attribution_open(start, o, Z, &e))
        fail_msg("%s", e.message);
    attribution_fill(&q, start, o, &s->x);
    return q;
}

static void all_is_explained_from_zero_unless_it_is_said(void **state)
{
    scene s = trained_scene("logit");
    attribution_start start;
    (void)state;
    explain_request q = filled(&start, &(attribution_options){0}, &s);
    assert_int_equal(q.inputs, 0);
    assert_int_equal(q.n_samples, 0);
    assert_null(q.baseline);
    attribution_start_release(&start);
    q = filled(&start, &(attribution_options){.baseline = "zero", .space = "x", .samples = 5}, &s);
    assert_int_equal(q.inputs, 1u << INPUT_X);
    assert_int_equal(q.n_samples, 5);
    assert_null(q.baseline);
    attribution_start_release(&start);
    scene_release(&s);
}

static void another_seed_is_a_baseline_with_its_picture(void **state)
{
    scene s = trained_scene("logit");
    attribution_start start;
    float z[Z];
    (void)state;
    explain_request q = filled(&start, &(attribution_options){.baseline = "seed:7"}, &s);
    latent_of_seed(z, Z, 7);
    assert_int_equal(q.baseline->n, 1);
    assert_memory_equal(q.baseline->z, z, sizeof z);
    assert_memory_equal(q.baseline->x, explain_draw(&s.x, &s.w, z, 1), N_PIXELS * sizeof *z);
    attribution_start_release(&start);
    scene_release(&s);
}

static void a_mean_is_over_points_of_the_prior(void **state)
{
    scene s = trained_scene("logit");
    attribution_start start;
    (void)state;
    explain_request q = filled(&start, &(attribution_options){.baseline = "mean"}, &s);
    assert_int_equal(q.baseline->n, 16);
    assert_string_equal(start.words, "mean");
    attribution_start_release(&start);
    scene_release(&s);
}

static void the_rows_of_a_tensor_are_baselines(void **state)
{
    scene s = trained_scene("logit");
    attribution_start start;
    safetensors file = {0};
    error e = {0};
    float *z = draw(2 * Z, 3);
    char *path = join_path(folder, "b.safetensors");
    text words = {0};
    (void)state;
    safetensors_add(&file, "b", DTYPE_F32, 2, (size_t[]){2, Z}, z);
    assert_int_equal(safetensors_save(&file, path, NOT_DURABLE, &e), 0);
    text_add(&words, "%s:b", path);
    explain_request q = filled(&start, &(attribution_options){.baseline = words.data}, &s);
    assert_int_equal(q.baseline->n, 2);
    assert_memory_equal(q.baseline->z, z, 2 * Z * sizeof *z);
    assert_string_equal(start.path, path);
    attribution_start_release(&start);
    attribution_options missing = {.baseline = "no.safetensors:b"};
    assert_int_equal(attribution_open(&start, &missing, Z, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "--baseline: no.safetensors");
    attribution_start_release(&start);
    safetensors_release(&file);
    text_release(&words);
    free(path);
    free(z);
    scene_release(&s);
}

static void pixels_are_taken_together_as_it_is_said(void **state)
{
    static const struct {
        attribution_options o;
        explain_segments wanted;
    } cases[] = {{{0}, {SEGMENT_BLOCKS, 0}},
                 {{.segments = "blocks", .grid = 5}, {SEGMENT_BLOCKS, 5}},
                 {{.segments = "strokes", .grid = 3}, {SEGMENT_STROKES, 3}}};
    scene s = trained_scene("logit");
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        attribution_start start;
        explain_request q = filled(&start, &cases[i].o, &s);
        assert_int_equal(q.segments.by, cases[i].wanted.by);
        assert_int_equal(q.segments.side, cases[i].wanted.side);
        attribution_start_release(&start);
    }
    scene_release(&s);
}

/* ---- What is refused ---- */

typedef struct {
    common_settings common;
    attribution_options attribution;
} asking;

static const asking asking_defaults = {.attribution = {.samples = 0}};
static const option_group asking_groups[] = {ATTRIBUTION_GROUP("What", asking, attribution)};
static const program asking_program = {
    .name = "asking", .groups = asking_groups, .n_groups = 1, .defaults = &asking_defaults};

/* What comes of an option where one method, which reads that, is planned. */
static int check(const char *option, unsigned reads, error *e)
{
    char *argv[] = {copy_text("asking"), copy_text(option), NULL};
    const explain_method method = {.name = "one", .reads = reads};
    explain_plan plan = {0};
    invocation v = {0};
    asking set = asking_defaults;
    assert_int_equal(program_read(&v, &asking_program, 2, argv, e), 0);
    assert_int_equal(program_apply(&set, &v, e), 0);
    explain_plan_add(&plan, &method);
    int status = attribution_check(&set.attribution, &plan, &v, e);
    explain_plan_release(&plan);
    invocation_release(&v);
    free(argv[0]);
    free(argv[1]);
    return status;
}

static void words_that_are_no_baseline_are_refused(void **state)
{
    static const char *const right[] = {"zero", "mean", "seed:0", "seed:18446744073709551615",
                                        "z.safetensors:b"};
    static const char *const wrong[] = {"zeros", "seed:", "seed:-1", "seed:7x", "seed", "7"};
    (void)state;
    for (size_t i = 0; i < COUNT(right) + COUNT(wrong); i++) {
        bool is_right = i < COUNT(right);
        text option = {0};
        error e = {0};
        text_add(&option, "--baseline=%s", is_right ? right[i] : wrong[i - COUNT(right)]);
        if (check(option.data, READS_BASELINE, &e) != (is_right ? 0 : -1))
            fail_msg("%s: %s", option.data, e.message);
        if (!is_right)
            assert_message(&e, STATUS_USAGE, "is neither zero, mean, seed:S nor FILE");
        text_release(&option);
    }
}

static void options_that_no_method_reads_are_refused(void **state)
{
    static const struct {
        const char *option;
        unsigned reads;
    } all[] = {{"--space=z", READS_INPUTS},
               {"--baseline=mean", READS_BASELINE},
               {"--samples=9", READS_SAMPLES},
               {"--segments=strokes", READS_SEGMENTS},
               {"--segment-grid=3", READS_SEGMENTS}};
    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        error e = {0};
        assert_int_equal(check(all[i].option, all[i].reads, &e), 0);
        assert_int_equal(check(all[i].option, ~all[i].reads, &e), -1);
        assert_message(&e, STATUS_USAGE, " is for --method ");
    }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_explained_from_zero_unless_it_is_said),
        cmocka_unit_test(another_seed_is_a_baseline_with_its_picture),
        cmocka_unit_test(a_mean_is_over_points_of_the_prior),
        cmocka_unit_test(the_rows_of_a_tensor_are_baselines),
        cmocka_unit_test(pixels_are_taken_together_as_it_is_said),
        cmocka_unit_test(words_that_are_no_baseline_are_refused),
        cmocka_unit_test(options_that_no_method_reads_are_refused),
    };
    return cmocka_run_group_tests_name("attribution choice", tests, make_folder, remove_folder);
}
