/* SPDX-License-Identifier: MIT */
/* The figure of runs, in files. */
#include "history_detail.h"
#include <stdlib.h>
#include <string.h>

static int save_svg(const char *path, figure *f, error *e)
{
    text svg = {0};
    int status = figure_write_svg(&svg, f, e);
    if (status == 0)
        status = file_save(path, svg.data, svg.length, NOT_DURABLE, e);
    text_release(&svg);
    return status;
}

static int save_png(const char *path, figure *f, error *e)
{
    picture p = {0};
    figure_draw(&p, f);
    int status = picture_save(path, &p, NULL, 0, LEVEL_SMALL, e);
    picture_release(&p);
    return status;
}

int curves_save(const char *path, figure *f, error *e)
{
    return ends_with(path, ".svg") ? save_svg(path, f, e) : save_png(path, f, e);
}

int history_save_curves(const run_folder *r, error *e)
{
    char *svg = run_folder_path(r, "curves.svg"), *png = run_folder_path(r, "curves.png");
    history h = {0};
    figure f = {0};
    int status = history_load(&h, r->path, e);
    if (status == 0 && h.n > 0) {
        history_figure(&f, &h, 1);
        status = curves_save(svg, &f, e) || curves_save(png, &f, e) ? -1 : 0;
    }
    figure_release(&f);
    history_release(&h);
    free(svg);
    free(png);
    return status;
}
