/* SPDX-License-Identifier: MIT */
/* What an array of each space becomes, by hand: the panel that is drawn of it and its numbers. The
 * pictures are no squares, so that rows and columns cannot stand for each other. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/present/present_detail.h"
#include "../src/report/panel.h"
#include "trust.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4, COLS = 6, N = ROWS * COLS, Z = 3 };

/* One array that is shown, and its standard error or the ends of intervals where it has some. */
typedef struct {
    array_row row, error_row, low_row, high_row;
    explanation a;
    explanation_style style;
    array_scales scales;
    json_t *numbers;
    figure f;
} shown;

static const float own_z[Z] = {0.5f, -1, 2};

static float *begin(shown *s, array_space space, array_sign sign, size_t rows, size_t cols)
{
    error e = {0};
    *s = (shown){.row = {.name = "own",
                         .space = space,
                         .sign = sign,
                         .role = ROLE_ATTRIBUTION,
                         .title = "Own",
                         .meaning = "m"},
                 .a = {.z_dim = Z, .shape = {ROWS, COLS, N}, .z = own_z},
                 .style = {.low = -0.5f, .high = 1.5f, .n_top = 2}};
    if (explanation_style_read(
            &s->style, &(style_words){.overlay = "contour", .sign = "all", .scale = "image"}, &e))
        fail_msg("%s", e.message);
    strokes_find(&s->a.strokes, NULL, s->a.shape, 0, 1);
    return explanation_add_row(&s->a, &s->row, rows, cols);
}

static float *add_error(shown *s, size_t rows, size_t cols)
{
    s->error_row = s->row;
    s->error_row.name = "error";
    s->error_row.error_of = "own";
    return explanation_add_row(&s->a, &s->error_row, rows, cols);
}

/* The ends of intervals, each as long as the array. */
static void add_interval(shown *s, const float *low, const float *high)
{
    const named_array own = *explanation_find(&s->a, "own");
    s->low_row = s->high_row = s->row;
    s->low_row.name = "low";
    s->low_row.low_of = s->high_row.high_of = "own";
    s->high_row.name = "high";
    s->low_row.role = s->high_row.role = ROLE_RAW;
    memcpy(explanation_add_row(&s->a, &s->low_row, own.shape[0], own.shape[1]), low,
           own.n * sizeof *low);
    memcpy(explanation_add_row(&s->a, &s->high_row, own.shape[0], own.shape[1]), high,
           own.n * sizeof *high);
}

/* What explanation.json says of all arrays. */
static void take_all_numbers(shown *s)
{
    static const char *const names[] = {"own", "low", "high"};
    json_t *all = json_object();
    for (size_t i = 0; i < 3; i++) {
        const named_array *v = explanation_find(&s->a, names[i]);
        json_t *one = json_object();
        if (v)
            spaces[v->row->space]->add_numbers(one, &s->a, v, s->style.n_top);
        json_object_set_new(all, names[i], one);
    }
    s->numbers = json_pack("{s:o}", "arrays", all);
}

static const json_t *numbers_of(shown *s)
{
    const named_array *v = explanation_find(&s->a, "own");
    json_t *own = json_object();
    spaces[s->row.space]->add_numbers(own, &s->a, v, s->style.n_top);
    s->numbers = json_pack("{s:{s:o}}", "arrays", "own", own);
    return own;
}

/* The panel, after numbers_of. */
static const void *panel_of(shown *s)
{
    static const uint8_t sample[N];
    explanation_view view = {.numbers = s->numbers,
                             .shape = s->a.shape,
                             .sample = sample,
                             .a = &s->a,
                             .scales = &s->scales,
                             .style = &s->style};
    array_view v = view_array(&view, explanation_find(&s->a, "own"));
    array_scales_measure(&s->scales, &s->a, s->style.clip);
    figure_init(&s->f, NULL, NULL);
    size_t i = spaces[s->row.space]->draw(&s->f, &v);
    return s->f.panels[i].body;
}

static char *words_of(shown *s)
{
    explanation_view view = {.numbers = s->numbers, .a = &s->a, .style = &s->style};
    array_view v = view_array(&view, explanation_find(&s->a, "own"));
    text t = {0};
    spaces[s->row.space]->say(&t, &v);
    return t.data;
}

static void end(shown *s)
{
    figure_release(&s->f);
    json_decref(s->numbers);
    array_scales_release(&s->scales);
    explanation_release(&s->a);
}

static void fill(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)i - 2;
}

/* ---- Components ---- */

