/* SPDX-License-Identifier: MIT */
/* What a figure says and shows of numbers that are known: labels are looked for as the words they
 * are, in pixels; values and scales as they are handed to the panels. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "present.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include "../src/report/panel.h"
#include <stdlib.h>
#include <unistd.h>

/* ---- Words in a picture ---- */

/* A drawn figure. */
typedef struct {
    figure f;
    picture p;
} drawing;

static void draw_it(drawing *d) { figure_draw(&d->p, &d->f); }

static void drawing_release(drawing *d)
{
    figure_release(&d->f);
    picture_release(&d->p);
}

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

static box find_styled(const drawing *d, const char *words, text_style style)
{
    picture alone = {0};
    box found = {0};
    picture_init(&alone, text_width(words, style), text_height(style), 1, WHITE);
    picture_draw_text(&alone, 0, 0, words, style, ALIGN_LEFT, BLACK);
    for (size_t i = 0; i < d->f.n_text_boxes && found.width == 0; i++)
        if (holds(&d->p, d->f.text_boxes[i], &alone))
            found = d->f.text_boxes[i];
    picture_release(&alone);
    return found;
}

/* Where the words stand as a line of their own, the first such place, bold ones last; width 0:
 * nowhere. */
static box find_words(const drawing *d, const char *words)
{
    box plain = find_styled(d, words, TEXT_PLAIN);
    return plain.width ? plain : find_styled(d, words, TEXT_BOLD);
}

static box place_of(const drawing *d, const char *words)
{
    box found = find_words(d, words);
    if (found.width == 0)
        fail_msg("'%s' is nowhere", words);
    return found;
}

static bool says(const drawing *d, const char *words) { return find_words(d, words).width > 0; }

/* ---- Panels ---- */

static drawing drawing_of_map(const float *map, double scale, const char *colours)
{
    drawing d = {0};
    figure_init(&d.f, NULL, NULL);
    figure_add_map(&d.f, &(map_panel){.values = map,
                                      .rows = PICTURE_ROWS,
                                      .cols = PICTURE_COLS,
                                      .scale = scale,
                                      .colours = colour_map_find(colours)});
    draw_it(&d);
    return d;
}

static void a_colour_bar_names_the_values_of_its_ends_and_its_middle(void **state)
{
    float map[N_PIXELS] = {1};
    (void)state;
    drawing d = drawing_of_map(map, 2.5, "blue-orange");
    box low = place_of(&d, "-2.5"), middle = place_of(&d, "0"), high = place_of(&d, "+2.5");
    int left = MARGIN, right = d.f.width - MARGIN;
    assert_int_equal(low.x, left);
    assert_int_equal(high.x + high.width, right);
    assert_in_range(middle.x + middle.width / 2, (left + right) / 2 - 2, (left + right) / 2 + 2);
    assert_true(low.y == middle.y && low.y == high.y);
    drawing_release(&d);

    d = drawing_of_map(map, 2.5, "hot");
    low = place_of(&d, "0"), high = place_of(&d, "2.5");
    assert_int_equal(low.x, left);
    assert_int_equal(high.x + high.width, right);
    assert_true(low.y == high.y && !says(&d, "-2.5") && !says(&d, "+2.5"));
    drawing_release(&d);
}

static void without_a_scale_a_colour_bar_names_the_largest_magnitude(void **state)
{
    float map[N_PIXELS] = {1, -4};
    (void)state;
    drawing d = drawing_of_map(map, 0, "blue-orange");
    assert_true(says(&d, "-4") && says(&d, "+4"));
    drawing_release(&d);
}

static void a_map_states_its_extremes_and_what_its_scale_leaves_out(void **state)
{
    float map[N_PIXELS] = {3, -1, 0.5f};
    (void)state;
    drawing d = drawing_of_map(map, 3, "blue-orange");
    assert_true(says(&d, "from -1 to +3"));
    drawing_release(&d);
    d = drawing_of_map(map, 0.75, "blue-orange"); /* 2 of 784 */
    assert_true(says(&d, "from -1 to +3, 0.255 % outside") && says(&d, "the scale"));
    drawing_release(&d);
    d = drawing_of_map(map, 3, "hot"); /* 1 of 784: a magnitude below 0 */
    assert_true(says(&d, "from -1 to 3, 0.128 % outside the") && says(&d, "scale"));
    drawing_release(&d);
    map[1] = -3e-7f, map[2] = 0; /* what is left of sums of values like 3 */
    d = drawing_of_map(map, 3, "blue-orange");
    assert_true(says(&d, "from 0 to +3"));
    drawing_release(&d);
    map[0] = 3e-7f, map[1] = -3;
    d = drawing_of_map(map, 3, "blue-orange");
    assert_true(says(&d, "from -3 to 0"));
    drawing_release(&d);
    map[0] = map[1] = 0;
    d = drawing_of_map(map, 3, "blue-orange");
    assert_true(says(&d, "0 everywhere"));
    drawing_release(&d);
}

