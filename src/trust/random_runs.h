/* SPDX-License-Identifier: MIT */
/* Explanations of a model with layers drawn anew, beside that of the model as it is. */
#ifndef GANLENS_RANDOM_RUNS_H
#define GANLENS_RANDOM_RUNS_H

#include "layer_chain.h"
#include "likeness.h"

enum { N_DRAWS = 3 }; /* of all layers */

/* A choice of layers, and the inputs that are explained. */
typedef struct {
    layer_choice which;
    unsigned inputs; /* bits 1 << INPUT_Z, 1 << INPUT_X */
} random_variant;

/* Zero-initialise. */
typedef struct {
    const explain_task *t;
    const explanation *a;
    const trust_settings *settings;
    layer_chain chain;
    size_t n_layers[N_INPUTS];      /* of the chain, that are drawn anew for maps of that input: the
                                       picture stays for those of the pixels */
    attribution_list own[N_INPUTS]; /* of the model as it is, and controls; none: n 0 */
    random_variant *variants;       /* owned, as is: */
    size_t n_variants;
    likeness *found;      /* (n_variants, N_INPUTS, n_rows) */
    likeness *of_control; /* (N_INPUTS, n_rows): the judge's place taken by the control; NULL: there
                             is none */
    size_t n_rows;        /* the most that an input has */
} random_runs;

/* Explains t's model and all variants by the methods of s->plan that are run again: with the first
 * k layers of the chain drawn anew, for each k; with each layer alone; with all in further draws;
 * and with s->control in place of the judge. As many at a time as there are threads for; the same
 * bytes for any. Fails as a method does. */
int random_runs_make(random_runs *r, const explain_task *t, const explanation *a,
                     const trust_settings *s, error *e);
/* Of row `row` of own[input] in the variant of these layers; NULL: there is none such. */
const likeness *random_runs_find(const random_runs *r, layer_choice which, explain_input input,
                                 size_t row);
/* The same with all layers of that input, by draw. */
const likeness *random_runs_full(const random_runs *r, uint32_t draw, explain_input input,
                                 size_t row);
/* With the control, where there is one. */
const likeness *random_runs_control(const random_runs *r, explain_input input, size_t row);
void random_runs_release(random_runs *r);

#endif
