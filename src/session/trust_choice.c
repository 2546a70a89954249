/* SPDX-License-Identifier: MIT */
/* Which reports judge the explanations. */
#include "session.h"

#include <assert.h>

const option_row trust_option_rows[3] = {
    OPTION_FLAG(trust_options, quality, .name = "quality", .role = ROLE_RESULT,
                .summary = "Judge what the methods attribute, beside controls that know nothing of "
                           "the model: how well it foretells the target, how stable it is, what "
                           "it costs."),
    OPTION_FLAG(trust_options, sanity, .name = "sanity", .role = ROLE_RESULT,
                .summary = "Explain networks whose layers are randomised, too: a method whose map "
                           "does not change does not explain them."),
    OPTION_FLAG(trust_options, explainability, .name = "explainability", .role = ROLE_RESULT,
                .summary = "Measure how explainable the model is, in parts, beside one that was "
                           "not trained and one with random weights."),
};

bool trust_is_wanted(const trust_options *o) { return o->quality || o->sanity; }

static void add_report(explain_plan *plan, const char *name, const trust_settings *s)
{
    const explain_method *report = trust_report_find(name);
    assert(report);
    explain_plan_add(plan, report);
    explain_plan_set(plan, report, s);
}

void trust_choose(explain_plan *plan, trust_settings *s, const trust_options *o)
{
    s->plan = plan;
    if (o->quality)
        add_report(plan, "quality", s);
    if (o->sanity)
        add_report(plan, "sanity", s);
    if (o->explainability)
        add_report(plan, "explainability", s);
}
