/* SPDX-License-Identifier: MIT */
/* Runs every test of a table once per dispatch level of this CPU, named "sentence (level)". */
#ifndef GANLENS_LEVELS_H
#define GANLENS_LEVELS_H

#include "tensor.h"
#include <stdio.h>

enum { MOST_LEVEL_TESTS = 160, LEVEL_NAME_SIZE = 120 };

static inline int use_level_of_state(void **state) { return tensor_use_level(*state) ? 0 : -1; }

static inline int run_on_every_level(const char *group, const struct CMUnitTest *tests, size_t n)
{
    static struct CMUnitTest all[MOST_LEVEL_TESTS];
    static char names[MOST_LEVEL_TESTS][LEVEL_NAME_SIZE];
    static char levels[8][16];
    size_t n_all = 0;
    for (size_t i = 0; i < 8 && tensor_level_name(i); i++) {
        snprintf(levels[i], sizeof levels[i], "%s", tensor_level_name(i));
        for (size_t k = 0; k < n && n_all < MOST_LEVEL_TESTS; k++, n_all++) {
            snprintf(names[n_all], LEVEL_NAME_SIZE, "%s (%s)", tests[k].name, levels[i]);
            all[n_all] = (struct CMUnitTest){.name = names[n_all],
                                             .test_func = tests[k].test_func,
                                             .setup_func = use_level_of_state,
                                             .initial_state = levels[i]};
        }
    }
    return _cmocka_run_group_tests(group, all, n_all, NULL, NULL);
}

#endif
