/* SPDX-License-Identifier: MIT */
/* How explainable a generator is, on models solved by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/trust/explainability_detail.h"
#include "scene.h"
#include "use_threads.h"

enum { N = 8 };

static explainability found(scene *s)
{
    explainability v;
    error e = {0};
    if (explainability_find(&v, &(explainability_subject){&s->x, -1, 1, 0, N}, &e))
        fail_msg("%s", e.message);
    return v;
}

static void assert_share(double v)
{
    if (!(v >= 0 && v <= 1))
        fail_msg("%g is not in 0..1", v);
}

static void assert_shares(const explainability *v)
{
    assert_share(v->total.value);
    assert_share(v->varies.value);
    for (size_t i = 0; i < N_EXPLAINABILITY_LEVELS; i++)
        assert_share(v->level[i].value);
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        assert_share(v->part[i].value);
}

/* ---- Where there is nothing to explain ---- */

static void a_constant_generator_has_none(void **state)
{
    scene s = trained_scene(NULL);
    (void)state;
    memset(s.g.layers[0].weight.data, 0, s.g.layers[0].weight.rows * Z * sizeof(float));
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    assert_true(v.total.value == 0 && v.total.low == 0 && v.total.high == 0);
    scene_release(&s);
}

static void a_target_that_does_not_depend_on_z_has_none(void **state)
{
    scene s = trained_scene(NULL);
    (void)state;
    memset(s.d.layers[0].weight.data, 0, s.d.layers[0].weight.rows * N_PIXELS * sizeof(float));
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    assert_true(v.total.value == 0);
    scene_release(&s);
}

/* ---- Bytes ---- */

static void it_is_the_same_on_any_threads(void **state)
{
    scene s = trained_scene("logit");
    (void)state;
    explainability two = found(&s);
    use_threads(1);
    explainability one = found(&s);
    use_threads(2);
    assert_memory_equal(&two, &one, offsetof(explainability, by_seed) + N * sizeof(double));
    assert_true(one.total.value > 0.1);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_generator_has_none),
        cmocka_unit_test(a_target_that_does_not_depend_on_z_has_none),
        cmocka_unit_test(it_is_the_same_on_any_threads),
    };
    use_threads(2);
    return cmocka_run_group_tests_name("explainability", tests, NULL, NULL);
}
