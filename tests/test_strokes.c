/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "close.h"
#include "drawn.h"
#include "strokes.h"
#include "tensor.h"

static const char zero[] = "...........\n"
                           "...#####...\n"
                           "..##...##..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..##...##..\n"
                           "...#####...\n"
                           "...........\n";
static const char one[] = "...........\n"
                          ".......##..\n"
                          ".......##..\n"
                          "......##...\n"
                          "......##...\n"
                          ".....##....\n"
                          ".....##....\n"
                          "....##.....\n"
                          "....##.....\n"
                          "...##......\n"
                          "...........\n";
static const char four[] = "...........\n"
                           ".#.....#...\n"
                           ".#.....#...\n"
                           ".#.....#...\n"
                           ".#.....#...\n"
                           ".#######...\n"
                           ".......#...\n"
                           ".......#...\n"
                           ".......#...\n"
                           ".......#...\n"
                           "...........\n";
static const char six[] = "...........\n"
                          "..#........\n"
                          "..#........\n"
                          "..#........\n"
                          "..#........\n"
                          "..#######..\n"
                          "..#.....#..\n"
                          "..#.....#..\n"
                          "..#.....#..\n"
                          "..#######..\n"
                          "...........\n";
static const char long_six[] = "........\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#.....\n"
                               "..#####.\n"
                               "..#...#.\n"
                               "..#...#.\n"
                               "..#####.\n"
                               "........\n";
static const char eight[] = "...........\n"
                            "..#######..\n"
                            "..#.....#..\n"
                            "..#.....#..\n"
                            "..#.....#..\n"
                            "..#######..\n"
                            "..#.....#..\n"
                            "..#.....#..\n"
                            "..#.....#..\n"
                            "..#######..\n"
                            "...........\n";
static const char nine[] = "...........\n"
                           "..#######..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..#.....#..\n"
                           "..#######..\n"
                           "........#..\n"
                           "........#..\n"
                           "........#..\n"
                           "........#..\n"
                           "...........\n";
static const char two_strokes[] = "...........\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "..#.....#..\n"
                                  "...........\n";
static const char at_border[] = "######\n"
                                "#....#\n"
                                "#....#\n"
                                "######\n";
static const char cut_by_border[] = "#....#\n"
                                    "#....#\n"
                                    "#....#\n"
                                    "######\n";
static const char smallest[] = "....\n"
                               ".##.\n"
                               ".#..\n"
                               "....\n";
static const char noise[] = "#.#.#.#.#\n"
                            ".........\n"
                            "#.#.#.#.#\n"
                            ".........\n"
                            "#.#.#.#.#\n";

/* ---- Helpers ---- */

static strokes found_in(const char *lines, size_t times, bool is_mirrored)
{
    strokes s = {0};
    picture_shape shape;
    float *x = draw_lines(&shape, lines, times, is_mirrored);
    strokes_find(&s, x, shape, 0, 1);
    free(x);
    return s;
}

static void assert_looks(const char *lines, const char *words)
{
    strokes s = found_in(lines, 1, false);
    text t = {0};
    strokes_describe(&t, &s);
    assert_string_equal(t.data, words);
    text_release(&t);
    strokes_release(&s);
}

/* Where the weight is that is drawn as '#' of `map`, on the picture lines. */
static void assert_lies(const char *lines, const char *map, const char *words)
{
    strokes s = found_in(lines, 1, false);
    picture_shape shape;
    float *weight = draw_lines(&shape, map, 1, false);
    map_place p = find_place(weight, &s);
    text t = {0};
    strokes_place(&t, &s, &p);
    assert_string_equal(t.data, words);
    text_release(&t);
    free(weight);
    strokes_release(&s);
}

static void assert_pixel_lies(const char *lines, size_t row, size_t col, const char *words)
{
    strokes s = found_in(lines, 1, false);
    float *weight = allocate(s.shape.n, sizeof *weight);
    weight[row * s.shape.cols + col] = -2;
    map_place p = find_place(weight, &s);
    text t = {0};
    strokes_place(&t, &s, &p);
    assert_string_equal(t.data, words);
    assert_true(p.row == (double)row && p.col == (double)col && p.share == 1 && !p.is_zero);
    text_release(&t);
    free(weight);
    strokes_release(&s);
}

static bool is_within(const strokes *s, size_t pixel, const char *name)
{
    for (size_t k = 0; k < s->n_places; k++)
        if (s->within[pixel] >> k & 1 && strcmp(s->places[k].name, name) == 0)
            return true;
    return false;
}

