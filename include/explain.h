/* SPDX-License-Identifier: MIT */
/* explain: which parts of the noise vector z made which parts of the picture G(z).
 *
 * A target is a differentiable scalar of z. A method turns (networks, target, z) into named arrays
 * and named checks. Draws nothing, prints nothing.
 *
 * Bytes: rows are explained in tiles of EXPLAIN_TILE rows (padded with zeros), one thread a tile,
 * so a seed's numbers do not depend on threads or on the seeds beside it.
 */
#ifndef GANLENS_EXPLAIN_H
#define GANLENS_EXPLAIN_H

#include "data.h"
#include "nn.h"

/* The pictures of data.h. */
enum { PICTURE_ROWS = PICTURE_SIDE, PICTURE_COLS = PICTURE_SIDE, N_PIXELS = PICTURE_PIXELS };

/* ---- Targets ---- */

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
    const char *start;   /* "pixel:", what completion offers */
    const char *form;    /* "pixel:R,C" */
    const char *meaning; /* "the pixel in row R, column C (0..27)" */
    bool needs_d;        /* sees the picture through D */
    bool needs_picture;  /* compares with a picture */
    size_t n_numbers;    /* after the colon */
} target_row;

/* In the order of target_kind, ended by a row with name NULL. */
extern const target_row explain_targets[];

/* Fills reference (N_PIXELS) with the picture that x (N_PIXELS) is compared with; returns its index
 * in the training set, or NO_INDEX. */
typedef size_t reference_finder(float *reference, const float *x, const void *context);

/* A parsed target; all values are in the network's own range. */
typedef struct {
    target_kind kind;
    size_t top, left, bottom, right; /* of a pixel or region, ends included */
    size_t layer_index, unit;        /* Sequential index of the layer, row of its weights */
    const char *picture;             /* what follows "rec:" or "loss:": points into the text read */
    double lambda;                   /* of loss = rec + lambda gen */
    reference_finder
        *find_reference; /* set by explain_reference_load; NULL: compares with nothing */
    const void *context;
} explain_target;

/* Parses "region:4,4,10,12". Failure (STATUS_USAGE) says what was found and expected. */
int explain_target_read(explain_target *t, const char *words, error *e);
/* What artefacts say of it: the words that were read, but of a file its name alone, without
 * folders. The caller frees it. */
char *explain_target_words(const explain_target *t, const char *words);

/* Where the pictures are that a target compares with, and what is known of those that the model was
 * trained on. */
typedef struct {
    const char *folder;        /* that the user gave, or NULL: what the model was trained on */
    size_t n_classes;          /* that its labels may have */
    const uint32_t *checksum;  /* of the dataset that the model was trained on; NULL: unknown */
    const char *config;        /* a file that says where that was, or NULL: unknown ... */
    const char *config_folder; /* ... and what it says */
    const char *model;         /* the file that messages name */
} reference_source;

/* What rec and loss compare with: a picture of a file, one of a set, or the nearest of it.
 * Zero-initialise. */
typedef struct {
    float low, high; /* range of the network's pictures */
    float *picture;  /* owned: the one, in that range */
    size_t index;    /* of it in the set, or NO_INDEX */
    dataset data;    /* loaded where a set is asked for */
    bool has_data;
    char *set_name; /* owned: the folder or file it came from; NULL: the built-in digits */
    enum { SET_UNKNOWN, SET_TRAINED_ON, SET_OTHER } kinship; /* of the set and the model */
    bool is_by_config; /* source->config decided where the set was read */
} explain_reference;

/* Loads what t->picture names ("FILE.png", "nearest" or an index) and makes t find it there, where
 * it must stay. Only for targets with a picture. A set that was not given is that of the training:
 * STATUS_BAD_INPUT, with what is needed, where it is found neither by source->config nor among the
 * built-in digits. Where the training's is not known, these are taken. */
int explain_reference_load(explain_reference *r, explain_target *t, const reference_source *source,
                           error *e);
/* "training picture 434", and what else picture i of the set is to the model, or the name of the
 * file; the caller frees it. */
char *explain_reference_words(const explain_reference *r, size_t i);
void explain_reference_release(explain_reference *r);

/* ---- The explainer ---- */

enum { EXPLAIN_TILE = TILE_ROWS, MAX_PARTS = 2 };

/* Folded networks and a target, shared by all threads, const in use. Zero-initialise. */
typedef struct {
    network g, d; /* folded; d.n_layers = 0 where there is none; d ends in the logit */
    network cut;  /* for TARGET_UNIT: G up to the unit's layer */
    size_t i_unit_layer;
    explain_target target;
    size_t z_dim;
    size_t n_parts; /* 2 for TARGET_LOSS: rec, lambda gen */
} explainer;

