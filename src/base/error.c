/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fail(error *e, exit_status status, const char *format, ...)
{
    char message[sizeof e->message]; /* apart, so that an argument may be e->message itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    memcpy(e->message, message, sizeof message);
    e->status = status;
    e->is_broken_pipe = false;
    return -1;
}

int fail_in(error *e, const char *format, ...)
{
    char context[sizeof e->message], message[2 * sizeof e->message + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s: %s", context, e->message);
    message[sizeof e->message - 1] = '\0'; /* too long: the end is cut */
    memcpy(e->message, message, sizeof e->message);
    return -1;
}

void error_keep_gravest(error *worst, const error *e)
{
    bool gives_way = worst->status == STATUS_DONE ||
                     (worst->status == STATUS_CHECK_FAILED && e->status != STATUS_CHECK_FAILED);
    if (e->status != STATUS_DONE && gives_way)
        *worst = *e;
}
