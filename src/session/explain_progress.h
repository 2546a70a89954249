/* SPDX-License-Identifier: MIT */
/* How far explanations are, on a progress line: of one its method and what is done, of several how
 * many there are. */
#ifndef GANLENS_EXPLAIN_PROGRESS_H
#define GANLENS_EXPLAIN_PROGRESS_H

#include "session.h"
#include <stdatomic.h>

/* A method is one unit of work, and so is each method that a report judges: reports take longest.
 * Hears from any thread; one that comes while another prints is counted, but not shown. */
typedef struct {
    explain_listener listener; /* of the requests */
    progress *line;
    const explain_plan *plan;
    uint64_t n; /* explanations */
    const char *what;
    uint64_t units; /* of one of them */
    _Atomic uint64_t n_done, units_done;
    atomic_flag is_busy;
    double start; /* when it was heard first; 0: it was not */
    double part;  /* of one explanation alone: of the method that runs */
    const explain_method *method;
    bool is_preparing;
} explain_progress;

/* p is in place: its listener knows it. line, plan and what must live as long. */
void explain_progress_init(explain_progress *p, progress *line, const explain_plan *plan,
                           uint64_t n, const char *what);
/* The same while the methods are prepared. */
void explain_progress_init_prepare(explain_progress *p, progress *line, const explain_plan *plan);
/* An explanation is found, and its files are made next. */
void explain_progress_found(explain_progress *p);
/* They are made. */
void explain_progress_saved(explain_progress *p);

#endif