/* g and d (may be NULL) as stored; folded copies are made, and a sigmoid at the end of d is taken
 * off: the logit is what is explained. Fails where the target does not fit them: no D for a target
 * that needs one (STATUS_BAD_INPUT), a unit that is not there (STATUS_USAGE). */
int explainer_init(explainer *x, const network *g, const network *d, const explain_target *t,
                   error *e);
void explainer_release(explainer *x);

/* The networks in double. */
typedef struct {
    twin g, d, cut;
} explain_twin;

/* Room for one thread. Zero-initialise. */
typedef struct {
    tape g, d, cut;
    tangents t;                           /* made at the first Jacobian */
    explain_twin twin;                    /* made at the first check */
    float *input, *z;                     /* (EXPLAIN_TILE, z_dim) */
    float *dy, *dx, *part_dx, *reference; /* (EXPLAIN_TILE, 784) */
    size_t reference_index[EXPLAIN_TILE];
} explain_workspace;

void explain_workspace_init(explain_workspace *w, const explainer *x);
void explain_workspace_release(explain_workspace *w);

/* What is known of up to EXPLAIN_TILE rows of z. Arrays that are NULL are not wanted. */
typedef struct {
    size_t n;
    const float *z;                    /* (n, z_dim) */
    float *x;                          /* (n, 784): G(z) */
    float *logit;                      /* (n): D(G(z)); where there is a D */
    float *value;                      /* (n): the target */
    float *parts[MAX_PARTS];           /* (n): its parts, for TARGET_LOSS */
    float *gradient_z;                 /* (n, z_dim) */
    float *part_gradient_z[MAX_PARTS]; /* (n, z_dim), for TARGET_LOSS */
    float *gradient_x;                 /* (n, 784): by explain_gradient_x_name */
} explained_rows;

/* Whether the target is a function of the whole picture, through D or a distance. */
bool explain_sees_picture(const explainer *x);
/* What the gradient by the pixels is called: "gradient_x", the target's own, for targets that see
 * the picture through D or a distance; "d_gradient_x", d logit / d x, for the others where there is
 * a D; NULL where there is none. */
const char *explain_gradient_x_name(const explainer *x);
/* Fills r. Its products are not split inside parallel_for: only there do its bytes not depend on
 * the threads. */
void explain_rows(const explainer *x, explain_workspace *w, explained_rows *r);

/* J' u for a random u of signs, which sees each row of the Jacobian J: what J is checked by. */
typedef struct {
    float u[N_PIXELS];
    float *by_jacobian; /* (z_dim): the columns' products with u */
    double *by_twin;    /* (z_dim): a backward pass of the twin */
    size_t n_kinks;
} jacobian_probe;

jacobian_probe *jacobian_probe_create(const explainer *x, uint64_t seed);
void jacobian_probe_free(jacobian_probe *p);

/* What is wanted of a Jacobian d G / d z; NULL: not that. */
typedef struct {
    float *sensitivity;  /* (784): the L2 norms of its rows */
    float *jacobian;     /* (784, z_dim) */
    const size_t *which; /* (n_columns): indices of the columns that are wanted alone */
    size_t n_columns;
    float *columns;        /* (n_columns, 784) */
    jacobian_probe *probe; /* by_jacobian is filled */
} wanted_jacobian;

/* The Jacobian at one row of what the last explain_rows left in w, by forward mode. */
void explain_jacobian(const explainer *x, explain_workspace *w, size_t row,
                      const wanted_jacobian *j);

/* ---- Checks ---- */

/* A number that must not be over its tolerance. */
typedef struct {
    const char *name, *meaning; /* meaning: a sentence, with its source of truth */
    double value, tolerance;
    size_t n_samples; /* comparisons made or left out */
    size_t n_kinks;   /* by a check of differences: directions left out, with a kink in every step;
                         by one of a gradient: units on whose kink z lies */
} explain_check;

bool explain_check_is_met(const explain_check *c); /* false for NaN, too */
/* STATUS_CHECK_FAILED, with found and expected, where it is not met. */
int explain_check_judge(const explain_check *c, error *e);

/* Compares value and gradients of row i of r, which explain_rows has just left in w, with the
 * double-precision twin, and the gradient by z with the twin's central differences along
 * N_DIRECTIONS random directions (drawn from seed). Three checks and, where r holds a gradient by
 * the pixels, a fourth, all relative; what neither float nor a difference could resolve is no error
 * (src/explain/check.c says how that is judged). Returns how many. A (leaky) ReLU's kink inside the
 * difference's step is recognised: the step is made smaller, and a direction that has one in every
 * step is counted and left out.
 *
 * The twin reads the same folded networks, cut where a unit is the target, the same z and the same
 * reference picture: folding, cutting, drawing and finding are not checked here, but by tests.
 * p, where not NULL: its by_twin is filled for explain_check_jacobian. */