static void bars_of_magnitudes_begin_at_zero(void **state)
{
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        shown s;
        (void)state;
        memcpy(begin(&s, SPACE_Z, is_signed ? SIGN_SIGNED : SIGN_MAGNITUDE, 0, 0),
               ((float[]){1, 3, 2}), Z * sizeof(float));
        numbers_of(&s);
        const bars_panel *p = panel_of(&s);
        assert_int_equal(p->is_magnitude, !is_signed);
        end(&s);
    }
}

static void zeros_are_not_among_the_strongest(void **state)
{
    static const float values[3][Z] = {{0, 3, 0}, {1, 3, 2}, {0, 0, 0}};
    static const size_t n[] = {1, 2, 1}; /* of the two that are asked for; one is always there */
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        shown s;
        memcpy(begin(&s, SPACE_Z, SIGN_SIGNED, 0, 0), values[i], sizeof values[i]);
        numbers_of(&s);
        const bars_panel *p = panel_of(&s);
        assert_int_equal(p->n_top, n[i]);
        end(&s);
    }
}

/* ---- Pixels ---- */

static void a_map_has_the_rows_and_columns_of_the_picture(void **state)
{
    shown s;
    (void)state;
    fill(begin(&s, SPACE_X, SIGN_SIGNED, 0, 0), N);
    numbers_of(&s);
    const map_panel *p = panel_of(&s);
    assert_true(p->rows == ROWS && p->cols == COLS);
    assert_true(p->values[7] == 5 && p->scale == N - 3);
    end(&s);
}

/* Half the range above black, which is -1/2, is 1/2. */
static void a_plain_map_is_a_picture_in_the_range_of_pictures(void **state)
{
    shown s;
    (void)state;
    begin(&s, SPACE_X, SIGN_PLAIN, 0, 0)[7] = 1.5f;
    numbers_of(&s);
    const picture_panel *p = panel_of(&s);
    assert_true(p->rows == ROWS && p->cols == COLS);
    assert_true(p->pixels[7] == 255 && p->pixels[0] == 64);
    end(&s);
}

static void maps_of_a_list_have_the_pictures_sides_and_norms_of_their_own(void **state)
{
    shown s;
    (void)state;
    float *v = begin(&s, SPACE_X_LIST, SIGN_PLAIN, 2, 0);
    v[N] = 3, v[N + 1] = -4;
    const json_t *o = json_array_get(json_object_get(numbers_of(&s), "items"), 1);
    assert_true(number_at(o, "norm") == 5);
    assert_true(number_at(o, "row") == 0 && number_at(o, "column") == 16.0 / 25);
    const strip_panel *p = panel_of(&s);
    assert_true(p->n == 2 && p->rows == ROWS && p->cols == COLS);
    assert_true(p->values[0] == 0.5f && p->values[N] == 3.5f && p->scale == 2);
    assert_non_null(strstr(s.f.panels[0].subtitle, "above black, one scale"));
    end(&s);
}

/* ---- Curves ---- */

static void a_curve_has_its_own_errors_and_the_place_of_its_peak(void **state)
{
    static const float values[3][4] = {{10, 20, 30, 40}, {1, 7, 3, 2}, {5, 4, -9, 0}};
    static const float errors[3][4] = {{0}, {1, 2, 3, 4}, {5, 6, 7, 8}};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_CURVE, SIGN_SIGNED, 3, 4), values, sizeof values);
    memcpy(add_error(&s, 3, 4), errors, sizeof errors);
    const json_t *o = numbers_of(&s), *first = json_array_get(json_object_get(o, "series"), 1);
    assert_true(number_at(o, "n_points") == 4);
    assert_true(number_at(first, "first") == 1 && number_at(first, "last") == 2);
    assert_true(number_at(first, "greatest") == 7 && number_at(first, "greatest_at") == 20);
    const curve_panel *p = panel_of(&s);
    assert_true(p->n == 4 && p->n_series == 2 && p->x[3] == 40);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 4; k++) {
            assert_true(p->series[i].values[k] == values[i + 1][k]);
            assert_true(p->series[i].errors[k] == errors[i + 1][k]);
        }
    end(&s);
}

/* Of a curve with those labels. */
static void add_labels(shown *s, const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        explanation_add_label(&s->a, labels[i]);
}

