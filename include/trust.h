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

typedef struct trust_subject trust_subject; /* what a measure is of, measure_detail.h */

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

/* ---- The choice ---- */

/* What is known of a method, or of a control, over one input, at one z or over many. All borrowed.
 */
typedef struct {
    const char *name;
    const explain_method *method; /* NULL: a control */
    estimate faithfulness;        /* the share of the target's changes that it foretells, 0..1, and
                                     its interval of 95 %; NaN: it was not judged */
    estimate near;                /* the same of small changes, a tenth of that way */
    const float *resamples;       /* (n_resamples): faithfulness in resamples that all candidates
                                     share; NULL: there are none */
    size_t n_resamples;
    double passes;     /* that it takes, forward and backward */
    bool is_signed;    /* its values say which way */
    bool is_rate;      /* it says how fast the target rises, and not what is lost */
    bool is_untested;  /* a test of its sanity is there, and it was left out */
    bool is_flagged;   /* it failed that test */
    bool is_certified; /* all checks of its own are met */
    bool knows_model;  /* a control that looks at the model, but not at what is explained */
} trust_candidate;

/* Why a candidate is, or is not, the one to trust: the first of these that holds, from the last
 * one on; and the order of their places. */
typedef enum {
    STANDING_TRUSTED,
    STANDING_DEARER,
    STANDING_LESS_FAITHFUL,
    STANDING_NO_BETTER,
    STANDING_NO_RATE,
    STANDING_UNTESTED,
    STANDING_FLAGGED,
    STANDING_UNCERTIFIED,
    STANDING_UNSIGNED,
    STANDING_UNJUDGED,
    STANDING_CONTROL,
} trust_standing;

/* By value: a word, and what it means of "it", a method. Ended by a row with name NULL. */
extern const array_word trust_standings[];

/* Candidates by their index; NO_INDEX: none. */
typedef struct {
    size_t n;
    trust_standing *standing; /* (n); owned, as is */
    size_t *order;            /* (n): by place, the one to trust first */
    size_t winner;
    size_t runner_up;     /* the winner, were there no winner */
    size_t most_faithful; /* the winner, did cost not count */
    size_t cheapest;      /* the winner, did faithfulness not count beyond the controls' */
    size_t control;       /* the most faithful control */
    estimate lead;        /* of the winner over the runner-up; NaN: there is none */
} trust_choice;

/* A difference in faithfulness that is no difference to anyone who reads a map. */
#define TRUST_NO_DIFFERENCE 0.01
/* What foretells less than that is the best there is at most, and not to be relied on. */
#define TRUST_MOST 0.5

/* The rule. A method may be trusted that says which way, was judged, meets its certificate, is not
 * flagged by the test of sanity, is more faithful than every control that knows nothing of the
 * model, and not less than one that knows the model alone (where that is a straight line, both are
 * right). A rate says what small changes do: one that foretells clearly less of these than another
 * method's rate is wrong by its own claim, whatever it foretells of large ones. Of these, all are
 * as good as the most faithful that trust_lead cannot tell from it, by more than
 * TRUST_NO_DIFFERENCE at 95 %; the cheapest of them is the one to trust: of equal cost the more
 * faithful, then the first by name. Does not depend on the candidates' order. */
void trust_choose_among(trust_choice *v, const trust_candidate *c, size_t n);
void trust_choice_release(trust_choice *v);
/* a's faithfulness less b's: with an interval of 95 % of the differences in each of the resamples,
 * or, where these are missing, of the two intervals as if they were independent. */
estimate trust_lead(const trust_candidate *a, const trust_candidate *b);

/* ---- Many explanations ---- */

/* What one explanation says of who is to be trusted over one input: what is kept of it.
 * Zero-initialise. */
typedef struct {
    trust_candidate *candidates; /* (n), with names of their own; owned, as is */
    size_t *places;              /* (n): 1 is the first */
    size_t n;
    size_t winner; /* NO_INDEX: none */
} trust_ballot;

/* Reads the table of quality; n is 0 where a has none over input. */
void trust_ballot_read(trust_ballot *b, const explanation *a, explain_input input);
/* b of the candidates that are handed over, which it copies but for resamples. */
void trust_ballot_fill(trust_ballot *b, const trust_candidate *c, size_t n);
void trust_ballot_release(trust_ballot *b);

/* A candidate over all ballots. */
typedef struct {
    const char *name;             /* of a ballot's */
    const explain_method *method; /* NULL: a control */
    trust_standing standing;
    estimate faithfulness; /* its mean; the interval is of resamples of the ballots */
    double place, passes;  /* means */
    size_t n_won, n_flagged;
} trust_rank;

