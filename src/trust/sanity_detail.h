/* SPDX-License-Identifier: MIT */
/* What the report sanity finds, and what it says of it. */
#ifndef GANLENS_SANITY_DETAIL_H
#define GANLENS_SANITY_DETAIL_H

#include "sanity_verdict.h"

/* Zero-initialise. */
typedef struct {
    random_runs runs;
    sanity_verdict *verdicts[N_INPUTS]; /* (runs.own[input].n); owned */
} sanity_findings;

/* t's settings are trust_settings. Fails as a method does that is run again. */
int sanity_findings_make(sanity_findings *f, const explain_task *t, const explanation *a, error *e);
void sanity_findings_release(sanity_findings *f);
/* Adds remarks about each method whose map does not change, and about the report itself. */
void sanity_say(explanation *a, const sanity_findings *f);

#endif
