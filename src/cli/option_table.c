/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

static const option_row common_rows[N_COMMON] = {
    [COMMON_HELP] = {.name = "help",
                     .letter = 'h',
                     .offset = NOT_STORED,
                     .summary = "Print this help and end."},
    [COMMON_VERSION] = {.name = "version",
                        .offset = NOT_STORED,
                        .summary = "Print the version, of gantrain with OpenBLAS's configuration, "
                                   "and end."},
    [COMMON_QUIET] = OPTION_FLAG(common_settings, quiet, .name = "quiet", .letter = 'q',
                                 .summary = "Print warnings and errors only; no progress."),
    [COMMON_VERBOSE] = OPTION_FLAG(common_settings, verbose, .name = "verbose", .letter = 'v',
                                   .summary = "Say more about what is done."),
    [COMMON_THREADS] = OPTION_COUNT(
        common_settings, threads, .name = "threads", .low = 1, .high = 256, .value = "N",
        .summary = "Threads to use; when not given, as many as the CPUs this process "
                   "may run on, or 1 under make -j."),
    [COMMON_CONFIG] = {.name = "config",
                       .kind = KIND_TEXT,
                       .offset = NOT_STORED,
                       .value = "FILE.json",
                       .summary = "Read options from a JSON object whose keys are option names. "
                                  "Options of the command line win over the file."},
    [COMMON_DRY_RUN] =
        OPTION_FLAG(common_settings, dry_run, .name = "dry-run",
                    .summary = "Check everything, print the resolved settings as JSON (which "
                               "--config reads), make nothing."),
    [COMMON_PROGRESS] =
        OPTION_CHOICE(common_settings, progress, .name = "progress", .value = "HOW",
                      .choices = WORDS("auto", "plain", "none"),
                      .summary = "How progress is shown on standard error; auto is one rewritten "
                                 "line on a terminal and plain lines elsewhere."),
    [COMMON_PRINT_MAN] = {.name = "print-man",
                          .offset = NOT_STORED,
                          .summary = "Print the man page."},
    [COMMON_PRINT_COMPLETION] = {.name = "print-completion",
                                 .kind = KIND_CHOICE,
                                 .offset = NOT_STORED,
                                 .choices = WORDS("bash", "zsh", "fish"),
                                 .value = "SHELL",
                                 .summary = "Print the completion script."},
};

static const option_group common_groups[] = {
    {"Common options", common_rows, N_COMMON_IN_HELP, 0},
    {NULL, common_rows + N_COMMON_IN_HELP, N_COMMON - N_COMMON_IN_HELP, 0},
};

/* ---- Options by number ---- */

static size_t count_own(const program *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_groups; i++)
        n += p->groups[i].n;
    return n;
}

size_t table_size(const program *p) { return count_own(p) + N_COMMON; }

/* The group of option *i, which becomes its place there. */
static const option_group *find_group(const program *p, size_t *i)
{
    for (const option_group *g = p->groups; g < p->groups + p->n_groups; g++) {
        if (*i < g->n)
            return g;
        *i -= g->n;
    }
    if (*i < common_groups[0].n)
        return &common_groups[0];
    *i -= common_groups[0].n;
    return &common_groups[1];
}

const option_row *table_row(const program *p, size_t i)
{
    const option_group *g = find_group(p, &i);
    return &g->rows[i];
}

const char *table_heading(const program *p, size_t i) { return find_group(p, &i)->heading; }

static size_t member_offset(const program *p, size_t i)
{
    const option_group *g = find_group(p, &i);
    return g->base + g->rows[i].offset;
}

void *table_member(const program *p, size_t i, void *settings)
{
    return (char *)settings + member_offset(p, i);
}

const void *table_value(const program *p, size_t i, const void *settings)
{
    return (const char *)settings + member_offset(p, i);
}

common_option table_common(const program *p, size_t i)
{
    size_t n_own = count_own(p);
    return i < n_own ? N_COMMON : (common_option)(i - n_own);
}

/* ---- Options by name ---- */

static bool is_word(const char *name, const char *word, size_t n)
{
    return name && strlen(name) == n && memcmp(name, word, n) == 0;
}

bool table_find(size_t *i, const program *p, const char *name, size_t n)
{
    for (size_t j = 0; j < table_size(p); j++) {
        const option_row *row = table_row(p, j);
        if (is_word(row->name, name, n) || is_word(row->alias, name, n)) {
            *i = j;
            return true;
        }
    }
    return false;
}

bool table_find_letter(size_t *i, const program *p, char letter)
{
    for (size_t j = 0; j < table_size(p); j++)
        if (letter != 0 && table_row(p, j)->letter == letter) {
            *i = j;
            return true;
        }
    return false;
}

const char *table_closest(const program *p, const char *word, size_t n)
{
    suggestion s = suggestion_for(word, n);
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        if (!table_heading(p, i))
            continue;
        suggestion_offer(&s, row->name, strlen(row->name));
        if (row->alias)
            suggestion_offer(&s, row->alias, strlen(row->alias));
    }
    return s.best;
}

/* ---- A row ---- */

bool row_is_stored(const option_row *row) { return row->offset != NOT_STORED; }

bool row_has_range(const option_row *row)
{
    return row->low <= row->high && (row->low < 0 || row->low > 0 || row->high > 0);
}

bool row_allows(const option_row *row, double v)
{
    return !row_has_range(row) || (v >= row->low && v <= row->high);
}

bool token_next(const char **token, size_t *n, const char **rest, char separator)
{
    if (!*rest)
        return false;
    const char *end = strchr(*rest, separator);
    *token = *rest;
    *n = !end ? strlen(*rest) : (size_t)(end - *rest);
    *rest = !end ? NULL : end + 1;
    return true;
}