static void bars_state_their_extremes_and_their_sum(void **state)
{
    const float one[] = {1, -2, 4}, other[] = {0.5f, -1, -4.5f};
    drawing d = {0};
    (void)state;
    figure_init(&d.f, NULL, NULL);
    figure_add_bars(&d.f, &(bars_panel){.parts = {one}, .n = 3, .prefix = "z", .n_top = 2});
    draw_it(&d);
    assert_true(says(&d, "min -2 (z1), max +4 (z2), sum +3"));
    assert_true(says(&d, "+4") && says(&d, "-2") && !says(&d, "+1"));
    drawing_release(&d);
    figure_init(&d.f, NULL, NULL);
    figure_add_bars(&d.f, &(bars_panel){.parts = {one, other}, .n = 3, .prefix = "z", .n_top = 1});
    draw_it(&d);
    assert_true(says(&d, "min -3 (z1), max +1.5 (z0), sum -2"));
    assert_true(says(&d, "part 1") && says(&d, "part 2") && says(&d, "-3"));
    drawing_release(&d);
}

/* Maps of one colour each, under the words that name it. */
static void a_strip_puts_each_label_over_its_own_map(void **state)
{
    enum { N_MAPS = 3 };
    static const char *const labels[N_MAPS] = {"first", "second", "third"};
    static const float colours[N_MAPS] = {1, -4, 2};
    static float maps[N_MAPS * N_PIXELS];
    drawing d = {0};
    (void)state;
    for (size_t i = 0; i < N_MAPS * N_PIXELS; i++)
        maps[i] = colours[i / N_PIXELS];
    figure_init(&d.f, NULL, NULL);
    figure_add_strip(&d.f, &(strip_panel){.values = maps,
                                          .labels = labels,
                                          .n = N_MAPS,
                                          .rows = PICTURE_ROWS,
                                          .cols = PICTURE_COLS});
    draw_it(&d);
    for (size_t i = 0; i < N_MAPS; i++) {
        box label = place_of(&d, labels[i]);
        colour got = picture_pixel(&d.p, label.x + 50, label.y + 50);
        colour want = colour_map_colour(colour_map_at(0), colours[i] / 4);
        assert_memory_equal(&got, &want, sizeof want);
    }
    assert_true(says(&d, "-4") && says(&d, "+4") && says(&d, "from -4 to +2"));
    drawing_release(&d);
}

/* A group begins a row under its name, and its maps stand by what follows the group in theirs. */
static void a_strip_puts_each_group_in_rows_of_its_own(void **state)
{
    enum { N_MAPS = 4 };
    static const char *const labels[N_MAPS] = {"one: a", "one: b", "two: c", "two: d"};
    static float maps[N_MAPS * N_PIXELS];
    drawing d = {0};
    (void)state;
    for (size_t i = 0; i < N_MAPS * N_PIXELS; i++)
        maps[i] = (float)(1 + i / N_PIXELS);
    figure_init(&d.f, NULL, NULL);
    figure_add_strip(&d.f, &(strip_panel){.values = maps,
                                          .labels = labels,
                                          .n = N_MAPS,
                                          .rows = PICTURE_ROWS,
                                          .cols = PICTURE_COLS});
    draw_it(&d);
    box one = place_of(&d, "one"), two = place_of(&d, "two"), a = place_of(&d, "a");
    box b = place_of(&d, "b"), c = place_of(&d, "c");
    assert_true(one.x == two.x && a.x == c.x && b.x > a.x && b.y == a.y);
    assert_true(one.y < a.y && a.y + 100 < two.y && two.y < c.y);
    assert_true(place_of(&d, "d").x == b.x && place_of(&d, "d").y == c.y);
    assert_false(says(&d, "one: a"));
    for (size_t i = 0; i < N_MAPS; i++) {
        box label = place_of(&d, labels[i] + 5);
        colour got = picture_pixel(&d.p, label.x + 50, label.y + 50);
        colour want = colour_map_colour(colour_map_at(0), (float)(1 + i) / 4);
        assert_memory_equal(&got, &want, sizeof want);
    }
    drawing_release(&d);
}

