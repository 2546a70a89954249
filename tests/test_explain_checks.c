/* SPDX-License-Identifier: MIT */
/* What explain's checks catch, and what they must not take for an error. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include <inttypes.h>
#include <stdlib.h>

static void every_target_passes_its_checks(void **state)
{
    (void)state;
    static const char *const words[] = {
        "logit",     "gen",        "ink",      "pixel:14,14", "region:4,4,10,12",
        "rec:a.png", "loss:a.png", "unit:0,5", "unit:3,2",    "unit:5,99"};
    float *reference = draw(N_PIXELS, 8);
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            float *z = draw(Z, 100 + seed), gradient[Z];
            explain_check checks[N_GRADIENT_CHECKS];
            aim_at(&s, comparing(words[i], reference));
            float value = value_at_z(&s, z, gradient, NULL);
            check_row(checks, &s, z, value, gradient);
            if (!are_met(checks))
                fail_msg("%s, seed %" PRIu64, words[i], seed);
            free(z);
        }
    free(reference);
    scene_release(&s);
}

/* The float results stand; then the twin, which reads the nets where they are, sees others. */
static void weights_one_percent_off_are_caught_wherever_they_are(void **state)
{
    (void)state;
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4), gradient[Z], *reference = draw(N_PIXELS, 8);
    for (size_t i_net = 0; i_net < 2; i_net++)
        for (size_t i = 0; i < (i_net ? s.d : s.g).n_layers; i++) {
            explain_check checks[N_GRADIENT_CHECKS];
            aim_at(&s, comparing("loss:a.png", reference));
            float value = value_at_z(&s, z, gradient, NULL);
            matrix w = s.x.net[i_net ? NET_CRITIC : NET_G]->layers[i].weight;
            for (size_t k = 0; k < w.rows * w.cols; k++)
                w.data[k] *= 1.01f;
            check_row(checks, &s, z, value, gradient);
            assert_false(explain_check_is_met(&checks[i_net ? 3 : 1]));
            assert_false(explain_check_is_met(&checks[2]));
        }
    free(reference);
    free(z);
    scene_release(&s);
}

static void a_wrong_slope_is_caught(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    explain_check checks[N_GRADIENT_CHECKS];
    float *z = draw(Z, 4), gradient[Z];
    float leak = s.x.net[NET_G]->layers[0].f.parameter;
    s.x.net[NET_G]->layers[0].f.parameter = 0.0f;
    float value = value_at_z(&s, z, gradient, NULL);
    s.x.net[NET_G]->layers[0].f.parameter = leak;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    assert_false(explain_check_is_met(&checks[2]));
    value = value_at_z(&s, z, gradient, NULL);
    gradient[3] = -gradient[3]; /* a sign alone */
    check_row(checks, &s, z, value, gradient);
    assert_true(explain_check_is_met(&checks[0]));
    assert_false(explain_check_is_met(&checks[1]));
    assert_false(explain_check_is_met(&checks[2]));
    check_row(checks, &s, z, value + 10.0f * (1.0f + fabsf(value)), gradient);
    assert_false(explain_check_is_met(&checks[0]));
    error e = {0};
    assert_int_equal(explain_check_judge(&checks[0], &e), -1);
    assert_int_equal(e.status, STATUS_CHECK_FAILED);
    assert_non_null(strstr(e.message, "value_against_double"));
    free(z);
    scene_release(&s);
}

/* The checks of handed-out numbers that are `factor` times what they should be. */
static void check_times(explain_check checks[N_GRADIENT_CHECKS], scene *s, const float *z,
                        float value_factor, float z_factor, float x_factor)
{
    float gradient[Z], pixels[N_PIXELS], value = value_at_z(s, z, gradient, pixels) * value_factor;
    for (size_t k = 0; k < s->x.z_dim; k++)
        gradient[k] *= z_factor;
    for (size_t i = 0; i < N_PIXELS; i++)
        pixels[i] *= x_factor;
    explained_rows r = {
        .n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
    assert_int_equal(explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, NULL),
                     N_GRADIENT_CHECKS);
}

