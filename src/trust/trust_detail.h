/* SPDX-License-Identifier: MIT */
/* What the reports share: attributions of methods and of controls, and methods run again. */
#ifndef GANLENS_TRUST_DETAIL_H
#define GANLENS_TRUST_DETAIL_H

#include "trust.h"

/* ---- Attributions ---- */

/* What a method, or a control, attributes to z or to the pixels. */
typedef struct {
    const char *name;             /* of the method or the control; borrowed */
    const explain_method *method; /* NULL: a control */
    array_prediction predicts;
    array_sign sign;
    size_t n;
    float *values; /* (n); owned */
} attribution;

/* Zero-initialise. */
typedef struct {
    explain_input input;
    attribution *all; /* owned */
    size_t n;
} attribution_list;

/* Those of a's methods that predict something of the target: of each its first array over that
 * input, in the order they were run. */
void attributions_find(attribution_list *l, const explanation *a, explain_input input);
/* Adds the controls: "random" (normal numbers of the explanation's seed), "constant" (all ones) and
 * what looks at the input alone: of a picture "edge", the magnitude of its Sobel gradient (rows, by
 * f's picture shape), of z "size", the magnitude of z. */
void attributions_add_controls(attribution_list *l, const target_function *f);
/* NULL where there is none of that name. */
const attribution *attributions_named(const attribution_list *l, const char *name);
void attributions_release(attribution_list *l);

/* What each input adds to the target, as the attribution has it: a rate times the way from the
 * baseline (the mean of its rows, b); a change as it is. (n); up to a factor above 0 where it is
 * scaled. Of PREDICTS_ORDER: the values, which have no sign. */
void attribution_contributions(float *out, const attribution *v, const target_function *f,
                               const baseline_rows *b);

/* ---- Methods run again ---- */

/* Methods that attribute, run alone, for their attributions, with fewer samples: at other z, or for
 * other networks. Those whose fit is kept are not run again: that is another fit. */
enum { RERUN_SAMPLES = 256 };

typedef struct {
    explain_plan plan; /* of the methods */
    explain_request q;
} reruns;

/* Of those in plan, for x; any number of threads may use it. Fails as explain_plan_prepare. */
int reruns_init(reruns *r, const explain_plan *plan, const explainer *x, const explain_request *q,
                error *e);
/* Fills lists, by input, with what the methods attribute at z; w is a workspace of x. */
int reruns_make(attribution_list lists[N_INPUTS], const reruns *r, const explainer *x,
                explain_workspace *w, const float *z, error *e);
void reruns_release(reruns *r);
/* Whether it attributes and is run again. */
bool method_reruns(const explain_method *m);

/* ---- Random numbers ---- */

/* A number that is given up is not given again. */
typedef enum {
    TRUST_CONTROL,
    TRUST_REMOVALS, /* which inputs are put at the baseline */
    TRUST_MOVES,    /* small changes of z */
    TRUST_LAYERS,   /* weights of randomised layers */
    TRUST_RESAMPLE, /* bootstrap */
    TRUST_PRIOR,    /* z of explainability */
} trust_draw;

/* index: a layer, a repetition ... */
rng trust_rng(uint64_t seed, trust_draw what, uint32_t index);

/* ---- Measures ---- */

/* Inputs that were put at the baseline together, and what the target lost: the same for all
 * attributions. */
typedef struct {
    size_t n;
    uint8_t *is_removed; /* (n, inputs); owned, as is */
    float *loss;         /* (n): target - target without them, mean over the baseline's rows */
} removal_sample;

struct trust_subject {
    const target_function *f;
    const baseline_rows *baseline;
    const removal_sample *removals;
    const attribution_list *all;   /* with the one that is measured, controls behind methods */
    const attribution *of;         /* the one that is measured */
    const attribution_list *moved; /* (n_moved): the same methods at other z, with ... */
    size_t n_moved;
    const attribution_list *unmoved; /* ... the one at z, of as many samples */
    explain_cost cost;               /* of the method, alone; 0 of a control */
    uint64_t seed;
};

#endif
