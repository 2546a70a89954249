/* SPDX-License-Identifier: MIT */
/* evaluation: how good pictures are, from what is to be judged to tables and figures.
 *
 * Candidates, each a model's pictures or those of a folder or file, are measured against the same
 * real pictures by one judge. Other real pictures, as many as a candidate has, are measured against
 * them too: the floor, what a value of real pictures is.
 *
 *   L = the test pictures in an order drawn by the seed, then the training pictures likewise
 *   real  = the first n of L
 *   other = the last n of L
 *   n = what is asked for, at most half of L, and at most what every candidate has
 *
 * Picture i of a model is that of seed `seed + i`; of a conditional model it is asked for the class
 * of real picture i. Of a folder or file with more than n pictures n are drawn by the seed.
 */
#ifndef GANLENS_EVALUATION_H
#define GANLENS_EVALUATION_H

#include "metrics.h"
#include "report.h"
#include "session.h"

/* ---- What is asked for ---- */

/* All borrowed. */
typedef struct {
    voice *voice;
    const char *progress;                 /* how that is shown, as --progress says */
    const char *const *paths;             /* (n_paths) of the candidates */
    size_t n_paths;                       /* 0: features are given */
    const checkpoint_options *checkpoint; /* how those that are one are opened */
    const char *data;          /* NULL: what a model was trained on, or the built-in digits */
    const char *judge;         /* NULL: the built-in one */
    const char *metrics;       /* names by comma; NULL: all that can be measured */
    const char *features;      /* "A.npy,B.npy": of generated and of real pictures; NULL: paths */
    const threshold *required; /* (n_required), whose metrics are measured, too */
    size_t n_required;
    uint64_t seed;
    size_t n; /* pictures of each set, at most */
} evaluation_request;

/* ---- What an evaluation holds ---- */

/* What all candidates are held against. */
typedef struct {
    dataset data;      /* which the pictures are from; its training part may be learned by heart */
    char *data_config; /* the config.json that named them, owned; NULL: none */
    real_sets sets;    /* pictures of real, then of other */
    size_t n_test;     /* so many of real are test pictures: the first ones */
    judged_set real;   /* or given features, and nothing else of this struct */
    judged_set other;  /* n = 0: none */
    metric_context context;
    comparison floor; /* other against real */
} real_pictures;

/* What came out for a metric. */
typedef struct {
    const metric *metric;
    char *reason;     /* why there is no value; NULL: there is one; owned */
    bool is_diverged; /* there is none because it is not finite */
    metric_result result;
} measurement;

/* Pictures that are judged. */
typedef struct {
    const char *path;     /* as it was given; borrowed */
    model_file model;     /* of a checkpoint; else path NULL, and: */
    dataset found;        /* of a folder or file: all there is, as its train */
    drawn_pictures drawn; /* of a checkpoint: those judged; else without networks */
    uint8_t *labels;      /* (n), the classes they were asked for; owned; NULL: not known */
    judged_set set;
    metric_context context;
    comparison against_real;
    measurement *measurements; /* (n_metrics), owned */
} candidate;

/* Zero-initialise; evaluation_release accepts that. */
typedef struct {
    evaluation_request request;
    picture_shape shape;
    size_t n;               /* pictures of each set */
    const metric **metrics; /* (n_metrics), those asked for, in the order of the table; owned */
    size_t n_metrics;
    judge_file judge; /* without layers for given features */
    real_pictures real;
    measurement *floors;   /* (n_metrics), with a reason where there is none; owned */
    candidate *candidates; /* (n_candidates), owned */
    size_t n_candidates;
    float *features[2];     /* given ones, of the candidate and real; owned; NULL: none */
    char *feature_paths[2]; /* their files, likewise */
} evaluation;

/* ---- Measuring ---- */

/* Reads and checks all inputs, and says what it warns of. What does not fit (STATUS_BAD_INPUT) is
 * named with file, found and expected. */
int evaluation_open(evaluation *v, const evaluation_request *r, error *e);
void evaluation_list_inputs(const evaluation *v, file_list *f);
/* Draws, judges and measures, with a progress line. What cannot be measured has a reason in its
 * place, unless it was asked for by name and no candidate has what it needs (STATUS_USAGE). A
 * picture that is not finite: STATUS_DIVERGED. */
int evaluation_run(evaluation *v, error *e);
void evaluation_release(evaluation *v);

/* STATUS_DIVERGED names a value that is not finite; else STATUS_CHECK_FAILED each required
 * threshold that a candidate does not meet, or has no value for. */
int evaluation_check(const evaluation *v, error *e);

/* ---- What is said ---- */

/* A table for a terminal: of one candidate by what its metrics say, of several side by side. */
void evaluation_words(text *out, const evaluation *v);
/* A row for each candidate and metric. */
void evaluation_csv(text *out, const evaluation *v);
/* Schema 1, as ganlens(7) says; the caller releases it. */
json_t *evaluation_json(const evaluation *v);
/* A line a metric: name, what it says of pictures, title and source by tabs. */
void evaluation_list_metrics(text *out);

/* ---- Figures ---- */

/* Each initialises f, which the caller draws or saves (figure_save) and releases. */

/* How good pictures are, on one page. Of one candidate: its numbers beside the floor's, its
 * pictures beside real ones, how classes come off, the best and the worst; of given features the
 * numbers alone. Of several, side by side: pictures of the same seeds, and numbers. */
void evaluation_report_figure(figure *f, evaluation *v);
/* Where the first candidate's pictures lie, and where real ones do, in the plane of the first two
 * principal components of the judge's features on the real ones. STATUS_USAGE where there are no
 * pictures, or all real ones have one place. */
int evaluation_map_figure(figure *f, const evaluation *v, error *e);

#endif
