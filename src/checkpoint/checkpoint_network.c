/* SPDX-License-Identifier: MIT */
/* Networks to and from the tensors of a file, under the names of torch.nn.Sequential. */
#include "model_detail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void checkpoint_add_network(safetensors *s, const char *prefix, const network *net)
{
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        text name = {0};
        text_add(&name, "%s%s", prefix, t.name);
        safetensors_add(s, name.data, DTYPE_F32, t.rank, t.shape, t.data);
        text_release(&name);
    }
}

/* ---- Reading ---- */

/* What the steps of checkpoint_get_network share. */
typedef struct {
    const safetensors *s;
    const char *prefix;
    text by; /* " by the generator's spec '...'" */
} network_source;

static int get_tensors(network *net, const network_source *from, error *e)
{
    int status = 0;
    for (size_t i = 0; i < network_count_tensors(net) && status == 0; i++) {
        named_tensor t = network_tensor(net, i);
        text name = {0};
        text_add(&name, "%s%s", from->prefix, t.name);
        status = tensor_get(t.data, from->s, name.data, t.rank, t.shape, from->by.data, e);
        text_release(&name);
    }
    return status;
}

/* "G.3.bias" where layer 3 is the dense part of l; the caller frees it. */
static char *bias_name(const char *prefix, const layer *l)
{
    text name = {0};
    text_add(&name, "%s%zu.bias", prefix, l->dense_index);
    return name.data;
}

/* gamma (W x + b - mean) / std + beta: a bias before batchnorm is a shift of the running mean. */
static int fold_bias(layer *l, const network_source *from, error *e)
{
    char *name = bias_name(from->prefix, l);
    int status = 0;
    if (safetensors_find(from->s, name)) {
        float *bias = allocate(l->n_out, sizeof *bias);
        status = tensor_get(bias, from->s, name, 1, &l->n_out, from->by.data, e);
        for (size_t i = 0; i < l->n_out && status == 0; i++)
            l->running_mean[i] -= bias[i];
        free(bias);
    }
    free(name);
    return status;
}

/* A root is taken of it: a negative one would turn up as NaN far from here. */
static int check_variance(const layer *l, const network_source *from, error *e)
{
    for (size_t i = 0; i < l->n_out; i++)
        if (l->running_var[i] < 0)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: tensor '%s%zu.running_var': element %zu is negative", from->s->path,
                        from->prefix, l->batchnorm_index, i);
    return 0;
}

static int finish_batchnorms(network *net, const network_source *from, error *e)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        if (l->has_batchnorm && (fold_bias(l, from, e) < 0 || check_variance(l, from, e) < 0))
            return -1;
    }
    return 0;
}

/* It is divided by: that of u and v which are not its own may be 0. */
static int check_norm(matrix w, const spectral_norm *norm, const char *name,
                      const network_source *from, error *e)
{
    size_t n = w.rows * w.cols;
    if (norm->sigma > 0 && find_not_finite(w.data, n) == n)
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: tensor '%s%s.weight_orig': its norm by weight_u and weight_v is %g, expected "
                "above 0",
                from->s->path, from->prefix, name, (double)norm->sigma);
}

static int finish_norms(network *net, const network_source *from, error *e)
{
    network_normalise(net, 0);
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        char index[24];
        snprintf(index, sizeof index, "%zu", l->dense_index);
        if (check_norm(l->weight, &l->weight_norm, index, from, e) < 0 ||
            check_norm(l->embedding, &l->embedding_norm, "embedding", from, e) < 0)
            return -1;
    }
    return 0;
}

/* PyTorch's num_batches_tracked, which only its own training needs. */
static bool is_counter(const tensor_entry *t)
{
    return t->type == DTYPE_I64 && ends_with(t->name, ".num_batches_tracked");
}

/* name is without the prefix. */
static bool network_has(const network *net, const char *name)
{
    for (size_t i = 0; i < network_count_tensors(net); i++)
        if (strcmp(network_tensor(net, i).name, name) == 0)
            return true;
    bool is_bias = false; /* one that was folded */
    for (size_t i = 0; i < net->n_layers && !is_bias; i++) {
        char *bias = bias_name("", &net->layers[i]);
        is_bias = strcmp(bias, name) == 0;
        free(bias);
    }
    return is_bias;
}

/* A tensor that the spec does not use means that the spec is not the file's. Names that do not
 * start with an index are not the network's: G.adam.m. */
static int refuse_others(const network *net, const network_source *from, error *e)
{
    size_t n_prefix = strlen(from->prefix);
    for (size_t i = 0; i < from->s->n_entries; i++) {
        const tensor_entry *t = &from->s->entries[i];
        if (!begins_with(t->name, from->prefix) || !isdigit((unsigned char)t->name[n_prefix]))
            continue;
        if (!is_counter(t) && !network_has(net, t->name + n_prefix))
            return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is not part of the spec '%s'",
                        from->s->path, t->name, net->spec);
    }
    return 0;
}

/* Whether a tensor of that field is under index i, of rank 2 where it has to be a dense layer's. */
static bool has_tensor(const network_source *from, size_t i, const char *field, size_t rank)
{
    text name = {0};
    text_add(&name, "%s%zu.%s", from->prefix, i, field);
    const tensor_entry *t = safetensors_find(from->s, name.data);
    text_release(&name);
    return t && t->rank == rank;
}

static bool has_dense(const network_source *from, size_t i)
{
    return has_tensor(from, i, "weight", 2) || has_tensor(from, i, "weight_orig", 2);
}

/* No spec says a BatchNorm that stands elsewhere than behind a dense layer: where the file has one,
 * that is why no spec fits. */
static void explain_batchnorm(const network_source *from, error *e)
{
    enum { MAX_INDEX = 4 * 64 }; /* of as many layers as a spec has */
    for (size_t i = 1; i < MAX_INDEX; i++)
        if (has_tensor(from, i, "running_mean", 1) && !has_dense(from, i - 1)) {
            fail(e, STATUS_BAD_INPUT,
                 "%s: '%s%zu' is a BatchNorm after an activation, which is not supported here: it "
                 "has to stand right behind its dense layer",
                 from->s->path, from->prefix, i);
            return;
        }
}

/* A spec that leaves it out fits no file that has it. */
static void explain_norm(const network *net, const network_source *from, error *e)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        if (!l->has_spectral_norm && has_tensor(from, l->dense_index, "weight_orig", 2)) {
            fail(
                e, STATUS_BAD_INPUT,
                "%s: '%s%zu' has spectral norm (a tensor '%s%zu.weight_orig'), which the spec '%s' "
                "does not say there: write sn",
                from->s->path, from->prefix, l->dense_index, from->prefix, l->dense_index,
                net->spec);
            return;
        }
    }
}

int checkpoint_get_network(network *net, const safetensors *s, const char *prefix, error *e)
{
    network_source from = {.s = s, .prefix = prefix};
    const char *role = part_role(prefix);
    text_add(&from.by, " by the %s%sspec '%s'", role ? role : "", role ? "'s " : "", net->spec);
    int status = get_tensors(net, &from, e);
    if (status == 0)
        status = finish_batchnorms(net, &from, e);
    if (status == 0)
        status = finish_norms(net, &from, e);
    if (status == 0)
        status = refuse_others(net, &from, e);
    if (status < 0) {
        explain_batchnorm(&from, e);
        explain_norm(net, &from, e);
    }
    text_release(&from.by);
    return status;
}