enum { N_DIRECTIONS = 4, N_GRADIENT_CHECKS = 4 };
size_t explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                              explain_workspace *w, const explained_rows *r, size_t i,
                              uint64_t seed, jacobian_probe *p);
/* Of a probe that explain_jacobian and explain_check_gradient have filled. */
explain_check explain_check_jacobian(const explainer *x, const explain_workspace *w, size_t row,
                                     const jacobian_probe *p);

/* ---- Many rows ---- */

/* Room for n rows: value, gradient_z and gradient_x; z (n, z_dim) stays the caller's. */
void explained_rows_init(explained_rows *r, const explainer *x, const float *z, size_t n);
void explained_rows_release(explained_rows *r);
/* The first row with a value or gradient that is not finite, or n. */
size_t explained_rows_not_finite(const explained_rows *r, const explainer *x);

/* What was found of a tile: the row that was checked, and of its checks the one that is nearest to
 * its tolerance or farthest over it. */
typedef struct {
    size_t row;
    explain_check worst;
} tile_check;

/* explain_rows for any n, tile by tile over the threads; workspaces: one a thread. Of each tile one
 * row is checked, which one is drawn from probe[first row of the tile], with probe[that row] as its
 * seed; checks: one a tile. */
void explain_many(const explainer *x, explain_workspace *workspaces, const explained_rows *r,
                  const uint64_t *probe, tile_check *checks);

/* ---- Arrays ---- */

/* What an array's numbers lie over, and so its shape. */
typedef enum {
    SPACE_SCALAR, /* one number */
    SPACE_Z,      /* (z_dim): one a component of z */
    SPACE_X,      /* (pixels): one a pixel, by rows */
    SPACE_X_LIST, /* (items, pixels): maps of the pixels, each with a label */
    SPACE_LAYER,  /* (units): one a unit of a layer */
    SPACE_CURVE,  /* (1 + series, points): the abscissa, then a row a series, each with a label */
    SPACE_MATRIX, /* (rows, columns) */
    SPACE_TREE,   /* (nodes, TREE_COLUMNS): a decision tree of z, its root first */
    SPACE_TABLE,  /* (rows, columns), each column with a label */
} array_space;

/* A node of a tree, as numbers. */
enum {
    TREE_COMPONENT, /* of z that is looked at; below 0: a leaf */
    TREE_THRESHOLD, /* z below it goes to ... */
    TREE_BELOW,     /* ... the node of that row, else to ... */
    TREE_ABOVE,     /* ... that one */
    TREE_VALUE,     /* mean of the target there */
    TREE_SHARE,     /* of all samples that come here */
    TREE_COLUMNS
};

typedef enum {
    SIGN_SIGNED,    /* what is above 0 and below it mean opposite things */
    SIGN_MAGNITUDE, /* never below 0 */
    SIGN_PLAIN,     /* values in their own right, such as those of a picture */
} array_sign;

typedef enum {
    ROLE_ATTRIBUTION, /* says which parts of z or of the picture made the target */
    ROLE_EVIDENCE,    /* shows what that rests on */
    ROLE_RAW,         /* is stored, but neither drawn nor spoken of */
} array_role;

/* An array as its method declares it; all that is drawn and said of it follows from this row. What
 * is NULL is not said. */
typedef struct {
    const char *name; /* of the tensor, of the JSON key and of the PNG, less its end */
    array_space space;
    array_sign sign;
    array_role role;
    const char *title;    /* "What each component of z does to the target" */
    const char *unit;     /* "d target / d z" */
    const char *meaning;  /* what a value says, after a colon: "how fast the target rises ..." */
    const char *positive; /* what a component of z with a value above 0 does: "Raising it raises
                             the target" ... */
    const char *negative; /* ... and one with a value below 0 */
    const char *if_zero;  /* what it says where all values are 0, after a colon */
    const char *error_of; /* the array whose standard error it is */
    const char *items_of; /* the array over z to whose components the items of a list belong */
    const char *part_of;  /* the array that it adds up to, with its other parts; title is then what
                             tells the parts apart */
} array_row;

/* ---- Explanations and methods ---- */

typedef struct {
    const array_row *row;
    size_t rank, shape[2], n;
    float *data;   /* owned, as all of it */
    char **labels; /* (n_labels): of items, series or columns; of a layer one: its name */
    size_t n_labels;
    size_t *items; /* (shape[0]), of a list with items_of: the components; else NULL */
} named_array;

