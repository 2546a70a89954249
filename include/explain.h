/* SPDX-License-Identifier: MIT */
/* explain: which parts of the noise vector z made which parts of the picture G(z).
 *
 * A target is a differentiable scalar of z. A method turns (networks, target, z) into named arrays and
 * named checks. Draws nothing, prints nothing.
 *
 * Bytes: rows are explained in tiles of EXPLAIN_TILE rows (padded with zeros), one thread a tile, so a
 * seed's numbers do not depend on threads or on the seeds beside it.
 */
#ifndef GANLENS_EXPLAIN_H
#define GANLENS_EXPLAIN_H

#include "nn.h"

enum { PICTURE_ROWS = 28, PICTURE_COLS = 28, N_PIXELS = PICTURE_ROWS * PICTURE_COLS };

/* ---- Targets ---------------------------------------------------------------------------------- */

typedef enum {
    TARGET_LOGIT,
    TARGET_PIXEL,
    TARGET_REGION,
    TARGET_INK,
    TARGET_GEN,
    TARGET_REC,
    TARGET_LOSS,
    TARGET_UNIT,
} target_kind;

/* A row of the table: what --target takes and what help says of it. */
typedef struct {
    const char *name;    /* "pixel" */
    const char *form;    /* "pixel:R,C" */
    const char *meaning; /* "the pixel in row R, column C (0..27)" */
    bool needs_d;        /* sees the picture through D */
    bool needs_picture;  /* compares with a picture */
    size_t n_numbers;    /* after the colon */
} target_row;

/* In the order of target_kind, ended by a row with name NULL. */
extern const target_row explain_targets[];

/* Fills reference (N_PIXELS) with the picture that x (N_PIXELS) is compared with. */
typedef void reference_finder(float *reference, const float *x, void *context);

/* A parsed target; all values are in the network's own range. */
typedef struct {
    target_kind kind;
    size_t top, left, bottom, right; /* of a pixel or region, ends included */
    size_t layer_index, unit;        /* Sequential index of the layer, row of its weights */
    const char *picture;             /* what follows "rec:" or "loss:": points into the text read */
    double lambda;                   /* of loss = rec + lambda gen */
    reference_finder *find_reference;
    void *context;
} explain_target;

/* Parses "region:4,4,10,12". Failure (STATUS_USAGE) says what was found and expected. */
int explain_target_read(explain_target *t, const char *words, error *e);

/* ---- The explainer ------------------------------------------------------------------------------ */

enum { EXPLAIN_TILE = TILE_ROWS, MAX_PARTS = 2 };

/* Folded networks and a target, shared by all threads, const in use. Zero-initialise. */
typedef struct {
    network g, d; /* folded; d.n_layers = 0 where there is none */
    network cut;  /* for TARGET_UNIT: G up to the unit's layer */
    size_t i_unit_layer;
    explain_target target;
    size_t z_dim;
    size_t n_parts; /* 2 for TARGET_LOSS: rec, lambda gen */
} explainer;

/* g and d (may be NULL) as stored; folded copies are made. Fails where the target does not fit them:
 * no D for a target that needs one (STATUS_BAD_INPUT), a unit that is not there (STATUS_USAGE). */
int explainer_init(explainer *x, const network *g, const network *d, const explain_target *t, error *e);
void explainer_release(explainer *x);

/* The networks in double. */
typedef struct {
    twin g, d, cut;
} explain_twin;

/* Room for one thread. Zero-initialise. */
typedef struct {
    tape g, d, cut;
    tangents t;           /* made at the first Jacobian */
    explain_twin twins[2]; /* both ends of a difference; made at the first check */
    float *input, *z;     /* (EXPLAIN_TILE, z_dim) */
    float *dy, *dx, *part_dx, *reference; /* (EXPLAIN_TILE, 784) */
} explain_workspace;

void explain_workspace_init(explain_workspace *w, const explainer *x);
void explain_workspace_release(explain_workspace *w);

/* What is known of up to EXPLAIN_TILE rows of z. Arrays that are NULL are not wanted. */
typedef struct {
    size_t n;
    const float *z;    /* (n, z_dim) */
    float *x;          /* (n, 784): G(z) */
    float *logit;      /* (n): D(G(z)); where there is a D */
    float *value;      /* (n): the target */
    float *parts[MAX_PARTS];             /* (n): its parts, for TARGET_LOSS */
    float *gradient_z;                   /* (n, z_dim) */
    float *part_gradient_z[MAX_PARTS];   /* (n, z_dim), for TARGET_LOSS */
    float *gradient_x;   /* (n, 784): d target / d x where explainer_sees_picture, else d logit / d x */
} explained_rows;

