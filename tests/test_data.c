/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "data.h"
#include "use_threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#define FASHION "/usr/share/datasets/fashion-mnist"

static const data_choice ten_classes = {.n_classes = 10};

/* ---- IDX files in memory ---- */

static void add_header(text *t, size_t rank, const size_t sizes[3])
{
    text_add_bytes(t, (unsigned char[]){0, 0, 8, (unsigned char)rank}, 4);
    for (size_t i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            text_add_bytes(t, &(unsigned char){(unsigned char)(sizes[i] >> shift)}, 1);
}

/* A file whose i-th element is 7 i modulo 256. */
static text idx_of(size_t rank, size_t a, size_t b, size_t c)
{
    text t = {0};
    add_header(&t, rank, (size_t[]){a, b, c});
    for (size_t i = 0; i < a * b * c; i++)
        text_add_bytes(&t, &(unsigned char){(unsigned char)(7 * i)}, 1);
    return t;
}

/* A gzip member of n bytes appended to t. */
static void add_gzip(text *t, const void *data, size_t n)
{
    z_stream s = {0};
    size_t room = 1000 + n + n / 100;
    unsigned char *out = allocate(room, 1);
    bytes in = {allocate(n, 1), n}; /* zlib takes no const here */
    if (n > 0)
        memcpy(in.data, data, n);
    assert_int_equal(deflateInit2(&s, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    s.next_in = in.data;
    s.avail_in = (uInt)n;
    s.next_out = out;
    s.avail_out = (uInt)room;
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    text_add_bytes(t, out, room - s.avail_out);
    deflateEnd(&s);
    bytes_release(&in);
    free(out);
}

static text gzip_of(const text *plain)
{
    text t = {0};
    add_gzip(&t, plain->data, plain->length);
    return t;
}

/* ---- What idx_read should do ---- */

/* From a block of exactly n bytes, so that a sanitizer sees every overread. */
static int read_exact(uint8_t **data, size_t sizes[3], size_t rank, const void *file, size_t n,
                      error *e)
{
    unsigned char *exact = malloc(n > 0 ? n : 1);
    assert_non_null(exact);
    if (n > 0)
        memcpy(exact, file, n);
    int status = idx_read(data, sizes, rank, exact, n, "some/file", e);
    free(exact);
    return status;
}

static void assert_message(const error *e, const char *expected)
{
    if (!strstr(e->message, expected))
        fail_msg("message \"%s\" does not say \"%s\"", e->message, expected);
    assert_int_equal(e->status, STATUS_BAD_INPUT);
}

static void assert_refused(size_t rank, const void *file, size_t n, const char *message)
{
    uint8_t *data = NULL;
    size_t sizes[3];
    error e = {0};
    assert_int_equal(read_exact(&data, sizes, rank, file, n, &e), -1);
    assert_null(data);
    assert_message(&e, "some/file: ");
    assert_message(&e, message);
}

static void assert_reads(const text *file, size_t rank, size_t a, size_t b, size_t c)
{
    uint8_t *data = NULL;
    size_t sizes[3];
    error e = {0};
    if (read_exact(&data, sizes, rank, file->data, file->length, &e) != 0)
        fail_msg("refused: %s", e.message);
    assert_int_equal(sizes[0], a);
    assert_int_equal(sizes[1], b);
    assert_int_equal(sizes[2], c);
    for (size_t i = 0; i < a * b * c; i++)
        assert_int_equal(data[i], (unsigned char)(7 * i));
    free(data);
}

static void a_plain_file_is_read(void **state)
{
    (void)state;
    text labels = idx_of(1, 5, 1, 1), table = idx_of(2, 4, 3, 1), images = idx_of(3, 2, 3, 4);
    text none = idx_of(3, 0, 28, 28);
    assert_reads(&labels, 1, 5, 1, 1);
    assert_reads(&table, 2, 4, 3, 1);
    assert_reads(&images, 3, 2, 3, 4);
    assert_reads(&none, 3, 0, 28, 28);
    text_release(&labels);
    text_release(&table);
    text_release(&images);
    text_release(&none);
}

static void a_gzip_file_is_read(void **state)
{
    (void)state;
    size_t counts[] = {0, 1, 7, 300000}; /* the last one takes several steps of inflating */
    for (size_t i = 0; i < 4; i++) {
        text plain = idx_of(3, counts[i], 2, 3), zipped = gzip_of(&plain);
        assert_reads(&zipped, 3, counts[i], 2, 3);
        text_release(&plain);
        text_release(&zipped);
    }
}

static void a_gzip_of_many_members_is_read(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4), zipped = {0};
    for (size_t i = 0; i < plain.length; i++) { /* some members end inside the header */
        add_gzip(&zipped, NULL, 0);
        add_gzip(&zipped, plain.data + i, 1);
    }
    add_gzip(&zipped, NULL, 0);
    assert_reads(&zipped, 3, 2, 3, 4);
    text_release(&plain);
    text_release(&zipped);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    assert_refused(3, "", 0, "the file is empty");
}

static void a_plain_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    text file = idx_of(3, 2, 3, 4);
    for (size_t n = 1; n < file.length; n++) {
        char expected[80];
        snprintf(expected, sizeof expected, "truncated: %zu bytes, expected %d", n,
                 n < 16 ? 16 : 40);
        assert_refused(3, file.data, n, expected);
    }
    text_release(&file);
}

static void a_gzip_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4), zipped = gzip_of(&plain);
    for (size_t n = 1; n < zipped.length; n++)
        assert_refused(3, zipped.data, n, n < 2 ? "truncated: " : "truncated gzip data: ");
    text_release(&plain);
    text_release(&zipped);
}

