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
    bool is_drawn; /* by chance alone: another draw would do */
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
/* Whether its values say which way. */
bool attribution_has_sign(const attribution *v);
/* Whether they say how fast the target rises, and not what it loses. */
bool attribution_is_rate(const attribution *v);
/* NULL where there is none of that name. */
const attribution *attributions_named(const attribution_list *l, const char *name);
/* Of methods, which stand before the controls. */
size_t attributions_count_methods(const attribution_list *l);
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
    explain_listener listener; /* of q: r stays where it was initialised */
} reruns;

/* Of what runs within a report: l (NULL: nobody) does not hear of it, but ends it all the same. */
explain_listener listener_within(const explain_listener *l);

/* Of those in plan, for x; any number of threads may use it. Fails as explain_plan_prepare. */
int reruns_init(reruns *r, const explain_plan *plan, const explainer *x, const explain_request *q,
                error *e);
/* Fills lists, by input, with what the methods attribute at z; w is a workspace of x. */
int reruns_make(attribution_list lists[N_INPUTS], const reruns *r, const explainer *x,
                explain_workspace *w, const float *z, error *e);
void reruns_release(reruns *r);
/* The same in memory of its own, for a report's prepare and release; NULL: it failed. */
reruns *reruns_create(const explain_plan *plan, const explainer *x, const explain_request *q,
                      error *e);
void reruns_free(void *r);
/* Whether it attributes and is run again. */
bool method_reruns(const explain_method *m);
/* Adds the sentence that says which methods of plan attribute and are not; nothing where all are.
 */
void reruns_tell_left_out(text *words, const explain_plan *plan);

/* What methods, run again, and controls attribute at one z of one model, by the same random
 * numbers. Zero-initialise. */
typedef struct {
    attribution_list of[N_INPUTS]; /* controls behind methods */
    float *x;                      /* (n pixels): the picture; owned */
    float target;
} explained_z;

/* At z, in t's model and room, which r is of. */
int explained_z_make(explained_z *out, const reruns *r, const explain_task *t, const float *z,
                     error *e);
/* Some z (n, z_dim), and the report that asks for them. */
typedef struct {
    const float *z;
    size_t n;
    const explain_method *by;
} z_list;

/* out (n): as many at a time as there are threads for, in rooms of their own; the same bytes for
 * any. */
int explained_z_make_all(explained_z *out, const reruns *r, const explain_task *t,
                         const z_list *list, error *e);
/* n of them. */
void explained_z_release(explained_z *out, size_t n);

/* ---- Methods near z ---- */

/* z is moved so many times by numbers that are uniform in -0.02..0.02. */
enum { N_SMALL_MOVES = 10 };

/* What methods and controls attribute there and, run in the same way, at z. Zero-initialise. */
typedef struct {
    attribution_list unmoved[N_INPUTS], moved[N_INPUTS][N_SMALL_MOVES];
} moved_attributions;

/* by: the report that asks. */
int moved_attributions_find(moved_attributions *m, const reruns *r, const explain_task *t,
                            const explain_method *by, error *e);
void moved_attributions_release(moved_attributions *m);

/* ---- Cost ---- */

/* The passes that m makes where it alone explains that input at t's z, with its own samples,
 * without checks and evidence; it is prepared in plan. {0, 0} of NULL, of what is not in plan
 * (NULL: none) and of a method whose fit is kept. */
int method_cost(explain_cost *out, const explain_task *t, const explain_plan *plan,
                const explain_method *m, explain_input input, error *e);

/* ---- Sanity ---- */

/* Whether the report sanity, where it is in a, found that what m attributes to that input does not
 * change with the network. */
bool sanity_is_flagged(const explanation *a, const explain_method *m, explain_input input);
/* Whether it could tell anything of the method of that name, and ... */
bool sanity_is_tested(const explanation *a, const char *name, explain_input input);
/* ... whether it could not, but of others. */
bool sanity_is_left_out(const explanation *a, const char *name, explain_input input);

/* ---- What was found ---- */

/* The cell of a table or matrix by its labels; NaN where there is no such array, row or column. */
double trust_cell(const explanation *a, const char *table, const char *row, const char *column);
/* The arrays that the report quality leaves of an input. */
typedef struct {
    const char *value, *low, *high, *resampled; /* the tables of measures, and the shares foretold
                                                   in resamples, (rows of these, N_RESAMPLES) */
} quality_names;

extern const quality_names quality_names_of[N_INPUTS];
/* What the reports left of v, a method's or a control's; resamples are a's. */
trust_candidate candidate_read(const explanation *a, const attribution *v, explain_input input);

/* ---- Random numbers ---- */

/* A number that is given up is not given again. */
typedef enum {
    TRUST_CONTROL,
    TRUST_REMOVALS, /* which inputs are put at the baseline */
    TRUST_MOVES,    /* small changes of z */
    TRUST_LAYERS,   /* weights of randomised layers */
    TRUST_RESAMPLE, /* bootstrap */
    TRUST_PRIOR,    /* z of explainability */
    TRUST_NEAR,     /* z near another */
    TRUST_CHECK,    /* what of a report is checked */
    TRUST_OTHERS,   /* z of the average control */
} trust_draw;

/* index: a layer, a repetition ... */
rng trust_rng(uint64_t seed, trust_draw what, uint32_t index);

/* ---- Intervals ---- */

/* Where something was sampled, it is drawn again from itself so many times (bootstrap). */
enum { N_RESAMPLES = 1000 };

/* The middle 95 % of those of the resamples that are known, which are sorted by it; none where
 * value is NaN. */
estimate estimate_of_resamples(double value, float *resamples, size_t n);
/* The mean of n values, 3 or 4, with the interval by Student's t. */
estimate estimate_of_few(const double *v, size_t n);

#endif
