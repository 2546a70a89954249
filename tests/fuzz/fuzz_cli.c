/* SPDX-License-Identifier: MIT */
/* Any bytes as a command line and its config file: a word a line, then, after a NUL, the file.
 * Refused with a message, or read into settings that, printed and read back, are the same. The file
 * is also the settings of a run that goes on, and each word a target. */
#include "cli.h"
#include "explain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- A program with one option of each kind ---- */

typedef struct {
    common_settings common;
    bool resume, pictures;
    uint64_t batch;
    double rate, time, range[2];
    const char *data, *recipe, *metrics;
    seed_list seeds;
    interval every;
} settings;

static const option_row rows[] = {
    OPTION_TEXT(settings, data, .name = "data", .letter = 'd', .value = "DIR", .summary = "Data."),
    OPTION_PAIR(settings, range, .name = "range", .before = "0,1", .role = ROLE_RESULT, .low = -1e6,
                .high = 1e6, .value = "A,B", .summary = "Values."),
    OPTION_CHOICE(settings, recipe, .name = "recipe", .is_optional = true, .before = "",
                  .role = ROLE_RESULT, .value = "NAME", .choices = WORDS("tuned", "classic"),
                  .summary = "How."),
    OPTION_COUNT(settings, batch, .name = "batch", .before = "9", .letter = 'b',
                 .role = ROLE_RESULT, .low = 1, .high = 65536, .value = "N", .summary = "Samples."),
    OPTION_REAL(settings, rate, .name = "lr", .before = "1e-3", .role = ROLE_RESULT, .high = 1,
                .value = "X", .summary = "Step size."),
    OPTION_DURATION(settings, time, .name = "max-time", .low = 0.001, .high = 1e9, .value = "T",
                    .summary = "Time."),
    OPTION_INTERVAL(settings, every, .name = "every", .low = 1, .high = 1e12, .value = "N[e]",
                    .summary = "Often."),
    OPTION_SEEDS(settings, seeds, .name = "seed", .is_optional = true, .before = "",
                 .alias = "seeds", .letter = 's', .role = ROLE_RESULT, .value = "LIST",
                 .summary = "Seeds."),
    OPTION_LIST(settings, metrics, .name = "metrics", .value = "LIST",
                .choices = WORDS("fcd", "kid", "is"), .summary = "What."),
    OPTION_FLAG(settings, resume, .name = "resume", .letter = 'r', .summary = "Go on."),
    OPTION_FLAG(settings, pictures, .name = "pictures", .summary = "Draw."),
};

static const option_group groups[] = {
    OPTION_GROUP("Run", rows, 0),
};

static const settings defaults = {.common = {.progress = "auto"},
                                  .pictures = true,
                                  .batch = 32,
                                  .rate = 1e-4,
                                  .time = 180,
                                  .range = {-1, 1}};

static const program demo = {.name = "gandemo",
                             .summary = "one option of each kind",
                             .usage = "[OPTION ...]",
                             .groups = groups,
                             .n_groups = sizeof groups / sizeof *groups,
                             .max_operands = 2,
                             .defaults = &defaults,
                             .operand_words = "file"};

/* ---- A config file ---- */

/* A file without a name, and the name it has all the same; made at the first input. */
static int config_fd = -1;
static char config_option[64], program_name[] = "gandemo";

static void save_config(const void *data, size_t n)
{
    if (config_fd < 0) {
        char name[] = "/tmp/fuzz_cli.XXXXXX";
        config_fd = mkstemp(name);
        unlink(name);
        snprintf(config_option, sizeof config_option, "--config=/dev/fd/%d", config_fd);
    }
    if (ftruncate(config_fd, 0) != 0 || pwrite(config_fd, data, n, 0) != (ssize_t)n)
        abort();
}

/* ---- One command line ---- */

enum { MAX_WORDS = 24 };

typedef struct {
    char *text, *word[MAX_WORDS];
    int n;
} words;

