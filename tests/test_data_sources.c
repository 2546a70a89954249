/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "data.h"
#include "use_threads.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ---- */

static char root[32];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/ganlens-data-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

/* ROOT/NAME, its folders made; the caller frees it. */
static char *path_of(const char *name)
{
    error e = {0};
    char *path = join_path(root, name), *parent = path_folder(path);
    assert_int_equal(folder_create(parent, &e), 0);
    free(parent);
    return path;
}

static void put(const char *name, const void *data, size_t n)
{
    error e = {0};
    char *path = path_of(name);
    assert_int_equal(file_save(path, data, n, NOT_DURABLE, &e), 0);
    free(path);
}

/* A PNG of one grey. */
static void put_png(const char *name, int rows, int cols, uint8_t grey)
{
    picture p = {0};
    error e = {0};
    char *path = path_of(name);
    picture_init(&p, cols, rows, 1, RGB(grey, grey, grey));
    assert_int_equal(picture_save(path, &p, NULL, 0, LEVEL_FAST, &e), 0);
    picture_release(&p);
    free(path);
}

/* A .npy of version 1 with that dictionary and n bytes of elements. */
static void put_npy(const char *name, const char *header, const void *data, size_t n)
{
    text t = {0};
    size_t length = strlen(header);
    text_add_bytes(&t, "\x93NUMPY\1\0", 8);
    text_add_bytes(&t, (unsigned char[]){(unsigned char)length, (unsigned char)(length >> 8)}, 2);
    text_add(&t, "%s", header);
    text_add_bytes(&t, data, n);
    put(name, t.data, t.length);
    text_release(&t);
}

/* n pictures of side x side whose pixels count up, and the labels 0, 1, 2, 0, ... */
static void put_arrays(const char *images, const char *labels, size_t n, size_t side)
{
    char header[128];
    uint8_t *pixels = allocate(n * side * side, 1), *values = allocate(n, 1);
    for (size_t i = 0; i < n * side * side; i++)
        pixels[i] = (uint8_t)(i / (side * side));
    for (size_t i = 0; i < n; i++)
        values[i] = (uint8_t)(i % 3);
    snprintf(header, sizeof header,
             "{'descr': '|u1', 'fortran_order': False, 'shape': (%zu, %zu, %zu), }\n", n, side,
             side);
    put_npy(images, header, pixels, n * side * side);
    snprintf(header, sizeof header, "{'descr': '|u1', 'fortran_order': False, 'shape': (%zu,), }\n",
             n);
    put_npy(labels, header, values, n);
    free(pixels);
    free(values);
}

/* ---- Loading ---- */

static const data_choice all = {.n_classes = 10};

static int load(dataset *d, const char *name, const data_choice *c, error *e)
{
    char *path = *name ? join_path(root, name) : copy_text(root);
    int status = dataset_load(d, path, c, e);
    free(path);
    return status;
}

static dataset loaded(const char *name, const data_choice *c)
{
    dataset d;
    error e = {0};
    if (load(&d, name, c, &e))
        fail_msg("refused: %s", e.message);
    return d;
}

static void assert_refused(const char *name, const data_choice *c, exit_status status,
                           const char *message)
{
    dataset d;
    error e = {0};
    assert_int_equal(load(&d, name, c, &e), -1);
    if (!strstr(e.message, message))
        fail_msg("message \"%s\" does not say \"%s\"", e.message, message);
    assert_int_equal(e.status, status);
    assert_null(d.train.pixels);
}

static void assert_bad(const char *name, const char *message)
{
    assert_refused(name, &all, STATUS_BAD_INPUT, message);
}

/* ---- Folders of PNGs ---- */

