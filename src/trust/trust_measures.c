/* SPDX-License-Identifier: MIT */
#include "trust.h"
#include <stddef.h>

/* To add a measure: a file with its object, its row here. */
#define MEASURES(MEASURE)                                                                          \
    MEASURE(infidelity_measure)                                                                    \
    MEASURE(infidelity_near_measure)                                                               \
    MEASURE(infidelity_plain_measure)                                                              \
    MEASURE(deletion_measure)                                                                      \
    MEASURE(insertion_measure)                                                                     \
    MEASURE(max_sensitivity_measure)                                                               \
    MEASURE(sparseness_measure)                                                                    \
    MEASURE(entropy_measure)                                                                       \
    MEASURE(agreement_measure)                                                                     \
    MEASURE(top_overlap_measure)                                                                   \
    MEASURE(forward_measure)                                                                       \
    MEASURE(backward_measure)

#define DECLARE(measure) extern const trust_measure measure;
MEASURES(DECLARE)
#define ADDRESS(measure) &measure,
const trust_measure *const trust_measures[] = {MEASURES(ADDRESS) NULL};
