/* SPDX-License-Identifier: MIT */
/* lime, by hand where all is a straight line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "local_scene.h"
#include "../src/explain/lime_detail.h"
#include "use_threads.h"

static const float hand_z[3] = {1, -2, 0.5f};

/* Pixel 0 is 2 z0 - z2 + 0.5, pixel 29 is 3 z1, the others 0; the logit 1 - pixel 0 + pixel 29 / 2.
 */
static scene linear_scene(const char *target)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0] = 2;
    w[2] = -1;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3;
    v[0] = -1;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1;
    aim(&s, target);
    return s;
}

static void a_linear_target_is_found_exactly(void **state)
{
    scene s = linear_scene("logit");
    explanation a = explained_by(&s, "lime", hand_z, 3);
    error e = {0};
    (void)state;
    /* the slopes by z are (-2, 1.5, 1) */
    assert_close(array_of(&a, "lime.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-5, 0);
    assert_close(array_of(&a, "lime.z_error"), ((float[]){0, 0, 0}), 3, 0, 1e-5);
    assert_close(array_of(&a, "lime.r2_z"), &(float){1}, 1, 1e-6, 0);
    /* pixel 0 is 2, pixel 29 is -6, and both are in the first block of 16, whose black is -1 */
    const float *x = array_of(&a, "lime.x");
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&x[i], &(float){i / 28 < 4 && i % 28 < 4 ? -5.5f / 16 : 0}, 1, 1e-5, 1e-6);
    assert_close(array_of(&a, "lime.r2_x"), &(float){1}, 1, 1e-6, 0);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_target_is_found_exactly),
    };
    return cmocka_run_group_tests_name("lime", tests, NULL, NULL);
}