static void pictures_come_by_class_and_name(void **state)
{
    (void)state;
    put_png("train/dog/b.png", 5, 6, 30);
    put_png("train/dog/a 1.PNG", 5, 6, 20);
    put_png("train/cat/\xc3\xa9.png", 5, 6, 10);
    put_png("test/dog/x.png", 5, 6, 40);
    put("train/.hidden", "", 0);
    put("train/cat/.hidden", "", 0);
    put("README", "no class", 8);
    dataset d = loaded("", &all);
    assert_int_equal(d.train.n, 3);
    assert_int_equal(d.test.n, 1);
    assert_int_equal(d.n_drawn, 0);
    assert_int_equal(d.shape.rows, 5);
    assert_int_equal(d.shape.cols, 6);
    assert_memory_equal(d.train.labels, ((uint8_t[]){0, 1, 1}), 3);
    assert_memory_equal(d.test.labels, ((uint8_t[]){1}), 1);
    for (size_t i = 0; i < 3 * 30; i++)
        assert_int_equal(d.train.pixels[i], 10 * (1 + i / 30));
    assert_int_equal(d.test.pixels[29], 40);
    assert_int_equal(d.n_files, 4);
    text name = {0}, class = {0};
    dataset_add_name(&name, &d, &d.train, 1);
    assert_true(ends_with(name.data, "/train/dog/a 1.PNG"));
    dataset_add_class(&class, &d, 1);
    assert_string_equal(class.data, "1 dog");
    assert_null(dataset_class_name(&d, 2));
    text_release(&name);
    text_release(&class);
    dataset_release(&d);
}

static void folders_that_are_numbers_are_the_labels(void **state)
{
    (void)state;
    put_png("7/a.png", 4, 4, 1);
    put_png("10/a.png", 4, 4, 2);
    put_png("010/b.png", 4, 4, 3);
    assert_refused("", &(data_choice){.n_classes = 11}, STATUS_BAD_INPUT,
                   "folders '010' and '10' are one label");
    char *twice = path_of("010/b.png"), *folder = path_of("010");
    unlink(twice);
    rmdir(folder);
    free(twice);
    free(folder);
    assert_bad("", "label '10', expected below 10");
    put_png("7/b.png", 4, 4, 4);
    dataset d = loaded("", &(data_choice){.n_classes = 11});
    assert_int_equal(d.train.n + d.test.n, 3);
    assert_null(dataset_class_name(&d, 7));
    for (size_t i = 0; i < d.train.n; i++)
        assert_int_equal(d.train.labels[i], d.train.pixels[16 * i] == 2 ? 10 : 7);
    dataset_release(&d);
}

static void one_name_that_is_no_number_makes_all_names(void **state)
{
    (void)state;
    put_png("train/9/a.png", 4, 4, 1);
    put_png("train/x/a.png", 4, 4, 2);
    dataset d = loaded("", &all);
    assert_int_equal(d.train.n, 1);
    assert_int_equal(d.test.n, 1);
    assert_int_equal(d.n_drawn, 1);
    assert_int_equal(d.train.labels[0] + d.test.labels[0], 1);
    dataset_release(&d);
    assert_refused("", &(data_choice){.n_classes = 1}, STATUS_BAD_INPUT,
                   "/train: 2 folders of classes, expected 1");
}

static void what_is_no_picture_of_a_class_is_named(void **state)
{
    (void)state;
    put_png("a/1.png", 4, 4, 1);
    put_png("a/2.png", 4, 4, 1);
    put_png("3.png", 4, 4, 1);
    assert_bad("", "/3.png: beside the folders of classes");
    char *path = path_of("3.png");
    unlink(path);
    free(path);
    put("a/notes.txt", "hello", 5);
    assert_bad("", "/a/notes.txt: in a folder of pictures, where only PNGs are expected");
}

static void folders_that_would_be_left_out_are_named(void **state)
{
    (void)state;
    put_png("train/a/1.png", 4, 4, 1);
    put_png("val/a/1.png", 4, 4, 1);
    assert_bad("", "/val: beside train/, only test/ is expected");
}

static void a_test_class_that_is_not_trained_on_is_refused(void **state)
{
    (void)state;
    put_png("train/a/1.png", 4, 4, 1);
    put_png("test/b/1.png", 4, 4, 1);
    assert_bad("", "/test/b: no class of the training part has this name");
}

