/* SPDX-License-Identifier: MIT */
/* The layers between z and a target, and the same model with some of them drawn anew. */
#ifndef GANLENS_LAYER_CHAIN_H
#define GANLENS_LAYER_CHAIN_H

#include "trust_detail.h"

typedef struct {
    explain_net net;
    size_t index; /* of net's layers */
} chain_layer;

/* From the target's end down to z: D or the judge, where the target sees the picture by it, then G;
 * of a unit inside G, the layers of G up to the unit's. Zero-initialise. */
typedef struct {
    chain_layer *layers; /* (n); owned */
    size_t n;
    size_t n_seeing; /* of these, the first, which stand between picture and target */
} layer_chain;

void layer_chain_init(layer_chain *c, const explainer *x);
void layer_chain_release(layer_chain *c);
/* Adds "D's layer 3": by its Sequential index. */
void layer_chain_tell(text *out, const layer_chain *c, const explainer *x, size_t i);
/* Adds "D 3", the same in short. */
void layer_chain_name(text *out, const layer_chain *c, const explainer *x, size_t i);

/* Draws weights and biases anew, those of a folded layer, in which scale, shift and statistics of
 * BatchNorm lie: the weights of a unit normal about 0 and as large as those of a unit of the layer
 * that is drawn at random, biases normal about 0 and as large as the layer's. So activations stay
 * in range, and of what was learned no more is left than how large a layer's numbers are. */
void layer_randomise(layer *l, rng *r);

/* Which layers of a chain, in which of several draws. A layer's numbers depend on seed, layer and
 * draw alone. */
typedef struct {
    size_t first, n;
    uint32_t draw;
} layer_choice;

/* A model in place of another, and room to explain it in. Zero-initialise; stays where it is. */
typedef struct {
    explainer x;
    explain_workspace w;
    network own[N_NETS]; /* copies of the networks that were changed */
    struct {
        const float *data;
        size_t n;
    } reference; /* its target's context */
} other_model;

/* x with those layers drawn anew. x stays as it is and must outlive m, as must reference (n
 * pixels): what the target compares with; NULL: nothing. */
int random_model_init(other_model *m, const explainer *x, const layer_chain *c,
                      const layer_choice *which, uint64_t seed, const float *reference, error *e);
/* x with another classifier of as many inputs and classes, which must outlive m. */
int control_model_init(other_model *m, const explainer *x, const network *classifier,
                       const float *reference, error *e);
void other_model_release(other_model *m);

#endif
