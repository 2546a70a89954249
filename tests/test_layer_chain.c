/* SPDX-License-Identifier: MIT */
/* The layers between z and a target, drawn anew. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "seeing_scene.h"
#include "use_threads.h"

/* ---- The chain ---- */

static void assert_chain(const char *target, const char *expected, size_t n_seeing)
{
    scene s = seeing_scene(target);
    layer_chain c;
    text words = {0};
    layer_chain_init(&c, &s.x);
    for (size_t i = 0; i < c.n; i++) {
        text_add(&words, "%s", i ? ", " : "");
        layer_chain_tell(&words, &c, &s.x, i);
    }
    assert_string_equal(words.data, expected);
    assert_int_equal(c.n_seeing, n_seeing);
    text_release(&words);
    layer_chain_release(&c);
    scene_release(&s);
}

static void a_layer_has_a_short_name(void **state)
{
    scene s = seeing_scene("logit");
    layer_chain c;
    text words = {0};
    (void)state;
    layer_chain_init(&c, &s.x);
    layer_chain_name(&words, &c, &s.x, 0);
    assert_string_equal(words.data, "D 4");
    layer_chain_name(&words, &c, &s.x, 4);
    assert_string_equal(words.data, "D 4G 3");
    text_release(&words);
    layer_chain_release(&c);
    scene_release(&s);
}

static void layers_stand_from_the_end_of_the_target_down(void **state)
{
    (void)state;
    assert_chain("logit",
                 "D's layer 4, D's layer 2, D's layer 0, G's layer 6, G's layer 3, G's layer 0", 3);
    assert_chain("ink", "G's layer 6, G's layer 3, G's layer 0", 0);
    assert_chain("unit:3,1", "G's layer 3, G's layer 0", 0);
}

/* ---- Layers drawn anew ---- */

static double size_of(const layer *l, size_t unit)
{
    const float *w = l->weight.data + unit * l->n_in;
    return norm(w, l->n_in) / sqrt((double)l->n_in);
}

/* Unit i of a layer as BatchNorm leaves it: its scale 1.1^i, its bias as large. */
static network scaled_layer(size_t n_units)
{
    network net = network_of("40:bn=1e-3:relu,1", 50), folded;
    fill_trained(&net, 3);
    for (size_t i = 0; i < n_units; i++) {
        net.layers[0].gamma[i] = (float)pow(1.1, (double)i);
        net.layers[0].beta[i] = net.layers[0].gamma[i];
        net.layers[0].running_mean[i] = 0;
        net.layers[0].running_var[i] = 1;
    }
    network_fold(&folded, &net);
    network_release(&net);
    return folded;
}

/* The units lose the scale and the shift that BatchNorm gave them; the layer keeps their sizes. */
static void what_batchnorm_left_is_drawn_anew(void **state)
{
    enum { N = 40 };
    network before = scaled_layer(N), after;
    float size[2][N], least = INFINITY, greatest = 0;
    rng r = trust_rng(1, TRUST_LAYERS, 0);
    (void)state;
    network_copy(&after, &before);
    layer_randomise(&after.layers[0], &r);
    for (size_t i = 0; i < N; i++) {
        size[0][i] = (float)size_of(&before.layers[0], i);
        size[1][i] = (float)size_of(&after.layers[0], i);
        least = fminf(least, size[0][i]);
        greatest = fmaxf(greatest, size[0][i]);
    }
    assert_true(fabs(rank_correlation(size[0], size[1], N)) < 0.4);
    assert_true(fabs(rank_correlation(before.layers[0].bias, after.layers[0].bias, N)) < 0.4);
    for (size_t i = 0; i < N; i++) {
        assert_true(size[1][i] > 0.6f * least && size[1][i] < 1.5f * greatest);
        assert_true(before.layers[0].bias[i] != after.layers[0].bias[i]);
    }
    /* scales differ by a factor of 40, and still do */
    assert_true(greatest / least > 20);
    size_t n_small = 0;
    for (size_t i = 0; i < N; i++)
        n_small += size[1][i] < greatest / 8;
    assert_true(n_small > N / 8 && n_small < N);
    network_release(&after);
    network_release(&before);
}

