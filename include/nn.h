/* SPDX-License-Identifier: MIT */
/* nn: networks of dense layers, their passes, losses and optimizers.
 *
 * A network is const in every pass. What a pass over a batch leaves behind lies in a tape, so one
 * network serves many tapes (and threads) at once. Gradients to parameters and to inputs come from
 * one backward pass; either may be skipped. Forward mode pushes tangents through a tape.
 *
 * For explaining and sampling a network is folded first: BatchNorm with its running statistics
 * becomes part of the dense weights. These are then packed, once for all passes.
 */
#ifndef GANLENS_NN_H
#define GANLENS_NN_H

#include "base.h"
#include "tensor.h"

/* ---- Networks ---- */

#define NO_INDEX SIZE_MAX

/* Spectral norm of a matrix (Miyato et al. 2018): what a layer multiplies by is original / sigma,
 * with sigma = u' original v an estimate of the largest singular value, and u and v (unit vectors)
 * a step nearer to its singular vectors with each update of the original, which is the parameter.
 * All are NULL for a matrix without, which is a parameter itself. */
typedef struct {
    float *original; /* (rows, cols) */
    float *u, *v;    /* (rows), (cols) */
    float sigma;
} spectral_norm;

/* One dense layer with what follows it: y = dropout(f(bn(W x + b))). The views lie in the network's
 * blocks. *_index: the position in torch.nn.Sequential, NO_INDEX where there is none. */
typedef struct {
    size_t n_in, n_out;
    bool has_spectral_norm; /* then there is no batchnorm, which would undo it */
    bool has_batchnorm;
    bool eps_is_written; /* the spec says bn=EPS, not just bn */
    float eps;
    activation f;
    float dropout; /* probability to drop, 0 <= p < 1 */
    size_t dense_index, batchnorm_index, activation_index, dropout_index;
    matrix weight;    /* (n_out, n_in) */
    matrix embedding; /* (n_classes, n_in): what a row's class adds to the one row of
                         weight; data NULL without, as in all layers but the last */
    spectral_norm weight_norm, embedding_norm;
    float *bias;                       /* (n_out), NULL with batchnorm */
    float *gamma, *beta;               /* (n_out), NULL without */
    float *running_mean, *running_var; /* (n_out), NULL without */
} layer;

/* Zero-initialise; network_release accepts that. */
typedef struct {
    char *spec; /* owned, as given */
    size_t n_in, n_out, n_layers;
    layer *layers;    /* owned */
    size_t n_classes; /* rows of the last layer's embedding; 0: it has none */
    float *param;     /* owned: all weights, biases, gammas, betas in layer order, the embedding */
    float *stats;     /* owned: all running means and variances, u and v */
    float *normal;    /* owned: all that spectral norm makes of originals */
    size_t n_param, n_stats, n_normal;
} network;

/* Parses "256:bn:lrelu=0.3,512:bn=1e-5:lrelu=0.3,784:tanh" (layers by comma; a layer is
 * width[:sn|:bn[=eps]][:ACTIVATION[=PARAMETER]][:dropout=p], activations as tensor's table has
 * them) and allocates. Parameters are zero but gamma = 1 and running_var = 1. Failure
 * (STATUS_USAGE) names the layer and the word. At most 64 layers, width 1..65536, 2^28 parameters.
 */
int network_init(network *net, const char *spec, size_t n_in, error *e);
/* "WIDTH[:sn|:bn[=EPS]][:linear|relu|...][:dropout=P]": how a layer is written. */
void network_spec_tell(text *out);
void network_release(network *net);
/* Gives the last layer, which must have one output, an embedding of zeros: for a row of class c its
 * weights are w + embedding[c] (Miyato & Koyama 2018, "cGANs with projection discriminator"). Every
 * pass then reads the tape's classes. */
void network_add_classes(network *net, size_t n_classes);
/* The plain network that net is for rows of that class alone. */
void network_choose_class(network *net, size_t class);
/* The same layers and values in blocks of its own. */
void network_copy(network *copy, const network *net);
/* Glorot & Bengio 2010 uniform, limit sqrt(6 / (n_in + n_out)), for all weights, and for the
 * embedding by its rows and columns; zero biases. */
void network_fill_glorot(network *net, rng *r);
/* He et al. 2015 normal, std sqrt(2 / (he_divisor n_in)); Glorot for the embedding, and where f's
 * traits have none. */
