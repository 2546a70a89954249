/* SPDX-License-Identifier: MIT */
/* Which reports judge the explanations. */
#include "session.h"

const option_row trust_option_rows[4] = {
    OPTION_FLAG(trust_options, quality, .name = "quality", .role = ROLE_RESULT,
                .summary = "Judge what the methods attribute, beside controls that know nothing of "
                           "the model: how well it foretells the target, how stable it is, what "
                           "it costs."),
    OPTION_FLAG(trust_options, sanity, .name = "sanity", .role = ROLE_RESULT,
                .summary = "Explain networks whose layers are randomised, too: a method whose map "
                           "does not change does not explain them."),
    OPTION_FLAG(trust_options, compare, .name = "compare", .role = ROLE_RESULT,
                .summary = "Show all methods beside each other, judged as by --quality and "
                           "--sanity, and name the one to trust."),
    OPTION_FLAG(trust_options, explainability, .name = "explainability", .role = ROLE_RESULT,
                .summary = "Measure how explainable the model is, in parts, beside one that was "
                           "not trained and one with random weights."),
};

bool trust_is_wanted(const trust_options *o) { return o->quality || o->sanity || o->compare; }

static void add_report(explain_plan *plan, trust_settings *s, const char *name, bool is_wanted)
{
    const explain_method *report = trust_report_find(name);
    if (!is_wanted || !report)
        return;
    explain_plan_add(plan, report);
    explain_plan_set(plan, report, s);
}

/* Behind what each reads. */
void trust_choose(explain_plan *plan, trust_settings *s, const trust_options *o)
{
    s->plan = plan;
    add_report(plan, s, "quality", o->quality || o->compare);
    add_report(plan, s, "stability", o->quality || o->compare);
    add_report(plan, s, "sanity", o->sanity || o->compare);
    add_report(plan, s, "compare", o->compare);
    add_report(plan, s, "explainability", o->explainability);
}
