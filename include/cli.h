/* SPDX-License-Identifier: MIT */
/* cli: one option table per program, and how a program talks.
 *
 * The table is the only description of an option: parser, range checks, "did you mean", --help, man
 * page, shell completion, config-file keys, --dry-run and the JSON of the settings all read it.
 *
 * A main is: process_start, program_read (argv and --config), defaults into its settings struct
 * (they may depend on an option already read, such as --recipe), program_apply, the work, complain,
 * process_end.
 */
#ifndef GANLENS_CLI_H
#define GANLENS_CLI_H

#include "base.h"

#define GANLENS_NAME "ganlens"
#define GANLENS_VERSION "0.1.0"
/* Of this version, for the man pages: nothing else knows a date. */
#define GANLENS_DATE "2026-11-22"

/* ---- The option table ---- */

/* How a value is written, and the C type it is stored as in the settings struct. Rows are made by
 * the macro of their kind, OPTION_FLAG and so on. */
typedef enum {
    KIND_FLAG,     /* bool                --x, --no-x, --x=true|false|1|0 */
    KIND_COUNT,    /* uint64_t            an integer in low..high; suffix k or M multiplies */
    KIND_REAL,     /* double              a finite number in low..high, kept to nine digits */
    KIND_TEXT,     /* const char *        not empty */
    KIND_CHOICE,   /* const char *        one of choices */
    KIND_LIST,     /* const char *        comma list of choices (any text where choices is NULL) */
    KIND_SEEDS,    /* seed_list           RANGE(,RANGE)*, RANGE = N or A-B */
    KIND_DURATION, /* double, seconds     90, 90s, 3m, 1.5h, 1m30s */
    KIND_INTERVAL, /* interval            N steps or Ne epochs; 0: never */
    KIND_PAIR,     /* number_pair         "a,b", a < b unless low > high says otherwise */
} option_kind;

typedef double number_pair[2];

typedef struct {
    uint64_t first, last; /* both included */
} seed_range;

/* Seeds in the order they were written; nothing is expanded, so 0-18446744073709551615 is small. */
typedef struct {
    seed_range *ranges; /* owned */
    size_t n_ranges;
} seed_list;

/* Number of seeds, saturating at UINT64_MAX; the i-th seed. */
uint64_t seed_list_count(const seed_list *s);
uint64_t seed_list_at(const seed_list *s, uint64_t i);
void seed_list_release(seed_list *s);

/* What an option's value decides: kept in the model, or only how this process runs. */
typedef enum {
    ROLE_RUN,    /* where, how loud: stored nowhere but in config.json */
    ROLE_PLAN,   /* how long, how often: stored in the state, may change on resume */
    ROLE_RESULT, /* changes the numbers: stored in state and model, must be the same on resume */
} option_role;

/* Reals keep nine digits because config.json prints nine: started from it, a run is the same run.
 * A default outside the range, NaN, NULL or an empty seed list means "not set": help shows no
 * default, JSON holds null. A default seed list must be empty or on the heap. */
typedef struct {
    const char *name;  /* "batch" for --batch; the config key is the same word */
    const char *alias; /* another spelling, or NULL */
    char letter;       /* 'o' for -o, or 0 */
    option_kind kind;
    option_role role;
    size_t offset;            /* of the member in the struct of the row's group */
    double low, high;         /* range of a number, both included; 0, 0: any; may be infinite */
    const name_list *choices; /* or NULL; of a text: words completion offers, among others; one
                                 that ends in ':' goes on */
    const char *value;        /* "N", how help names the value; NULL: a switch has none */
    const char *summary;      /* one or more sentences; help wraps it */
    void (*more)(text *out);  /* adds what it ends in, from the table that has it; NULL: nothing */
    const char *models;       /* those that read it, "gan|vae"; NULL: all, or no matter of models */
    bool is_optional;   /* may be "not set" in the settings of a run: null there is no damage */
    const char *before; /* what an option added later was before, as it is written ("": not
                           set), and is where nothing says it; NULL: it has been there from the
                           start */
} option_row;

/* A row: OPTION_COUNT(train_settings, batch, .name = "batch", .low = 1, ...). settings is the
 * struct of the row's group, member one of its own or of a struct in it, of the type of the kind:
 * another one does not compile. */
#define OPTION_FLAG(settings, member, ...)                                                         \
    OPTION_ROW(KIND_FLAG, settings, member, bool, __VA_ARGS__)
#define OPTION_COUNT(settings, member, ...)                                                        \
    OPTION_ROW(KIND_COUNT, settings, member, uint64_t, __VA_ARGS__)
#define OPTION_REAL(settings, member, ...)                                                         \
    OPTION_ROW(KIND_REAL, settings, member, double, __VA_ARGS__)
