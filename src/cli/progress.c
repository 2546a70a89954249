/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* struct winsize and TIOCGWINSZ are not in POSIX 2008 */
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Seconds between two lines: a terminal shows ten a second, a log file keeps each for ever. */
static const double line_interval = 0.1, plain_interval = 10;

/* Seconds that the rate looks back, and between two marks. */
static const double recent = 30, mark_interval = 4;

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
    return value && *value != '\0';
}

/* A terminal that can clear a line. */
static bool is_capable_terminal(void)
{
    return isatty(STDERR_FILENO) && is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
}

void progress_start(progress *p, voice *v, const char *how)
{
    *p = (progress){
        .voice = v, .style = PROGRESS_PLAIN, .now = seconds_now, .last = -(double)INFINITY};
    if (v->quiet || strcmp(how, "none") == 0)
        p->style = PROGRESS_NONE;
    else if (strcmp(how, "plain") != 0 && is_capable_terminal())
        p->style = PROGRESS_LINE;
    p->use_colour = p->style == PROGRESS_LINE && !is_set("NO_COLOR");
}

static bool is_due_at(const progress *p, double now)
{
    double pause = p->style == PROGRESS_LINE ? line_interval : plain_interval;
    return p->style != PROGRESS_NONE && now - p->last >= pause;
}

bool progress_is_due(const progress *p)
{
    return p->style != PROGRESS_NONE && is_due_at(p, p->now());
}

size_t terminal_width(int fd)
{
    struct winsize size;
    bool is_known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

static void drop_first_mark(progress *p)
{
    p->n_marks--;
    memmove(p->marks, p->marks + 1, p->n_marks * sizeof *p->marks);
}

/* Afterwards the first mark is the one to measure from: the newest of those that are not recent, or
 * the first of all. */
static void mark(progress *p, double done, double now)
{
    if (p->is_uneven && p->n_marks > 0)
        return;
    while (p->n_marks > 1 && p->marks[1].time <= now - recent)
        drop_first_mark(p);
    if (p->n_marks > 0 && now - p->marks[p->n_marks - 1].time < mark_interval)
        return;
    if (p->n_marks == N_PROGRESS_MARKS)
        drop_first_mark(p);
    p->marks[p->n_marks++] = (progress_mark){now, done};
}

/* "  ETA 3m 20s", or nothing where there is no rate yet. */
static void add_eta(text *out, const progress *p, double done, double now)
{
    char eta[32];
    double passed = now - p->marks[0].time, gained = done - p->marks[0].done;
    if (!(gained > 0) || done >= 1)
        return;
    duration_text(eta, passed * (1 - done) / gained);
    text_add(out, "  ETA %s", eta);
}

/* At one for each character. */
static size_t columns_of(const text *t) { return count_characters(t->data, t->length); }

/* Takes the second part away; false where there is only one. */
static bool drop_second_part(text *what)
{
    char *second = strstr(what->data, "  ");
    if (!second)
        return false;
    char *third = strstr(second + 2, "  "), *end = what->data + what->length;
    if (!third)
        third = end;
    memmove(second, third, (size_t)(end - third) + 1);
    what->length -= (size_t)(third - second);
    return true;
}

/* Cuts s to that many columns, one for each character of UTF-8. */
static void cut_to_columns(text *s, size_t columns)
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
}

/* Makes room for eta: by leaving out parts of what, then by cutting it. */
static void shorten(text *what, text *eta, size_t columns)
{
    while (columns_of(what) + columns_of(eta) > columns && drop_second_part(what))
        continue;
    cut_to_columns(eta, columns);
    cut_to_columns(what, columns - columns_of(eta));
}

/* The last column stays free: some terminals wrap as soon as it is filled. */
static void show_line(progress *p, int percent, text *what, text *eta)
{
    size_t width = terminal_width(STDERR_FILENO);
    text line = {0};
    shorten(what, eta, width > 8 ? width - 7 : 1);
    text_add(&line, CLEAR_LINE "%s%3d%%%s  %s%s", p->use_colour ? "\033[1m" : "", percent,
             p->use_colour ? "\033[0m" : "", what->data, eta->data);
    stderr_write(line.data, line.length);
    p->voice->line_open = true;
    text_release(&line);
}

void progress_show(progress *p, double done, const char *what)
{
    if (p->style == PROGRESS_NONE)
        return;
    double now = p->now();
    done = done >= 0 ? fmin(done, 1) : 0; /* NaN is 0 as well */
    mark(p, done, now);
    if (!is_due_at(p, now) && done < 1)
        return;
    int percent = (int)(100 * done);
    text words = {0}, eta = {0};
    text_add(&words, "%s", what);
    text_add(&eta, "%s", "");
    add_eta(&eta, p, done, now);
    make_printable(words.data);
    if (p->style == PROGRESS_LINE) {
        show_line(p, percent, &words, &eta);
    } else {
        text line = {0};
        text_add(&line, "%3d%%  %s%s", percent, words.data, eta.data);
        voice_say(p->voice, line.data);
        text_release(&line);
    }
    p->last = now;
    text_release(&words);
    text_release(&eta);
}

void progress_end(progress *p)
{
    if (p->voice && p->voice->line_open) {
        stderr_write("\n", 1);
        p->voice->line_open = false;
    }
    p->style = PROGRESS_NONE;
}
