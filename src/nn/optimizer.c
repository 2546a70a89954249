/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool update_by_adam(optimizer *o, float *param, const float *grad, double lr)
{
    const optimizer_settings *s = &o->set;
    double t = (double)o->step;
    adam_rates a = {.step_size = (float)(lr / (1.0 - pow(s->beta1, t))),
                    .v_scale = (float)(1.0 / (1.0 - pow(s->beta2, t))),
                    .beta1 = (float)s->beta1,
                    .rest1 = (float)(1.0 - s->beta1),
                    .beta2 = (float)s->beta2,
                    .rest2 = (float)(1.0 - s->beta2),
                    .eps = (float)s->eps};
    return adam_update(param, grad, o->m, o->v, o->n, a);
}

static bool update_by_adamw(optimizer *o, float *param, const float *grad, double lr)
{
    scale_all(param, o->n, (float)(1.0 - lr * o->set.decay));
    return update_by_adam(o, param, grad, lr);
}

static bool update_by_rmsprop(optimizer *o, float *param, const float *grad, double lr)
{
    const optimizer_settings *s = &o->set;
    rmsprop_rates r = {(float)lr, (float)s->beta2, (float)(1.0 - s->beta2), (float)s->eps};
    return rmsprop_update(param, grad, o->v, o->n, r);
}

/* With m the momentum, without it none. */
static bool update_by_sgd(optimizer *o, float *param, const float *grad, double lr)
{
    return sgd_update(param, grad, o->m, o->n, (sgd_rates){(float)lr, (float)o->set.beta1, false});
}

static bool update_by_nesterov(optimizer *o, float *param, const float *grad, double lr)
{
    return sgd_update(param, grad, o->m, o->n, (sgd_rates){(float)lr, (float)o->set.beta1, true});
}

const optimizer_rule optimizer_rules[] = {
    {.name = "adam",
     .summary = "steps of a size of their own for each parameter, from two moments",
     .source = "Kingma & Ba 2015, algorithm 1",
     .when = "The first to try; for a gan with --beta1 0.5 or 0.",
     .has_m = true,
     .has_v = true,
     .reads = READS_BETA1 | READS_BETA2 | READS_EPS,
     .update = update_by_adam},
    {.name = "adamw",
     .summary = "adam, before which all parameters are multiplied by 1 - rate * --weight-decay",
     .source = "Loshchilov & Hutter 2019, algorithm 2",
     .when = "In place of --l2, which adam's steps of equal size make uneven.",
     .has_m = true,
     .has_v = true,
     .reads = READS_BETA1 | READS_BETA2 | READS_EPS | READS_DECAY,
     .update = update_by_adamw},
    {.name = "rmsprop",
     .summary = "the gradient by the root of a mean of its squares, which begins at 0",
     .source = "Tieleman & Hinton 2012, lecture 6e; as PyTorch has it",
     .when =
         "With --clip-weights, as its paper has it: a D that changes at each step leaves little "
         "use for a mean of its gradients. PyTorch's own alpha is --beta2 0.99.",
     .has_v = true,
     .reads = READS_BETA2 | READS_EPS,
     .update = update_by_rmsprop},
    {.name = "sgd",
     .summary = "the rate times the gradient",
     .source = "Robbins & Monro 1951",
     .when = "To compare with: only the rate is to be chosen.",
     .update = update_by_sgd},
    {.name = "momentum",
     .summary = "the rate times a sum of gradients that forgets by --beta1",
     .source = "Polyak 1964",
     .when =
         "For an autoencoder in half the memory that adam takes; the rate is to be searched for.",
     .has_m = true,
     .reads = READS_BETA1,
     .update = update_by_sgd},
    {.name = "nesterov",
     .summary = "the rate times the gradient and --beta1 times that sum",
     .source = "Sutskever et al. 2013, equations 3 and 4; as PyTorch has it",
     .when = "Where momentum swings.",
     .has_m = true,
     .reads = READS_BETA1,
     .update = update_by_nesterov},
    {0}};

const optimizer_rule *optimizer_find(const char *name)
{
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++)
        if (strcmp(rule->name, name) == 0)
            return rule;
    return NULL;
}

void optimizer_init(optimizer *o, optimizer_settings s, size_t n)
{
    *o = (optimizer){.set = s, .n = n};
    if (s.rule->has_m)
        o->m = allocate(n, sizeof *o->m);
    if (s.rule->has_v)
        o->v = allocate(n, sizeof *o->v);
}

void optimizer_release(optimizer *o)
{
    free(o->m);
    free(o->v);
    *o = (optimizer){0};
}

bool optimizer_step(optimizer *o, float *param, const float *grad, double rate_factor)
{
    o->step++;
    return o->set.rule->update(o, param, grad, o->set.lr * rate_factor);
}
