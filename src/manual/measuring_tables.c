/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "data.h"
#include "manual_detail.h"
#include "metrics.h"

/* " It needs a generator.": what it needs beside features, pictures and a judge, which most need.
 */
static void add_needs(text *out, const metric *m)
{
    const unsigned usual = NEEDS_FEATURES | NEEDS_PICTURES | NEEDS_CLASSES;
    unsigned needs = m->needs & ~usual;
    const char *before = " It needs ";
    for (unsigned need = 1; need < NEEDS_END; need <<= 1)
        if (needs & need) {
            text_add(out, "%s%s", before, metric_need_words(need));
            before = " and ";
        }
    text_add(out, "%s", needs ? "." : "");
}

static void add_metric(text *out, const metric *m)
{
    static const char *const better[] = {[LESS_IS_BETTER] = "Less is better.",
                                         [MORE_IS_BETTER] = "More is better.",
                                         [NEAR_REAL_IS_BETTER] =
                                             "The nearer to that of real pictures the better."};
    text meaning = {0};
    text_add(&meaning, "%s, of %s: %s %s", m->title, metric_sayings[m->says], m->definition,
             better[m->better]);
    add_needs(&meaning, m);
    text_add(&meaning, " The estimate: %s. When it misleads: %s (%s)", m->estimator, m->lies,
             m->source);
    man_add_entry(out, m->name, meaning.data);
    text_release(&meaning);
}

void manual_add_metrics(text *out)
{
    for (const metric *const *m = metrics; *m; m++)
        add_metric(out, *m);
}

void manual_add_made(text *out)
{
    for (const data_source *const *s = data_sources; *s; s++)
        man_add_entry(out, (*s)->name, (*s)->made);
}
