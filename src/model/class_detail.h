/* SPDX-License-Identifier: MIT */
/* What the files of model share. */
#ifndef GANLENS_CLASS_DETAIL_H
#define GANLENS_CLASS_DETAIL_H

#include "model.h"

/* Steps, of which random streams have room for so many. */
#define MAX_STEPS (UINT64_C(1) << 40)

/* ---- Parts ---- */

/* The i-th part of m, but for its tape, with initial values. */
int part_init(model_part *p, const model *m, size_t i, error *e);
void part_release(model_part *p);
int part_update(model_part *p, const model *m, error *e);
/* Appends where on its way through p something stopped being finite first; false: nowhere. */
bool part_add_not_finite(text *where, const model_part *p);

/* ---- Numbers ---- */

int check_numbers(const model *m, error *e);
void update_running(model *m);

#endif
