/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"adam", "sgd", "momentum"};

bool optimizer_kind_find(optimizer_kind *kind, const char *name)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *kind = (optimizer_kind)i;
            return true;
        }
    return false;
}

void optimizer_init(optimizer *o, optimizer_settings s, size_t n)
{
    *o = (optimizer){.set = s, .n = n};
    if (s.kind != OPTIMIZER_SGD)
        o->m = allocate(n, sizeof *o->m);
    if (s.kind == OPTIMIZER_ADAM)
        o->v = allocate(n, sizeof *o->v);
}

void optimizer_release(optimizer *o)
{
    free(o->m);
    free(o->v);
    *o = (optimizer){0};
}

bool optimizer_step(optimizer *o, float *param, const float *grad)
{
    const optimizer_settings *s = &o->set;
    o->step++;
    if (s->kind != OPTIMIZER_ADAM)
        return sgd_update(param, grad, o->m, o->n, (float)s->lr, (float)s->beta1);
    double t = (double)o->step;
    adam_rates a = {.step_size = (float)(s->lr / (1.0 - pow(s->beta1, t))),
                    .v_scale = (float)(1.0 / (1.0 - pow(s->beta2, t))),
                    .beta1 = (float)s->beta1,
                    .rest1 = (float)(1.0 - s->beta1),
                    .beta2 = (float)s->beta2,
                    .rest2 = (float)(1.0 - s->beta2),
                    .eps = (float)s->eps};
    return adam_update(param, grad, o->m, o->v, o->n, a);
}