void network_fill_he(network *net, rng *r);
typedef struct {
    const char *name;
    void (*fill)(network *net, rng *r);
} weight_filling;

/* The ways to begin, ended by a row with name NULL. */
extern const weight_filling weight_fillings[];
const weight_filling *weight_filling_find(const char *name);

/* BatchNorm folded into dense weights by the running statistics, dropout and spectral norm removed;
 * indices are kept, and so is an embedding. */
void network_fold(network *folded, const network *net);

/* What spectral norm made of net's weights as plain ones: the network as a file for use has it. */
void network_remove_norms(network *plain, const network *net);

/* net (folded, without classes) with only its first n_in inputs and its first n_out outputs.
 */
void network_narrow(network *narrow, const network *net, size_t n_in, size_t n_out);

/* Layers 0..i_last of net (folded, without classes) with the last one's activation taken off:
 * its output is the pre-activation, so that a hidden unit is an output like any other. */
void network_cut(network *cut, const network *net, size_t i_last);

/* Layers first .. first + n - 1 of net (folded, without classes) as a network. */
void network_part(network *part, const network *net, size_t first, size_t n);

/* net (x) becomes net (scale x + shift), by its first layer, which has no batchnorm: for inputs
 * that come in another range. */
void network_rescale_input(network *net, double scale, double shift);

/* The most outputs that a layer has, and that one has which is not the last (at least 1). */
size_t network_widest(const network *net);
size_t network_widest_hidden(const network *net);

/* A named block of values: the checkpoint's and the messages' view of a network. */
typedef struct {
    char name[32]; /* "0.weight", "1.running_mean", "3.weight_orig", "embedding.weight" */
    size_t rank, shape[2];
    size_t n; /* product of shape */
    bool is_statistic;
    float *data;
} named_tensor;

/* Parameters and statistics in the order of Sequential's state_dict; an embedding is the last. */
size_t network_count_tensors(const network *net);
named_tensor network_tensor(const network *net, size_t i);
/* The name of the tensor that holds param[at], for messages. */
named_tensor network_tensor_at(const network *net, size_t at);

/* ---- Spectral norm ----
 *
 * Passes read weights that are normal. Whoever changes parameters (a filling, a file, an optimizer)
 * then calls one of these; all do nothing where no layer has spectral norm. */

/* Draws u of each, then comes near to the largest singular value, and normalises. */
void network_start_norms(network *net, rng *r);
/* So many power iterations by the parameters as they are (1 after an update, 0 after loading), then
 * weight = original / sigma. */
void network_normalise(network *net, size_t n_iterations);
/* The end of what passes and penalties add up: the gradient by the weights becomes that by the
 * parameters, in place, u and v held constant: (dW - (dW . W) u v') / sigma. */
void network_finish_gradient(const network *net, float *dparam);

/* ---- Passes ---- */

/* What a forward pass over up to max_rows rows left. Zero-initialise. */
typedef struct {
    size_t max_rows, rows;
    matrix input;           /* the caller's x, borrowed */
    const uint8_t *classes; /* (rows), set by the caller where net has them; borrowed */
    matrix *output;         /* (rows, n_out) per layer, owned */
    float **slope;          /* d output / d pre-activation, packed as output; owned */
    batch_moments *moments; /* per layer; filled by a training pass through batchnorm */
    float *scratch[2];      /* max_rows * the widest layer */
    size_t n_layers;
    bool is_view;            /* all but the arrays of views is another tape's */
    bool is_output_borrowed; /* tape_place_output was called */
} tape;

void tape_init(tape *t, const network *net, size_t max_rows);
void tape_release(tape *t);
/* The last layer writes to data (max_rows * n_out, the caller's) from now on: what one network
 * makes then already lies where the next one reads it. */
void tape_place_output(tape *t, float *data);
/* A second tape over rows of t, for a backward pass over them alone (no batchnorm). It borrows what
 * t holds and shares t's scratch; init once, then choose rows first .. first + n - 1 after each
 * forward pass of t. Release it before t. */
void tape_view_init(tape *view, const tape *t);
void tape_view_rows(tape *view, const tape *t, size_t first, size_t n);

/* How a forward pass treats batchnorm and dropout. */
typedef struct {
    bool is_training;      /* batch statistics and dropout; else neither may be there: fold first */
    uint64_t seed, stream; /* of the dropout masks; layer i draws from stream + i */
} pass;