/* What stands before the methods is what they are held against, what stands behind a control. */
static void a_curve_shows_methods_what_they_are_held_against_and_controls(void **state)
{
    static const char *const labels[] = {"layer", "picture", "gradient", "random",
                                         "shap",  "edge",    "none",     "D 4"};
    static const float values[6][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}, {1, 2}};
    static const float low[6][2] = {{0, 1}, {1, 2}}, high[6][2] = {{0, 1}, {3, 4}};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_CURVE, SIGN_SIGNED, 6, 2), values, sizeof values);
    add_labels(&s, labels, 8);
    add_interval(&s, low[0], high[0]);
    take_all_numbers(&s);
    const json_t *o = json_object_get(json_object_get(s.numbers, "arrays"), "own");
    assert_string_equal(json_string_value(json_array_get(json_object_get(o, "places"), 1)), "D 4");
    const curve_panel *p = panel_of(&s);
    static const curve_kind kinds[] = {CURVE_MEASURE, CURVE_USUAL, CURVE_USUAL, CURVE_USUAL,
                                       CURVE_CONTROL};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(p->series[i].kind, kinds[i]);
    assert_string_equal(p->x_names[0], "none");
    assert_true(p->series[0].low[1] == 2 && p->series[0].high[1] == 4);
    end(&s);
}

/* Lines of no methods are usual ones, and places without names have none. */
static void other_curves_have_usual_lines(void **state)
{
    shown s;
    (void)state;
    fill(begin(&s, SPACE_CURVE, SIGN_SIGNED, 3, 2), 6);
    add_labels(&s, (const char *const[]){"x", "a", "b"}, 3);
    assert_null(json_object_get(numbers_of(&s), "places"));
    const curve_panel *p = panel_of(&s);
    assert_true(p->series[0].kind == CURVE_USUAL && p->series[1].kind == CURVE_USUAL);
    assert_null(p->x_names);
    end(&s);
}

static void of_many_curves_the_ends_are_said(void **state)
{
    shown s;
    (void)state;
    float *v = begin(&s, SPACE_CURVE, SIGN_SIGNED, 9, 2);
    fill(v, 18);
    v[5] = 70, v[9] = -5, v[17] = v[16] = NAN; /* the second, fourth and last */
    numbers_of(&s);
    char *words = words_of(&s);
    assert_string_equal(words, " Of 8 lines, series 2 ends highest, at 70, and series 4 lowest, at "
                               "-5.");
    free(words);
    end(&s);
}

/* What stands for # in the sentence of the array. */
static char *finding_of(shown *s, bool is_brief)
{
    explanation_view view = {.numbers = s->numbers, .a = &s->a, .style = &s->style};
    array_view v = view_array(&view, explanation_find(&s->a, "own"));
    text t = {0};
    spaces[s->row.space]->add_finding(&t, &v, is_brief);
    return t.data;
}

static void assert_found(shown *s, bool is_brief, const char *expected)
{
    char *found = finding_of(s, is_brief);
    if (!expected)
        assert_null(found);
    else
        assert_string_equal(found, expected);
    free(found);
}

/* What is at 0 is no finding; the second series is not said. */
static void a_curve_is_found_at_its_ends_and_between(void **state)
{
    static const float values[3][6] = {
        {0, 1, 2, 3, 4, 5}, {9, 0.5f, 4, -3, 2, 8}, {7, 7, 7, 7, 7, 7}};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_CURVE, SIGN_SIGNED, 3, 6), values, sizeof values);
    numbers_of(&s);
    assert_found(&s, false, "0.5 at 1, -3 at 3 and 8 at 5");
    assert_found(&s, true, "0.5 at 1");
    end(&s);
    memcpy(begin(&s, SPACE_CURVE, SIGN_SIGNED, 2, 2), ((float[]){2, 3, 5, 6}), 4 * sizeof(float));
    numbers_of(&s);
    assert_found(&s, false, "5 at 2 and 6 at 3");
    end(&s);
}

/* ---- Trees ---- */

/* z0 < 0.5, which it is not: z2 < 3. */
static const float tree[5][TREE_COLUMNS] = {{0, 0.5f, 1, 2, 0.5f, 1},
                                            {-1, 0, 0, 0, 3.5f, 0.25f},
                                            {2, 3, 4, 3, -0.5f, 0.75f},
                                            {-1, 0, 0, 0, -2, 0.125f},
                                            {-1, 0, 0, 0, -1, 0.625f}};

