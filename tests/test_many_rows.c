/* SPDX-License-Identifier: MIT */
/* Many rows explained together: each is what it is alone, and so are its checks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

/* ---- All that may be wanted ---- */

enum { N_ROWS = EXPLAIN_TILE + 3 };

/* Room for a loss's rows, whose n and z are the caller's. */
typedef struct {
    float x[N_ROWS * N_PIXELS], gradient_x[N_ROWS * N_PIXELS];
    float logit[N_ROWS], value[N_ROWS], rec[N_ROWS], gen[N_ROWS];
    float gradient_z[N_ROWS * Z], rec_z[N_ROWS * Z], gen_z[N_ROWS * Z];
} room;

static explained_rows rows_in(room *r, const float *z, size_t n)
{
    return (explained_rows){.n = n,
                            .z = z,
                            .x = r->x,
                            .logit = r->logit,
                            .value = r->value,
                            .parts = {r->rec, r->gen},
                            .gradient_z = r->gradient_z,
                            .part_gradient_z = {r->rec_z, r->gen_z},
                            .gradient_x = r->gradient_x};
}

static void explain_in(room *r, scene *s, const float *z, size_t n)
{
    explain_workspace w[2];
    uint64_t probe[N_ROWS] = {0};
    tile_check checks[2];
    explained_rows rows = rows_in(r, z, n);
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s->x);
    explain_many(&s->x, w, &rows, probe, checks);
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
}

/* The picture's own mirror image. */
static size_t find_mirrored(float *reference, const float *x, const void *context)
{
    (void)context;
    for (size_t i = 0; i < N_PIXELS; i++)
        reference[i] = x[N_PIXELS - 1 - i];
    return 0;
}

static void assert_rows_are_in_their_places(explain_target t)
{
    float *z = draw(N_ROWS * Z, 6);
    room *all = allocate(1, sizeof *all), *one = allocate(1, sizeof *one);
    scene s = trained_scene(NULL);
    aim_at(&s, t);
    explain_in(all, &s, z, N_ROWS);
    for (size_t i = 0; i < N_ROWS; i += i == 1 ? EXPLAIN_TILE : 1) {
        explain_in(one, &s, z + i * Z, 1);
        assert_memory_equal(all->x + i * N_PIXELS, one->x, N_PIXELS * sizeof(float));
        assert_true(all->logit[i] == one->logit[0] && all->value[i] == one->value[0]);
        assert_true(all->rec[i] == one->rec[0] && all->gen[i] == one->gen[0]);
        assert_memory_equal(all->gradient_z + i * Z, one->gradient_z, Z * sizeof(float));
        assert_memory_equal(all->rec_z + i * Z, one->rec_z, Z * sizeof(float));
        assert_memory_equal(all->gen_z + i * Z, one->gen_z, Z * sizeof(float));
        assert_memory_equal(all->gradient_x + i * N_PIXELS, one->gradient_x,
                            N_PIXELS * sizeof(float));
    }
    free(all);
    free(one);
    free(z);
    scene_release(&s);
}

static void all_that_is_wanted_of_a_row_is_in_its_place(void **state)
{
    float *reference = draw(N_PIXELS, 8);
    explain_target mirrored = comparing("loss:a.png", reference);
    (void)state;
    mirrored.find_reference = find_mirrored;
    assert_rows_are_in_their_places(comparing("loss:a.png", reference));
    assert_rows_are_in_their_places(mirrored);
    assert_rows_are_in_their_places(target_of("ink"));
    free(reference);
}

enum { TO_Z = 1, DIFFERENCES = 2, JACOBIAN = N_GRADIENT_CHECKS };

/* ---- A row depends on itself alone ---- */

enum { MOST = 1000 };
static const size_t batches[] = {1, 2, 7, 63, 64, 65, MOST};

/* On one thread as many as one call may have, else by explain_many. */
static void explain_batch(const explained_rows *r, scene *s, size_t n_threads)
{
    if (r->n <= EXPLAIN_TILE && n_threads == 1) {
        explain_rows(&s->x, &s->w, r);
        return;
    }
    explain_workspace w[2];
    static const uint64_t probe[MOST];
    tile_check checks[MOST / EXPLAIN_TILE + 1];
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s->x);
    explain_many(&s->x, w, r, probe, checks);
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
}

