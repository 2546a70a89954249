/* SPDX-License-Identifier: MIT */
/* What matrices and tables share. Their labels are those of the columns, then those of the rows,
 * where they have any. */
#ifndef GANLENS_CELLS_DETAIL_H
#define GANLENS_CELLS_DETAIL_H

#include "present_detail.h"

/* NULL: they have none. */
const char *const *column_names(const named_array *v);
const char *const *row_names(const named_array *v);
/* "row 3" of kind "row", unless it has a label; the caller frees it. */
char *name_cell(const char *const *names, const char *kind, size_t i);

/* ---- Tables of methods and measures ---- */

/* Whether it is a method's name, also with a word behind it. */
bool is_method(const char *name);
/* The first row that is of no method, where methods stand before it; 0: there is none. */
size_t first_control(const array_view *v);
/* Marks, in (rows, columns) zeros, the best of the methods in each column that is a measure by
 * which one can be better. */
void find_best(bool *are_best, const array_view *v);
/* A line for each column that is a measure: what it says and what is good. */
void say_columns(text *t, const array_view *v);

#endif
