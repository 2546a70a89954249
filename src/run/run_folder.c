/* SPDX-License-Identifier: MIT */
/* The folder of a run: its lock, what may be in it, and clearing it. */
/* For flock, which is not in POSIX: its lock ends with the process, however that ends. */
#define _DEFAULT_SOURCE
#include "run_detail.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* There while an earlier run's files are being removed: a run killed in the middle of that is not
 * to be gone on from. */
#define CLEARING ".clearing"

/* What a run leaves that a new run removes, the make target first and gansample's grid last.
 * config.json is not among them: it is replaced, and may be what --config is reading. */
static const char *const run_files[] = {
    RUN_MODEL,  RUN_BEST,     RUN_STATE,    "log.jsonl", "log.csv",  "timing.jsonl", RUN_NOTES,
    "real.png", "curves.svg", "curves.png", "film.png",  EVENT_FILE, RUN_CLEANED,    "grid.png",
};
static const char *const other_names[] = {RUN_CONFIG, "samples", RUN_EXPLANATIONS, CLEARING};
enum {
    N_RUN_FILES = sizeof run_files / sizeof *run_files,
    N_OTHER_NAMES = sizeof other_names / sizeof *other_names
};

char *run_folder_path(const run_folder *r, const char *name) { return join_path(r->path, name); }

/* ---- The lock ---- */

/* The process that holds the lock on s, from Linux's list of locks; 0 where there is no knowing. */
static long find_holder(const struct stat *s)
{
    FILE *f = fopen("/proc/locks", "r");
    char line[256];
    long holder = 0;
    while (f && holder == 0 && fgets(line, sizeof line, f)) {
        long pid;
        unsigned dev_major, dev_minor;
        uintmax_t inode;
        if (sscanf(line, "%*s FLOCK %*s %*s %ld %x:%x:%" SCNuMAX, &pid, &dev_major, &dev_minor,
                   &inode) == 4 &&
            inode == s->st_ino && dev_major == major(s->st_dev) && dev_minor == minor(s->st_dev))
            holder = pid;
    }
    if (f)
        fclose(f);
    return holder;
}

static int fail_held(const run_folder *r, error *e)
{
    struct stat s;
    long holder = fstat(r->lock, &s) == 0 ? find_holder(&s) : 0;
    if (holder > 0)
        return fail(e, STATUS_FAILED, "%s: held by process %ld, which is training in it", r->path,
                    holder);
    return fail(e, STATUS_FAILED, "%s: held by another process, which is training in it", r->path);
}

/* The folder itself is locked, so that no file is needed for it. A file system that has no locks
 * has to do without. */
static int lock_folder(run_folder *r, error *e)
{
    r->lock = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lock < 0 && errno == ENOTDIR)
        return fail(e, STATUS_USAGE, "%s: is a file, expected a folder or a new name", r->path);
    if (r->lock < 0)
        return fail(e, STATUS_BAD_OUTPUT, "%s: %s", r->path, strerror(errno));
    if (flock(r->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fail_held(r, e);
    return 0;
}

int run_folder_open(run_folder *r, const char *path, error *e)
{
    *r = (run_folder){.path = copy_text(path), .lock = -1};
    return is_file(path) ? lock_folder(r, e) : 0;
}

static void release_logs(run_folder *r)
{
    line_file_release(&r->log);
    line_file_release(&r->table);
    line_file_release(&r->timing);
    line_file_release(&r->events);
    json_decref(r->columns);
    r->columns = NULL;
}

void run_folder_release(run_folder *r)
{
    release_logs(r);
    if (r->path && r->lock >= 0)
        close(r->lock);
    free(r->path);
    free(r->event_folder);
    json_decref(r->metrics);
    *r = (run_folder){0};
}

/* ---- What is in it ---- */

/* `known`, or ".KNOWN.XXXXXX" that a killed writer left. */
static bool is_named(const char *name, const char *known)
{
    size_t n = strlen(known);
    return strcmp(name, known) == 0 ||
           (name[0] == '.' && begins_with(name + 1, known) && name[1 + n] == '.');
}

/* A .d is what --depfile may have put there. */
static bool is_left_by_run(const char *name)
{
    for (size_t i = 0; i < N_RUN_FILES; i++)
        if (is_named(name, run_files[i]))
            return true;
    for (size_t i = 0; i < N_OTHER_NAMES; i++)
        if (is_named(name, other_names[i]))
            return true;
    uint64_t step;
    return numbered_step(&step, name, kept_names) || numbered_step(&step, name, snapshot_names) ||
           ends_with(name, ".d");
}

bool run_folder_keeps(const char *path)
{
    char *folder = path_folder(path), *config = join_path(folder, RUN_CONFIG);
    const char *name = path_name(path);
    uint64_t step;
    bool is_kept = strcmp(name, RUN_CONFIG) == 0 || numbered_step(&step, name, kept_names) ||
                   numbered_step(&step, name, snapshot_names);
    for (size_t i = 0; i < N_RUN_FILES - 1; i++) /* all but the grid */
        is_kept = is_kept || strcmp(name, run_files[i]) == 0;
    is_kept = is_kept && is_file(config);
    free(config);
    free(folder);
    return is_kept;
}

static bool is_sample(const char *name)
{
    uint64_t step;
    return numbered_step(&step, name, sample_names);
}

/* Refuses a folder with an entry that is_known does not know; one that is not there is fine. */
static int check_entries(const char *path, bool (*is_known)(const char *name), error *e)
{
    DIR *d = folder_open(path);
    int status = 0;
    if (!d)
        return errno == ENOENT ? 0 : fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(errno));
    for (struct dirent *entry = readdir(d); entry && status == 0; entry = readdir(d)) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_known(name))
            status =
                fail(e, STATUS_USAGE,
                     "%s: holds '%s', which no run left there; choose another -o RUN", path, name);
    }
    closedir(d);
    return status;
}