/* Whether gradient_x is the target's own, not the logit's. */
bool explainer_sees_picture(const explainer *x);
void explain_rows(const explainer *x, explain_workspace *w, explained_rows *r);

/* The Jacobian d G / d z at one z, by forward mode. sensitivity (784), the L2 norms of its rows;
 * jacobian (784, z_dim); each NULL where not wanted. columns (n_columns, 784): the columns `which`. */
void explain_jacobian(const explainer *x, explain_workspace *w, const float *z, float *sensitivity,
                      float *jacobian, const size_t *which, size_t n_columns, float *columns);

/* ---- Checks ------------------------------------------------------------------------------------ */

/* A number that must not be over its tolerance. */
typedef struct {
    const char *name, *meaning; /* meaning: a sentence, with its source of truth */
    double value, tolerance;
    size_t n_samples, n_kinks;  /* directions taken; of them with a kink inside every step */
} explain_check;

bool explain_check_is_met(const explain_check *c); /* false for NaN, too */

/* Compares value and gradient of row i of r with the double-precision twin and the gradient with the
 * twin's central differences along N_DIRECTIONS random directions (drawn from probe). Three checks. A
 * (leaky) ReLU's kink inside the difference's step is recognised: the step is made smaller, and a
 * direction that has one in every step is counted and left out. */
enum { N_DIRECTIONS = 4, N_GRADIENT_CHECKS = 3 };
void explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                            explain_workspace *w, const explained_rows *r, size_t i, uint64_t probe);

/* ---- Explanations and methods --------------------------------------------------------------------- */

typedef struct {
    char name[32];
    size_t rank, shape[2], n;
    float *data; /* owned by the explanation */
} named_array;

/* All that methods found at one z. Zero-initialise. */
typedef struct {
    named_array *arrays;
    size_t n_arrays;
    explain_check *checks;
    size_t n_checks;
    size_t *top;  /* the strongest components of gradient_z, by magnitude, equal ones by index */
    size_t n_top;
} explanation;

void explanation_release(explanation *a);
/* Adds zeros of that shape and returns where they are. */
float *explanation_add(explanation *a, const char *name, size_t rank, size_t rows, size_t cols);
/* NULL where there is none. */
const named_array *explanation_find(const explanation *a, const char *name);
void explanation_add_check(explanation *a, const explain_check *c);

/* What methods are asked for beside the target. */
typedef struct {
    size_t n_top;
    bool wants_jacobian;
    uint64_t probe; /* seed of the checks' directions */
} explain_request;

/* A row of the table of methods: adds its arrays and checks to a, which holds z, x, target and what
 * earlier methods left. */
typedef struct {
    const char *name, *summary, *source;
    int (*run)(const explainer *x, explain_workspace *w, const explain_request *q, explanation *a,
               error *e);
} explain_method;

/* Ended by a row with name NULL. */
extern const explain_method explain_methods[];
const explain_method *explain_method_find(const char *name);

/* Fills a with z and runs the methods in turn. */
int explain(explanation *a, const explainer *x, explain_workspace *w, const float *z,
            const explain_request *q, const explain_method *const *methods, size_t n_methods, error *e);

/* ---- Findings -------------------------------------------------------------------------------------- */

/* Where the weight of a map lies: the centre of its squares, the ninth of the picture (0..8, by rows)
 * that holds most of them, and that ninth's share. */
typedef struct {
    double row, col, share;
    size_t ninth;
} map_place;

map_place find_place(const float *map);
/* "upper left" ... "centre" ... "lower right". */
const char *ninth_name(size_t ninth);

/* All that is said of an explanation, as JSON: target, logit, each array's least, greatest, norm and
 * place, the strongest components with their shares, checks. NaN and infinity are null. */
json_t *explanation_numbers(const explanation *a, const explainer *x);
/* Whether every check is met. */
bool explanation_is_sound(const explanation *a);
/* The first value of all arrays that is not finite: its array's name, or NULL. */
const char *explanation_not_finite(const explanation *a);

#endif