static void a_doubled_gradient_by_the_pixels_is_caught_under_either_name(void **state)
{
    (void)state;
    static const char *const words[] = {
        "logit",     "gen", "rec:a.png", "loss:a.png", "region:4,4,10,12",
        "pixel:9,9", "ink", "unit:3,2"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        explain_check checks[N_GRADIENT_CHECKS];
        aim_at(&s, comparing(words[i], reference));
        check_times(checks, &s, z, 1, 1, 1);
        assert_true(are_met(checks));
        check_times(checks, &s, z, 1, 1, 2);
        assert_false(explain_check_is_met(&checks[3]));
        assert_string_equal(checks[3].name,
                            i < 4 ? "gradient_x_against_double" : "d_gradient_x_against_double");
    }
    free(reference);
    free(z);
    scene_release(&s);
}

/* G's last layer as it is packed, which the float path reads and the twin does not. */
static void scale_last_layer(scene *s, float factor)
{
    const network *g = s->x.net[NET_G];
    matrix w = g->layers[g->n_layers - 1].weight;
    packed_matrix *packed = &s->x.packed[NET_G].to_output[g->n_layers - 1];
    float *scaled = allocate(w.rows * w.cols, sizeof *scaled);
    for (size_t k = 0; k < w.rows * w.cols; k++)
        scaled[k] = w.data[k] * factor;
    packed_matrix_release(packed);
    packed_matrix_init(packed, matrix_view(scaled, w.rows, w.cols), TRANSPOSED);
    free(scaled);
}

/* Of the Jacobian that comes of a last layer `factor` times its own. */
static explain_check check_jacobian_times(scene *s, const float *z, float factor)
{
    float gradient[Z], value = value_at_z(s, z, gradient, NULL);
    jacobian_probe *p = jacobian_probe_create(&s->x, 3);
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    explain_check checks[N_GRADIENT_CHECKS];
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, p);
    scale_last_layer(s, factor);
    explain_jacobian(&s->x, &s->w, 0, &(wanted_jacobian){.probe = p});
    scale_last_layer(s, 1);
    explain_check c = explain_check_jacobian(&s->x, &s->w, 0, p);
    jacobian_probe_free(p);
    return c;
}

static void a_wrong_jacobian_is_caught_whatever_the_target(void **state)
{
    (void)state;
    static const char *const words[] = {"logit", "pixel:9,9", "ink", "rec:a.png", "unit:3,2"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        aim_at(&s, comparing(words[i], reference));
        explain_check right = check_jacobian_times(&s, z, 1.0f);
        explain_check wrong = check_jacobian_times(&s, z, -3.0f);
        explain_check a_little = check_jacobian_times(&s, z, 1.01f);
        assert_true(explain_check_is_met(&right));
        assert_false(explain_check_is_met(&wrong));
        assert_false(explain_check_is_met(&a_little));
        assert_string_equal(right.name, "jacobian_against_double");
    }
    free(reference);
    free(z);
    scene_release(&s);
}

/* Of what moves with the target, `factor` times as long as it is. */
static explain_check check_along_times(scene *s, const float *z, float factor)
{
    float gradient[Z], direction[Z], along[N_PIXELS];
    float value = value_at_z(s, z, gradient, NULL);
    jacobian_probe *p = jacobian_probe_create(&s->x, 3);
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    explain_check checks[N_GRADIENT_CHECKS];
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, p);
    for (size_t k = 0; k < Z; k++)
        direction[k] = (float)((double)gradient[k] / norm(gradient, Z));
    explain_jacobian(&s->x, &s->w, 0, &(wanted_jacobian){.direction = direction, .along = along});
    for (size_t i = 0; i < N_PIXELS; i++)
        along[i] *= factor;
    explain_check c = explain_check_along(&s->x, &s->w, 0, p, gradient, along);
    jacobian_probe_free(p);
    return c;
}