/* One that is there while a run is being cleared was given up. */
static int check_unfinished(const run_folder *r, error *e)
{
    char *path = run_folder_path(r, RUN_MODEL);
    bool is_finished = is_file(path) && !run_folder_is_half_cleared(r);
    free(path);
    if (!is_finished)
        return 0;
    return fail(e, STATUS_USAGE,
                "%s: holds a finished model; go on from it with --resume, replace it with --force, "
                "or choose another -o RUN",
                r->path);
}

int run_folder_check(const run_folder *r, bool may_be_finished, error *e)
{
    if (r->lock < 0)
        return 0;
    char *samples = run_folder_path(r, "samples");
    int status = check_entries(r->path, is_left_by_run, e);
    if (status == 0)
        status = check_entries(samples, is_sample, e);
    free(samples);
    return status == 0 && !may_be_finished ? check_unfinished(r, e) : status;
}

bool run_folder_is_half_cleared(const run_folder *r)
{
    char *mark = run_folder_path(r, CLEARING);
    bool is_there = is_file(mark);
    free(mark);
    return is_there;
}

/* ---- Clearing it ---- */

int run_folder_remove(const run_folder *r, const char *name, error *e)
{
    char *path = run_folder_path(r, name);
    int status = file_remove(path, e);
    free(path);
    return status;
}

static int clear(const run_folder *r, error *e)
{
    char *mark = run_folder_path(r, CLEARING), *samples = run_folder_path(r, "samples");
    int status = file_save(mark, "", 0, NOT_DURABLE, e);
    if (status != 0)
        fail_in(e, "%s: what is there cannot be cleared", r->path);
    for (size_t i = 0; i < N_RUN_FILES && status == 0; i++)
        status = run_folder_remove(r, run_files[i], e);
    if (status == 0)
        status = numbered_remove(r->path, snapshot_names, true, 0, e);
    if (status == 0)
        status = numbered_remove(samples, sample_names, true, 0, e);
    if (status == 0)
        status = file_remove(mark, e);
    free(mark);
    free(samples);
    return status;
}

/* Whether there is something to clear: a new folder needs no mark. */
static bool has_run(const run_folder *r)
{
    bool found = run_folder_is_half_cleared(r);
    for (size_t i = 0; i < N_RUN_FILES && !found; i++) {
        char *path = run_folder_path(r, run_files[i]);
        found = is_file(path);
        free(path);
    }
    return found;
}

/* ---- Starting ---- */

typedef struct {
    uint64_t last;          /* step whose line is the last to keep, */
    uint64_t metrics_every; /* unless it has metrics, and they are not due there: 0: never mind */
    double seconds;         /* that the last line kept tells, if it tells any */
    uint64_t step;
} cut;

/* Whether a run ended at the last step and was measured for that alone: an unbroken one has no such
 * line. */
static bool is_old_end(const cut *c, json_t *line, const json_t *step)
{
    const char *key;
    json_t *value;
    if (!c->metrics_every || (uint64_t)json_integer_value(step) != c->last ||
        c->last % c->metrics_every == 0)
        return false;
    json_object_foreach(line, key, value)
    {
        if (begins_with(key, METRIC_KEYS))
            return true;
    }
    return false;
}

