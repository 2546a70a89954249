/* SPDX-License-Identifier: MIT */
/* explain: which parts of the noise vector z made which parts of the picture G(z).
 *
 * A target is a differentiable scalar of z: a sum of functions of what networks make of z or of the
 * picture. A method turns (networks, target, z) into declared arrays and checks. Draws nothing,
 * prints nothing.
 *
 * Up to EXPLAIN_TILE rows are explained at a time. A row's numbers depend on that row alone, to the
 * bit: not on threads, on the rows beside it or on its place among them. What a method draws
 * depends on the request's seed, too.
 */
#ifndef GANLENS_EXPLAIN_H
#define GANLENS_EXPLAIN_H

#include "data.h"
#include "image.h"
#include "nn.h"
#include "strokes.h"

enum { EXPLAIN_TILE = TILE_ROWS, MAX_KNOWN_CLASSES = 256 };

typedef struct explainer explainer;
typedef struct explain_target explain_target;
typedef struct explain_method explain_method;

/* The networks of an explainer: plain dense ones, with BatchNorm folded into them. */
typedef enum {
    NET_G,          /* z -> picture */
    NET_CRITIC,     /* picture -> one logit */
    NET_CLASSIFIER, /* picture -> a logit for each class */
    NET_CUT,        /* z -> pre-activations of a layer inside G */
    N_NETS
} explain_net;

/* ---- Arrays ---- */

/* What an array's numbers lie over, and so its shape. */
typedef enum {
    SPACE_SCALAR,  /* one number */
    SPACE_SWEEP,   /* (items, points, SWEEP_PICTURE + pixels), with items_of: one component of z an
                      item, moved while the others stay. A row a point, by rising place; the first
                      whose place is z's own is now */
    SPACE_Z,       /* (z_dim): one a component of z */
    SPACE_X,       /* (pixels): one a pixel, by rows */
    SPACE_X_LIST,  /* (items, pixels): maps of the pixels, each with a label */
    SPACE_LAYER,   /* (units): one a unit of a layer, whose name is the label */
    SPACE_CURVE,   /* (1 + series, points): the abscissa, then a row a series, each with a label;
                      behind these, where places have names, those of the points */
    SPACE_MATRIX,  /* (rows, columns); labels of the columns, then of the rows, or none */
    SPACE_TREE,    /* (nodes, TREE_COLUMNS): a decision tree of z, its root first */
    SPACE_NETWORK, /* (rows, NETWORK_COLUMNS): units of layers that stand in columns, then lines
                      between two of them; labels of the columns, "NAME: what it is" */
    SPACE_TABLE,   /* (rows, columns), labels as of a matrix */
    SPACE_CLASS,   /* (n_classes): one a class of a conditional model */
} array_space;

/* A point of a sweep, as numbers. */
enum {
    SWEEP_PLACE,  /* where the component is put */
    SWEEP_TARGET, /* the target there */
    SWEEP_PICTURE /* and, from here on, the picture */
};

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

/* A unit of a network, or a line between two, as numbers. The column called "picture" is of the
 * NETWORK_SIDE x NETWORK_SIDE parts of a picture, by rows. */
enum {
    NETWORK_FROM,  /* of a unit the column, of a line the row of the unit it comes from */
    NETWORK_TO,    /* below 0: a unit; else the row of the unit that the line goes to */
    NETWORK_INDEX, /* of a unit in its layer; of a line 0 */
    NETWORK_VALUE, /* of a unit; of a line what flows along it */
    NETWORK_COLUMNS,
    NETWORK_SIDE = 3
};

typedef enum {
    SIGN_SIGNED,    /* what is above 0 and below it mean opposite things */
    SIGN_MAGNITUDE, /* never below 0 */
    SIGN_PLAIN,     /* values in their own right, such as those of a picture */
} array_sign;

typedef enum {
    ROLE_ATTRIBUTION, /* says which parts of z or of the picture made the target */
    ROLE_EVIDENCE,    /* shows what that rests on */
    ROLE_TRUST,       /* says how far the attributions can be trusted */
    ROLE_RAW,         /* is stored, but neither drawn nor spoken of */
} array_role;

/* A value of one of these: the word for it and what that means, in short. */
typedef struct {
    const char *name, *meaning;
} array_word;

/* What a value of an attribution over z or the pixels foretells of the target, and so what it can
 * be held to. */
typedef enum {
    PREDICTS_NOTHING,       /* it is not what these make of the target: it is not judged */
    PREDICTS_ORDER,         /* only that the larger matters more */
    PREDICTS_RATE,          /* how much the target rises as the input does: a gradient */
    PREDICTS_CHANGE,        /* how much the target loses where the input is put at the baseline */
    PREDICTS_SCALED_RATE,   /* the same up to one factor above 0 */
    PREDICTS_SCALED_CHANGE, /* likewise */
} array_prediction;

