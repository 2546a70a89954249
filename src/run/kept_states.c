/* SPDX-License-Identifier: MIT */
/* Second names of RUN/state.safetensors, under which a state outlives its successors. */
#include "run_detail.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int copy_file(const char *to, const char *from, error *e)
{
    bytes content = {0};
    int status = file_load(&content, from, SIZE_MAX, e);
    if (status == 0)
        status = file_save(to, content.data, content.size, NOT_DURABLE, e);
    bytes_release(&content);
    return status;
}

/* The name is there at once, and takes no room on the disk. Where a file system has no second
 * names it is a copy, as where the name is taken: what has it may be of a step that was gone back
 * from. */
int run_folder_name_state(const run_folder *r, const char *kind, uint64_t step, error *e)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%06" PRIu64 ".safetensors", kind, step);
    char *state = run_folder_path(r, RUN_STATE), *path = run_folder_path(r, name);
    int status = 0;
    if (link(state, path) != 0)
        status = copy_file(path, state, e);
    free(state);
    free(path);
    return status;
}

/* How many kept states there are, and the name of the oldest one, which the caller frees. */
static size_t count_kept(char **oldest, const run_folder *r)
{
    DIR *d = folder_open(r->path);
    uint64_t step, least = UINT64_MAX;
    size_t n = 0;
    *oldest = NULL;
    for (struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
        if (!numbered_step(&step, entry->d_name, kept_names))
            continue;
        n++;
        if (step < least) {
            least = step;
            free(*oldest);
            *oldest = copy_text(entry->d_name);
        }
    }
    if (d)
        closedir(d);
    return n;
}

int run_folder_trim_states(const run_folder *r, uint64_t most, error *e)
{
    char *oldest;
    int status = 0;
    while (count_kept(&oldest, r) > most && status == 0) {
        status = run_folder_remove(r, oldest, e);
        free(oldest);
    }
    if (status == 0)
        free(oldest);
    return status;
}
