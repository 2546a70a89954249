/* SPDX-License-Identifier: MIT */
/* What runs left, as numbers and figures: a log is read as far as it is written, smoothing is the
 * mean of neighbours, and the same log gives the same figure. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"

#include "../src/history/history_detail.h"
#include "folder.h"
#include "text_boxes.h"

#include <math.h>

/* ---- A log ---- */

/* The message of a log that is refused; empty where it is not. */
static error refused(history *h, const char *log)
{
    error e = {0};
    write_bytes("log.jsonl", log, strlen(log));
    if (history_load(h, folder, &e) == 0)
        e = (error){0};
    return e;
}

static history loaded(const char *log)
{
    history h = {0};
    error e = refused(&h, log);
    assert_string_equal(e.message, "");
    return h;
}

static void a_log_is_read_up_to_its_last_whole_line(void **state)
{
    history h = loaded("{\"step\": 10, \"Progress/kimg\": 0.64, \"a\": 1.5, \"b\": null}\n"
                       "{\"step\": 20, \"b\": 3, \"a\": 2.5}\n{\"step\": 30, \"a\": 3.");
    (void)state;
    assert_int_equal(h.n, 2);
    assert_int_equal(h.n_keys, 2);
    assert_close(h.steps, ((float[]){10, 20}), 2, 0, 0);
    assert_close(history_values(&h, "a"), ((float[]){1.5f, 2.5f}), 2, 0, 0);
    assert_true(isnan(history_values(&h, "b")[0]) && history_values(&h, "b")[1] == 3);
    assert_null(history_values(&h, "Progress/kimg"));
    history_release(&h);
    h = loaded("");
    assert_int_equal(h.n, 0);
    history_release(&h);
}

static void numbers_that_come_later_are_missing_before(void **state)
{
    history h = loaded("{\"step\": 10, \"a\": 1.5}\n"
                       "{\"step\": 15, \"a\": 2.5, \"Metrics/fcd\": 30}\n"
                       "{\"step\": 20, \"a\": 3.5}\n"
                       "{\"step\": 30, \"a\": 4.5, \"Metrics/fcd\": 20}\n");
    const float *a = history_values(&h, "a"), *fcd = history_values(&h, "Metrics/fcd");
    (void)state;
    assert_int_equal(h.n_keys, 2);
    assert_true(a[0] == 1.5f && a[3] == 4.5f && fcd[1] == 30 && fcd[3] == 20);
    assert_true(isnan(fcd[0]) && isnan(fcd[2]));
    history_release(&h);
}

static void what_is_no_log_is_refused_with_the_line(void **state)
{
    static const char *const bad[] = {"{\"step\": 1}\n{\"step\": 2\n",
                                      "{\"step\": 1}\n{\"step\": 1.5}\n", "{\"step\": 1}\n[1]\n",
                                      "{\"step\": 1}\n\n", "{\"step\": 2}\n{\"step\": 1}\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        history h = {0};
        error e = refused(&h, bad[i]);
        assert_message(&e, STATUS_BAD_INPUT, "/log.jsonl: line 2");
        history_release(&h);
    }
    history h = {0};
    error e = {0};
    assert_int_equal(history_load(&h, "/nowhere", &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "/nowhere/log.jsonl: ");
    history_release(&h);
}

/* ---- Smoothing ---- */

static void few_values_are_drawn_as_they_are(void **state)
{
    const float x[] = {1, 2, 3}, y[] = {5, NAN, 7};
    smooth_curve c;
    (void)state;
    smooth_curve_init(&c, x, y, 3);
    assert_int_equal(c.raw.n, 0);
    assert_int_equal(c.line.n, 3);
    assert_close(c.line.x, x, 3, 0, 0);
    assert_true(c.line.values[0] == 5 && isnan(c.line.values[1]) && c.line.values[2] == 7);
    smooth_curve_release(&c);
}

/* 0, 1, 2, ... with one missing: a mean of neighbours is the value itself, but where a neighbour is
 * missing or there is none. */
static void a_line_is_the_mean_of_one_in_fifty_to_either_side(void **state)
{
    enum { N = 100 };
    float x[N], y[N];
    smooth_curve c;
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = y[i] = (float)i;
    y[50] = NAN;
    smooth_curve_init(&c, x, y, N);
    assert_int_equal(smoothing_reach(N), 2);
    assert_int_equal(c.line.n, N);
    for (size_t i = 0; i < 48; i++)
        assert_true(c.line.values[i] == (float)i);
    assert_true(c.line.values[48] == 47.5f && c.line.values[50] == 50);
    assert_true(c.line.values[98] == 97.5f && c.line.values[99] == 98);
    assert_int_equal(c.raw.n, N - 1); /* the gap is passed over */
    smooth_curve_release(&c);
}

static void many_values_become_few_points_that_keep_the_extremes(void **state)
{
    enum { N = 10001 };
    static float x[N], y[N];
    smooth_curve c;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)i;
        y[i] = i % 2 ? 1 : -1;
    }
    y[1234] = 9;
    y[1235] = -9;
    smooth_curve_init(&c, x, y, N);
    assert_in_range(c.line.n, 400, 501);
    assert_in_range(c.raw.n, 400, 500);
    assert_true(c.line.x[c.line.n - 1] == N - 1);
    bool has_both = false;
    for (size_t i = 0; i + 1 < c.raw.n; i++) {
        assert_true(c.raw.x[i] < c.raw.x[i + 1]);
        has_both =
            has_both || (c.raw.values[i] == 9 && c.raw.values[i + 1] == -9 && c.raw.x[i] == 1234);
    }
    assert_true(has_both);
    smooth_curve_release(&c);
}

