/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A folder for each test ---- */

static int enter_folder(void **state)
{
    char *folder = copy_text("/tmp/test_base.XXXXXX");
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* Removes the folder with one level of folders in it, which is all the tests make. */
static void remove_all(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *entry = !d ? NULL : readdir(d); entry; entry = readdir(d)) {
        char *path = join_path(folder, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlink(path) != 0)
            remove_all(path);
        free(path);
    }
    if (d)
        closedir(d);
    rmdir(folder);
}

static int leave_folder(void **state)
{
    int status = chdir("/");
    remove_all(*state);
    free(*state);
    return status;
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

static void put(const char *path, const char *content)
{
    error e = {0};
    assert_int_equal(file_save(path, content, strlen(content), NOT_DURABLE, &e), 0);
}

static void assert_content(const char *path, const char *expected)
{
    error e = {0};
    bytes b = {0};
    assert_int_equal(file_load(&b, path, 1 << 20, &e), 0);
    assert_int_equal(b.size, strlen(expected));
    assert_memory_equal(b.data, expected, b.size);
    bytes_release(&b);
}

static size_t count_entries(const char *folder)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void assert_error(const error *e, exit_status status, const char *part)
{
    assert_int_equal(e->status, status);
    if (!strstr(e->message, part))
        fail_msg("'%s' does not hold '%s'", e->message, part);
}

/* ---- Errors ---- */

static void fail_fills_status_and_message_and_returns_minus_one(void **state)
{
    (void)state;
    error e = {0};
    assert_int_equal((fail)(&e, STATUS_BAD_INPUT, "%s: %d rows", "a.idx", 3), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_string_equal(e.message, "a.idx: 3 rows");
}

static void fail_in_puts_its_context_before_the_message(void **state)
{
    (void)state;
    error e = {0};
    (fail)(&e, STATUS_USAGE, "not a number");
    assert_int_equal(fail_in(&e, "--%s", "batch"), -1);
    assert_string_equal(e.message, "--batch: not a number");
    assert_int_equal(e.status, STATUS_USAGE);
}

static void fail_may_quote_the_message_it_replaces(void **state)
{
    (void)state;
    error e = {0};
    (fail)(&e, STATUS_USAGE, "inner");
    (fail)(&e, STATUS_USAGE, "outer (%s)", e.message);
    assert_string_equal(e.message, "outer (inner)");
}

static void a_message_that_is_too_long_is_cut_and_stays_terminated(void **state)
{
    (void)state;
    error e = {0};
    (fail)(&e, STATUS_FAILED, "%02000d", 7);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    fail_in(&e, "%0900d", 7);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
    fail_in(&e, "%02000d", 7);
    assert_int_equal(strlen(e.message), sizeof e.message - 1);
}

/* ---- Memory ---- */

static void allocate_gives_zeroed_blocks_aligned_to_64(void **state)
{
    (void)state;
    const size_t counts[] = {0, 1, 7, 64, 65, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        unsigned char *block = allocate(counts[i], 3);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t j = 0; j < counts[i] * 3; j++)
            assert_int_equal(block[j], 0);
        free(block);
    }
}

static int status_of_child(void (*body)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        body();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The call must not return; volatile keeps the compiler from seeing that the product is absurd. */
static volatile size_t half_of_everything = SIZE_MAX / 2;
static void allocate_too_much(void) { free(allocate(half_of_everything, 3)); }
static void reallocate_too_much(void) { free(reallocate(NULL, half_of_everything, 3)); }

static void a_product_over_size_max_ends_the_program_with_status_1(void **state)
{
    (void)state;
    assert_int_equal(status_of_child(allocate_too_much), STATUS_FAILED);
    assert_int_equal(status_of_child(reallocate_too_much), STATUS_FAILED);
}

static void end_as_an_example(void)
{
    dup2(open("said", O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    memory_start("example");
    allocate_too_much();
}

static void the_end_without_memory_names_the_program(void **state)
{
    (void)state;
    error e = {0};
    bytes said = {0};
    assert_int_equal(status_of_child(end_as_an_example), STATUS_FAILED);
    assert_int_equal(file_load(&said, "said", 100, &e), 0);
    assert_string_equal((char *)said.data, "example: not enough memory\n");
    bytes_release(&said);
}

static void checked_sizes_refuse_what_does_not_fit(void **state)
{
    (void)state;
    size_t out = 5;
    assert_true(checked_multiply(&out, SIZE_MAX / 3, 3) && out == SIZE_MAX / 3 * 3);
    assert_true(checked_multiply(&out, 0, 0) && out == 0);
    assert_false(checked_multiply(&out, SIZE_MAX / 3 + 1, 3));
    assert_int_equal(out, 0);
    assert_true(checked_add(&out, SIZE_MAX - 1, 1) && out == SIZE_MAX);
    assert_false(checked_add(&out, SIZE_MAX, 1));
    assert_true(out == SIZE_MAX);
}

/* ---- Text ---- */

static void text_grows_and_stays_terminated(void **state)
{
    (void)state;
    text t = {0};
    for (int i = 0; i < 1000; i++)
        text_add(&t, "%d,", i % 10);
    text_add_bytes(&t, "a\0b", 3);
    assert_int_equal(t.length, 2003);
    assert_memory_equal(t.data + 1996, "8,9,a\0b", 8);
    text_release(&t);
    text_release(&t);
    text_add_bytes(&t, NULL, 0);
    assert_string_equal(t.data, "");
    text_release(&t);
}

static void real_read_takes_decimal_numbers_only(void **state)
{
    (void)state;
    const struct {
        const char *written;
        double value;
        const char *rest;
    } good[] = {{"1", 1, ""},       {"-1.5e3x", -1500, "x"}, {"+.5,", 0.5, ","},
                {"5.", 5, ""},      {"1e", 1, "e"},          {"1e+", 1, "e+"},
                {"2E-2", 0.02, ""}, {"0x10", 0, "x10"},      {"1e-999", 0, ""}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v = -7;
        const char *end = NULL;
        assert_true(real_read(&v, good[i].written, &end));
        assert_true(v == good[i].value);
        assert_string_equal(end, good[i].rest);
    }
    const char *const bad[] = {"", " 1", "nan", "inf", "-", ".", "e5", "-.e1", "1e999", "+-1", ","};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double v = -7;
        const char *end = NULL;
        assert_false(real_read(&v, bad[i], &end));
        assert_true(v == -7);
    }
}

static void count_read_takes_digits_up_to_64_bits(void **state)
{
    (void)state;
    uint64_t v = 0;
    const char *end = NULL;
    assert_true(count_read(&v, "18446744073709551615-", &end) && v == UINT64_MAX && *end == '-');
    assert_true(count_read(&v, "007", &end) && v == 7 && *end == '\0');
    const char *const bad[] = {
        "", "-1", "+1", " 1", "18446744073709551616", "x", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(count_read(&v, bad[i], &end));
    assert_int_equal(v, 7);
}

/* ---- Reading files ---- */

static void a_file_is_loaded_whole_with_a_nul_behind_it(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    put("a", "hello");
    assert_int_equal(file_load(&b, "a", 5, &e), 0);
    assert_int_equal(b.size, 5);
    assert_memory_equal(b.data, "hello", 6);
    bytes_release(&b);
}

static void an_empty_file_gives_size_zero(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    put("a", "");
    assert_int_equal(file_load(&b, "a", 100, &e), 0);
    assert_int_equal(b.size, 0);
    bytes_release(&b);
    assert_int_equal(file_load(&b, "a", 0, &e), 0);
    bytes_release(&b);
}

static void what_cannot_be_loaded_is_bad_input_and_named(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    put("large", "123456");
    assert_int_equal(file_load(&b, "none", 5, &e), -1);
    assert_error(&e, STATUS_BAD_INPUT, "none: No such file");
    assert_int_equal(file_load(&b, ".", 5, &e), -1);
    assert_error(&e, STATUS_BAD_INPUT, ".: is a folder");
    assert_int_equal(file_load(&b, "large", 5, &e), -1);
    assert_error(&e, STATUS_BAD_INPUT, "large: 6 bytes, at most 5");
    assert_null(b.data);
}

static void the_start_of_a_file_is_what_it_has_of_so_many_bytes(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    put("a", "123456");
    for (size_t n = 0; n <= 8; n += 4) {
        assert_int_equal(file_load_start(&b, "a", n, &e), 0);
        assert_int_equal(b.size, n < 6 ? n : 6);
        assert_int_equal(strncmp((const char *)b.data, "123456", b.size), 0);
        assert_int_equal(b.data[b.size], 0);
        bytes_release(&b);
    }
    assert_int_equal(file_load_start(&b, "none", 5, &e), -1);
    assert_error(&e, STATUS_BAD_INPUT, "none: No such file");
    assert_null(b.data);
}

static volatile size_t pipe_bytes;

/* Writes pipe_bytes letters into the FIFO, in pieces that do not fit its readers' buffers. */
static pid_t start_writer(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        int fd = open(path, O_WRONLY);
        for (size_t i = 0; i < pipe_bytes; i += 1000)
            if (write(fd, "x", 1) != 1 || write(fd, (char[999]){0}, 999) != 999)
                _exit(1);
        _exit(0);
    }
    return child;
}

static void a_pipe_is_read_until_its_end(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    pipe_bytes = 200000;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    pid_t child = start_writer("pipe");
    assert_int_equal(file_load(&b, "pipe", 200000, &e), 0);
    assert_int_equal(b.size, 200000);
    assert_int_equal(b.data[199000], 'x');
    bytes_release(&b);
    waitpid(child, NULL, 0);
}

static void a_pipe_that_gives_too_much_is_refused(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    pipe_bytes = 200000;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    pid_t child = start_writer("pipe");
    assert_int_equal(file_load(&b, "pipe", 199999, &e), -1);
    assert_error(&e, STATUS_BAD_INPUT, "pipe: larger than 199999 bytes");
    waitpid(child, NULL, 0);
}

/* ---- Writing files ---- */

static void a_saved_file_replaces_the_older_and_leaves_nothing_else(void **state)
{
    (void)state;
    error e = {0};
    put("a", "old and long");
    assert_int_equal(file_save("a", "new", 3, DURABLE, &e), 0);
    assert_content("a", "new");
    assert_int_equal(count_entries("."), 1);
}

static void a_saved_file_has_the_mode_that_the_umask_leaves(void **state)
{
    (void)state;
    struct stat s;
    mode_t before = umask(027);
    put("a", "x");
    umask(before);
    assert_int_equal(stat("a", &s), 0);
    assert_int_equal(s.st_mode & 0777, 0640);
}

static void the_older_file_is_there_until_commit(void **state)
{
    (void)state;
    error e = {0};
    atomic_file f = {0};
    put("a", "old");
    assert_int_equal(atomic_file_open(&f, "a", &e), 0);
    assert_int_equal(atomic_file_write(&f, "new text", 8, &e), 0);
    assert_int_equal(atomic_file_write_at(&f, 4, "data", 4, &e), 0);
    assert_content("a", "old");
    assert_int_equal(atomic_file_commit(&f, NOT_DURABLE, &e), 0);
    atomic_file_release(&f);
    assert_content("a", "new data");
}

static void release_without_commit_removes_the_temporary(void **state)
{
    (void)state;
    error e = {0};
    atomic_file f = {0};
    put("a", "old");
    assert_int_equal(atomic_file_open(&f, "a", &e), 0);
    assert_int_equal(count_entries("."), 2);
    atomic_file_release(&f);
    atomic_file_release(&f);
    assert_int_equal(count_entries("."), 1);
    assert_content("a", "old");
}

static void the_temporary_lies_beside_its_file_under_a_hidden_name(void **state)
{
    (void)state;
    error e = {0};
    atomic_file f = {0};
    assert_int_equal(folder_create("sub", &e), 0);
    assert_int_equal(atomic_file_open(&f, "sub/a.png", &e), 0);
    assert_non_null(f.temporary);
    assert_memory_equal(f.temporary, "sub/.a.png.", 11);
    assert_int_equal(strlen(f.temporary), 17);
    atomic_file_release(&f);
}

static void what_cannot_be_written_is_bad_output_and_named(void **state)
{
    (void)state;
    error e = {0};
    assert_int_equal(file_save("none/a", "x", 1, NOT_DURABLE, &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "none/a: No such file");
    assert_int_equal(file_save(".", "x", 1, NOT_DURABLE, &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, ".: is a folder");
    assert_int_equal(file_save("", "x", 1, NOT_DURABLE, &e), -1);
    assert_int_equal(file_save("/dev/full", "x", 1, NOT_DURABLE, &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "/dev/full: No space left");
}

/* The kernel's own limit stands in for a full disk: some bytes are written, then EFBIG. */
static void save_over_the_limit(void)
{
    error e = {0};
    char block[5000] = {0};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
    bool is_refused = file_save("a", block, sizeof block, NOT_DURABLE, &e) == -1;
    _exit(is_refused && e.status == STATUS_BAD_OUTPUT ? 0 : 1);
}

static void a_write_that_stops_half_way_keeps_the_older_file(void **state)
{
    (void)state;
    put("a", "old");
    assert_int_equal(status_of_child(save_over_the_limit), 0);
    assert_content("a", "old");
    assert_int_equal(count_entries("."), 1);
}

static void a_device_is_written_to_and_not_replaced(void **state)
{
    (void)state;
    error e = {0};
    struct stat s;
    assert_int_equal(file_save("/dev/null", "x", 1, DURABLE, &e), 0);
    assert_int_equal(stat("/dev/null", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
}

static void a_descriptor_by_name_is_written_to_even_if_it_is_a_regular_file(void **state)
{
    (void)state;
    error e = {0};
    char path[32];
    int fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0600);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(file_save(path, "x", 1, NOT_DURABLE, &e), 0);
    close(fd);
    assert_content("a", "x");
}

/* What a shell does for `>>`. */
static int open_as_shell(const char *path, int how)
{
    int fd = open(path, O_RDWR | O_CREAT | how, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void a_named_descriptor_is_written_from_where_it_stands(void **state)
{
    (void)state;
    error e = {0};
    char path[32];
    put("a", "head ");
    int fd = open_as_shell("a", O_APPEND);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    assert_int_equal(file_save(path, "one ", 4, NOT_DURABLE, &e), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(file_save(path, "two", 3, NOT_DURABLE, &e), 0);
    close(fd);
    assert_content("a", "head one two");
}

static void offsets_count_from_where_a_named_descriptor_stands(void **state)
{
    (void)state;
    error e = {0};
    atomic_file f = {0};
    char path[32];
    int fd = open_as_shell("a", O_TRUNC);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(write(fd, "head ", 5), 5);
    assert_int_equal(atomic_file_open(&f, path, &e), 0);
    assert_int_equal(atomic_file_check_order(&f, &e), 0);
    assert_int_equal(atomic_file_write(&f, "1", 1, &e), 0);
    assert_int_equal(atomic_file_write_at(&f, 2, "3", 1, &e), 0);
    assert_int_equal(atomic_file_write_at(&f, 1, "2", 1, &e), 0);
    assert_int_equal(atomic_file_commit(&f, NOT_DURABLE, &e), 0);
    atomic_file_release(&f);
    assert_int_equal(write(fd, " tail", 5), 5);
    close(fd);
    assert_content("a", "head 123 tail");
}

static void assert_only_in_order(int fd)
{
    error e = {0};
    atomic_file f = {0};
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(atomic_file_open(&f, path, &e), 0);
    assert_int_equal(atomic_file_check_order(&f, &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "is a pipe or is appended to");
    atomic_file_release(&f);
    close(fd);
}

static void a_pipe_and_an_append_are_written_in_order_only(void **state)
{
    (void)state;
    int both[2];
    assert_int_equal(pipe(both), 0);
    assert_only_in_order(both[1]);
    close(both[0]);
    assert_only_in_order(open_as_shell("a", O_APPEND));
}

static void refuse_descriptor(const char *path)
{
    error e = {0};
    assert_int_equal(file_save(path, "x", 1, NOT_DURABLE, &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "Bad file descriptor");
}

static void a_descriptor_that_was_not_given_for_writing_is_refused(void **state)
{
    (void)state;
    error e = {0};
    atomic_file own = {0};
    char path[32];
    put("a", "x");
    int fd = open("a", O_RDONLY);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    refuse_descriptor(path);
    close(fd);
    refuse_descriptor(path);
    assert_int_equal(atomic_file_open(&own, "b", &e), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", own.fd);
    refuse_descriptor(path);
    atomic_file_release(&own);
    assert_content("a", "x");
}

static void a_broken_pipe_is_told_from_other_failures(void **state)
{
    (void)state;
    error e = {0};
    char path[32];
    int both[2];
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(both), 0);
    close(both[0]);
    snprintf(path, sizeof path, "/dev/fd/%d", both[1]);
    assert_int_equal(file_save(path, "x", 1, NOT_DURABLE, &e), -1);
    assert_true(e.is_broken_pipe);
    assert_int_equal(file_save("/dev/full", "x", 1, NOT_DURABLE, &e), -1);
    assert_false(e.is_broken_pipe);
    close(both[1]);
    signal(SIGPIPE, before);
}

/* ---- Temporaries ---- */

/* Writers of a that are killed at once. */
static void die_writing(void)
{
    error e = {0};
    atomic_file files[3] = {{0}};
    staging_folder folder = {0};
    bool is_begun = staging_open(&folder, "a", &e) == 0 && chdir(folder.path) == 0 &&
                    file_save("x", "x", 1, NOT_DURABLE, &e) == 0 && chdir("..") == 0;
    for (size_t i = 0; i < 3; i++)
        is_begun = is_begun && atomic_file_open(&files[i], "a", &e) == 0 &&
                   atomic_file_write(&files[i], "half", 4, &e) == 0;
    _exit(is_begun ? 0 : 1);
}

static void what_killed_writers_left_goes_with_the_next(void **state)
{
    (void)state;
    assert_int_equal(status_of_child(die_writing), 0);
    put(".b.00000A", "another's");
    put(".a.backup", "not ours");
    assert_int_equal(count_entries("."), 6);
    put("a", "new");
    assert_int_equal(count_entries("."), 3);
    assert_content("a", "new");
}

/* The third of three writers is killed, and the others end well. */
static void die_third(void)
{
    error e = {0};
    atomic_file files[3] = {{0}};
    bool is_begun = true;
    for (size_t i = 0; i < 3; i++)
        is_begun = is_begun && atomic_file_open(&files[i], "a", &e) == 0;
    for (size_t i = 0; i < 2; i++)
        is_begun = is_begun && atomic_file_commit(&files[i], NOT_DURABLE, &e) == 0;
    _exit(is_begun ? 0 : 1);
}

static void what_one_of_several_left_goes_with_the_next(void **state)
{
    (void)state;
    assert_int_equal(status_of_child(die_third), 0);
    assert_int_equal(count_entries("."), 2);
    put("a", "new");
    assert_int_equal(count_entries("."), 1);
}

static void writers_to_one_file_leave_each_other_alone(void **state)
{
    (void)state;
    error e = {0};
    atomic_file first = {0}, second = {0};
    assert_int_equal(atomic_file_open(&first, "a", &e), 0);
    assert_int_equal(atomic_file_open(&second, "a", &e), 0);
    assert_int_equal(atomic_file_write(&first, "first", 5, &e), 0);
    assert_int_equal(atomic_file_write(&second, "second", 6, &e), 0);
    assert_int_equal(atomic_file_commit(&second, NOT_DURABLE, &e), 0);
    atomic_file_release(&second);
    assert_content("a", "second");
    put("a", "third");
    assert_int_equal(atomic_file_commit(&first, NOT_DURABLE, &e), 0);
    atomic_file_release(&first);
    assert_content("a", "first");
    assert_int_equal(count_entries("."), 1);
}

static void a_staging_folder_is_its_writers_alone_and_goes_with_it(void **state)
{
    (void)state;
    error e = {0};
    staging_folder first = {0}, second = {0};
    assert_int_equal(staging_open(&first, "a", &e), 0);
    assert_int_equal(staging_open(&second, "a", &e), 0);
    assert_string_not_equal(first.path, second.path);
    char *path = join_path(first.path, "x");
    put(path, "x");
    staging_release(&second);
    assert_content(path, "x");
    staging_release(&first);
    staging_release(&first);
    assert_int_equal(count_entries("."), 0);
    assert_int_equal(staging_open(&first, "none/a", &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "none/a: No such file");
    free(path);
}

static void only_temporaries_are_removed(void **state)
{
    (void)state;
    error e = {0};
    atomic_file f = {0};
    const char *const kept[] = {"a.png",       ".a",          ".env.config", ".a.png.12345",
                                ".a.SAMPLE",   "a.0ABCDE",    "..0ABCDE",    ".a.0abcde",
                                ".a.0ABCDE.b", ".log.123456", "state"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        put(kept[i], "x");
    assert_int_equal(symlink("state", ".link.0ABCDE"), 0);
    assert_int_equal(atomic_file_open(&f, "a.png", &e), 0);
    remove_temporaries(".");
    assert_int_not_equal(access(f.temporary, F_OK), 0);
    atomic_file_release(&f);
    assert_int_equal(count_entries("."), sizeof kept / sizeof *kept + 1); /* and the link */
    remove_temporaries("none");
}

/* ---- Files of lines ---- */

static void lines_are_appended_to_what_is_there(void **state)
{
    (void)state;
    error e = {0};
    line_file f = {0};
    put("log", "one\n");
    assert_int_equal(line_file_open(&f, "log", &e), 0);
    assert_int_equal(line_file_append(&f, "two", &e), 0);
    assert_int_equal(line_file_append(&f, "", &e), 0);
    assert_int_equal(line_file_sync(&f, &e), 0);
    line_file_release(&f);
    line_file_release(&f);
    assert_content("log", "one\ntwo\n\n");
}

static bool is_before(const char *line, void *limit) { return strcmp(line, limit) < 0; }

static void cut_to(const char *content, size_t n, char *limit, const char *expected)
{
    error e = {0};
    line_file f = {0};
    assert_int_equal(file_save("log", content, n, NOT_DURABLE, &e), 0);
    assert_int_equal(line_file_open(&f, "log", &e), 0);
    assert_int_equal(line_file_cut(&f, is_before, limit, &e), 0);
    assert_int_equal(line_file_append(&f, "new", &e), 0);
    line_file_release(&f);
    assert_content("log", expected);
}

static void cut_keeps_the_leading_whole_lines_that_pass(void **state)
{
    (void)state;
    cut_to("1\n2\n3\n2\n", 8, (char[]){"3"}, "1\n2\nnew\n");
    cut_to("1\n2\n", 4, (char[]){"9"}, "1\n2\nnew\n");
    cut_to("1\n2", 3, (char[]){"9"}, "1\nnew\n");
    cut_to("5\n", 2, (char[]){"3"}, "new\n");
    cut_to("", 0, (char[]){"3"}, "new\n");
    cut_to("1\n\0\0\n2\n", 7, (char[]){"9"}, "1\nnew\n");
}

static void append_over_the_limit(void)
{
    error e = {0};
    line_file f = {0};
    char line[200];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, 100});
    bool is_refused = line_file_open(&f, "log", &e) == 0 && line_file_append(&f, line, &e) == -1;
    _exit(is_refused && e.status == STATUS_BAD_OUTPUT ? 0 : 1);
}

static void a_line_that_does_not_fit_is_taken_back(void **state)
{
    (void)state;
    put("log", "one\n");
    assert_int_equal(status_of_child(append_over_the_limit), 0);
    assert_content("log", "one\n");
}

/* ---- Folders ---- */

/* What root may do proves nothing: the user nobody asks. */
static void what_may_not_be_looked_at_is_not_called_missing(void **state)
{
    (void)state;
    error made = {0}, loaded = {0};
    bytes b = {0};
    bool is_root = geteuid() == 0;
    assert_int_equal(chmod(".", 0755) | mkdir("closed", 0) | mkdir("fixed", 0555), 0);
    assert_true(!is_root || seteuid(65534) == 0);
    bool may_be_there = is_file("closed/x"), is_there = is_file("fixed/x");
    int status = folder_create("fixed/new/deeper", &made) + file_load(&b, "closed/x", 9, &loaded);
    assert_true(!is_root || seteuid(0) == 0);
    assert_true(may_be_there && !is_there && status == -2);
    assert_error(&made, STATUS_BAD_OUTPUT, "fixed/new: cannot make this folder: Permission denied");
    assert_error(&loaded, STATUS_BAD_INPUT, "closed/x: Permission denied");
}

static void folder_create_makes_all_that_is_missing(void **state)
{
    error e = {0};
    char *absolute = join_path(*state, "b");
    assert_int_equal(folder_create("a/", &e), 0);
    assert_int_equal(folder_create("a//c", &e), 0);
    assert_int_equal(folder_create("a/c", &e), 0);
    assert_int_equal(folder_create(absolute, &e), 0);
    assert_true(is_folder("a/c") && is_folder("b"));
    put("file", "x");
    assert_int_equal(folder_create("file/c", &e), -1);
    assert_error(&e, STATUS_BAD_OUTPUT, "file: is a file, expected a folder");
    assert_true(is_file("file") && !is_folder("file") && !is_file("none"));
    rmdir("a/c");
    free(absolute);
}

static void a_path_is_cut_at_its_last_slash(void **state)
{
    static const struct {
        const char *path, *name, *folder, *beside;
    } cases[] = {{"a", "a", ".", "x"},   {"a/b", "b", "a", "a/x"},
                 {"/a", "a", "/", "/x"}, {"/a/b.c", "b.c", "/a", "/a/x"},
                 {"a/", "", "a", "a/x"}, {"", "", ".", "x"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = path_folder(cases[i].path), *beside = path_beside(cases[i].path, "x");
        assert_string_equal(path_name(cases[i].path), cases[i].name);
        assert_string_equal(folder, cases[i].folder);
        assert_string_equal(beside, cases[i].beside);
        free(folder);
        free(beside);
    }
}

static void words_are_compared_at_both_ends(void **state)
{
    (void)state;
    assert_true(begins_with("abc", "ab") && begins_with("abc", "") && begins_with("", ""));
    assert_false(begins_with("abc", "bc") || begins_with("a", "ab"));
    assert_true(ends_with("abc", "bc") && ends_with("abc", "") && ends_with("", ""));
    assert_false(ends_with("abc", "ab") || ends_with("c", "bc"));
}

static void characters_are_counted_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(count_characters("a\xc3\xa9z", 4), 3);
    assert_int_equal(count_characters("abc", 2), 2);
}

static void join_path_adds_one_slash(void **state)
{
    (void)state;
    const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *joined = join_path(cases[i][0], cases[i][1]);
        assert_string_equal(joined, cases[i][2]);
        free(joined);
    }
}

/* ---- JSON ---- */

static json_t *read_json(const char *written, size_t max_depth, error *e)
{
    return json_read(written, strlen(written), max_depth, "a.json", STATUS_BAD_INPUT, e);
}

static void json_is_written_as_it_was_read(void **state)
{
    (void)state;
    const char *const same[] = {"{\"b\": 1, \"a\": [0.1, 1.0, null, true, \"x\"]}", "[]", "7",
                                "\"t\"", "1.23456789e-20"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        error e = {0};
        text t = {0};
        json_t *v = read_json(same[i], 4, &e);
        assert_non_null(v);
        json_write(&t, v, 0);
        assert_string_equal(t.data, same[i]);
        text_release(&t);
        json_decref(v);
    }
}

static void json_is_saved_with_a_newline_at_its_end(void **state)
{
    (void)state;
    char path[] = "/tmp/test_base.XXXXXX";
    close(mkstemp(path));
    error e = {0};
    bytes file = {0};
    json_t *v = json_object();
    json_object_set_new(v, "logit", json_number(2.5));
    assert_int_equal(json_save(path, v, &e), 0);
    assert_int_equal(file_load(&file, path, 1000, &e), 0);
    static const char want[] = "{\n  \"logit\": 2.5\n}\n";
    assert_int_equal(file.size, sizeof want - 1);
    assert_memory_equal(file.data, want, file.size);
    assert_int_equal(json_save("/nonexistent/x.json", v, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_OUTPUT);
    json_decref(v);
    bytes_release(&file);
    unlink(path);
}

static void damaged_json_is_refused_with_its_place(void **state)
{
    (void)state;
    const char *const bad[] = {"",
                               "{",
                               "[1,]",
                               "{\"a\":1,\"a\":2}",
                               "1 2",
                               "[1]x",
                               "\"a\\u0000b\"",
                               "nan",
                               "[1e999]",
                               "\"\xff\"",
                               "{\"a\" 1}",
                               "// c\n1",
                               "[99999999999999999999]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error e = {0};
        if (read_json(bad[i], 4, &e))
            fail_msg("accepted: %s", bad[i]);
        assert_error(&e, STATUS_BAD_INPUT, "a.json: line ");
    }
    error e = {0};
    assert_null(read_json("{\n  \"a\": ?}", 4, &e));
    assert_error(&e, STATUS_BAD_INPUT, "line 2, column 8");
    assert_null(json_read("[1]\0[", 5, 4, "a.json", STATUS_BAD_INPUT, &e));
}

static void nesting_is_counted_before_the_parser_sees_it(void **state)
{
    (void)state;
    error e = {0};
    json_t *v = read_json("[[\"]]]][[[[\\\"[[[\"]]", 2, &e);
    assert_non_null(v);
    json_decref(v);
    assert_null(read_json("{\"a\":\n[[1]]}", 2, &e));
    assert_error(&e, STATUS_BAD_INPUT, "line 2, column 2: nested deeper than 2");
    assert_null(read_json("{}", 0, &e));
    char deep[4000];
    memset(deep, '[', sizeof deep);
    assert_null(json_read(deep, sizeof deep, 64, "a.json", STATUS_BAD_INPUT, &e));
}

static void assert_written(json_t *v, const char *expected)
{
    text t = {0};
    json_write(&t, v, 0);
    assert_string_equal(t.data, expected);
    text_release(&t);
    json_decref(v);
}

static void json_holds_null_for_numbers_it_has_no_form_for(void **state)
{
    (void)state;
    assert_written(json_number((double)NAN), "null");
    assert_written(json_number((double)-INFINITY), "null");
    assert_written(json_number(1.0 / 3), "0.333333333");
    assert_written(json_unsigned(INT64_MAX), "9223372036854775807");
    assert_written(json_unsigned(UINT64_MAX), "\"18446744073709551615\"");
}

static void a_text_that_is_not_utf8_still_makes_json(void **state)
{
    (void)state;
    assert_written(json_text("d\xc3\xa9j\xc3\xa0"), "\"d\xc3\xa9j\xc3\xa0\"");
    assert_written(json_text("d\xe9j\xe0"), "\"d?j?\"");
    assert_written(json_text(NULL), "null");
}

static void each_byte_of_damaged_utf8_is_an_unknown_character(void **state)
{
    (void)state;
    const char *damaged[] = {"\x80",
                             "\xC3",
                             "\xE2\x88",
                             "\xF0\x9F\x98",
                             "\xFF\xFE",
                             "\xC0\x80",
                             "\xE2(\xA1",
                             "\xE0\x82\xA8" /* longer than needed */,
                             "\xF0\x82\x82\xA8",
                             "\xED\xA0\x80" /* half a pair */,
                             "\xF4\x90\x80\x80" /* too large */};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        char *exact = copy_text(damaged[i]); /* so that a read past the end is seen */
        const char *at = exact;
        size_t n = 0;
        for (uint32_t c = character_read(&at); c; c = character_read(&at), n++)
            assert_true(c == CHARACTER_UNKNOWN || c == '(');
        assert_int_equal(n, strlen(exact));
        assert_true(at == exact + strlen(exact));
        free(exact);
    }
}

static void characters_are_read_in_all_four_lengths(void **state)
{
    (void)state;
    const char *at = "z\u00B2\u2202\U0001F600";
    assert_int_equal(character_read(&at), 'z');
    assert_int_equal(character_read(&at), 0xB2);
    assert_int_equal(character_read(&at), 0x2202);
    assert_int_equal(character_read(&at), 0x1F600);
    assert_int_equal(character_read(&at), 0);
}

static void an_indent_breaks_lines_without_one_at_the_end(void **state)
{
    (void)state;
    text t = {0};
    json_t *v = json_pack("{s:i}", "a", 1);
    json_write(&t, v, 2);
    assert_string_equal(t.data, "{\n  \"a\": 1\n}");
    text_release(&t);
    json_decref(v);
}

static void a_number_that_is_not_finite_has_one_name(void **state)
{
    (void)state;
    assert_string_equal(not_finite_name((double)NAN), "NaN");
    assert_string_equal(not_finite_name(-(double)NAN), "NaN");
    assert_string_equal(not_finite_name((double)INFINITY), "inf");
    assert_string_equal(not_finite_name(-(double)INFINITY), "-inf");
}

static void words_in_a_row_are_joined_as_they_are_read(void **state)
{
    static const char *const wanted[] = {"", "0", "0 and 1", "0, 1 and 2", "0, 1, 2 and 3"};
    (void)state;
    for (size_t n = 1; n < sizeof wanted / sizeof *wanted; n++) {
        text t = {0};
        for (size_t i = 0; i < n; i++)
            text_add(&t, "%s%zu", words_join(i, n), i);
        assert_string_equal(t.data, wanted[n]);
        text_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_is_not_finite_has_one_name),
        cmocka_unit_test(fail_fills_status_and_message_and_returns_minus_one),
        cmocka_unit_test(fail_in_puts_its_context_before_the_message),
        cmocka_unit_test(fail_may_quote_the_message_it_replaces),
        cmocka_unit_test(a_message_that_is_too_long_is_cut_and_stays_terminated),
        cmocka_unit_test(allocate_gives_zeroed_blocks_aligned_to_64),
        cmocka_unit_test(a_product_over_size_max_ends_the_program_with_status_1),
        in_folder(the_end_without_memory_names_the_program),
        cmocka_unit_test(checked_sizes_refuse_what_does_not_fit),
        cmocka_unit_test(text_grows_and_stays_terminated),
        cmocka_unit_test(real_read_takes_decimal_numbers_only),
        cmocka_unit_test(count_read_takes_digits_up_to_64_bits),
        in_folder(a_file_is_loaded_whole_with_a_nul_behind_it),
        in_folder(an_empty_file_gives_size_zero),
        in_folder(what_cannot_be_loaded_is_bad_input_and_named),
        in_folder(the_start_of_a_file_is_what_it_has_of_so_many_bytes),
        in_folder(a_pipe_is_read_until_its_end),
        in_folder(a_pipe_that_gives_too_much_is_refused),
        in_folder(a_saved_file_replaces_the_older_and_leaves_nothing_else),
        in_folder(a_saved_file_has_the_mode_that_the_umask_leaves),
        in_folder(the_older_file_is_there_until_commit),
        in_folder(release_without_commit_removes_the_temporary),
        in_folder(the_temporary_lies_beside_its_file_under_a_hidden_name),
        in_folder(what_cannot_be_written_is_bad_output_and_named),
        in_folder(a_write_that_stops_half_way_keeps_the_older_file),
        in_folder(a_device_is_written_to_and_not_replaced),
        in_folder(a_descriptor_by_name_is_written_to_even_if_it_is_a_regular_file),
        in_folder(a_named_descriptor_is_written_from_where_it_stands),
        in_folder(offsets_count_from_where_a_named_descriptor_stands),
        in_folder(a_pipe_and_an_append_are_written_in_order_only),
        in_folder(a_descriptor_that_was_not_given_for_writing_is_refused),
        in_folder(a_broken_pipe_is_told_from_other_failures),
        in_folder(what_killed_writers_left_goes_with_the_next),
        in_folder(what_one_of_several_left_goes_with_the_next),
        in_folder(writers_to_one_file_leave_each_other_alone),
        in_folder(a_staging_folder_is_its_writers_alone_and_goes_with_it),
        in_folder(only_temporaries_are_removed),
        in_folder(lines_are_appended_to_what_is_there),
        in_folder(cut_keeps_the_leading_whole_lines_that_pass),
        in_folder(a_line_that_does_not_fit_is_taken_back),
        in_folder(what_may_not_be_looked_at_is_not_called_missing),
        in_folder(folder_create_makes_all_that_is_missing),
        cmocka_unit_test(join_path_adds_one_slash),
        cmocka_unit_test(a_path_is_cut_at_its_last_slash),
        cmocka_unit_test(words_are_compared_at_both_ends),
        cmocka_unit_test(characters_are_counted_and_not_bytes),
        cmocka_unit_test(json_is_written_as_it_was_read),
        cmocka_unit_test(json_is_saved_with_a_newline_at_its_end),
        cmocka_unit_test(damaged_json_is_refused_with_its_place),
        cmocka_unit_test(nesting_is_counted_before_the_parser_sees_it),
        cmocka_unit_test(json_holds_null_for_numbers_it_has_no_form_for),
        cmocka_unit_test(a_text_that_is_not_utf8_still_makes_json),
        cmocka_unit_test(each_byte_of_damaged_utf8_is_an_unknown_character),
        cmocka_unit_test(characters_are_read_in_all_four_lengths),
        cmocka_unit_test(words_in_a_row_are_joined_as_they_are_read),
        cmocka_unit_test(an_indent_breaks_lines_without_one_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