#define OPTION_TEXT(settings, member, ...)                                                         \
    OPTION_ROW(KIND_TEXT, settings, member, const char *, __VA_ARGS__)
#define OPTION_CHOICE(settings, member, ...)                                                       \
    OPTION_ROW(KIND_CHOICE, settings, member, const char *, __VA_ARGS__)
#define OPTION_LIST(settings, member, ...)                                                         \
    OPTION_ROW(KIND_LIST, settings, member, const char *, __VA_ARGS__)
#define OPTION_SEEDS(settings, member, ...)                                                        \
    OPTION_ROW(KIND_SEEDS, settings, member, seed_list, __VA_ARGS__)
#define OPTION_DURATION(settings, member, ...)                                                     \
    OPTION_ROW(KIND_DURATION, settings, member, double, __VA_ARGS__)
#define OPTION_INTERVAL(settings, member, ...)                                                     \
    OPTION_ROW(KIND_INTERVAL, settings, member, interval, __VA_ARGS__)
#define OPTION_PAIR(settings, member, ...)                                                         \
    OPTION_ROW(KIND_PAIR, settings, member, number_pair, __VA_ARGS__)

#define OPTION_ROW(of_kind, settings, member, type, ...)                                           \
    {                                                                                              \
        .kind = of_kind, .offset = MEMBER_AT(settings, member, type), __VA_ARGS__                  \
    }

/* offsetof, for a member of that type and no other. */
#define MEMBER_AT(settings, member, type)                                                          \
    (offsetof(settings, member) + _Generic(&((settings *)0)->member, type * : (size_t)0))

/* Whether the n characters at item are one of the choices; if not, STATUS_USAGE with all of them,
 * and with the one that was nearly written. */
int choice_check(const name_list *choices, const char *item, size_t n, error *e);

/* Rows that share a heading and a settings struct. Those of several programs, of a method or of a
 * model have a struct of their own, which is a member of the program's settings. */
typedef struct {
    const char *heading; /* in help; neighbours with the same one share it. NULL: not in help */
    const option_row *rows;
    size_t n;
    size_t base; /* where in the program's settings the struct of the rows is: MEMBER_AT, or 0 */
} option_group;

/* The group of an array of rows. */
#define OPTION_GROUP(heading, rows, base)                                                          \
    {                                                                                              \
        heading, rows, sizeof(rows) / sizeof *(rows), base                                         \
    }

typedef struct {
    const char *name;     /* "gantrain" */
    const char *summary;  /* one line */
    const char *usage;    /* "[--data DIR] -o RUN [OPTION ...]" */
    const char *details;  /* paragraphs for --help and the man page, may be NULL */
    const char *examples; /* lines "COMMAND  # comment", may be NULL */
    const char *files;    /* lines "NAME: what it holds", for the man page, may be NULL; NAME holds
                             no colon and blank */
    const option_group *groups;
    size_t n_groups;
    size_t min_operands, max_operands;
    const void *defaults;            /* a settings struct: the values --help prints as defaults */
    const char *operand_words;       /* what completion offers for an operand: "file" or NULL */
    const char *(*build_info)(void); /* what --version says after its first line, or NULL */
} program;

/* Options that lie in a struct of their own, which a program that offers them need not know. */
typedef struct option_set {
    option_group group;   /* base 0 */
    const void *defaults; /* such a struct */
    size_t size;          /* of the struct */
} option_set;

/* A program some of whose options are found at its start: the structs of those sets come behind its
 * own settings struct. */
typedef struct {
    program program;      /* with all groups, and the defaults of all */
    option_group *groups; /* owned */
    char *defaults;       /* owned */
    size_t size;          /* bytes of the settings */
} settings_layout;

/* size: of the settings struct of p, and of its defaults. */
void settings_layout_init(settings_layout *l, const program *p, size_t size);
/* Adds a set, before program_read; returns where in the settings its struct is. */
size_t settings_layout_add(settings_layout *l, const option_set *set);
/* Settings with all the defaults, which begin with the program's own; the caller frees them. */
void *settings_layout_fill(const settings_layout *l);
void settings_layout_release(settings_layout *l);

/* Options every program has; the program's settings struct starts with this member. */
typedef struct {
    bool quiet, verbose, dry_run;
    uint64_t threads;     /* 0 until common_threads() has decided */
    const char *progress; /* auto | plain | none */
} common_settings;

/* What argv and the config file gave, as text: one slot per row, common options included. */
typedef struct {
    const program *program;
    char **given;    /* owned; NULL: not given; in the order of the groups, common ones last */
    char **operands; /* owned */
    size_t n_operands;
    bool *from_config; /* owned: given by the config file and not by argv */
    char *config_path; /* owned, NULL without --config */
    json_t *stored;    /* owned: the settings of the run that goes on, or NULL */
} invocation;