/* Evaluates net on x (rows, n_in); the result is the last layer's output, owned by t. */
matrix network_forward(const network *net, tape *t, matrix x, pass p);
/* dy (rows, n_out): gradient of a scalar by the output; used as scratch. dparam (n_param), unless
 * NULL, = gradient by the parameters, with spectral norm by the weights until
 * network_finish_gradient; dx (rows, n_in), unless data is NULL, = gradient by the
 * input. */
void network_backward(const network *net, tape *t, matrix dy, float *dparam, matrix dx);
/* running = momentum * running + (1 - momentum) * batch for mean and biased variance. */
void network_update_stats(network *net, const tape *t, float momentum);

/* ---- Passes with constant weights ---- */

/* What a packed network is for; bits. */
enum { PASS_FORWARD = 1u << 0, PASS_BACKWARD = 1u << 1 };

/* A network (without batchnorm and classes; dropout is off) that stays what it is, its weights laid
 * out for products: once, of 4 * n_param bytes and a little, for each of the passes that it is made
 * for. A row of what its passes make depends on that row of what they read alone, to the bit, as
 * packed_multiply has it. Zero-initialise; packed_network_release accepts that. */
typedef struct {
    const network *net;       /* borrowed; its biases are read */
    size_t n_layers;          /* net may be gone when this is released */
    packed_matrix *to_output; /* per layer, for all but packed_backward; owned */
    packed_matrix *to_input;  /* per layer, for packed_backward; owned */
} packed_network;

void packed_network_init(packed_network *p, const network *net, unsigned passes);
void packed_network_release(packed_network *p);
/* y (n, n_out) = net(x), x (n, n_in); room: n * the widest hidden layer each. */
void packed_evaluate(matrix y, const packed_network *p, float *const room[2], matrix x);
/* The same from a layer on: x (n, n_in of that layer) is what it reads. */
void packed_evaluate_from(matrix y, const packed_network *p, size_t first, float *const room[2],
                          matrix x);
/* The same as network_forward, leaving in t what the other passes read. */
matrix packed_forward(const packed_network *p, tape *t, matrix x);
/* dy (rows, n_out; packed): gradient of a scalar by the output. dx (rows, n_in) = gradient by the
 * input. */
void packed_backward(const packed_network *p, tape *t, matrix dy, matrix dx);
/* The same from layer i on: dy (rows, n_out of layer i; packed) is by what that one made. */
void packed_backward_from(const packed_network *p, tape *t, size_t i, matrix dy, matrix dx);
/* Through layer i alone: dx (rows, n_in of layer i) is by what it reads. */
void packed_backward_layer(const packed_network *p, tape *t, size_t i, matrix dy, matrix dx);
/* y (rows, n_out of layer i): what layer i's activation was applied to. */
void packed_pre_activation(matrix y, const packed_network *p, const tape *t, size_t i);

/* Room for tangents of up to max_rows rows. */
typedef struct {
    float *buffer[2];
    size_t max_rows;
} tangents;

void tangents_init(tangents *s, const network *net, size_t max_rows);
void tangents_release(tangents *s);

/* Columns k .. k + n_k - 1 of the Jacobians at rows first .. first + n - 1 of a tape. */
typedef struct {
    size_t first, n, k, n_k;
} jacobian_part;

/* They lie (n_k, n_out) for each row, one under the other: forward mode, along unit directions.
 * s (max_rows >= n * n_k) owns them. */
matrix packed_jacobian(const packed_network *p, const tape *t, tangents *s, jacobian_part j);
/* The same of the last layer's pre-activation, and what makes packed_jacobian's result of that. */
matrix packed_jacobian_before(const packed_network *p, const tape *t, tangents *s, jacobian_part j);
void packed_jacobian_finish(matrix before, const packed_network *p, const tape *t, jacobian_part j);

/* y_dot (rows, n_out): how the output of a tape's rows moves where each row of its input moves
 * along its own row of x_dot (rows, n_in). s (max_rows >= rows) owns it. */
matrix packed_jvp(const packed_network *p, const tape *t, tangents *s, matrix x_dot);

/* ---- Gradient penalty ---- */

/* What a penalty makes of g, the gradient of D by its input. value_and_direction: the sum of
 * phi(g) over the rows of g (packed), each of which it turns into phi'(g). */
