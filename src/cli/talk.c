/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <unistd.h>

void stderr_write(const char *data, size_t n)
{
    ssize_t ignored = write(STDERR_FILENO, data, n);
    (void)ignored;
}

void make_printable(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = *s == '\n' || *s == '\t' ? ' ' : '?';
}

void voice_say(voice *v, const char *message)
{
    text line = {0};
    text_add(&line, "%s%s: ", v->line_open ? CLEAR_LINE : "", v->program);
    size_t prefix = line.length;
    text_add(&line, "%s", message);
    make_printable(line.data + prefix);
    text_add(&line, "\n");
    stderr_write(line.data, line.length);
    v->line_open = false;
    text_release(&line);
}

static void say_arguments(voice *v, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void say_arguments(voice *v, const char *format, va_list arguments)
{
    text message = {0};
    text_add_arguments(&message, format, arguments);
    voice_say(v, message.data);
    text_release(&message);
}

void say(voice *v, const char *format, ...)
{
    if (v->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say_arguments(v, format, arguments);
    va_end(arguments);
}

void detail(voice *v, const char *format, ...)
{
    if (v->quiet || !v->verbose)
        return;
    va_list arguments;
    va_start(arguments, format);
    say_arguments(v, format, arguments);
    va_end(arguments);
}

void warn(voice *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_arguments(v, format, arguments);
    va_end(arguments);
}

int complain(voice *v, const error *e)
{
    if (e->status != STATUS_DONE && !ends_by_broken_pipe(e))
        voice_say(v, e->message);
    return (int)e->status;
}