/* How long an axis of an array is. */
typedef enum {
    AXIS_NONE, /* there is no such axis: the rank is less */
    AXIS_OPEN, /* as its method says */
    AXIS_Z,
    AXIS_PIXELS,
    AXIS_SWEEP_POINT, /* SWEEP_PICTURE + pixels */
    AXIS_TREE_NODE,   /* TREE_COLUMNS */
    AXIS_NETWORK,     /* NETWORK_COLUMNS */
} array_axis;

enum { MAX_AXES = 3 };

typedef struct {
    const char *name, *meaning;
    array_axis axes[MAX_AXES]; /* of which at most two are open */
} array_space_row;

/* By value, each ended by a row with name NULL. */
extern const array_space_row array_spaces[];
extern const array_word array_signs[], array_roles[];

/* An array as its method, or a target of several terms, declares it; all that is drawn and said of
 * it follows from this row. What is NULL is not said. */
typedef struct {
    const char *name; /* of the tensor, of the JSON key and of the PNG, less its end */
    array_space space;
    array_sign sign;
    array_role role;
    array_prediction predicts; /* of an attribution */
    bool has_gaps;             /* a value that is NaN is not known */
    const char *title;         /* "What each component of z does to the target" */
    const char *unit;          /* "d target / d z" */
    const char *meaning;  /* what a value says, after a colon: "how fast the target rises ..." */
    const char *noun;     /* what one value is called: "rate" */
    const char *if_zero;  /* what follows where all values are 0: "no small change of z ..." */
    const char *in_place; /* of a list with items_of: what a component does there where most of the
                             squares of its map lie: "changes the picture most" ... */
    const char *nowhere;  /* ... and what one whose map is 0: "does not change the picture" */
    const char *error_of; /* the array whose standard error it is */
    const char *low_of, *high_of; /* the array of whose values' intervals of 95 % it is that end */
    const char *items_of; /* the array over z to whose components the items of a list belong */
    const char *part_of;  /* the array that it adds up to, with its other parts; title is then what
                             tells the parts apart */
    /* What is said of it, and a part of the answer that is said first; # stands for what was found:
     * the number, the strongest components, the place of the weight. if_zero: where that is 0. */
    const char *sentence, *sentence_if_zero, *brief, *brief_if_zero;
    const char *highest; /* of a scalar, over many explanations: which are those where it is
                            largest; # for these */
} array_row;

/* ---- Targets ---- */

/* Rows that a term reads: y is the output of its network. */
typedef struct {
    const explainer *x;
    const float *y; /* (n, width) */
    size_t n, width;
    const float *reference; /* (n, width): what it is compared with; NULL: nothing */
} term_tile;

/* The same of one row, in double. */
typedef struct {
    const explainer *x;
    const double *y; /* (width) */
    size_t width;
    const float *reference; /* (width) */
} term_row;

/* A function of what one network makes of z or of the picture. */
typedef struct {
    explain_net reads;
    const array_row *value, *gradient; /* where it is one of several: the arrays it is shown by,
                                          parts of "target" and of "gradient_z" */
    /* value (n) and its derivative dy (n, width). */
    void (*evaluate)(const term_tile *t, float *value, float *dy);
    /* The value and, unless NULL, its derivative dy (width) and the squares of the terms that this
     * is made of (width): what rounding it may cost. */
    double (*evaluate_in_double)(const term_row *t, double *dy, double *squares);
} target_term;

enum { MAX_TERMS = 2 };

/* The unit of pixels, sums and means of them, whose range the presenter knows. */
#define UNIT_PIXELS "pixel values"

/* A kind of target: the sum of its terms. To add one: a file with its row, and a line of the table
 * for each word that it begins with. */
typedef struct {
    const char *name;    /* "pixel" */
    const char *form;    /* "pixel:R,C" */
    const char *meaning; /* "the pixel in row R, column C" */
    const char *unit;    /* of its value */
    const char *full;    /* of an area: what it would be were all its pixels white: "full ink" */
    const char *shared;  /* what the checks are handed and do not check, besides what they are for
                            every target: "how G is cut at the unit"; NULL: nothing */
    const target_term *terms; /* at most MAX_TERMS, each reading another network; one that reads
                                 NET_CUT stands alone */
    size_t n_terms;
    bool needs_picture; /* compares with a picture */
    bool takes_lambda;
    bool sees_picture; /* is a function of the whole picture, through a network or a distance */
    /* Reads what follows the colon (NULL: there is none) into t; words: all of it, for messages. */
    int (*read)(explain_target *t, const char *words, const char *arguments, error *e);
    /* Makes x->target fit the networks and the shape of x, or says why it does not; NULL: it always
     * does. */
    int (*fit)(explainer *x, error *e);
    /* Adds what it is with its numbers to a JSON object, in place of the meaning, too; NULL:
     * nothing. */
    void (*describe)(json_t *o, const explainer *x);
    /* Adds what its value alone does not say of a picture (shape.n) that has it; NULL: nothing. A
     * classifier's: "probability" of the class, "seen", the class that has most, and
     * "seen_probability". */
    void (*tell)(json_t *o, const explainer *x, const float *pixels);
} target_row;