/* All that methods found at one z. Zero-initialise. */
typedef struct {
    size_t z_dim, n_pixels;
    const float *z, *x;        /* (z_dim), (n_pixels): of its arrays */
    const array_row *declared; /* what may be added now; ended by a row without name */
    named_array *arrays;       /* "z", "x", "target", "gradient_z" ... */
    size_t n_arrays;
    explain_check *checks;
    size_t n_checks;
} explanation;

void explanation_release(explanation *a);
/* Adds zeros under a name that is declared and not yet there, and returns where they are. rows and
 * cols are what the space leaves open, else 0: items (a list), units (a layer), 1 + series and
 * points (a curve), rows and columns (a matrix, a table), nodes (a tree). */
float *explanation_add(explanation *a, const char *name, size_t rows, size_t cols);
/* Of the array that was added last: the label of its next item, series or column. */
void explanation_add_label(explanation *a, const char *label);
/* Of the list that was added last: the component of each item. */
void explanation_set_items(explanation *a, const size_t *items);
/* NULL where there is none. */
const named_array *explanation_find(const explanation *a, const char *name);
void explanation_add_check(explanation *a, const explain_check *c);

/* What methods are asked for beside the target. */
typedef struct {
    size_t n_top;
    bool wants_jacobian;
    bool skips_checks; /* when only the arrays' sizes are wanted */
    uint64_t probe;    /* seed of the checks' directions */
} explain_request;

/* What a method finds when it is run. */
typedef struct {
    const explainer *x;
    explain_workspace *w; /* as explain_rows left it at z; may be used for any other row */
    const explain_request *q;
    explained_rows *rows; /* the one row z: x, value, parts, gradients and, with a D, the logit */
    const void *state;    /* what prepare made */
} explain_task;

/* A method: one object a file. */
typedef struct {
    const char *name, *summary, *source;
    const array_row *arrays; /* what it may leave; ended by a row without name */
    bool is_streamed;        /* what it leaves is what explain_many finds of many rows */
    /* Makes what all runs need, once; NULL: nothing. Runs share it and leave it as it is. */
    int (*prepare)(void **state, const explainer *x, const explain_request *q, error *e);
    /* Adds arrays and checks to a. A body of parallel_for. */
    int (*run)(const explain_task *t, explanation *a, error *e);
    void (*release)(void *state);
} explain_method;

/* Ended by NULL. */
extern const explain_method *const explain_methods[];
/* What explain() itself adds: z, x, target, its parts and the logit; ended by a row without name.
 */
extern const array_row explain_base_arrays[];

/* The methods of a run. Zero-initialise. */
typedef struct {
    const explain_method **methods; /* the array is owned */
    void **states;                  /* of the first n_prepared; owned */
    size_t n, n_prepared;
} explain_plan;

void explain_plan_add(explain_plan *p, const explain_method *method);
/* Adds those of a comma list, each once and in the table's order; "all" is all. Names that are none
 * are passed over. */
void explain_plan_choose(explain_plan *p, const char *list);
int explain_plan_prepare(explain_plan *p, const explainer *x, const explain_request *q, error *e);
void explain_plan_release(explain_plan *p);

/* Fills a with what is known of z, then runs the methods in turn; in a body of parallel_for, as
 * explain_rows. */
int explain(explanation *a, const explainer *x, explain_workspace *w, const float *z,
            const explain_request *q, const explain_plan *p, error *e);

/* ---- Findings ---- */

/* Where the weight of a map lies: the centre of its squares, the ninth of the picture (0..8, by
 * rows; 9, 10 and 9 pixels wide) that holds most of them, and that ninth's share. A map of zeros:
 * is_zero, the picture's centre. */
typedef struct {
    bool is_zero;
    double row, col, share;
    size_t ninth;
} map_place;

map_place find_place(const float *map);
/* The k strongest of the n values (all, if n is less), by magnitude, equal ones by index; fills
 * which and returns how many. */
size_t find_strongest(size_t *which, size_t k, const float *v, size_t n);
/* "upper left" ... "centre" ... "lower right". */
const char *ninth_name(size_t ninth);

/* All that is said of an explanation, as JSON: target, logit, each array's least, greatest, norm
 * and place, the strongest components with their shares, checks. NaN and infinity are null. */
json_t *explanation_numbers(const explanation *a, const explainer *x);
/* STATUS_DIVERGED naming an array that is not finite, else STATUS_CHECK_FAILED with the first check
 * that is not met, else 0. */
int explanation_judge(const explanation *a, error *e);

#endif