static bool has_same_weights(const other_model *a, const other_model *b, explain_net net, size_t i)
{
    const layer *l = &a->x.net[net]->layers[i], *k = &b->x.net[net]->layers[i];
    size_t n = l->n_in * l->n_out;
    return memcmp(l->weight.data, k->weight.data, n * sizeof(float)) == 0 &&
           memcmp(l->bias, k->bias, l->n_out * sizeof(float)) == 0;
}

/* Layer 1 of the chain is D's layers[1]. */
static void a_layer_draws_the_same_alone_and_with_others(void **state)
{
    scene s = seeing_scene("logit");
    other_model two;
    make_random(&two, &s, (layer_choice){0, 2, 0});
    other_model alone;
    make_random(&alone, &s, (layer_choice){1, 1, 0});
    other_model again;
    make_random(&again, &s, (layer_choice){1, 1, 1});
    (void)state;
    assert_true(has_same_weights(&two, &alone, NET_CRITIC, 1));
    assert_false(has_same_weights(&two, &alone, NET_CRITIC, 2));
    assert_true(has_same_weights(&two, &alone, NET_CRITIC, 0));
    assert_false(has_same_weights(&again, &alone, NET_CRITIC, 1));
    assert_ptr_equal(two.x.net[NET_G], s.x.net[NET_G]);
    other_model_release(&two);
    other_model_release(&alone);
    other_model_release(&again);
    scene_release(&s);
}

/* Two layers of one shape: were their streams one, so were their signs. */
static void each_layer_has_a_stream_of_its_own(void **state)
{
    scene s = scene_of_shape("64", "64,64,1", Z_DIM, shape_of(SIDE, SIDE));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    other_model m;
    make_random(&m, &s, (layer_choice){0, 3, 0});
    const network *d = m.x.net[NET_CRITIC];
    size_t n_same = 0, n = 64 * 64;
    for (size_t i = 0; i < n; i++)
        n_same += (d->layers[0].weight.data[i] > 0) == (d->layers[1].weight.data[i] > 0);
    assert_true(n_same > n * 2 / 5 && n_same < n * 3 / 5);
    other_model_release(&m);
    scene_release(&s);
}

static void a_unit_is_read_of_the_layers_drawn_anew(void **state)
{
    scene s = seeing_scene("unit:3,1");
    other_model m;
    make_random(&m, &s, (layer_choice){0, 2, 0});
    (void)state;
    const layer *own = &m.x.net[NET_CUT]->layers[1], *old = &s.x.net[NET_CUT]->layers[1];
    assert_memory_equal(own->weight.data, m.x.net[NET_G]->layers[1].weight.data, 40 * 32 * 4);
    assert_memory_not_equal(own->weight.data, old->weight.data, 40 * 32 * 4);
    assert_int_equal(m.x.net[NET_CUT]->n_layers, 2);
    other_model_release(&m);
    scene_release(&s);
}

static size_t find_nothing(float *reference, const float *x, const void *context)
{
    (void)reference;
    (void)x;
    (void)context;
    fail_msg("looked for another picture");
    return 0;
}

static void the_picture_that_is_compared_with_stays(void **state)
{
    scene s = scene_of_shape("64:tanh", NULL, Z_DIM, shape_of(SIDE, SIDE));
    explain_target t = target_of("rec:0");
    float same[SIDE * SIDE], found[SIDE * SIDE] = {0};
    layer_chain c;
    other_model m;
    error e = {0};
    (void)state;
    for (size_t i = 0; i < SIDE * SIDE; i++)
        same[i] = (float)i;
    t.find_reference = find_nothing;
    aim_at(&s, t);
    layer_chain_init(&c, &s.x);
    assert_int_equal(c.n_seeing, 0);
    assert_int_equal(random_model_init(&m, &s.x, &c, &(layer_choice){0, 1, 0}, 1, same, &e), 0);
    m.x.target.find_reference(found, same, m.x.target.context);
    assert_memory_equal(found, same, sizeof same);
    other_model_release(&m);
    layer_chain_release(&c);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_has_a_short_name),
        cmocka_unit_test(layers_stand_from_the_end_of_the_target_down),
        cmocka_unit_test(what_batchnorm_left_is_drawn_anew),
        cmocka_unit_test(a_layer_draws_the_same_alone_and_with_others),
        cmocka_unit_test(each_layer_has_a_stream_of_its_own),
        cmocka_unit_test(a_unit_is_read_of_the_layers_drawn_anew),
        cmocka_unit_test(the_picture_that_is_compared_with_stays),
    };
    use_threads(2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
