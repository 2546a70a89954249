/* SPDX-License-Identifier: MIT */
/* What is shown while explanations are found, and how a signal ends one: by a clock that the test
 * turns. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/session/explain_progress.h"

static double clock_time;

static double clock_now(void) { return clock_time; }

/* ---- Shown ---- */

static const explain_method small = {.name = "small"}, large = {.name = "large"};
static const explain_method judging = {.name = "judging", .judges = true};

typedef struct {
    voice voice;
    progress line;
    explain_plan plan;
    explain_progress p;
    capture said;
} shown;

static void begin(shown *s, uint64_t n)
{
    *s = (shown){.voice = {.program = "gandemo"}, .said = capture_start(STDERR_FILENO)};
    progress_start(&s->line, &s->voice, "plain");
    s->line.now = clock_now;
    clock_time = 1000;
    explain_plan_add(&s->plan, &small);
    explain_plan_add(&s->plan, &large);
    explain_plan_add(&s->plan, &judging);
    explain_progress_init(&s->p, &s->line, &s->plan, n, "explanations");
}

static void tell(shown *s, const explain_method *m, const char *step, size_t i, size_t n)
{
    s->p.listener.hear(s->p.listener.context, m, step, i, n);
}

static void tell_after(shown *s, double seconds, const explain_method *m, const char *step,
                       size_t i, size_t n)
{
    clock_time += seconds;
    tell(s, m, step, i, n);
}

static void end(shown *s, const char *expected)
{
    progress_end(&s->line);
    text t = capture_end(s->said);
    assert_string_equal(t.data, expected);
    text_release(&t);
    explain_plan_release(&s->plan);
}

/* The units are 1 and 1 of the methods, 2 of the report, which judges them, and 3 of the files. */
static void of_one_explanation_the_method_and_the_step_are_shown(void **state)
{
    shown s;
    (void)state;
    begin(&s, 1);
    tell(&s, &small, NULL, 0, 3);
    tell_after(&s, 10, &large, NULL, 1, 3);
    tell_after(&s, 10, &large, "fits", 1, 2);
    tell_after(&s, 10, &judging, NULL, 2, 3);
    tell_after(&s, 10, &small, "infidelity", 1, 2);
    tell_after(&s, 10, &judging, "layers", 1, 4); /* what is done stays done */
    explain_progress_found(&s.p);
    clock_time += 10;
    explain_progress_saved(&s.p);
    end(&s, "gandemo:  14%  explaining: large  ETA 1m 00s\n"
            "gandemo:  21%  explaining: large, fits  ETA 1m 13s\n"
            "gandemo:  28%  judging: judging  ETA 1m 15s\n"
            "gandemo:  42%  judging small: infidelity  ETA 53s\n"
            "gandemo:  42%  judging: judging, layers  ETA 1m 07s\n");
}

static void of_several_it_is_shown_how_many_there_are(void **state)
{
    shown s;
    (void)state;
    begin(&s, 2);
    tell(&s, &small, NULL, 0, 3);
    tell_after(&s, 10, &large, NULL, 1, 3);
    tell_after(&s, 10, &judging, NULL, 2, 3);
    explain_progress_found(&s.p);
    clock_time += 10;
    explain_progress_saved(&s.p);
    tell_after(&s, 10, &small, "step", 1, 2); /* of a report that is still at it */
    end(&s, "gandemo:   7%  0 of 2 explanations  ETA 2m 10s\n"
            "gandemo:  14%  0 of 2 explanations  ETA 2m 00s\n"
            "gandemo:  50%  1 of 2 explanations  ETA 30s\n"
            "gandemo:  50%  1 of 2 explanations  ETA 40s\n");
}

static void what_is_prepared_is_shown(void **state)
{
    shown s;
    (void)state;
    begin(&s, 1);
    explain_progress_init_prepare(&s.p, &s.line, &s.plan);
    tell(&s, &small, NULL, 0, 3);
    tell_after(&s, 10, &judging, NULL, 2, 3);
    tell_after(&s, 10, &judging, "of random weights", 1, 3);
    end(&s, "gandemo:  14%  preparing: judging  ETA 1m 00s\n"
            "gandemo:  23%  preparing: judging, of random weights  ETA 1m 04s\n");
}

static void what_is_done_within_a_second_is_not_shown(void **state)
{
    shown s;
    (void)state;
    begin(&s, 1);
    s.line.style = PROGRESS_LINE;
    tell(&s, &small, NULL, 0, 3);
    tell_after(&s, 0.5, &large, NULL, 1, 3);
    tell_after(&s, 0.4, &judging, NULL, 2, 3);
    explain_progress_found(&s.p);
    explain_progress_saved(&s.p);
    end(&s, "");
}

/* ---- Stopped ---- */

static int n_asked;

static int stops_at_the_second(void) { return ++n_asked >= 2; }

static int n_runs;

static int count_run(const explain_task *t, explanation *a, error *e)
{
    (void)t;
    (void)a;
    (void)e;
    n_runs++;
    return 0;
}

static void an_explanation_ends_after_the_method_in_which_it_is_stopped(void **state)
{
    static const array_row none[] = {{0}};
    const explain_method a = {.name = "a", .arrays = none, .run = count_run}, b = a, c = a;
    const explain_method *const all[] = {&a, &b, &c};
    const explain_listener listener = {.hear = NULL, .should_stop = stops_at_the_second};
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    explanation found = {0};
    error e = {0};
    explain_request q = {.n_top = 1};
    float *z = draw(Z, 4);
    (void)state;
    n_asked = n_runs = 0;
    for (size_t i = 0; i < 3; i++)
        explain_plan_add(&plan, all[i]);
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    q.listener = &listener;
    assert_int_equal(explain(&found, &s.x, &s.w, z, &q, &plan, &e), -1);
    assert_int_equal(e.status, STATUS_STOPPED);
    assert_int_equal(n_runs, 2);
    assert_null(found.arrays);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

static void nothing_is_prepared_after_a_signal(void **state)
{
    static const array_row none[] = {{0}};
    const explain_method a = {.name = "a", .arrays = none, .run = count_run}, b = a;
    const explain_listener listener = {.should_stop = stops_at_the_second};
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    error e = {0};
    (void)state;
    n_asked = 0;
    explain_plan_add(&plan, &a);
    explain_plan_add(&plan, &b);
    const explain_request q = {.n_top = 1, .listener = &listener};
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), -1);
    assert_int_equal(e.status, STATUS_STOPPED);
    assert_int_equal(plan.n_prepared, 1);
    explain_plan_release(&plan);
    scene_release(&s);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_explanation_the_method_and_the_step_are_shown),
        cmocka_unit_test(of_several_it_is_shown_how_many_there_are),
        cmocka_unit_test(what_is_prepared_is_shown),
        cmocka_unit_test(what_is_done_within_a_second_is_not_shown),
        cmocka_unit_test(an_explanation_ends_after_the_method_in_which_it_is_stopped),
        cmocka_unit_test(nothing_is_prepared_after_a_signal),
    };
    return cmocka_run_group_tests_name("explain progress", tests, NULL, NULL);
}
