/* SPDX-License-Identifier: MIT */
/* What an event file holds, record by record. */
#ifndef GANLENS_EVENT_RECORDS_H
#define GANLENS_EVENT_RECORDS_H

#include "base.h"

/* The record that comes first. */
void event_add_version(text *out);
/* The numbers of a line of log.jsonl, by their keys; null is none. */
void event_add_numbers(text *out, uint64_t step, json_t *line);
/* A grey PNG, of that size. */
void event_add_picture(text *out, uint64_t step, const bytes *png, size_t rows, size_t cols);

#endif
