/* SPDX-License-Identifier: MIT */
/* Which reports judge the explanations. */
#include "session.h"

#include <assert.h>

const option_row trust_option_rows[6] = {
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
    OPTION_TEXT(trust_options, control, .name = "judge-control", .role = ROLE_RESULT,
                .value = "FILE",
                .summary = "With --target class:K, explain this judge in place of the other, too: "
                           "it was trained on random labels, as ganeval --train-judge "
                           "--random-labels makes one, and a map that it does not change shows "
                           "nothing that was learned of them. Adds --sanity."),
    OPTION_TEXT(trust_options, across, .name = "across", .role = ROLE_RESULT, .value = "A,B",
                .summary = "Explain the same z in these checkpoints, too, and say how alike their "
                           "explanations are: other trainings, or steps of one, as --keep N of "
                           "gantrain leaves them (RUN/state-NNNNNN.safetensors)."),
};

static bool wants_sanity(const trust_options *o) { return o->sanity || o->compare || o->control; }

bool trust_is_wanted(const trust_options *o) { return o->quality || o->across || wants_sanity(o); }

static void add_report(explain_plan *plan, trust_settings *s, const char *name, bool is_wanted)
{
    const explain_method *report = trust_report_find(name);
    assert(report);
    if (!is_wanted)
        return;
    explain_plan_add(plan, report);
    explain_plan_set(plan, report, s);
}

/* Behind what each reads. */
void trust_choose(explain_plan *plan, trust_settings *s, const trust_options *o)
{
    s->plan = plan;
    add_report(plan, s, "quality", o->quality || o->compare);
    add_report(plan, s, "stability", o->quality || o->compare || o->across);
    add_report(plan, s, "sanity", wants_sanity(o));
    add_report(plan, s, "compare", o->compare);
    add_report(plan, s, "explainability", o->explainability);
}

int trust_open_control(judge_file *control, trust_settings *s, const trust_options *o,
                       const subject *of, error *e)
{
    if (!o->control)
        return 0;
    const network *asked = of->target.classifier;
    if (!asked)
        return fail(e, STATUS_USAGE, "--judge-control is for --target class:K, which asks a judge");
    if (judge_open_control(control, o->control, of->model.shape, e))
        return fail_in(e, "--judge-control");
    if (control->classifier.n_out != asked->n_out)
        return fail(e, STATUS_BAD_INPUT,
                    "--judge-control: %s: tells %zu classes apart, expected %zu, as the judge",
                    control->path, control->classifier.n_out, asked->n_out);
    judge_take_range(control, of->model.low, of->model.high);
    s->control = &control->classifier;
    return 0;
}

int trust_open(trust_settings *t, const trust_options *o, subject *s, const subject_source *from,
               error *e)
{
    if (!o->across)
        return 0;
    if (subject_open_rivals(s, o->across, from, e))
        return fail_in(e, "--across");
    t->rivals = s->compared;
    t->n_rivals = s->n_rivals + 1;
    t->is_drift = s->is_drift;
    return 0;
}