static void a_gzip_of_a_cut_file_is_refused(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4);
    for (size_t n = 0; n < plain.length; n++) {
        char expected[80];
        text zipped = {0};
        add_gzip(&zipped, plain.data, n);
        snprintf(expected, sizeof expected, "truncated: %zu bytes, expected %d", n,
                 n < 16 ? 16 : 40);
        assert_refused(3, zipped.data, zipped.length, expected);
        text_release(&zipped);
    }
    text_release(&plain);
}

static void an_over_long_file_is_refused(void **state)
{
    (void)state;
    text file = idx_of(3, 2, 3, 4);
    text_add(&file, "!");
    assert_refused(3, file.data, file.length, "41 bytes, expected 40: 1 trailing bytes");
    text_add(&file, "!!");
    assert_refused(3, file.data, file.length, "43 bytes, expected 40: 3 trailing bytes");
    text zipped = gzip_of(&file);
    assert_refused(3, zipped.data, zipped.length, "inflates to more than the expected 40 bytes");
    text_release(&file);
    text_release(&zipped);
}

static void bytes_after_the_gzip_data_are_refused(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4), zipped = gzip_of(&plain);
    text_add(&zipped, "rest");
    assert_refused(3, zipped.data, zipped.length, "4 trailing bytes after the gzip data");
    text_release(&plain);
    text_release(&zipped);
}

static void a_wrong_magic_is_named(void **state)
{
    (void)state;
    text labels = idx_of(1, 40, 1, 1), images = idx_of(3, 2, 3, 4), table = idx_of(2, 3, 4, 1);
    assert_refused(3, labels.data, labels.length,
                   "magic 00000801, expected 00000803: these are labels, not images");
    assert_refused(1, images.data, images.length,
                   "magic 00000803, expected 00000801: these are images, not labels");
    assert_refused(3, table.data, table.length,
                   "magic 00000802, expected 00000803: another number of dimensions");
    assert_refused(3, "<html>", 6, "magic 3c68746d, expected 00000803: this is not an IDX file");
    images.data[2] = 0x0d;
    assert_refused(3, images.data, images.length,
                   "magic 00000d03, expected 00000803: its elements are not unsigned bytes");
    text zipped = gzip_of(&labels);
    assert_refused(3, zipped.data, zipped.length, "magic 00000801");
    text_release(&labels);
    text_release(&images);
    text_release(&table);
    text_release(&zipped);
}

static void every_byte_of_the_magic_counts(void **state)
{
    (void)state;
    text file = idx_of(3, 2, 3, 4);
    for (size_t i = 0; i < 4; i++) {
        file.data[i] ^= 0x40;
        assert_refused(3, file.data, file.length, "magic ");
        file.data[i] ^= 0x40;
    }
    text_release(&file);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    const size_t sizes[][3] = {{0xffffffff, 0xffffffff, 0xffffffff},
                               {0x80000000, 0x80000000, 4},
                               {0x10000, 0x10000, 1},
                               {(1 << 30) + 1, 1, 1}};
    for (size_t i = 0; i < 4; i++) {
        text file = {0};
        add_header(&file, 3, sizes[i]);
        text zipped = gzip_of(&file);
        assert_refused(3, file.data, file.length, "at most 1073741824 expected");
        assert_refused(3, zipped.data, zipped.length, "at most 1073741824 expected");
        text_release(&file);
        text_release(&zipped);
    }
}

/* A changed byte is noticed, or lies where gzip holds a time or the name of a system. */
static void a_gzip_with_a_wrong_byte_is_refused_or_reads_the_same(void **state)
{
    (void)state;
    text plain = idx_of(3, 5, 6, 7), zipped = gzip_of(&plain);
    size_t n_refused = 0;
    for (size_t i = 0; i < zipped.length; i++) {
        uint8_t *data = NULL;
        size_t sizes[3];
        error e = {0};
        zipped.data[i] ^= 0x55;
        if (read_exact(&data, sizes, 3, zipped.data, zipped.length, &e) == 0) {
            assert_memory_equal(data, plain.data + 16, 5 * 6 * 7);
        } else {
            assert_null(data);
            assert_int_equal(e.status, STATUS_BAD_INPUT);
            n_refused++;
        }
        free(data);
        zipped.data[i] ^= 0x55;
    }
    assert_true(n_refused >= zipped.length - 6);
    text_release(&plain);
    text_release(&zipped);
}

static void a_wrong_crc_or_length_is_refused(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4), zipped = gzip_of(&plain);
    zipped.data[zipped.length - 8] ^= 1;
    assert_refused(3, zipped.data, zipped.length, "incorrect data check");
    zipped.data[zipped.length - 8] ^= 1;
    zipped.data[zipped.length - 4] ^= 1;
    assert_refused(3, zipped.data, zipped.length, "incorrect length check");
    text_release(&plain);
    text_release(&zipped);
}