static void assert_within(const char *lines, size_t row, size_t col, const char *name)
{
    strokes s = found_in(lines, 1, false);
    if (!is_within(&s, row * s.shape.cols + col, name))
        fail_msg("row %zu, column %zu is not %s", row, col, name);
    strokes_release(&s);
}

/* ---- Pieces, loops and gaps ---- */

static void strokes_and_loops_are_told(void **state)
{
    (void)state;
    assert_looks(zero, "one stroke with one large closed loop; ink on 23 % of the picture");
    assert_looks(one, "one nearly straight stroke, leaning right; ink on 15 % of the picture");
    assert_looks(six,
                 "one stroke with a closed loop in its lower half; ink on 20 % of the picture");
    assert_looks(eight, "one stroke with two closed loops, one above the other; ink on 27 % of the "
                        "picture");
    assert_looks(four, "one stroke, open to the top; ink on 16 % of the picture");
    assert_looks(two_strokes, "a shape in 2 pieces; ink on 14 % of the picture");
}

static void ground_that_the_border_cuts_is_no_loop(void **state)
{
    (void)state;
    strokes s = found_in(at_border, 1, false);
    assert_int_equal(s.n_loops, 1);
    strokes_release(&s);
    s = found_in(cut_by_border, 1, false);
    assert_int_equal(s.n_loops, 0);
    assert_true(s.n_gaps == 1 && s.gaps[0].patch.n == 12);
    strokes_release(&s);
}

/* Its left side is dented by a pixel a row. */
static const char dented[] = "........\n"
                             "..####..\n"
                             "...###..\n"
                             "...###..\n"
                             "..####..\n"
                             "..####..\n"
                             "..####..\n"
                             "..####..\n"
                             "........\n";
static const char two_gaps[] = ".........\n"
                               "..#####..\n"
                               "......#..\n"
                               "......#..\n"
                               "..#####..\n"
                               "......#..\n"
                               "......#..\n"
                               "..#####..\n"
                               ".........\n";

static void a_gap_is_more_than_a_dent(void **state)
{
    (void)state;
    strokes s = found_in(dented, 1, false);
    assert_int_equal(s.n_gaps, 0);
    strokes_release(&s);
    assert_looks(two_gaps, "one stroke, open twice to the left; ink on 23 % of the picture");
}

static void a_half_is_named_of_what_lies_in_it_alone(void **state)
{
    (void)state;
    strokes s = found_in(four, 1, false);
    s.gaps[0].opens_to = 2; /* as if its gap, all of the upper half, opened to the right */
    text t = {0};
    strokes_describe(&t, &s);
    assert_non_null(strstr(t.data, "open to the right in its upper half"));
    text_release(&t);
    s.gaps[0].patch.area.height = 9;
    strokes_describe(&t, &s);
    assert_non_null(strstr(t.data, "open to the right;"));
    text_release(&t);
    strokes_release(&s);
}

/* Strokes of 0.3 on a ground of 0 hold together; a ground of 0.2 is none. */
static void faint_strokes_are_ink_and_pale_ground_is_not(void **state)
{
    (void)state;
    strokes s = {0};
    picture_shape shape;
    float *x = draw_lines(&shape, six, 1, false);
    size_t n = 0;
    for (size_t i = 0; i < shape.n; i++) {
        n += x[i] > 0;
        x[i] *= i % 2 ? 0.3f : 0.45f;
    }
    strokes_find(&s, x, shape, 0, 1);
    assert_true(s.is_clear && s.n_loops == 1 && s.ink.n == n);
    for (size_t i = 0; i < shape.n; i++)
        x[i] = x[i] > 0 ? 0.2f : 0.0f;
    strokes_find(&s, x, shape, 0, 1);
    assert_true(s.ink_share == 0 && !s.is_clear);
    free(x);
    strokes_release(&s);
}

/* A halo of 0.35 about ink of 1 is less like the ink than like the ground. */
static void a_halo_is_no_ink(void **state)
{
    (void)state;
    strokes s = {0};
    picture_shape shape;
    float *x = draw_lines(&shape, six, 1, false);
    size_t n_ink = 0, n_halo = 0;
    for (size_t i = 0; i < shape.n; i++) {
        n_ink += x[i] > 0;
        if (x[i] == 0 && n_halo < 25) {
            x[i] = 0.35f;
            n_halo++;
        }
    }
    strokes_find(&s, x, shape, 0, 1);
    assert_true(s.ink.n == n_ink);
    free(x);
    strokes_release(&s);
}

/* Of 28 and 2 pixels the 2 are one, of 28 and 1 the 1 is none; a hole of one pixel in 11 is a loop.
 */
