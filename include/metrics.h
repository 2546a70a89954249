/* SPDX-License-Identifier: MIT */
/* metrics: how good pictures are, in numbers.
 *
 * A judge, a classifier that stays as it is, looks at pictures: what its last hidden layer makes of
 * them (features) and which class it sees. A metric compares a set of pictures with a set of real
 * ones and says its value, how far chance may have moved it, and of how many pictures. What it is
 * is told by its row, which help, manual and tables read. The same of real pictures against real
 * ones, its floor, is what the value is to be held against: metric_measure is called with both.
 *
 * Numbers are the same bytes on any number of threads: work is cut into tiles of fixed sizes, and
 * sums are in double.
 */
#ifndef GANLENS_METRICS_H
#define GANLENS_METRICS_H

#include "data.h"
#include "nn.h"

/* ---- The judge ---- */

/* Zero-initialise; judge_release accepts that. */
typedef struct {
    network body, head;   /* picture -> features -> raw logits of the classes; owned */
    picture_shape shape;  /* of the pictures it knows */
    float low, high;      /* and their range */
    const char *checksum; /* the SHA-256 of its file; borrowed */
} judge;

/* Of a classifier, folded, of two layers at least: its last layer is the head. */
void judge_init(judge *j, const network *classifier, picture_shape shape, float low, float high,
                const char *checksum);
void judge_release(judge *j);
size_t judge_n_classes(const judge *j);
size_t judge_n_features(const judge *j);

/* ---- Sets of pictures ---- */

/* n pictures and what a judge makes of them. Zero-initialise; judged_set_release accepts that. */
typedef struct {
    size_t n;
    picture_shape shape;   /* all 0 where features are given in place of pictures */
    const uint8_t *pixels; /* (n, shape.n), borrowed; NULL: none */
    const uint8_t
        *labels;     /* (n), the classes they are of or were asked for, borrowed; NULL: not known */
    float *pictures; /* (n, shape.n) in 0..1, owned; NULL without pixels */
    matrix features; /* (n, n_features) */
    float *own_features; /* which they lie in, where they are not given; owned */
    size_t n_classes;    /* 0 without a judge */
    float *logits;       /* (n, n_classes), owned; NULL without a judge */
    uint8_t *seen;       /* (n), the class of the greatest logit, owned; NULL without a judge */
    const uint32_t *training_places; /* (n), set by who has training pictures in it, borrowed: which
                                        one each is, or NO_TRAINING_PLACE; NULL: none are */
    struct set_memory *memory;       /* owned: what is found of it once, for every comparison */
} judged_set;

#define NO_TRAINING_PLACE UINT32_MAX

/* Pictures of j's shape, bytes, with their labels or NULL; both are to outlive s. */
void judged_set_init(judged_set *s, const judge *j, const uint8_t *pixels, const uint8_t *labels,
                     size_t n);
/* Features alone (n, d), finite, which are to outlive s. */
void judged_set_init_features(judged_set *s, matrix features);
void judged_set_release(judged_set *s);
/* probability (n_classes) of picture i, by a softmax in double. */
void judged_set_probability(double *probability, const judged_set *s, size_t i);

/* ---- How far a judge can be believed ---- */

/* On pictures whose classes are known. */
typedef struct {
    size_t n, n_classes;
    double accuracy;          /* the share whose class it tells */
    double calibration_error; /* by how much that is off from the probability it gives: the expected
                                 calibration error of 15 bins of equal width (Guo et al. 2017,
                                 equation 3) */
    /* Of each class: of those told it, those that are of it; of these, those told it; the harmonic
     * mean of both. NaN where there are none. */
    double precision[MAX_LABELS], recall[MAX_LABELS], f1[MAX_LABELS];
} judge_quality;

/* s has labels, and a judge looked at it. */
void judge_quality_find(judge_quality *q, const judged_set *s);

/* ---- What metrics measure on ---- */