/* The stream is broken a little behind the announced end: inflating on would find that first. */
static void a_gzip_without_end_is_not_inflated_further(void **state)
{
    (void)state;
    text plain = idx_of(3, 2, 3, 4), zipped = {0};
    unsigned char *zeros = allocate(1, 8 << 20);
    memcpy(zeros, plain.data, plain.length);
    add_gzip(&zipped, zeros, 8 << 20);
    assert_refused(3, zipped.data, zipped.length, "inflates to more than the expected 40 bytes");
    memset(zipped.data + zipped.length / 2, 0xff, zipped.length / 2);
    assert_refused(3, zipped.data, zipped.length, "inflates to more than the expected 40 bytes");
    text_release(&plain);
    text_release(&zipped);
    free(zeros);
}

static void a_lying_header_costs_no_memory(void **state)
{
    (void)state;
#ifdef __linux__
    struct rusage before, after;
    text file = {0};
    add_header(&file, 1, (size_t[3]){1 << 30});
    text zipped = gzip_of(&file);
    getrusage(RUSAGE_SELF, &before);
    assert_refused(1, file.data, file.length, "truncated: 8 bytes, expected 1073741832");
    assert_refused(1, zipped.data, zipped.length, "truncated: 8 bytes, expected 1073741832");
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 16 << 10); /* kilobytes */
    text_release(&file);
    text_release(&zipped);
#else
    return; /* ru_maxrss has another unit in every system */
#endif
}

/* ---- Folders ---- */

static const char *const names[4] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                     "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

static void put(const char *folder, const char *name, const text *content)
{
    error e = {0};
    char *path = join_path(folder, name);
    assert_int_equal(file_save(path, content->data, content->length, NOT_DURABLE, &e), 0);
    free(path);
}

static void put_images(const char *folder, const char *name, size_t n, size_t side)
{
    text t = idx_of(3, n, side, side);
    put(folder, name, &t);
    text_release(&t);
}

static void put_labels(const char *folder, const char *name, const char *labels)
{
    text t = {0};
    add_header(&t, 1, (size_t[3]){strlen(labels)});
    for (size_t i = 0; labels[i] != '\0'; i++)
        text_add_bytes(&t, &(char){(char)(labels[i] - '0')}, 1);
    put(folder, name, &t);
    text_release(&t);
}

static void take(const char *folder, const char *name)
{
    char *path = join_path(folder, name);
    unlink(path);
    free(path);
}