static void an_empty_class_is_refused(void **state)
{
    (void)state;
    put_png("a/1.png", 4, 4, 1);
    put("b/.keep", "", 0);
    assert_bad("", "/b: a folder without pictures");
}

static void damaged_pngs_and_other_shapes_are_named(void **state)
{
    (void)state;
    put_png("a/1.png", 4, 5, 1);
    put_png("a/2.png", 5, 4, 1);
    assert_bad("", "/a/2.png: 5 rows and 4 columns of pixels, expected 4 and 5");
    put("a/2.png", "no PNG at all, but long enough for a header", 43);
    assert_bad("", "/a/2.png: not a PNG file");
    put("a/1.png", "", 0);
    assert_bad("", "/a/1.png: not a PNG file");
    put_png("a/1.png", 3, 5, 1);
    assert_bad("", "/a/1.png: pictures of 3 rows and 5 columns");
}

static void a_link_to_a_picture_is_followed_and_one_to_nothing_is_named(void **state)
{
    (void)state;
    put_png("a/1.png", 4, 4, 1);
    char *link = path_of("a/2.png");
    assert_int_equal(symlink("1.png", link), 0);
    dataset d = loaded("", &all);
    assert_int_equal(d.train.n + d.test.n, 2);
    dataset_release(&d);
    unlink(link);
    assert_int_equal(symlink("nothing", link), 0);
    assert_bad("", "/a/2.png: No such file");
    unlink(link);
    assert_int_equal(mkfifo(link, 0600), 0);
    assert_bad("", "/a/2.png: in a folder of pictures, where only PNGs are expected");
    free(link);
}

/* ---- NumPy ---- */

static void arrays_in_a_folder_have_a_test_part(void **state)
{
    (void)state;
    put_arrays("train-images.npy", "train-labels.npy", 5, 4);
    put_arrays("test-images.npy", "test-labels.npy", 2, 4);
    dataset d = loaded("", &all);
    assert_int_equal(d.train.n, 5);
    assert_int_equal(d.test.n, 2);
    assert_int_equal(d.n_drawn, 0);
    assert_int_equal(d.n_files, 4);
    assert_memory_equal(d.train.labels, ((uint8_t[]){0, 1, 2, 0, 1}), 5);
    assert_int_equal(d.train.pixels[79], 4);
    assert_int_equal(d.test.pixels[31], 1);
    dataset_release(&d);
    put_arrays("test-images.npy", "test-labels.npy", 2, 5);
    assert_bad("", "/test-images.npy: pictures are 5x5, expected 4x4");
}

static void labels_are_integers_of_any_width(void **state)
{
    (void)state;
    const int64_t wide[] = {1, 0, 2};
    const int16_t negative[] = {1, -1, 2};
    put_arrays("x.npy", "x-labels.npy", 3, 4);
    put_npy("x-labels.npy", "{'shape':(3,),'fortran_order':True,'descr':'<i8'}", wide, sizeof wide);
    dataset d = loaded("x.npy", &all);
    size_t sum = d.test.labels[0];
    for (size_t i = 0; i < d.train.n; i++) {
        assert_int_equal(d.train.labels[i], wide[d.train.places[i]]);
        sum += d.train.labels[i];
    }
    assert_int_equal(sum, 3);
    dataset_release(&d);
    put_npy("x-labels.npy", "{'descr':'<i2','fortran_order':False,'shape':(3,)}", negative,
            sizeof negative);
    assert_bad("x.npy", "/x-labels.npy: label 1 is not in 0..9");
    put_npy("x-labels.npy", "{'descr':'|i1','fortran_order':False,'shape':(3,)}", "\1\200\2", 3);
    assert_bad("x.npy", "/x-labels.npy: label 1 is not in 0..9");
    put_npy("x-labels.npy", "{'descr':'<u8','fortran_order':False,'shape':(3,)}",
            ((uint64_t[]){1, 0, 1ull << 32}), 24);
    assert_bad("x.npy", "/x-labels.npy: label 2 is not in 0..9");
}

