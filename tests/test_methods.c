/* SPDX-License-Identifier: MIT */
/* How methods are chosen, prepared and run, and what they may leave. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The table ---- */

static bool is_declared(const char *name)
{
    for (const array_row *row = explain_base_arrays; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    for (size_t i = 0; find_declared_method(i); i++)
        for (const array_row *row = find_declared_method(i)->arrays; row->name; row++)
            if (strcmp(row->name, name) == 0)
                return true;
    return false;
}

/* A name is that of a file, too. */
static void assert_sound(const array_row *row)
{
    const char *const others[] = {row->error_of, row->low_of, row->high_of, row->items_of,
                                  row->part_of};
    assert_true(row->title || row->role == ROLE_RAW);
    assert_true(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == strlen(row->name));
    assert_true(strlen(row->name) < 40 && row->name[0] != '.');
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] && !is_declared(others[i]))
            fail_msg("%s names %s, which no method declares", row->name, others[i]);
    if (row->role != ROLE_RAW && !row->part_of) /* the columns of a table may have units each */
        if (!(row->meaning || row->sentence) || (!row->unit && row->space != SPACE_TABLE))
            fail_msg("%s has no meaning or unit", row->name);
}

static void every_method_says_what_it_is_whose_and_when_it_misleads(void **state)
{
    (void)state;
    for (size_t i = 0; find_declared_method(i); i++) {
        const explain_method *m = find_declared_method(i);
        assert_non_null(m->summary);
        assert_non_null(m->source);
        assert_non_null(m->lies);
        assert_int_equal(m->lies[strlen(m->lies) - 1], '.');
    }
}

static void arrays_have_names_of_their_own_and_words(void **state)
{
    text seen = {0};
    (void)state;
    text_add(&seen, " ");
    for (size_t i = 0; find_declared_method(i); i++)
        for (const array_row *row = find_declared_method(i)->arrays; row->name; row++) {
            char name[64];
            snprintf(name, sizeof name, " %s ", row->name);
            if (strstr(seen.data, name))
                fail_msg("%s is declared twice", row->name);
            text_add(&seen, "%s ", row->name);
            assert_sound(row);
        }
    for (size_t i = 0; find_declared_method(i); i++)
        if (!find_declared_method(i)->is_default && is_declared(find_declared_method(i)->name))
            fail_msg("%s is the name of a figure, too", find_declared_method(i)->name);
    text_release(&seen);
}

/* Attributions over z or the pixels that foretell nothing of the target. */
static const char *const not_judged[] = {
    "moves_with", /* what a move of z does to the pixels, and not what these do to the target */
};

static void what_attributes_says_what_it_foretells(void **state)
{
    (void)state;
    for (size_t i = 0; explain_methods[i]; i++)
        for (const array_row *row = explain_methods[i]->arrays; row->name; row++) {
            bool is_judged =
                row->role == ROLE_ATTRIBUTION && (row->space == SPACE_Z || row->space == SPACE_X);
            bool is_excused = false;
            for (size_t k = 0; k < sizeof not_judged / sizeof *not_judged; k++)
                is_excused = is_excused || strcmp(not_judged[k], row->name) == 0;
            if (is_judged && is_excused == (row->predicts != PREDICTS_NOTHING))
                fail_msg("%s foretells nothing, or is excused from it", row->name);
        }
}

static bool is_listed(const explain_check *checks, const explain_check *found)
{
    for (const explain_check *c = checks; c && c->name; c++)
        if (strcmp(c->name, found->name) == 0)
            return strcmp(c->meaning, found->meaning) == 0;
    return false;
}

/* By exactly one of them. */
static bool is_declared_check(const explain_check *found)
{
    size_t n = is_listed(explain_checks, found);
    for (size_t i = 0; explain_methods[i]; i++)
        n += is_listed(explain_methods[i]->checks, found);
    return n == 1;
}