static void a_tree_leads_z_to_a_leaf_and_nodes_to_others(void **state)
{
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TREE, SIGN_SIGNED, 5, 0), tree, sizeof tree);
    const json_t *o = numbers_of(&s), *nodes = json_object_get(o, "nodes");
    assert_true(number_at(o, "n_leaves") == 3 && number_at(o, "leaf") == 4);
    const json_t *inner = json_array_get(nodes, 2), *leaf = json_array_get(nodes, 4);
    assert_true(number_at(inner, "component") == 2 && number_at(inner, "threshold") == 3);
    assert_true(number_at(inner, "below") == 4 && number_at(inner, "above") == 3);
    assert_true(number_at(inner, "value") == -0.5 && number_at(inner, "share") == 0.75);
    assert_true(number_at(leaf, "value") == -1 && number_at(leaf, "share") == 0.625);
    assert_null(json_object_get(leaf, "component"));
    char *words = words_of(&s);
    assert_non_null(strstr(words, "whether z0 is below 0.5."));
    assert_non_null(strstr(words, "3 leaves this z comes to one of -1, where 62.5 % of all"));
    free(words);
    end(&s);
}

static void a_tree_is_told_as_rules_and_a_way(void **state)
{
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TREE, SIGN_SIGNED, 5, 0), tree, sizeof tree);
    const json_t *o = numbers_of(&s), *rules = json_object_get(o, "rules");
    const json_t *way = json_object_get(o, "way");
    assert_int_equal(json_array_size(rules), 3);
    assert_string_equal(word_at(json_array_get(rules, 0), "rule"), "z0 < 0.5");
    assert_string_equal(word_at(json_array_get(rules, 1), "rule"), "z0 >= 0.5, z2 < 3");
    assert_string_equal(word_at(json_array_get(rules, 2), "rule"), "z0 >= 0.5, z2 >= 3");
    assert_true(number_at(json_array_get(rules, 1), "leaf") == 4);
    assert_int_equal(json_array_size(way), 3);
    assert_int_equal(json_integer_value(json_array_get(way, 0)), 0);
    assert_int_equal(json_integer_value(json_array_get(way, 1)), 2);
    assert_int_equal(json_integer_value(json_array_get(way, 2)), 4);
    char *words = words_of(&s);
    explanation_view view = {.numbers = s.numbers, .a = &s.a, .style = &s.style};
    array_view one = view_array(&view, explanation_find(&s.a, "own"));
    words_table table = {0};
    tree_space.fill_table(&table, &one);
    assert_int_equal(table.n_columns, 4);
    assert_string_equal(table.cells[8].data, "z0 >= 0.5, z2 < 3");
    assert_string_equal(table.cells[10].data, "62.5 %");
    assert_string_equal(table.cells[11].data, "this z");
    assert_int_equal(table.cells[15].length, 0);
    words_table_release(&table);
    assert_non_null(strstr(words, "not below 0.5; z2 is"));
    const tree_panel *p = panel_of(&s);
    assert_true(p->nodes[0].is_marked && p->nodes[2].is_marked && p->nodes[4].is_marked);
    assert_false(p->nodes[1].is_marked || p->nodes[3].is_marked);
    free(words);
    end(&s);
}

static void a_tree_is_drawn_with_the_nodes_it_leads_to(void **state)
{
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TREE, SIGN_SIGNED, 5, 0), tree, sizeof tree);
    numbers_of(&s);
    const tree_panel *p = panel_of(&s);
    assert_int_equal(p->n, 5);
    assert_string_equal(p->nodes[2].split, "z2 < 3");
    assert_true(p->nodes[2].children[0] == 4 && p->nodes[2].children[1] == 3);
    assert_null(p->nodes[4].split);
    assert_true(p->nodes[4].value == -1);
    assert_string_equal(p->nodes[4].note, "62.5 %");
    end(&s);
}

/* ---- A network ---- */

/* z0 and z3, the nine parts of a picture, and two lines. */
static void a_network_is_drawn_as_its_rows_say(void **state)
{
    shown s;
    (void)state;
    float *rows = begin(&s, SPACE_NETWORK, SIGN_SIGNED, 13, 0);
    explanation_add_label(&s.a, "z: 4 numbers");
    explanation_add_label(&s.a, "picture: 28 x 28");
    for (size_t i = 0; i < 11; i++) {
        float *row = rows + i * NETWORK_COLUMNS;
        row[NETWORK_FROM] = i < 2 ? 0 : 1;
        row[NETWORK_TO] = -1;
        row[NETWORK_INDEX] = i < 2 ? (float)(3 * i) : (float)(i - 2);
        row[NETWORK_VALUE] = (float)i;
    }
    memcpy(rows + 11 * NETWORK_COLUMNS, (float[]){1, 4, 0, -5, 1, 10, 0, 2}, 8 * sizeof(float));
    const json_t *o = numbers_of(&s);
    const json_t *line = json_array_get(json_object_get(o, "lines"), 0);
    assert_true(number_at(line, "from") == 3 && number_at(line, "to") == 2);
    assert_true(number_at(line, "value") == -5);
    const network_panel *p = panel_of(&s);
    assert_true(p->n == 2 && p->n_lines == 2);
    assert_string_equal(p->columns[0].name, "z");
    assert_string_equal(p->columns[0].note, "4 numbers");
    assert_true(p->columns[0].n == 2 && !p->columns[0].pixels);
    assert_null(p->columns[0].labels[0]);
    assert_string_equal(p->columns[0].labels[1], "z3");
    assert_true(p->columns[1].n == 9 && p->columns[1].pixels && p->columns[1].parts == 3);
    assert_true(p->lines[1].from == 1 && p->lines[1].to == 8 && p->lines[1].weight == 2);
    char *words = words_of(&s);
    assert_non_null(strstr(words, "z: 4 numbers; picture: 28 x 28."));
    free(words);
    end(&s);
}

