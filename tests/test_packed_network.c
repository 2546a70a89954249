/* SPDX-License-Identifier: MIT */
/* nn: passes over packed networks, on every dispatch level. What is right is said by the twin; that
 * a row depends on itself alone, by its bits. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "nets.h"
#include "use_threads.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ROWS = 5, BOTH = PASS_FORWARD | PASS_BACKWARD };

/* Every activation, first, inside and last; last those whose tapes hold masks of dropout. */
static const struct {
    const char *spec;
    size_t n_in;
} cases[] = {
    {"3", 7},
    {"1:linear", 1},
    {"9:linear,3:relu", 7},
    {"33:lrelu=0.3,7:lrelu,3", 9},
    {"9:tanh,3:sigmoid", 7},
    {"33:sigmoid,9:relu,7:lrelu=0.1,3:tanh", 3},
    {"1:lrelu,7:tanh,1", 33},
    {"33:dropout=0.5,3", 7},
    {"9:relu:dropout=0.4,7:tanh:dropout=0.3,3:sigmoid:dropout=0.2", 33},
    {"33:lrelu=0.3:dropout=0.3,1", 7},
};
enum { FIRST_WITH_MASKS = 7 };

/* A network with an input, and the gradient of some scalar by its output. */
typedef struct {
    network net;
    packed_network packed;
    float *x, *dy;
    double *x_double, *dy_double;
    size_t rows, n_x, n_y;
    pass p;
} setting;

static void setting_init(setting *s, size_t i, size_t rows)
{
    *s = (setting){.net = network_of(cases[i].spec, cases[i].n_in),
                   .rows = rows,
                   .p = {i >= FIRST_WITH_MASKS, 11, rng_stream(STREAM_DROPOUT, 64 * i)}};
    fill_trained(&s->net, i);
    packed_network_init(&s->packed, &s->net, BOTH);
    s->n_x = rows * s->net.n_in;
    s->n_y = rows * s->net.n_out;
    s->x = draw(s->n_x, 100 + i);
    s->dy = draw(s->n_y, 200 + i);
    s->x_double = doubles_of(s->x, s->n_x);
    s->dy_double = doubles_of(s->dy, s->n_y);
}

static void setting_release(setting *s)
{
    packed_network_release(&s->packed), packed_network_release(&s->packed);
    network_release(&s->net);
    free(s->x), free(s->dy), free(s->x_double), free(s->dy_double);
}

/* Only a training pass has masks, and only of those that are not packed there is one. */
static matrix fill_tape(tape *t, const setting *s)
{
    matrix x = matrix_view(s->x, s->rows, s->net.n_in);
    return s->p.is_training ? network_forward(&s->net, t, x, s->p)
                            : packed_forward(&s->packed, t, x);
}

/* ---- Forward and backward ---- */

static const size_t batch_sizes[] = {1, 5, 33};

static void forward_matches_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIRST_WITH_MASKS; i++)
        for (size_t k = 0; k < COUNT(batch_sizes); k++) {
            size_t rows = batch_sizes[k];
            setting s;
            setting_init(&s, i, rows);
            tape t;
            twin w;
            tape_init(&t, &s.net, 33);
            twin_init(&w, &s.net, 33);
            matrix y = fill_tape(&t, &s);
            assert_true(y.rows == rows && y.cols == s.net.n_out && y.stride == y.cols);
            assert_true(t.rows == rows && t.input.data == s.x);
            assert_close_by_norm(y.data, twin_forward(&w, s.x_double, rows, s.p), s.n_y, 2e-6);
            for (size_t l = 0; l < s.net.n_layers; l++) {
                size_t n = rows * s.net.layers[l].n_out;
                assert_close_by_norm(t.output[l].data, w.output[l], n, 2e-6);
                assert_close_by_norm(t.slope[l], w.slope[l], n, 4e-6);
            }
            tape_release(&t), twin_release(&w), setting_release(&s);
        }
}

static void backward_matches_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(batch_sizes); k++) {
            size_t rows = batch_sizes[k];
            setting s;
            setting_init(&s, i, rows);
            tape t;
            twin w;
            tape_init(&t, &s.net, 33);
            twin_init(&w, &s.net, 33);
            float *dx = draw(s.n_x, 2);
            double *want = allocate(s.n_x, sizeof *want);
            fill_tape(&t, &s);
            packed_backward(&s.packed, &t, matrix_view(s.dy, rows, s.net.n_out),
                            matrix_view(dx, rows, s.net.n_in));
            twin_forward(&w, s.x_double, rows, s.p);
            twin_backward(&w, s.dy_double, NULL, want);
            assert_close_by_norm(dx, want, s.n_x, 5e-6);
            tape_release(&t), twin_release(&w), setting_release(&s);
            free(dx), free(want);
        }
}

