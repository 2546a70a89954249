/* SPDX-License-Identifier: MIT */
/* The figures of an evaluation: what they say and where, for pictures of any shape, number and
 * number of classes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "evaluation_scene.h"
#include "text_boxes.h"
#include "use_threads.h"

#define NONE ((double)NAN)

/* ---- The report ---- */

static void check_report(picture_shape shape, size_t n, size_t n_classes, bool is_asked)
{
    figure f = {0};
    scene *s = scene_make(shape, n, n_classes, 1);
    if (is_asked)
        ask_for(s, 0, s->labels + n);
    evaluation_report_figure(&f, &s->v);
    char *svg = svg_of(&f);
    assert_text_is_apart_and_inside(&f);
    assert_true(says(svg, ">How good are the pictures of first?</text>"));
    free(svg);
    figure_release(&f);
    scene_release(s);
}

static void a_report_can_be_read_for_any_shape_number_and_classes(void **state)
{
    static const size_t shapes[][2] = {{4, 4}, {28, 28}, {128, 128}, {5, 90}, {90, 5}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_report(shape_of(shapes[i][0], shapes[i][1]), 60, 10, i % 2 == 0);
        check_report(shape_of(shapes[i][0], shapes[i][1]), 3, 2, i % 2 == 1);
    }
    check_report(shape_of(8, 8), 600, 256, true);
    check_report(shape_of(8, 8), 1, 2, false);
}

/* Names of classes, of files and titles are as long as they like. */
static void long_names_are_no_trouble(void **state)
{
    char *names[MAX_LABELS] = {0};
    figure f = {0};
    scene *s = scene_make(shape_of(8, 8), 40, 3, 1);
    (void)state;
    names[0] = (char *)(uintptr_t) "a class whose name is long enough for two columns";
    names[1] = (char *)(uintptr_t) "Donaudampfschifffahrtsgesellschaft";
    s->v.real.data.class_names = names;
    s->candidates[0].path =
        "a/folder/whose/name/is/long/and/then/goes/on/for/longer/than/a/page/is/"
        "broad/so/that/it/must/be/wrapped/somewhere/in/the/middle/of/it.npy";
    ask_for(s, 0, s->labels);
    evaluation_report_figure(&f, &s->v);
    free(svg_of(&f));
    assert_text_is_apart_and_inside(&f);
    figure_release(&f);
    scene_release(s);
}

static void every_number_stands_beside_the_floor_and_under_its_question(void **state)
{
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 20, 2, 1);
    (void)state;
    evaluation_report_figure(&f, &s->v);
    const gauges_panel *p = panel_of(&f, &GAUGES_PANEL, 0);
    assert_int_equal(p->n, N_METRICS);
    const gauge *g = &p->gauges[0];
    assert_string_equal(g->name, "Distance");
    assert_string_equal(g->heading, "Quality: does each picture look real?");
    assert_string_equal(g->value_words, "10.0  (9.9 to 10.1)");
    assert_string_equal(g->mark_words, "real 2.0");
    assert_string_equal(g->note, "less is better");
    assert_true(g->value == 10 && g->low == 9.9 && g->high == 10.1 && g->mark == 2);
    assert_true(g->from == 0 && g->to == 50); /* 20 floors, as a round number */
    assert_string_equal(p->gauges[2].name, "Share of pictures (share)");
    assert_true(p->gauges[2].to == 1);
    assert_true(p->gauges[3].to == 1); /* of shares, whatever is better, and not 20 floors */
    assert_null(panel_of(&f, &TEXT_PANEL, 1)); /* all was measured */
    figure_release(&f);
    scene_release(s);
}

