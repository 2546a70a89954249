/* SPDX-License-Identifier: MIT */
/* What the files of a run folder share. */
#ifndef GANLENS_RUN_DETAIL_H
#define GANLENS_RUN_DETAIL_H

#include "run.h"

/* Adds what log.csv holds beside the lines of log.jsonl. *columns becomes the first of them, which
 * the caller owns, unless it is set or there is none. */
void log_table_fill(text *out, json_t **columns, const char *lines);

#endif
