/* SPDX-License-Identifier: MIT */
/* What the files of nn share. */
#ifndef GANLENS_NETWORK_DETAIL_H
#define GANLENS_NETWORK_DETAIL_H

#include "nn.h"

/* Layers of a spec, with shapes, options and indices but without n_in and views; the caller frees.
 */
int spec_read(layer **layers, size_t *n_layers, const char *spec, error *e);

/* How layer i of a pass draws its dropout mask. */
dropout layer_dropout(const layer *l, pass p, size_t i);

#endif
