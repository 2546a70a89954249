/* SPDX-License-Identifier: MIT */
/* Where outputs go when it is not said: into the run folder, or beside the file. */
#include "present.h"
#include <stdlib.h>
#include <string.h>

/* The path without its suffix, with another end; a name that only begins with a dot has none. */
static char *with_end(const char *path, const char *end)
{
    text t = {0};
    const char *dot = strrchr(path, '.');
    text_add_bytes(&t, path, dot && dot > path_name(path) ? (size_t)(dot - path) : strlen(path));
    text_add(&t, "%s", end);
    return t.data;
}

/* Whether gantrain left it in a run folder. */
static bool is_of_run(const char *path)
{
    const char *name = path_name(path);
    char *config = path_beside(path, RUN_CONFIG);
    bool is_one = (strcmp(name, RUN_MODEL) == 0 || strcmp(name, RUN_STATE) == 0 ||
                   strcmp(name, RUN_BEST) == 0) &&
                  is_file(config);
    free(config);
    return is_one;
}

char *explanation_output(const char *checkpoint)
{
    return is_folder(checkpoint) ? join_path(checkpoint, RUN_EXPLANATIONS)
                                 : with_end(checkpoint, "-explain");
}

char *grid_output(const char *checkpoint)
{
    if (is_folder(checkpoint))
        return join_path(checkpoint, "grid.png");
    return is_of_run(checkpoint) ? path_beside(checkpoint, "grid.png")
                                 : with_end(checkpoint, "-grid.png");
}