static void every_check_that_is_found_was_declared(void **state)
{
    static const char *const words[] = {"logit", "ink", "unit:1,5", "rec:a.png", "loss:a.png"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "all", z, 3);
        for (size_t k = 0; k < a.n_checks; k++)
            if (!is_declared_check(&a.checks[k]))
                fail_msg("%s: %s is not declared", words[i], a.checks[k].name);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void methods_are_chosen_once_each_by_their_names(void **state)
{
    (void)state;
    explain_plan plan = {0};
    size_t n = 0;
    while (explain_methods[n])
        n++;
    explain_plan_choose(&plan, "gradient,gradient");
    assert_int_equal(plan.n, 1);
    assert_ptr_equal(plan.methods[0], explain_methods[0]);
    explain_plan_release(&plan);
    explain_plan_choose(&plan, "grad,gradients");
    assert_int_equal(plan.n, 0);
    explain_plan_choose(&plan, "all");
    assert_int_equal(plan.n, n);
    explain_plan_release(&plan);
}

/* How many methods of the list are prepared where that input alone is asked for; -1: refused. */
static int prepared_for(const char *list, explain_input input, error *e)
{
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .inputs = 1u << input, .n_samples = 16};
    explain_plan_choose(&plan, list);
    int status = explain_plan_prepare(&plan, &s.x, &q, e);
    int n = status ? -1 : (int)plan.n;
    explain_plan_release(&plan);
    scene_release(&s);
    return n;
}

static void a_method_of_the_other_input_is_refused_or_left_out_of_all(void **state)
{
    error e = {0};
    (void)state;
    assert_int_equal(prepared_for("cam", INPUT_X, &e), 1);
    assert_int_equal(prepared_for("cam", INPUT_Z, &e), -1);
    assert_string_equal(e.message, "method cam explains nothing by z alone");
    assert_int_equal(e.status, STATUS_USAGE);
    e = (error){0};
    assert_int_equal(prepared_for("linear", INPUT_X, &e), -1);
    assert_string_equal(e.message, "method linear explains nothing by the pixels alone");
    e = (error){0};
    assert_int_equal(prepared_for("shap,formation", INPUT_X, &e), 2);
    assert_true(prepared_for("all", INPUT_Z, &e) > prepared_for("all", INPUT_X, &e));
}

static void products_are_of_the_input_that_is_asked_for(void **state)
{
    static const char *const targets[] = {"logit", "ink"};
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
            scene s = trained_scene(targets[i]);
            explain_plan plan = {0};
            explanation a = {0};
            error e = {0};
            explain_request q = {.n_top = 3, .black = -1, .white = 1, .inputs = 1u << input};
            explain_plan_choose(&plan, "gradient-x-input");
            assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
            assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
            assert_int_equal(!explanation_find(&a, "gradient-x-input.z"), input == INPUT_X);
            assert_int_equal(!explanation_find(&a, "gradient-x-input.x"), input == INPUT_Z);
            assert_int_equal(explanation_judge(&a, &e), 0);
            explanation_release(&a);
            explain_plan_release(&plan);
            scene_release(&s);
        }
    free(z);
}

/* ---- What may be added ---- */

static const array_row some_arrays[] = {
    {.name = "some.z", .space = SPACE_Z},           {.name = "some.maps", .space = SPACE_X_LIST},
    {.name = "some.curve", .space = SPACE_CURVE},   {.name = "some.tree", .space = SPACE_TREE},
    {.name = "some.number", .space = SPACE_SCALAR}, {0}};
static const explain_method some_method = {.name = "some", .arrays = some_arrays};

static explanation of_some_arrays(void)
{
    return (explanation){
        .z_dim = 5, .shape = {PICTURE_ROWS, PICTURE_COLS, N_PIXELS}, .method = &some_method};
}

