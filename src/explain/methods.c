/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <string.h>

int explain_by_gradient(const explainer *x, explain_workspace *w, const explain_request *q,
                        explanation *a, error *e);

/* To add a method: a file with its run function, and a row here. */
const explain_method explain_methods[] = {
    {"gradient",
     "the target's gradient by z and by the pixels, and the Jacobian of the picture by z",
     "Simonyan et al. 2014; forward mode as in Griewank & Walther 2008", explain_by_gradient},
    {0}};

const explain_method *explain_method_find(const char *name)
{
    for (const explain_method *m = explain_methods; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}