static void pieces_and_loops_have_a_least_size(void **state)
{
    static const char ring[] = ".....\n"
                               ".###.\n"
                               ".#.#.\n"
                               ".###.\n"
                               "..#..\n"
                               "..#..\n"
                               "..#..\n"
                               ".....\n";
    picture_shape shape;
    float *x = draw_lines(&shape, zero, 1, false);
    strokes s = found_in(ring, 1, false);
    (void)state;
    assert_true(s.ink.n == 11 && s.n_loops == 1);
    x[0] = 1;
    strokes_find(&s, x, shape, 0, 1);
    assert_true(s.n_pieces == 1 && s.n_specks == 1);
    x[1] = 1;
    strokes_find(&s, x, shape, 0, 1);
    assert_true(s.n_pieces == 2 && s.n_specks == 0);
    free(x);
    strokes_release(&s);
}

static void ink_holds_together_by_its_corners(void **state)
{
    (void)state;
    assert_looks("#....\n"
                 ".#...\n"
                 "..#..\n"
                 "...#.\n"
                 "....#\n",
                 "one nearly straight stroke, leaning left; ink on 20 % of the picture");
}

static void blank_full_and_noisy_pictures_have_no_stroke(void **state)
{
    (void)state;
    assert_looks("....\n....\n....\n....\n", "no ink");
    assert_looks("####\n####\n####\n####\n", "no clear stroke; ink on 100 % of the picture");
    assert_looks(noise, "no clear stroke; ink on 33 % of the picture");
}

/* ---- Places ---- */

static void a_place_is_its_centre_in_rows_and_columns(void **state)
{
    (void)state;
    strokes s = {0};
    strokes_find(&s, NULL, (picture_shape){4, 7, 28}, 0, 1);
    float map[28] = {0};
    map_place p = find_place(map, &s);
    assert_true(p.is_zero && p.share == 0 && p.row == 1.5 && p.col == 3 && p.place == NO_PLACE);
    map[0] = 1;
    map[27] = -2; /* squares 1 and 4 */
    p = find_place(map, &s);
    assert_close(&p.row, &(double){3 * 0.8}, 1, 1e-12, 0);
    assert_close(&p.col, &(double){6 * 0.8}, 1, 1e-12, 0);
    assert_close(&p.share, &(double){0.8}, 1, 1e-12, 0);
    assert_string_equal(s.places[p.place].name, "near the bottom edge, on the far right");
    assert_string_equal(s.places[26].name, "in the lower half of the picture");
    assert_true(!(s.within[1 * 7] >> 26 & 1) && (s.within[2 * 7] >> 26 & 1));
    strokes_release(&s);
}

static void places_of_a_grid_are_the_same_from_both_ends_of_any_side(void **state)
{
    (void)state;
    for (size_t rows = MIN_PICTURE_SIDE; rows <= MAX_PICTURE_SIDE; rows++) {
        strokes s = {0};
        strokes_find(&s, NULL, (picture_shape){rows, 5, 5 * rows}, 0, 1);
        for (size_t r = 0; r < rows; r++)
            for (size_t k = 0; k < 25; k++) {
                uint64_t near = s.within[r * 5] >> k & 1;
                uint64_t far = s.within[5 * rows - 1 - r * 5] >> (24 - k) & 1;
                assert_true(near == far);
            }
        strokes_release(&s);
    }
}

static void pixels_of_a_shape_are_named_by_its_parts(void **state)
{
    (void)state;
    assert_pixel_lies(six, 7, 5, "inside the loop");
    assert_pixel_lies(six, 9, 5, "at the bottom of the loop");
    assert_pixel_lies(six, 7, 2, "on the left of the loop");
    assert_pixel_lies(six, 7, 8, "on the right of the loop");
    assert_pixel_lies(eight, 1, 5, "at the top of the upper loop");
    assert_pixel_lies(eight, 7, 5, "inside the lower loop");
    assert_pixel_lies(four, 2, 4, "in the gap open to the top");
    assert_pixel_lies(nine, 5, 0, "left of the shape");
    assert_pixel_lies(nine, 10, 10, "to the lower right of the shape");
}

static void ends_and_crossings_are_found_and_named(void **state)
{
    (void)state;
    assert_within(one, 1, 8, "at the upper right end of the stroke");
    assert_within(one, 9, 3, "at the lower left end of the stroke");
    assert_within(long_six, 1, 2, "at the end of the stroke");
    assert_within(four, 1, 1, "at the upper left end of the stroke");
    assert_within(four, 1, 7, "at the upper right end of the stroke");
    assert_within(four, 9, 7, "at the lower right end of the stroke");
    assert_within(four, 5, 7, "where the strokes meet");
    strokes s = found_in(zero, 1, false);
    assert_true(s.n_ends == 0 && !s.has_crossing);
    strokes_release(&s);
    s = found_in(two_strokes, 3, false);
    assert_true(s.n_ends == 4 && !s.has_crossing);
    strokes_release(&s);
}

