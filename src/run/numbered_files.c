/* SPDX-License-Identifier: MIT */
/* Files of a run that are named after a step. */
#include "run_detail.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const numbered_name sample_names[] = {{"step-", ".png"}, {"reconstruction-", ".png"}, {0}};
const numbered_name kept_names[] = {{"state-", ".safetensors"}, {0}};
const numbered_name snapshot_names[] = {{"snapshot-", ".safetensors"}, {"snapshot-", ".png"}, {0}};

bool numbered_step(uint64_t *step, const char *name, const numbered_name *names)
{
    const char *end;
    name += *name == '.';
    for (; names->start; names++)
        if (begins_with(name, names->start) &&
            count_read(step, name + strlen(names->start), &end) && begins_with(end, names->end))
            return true;
    return false;
}

int numbered_remove(const char *folder, const numbered_name *names, bool all, uint64_t last,
                    error *e)
{
    DIR *d = folder_open(folder);
    int status = 0;
    if (!d)
        return errno == ENOENT ? 0 : fail(e, STATUS_BAD_OUTPUT, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry = readdir(d); entry && status == 0; entry = readdir(d)) {
        uint64_t step;
        if (!numbered_step(&step, entry->d_name, names) || (!all && step <= last))
            continue;
        char *path = join_path(folder, entry->d_name);
        status = file_remove(path, e);
        free(path);
    }
    closedir(d);
    return status;
}