/* The floor of shares is 0.5 +- 0.1, that of the distance 2 +- 0.1. */
static void only_what_is_not_told_from_real_pictures_is_good(void **state)
{
    static const struct {
        const metric *row;
        double value, floor;
        bool is_good;
    } cases[] = {{&DISTANCE, 2.19, 2, true},   {&DISTANCE, 2.21, 2, false},
                 {&DISTANCE, 0.5, 2, true},    {&SHARE, 0.31, 0.5, true},
                 {&SHARE, 0.29, 0.5, false},   {&SHARE, 0.9, 0.5, true},
                 {&LIKENESS, 0.31, 0.5, true}, {&LIKENESS, 0.29, 0.5, false},
                 {&LIKENESS, 0.69, 0.5, true}, {&LIKENESS, 0.71, 0.5, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        measurement own, floor;
        set_result(&own, cases[i].row, cases[i].value, 0.1);
        set_result(&floor, cases[i].row, cases[i].floor, 0.1);
        assert_int_equal(gauge_of(&own, &floor).is_good, cases[i].is_good);
        assert_false(gauge_of(&own, NULL).is_good);
    }
}

/* As a bound of a log likelihood is. */
static void what_is_below_0_has_a_track_that_ends_there(void **state)
{
    static const metric bound = {.name = "bound", .better = MORE_IS_BETTER};
    measurement own;
    (void)state;
    set_result(&own, &bound, -82, 1);
    gauge g = gauge_of(&own, NULL);
    assert_true(g.from == -100 && g.to == 0);
}

static void a_floor_below_0_that_rounds_to_it_has_no_sign(void **state)
{
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 20, 2, 1);
    (void)state;
    set_result(&s->floors[0], &DISTANCE, -0.04, 0.3);
    evaluation_report_figure(&f, &s->v);
    const gauges_panel *p = panel_of(&f, &GAUGES_PANEL, 0);
    const text_panel *words = panel_of(&f, &TEXT_PANEL, 0);
    assert_string_equal(p->gauges[0].mark_words, "real 0.0");
    assert_non_null(strstr(words->words, "distance (10.0; real pictures 0.0)"));
    figure_release(&f);
    scene_release(s);
}

static void what_was_not_measured_is_said_and_not_drawn(void **state)
{
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 20, 2, 1);
    char reason[] = "there is no generator";
    (void)state;
    s->measurements[0][0].reason = reason;
    s->floors[1].reason = reason;
    evaluation_report_figure(&f, &s->v);
    const gauges_panel *p = panel_of(&f, &GAUGES_PANEL, 0);
    assert_int_equal(p->n, N_METRICS - 1);
    assert_string_equal(p->gauges[0].name, "Likeness");
    assert_true(isnan(p->gauges[0].mark) && !p->gauges[0].mark_words && !p->gauges[0].is_good);
    const text_panel *words = panel_of(&f, &TEXT_PANEL, 1);
    assert_string_equal(words->title, "Not measured");
    assert_string_equal(words->words, "distance (there is no generator)");
    figure_release(&f);
    scene_release(s);
}

static void features_alone_have_numbers_alone(void **state)
{
    float features[8] = {1, 2, 3, 4};
    figure f = {0};
    error e = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 2, 1);
    judged_set *set = &s->candidates[0].set, *real = &s->v.real.real;
    (void)state;
    judged_set_release(set);
    judged_set_release(real);
    judged_set_init_features(set, matrix_view(features, 4, 2));
    judged_set_init_features(real, matrix_view(features, 4, 2));
    evaluation_report_figure(&f, &s->v);
    assert_int_equal(f.n_panels, 2);
    assert_non_null(panel_of(&f, &GAUGES_PANEL, 0));
    figure_release(&f);
    assert_int_equal(evaluation_map_figure(&f, &s->v, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    scene_release(s);
}

/* ---- In short ---- */

static void the_worst_numbers_and_classes_are_named_first(void **state)
{
    static const uint8_t seen[4] = {1, 1, 1, 0}, real[4] = {0, 1, 0, 1};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 2, 1);
    (void)state;
    see(&s->candidates[0].set, seen);
    see(&s->v.real.real, real);
    set_result(&s->measurements[0][2], &SHARE, 0.45, 0.1); /* good */
    set_result(&s->measurements[0][1], &LIKENESS, 0.1, 0.1);
    evaluation_report_figure(&f, &s->v);
    const text_panel *p = panel_of(&f, &TEXT_PANEL, 0);
    assert_string_equal(p->words,
                        "Least like real pictures by likeness (0.10; real pictures 0.50), distance "
                        "(10.0; real pictures 2.0).\n"
                        "Like real pictures, or better, by gap, share.\n"
                        "Made too often: class 1 (75.0 % of them; of real pictures 50.0 %). Made "
                        "too seldom: class 0 (25.0 % of them; of real pictures 50.0 %). ");
    figure_release(&f);
    scene_release(s);
}