static void what_moves_with_a_target_one_percent_off_is_caught(void **state)
{
    (void)state;
    static const char *const words[] = {"pixel:9,9", "region:4,4,10,12", "ink", "unit:3,2"};
    float *z = draw(Z, 4);
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        static const float factors[] = {1, 1.01f, 0.99f, -1, 0, NAN};
        aim(&s, words[i]);
        for (size_t k = 0; k < sizeof factors / sizeof *factors; k++) {
            explain_check c = check_along_times(&s, z, factors[k]);
            assert_true(explain_check_is_met(&c) == (k == 0));
        }
    }
    free(z);
    scene_release(&s);
}

/* Pixel 0 is 2 z0: what its value is added up from is three times as large. */
static void a_value_one_percent_off_is_caught(void **state)
{
    (void)state;
    scene s = scene_of("784", NULL, 1);
    explain_check checks[N_GRADIENT_CHECKS];
    float z = 1.5f, gradient;
    s.g.layers[0].weight.data[0] = 2.0f;
    aim(&s, "pixel:0,0");
    float value = value_at_z(&s, &z, &gradient, NULL);
    check_row(checks, &s, &z, value, &gradient);
    assert_true(are_met(checks));
    check_row(checks, &s, &z, value * 1.01f, &gradient);
    assert_false(explain_check_is_met(&checks[0]));
    scene_release(&s);
}

static void checks_that_are_not_a_number_are_not_met(void **state)
{
    (void)state;
    assert_false(explain_check_is_met(&(explain_check){.value = (double)NAN, .tolerance = 1}));
    assert_false(explain_check_is_met(&(explain_check){.value = (double)INFINITY, .tolerance = 1}));
    assert_true(explain_check_is_met(&(explain_check){.value = 1, .tolerance = 1}));
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explain_check checks[N_GRADIENT_CHECKS];
    check_times(checks, &s, z, (float)NAN, (float)NAN, (float)NAN);
    for (size_t i = 0; i < N_GRADIENT_CHECKS; i++)
        assert_false(explain_check_is_met(&checks[i]));
    free(z);
    scene_release(&s);
}

/* One that D's last layer makes 1e-24 times as large. */
static void a_tiny_gradient_one_percent_off_is_caught(void **state)
{
    (void)state;
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    explain_check checks[N_GRADIENT_CHECKS];
    layer *last = &s.d.layers[1];
    for (size_t i = 0; i < last->n_in; i++)
        last->weight.data[i] *= 1e-24f;
    aim(&s, "logit");
    check_times(checks, &s, z, 1, 1, 1);
    assert_true(are_met(checks));
    check_times(checks, &s, z, 1, 1.01f, 1);
    assert_false(explain_check_is_met(&checks[1]));
    check_times(checks, &s, z, 1, 1.01f, 1.01f);
    assert_false(explain_check_is_met(&checks[3]));
    free(z);
    scene_release(&s);
}

static void a_kink_inside_the_step_makes_the_step_smaller(void **state)
{
    (void)state;
    static const float biases[] = {1e-5f, -1e-5f, 1e-6f, -1e-6f};
    for (size_t i = 0; i < 4; i++) {
        scene s = kinked_scene(biases[i]);
        float z[2] = {0}, gradient[2];
        explain_check checks[N_GRADIENT_CHECKS];
        float value = value_at_z(&s, z, gradient, NULL);
        check_row(checks, &s, z, value, gradient);
        assert_true(are_met(checks));
        assert_int_equal(checks[2].n_left_out, 0);
        scene_release(&s);
    }
}

static void directions_with_a_kink_in_every_step_are_counted_and_left_out(void **state)
{
    (void)state;
    scene s = kinked_scene(0.0f);
    float z[2] = {0}, gradient[2];
    explain_check checks[N_GRADIENT_CHECKS];
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    assert_int_equal(checks[2].n_left_out, N_DIRECTIONS);
    assert_int_equal(checks[2].n_samples, N_DIRECTIONS);
    scene_release(&s);
}

