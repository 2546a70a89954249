/* SPDX-License-Identifier: MIT */
/* explain: targets and gradients on nets solved by hand, against the double twin and against PyTorch;
 * what the checks catch and what they must not take for an error; what is said of the numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char g_spec[] = "24:bn=1e-3:lrelu=0.3,17:relu,784:tanh", d_spec[] = "19:lrelu=0.2,1";
enum { Z = 9 };

/* ---- A pair of nets, a target, room ----------------------------------------------------------------- */

typedef struct {
    network g, d;
    bool has_d;
    explain_target target;
    explainer x;
    explain_workspace w;
} scene;

static explain_target target_of(const char *words)
{
    explain_target t;
    error e = {0};
    if (explain_target_read(&t, words, &e))
        fail_msg("%s", e.message);
    return t;
}

/* Opens the nets that s holds for t; may be called again for another target. */
static void aim_at(scene *s, explain_target t)
{
    error e = {0};
    explain_workspace_release(&s->w);
    explainer_release(&s->x);
    s->target = t;
    if (explainer_init(&s->x, &s->g, s->has_d ? &s->d : NULL, &t, &e))
        fail_msg("%s", e.message);
    explain_workspace_init(&s->w, &s->x);
}

static void aim(scene *s, const char *words) { aim_at(s, target_of(words)); }

static scene scene_of(const char *g, const char *d, size_t z_dim)
{
    scene s = {.g = network_of(g, z_dim), .has_d = d != NULL};
    if (d)
        s.d = network_of(d, N_PIXELS);
    return s;
}

static scene trained_scene(const char *words)
{
    scene s = scene_of(g_spec, d_spec, Z);
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    if (words)
        aim(&s, words);
    return s;
}

static void scene_release(scene *s)
{
    explain_workspace_release(&s->w);
    explainer_release(&s->x);
    network_release(&s->g);
    network_release(&s->d);
}

/* One row, explained in a region as the programs do it. */
typedef struct {
    scene *s;
    explained_rows rows;
} one_row;

static void run_one_row(size_t i, size_t thread, void *context)
{
    one_row *o = context;
    (void)i, (void)thread;
    explain_rows(&o->s->x, &o->s->w, &o->rows);
}

static float value_at_z(scene *s, const float *z, float *gradient_z, float *gradient_x)
{
    float value;
    one_row o = {s, {.n = 1, .z = z, .value = &value, .gradient_z = gradient_z, .gradient_x = gradient_x}};
    parallel_for(1, run_one_row, &o);
    return value;
}

/* The method `gradient` at z; released by the caller. */
static explanation explained(scene *s, const float *z, size_t n_top)
{
    const explain_method **methods;
    explanation a;
    error e = {0};
    size_t n = explain_methods_choose(&methods, "all");
    explain_request q = {.n_top = n_top, .wants_jacobian = true, .probe = 3};
    if (explain(&a, &s->x, &s->w, z, &q, methods, n, &e))
        fail_msg("%s", e.message);
    free(methods);
    return a;
}

static const float *array_of(const explanation *a, const char *name)
{
    const named_array *v = explanation_find(a, name);
    if (!v)
        fail_msg("no array %s", name);
    return v->data;
}

/* The checks of one row whose float results are there already. */
static void check_row(explain_check checks[N_GRADIENT_CHECKS], scene *s, const float *z, float value,
                      float *gradient)
{
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5);
}

static bool are_met(const explain_check checks[N_GRADIENT_CHECKS])
{
    for (size_t i = 0; i < N_GRADIENT_CHECKS; i++)
        if (!explain_check_is_met(&checks[i])) {
            print_message("# %s: %g\n", checks[i].name, checks[i].value);
            return false;
        }
    return true;
}

static size_t find_constant(float *reference, const float *x, const void *context)
{
    (void)x;
    memcpy(reference, context, N_PIXELS * sizeof *reference);
    return 7;
}

static explain_target comparing(const char *words, const float *reference)
{
    explain_target t = target_of(words);
    t.find_reference = find_constant;
    t.context = reference;
    return t;
}

/* ---- Words ------------------------------------------------------------------------------------------ */

static void targets_are_read_and_malformed_ones_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "pixel", "pixel:", "pixel:1", "pixel:1,2,3", "pixel:28,0", "pixel:0,28", "pixel:-1,0",
        "pixel: 1,2", "pixel:1,2 ", "pixel:1,,2", "pixel:99999999999999999999,0", "region:4,4,3,9",
        "region:4,4,10,28", "region:1,2,3", "ink:1", "logit:", "Logit", "rec", "rec:", "loss", "unit:1",
        "unit:1,x", "class:3", "ink ", "unit:0x1,2"};
    error e;
    explain_target t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (error){0};
        if (explain_target_read(&t, bad[i], &e) == 0 || e.status != STATUS_USAGE)
            fail_msg("'%s' was taken", bad[i]);
    }
    t = target_of("region:4,5,10,12");
    assert_int_equal(t.kind, TARGET_REGION);
    assert_true(t.top == 4 && t.left == 5 && t.bottom == 10 && t.right == 12);
    t = target_of("pixel:3,27");
    assert_true(t.top == 3 && t.bottom == 3 && t.left == 27 && t.right == 27);
    t = target_of("unit:6,783");
    assert_true(t.layer_index == 6 && t.unit == 783);
    assert_string_equal(target_of("loss:nearest").picture, "nearest");
}