static void a_space_sets_the_shape_of_its_arrays(void **state)
{
    static const struct {
        const char *name;
        size_t rows, cols, rank, shape[2], n;
    } cases[] = {{"some.z", 0, 0, 1, {5, 0}, 5},
                 {"some.maps", 3, 0, 2, {3, N_PIXELS}, 3 * N_PIXELS},
                 {"some.curve", 2, 11, 2, {2, 11}, 22},
                 {"some.tree", 7, 0, 2, {7, TREE_COLUMNS}, 7 * TREE_COLUMNS},
                 {"some.number", 0, 0, 0, {0, 0}, 1}};
    explanation a = of_some_arrays();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float *data = explanation_add(&a, cases[i].name, cases[i].rows, cases[i].cols);
        const named_array *v = whole_array_of(&a, cases[i].name);
        assert_ptr_equal(v->data, data);
        assert_int_equal(v->rank, cases[i].rank);
        for (size_t k = 0; k < v->rank; k++)
            assert_int_equal(v->shape[k], cases[i].shape[k]);
        assert_int_equal(v->n, cases[i].n);
    }
    explanation_release(&a);
}

typedef struct {
    const char *name;
    size_t rows, cols;
} addition;

/* Whether adding these, one after the other, ends the program by an assertion. */
static bool is_refused(const addition *all, size_t n)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        explanation a = of_some_arrays();
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        for (size_t i = 0; i < n; i++)
            explanation_add(&a, all[i].name, all[i].rows, all[i].cols);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void what_is_not_declared_or_of_another_shape_is_refused(void **state)
{
    static const addition one[] = {{"other.z", 0, 0},   {"some.z", 5, 0},     {"some.maps", 0, 0},
                                   {"some.maps", 2, 9}, {"some.curve", 2, 0}, {"some.tree", 3, 6}};
    static const addition twice[] = {{"some.z", 0, 0}, {"some.z", 0, 0}};
    (void)state;
    assert_false(is_refused(twice, 1));
    assert_true(is_refused(twice, 2));
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        if (!is_refused(&one[i], 1))
            fail_msg("%s (%zu, %zu) is not refused", one[i].name, one[i].rows, one[i].cols);
}

/* ---- Running ---- */

static size_t n_prepared, n_released;

typedef struct {
    double more;
} number_settings;

static const option_row number_rows[] = {
    OPTION_REAL(number_settings, more, .name = "more", .value = "X", .summary = "More."),
};

static const number_settings number_defaults = {.more = 0.5};
static const option_set number_options = {OPTION_GROUP("Number", number_rows, 0), &number_defaults,
                                          sizeof number_defaults};

static int prepare_number(void **state, const explainer *x, const explain_request *q,
                          const void *settings, error *e)
{
    float *number = allocate(1, sizeof *number);
    (void)x;
    (void)e;
    *number = (float)q->n_top + (float)((const number_settings *)settings)->more;
    *state = number;
    n_prepared++;
    return 0;
}

static void release_number(void *state)
{
    free(state);
    n_released++;
}

/* Moves the workspace elsewhere, as a path of other z would. */
static int run_number(const explain_task *t, explanation *a, error *e)
{
    float z[Z] = {9, 9, 9}, value;
    explained_rows elsewhere = {.n = 1, .z = z, .value = &value};
    (void)e;
    *explanation_add(a, "some.number", 0, 0) = *(const float *)t->state;
    explain_rows(t->x, t->w, &elsewhere);
    return 0;
}

static int fail_to_prepare(void **state, const explainer *x, const explain_request *q,
                           const void *settings, error *e)
{
    assert_null(settings); /* it has no options */
    (void)state;
    (void)x;
    (void)q;
    return (fail)(e, STATUS_BAD_INPUT, "no baseline");
}

static int fail_to_run(const explain_task *t, explanation *a, error *e)
{
    (void)t;
    (void)a;
    return (fail)(e, STATUS_DIVERGED, "no way");
}

static const explain_method number_method = {.name = "number",
                                             .arrays = some_arrays,
                                             .options = &number_options,
                                             .prepare = prepare_number,
                                             .run = run_number,
                                             .release = release_number};

