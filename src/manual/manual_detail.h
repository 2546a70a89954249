/* SPDX-License-Identifier: MIT */
/* The parts of the page that are read from tables: each writes what stands under a heading. */
#ifndef GANLENS_MANUAL_DETAIL_H
#define GANLENS_MANUAL_DETAIL_H

#include "explain.h"
#include "manual.h"

/* ---- Training ---- */

void manual_add_activations(text *out);
void manual_add_models(text *out);
void manual_add_recipes(text *out);
void manual_add_data(text *out);
void manual_add_flaws(text *out);
void manual_add_losses(text *out);
void manual_add_reconstructions(text *out);
void manual_add_optimizers(text *out);
void manual_add_rate_schedules(text *out);
void manual_add_update_rules(text *out);
void manual_add_penalties(text *out);
void manual_add_run_files(text *out);

/* ---- Measuring ---- */

void manual_add_metrics(text *out);
void manual_add_made(text *out);

/* ---- Explaining ---- */

void manual_add_targets(text *out);
void manual_add_methods(text *out);
void manual_add_checks(text *out);
void manual_add_explanation_files(text *out);

/* Paragraphs, or lines "LABEL: meaning". */
extern const char manual_targets[];
extern const char manual_methods[];
extern const char manual_coalitions[];
extern const char manual_far_moves[];
extern const char manual_checks[];
extern const char manual_schema[];
extern const char manual_keys[];
extern const char manual_space_keys[];
extern const char manual_summary[];
extern const char manual_summary_keys[];
extern const char manual_trust[];

/* ---- Judging explanations ---- */

/* The measures, then the reports. */
void manual_add_measures(text *out);
void manual_add_standings(text *out);
void manual_add_explainability(text *out);
/* A method or report, with its arrays. */
void manual_add_method(text *out, const explain_method *m);

#endif
