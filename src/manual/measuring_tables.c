/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "manual_detail.h"
#include "metrics.h"

/* What a metric needs beside features, pictures and a judge, which most need. */
static const char *special_need(const metric *m)
{
    static const struct {
        unsigned need;
        const char *words;
    } needs[] = {{NEEDS_LABELS, "the class that each picture was asked for"},
                 {NEEDS_TRAINING, "the pictures that were trained on"},
                 {NEEDS_AUTOENCODER, "an encoder"},
                 {NEEDS_GENERATOR, "a generator"}};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (m->needs & needs[i].need)
            return needs[i].words;
    return NULL;
}

static void add_metric(text *out, const metric *m)
{
    static const char *const better[] = {[LESS_IS_BETTER] = "Less is better.",
                                         [MORE_IS_BETTER] = "More is better.",
                                         [NEAR_REAL_IS_BETTER] =
                                             "The nearer to that of real pictures the better."};
    const char *need = special_need(m);
    text meaning = {0};
    text_add(&meaning, "%s, of %s: %s %s", m->title, metric_sayings[m->says], m->definition,
             better[m->better]);
    if (need)
        text_add(&meaning, " It needs %s.", need);
    text_add(&meaning, " Estimated by %s. %s (%s)", m->estimator, m->lies, m->source);
    man_add_entry(out, m->name, meaning.data);
    text_release(&meaning);
}

void manual_add_metrics(text *out)
{
    for (const metric *const *m = metrics; *m; m++)
        add_metric(out, *m);
}