static void assert_same_rows(const explained_rows *some, const explained_rows *all, size_t first)
{
    const size_t n = some->n * sizeof(float);
    assert_memory_equal(some->value, all->value + first, n);
    assert_memory_equal(some->gradient_z, all->gradient_z + first * Z, n * Z);
    assert_memory_equal(some->gradient_x, all->gradient_x + first * N_PIXELS, n * N_PIXELS);
}

static void a_row_has_the_same_bits_in_any_batch_on_any_threads(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(MOST * Z, 6);
    explained_rows all, some;
    explained_rows_init(&all, &s.x, z, MOST);
    use_threads(1);
    explain_batch(&all, &s, 1);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
            for (size_t first = 0; first + batches[i] <= MOST; first += batches[i] + 331) {
                explained_rows_init(&some, &s.x, z + first * Z, batches[i]);
                explain_batch(&some, &s, threads);
                assert_same_rows(&some, &all, first);
                explained_rows_release(&some);
            }
    }
    explained_rows_release(&all);
    free(z);
    scene_release(&s);
}

/* ---- Their checks ---- */

/* Explains n rows and checks the last, with `moved` less than before at the time of the checks. */
static void check_last(explain_check checks[N_GRADIENT_CHECKS], scene *s, const float *z, size_t n,
                       float *moved, float by)
{
    float value[4], gradient[4 * Z], pixels[4 * N_PIXELS];
    const explained_rows r = {
        .n = n, .z = z, .value = value, .gradient_z = gradient, .gradient_x = pixels};
    memset(checks, 0, N_GRADIENT_CHECKS * sizeof *checks);
    explain_rows(&s->x, &s->w, &r);
    float before = moved ? *moved : 0;
    if (moved)
        *moved -= by;
    explain_check_gradient(checks, &s->x, &s->w, &r, n - 1, 5, NULL);
    if (moved)
        *moved = before;
}

/* The last of n rows of z is found as it is when it stands alone. */
static void assert_judged_alike(scene *s, const float *z, size_t n, float *moved, float by,
                                size_t n_left_out)
{
    explain_check among[N_GRADIENT_CHECKS], alone[N_GRADIENT_CHECKS];
    check_last(among, s, z, n, moved, by);
    check_last(alone, s, z + (n - 1) * s->x.z_dim, 1, moved, by);
    assert_true(are_met(alone));
    assert_int_equal(among[TO_Z].n_left_out, n_left_out);
    for (size_t i = 0; i < N_GRADIENT_CHECKS; i++) {
        assert_true(among[i].value == alone[i].value);
        assert_int_equal(among[i].n_left_out, alone[i].n_left_out);
    }
}

/* Compared with a picture of its own, and with no room for its gradient by the pixels. */
static void a_row_among_others_is_judged_by_its_own_pictures(void **state)
{
    (void)state;
    float *z = draw(4 * Z, 4), value[4], gradient[4 * Z];
    scene s = trained_scene(NULL);
    explain_target t = comparing("loss:a.png", NULL);
    explain_check checks[N_GRADIENT_CHECKS];
    const explained_rows r = {.n = 4, .z = z, .value = value, .gradient_z = gradient};
    t.find_reference = find_mirrored;
    aim_at(&s, t);
    explain_rows(&s.x, &s.w, &r);
    for (size_t i = 0; i < 4; i++) {
        explain_check_gradient(checks, &s.x, &s.w, &r, i, 5, NULL);
        assert_true(are_met(checks));
    }
    assert_judged_alike(&s, z, 4, NULL, 0, 0);
    free(z);
    scene_release(&s);
}