/* ---- The figure of an explanation ---- */

/* The pixel (0, 0) is 3 z0 - 4 z2, the pixel (27, 27) is z2; D is a bias, or the picture's first
 * pixel. */
static scene scene_of_two_pixels(const char *d)
{
    scene s = scene_of("784", d, 3);
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    s.g.layers[0].weight.data[783 * 3 + 2] = 1;
    return s;
}

/* A figure and what it was made of. */
typedef struct {
    explanation a;
    json_t *numbers;
    explanation_style style;
    array_scales scales;
    explanation_panels panels;
    figure f;
} shown;

/* The figure of v->numbers, anew. */
static void draw_numbers(shown *v)
{
    static const uint8_t sample[N_PIXELS];
    figure_release(&v->f);
    explanation_panels_release(&v->panels);
    explanation_figure(&v->f, &v->panels,
                       &(explanation_view){.title = "Seed 7",
                                           .numbers = v->numbers,
                                           .shape = v->a.shape,
                                           .sample = sample,
                                           .a = &v->a,
                                           .scales = &v->scales,
                                           .style = &v->style});
}

/* That of v->a. */
static void draw_shown(shown *v, const scene *s)
{
    json_decref(v->numbers);
    v->numbers = explanation_numbers(&v->a, &s->x, NULL, 2);
    draw_numbers(v);
}

/* scale: of the first array that has one; of the next, twice that, and so on. */
static shown show(scene *s, const char *sign, double scale)
{
    static const float z[3] = {5, 6, 7};
    shown v = {.a = explained(s, z, 2), .style = {.alpha = 0.3f}};
    error e = {0};
    if (explanation_style_read(
            &v.style, &(style_words){.overlay = "contour", .sign = sign, .scale = "image"}, &e))
        fail_msg("%s", e.message);
    array_scales_measure(&v.scales, &v.a, 0);
    for (size_t i = 0; i < v.scales.n; i++)
        v.scales.all[i].value = scale * (double)(i + 1);
    draw_shown(&v, s);
    return v;
}

static void shown_release(shown *v)
{
    figure_release(&v->f);
    json_decref(v->numbers);
    explanation_release(&v->a);
    array_scales_release(&v->scales);
    explanation_panels_release(&v->panels);
}

static const figure_panel *framed_panel_of(const shown *v, const char *name)
{
    for (size_t i = 0; i < v->panels.n; i++)
        if (strcmp(v->panels.names[i], name) == 0)
            return &v->f.panels[v->panels.panels[i]];
    fail_msg("no panel %s", name);
    return NULL;
}

static const void *panel_of(const shown *v, const char *name)
{
    return framed_panel_of(v, name)->body;
}

static void a_map_that_attributes_says_what_its_values_mean(void **state)
{
    scene s = scene_of_two_pixels("1");
    (void)state;
    aim(&s, "logit");
    shown v = show(&s, "all", 0);
    assert_string_equal(
        framed_panel_of(&v, "gradient_x")->subtitle,
        "d target / d pixel: how fast the target rises as a pixel is made brighter");
    assert_string_equal(framed_panel_of(&v, "sensitivity")->subtitle,
                        "|d pixel / d z|, norm over z");
    shown_release(&v);
    scene_release(&s);
}

static void a_caption_says_that_the_scale_is_not_the_maps_own(void **state)
{
    scene s = scene_of_two_pixels("1");
    array_row sensitivity = {.name = "sensitivity"};
    struct array_scale given = {&sensitivity, 4};
    (void)state;
    aim(&s, "logit");
    shown v = show(&s, "absolute", 1);
    struct array_scale measured = {explanation_find(&v.a, "gradient_x")->row, 3};
    v.style.rule = SCALE_RUN;
    draw_shown(&v, &s);
    const map_panel *p = panel_of(&v, "gradient_x");
    assert_string_equal(p->caption, "magnitudes: signs are hidden"); /* it was not measured */
    v.style.scales = (array_scales){&measured, 1};
    v.style.given = (array_scales){&given, 1};
    draw_shown(&v, &s);
    p = panel_of(&v, "gradient_x");
    assert_string_equal(p->caption, "magnitudes: signs are hidden; one scale for the whole run");
    p = panel_of(&v, "sensitivity");
    assert_string_equal(p->caption, "scale set to 4");
    v.style.rule = SCALE_FIXED;
    v.style.fixed = 0.5;
    draw_shown(&v, &s);
    const strip_panel *columns = panel_of(&v, "top_columns");
    assert_string_equal(columns->caption, "magnitudes: signs are hidden; scale set to 0.5");
    shown_release(&v);
    scene_release(&s);
}