/* A generator as plain networks, one for each class that it can be asked for, and the class of each
 * seed's picture. */
typedef struct {
    const network *const *networks; /* (n_networks) z -> picture, folded; all borrowed */
    const network *const *critics; /* (n_networks) picture -> logit, folded; NULL: there are none */
    size_t n_networks;
    const uint8_t *which; /* (n): of picture i; NULL: networks[0] */
    float low, high;      /* range of its pictures */
    uint64_t first_seed;  /* picture i is of seed first_seed + i */
} metric_generator;

/* pixels (n, outputs of the networks) = its first n pictures, as gansample writes them. Returns the
 * first of them that is not finite; n: all are. */
size_t metric_generator_draw(uint8_t *pixels, const metric_generator *g, size_t n);

/* What of a VAE the bound on its likelihood is made of, or of an AE its reconstruction. Where it is
 * conditional (n_networks > 1), networks k are those of class k, which the real pictures' labels
 * say. */
typedef struct {
    const network *const *encoders; /* picture -> moments (mean, log variance) of z, or of an AE z;
                                       folded, one for each class, as the decoders; borrowed */
    const network *const *decoders; /* z, without the prior of an AE, -> what the loss reads */
    size_t n_networks;
    bool has_moments;
    bool is_logit; /* decoders end before their sigmoid, and the pictures are Bernoulli's */
    float low, high;
} metric_autoencoder;

/* What the metrics of one evaluation share. All borrowed, and NULL where there is none. */
typedef struct {
    const judge *judge;
    const image_set *training; /* pictures that may have been learned by heart */
    const metric_generator *generator;
    const metric_autoencoder *autoencoder;
    const judged_set *twin; /* another training's pictures, of the seeds of the set's */
    uint64_t seed;          /* of all that metrics draw */
} metric_context;

/* Two sets, and what several metrics need of both: each is found when it is first asked for. */
typedef struct {
    const judged_set *set, *real;
    const metric_context *context;
    struct comparison_memory *memory; /* owned */
} comparison;

/* Zero features, differing numbers of features: programmer's errors. */
void comparison_init(comparison *c, const judged_set *set, const judged_set *real,
                     const metric_context *context);
void comparison_release(comparison *c);
/* (set->n): the real picture that is nearest to each by its pixels, the first of equals. c owns it.
 */
const uint32_t *comparison_nearest_real(comparison *c);
/* What is near to a set's first pictures among the training pictures, by their pixels; of a
 * training picture, among the others. */
typedef struct {
    size_t n;          /* of the set */
    uint32_t *nearest; /* (n), owned */
    double *nearness;  /* (n): how far that is, over how far the tenth nearest is, or the last where
                          there are fewer; 0 where both are copies; owned */
    double *distance;  /* (n): how far that is, Euclidean, of pixels in 0..1; owned */
} training_neighbours;

/* Of as many as memorization looks at. The set owns it. */
const training_neighbours *judged_set_near_training(const judged_set *s, const image_set *training);

/* SSIM (Wang et al. 2004, equation 13) of two pictures in 0..1, as metric ssim has it: at most 1, 1
 * of equal ones. */
double pictures_ssim(const float *a, const float *b, picture_shape shape);

/* ---- Metrics ---- */

/* A value and its interval of 95 %; low and high NaN: none. */
typedef struct {
    double value, low, high;
} estimate;

enum { MAX_METRIC_PARTS = 16 };

/* A number beside the value: "recall" of a class, the radius of a ball. */
typedef struct {
    const char *name; /* a key for JSON: "standard_error" */
    double value;
} metric_part;

/* Zero-initialise; metric_result_release accepts that. */
typedef struct {
    estimate value;
    size_t n, n_real; /* pictures it is of */
    metric_part parts[MAX_METRIC_PARTS];
    size_t n_parts;
    estimate *by_class; /* (n_classes), owned; NULL: it has none */
    size_t n_classes;
    double
        *by_picture; /* (n): of each picture of the set, for its best and worst; owned, or NULL */
} metric_result;