/* Reads argv, and the file of --config below it. --help, --version and the hidden --print-man,
 * --print-completion SHELL print to stdout and return 1: the program then ends with status 0.
 * No operand where one is needed and no option at all: short usage, STATUS_USAGE.
 * Returns 0 or -1. */
int program_read(invocation *v, const program *p, int argc, char **argv, error *e);

/* The same from a JSON text in place of argv, such as a recipe's; name stands for it in messages. v
 * is to be released in any case. */
int program_read_json(invocation *v, const program *p, const char *json, const char *name,
                      error *e);

/* The text given for an option, or NULL. */
const char *invocation_given(const invocation *v, const char *name);
/* Whether argv gives it, which wins over the file. */
bool invocation_has_argument(const invocation *v, const char *name);

/* Checks every given value and stores it in settings, which holds the defaults. Texts stored in
 * settings point into v, which must live as long. */
int program_apply(void *settings, const invocation *v, error *e);

/* Settings, which are all zero, become what an option is where nothing says it: as its row's
 * `before`, or, where it has none, not set if it is_optional. The others stay 0. */
void settings_begin(void *settings, const program *p);

/* An option and whether it has a use in this run; what it is for: "--interpolate". */
typedef struct {
    const char *name;
    bool has_use;
    const char *what_for;
} option_use;

/* Refuses (STATUS_USAGE) the first that argv gives without a use: it would be ignored in silence. A
 * config file may hold all options, and a switch that is off asks for nothing. */
int option_uses_check(const invocation *v, const option_use *uses, size_t n, error *e);
/* Refuses (STATUS_USAGE) the first that argv gives, but model, the value of --model, does not read:
 * "--r1 is for --model gan or vae, and not for ae". A config file may hold the options of all. */
int option_models_check(const invocation *v, const char *model, error *e);

/* Whether model, the name of one, reads the option of row. */
bool option_is_read(const option_row *row, const char *model);

void invocation_release(invocation *v);

/* Releases what the members of KIND_SEEDS own. */
void settings_release(const program *p, void *settings);

#define ALL_ROLES (1u << ROLE_RUN | 1u << ROLE_PLAN | 1u << ROLE_RESULT)

/* The settings as a JSON object, in table order; role_mask: bit 1 << ROLE_X for the roles wanted.
 * Common options are not in it but with ROLE_RUN. A text, choice or list that is NULL is null. */
json_t *settings_json(const program *p, const void *settings, unsigned role_mask);

/* Refuses (STATUS_USAGE) a text that is not UTF-8, as a path may be: JSON cannot hold it, and read
 * back with --config it would name another file. */
int settings_check_texts(const program *p, const void *settings, error *e);

/* Prints all of them to stdout, indented, as --config reads them: what --dry-run does. Fails where
 * settings_check_texts does. */
int settings_print(const program *p, const void *settings, error *e);

/* Makes settings, to which v is applied, those of a run that goes on. stored: its settings, as
 * settings_json wrote them with ROLE_RESULT. What neither argv nor the config file gives is as it
 * was there, or as the row's `before` says where stored has no such key; texts point into stored,
 * which v keeps. Refuses a given value that differs: "'--batch' is 64 here and 32 there"
 * (STATUS_USAGE); a stored key that no option has, a missing one without `before`, and what is no
 * value of its option (STATUS_BAD_INPUT). Options of other roles stay as they are. */
int settings_resume(void *settings, invocation *v, json_t *stored, error *e);

/* The number of threads to use: --threads, else 1 under `make -j` (MAKEFLAGS with -j; then the
 * caller is told by *is_under_make), else the CPUs this process may run on. */
uint64_t common_threads(const common_settings *c, bool *is_under_make);

/* ---- Talking ---- */

/* "PROGRAM: message" on stderr; say() is silent under --quiet, detail() speaks under --verbose. */
typedef struct {
    const char *program;
    bool quiet, verbose;
    bool line_open; /* a progress line is on the terminal and must be ended first */
} voice;

