/* SPDX-License-Identifier: MIT */
/* Where outputs go when it is not said: into the run folder, or beside the file. */
#include "report.h"
#include <stdlib.h>
#include <string.h>

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The path without its suffix, with another end; a name that only begins with a dot has none. */
static char *with_end(const char *path, const char *end)
{
    text t = {0};
    const char *dot = strrchr(path, '.');
    text_add_bytes(&t, path, dot && dot > name_of(path) ? (size_t)(dot - path) : strlen(path));
    text_add(&t, "%s", end);
    return t.data;
}

/* In the folder of path. */
static char *beside(const char *path, const char *name)
{
    text t = {0};
    text_add_bytes(&t, path, (size_t)(name_of(path) - path));
    text_add(&t, "%s", name);
    return t.data;
}

/* Whether gantrain left it in a run folder. */
static bool is_of_run(const char *path)
{
    const char *name = name_of(path);
    char *config = beside(path, "config.json");
    bool is_one =
        (strcmp(name, "model.safetensors") == 0 || strcmp(name, "state.safetensors") == 0) &&
        is_file(config);
    free(config);
    return is_one;
}

char *explanation_output(const char *checkpoint)
{
    return is_folder(checkpoint) ? join_path(checkpoint, "explain")
                                 : with_end(checkpoint, "-explain");
}

char *grid_output(const char *checkpoint)
{
    if (is_folder(checkpoint))
        return join_path(checkpoint, "grid.png");
    return is_of_run(checkpoint) ? beside(checkpoint, "grid.png")
                                 : with_end(checkpoint, "-grid.png");
}
