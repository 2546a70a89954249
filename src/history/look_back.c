/* SPDX-License-Identifier: MIT */
/* gantrain --plot and --film. */
#include "history_detail.h"
#include <stdlib.h>
#include <string.h>

const option_row look_options[N_LOOK_OPTIONS] = {
    OPTION_LIST(look_settings, plot, .name = "plot", .value = "RUN,RUN",
                .summary = "Train nothing: draw the numbers of these runs over their steps, also "
                           "of one that is still going on, and end. -o is then the file, .png or "
                           ".svg; without it RUN/curves.png of a single run, else curves.png "
                           "here."),
    OPTION_TEXT(look_settings, film, .name = "film", .value = "FILE.png",
                .summary = "Train nothing: make an animation (APNG, for browsers) of the samples "
                           "of -o RUN, and end. Also as --film RUN -o FILE.png, and without a "
                           "file into RUN/film.png."),
    OPTION_REAL(look_settings, rate, .name = "frames-per-second", .low = 0, .high = 50,
                .value = "N",
                .summary = "Of --film; 0: one strip instead, a column a step, as for print."),
};

bool look_is_asked(const look_settings *s) { return s->plot || s->film; }

/* ---- What goes together ---- */

static bool is_for_looking(const char *name)
{
    static const char *const names[] = {"plot", "film", "frames-per-second", "output"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Options of training, which argv may not give. */
static int check_uses(const look_settings *s, const invocation *given, error *e)
{
    const program *p = given->program;
    const char *what =
        s->plot ? "training, and --plot only looks" : "training, and --film only looks";
    if (option_uses_check(given, &(option_use){"dry-run", false, what}, 1, e))
        return -1;
    for (size_t g = 0; g < p->n_groups; g++)
        for (size_t i = 0; i < p->groups[g].n; i++) {
            const char *name = p->groups[g].rows[i].name;
            if (option_uses_check(given, &(option_use){name, is_for_looking(name), what}, 1, e))
                return -1;
        }
    if (s->plot && s->film)
        return fail(e, STATUS_USAGE, "--plot and --film exclude each other");
    return 0;
}

int look_check(const look_settings *s, const invocation *given, error *e)
{
    if (look_is_asked(s))
        return check_uses(s, given, e);
    return option_uses_check(given, &(option_use){"frames-per-second", false, "--film"}, 1, e);
}

static int check_ending(const char *path, error *e)
{
    return figure_check_path(path, e) ? fail_in(e, "--output") : 0;
}

/* ---- --plot ---- */

static int load_runs(history **runs, size_t *n, const char *names, error *e)
{
    int status = 0;
    for (const char *at = names; status == 0; at++) {
        size_t length = strcspn(at, ",");
        text name = {0};
        text_add_bytes(&name, at, length);
        *runs = reallocate(*runs, *n + 1, sizeof **runs);
        history *h = &(*runs)[(*n)++];
        status = history_load(h, name.data, e);
        if (status == 0 && h->n == 0)
            status = fail(e, STATUS_BAD_INPUT, "%s/log.jsonl: holds no line yet", name.data);
        text_release(&name);
        at += length;
        if (*at == '\0')
            break;
    }
    return status;
}

static int plot(const look_settings *s, char **path, const char *output, error *e)
{
    history *runs = NULL;
    figure f = {0};
    size_t n = 0;
    *path = output                 ? copy_text(output)
            : strchr(s->plot, ',') ? copy_text("curves.png")
                                   : join_path(s->plot, "curves.png");
    int status = check_ending(*path, e) || load_runs(&runs, &n, s->plot, e) ? -1 : 0;
    if (status == 0) {
        history_figure(&f, runs, n);
        status = figure_save(*path, &f, e);
    }
    figure_release(&f);
    for (size_t i = 0; i < n; i++)
        history_release(&runs[i]);
    free(runs);
    return status;
}

/* ---- --film ---- */

/* Of the two names the one that is a picture's is the file. */
static int film(const look_settings *s, char **path, const char *output, error *e)
{
    bool is_file_first = ends_with(s->film, ".png");
    const char *run = is_file_first ? output : s->film, *file = is_file_first ? s->film : output;
    if (!run)
        return fail(e, STATUS_USAGE, "--film %s: of which run? Add -o RUN", s->film);
    if (file && !ends_with(file, ".png"))
        return fail(e, STATUS_USAGE,
                    "--film %s -o %s: neither is the name of a film, which ends in .png", s->film,
                    file);
    *path = file ? copy_text(file) : join_path(run, "film.png");
    return film_save(*path, run, s->rate, e);
}

int look_back(const look_settings *s, char **path, const char *output, error *e)
{
    return s->plot ? plot(s, path, output, e) : film(s, path, output, e);
}