void say(voice *v, const char *format, ...) PRINTF_LIKE(2, 3);
void detail(voice *v, const char *format, ...) PRINTF_LIKE(2, 3);
void warn(voice *v, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints e and returns its status; silent where process_end ends by SIGPIPE. */
int complain(voice *v, const error *e);

/* Control characters, which the name of a file or what a file holds may have, would move the
 * cursor of a terminal or worse: each becomes a blank or '?'. */
void make_printable(char *s);

/* How much was done at a time, in seconds of a monotonic clock. */
typedef struct {
    double time, done;
} progress_mark;

enum { N_PROGRESS_MARKS = 10 };

/* A progress line on stderr: one rewritten line with ETA on a terminal, a plain line per tick (at
 * most one each ten seconds) elsewhere. The ETA goes by the rate of the last half minute, so that a
 * slow start or a pause is forgotten. */
typedef struct {
    voice *voice;
    enum { PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_LINE } style;
    double (*now)(void); /* seconds_now; tests have a clock of their own */
    double last;         /* time of the last line */
    progress_mark marks[N_PROGRESS_MARKS];
    size_t n_marks; /* the oldest first; more than one only as far as they are recent */
    bool use_colour;
    bool is_uneven; /* steps take so different times that the ETA goes by the rate of all so far; to
                       be set before the first is shown */
} progress;

void progress_start(progress *p, voice *v, const char *how);
/* Whether the next progress_show would print: asked at every step, it spares making the text. */
bool progress_is_due(const progress *p);
/* done in 0..1; what: "step 1,200 of 37,500  D 0.71  G 1.02  90 steps/s", parts parted by two
 * blanks. On a terminal that is too narrow parts are left out from the second on. Prints when due,
 * or done is 1. */
void progress_show(progress *p, double done, const char *what);
void progress_end(progress *p);

/* "1d 02h", "2h 05m", "3m 20s", "45s" into out. */
void duration_text(char out[32], double seconds);

/* Appends a word of a command line as a POSIX shell reads it back. */
void text_add_shell_word(text *out, const char *word);

/* ---- Man pages ---- */

/* What a page is made of, in man(7) macros; texts are plain, of any line length. --print-man puts
 * the page of a program together; these are for pages that are no program's. */

/* What a page begins with, the section NAME included. */
void man_add_title(text *out, const char *name, int section, const char *summary);
/* "LAYERS", as it is; then what is said under it. */
void man_add_heading(text *out, const char *heading);
void man_add_subheading(text *out, const char *heading);
/* Sentences, each of which begins a line. */
void man_add_prose(text *out, const char *s);
/* Paragraphs, parted by empty lines; NULL: none. */
void man_add_paragraphs(text *out, const char *s);
/* Begins a paragraph after what is no heading. */
#define MAN_PARAGRAPH ".PP\n"
/* From here on no word is parted at the end of a line: names stay whole. */
#define MAN_WHOLE_WORDS ".nh\n"
/* A bold label and, under it, what it means; prose that follows goes on there. */
void man_add_entry(text *out, const char *label, const char *meaning);
/* The same of each line "LABEL: meaning"; NULL: none. */
void man_add_entries(text *out, const char *lines);
/* The other pages of ganlens. */
void man_add_see_also(text *out, const char *name);

/* ---- A process's beginning and end ---- */

/* The first line of main, memory_start(name) and memory_keep() included. Standard descriptors that
 * are closed are held open, so that no file takes their numbers and gets messages meant for them;
 * reading and writing them fails. A broken pipe and a file over the size limit fail a write instead
 * of ending the program, and no message is worth that: a broken stderr is passed over. */
void process_start(const char *name);
/* The last line of main, when all is released: the status, but the signal that stopped the work, or
 * SIGPIPE where an output's reader went away, ends the process as it would have. */
int process_end(const error *e);

/* ---- Signals ---- */

/* The first SIGINT, SIGTERM or SIGHUP only sets a flag and says so; a second ends at once. */
void signals_catch(voice *v);
/* From now on SIGUSR1 only sets a flag, however often. Called before the work that it asks about
 * has begun: a question that comes early is not to end the process. */
void signals_expect_ask(void);
/* The signal that came, or 0. */
int signal_pending(void);
/* Whether the process was stopped and went on since this was last asked. */
bool signal_was_stopped(void);
/* Whether a SIGUSR1 came since this was last asked. */
bool signal_was_asked(void);
/* Restores the default action and raises the signal again: does not return. */
void signal_finish(int number);

/* ---- Outputs ---- */

/* Refuses an output that is an input too, or is named twice, or "-"; a NULL among them is none.
 * Programs call it before they make anything. */
int outputs_check(const char *const *outputs, size_t n_outputs, const char *const *inputs,
                  size_t n_inputs, error *e);

/* Refuses a file that has no folder to be in (with status if_missing), or one that is closed to
 * this user, or that is itself a folder (STATUS_BAD_OUTPUT): said before the work and not after it.
 */
int output_check(const char *path, exit_status if_missing, error *e);

/* ---- Make ---- */

/* Refuses (STATUS_USAGE) what depfile_save would: an input as output, a name that make cannot read,
 * a folder that is missing and not one that is made for target, or is such a folder. A NULL path is
 * none. Programs call it before the work. */
int depfile_check(const char *path, const char *target, const char *const *inputs, size_t n_inputs,
                  error *e);

/* "TARGET: INPUT ...\n" and an empty rule for each input, as `cc -MD -MP` writes, special
 * characters escaped; saved whole to path. */
int depfile_save(const char *path, const char *target, const char *const *inputs, size_t n_inputs,
                 error *e);

#endif