/* ---- Rows and columns ---- */

static void the_strongest_of_a_matrix_has_its_row_and_column(void **state)
{
    shown s;
    (void)state;
    begin(&s, SPACE_MATRIX, SIGN_SIGNED, 2, 5)[8] = -7;
    const json_t *o = json_object_get(numbers_of(&s), "strongest");
    assert_string_equal(word_at(o, "row"), "row 1");
    assert_string_equal(word_at(o, "column"), "column 3");
    assert_true(number_at(o, "value") == -7);
    const matrix_panel *p = panel_of(&s);
    assert_true(p->rows == 2 && p->cols == 5 && p->values[8] == -7 && p->scale == 7);
    end(&s);
}

static void the_strongest_cells_are_found_by_their_names(void **state)
{
    static const char *const names[] = {"a", "b", "c", "A", "B"};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_MATRIX, SIGN_SIGNED, 2, 3), ((float[]){1, -4, 0, 2, 3, 0.5f}),
           6 * sizeof(float));
    for (size_t i = 0; i < 5; i++)
        explanation_add_label(&s.a, names[i]);
    numbers_of(&s);
    assert_found(&s, false, "A and b (-4), B and b (+3), B and a (+2)");
    assert_found(&s, true, "A and b (-4), B and b (+3)");
    end(&s);
}

/* Of a matrix that is its own mirror each pair is said once; one cell less, and it is none. */
static void pairs_are_found_once(void **state)
{
    shown s;
    float *v = begin(&s, SPACE_MATRIX, SIGN_SIGNED, 3, 3);
    (void)state;
    memcpy(v, ((float[]){0, 1, -4, 1, 0, 0, -4, 0, 0}), 9 * sizeof *v);
    numbers_of(&s);
    assert_found(&s, false, "row 0 and column 2 (-4), row 0 and column 1 (+1)");
    v[1] = 0;
    json_decref(s.numbers);
    numbers_of(&s);
    assert_found(&s, false,
                 "row 0 and column 2 (-4), row 2 and column 0 (-4), row 1 and column 0 (+1)");
    memset(v, 0, 9 * sizeof *v);
    json_decref(s.numbers);
    numbers_of(&s);
    assert_found(&s, false, NULL);
    end(&s);
}

static void a_gap_of_a_matrix_is_no_strongest_cell(void **state)
{
    static const float values[9] = {1, NAN, 2, NAN, 1, -3, 2, -3, 1};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_MATRIX, SIGN_SIGNED, 3, 3), values, sizeof values);
    s.row.has_gaps = true;
    const json_t *o = numbers_of(&s), *cells = json_object_get(o, "strongest_cells");
    assert_true(number_at(json_object_get(o, "strongest"), "value") == -3);
    assert_int_equal(json_array_size(cells), 2); /* one of each two; none is its own strongest */
    assert_true(number_at(json_array_get(cells, 0), "value") == -3);
    assert_true(number_at(json_array_get(cells, 1), "value") == 2);
    array_scales_measure(&s.scales, &s.a, 0);
    assert_true(array_scales_find(&s.scales, &s.row) == 3);
    end(&s);
}

static void columns_of_a_table_have_extremes_of_their_own(void **state)
{
    static const float values[3][2] = {{5, -1}, {4, -3}, {6, -2}};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TABLE, SIGN_SIGNED, 3, 2), values, sizeof values);
    const json_t *o = numbers_of(&s), *columns = json_object_get(o, "columns");
    assert_true(number_at(o, "n_rows") == 3);
    const json_t *a = json_array_get(columns, 0), *b = json_array_get(columns, 1);
    assert_true(number_at(a, "least") == 4 && number_at(a, "greatest") == 6);
    assert_true(number_at(b, "least") == -3 && number_at(b, "greatest") == -1);
    const json_t *row = json_array_get(json_object_get(o, "rows"), 1);
    assert_string_equal(word_at(row, "name"), "row 1");
    assert_true(json_number_value(json_array_get(json_object_get(row, "values"), 1)) == -3);
    const table_panel *p = panel_of(&s);
    assert_true(p->rows == 3 && p->cols == 2 && p->values[3] == -3);
    end(&s);
}

