/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>

static int fail_stopped(const block_loop *l, error *e)
{
    return fail(e, STATUS_STOPPED, "stopped after %" PRIu64 " of %" PRIu64 " %s; %s%s", l->n_done,
                l->n, l->what, l->folder ? "they are in " : "no file was made",
                l->folder ? l->folder : "");
}

static void show(block_loop *l)
{
    char words[80];
    if (!progress_is_due(&l->line) || l->n_done == l->n)
        return;
    snprintf(words, sizeof words, "%" PRIu64 " of %" PRIu64 " %s", l->n_done, l->n, l->what);
    progress_show(&l->line, (double)l->n_done / (double)l->n, words);
}

/* worst becomes the gravest failure. */
static void run_blocks(block_loop *l, error *worst)
{
    for (uint64_t first = 0; first < l->n; first += l->block) {
        size_t n = l->n - first < l->block ? (size_t)(l->n - first) : l->block;
        error e = {0};
        if (signal_pending())
            e.status = STATUS_STOPPED;
        else
            l->work(l, first, n, &e);
        error_keep_gravest(worst, &e);
        if (worst->status && worst->status != STATUS_CHECK_FAILED)
            break;
        l->n_done += n;
        show(l);
    }
}

int block_loop_run(block_loop *l, error *e)
{
    error worst = {0};
    progress_start(&l->line, l->voice, l->progress);
    run_blocks(l, &worst);
    progress_end(&l->line);
    if (worst.status == STATUS_STOPPED)
        return fail_stopped(l, e);
    if (!worst.status)
        return 0;
    *e = worst;
    return -1;
}