/* How a target may begin, for completion ("rec:nearest"), and whose it is. */
typedef struct {
    const char *name;
    const target_row *row;
} target_word;

/* Ended by a row with name NULL; the words of a target stand together. */
extern const target_word explain_targets[];
/* "logit (D's raw verdict), pixel:R,C (...), ... unit:LAYER,I (...)" */
void explain_targets_tell(text *out);

/* Fills reference with the picture that x is compared with, both as large as pictures are; returns
 * its index in the training set, or NO_INDEX. */
typedef size_t reference_finder(float *reference, const float *x, const void *context);

/* A parsed target; all values are in the network's own range. */
struct explain_target {
    const target_row *row;
    picture_area area;
    double weight;             /* of each pixel of the area, by fit; 0: it is not of an area */
    size_t layer_index;        /* Sequential index of a layer inside G */
    size_t component;          /* of what its term reads: a unit, a class */
    const char *picture;       /* what follows "rec:" or "loss:": points into the text read */
    double lambda;             /* the weight of gen: 1 but in loss = rec + lambda gen */
    const network *classifier; /* the caller's, for a target that reads one */
    /* Set by explain_reference_load; NULL: compares with nothing. */
    reference_finder *find_reference;
    const void *context;
};

/* Parses "region:4,4,10,12". Failure (STATUS_USAGE) says what was found and expected; whether there
 * is such a pixel is seen by explainer_init. */
int explain_target_read(explain_target *t, const char *words, error *e);
/* What artefacts say of it: the words that were read, but of a file its name alone, without
 * folders. The caller frees it. */
char *explain_target_words(const explain_target *t, const char *words);
/* Whether a term of it reads what that network makes. */
bool explain_target_reads(const explain_target *t, explain_net i);

/* Where the pictures are that a target compares with, and what is known of those that the model was
 * trained on. */
typedef struct {
    const char *folder;        /* that the user gave, or NULL: what the model was trained on */
    size_t n_classes;          /* that its labels may have */
    data_choice choice;        /* that the training made, with any number of classes */
    const uint32_t *checksum;  /* of the dataset that the model was trained on; NULL: unknown */
    const char *config;        /* a file that says where that was, or NULL: unknown ... */
    const char *config_folder; /* ... and what it says */
    const char *model;         /* the file that messages name */
} reference_source;

/* What rec and loss compare with: a picture of a file, one of a set, or the nearest of it.
 * Zero-initialise. */
typedef struct {
    picture_shape shape; /* of the network's pictures, */
    float low, high;     /* and their range */
    float *picture;      /* owned: the one, in that range */
    size_t index;        /* of it in the set, or NO_INDEX */
    dataset data;        /* loaded where a set is asked for */
    bool has_data;
    char *set_name; /* owned: the folder or file it came from; NULL: the built-in digits */
    enum { SET_UNKNOWN, SET_TRAINED_ON, SET_OTHER } kinship; /* of the set and the model */
    bool is_by_config; /* source->config decided where the set was read */
} explain_reference;

/* Loads what t->picture names ("FILE.png", "nearest" or an index) and makes t find it there, where
 * it must stay. Only for targets with a picture; r holds shape and range. A set that was not given
 * is that of the training: STATUS_BAD_INPUT, with what is needed, where it is found neither by
 * source->config nor among the built-in digits. Where the training's is not known, these are taken.
 * Pictures of another shape: STATUS_BAD_INPUT. */
int explain_reference_load(explain_reference *r, explain_target *t, const reference_source *source,
                           error *e);
/* "training picture 434", and what else picture i of the set is to the model, or the name of the
 * file; the caller frees it. */
char *explain_reference_words(const explain_reference *r, size_t i);
void explain_reference_release(explain_reference *r);

/* ---- The explainer ---- */

/* The class that a conditional model was asked for, and what would have come of another. */
typedef struct {
    const network *g; /* (z, class) to picture, plain; NULL: the model is not conditional */
    size_t class, n_classes;
    size_t known[MAX_KNOWN_CLASSES], n_known; /* those that it was trained on, rising */
} explain_condition;

