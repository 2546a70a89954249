/* SPDX-License-Identifier: MIT */
/* A program with one option of each kind, and what a command line of it leads to. Include after
 * <cmocka.h>. */
#ifndef GANLENS_DEMO_PROGRAM_H
#define GANLENS_DEMO_PROGRAM_H

#include "cli.h"
#include <stdlib.h>

typedef struct {
    common_settings common;
    bool resume, pictures;
    uint64_t batch, steps;
    double rate, time, range[2], window[2];
    const char *data, *recipe, *metrics, *output, *start;
    seed_list seeds;
    interval every;
} settings;

static void tell_forms(text *out) { text_add(out, "mean (of all) or row:N (one)"); }

static const option_row data_rows[] = {
    OPTION_TEXT(settings, data, .name = "data", .value = "DIR", .summary = "Where the data is."),
    OPTION_PAIR(settings, range, .name = "range", .role = ROLE_RESULT, .value = "A,B",
                .summary = "Values."),
    OPTION_PAIR(settings, window, .name = "window", .low = 1, .high = 0, .value = "A,B",
                .summary = "Any order."),
};

static const option_row run_rows[] = {
    OPTION_TEXT(settings, start, .name = "start", .value = "mean|row:N",
                .choices = WORDS("mean", "row:"),
                .summary = "From; or else... there. Not more. It is", .more = tell_forms),
    OPTION_TEXT(settings, output, .name = "output", .letter = 'o', .value = "RUN",
                .summary = "The folder."),
    OPTION_CHOICE(settings, recipe, .name = "recipe", .role = ROLE_RESULT, .value = "NAME",
                  .choices = WORDS("tuned", "classic"),
                  .summary = "Where the settings start. It's the first to be read."),
    OPTION_COUNT(settings, batch, .name = "batch", .letter = 'b', .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "N", .summary = "Samples."),
    OPTION_COUNT(settings, steps, .name = "steps", .value = "N", .summary = "Steps."),
    OPTION_REAL(settings, rate, .name = "lr", .role = ROLE_RESULT, .high = 1, .value = "X",
                .summary = "Step size."),
    OPTION_DURATION(settings, time, .name = "max-time", .high = 1e6, .value = "T",
                    .summary = "Time."),
    OPTION_INTERVAL(settings, every, .name = "sample-every", .low = 1, .high = 1e6, .value = "N[e]",
                    .summary = "Often."),
    OPTION_SEEDS(settings, seeds, .name = "seed", .alias = "seeds", .letter = 's',
                 .role = ROLE_RESULT, .value = "LIST", .summary = "Seeds."),
    OPTION_LIST(settings, metrics, .name = "metrics", .value = "LIST",
                .choices = WORDS("fcd", "kid", "is"), .summary = "What."),
    OPTION_FLAG(settings, resume, .name = "resume", .letter = 'r', .summary = "Go on."),
    OPTION_FLAG(settings, pictures, .name = "pictures", .summary = "Draw."),
};

static const option_group groups[] = {
    OPTION_GROUP("Data", data_rows, 0),
    OPTION_GROUP("Run", run_rows, 0),
};

static const settings defaults = {
    .common = {.progress = "auto"},
    .pictures = true,
    .batch = 32,
    .steps = 100,
    .rate = 1e-4,
    .time = 180,
    .range = {-1, 1},
    .recipe = "tuned",
    .every = {200, false},
};

static const char *openblas(void) { return "OpenBLAS 0.3"; }

static const program demo = {
    .name = "gandemo",
    .summary = "show one option of each kind",
    .usage = "[OPTION ...] CHECKPOINT",
    .details = "A first paragraph that goes on until it has to be wrapped, since it is longer than "
               "a line may be.\n\n.A second one.",
    .examples = "gandemo -o run a.safetensors  # the usual",
    .files = "RUN/log-1: What it says: a line a step.\n.hidden: Nothing.\n",
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 0,
    .max_operands = 2,
    .defaults = &defaults,
    .operand_words = "file",
    .build_info = openblas,
};

/* What one command line leads to. */
typedef struct {
    invocation v;
    settings s;
    error e;
    int status;
} outcome;

enum { MAX_WORDS = 16 };

static inline outcome run_words(const char *const *words)
{
    outcome o = {.s = defaults};
    char *argv[MAX_WORDS + 1] = {copy_text("gandemo")};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = copy_text(words[argc - 1]);
    o.status = program_read(&o.v, &demo, argc, argv, &o.e);
    for (int i = 0; i < argc; i++)
        free(argv[i]); /* nothing may point into argv */
    if (o.status == 0)
        o.status = program_apply(&o.s, &o.v, &o.e);
    return o;
}

#define run(...) run_words((const char *const[MAX_WORDS]){__VA_ARGS__})

static inline void done(outcome *o)
{
    settings_release(&demo, &o->s);
    invocation_release(&o->v);
}

static inline void assert_refused_words(const char *const *words, exit_status status,
                                        const char *message)
{
    outcome o = run_words(words);
    assert_int_equal(o.status, -1);
    assert_string_equal(o.e.message, message);
    assert_int_equal(o.e.status, status);
    done(&o);
}

#define assert_refused(message, ...)                                                               \
    assert_refused_words((const char *const[MAX_WORDS]){__VA_ARGS__}, STATUS_USAGE, message)

#endif
