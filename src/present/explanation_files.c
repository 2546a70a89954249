/* SPDX-License-Identifier: MIT */
/* Which files in a folder are of an explanation. */
#include "present_detail.h"
#include "trust.h"
#include <stdlib.h>
#include <string.h>

const explain_method *find_declared_method(size_t i)
{
    for (const explain_method *const *m = explain_methods; *m; m++)
        if (i-- == 0)
            return *m;
    for (const explain_method *const *m = trust_reports; *m; m++)
        if (i-- == 0)
            return *m;
    return NULL;
}

char *picture_file_name(const char *of, bool is_svg)
{
    text name = {0};
    text_add(&name, "%s.%s", of, is_svg ? "svg" : "png");
    return name.data;
}

/* A set of names: an object whose keys they are. */
static void add_name(json_t *names, const char *name)
{
    json_object_set_new(names, name, json_true());
}

static void add_picture_name(json_t *names, const char *of, bool is_svg)
{
    char *name = picture_file_name(of, is_svg);
    add_name(names, name);
    free(name);
}

static void add_declared(json_t *names)
{
    const explain_method *m;
    for (size_t i = 0; (m = find_declared_method(i)); i++) {
        add_picture_name(names, m->name, false);
        add_picture_name(names, m->name, true);
        for (const array_row *row = m->arrays; row->name; row++)
            add_picture_name(names, row->name, false);
    }
}

/* Whether it may be an array's: it leads to no other folder, and to no hidden file. */
static bool is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 64;
}

/* Those of the arrays of the explanation in the folder, which another version, or a method that is
 * gone, may have left. One that cannot be read names none, nor does a pipe, where opening would
 * wait, or one that no version wrote, with names without end. */
static void add_older(json_t *names, const char *folder)
{
    enum { MAX_ARRAYS = 1024 };
    const char *name;
    json_t *array;
    char *path = join_path(folder, ARRAYS_FILE);
    json_t *older = file_is_replaced(path) ? safetensors_names(path) : NULL;
    bool is_ours = json_object_size(older) <= MAX_ARRAYS;
    json_object_foreach(older, name, array) if (is_ours && is_plain_name(name))
        add_picture_name(names, name, false);
    json_decref(older);
    free(path);
}

const char *explanation_look(const explanation_style *s)
{
    return s->has_pictures ? FIGURE_FILE : words_formats[s->format].file;
}

json_t *explanation_files(const char *folder, const explanation *a)
{
    const char *const always[] = {ARRAYS_FILE, SAMPLE_FILE, FIGURE_FILE, SVG_FILE};
    json_t *names = json_object();
    for (const words_format *f = words_formats; f->name; f++)
        add_name(names, f->file);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        add_name(names, always[i]);
    for (size_t i = 0; a && i < a->n_arrays; i++)
        add_picture_name(names, a->arrays[i].row->name, false);
    add_declared(names);
    add_older(names, folder);
    return names;
}