/* A folder with a right data set of three and two pictures. */
static int make_folder(void **state)
{
    char *folder = copy_text("/tmp/test_data.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    put_images(folder, names[0], 3, 28);
    put_labels(folder, names[1], "091");
    put_images(folder, names[2], 2, 28);
    put_labels(folder, names[3], "52");
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    for (size_t i = 0; i < 4; i++) {
        char zipped[40];
        snprintf(zipped, sizeof zipped, "%s.gz", names[i]);
        take(*state, names[i]);
        take(*state, zipped);
    }
    int status = rmdir(*state);
    free(*state);
    return status;
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static void assert_loads(dataset *d, const char *folder)
{
    error e = {0};
    if (dataset_load(d, folder, &ten_classes, &e) != 0)
        fail_msg("refused: %s", e.message);
}

/* name: the file that the message starts with. */
static void assert_load_fails(const char *folder, const char *name, const char *message)
{
    dataset d = {0};
    error e = {0};
    char *path = join_path(folder, name);
    assert_int_equal(dataset_load(&d, folder, &ten_classes, &e), -1);
    if (strncmp(e.message, path, strlen(path)) != 0)
        fail_msg("message \"%s\" does not start with \"%s\"", e.message, path);
    assert_message(&e, message);
    assert_null(d.train.pixels);
    dataset_release(&d);
    free(path);
}

static void a_folder_is_loaded(void **state)
{
    dataset d = {0};
    assert_loads(&d, *state);
    assert_int_equal(d.train.n, 3);
    assert_int_equal(d.test.n, 2);
    assert_true(picture_shape_is_same(d.shape, (picture_shape){28, 28, 784}));
    assert_true(picture_shape_is_same(d.train.shape, d.shape));
    assert_true(picture_shape_is_same(d.test.shape, d.shape));
    assert_memory_equal(d.train.labels, ((uint8_t[]){0, 9, 1}), 3);
    assert_memory_equal(d.test.labels, ((uint8_t[]){5, 2}), 2);
    for (size_t i = 0; i < 3 * 784; i++)
        assert_int_equal(d.train.pixels[i], (uint8_t)(7 * i));
    for (size_t i = 0; i < 4; i++) {
        char *path = join_path(*state, names[i]);
        assert_string_equal(d.files[i], path);
        free(path);
    }
    dataset_release(&d);
    dataset_release(&d);
}

static void the_checksum_is_the_crc_of_all_elements(void **state)
{
    dataset d = {0};
    assert_loads(&d, *state);
    uLong crc = crc32(0, d.train.pixels, 3 * 784);
    crc = crc32(crc, d.train.labels, 3);
    crc = crc32(crc, d.test.pixels, 2 * 784);
    crc = crc32(crc, d.test.labels, 2);
    assert_int_equal(d.checksum, crc);
    dataset_release(&d);
}

static void gzip_is_told_by_content_and_not_by_name(void **state)
{
    dataset d = {0}, other = {0};
    text labels = {0};
    add_header(&labels, 1, (size_t[3]){2});
    text_add_bytes(&labels, "\5\2", 2);
    text zipped = gzip_of(&labels);
    assert_loads(&d, *state);
    put(*state, names[3], &zipped);
    assert_loads(&other, *state);
    assert_int_equal(other.checksum, d.checksum);
    dataset_release(&other);
    take(*state, names[3]);
    put(*state, "t10k-labels-idx1-ubyte.gz", &labels);
    assert_loads(&other, *state);
    assert_int_equal(other.checksum, d.checksum);
    assert_non_null(strstr(other.files[3], "/t10k-labels-idx1-ubyte.gz"));
    dataset_release(&other);
    dataset_release(&d);
    text_release(&labels);
    text_release(&zipped);
}

static void the_plain_file_wins_over_the_gz(void **state)
{
    dataset d = {0};
    put_labels(*state, "t10k-labels-idx1-ubyte.gz", "not read");
    assert_loads(&d, *state);
    dataset_release(&d);
}

static void a_missing_folder_is_named_with_a_hint(void **state)
{
    (void)state;
    dataset d = {0};
    error e = {0};
    assert_int_equal(dataset_load(&d, "/nonexistent", &ten_classes, &e), -1);
    assert_message(&e, "/nonexistent: no such folder; `make mnist`");
}

static void each_missing_file_is_named(void **state)
{
    const char *messages[4] = {"nor train-images-idx3-ubyte.gz;", "nor train-labels-idx1-ubyte.gz;",
                               "nor t10k-images-idx3-ubyte.gz;", "nor t10k-labels-idx1-ubyte.gz;"};
    for (size_t i = 4; i-- > 1;) { /* the first in order wins */
        take(*state, names[i]);
        assert_load_fails(*state, names[i], messages[i]);
    }
    put_labels(*state, names[3], "52");
    take(*state, names[0]);
    assert_load_fails(*state, names[0], messages[0]);
    take(*state, names[3]);
    dataset d;
    error e = {0};
    assert_int_equal(dataset_load(&d, *state, &ten_classes, &e), -1);
    assert_message(&e, *state);
    assert_message(&e, ": no pictures, expected IDX files, ");
}

static void the_first_damaged_file_in_order_is_named(void **state)
{
    put_labels(*state, names[0], "12");
    put_images(*state, names[1], 1, 1);
    put_labels(*state, names[2], "12");
    put_images(*state, names[3], 1, 1);
    for (int i = 0; i < 20; i++)
        assert_load_fails(*state, names[0], "these are labels, not images");
}

static void an_empty_file_in_a_folder_is_named(void **state)
{
    put(*state, names[2], &(text){0});
    assert_load_fails(*state, names[2], "the file is empty");
}

static void images_and_labels_that_do_not_match_are_refused(void **state)
{
    put_labels(*state, names[1], "0123");
    assert_load_fails(*state, names[1], "4 labels, expected 3, one for each picture of /tmp/");
}

static void a_label_above_the_classes_is_refused(void **state)
{
    put_labels(*state, names[3], "5:"); /* ':' follows '9' */
    assert_load_fails(*state, names[3], "label 1 is 10, expected below 10");
}

static void more_classes_allow_greater_labels(void **state)
{
    dataset d = {0};
    error e = {0};
    put_labels(*state, names[3], "5:");
    assert_int_equal(dataset_load(&d, *state, &(data_choice){.n_classes = 11}, &e), 0);
    dataset_release(&d);
}

static void test_pictures_of_another_shape_are_refused(void **state)
{
    put_images(*state, names[2], 2, 20);
    assert_load_fails(*state, names[2], "pictures are 20x20, expected 28x28, as those of ");
    text wide = idx_of(3, 2, 14, 56); /* as many pixels */
    put(*state, names[2], &wide);
    assert_load_fails(*state, names[2], "pictures are 14x56, expected 28x28, as those of ");
    text_release(&wide);
}

static void put_both_images(const char *folder, size_t rows, size_t cols)
{
    text train = idx_of(3, 3, rows, cols), test = idx_of(3, 2, rows, cols);
    put(folder, names[0], &train);
    put(folder, names[2], &test);
    text_release(&train);
    text_release(&test);
}

static void pictures_of_any_shape_are_loaded(void **state)
{
    const size_t sides[][2] = {{4, 4}, {20, 24}, {4, 128}, {128, 128}};
    for (size_t i = 0; i < 4; i++) {
        dataset d = {0};
        put_both_images(*state, sides[i][0], sides[i][1]);
        assert_loads(&d, *state);
        assert_int_equal(d.test.shape.rows, sides[i][0]);
        assert_int_equal(d.test.shape.cols, sides[i][1]);
        assert_int_equal(d.shape.n, sides[i][0] * sides[i][1]);
        assert_int_equal(d.train.pixels[3 * d.shape.n - 1], (uint8_t)(7 * (3 * d.shape.n - 1)));
        dataset_release(&d);
    }
}

static void pictures_too_small_or_large_are_refused(void **state)
{
    put_both_images(*state, 3, 4);
    assert_load_fails(*state, names[0],
                      "pictures of 3 rows and 4 columns, expected 4 to 128 of each");
    put_both_images(*state, 128, 129);
    assert_load_fails(*state, names[0],
                      "pictures of 128 rows and 129 columns, expected 4 to 128 of each");
}

static void a_set_without_pictures_is_refused(void **state)
{
    put_images(*state, names[2], 0, 28);
    put_labels(*state, names[3], "");
    assert_load_fails(*state, names[2], "0 pictures, expected at least 1");
}

/* ---- Real sets ---- */

static void the_embedded_set_has_its_classes_in_turn(void **state)
{
    (void)state;
    dataset d = {0};
    assert_loads(&d, NULL);
    assert_int_equal(d.train.n, 4500);
    assert_int_equal(d.test.n, 500);
    for (size_t i = 0; i < 4500; i++)
        assert_int_equal(d.train.labels[i], i % 10);
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(d.test.labels[i], i % 10);
    assert_int_equal(d.n_files, 0);
    dataset_release(&d);
}

static void the_embedded_set_is_that_of_data_digits5k(void **state)
{
    (void)state;
    if (!is_folder("data/digits5k"))
        return; /* not run from the project's root */
    dataset embedded = {0}, loaded = {0};
    assert_loads(&embedded, NULL);
    assert_loads(&loaded, "data/digits5k");
    assert_int_equal(embedded.checksum, loaded.checksum);
    assert_memory_equal(embedded.train.pixels, loaded.train.pixels, 4500 * 784);
    dataset_release(&embedded);
    dataset_release(&loaded);
}

static void an_embedded_label_above_the_classes_is_refused(void **state)
{
    (void)state;
    dataset d = {0};
    error e = {0};
    assert_int_equal(dataset_load(&d, NULL, &(data_choice){.n_classes = 9}, &e), -1);
    assert_message(&e, "embedded train-labels-idx1-ubyte: label 9 is 9, expected below 9");
}

static void fashion_mnist_is_loaded_where_installed(void **state)
{
    (void)state;
    if (!is_folder(FASHION))
        return; /* cmocka's skip() is "not ok" in TAP, which prove takes for a failure */
    dataset d = {0};
    size_t counts[10] = {0};
    assert_loads(&d, FASHION);
    assert_int_equal(d.train.n, 60000);
    assert_int_equal(d.test.n, 10000);
    for (size_t i = 0; i < 60000; i++)
        counts[d.train.labels[i]]++;
    for (size_t k = 0; k < 10; k++)
        assert_int_equal(counts[k], 6000);
    dataset_release(&d);
}

/* ---- Order ---- */

static void assert_permutation(const uint32_t *order, size_t n)
{
    bool *seen = allocate(n, sizeof *seen);
    for (size_t i = 0; i < n; i++) {
        assert_true(order[i] < n && !seen[order[i]]);
        seen[order[i]] = true;
    }
    free(seen);
}

static void an_epoch_is_a_permutation(void **state)
{
    (void)state;
    size_t counts[] = {1, 2, 7, 33, 4500};
    for (size_t i = 0; i < 5; i++) {
        data_order o;
        data_order_init(&o, counts[i], 3);
        for (uint64_t epoch = 0; epoch < 3; epoch++)
            assert_permutation(data_order_batch(&o, epoch, counts[i]), counts[i]);
        data_order_release(&o);
    }
    data_order_release(&(data_order){0});
}

static void the_order_depends_on_seed_and_epoch_only(void **state)
{
    (void)state;
    enum { N = 100 };
    data_order a, again, b;
    uint32_t first[N];
    data_order_init(&a, N, 1);
    data_order_init(&again, N, 1);
    data_order_init(&b, N, 2);
    memcpy(first, data_order_batch(&a, 0, N), sizeof first);
    assert_memory_equal(data_order_batch(&again, 0, N), first, sizeof first);
    assert_memory_not_equal(data_order_batch(&b, 0, N), first, sizeof first);
    assert_memory_not_equal(data_order_batch(&a, 1, N), first, sizeof first);
    assert_memory_equal(data_order_batch(&a, 0, N), first, sizeof first); /* and back again */
    assert_memory_not_equal(data_order_batch(&a, UINT64_C(1) << 40, N), first, sizeof first);
    data_order_release(&a);
    data_order_release(&again);
    data_order_release(&b);
}

static void batches_follow_one_another_and_the_short_rest_is_dropped(void **state)
{
    (void)state;
    data_order whole, o;
    data_order_init(&whole, 33, 5);
    data_order_init(&o, 33, 5);
    for (uint64_t step = 0; step < 12; step++) { /* four batches of eight an epoch */
        const uint32_t *epoch = data_order_batch(&whole, step / 4, 33);
        assert_memory_equal(data_order_batch(&o, step, 8), epoch + step % 4 * 8, 8 * sizeof *epoch);
    }
    data_order_release(&whole);
    data_order_release(&o);
}

/* Five of class 1, one of class 4, three of class 9. */
enum { N_UNEQUAL = 9, N_CLASSES = 3 };
static const uint8_t unequal[N_UNEQUAL] = {1, 9, 1, 1, 4, 9, 1, 1, 9};

static void balanced_rounds_have_one_picture_of_each_class_that_has_any(void **state)
{
    (void)state;
    data_order o;
    bool begins_differently = false;
    data_order_init_balanced(&o, unequal, N_UNEQUAL, 3, N_CLASSES);
    for (uint64_t round = 0; round < 60; round++) {
        const uint32_t *index = data_order_batch(&o, round, N_CLASSES);
        unsigned seen = 0;
        for (size_t i = 0; i < N_CLASSES; i++)
            seen |= 1u << unequal[index[i]];
        assert_int_equal(seen, 1u << 1 | 1u << 4 | 1u << 9);
        begins_differently = begins_differently || unequal[index[0]] != 1;
    }
    assert_true(begins_differently);
    data_order_release(&o);
}

static void balanced_pictures_of_a_class_are_drawn_equally_often_epoch_by_epoch(void **state)
{
    enum { ROUNDS = 30 }; /* 6, 30 and 10 epochs of the classes */
    size_t counts[N_UNEQUAL] = {0};
    (void)state;
    data_order o;
    data_order_init_balanced(&o, unequal, N_UNEQUAL, 3, N_CLASSES);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        const uint32_t *index = data_order_batch(&o, round, N_CLASSES);
        for (size_t i = 0; i < N_CLASSES; i++)
            counts[index[i]]++;
        for (size_t i = 0; i < N_UNEQUAL; i++) { /* none twice before all once */
            uint64_t each = unequal[i] == 1 ? 5 : unequal[i] == 9 ? 3 : 1;
            assert_in_range(counts[i], (round + 1) / each, round / each + 1);
        }
    }
    data_order_release(&o);
}

static void balanced_rounds_have_classes_in_another_order(void **state)
{
    (void)state;
    data_order o;
    uint8_t first[N_CLASSES];
    size_t n_same = 0;
    data_order_init_balanced(&o, unequal, N_UNEQUAL, 3, N_CLASSES);
    for (uint64_t round = 0; round < 60; round++) {
        const uint32_t *index = data_order_batch(&o, round, N_CLASSES);
        bool is_same = true;
        for (size_t i = 0; i < N_CLASSES; i++) {
            first[i] = round ? first[i] : unequal[index[i]];
            is_same = is_same && first[i] == unequal[index[i]];
        }
        n_same += is_same;
    }
    assert_in_range(n_same, 2, 25); /* one of six orders: 10 */
    data_order_release(&o);
}

/* Two classes of 20, one after the other: where the k-th is drawn of one tells nothing of the
 * other.
 */
static void balanced_classes_are_drawn_apart(void **state)
{
    enum { EACH = 20 };
    uint8_t labels[2 * EACH];
    size_t n_alike = 0;
    (void)state;
    data_order o;
    for (size_t i = 0; i < 2 * EACH; i++)
        labels[i] = i >= EACH;
    data_order_init_balanced(&o, labels, 2 * EACH, 3, 2);
    for (uint64_t round = 0; round < EACH; round++) {
        const uint32_t *index = data_order_batch(&o, round, 2);
        n_alike += index[0] % EACH == index[1] % EACH;
    }
    assert_in_range(n_alike, 0, 6);
    data_order_release(&o);
}

static void balanced_batches_depend_on_seed_and_step_only(void **state)
{
    enum { B = 7, STEPS = 9 };
    uint32_t all[STEPS * B], other[B];
    data_order o, back, seed;
    (void)state;
    data_order_init_balanced(&o, unequal, N_UNEQUAL, 3, STEPS * B);
    data_order_init_balanced(&back, unequal, N_UNEQUAL, 3, B);
    data_order_init_balanced(&seed, unequal, N_UNEQUAL, 4, B);
    memcpy(all, data_order_batch(&o, 0, STEPS * B), sizeof all);
    for (size_t step = STEPS; step-- > 0;)
        assert_memory_equal(data_order_batch(&back, step, B), all + step * B, sizeof other);
    assert_memory_not_equal(data_order_batch(&seed, 0, B), all, sizeof other);
    assert_memory_not_equal(all, all + 3 * B, sizeof other);
    data_order_release(&o);
    data_order_release(&back);
    data_order_release(&seed);
}

static void a_class_has_another_order_in_each_epoch(void **state)
{
    enum { N = 20, EPOCHS = 6 };
    const uint8_t labels[N] = {0};
    uint32_t before[N];
    (void)state;
    data_order o;
    data_order_init_balanced(&o, labels, N, 3, N);
    memcpy(before, data_order_batch(&o, 0, N), sizeof before);
    for (uint64_t epoch = 1; epoch < EPOCHS; epoch++) {
        assert_memory_not_equal(data_order_batch(&o, epoch, N), before, sizeof before);
        memcpy(before, data_order_batch(&o, epoch, N), sizeof before);
    }
    data_order_release(&o);
}

static void balanced_pictures_without_labels_come_in_epochs_of_all(void **state)
{
    (void)state;
    data_order o;
    data_order_init_balanced(&o, NULL, N_UNEQUAL, 3, N_UNEQUAL);
    for (uint64_t epoch = 0; epoch < 3; epoch++)
        assert_permutation(data_order_batch(&o, epoch, N_UNEQUAL), N_UNEQUAL);
    data_order_release(&o);
}

/* ---- Pictures as floats ---- */

static void fill_maps_bytes_onto_the_range(void **state)
{
    (void)state;
    enum { STRIDE = 790 };
    const float ranges[3][2] = {{-1, 1}, {0, 1}, {-0.5f, 2}};
    uint8_t pixels[3 * 784];
    float data[3 * STRIDE];
    image_set s = {.pixels = pixels, .n = 3, .shape = {28, 28, 784}};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)i;
    for (size_t k = 0; k < 3; k++) {
        float low = ranges[k][0], high = ranges[k][1];
        for (size_t i = 0; i < 3 * STRIDE; i++)
            data[i] = 99;
        image_set_fill((matrix){data, 3, 784, STRIDE}, &s, (uint32_t[]){2, 0, 2}, low, high);
        for (size_t c = 0; c < 784; c++) {
            double expected =
                (double)low + pixels[2 * 784 + c] * ((double)high - (double)low) / 255;
            assert_true(fabs((double)data[c] - expected) <= 3e-7);
            assert_true(data[c] == data[2 * STRIDE + c]);
        }
        assert_true(data[STRIDE] == low);
        if (k < 2) /* the two ranges that --range takes */
            assert_true(data[STRIDE + 255] == high);
        for (size_t c = 784; c < STRIDE; c++)
            assert_true(data[c] == 99);
    }
}