static void classes_that_are_never_made_are_named(void **state)
{
    static const uint8_t seen[4] = {2, 2, 2, 2}, real[4] = {0, 1, 2, 2};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 4, 1);
    (void)state;
    see(&s->candidates[0].set, seen);
    see(&s->v.real.real, real);
    evaluation_report_figure(&f, &s->v);
    const text_panel *p = panel_of(&f, &TEXT_PANEL, 0);
    assert_non_null(strstr(p->words, "Never made: class 0, 1. Made too often: class 2"));
    figure_release(&f);
    scene_release(s);
}

/* ---- Classes ---- */

static void classes_are_counted_as_the_judge_sees_them(void **state)
{
    static const uint8_t seen[4] = {1, 1, 2, 0};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 3, 1);
    (void)state;
    see(&s->candidates[0].set, seen);
    add_classes(&f, &s->v, &s->candidates[0]);
    const columns_panel *p = panel_of(&f, &COLUMNS_PANEL, 0);
    assert_close(p->series[1].values, ((float[]){25, 50, 25}), 3, 0, 0);
    assert_null(panel_of(&f, &COLUMNS_PANEL, 1)); /* no metric tells of classes */
    figure_release(&f);
    scene_release(s);
}

static estimate *add_by_class(metric_result *r, const double *of_class, size_t n)
{
    r->n_classes = n;
    r->by_class = allocate(n, sizeof *r->by_class);
    for (size_t i = 0; i < n; i++)
        r->by_class[i] = (estimate){of_class[i], of_class[i] - 0.1, of_class[i] + 0.1};
    return r->by_class;
}

/* Fairness tells of coverage, of which more is better, though its own number is a gap; what a
 * metric says of classes need not be how well they come off. */
static void the_best_and_the_worst_class_are_marked(void **state)
{
    static const double of_gap[3] = {0.5, (double)NAN, 0.25}, of_share[3] = {1, 3, 2};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 3, 1);
    (void)state;
    add_by_class(&s->measurements[0][0].result, of_share, 3); /* of a distance */
    add_classes(&f, &s->v, &s->candidates[0]);
    assert_null(panel_of(&f, &COLUMNS_PANEL, 1));
    figure_release(&f);
    add_by_class(&s->measurements[0][2].result, of_share, 3);
    add_classes(&f, &s->v, &s->candidates[0]);
    const columns_panel *p = panel_of(&f, &COLUMNS_PANEL, 1);
    assert_true(p->marked[0].i == 1 && p->marked[1].i == 0 && p->n_series == 1);
    assert_string_equal(p->subtitle, "Share of the class");
    figure_release(&f);
    add_by_class(&s->measurements[0][3].result, of_gap, 3);
    add_by_class(&s->floors[3].result, of_share, 3);
    add_classes(&f, &s->v, &s->candidates[0]);
    p = panel_of(&f, &COLUMNS_PANEL, 1);
    assert_true(p->n_series == 2 && p->series[1].high[2] == 0.35f);
    assert_string_equal(p->marked[0].name, "best: 0 (0.5)");
    assert_string_equal(p->marked[1].name, "worst: 2 (0.25)");
    figure_release(&f);
    scene_release(s);
}

