/* SPDX-License-Identifier: MIT */
/* A method that nobody knows, with an array of each space, is presented in full; and whatever it
 * left goes when another explanation takes its folder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- The method ---- */

#define SHOWN(of_name, of_space, of_title)                                                         \
    {                                                                                              \
        .name = of_name, .space = of_space, .sign = SIGN_SIGNED, .role = ROLE_ATTRIBUTION,         \
        .title = of_title, .unit = "u", .meaning = "as the test says"                              \
    }

static const array_row arrays[] = {SHOWN("own.number", SPACE_SCALAR, "A number"),
                                   SHOWN("own.z", SPACE_Z, "Over z"),
                                   {.name = "own.z_error",
                                    .space = SPACE_Z,
                                    .sign = SIGN_MAGNITUDE,
                                    .role = ROLE_EVIDENCE,
                                    .title = "Errors over z",
                                    .unit = "u",
                                    .meaning = "standard errors",
                                    .error_of = "own.z"},
                                   SHOWN("own.x", SPACE_X, "Over pixels"),
                                   {.name = "own.plain",
                                    .space = SPACE_X,
                                    .sign = SIGN_PLAIN,
                                    .role = ROLE_EVIDENCE,
                                    .title = "A picture",
                                    .unit = "grey",
                                    .meaning = "as the test says"},
                                   SHOWN("own.maps", SPACE_X_LIST, "Some maps"),
                                   {.name = "own.columns",
                                    .space = SPACE_X_LIST,
                                    .sign = SIGN_SIGNED,
                                    .role = ROLE_EVIDENCE,
                                    .title = "Maps of components",
                                    .meaning = "as the test says",
                                    .in_place = "shines",
                                    .nowhere = "does not shine",
                                    .items_of = "own.z"},
                                   SHOWN("own.layer", SPACE_LAYER, "Units"),
                                   SHOWN("own.curve", SPACE_CURVE, "A curve"),
                                   SHOWN("own.matrix", SPACE_MATRIX, "A matrix"),
                                   SHOWN("own.tree", SPACE_TREE, "A tree"),
                                   SHOWN("own.table", SPACE_TABLE, "A table"),
                                   {.name = "own.raw",
                                    .space = SPACE_MATRIX,
                                    .sign = SIGN_SIGNED,
                                    .role = ROLE_RAW,
                                    .title = "Stored alone"},
                                   {0}};

static void fill(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(i % 7) - 3;
}

static void add_filled(explanation *a, const char *name, size_t rows, size_t cols)
{
    explanation_add(a, name, rows, cols);
    fill(a->arrays[a->n_arrays - 1].data, a->arrays[a->n_arrays - 1].n);
}

static void add_labels(explanation *a, const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        explanation_add_label(a, labels[i]);
}

/* Component 2 alone counts; its map is a pixel in the upper left. */
static void add_over_z(explanation *a)
{
    explanation_add(a, "own.z", 0, 0)[2] = -4;
    explanation_add(a, "own.z_error", 0, 0)[2] = 0.25f;
    explanation_add(a, "own.columns", 2, 0)[0] = 5;
    explanation_set_items(a, (size_t[]){2, 0});
}

/* z1 < 0.5: 3.5 for a quarter of the samples, else -1.5. */
static void add_tree(explanation *a)
{
    static const float nodes[3][TREE_COLUMNS] = {
        {1, 0.5f, 1, 2, 0, 1}, {-1, 0, 0, 0, 3.5f, 0.25f}, {-1, 0, 0, 0, -1.5f, 0.75f}};
    memcpy(explanation_add(a, "own.tree", 3, 0), nodes, sizeof nodes);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)t;
    (void)e;
    *explanation_add(a, "own.number", 0, 0) = 12.5f;
    add_over_z(a);
    add_filled(a, "own.x", 0, 0);
    add_filled(a, "own.plain", 0, 0);
    add_filled(a, "own.maps", 2, 0);
    add_labels(a, (const char *const[]){"first map", "second map"}, 2);
    add_filled(a, "own.layer", 9, 0);
    explanation_add_label(a, "layer four");
    add_filled(a, "own.curve", 3, 5);
    add_labels(a, (const char *const[]){"distance", "rise", "fall"}, 3);
    add_filled(a, "own.matrix", 2, 3);
    add_labels(a, (const char *const[]){"left", "middle", "right", "top row", "low row"}, 5);
    add_tree(a);
    add_filled(a, "own.table", 4, 2);
    add_labels(a, (const char *const[]){"height", "width"}, 2);
    add_filled(a, "own.raw", 2, 2);
    return 0;
}

static const explain_method own = {
    .name = "own", .summary = "s", .source = "s", .arrays = arrays, .run = run};