static void what_a_method_prepared_is_shared_and_released_once(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explain_plan plan = {0};
    explain_request q = {.n_top = 3, .probe = 3};
    error e = {0};
    (void)state;
    n_prepared = n_released = 0;
    explain_plan_add(&plan, &number_method);
    explain_plan_choose(&plan, "gradient");
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    for (size_t i = 0; i < 2; i++) {
        explanation a;
        assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
        assert_true(*array_of(&a, "some.number") == 3.5f);
        /* gradient finds its z in the workspace, whoever was there before */
        assert_int_equal(explanation_judge(&a, &e), 0);
        explanation_release(&a);
    }
    explain_plan_release(&plan);
    assert_true(n_prepared == 1 && n_released == 1);
    free(z);
    scene_release(&s);
}

static void a_method_has_the_settings_that_the_plan_gives_it(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explain_plan plan = {0};
    explain_request q = {.n_top = 3};
    explanation a;
    error e = {0};
    (void)state;
    explain_plan_choose(&plan, "gradient");
    explain_plan_add(&plan, &number_method);
    explain_plan_set(&plan, &number_method, &(number_settings){.more = 4});
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
    assert_true(*array_of(&a, "some.number") == 7);
    assert_null(explanation_find(&a, "jacobian"));
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

/* ---- What a method pays for ---- */

/* What the methods that look at their task saw. */
static explained_rows seen[4];
static size_t n_seen;

static int look(const explain_task *t, explanation *a, error *e)
{
    (void)a;
    (void)e;
    seen[n_seen++] = *t->rows;
    return 0;
}

static const explain_method looks_at_values = {.name = "v", .arrays = some_arrays, .run = look};
static const explain_method looks_at_z = {
    .name = "z", .arrays = some_arrays, .wants = WANTS_GRADIENT_Z, .run = look};
static const explain_method looks_at_x = {
    .name = "x", .arrays = some_arrays, .wants = WANTS_GRADIENT_X, .run = look};
static const explain_method looks_at_parts = {
    .name = "p", .arrays = some_arrays, .wants = WANTS_PART_GRADIENTS, .run = look};

/* How many passes an explanation by n methods makes; it is judged, too. */
static size_t passes_of(scene *s, const explain_method *const *methods, size_t n)
{
    explain_plan plan = {0};
    explain_request q = {.n_top = 3, .black = -1, .probe = 3};
    explanation a;
    error e = {0};
    float *z = draw(Z, 4);
    size_t before = s->w.n_passes;
    n_seen = 0;
    for (size_t i = 0; i < n; i++)
        explain_plan_add(&plan, methods[i]);
    assert_int_equal(explain_plan_prepare(&plan, &s->x, &q, &e), 0);
    assert_int_equal(explain(&a, &s->x, &s->w, z, &q, &plan, &e), 0);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    return s->w.n_passes - before;
}

static void a_method_has_the_gradients_that_it_wants_and_no_others(void **state)
{
    static const explain_method *const all[] = {&looks_at_values, &looks_at_z, &looks_at_x,
                                                &looks_at_parts};
    scene s = trained_scene("logit");
    (void)state;
    assert_int_equal(passes_of(&s, all, 4), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(seen[i].value && seen[i].x && seen[i].logit);
        assert_true(!seen[i].gradient_z == (i != 1) && !seen[i].gradient_x == (i != 2));
    }
    scene_release(&s);
}

static void what_is_known_is_not_computed_again(void **state)
{
    const explain_method *const gradients[] = {&looks_at_values, explain_methods[0], &looks_at_z,
                                               &looks_at_x,      &looks_at_values,   &looks_at_z};
    scene s = trained_scene("logit");
    (void)state;
    assert_int_equal(passes_of(&s, gradients, 1), 1);
    assert_int_equal(passes_of(&s, gradients, 4), 2);
    assert_int_equal(passes_of(&s, gradients + 1, 1), 1);
    scene_release(&s);
}

/* number was elsewhere: who wants no gradient does not pay for the way back. */
static void a_workspace_is_brought_back_for_gradients_alone(void **state)
{
    const explain_method *const away[] = {explain_methods[0], &number_method, &looks_at_values,
                                          &looks_at_x, &looks_at_z};
    scene s = trained_scene("logit");
    (void)state;
    assert_int_equal(passes_of(&s, away, 3), 2);
    assert_int_equal(passes_of(&s, away, 5), 3);
    scene_release(&s);
}

static void a_method_that_cannot_be_prepared_is_named(void **state)
{
    static const explain_method unready = {
        .name = "unready", .arrays = some_arrays, .prepare = fail_to_prepare, .run = run_number};
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    explain_request q = {.n_top = 3};
    error e = {0};
    (void)state;
    n_prepared = n_released = 0;
    explain_plan_add(&plan, &number_method);
    explain_plan_add(&plan, &unready);
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_string_equal(e.message, "method unready: no baseline");
    explain_plan_release(&plan);
    assert_true(n_prepared == 1 && n_released == 1);
    scene_release(&s);
}

static void a_method_that_fails_leaves_no_explanation(void **state)
{
    static const explain_method failing = {
        .name = "failing", .arrays = some_arrays, .run = fail_to_run};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explain_plan plan = {0};
    explain_request q = {.n_top = 3};
    explanation a;
    error e = {0};
    (void)state;
    explain_plan_add(&plan, &failing);
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), -1);
    assert_string_equal(e.message, "no way");
    assert_true(a.n_arrays == 0 && !a.arrays);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

