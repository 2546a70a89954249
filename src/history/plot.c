/* SPDX-License-Identifier: MIT */
/* The figure of runs, in files. */
#include "history_detail.h"
#include <stdlib.h>

int history_save_curves(const run_folder *r, error *e)
{
    char *svg = run_folder_path(r, "curves.svg"), *png = run_folder_path(r, "curves.png");
    history h = {0};
    figure f = {0};
    int status = history_load(&h, r->path, e);
    if (status == 0 && h.n > 0) {
        history_figure(&f, &h, 1);
        status = figure_save(svg, &f, e) || figure_save(png, &f, e) ? -1 : 0;
    }
    figure_release(&f);
    history_release(&h);
    free(svg);
    free(png);
    return status;
}