/* Networks and a target, shared by all threads, const in use. Zero-initialise. */
struct explainer {
    const network *net[N_NETS];    /* borrowed, but for NET_CUT; NULL: not there */
    network *cut;                  /* owned: NET_CUT, where the target reads it */
    packed_network packed[N_NETS]; /* owned: of each, for the passes that the target needs */
    explain_target target;
    explain_condition condition; /* borrowed; the caller sets it after explainer_init */
    picture_shape shape;
    size_t z_dim;
};

/* g makes pictures of that shape; critic may be NULL. Both are plain (folded, a critic ends in the
 * logit), must outlive x and stay as they are, as must t's classifier. Fails where the target does
 * not fit them: a network that it reads is missing (STATUS_BAD_INPUT), a pixel or unit is not there
 * (STATUS_USAGE). */
int explainer_init(explainer *x, const network *g, const network *critic, picture_shape shape,
                   const explain_target *t, error *e);
void explainer_release(explainer *x);
/* How many parts the target is shown by: its terms, where there are several; else 0. */
size_t explain_n_parts(const explainer *x);
/* Name, unit, meaning and numbers of the target; the caller releases it. */
json_t *explain_target_describe(const explainer *x);
/* Whether the target is a weighted sum of the pixels of an area, which out then is. */
bool explain_target_area(const explainer *x, picture_area *out);
/* What value such a target has where all pixels of its area are black or white. */
double explain_area_value(const explainer *x, double pixel);

/* Rows that were taken from z, or from a picture, to the target, and those taken back. */
typedef struct {
    uint64_t forward, backward;
} explain_cost;

/* Room for one thread. Zero-initialise. */
typedef struct explain_workspace {
    struct explain_workspace *second; /* owned: for one more thread, made when it is asked for */
    tape tape[N_NETS];
    tangents t;                      /* made at the first Jacobian, */
    double *squares;                 /* (2, n pixels), and so is this */
    twin twin[N_NETS];               /* made at the first check */
    float *dy;                       /* (EXPLAIN_TILE, the widest output) */
    float *dx, *part_dx, *reference; /* (EXPLAIN_TILE, n pixels) */
    size_t reference_index[EXPLAIN_TILE];
    size_t n_passes; /* made in it: whether it is still where it was */
    explain_cost cost;
} explain_workspace;

void explain_workspace_init(explain_workspace *w, const explainer *x);
/* Room of w's for one more thread, which nothing but a method uses. */
explain_workspace *explain_workspace_second(explain_workspace *w, const explainer *x);
/* Of all that was made in it, and in the room for more threads. */
explain_cost explain_workspace_cost(const explain_workspace *w);
void explain_workspace_release(explain_workspace *w);

/* ---- Evaluation ---- */

/* All of this is for up to EXPLAIN_TILE rows at a time. */

/* G(z) for n rows of z (n, z_dim): (n, n pixels), w's until its next use. */
const float *explain_draw(const explainer *x, explain_workspace *w, const float *z, size_t n);
/* Whether the target is a function of the picture; else it is one of G's inside, and of z. */
bool explain_is_of_picture(const explainer *x);
/* The target's value (n) of any n pictures (n, n pixels) and, unless NULL, its gradient by the
 * pixels (n, n pixels), also that of an area. They are compared with reference (n pixels) or, where
 * that is NULL, each with what the target finds for it. Needs no z; without the gradient no
 * backward pass is made. Only where explain_is_of_picture. */
void explain_pictures(const explainer *x, explain_workspace *w, const float *pictures, size_t n,
                      const float *reference, float *value, float *dx);
/* What cotangents dx (n, n pixels) at the n pictures that the last explain_draw or explain_rows
 * left in w are by z: J' dx (n, z_dim). Only where explain_is_of_picture. */
void explain_pull_back(const explainer *x, explain_workspace *w, const float *dx, size_t n,
                       float *gradient_z);

/* What is known of rows of z. Arrays that are NULL are not wanted, and what only they need is not
 * computed. */
typedef struct {
    size_t n;
    const float *z;                    /* (n, z_dim) */
    const float *reference;            /* (n pixels): what all of them are compared with; NULL: each
                                          with what the target finds for it */
    float *x;                          /* (n, n pixels): G(z) */
    float *logit;                      /* (n): the critic's, where there is one */
    float *value;                      /* (n): the target */
    float *parts[MAX_TERMS];           /* (n): its terms */
    float *gradient_z;                 /* (n, z_dim) */
    float *part_gradient_z[MAX_TERMS]; /* (n, z_dim) */
    float *gradient_x;                 /* (n, n pixels): by explain_gradient_x_name */
} explained_rows;

/* Whether the target is a function of the whole picture, through a network or a distance. */
bool explain_sees_picture(const explainer *x);
/* What the gradient by the pixels is called: "gradient_x", the target's own, for targets that see
 * the picture; "d_gradient_x", d logit / d x, for the others where there is a critic; NULL where
 * there is none. */