static void rows_of_a_square_are_pictures(void **state)
{
    (void)state;
    static uint8_t pixels[2 * 25];
    put_arrays("x-images.npy", "x-labels.npy", 2, 5);
    put_npy("x-images.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 25)}", pixels,
            50);
    dataset d = loaded("x-images.npy", &all);
    assert_int_equal(d.shape.rows, 5);
    assert_int_equal(d.shape.cols, 5);
    dataset_release(&d);
    put_npy("x-images.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 24)}", pixels,
            48);
    assert_bad("x-images.npy", "holds u1 (2, 24), expected u1 (n, rows, cols)");
}

static void arrays_that_do_not_fit_are_named(void **state)
{
    (void)state;
    static uint8_t pixels[32];
    put_arrays("x.npy", "y.npy", 2, 4);
    assert_bad("x.npy", "/x-labels.npy: No such file");
    put_arrays("x.npy", "x-labels.npy", 3, 4);
    put_arrays("x.npy", "y.npy", 2, 4);
    assert_bad("x.npy", "/x-labels.npy: 3 labels, expected 2");
    put_npy("x.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4, 1)}", pixels, 32);
    assert_bad("x.npy", "holds f4 (2, 4, 1), expected u1");
    put_npy("x.npy", "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 4, 4)}", pixels, 32);
    assert_bad("x.npy", "stored by columns");
    put_npy("x.npy", "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4, 4)}", pixels, 0);
    assert_bad("x.npy", "0 pictures");
    put("x.npz", "PK", 2);
    assert_bad("x.npz", "is a file, expected a folder or a .npy");
}

/* ---- The header of a .npy ---- */

/* Its message, or "" where it is read; from a block of exactly that size. */
static const char *reading(const char *header, size_t n_bytes, npy_array *a)
{
    static error e;
    size_t length = strlen(header), n = 10 + length + n_bytes;
    unsigned char *file = allocate(1, n), *exact = malloc(n);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (unsigned char)length;
    memcpy(file + 10, header, length);
    memcpy(exact, file, n);
    e = (error){0};
    int status = npy_read(a, exact, n, "some.npy", &e);
    assert_int_equal(status, e.status ? -1 : 0);
    free(exact);
    free(file);
    return e.message;
}

static void a_header_is_read_in_any_order_and_spacing(void **state)
{
    (void)state;
    npy_array a;
    assert_string_equal(
        reading("{ 'shape' : (2,3)}\n", 6, &a),
        "some.npy: damaged header of a .npy, expected 'descr', 'shape' and 'fortran_order' once "
        "each");
    assert_string_equal(
        reading("{'shape': ( 2, 3 ) , 'descr': '<u2' ,'fortran_order': True } ", 12, &a),
        "some.npy: stored by columns, expected by rows: save "
        "numpy.ascontiguousarray(x)");
    assert_string_equal(
        reading("{'shape': (2, 3,), 'descr': '<u2','fortran_order': False} \n", 12, &a), "");
    assert_int_equal(a.rank, 2);
    assert_int_equal(a.sizes[0], 2);
    assert_int_equal(a.sizes[1], 3);
    assert_int_equal(a.n, 6);
    assert_int_equal(a.item_size, 2);
    assert_int_equal(a.kind, 'u');
    assert_string_equal(reading("{'shape': (), 'descr': '|u1','fortran_order': False}", 1, &a), "");
    assert_int_equal(a.rank, 0);
    assert_int_equal(a.n, 1);
}

