/* SPDX-License-Identifier: MIT */
/* A folder of PNGs for each class. */
#include "cli.h"
#include "source.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- Entries of a folder ---- */

/* Sorted by strcmp. Zero-initialise. */
typedef struct {
    char **names; /* owned */
    size_t n;
} name_array;

static void names_release(name_array *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->names[i]);
    free(a->names);
    *a = (name_array){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Hidden ones are left out. */
static int list_names(name_array *a, const char *folder, error *e)
{
    DIR *d = folder_open(folder);
    if (!d)
        return fail(e, STATUS_BAD_INPUT, "%s: %s", folder, strerror(errno));
    size_t room = 0;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        if (entry->d_name[0] == '.')
            continue;
        if (a->n == room) {
            room = room ? 2 * room : 64;
            a->names = reallocate(a->names, room, sizeof *a->names);
        }
        a->names[a->n++] = copy_text(entry->d_name);
    }
    closedir(d);
    if (a->n > 0)
        qsort(a->names, a->n, sizeof *a->names, compare_names);
    return 0;
}

static bool is_png(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcasecmp(name + n - 4, ".png") == 0;
}

/* Keeps the folders. A PNG beside them is of no class: it would be missing without a word. */
static int list_folders(name_array *a, const char *folder, error *e)
{
    int status = list_names(a, folder, e);
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        char *path = join_path(folder, a->names[i]);
        if (is_folder(path)) {
            a->names[n++] = a->names[i];
        } else {
            if (status == 0 && is_png(path))
                status = fail(e, STATUS_BAD_INPUT,
                              "%s: beside the folders of classes, expected in one of them", path);
            free(a->names[i]);
        }
        free(path);
    }
    a->n = n;
    return status;
}

static bool has_folder(const char *path)
{
    name_array a = {0};
    error ignored = {0};
    list_folders(&a, path, &ignored);
    bool is_found = a.n > 0;
    names_release(&a);
    return is_found;
}

/* ---- Classes ---- */

static bool are_numbers(const name_array *classes)
{
    for (size_t i = 0; i < classes->n; i++)
        if (classes->names[i][strspn(classes->names[i], "0123456789")] != '\0')
            return false;
    return true;
}

/* The names of train's folders and what they stand for. */
typedef struct {
    name_array names;
    uint8_t *labels; /* (names.n), owned */
} class_table;

static void classes_release(class_table *c)
{
    names_release(&c->names);
    free(c->labels);
}

static int check_labels(const class_table *c, const char *folder, error *e)
{
    for (size_t i = 0; i < c->names.n; i++)
        for (size_t k = 0; k < i; k++)
            if (c->labels[i] == c->labels[k])
                return fail(e, STATUS_BAD_INPUT, "%s: folders '%s' and '%s' are one label", folder,
                            c->names.names[k], c->names.names[i]);
    return 0;
}

static int number_classes(class_table *c, size_t n_classes, const char *folder, error *e)
{
    bool has_numbers = are_numbers(&c->names);
    if (!has_numbers && c->names.n > n_classes)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu folders of classes, expected %zu (--n-classes)",
                    folder, c->names.n, n_classes);
    c->labels = allocate(c->names.n, 1);
    for (size_t i = 0; i < c->names.n; i++) {
        uint64_t label = i;
        const char *end;
        if (has_numbers && (!count_read(&label, c->names.names[i], &end) || label >= n_classes))
            return fail(e, STATUS_BAD_INPUT, "%s: label '%s', expected below %zu (--n-classes)",
                        folder, c->names.names[i], n_classes);
        c->labels[i] = (uint8_t)label;
    }
    return check_labels(c, folder, e);
}

static int find_class(size_t *i, const class_table *c, const char *name, const char *folder,
                      error *e)
{
    for (*i = 0; *i < c->names.n; (*i)++)
        if (strcmp(c->names.names[*i], name) == 0)
            return 0;
    return fail(e, STATUS_BAD_INPUT, "%s/%s: no class of the training part has this name", folder,
                name);
}

/* ---- The pictures of a part ---- */

/* A part whose labels are in step with its files in d. */
typedef struct {
    dataset *d;
    image_set *part;
    size_t room; /* of its labels */
} picture_list;

/* A pipe of that name would be waited for. */
static int check_png(const char *path, error *e)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    if (!is_png(path) || !S_ISREG(s.st_mode))
        return fail(e, STATUS_BAD_INPUT,
                    "%s: in a folder of pictures, where only PNGs are expected", path);
    return 0;
}

/* path: owned by the dataset from now on. */
static void add_picture(picture_list *l, char *path, uint8_t label)
{
    image_set *s = l->part;
    if (s->n == l->room) {
        l->room = l->room ? 2 * l->room : 256;
        s->labels = reallocate(s->labels, l->room, 1);
    }
    s->labels[s->n++] = label;
    dataset_add_file(l->d, path);
}

