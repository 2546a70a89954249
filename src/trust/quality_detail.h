/* SPDX-License-Identifier: MIT */
/* What the report quality is made of. */
#ifndef GANLENS_QUALITY_DETAIL_H
#define GANLENS_QUALITY_DETAIL_H

#include "measure_detail.h"

/* Remarks of the report about itself: what was measured, and who is best by each measure, beside
 * the best control. value: (attributions of s, measures), NaN where it is not known. */
void quality_tell(explanation *a, const trust_subject *s, const float *value, size_t n_measures);
/* The curves of s's attributions; changes s->of. */
void quality_add_curves(explanation *a, trust_subject *s);

#endif