static void each_panel_has_the_scale_of_its_kind(void **state)
{
    scene s = scene_of_two_pixels("1");
    (void)state;
    aim(&s, "logit");
    shown v = show(&s, "all", 1);
    const map_panel *gradient_x = panel_of(&v, "gradient_x");
    const bars_panel *gradient_z = panel_of(&v, "gradient_z");
    const map_panel *sensitivity = panel_of(&v, "sensitivity");
    const strip_panel *top_columns = panel_of(&v, "top_columns");
    assert_true(gradient_z->scale == 1 && gradient_x->scale == 2);
    assert_true(sensitivity->scale == 3 && top_columns->scale == 4);
    shown_release(&v);
    scene_release(&s);
}

static void each_map_of_a_strip_is_the_column_of_the_component_it_names(void **state)
{
    scene s = scene_of_two_pixels(NULL);
    (void)state;
    aim(&s, "pixel:0,0");
    shown v = show(&s, "all", 0);
    const strip_panel *p = panel_of(&v, "top_columns");
    assert_int_equal(p->n, 2);
    assert_string_equal(p->labels[0], "z2  -4");
    assert_string_equal(p->labels[1], "z0  +3");
    for (size_t i = 0; i < N_PIXELS; i++) {
        assert_true(p->values[i] == (i == 0 ? -4 : i == 783 ? 1 : 0));
        assert_true(p->values[N_PIXELS + i] == (i == 0 ? 3 : 0));
    }
    shown_release(&v);
    scene_release(&s);
}

static void the_sign_chooses_what_of_a_signed_map_is_drawn(void **state)
{
    static const struct {
        const char *sign;
        float gradient[2], column[2]; /* of a picture whose values are +2, -5; and -4, 1 */
        int hidden;
        const char *caption;
    } cases[] = {{"all", {2, -5}, {-4, 1}, 0, NULL},
                 {"positive", {2, -5}, {-4, 1}, -1, NULL},
                 {"negative", {2, -5}, {-4, 1}, 1, NULL},
                 {"absolute", {2, 5}, {4, 1}, 0, "magnitudes: signs are hidden"}};
    scene s = scene_of_two_pixels("1");
    (void)state;
    s.d.layers[0].weight.data[0] = 2;
    s.d.layers[0].weight.data[783] = -5;
    aim(&s, "logit");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shown v = show(&s, cases[i].sign, 0);
        const map_panel *gradient = panel_of(&v, "gradient_x");
        const map_panel *sensitivity = panel_of(&v, "sensitivity");
        const strip_panel *columns = panel_of(&v, "top_columns");
        const char *map = cases[i].caption ? "forest" : "blue-orange";
        assert_string_equal(columns->labels[0], "z2  -13"); /* 2 * -4 - 5 * 1 */
        for (size_t k = 0; k < 2; k++) {
            assert_true(gradient->values[k * 783] == cases[i].gradient[k]);
            assert_true(columns->values[k * 783] == cases[i].column[k]);
        }
        assert_string_equal(gradient->colours->name, map);
        assert_string_equal(columns->colours->name, map);
        assert_true(gradient->hidden == cases[i].hidden && columns->hidden == cases[i].hidden);
        assert_true(!gradient->caption == !cases[i].caption);
        if (gradient->caption)
            assert_string_equal(gradient->caption, cases[i].caption);
        assert_true(sensitivity->hidden == 0 && !sensitivity->caption);
        assert_string_equal(sensitivity->colours->name, "forest");
        assert_true(sensitivity->values[0] == 5 && sensitivity->values[783] == 1);
        shown_release(&v);
    }
    scene_release(&s);
}

/* The words of the panel under the maps. */
static const char *words_of(const shown *v)
{
    for (size_t i = 0; i < v->f.n_panels; i++)
        if (v->f.panels[i].kind == &TEXT_PANEL)
            return ((const text_panel *)v->f.panels[i].body)->words;
    fail_msg("no panel of words");
    return NULL;
}

static void assert_says(const shown *v, const char *passage)
{
    if (!strstr(words_of(v), passage))
        fail_msg("'%s' is not in '%s'", passage, words_of(v));
}

