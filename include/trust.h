/* SPDX-License-Identifier: MIT */
/* trust: which explanation to believe, and how explainable a generator is, in numbers.
 *
 * A report is an explain_method that stands behind others in a plan: it judges what these attribute
 * to z and to the pixels of the picture, whatever they are, beside controls that know nothing of
 * the model, and leaves what it found as arrays and remarks, as any method does. A method is judged
 * by what its arrays declare (array_prediction): a new one needs no line here.
 */
#ifndef GANLENS_TRUST_H
#define GANLENS_TRUST_H

#include "explain.h"
#include "metrics.h"

/* ---- Measures ---- */

typedef struct trust_subject trust_subject; /* what a measure is of, trust_detail.h */

/* What a measure of one attribution says. One object, one file. */
typedef struct {
    const char *name;       /* "infidelity": in tables and JSON */
    const char *title;      /* "How far it misses what the target does" */
    const char *definition; /* sentences and a formula in ASCII, with its constants */
    const char *source;     /* paper, equation */
    const char *ideal;      /* "0: it foretells each change" */
    enum { TRUST_LESS, TRUST_MORE, TRUST_NEITHER } better;
    /* Whether a map of random numbers, that of another z, and one with its sign turned come off
     * worse by it than the true gradient. */
    bool sees_random, sees_other, sees_sign;
    /* Value and interval of 95 % (low, high NaN: it has none, for it samples nothing); the value
     * is NaN where it has no meaning for the attribution. */
    void (*measure)(estimate *out, const trust_subject *s);
} trust_measure;

/* The table, ended by NULL. */
extern const trust_measure *const trust_measures[];

/* ---- Reports ---- */

/* Another model that the same z is explained in. All borrowed. */
typedef struct {
    const char *name; /* "b, step 18,000" */
    double step;      /* of its training */
    const explainer *x;
} trust_rival;

/* What all reports are set by, with explain_plan_set. All borrowed. */
typedef struct {
    const explain_plan *plan; /* that they stand in */
    const trust_rival *rivals;
    size_t n_rivals;
    const network *control; /* classifier that was trained on random labels; NULL: none */
} trust_settings;

/* In the order in which they stand in a plan; ended by NULL. */
extern const explain_method *const trust_reports[];
/* NULL where there is none of that name. */
const explain_method *trust_report_find(const char *name);

#endif
