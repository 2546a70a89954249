/* SPDX-License-Identifier: MIT */
/* Quantiles of D's logit: two tensors, and in the card how many pictures they are of. */
#include "model_detail.h"

static const char real_name[] = "quantiles.real", generated_name[] = "quantiles.generated";
static const size_t shape[] = {N_QUANTILES};

void quantiles_add(safetensors *s, const logit_quantiles *q)
{
    safetensors_add(s, real_name, DTYPE_F32, 1, shape, q->real);
    safetensors_add(s, generated_name, DTYPE_F32, 1, shape, q->generated);
}

static int get(float quantile[N_QUANTILES], const safetensors *s, const char *name, error *e)
{
    if (safetensors_get(quantile, s, name, 1, shape, e) != 0)
        return -1;
    for (size_t i = 1; i < N_QUANTILES; i++)
        if (quantile[i] < quantile[i - 1])
            return fail(e, STATUS_BAD_INPUT,
                        "%s: tensor '%s' falls from %g to %g at place %zu, expected quantiles, "
                        "which never fall",
                        s->path, name, (double)quantile[i - 1], (double)quantile[i], i);
    return 0;
}

/* Tensors without the card's counts: whose they are is not known. */
static int check_none(const safetensors *s, error *e)
{
    const char *found = safetensors_find(s, real_name)        ? real_name
                        : safetensors_find(s, generated_name) ? generated_name
                                                              : NULL;
    if (!found)
        return 0;
    return fail(e, STATUS_BAD_INPUT,
                "%s: tensor '%s' is there, but metadata 'model' has no quantiles: expected how "
                "many pictures they are of",
                s->path, found);
}

int quantiles_load(model_file *m, const safetensors *s, error *e)
{
    if (!m->quantiles)
        return check_none(s, e);
    if (!model_has(m, "D"))
        return fail(e, STATUS_BAD_INPUT,
                    "%s: metadata 'model' has quantiles of D's logit, and the model has no D",
                    m->path);
    return get(m->quantiles->real, s, real_name, e) != 0
               ? -1
               : get(m->quantiles->generated, s, generated_name, e);
}