static void the_figure_says_logit_probability_and_share(void **state)
{
    scene s = scene_of_two_pixels("1");
    (void)state;
    s.d.layers[0].weight.data[0] = 1; /* 3 * 5 - 4 * 7 = -13 */
    s.d.layers[0].bias[0] = 13 - 1.0986123f;
    aim(&s, "logit");
    shown v = show(&s, "all", 0);
    drawing d = {.f = v.f};
    draw_it(&d);
    v.f = d.f;
    assert_says(&v, "the logit -1.1, by its own measure a probability of 0.25 of being real");
    assert_true(says(&d, "d target / d z; the 2 strongest of 3 carry 100 % of the sum of the "
                         "squared rates"));
    assert_true(says(&d, "min -4 (z2), max +3 (z0), sum -1"));
    picture_release(&d.p);
    shown_release(&v);
    scene_release(&s);
}

/* The panel of an array, by its place in the figure. */
static size_t place_in_figure(const shown *v, const char *name)
{
    for (size_t i = 0; i < v->panels.n; i++)
        if (strcmp(v->panels.names[i], name) == 0)
            return v->panels.panels[i];
    fail_msg("no panel %s", name);
    return 0;
}

/* The map that leads stands beside the picture; what it rests on comes under the bars. */
static void panels_come_by_role_and_then_by_space(void **state)
{
    static const struct {
        const char *target, *panels[5];
        bool starts_row[5];
    } cases[] = {{"logit",
                  {"gradient_x", "gradient_z", "sensitivity", "top_columns"},
                  {false, true, true, true}},
                 {"ink",
                  {"moves_with", "gradient_z", "d_gradient_x", "sensitivity", "top_columns"},
                  {false, true, true, false, true}}};
    scene s = scene_of_two_pixels("1");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        aim(&s, cases[i].target);
        shown v = show(&s, "all", 0);
        for (; n < 5 && cases[i].panels[n]; n++) {
            assert_int_equal(place_in_figure(&v, cases[i].panels[n]), 1 + n);
            assert_int_equal(v.f.panels[1 + n].starts_row, cases[i].starts_row[n]);
        }
        assert_int_equal(v.f.n_panels, 1 + n + 1);
        assert_true(v.f.panels[1 + n].kind == &TEXT_PANEL && v.f.panels[1 + n].starts_row);
        shown_release(&v);
    }
    scene_release(&s);
}

