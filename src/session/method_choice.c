/* SPDX-License-Identifier: MIT */
/* Which methods a program explains with, and their options behind its own. */
#include "session.h"

#include <stdlib.h>

/* The names of the default methods, those that are streamed alone or all. */
static void add_defaults(text *out, bool only_streamed)
{
    explain_plan plan = {0};
    explain_plan_choose_default(&plan, only_streamed ? METHODS_STREAMED : METHODS_LEADING);
    for (size_t i = 0; i < plan.n; i++)
        text_add(out, "%s%s", i ? "," : "", plan.methods[i]->name);
    explain_plan_release(&plan);
}

static void tell_defaults(text *out)
{
    add_defaults(out, false);
    text_add(out, ", with --table ");
    add_defaults(out, true);
}

const option_row method_option_rows[2] = {
    OPTION_LIST(method_options, method, .name = "method", .letter = 'm', .role = ROLE_RESULT,
                .value = "LIST",
                .choices = NAMES_JOINED(NAMES_POINTED(explain_method, explain_methods),
                                        WORDS("all", "auto")),
                .summary =
                    "The methods to explain with; --list-methods says what they are. auto, alone, "
                    "judges all that attribute to z (with --space x to the pixels) on the first "
                    "explanations, at most 4, takes the one to trust, and says which and why. When "
                    "not given:",
                .more = tell_defaults),
    OPTION_FLAG(method_options, wants_list, .name = "list-methods",
                .summary = "Print the methods and their sources, and end."),
};

void methods_list(text *out)
{
    for (const explain_method *const *m = explain_methods; *m; m++)
        text_add(out, "%s\t%s\t%s\n", (*m)->name, (*m)->summary, (*m)->source);
}

/* The first method with the options of method i: several may share a set. */
static size_t find_owner(size_t i)
{
    size_t owner = 0;
    while (explain_methods[owner]->options != explain_methods[i]->options)
        owner++;
    return owner;
}

void method_settings_init(method_settings *m, const program *p, size_t size)
{
    size_t n = 0;
    while (explain_methods[n])
        n++;
    m->places = allocate(n, sizeof *m->places);
    settings_layout_init(&m->layout, p, size);
    for (size_t i = 0; i < n; i++) {
        size_t owner = find_owner(i);
        if (owner < i)
            m->places[i] = m->places[owner];
        else if (explain_methods[i]->options)
            m->places[i] = settings_layout_add(&m->layout, explain_methods[i]->options);
    }
    m->all = settings_layout_fill(&m->layout);
}

void method_settings_choose(const method_settings *m, explain_plan *plan, const char *list,
                            method_default otherwise)
{
    if (list)
        explain_plan_choose(plan, list);
    else
        explain_plan_choose_default(plan, otherwise);
    method_settings_apply(m, plan);
}

void method_settings_apply(const method_settings *m, explain_plan *plan)
{
    for (size_t i = 0; explain_methods[i]; i++)
        if (explain_methods[i]->options)
            explain_plan_set(plan, explain_methods[i], (char *)m->all + m->places[i]);
}

static bool is_planned(const explain_plan *plan, const explain_method *method)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->methods[i] == method)
            return true;
    return false;
}

/* "folders and --method smoothgrad or vargrad": those with that set, one of which must be planned.
 */
static bool find_use(text *what_for, const explain_plan *plan, const option_set *options)
{
    bool has_use = false;
    const char *join = "folders and --method ";
    for (const explain_method *const *m = explain_methods; *m; m++) {
        if ((*m)->options != options)
            continue;
        text_add(what_for, "%s%s", join, (*m)->name);
        join = " or ";
        has_use = has_use || is_planned(plan, *m);
    }
    return has_use;
}

int method_uses_check(const explain_plan *plan, bool has_folders, const invocation *v, error *e)
{
    int status = 0;
    for (const explain_method *const *m = explain_methods; !status && *m; m++) {
        const option_set *options = (*m)->options;
        text what_for = {0};
        bool has_use = options && find_use(&what_for, plan, options) && has_folders;
        for (size_t i = 0; !status && options && i < options->group.n; i++)
            status = option_uses_check(
                v, &(option_use){options->group.rows[i].name, has_use, what_for.data}, 1, e);
        text_release(&what_for);
    }
    return status;
}

void method_settings_release(method_settings *m)
{
    if (m->all)
        settings_release(&m->layout.program, m->all);
    free(m->all);
    free(m->places);
    settings_layout_release(&m->layout);
    *m = (method_settings){0};
}