/* From the last layer's output to that of layer i - 1 by single layers, then on in one go. */
static void pull_back_to(float *dx, setting *s, tape *t, size_t i)
{
    float *dy = allocate(s->rows * 33, sizeof *dy), *below = allocate(s->rows * 33, sizeof *dy);
    memcpy(dy, s->dy, s->n_y * sizeof *dy);
    for (size_t k = s->net.n_layers; k-- > i;) {
        const layer *l = &s->net.layers[k];
        packed_backward_layer(&s->packed, t, k, matrix_view(dy, s->rows, l->n_out),
                              matrix_view(below, s->rows, l->n_in));
        memcpy(dy, below, s->rows * l->n_in * sizeof *dy);
    }
    packed_backward_from(&s->packed, t, i - 1, matrix_view(dy, s->rows, s->net.layers[i].n_in),
                         matrix_view(dx, s->rows, s->net.n_in));
    free(dy), free(below);
}

static void layers_one_by_one_make_the_whole_backward_pass(void **state)
{
    (void)state;
    for (size_t c = 0; c < FIRST_WITH_MASKS; c++) {
        setting s;
        setting_init(&s, c, 5);
        tape t;
        tape_init(&t, &s.net, 5);
        float *want = draw(s.n_x, 2), *dx = draw(s.n_x, 3);
        fill_tape(&t, &s);
        packed_backward(&s.packed, &t, matrix_view(s.dy, 5, s.net.n_out),
                        matrix_view(want, 5, s.net.n_in));
        for (size_t i = 1; i < s.net.n_layers; i++) {
            pull_back_to(dx, &s, &t, i);
            assert_memory_equal(dx, want, s.n_x * sizeof *dx);
        }
        tape_release(&t), setting_release(&s);
        free(want), free(dx);
    }
}

static void a_pass_may_begin_at_any_layer(void **state)
{
    (void)state;
    for (size_t c = 0; c < FIRST_WITH_MASKS; c++) {
        setting s;
        setting_init(&s, c, 5);
        tape t;
        tape_init(&t, &s.net, 5);
        float room[2][5 * 33], *y = draw(s.n_y, 2), *pre = draw(5 * 33, 3);
        matrix want = fill_tape(&t, &s);
        for (size_t i = 0; i < s.net.n_layers; i++) {
            const layer *l = &s.net.layers[i];
            packed_evaluate_from(matrix_view(y, 5, s.net.n_out), &s.packed, i,
                                 (float *[]){room[0], room[1]}, i ? t.output[i - 1] : t.input);
            assert_memory_equal(y, want.data, s.n_y * sizeof *y);
            matrix before = matrix_view(pre, 5, l->n_out);
            packed_pre_activation(before, &s.packed, &t, i);
            activation_forward(before, NULL, NULL, l->f, (dropout){.keep = 1.0f});
            assert_close_by_norm(pre, t.output[i].data, 5 * l->n_out, 1e-6);
        }
        tape_release(&t), setting_release(&s);
        free(y), free(pre);
    }
}

/* By layers of the sizes that are used, too. */
static void passes_agree_with_those_that_are_not_packed(void **state)
{
    (void)state;
    enum { N_IN = 64, N_OUT = 784, N = 70 };
    network net = network_of("256:lrelu=0.3,512:lrelu=0.3,784:tanh", N_IN);
    fill_trained(&net, 1);
    packed_network p;
    packed_network_init(&p, &net, BOTH);
    tape a, b;
    tape_init(&a, &net, N), tape_init(&b, &net, N);
    float *x = draw(N * N_IN, 2), *dy = draw(N * N_OUT, 3), *same = draw(N * N_OUT, 3);
    float *dx = draw(N * N_IN, 4), *want_x = draw(N * N_IN, 5);
    matrix y = packed_forward(&p, &a, matrix_view(x, N, N_IN));
    matrix want = network_forward(&net, &b, matrix_view(x, N, N_IN), (pass){0});
    double *wanted = doubles_of(want.data, N * N_OUT);
    assert_close_by_norm(y.data, wanted, N * N_OUT, 2e-6);
    packed_backward(&p, &a, matrix_view(dy, N, N_OUT), matrix_view(dx, N, N_IN));
    network_backward(&net, &b, matrix_view(same, N, N_OUT), NULL, matrix_view(want_x, N, N_IN));
    double *wanted_x = doubles_of(want_x, N * N_IN);
    assert_close_by_norm(dx, wanted_x, N * N_IN, 5e-6);
    tape_release(&a), tape_release(&b), packed_network_release(&p), network_release(&net);
    free(x), free(dy), free(same), free(dx), free(want_x), free(wanted), free(wanted_x);
}

