/* SPDX-License-Identifier: MIT */
/* What the files of a run folder share. */
#ifndef GANLENS_RUN_DETAIL_H
#define GANLENS_RUN_DETAIL_H

#include "run.h"

/* Adds what log.csv holds beside the lines of log.jsonl. *columns, NULL, becomes an object with the
 * keys of all of them and of more (NULL: none), which the caller owns, unless there is no line. */
void log_table_fill(text *out, json_t **columns, json_t *more, const char *lines);

/* Makes the event file of what log.jsonl and samples/ hold, where one is asked for, to go on with.
 */
int run_events_open(run_folder *r, error *e);
int run_events_add_line(run_folder *r, uint64_t step, json_t *line, error *e);

/* ---- Files that are named after a step ---- */

/* "step-000200.png" */
typedef struct {
    const char *start, *end;
} numbered_name;

/* Each ended by one with start NULL. */
extern const numbered_name sample_names[], kept_names[], snapshot_names[];

/* The step of such a name, or of the temporary a killed writer left of it. */
bool numbered_step(uint64_t *step, const char *name, const numbered_name *names);
/* Removes those of steps after `last`; of all steps where all. */
int numbered_remove(const char *folder, const numbered_name *names, bool all, uint64_t last,
                    error *e);
int run_folder_remove(const run_folder *r, const char *name, error *e);

#endif