static void weight_in_two_places_is_named_by_both(void **state)
{
    (void)state;
    static const char both[] = "..........#\n"
                               "...........\n"
                               "#..........\n"
                               "#..........\n"
                               "#..........\n"
                               "...........\n"
                               ".....#.....\n"
                               ".....#.....\n"
                               ".....#.....\n"
                               "...........\n"
                               "...........\n";
    assert_lies(six, both, "left of the shape and inside the loop");
    strokes s = found_in(six, 1, false);
    float *map = allocate(s.shape.n, sizeof *map);
    for (size_t i = 0; i < s.shape.n; i++)
        map[i] = 1;
    map_place p = find_place(map, &s);
    assert_true(p.place != NO_PLACE && p.share >= 0.5);
    free(map);
    strokes_release(&s);
}

/* A column of five pixels and no picture: each is a place. */
static void assert_column_lies(float first, const char *words)
{
    strokes s = {0};
    strokes_find(&s, NULL, (picture_shape){5, 1, 5}, 0, 1);
    float map[5] = {first, 1, 1, 1, 1};
    map_place p = find_place(map, &s);
    text t = {0};
    strokes_place(&t, &s, &p);
    assert_string_equal(t.data, words);
    text_release(&t);
    strokes_release(&s);
}

static void of_what_lies_all_over_the_densest_part_is_named(void **state)
{
    (void)state;
    assert_column_lies(1, "all over the picture");
    assert_column_lies(1.3f, "all over the picture"); /* 1.48 times the mean square */
    assert_column_lies(1.32f, "all over the picture, above all near the top edge, in the middle");
}

/* A square amid ground that has equal weight; the square's top has more. */
static void what_stands_out_beside_the_ground_is_no_part_of_it(void **state)
{
    (void)state;
    enum { SIDE = 30 };
    float x[SIDE * SIDE] = {0}, map[SIDE * SIDE];
    strokes s = {0};
    for (size_t i = 0; i < 100; i++)
        x[(10 + i / 10) * SIDE + 10 + i % 10] = 1;
    strokes_find(&s, x, (picture_shape){SIDE, SIDE, SIDE * SIDE}, 0, 1);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        map[i] = is_within(&s, i, "in the background") ? 1 : i / SIDE == 10 ? 4 : 0;
    map_place p = find_place(map, &s);
    text t = {0};
    strokes_place(&t, &s, &p);
    assert_string_equal(t.data, "in the background");
    text_release(&t);
    strokes_release(&s);
}

/* The place of fewest pixels times rank that holds half. */
static size_t cheapest_half(const strokes *s, const double *held, double all)
{
    size_t best = NO_PLACE, least = SIZE_MAX;
    for (size_t k = 0; k < s->n_places; k++) {
        size_t cost = s->places[k].rank * s->places[k].n_pixels;
        if (2 * held[k] >= all && cost < least) {
            best = k;
            least = cost;
        }
    }
    return best;
}

/* What the places say of themselves, counted by their pixels. */
static void assert_place_is_as_said(const float *map, const strokes *s)
{
    double held[MAX_PLACES] = {0}, all = 0, both = 0;
    map_place p = find_place(map, s);
    for (size_t i = 0; i < s->shape.n; i++) {
        double square = (double)map[i] * (double)map[i];
        bool is_in = s->within[i] >> p.place & 1;
        all += square;
        for (size_t k = 0; k < s->n_places; k++)
            held[k] += s->within[i] >> k & 1 ? square : 0;
        both += is_in || (p.other != NO_PLACE && (s->within[i] >> p.other & 1)) ? square : 0;
    }
    size_t best = cheapest_half(s, held, all);
    assert_close(&p.share, &(double){both / all}, 1, 1e-9, 0);
    assert_true(p.share >= 0.5 - 1e-9);
    if (p.other == NO_PLACE)
        assert_int_equal(p.place, best);
    else
        assert_true(s->places[best].rank == VAGUE_RANK &&
                    3 * (s->places[p.place].n_pixels + s->places[p.other].n_pixels) <=
                        2 * s->places[best].n_pixels);
}