static void a_network_is_packed_for_the_passes_that_are_asked_for(void **state)
{
    (void)state;
    network net = network_of("9:relu,3", 7);
    for (unsigned passes = 0; passes <= BOTH; passes++) {
        packed_network p;
        packed_network_init(&p, &net, passes);
        assert_true(!p.to_output == !(passes & PASS_FORWARD));
        assert_true(!p.to_input == !(passes & PASS_BACKWARD));
        packed_network_release(&p);
    }
    network_release(&net);
}

/* ---- Forward mode ---- */

/* The Jacobian of row r's output by its input, n_out x n_in, from n_out backward passes of the
 * twin. */
static double *jacobian_of(twin *w, const setting *s, size_t rows, size_t r)
{
    size_t n_in = s->net.n_in, n_out = s->net.n_out;
    double *jacobian = allocate(n_out * n_in, sizeof *jacobian);
    double *dy = allocate(rows * n_out, sizeof *dy), *dx = allocate(rows * n_in, sizeof *dx);
    twin_forward(w, s->x_double, rows, s->p);
    for (size_t o = 0; o < n_out; o++) {
        dy[r * n_out + o] = 1;
        twin_backward(w, dy, NULL, dx);
        memcpy(jacobian + o * n_in, dx + r * n_in, n_in * sizeof *dx);
        dy[r * n_out + o] = 0;
    }
    free(dy), free(dx);
    return jacobian;
}

static void unit_directions_give_the_transposed_jacobian(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        setting s;
        setting_init(&s, k, ROWS);
        size_t n_in = s.net.n_in, n_out = s.net.n_out;
        tape t;
        twin w;
        tangents room;
        tape_init(&t, &s.net, ROWS);
        twin_init(&w, &s.net, ROWS);
        tangents_init(&room, &s.net, ROWS * n_in);
        fill_tape(&t, &s);
        for (size_t r = 0; r < ROWS; r++) {
            size_t first = r ? 1 : 0, n = r ? ROWS - 1 : 1; /* one row alone, the others together */
            matrix got = packed_jacobian(&s.packed, &t, &room, (jacobian_part){first, n, 0, n_in});
            assert_true(got.rows == n * n_in && got.cols == n_out);
            double *jacobian = jacobian_of(&w, &s, ROWS, r);
            double *want = allocate(n_in * n_out, sizeof *want);
            for (size_t i = 0; i < n_in * n_out; i++)
                want[i] = jacobian[i % n_out * n_in + i / n_out];
            assert_close_by_norm(got.data + (r - first) * n_in * n_out, want, n_in * n_out, 3e-6);
            for (size_t i = 0; i < n_in; i += 3) { /* a few directions at a time */
                size_t n_some = n_in - i < 3 ? n_in - i : 3;
                got = packed_jacobian(&s.packed, &t, &room, (jacobian_part){r, 1, i, n_some});
                assert_true(got.rows == n_some && got.cols == n_out);
                assert_close_by_norm(got.data, want + i * n_out, n_some * n_out, 3e-6);
            }
            free(jacobian), free(want);
        }
        tangents_release(&room), tape_release(&t), twin_release(&w), setting_release(&s);
    }
}