static int list_class(picture_list *l, const char *folder, uint8_t label, error *e)
{
    name_array names = {0};
    dataset_add_folder(l->d, copy_text(folder));
    int status = list_names(&names, folder, e);
    if (status == 0 && names.n == 0)
        status = fail(e, STATUS_BAD_INPUT, "%s: a folder without pictures", folder);
    for (size_t i = 0; i < names.n && status == 0; i++) {
        char *path = join_path(folder, names.names[i]);
        status = check_png(path, e);
        if (status == 0)
            add_picture(l, path, label);
        else
            free(path);
    }
    names_release(&names);
    return status;
}

/* A picture's place in its class, and in the part as it was listed. */
typedef struct {
    size_t in_class, listed;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->in_class != y->in_class)
        return x->in_class < y->in_class ? -1 : 1;
    return x->listed < y->listed ? -1 : 1;
}

/* The classes take turns, so that the first pictures of a part are of all of them: some are shown,
 * or paired with seeds. */
static void take_turns(dataset *d, image_set *part)
{
    char **files = d->files + d->n_files - part->n, **file = allocate(part->n, sizeof *file);
    place *places = allocate(part->n, sizeof *places);
    uint8_t *label = allocate(part->n, 1);
    size_t n_before[MAX_LABELS] = {0};
    memcpy(file, files, part->n * sizeof *file);
    memcpy(label, part->labels, part->n);
    for (size_t i = 0; i < part->n; i++)
        places[i] = (place){n_before[label[i]]++, i};
    qsort(places, part->n, sizeof *places, compare_places);
    for (size_t i = 0; i < part->n; i++) {
        files[i] = file[places[i].listed];
        part->labels[i] = label[places[i].listed];
    }
    free(file), free(places), free(label);
}

/* folder has those classes. */
static int list_part(dataset *d, image_set *part, const char *folder, const name_array *names,
                     const class_table *c, error *e)
{
    picture_list l = {.d = d, .part = part};
    int status = 0;
    for (size_t i = 0; i < names->n && status == 0; i++) {
        size_t k;
        char *path = join_path(folder, names->names[i]);
        status =
            find_class(&k, c, names->names[i], folder, e) || list_class(&l, path, c->labels[k], e)
                ? -1
                : 0;
        free(path);
    }
    if (status == 0)
        take_turns(d, part);
    return status;
}

static int list_test(dataset *d, const char *folder, const class_table *c, error *e)
{
    name_array names = {0};
    dataset_add_folder(d, copy_text(folder));
    int status = list_folders(&names, folder, e);
    if (status == 0)
        status = list_part(d, &d->test, folder, &names, c, e);
    names_release(&names);
    return status;
}

/* Of a folder with train/, other folders than train/ and test/ would be left out without a word. */
static int check_parts(const char *folder, error *e)
{
    name_array names = {0};
    int status = list_folders(&names, folder, e);
    for (size_t i = 0; i < names.n && status == 0; i++)
        if (strcmp(names.names[i], "train") != 0 && strcmp(names.names[i], "test") != 0)
            status = fail(e, STATUS_BAD_INPUT, "%s/%s: beside train/, only test/ is expected",
                          folder, names.names[i]);
    names_release(&names);
    return status;
}

/* Names that are numbers are no more than the labels. */
static void keep_names(dataset *d, const class_table *c)
{
    if (are_numbers(&c->names))
        return;
    d->class_names = allocate(MAX_LABELS, sizeof *d->class_names);
    for (size_t i = 0; i < c->names.n; i++) {
        d->class_names[c->labels[i]] = copy_text(c->names.names[i]);
        make_printable(d->class_names[c->labels[i]]);
    }
}

/* Which files there are: d's files, labels and names of classes. */
static int list_pictures(dataset *d, const char *folder, size_t n_classes, error *e)
{
    class_table classes = {0};
    char *train = join_path(folder, "train"), *test = join_path(folder, "test");
    bool has_parts = is_folder(train) && has_folder(train);
    const char *root = has_parts ? train : folder;
    dataset_add_folder(d, copy_text(folder));
    if (has_parts)
        dataset_add_folder(d, copy_text(train));
    int status = has_parts ? check_parts(folder, e) : 0;
    if (status == 0)
        status = list_folders(&classes.names, root, e);
    if (status == 0)
        status = number_classes(&classes, n_classes, root, e);
    if (status == 0)
        keep_names(d, &classes);
    if (status == 0)
        status = list_part(d, &d->train, root, &classes.names, &classes, e);
    if (status == 0 && has_parts && is_folder(test))
        status = list_test(d, test, &classes, e);
    classes_release(&classes);
    free(train);
    free(test);
    return status;
}

/* ---- Reading them ---- */

