/* SPDX-License-Identifier: MIT */
/* The digits that are built in, for all tests of a program: a fixture of its group. Include after
 * <cmocka.h>. */
#ifndef GANLENS_DIGITS_H
#define GANLENS_DIGITS_H

#include "data.h"

static dataset digits;

static int load_digits(void **state)
{
    error e = {0};
    (void)state;
    return dataset_load(&digits, NULL, &(data_choice){.n_classes = 10}, &e);
}

static int release_digits(void **state)
{
    (void)state;
    dataset_release(&digits);
    return 0;
}

#endif
