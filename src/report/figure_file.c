/* SPDX-License-Identifier: MIT */
/* A figure as a file. */
#include "report.h"

int figure_check_path(const char *path, error *e)
{
    if (ends_with(path, ".png") || ends_with(path, ".svg"))
        return 0;
    return fail(e, STATUS_USAGE, "'%s' is no name of a picture, which ends in .png or .svg", path);
}

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

int figure_save(const char *path, figure *f, error *e)
{
    return ends_with(path, ".svg") ? save_svg(path, f, e) : save_png(path, f, e);
}