typedef struct {
    const char *name, *summary, *source;
    double (*value_and_direction)(matrix g);
} penalty_rule;

/* R1 on real pictures, R2 on generated ones: phi = |g|^2 / 2. */
extern const penalty_rule zero_centred_penalty;
/* On points between the two: phi = (|g| - 1)^2. */
extern const penalty_rule one_centred_penalty;
/* All of them, ended by NULL. */
extern const penalty_rule *const penalty_rules[];

/* Room for gamma * mean over rows of phi(d D / d x), D with one output and without batchnorm.
 * Zero-initialise. */
typedef struct {
    size_t max_rows, n_layers;
    float **eta;     /* per layer (rows, n_out): d D / d output */
    float **delta;   /* per layer (rows, n_out): d D / d pre-activation */
    float **x_dot;   /* per layer (rows, n_in): tangents that enter it */
    float **pre_dot; /* per layer (rows, n_out): tangents of the pre-activation */
    float *extra[2], *curvature;
} penalty;

void penalty_init(penalty *p, const network *net, size_t max_rows);
void penalty_release(penalty *p);
/* Adds gain * the exact gradient of the penalty by the parameters (as network_backward has it) to
 * dparam; t holds a forward pass
 * over the rows (dropout masks included, which the penalty sees as constants). Returns the
 * penalty's value without gain. The derivation stands at the top of its file. */
double penalty_add(penalty *p, const penalty_rule *rule, const network *net, const tape *t,
                   float gamma, float gain, float *dparam);

/* ---- Tiles ---- */

/* Forward passes alone, of any number of rows: TILE_ROWS at a time, which stay in the cache from
 * layer to layer, on one thread. A row's bytes depend neither on the threads nor on the rows beside
 * it. Zero-initialise. */
enum { TILE_ROWS = 64 };

typedef struct {
    packed_network net;
    size_t n_threads;
    float *(*room)[2]; /* one a thread: (TILE_ROWS, the widest hidden layer) each */
} tiles;

/* net (without batchnorm) must stay as it is and outlive t. */
void tiles_init(tiles *t, const network *net);
void tiles_release(tiles *t);
/* y (n, n_out) = net(x), x (n, n_in). */
void tiles_forward(float *y, tiles *t, const float *x, size_t n);

/* z on the way from a (t = 0) to b (t = 1), both bit for bit at the ends: along the great circle
 * (Shoemake 1985), or straight where a and b are (nearly) parallel, opposite or zero. */
void latent_between(float *z, const float *a, const float *b, size_t n, double t);
/* Its derivative by t, for any t in 0..1. */
void latent_between_slope(float *z_dot, const float *a, const float *b, size_t n, double t);

/* ---- The double-precision twin ---- */

/* The same network in double: what checks and tests compare with. With copies it is slow on
 * purpose, being plain loops. */
typedef struct {
    const network *net;
    double *param, *stats; /* owned copies, may be changed by tests; NULL where borrowing */
    size_t max_rows, rows;
    double **output, **pre, **slope, **x_hat, **inverse_std; /* per layer */
    const double *input;
    const uint8_t *classes; /* as a tape's */
    double (*scale)[2];     /* per layer, of weight and embedding: 1 / sigma, 1 without */
    double *scratch[2];
} twin;

void twin_init(twin *t, const network *net, size_t max_rows);
/* The same without copies, for a folded net without classes: small, as weights are read where they
 * are. */
void twin_init_borrowing(twin *t, const network *net, size_t max_rows);
void twin_release(twin *t);
/* training: batch statistics (dropout masks as network_forward draws them); else running ones. */
const double *twin_forward(twin *t, const double *x, size_t rows, pass p);
/* dparam, dx may be NULL; both are overwritten, dparam by the gradient as network_finish_gradient
 * leaves it. With batchnorm only after a training pass. */
void twin_backward(twin *t, const double *dy, double *dparam, double *dx);
/* Whether a (leaky) ReLU's pre-activation has another sign in a than in b, both after a forward
 * pass over equally many rows: a kink lies between them. */