const char *explain_gradient_x_name(const explainer *x);
/* Fills r. Returns the pictures (n, n pixels), w's until its next use. */
const float *explain_rows(const explainer *x, explain_workspace *w, const explained_rows *r);

/* J' u for a random u of signs, which sees each row of the Jacobian J: what J is checked by. */
typedef struct {
    float *u;           /* (n pixels) */
    float *by_jacobian; /* (z_dim): the columns' products with u */
    double *by_twin;    /* (z_dim): a backward pass of the twin */
    size_t n_kinks;
} jacobian_probe;

jacobian_probe *jacobian_probe_create(const explainer *x, uint64_t seed);
void jacobian_probe_free(jacobian_probe *p);

/* What is wanted of a Jacobian d G / d z; NULL: not that. */
typedef struct {
    float *sensitivity;     /* (n pixels): the L2 norms of its rows, ... */
    float *before;          /* ... and of those of the Jacobian of G's last pre-activation */
    const float *direction; /* (z_dim): what `along` goes along */
    float *along;           /* (n pixels): the Jacobian times direction */
    float *jacobian;        /* (n pixels, z_dim) */
    const size_t *which;    /* (n_columns): indices of the columns that are wanted alone */
    size_t n_columns;
    float *columns;        /* (n_columns, n pixels) */
    jacobian_probe *probe; /* by_jacobian is filled */
} wanted_jacobian;

/* Whether G's output is bounded on both sides: where it is near a bound, it hides how much what it
 * is made of depends on z. */
bool explain_output_is_bounded(const explainer *x);
/* The Jacobian at one row of what the last explain_draw or explain_rows left in w, by forward mode.
 */
void explain_jacobian(const explainer *x, explain_workspace *w, size_t row,
                      const wanted_jacobian *j);

/* ---- Checks ---- */

/* A number that must not be over its tolerance. Those of tables say what is found, before it is:
 * their value is 0. */
typedef struct {
    const char *name, *meaning;   /* meaning: what is compared, with its source of truth */
    const explain_method *method; /* that it was added by, or NULL */
    double value, tolerance;
    size_t n_samples;  /* comparisons made or left out */
    size_t n_left_out; /* what could not be compared, or only one way: `left_out` says it */
    /* Sentences in which # stands for n_left_out: where something was left out, and where all was
     * (NULL: that says nothing more). */
    const char *left_out, *all_left_out;
} explain_check;

/* Those of explain_check_gradient, _jacobian and _along, ended by one without name. */
extern const explain_check explain_checks[];

bool explain_check_is_met(const explain_check *c); /* false for NaN, too */
/* STATUS_CHECK_FAILED, with found and expected, where it is not met. */
int explain_check_judge(const explain_check *c, error *e);
/* All samples were left out: the value says nothing, and the note why. */
bool explain_check_is_empty(const explain_check *c);
/* The sentence of what was left out, NULL where nothing was; the caller frees it. */
char *explain_check_note(const explain_check *c);

/* Compares value and gradients of row i of r, which explain_rows has just left in w, with the
 * double-precision twin, and the gradient by z with the twin's central differences along
 * N_DIRECTIONS random directions (drawn from seed). Three checks and, where r holds a gradient by
 * the pixels, a fourth, all relative; what neither float nor a difference could resolve is no error
 * (src/explain/check.c says how that is judged). Returns how many. A (leaky) ReLU's kink inside the
 * difference's step is recognised: the step is made smaller, and a direction that has one in every
 * step is counted and left out.
 *
 * The twin reads the same networks, cut where a unit is the target, the same z and the same
 * reference picture: folding, cutting, drawing and finding are not checked here, but by tests.
 * p, where not NULL: its by_twin is filled for explain_check_jacobian. */
enum { N_DIRECTIONS = 4, N_GRADIENT_CHECKS = 4 };
size_t explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                              explain_workspace *w, const explained_rows *r, size_t i,
                              uint64_t seed, jacobian_probe *p);
/* Of a probe that explain_jacobian and explain_check_gradient have filled. */
explain_check explain_check_jacobian(const explainer *x, const explain_workspace *w, size_t row,
                                     const jacobian_probe *p);
/* Of along (n pixels), which should be J g / |g| for the gradient g by z (z_dim; 0: 0). */
explain_check explain_check_along(const explainer *x, const explain_workspace *w, size_t row,
                                  const jacobian_probe *p, const float *gradient_z,
                                  const float *along);

/* ---- Many rows ---- */