static void target_words_of_artefacts_hold_no_folder(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"rec:/home/a/b.png", "rec:b.png"},
                                           {"loss:../x.png", "loss:x.png"},
                                           {"rec:nearest", "rec:nearest"},
                                           {"pixel:1,2", "pixel:1,2"}};
    for (size_t i = 0; i < 4; i++) {
        explain_target t = target_of(cases[i][0]);
        char *words = explain_target_words(&t, cases[i][0]);
        assert_string_equal(words, cases[i][1]);
        free(words);
    }
}

static void method_names_are_those_of_the_table(void **state)
{
    (void)state;
    text names = {0};
    const explain_method **chosen;
    for (const explain_method *m = explain_methods; m->name; m++)
        text_add(&names, "%s%s", names.length ? "|" : "", m->name);
    assert_string_equal(names.data, EXPLAIN_METHOD_NAMES);
    text_release(&names);
    assert_int_equal(explain_methods_choose(&chosen, "gradient,gradient"), 1);
    free(chosen);
    assert_int_equal(explain_methods_choose(&chosen, "grad,gradients"), 0);
    free(chosen);
}

/* ---- A linear pair, by hand --------------------------------------------------------------------------- */

/* x = W z + b with a few entries, logit = v x + 1. */
static scene linear_scene(void)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0 * 3 + 0] = 2.0f;   /* pixel 0,0 = 2 z0 - z2 + 0.5 */
    w[0 * 3 + 2] = -1.0f;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3.0f; /* pixel 1,1 = 3 z1 */
    w[783 * 3 + 2] = 4.0f; /* pixel 27,27 = 4 z2 */
    v[0] = -1.0f;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1.0f;
    return s;
}

static const float hand_z[3] = {1.0f, 2.0f, -0.5f}; /* pixels 3, 6, -2; logit -3 + 3 + 1 = 1 */

static void linear_targets_have_the_values_and_gradients_worked_out_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        float value, gradient[3];
    } cases[] = {{"logit", 1.0f, {-2.0f, 1.5f, 1.0f}},
                 {"pixel:0,0", 3.0f, {2.0f, 0.0f, -1.0f}},
                 {"pixel:1,1", 6.0f, {0.0f, 3.0f, 0.0f}},
                 {"region:0,0,1,1", 9.0f / 4, {0.5f, 0.75f, -0.25f}},
                 {"ink", 7.0f, {2.0f, 3.0f, 3.0f}},
                 {"unit:0,783", -2.0f, {0.0f, 0.0f, 4.0f}}};
    scene s = linear_scene();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float gradient[3];
        explain_check checks[N_GRADIENT_CHECKS];
        aim(&s, cases[i].target);
        float value = value_at_z(&s, hand_z, gradient, NULL);
        assert_true(value == cases[i].value);
        assert_memory_equal(gradient, cases[i].gradient, sizeof gradient); /* exact in floats */
        check_row(checks, &s, hand_z, value, gradient);
        assert_true(are_met(checks));
    }
    scene_release(&s);
}

static void losses_are_those_worked_out_by_hand_and_their_parts_add_up(void **state)
{
    (void)state;
    float reference[N_PIXELS] = {0}, e = expf(-1.0f), gen = log1pf(e), d_gen = -e / (1 + e);
    reference[0] = 1.0f; /* distances 2, 6, -2 */
    scene s = linear_scene();
    aim(&s, "gen");
    assert_close(&(float){value_at_z(&s, hand_z, NULL, NULL)}, &gen, 1, 1e-6, 0);
    aim_at(&s, comparing("rec:x.png", reference));
    float rec = value_at_z(&s, hand_z, NULL, NULL), want = 44.0f / 784;
    assert_close(&rec, &want, 1, 1e-6, 0);

    explain_target t = comparing("loss:x.png", reference);
    t.lambda = 0.25;
    aim_at(&s, t);
    explanation a = explained(&s, hand_z, 3);
    float loss = want + 0.25f * gen, scale = 2.0f / 784;
    float of_rec[3] = {scale * 2 * 2, scale * 6 * 3, scale * (2 * -1 - 2 * 4)};
    float of_gen[3] = {0.25f * d_gen * -2, 0.25f * d_gen * 1.5f, 0.25f * d_gen};
    float sums[3];
    for (size_t k = 0; k < 3; k++)
        sums[k] = of_rec[k] + of_gen[k];
    assert_close(array_of(&a, "target"), &loss, 1, 1e-6, 0);
    assert_close(array_of(&a, "target_rec"), &want, 1, 1e-6, 0);
    assert_close(array_of(&a, "target_gen"), &(float){0.25f * gen}, 1, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z_rec"), of_rec, 3, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z_gen"), of_gen, 3, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z"), sums, 3, 1e-6, 0);
    error none = {0};
    assert_int_equal(explanation_judge(&a, &none), 0);
    assert_int_equal(a.n_checks, N_GRADIENT_CHECKS + 1);
    explanation_release(&a);
    scene_release(&s);
}