static void counts_of_a_table_are_said_in_full(void **state)
{
    shown s;
    words_table t = {0};
    (void)state;
    memcpy(begin(&s, SPACE_TABLE, SIGN_SIGNED, 1, 2), ((float[]){4096, 0.5f}), 2 * sizeof(float));
    numbers_of(&s);
    explanation_view view = {.numbers = s.numbers, .a = &s.a, .style = &s.style};
    array_view v = view_array(&view, explanation_find(&s.a, "own"));
    spaces[SPACE_TABLE]->fill_table(&t, &v);
    assert_string_equal(t.cells[4].data, "4096");
    assert_string_equal(t.cells[5].data, "0.5");
    words_table_release(&t);
    end(&s);
}

/* The words of a table; released by the caller. */
static words_table table_of(shown *s)
{
    explanation_view view = {.numbers = s->numbers, .a = &s->a, .style = &s->style};
    array_view v = view_array(&view, explanation_find(&s->a, "own"));
    words_table t = {0};
    spaces[SPACE_TABLE]->fill_table(&t, &v);
    return t;
}

static void a_gap_of_a_table_is_no_number(void **state)
{
    static const float values[3][2] = {{NAN, NAN}, {4, NAN}, {6, NAN}};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TABLE, SIGN_SIGNED, 3, 2), values, sizeof values);
    s.row.has_gaps = true;
    const json_t *o = numbers_of(&s), *columns = json_object_get(o, "columns");
    const json_t *a = json_array_get(columns, 0), *b = json_array_get(columns, 1);
    assert_true(number_at(a, "least") == 4 && number_at(a, "greatest") == 6);
    assert_true(json_is_null(json_object_get(b, "least")));
    const json_t *row = json_array_get(json_object_get(o, "rows"), 0);
    assert_true(json_is_null(json_array_get(json_object_get(row, "values"), 0)));
    words_table t = table_of(&s);
    assert_string_equal(t.cells[4].data, "-");
    assert_string_equal(t.cells[7].data, "4");
    const table_panel *p = panel_of(&s);
    assert_true(isnan(p->values[0]) && !p->spreads);
    words_table_release(&t);
    end(&s);
}

static void an_interval_stands_behind_its_number(void **state)
{
    static const float values[] = {0.5f, 2, NAN, 3}, low[] = {0.25f, NAN, NAN, 2},
                       high[] = {0.625f, NAN, NAN, 8};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_TABLE, SIGN_SIGNED, 2, 2), values, sizeof values);
    explanation_add_label(&s.a, "share found");
    explanation_add_label(&s.a, "size");
    s.row.has_gaps = true;
    add_interval(&s, low, high);
    take_all_numbers(&s);
    words_table t = table_of(&s);
    static const char *const expected[] = {
        "", "share found", "size", "row 0", "50 % (25 to 62.5)", "2", "row 1", "-", "3 (2 to 8)"};
    for (size_t i = 0; i < t.n; i++)
        assert_string_equal(t.cells[i].data, expected[i]);
    const table_panel *p = panel_of(&s);
    assert_true(p->spreads[0] == 0.25f && p->spreads[3] == 5); /* that of the farther end */
    assert_true(isnan(p->spreads[1]) && isnan(p->spreads[2]));
    words_table_release(&t);
    end(&s);
}

/* Rows of methods come first, and of these one is best; what is not known never is. */
static void the_best_method_of_each_measure_is_marked(void **state)
{
    static const float values[4][2] = {{0.5f, 7}, {NAN, 8}, {0.75f, 9}, {1, 10}};
    const trust_measure *m = NULL;
    shown s;
    (void)state;
    for (size_t i = 0; trust_measures[i]; i++)
        if (trust_measures[i]->better != TRUST_NEITHER)
            m = trust_measures[i];
    if (!m)
        skip();
    memcpy(begin(&s, SPACE_TABLE, SIGN_SIGNED, 4, 2), values, sizeof values);
    s.row.has_gaps = true;
    const char *const labels[] = {m->name, "other", "gradient", "lime", "shap", "a control"};
    for (size_t i = 0; i < 6; i++)
        explanation_add_label(&s.a, labels[i]);
    numbers_of(&s);
    const table_panel *p = panel_of(&s);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(p->are_bold[i], i == (m->better == TRUST_LESS ? 0 : 4));
    assert_int_equal(p->line_above, 3);
    if (!strstr(p->caption, m->ideal))
        fail_msg("%s", p->caption);
    end(&s);
}