/* Room for n rows: value, gradient_z and gradient_x; z (n, z_dim) stays the caller's. */
void explained_rows_init(explained_rows *r, const explainer *x, const float *z, size_t n);
void explained_rows_release(explained_rows *r);
/* What of them a table holds: the columns of an array, by its name. */
typedef struct {
    const char *name;
    const float *data; /* (n, cols), or (n) */
    size_t cols;       /* 0: a number a row */
} explained_column;

enum { MAX_COLUMNS = 4 };
/* Fills c with what x's rows have, data as r has it, and returns how many. */
size_t explained_columns(explained_column c[MAX_COLUMNS], const explained_rows *r,
                         const explainer *x);
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

/* ---- Explanations and methods ---- */

typedef struct {
    const array_row *row;
    const explain_method *method; /* that left it; NULL: explain() itself */
    size_t rank, shape[MAX_AXES], n;
    float *data;   /* owned, as all of it */
    char **labels; /* (n_labels), as its space says */
    size_t n_labels;
    size_t *items; /* (shape[0]), of a list or sweep with items_of: the components; else NULL */
} named_array;

/* A sentence that a method leaves about itself or another. */
typedef struct {
    const explain_method *by, *about;
    char *words; /* owned */
} explanation_remark;

/* All that methods found at one z. Zero-initialise. */
typedef struct {
    size_t z_dim;
    picture_shape shape;
    const float *z, *x;     /* (z_dim), (shape.n): of its arrays, as are ... */
    const float *target;    /* ... the target and ... */
    const float *logit;     /* ... D's logit; NULL: no D */
    double empty, full;     /* the target where all of its area is black, and where it is white;
                               equal: it is no area's */
    strokes strokes;        /* of x; owned */
    float *reference;       /* owned: (shape.n) what x is compared with; NULL: nothing */
    size_t reference_index; /* as the target's finder says */
    const explain_method *method; /* that is run now; NULL: none */
    named_array *arrays;          /* "z", "x", "target", "gradient_z" ... */
    size_t n_arrays;
    explain_check *checks;
    size_t n_checks;
    explanation_remark *remarks; /* owned */
    size_t n_remarks;
} explanation;

void explanation_release(explanation *a);
/* Adds zeros under a name that is declared and not yet there, and returns where they are. rows and
 * cols are what the space leaves open, in this order, else 0: items and points (a sweep), items (a
 * list), units (a layer), 1 + series and points (a curve), rows and columns (a matrix, a table),
 * nodes (a tree), units and lines (a network). */
float *explanation_add(explanation *a, const char *name, size_t rows, size_t cols);
/* The same of a row that is no method's, but the target's. */
float *explanation_add_row(explanation *a, const array_row *row, size_t rows, size_t cols);
/* Of the array that was added last: the label of its next item, series or column. */
void explanation_add_label(explanation *a, const char *label);
/* Of the list or sweep that was added last: the component of each item. */
void explanation_set_items(explanation *a, const size_t *items);
/* NULL where there is none. */
const named_array *explanation_find(const explanation *a, const char *name);
void explanation_add_check(explanation *a, const explain_check *c);
/* Of the method that is run now: words about another, or (NULL) about itself. */
void explanation_add_remark(explanation *a, const explain_method *about, const char *words);

/* What of a target's can be explained. */
typedef enum { INPUT_Z, INPUT_X, N_INPUTS } explain_input;

/* Whether an array says, over that input, what it makes of the target. */
bool array_row_attributes(const array_row *row, explain_input input);

/* Points that stand for "nothing": a method takes the mean over them. Zero-initialise. */
typedef struct {
    size_t n;
    float *z, *x; /* (n, z_dim), and the pictures of these, (n, n pixels); owned */
} explain_baseline;

/* n points z (n, z_dim), which b takes over, and their pictures. */
void explain_baseline_init(explain_baseline *b, const explainer *x, float *z, size_t n);
/* Points drawn from the prior: what a mean over it is taken over. */
void explain_baseline_of_prior(explain_baseline *b, const explainer *x);
void explain_baseline_release(explain_baseline *b);

/* How methods that take pixels together part the picture. */
typedef struct {
    enum {
        SEGMENT_BLOCKS, /* a grid of side x side blocks */
        SEGMENT_STROKES /* the parts of the picture, as the module strokes sees them, of which there
                           are at most side x side */
    } by;
    size_t side; /* 0: as each has it */
} explain_segments;

/* Who hears how far an explanation is, on the thread that explains, and may end it. What is NULL
 * hears nothing, or never ends it. */
typedef struct {
    void (*hear)(void *context, const explain_method *m, const char *step, size_t i, size_t n);
    int (*should_stop)(void); /* asked after each method */
    void *context;
} explain_listener;