static void a_header_that_is_damaged_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "expected a dictionary"},
        {"{", "once each"},
        {"{}", "expected 'descr', 'shape' and 'fortran_order'"},
        {"{'shape': (1,), 'shape': (1,)}", "once each"},
        {"{'descr': '|u1' 'shape': (1,)}", "a comma or the end"},
        {"{'descr': [('a', '|u1')]}", "one simple type"},
        {"{'descr': '|u'}", "a type such as"},
        {"{'descr': '|*1'}", "a type such as"},
        {"{'descr': '|u0'}", "1 to 16 bytes"},
        {"{'descr': '|u1", "a type such as"},
        {"{'descr': '>i8'}", "big-endian"},
        {"{'shape': [1]}", "a tuple"},
        {"{'shape': (,)}", "sizes in 'shape'"},
        {"{'shape': (1)}", "a comma or the end of 'shape'"},
        {"{'shape': (-1,)}", "sizes in 'shape'"},
        {"{'shape': (1,1,1,1,1)}", "more than 4 dimensions"},
        {"{'shape': (99999999999999999999,)}", "sizes in 'shape'"},
        {"{'fortran_order': 0}", "True or False"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
         "more elements than memory has"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x", "nothing behind"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", "truncated: 1 bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0,)}", "too long: 1 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        npy_array a;
        const char *found = reading(cases[i].header, 1, &a);
        if (!strstr(found, cases[i].message))
            fail_msg("%s: message \"%s\" does not say \"%s\"", cases[i].header, found,
                     cases[i].message);
    }
}

static void what_stands_before_the_header_is_checked(void **state)
{
    (void)state;
    static const char *const files[] = {"",
                                        "\x93NUMPY",
                                        "\x93NUMPX\1\0\0\0",
                                        "\x93NUMPY\4\0\0\0",
                                        "\x93NUMPY\0\0\0\0",
                                        "\x93NUMPY\1\0\1\0",
                                        "\x93NUMPY\2\0\0\0\1",
                                        "\x93NUMPY\2\0\0\0\0\1"};
    static const size_t sizes[] = {0, 6, 10, 10, 10, 10, 11, 12};
    static const char *const messages[] = {
        "not a .npy",   "not a .npy",       "not a .npy",       "version 4 of",
        "version 0 of", "truncated header", "truncated header", "truncated header"};
    for (size_t i = 0; i < 8; i++) {
        npy_array a;
        error e = {0};
        unsigned char *exact = malloc(sizes[i] ? sizes[i] : 1);
        memcpy(exact, files[i], sizes[i]);
        assert_int_equal(npy_read(&a, exact, sizes[i], "some.npy", &e), -1);
        assert_int_equal(e.status, STATUS_BAD_INPUT);
        assert_non_null(strstr(e.message, messages[i]));
        free(exact);
    }
}

/* ---- What is chosen ---- */

static void a_tenth_is_drawn_for_testing_by_the_seed(void **state)
{
    (void)state;
    put_arrays("x.npy", "x-labels.npy", 25, 4);
    dataset a = loaded("x.npy", &all), b = loaded("x.npy", &all);
    dataset c = loaded("x.npy", &(data_choice){.n_classes = 10, .seed = 1});
    bool is_seen[25] = {false};
    assert_int_equal(a.test.n, 2);
    assert_int_equal(a.n_drawn, 2);
    assert_int_equal(a.train.n, 23);
    for (size_t i = 0; i < 25; i++) {
        const image_set *s = i < 23 ? &a.train : &a.test;
        size_t k = i < 23 ? i : i - 23, place = s->places[k];
        assert_false(is_seen[place]);
        is_seen[place] = true;
        assert_true(k == 0 || s->places[k - 1] < place);
        assert_int_equal(s->pixels[k * 16], place);
        assert_int_equal(s->labels[k], place % 3);
        text name = {0}, expected = {0};
        dataset_add_name(&name, &a, s, k);
        text_add(&expected, "picture %zu", place);
        assert_string_equal(name.data, expected.data);
        text_release(&name);
        text_release(&expected);
    }
    assert_int_equal(a.checksum, b.checksum);
    assert_true(a.checksum != c.checksum);
    dataset_release(&a);
    dataset_release(&b);
    dataset_release(&c);
}