/* Each row along a direction of its own: the sum of its Jacobian's rows, so weighted. */
static void tangents_of_rows_are_the_jacobian_along_them(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        setting s;
        tape t;
        tangents room, all;
        setting_init(&s, k, ROWS);
        size_t n_in = s.net.n_in, n_out = s.net.n_out;
        float *along = draw(ROWS * n_in, 300 + k);
        tape_init(&t, &s.net, ROWS);
        tangents_init(&room, &s.net, ROWS);
        tangents_init(&all, &s.net, n_in);
        fill_tape(&t, &s);
        matrix y_dot = packed_jvp(&s.packed, &t, &room, matrix_view(along, ROWS, n_in));
        assert_true(y_dot.rows == ROWS && y_dot.cols == n_out);
        for (size_t r = 0; r < ROWS; r++) {
            double *want = allocate(n_out, sizeof *want);
            matrix rows = packed_jacobian(&s.packed, &t, &all, (jacobian_part){r, 1, 0, n_in});
            for (size_t i = 0; i < n_in * n_out; i++)
                want[i % n_out] += (double)along[r * n_in + i / n_out] * (double)rows.data[i];
            assert_close_by_norm(y_dot.data + r * n_out, want, n_out, 3e-5);
            free(want);
        }
        tangents_release(&room), tangents_release(&all), tape_release(&t), setting_release(&s);
        free(along);
    }
}

/* What is left before the last slopes is finished by them, to the bit. */
static void a_jacobian_may_be_had_before_the_last_activation(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        setting s;
        setting_init(&s, k, ROWS);
        size_t n_in = s.net.n_in, n_out = s.net.n_out, last = s.net.n_layers - 1;
        const jacobian_part part = {1, ROWS - 1, 0, n_in};
        size_t n = part.n * n_in * n_out;
        tape t;
        tangents room;
        tape_init(&t, &s.net, ROWS);
        tangents_init(&room, &s.net, ROWS * n_in);
        fill_tape(&t, &s);
        float *want = allocate(n, sizeof *want), *product = allocate(n, sizeof *product);
        memcpy(want, packed_jacobian(&s.packed, &t, &room, part).data, n * sizeof *want);
        matrix got = packed_jacobian_before(&s.packed, &t, &room, part);
        for (size_t i = 0; i < n; i++)
            product[i] = got.data[i] * t.slope[last][(1 + i / n_out / n_in) * n_out + i % n_out];
        packed_jacobian_finish(got, &s.packed, &t, part);
        assert_memory_equal(product, want, n * sizeof *want);
        assert_memory_equal(got.data, want, n * sizeof *want);
        tangents_release(&room), tape_release(&t), setting_release(&s);
        free(want), free(product);
    }
}

/* ---- Tiles ---- */

static void tiles_give_every_row_what_a_pass_gives_it(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        0, 1, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 3 * TILE_ROWS + 7};
    network net = network_of("33:lrelu=0.3,9:tanh,3", 7);
    fill_trained(&net, 1);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        tiles t;
        tiles_init(&t, &net);
        for (size_t k = 0; k < COUNT(sizes); k++) {
            size_t n = sizes[k];
            float *x = draw(n * 7, 2), *y = draw(n * 3 + 1, 3), after = y[n * 3];
            double *x_double = doubles_of(x, n * 7);
            tiles_forward(y, &t, x, n);
            twin w;
            twin_init(&w, &net, n + 1);
            assert_close_by_norm(y, twin_forward(&w, x_double, n, (pass){0}), n * 3, 2e-6);
            assert_true(y[n * 3] == after);
            twin_release(&w);
            free(x), free(y), free(x_double);
        }
        tiles_release(&t), tiles_release(&t);
    }
    network_release(&net);
}

/* ---- A row depends on itself alone ---- */

/* Of a generator, which sees 1,000 rows: the last sizes are more than one tile. */
enum { Z = 64, X = 784, MOST = 1000 };
static const char generator_spec[] = "256:lrelu=0.3,512:lrelu=0.3,784:tanh";
static const size_t batches[] = {1, 2, 7, 63, 64, 65, 1000};

#define FOR_EACH_BATCH(first, n)                                                                   \
    for (size_t i_batch = 0, n; i_batch < COUNT(batches) && (n = batches[i_batch], true);          \
         i_batch++)                                                                                \
        for (size_t first = 0; first + n <= MOST; first += n + 217)

/* What all passes make of all rows. */
typedef struct {
    network net;
    packed_network packed;
    float *z, *dy, *y, *dz;
} generator;

static void run_passes(const generator *g, size_t first, size_t n, float *y, float *dz)
{
    tape t;
    tape_init(&t, &g->net, n);
    float *dy = allocate(n * X, sizeof *dy);
    memcpy(dy, g->dy + first * X, n * X * sizeof *dy);
    tape_place_output(&t, y);
    packed_forward(&g->packed, &t, matrix_view(g->z + first * Z, n, Z));
    packed_backward(&g->packed, &t, matrix_view(dy, n, X), matrix_view(dz, n, Z));
    tape_release(&t);
    free(dy);
}