/* What methods are asked for beside the target. */
typedef struct {
    size_t n_top;
    float black;     /* the value of a black pixel ... */
    float white;     /* ... and of a white one */
    unsigned inputs; /* bits 1 << INPUT_Z, 1 << INPUT_X: what is explained; 0: all */
    const explain_baseline *baseline; /* NULL: z = 0, and a black picture */
    explain_segments segments;
    size_t n_samples;      /* at most so many, of methods that sample; 0: as each has it */
    bool keeps_to_samples; /* that holds for what a method would try out in full, too */
    bool skips_checks;     /* when only the arrays' sizes are wanted */
    bool skips_evidence;   /* when only attributions over z and the pixels are wanted: a method may
                              leave out other arrays that cost it much */
    uint64_t probe;        /* seed of the checks' directions */
    const explain_listener *listener; /* NULL: none */
} explain_request;

/* Tells q's listener, where it has one, that method m is at step i of n of all that it does, of
 * which `step` says what it is; without a step, that the i-th of n methods begins. A report tells
 * of the method that it judges. */
void explain_tell(const explain_request *q, const explain_method *m, const char *step, size_t i,
                  size_t n);
/* Whether q's listener wants it to end: what takes long may then return at once, and explain()
 * fails with STATUS_STOPPED. */
bool explain_is_stopped(const explain_request *q);

/* The gradients that a method reads, as bits. */
enum {
    WANTS_GRADIENT_Z = 1u << 0,     /* gradient_z */
    WANTS_GRADIENT_X = 1u << 1,     /* gradient_x */
    WANTS_PART_GRADIENTS = 1u << 2, /* part_gradient_z */
};

/* What of a request a method reads, as bits. */
enum {
    READS_INPUTS = 1u << 0,
    READS_BASELINE = 1u << 1,
    READS_SAMPLES = 1u << 2,
    READS_SEGMENTS = 1u << 3,
};

struct option_set; /* of cli.h */

/* What a method fitted, as arrays, which is all its state: so it may be kept in a file. */
enum { KEPT_NAME = 32 };

typedef struct {
    char name[KEPT_NAME];
    size_t n;
    float *data; /* owned */
} kept_array;

typedef struct {
    kept_array *arrays; /* owned */
    size_t n;
} kept_arrays;

/* Adds n zeros under a new name and returns where they are. */
float *kept_arrays_add(kept_arrays *k, const char *name, size_t n);
/* How many numbers the array has; 0 where there is none. */
size_t kept_arrays_count(const kept_arrays *k, const char *name);
/* NULL where there is none. */
const kept_array *kept_arrays_find(const kept_arrays *k, const char *name);
/* Of a kept_arrays that was allocated, and all it owns; a method's release. */
void kept_arrays_free(void *state);

/* Where what was fitted in earlier runs is kept. read: adds to k, which is empty, what is there of
 * m for the same networks, target and samples; false: nothing. */
typedef struct {
    bool (*read)(kept_arrays *k, const explain_method *m, void *context);
    void *context;
} kept_fits;

/* What a method finds when it is run. */
typedef struct {
    const explainer *x;
    explain_workspace *w; /* where the method wants gradients: as explain_rows left it at z; may be
                             used for any other row */
    const explain_request *q;
    explained_rows *rows; /* the one row z: x, value, parts, with a D the logit, and the gradients
                             that the method wants */
    const void *settings; /* of its options; NULL: it has none */
    const void *state;    /* what prepare made */
} explain_task;

/* A method: one object a file. */
struct explain_method {
    const char *name, *summary, *source;
    const char *lies;            /* when it misleads: sentences */
    const array_row *arrays;     /* what it may leave; ended by a row without name */
    const explain_check *checks; /* those it may add beside explain_checks; ended by one without
                                    name; NULL: none */
    unsigned wants;              /* gradients; 0: none is computed for it */
    unsigned reads;              /* what of the request beside the target */
    bool is_default;             /* runs unless it is said which do */
    bool needs_class;            /* is of conditional models alone */
    bool needs_sight;            /* is of targets alone that D or the judge sees the picture for */
    bool judges;                 /* other methods: what it remarks comes before what these say */
    bool is_streamed;            /* what it leaves is what explain_many finds of many rows */
    const struct option_set *options; /* its own, or those of several methods, which lie in a
                                         struct of their own; NULL: none */
    /* Makes what all runs need, once; NULL: nothing. Runs share it and leave it as it is. */
    int (*prepare)(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e);
    /* Adds arrays and checks to a. A body of parallel_for. */
    int (*run)(const explain_task *t, explanation *a, error *e);
    void (*release)(void *state);
    /* Of a method whose state is kept_arrays: whether k, which came from a file, has all arrays
     * that prepare would make, finite and such as run may read. NULL: its state is not kept. */
    bool (*accepts)(const kept_arrays *k, const explainer *x, const explain_request *q,
                    const void *settings);
    unsigned revision; /* of what is kept: another number once it is found in another way */
};

