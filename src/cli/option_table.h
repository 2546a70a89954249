/* SPDX-License-Identifier: MIT */
/* What the files of cli share: the full table of a program (its own groups, then those of every
 * program), one value between its three forms (text, member of the settings, JSON), and the
 * documents that are made from the table. */
#ifndef GANLENS_OPTION_TABLE_H
#define GANLENS_OPTION_TABLE_H

#include "cli.h"

/* ---- The full table ---- */

/* Rows that end the program or are used up by program_read have no member in the settings. */
#define NOT_STORED SIZE_MAX

typedef enum {
    COMMON_HELP,
    COMMON_VERSION,
    COMMON_QUIET,
    COMMON_VERBOSE,
    COMMON_THREADS,
    COMMON_CONFIG,
    COMMON_DRY_RUN,
    COMMON_PROGRESS,
    N_COMMON_IN_HELP,
    COMMON_PRINT_MAN = N_COMMON_IN_HELP,
    COMMON_PRINT_COMPLETION,
    N_COMMON,
} common_option;

/* All options of a program by number: those of its groups in turn, then the common ones. */
size_t table_size(const program *p);
const option_row *table_row(const program *p, size_t i);
/* NULL for an option of build scripts: no help, no completion. */
const char *table_heading(const program *p, size_t i);
/* The member of option i, which is stored. */
void *table_member(const program *p, size_t i, void *settings);
const void *table_value(const program *p, size_t i, const void *settings);
/* Which of the common options i is; N_COMMON for one of the program's own. */
common_option table_common(const program *p, size_t i);

/* The option of that name or alias of n characters; false when there is none. */
bool table_find(size_t *i, const program *p, const char *name, size_t n);
bool table_find_letter(size_t *i, const program *p, char letter);

/* The name, or one that is nearly word, or NULL. */
const char *table_closest(const program *p, const char *word, size_t n);

bool row_is_stored(const option_row *row);
bool row_has_range(const option_row *row);
/* Whether v is in the row's range, or there is none. */
bool row_allows(const option_row *row, double v);

/* The next piece of *rest up to separator or the end; false after the last. */
bool token_next(const char **token, size_t *n, const char **rest, char separator);

/* ---- Near misses ---- */

/* The offered word closest to the one that was written, if close enough to be meant. */
typedef struct {
    const char *word, *best;
    size_t n_word, n_best, distance;
} suggestion;

suggestion suggestion_for(const char *word, size_t n);
void suggestion_offer(suggestion *s, const char *candidate, size_t n);

/* ---- Values ---- */

/* Checks written and stores it in the row's member; the message does not name the option. */
int option_read(void *member, const option_row *row, const char *written, error *e);
/* The member as JSON, null where it is not set. */
json_t *option_json(const option_row *row, const void *member);
/* Appends JSON as it is written on a command line; false for null and what has no such form. */
bool json_add_written(text *out, const json_t *v);
/* "1..65536", "0 or more", or nothing where any number will do. */
void range_add(text *out, const option_row *row);
int seed_list_read(seed_list *out, const char *written, error *e);

/* ---- What was given ---- */

/* One to which nothing was given yet. */
void invocation_init(invocation *v, const program *p);
/* Keeps a copy of written as the text of option i. */
void invocation_give(invocation *v, size_t i, const char *written, bool from_config);
/* Appends "gan or vae" for "gan|vae", the models of a row. */
void models_add(text *out, const char *models);
/* Gives what the file of v->config_path says to the options that have nothing yet. */
int config_read(invocation *v, error *e);

/* ---- Documents ---- */

/* "-o, --output RUN" with all spellings. */
void option_add_label(text *out, const program *p, size_t i);
/* The summary, with what a table adds to it. */
void option_add_summary(text *out, const program *p, size_t i);
/* "(1..65536; default 32)", or nothing. */
void option_add_notes(text *out, const program *p, size_t i);
bool option_is_on_by_default(const program *p, size_t i);

/* What holds for all options. */
extern const char general_note[];

typedef struct {
    const char *status, *meaning;
} exit_meaning;
/* The table of exit statuses, ended by a NULL status. */
const exit_meaning *exit_meanings(void);

/* Lines of at most width columns, as far as words allow. */
void help_write(text *out, const program *p, size_t width);
void man_write(text *out, const program *p);
/* shell: bash, zsh or fish. */
void completion_write(text *out, const program *p, const char *shell);

#endif
