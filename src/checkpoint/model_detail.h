/* SPDX-License-Identifier: MIT */
/* What the files that open models share and nobody else needs. */
#ifndef GANLENS_MODEL_DETAIL_H
#define GANLENS_MODEL_DETAIL_H

#include "safetensors_detail.h"

/* ---- Kinds ---- */

typedef struct {
    const char *name;
    const char *parts[MAX_NETWORKS]; /* the first must be there, the others may; NULL: no more */
    size_t code_width;               /* values that E gives for a component of z */
} model_kind;

/* NULL where there is none of that name. */
const model_kind *model_kind_find(const char *name);
/* "generator" for "G", and also for "G." and "G_ema."; NULL for what is no part of any kind. */
const char *part_role(const char *name);

/* What a file says of itself, beside what goes to the model_file. */
typedef struct {
    json_t *document;                /* owned; what the specs are texts of */
    const char *specs[MAX_NETWORKS]; /* of the kind's parts; NULL: it has none */
} model_specs;

/* Fills m's members that a model_card has (but its arrays) and specs, from the metadata `model` or,
 * where written is NULL, from m->settings. Release specs->document whatever the outcome. */
int model_card_read(model_file *m, model_specs *specs, const char *written, error *e);

/* False when it is no range. */
bool set_range(model_file *m, double low, double high);

/* ---- Quantiles ---- */

void quantiles_add(safetensors *s, const logit_quantiles *q);
/* Fills those whose counts the card said; where it said none s may have none. */
int quantiles_load(model_file *m, const safetensors *s, error *e);

/* ---- Networks ---- */

/* A network to be found in a file. */
typedef struct {
    const char *role, *prefix, *spec; /* "generator", "G.", "256:lrelu,784:tanh" */
    size_t n_in, n_out;               /* n_in 0: as many as the first weight takes; n_out 0: any */
    size_t n_classes;                 /* of its embedding; 0: it has none */
} network_plan;

enum { MAX_Z_DIM = 65536 }; /* as wide as a layer of a spec may be */

/* Makes net by p's spec from the tensors under p's prefix. */
int network_load(network *net, const safetensors *s, network_plan p, error *e);

/* The same for a file made elsewhere: where nothing is under p's prefix, under the one other prefix
 * where the spec fits, but not under `taken` (which may be NULL). The caller frees *prefix, the one
 * that was found. */
int network_find(network *net, char **prefix, const safetensors *s, network_plan p,
                 const char *taken, error *e);

/* Where the file that could not be read is one of torch.save, e becomes what to do with it. */
void explain_pickle(const char *path, error *e);

#endif
