/* SPDX-License-Identifier: MIT */
/* What the rows of the table of targets, one file a family, share. */
#ifndef GANLENS_TARGET_DETAIL_H
#define GANLENS_TARGET_DETAIL_H

#include "explain.h"

/* softplus(-logit) and its derivatives. */
void gen_evaluate(const term_tile *t, float *value, float *dy);
double gen_evaluate_in_double(const term_row *t, double *dy, double *squares);
/* The target's component of what is read. */
void component_evaluate(const term_tile *t, float *value, float *dy);
double component_evaluate_in_double(const term_row *t, double *dy, double *squares);

/* n whole numbers by commas and nothing else. */
int target_numbers_read(size_t *out, size_t n, const explain_target *t, const char *words,
                        const char *arguments, error *e);
/* STATUS_USAGE: what was found, that the row's form was expected, and more. */
int target_refuse(const explain_target *t, const char *words, const char *more, error *e);
/* The `read` of a target that is its name alone. */
int target_read_nothing(explain_target *t, const char *words, const char *arguments, error *e);
/* The meaning of a JSON description. */
void target_set_meaning(json_t *o, const char *format, ...) PRINTF_LIKE(2, 3);

/* STATUS_USAGE, naming the option and the layers there are, where g has no dense layer (or the
 * BatchNorm behind one) with that Sequential index. */
int target_check_layer(const char *option, const network *g, size_t index, error *e);

#endif