static words split(const uint8_t *data, size_t size)
{
    words w = {.text = malloc(size + 1), .word = {program_name, config_option}, .n = 2};
    if (!w.text)
        abort();
    memcpy(w.text, data, size);
    w.text[size] = '\0';
    char *at = w.text;
    while (at && *at != '\0' && w.n < MAX_WORDS - 1) {
        w.word[w.n++] = at;
        at = strchr(at, '\n');
        if (at)
            *at++ = '\0';
    }
    return w;
}

static void check_refusal(const error *e)
{
    if ((e->status != STATUS_USAGE && e->status != STATUS_BAD_INPUT) || e->message[0] == '\0')
        abort();
}

/* The settings that a command line gives as JSON in out, nothing where it is refused or done with.
 */
static void read_line(text *out, int argc, char **argv)
{
    settings s = defaults;
    invocation v;
    error e = {0};
    int result = program_read(&v, &demo, argc, argv, &e);
    if (result == 0)
        result = program_apply(&s, &v, &e);
    if (result < 0)
        check_refusal(&e);
    if (result == 0) {
        json_t *all = settings_json(&demo, &s, 1u << ROLE_RUN | 1u << ROLE_RESULT);
        json_write(out, all, 0);
        json_decref(all);
    }
    settings_release(&demo, &s);
    invocation_release(&v);
}

/* The n bytes at stored as the settings of a run that goes on with nothing given: refused with a
 * message, or settings that, stored again, are the same. */
static void go_on(text *out, const void *stored, size_t n)
{
    settings s = defaults;
    invocation v;
    error e = {0};
    json_t *all = json_read(stored, n, 4, "stored", STATUS_BAD_INPUT, &e);
    if (program_read(&v, &demo, 1, (char *[]){program_name, NULL}, &e) != 0)
        abort();
    if (json_is_object(all) && settings_resume(&s, &v, all, &e) == 0) {
        json_t *again = settings_json(&demo, &s, 1u << ROLE_RESULT);
        json_write(out, again, 0);
        json_decref(again);
    } else if (json_is_object(all)) {
        check_refusal(&e);
    }
    settings_release(&demo, &s);
    invocation_release(&v);
    json_decref(all);
}

static void resume_twice(const void *stored, size_t n)
{
    text once = {0}, again = {0};
    go_on(&once, stored, n);
    if (once.length > 0) {
        go_on(&again, once.data, once.length);
        if (again.length != once.length || memcmp(again.data, once.data, once.length) != 0)
            abort();
    }
    text_release(&once);
    text_release(&again);
}

static void read_targets(const words *w)
{
    for (int i = 2; i < w->n; i++) {
        explain_target t;
        error e = {0};
        if (explain_target_read(&t, w->word[i], &e) != 0)
            check_refusal(&e);
        else
            free(explain_target_words(&t, w->word[i]));
    }
}

/* Help and the like go to standard output, which is the caller's. */
static int silence(void)
{
    int kept = dup(STDOUT_FILENO), nowhere = open("/dev/null", O_WRONLY);
    fflush(stdout);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
    return kept;
}

static void speak(int kept)
{
    dup2(kept, STDOUT_FILENO);
    close(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\0', size);
    size_t n = !end ? size : (size_t)(end - data);
    save_config(!end ? "{}" : (const char *)end + 1, !end ? 2 : size - n - 1);
    words w = split(data, n);
    text once = {0}, again = {0};
    int kept = silence();
    read_line(&once, w.n, w.word);
    if (end)
        resume_twice(end + 1, size - n - 1);
    if (once.length > 0) {
        save_config(once.data, once.length);
        resume_twice(once.data, once.length);
        read_line(&again, 2, (char *[]){w.word[0], config_option, NULL});
        if (again.length == 0 || strcmp(once.data, again.data) != 0)
            abort();
    }
    speak(kept);
    read_targets(&w);
    text_release(&once);
    text_release(&again);
    free(w.text);
    return 0;
}