/* ---- Presented ---- */

typedef struct {
    scene s;
    explanation a;
    explanation_style style;
    char folder[32];
    json_t *target_facts, *facts, *numbers; /* numbers: what explanation.json holds */
    char *words;                            /* explanation.txt in one line */
} presented;

static void explain_with(presented *p, const explain_method *method)
{
    explain_plan plan = {0};
    explain_request q = {.n_top = 2, .probe = 1};
    error e = {0};
    float *z = draw(Z, 4);
    explain_plan_add(&plan, method);
    if (explain_plan_prepare(&plan, &p->s.x, &q, &e) ||
        explain(&p->a, &p->s.x, &p->s.w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    free(z);
}

static void save(presented *p)
{
    error e = {0};
    explanation_report report = {.title = "Seed 5",
                                 .seed_key = "seed",
                                 .seed = 5,
                                 .target_facts = p->target_facts,
                                 .facts = p->facts};
    if (explanation_save(p->folder, &p->a, &p->s.x, &p->style, &report, &e))
        fail_msg("%s", e.message);
}

static void read_back(presented *p)
{
    char *path = join_path(p->folder, "explanation.json");
    bytes words;
    error e = {0};
    p->numbers = json_load_file(path, 0, NULL);
    assert_non_null(p->numbers);
    free(path);
    path = join_path(p->folder, "explanation.txt");
    assert_int_equal(file_load(&words, path, 1 << 20, &e), 0);
    p->words = copy_text((const char *)words.data);
    for (char *c = p->words; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    bytes_release(&words);
    free(path);
}

static presented present(const explain_method *method)
{
    presented p = {.s = trained_scene("logit"),
                   .style = {.low = -1, .high = 1, .n_top = 2, .alpha = 0.5f, .has_pictures = true},
                   .folder = "/tmp/ganlens-XXXXXX",
                   .target_facts = json_pack("{s:s}", "option", "logit"),
                   .facts = json_object()};
    error e = {0};
    assert_non_null(mkdtemp(p.folder));
    assert_int_equal(
        explanation_style_read(
            &p.style, &(style_words){.overlay = "contour", .sign = "all", .scale = "image"}, &e),
        0);
    explain_with(&p, method);
    save(&p);
    read_back(&p);
    return p;
}

static void presented_release(presented *p)
{
    text command = {0};
    text_add(&command, "rm -r %s", p->folder);
    assert_int_equal(system(command.data), 0);
    text_release(&command);
    free(p->words);
    json_decref(p->numbers);
    json_decref(p->target_facts);
    json_decref(p->facts);
    explanation_release(&p->a);
    scene_release(&p->s);
}

static bool has_file(const presented *p, const char *array, const char *end)
{
    text name = {0};
    text_add(&name, "%s/%s%s", p->folder, array, end);
    bool found = is_file(name.data);
    text_release(&name);
    return found;
}

static void every_array_is_in_the_numbers(void **state)
{
    presented p = present(&own);
    const json_t *all = json_object_get(p.numbers, "arrays");
    (void)state;
    for (const array_row *row = arrays; row->name; row++) {
        const json_t *o = json_object_get(all, row->name);
        if (!o)
            fail_msg("%s is not in the numbers", row->name);
        assert_string_equal(word_at(o, "title"), row->title);
        assert_string_equal(word_at(o, "space"), array_spaces[row->space].name);
        assert_int_equal(json_array_size(json_object_get(o, "shape")),
                         explanation_find(&p.a, row->name)->rank);
        assert_true(json_is_number(json_object_get(o, "greatest")));
    }
    assert_int_equal(json_object_size(all), sizeof arrays / sizeof *arrays - 1 + 4);
    presented_release(&p);
}

static void each_space_counts_what_is_its_own(void **state)
{
    presented p = present(&own);
    const json_t *all = json_object_get(p.numbers, "arrays"), *o;
    (void)state;
    assert_true(number_at(json_object_get(all, "own.number"), "value") == 12.5);
    o = json_array_get(json_object_get(json_object_get(all, "own.z"), "strongest"), 0);
    assert_true(number_at(o, "component") == 2 && number_at(o, "value") == -4);
    assert_true(number_at(o, "error") == 0.25 && number_at(o, "share") == 1);
    o = json_object_get(json_object_get(o, "items"), "own.columns");
    assert_string_equal(word_at(o, "where"), "near the top edge, on the far left");
    o = json_array_get(json_object_get(json_object_get(all, "own.maps"), "items"), 1);
    assert_string_equal(word_at(o, "name"), "second map");
    o = json_object_get(all, "own.layer");
    assert_string_equal(word_at(o, "layer"), "layer four");
    assert_true(number_at(json_array_get(json_object_get(o, "strongest"), 0), "unit") == 0);
    /* -3 -2 -1 0 1 | 2 3 -3 -2 -1 | 0 1 2 3 -3 */
    o = json_array_get(json_object_get(json_object_get(all, "own.curve"), "series"), 1);
    assert_string_equal(word_at(o, "name"), "rise");
    assert_true(number_at(o, "first") == 2 && number_at(o, "last") == -1);
    assert_true(number_at(o, "greatest") == 3 && number_at(o, "greatest_at") == -2);
    o = json_object_get(json_object_get(all, "own.matrix"), "strongest");
    assert_string_equal(word_at(o, "row"), "top row");
    assert_string_equal(word_at(o, "column"), "left");
    o = json_object_get(all, "own.tree");
    assert_true(number_at(o, "n_leaves") == 2);
    assert_true(number_at(o, "leaf") == (p.a.z[1] < 0.5f ? 1 : 2));
    o = json_array_get(json_object_get(json_object_get(all, "own.table"), "columns"), 1);
    assert_string_equal(word_at(o, "name"), "width");
    assert_true(number_at(o, "least") == -3 && number_at(o, "greatest") == 2);
    presented_release(&p);
}

static void assert_says(const presented *p, const char *sentence)
{
    if (!strstr(p->words, sentence))
        fail_msg("'%s' is not in '%s'", sentence, p->words);
}

static void every_array_is_in_the_words(void **state)
{
    presented p = present(&own);
    (void)state;
    for (const array_row *row = arrays; row->name; row++)
        if (row->role != ROLE_RAW && !row->items_of && !row->error_of && row->space != SPACE_Z)
            assert_says(&p, row->title);
    assert_null(strstr(p.words, "Stored alone"));
    assert_null(strstr(p.words, "Errors over z")); /* it is said with what they are of */
    assert_says(&p, "A number (u): as the test says. It is +12.5.");
    assert_says(&p, "The standard error of a value is at most 0.25.");
    assert_says(&p, "Most weight is on z2.");
    assert_says(&p, "Value of a component, u: as the test says.");
    assert_says(&p, "    -4  0.25  100 %  shines near the top edge, on the far left ");
    assert_says(&p, "first map: most ");
    assert_says(&p, "the pixels that count most lie in the upper half of the picture (50 % of");
    assert_says(&p, "the strongest of 9 units of layer four are 0 (-3), 6 (+3).");
    assert_says(&p, "As distance goes from -3 to 1, rise goes from 2 to -1 and is greatest, 3, at "
                    "-2; fall goes from 0 to -3");
    assert_says(&p, "the strongest, -3, is that of top row and left.");
    assert_says(&p, "It first asks whether z1 is below 0.5. The way of this z: z1 is ");
    assert_says(&p, "below 0.5. Of its 2 leaves this z comes to one of");
    assert_says(&p, "       height  width row 0      -3     -2 row 1      -1      0 row 2       1 "
                    "     2 row 3       3     -3 ");
    presented_release(&p);
}

/* ---- Drawn ---- */

static bool is_dark(const picture *p, int x, int y) { return picture_pixel(p, x, y).red < 128; }

/* Whether the area holds just the pixels of `words`, drawn alone. */
static bool holds(const picture *p, box area, const picture *words)
{
    if (area.width != words->width || area.height != words->height)
        return false;
    for (int y = 0; y < area.height; y++)
        for (int x = 0; x < area.width; x++)
            if (is_dark(p, area.x + x, area.y + y) != is_dark(words, x, y))
                return false;
    return true;
}

/* Whether a line of the figure is that title. */
static bool has_title(const figure *f, const picture *drawn, const char *title)
{
    picture alone = {0};
    bool found = false;
    picture_init(&alone, text_width(title, TEXT_BOLD), text_height(TEXT_BOLD), 1, WHITE);
    picture_draw_text(&alone, 0, 0, title, TEXT_BOLD, ALIGN_LEFT, BLACK);
    for (size_t i = 0; i < f->n_text_boxes && !found; i++)
        found = holds(drawn, f->text_boxes[i], &alone);
    picture_release(&alone);
    return found;
}

static void every_array_is_in_the_figure_and_has_a_picture_of_its_own(void **state)
{
    presented p = present(&own);
    static const uint8_t sample[N_PIXELS];
    array_scales scales = {0};
    explanation_panels panels = {0};
    figure f = {0};
    picture drawn = {0};
    (void)state;
    array_scales_measure(&scales, &p.a, 0);
    explanation_figure(&f, &panels,
                       &(explanation_view){.title = "Seed 5",
                                           .numbers = p.numbers,
                                           .shape = p.a.shape,
                                           .sample = sample,
                                           .a = &p.a,
                                           .scales = &scales,
                                           .style = &p.style});
    figure_draw(&drawn, &f);
    for (const array_row *row = arrays; row->name; row++) {
        bool is_whisker = row->error_of && spaces[row->space]->draws_errors;
        bool has_panel = row->role != ROLE_RAW && row->space != SPACE_SCALAR && !is_whisker;
        if (has_title(&f, &drawn, row->title) != has_panel)
            fail_msg("%s: %s", row->name, has_panel ? "not in the figure" : "in the figure");
        if (has_file(&p, row->name, ".png") != has_panel)
            fail_msg("%s: %s", row->name, has_panel ? "no picture" : "a picture");
    }
    picture_release(&drawn);
    figure_release(&f);
    explanation_panels_release(&panels);
    array_scales_release(&scales);
    presented_release(&p);
}

static void pictures_of_arrays_that_are_gone_are_removed_and_no_others(void **state)
{
    presented p = present(&own);
    error e = {0};
    (void)state;
    char *other = join_path(p.folder, "holiday.png"), *old = join_path(p.folder, "sensitivity.png");
    assert_int_equal(file_save(other, "x", 1, NOT_DURABLE, &e), 0);
    assert_int_equal(file_save(old, "x", 1, NOT_DURABLE, &e), 0); /* as version 0.1.0 left it */
    p.style.has_pictures = false;
    save(&p);
    for (const array_row *row = arrays; row->name; row++)
        assert_false(has_file(&p, row->name, ".png"));
    assert_true(is_file(other));
    assert_false(is_file(old));

    p.style.has_pictures = true;
    save(&p);
    assert_true(has_file(&p, "own.curve", ".png"));
    explanation_release(&p.a);
    explain_with(&p, explain_methods[0]); /* a method that does not know the other's arrays */
    save(&p);
    for (const array_row *row = arrays; row->name; row++)
        if (has_file(&p, row->name, ".png"))
            fail_msg("the picture of %s is still there", row->name);
    assert_true(is_file(other) && is_file(old));
    free(old);
    free(other);
    presented_release(&p);
}

/* A page beside the folder may list it. */
static void a_page_goes_before_what_it_may_list_is_replaced(void **state)
{
    static const char words[] = "<p class=\"of\">Model of step 3, ";
    presented p = present(&own);
    error e = {0};
    (void)state;
    char *around = copy_text(p.folder), *page = join_path(p.folder, "index.html");
    assert_int_equal(file_save(page, words, sizeof words - 1, NOT_DURABLE, &e), 0);
    strcat(p.folder, "/seed-0005");
    save(&p);
    assert_true(is_file(page));
    save(&p);
    assert_false(is_file(page));
    strcpy(p.folder, around);
    free(around);
    free(page);
    presented_release(&p);
}

/* A maps.safetensors is a file that anyone may have written. */
static void an_older_explanation_cannot_name_files_of_other_folders(void **state)
{
    presented p = present(&own);
    error e = {0};
    text outside = {0}, stray = {0};
    safetensors older = {0};
    (void)state;
    text_add(&outside, "%s-outside.png", p.folder);
    text_add(&stray, "../%s-outside", path_name(p.folder));
    const char *const names[] = {stray.data, ".hidden", "inside"};
    float value = 0;
    for (size_t i = 0; i < 3; i++)
        safetensors_add(&older, names[i], DTYPE_F32, 0, NULL, &value);
    char *hidden = join_path(p.folder, ".hidden.png"), *inside = join_path(p.folder, "inside.png");
    char *maps = join_path(p.folder, "maps.safetensors");
    const char *const all[] = {outside.data, hidden, inside};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(file_save(all[i], "x", 1, NOT_DURABLE, &e), 0);
    assert_int_equal(safetensors_save(&older, maps, NOT_DURABLE, &e), 0);
    save(&p);
    assert_true(is_file(outside.data) && is_file(hidden));
    assert_false(is_file(inside));
    assert_int_equal(unlink(outside.data), 0);
    text_release(&outside);
    text_release(&stray);
    safetensors_release(&older);
    free(hidden);
    free(inside);
    free(maps);
    presented_release(&p);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_array_is_in_the_numbers),
        cmocka_unit_test(each_space_counts_what_is_its_own),
        cmocka_unit_test(every_array_is_in_the_words),
        cmocka_unit_test(every_array_is_in_the_figure_and_has_a_picture_of_its_own),
        cmocka_unit_test(pictures_of_arrays_that_are_gone_are_removed_and_no_others),
        cmocka_unit_test(a_page_goes_before_what_it_may_list_is_replaced),
        cmocka_unit_test(an_older_explanation_cannot_name_files_of_other_folders),
    };
    return cmocka_run_group_tests_name("present", tests, NULL, NULL);
}
