/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "cli.h"
#include <stdlib.h>
#include <string.h>

/* To add a method: a file with its object, its row here. */
#define METHODS(METHOD)                                                                            \
    METHOD(gradient_method)                                                                        \
    METHOD(gradient_x_input_method)                                                                \
    METHOD(integrated_gradients_method)                                                            \
    METHOD(smoothgrad_method)                                                                      \
    METHOD(vargrad_method)                                                                         \
    METHOD(occlusion_method)                                                                       \
    METHOD(lime_method)                                                                            \
    METHOD(shap_method)                                                                            \
    METHOD(linear_method)                                                                          \
    METHOD(logistic_method)                                                                        \
    METHOD(tree_method)                                                                            \
    METHOD(network_method)                                                                         \
    METHOD(activation_method)                                                                      \
    METHOD(cam_method)                                                                             \
    METHOD(influence_method)                                                                       \
    METHOD(interaction_method)                                                                     \
    METHOD(spectrum_method)                                                                        \
    METHOD(formation_method)                                                                       \
    METHOD(structure_method)                                                                       \
    METHOD(reach_method)                                                                           \
    METHOD(condition_method)

#define DECLARE(method) extern const explain_method method;
METHODS(DECLARE)
#define ADDRESS(method) &method,
const explain_method *const explain_methods[] = {METHODS(ADDRESS) NULL};

/* Whether the comma list holds that name. */
static bool lists(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        if (length == n && strncmp(at, name, n) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

void explain_plan_add(explain_plan *p, const explain_method *method)
{
    p->methods = reallocate(p->methods, p->n + 1, sizeof *p->methods);
    p->settings = reallocate(p->settings, p->n + 1, sizeof *p->settings);
    p->settings[p->n] = method->options ? method->options->defaults : NULL;
    p->methods[p->n++] = method;
}

void explain_plan_set(explain_plan *p, const explain_method *method, const void *settings)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->methods[i] == method)
            p->settings[i] = settings;
}

void explain_plan_choose(explain_plan *p, const char *list)
{
    p->is_all = lists(list, "all");
    for (const explain_method *const *m = explain_methods; *m; m++)
        if (p->is_all || lists(list, (*m)->name))
            explain_plan_add(p, *m);
}

static bool is_over(const array_row *row, explain_input input)
{
    return row->role == ROLE_ATTRIBUTION && row->space == (input == INPUT_Z ? SPACE_Z : SPACE_X);
}

bool array_row_attributes(const array_row *row, explain_input input)
{
    return is_over(row, input) && row->predicts != PREDICTS_NOTHING;
}

bool explain_method_attributes(const explain_method *m, unsigned inputs)
{
    for (const array_row *row = m->arrays; row->name; row++)
        for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
            if ((!inputs || inputs & 1u << i) && array_row_attributes(row, i))
                return true;
    return false;
}

static bool is_chosen(const explain_method *m, method_default which)
{
    return (m->is_default && (m->is_streamed || which != METHODS_STREAMED)) ||
           (which == METHODS_JUDGED && explain_method_attributes(m, 0));
}

/* What is of no use to the model is left out of those that are judged. */
void explain_plan_choose_default(explain_plan *p, method_default which)
{
    p->is_all = which == METHODS_JUDGED;
    for (const explain_method *const *m = explain_methods; *m; m++)
        if (is_chosen(*m, which))
            explain_plan_add(p, *m);
}

static void leave_out(explain_plan *p, size_t i)
{
    size_t n_after = --p->n - i;
    memmove(p->methods + i, p->methods + i + 1, n_after * sizeof *p->methods);
    memmove(p->settings + i, p->settings + i + 1, n_after * sizeof *p->settings);
}

/* Why x has no use for the method, after its name; NULL: it has. */
static const char *find_misfit(const explain_method *m, const explainer *x)
{
    bool is_seen = explain_target_reads(&x->target, NET_CRITIC) ||
                   explain_target_reads(&x->target, NET_CLASSIFIER);
    if (m->needs_class && !x->condition.g)
        return "is for conditional models, and this is none";
    if (m->needs_sight && !is_seen)
        return "is for targets that D or the judge sees the picture for, and this is none";
    return NULL;
}

int explain_plan_fit(explain_plan *p, const explainer *x, error *e)
{
    for (size_t i = p->n; i-- > 0;) {
        const char *misfit = find_misfit(p->methods[i], x);
        if (!misfit)
            continue;
        if (!p->is_all)
            return fail(e, STATUS_USAGE, "method %s %s", p->methods[i]->name, misfit);
        leave_out(p, i);
    }
    return 0;
}

/* Whether what was kept of method i is its state now. */
static bool recall(explain_plan *p, size_t i, const explainer *x, const explain_request *q)
{
    const explain_method *m = p->methods[i];
    if (!m->accepts || !p->kept)
        return false;
    kept_arrays *k = allocate(1, sizeof *k);
    bool is_kept = p->kept->read(k, m, p->kept->context) && m->accepts(k, x, q, p->settings[i]);
    if (is_kept)
        p->states[i] = k;
    else
        kept_arrays_free(k);
    return is_kept;
}

/* Whether it leaves something of these inputs, or attributes to none of them. */
static bool has_input(const explain_method *m, unsigned inputs)
{
    unsigned own = 0;
    for (const array_row *row = m->arrays; row->name; row++)
        for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
            own |= is_over(row, i) ? 1u << i : 0;
    return !own || (own & inputs);
}

/* Refuses a method that explains another input than is asked for, or leaves it out of "all". */
static int fit_inputs(explain_plan *p, unsigned inputs, error *e)
{
    for (size_t i = p->n; inputs && i-- > 0;) {
        if (has_input(p->methods[i], inputs))
            continue;
        if (!p->is_all)
            return fail(e, STATUS_USAGE, "method %s explains nothing by %s alone",
                        p->methods[i]->name, inputs == 1u << INPUT_Z ? "z" : "the pixels");
        leave_out(p, i);
    }
    return 0;
}

int explain_plan_prepare(explain_plan *p, const explainer *x, const explain_request *q, error *e)
{
    if (explain_plan_fit(p, x, e) || fit_inputs(p, q->inputs, e))
        return -1;
    p->states = allocate(p->n, sizeof *p->states);
    p->is_read = allocate(p->n, sizeof *p->is_read);
    for (; p->n_prepared < p->n; p->n_prepared++) {
        size_t i = p->n_prepared;
        const explain_method *m = p->methods[i];
        if (explain_is_stopped(q))
            return fail(e, STATUS_STOPPED, "stopped before method %s was prepared", m->name);
        explain_tell(q, m, NULL, i, p->n);
        p->is_read[i] = recall(p, i, x, q);
        if (!p->is_read[i] && m->prepare && m->prepare(&p->states[i], x, q, p->settings[i], e))
            return fail_in(e, "method %s", m->name);
    }
    return 0;
}

const kept_arrays *explain_plan_fitted(const explain_plan *p, size_t i)
{
    return i < p->n_prepared && p->methods[i]->accepts && !p->is_read[i] ? p->states[i] : NULL;
}

void explain_plan_release(explain_plan *p)
{
    for (size_t i = 0; i < p->n_prepared; i++)
        if (p->methods[i]->release)
            p->methods[i]->release(p->states[i]);
    free(p->is_read);
    free(p->states);
    free(p->settings);
    free(p->methods);
    *p = (explain_plan){0};
}