static void every_explanation_has_z_picture_target_and_logit(void **state)
{
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), ink = value_at_z(&s, z, NULL, NULL);
    explain_plan plan = {0};
    explain_request q = {0};
    explanation a;
    error e = {0};
    (void)state;
    explain_plan_add(&plan, &number_method);
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
    assert_memory_equal(array_of(&a, "z"), z, Z * sizeof *z);
    assert_true(*array_of(&a, "target") == ink);
    assert_close(&(float){(float)sum(array_of(&a, "x"), N_PIXELS)}, &ink, 1, 1e-5, 0);
    assert_non_null(explanation_find(&a, "logit"));
    assert_true(a.z == array_of(&a, "z") && a.x == array_of(&a, "x"));
    assert_int_equal(a.n_arrays, 5);
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_says_what_it_is_whose_and_when_it_misleads),
        cmocka_unit_test(arrays_have_names_of_their_own_and_words),
        cmocka_unit_test(what_attributes_says_what_it_foretells),
        cmocka_unit_test(every_check_that_is_found_was_declared),
        cmocka_unit_test(methods_are_chosen_once_each_by_their_names),
        cmocka_unit_test(a_method_of_the_other_input_is_refused_or_left_out_of_all),
        cmocka_unit_test(products_are_of_the_input_that_is_asked_for),
        cmocka_unit_test(a_space_sets_the_shape_of_its_arrays),
        cmocka_unit_test(what_is_not_declared_or_of_another_shape_is_refused),
        cmocka_unit_test(what_a_method_prepared_is_shared_and_released_once),
        cmocka_unit_test(a_method_has_the_settings_that_the_plan_gives_it),
        cmocka_unit_test(a_method_has_the_gradients_that_it_wants_and_no_others),
        cmocka_unit_test(what_is_known_is_not_computed_again),
        cmocka_unit_test(a_workspace_is_brought_back_for_gradients_alone),
        cmocka_unit_test(a_method_that_cannot_be_prepared_is_named),
        cmocka_unit_test(a_method_that_fails_leaves_no_explanation),
        cmocka_unit_test(every_explanation_has_z_picture_target_and_logit),
    };
    return cmocka_run_group_tests_name("methods", tests, NULL, NULL);
}