/* Two pictures of class 0, grey 51 and 153, against a real one of 255; of class 1 none. */
static void mean_pictures_are_held_against_each_other_class_by_class(void **state)
{
    static const uint8_t seen[2] = {0, 0}, labels[2] = {0, 1};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 2, 2, 1);
    (void)state;
    memset(s->pixels, 255, 16);
    memset(s->pixels + 32, 51, 16);
    memset(s->pixels + 48, 153, 16);
    see(&s->candidates[0].set, seen);
    memcpy(s->labels, labels, 2);
    add_contrast(&f, &s->v, &s->candidates[0]);
    static const float means[3] = {1, 0.4f, -0.6f};
    static const char *const words[3] = {"0: 1", "0: 2", "0"};
    for (size_t i = 0; i < 3; i++) {
        const strip_panel *p = panel_of(&f, &STRIP_PANEL, i);
        assert_int_equal(p->n, 1);
        assert_string_equal(p->labels[0], words[i]);
        assert_close(&p->values[7], &means[i], 1, 1e-6, 0);
    }
    figure_release(&f);
    scene_release(s);
}

static void of_many_classes_those_that_differ_most_are_shown(void **state)
{
    figure f = {0};
    enum { CLASSES = 20 };
    uint8_t labels[CLASSES];
    scene *s = scene_make(shape_of(4, 4), CLASSES, CLASSES, 1);
    (void)state;
    for (size_t i = 0; i < CLASSES; i++) { /* the higher the class, the brighter its picture */
        labels[i] = (uint8_t)i;
        memset(s->pixels + i * 16, 0, 16);
        memset(s->pixels + (CLASSES + i) * 16, (int)i, 16);
    }
    memcpy(s->labels, labels, CLASSES);
    ask_for(s, 0, labels);
    add_contrast(&f, &s->v, &s->candidates[0]);
    const strip_panel *p = panel_of(&f, &STRIP_PANEL, 2);
    assert_int_equal(p->n, 12);
    assert_string_equal(p->labels[0], "8");
    assert_string_equal(p->labels[11], "19");
    figure_release(&f);
    scene_release(s);
}

static void asked_classes_are_rows_and_seen_ones_columns(void **state)
{
    static const uint8_t asked[4] = {0, 0, 0, 1}, seen[4] = {0, 1, 1, 1};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 3, 1);
    (void)state;
    add_confusion(&f, &s->v, &s->candidates[0]);
    assert_int_equal(f.n_panels, 0); /* nothing was asked for */
    see(&s->candidates[0].set, seen);
    ask_for(s, 0, asked);
    add_confusion(&f, &s->v, &s->candidates[0]);
    const matrix_panel *p = panel_of(&f, &MATRIX_PANEL, 0);
    assert_close(p->values, ((float[]){33, 67, 0, 0, 100, 0, 0, 0, 0}), 9, 0, 0);
    figure_release(&f);
    scene_release(s);
}

/* ---- The best and the worst ---- */

/* Logits of 3, 1, 2, 0 for the class that is seen, 0 for the other. */
static void the_least_sure_come_first_among_the_worst(void **state)
{
    static const uint8_t seen[4] = {0, 0, 1, 0}, asked[4] = {0, 1, 1, 0};
    static const float logits[8] = {3, 0, 1, 0, 0, 2, 0, 0};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 4, 2, 1);
    judged_set *set = &s->candidates[0].set;
    (void)state;
    see(set, seen);
    memcpy(set->logits, logits, sizeof logits);
    add_extremes(&f, &s->v, &s->candidates[0]);
    const sheet_panel *worst = panel_of(&f, &SHEET_PANEL, 0), *best = panel_of(&f, &SHEET_PANEL, 1);
    assert_true(worst->n == 2 && best->n == 2);
    assert_string_equal(worst->labels[0], "0  50 %");
    assert_string_equal(worst->labels[1], "0  73 %");
    assert_string_equal(best->labels[0], "0  95 %");
    assert_string_equal(best->labels[1], "1  88 %");
    assert_memory_equal(best->pixels, set->pixels, 16);
    figure_release(&f);
    ask_for(s, 0, asked); /* now the second is the worst: it is seen as another */
    add_extremes(&f, &s->v, &s->candidates[0]);
    worst = panel_of(&f, &SHEET_PANEL, 0);
    assert_string_equal(worst->labels[0], "1 as 0  27 %");
    figure_release(&f);
    scene_release(s);
}

