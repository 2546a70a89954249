/* SPDX-License-Identifier: MIT */
/* Methods that attribute, run again. */
#include "trust_detail.h"
#include <stdlib.h>

bool method_reruns(const explain_method *m)
{
    return explain_method_attributes(m, 0) && !m->accepts;
}

void reruns_tell_left_out(text *words, const explain_plan *plan)
{
    text names = {0};
    for (size_t i = 0; i < plan->n; i++) {
        const explain_method *m = plan->methods[i];
        if (explain_method_attributes(m, 0) && !method_reruns(m))
            text_add(&names, "%s%s", names.length ? ", " : "", m->name);
    }
    if (names.length)
        text_add(words, " Not judged, for each would have to be fitted anew: %s.", names.data);
    text_release(&names);
}

explain_listener listener_within(const explain_listener *l)
{
    return (explain_listener){.should_stop = l ? l->should_stop : NULL};
}

static explain_request request_of(const explain_request *q, const explain_listener *l)
{
    explain_request own = *q;
    own.skips_checks = own.skips_evidence = own.keeps_to_samples = true;
    own.listener = l;
    if (!own.n_samples || own.n_samples > RERUN_SAMPLES)
        own.n_samples = RERUN_SAMPLES;
    return own;
}

int reruns_init(reruns *r, const explain_plan *plan, const explainer *x, const explain_request *q,
                error *e)
{
    *r = (reruns){.plan = {.is_all = true}, .listener = listener_within(q->listener)};
    r->q = request_of(q, &r->listener);
    for (size_t i = 0; i < plan->n; i++) {
        if (!method_reruns(plan->methods[i]))
            continue;
        explain_plan_add(&r->plan, plan->methods[i]);
        explain_plan_set(&r->plan, plan->methods[i], plan->settings[i]);
    }
    return explain_plan_prepare(&r->plan, x, &r->q, e);
}

int reruns_make(attribution_list lists[N_INPUTS], const reruns *r, const explainer *x,
                explain_workspace *w, const float *z, error *e)
{
    explanation a = {0};
    if (explain(&a, x, w, z, &r->q, &r->plan, e))
        return -1;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        attributions_find(&lists[i], &a, i);
    explanation_release(&a);
    return 0;
}

void reruns_release(reruns *r) { explain_plan_release(&r->plan); }

reruns *reruns_create(const explain_plan *plan, const explainer *x, const explain_request *q,
                      error *e)
{
    reruns *r = allocate(1, sizeof *r);
    if (!reruns_init(r, plan, x, q, e))
        return r;
    reruns_free(r);
    return NULL;
}

void reruns_free(void *r)
{
    if (r)
        reruns_release(r);
    free(r);
}