/* Near its minimum, where it is judged by the slopes of its pass. */
static void a_row_among_others_is_judged_by_its_own_slopes(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(4 * Z, 4), reference[N_PIXELS];
    explanation a = explained(&s, z + 3 * Z, 1);
    for (size_t i = 0; i < N_PIXELS; i++)
        reference[i] = array_of(&a, "x")[i] * (1 + (i % 3 ? 3e-7f : 0));
    aim_at(&s, comparing("rec:a.png", reference));
    assert_judged_alike(&s, z, 4, NULL, 0, 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* As if rounding had put float's unit above its kink and the twin's below. Row 0 is far below. */
static void a_row_among_others_takes_its_own_sides_of_kinks(void **state)
{
    (void)state;
    static const float z[4] = {-1, -1, 0, 0};
    scene s = kinked_scene(1e-7f);
    assert_judged_alike(&s, z, 2, &s.x.net[NET_G]->layers[0].bias[0], 2e-7f, 1);
    aim(&s, "unit:2,0");
    assert_judged_alike(&s, z, 2, &s.x.net[NET_CUT]->layers[0].bias[0], 2e-7f, 1);
    scene_release(&s);
    s = scene_of("784", "2:lrelu=0.3,1", 2); /* D's unit 0 is z0 */
    s.g.layers[0].weight.data[0] = s.d.layers[0].weight.data[0] = 1;
    s.d.layers[0].bias[0] = 1e-7f;
    s.d.layers[0].bias[1] = 1;
    s.d.layers[1].weight.data[0] = s.d.layers[1].weight.data[1] = 1;
    aim(&s, "logit");
    assert_judged_alike(&s, z, 2, &s.x.net[NET_CRITIC]->layers[0].bias[0], 2e-7f, 1);
    scene_release(&s);
}

/* The Jacobian at row i of n, and what its two checks find where nothing is right: how far off that
 * is, is said by what float keeps of the row's terms. */
static void find_jacobian(float *jacobian, double found[2], scene *s, const float *z, size_t n,
                          size_t i)
{
    float value[4], gradient[4 * Z], along[N_PIXELS] = {1e-6f};
    explain_check checks[N_GRADIENT_CHECKS];
    const explained_rows r = {.n = n, .z = z, .value = value, .gradient_z = gradient};
    jacobian_probe *p = jacobian_probe_create(&s->x, 3);
    explain_rows(&s->x, &s->w, &r);
    explain_check_gradient(checks, &s->x, &s->w, &r, i, 5, p);
    explain_jacobian(&s->x, &s->w, i, &(wanted_jacobian){.jacobian = jacobian, .probe = p});
    explain_check right = explain_check_jacobian(&s->x, &s->w, i, p);
    assert_true(explain_check_is_met(&right));
    memset(p->by_twin, 0, Z * sizeof *p->by_twin);
    found[0] = explain_check_jacobian(&s->x, &s->w, i, p).value;
    found[1] = explain_check_along(&s->x, &s->w, i, p, gradient + i * Z, along).value;
    jacobian_probe_free(p);
}

static void a_row_among_others_has_its_own_jacobian(void **state)
{
    (void)state;
    enum { SIZE = N_PIXELS * Z };
    float *z = draw(4 * Z, 4), *among = allocate(2 * SIZE, sizeof *among), *alone = among + SIZE;
    double found_among[2], found_alone[2];
    scene s = trained_scene("ink");
    for (size_t i = 0; i < 4; i++) {
        find_jacobian(among, found_among, &s, z, 4, i);
        find_jacobian(alone, found_alone, &s, z + i * Z, 1, 0);
        assert_memory_equal(among, alone, SIZE * sizeof *among);
        assert_memory_equal(found_among, found_alone, sizeof found_alone);
    }
    free(z);
    free(among);
    scene_release(&s);
}

/* G bends so much that it is the differences that are off most. */
static scene bent_scene(float z[], size_t n)
{
    scene s = scene_of("8:tanh,784", "1", Z);
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    for (size_t k = 0; k < 8 * Z; k++)
        s.g.layers[0].weight.data[k] *= 100;
    for (size_t k = 0; k < n; k++)
        z[k] /= 100;
    aim(&s, "logit");
    return s;
}

/* The checks' values of one explanation. */
static void find_values(double found[N_GRADIENT_CHECKS + 1], scene *s, const float *z,
                        uint64_t probe)
{
    explain_plan plan = {0};
    explain_request q = {.n_top = 1, .black = -1, .probe = probe};
    explanation a;
    error e = {0};
    explain_plan_choose(&plan, "gradient");
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    assert_int_equal(a.n_checks, N_GRADIENT_CHECKS + 1);
    for (size_t i = 0; i < a.n_checks; i++)
        found[i] = a.checks[i].value;
    explain_plan_release(&plan);
    explanation_release(&a);
}

static void an_explanation_is_checked_along_its_own_directions(void **state)
{
    (void)state;
    float *z = draw(Z, 4);
    scene s = bent_scene(z, Z);
    double one[N_GRADIENT_CHECKS + 1], other[N_GRADIENT_CHECKS + 1];
    find_values(one, &s, z, 1);
    find_values(other, &s, z, 2);
    assert_true(one[TO_Z] == other[TO_Z]);
    assert_true(one[DIFFERENCES] != other[DIFFERENCES]);
    assert_true(one[JACOBIAN] != other[JACOBIAN]);
    free(z);
    scene_release(&s);
}

static void a_tables_row_is_checked_along_its_own_directions(void **state)
{
    (void)state;
    enum { N = 2, TIMES = 20 };
    float *z = draw(N * Z, 4);
    scene s = bent_scene(z, N * Z);
    explain_workspace w[2];
    explained_rows r;
    size_t n_last = 0;
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s.x);
    explained_rows_init(&r, &s.x, z, N);
    for (uint64_t seed = 0; seed < TIMES; seed++) {
        const uint64_t probe[N] = {100 + seed, 200 + seed};
        tile_check tile;
        explain_check own[N_GRADIENT_CHECKS], *worst = own;
        explain_many(&s.x, w, &r, probe, &tile);
        n_last += tile.row == N - 1;
        explain_rows(&s.x, &s.w, &r);
        explain_check_gradient(own, &s.x, &s.w, &r, tile.row, probe[tile.row], NULL);
        for (size_t i = 1; i < N_GRADIENT_CHECKS; i++)
            worst = own[i].value > worst->value ? &own[i] : worst;
        assert_string_equal(worst->name, "gradient_against_differences");
        assert_true(fabs(tile.worst.value - worst->value) < 1e-3 * worst->value);
    }
    assert_true(n_last > 0 && n_last < TIMES); /* each row has its turn, the last one, too */
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

/* D's first layer goes back by one percent too much, where the twin does not read it. */
static void a_table_judges_the_gradients_by_the_pixels(void **state)
{
    (void)state;
    const uint64_t probe = 3;
    float *z = draw(Z, 4);
    scene s = trained_scene("ink");
    packed_matrix *d = s.x.packed[NET_CRITIC].to_input;
    explained_rows r;
    tile_check tile;
    explained_rows_init(&r, &s.x, z, 1);
    explain_many(&s.x, &s.w, &r, &probe, &tile);
    assert_true(explain_check_is_met(&tile.worst));
    for (size_t k = 0; k < d->inner * N_PIXELS; k++)
        d->panels[k] *= 1.01f;
    explain_many(&s.x, &s.w, &r, &probe, &tile);
    assert_false(explain_check_is_met(&tile.worst));
    assert_string_equal(tile.worst.name, "d_gradient_x_against_double");
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

/* Wherever it stands among a row's numbers, the last one, too. */
static void a_row_that_is_not_finite_is_found(void **state)
{
    (void)state;
    enum { N = 3, ROW = 1 };
    float *z = draw(N * Z, 4);
    scene s = trained_scene("logit");
    explained_rows r;
    explained_rows_init(&r, &s.x, z, N);
    explain_rows(&s.x, &s.w, &r);
    assert_int_equal(explained_rows_not_finite(&r, &s.x), N);
    float *const numbers[] = {r.value + ROW, r.gradient_z + ROW * Z, r.gradient_z + ROW * Z + Z - 1,
                              r.gradient_x + ROW * N_PIXELS,
                              r.gradient_x + ROW * N_PIXELS + N_PIXELS - 1};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        float before = *numbers[i];
        *numbers[i] = i % 2 ? NAN : INFINITY;
        assert_int_equal(explained_rows_not_finite(&r, &s.x), ROW);
        *numbers[i] = before;
    }
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_the_same_bits_in_any_batch_on_any_threads),
        cmocka_unit_test(all_that_is_wanted_of_a_row_is_in_its_place),
        cmocka_unit_test(a_row_among_others_is_judged_by_its_own_pictures),
        cmocka_unit_test(a_row_among_others_is_judged_by_its_own_slopes),
        cmocka_unit_test(a_row_among_others_takes_its_own_sides_of_kinks),
        cmocka_unit_test(a_row_among_others_has_its_own_jacobian),
        cmocka_unit_test(a_table_judges_the_gradients_by_the_pixels),
        cmocka_unit_test(a_row_that_is_not_finite_is_found),
        cmocka_unit_test(an_explanation_is_checked_along_its_own_directions),
        cmocka_unit_test(a_tables_row_is_checked_along_its_own_directions),
    };
    return run_on_every_level("many rows", tests, sizeof tests / sizeof *tests);
}
