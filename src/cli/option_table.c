/* SPDX-License-Identifier: MIT */
#include "option_table.h"

#include <string.h>

#define COMMON_GROUP "Common options"

/* offset, low, high, choices, value, summary, group */
static const option_row common_rows[N_COMMON] = {
    [COMMON_HELP] = {"help", 'h', OPTION_FLAG, ROLE_RUN, NOT_STORED, 0, 0, NULL, NULL,
                     "Print this help and end.", COMMON_GROUP},
    [COMMON_VERSION] = {"version", 0, OPTION_FLAG, ROLE_RUN, NOT_STORED, 0, 0, NULL, NULL,
                        "Print the version and the OpenBLAS configuration, and end.", COMMON_GROUP},
    [COMMON_QUIET] = {"quiet", 'q', OPTION_FLAG, ROLE_RUN, offsetof(common_settings, quiet), 0, 0,
                      NULL, NULL, "Print warnings and errors only; no progress.", COMMON_GROUP},
    [COMMON_VERBOSE] = {"verbose", 'v', OPTION_FLAG, ROLE_RUN, offsetof(common_settings, verbose),
                        0, 0, NULL, NULL, "Say more about what is done.", COMMON_GROUP},
    [COMMON_THREADS] = {"threads", 0, OPTION_COUNT, ROLE_RUN, offsetof(common_settings, threads), 1,
                        256, NULL, "N",
                        "Threads to use; when not given, as many as the CPUs this process may run "
                        "on, or 1 under make -j.",
                        COMMON_GROUP},
    [COMMON_CONFIG] = {"config", 0, OPTION_TEXT, ROLE_RUN, NOT_STORED, 0, 0, NULL, "FILE.json",
                       "Read options from a JSON object whose keys are option names. Options of "
                       "the command line win over the file.",
                       COMMON_GROUP},
    [COMMON_DRY_RUN] = {"dry-run", 0, OPTION_FLAG, ROLE_RUN, offsetof(common_settings, dry_run), 0,
                        0, NULL, NULL,
                        "Check everything, print the resolved settings as JSON (which --config "
                        "reads), make nothing.",
                        COMMON_GROUP},
    [COMMON_PROGRESS] = {"progress", 0, OPTION_CHOICE, ROLE_RUN,
                         offsetof(common_settings, progress), 0, 0, "auto|plain|none", "HOW",
                         "How progress is shown on standard error; auto is one rewritten line on a "
                         "terminal and plain lines elsewhere.",
                         COMMON_GROUP},
    [COMMON_PRINT_MAN] = {"print-man", 0, OPTION_FLAG, ROLE_RUN, NOT_STORED, 0, 0, NULL, NULL,
                          "Print the man page.", NULL},
    [COMMON_PRINT_COMPLETION] = {"print-completion", 0, OPTION_CHOICE, ROLE_RUN, NOT_STORED, 0, 0,
                                 "bash|zsh|fish", "SHELL", "Print the completion script.", NULL},
};

size_t table_size(const program *p) { return p->n_options + N_COMMON; }

const option_row *table_row(const program *p, size_t i)
{
    return i < p->n_options ? &p->options[i] : &common_rows[i - p->n_options];
}

common_option table_common(const program *p, size_t i)
{
    return i < p->n_options ? N_COMMON : (common_option)(i - p->n_options);
}

static bool is_word(const char *name, const char *word, size_t n)
{
    return strlen(name) == n && memcmp(name, word, n) == 0;
}

bool table_find(size_t *i, const program *p, const char *name, size_t n)
{
    for (size_t j = 0; j < table_size(p); j++) {
        const option_row *row = table_row(p, j);
        if (!is_word(row->name, name, n))
            continue;
        if (row->kind == OPTION_ALIAS) /* one step: the option meant is no alias itself */
            return table_find(i, p, row->choices, strlen(row->choices));
        *i = j;
        return true;
    }
    return false;
}

bool table_find_letter(size_t *i, const program *p, char letter)
{
    for (size_t j = 0; j < table_size(p); j++) {
        const option_row *row = table_row(p, j);
        if (row->letter != 0 && row->letter == letter)
            return table_find(i, p, row->name, strlen(row->name));
    }
    return false;
}

const char *table_closest(const program *p, const char *word, size_t n)
{
    suggestion s = suggestion_for(word, n);
    for (size_t i = 0; i < table_size(p); i++) {
        const option_row *row = table_row(p, i);
        if (!row_is_hidden(row))
            suggestion_offer(&s, row->name, strlen(row->name));
    }
    return s.best;
}

bool row_is_stored(const option_row *row)
{
    return row->kind != OPTION_ALIAS && row->offset != NOT_STORED;
}

bool row_is_hidden(const option_row *row) { return !row->group; }

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
    if (*rest == NULL)
        return false;
    const char *end = strchr(*rest, separator);
    *token = *rest;
    *n = !end ? strlen(*rest) : (size_t)(end - *rest);
    *rest = !end ? NULL : end + 1;
    return true;
}
