/* SPDX-License-Identifier: MIT */
/* base: errors, memory, text, files that appear whole or not at all, JSON.
 *
 * Row 0 of the architecture: every module may include this header, and it includes none of them.
 * Nothing here says anything but memory_end(), which ends the program when there is no memory left.
 */
#ifndef GANLENS_BASE_H
#define GANLENS_BASE_H

#include <dirent.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__GNUC__)
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define PRINTF_LIKE(format_at, first_at)
#endif

/* ---- Errors ---- */

/* What went wrong, as the exit status a program ends with. */
typedef enum {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,       /* failure inside; the run folder is held by another process */
    STATUS_USAGE = 2,        /* option, config key, contradiction to the run to resume */
    STATUS_BAD_INPUT = 3,    /* an input file is missing, damaged or does not fit */
    STATUS_BAD_OUTPUT = 4,   /* an output cannot be written */
    STATUS_DIVERGED = 5,     /* a number stopped being finite */
    STATUS_CHECK_FAILED = 6, /* a check of the results is not met */
    STATUS_STOPPED = 128,    /* by a signal, which is raised again at the end */
} exit_status;

/* The last argument of whatever the world can make fail. Zero-initialised means no error. */
typedef struct {
    exit_status status;
    bool is_broken_pipe; /* the reader of an output went away: nobody is left to be told */
    char message[1024];  /* "FILE: what was found, what was expected; hint", without a newline */
} error;

/* Fills e (never NULL) and returns -1, so that a caller can write `return fail(e, ...)`. The
 * parentheses keep off a macro of this name in cmocka.h; a test that calls it writes (fail)(...).
 */
