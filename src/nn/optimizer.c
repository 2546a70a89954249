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

/* With m the momentum, without it none. */
static bool update_by_sgd(optimizer *o, float *param, const float *grad, double lr)
{
    return sgd_update(param, grad, o->m, o->n, (float)lr, (float)o->set.beta1);
}

const optimizer_rule optimizer_rules[] = {
    {.name = "adam",
     .summary = "steps of a size of their own for each parameter, from two moments",
     .source = "Kingma & Ba 2015, algorithm 1",
     .has_m = true,
     .has_v = true,
     .reads = READS_BETA1 | READS_BETA2 | READS_EPS,
     .update = update_by_adam},
    {.name = "sgd",
     .summary = "the rate times the gradient",
     .source = "Robbins & Monro 1951",
     .update = update_by_sgd},
    {.name = "momentum",
     .summary = "the rate times a sum of gradients that forgets by beta1",
     .source = "Polyak 1964",
     .has_m = true,
     .reads = READS_BETA1,
     .update = update_by_sgd},
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