/* Ended by NULL. */
extern const explain_method *const explain_methods[];
/* What explain() itself adds, besides the parts of the target: z, x, target and the logit; ended by
 * a row without name.
 */
extern const array_row explain_base_arrays[];

/* The methods of a run. Zero-initialise. */
typedef struct {
    const explain_method **methods; /* the array is owned */
    const void **settings;          /* of their options, borrowed; the array is owned */
    void **states;                  /* of the first n_prepared; owned */
    size_t n, n_prepared;
    bool is_all;           /* those that are of no use to the model are left out, not refused */
    const kept_fits *kept; /* borrowed: what need not be fitted again; NULL: nothing */
    bool *is_read;         /* (n): which states came from there; owned */
} explain_plan;

void explain_plan_add(explain_plan *p, const explain_method *method);
/* Adds those of a comma list, each once and in the table's order; "all" is all. Names that are none
 * are passed over. */
void explain_plan_choose(explain_plan *p, const char *list);
/* Which methods are run where it is not said which. */
typedef enum {
    METHODS_LEADING,  /* those that are default, */
    METHODS_STREAMED, /* of these, those that are streamed, */
    METHODS_JUDGED    /* or these and all that attribute (explain_method_attributes) */
} method_default;

void explain_plan_choose_default(explain_plan *p, method_default which);
/* Whether an array of it is judged by what it says (array_row_attributes) of one of these inputs
 * (bits 1 << INPUT_Z, 1 << INPUT_X; 0: of any). */
bool explain_method_attributes(const explain_method *m, unsigned inputs);
/* Gives a method, where it is planned, settings instead of the defaults of its options; before
 * prepare. They must live as long as p. */
void explain_plan_set(explain_plan *p, const explain_method *method, const void *settings);
/* What prepare does first: refuses (STATUS_USAGE) a method that has no use for x, or leaves it out
 * of "all". */
int explain_plan_fit(explain_plan *p, const explainer *x, error *e);
int explain_plan_prepare(explain_plan *p, const explainer *x, const explain_request *q, error *e);
/* What method i fitted anew and may be kept, or NULL. */
const kept_arrays *explain_plan_fitted(const explain_plan *p, size_t i);
void explain_plan_release(explain_plan *p);

/* Fills a with what is known of z, then runs the methods in turn. */
int explain(explanation *a, const explainer *x, explain_workspace *w, const float *z,
            const explain_request *q, const explain_plan *p, error *e);

/* ---- The target as a function ---- */

/* f of n numbers: of z, or of the pixels of a picture, where the target is made of one. What it
 * compares with is the picture of the z that is explained throughout. */
typedef struct {
    const explain_task *t;
    explain_input input;
    size_t n;               /* z_dim, or the pixels */
    const float *at;        /* (n): the z that is explained, or its picture */
    const float *reference; /* (n pixels), or NULL */
} target_function;

/* False where there is no such function, or it was not asked for. a: the explanation of t, which
 * holds what the target compares with. */
bool target_function_init(target_function *f, const explain_task *t, const explanation *a,
                          explain_input input);
/* f of n rows (n, f->n), any n, and unless NULL its gradients (n, f->n): float32, in tiles, over
 * the threads that are free. A row's bits depend on that row alone. Makes passes in t->w. */
void target_values(const target_function *f, const float *rows, size_t n, float *value,
                   float *gradients);

/* f of one row (f->n) and unless NULL its gradient (f->n), all of it in double, by the twin: on a
 * kink the slope is that of the side that double stands on. */
double target_in_double(const target_function *f, const double *row, double *gradient);
/* What float may round the target by at t's z, at most: as far as the gradients, which t's method
 * wants, tell what it is added up from. */
double target_rounding(const explain_task *t);

/* What of f's input stands for "nothing", as the request says: methods take the mean over them. */
typedef struct {
    size_t n;
    float *rows; /* (n, f->n); owned */
} baseline_rows;

void baseline_rows_init(baseline_rows *b, const target_function *f);
void baseline_rows_release(baseline_rows *b);

/* ---- Findings ---- */

/* The k strongest of the n values (all, if n is less), by magnitude, equal ones by index; fills
 * which and returns how many. */
size_t find_strongest(size_t *which, size_t k, const float *v, size_t n);
/* The share of the sum of squares that the strongest tenth of the n values holds (a tenth of n is
 * rounded up); 0 where all are 0. */
double find_share_of_tenth(const float *v, size_t n);
/* STATUS_DIVERGED naming an array that is not finite, else STATUS_CHECK_FAILED with the first check
 * that is not met, else 0. */
int explanation_judge(const explanation *a, error *e);

#endif
