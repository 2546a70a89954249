/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct winsize and TIOCGWINSZ are not in POSIX 2008 */
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Seconds between two lines: a terminal shows ten a second, a log file keeps each for ever. */
static const double line_interval = 0.1, plain_interval = 10;

double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void duration_text(char out[32], double seconds)
{
    if (!(seconds >= 0 && seconds < 1e9)) { /* 30 years: there is no knowing */
        snprintf(out, 32, "?");
        return;
    }
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s < 60)
        snprintf(out, 32, "%lus", s);
    else if (s < 3600)
        snprintf(out, 32, "%lum %02lus", s / 60, s % 60);
    else if (s < 86400)
        snprintf(out, 32, "%luh %02lum", s / 3600, s / 60 % 60);
    else
        snprintf(out, 32, "%lud %02luh", s / 86400, s / 3600 % 24);
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

/* A terminal that can clear a line. */
static bool is_capable_terminal(void)
{
    return isatty(STDERR_FILENO) && is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
}

void progress_start(progress *p, voice *v, const char *how)
{
    *p = (progress){.voice = v, .style = PROGRESS_PLAIN, .first = -1, .last = -(double)INFINITY};
    if (v->quiet || strcmp(how, "none") == 0)
        p->style = PROGRESS_NONE;
    else if (strcmp(how, "plain") != 0 && is_capable_terminal())
        p->style = PROGRESS_LINE;
    p->start = seconds_now();
    p->use_colour = p->style == PROGRESS_LINE && !is_set("NO_COLOR");
}

static bool is_due_at(const progress *p, double now)
{
    double pause = p->style == PROGRESS_LINE ? line_interval : plain_interval;
    return p->style != PROGRESS_NONE && now - p->last >= pause;
}

bool progress_is_due(const progress *p)
{
    return p->style != PROGRESS_NONE && is_due_at(p, seconds_now());
}

static size_t terminal_width(void)
{
    struct winsize size;
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

/* ", ETA 3m 20s" from what was done since the first tick: a resumed run begins in the middle. */
static void add_eta(text *out, const progress *p, double done, double now)
{
    char eta[32];
    if (!(done > p->first) || done >= 1)
        return;
    duration_text(eta, (now - p->start) * (1 - done) / (done - p->first));
    text_add(out, "  ETA %s", eta);
}

/* Cuts s to that many columns, one for each character of UTF-8; returns how many it takes. */
static size_t cut_to_columns(text *s, size_t columns)
{
    size_t used = 0, i = 0;
    for (; i < s->length; i++) {
        bool begins_character = ((unsigned char)s->data[i] & 0xC0) != 0x80;
        if (begins_character && used == columns)
            break;
        used += begins_character;
    }
    s->data[i] = '\0';
    s->length = i;
    return used;
}

/* The last column stays free: some terminals wrap as soon as it is filled. */
static void show_line(progress *p, int percent, text *tail)
{
    size_t width = terminal_width();
    text line = {0};
    p->shown = 4 + cut_to_columns(tail, width > 6 ? width - 5 : 1);
    text_add(&line, CLEAR_LINE "%s%3d%%%s%s", p->use_colour ? "\033[1m" : "", percent,
             p->use_colour ? "\033[0m" : "", tail->data);
    stderr_write(line.data, line.length);
    p->voice->line_open = true;
    text_release(&line);
}

void progress_show(progress *p, double done, const char *what)
{
    if (p->style == PROGRESS_NONE)
        return;
    double now = seconds_now();
    done = done >= 0 ? fmin(done, 1) : 0; /* NaN is 0 as well */
    if (p->first < 0) {
        p->first = done;
        p->start = now;
    }
    if (!is_due_at(p, now) && done < 1)
        return;
    int percent = (int)(100 * done);
    text tail = {0};
    text_add(&tail, "  %s", what);
    add_eta(&tail, p, done, now);
    make_printable(tail.data);
    if (p->style == PROGRESS_LINE) {
        show_line(p, percent, &tail);
    } else {
        text line = {0};
        text_add(&line, "%3d%%%s", percent, tail.data);
        voice_say(p->voice, line.data);
        text_release(&line);
    }
    p->last = now;
    text_release(&tail);
}

void progress_end(progress *p)
{
    if (p->voice != NULL && p->voice->line_open) {
        stderr_write("\n", 1);
        p->voice->line_open = false;
    }
    p->style = PROGRESS_NONE;
}