/* The search as its definition says it. */
static size_t nearest_plain(const image_set *s, const float *x, float low, float high)
{
    size_t nearest = 0;
    double best = (double)INFINITY;
    for (size_t i = 0; i < s->n; i++) {
        double squares = 0;
        for (size_t k = 0; k < s->shape.n; k++) {
            double byte = ((double)x[k] - (double)low) / ((double)high - (double)low) * 255;
            squares +=
                (byte - s->pixels[i * s->shape.n + k]) * (byte - s->pixels[i * s->shape.n + k]);
        }
        if (squares < best) {
            best = squares;
            nearest = i;
        }
    }
    return nearest;
}

static void nearest_matches_its_definition(void **state)
{
    (void)state;
    dataset d = {0};
    float x[784], noise[784];
    const float strengths[] = {0, 0.01f, 0.3f, 1, 30}; /* the last leaves the range by far */
    assert_loads(&d, NULL);
    for (uint32_t i = 0; i < 25; i++) {
        rng r = rng_init(i, 1);
        rng_fill_uniform(&r, noise, 784);
        image_set_fill(matrix_view(x, 1, 784), &d.test, &i, -1, 1);
        for (size_t k = 0; k < 784; k++)
            x[k] += strengths[i % 5] * (2 * noise[k] - 1);
        assert_int_equal(image_set_nearest(&d.train, x, -1, 1), nearest_plain(&d.train, x, -1, 1));
        assert_int_equal(image_set_nearest(&d.train, x, 0, 1), nearest_plain(&d.train, x, 0, 1));
    }
    dataset_release(&d);
}