static void the_jacobian_of_a_linear_generator_is_its_weights(void **state)
{
    (void)state;
    scene s = linear_scene();
    float norms[N_PIXELS] = {0};
    norms[0] = sqrtf(5.0f), norms[29] = 3.0f, norms[783] = 4.0f;
    aim(&s, "ink");
    explanation a = explained(&s, hand_z, 32);
    assert_memory_equal(array_of(&a, "jacobian"), s.g.layers[0].weight.data,
                        3 * N_PIXELS * sizeof(float));
    assert_close(array_of(&a, "sensitivity"), norms, N_PIXELS, 1e-6, 0);
    assert_int_equal(a.n_top, 3); /* z_dim is smaller than what was asked for */
    explanation_release(&a);
    scene_release(&s);
}

static void equally_strong_components_come_by_index(void **state)
{
    (void)state;
    static const float column[6] = {1.0f, -3.0f, 3.0f, 0.0f, 1.0f, 3.0f};
    static const size_t order[6] = {1, 2, 5, 0, 4, 3};
    scene s = scene_of("784", NULL, 6);
    memcpy(s.g.layers[0].weight.data, column, sizeof column);
    aim(&s, "ink");
    for (size_t n = 1; n <= 6; n++) {
        explanation a = explained(&s, column, n);
        assert_int_equal(a.n_top, n);
        assert_memory_equal(a.top, order, n * sizeof *order);
        explanation_release(&a);
    }
    scene_release(&s);
}

/* ---- Relations ------------------------------------------------------------------------------------------ */

static void regions_pixels_and_ink_agree(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), all[Z], mean[Z], sums[Z] = {0}, one[Z], two[Z];
    float ink = value_at_z(&s, z, all, NULL);
    aim(&s, "region:0,0,27,27");
    float whole = value_at_z(&s, z, mean, NULL);
    assert_close(&(float){whole * N_PIXELS}, &ink, 1, 1e-5, 0);
    for (size_t k = 0; k < Z; k++)
        mean[k] *= N_PIXELS;
    assert_close_by_norm(mean, all, Z, 1e-5);
    aim(&s, "region:9,4,10,4");
    float both = value_at_z(&s, z, two, NULL), value = 0;
    static const char *const pixels[] = {"pixel:9,4", "pixel:10,4"};
    for (size_t i = 0; i < 2; i++) {
        aim(&s, pixels[i]);
        value += value_at_z(&s, z, one, NULL) / 2;
        for (size_t k = 0; k < Z; k++)
            sums[k] += one[k] / 2;
    }
    assert_close(&value, &both, 1, 1e-6, 0);
    assert_close_by_norm(sums, two, Z, 1e-6);
    free(z);
    scene_release(&s);
}

