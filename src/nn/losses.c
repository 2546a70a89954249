/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <string.h>

static double logistic_discriminator(const float *real, const float *fake, size_t n, float *d_real,
                                     float *d_fake)
{
    float weight = 1.0f / (float)n;
    return (softplus_sum(real, n, -1.0f, weight, d_real) +
            softplus_sum(fake, n, 1.0f, weight, d_fake)) /
           (double)n;
}

static double nonsaturating_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    (void)real;
    return softplus_sum(fake, n, -1.0f, 1.0f / (float)n, d_fake) / (double)n;
}

const adversarial_loss adversarial_losses[] = {
    {.name = "nonsaturating",
     .summary = "D: mean softplus(-D(x)) + mean softplus(D(G(z))); G: mean softplus(-D(G(z)))",
     .source = "Goodfellow et al. 2014, section 3",
     .discriminator = logistic_discriminator,
     .generator = nonsaturating_generator},
    {0}};

const adversarial_loss *adversarial_loss_find(const char *name)
{
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}
