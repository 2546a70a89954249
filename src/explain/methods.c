/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <string.h>

int explain_by_gradient(const explainer *x, explain_workspace *w, const explain_request *q,
                        explanation *a, error *e);

/* To add a method: a file with its run function and a row here. */
const explain_method explain_methods[] = {
    {"gradient",
     "the target's gradient by z and by the pixels, and the Jacobian of the picture by z",
     "Simonyan et al. 2014; forward mode as in Griewank & Walther 2008", explain_by_gradient},
    {0}};

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

size_t explain_methods_choose(const explain_method ***chosen, const char *list)
{
    size_t n = 0;
    *chosen = allocate(sizeof explain_methods / sizeof *explain_methods, sizeof **chosen);
    for (const explain_method *m = explain_methods; m->name; m++)
        if (lists(list, "all") || lists(list, m->name))
            (*chosen)[n++] = m;
    return n;
}
