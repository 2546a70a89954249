/* SPDX-License-Identifier: MIT */
/* What the files of the report `compare` share. */
#ifndef GANLENS_METHOD_COMPARISON_H
#define GANLENS_METHOD_COMPARISON_H

#include "trust_detail.h"

/* All that is compared over one input. Zero-initialise; owned. */
typedef struct {
    attribution_list all;        /* methods, then controls */
    float *contributions;        /* (n attributions, inputs) */
    float *agreement;            /* (n attributions, n attributions) */
    trust_candidate *candidates; /* (n attributions), as is what they are for small changes */
    trust_candidate *near;
    trust_choice choice, near_choice;
    float average_resamples[N_RESAMPLES]; /* of the control of that name */
} method_comparison;

#define AVERAGE_CONTROL "average"

/* Adds that control: the target's gradient, mean over other z of the prior, of a picture over
 * theirs. */
void attributions_add_average(attribution_list *l, const target_function *f);
/* What is known of it, v; fills resamples, which stay the caller's. */
trust_candidate average_candidate(float resamples[N_RESAMPLES], const attribution *v,
                                  const target_function *f, const baseline_rows *b);

/* Leaves what was decided, in words; of an input without methods nothing. */
void method_comparison_remark(explanation *a, const method_comparison of[N_INPUTS]);

#endif
