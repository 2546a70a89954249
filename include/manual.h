/* SPDX-License-Identifier: MIT */
/* manual: the man page ganlens(7), which defines what ganlens makes and can be told to make.
 *
 * What stands in a table of another module is read from there: what is added to one is on the page.
 */
#ifndef GANLENS_MANUAL_H
#define GANLENS_MANUAL_H

#include "base.h"

/* Appends the page. */
void manual_write(text *out);

#endif
