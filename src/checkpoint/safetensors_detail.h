/* SPDX-License-Identifier: MIT */
/* What the files of checkpoint share and nobody else needs. */
#ifndef GANLENS_SAFETENSORS_DETAIL_H
#define GANLENS_SAFETENSORS_DETAIL_H

#include "checkpoint.h"

/* Values are copied to and from files as they lie in memory. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors is little-endian: swap the bytes in safetensors_read.c and safetensors_write.c"
#endif

enum {
    LENGTH_BYTES = 8,     /* the u64 before the header */
    MAX_HEADER = 1 << 24, /* 16 MB: the reference allows 100, ours are under 10 kB */
};

/* safetensors_get with a reason that ends the message where the tensor does not fit: "" or
 * " by the generator's spec '...'". */
int tensor_get(float *out, const safetensors *s, const char *name, size_t rank, const size_t *shape,
               const char *by, error *e);

/* ---- Networks ---- */

/* A network to be found in a file. */
typedef struct {
    const char *role, *prefix, *spec; /* "generator", "G.", "256:lrelu,784:tanh" */
    size_t n_in, n_out;               /* n_in 0: as many as the first weight takes */
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
