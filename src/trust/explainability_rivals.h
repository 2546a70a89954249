/* SPDX-License-Identifier: MIT */
/* The models that explainability is told of side by side. */
#ifndef GANLENS_EXPLAINABILITY_RIVALS_H
#define GANLENS_EXPLAINABILITY_RIVALS_H

#include "explainability_detail.h"

enum { COMPARED_OWN, COMPARED_UNTRAINED, COMPARED_RANDOM, N_COMPARED };

extern const explain_method explainability_report;

/* By value: names, and what they mean. */
extern const array_word compared_models[N_COMPARED];

typedef struct {
    explainability of[N_COMPARED];
} explained_models;

/* What they come to, in sentences that are left in a as remarks. */
void explained_models_tell(explanation *a, const explained_models *m);

/* An explainer of one of them. Zero-initialise; stays where it is. */
typedef struct {
    network own[N_NETS]; /* in place of x's; owned */
    explainer x;
} compared_model;

/* Of x, which must outlive it: x's networks, or others of their shape in place of G and D. A judge
 * stays as it is: it is no part of the model. */
int compared_model_init(compared_model *m, const explainer *x, size_t which, error *e);
void compared_model_release(compared_model *m);

#endif