static void the_jacobian_is_what_backward_passes_of_pixels_say(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), gradient[Z], columns[Z], norms[N_PIXELS];
    explanation a = explained(&s, z, Z);
    const float *jacobian = array_of(&a, "jacobian"), *top = array_of(&a, "top_columns");
    for (size_t i = 0; i < N_PIXELS; i++)
        norms[i] = (float)norm(jacobian + i * Z, Z);
    assert_close(array_of(&a, "sensitivity"), norms, N_PIXELS, 1e-6, 0);
    for (size_t k = 0; k < Z; k++) {
        double total = 0;
        for (size_t i = 0; i < N_PIXELS; i++) {
            total += (double)jacobian[i * Z + a.top[k]];
            assert_true(top[k * N_PIXELS + i] == jacobian[i * Z + a.top[k]]);
        }
        columns[a.top[k]] = (float)total;
    }
    assert_close_by_norm(columns, array_of(&a, "gradient_z"), Z, 1e-5);
    for (size_t i = 0; i < N_PIXELS; i += 97) {
        char words[32];
        snprintf(words, sizeof words, "pixel:%zu,%zu", i / PICTURE_COLS, i % PICTURE_COLS);
        aim(&s, words);
        value_at_z(&s, z, gradient, NULL);
        assert_close_by_norm(gradient, jacobian + i * Z, Z, 1e-5);
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Unit 3 of the first layer by its definition: gamma (w z - mean) / sqrt(var + eps) + beta. */
static void a_unit_is_its_pre_activation_under_either_index_of_its_layer(void **state)
{
    (void)state;
    static const char *const words[] = {"unit:0,3", "unit:1,3"};
    scene s = trained_scene(NULL);
    const layer *l = &s.g.layers[0];
    float *z = draw(Z, 4), want[Z], got[Z];
    double g = (double)l->gamma[3] / sqrt((double)l->running_var[3] + (double)l->eps);
    double value = (dot(l->weight.data + 3 * Z, z, Z) - (double)l->running_mean[3]) * g +
                   (double)l->beta[3];
    for (size_t k = 0; k < Z; k++)
        want[k] = (float)((double)l->weight.data[3 * Z + k] * g);
    for (size_t i = 0; i < 2; i++) {
        aim(&s, words[i]);
        assert_close(&(float){value_at_z(&s, z, got, NULL)}, &(float){(float)value}, 1, 1e-5, 1e-6);
        assert_close_by_norm(got, want, Z, 1e-6);
    }
    free(z);
    scene_release(&s);
}

static void a_unit_of_the_last_layer_is_what_tanh_is_taken_of(void **state)
{
    (void)state;
    scene s = trained_scene("unit:5,300"); /* 0 dense 1 bn 2 lrelu 3 dense 4 relu 5 dense 6 tanh */
    float *z = draw(Z, 4), value = value_at_z(&s, z, NULL, NULL), squashed = tanhf(value);
    aim(&s, "pixel:10,20");
    float pixel = value_at_z(&s, z, NULL, NULL);
    assert_close(&pixel, &squashed, 1, 1e-6, 1e-7);
    free(z);
    scene_release(&s);
}

static void units_that_are_not_there_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"unit:2,0", "unit:0,24", "unit:7,0", "unit:6,0"};
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        explain_target t = target_of(words[i]);
        error e = {0};
        assert_int_equal(explainer_init(&s.x, &s.g, &s.d, &t, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_null(s.x.g.param);
    }
    explain_target logit = target_of("logit");
    error e = {0};
    assert_int_equal(explainer_init(&s.x, &s.g, NULL, &logit, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    scene_release(&s);
}

static void the_gradient_by_the_pixels_is_the_targets_own_or_the_logits(void **state)
{
    (void)state;
    static const struct {
        const char *target, *name, *without_d;
    } cases[] = {{"logit", "gradient_x", NULL},       {"gen", "gradient_x", NULL},
                 {"ink", "d_gradient_x", NULL},       {"pixel:1,1", "d_gradient_x", NULL},
                 {"unit:0,1", "d_gradient_x", NULL},  {"rec:a.png", "gradient_x", "gradient_x"},
                 {"loss:a.png", "gradient_x", NULL}};
    float reference[N_PIXELS] = {0}, own[N_PIXELS], logits[N_PIXELS], *z = draw(Z, 4);
    scene s = trained_scene("logit");
    value_at_z(&s, z, NULL, logits);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain_target t = comparing(cases[i].target, reference);
        s.has_d = true;
        aim_at(&s, t);
        assert_string_equal(explain_gradient_x_name(&s.x), cases[i].name);
        value_at_z(&s, z, NULL, own);
        if (strcmp(cases[i].name, "d_gradient_x") == 0)
            assert_memory_equal(own, logits, sizeof own);
        s.has_d = false;
        if (explain_targets[t.kind].needs_d)
            continue;
        aim_at(&s, t);
        if (cases[i].without_d)
            assert_string_equal(explain_gradient_x_name(&s.x), cases[i].without_d);
        else
            assert_null(explain_gradient_x_name(&s.x));
    }
    free(z);
    scene_release(&s);
}

static void a_sigmoid_at_the_end_of_d_is_taken_off(void **state)
{
    (void)state;
    scene plain = trained_scene("logit"), squashed = trained_scene(NULL);
    network_release(&squashed.d);
    squashed.d = network_of("19:lrelu=0.2,1:sigmoid", N_PIXELS);
    fill_trained(&squashed.d, 2);
    aim(&squashed, "logit");
    float *z = draw(Z, 4), a[Z], b[Z];
    float v = value_at_z(&plain, z, a, NULL), u = value_at_z(&squashed, z, b, NULL);
    assert_true(u == v);
    assert_memory_equal(a, b, sizeof a);
    free(z);
    scene_release(&plain);
    scene_release(&squashed);
}

/* ---- Checks ----------------------------------------------------------------------------------------------- */

static void every_target_passes_its_checks(void **state)
{
    (void)state;
    static const char *const words[] = {"logit", "gen", "ink", "pixel:14,14", "region:4,4,10,12",
                                        "rec:a.png", "loss:a.png", "unit:0,5", "unit:3,2", "unit:5,99"};
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
            matrix w = (i_net ? s.x.d : s.x.g).layers[i].weight;
            for (size_t k = 0; k < w.rows * w.cols; k++)
                w.data[k] *= 1.01f;
            check_row(checks, &s, z, value, gradient);
            assert_false(explain_check_is_met(&checks[1]));
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
    float leak = s.x.g.layers[0].f.leak;
    s.x.g.layers[0].f.leak = 0.0f;
    float value = value_at_z(&s, z, gradient, NULL);
    s.x.g.layers[0].f.leak = leak;
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

static void checks_that_are_not_a_number_are_not_met(void **state)
{
    (void)state;
    assert_false(explain_check_is_met(&(explain_check){.value = NAN, .tolerance = 1}));
    assert_false(explain_check_is_met(&(explain_check){.value = INFINITY, .tolerance = 1}));
    assert_true(explain_check_is_met(&(explain_check){.value = 1, .tolerance = 1}));
}

/* One hidden unit whose pre-activation is z0 + bias. */
static scene kinked_scene(float bias)
{
    scene s = scene_of("2:lrelu=0.3,784", NULL, 2);
    s.g.layers[0].weight.data[0] = 1.0f;
    s.g.layers[0].weight.data[3] = 1.0f;
    s.g.layers[0].bias[0] = bias;
    s.g.layers[0].bias[1] = 1.0f;
    for (size_t i = 0; i < 2 * N_PIXELS; i++)
        s.g.layers[1].weight.data[i] = 0.01f;
    aim(&s, "ink");
    return s;
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
        assert_int_equal(checks[2].n_kinks, 0);
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
    assert_int_equal(checks[2].n_kinks, N_DIRECTIONS);
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
    s.x.g.layers[0].bias[0] = -1e-7f;
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    assert_int_equal(checks[1].n_kinks, 1);
    s.x.g.layers[0].bias[0] = -1e-3f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    assert_int_equal(checks[1].n_kinks, 0);
    scene_release(&s);
}

static void a_saturated_pixel_is_no_error(void **state)
{
    (void)state;
    static const float depths[] = {5.0f, 12.0f, 20.0f, 40.0f, 50.0f, 80.0f};
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        scene s = trained_scene(NULL);
        for (size_t k = 0; k < N_PIXELS; k++)
            s.g.layers[2].bias[k] = k % 2 ? depths[i] : -depths[i];
        static const char *const words[] = {"pixel:0,0", "pixel:0,1", "region:0,0,1,1", "logit"};
        for (size_t t = 0; t < 4; t++) {
            float *z = draw(Z, 4), gradient[Z];
            explain_check checks[N_GRADIENT_CHECKS];
            aim(&s, words[t]);
            float value = value_at_z(&s, z, gradient, NULL);
            check_row(checks, &s, z, value, gradient);
            if (!are_met(checks))
                fail_msg("%s at depth %g", words[t], (double)depths[i]);
            free(z);
        }
        scene_release(&s);
    }
}

/* Where rec is all but zero its gradient's terms cancel: few digits are left, and that is no error. */
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
    s.x.g.layers[1].weight.data[5] *= 1.1f;
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
    json_t *numbers = explanation_numbers(&a, &s.x);
    assert_true(json_is_null(json_object_get(json_object_get(numbers, "sensitivity"), "where")));
    assert_string_equal(json_string_value(json_object_get(numbers, "verdict")), "undecided");
    assert_true(find_place(array_of(&a, "sensitivity")).is_zero);
    json_decref(numbers);
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_not_finite_is_named(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), gradient[Z], pixels[N_PIXELS];
    error e = {0};
    s.x.g.layers[1].weight.data[3] = NAN;
    explanation a = explained(&s, z, 3);
    assert_int_equal(explanation_judge(&a, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_non_null(strstr(e.message, "'x'"));
    json_t *numbers = explanation_numbers(&a, &s.x);
    char *words = json_dumps(numbers, 0);
    assert_non_null(words); /* no NaN in JSON */
    free(words);
    json_decref(numbers);
    explanation_release(&a);
    float value = value_at_z(&s, z, gradient, pixels);
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
    assert_int_equal(explained_rows_not_finite(&r, &s.x), 0);
    free(z);
    scene_release(&s);
}

/* ---- Many rows ---------------------------------------------------------------------------------------------- */

static void a_row_has_the_same_bytes_alone_among_others_and_on_any_threads(void **state)
{
    (void)state;
    enum { N = 3 * EXPLAIN_TILE / 2 };
    scene s = trained_scene("logit");
    float *z = draw(N * Z, 6), alone_z[Z], alone_x[N_PIXELS];
    uint64_t probe[N] = {0};
    explain_check worst[2];
    explained_rows first = {0}, again = {0};
    for (size_t threads = 1; threads <= 2; threads++) {
        explained_rows *r = threads == 1 ? &first : &again;
        explain_workspace w[2];
        tensor_init(threads);
        for (size_t i = 0; i < 2; i++)
            explain_workspace_init(&w[i], &s.x);
        explained_rows_init(r, &s.x, z, N);
        explain_many(&s.x, w, r, probe, worst);
        assert_true(explain_check_is_met(&worst[0]) && explain_check_is_met(&worst[1]));
        assert_int_equal(explained_rows_not_finite(r, &s.x), N);
        for (size_t i = 0; i < 2; i++)
            explain_workspace_release(&w[i]);
    }
    assert_memory_equal(first.value, again.value, N * sizeof(float));
    assert_memory_equal(first.gradient_z, again.gradient_z, N * Z * sizeof(float));
    assert_memory_equal(first.gradient_x, again.gradient_x, N * N_PIXELS * sizeof(float));
    for (size_t i = 0; i < N; i += 5) {
        assert_true(value_at_z(&s, z + i * Z, alone_z, alone_x) == first.value[i]);
        assert_memory_equal(alone_z, first.gradient_z + i * Z, sizeof alone_z);
        assert_memory_equal(alone_x, first.gradient_x + i * N_PIXELS, sizeof alone_x);
    }
    explained_rows_release(&first);
    explained_rows_release(&again);
    free(z);
    scene_release(&s);
}

static void the_worst_check_of_a_tile_survives_one_that_is_no_number(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    uint64_t probe = 0;
    explain_check worst;
    explained_rows r = {0};
    explain_workspace w[2];
    s.x.d.layers[1].bias[0] = NAN; /* the value alone: its gradients stay as they are */
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s.x);
    explained_rows_init(&r, &s.x, z, 1);
    explain_many(&s.x, w, &r, &probe, &worst);
    assert_false(explain_check_is_met(&worst));
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

/* ---- Places ------------------------------------------------------------------------------------------------ */

static void a_maps_place_is_its_centre_and_its_heaviest_ninth(void **state)
{
    (void)state;
    static const struct {
        size_t row, col;
        const char *name;
    } corners[] = {{0, 0, "upper left"},    {8, 8, "upper left"},    {9, 9, "centre"},
                   {18, 18, "centre"},      {19, 19, "lower right"}, {27, 27, "lower right"},
                   {8, 9, "upper middle"},  {0, 27, "upper right"},  {13, 0, "middle left"},
                   {14, 19, "middle right"}, {27, 8, "lower left"},  {19, 18, "lower middle"}};
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        float map[N_PIXELS] = {0};
        map[corners[i].row * PICTURE_COLS + corners[i].col] = -2.0f;
        map_place p = find_place(map);
        assert_string_equal(ninth_name(p.ninth), corners[i].name);
        assert_true(p.row == (double)corners[i].row && p.col == (double)corners[i].col);
        assert_true(p.share == 1.0 && !p.is_zero);
    }
    float two[N_PIXELS] = {0};
    two[0] = 1.0f;
    two[27 * PICTURE_COLS + 27] = 2.0f; /* squares 1 and 4: the centre at 4/5 of the way */
    map_place p = find_place(two);
    assert_close(&p.row, &(double){27 * 0.8}, 1, 1e-12, 0);
    assert_close(&p.share, &(double){0.8}, 1, 1e-12, 0);
    float none[N_PIXELS] = {0};
    p = find_place(none);
    assert_true(p.is_zero && p.share == 0 && p.row == 13.5);
}

/* ---- References ---------------------------------------------------------------------------------------------- */

static void references_come_from_the_training_set(void **state)
{
    (void)state;
    explain_reference r = {.low = -1, .high = 1};
    explain_target t = target_of("rec:42");
    error e = {0};
    float found[N_PIXELS], want[N_PIXELS];
    assert_int_equal(explain_reference_load(&r, &t, NULL, 10, &e), 0);
    assert_int_equal(t.find_reference(found, NULL, t.context), 42);
    floats_from_bytes(want, r.data.train.pixels + 42 * N_PIXELS, N_PIXELS, -1, 1);
    assert_memory_equal(found, want, sizeof found);
    explain_reference_release(&r);

    r = (explain_reference){.low = -1, .high = 1};
    t = target_of("rec:nearest");
    assert_int_equal(explain_reference_load(&r, &t, NULL, 10, &e), 0);
    want[300] += 0.01f;
    assert_int_equal(t.find_reference(found, want, t.context), 42);
    explain_reference_release(&r);

    static const char *const bad[] = {"rec:5000000", "rec:99999999999999999999999"};
    for (size_t i = 0; i < 2; i++) {
        r = (explain_reference){.low = -1, .high = 1};
        t = target_of(bad[i]);
        e = (error){0};
        assert_int_equal(explain_reference_load(&r, &t, NULL, 10, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        explain_reference_release(&r);
    }
}

/* ---- Golden numbers ------------------------------------------------------------------------------------------- */

static float *golden(const safetensors *s, const char *name)
{
    const tensor_entry *t = safetensors_find(s, name);
    error e = {0};
    if (!t)
        fail_msg("%s is missing", name);
    float *v = allocate(t->n, sizeof *v);
    if (safetensors_get(v, s, name, t->rank, t->shape, &e))
        fail_msg("%s", e.message);
    return v;
}

static void assert_golden(const float *got, const safetensors *s, const char *name, size_t n)
{
    float *want = golden(s, name);
    assert_close_by_norm(got, want, n, 1e-5);
    free(want);
}

static void explained_rows_are_those_of_pytorch(void **state)
{
    (void)state;
    enum { B = 8, GOLDEN_Z = 16 };
    safetensors s = {0};
    scene c = scene_of("32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh",
                       "32:lrelu=0.3:dropout=0,1", GOLDEN_Z);
    error e = {0};
    if (safetensors_load(&s, "tests/golden/golden.safetensors", &e) ||
        checkpoint_get_network(&c.g, &s, "G.", &e) || checkpoint_get_network(&c.d, &s, "D.", &e))
        fail_msg("%s", e.message);
    float *z = golden(&s, "z"), x[B * N_PIXELS], logit[B], gradient_x[B * N_PIXELS];
    float gradient_z[B * GOLDEN_Z];
    aim(&c, "logit");
    one_row o = {&c, {.n = B, .z = z, .x = x, .logit = logit, .gradient_z = gradient_z,
                      .gradient_x = gradient_x}};
    parallel_for(1, run_one_row, &o);
    assert_golden(x, &s, "eval.x", B * N_PIXELS);
    assert_golden(logit, &s, "eval.logit", B);
    assert_golden(gradient_z, &s, "eval.dlogit_dz", B * GOLDEN_Z);
    assert_golden(gradient_x, &s, "eval.dlogit_dx", B * N_PIXELS);
    float *jacobian = golden(&s, "eval.jacobian");
    for (size_t i = 0; i < 2; i++) {
        explanation a = explained(&c, z + i * GOLDEN_Z, 4);
        assert_close_by_norm(array_of(&a, "jacobian"), jacobian + i * N_PIXELS * GOLDEN_Z,
                             N_PIXELS * GOLDEN_Z, 1e-5);
        explanation_release(&a);
    }
    aim(&c, "ink");
    parallel_for(1, run_one_row, &(one_row){&c, {.n = B, .z = z, .gradient_z = gradient_z}});
    assert_golden(gradient_z, &s, "eval.dpixelsum_dz", B * GOLDEN_Z);
    free(jacobian);
    free(z);
    scene_release(&c);
    safetensors_release(&s);
}

/* ---- Words over numbers ----------------------------------------------------------------------------------------- */

/* A folder with an explanation, and what its text and JSON say. */
typedef struct {
    char folder[32];
    bytes words;
    json_t *numbers;
} saved;

static saved save_explanation(const explanation *a, const explainer *x, const json_t *facts)
{
    saved s = {.folder = "/tmp/ganlens-XXXXXX"};
    explanation_style style = {.low = -1, .high = 1};
    explanation_report report = {.title = "Seed 12", .name_key = "seed", .name = 12,
                                 .target = "it", .facts = facts};
    error e = {0};
    if (!mkdtemp(s.folder) || explanation_style_read(&style, NULL, "all", "image", &e) ||
        explanation_save(s.folder, a, x, &style, &report, &e))
        fail_msg("%s: %s", s.folder, e.message);
    char *path = join_path(s.folder, "explanation.txt");
    assert_int_equal(file_load(&s.words, path, 1 << 20, &e), 0);
    free(path);
    path = join_path(s.folder, "explanation.json");
    s.numbers = json_load_file(path, 0, NULL);
    assert_non_null(s.numbers);
    free(path);
    return s;
}

static void saved_release(saved *s)
{
    static const char *const names[] = {"explanation.txt", "explanation.json", "maps.safetensors"};
    for (size_t i = 0; i < 3; i++) {
        char *path = join_path(s->folder, names[i]);
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    assert_int_equal(rmdir(s->folder), 0); /* and nothing else was in it */
    bytes_release(&s->words);
    json_decref(s->numbers);
}

/* Whether a number of the text is v, rounded as the text rounds. */
static bool is_said_as(const char *said, double v)
{
    number_text digits;
    char fixed[2][32];
    snprintf(fixed[0], sizeof fixed[0], "%.0f", v);
    snprintf(fixed[1], sizeof fixed[1], "%.1f", v);
    return strcmp(said, number_write(digits, v, false)) == 0 || strcmp(said, fixed[0]) == 0 ||
           strcmp(said, number_write(digits, v, true)) == 0 || strcmp(said, fixed[1]) == 0 ||
           strcmp(said, number_write(digits, 100 * v, false)) == 0;
}

/* Whether a number, or a text, anywhere in o says it. */
static bool is_backed(const char *said, json_t *o)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_number(o))
        return is_said_as(said, json_number_value(o));
    if (json_is_string(o))
        return strstr(json_string_value(o), said) != NULL;
    json_object_foreach(o, key, member) if (is_backed(said, member)) return true;
    json_array_foreach(o, i, member) if (is_backed(said, member)) return true;
    return false;
}

static void assert_backed(const saved *s)
{
    const char *at = (const char *)s->words.data;
    size_t n_numbers = 0;
    while (*(at += strcspn(at, "+-0123456789")) != '\0') {
        char said[32];
        size_t n = strspn(at, "+-0123456789.e");
        snprintf(said, sizeof said, "%.*s", (int)n, at);
        at += n;
        while (n > 1 && strchr(".e", said[n - 1])) /* a sentence's end */
            said[--n] = '\0';
        if (!strpbrk(said, "0123456789"))
            continue; /* a hyphen */
        if (!is_backed(said, s->numbers))
            fail_msg("'%s' is nowhere in the JSON:\n%s", said, (const char *)s->words.data);
        n_numbers++;
    }
    assert_true(n_numbers > 5);
}

static bool says(const saved *s, const char *words)
{
    text flat = {0}; /* lines joined */
    for (const char *c = (const char *)s->words.data; *c; c++)
        text_add_bytes(&flat, *c == '\n' ? " " : c, 1);
    bool found = strstr(flat.data, words) != NULL;
    text_release(&flat);
    return found;
}

static void every_number_of_the_text_is_in_the_json(void **state)
{
    (void)state;
    static const char *const words[] = {"logit", "gen", "ink", "pixel:14,14", "region:4,4,10,12",
                                        "rec:a.png", "loss:a.png", "unit:1,5", "unit:5,99"};
    float *reference = draw(N_PIXELS, 8);
    json_t *facts = json_pack("{s:i}", "reference_index", 4242);
    for (size_t i = 0; i < 2 * sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        explain_target t = comparing(words[i / 2], reference);
        s.has_d = i % 2 == 0;
        if (s.has_d || !explain_targets[t.kind].needs_d) {
            float *z = draw(Z, 20 + i);
            aim_at(&s, t);
            explanation a = explained(&s, z, 4 + 8 * (i % 3));
            saved f = save_explanation(&a, &s.x, facts);
            assert_backed(&f);
            assert_int_equal(says(&f, "discriminator"), s.has_d);
            saved_release(&f);
            explanation_release(&a);
            free(z);
        }
        scene_release(&s);
    }
    json_decref(facts);
    free(reference);
}

static void the_text_says_nothing_false_where_all_is_zero_or_undecided(void **state)
{
    (void)state;
    scene s = scene_of("784:tanh", "1", 4);
    float z[4] = {1, 2, 3, 4};
    aim(&s, "logit");
    explanation a = explained(&s, z, 8);
    json_t *facts = json_object();
    saved f = save_explanation(&a, &s.x, facts);
    assert_backed(&f);
    assert_true(says(&f, "it is undecided"));
    assert_true(says(&f, "The gradient by z is zero"));
    assert_true(says(&f, "No small change of a pixel changes the logit"));
    assert_true(says(&f, "No small change of z changes a pixel"));
    assert_false(says(&f, "Raising"));
    saved_release(&f);
    explanation_release(&a);

    memcpy(s.g.layers[0].weight.data, (float[]){0.0f, 0.0f, 1.0f, 0.0f}, 4 * sizeof(float));
    aim(&s, "unit:0,0"); /* z2 alone counts: the others are not spoken of */
    a = explained(&s, z, 8);
    f = save_explanation(&a, &s.x, facts);
    assert_backed(&f);
    assert_true(says(&f, "z2 is +3"));
    assert_false(says(&f, "z0 is"));
    saved_release(&f);
    explanation_release(&a);
    json_decref(facts);
    scene_release(&s);
}

static void the_text_says_which_checks_were_not_met_or_say_nothing(void **state)
{
    (void)state;
    scene s = kinked_scene(0.0f);
    float z[2] = {0};
    json_t *facts = json_object();
    explanation a = explained(&s, z, 2);
    a.checks[0].value = 0.5;
    a.checks[1].value = NAN;
    saved f = save_explanation(&a, &s.x, facts);
    assert_true(says(&f, "value_against_double: 0.5, at most 0.001: NOT MET"));
    assert_true(says(&f, "gradient_against_double: not finite, at most 0.001: NOT MET"));
    assert_true(says(&f, "gradient_against_differences: says nothing here"));
    saved_release(&f);
    explanation_release(&a);
    json_decref(facts);
    scene_release(&s);
}

int main(void)
{
    tensor_init(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_read_and_malformed_ones_refused),
        cmocka_unit_test(target_words_of_artefacts_hold_no_folder),
        cmocka_unit_test(method_names_are_those_of_the_table),
        cmocka_unit_test(linear_targets_have_the_values_and_gradients_worked_out_by_hand),
        cmocka_unit_test(losses_are_those_worked_out_by_hand_and_their_parts_add_up),
        cmocka_unit_test(the_jacobian_of_a_linear_generator_is_its_weights),
        cmocka_unit_test(equally_strong_components_come_by_index),
        cmocka_unit_test(regions_pixels_and_ink_agree),
        cmocka_unit_test(the_jacobian_is_what_backward_passes_of_pixels_say),
        cmocka_unit_test(a_unit_is_its_pre_activation_under_either_index_of_its_layer),
        cmocka_unit_test(a_unit_of_the_last_layer_is_what_tanh_is_taken_of),
        cmocka_unit_test(units_that_are_not_there_are_refused),
        cmocka_unit_test(the_gradient_by_the_pixels_is_the_targets_own_or_the_logits),
        cmocka_unit_test(a_sigmoid_at_the_end_of_d_is_taken_off),
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(weights_one_percent_off_are_caught_wherever_they_are),
        cmocka_unit_test(a_wrong_slope_is_caught),
        cmocka_unit_test(checks_that_are_not_a_number_are_not_met),
        cmocka_unit_test(a_kink_inside_the_step_makes_the_step_smaller),
        cmocka_unit_test(directions_with_a_kink_in_every_step_are_counted_and_left_out),
        cmocka_unit_test(a_kink_within_rounding_is_no_error_but_one_beyond_is),
        cmocka_unit_test(a_saturated_pixel_is_no_error),
        cmocka_unit_test(a_z_at_its_minimum_is_no_error_but_a_wrong_weight_there_is),
        cmocka_unit_test(a_zero_gradient_is_met_and_its_maps_are_nowhere),
        cmocka_unit_test(what_is_not_finite_is_named),
        cmocka_unit_test(a_row_has_the_same_bytes_alone_among_others_and_on_any_threads),
        cmocka_unit_test(the_worst_check_of_a_tile_survives_one_that_is_no_number),
        cmocka_unit_test(a_maps_place_is_its_centre_and_its_heaviest_ninth),
        cmocka_unit_test(references_come_from_the_training_set),
        cmocka_unit_test(explained_rows_are_those_of_pytorch),
        cmocka_unit_test(every_number_of_the_text_is_in_the_json),
        cmocka_unit_test(the_text_says_nothing_false_where_all_is_zero_or_undecided),
        cmocka_unit_test(the_text_says_which_checks_were_not_met_or_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