/* Of component 1, which stands at -1 and raises the target by 2 a unit: five points, two of which
 * are the same. The prediction is off by a quarter at -2 and 0, and wholly at 2.5: by a half a
 * third of the way from 0. */
/* Returns its numbers. */
static float *begin_sweep(shown *s, float rate)
{
    static const float points[5][2] = {{-2, 1.5f}, {-1, 3}, {-1, 3}, {0, 4.5f}, {2.5f, 3}};
    static const size_t component = 1;
    float *data = begin(s, SPACE_SWEEP, SIGN_PLAIN, 1, 5);
    s->row.items_of = "rates";
    explanation_set_items(&s->a, &component);
    for (size_t i = 0; i < 5; i++) {
        memcpy(data + i * (2 + N), points[i], sizeof points[i]);
        for (size_t k = 0; k < N; k++)
            data[i * (2 + N) + 2 + k] = -0.5f + (float)i * 0.4f;
    }
    s->error_row = (array_row){.name = "rates", .space = SPACE_Z, .sign = SIGN_SIGNED};
    explanation_add_row(&s->a, &s->error_row, 0, 0)[component] = rate;
    return data;
}

static void a_sweep_shows_whole_places_and_now_and_its_reach(void **state)
{
    shown s;
    (void)state;
    begin_sweep(&s, 2);
    const json_t *o = json_array_get(json_object_get(numbers_of(&s), "items"), 0);
    assert_string_equal(word_at(o, "name"), "z1");
    assert_true(number_at(o, "rate") == 2 && number_at(o, "good_from") == -2);
    assert_true(number_at(o, "good_to") > 0.833 && number_at(o, "good_to") < 0.834);
    assert_int_equal(json_array_size(json_object_get(o, "points")), 4);
    assert_true(number_at(json_object_get(o, "now"), "target") == 3);
    const sweep_panel *p = panel_of(&s);
    const sweep *own = p->sweeps;
    assert_true(p->n == 1 && p->rows == ROWS && p->cols == COLS && own->n_points == 4);
    assert_true(own->now == 1 && own->slope == 2 && own->n_shown == 3);
    assert_true(own->shown[0] == 0 && own->shown[1] == 1 && own->shown[2] == 2);
    assert_true(own->places[3] == 2.5f && own->values[3] == 3);
    assert_true(own->pixels[0] == 0 && own->pixels[N] == 51 && own->pixels[2 * N] == 153);
    assert_true(own->good_from == -2 && own->good_to == number_at(o, "good_to"));
    end(&s);
}

/* Of an area with 1 where it is black and 5 where it is white: 3 is half of it. */
static void a_sweep_of_an_areas_target_shows_shares(void **state)
{
    shown s;
    (void)state;
    begin_sweep(&s, 2);
    s.a.empty = 1;
    s.a.full = 5;
    const json_t *o = json_array_get(json_object_get(numbers_of(&s), "items"), 0);
    assert_true(number_at(json_object_get(o, "now"), "share") == 0.5 && number_at(o, "rate") == 2);
    const sweep_panel *p = panel_of(&s);
    assert_string_equal(p->unit, " %");
    assert_true(p->sweeps->values[1] == 50 && p->sweeps->slope == 50);
    assert_true(p->sweeps->good_from == -2);
    end(&s);
}

static void of_equal_places_one_is_counted_wherever_now_is(void **state)
{
    shown s;
    (void)state;
    float *second = begin_sweep(&s, 2) + 2 + N;
    second[SWEEP_PLACE] = -2;
    second[SWEEP_TARGET] = 1.5f;
    numbers_of(&s);
    const sweep *own = ((const sweep_panel *)panel_of(&s))->sweeps;
    assert_true(own->n_points == 4 && own->now == 1 && own->places[1] == -1);
    end(&s);
}

static void a_sweep_that_no_rate_belongs_to_reaches_nowhere(void **state)
{
    shown s;
    (void)state;
    static const float rates[] = {-2, 0, NAN};
    for (int i = 0; i < 3; i++) {
        begin_sweep(&s, rates[i]);
        const json_t *o = json_array_get(json_object_get(numbers_of(&s), "items"), 0);
        if (i > 0)
            assert_true(number_at(o, "good_from") == -1 && number_at(o, "good_to") == -1);
        else /* of the other sign: only from now to the next points, where it is off by 1.75 */
            assert_true(number_at(o, "good_to") < -0.7 && number_at(o, "good_to") > -0.72);
        end(&s);
    }
}