static void what_was_drawn_of_other_classes_is_not_counted(void **state)
{
    (void)state;
    put_arrays("x.npy", "x-labels.npy", 150, 4);
    dataset d = loaded("x.npy", &(data_choice){.n_classes = 10, .classes = "0,2"});
    assert_int_equal(d.n_drawn, d.test.n);
    assert_in_range(d.n_drawn, 1, 14);
    dataset_release(&d);
}

static void one_picture_is_too_few_to_draw_from(void **state)
{
    (void)state;
    put_arrays("x.npy", "x-labels.npy", 1, 4);
    assert_bad("x.npy", "1 picture, expected at least 2");
}

static void classes_keep_their_labels_in_both_parts(void **state)
{
    (void)state;
    put_arrays("train-images.npy", "train-labels.npy", 10, 4);
    put_arrays("test-images.npy", "test-labels.npy", 5, 4);
    dataset d = loaded("", &(data_choice){.n_classes = 10, .classes = "2,0"});
    assert_int_equal(d.train.n, 7);
    assert_int_equal(d.test.n, 3);
    for (size_t i = 0; i < d.train.n; i++)
        assert_int_equal(d.train.labels[i], d.train.places[i] % 3);
    assert_memory_equal(d.test.labels, ((uint8_t[]){0, 2, 0}), 3);
    assert_int_equal(d.test.pixels[16], 2);
    dataset_release(&d);
    static const struct {
        const char *classes, *message;
    } cases[] = {{"3", "no training picture is of class 3"},
                 {"10", "10 is not below 10"},
                 {"", "is not a list"},
                 {"1,", "is not a list"},
                 {"1;2", "is not a list"},
                 {"1-2", "is not a list"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused("", &(data_choice){.n_classes = 10, .classes = cases[i].classes},
                       STATUS_USAGE, cases[i].message);
}

static void a_subset_holds_the_smaller_ones(void **state)
{
    (void)state;
    put_arrays("train-images.npy", "train-labels.npy", 30, 4);
    put_arrays("test-images.npy", "test-labels.npy", 5, 4);
    bool is_in[30] = {false};
    for (size_t n = 30; n >= 1; n--) {
        dataset d = loaded("", &(data_choice){.n_classes = 10, .seed = 3, .subset = n});
        bool is_now[30] = {false};
        assert_int_equal(d.train.n, n);
        assert_int_equal(d.test.n, 5);
        for (size_t i = 0; i < n; i++) {
            size_t place = d.train.places ? d.train.places[i] : i;
            assert_true(n == 30 || is_in[place]);
            assert_int_equal(d.train.pixels[16 * i], place);
            is_now[place] = true;
        }
        memcpy(is_in, is_now, sizeof is_in);
        dataset_release(&d);
    }
    assert_false(is_in[0]);
    assert_refused("", &(data_choice){.n_classes = 10, .subset = 31}, STATUS_USAGE,
                   "--subset: 31 is more than the 30 training pictures");
}

static void what_is_chosen_has_the_checksum_of_its_pictures(void **state)
{
    (void)state;
    put_arrays("train-images.npy", "train-labels.npy", 3, 4);
    put_arrays("test-images.npy", "test-labels.npy", 3, 4);
    dataset some = loaded("", &(data_choice){.n_classes = 10, .classes = "0,1"});
    put_arrays("train-images.npy", "train-labels.npy", 2, 4);
    put_arrays("test-images.npy", "test-labels.npy", 2, 4);
    dataset same = loaded("", &all);
    assert_int_equal(some.checksum, same.checksum);
    dataset_release(&some);
    dataset_release(&same);
}

static int start(void **state)
{
    (void)state;
    use_threads(2);
    return 0;
}

/* ---- Pictures that were made ---- */

enum { SIDE = 4, PIXELS = SIDE * SIDE, N = 3 };

/* N pictures, each of one grey: 10, 20, 30. */
static void fill_greys(uint8_t pixels[N][PIXELS])
{
    for (size_t i = 0; i < N; i++)
        memset(pixels[i], (int)(10 * (i + 1)), PIXELS);
}

static void put_found(const char *name, pixel_format format)
{
    uint8_t pixels[N][PIXELS];
    error e = {0};
    atomic_file f = {0};
    char *path = path_of(name);
    fill_greys(pixels);
    assert_int_equal(pixel_file_open(&f, path, format, N, (picture_shape){SIDE, SIDE, PIXELS}, &e),
                     0);
    assert_int_equal(atomic_file_write(&f, pixels, sizeof pixels, &e), 0);
    assert_int_equal(atomic_file_commit(&f, NOT_DURABLE, &e), 0);
    atomic_file_release(&f);
    free(path);
}

static void put_found_labels(const char *name, pixel_format format, const uint8_t *labels, size_t n)
{
    error e = {0};
    atomic_file f = {0};
    char *path = path_of(name);
    assert_int_equal(label_file_open(&f, path, format, n, &e), 0);
    assert_int_equal(atomic_file_write(&f, labels, n, &e), 0);
    assert_int_equal(atomic_file_commit(&f, NOT_DURABLE, &e), 0);
    atomic_file_release(&f);
    free(path);
}

/* Expects the pictures of fill_greys with these labels, NULL for none. */
static void assert_loads(const char *name, const uint8_t *labels, size_t n_files)
{
    uint8_t pixels[N][PIXELS];
    dataset d;
    error e = {0};
    char *path = path_of(name);
    fill_greys(pixels);
    if (pictures_load(&d, path, &e))
        fail_msg("refused: %s", e.message);
    assert_int_equal(d.train.n, N);
    assert_int_equal(d.test.n, 0);
    assert_int_equal(d.shape.cols, SIDE);
    assert_int_equal(d.n_files, n_files);
    assert_memory_equal(d.train.pixels, pixels, sizeof pixels);
    assert_int_equal(d.train.labels != NULL, labels != NULL);
    if (labels)
        assert_memory_equal(d.train.labels, labels, N);
    dataset_release(&d);
    free(path);
}

static void assert_not_found(const char *name, const char *message)
{
    dataset d;
    error e = {0};
    char *path = path_of(name);
    assert_int_equal(pictures_load(&d, path, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    if (!strstr(e.message, message))
        fail_msg("message \"%s\" does not say \"%s\"", e.message, message);
    assert_null(d.train.pixels);
    free(path);
}

static const uint8_t found_labels[N] = {7, 0, 255};

static void one_file_is_read_with_the_labels_beside_it_if_there_are_any(void **state)
{
    static const char *const names[][2] = {{"x.npy", "x-labels.npy"}, {"x.idx", "x-labels.idx"}};
    (void)state;
    for (pixel_format f = PIXELS_NPY; f <= PIXELS_IDX; f++) {
        put_found(names[f][0], f);
        assert_loads(names[f][0], NULL, 1);
        put_found_labels(names[f][1], f, found_labels, N);
        assert_loads(names[f][0], found_labels, 2);
        put_found_labels(names[f][1], f, found_labels, N - 1);
        assert_not_found(names[f][0], "2 labels, expected 3, one for each picture");
    }
}

static void what_is_no_file_of_pictures_is_refused_by_name(void **state)
{
    (void)state;
    put_found_labels("y.npy", PIXELS_NPY, found_labels, N);
    put_found_labels("y.idx", PIXELS_IDX, found_labels, N);
    assert_not_found("y.npy", "y.npy: holds u1 (3,), expected u1 (n, rows, cols)");
    assert_not_found("y.idx", "these are labels, not images");
    assert_not_found("missing.npy", "missing.npy: No such file");
    assert_not_found("missing", "missing: No such file");
}

static void pictures_are_told_from_what_is_none(void **state)
{
    static const char *const names[] = {"x.npy", "missing.npy", "x.idx",
                                        "flat",  "words",       "missing"};
    char *words = path_of("words");
    error e = {0};
    (void)state;
    put_found("x.npy", PIXELS_NPY);
    put_found("x.idx", PIXELS_IDX);
    put_png("flat/a.png", SIDE, SIDE, 10);
    assert_int_equal(file_save(words, "none", 4, NOT_DURABLE, &e), 0);
    free(words);
    for (size_t i = 0; i < 6; i++) {
        char *path = path_of(names[i]);
        assert_int_equal(pictures_are_at(path), i < 4);
        free(path);
    }
    assert_not_found("words", "words: no pictures, expected a folder of PNGs, a .npy or an IDX");
}

static void a_folder_of_pngs_alone_has_no_labels(void **state)
{
    (void)state;
    put_png("flat/a.png", SIDE, SIDE, 10);
    put_png("flat/b.png", SIDE, SIDE, 20);
    put_png("flat/c.png", SIDE, SIDE, 30);
    assert_loads("flat", NULL, N);
    put_png("flat/3/d.png", SIDE, SIDE, 40);
    assert_not_found("flat", "/flat/a.png: beside the folders of classes");
}

static void a_folder_of_folders_has_the_labels_they_stand_for(void **state)
{
    (void)state;
    put_png("asked/7/a.png", SIDE, SIDE, 10);
    put_png("asked/255/a.png", SIDE, SIDE, 30);
    put_png("asked/0/a.png", SIDE, SIDE, 20);
    char *folder = path_of("asked");
    dataset d;
    error e = {0};
    assert_int_equal(pictures_load(&d, folder, &e), 0);
    assert_int_equal(d.train.n, N);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(d.train.labels[i],
                         ((int[]){7, 0, 255})[d.train.pixels[PIXELS * i] / 10 - 1]);
    dataset_release(&d);
    free(folder);
}

static void of_two_parts_one_is_to_be_named(void **state)
{
    (void)state;
    put_png("both/train/3/a.png", SIDE, SIDE, 10);
    put_png("both/test/3/a.png", SIDE, SIDE, 20);
    assert_not_found("both", "/both: holds train/ and test/, expected one of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(pictures_come_by_class_and_name),
        in_folder(folders_that_are_numbers_are_the_labels),
        in_folder(one_name_that_is_no_number_makes_all_names),
        in_folder(what_is_no_picture_of_a_class_is_named),
        in_folder(folders_that_would_be_left_out_are_named),
        in_folder(a_test_class_that_is_not_trained_on_is_refused),
        in_folder(an_empty_class_is_refused),
        in_folder(damaged_pngs_and_other_shapes_are_named),
        in_folder(a_link_to_a_picture_is_followed_and_one_to_nothing_is_named),
        in_folder(arrays_in_a_folder_have_a_test_part),
        in_folder(labels_are_integers_of_any_width),
        in_folder(rows_of_a_square_are_pictures),
        in_folder(arrays_that_do_not_fit_are_named),
        cmocka_unit_test(a_header_is_read_in_any_order_and_spacing),
        cmocka_unit_test(a_header_that_is_damaged_says_where),
        cmocka_unit_test(what_stands_before_the_header_is_checked),
        in_folder(a_tenth_is_drawn_for_testing_by_the_seed),
        in_folder(what_was_drawn_of_other_classes_is_not_counted),
        in_folder(one_picture_is_too_few_to_draw_from),
        in_folder(classes_keep_their_labels_in_both_parts),
        in_folder(a_subset_holds_the_smaller_ones),
        in_folder(what_is_chosen_has_the_checksum_of_its_pictures),
        in_folder(one_file_is_read_with_the_labels_beside_it_if_there_are_any),
        in_folder(what_is_no_file_of_pictures_is_refused_by_name),
        in_folder(pictures_are_told_from_what_is_none),
        in_folder(a_folder_of_pngs_alone_has_no_labels),
        in_folder(a_folder_of_folders_has_the_labels_they_stand_for),
        in_folder(of_two_parts_one_is_to_be_named),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