void metric_result_release(metric_result *r);
/* Adds a number beside the value. */
void result_add_part(metric_result *r, const char *name, double value);
/* Estimates of n classes, NaN so far. */
estimate *result_add_classes(metric_result *r, size_t n);

/* What it says of a generator. */
typedef enum {
    SAYS_QUALITY,
    SAYS_DIVERSITY,
    SAYS_COVERAGE,
    SAYS_STABILITY,
    SAYS_FAIRNESS,
    SAYS_MEMORY, /* whether it learned pictures by heart */
    SAYS_EXPLAINABILITY,
    N_SAYINGS
} metric_saying;

/* "quality", ... */
extern const char *const metric_sayings[N_SAYINGS];

/* What it is measured on; bits. */
enum {
    NEEDS_FEATURES = 1u << 0,
    NEEDS_PICTURES = 1u << 1,
    NEEDS_CLASSES = 1u << 2,  /* that the judge sees */
    NEEDS_LABELS = 1u << 3,   /* of the set: what was asked for */
    NEEDS_TRAINING = 1u << 4, /* pictures */
    NEEDS_GENERATOR = 1u << 5,
    NEEDS_AUTOENCODER = 1u << 6,
    NEEDS_REAL_LABELS = 1u << 7, /* the classes of the real pictures */
    NEEDS_TWIN = 1u << 8,
    NEEDS_MOMENTS = 1u << 9, /* an autoencoder that has them */
    NEEDS_END = 1u << 10
};

typedef enum { LESS_IS_BETTER, MORE_IS_BETTER, NEAR_REAL_IS_BETTER } metric_direction;

/* One object, one file. */
typedef struct {
    const char *name;          /* "fcd": in options, thresholds and JSON */
    const char *title;         /* "Frechet classifier distance" */
    const char *fidelity_name; /* what torch-fidelity calls it; NULL: it has it not */
    metric_saying says;
    const char *definition;    /* sentences, plain words and a formula in ASCII */
    const char *estimator;     /* of value and interval, with its constants */
    const char *source;        /* paper, equation */
    const char *lies;          /* when it misleads: a sentence */
    const char *class_quality; /* what by_class says of each class, the more the better; NULL: it is
                                  not how well a class comes off, or there is none */
    unsigned needs;
    metric_direction better;
    bool is_share;     /* of all values 0..1 are the ends */
    int decimals;      /* in tables */
    bool has_no_floor; /* it reads no real pictures, or has no meaning on them */
    double cost; /* seconds, about, of 10,000 against 10,000 pictures on one core: for the ETA */
    /* STATUS_USAGE where there are too few pictures, which it names with how many are needed. */
    int (*measure)(metric_result *out, comparison *c, error *e);
} metric;

/* The table, ended by NULL. */
extern const metric *const metrics[];
/* NULL where there is none of that name. */
const metric *metric_find(const char *name);
/* One of the bits, in words: "a generator". */
const char *metric_need_words(unsigned need);
/* Which of its needs c lacks, in words; NULL: none. */
const char *metric_lacks(const metric *m, const comparison *c);
/* Fails as the metric does, after "NAME: ", and on a value that is not finite. */
int metric_measure(metric_result *out, const metric *m, comparison *c, error *e);

/* ---- Thresholds ---- */

enum { MAX_THRESHOLDS = 32 };

typedef struct {
    const metric *metric;
    bool is_upper; /* the value must be below the limit, else above it */
    bool is_strict;
    double limit;
} threshold;

/* Reads "fcd<20,coverage>=0.6"; STATUS_USAGE names the word, what was found and what is expected.
 */
int thresholds_read(threshold out[MAX_THRESHOLDS], size_t *n, const char *given, error *e);
/* A value that is not a number meets none. */
bool threshold_is_met(const threshold *t, double value);
/* Adds "fcd < 20". */
void threshold_add(text *out, const threshold *t);

#endif