int(fail)(error *e, exit_status status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "CONTEXT: " before the message that is already in e; returns -1. */
int fail_in(error *e, const char *format, ...) PRINTF_LIKE(2, 3);
/* Of two failures: any other outweighs a broken check, else the earlier one stays. */
void error_keep_gravest(error *worst, const error *e);

/* ---- Memory ---- */

/* What process_start does first, before any JSON is made. Gives jansson an allocator that ends the
 * program as allocate() does, since it drops failures of its own; and names the program before the
 * message of that end. */
void memory_start(const char *program);

/* "PROGRAM: not enough memory", status 1. For what a library could not allocate. */
_Noreturn void memory_end(void);

/* count * size zeroed bytes aligned to 64; never NULL: ends the program with status 1 when memory
 * is short or the product overflows. Release with free(). Zero bytes give a valid pointer. */
void *allocate(size_t count, size_t size);

/* Grows or shrinks (as realloc; the result is aligned as malloc's). Ends the program when short. */
void *reallocate(void *block, size_t count, size_t size);

/* From now on released memory is kept for the next allocation and not given back to the system,
 * whose new pages cost more than the work of a program that ends after some milliseconds. Called
 * once, at the start. The first 26 MB come in large pages, which are had at once. Does
 * nothing where the C library or the system has no such switch. */
void memory_keep(void);

/* A copy of a NUL-terminated text; the caller frees it. */
char *copy_text(const char *s);

/* a * b and a + b; false (and *out untouched) when they do not fit in size_t. */
bool checked_multiply(size_t *out, size_t a, size_t b);
bool checked_add(size_t *out, size_t a, size_t b);

/* ---- Time ---- */

/* Seconds of a clock that never goes back and does not stand still while the process does. */
double seconds_now(void);
/* Seconds that the calling thread has had a processor. */
double seconds_worked(void);

/* ---- Growing text ---- */

/* Always NUL-terminated once something was added. Zero-initialise; text_release accepts that.
 * Numbers are written with a '.', whatever the locale. */
typedef struct {
    char *data;
    size_t length, capacity;
} text;

void text_add(text *t, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_arguments(text *t, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
void text_add_bytes(text *t, const void *data, size_t n);
/* v as "%.9g" writes it: back comes the same float. Takes a fifth of text_add's time. */
void text_add_number(text *t, float v);
/* v as "%.*f" writes it, but zero without a sign: 0.00, never -0.00. */
void text_add_decimals(text *t, double v, int decimals);
/* 1234567 as 1,234,567. */
void text_add_grouped(text *out, uint64_t v);
/* Words as text, or as the value of an attribute, of XML and HTML; what XML 1.0 cannot hold becomes
 * U+FFFD. */
void text_add_markup(text *out, const char *words);
/* What stands before the i-th of n words in a row: "", ", " or " and ". */
const char *words_join(size_t i, size_t n);
void text_release(text *t);

bool begins_with(const char *s, const char *start);
bool ends_with(const char *s, const char *end);
/* The UTF-8 characters of n bytes: all bytes but those that continue one. */
size_t count_characters(const char *s, size_t n);
/* The UTF-8 character at *at, which moves on by it; 0 at the end. A byte that starts none (a longer
 * form than needed and half of a surrogate pair are none) is one CHARACTER_UNKNOWN. */
uint32_t character_read(const char **at);
enum { CHARACTER_UNKNOWN = 0xFFFD };

/* ---- Names of a table ---- */

/* What can be chosen, read from the table that has it, so that no list of names is written twice:
 * option tables, messages and completion go by it. Made by the macros below, at file scope. */
typedef struct name_list name_list;
struct name_list {
    const char *const *first;      /* the first row's name; the last row's is NULL */
    const void *pointers;          /* instead: pointers to the rows, the last one NULL */
    size_t stride, offset;         /* bytes from one to the next; from a row to its name */
    const name_list *const *lists; /* instead: the names of several lists, ended by NULL */
};

/* The member `name`, a const char *, of each row of a table of structs. */
#define NAMES_OF(table) (&(const name_list){.first = &(table)->name, .stride = sizeof *(table)})
/* The member `name` of what each pointer of a table points to, a struct of that type. */
#define NAMES_POINTED(type, table)                                                                 \
    (&(const name_list){.pointers = 1 ? (table) : (const type *const *)0,                          \
                        .stride = sizeof *(table),                                                 \
                        .offset = offsetof(type, name)})
/* Words that no table has: WORDS("auto", "none"). */
#define WORDS(...)                                                                                 \
    (&(const name_list){.first = (const char *const[]){__VA_ARGS__, NULL},                         \
                        .stride = sizeof(const char *)})
/* The names of several lists, in turn: NAMES_JOINED(NAMES_OF(methods), WORDS("all")). */
#define NAMES_JOINED(...)                                                                          \
    (&(const name_list){.lists = (const name_list *const[]){__VA_ARGS__, NULL}})

/* The i-th name, NULL for the first i behind the last; there is none further on. */
const char *name_at(const name_list *names, size_t i);
/* Appends "a|b|c" for the join "|". */
void names_add(text *out, const name_list *names, const char *join);

/* ---- Numbers in text ---- */

/* Reads a decimal number at the start of s and sets *end behind it; the caller judges what follows.
 * Independent of the locale; no blanks, hexadecimal, NaN or Inf; false when there is none or it
 * does not fit (a real: [+-]digits[.digits][e[+-]digits]; a count: digits only). */
bool real_read(double *out, const char *s, const char **end);
bool count_read(uint64_t *out, const char *s, const char **end);

/* How often something is done: every n steps or epochs of a training; 0: never. */
typedef struct {
    uint64_t n;
    bool is_epochs;
} interval;

/* What a number that is not finite is called: "NaN", whose sign means nothing, "inf" or "-inf". */
const char *not_finite_name(double v);

/* ---- Files ---- */

/* A block of bytes; zero-initialise, release with bytes_release. */
typedef struct {
    unsigned char *data;
    size_t size;
} bytes;

void bytes_release(bytes *b);

/* Reads a whole file of at most max_size bytes, or a pipe until its end. A folder, a missing or a
 * larger file is a STATUS_BAD_INPUT that names path. A NUL follows the bytes (not counted), so that
 * text can be read as such; an empty file gives size 0. out is untouched on failure. */
int file_load(bytes *out, const char *path, size_t max_size, error *e);
/* The first n bytes of a file, or all where it has fewer; else as file_load. */
int file_load_start(bytes *out, const char *path, size_t n, error *e);

/* Whether to wait until the bytes are on the disk (fsync of file and folder): checkpoints only. */
typedef enum { NOT_DURABLE, DURABLE } durability;

/* Writes path whole or not at all: temporary file in the same folder, rename; what killed writers
 * to the same path left there is removed. What is no regular file (/dev/null, a pipe) is written to
 * directly; a link to a file is replaced. /dev/stdout and /dev/fd/N mean the open descriptor:
 * writing goes on where it stands. */
int file_save(const char *path, const void *data, size_t n, durability d, error *e);

/* The same for output that is produced in pieces. open, then write / write_at, then commit; release
 * (always) removes the temporary if commit did not happen. After a failure only release may follow.
 * Zero-initialise. */
typedef struct {
    int fd;
    bool is_open;
    char *path, *temporary; /* owned */
    off_t start, end;       /* of what is written: where fd stood, or -1; behind all write_at */
} atomic_file;

int atomic_file_open(atomic_file *f, const char *path, error *e);
/* Whether that makes a new file beside path, to take its name; else it writes to what is there: a
 * device, a pipe, a descriptor. */
bool file_is_replaced(const char *path);
int atomic_file_write(atomic_file *f, const void *data, size_t n, error *e);
int atomic_file_write_at(atomic_file *f, uint64_t offset, const void *data, size_t n, error *e);
int atomic_file_commit(atomic_file *f, durability d, error *e);
void atomic_file_release(atomic_file *f);
/* Refuses what write_at cannot work on: ask before there is anything to write. */
int atomic_file_check_order(const atomic_file *f, error *e);

/* A folder of one writer alone, for files that get their places when all are whole. Beside path,
 * ".NAME.XXXXXX"; release removes it with the files left in it, and so does the next that opens one
 * there, should its writer be killed. Zero-initialise. */
typedef struct {
    int fd;
    char *path; /* owned */
} staging_folder;

int staging_open(staging_folder *s, const char *path, error *e);
void staging_release(staging_folder *s);

/* A lock that other processes respect that ask for it: on a file or folder that is there. It ends
 * with the process, however that ends. Zero-initialise. */
typedef struct {
    int fd;
    bool is_open;
} path_lock_held;

/* ALONE waits until nobody else has it, SHARED until nobody has it alone. */
typedef enum { LOCK_ALONE, LOCK_ALONE_NOW, LOCK_SHARED } lock_kind;

/* False where ALONE_NOW finds another's. What cannot be opened or locked is nobody's, and true. */
bool path_lock(path_lock_held *l, const char *path, lock_kind kind);
void path_unlock(path_lock_held *l);

/* Writes data for a program's standard output, past stdio; STATUS_BAD_OUTPUT when that fails. */
int stdout_write(const void *data, size_t n, error *e);

/* Removes from folder what killed writers left: the temporaries of atomic_file. Only for a folder
 * no other process is writing to. */
void remove_temporaries(const char *folder);

/* A file of whole lines, each appended by one write. Zero-initialise. */
typedef struct {
    int fd;
    bool is_open;
    char *path; /* owned */
} line_file;

/* Opens for appending, creating the file when missing. */
int line_file_open(line_file *f, const char *path, error *e);
/* line without its newline, which is added here. */
int line_file_append(line_file *f, const char *line, error *e);
/* The same of what is no line. */
int line_file_append_bytes(line_file *f, const void *data, size_t n, error *e);
/* Waits until the lines are on the disk. */
int line_file_sync(line_file *f, error *e);
/* Keeps the leading lines for which keep(line, context) is true, cuts at the first that is not, and
 * at a last line without newline. */
int line_file_cut(line_file *f, bool (*keep)(const char *line, void *context), void *context,
                  error *e);
void line_file_release(line_file *f);

/* Removes a file; to find none there is no failure. STATUS_BAD_OUTPUT. */
int file_remove(const char *path, error *e);

/* opendir, which needs memory: NULL, with errno, when the folder cannot be read. */
DIR *folder_open(const char *path);
/* mkdir -p. */
int folder_create(const char *path, error *e);
/* Whether path names an existing folder (or a link to one). */
bool is_folder(const char *path);
/* Whether anything exists at path, or may exist there: what cannot be looked at (a folder on the
 * way is closed to this user) is not missing, and says so itself when it is opened. */
bool is_file(const char *path);
/* "folder/name"; the caller frees it. */
char *join_path(const char *folder, const char *name);
/* What path is called in its folder: all behind the last '/', in path itself. */
const char *path_name(const char *path);
/* The folder it is in, "." where path names none; the caller frees it. */
char *path_folder(const char *path);
/* The bytes that this user may still write to the disk that the folder at path is on; UINT64_MAX
 * where there is no knowing. */
uint64_t disk_room(const char *path);
/* name in that folder, written as path is: "run/x" for "run/y", "x" for "y"; the caller frees it.
 */
char *path_beside(const char *path, const char *name);

/* ---- Checksums ---- */

/* SHA-256 (FIPS 180-4) as 64 hexadecimal digits and a NUL: what sha256sum(1) prints. */
enum { SHA256_SIZE = 65 };
void sha256_of(char out[SHA256_SIZE], const void *data, size_t n);

/* The same of data that comes in pieces: start, add as often as needed, end once. */
typedef struct {
    uint32_t state[8];
    uint64_t n_bytes;
    unsigned char block[64]; /* the first n_bytes % 64 wait for the rest of their block */
} sha256_stream;

void sha256_start(sha256_stream *s);
void sha256_add(sha256_stream *s, const void *data, size_t n);
void sha256_end(sha256_stream *s, char out[SHA256_SIZE]);

/* ---- JSON ---- */

/* Parses untrusted JSON: exactly one value, duplicate keys refused, nesting at most max_depth,
 * no NUL in strings. what names the input in messages. NULL and STATUS status on failure. */
json_t *json_read(const void *data, size_t n, size_t max_depth, const char *what,
                  exit_status status, error *e);

/* Appends v as JSON, numbers with nine digits, keys in the order of insertion; indent 0: one line.
 */
void json_write(text *out, const json_t *v, size_t indent);

/* The same, indented by two, and a newline, as a file. */
int json_save(const char *path, const json_t *v, error *e);

/* A number, or null where it is not finite. */
json_t *json_number(double v);
/* An integer, or a decimal string where it is over 2^63 - 1. */
json_t *json_unsigned(uint64_t v);
/* A string; null for NULL. Where s is not UTF-8 (a path may be anything), '?' stands for each byte
 * over 127, since jansson would refuse the whole. */
json_t *json_text(const char *s);

#endif