bool twin_has_kink_between(const twin *a, const twin *b);
/* The same for two rows of one pass. */
bool twin_has_kink_between_rows(const twin *t, size_t a, size_t b);
/* Forgets all rows of the last pass but the first: what follows is of that one. */
void twin_keep_first_row(twin *t);
/* Where rounding alone put a (leaky) ReLU of t (one row) on another side of its kink than `row` of
 * f, a float pass at the same input, t takes f's slope: both are right there. Rounding adds up over
 * the layers: depth is how many went before t's first. Returns how many units. */
size_t twin_take_sides(twin *t, const tape *f, size_t row, size_t depth);

/* ---- Losses ---- */

/* An adversarial loss on n logits each, of real and of generated pictures, so that both sides may
 * compare the two. Values are means; d_* (n) get the gradient of that mean. Real logits do not
 * depend on G: its loss gives no gradient by them, and is given them (else NULL) only where
 * generator_reads_real. */
typedef struct {
    const char *name, *summary, *source;
    const char *when; /* to take it: a sentence */
    double (*discriminator)(const float *real, const float *fake, size_t n, float *d_real,
                            float *d_fake);
    double (*generator)(const float *real, const float *fake, size_t n, float *d_fake);
    bool generator_reads_real;
    double boundary; /* the logit that parts real from generated pictures; NaN: D compares, or has
                        no bound, and none does */
    /* What a target of 1 - s for real pictures, in place of 1, adds to D's loss; d_real gets its
     * gradient added. NULL: D has no targets. */
    double (*smoothing)(const float *real, size_t n, double s, float *d_real);
    /* The settings it goes with unless others are given, as JSON; NULL: none. */
    const char *brings;
} adversarial_loss;

/* Rows of the table, ended by one with name NULL. */
extern const adversarial_loss adversarial_losses[];
const adversarial_loss *adversarial_loss_find(const char *name);

/* Cross entropy of classes (the negative log likelihood of a softmax): the mean over the rows of
 * -log softmax(logit)[label], labels below logit.cols. dy (as logit, and may be it) gets its
 * gradient (softmax(logit) - one-hot) / rows; *n_right counts the rows whose greatest logit, the
 * first of equal ones, is the label's. */
double softmax_cross_entropy(matrix dy, size_t *n_right, matrix logit, const uint8_t *labels);

/* The temperature T for which softmax(logit / T) makes the labels most likely (Guo et al. 2017, "On
 * calibration of modern neural networks", section 4.2): above 1 where the logits are too sure.
 * Within 1/64..64, whose ends stand for what is beyond; but 1 where the least would be the best, as
 * it is where all labels have the greatest logit: a few rows without an error do not tell how rare
 * errors are. */
double temperature_find(matrix logit, const uint8_t *labels);

/* ---- Optimizers ---- */

typedef struct optimizer optimizer;

/* What an optimizer reads of its settings beside the rate, as bits. */
enum {
    READS_BETA1 = 1u << 0,
    READS_BETA2 = 1u << 1,
    READS_EPS = 1u << 2,
    READS_DECAY = 1u << 3,
};

/* A way to move parameters. update: one step of param (n) by grad at that rate, with o's settings
 * and moments, o->step having counted it already; false when a parameter or a v stopped being
 * finite. */
typedef struct {
    const char *name, *summary, *source;
    const char *when;  /* to take it: a sentence */
    bool has_m, has_v; /* whether it keeps a mean of gradients, of their squares */
    unsigned reads;    /* READS_BETA1 ... */
    bool (*update)(optimizer *o, float *param, const float *grad, double lr);
} optimizer_rule;

/* Rows of the table, ended by one with name NULL. */
extern const optimizer_rule optimizer_rules[];
const optimizer_rule *optimizer_find(const char *name);

typedef struct {
    const optimizer_rule *rule;
    double lr, beta1, beta2, eps; /* beta1 is the momentum of "momentum" and "nesterov" */
    double decay;                 /* the weight decay */
} optimizer_settings;

/* m and v (n) are NULL where the rule has none; step counts the updates done. */
struct optimizer {
    optimizer_settings set;
    size_t n;
    float *m, *v;
    uint64_t step;
};

void optimizer_init(optimizer *o, optimizer_settings s, size_t n);
void optimizer_release(optimizer *o);
/* One update of param (n) by grad at rate_factor (a schedule's; 1 without one) times the settings'
 * rate, over the threads; false when a parameter or a v stopped being finite. */
bool optimizer_step(optimizer *o, float *param, const float *grad, double rate_factor);

#endif
