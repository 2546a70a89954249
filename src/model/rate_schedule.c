/* SPDX-License-Identifier: MIT */
/* What rates are multiplied by on the way through a run. */
#include "model.h"
#include <math.h>
#include <string.h>

static double constant(double done)
{
    (void)done;
    return 1.0;
}

static double linear(double done) { return 1.0 - done; }

static double cosine(double done)
{
    const double half_turn = 3.14159265358979323846;
    return 0.5 * (1.0 + cos(half_turn * done));
}

const rate_schedule rate_schedules[] = {
    {.name = "constant",
     .summary = "the rates stay what they are",
     .source = "Goodfellow et al. 2014",
     .when =
         "For a gan with --ema-kimg, whose average settles in place of the rates, and where the "
         "length of the run is not known.",
     .factor = constant},
    {.name = "linear",
     .summary = "the rates fall in a line to 0 at the end of the run",
     .source = "Miyato et al. 2018",
     .when = "For a gan without an average.",
     .factor = linear},
    {.name = "cosine",
     .summary = "the rates fall along half a cosine, slowly at first, to 0 at the end of the run",
     .source = "Loshchilov & Hutter 2017, equation 5, without restarts",
     .when = "For ae and vae: the last tenth of the run is at next to no rate.",
     .factor = cosine},
    {0}};

const rate_schedule *rate_schedule_find(const char *name)
{
    for (const rate_schedule *s = rate_schedules; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

double model_rate_factor(const model *m)
{
    const train_options *o = &m->options;
    double halved = ldexp(1.0, -(int)m->memory.n_halvings);
    double warmed = m->step < o->warmup ? (double)(m->step + 1) / (double)o->warmup : 1.0;
    double scheduled = o->schedule ? rate_schedule_find(o->schedule)->factor(m->progress) : 1.0;
    return halved * warmed * scheduled;
}