/* As if rounding had put float's unit above its kink and the twin's below. */
static void a_kink_within_rounding_is_no_error_but_one_beyond_is(void **state)
{
    (void)state;
    scene s = kinked_scene(1e-7f);
    float z[2] = {0}, gradient[2];
    explain_check checks[N_GRADIENT_CHECKS];
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_int_equal(checks[1].n_left_out, 0); /* both stand on one side */
    s.x.net[NET_G]->layers[0].bias[0] = -1e-7f;
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    assert_int_equal(checks[1].n_left_out, 1);
    s.x.net[NET_G]->layers[0].bias[0] = -1e-3f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    assert_int_equal(checks[1].n_left_out, 0);
    scene_release(&s);
}

static void a_saturated_pixel_is_no_error(void **state)
{
    (void)state;
    for (float depth = 5.0f; depth < 100.0f; depth *= 1.1f) {
        scene s = trained_scene(NULL);
        for (size_t k = 0; k < N_PIXELS; k++)
            s.g.layers[2].bias[k] = k % 2 ? depth : -depth;
        static const char *const words[] = {"pixel:0,0", "pixel:0,1", "region:0,0,1,1", "logit"};
        for (size_t t = 0; t < 4; t++) {
            float *z = draw(Z, 4), gradient[Z];
            explain_check checks[N_GRADIENT_CHECKS];
            aim(&s, words[t]);
            float value = value_at_z(&s, z, gradient, NULL);
            check_row(checks, &s, z, value, gradient);
            if (!are_met(checks))
                fail_msg("%s at depth %g", words[t], (double)depth);
            free(z);
        }
        scene_release(&s);
    }
}

/* The pixel's sum of products is all but what its bias takes away. */
static void a_pixel_near_zero_is_no_error(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        float *z = draw(Z, 100 + seed), gradient[Z];
        scene s = trained_scene("pixel:9,9");
        explain_check checks[N_GRADIENT_CHECKS];
        float *bias = &s.x.net[NET_G]->layers[2].bias[9 * PICTURE_COLS + 9];
        *bias -= atanhf(value_at_z(&s, z, gradient, NULL));
        float value = value_at_z(&s, z, gradient, NULL);
        assert_true(fabsf(value) < 1e-5f);
        check_row(checks, &s, z, value, gradient);
        assert_true(are_met(checks));
        free(z);
        scene_release(&s);
    }
}

/* Sixty sigmoids let next to nothing of the picture through: the logit is its last bias and what
 * comes to it at half height, which all but cancel. */
static void a_logit_near_zero_behind_sixty_sigmoids_is_no_error(void **state)
{
    (void)state;
    text spec = {0};
    for (size_t i = 0; i < 59; i++)
        text_add(&spec, "4:sigmoid,");
    text_add(&spec, "1");
    scene s = scene_of("8:lrelu,784:tanh", spec.data, Z);
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    for (uint64_t seed = 0; seed < 5; seed++) {
        float *z = draw(Z, 100 + seed), gradient[Z];
        explain_check checks[N_GRADIENT_CHECKS];
        s.x.net[NET_CRITIC]->layers[59].bias[0] -= value_at_z(&s, z, gradient, NULL);
        float value = value_at_z(&s, z, gradient, NULL);
        check_row(checks, &s, z, value, gradient);
        assert_true(are_met(checks));
        free(z);
    }
    text_release(&spec);
    scene_release(&s);
}

/* One hidden unit a layer carries z0 on; the second layer's is 0 up to what two layers round. */
static void what_rounding_moves_over_a_kink_grows_with_the_depth(void **state)
{
    (void)state;
    static const float bias[] = {1.5e-5f, 2.5e-5f};
    for (size_t i = 0; i < 2; i++) {
        scene s = scene_of("2,2:lrelu=0.3,784", NULL, 2);
        for (size_t l = 0; l < 2; l++)
            s.g.layers[l].weight.data[0] = s.g.layers[l].weight.data[3] = 1.0f;
        s.g.layers[1].bias[0] = bias[i];
        s.g.layers[1].bias[1] = 1.0f;
        for (size_t k = 0; k < 2 * N_PIXELS; k++)
            s.g.layers[2].weight.data[k] = 0.01f;
        aim(&s, "ink");
        float z[2] = {0}, gradient[2];
        explain_check checks[N_GRADIENT_CHECKS];
        float value = value_at_z(&s, z, gradient, NULL);
        s.x.net[NET_G]->layers[1].bias[0] = -bias[i];
        check_row(checks, &s, z, value, gradient);
        assert_int_equal(checks[1].n_left_out, i == 0);
        assert_int_equal(explain_check_is_met(&checks[1]), i == 0);
        scene_release(&s);
    }
}