/* 25 pixels and 143: tails of one and three beside the sums of four. */
static void nearest_matches_its_definition_whatever_the_shape(void **state)
{
    (void)state;
    const picture_shape shapes[] = {{5, 5, 25}, {11, 13, 143}, {4, 4, 16}, {128, 128, 16384}};
    uint8_t *pixels = allocate(40 * 16384, 1);
    float *x = allocate(16384, sizeof *x);
    for (size_t k = 0; k < 4; k++) {
        image_set s = {.pixels = pixels, .n = 40, .shape = shapes[k]};
        for (size_t i = 0; i < 40 * s.shape.n; i++)
            pixels[i] = (uint8_t)(i * i * 31 + i / 7);
        for (uint32_t seed = 0; seed < 10; seed++) {
            rng r = rng_init(seed, k);
            rng_fill_uniform(&r, x, s.shape.n);
            assert_int_equal(image_set_nearest(&s, x, 0, 1), nearest_plain(&s, x, 0, 1));
        }
    }
    free(pixels);
    free(x);
}

static void a_picture_is_nearest_to_itself_or_to_an_earlier_equal_one(void **state)
{
    (void)state;
    dataset d = {0};
    float x[784];
    assert_loads(&d, NULL);
    memcpy(d.train.pixels + 4000 * 784, d.train.pixels + 3000 * 784, 784);
    for (uint32_t i = 0; i < 4500; i += 250) {
        image_set_fill(matrix_view(x, 1, 784), &d.train, &i, -1, 1);
        assert_int_equal(image_set_nearest(&d.train, x, -1, 1), i == 4000 ? 3000 : i);
    }
    dataset_release(&d);
}

