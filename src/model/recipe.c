/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <math.h>
#include <string.h>

const recipe recipes[] = {
    {.name = "tuned",
     .summary = "R1, a moving average of G, Adam at 1e-3: sharp and varied digits in minutes",
     .options = {.model = "gan",
                 .generator = "256:bn:lrelu=0.2,512:bn:lrelu=0.2,784:tanh",
                 .discriminator = "512:lrelu=0.2,256:lrelu=0.2,1",
                 .loss = "nonsaturating",
                 .opt = "adam",
                 .init_weights = "he",
                 .z_dim = 64,
                 .batch = 64,
                 .range = {-1, 1},
                 .lr = 1e-3,
                 .lr_d = (double)NAN,
                 .beta1 = 0.5,
                 .beta2 = 0.999,
                 .eps = 1e-8,
                 .r1 = 0.1,
                 .r1_every = 8,
                 .ema_kimg = 50,
                 .bn_momentum = 0.99,
                 .n_classes = 10,
                 .steps = 25000,
                 .sample_every = {.n = 1000},
                 .log_every = {.n = 100},
                 .checkpoint_every = {.n = 5000}}},
    {.name = "classic",
     .summary = "the reference GAN: BatchNorm in G, dropout in D, Adam at 1e-4",
     .options = {.model = "gan",
                 .generator = "256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh",
                 .discriminator = "256:lrelu=0.3:dropout=0.4,1",
                 .loss = "nonsaturating",
                 .opt = "adam",
                 .init_weights = "glorot",
                 .z_dim = 100,
                 .batch = 32,
                 .range = {-1, 1},
                 .lr = 1e-4,
                 .lr_d = (double)NAN,
                 .beta1 = 0.9,
                 .beta2 = 0.999,
                 .eps = 1e-7,
                 .r1 = 0,
                 .r1_every = 1,
                 .ema_kimg = 0,
                 .bn_momentum = 0.99,
                 .n_classes = 10,
                 .steps = 37500,
                 .sample_every = {.n = 200},
                 .log_every = {.n = 100},
                 .checkpoint_every = {.n = 5000}}},
    {0},
};

const recipe *recipe_find(const char *name)
{
    for (const recipe *r = recipes; r->name; r++)
        if (strcmp(r->name, name) == 0)
            return r;
    return NULL;
}

char *spec_fitted(const char *spec, size_t n)
{
    const char *comma = strrchr(spec, ','), *last = comma ? comma + 1 : spec;
    text fitted = {0};
    text_add(&fitted, "%.*s%zu%s", (int)(last - spec), spec, n, last + strspn(last, "0123456789"));
    return fitted.data;
}