/* Of twenty classes one is surer than all others; it has one place. */
static void the_best_are_of_many_classes(void **state)
{
    enum { MANY = 40, CLASSES = 20 };
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), MANY, CLASSES, 1);
    judged_set *set = &s->candidates[0].set;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        set->seen[i] = (uint8_t)(i < 20 ? 7 : i - 20);
        for (size_t k = 0; k < CLASSES; k++)
            set->logits[i * CLASSES + k] = k != set->seen[i] ? 0 : i < 20 ? 9 : 5;
    }
    add_extremes(&f, &s->v, &s->candidates[0]);
    const sheet_panel *best = panel_of(&f, &SHEET_PANEL, 1);
    assert_int_equal(best->n, 14);
    for (size_t i = 0; i < best->n; i++)
        assert_int_equal(strncmp(best->labels[i], "7 ", 2) == 0, i == 0);
    figure_release(&f);
    scene_release(s);
}

/* Real pictures, which are the training pictures, too, are 255, 0 and 100 all over, those of the
 * candidate 10, 100 and 200. */
static void pairs_are_those_of_the_greatest_and_the_least_distance(void **state)
{
    static const uint8_t greys[6] = {255, 0, 100, 10, 100, 200};
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 3, 2, 1);
    candidate *c = &s->candidates[0];
    metric_generator g = {0};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        memset(s->pixels + i * 16, greys[i], 16);
    judged_set_release(&s->v.real.real);
    judged_set_init(&s->v.real.real, &s->v.judge.judge, s->pixels, NULL, 3);
    judged_set_release(&c->set);
    judged_set_init(&c->set, &s->v.judge.judge, s->pixels + 48, NULL, 3);
    c->context.generator = &g;
    s->v.request.seed = 40;
    add_pairs(&f, &s->v, c);
    const sheet_panel *far = panel_of(&f, &SHEET_PANEL, 0), *near = panel_of(&f, &SHEET_PANEL, 1);
    static const char *const of_far[6] = {"seed 42", "seed 40", "seed 41", "0.863", "0.157", "0"};
    static const char *const of_near[6] = {"seed 42", "seed 40", "seed 41", "0.275", "0.0408", "0"};
    static const uint8_t far_greys[6] = {200, 10, 100, 255, 0, 100};
    assert_true(far->columns == 3 && near->n == 6);
    for (size_t i = 0; i < 6; i++) {
        size_t mirrored = i / 3 * 3 + 2 - i % 3;
        assert_string_equal(far->labels[i], of_far[i]);
        assert_string_equal(near->labels[mirrored], of_near[i]);
        assert_int_equal(far->pixels[i * 16], far_greys[i]);
        assert_int_equal(near->pixels[mirrored * 16], far_greys[i]);
    }
    figure_release(&f);
    c->context.training = NULL;
    add_pairs(&f, &s->v, c);
    assert_null(panel_of(&f, &SHEET_PANEL, 1));
    figure_release(&f);
    scene_release(s);
}

/* ---- Several ---- */

static void candidates_stand_side_by_side(void **state)
{
    static const size_t shapes[][2] = {{4, 4}, {28, 28}, {128, 128}, {5, 90}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        figure f = {0};
        scene *s = scene_make(shape_of(shapes[i][0], shapes[i][1]), 1 + 12 * i, 5, 3);
        evaluation_report_figure(&f, &s->v);
        free(svg_of(&f));
        assert_text_is_apart_and_inside(&f);
        const sheet_panel *second = panel_of(&f, &SHEET_PANEL, 1);
        assert_memory_equal(second->pixels, s->candidates[1].set.pixels,
                            second->n * second->rows * second->cols);
        assert_non_null(panel_of(&f, &SHEET_PANEL, 3)); /* the real ones */
        figure_release(&f);
        scene_release(s);
    }
}