static bool keep_line(const char *line, void *context)
{
    cut *c = context;
    error ignored = {0};
    json_t *v = json_read(line, strlen(line), 2, "line", STATUS_BAD_INPUT, &ignored);
    json_t *step = json_object_get(v, "step"), *seconds = json_object_get(v, "Timing/total_sec");
    bool is_kept = json_is_integer(step) && json_integer_value(step) >= 0 &&
                   (uint64_t)json_integer_value(step) <= c->last && !is_old_end(c, v, step);
    if (is_kept) {
        c->step = (uint64_t)json_integer_value(step);
        c->seconds = json_is_number(seconds) ? json_number_value(seconds) : c->seconds;
    }
    json_decref(v);
    return is_kept;
}

double run_folder_seconds(const run_folder *r, uint64_t step)
{
    cut c = {.last = step};
    char *path = run_folder_path(r, "timing.jsonl");
    bytes content = {0};
    error ignored = {0};
    if (file_load(&content, path, SIZE_MAX, &ignored) == 0) {
        char *line = (char *)content.data, *end;
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            if (!keep_line(line, &c))
                break;
        }
    }
    bytes_release(&content);
    free(path);
    return c.seconds;
}

static int open_lines(line_file *f, const run_folder *r, const char *name, cut *c, error *e)
{
    char *path = run_folder_path(r, name);
    int status = line_file_open(f, path, e);
    if (status == 0)
        status = line_file_cut(f, keep_line, c, e);
    free(path);
    return status;
}

/* "log.csv" made anew from log.jsonl: whatever became of it, it goes on as the log does. */
static int open_table(run_folder *r, error *e)
{
    char *log = run_folder_path(r, "log.jsonl"), *path = run_folder_path(r, "log.csv");
    bytes lines = {0};
    text table = {0};
    int status = file_load(&lines, log, SIZE_MAX, e);
    if (status == 0) {
        log_table_fill(&table, &r->columns, r->metrics, (const char *)lines.data);
        status = file_save(path, table.data, table.length, NOT_DURABLE, e);
    }
    if (status == 0)
        status = line_file_open(&r->table, path, e);
    bytes_release(&lines);
    text_release(&table);
    free(log);
    free(path);
    return status;
}

/* "log.jsonl" and "timing.jsonl" up to and with step `from`. */
static int open_logs(run_folder *r, uint64_t from, error *e)
{
    cut log = {.last = from, .metrics_every = r->metrics_every}, timing = {.last = from};
    if (open_lines(&r->log, r, "log.jsonl", &log, e) ||
        open_lines(&r->timing, r, "timing.jsonl", &timing, e) || open_table(r, e) ||
        run_events_open(r, e))
        return -1;
    r->logged_step = log.step;
    r->timed_step = timing.step;
    r->timed_seconds = timing.seconds;
    return 0;
}

/* Not folder_create, which would make an empty RUN as well where that is gone. */
int run_folder_keep_samples(const run_folder *r, error *e)
{
    char *path = run_folder_path(r, "samples");
    int status = 0;
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        status = fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(errno));
    free(path);
    return status;
}

/* Logs and samples up to and with step `from`, but for a sample of it that no unbroken run draws.
 */
static int cut_to(run_folder *r, bool is_fresh, uint64_t from, uint64_t sample_every, error *e)
{
    bool was_end = from > 0 && sample_every > 0 && from % sample_every != 0;
    char *samples = run_folder_path(r, "samples");
    int status = numbered_remove(samples, sample_names, is_fresh, was_end ? from - 1 : from, e);
    if (status == 0)
        status = numbered_remove(r->path, kept_names, is_fresh, from, e);
    free(samples);
    return status ? -1 : open_logs(r, from, e);
}

int run_folder_start(run_folder *r, bool is_fresh, uint64_t from, uint64_t sample_every, error *e)
{
    if (r->lock < 0 && (folder_create(r->path, e) || lock_folder(r, e)))
        return -1;
    char *samples = run_folder_path(r, "samples");
    int status = 0;
    remove_temporaries(r->path);
    remove_temporaries(samples);
    if (is_fresh && has_run(r))
        status = clear(r, e);
    if (status == 0)
        status = folder_create(samples, e);
    free(samples);
    return status ? -1 : cut_to(r, is_fresh, from, sample_every, e);
}

int run_folder_go_back(run_folder *r, uint64_t from, uint64_t sample_every, error *e)
{
    release_logs(r);
    return cut_to(r, false, from, sample_every, e);
}
