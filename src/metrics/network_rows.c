/* SPDX-License-Identifier: MIT */
/* Rows put together by the network that is theirs, so that each is packed once. */
#include "metrics_detail.h"
#include <assert.h>
#include <stdlib.h>

void network_rows_init(network_rows *r, const uint8_t *which, size_t n, size_t n_networks)
{
    size_t next[MAX_NETWORKS_OF_CLASSES];
    *r = (network_rows){.order = allocate(n, sizeof *r->order), .n_networks = n_networks};
    assert(n_networks >= 1 && n_networks <= MAX_NETWORKS_OF_CLASSES && n <= UINT32_MAX);
    for (size_t i = 0; i < n; i++)
        r->first[(which ? which[i] : 0) + 1]++;
    for (size_t k = 0; k < n_networks; k++) {
        next[k] = r->first[k];
        r->first[k + 1] += r->first[k];
    }
    for (size_t i = 0; i < n; i++)
        r->order[next[which ? which[i] : 0]++] = (uint32_t)i;
}

void network_rows_release(network_rows *r)
{
    free(r->order);
    *r = (network_rows){0};
}
