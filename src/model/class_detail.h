/* SPDX-License-Identifier: MIT */
/* What the files of model share. */
#ifndef GANLENS_CLASS_DETAIL_H
#define GANLENS_CLASS_DETAIL_H

#include "model.h"

/* Steps, of which random streams have room for so many. */
#define MAX_STEPS (UINT64_C(1) << 40)

/* ---- Parts ---- */

/* The i-th part of m, but for its tape, with initial values. */
int part_init(model_part *p, const model *m, size_t i, error *e);
void part_release(model_part *p);
/* Fills the last layer of net, whose others have their initial values and which ends in pictures,
 * by m's data. */
int output_layer_fill(network *net, const model *m, rng *r, error *e);
/* A step's updates of it. */
size_t part_updates(const model_part *p, const model *m);
int part_update(model_part *p, const model *m, error *e);
/* What the rows of update_rules do before, or after, p is updated. */
void update_rules_apply(model_part *p, const train_options *o, bool is_after);
/* Appends where on its way through p something stopped being finite first; false: nowhere. */
bool part_add_not_finite(text *where, const model_part *p);

/* What net (folded), which takes pictures and nothing else, makes of each: (s->n, its outputs),
 * which the caller frees. */
float *network_outputs(const network *net, const image_set *s, const double range[2]);
/* What p, which takes pictures and nothing else, makes of each as it is for use: (s->n, its
 * outputs), which the caller frees. */
float *part_outputs(const model_part *p, const image_set *s, const double range[2]);

/* ---- Numbers ---- */

int check_numbers(const model *m, error *e);
void update_running(model *m);

/* ---- Pairs of a picture and a seed ---- */

/* Refuses (STATUS_USAGE) more pairs than there are pictures. */
int rec_pairs_check(const model *m, error *e);
/* Before the step's last batch is read: puts this step's pairs into its first rows, the picture
 * with its label and the noise of its seed; nothing where there are none. */
void rec_pairs_fill(model *m);
/* L_rec of what G made of that batch (batch, n); d_picture, the gradient of L_gen by it, becomes
 * that of L_rec + lambda L_gen. */
double rec_pairs_add(matrix d_picture, const float *made, const model *m);

/* ---- Classes ---- */

/* What the networks of a conditional model are told of a batch; of another all is 0. */
typedef struct {
    size_t n_classes;
    float *joined;    /* (batch, width + n_classes) */
    uint8_t *classes; /* (n_copies, batch): the labels so many times, for a tape's rows */
    size_t n_copies;
} condition;

/* For rows of that width. Zero-initialise; condition_release accepts that. */
void condition_init(condition *c, const model *m, size_t width, size_t n_copies);
void condition_release(condition *c);
/* The rows (batch, width, packed) with the classes of the k-th batch as one-hot vectors behind
 * them; where m is not conditional, the rows. */
matrix condition_join(condition *c, const model *m, size_t k, matrix rows);
/* Fills c's classes from the labels of the k-th batch. */
void condition_tell(condition *c, const model *m, size_t k);

/* ---- Decoders ---- */

/* What turns codes into pictures and learns to give pictures back. Zero-initialise;
 * decoding_release accepts that. */
typedef struct {
    const reconstruction_loss *loss;
    size_t part;      /* G's place in the model */
    network logits;   /* G without its last activation, where the loss reads that; owns its layers
                         alone */
    float *d_picture; /* (batch, n) */
} decoding;

/* Makes the tape of that part of m. Refuses (STATUS_USAGE) a loss that does not go with G or with
 * the range of the pictures. */
int decoding_init(decoding *d, model *m, size_t part, error *e);
void decoding_release(decoding *d);
/* The loss of what G makes of the codes (batch, its inputs); G's gradient is filled, d_code gets
 * the one by the codes. */
double decode(decoding *d, model *m, matrix d_code, matrix code, matrix x);

/* ---- State ---- */

/* The bytes of a file with all that steps go on from, but for what is remembered of earlier ones;
 * STATUS_DIVERGED where it is not finite. out as safetensors_write has it. */
int model_write_state(bytes *out, const model *m, error *e);

/* ---- Warnings ---- */

/* Of the i-th, under which the state has what it remembers. */
const char *warning_name(size_t i);

#endif