/* A few pixels, or all. */
static void places_of_any_map_hold_what_is_said(void **state)
{
    static const char *const all[] = {zero, one, four, six, eight, nine, two_gaps, noise};
    rng r = rng_init(5, rng_stream(STREAM_PROBE, 0));
    size_t n_two = 0;
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        strokes s = found_in(all[i], 1, false);
        float *map = allocate(s.shape.n, sizeof *map);
        for (size_t n = 0; n < 300; n++) {
            size_t n_pixels = n % 10 ? n % 10 : s.shape.n;
            memset(map, 0, s.shape.n * sizeof *map);
            for (size_t k = 0; k < n_pixels; k++)
                map[rng_below(&r, (uint32_t)s.shape.n)] = (float)(1 + k % 3);
            assert_place_is_as_said(map, &s);
            n_two += find_place(map, &s).other != NO_PLACE;
        }
        free(map);
        strokes_release(&s);
    }
    assert_true(n_two > 100);
}

static void the_smallest_and_the_largest_pictures_have_places(void **state)
{
    (void)state;
    strokes s = found_in(smallest, 1, false);
    assert_true(s.is_clear && s.n_pieces == 1 && s.n_places > 0);
    strokes_release(&s);
    s = found_in(eight, 11, false);
    assert_true(s.shape.rows == 121 && s.is_clear && s.n_loops == 2);
    strokes_release(&s);
}

/* ---- Mirrored ---- */

/* The words with left and right in place of each other. */
static void add_mirrored(text *out, const char *words)
{
    while (*words) {
        bool is_left = strncmp(words, "left", 4) == 0, is_right = strncmp(words, "right", 5) == 0;
        text_add(out, is_left ? "right" : is_right ? "left" : "%.1s", words);
        words += is_left ? 4 : is_right ? 5 : 1;
    }
}

/* Every place of every pixel is the mirrored one of the mirrored pixel. */
static void assert_mirrors(const strokes *a, const strokes *b)
{
    for (size_t i = 0; i < a->shape.n; i++)
        for (size_t k = 0; k < a->n_places; k++) {
            if (!(a->within[i] >> k & 1))
                continue;
            size_t col = i % a->shape.cols, mirrored = i - col + a->shape.cols - 1 - col;
            text name = {0};
            add_mirrored(&name, a->places[k].name);
            if (!is_within(b, mirrored, name.data))
                fail_msg("pixel %zu is %s, its mirrored one is not", i, a->places[k].name);
            text_release(&name);
        }
}

static void left_and_right_of_a_mirrored_picture_are_swapped(void **state)
{
    static const char *const all[] = {zero, one,         four,      six,      long_six, eight,
                                      nine, two_strokes, at_border, smallest, noise,    two_gaps};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t times = 1; times <= 3; times++) {
            strokes a = found_in(all[i], times, false), b = found_in(all[i], times, true);
            assert_mirrors(&a, &b);
            if (fabs(a.lean) < 90) /* what lies leans both ways */
                assert_close(&b.lean, &(double){-a.lean}, 1, 1e-9, 1e-9);
            strokes_release(&a);
            strokes_release(&b);
        }
    strokes b = found_in(one, 2, true);
    text t = {0};
    strokes_describe(&t, &b);
    assert_non_null(strstr(t.data, "leaning left"));
    text_release(&t);
    strokes_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strokes_and_loops_are_told),
        cmocka_unit_test(ground_that_the_border_cuts_is_no_loop),
        cmocka_unit_test(a_gap_is_more_than_a_dent),
        cmocka_unit_test(a_half_is_named_of_what_lies_in_it_alone),
        cmocka_unit_test(faint_strokes_are_ink_and_pale_ground_is_not),
        cmocka_unit_test(a_halo_is_no_ink),
        cmocka_unit_test(pieces_and_loops_have_a_least_size),
        cmocka_unit_test(ink_holds_together_by_its_corners),
        cmocka_unit_test(blank_full_and_noisy_pictures_have_no_stroke),
        cmocka_unit_test(a_place_is_its_centre_in_rows_and_columns),
        cmocka_unit_test(places_of_a_grid_are_the_same_from_both_ends_of_any_side),
        cmocka_unit_test(pixels_of_a_shape_are_named_by_its_parts),
        cmocka_unit_test(ends_and_crossings_are_found_and_named),
        cmocka_unit_test(weight_in_two_places_is_named_by_both),
        cmocka_unit_test(of_what_lies_all_over_the_densest_part_is_named),
        cmocka_unit_test(what_stands_out_beside_the_ground_is_no_part_of_it),
        cmocka_unit_test(places_of_any_map_hold_what_is_said),
        cmocka_unit_test(the_smallest_and_the_largest_pictures_have_places),
        cmocka_unit_test(left_and_right_of_a_mirrored_picture_are_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