static void generator_init(generator *g)
{
    *g = (generator){.net = network_of(generator_spec, Z), .z = draw(MOST * Z, 2)};
    fill_trained(&g->net, 1);
    packed_network_init(&g->packed, &g->net, BOTH);
    g->dy = draw(MOST * X, 3), g->y = draw(MOST * X, 4), g->dz = draw(MOST * Z, 5);
}

static void generator_release(generator *g)
{
    packed_network_release(&g->packed), network_release(&g->net);
    free(g->z), free(g->dy), free(g->y), free(g->dz);
}

static void passes_give_a_row_the_same_bits_in_any_batch(void **state)
{
    (void)state;
    generator g;
    generator_init(&g);
    float *y = allocate(MOST * X, sizeof *y), *dz = allocate(MOST * Z, sizeof *dz);
    use_threads(1);
    run_passes(&g, 0, MOST, g.y, g.dz);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        FOR_EACH_BATCH(first, n)
        {
            run_passes(&g, first, n, y, dz);
            assert_memory_equal(y, g.y + first * X, n * X * sizeof *y);
            assert_memory_equal(dz, g.dz + first * Z, n * Z * sizeof *dz);
        }
    }
    generator_release(&g);
    free(y), free(dz);
}

/* All rows at once, some of them, one at a time, some directions of them. */
static void jacobians_have_the_same_bits_whatever_is_beside_them(void **state)
{
    (void)state;
    enum { N = 3 };
    generator g;
    generator_init(&g);
    tape t;
    tangents room;
    tape_init(&t, &g.net, N);
    tangents_init(&room, &g.net, N * Z);
    packed_forward(&g.packed, &t, matrix_view(g.z, N, Z));
    float *all = allocate(N * Z * X, sizeof *all);
    use_threads(1);
    memcpy(all, packed_jacobian(&g.packed, &t, &room, (jacobian_part){0, N, 0, Z}).data,
           N * Z * X * sizeof *all);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        for (size_t r = 0; r < N; r++)
            for (size_t k = 0; k < Z; k += 21) {
                size_t n_k = Z - k < 21 ? Z - k : 21;
                matrix some = packed_jacobian(&g.packed, &t, &room, (jacobian_part){r, 1, k, n_k});
                assert_memory_equal(some.data, all + (r * Z + k) * X, n_k * X * sizeof *all);
            }
    }
    tangents_release(&room), tape_release(&t), generator_release(&g);
    free(all);
}

static void tiles_give_a_row_the_same_bits_in_any_batch(void **state)
{
    (void)state;
    generator g;
    generator_init(&g);
    float *y = allocate(MOST * X, sizeof *y);
    use_threads(1);
    run_passes(&g, 0, MOST, g.y, g.dz);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        tiles t;
        tiles_init(&t, &g.net);
        FOR_EACH_BATCH(first, n)
        {
            tiles_forward(y, &t, g.z + first * Z, n);
            assert_memory_equal(y, g.y + first * X, n * X * sizeof *y);
        }
        tiles_release(&t);
    }
    generator_release(&g);
    free(y);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest on_every_level[] = {
        cmocka_unit_test(forward_matches_the_twin),
        cmocka_unit_test(backward_matches_the_twin),
        cmocka_unit_test(layers_one_by_one_make_the_whole_backward_pass),
        cmocka_unit_test(a_pass_may_begin_at_any_layer),
        cmocka_unit_test(passes_agree_with_those_that_are_not_packed),
        cmocka_unit_test(a_network_is_packed_for_the_passes_that_are_asked_for),
        cmocka_unit_test(unit_directions_give_the_transposed_jacobian),
        cmocka_unit_test(tangents_of_rows_are_the_jacobian_along_them),
        cmocka_unit_test(a_jacobian_may_be_had_before_the_last_activation),
        cmocka_unit_test(tiles_give_every_row_what_a_pass_gives_it),
        cmocka_unit_test(passes_give_a_row_the_same_bits_in_any_batch),
        cmocka_unit_test(jacobians_have_the_same_bits_whatever_is_beside_them),
        cmocka_unit_test(tiles_give_a_row_the_same_bits_in_any_batch),
    };
    return run_on_every_level("packed networks", on_every_level, COUNT(on_every_level));
}
