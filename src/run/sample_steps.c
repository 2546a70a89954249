/* SPDX-License-Identifier: MIT */
/* Which samples a run has left. */
#include "run.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_steps(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int sample_steps_find(sample_steps *s, const char *folder, error *e)
{
    DIR *d = folder_open(folder);
    *s = (sample_steps){0};
    if (!d)
        return errno == ENOENT ? 0 : fail(e, STATUS_BAD_INPUT, "%s: %s", folder, strerror(errno));
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        const char *name = entry->d_name, *end;
        uint64_t step;
        if (!begins_with(name, "step-") || !count_read(&step, name + strlen("step-"), &end) ||
            strcmp(end, ".png") != 0)
            continue;
        s->steps = reallocate(s->steps, s->n + 1, sizeof *s->steps);
        s->steps[s->n++] = step;
    }
    closedir(d);
    if (s->n > 0)
        qsort(s->steps, s->n, sizeof *s->steps, compare_steps);
    return 0;
}

char *sample_path(const char *folder, uint64_t step)
{
    text t = {0};
    text_add(&t, "%s/step-%06llu.png", folder, (unsigned long long)step);
    return t.data;
}

void sample_steps_release(sample_steps *s)
{
    free(s->steps);
    *s = (sample_steps){0};
}
