/* SPDX-License-Identifier: MIT */
/* What the target's gradient is inside G: by what each layer makes, its activation applied; and how
 * each layer moves where z takes a step along the gradient by z. */
#ifndef GANLENS_LAYER_GRADIENTS_H
#define GANLENS_LAYER_GRADIENTS_H

#include "explain.h"

enum { LAYERS_AGAINST_DOUBLE, LAYERS_ADD_UP, N_LAYER_CHECKS };

/* The option --layer, and a method's `prepare`, which refuses a layer that G has not. */
extern const struct option_set layer_options;
int layer_options_check(void **state, const explainer *x, const explain_request *q,
                        const void *settings, error *e);

/* How the method calls them: a table, a row a layer and one for the target; the gradients by the
 * units of the layer that was asked for; and its checks, by the constants above. */
typedef struct {
    const char *table, *units;
    const explain_check *checks;
} layer_arrays;

/* dx: the target's gradient by the pixels (n pixels), where it is of the picture. t->w is at z, and
 * is left elsewhere. A layer behind the unit that is the target, and a last hidden one where there
 * is none, leave no array of units. */
void layer_gradients_add(const explain_task *t, explanation *a, const float *dx,
                         const layer_arrays *arrays);

#endif