/* Which of three is called best, by their values and half intervals; 3: none. */
static void one_is_best_only_where_no_interval_reaches_its_own(void **state)
{
    static const struct {
        const metric *row;
        double values[3], half;
        size_t best;
    } cases[] = {{&DISTANCE, {10, 5, 8}, 1, 1},       {&DISTANCE, {10, 5, 6}, 1, 3},
                 {&SHARE, {0.1, 0.5, 0.9}, 0.1, 2},   {&SHARE, {0.1, 0.8, 0.9}, 0.1, 3},
                 {&LIKENESS, {0.1, 0.55, 1}, 0.1, 1}, {&LIKENESS, {0.3, 0.55, 0.4}, 0.1, 3},
                 {&LIKENESS, {0.7, 0.05, 1}, 0.1, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        figure f = {0};
        scene *s = scene_make(shape_of(4, 4), 3, 2, 3);
        s->v.n_metrics = 1;
        s->metrics[0] = cases[i].row;
        set_result(&s->floors[0], cases[i].row, 0.5, 0.1);
        for (size_t k = 0; k < 3; k++)
            set_result(&s->measurements[k][0], cases[i].row, cases[i].values[k], cases[i].half);
        evaluation_report_figure(&f, &s->v);
        const gauges_panel *p = panel_of(&f, &GAUGES_PANEL, 0);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(p->gauges[k].is_good, k == cases[i].best);
            assert_int_equal(p->gauges[k].note != NULL, k == cases[i].best);
            assert_true(p->gauges[k].to == p->gauges[0].to &&
                        p->gauges[k].to >= cases[i].values[k]);
        }
        figure_release(&f);
        scene_release(s);
    }
}

static void who_lacks_a_number_is_left_out_of_it_and_no_one_wins_alone(void **state)
{
    char reason[] = "there is no encoder";
    figure f = {0};
    scene *s = scene_make(shape_of(4, 4), 3, 2, 2);
    (void)state;
    s->v.n_metrics = 1;
    s->measurements[1][0].reason = reason;
    evaluation_report_figure(&f, &s->v);
    const gauges_panel *p = panel_of(&f, &GAUGES_PANEL, 0);
    assert_int_equal(p->n, 1);
    assert_string_equal(p->gauges[0].name, "first");
    assert_string_equal(p->gauges[0].heading, "Distance: less is better");
    assert_false(p->gauges[0].is_good);
    figure_release(&f);
    scene_release(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_can_be_read_for_any_shape_number_and_classes),
        cmocka_unit_test(long_names_are_no_trouble),
        cmocka_unit_test(every_number_stands_beside_the_floor_and_under_its_question),
        cmocka_unit_test(only_what_is_not_told_from_real_pictures_is_good),
        cmocka_unit_test(what_is_below_0_has_a_track_that_ends_there),
        cmocka_unit_test(a_floor_below_0_that_rounds_to_it_has_no_sign),
        cmocka_unit_test(what_was_not_measured_is_said_and_not_drawn),
        cmocka_unit_test(features_alone_have_numbers_alone),
        cmocka_unit_test(the_worst_numbers_and_classes_are_named_first),
        cmocka_unit_test(classes_that_are_never_made_are_named),
        cmocka_unit_test(classes_are_counted_as_the_judge_sees_them),
        cmocka_unit_test(the_best_and_the_worst_class_are_marked),
        cmocka_unit_test(mean_pictures_are_held_against_each_other_class_by_class),
        cmocka_unit_test(of_many_classes_those_that_differ_most_are_shown),
        cmocka_unit_test(asked_classes_are_rows_and_seen_ones_columns),
        cmocka_unit_test(the_least_sure_come_first_among_the_worst),
        cmocka_unit_test(the_best_are_of_many_classes),
        cmocka_unit_test(pairs_are_those_of_the_greatest_and_the_least_distance),
        cmocka_unit_test(candidates_stand_side_by_side),
        cmocka_unit_test(one_is_best_only_where_no_interval_reaches_its_own),
        cmocka_unit_test(who_lacks_a_number_is_left_out_of_it_and_no_one_wins_alone),
    };
    return cmocka_run_group_tests_name("evaluation figures", tests, NULL, NULL);
}