/* Ballots are resampled together with what is decided by them, which is resampled itself. */
enum { RANKING_RESAMPLES = 1000, RANKING_REPETITIONS = 200 };

/* Who is to be trusted over many explanations. Zero-initialise. */
typedef struct {
    size_t n_ballots;
    trust_rank *ranks; /* (n) in the order of the choice; owned */
    size_t n;
    bool has_winner;    /* it is the first */
    bool has_runner_up; /* who would win without it ... */
    size_t runner_up;   /* ... by its place in ranks, */
    estimate lead;      /* and how much more the winner foretells */
    size_t n_without;   /* ballots that name none */
    size_t n_other;     /* ballots that do not name what wins over all, but another or none */
    double changes;     /* share of the repetitions in which something else wins; NaN: of one ballot
                           there are none */
} trust_ranking;

/* The rule of trust_choose_among, of means over the ballots. What is true of half of them or more
 * is held against a candidate. Of one ballot, what that says. Ballots of which n is 0 are passed
 * over; their order counts as that of what is resampled. Same bytes with any threads. */
void trust_ranking_make(trust_ranking *r, const trust_ballot *const *ballots, size_t n);
void trust_ranking_release(trust_ranking *r);

/* ---- Explainability ---- */

/* How explainable a generator is: scores in 0..1 at three levels. */
typedef enum {
    EXPLAINS_MODEL,    /* how much there is to look through */
    EXPLAINS_DECISION, /* how well a few simple terms tell what the target does */
    EXPLAINS_RESULT,   /* how far what is then said holds */
    N_EXPLAINABILITY_LEVELS
} explainability_level;

/* By value; ended by a row with name NULL. */
extern const array_word explainability_levels[];

typedef struct explainability_facts explainability_facts; /* of one z, explainability_detail.h */

/* One of the numbers that it is made of. One row, explainability_parts.c. */
typedef struct {
    const char *name;       /* "rank": in tables and JSON */
    const char *title;      /* what is the more true the more it has: "methods agree" */
    const char *definition; /* sentences and a formula in ASCII, with its constants */
    const char *source;     /* paper; NULL: it is ours */
    explainability_level level;
    bool is_of_model; /* it is the same for every z: it has no interval */
    double (*score)(const explainability_facts *f); /* 0..1, 1: nothing could be more explainable */
} explainability_part;

enum { N_EXPLAINABILITY_PARTS = 11, EXPLAINABILITY_SEEDS = 32 };
/* By level; ended by a row with name NULL. */
extern const explainability_part explainability_parts[N_EXPLAINABILITY_PARTS + 1];
/* How the parts make the whole. */
extern const char explainability_definition[];

/* What was found of a model. Values with their intervals of 95 % over the z. */
typedef struct {
    estimate total;
    estimate varies; /* the factor: whether there is something to explain */
    estimate level[N_EXPLAINABILITY_LEVELS], part[N_EXPLAINABILITY_PARTS];
    size_t n;                             /* z */
    double by_seed[EXPLAINABILITY_SEEDS]; /* (n) the total of each z, whose mean is the total */
} explainability;

/* Of x's G and its target, over n (1..EXPLAINABILITY_SEEDS) z that depend on seed alone; black and
 * white: the values of pixels. STATUS_DIVERGED where the Jacobian is not finite. */
typedef struct {
    const explainer *x;
    float black, white;
    uint64_t seed;
    size_t n;
    const explain_listener *listener; /* may end it; NULL: nobody */
} explainability_subject;

int explainability_find(explainability *out, const explainability_subject *s, error *e);
/* How many z are taken of each of so many classes (0: there are none): fewer, where they are many.
 */
size_t explainability_count(size_t n_classes);

/* ---- Reports ---- */

/* A model that the same z is explained in. All borrowed. */
typedef struct {
    const char *name;   /* "b, step 18,000" */
    double step;        /* of its training */
    const explainer *x; /* of the plan's own model: that one itself */
} trust_rival;

/* What all reports are set by, with explain_plan_set. All borrowed. */
typedef struct {
    const explain_plan *plan; /* that they stand in */
    const trust_rival *rivals;
    size_t n_rivals;        /* 0: none; else the model explained is one of them */
    bool is_drift;          /* they are steps of one training, the earliest first */
    const network *control; /* classifier that was trained on random labels; NULL: none */
} trust_settings;

/* In the order in which they stand in a plan; ended by NULL. */
extern const explain_method *const trust_reports[];
/* NULL where there is none of that name. */
const explain_method *trust_report_find(const char *name);

#endif