/* Half a step of 8 bits away from what each pixel is. */
/* D's first unit stands behind two layers of G. */
static void what_rounding_moves_over_a_kink_of_d_grows_with_g(void **state)
{
    (void)state;
    static const float bias[] = {2.5e-5f, 3.5e-5f};
    for (size_t i = 0; i < 2; i++) {
        scene s = scene_of("2,784", "2:lrelu=0.3,1", 2);
        for (size_t k = 0; k < 4; k += 3) /* all is z, and unit 1 that and 1 */
            s.g.layers[0].weight.data[k] = s.g.layers[1].weight.data[k] = 1;
        s.d.layers[0].weight.data[0] = s.d.layers[0].weight.data[N_PIXELS + 1] = 1;
        s.d.layers[0].bias[0] = bias[i];
        s.d.layers[0].bias[1] = 1;
        s.d.layers[1].weight.data[0] = s.d.layers[1].weight.data[1] = 1;
        aim(&s, "logit");
        float z[2] = {0}, gradient[2], pixels[N_PIXELS];
        float value = value_at_z(&s, z, gradient, pixels);
        explain_check checks[N_GRADIENT_CHECKS];
        explained_rows r = {
            .n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
        s.x.net[NET_CRITIC]->layers[0].bias[0] = -bias[i];
        explain_check_gradient(checks, &s.x, &s.w, &r, 0, 5, NULL);
        assert_int_equal(checks[3].n_left_out, i == 0);
        assert_int_equal(explain_check_is_met(&checks[3]), i == 0);
        scene_release(&s);
    }
}

static void quantise(float *reference, const float *x)
{
    for (size_t i = 0; i < N_PIXELS; i++)
        reference[i] = roundf((x[i] + 1) * 127.5f) / 127.5f - 1;
}

static void a_gradient_one_percent_off_is_caught_at_its_own_png(void **state)
{
    (void)state;
    float reference[N_PIXELS];
    scene s = trained_scene("ink");
    for (uint64_t seed = 0; seed < 10; seed++) {
        float *z = draw(Z, 100 + seed);
        explain_check checks[N_GRADIENT_CHECKS];
        aim(&s, "ink");
        explanation a = explained(&s, z, 1);
        quantise(reference, array_of(&a, "x"));
        aim_at(&s, comparing("rec:a.png", reference));
        check_times(checks, &s, z, 1, 1, 1);
        assert_true(are_met(checks));
        check_times(checks, &s, z, 1, 1.01f, 1); /* behind the pixels */
        assert_false(explain_check_is_met(&checks[1]));
        check_times(checks, &s, z, 1, 1.01f, 1.01f); /* before them */
        assert_false(explain_check_is_met(&checks[3]));
        explanation_release(&a);
        free(z);
    }
    scene_release(&s);
}

/* The logit is pixel 0 less pixel 1, whose weights are the same but for float's last digits. */
/* At logits of 9 and more, where G's loss has hardly any slope left. */
static void a_gradient_one_percent_off_is_caught_where_d_is_sure(void **state)
{
    (void)state;
    scene s = trained_scene(NULL);
    explain_check checks[N_GRADIENT_CHECKS];
    s.d.layers[1].bias[0] += 12;
    aim(&s, "gen");
    for (uint64_t seed = 0; seed < 5; seed++) {
        float *z = draw(Z, 100 + seed);
        assert_true(value_at_z(&s, z, NULL, NULL) < 1e-3f);
        check_times(checks, &s, z, 1, 1, 1);
        assert_true(are_met(checks));
        check_times(checks, &s, z, 1, 1.01f, 1);
        assert_false(explain_check_is_met(&checks[1]));
        check_times(checks, &s, z, 1, 1.01f, 1.01f);
        assert_false(explain_check_is_met(&checks[3]));
        free(z);
    }
    scene_release(&s);
}

static void terms_that_cancel_behind_the_pixels_are_no_error_but_a_wrong_one_is(void **state)
{
    (void)state;
    scene s = scene_of("64:lrelu=0.3,784", "1", Z);
    fill_trained(&s.g, 1);
    s.d.layers[0].weight.data[0] = 0.7f;
    s.d.layers[0].weight.data[1] = -0.7f;
    float *w = s.g.layers[1].weight.data;
    for (size_t k = 0; k < 64; k++)
        w[64 + k] = w[k] * (k % 2 ? 1 + 1e-7f : 1 - 1e-7f);
    aim(&s, "logit");
    for (uint64_t seed = 0; seed < 20; seed++) {
        float *z = draw(Z, 100 + seed), gradient[Z];
        explain_check checks[N_GRADIENT_CHECKS];
        float value = value_at_z(&s, z, gradient, NULL);
        check_row(checks, &s, z, value, gradient);
        assert_true(are_met(checks));
        gradient[seed % Z] += 3e-5f; /* the terms are near 1 */
        check_row(checks, &s, z, value, gradient);
        assert_false(explain_check_is_met(&checks[1]));
        free(z);
    }
    scene_release(&s);
}

/* Large weights, then small ones: forward all is well, but backward the product of the small ones
 * is 10.5 steps of the smallest float. */
static scene underflowing_scene(void)
{
    scene s = scene_of("1,1,784", "1", 1);
    s.g.layers[0].weight.data[0] = 1e37f;
    s.g.layers[1].weight.data[0] = 10.5f * 0x1p-89f;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[2].weight.data[i] = i == 87 ? 0x1p-60f : 0;
    s.d.layers[0].weight.data[87] = 1.0f;
    return s;
}

static void a_gradient_that_underflows_is_caught_where_the_value_is_right(void **state)
{
    (void)state;
    scene s = underflowing_scene();
    explain_check checks[N_GRADIENT_CHECKS];
    float z = 1.5f, gradient;
    aim(&s, "pixel:3,3");
    float value = value_at_z(&s, &z, &gradient, NULL);
    check_row(checks, &s, &z, value, &gradient);
    assert_true(explain_check_is_met(&checks[0]));
    assert_false(explain_check_is_met(&checks[1]));
    assert_false(explain_check_is_met(&checks[2]));
    scene_release(&s);
}

/* 10.5 steps are 10 or 11, twice as many 21. */
static void parts_that_do_not_add_up_are_caught(void **state)
{
    (void)state;
    scene s = underflowing_scene();
    float z = 1.5f, reference[N_PIXELS] = {0};
    explain_target t = comparing("loss:a.png", reference);
    error e = {0};
    t.lambda = -2.0; /* gen's slope is -1/2 at a logit of 0 */
    reference[87] = -(float)N_PIXELS / 2;
    aim_at(&s, t);
    explanation a = explained(&s, &z, 1);
    const explain_check *c = &a.checks[a.n_checks - 1];
    assert_string_equal(c->name, "parts_add_up");
    assert_false(explain_check_is_met(c));
    assert_close(&c->value, &(double){1 / sqrt(200)}, 1, 1e-6, 0); /* both are 10 */
    assert_int_equal(explanation_judge(&a, &e), -1);
    assert_int_equal(e.status, STATUS_CHECK_FAILED);
    explanation_release(&a);
    scene_release(&s);
}

/* Where rec is all but zero its gradient's terms cancel: few digits are left, and that is no error.
 */
static void a_z_at_its_minimum_is_no_error_but_a_wrong_weight_there_is(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), gradient[Z];
    explanation a = explained(&s, z, 1);
    float reference[N_PIXELS];
    explain_check checks[N_GRADIENT_CHECKS];
    for (size_t i = 0; i < N_PIXELS; i++)
        reference[i] = array_of(&a, "x")[i] * (1 + (i % 3 ? 3e-7f : 0));
    aim_at(&s, comparing("rec:a.png", reference));
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    matrix w = s.x.net[NET_G]->layers[1].weight;
    for (size_t k = 0; k < w.rows * w.cols; k++)
        w.data[k] *= 1.01f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_zero_gradient_is_met_and_its_maps_are_nowhere(void **state)
{
    (void)state;
    scene s = scene_of("784:tanh", "1", 4);
    float z[4] = {1, 2, 3, 4};
    aim(&s, "logit");
    explanation a = explained(&s, z, 2);
    error e = {0};
    assert_int_equal(explanation_judge(&a, &e), 0);
    json_t *numbers = explanation_numbers(&a, &s.x, NULL, 2);
    const json_t *arrays = json_object_get(numbers, "arrays");
    assert_true(json_is_null(json_object_get(json_object_get(arrays, "sensitivity"), "where")));
    assert_true(find_place(array_of(&a, "sensitivity"), &a.strokes).is_zero);
    json_decref(numbers);
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_not_finite_is_named(void **state)
{
    (void)state;
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4), gradient[Z], pixels[N_PIXELS];
    error e = {0};
    s.g.layers[1].weight.data[3] = NAN;
    aim(&s, "logit");
    explanation a = explained(&s, z, 3);
    assert_int_equal(explanation_judge(&a, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_non_null(strstr(e.message, "'x'"));
    json_t *numbers = explanation_numbers(&a, &s.x, NULL, 2);
    char *words = json_dumps(numbers, 0);
    assert_non_null(words); /* no NaN in JSON */
    free(words);
    json_decref(numbers);
    explanation_release(&a);
    float value = value_at_z(&s, z, gradient, pixels);
    explained_rows r = {
        .n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
    assert_int_equal(explained_rows_not_finite(&r, &s.x), 0);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(weights_one_percent_off_are_caught_wherever_they_are),
        cmocka_unit_test(a_wrong_slope_is_caught),
        cmocka_unit_test(a_doubled_gradient_by_the_pixels_is_caught_under_either_name),
        cmocka_unit_test(a_wrong_jacobian_is_caught_whatever_the_target),
        cmocka_unit_test(what_moves_with_a_target_one_percent_off_is_caught),
        cmocka_unit_test(a_value_one_percent_off_is_caught),
        cmocka_unit_test(checks_that_are_not_a_number_are_not_met),
        cmocka_unit_test(a_tiny_gradient_one_percent_off_is_caught),
        cmocka_unit_test(a_kink_inside_the_step_makes_the_step_smaller),
        cmocka_unit_test(directions_with_a_kink_in_every_step_are_counted_and_left_out),
        cmocka_unit_test(a_kink_within_rounding_is_no_error_but_one_beyond_is),
        cmocka_unit_test(a_saturated_pixel_is_no_error),
        cmocka_unit_test(a_pixel_near_zero_is_no_error),
        cmocka_unit_test(a_logit_near_zero_behind_sixty_sigmoids_is_no_error),
        cmocka_unit_test(what_rounding_moves_over_a_kink_grows_with_the_depth),
        cmocka_unit_test(what_rounding_moves_over_a_kink_of_d_grows_with_g),
        cmocka_unit_test(a_gradient_one_percent_off_is_caught_at_its_own_png),
        cmocka_unit_test(a_gradient_one_percent_off_is_caught_where_d_is_sure),
        cmocka_unit_test(terms_that_cancel_behind_the_pixels_are_no_error_but_a_wrong_one_is),
        cmocka_unit_test(a_gradient_that_underflows_is_caught_where_the_value_is_right),
        cmocka_unit_test(parts_that_do_not_add_up_are_caught),
        cmocka_unit_test(a_z_at_its_minimum_is_no_error_but_a_wrong_weight_there_is),
        cmocka_unit_test(a_zero_gradient_is_met_and_its_maps_are_nowhere),
        cmocka_unit_test(what_is_not_finite_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
