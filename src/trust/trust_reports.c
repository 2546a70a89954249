/* SPDX-License-Identifier: MIT */
#include "trust.h"
#include <string.h>

/* To add a report: a file with its object, its row here. */
#define REPORTS(REPORT)                                                                            \
    REPORT(quality_report)                                                                         \
    REPORT(stability_report)                                                                       \
    REPORT(sanity_report)                                                                          \
    REPORT(compare_report)                                                                         \
    REPORT(explainability_report)

#define DECLARE(report) extern const explain_method report;
REPORTS(DECLARE)
#define ADDRESS(report) &report,
const explain_method *const trust_reports[] = {REPORTS(ADDRESS) NULL};

const explain_method *trust_report_find(const char *name)
{
    for (const explain_method *const *m = trust_reports; *m; m++)
        if (strcmp((*m)->name, name) == 0)
            return *m;
    return NULL;
}