/* Rounded to bytes, x is as far from picture 0 (all 100) as from picture 1 (all 101). */
static void what_rounding_hides_still_decides(void **state)
{
    (void)state;
    uint8_t pixels[2 * 784];
    float x[784];
    image_set s = {.pixels = pixels, .n = 2, .shape = {28, 28, 784}};
    memset(pixels, 100, 784);
    memset(pixels + 784, 101, 784);
    for (size_t k = 0; k < 784; k++)
        x[k] = 100.5f + (k % 2 ? 0.1f : -0.1f) + 0.001f;
    assert_int_equal(image_set_nearest(&s, x, 0, 255), 1);
    x[0] -= 1;
    assert_int_equal(image_set_nearest(&s, x, 0, 255), 0);
}

static void a_value_that_is_not_finite_does_no_harm(void **state)
{
    (void)state;
    uint8_t pixels[2 * 784] = {0};
    float x[784] = {0};
    image_set s = {.pixels = pixels, .n = 2, .shape = {28, 28, 784}};
    const float values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        x[5] = values[i];
        assert_int_equal(image_set_nearest(&s, x, 0, 1), 0);
    }
}

static int start(void **state)
{
    (void)state;
    use_threads(2);
    return 0;
}

/* ---- Files of labels ---- */

static void labels_stand_beside_their_pictures(void **state)
{
    static const char *const paths[][2] = {
        {"x.npy", "x-labels.npy"},
        {"d/x-images.npy", "d/x-labels.npy"},
        {"a.b/x", "a.b/x-labels"},
        {"a/x.y.idx", "a/x.y-labels.idx"},
        {".npy", ".npy-labels"},
        {"d/t10k-images-idx3-ubyte", "d/t10k-labels-idx1-ubyte"},
        {"images-idx3-ubyte/train-images-idx3-ubyte.gz",
         "images-idx3-ubyte/train-labels-idx1-ubyte.gz"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *found = label_file_path(paths[i][0]);
        assert_string_equal(found, paths[i][1]);
        free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_file_is_read),
        cmocka_unit_test(a_gzip_file_is_read),
        cmocka_unit_test(a_gzip_of_many_members_is_read),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(a_plain_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_gzip_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_gzip_of_a_cut_file_is_refused),
        cmocka_unit_test(an_over_long_file_is_refused),
        cmocka_unit_test(bytes_after_the_gzip_data_are_refused),
        cmocka_unit_test(a_wrong_magic_is_named),
        cmocka_unit_test(every_byte_of_the_magic_counts),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_gzip_with_a_wrong_byte_is_refused_or_reads_the_same),
        cmocka_unit_test(a_wrong_crc_or_length_is_refused),
        cmocka_unit_test(a_gzip_without_end_is_not_inflated_further),
        cmocka_unit_test(a_lying_header_costs_no_memory),
        in_folder(a_folder_is_loaded),
        cmocka_unit_test(labels_stand_beside_their_pictures),
        in_folder(the_checksum_is_the_crc_of_all_elements),
        in_folder(gzip_is_told_by_content_and_not_by_name),
        in_folder(the_plain_file_wins_over_the_gz),
        cmocka_unit_test(a_missing_folder_is_named_with_a_hint),
        in_folder(each_missing_file_is_named),
        in_folder(the_first_damaged_file_in_order_is_named),
        in_folder(an_empty_file_in_a_folder_is_named),
        in_folder(images_and_labels_that_do_not_match_are_refused),
        in_folder(a_label_above_the_classes_is_refused),
        in_folder(more_classes_allow_greater_labels),
        in_folder(test_pictures_of_another_shape_are_refused),
        in_folder(pictures_of_any_shape_are_loaded),
        in_folder(pictures_too_small_or_large_are_refused),
        in_folder(a_set_without_pictures_is_refused),
        cmocka_unit_test(the_embedded_set_has_its_classes_in_turn),
        cmocka_unit_test(the_embedded_set_is_that_of_data_digits5k),
        cmocka_unit_test(an_embedded_label_above_the_classes_is_refused),
        cmocka_unit_test(fashion_mnist_is_loaded_where_installed),
        cmocka_unit_test(an_epoch_is_a_permutation),
        cmocka_unit_test(the_order_depends_on_seed_and_epoch_only),
        cmocka_unit_test(batches_follow_one_another_and_the_short_rest_is_dropped),
        cmocka_unit_test(balanced_rounds_have_one_picture_of_each_class_that_has_any),
        cmocka_unit_test(balanced_pictures_of_a_class_are_drawn_equally_often_epoch_by_epoch),
        cmocka_unit_test(balanced_rounds_have_classes_in_another_order),
        cmocka_unit_test(balanced_classes_are_drawn_apart),
        cmocka_unit_test(balanced_batches_depend_on_seed_and_step_only),
        cmocka_unit_test(a_class_has_another_order_in_each_epoch),
        cmocka_unit_test(balanced_pictures_without_labels_come_in_epochs_of_all),
        cmocka_unit_test(fill_maps_bytes_onto_the_range),
        cmocka_unit_test(nearest_matches_its_definition),
        cmocka_unit_test(nearest_matches_its_definition_whatever_the_shape),
        cmocka_unit_test(a_picture_is_nearest_to_itself_or_to_an_earlier_equal_one),
        cmocka_unit_test(what_rounding_hides_still_decides),
        cmocka_unit_test(a_value_that_is_not_finite_does_no_harm),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