/* ---- Figures ---- */

static char *svg_of(figure *f)
{
    text t = {0};
    error e = {0};
    picture p = {0};
    assert_done(figure_write_svg(&t, f, &e), &e);
    assert_text_is_apart_and_inside(f);
    figure_draw(&p, f);
    picture_release(&p);
    return t.data;
}

static void one_run_has_a_panel_a_kind_of_number(void **state)
{
    history h =
        loaded("{\"step\": 1000, \"Loss/G/loss\": 1, \"Loss/D/loss\": 2, \"Loss/scores/real\": 3, "
               "\"Loss/scores/fake\": 4, \"odd\": 6}\n");
    figure f = {0};
    (void)state;
    history_figure(&f, &h, 1);
    assert_int_equal(f.n_panels, 3);
    char *svg = svg_of(&f);
    assert_non_null(strstr(svg, ">Training up to step 1,000</text>"));
    static const char *const words[] = {">Losses</text>",
                                        ">the loss of G</text>",
                                        ">D's scores</text>",
                                        ">mean logit</text>",
                                        ">odd</text>",
                                        ">step</text>",
                                        "odd: min 6 (step 1000)",
                                        "running means of the steps.</text>"};
    for (size_t i = 0; i < COUNT(words); i++)
        assert_non_null(strstr(svg, words[i]));
    free(svg);
    figure_release(&f);
    history_release(&h);
}

static size_t count_of(const char *svg, const char *part)
{
    size_t n = 0;
    for (const char *at = svg; (at = strstr(at, part)); at++)
        n++;
    return n;
}

/* Each of the two is in two panels, and alone in one of them. */
/* It goes straight from one line that has it to the next. */
static void what_is_measured_now_and_then_is_a_curve_under_its_title(void **state)
{
    history h = loaded("{\"step\": 10, \"odd\": 1.5}\n"
                       "{\"step\": 15, \"Metrics/fcd\": 30}\n"
                       "{\"step\": 20, \"odd\": 1.5}\n"
                       "{\"step\": 30, \"Metrics/fcd\": 20}\n");
    figure f = {0};
    (void)state;
    history_figure(&f, &h, 1);
    assert_int_equal(f.n_panels, 2);
    char *svg = svg_of(&f);
    assert_non_null(strstr(svg, "Frechet classifier distance: min 20 (step 30)"));
    assert_int_equal(count_of(svg, "<polyline"), 3); /* two points of the other, and a line */
    free(svg);
    figure_release(&f);
    history_release(&h);
}

static void a_run_has_one_colour_in_all_panels(void **state)
{
    history runs[] = {loaded("{\"step\": 10, \"Loss/G/loss\": 1, \"Loss/D/loss\": 2}\n"),
                      loaded("{\"step\": 500, \"Loss/squared_error\": 9, \"Loss/D/loss\": 4}\n")};
    figure f = {0};
    (void)state;
    history_figure(&f, runs, 2);
    char *svg = svg_of(&f);
    assert_true(count_of(svg, "#0072b2") >= 2);
    assert_int_equal(count_of(svg, "#0072b2"), count_of(svg, "#d55e00"));
    free(svg);
    figure_release(&f);
    history_release(&runs[0]);
    history_release(&runs[1]);
}

static void several_runs_have_a_panel_a_number(void **state)
{
    history runs[] = {loaded("{\"step\": 10, \"Loss/G/loss\": 1, \"Loss/D/loss\": 2}\n"),
                      loaded("{\"step\": 500, \"Loss/squared_error\": 9, \"Loss/D/loss\": 4}\n")};
    figure f = {0};
    (void)state;
    history_figure(&f, runs, 2);
    assert_int_equal(f.n_panels, 3);
    char *svg = svg_of(&f);
    assert_non_null(strstr(svg, ">2 runs compared, up to step 500</text>"));
    assert_non_null(strstr(svg, ">Loss/D/loss</text>"));
    assert_non_null(strstr(svg, "min 4 (step 500)"));
    assert_non_null(strstr(svg, ">Loss/squared_error</text>"));
    free(svg);
    figure_release(&f);
    history_release(&runs[0]);
    history_release(&runs[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_up_to_its_last_whole_line),
        cmocka_unit_test(numbers_that_come_later_are_missing_before),
        cmocka_unit_test(what_is_measured_now_and_then_is_a_curve_under_its_title),
        cmocka_unit_test(what_is_no_log_is_refused_with_the_line),
        cmocka_unit_test(few_values_are_drawn_as_they_are),
        cmocka_unit_test(a_line_is_the_mean_of_one_in_fifty_to_either_side),
        cmocka_unit_test(many_values_become_few_points_that_keep_the_extremes),
        cmocka_unit_test(one_run_has_a_panel_a_kind_of_number),
        cmocka_unit_test(several_runs_have_a_panel_a_number),
        cmocka_unit_test(a_run_has_one_colour_in_all_panels),
    };
    return cmocka_run_group_tests_name("history", tests, make_folder, remove_folder);
}