static void the_strongest_units_of_a_layer_come_first(void **state)
{
    static const float values[] = {1, -9, 0, 8, 2};
    shown s;
    (void)state;
    memcpy(begin(&s, SPACE_LAYER, SIGN_SIGNED, 5, 0), values, sizeof values);
    const json_t *o = numbers_of(&s), *list = json_object_get(o, "strongest");
    assert_true(number_at(o, "n_strongest") == 2);
    assert_true(number_at(json_array_get(list, 0), "unit") == 1);
    assert_true(number_at(json_array_get(list, 0), "value") == -9);
    assert_true(number_at(json_array_get(list, 1), "unit") == 3);
    const layer_panel *p = panel_of(&s);
    assert_true(p->n == 5 && p->n_top == 2 && p->values[1] == -9);
    end(&s);
}

static void a_number_is_said_with_its_sign_unless_it_is_a_magnitude(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        shown s;
        begin(&s, SPACE_SCALAR, i ? SIGN_MAGNITUDE : SIGN_SIGNED, 0, 0)[0] = 2;
        numbers_of(&s);
        char *words = words_of(&s);
        assert_string_equal(words, i ? " It is 2." : " It is +2.");
        free(words);
        end(&s);
    }
}

static void a_number_is_said_by_its_sentence(void **state)
{
    static const float values[] = {0, 0.5f, -2, 2560};
    static const char *const expected[] = {" None.", " It goes to 0.5.", " It goes to -2.",
                                           " It goes to 2,560."};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        shown s;
        begin(&s, SPACE_SCALAR, SIGN_SIGNED, 0, 0)[0] = values[i];
        s.row.sentence = "It goes to #.";
        s.row.sentence_if_zero = "None.";
        numbers_of(&s);
        char *words = words_of(&s);
        assert_string_equal(words, expected[i]);
        free(words);
        end(&s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_of_magnitudes_begin_at_zero),
        cmocka_unit_test(zeros_are_not_among_the_strongest),
        cmocka_unit_test(a_map_has_the_rows_and_columns_of_the_picture),
        cmocka_unit_test(a_plain_map_is_a_picture_in_the_range_of_pictures),
        cmocka_unit_test(maps_of_a_list_have_the_pictures_sides_and_norms_of_their_own),
        cmocka_unit_test(a_curve_has_its_own_errors_and_the_place_of_its_peak),
        cmocka_unit_test(a_tree_leads_z_to_a_leaf_and_nodes_to_others),
        cmocka_unit_test(a_tree_is_told_as_rules_and_a_way),
        cmocka_unit_test(a_tree_is_drawn_with_the_nodes_it_leads_to),
        cmocka_unit_test(a_network_is_drawn_as_its_rows_say),
        cmocka_unit_test(the_strongest_of_a_matrix_has_its_row_and_column),
        cmocka_unit_test(the_strongest_cells_are_found_by_their_names),
        cmocka_unit_test(pairs_are_found_once),
        cmocka_unit_test(a_curve_is_found_at_its_ends_and_between),
        cmocka_unit_test(a_curve_shows_methods_what_they_are_held_against_and_controls),
        cmocka_unit_test(other_curves_have_usual_lines),
        cmocka_unit_test(of_many_curves_the_ends_are_said),
        cmocka_unit_test(a_gap_of_a_matrix_is_no_strongest_cell),
        cmocka_unit_test(columns_of_a_table_have_extremes_of_their_own),
        cmocka_unit_test(counts_of_a_table_are_said_in_full),
        cmocka_unit_test(a_gap_of_a_table_is_no_number),
        cmocka_unit_test(an_interval_stands_behind_its_number),
        cmocka_unit_test(the_best_method_of_each_measure_is_marked),
        cmocka_unit_test(a_sweep_shows_whole_places_and_now_and_its_reach),
        cmocka_unit_test(a_sweep_of_an_areas_target_shows_shares),
        cmocka_unit_test(of_equal_places_one_is_counted_wherever_now_is),
        cmocka_unit_test(a_sweep_that_no_rate_belongs_to_reaches_nowhere),
        cmocka_unit_test(the_strongest_units_of_a_layer_come_first),
        cmocka_unit_test(a_number_is_said_with_its_sign_unless_it_is_a_magnitude),
        cmocka_unit_test(a_number_is_said_by_its_sentence),
    };
    return cmocka_run_group_tests_name("spaces", tests, NULL, NULL);
}
