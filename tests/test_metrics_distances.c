/* SPDX-License-Identifier: MIT */
/* metrics: distances of features as torch-fidelity has them
 * (tests/golden/make_golden_distances.py).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "checkpoint.h"
#include "metrics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric_sets.h"

static safetensors golden;

/* The caller frees data. */
static matrix golden_matrix(const char *name)
{
    error e = {0};
    const tensor_entry *t = safetensors_find(&golden, name);
    assert_non_null(t);
    matrix m = matrix_view(allocate(t->n, sizeof(float)), t->shape[0], t->n / t->shape[0]);
    if (safetensors_get(m.data, &golden, name, t->rank, t->shape, &e))
        fail_msg("%s", e.message);
    return m;
}

static void assert_golden(const char *name, const char *by, const char *real)
{
    matrix a = golden_matrix("set"), b = golden_matrix(real), want = golden_matrix(name);
    double got = measure_features(by, a, b).value.value;
    assert_close(&got, want.data, 1, 1e-6, 0);
    free(a.data), free(b.data), free(want.data);
}

static void fcd_is_the_fid_of_torch_fidelity(void **state)
{
    (void)state;
    assert_golden("fcd", "fcd", "real");
    assert_golden("fcd_singular", "fcd", "singular");
}

static void kid_is_the_kid_of_torch_fidelity(void **state)
{
    (void)state;
    assert_golden("kid", "kid", "real");
    assert_golden("kid_singular", "kid", "singular");
}

int main(void)
{
    error e = {0};
    if (tensor_open_blas(&e) ||
        safetensors_load(&golden, "tests/golden/golden_distances.safetensors", &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fcd_is_the_fid_of_torch_fidelity),
        cmocka_unit_test(kid_is_the_kid_of_torch_fidelity),
    };
    int failed = cmocka_run_group_tests_name("distances", tests, NULL, NULL);
    safetensors_release(&golden);
    return failed;
}