enum { MAX_PIECES = 64, MAX_PNG = 1 << 20 };

/* Several files in turn, so that errors need no room per file. */
typedef struct {
    dataset *d;
    size_t n_pieces;
    struct {
        error e;
        bool is_bad;
    } pieces[MAX_PIECES];
} reading;

static uint8_t *pixels_of(const dataset *d, size_t i_file)
{
    size_t n_train = d->train.n, n = d->shape.n;
    return i_file < n_train ? d->train.pixels + i_file * n
                            : d->test.pixels + (i_file - n_train) * n;
}

static int read_picture(const dataset *d, size_t i_file, error *e)
{
    picture p = {0};
    if (picture_load_grey(&p, d->files[i_file], (int)d->shape.cols, (int)d->shape.rows, e))
        return -1;
    memcpy(pixels_of(d, i_file), p.data, d->shape.n);
    picture_release(&p);
    return 0;
}

/* A body of parallel_for. */
static void read_piece(size_t i, size_t thread, void *context)
{
    reading *r = context;
    size_t n = r->d->n_files, first = n * i / r->n_pieces, end = n * (i + 1) / r->n_pieces;
    (void)thread;
    for (size_t k = first; k < end && !r->pieces[i].is_bad; k++)
        r->pieces[i].is_bad = read_picture(r->d, k, &r->pieces[i].e) != 0;
}

/* The first one's, which all others must have. */
static int find_shape(picture_shape *shape, const char *path, error *e)
{
    bytes file = {0};
    size_t rows, cols;
    if (file_load(&file, path, MAX_PNG, e))
        return -1;
    int status = picture_read_size(&rows, &cols, file.data, file.size, path, e);
    bytes_release(&file);
    return status == 0 ? picture_shape_init(shape, rows, cols, path, e) : -1;
}

static int allocate_pixels(dataset *d, const char *folder, error *e)
{
    if (d->n_files > MAX_DATA_BYTES / d->shape.n)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu pictures of %zux%zu, at most %d bytes expected",
                    folder, d->n_files, d->shape.rows, d->shape.cols, MAX_DATA_BYTES);
    d->train.shape = d->test.shape = d->shape;
    d->train.pixels = reallocate(NULL, d->train.n * d->shape.n, 1);
    d->test.pixels = d->test.n ? reallocate(NULL, d->test.n * d->shape.n, 1) : NULL;
    return 0;
}

static int read_pictures(dataset *d, const char *folder, error *e)
{
    if (find_shape(&d->shape, d->files[0], e) || allocate_pixels(d, folder, e))
        return -1;
    reading *r = allocate(1, sizeof *r);
    r->d = d;
    r->n_pieces = d->n_files < MAX_PIECES ? d->n_files : MAX_PIECES;
    parallel_for(r->n_pieces, read_piece, r);
    int status = 0;
    for (size_t i = 0; i < r->n_pieces && status == 0; i++)
        if (r->pieces[i].is_bad) {
            *e = r->pieces[i].e;
            status = -1;
        }
    free(r);
    return status;
}

static int load(dataset *d, const char *folder, size_t n_classes, error *e)
{
    d->has_picture_files = true;
    return list_pictures(d, folder, n_classes, e) || read_pictures(d, folder, e) ? -1 : 0;
}

/* ---- Pictures that were made ---- */

static int list_loose(dataset *d, const char *folder, error *e)
{
    picture_list l = {.d = d, .part = &d->train};
    return list_class(&l, folder, 0, e);
}

/* Of train/ and test/ one is to be named. */
static int list_classes(dataset *d, const char *folder, error *e)
{
    if (list_pictures(d, folder, MAX_LABELS, e))
        return -1;
    if (d->test.n > 0)
        return fail(e, STATUS_BAD_INPUT, "%s: holds train/ and test/, expected one of them",
                    folder);
    return 0;
}

static int load_made(dataset *d, const char *folder, error *e)
{
    bool has_classes = has_folder(folder);
    d->has_picture_files = true;
    if ((has_classes ? list_classes : list_loose)(d, folder, e) || read_pictures(d, folder, e))
        return -1;
    if (!has_classes)
        image_set_drop_labels(&d->train);
    return 0;
}

const data_source png_folder = {
    .name = "png",
    .summary =
        "A folder with a folder of PNGs for each class, as CLASS/NAME.png or "
        "train/CLASS/NAME.png with test/CLASS/NAME.png where there is a test part. Names "
        "of classes that are all numbers are the labels themselves; others are labels from "
        "0 on, sorted by name. Classes take turns, files of one are sorted by name; colour becomes "
        "grey.",
    .detects = has_folder,
    .load = load,
    .made = "A folder of PNGs, without labels; or with a folder of PNGs for each class.",
    .detects_made = is_folder,
    .load_made = load_made,
};