/* Black counts nothing, and what is no number worth saying is 0. */
static void a_headline_names_target_share_and_reference(void **state)
{
    static const struct {
        const char *target, *words;
    } cases[] = {
        {"{'name': 'logit', 'value': -0.797}", "logit -0.797"},
        {"{'name': 'pixel', 'option': 'pixel:4,5', 'value': -0.5, 'share_of_full': 0.25, "
         "'full': 'white'}",
         "pixel:4,5 -0.5 (25 % of white)"},
        {"{'name': 'ink', 'option': 'ink', 'value': -784, 'share_of_full': 3e-7, 'full': "
         "'full ink'}",
         "ink -784 (0 % of full ink)"},
        {"{'name': 'rec', 'option': 'rec:nearest', 'value': 0.03, 'reference': 'training picture "
         "434'}",
         "rec:nearest +0.03, compared with training picture 434"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[256];
        text got = {0};
        size_t n = strlen(cases[i].target);
        for (size_t k = 0; k <= n; k++)
            json[k] = cases[i].target[k] == '\'' ? '"' : cases[i].target[k];
        json_t *target = json_loads(json, 0, NULL);
        target_say(&got, target);
        assert_string_equal(got.data, cases[i].words);
        json_decref(target);
        text_release(&got);
    }
}

/* Pixel 0 is 3 * 5 - 4 * 7 = -13, pixel 783 is 7; D(x) is 4 and looks at pixel 783 alone: rec is
 * (169 + 49) / 784, its gradient by z0 2 * 3 * -13 / 784; gen is log(1 + exp(-4)) and
 * moves with z2 alone. */
static void the_parts_of_a_loss_stand_under_their_names(void **state)
{
    static const float black[N_PIXELS];
    scene s = scene_of_two_pixels("1");
    explain_target t = comparing("loss:black.png", black);
    (void)state;
    s.d.layers[0].weight.data[783] = 1;
    s.d.layers[0].bias[0] = -3;
    aim_at(&s, t);
    shown v = show(&s, "all", 0);
    const bars_panel *p = panel_of(&v, "gradient_z");
    assert_string_equal(p->part_names[0], "rec");
    assert_string_equal(p->part_names[1], "lambda gen");
    assert_close(p->parts[0], ((float[]){-78.0f / 784, 0, 118.0f / 784}), 3, 1e-6, 0);
    assert_close(p->parts[1], ((float[]){0, 0, -0.0179862f}), 3, 1e-5, 0);
    assert_string_equal(v.f.title, "Seed 7: loss +0.296");
    assert_says(&v, "G's loss (gen): rec +0.278 + lambda gen +0.0181. The disc");
    json_object_set_new(json_object_get(v.numbers, "target"), "reference",
                        json_string("black.png"));
    draw_numbers(&v);
    assert_string_equal(v.f.title, "Seed 7: loss +0.296, compared with black.png");
    assert_says(&v, "The picture it is compared with is black.png. The disc");
    shown_release(&v);
    scene_release(&s);
}

static void a_check_is_said_to_be_met_only_where_it_is(void **state)
{
    scene s = scene_of_two_pixels(NULL);
    (void)state;
    aim(&s, "pixel:0,0");
    shown v = show(&s, "all", 0);
    assert_string_equal(v.f.title, "Seed 7: pixel -13");
    assert_says(&v, "The target is the pixel in row 0, column 0, counted from 0.\n");
    assert_says(&v, "The arithmetic is right: 5 of 5 checks are met. Their relative errors: "
                    "value_against_double 0; ");
    v.a.checks[0].value = 0.5;
    v.a.checks[1].value = (double)NAN;
    draw_shown(&v, &s);
    assert_says(&v, "The arithmetic is NOT right: 3 of 5 checks are met.");
    assert_says(&v, "value_against_double NOT MET: 0.5, expected at most 0.001; ");
    assert_says(&v, "gradient_against_double NOT MET: not finite, expected at most 0.001; ");
    shown_release(&v);
    scene_release(&s);
}

static void every_map_lies_over_the_picture_as_asked(void **state)
{
    static const char *const maps[] = {"gradient_x", "sensitivity"};
    scene s = scene_of_two_pixels("1");
    (void)state;
    aim(&s, "logit");
    shown v = show(&s, "all", 0);
    for (int overlay = OVERLAY_CONTOUR; overlay <= OVERLAY_BLEND; overlay++) {
        bool is_blend = overlay == OVERLAY_BLEND;
        v.style.overlay = (map_overlay)overlay;
        draw_shown(&v, &s);
        for (size_t i = 0; i < 2; i++) {
            const map_panel *p = panel_of(&v, maps[i]);
            assert_true(!p->under == !is_blend && !p->contour == is_blend && p->alpha == 0.3f);
            assert_true(!p->caption == !is_blend);
        }
        const strip_panel *columns = panel_of(&v, "top_columns");
        assert_true(!columns->under == !is_blend && !columns->contour == is_blend);
        assert_string_equal(is_blend ? columns->caption : "",
                            is_blend ? "colours mixed with the picture, weight 0.3" : "");
    }
    shown_release(&v);
    scene_release(&s);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_colour_bar_names_the_values_of_its_ends_and_its_middle),
        cmocka_unit_test(without_a_scale_a_colour_bar_names_the_largest_magnitude),
        cmocka_unit_test(a_map_states_its_extremes_and_what_its_scale_leaves_out),
        cmocka_unit_test(bars_state_their_extremes_and_their_sum),
        cmocka_unit_test(a_strip_puts_each_label_over_its_own_map),
        cmocka_unit_test(a_strip_puts_each_group_in_rows_of_its_own),
        cmocka_unit_test(a_map_that_attributes_says_what_its_values_mean),
        cmocka_unit_test(a_caption_says_that_the_scale_is_not_the_maps_own),
        cmocka_unit_test(each_panel_has_the_scale_of_its_kind),
        cmocka_unit_test(each_map_of_a_strip_is_the_column_of_the_component_it_names),
        cmocka_unit_test(the_sign_chooses_what_of_a_signed_map_is_drawn),
        cmocka_unit_test(panels_come_by_role_and_then_by_space),
        cmocka_unit_test(a_headline_names_target_share_and_reference),
        cmocka_unit_test(the_parts_of_a_loss_stand_under_their_names),
        cmocka_unit_test(a_check_is_said_to_be_met_only_where_it_is),
        cmocka_unit_test(every_map_lies_over_the_picture_as_asked),
        cmocka_unit_test(the_figure_says_logit_probability_and_share),
    };
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
