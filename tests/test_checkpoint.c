/* SPDX-License-Identifier: MIT */
/* safetensors files, good and damaged, and models in them. */
#include "checkpoint.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- Helpers ---- */

static char folder[] = "/tmp/ganlens-test-checkpoint-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return !mkdtemp(folder) ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char *path = join_path(folder, entry->d_name);
        unlink(path);
        free(path);
    }
    closedir(d);
    return rmdir(folder);
}

static void assert_message(const error *e, exit_status status, const char *part)
{
    if (!strstr(e->message, part))
        print_error("'%s' is not in '%s'\n", part, e->message);
    assert_non_null(strstr(e->message, part));
    assert_int_equal(e->status, status);
}

static void assert_done(int result, const error *e)
{
    if (result != 0)
        print_error("%s\n", e->message);
    assert_int_equal(result, 0);
}

/* A file of the given header and n_data zero bytes. */
static bytes file_of(const void *header, size_t n_header, size_t n_data)
{
    bytes b = {allocate(8 + n_header + n_data, 1), 8 + n_header + n_data};
    uint64_t length = n_header;
    memcpy(b.data, &length, 8);
    memcpy(b.data + 8, header, n_header);
    return b;
}

static void assert_refused(const bytes *b, const char *part)
{
    error e = {0};
    safetensors s;
    assert_int_equal(safetensors_read(&s, b->data, b->size, "FILE", &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, part);
    assert_message(&e, STATUS_BAD_INPUT, "FILE: ");
    assert_null(s.entries);
    assert_null(s.file.data);
}

static void assert_header_refused(const char *header, size_t n_data, const char *part)
{
    bytes b = file_of(header, strlen(header), n_data);
    assert_refused(&b, part);
    bytes_release(&b);
}

static void assert_accepted(const char *header, size_t n_data)
{
    error e = {0};
    safetensors s;
    bytes b = file_of(header, strlen(header), n_data);
    assert_done(safetensors_read(&s, b.data, b.size, "FILE", &e), &e);
    safetensors_release(&s);
    bytes_release(&b);
}

/* What safetensors_save makes of s. */
static bytes save(const safetensors *s, const char *name)
{
    error e = {0};
    bytes b = {0};
    char *path = join_path(folder, name);
    assert_done(safetensors_save(s, path, NOT_DURABLE, &e), &e);
    assert_done(file_load(&b, path, SIZE_MAX, &e), &e);
    free(path);
    return b;
}

static void write_bytes(const char *name, const void *data, size_t n)
{
    error e = {0};
    char *path = join_path(folder, name);
    assert_done(file_save(path, data, n, NOT_DURABLE, &e), &e);
    free(path);
}

static size_t peak_memory_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (size_t)u.ru_maxrss;
}

/* ---- Writing ---- */

/* The expected bytes of these tests are what safetensors 0.8 (Rust, by its Python package) writes.
 */
static void assert_bytes(const safetensors *s, const char *expected, size_t n)
{
    bytes b = save(s, "bytes.safetensors");
    assert_int_equal(b.size, n);
    assert_memory_equal(b.data, expected, n);
    bytes_release(&b);
}

static void bytes_are_those_of_the_reference_writer(void **state)
{
    (void)state;
    static const char expected[] = "X\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"},\"w\":{"
                                   "\"dtype\":\"F32\",\"shape\":[2,"
                                   "2],\"data_offsets\":[0,16]}}\0\0\x80?\0\0\0@\0\0@@\0\0\x80\xbf";
    const float w[] = {1, 2, 3, -1};
    const size_t shape[] = {2, 2};
    safetensors s = {0};
    safetensors_set_metadata(&s, "format", "pt");
    safetensors_add(&s, "w", DTYPE_F32, 2, shape, w);
    assert_bytes(&s, expected, sizeof expected - 1);
    safetensors_release(&s);
}

static void tensors_are_ordered_by_descending_type_then_name(void **state)
{
    (void)state;
    static const char expected[] =
        "\xb8\x01\0\0\0\0\0\0{\"s\":{\"dtype\":\"U64\",\"shape\":[],\"data_offsets\":[0,8]},\"n\":{"
        "\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]},\"d\":{\"dtype\":\"F64\","
        "\"shape\":[1],\"data_offsets\":[16,24]},\"B\":{\"dtype\":\"F32\",\"shape\":[1],\"data_"
        "offsets\":[24,28]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[28,32]},\"c\":"
        "{\"dtype\":\"F32\",\"shape\":[1,0],\"data_offsets\":[32,32]},\"k\":{\"dtype\":\"U32\","
        "\"shape\":[1],\"data_offsets\":[32,36]},\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_"
        "offsets\":[36,39]}}   \x01\0\0\0\0\0\0\x80\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\0 @\0\0"
        "\xc0?\t\0\0\0\x07\x08\t";
    const float a = 1.5f, big_b = 2.5f;
    const uint8_t b[] = {7, 8, 9};
    const int64_t n = 5;
    const uint64_t u = (UINT64_C(1) << 63) + 1;
    const double d = -2.0;
    const uint32_t k = 9;
    safetensors s = {0};
    safetensors_add(&s, "a", DTYPE_F32, 1, (const size_t[]){1}, &a);
    safetensors_add(&s, "c", DTYPE_F32, 2, (const size_t[]){1, 0}, NULL);
    safetensors_add(&s, "b", DTYPE_U8, 1, (const size_t[]){3}, b);
    safetensors_add(&s, "n", DTYPE_I64, 0, NULL, &n);
    safetensors_add(&s, "B", DTYPE_F32, 1, (const size_t[]){1}, &big_b);
    safetensors_add(&s, "s", DTYPE_U64, 0, NULL, &u);
    safetensors_add(&s, "d", DTYPE_F64, 1, (const size_t[]){1}, &d);
    safetensors_add(&s, "k", DTYPE_U32, 1, (const size_t[]){1}, &k);
    assert_bytes(&s, expected, sizeof expected - 1);
    safetensors_release(&s);
}

static void files_without_tensors_have_the_reference_bytes(void **state)
{
    (void)state;
    static const char nothing[] = "\x08\0\0\0\0\0\0\0{}      ";
    static const char metadata[] = "(\0\0\0\0\0\0\0{\"__metadata__\":{\"framework\":\"pt\"}}     ";
    safetensors s = {0};
    assert_bytes(&s, nothing, sizeof nothing - 1);
    safetensors_set_metadata(&s, "framework", "pt");
    assert_bytes(&s, metadata, sizeof metadata - 1);
    safetensors_release(&s);
}

static void names_are_escaped_as_the_reference_does(void **state)
{
    (void)state;
    static const char expected[] =
        "h\0\0\0\0\0\0\0{\"__metadata__\":{\"k\":\"v\\u001b\"},\"a\\u001f\\\"\\\\\\n/\xc3\xa9\x7f"
        "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   \0\0\0\0\0\0\0\0";
    const float zeros[2] = {0, 0};
    safetensors s = {0}, back = {0};
    error e = {0};
    safetensors_set_metadata(&s, "k", "v\x1b");
    safetensors_add(&s, "a\x1f\"\\\n/\xc3\xa9\x7f", DTYPE_F32, 1, (const size_t[]){2}, zeros);
    assert_bytes(&s, expected, sizeof expected - 1);
    assert_done(safetensors_read(&back, expected, sizeof expected - 1, "FILE", &e), &e);
    assert_non_null(safetensors_find(&back, "a\x1f\"\\\n/\xc3\xa9\x7f"));
    safetensors_release(&back);
    safetensors_release(&s);
}

static void metadata_keys_are_sorted(void **state)
{
    (void)state;
    safetensors s = {0};
    safetensors_set_metadata(&s, "step", "1");
    safetensors_set_metadata(&s, "format", "x");
    safetensors_set_metadata(&s, "step", "2");
    bytes b = save(&s, "bytes.safetensors");
    assert_memory_equal(b.data + 8, "{\"__metadata__\":{\"format\":\"x\",\"step\":\"2\"}}", 42);
    bytes_release(&b);
    safetensors_release(&s);
}

static void values_survive_a_round_trip(void **state)
{
    (void)state;
    const float w[6] = {0.1f, -0.0f, 1e-45f, 3.4e38f, 5, 6}, scalar = 4.25f;
    float back[6], back_scalar;
    error e = {0};
    safetensors s = {0}, t = {0};
    safetensors_set_metadata(&s, "settings", "{\"name\": \"\xc3\xa9\"}");
    safetensors_add(&s, "w", DTYPE_F32, 2, (const size_t[]){3, 2}, w);
    safetensors_add(&s, "scalar", DTYPE_F32, 0, NULL, &scalar);
    safetensors_add(&s, "byte", DTYPE_U8, 1, (const size_t[]){1}, "x");
    bytes b = save(&s, "trip.safetensors");
    assert_done(safetensors_read(&t, b.data, b.size, "FILE", &e), &e);
    assert_string_equal(safetensors_metadata(&t, "settings"), "{\"name\": \"\xc3\xa9\"}");
    assert_null(safetensors_metadata(&t, "format"));
    assert_done(safetensors_get(back, &t, "w", 2, (const size_t[]){3, 2}, &e), &e);
    assert_done(safetensors_get(&back_scalar, &t, "scalar", 0, NULL, &e), &e);
    assert_memory_equal(back, w, sizeof w);
    assert_memory_equal(&back_scalar, &scalar, sizeof scalar);
    const tensor_entry *byte = safetensors_find(&t, "byte");
    assert_int_equal(byte->type, DTYPE_U8);
    assert_int_equal(byte->data[0], 'x');
    assert_null(safetensors_find(&t, "byt"));
    safetensors_release(&t);
    safetensors_release(&s);
    bytes_release(&b);
}

static void a_file_that_cannot_be_made_is_a_bad_output(void **state)
{
    (void)state;
    error e = {0};
    safetensors s = {0};
    assert_int_equal(safetensors_save(&s, "/nowhere/at/all.safetensors", DURABLE, &e), -1);
    assert_message(&e, STATUS_BAD_OUTPUT, "/nowhere/at/all.safetensors");
}

/* ---- Streaming ---- */

static void stream_gives_the_bytes_of_save_for_blocks_in_any_order(void **state)
{
    (void)state;
    const uint64_t seed[3] = {7, 8, 9};
    const float z[6] = {1, 2, 3, 4, 5, 6};
    error e = {0};
    safetensors s = {0};
    safetensors_stream w = {0};
    safetensors_add(&s, "z", DTYPE_F32, 2, (const size_t[]){3, 2}, z);
    safetensors_add(&s, "seed", DTYPE_U64, 1, (const size_t[]){3}, seed);
    bytes whole = save(&s, "whole.safetensors"), streamed = {0};
    char *path = join_path(folder, "stream.safetensors");
    assert_done(safetensors_stream_open(&w, &s, path, &e), &e);
    assert_done(safetensors_stream_write(&w, "z", 4, z + 4, 2, &e), &e);
    assert_done(safetensors_stream_write(&w, "seed", 0, seed, 3, &e), &e);
    assert_false(is_file(path));
    assert_done(safetensors_stream_write(&w, "z", 0, z, 4, &e), &e);
    assert_done(safetensors_stream_commit(&w, &e), &e);
    safetensors_stream_release(&w);
    assert_done(file_load(&streamed, path, SIZE_MAX, &e), &e);
    assert_int_equal(streamed.size, whole.size);
    assert_memory_equal(streamed.data, whole.data, whole.size);
    bytes_release(&whole);
    bytes_release(&streamed);
    safetensors_release(&s);
    free(path);
}

static void stream_with_missing_elements_leaves_no_file(void **state)
{
    (void)state;
    const float z[6] = {0};
    error e = {0};
    safetensors s = {0};
    safetensors_stream w = {0};
    safetensors_add(&s, "z", DTYPE_F32, 2, (const size_t[]){3, 2}, NULL);
    char *path = join_path(folder, "missing.safetensors");
    assert_done(safetensors_stream_open(&w, &s, path, &e), &e);
    assert_done(safetensors_stream_write(&w, "z", 0, z, 5, &e), &e);
    assert_int_equal(safetensors_stream_commit(&w, &e), -1);
    assert_message(&e, STATUS_FAILED, "tensor 'z': 5 elements were written, not 6");
    safetensors_stream_release(&w);
    assert_false(is_file(path));
    safetensors_release(&s);
    free(path);
}

/* ---- Damaged files ---- */

#define TENSOR(dtype, shape, offsets)                                                              \
    "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"
#define ONE(dtype, shape, offsets) "{\"t\":" TENSOR(dtype, shape, offsets) "}"
#define TWO(first, second) "{\"t\":" first ",\"u\":" second "}"

static const struct {
    const char *header;
    size_t n_data;
    const char *part;
} damaged_headers[] = {
    {"", 0, "not valid JSON"},
    {"{", 0, "not valid JSON"},
    {"{} x", 0, "not valid JSON"},
    {"{}{}", 0, "not valid JSON"},
    {"\xef\xbb\xbf{}", 0, "not valid JSON"}, /* a byte order mark */
    {"{\"\xff\":1}", 0, "not valid JSON"},   /* not UTF-8 */
    {"{\"a\\u0000b\":" TENSOR("U8", "1", "0,1") "}", 1, "not valid JSON"},
    {"{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0, "duplicate"},
    {"{\"t\":" TENSOR("U8", "1", "0,1") ",\"t\":" TENSOR("U8", "1", "1,2") "}", 2, "duplicate"},
    {"{\"t\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0, "duplicate"},
    {"{\"a\":[[[[1]]]]}", 0, "nested deeper"},
    {"[]", 0, "not a JSON object"},
    {"7", 0, "not a JSON object"},
    {"{\"__metadata__\":null}", 0, "__metadata__ is not an object"},
    {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
    {"{\"__metadata__\":{\"step\":1}}", 0, "'step' is not a text"},
    {"{\"t\":[\"U8\",[1],[0,1]]}", 1, "tensor 't': Expected object"},
    {"{\"t\":null}", 0, "tensor 't': Expected object"},
    {"{\"t\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "not found: dtype"},
    {"{\"t\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "not found: shape"},
    {"{\"t\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "not found: data_offsets"},
    {"{\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":0}}", 1,
     "left unpacked: x"},
    {"{\"t\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "Expected string"},
    {ONE("F31", "1", "0,4"), 4, "unknown dtype 'F31'"},
    {ONE("f32", "1", "0,4"), 4, "unknown dtype 'f32'"},
    {"{\"t\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "expected a shape"},
    {ONE("U8", "-1", "0,1"), 1, "size 0 of its shape"},
    {ONE("U8", "1,1.0", "0,1"), 1, "size 1 of its shape"},
    {ONE("U8", "\"1\"", "0,1"), 1, "size 0 of its shape"},
    {ONE("U8", "1e0", "0,1"), 1, "size 0 of its shape"},
    {ONE("U8", "18446744073709551616", "0,1"), 1, "not valid JSON"},
    {ONE("U8", "1,1,1,1,1,1,1,1,1", "0,1"), 1, "at most 8 sizes"},
    {ONE("U8", "1", "0"), 1, "tensor 't'"},
    {ONE("U8", "1", "0,1,1"), 1, "tensor 't'"},
    {ONE("U8", "1", "0.0,1"), 1, "Expected integer"},
    {ONE("U8", "1", "-1,0"), 1, "data_offsets -1 to 0"},
    {ONE("U8", "1", "1,0"), 1, "data_offsets 1 to 0"},
    {ONE("U8", "1", "0,-1"), 1, "data_offsets 0 to -1"},
    /* sizes that overflow; the product is taken from the left, so a leading 0 hides them */
    {ONE("U8", "4294967296,4294967296,0", "0,0"), 0, "too many elements"},
    {ONE("F64", "4611686018427387904", "0,0"), 0, "too many bytes"},
    {ONE("F4", "3", "0,2"), 2, "no whole bytes"},
    {ONE("F6_E2M3", "1", "0,1"), 1, "no whole bytes"},
    {ONE("F32", "2", "0,4"), 4, "has 4 bytes, expected 8"},
    {ONE("F32", "1", "0,8"), 8, "has 8 bytes, expected 4"},
    {ONE("U8", "1", "1,2"), 2, "begins at byte 1 of the data, expected 0"},
    {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "2", "1,3")), 3, "'u' begins at byte 1"},
    {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "2", "0,2")), 2, "begins at byte 0"},
    {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "2", "3,5")), 5, "'u' begins at byte 3"},
    {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "0", "1,1")), 2, "'u' begins at byte 1"},
    {ONE("U8", "4", "0,4"), 3, "ends at byte 4 of the data, but only 3"},
    {ONE("U8", "1152921504606846976", "0,1152921504606846976"), 3, "cut short"},
    {ONE("U8", "4", "0,4"), 5, "1 bytes follow the last tensor"},
    {"{}", 1, "1 bytes follow"},
};

static void damaged_headers_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(damaged_headers); i++)
        assert_header_refused(damaged_headers[i].header, damaged_headers[i].n_data,
                              damaged_headers[i].part);
}

static void unusual_but_valid_headers_are_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t n_data;
    } cases[] = {
        {"{}", 0},
        {" \t\r\n{} \t\r\n", 0},
        {"{\"__metadata__\":{}}", 0},
        {ONE("F32", "", "0,4"), 4},
        {ONE("F32", "0", "0,0"), 0},
        {ONE("F32", "0,4294967296,4294967296", "0,0"), 0},
        {ONE("F4", "4", "0,2"), 2},
        {ONE("F6_E3M2", "4", "0,3"), 3},
        {ONE("BOOL", "3", "0,3"), 3},
        {ONE("F8_E8M0", "3", "0,3"), 3},
        {ONE("BF16", "3", "0,6"), 6},
        {ONE("C64", "3", "0,24"), 24},
        {TWO(TENSOR("U8", "2", "2,4"), TENSOR("U8", "2", "0,2")), 4},
        {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "0", "2,2")), 2},
        {TWO(TENSOR("U8", "2", "0,2"), TENSOR("U8", "0", "0,0")), 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_accepted(cases[i].header, cases[i].n_data);
}

static void padding_with_nul_is_refused(void **state)
{
    (void)state;
    bytes b = file_of("{}\0\0\0\0\0\0", 8, 0);
    assert_refused(&b, "not valid JSON");
    bytes_release(&b);
}

static void length_fields_that_lie_are_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {
        3, 4, 100, 1 << 24, UINT64_C(1) << 63, UINT64_MAX - 7, UINT64_MAX};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        bytes b = file_of("{}", 2, 0);
        memcpy(b.data, &lengths[i], 8);
        assert_refused(&b, "but only 2 follow");
        bytes_release(&b);
    }
}

static void headers_over_the_limit_are_refused(void **state)
{
    (void)state;
    const size_t limit = 1 << 24;
    char *spaces = allocate(limit + 1, 1);
    memset(spaces, ' ', limit + 1);
    memcpy(spaces, "{}", 2);
    bytes b = file_of(spaces, limit + 1, 0);
    assert_refused(&b, "its header has 16777217 bytes, at most 16777216 are read");
    bytes_release(&b);
    free(spaces);
}

static void headers_that_lie_about_sizes_cost_no_memory(void **state)
{
    (void)state;
    static const char *const headers[] = {
        ONE("F32", "16777216", "0,67108864"),
        ONE("F32", "1099511627776", "0,4398046511104"),
        ONE("U8", "1073741824,1073741824", "0,1152921504606846976"),
        TWO(TENSOR("F32", "1", "0,4"), TENSOR("F32", "1099511627776", "4,4398046511108")),
    };
    size_t before = peak_memory_kib();
    for (size_t i = 0; i < COUNT(headers); i++)
        assert_header_refused(headers[i], 4, "cut short");
    assert_true(peak_memory_kib() - before < 8 * 1024);
}

/* ---- Networks in files ---- */

static const char g_spec[] = "4:bn:lrelu=0.3,784:tanh";
static const char d_spec[] = "3:lrelu=0.3:dropout=0.4,1";
enum { Z_DIM = 2 };

/* Values that differ from tensor to tensor; `first` tells networks apart. */
static void fill(network *net, float first)
{
    for (size_t i = 0; i < net->n_param; i++)
        net->param[i] = first + (float)i / 1024.0f;
    for (size_t i = 0; i < net->n_stats; i++)
        net->stats[i] = 1.0f + first + (float)i / 16.0f;
}

static network network_of(const char *spec, size_t n_in, float first)
{
    error e = {0};
    network net;
    assert_done(network_init(&net, spec, n_in, &e), &e);
    fill(&net, first);
    return net;
}

static void assert_networks_equal(const network *a, const network *b)
{
    assert_int_equal(a->n_param, b->n_param);
    assert_int_equal(a->n_stats, b->n_stats);
    assert_memory_equal(a->param, b->param, a->n_param * sizeof *a->param);
    if (a->n_stats > 0)
        assert_memory_equal(a->stats, b->stats, a->n_stats * sizeof *a->stats);
}

/* Reads a network of `spec` back from the bytes of s, by checkpoint_get_network's result. */
static int get_network(network *net, const safetensors *s, const char *spec, const char *prefix,
                       error *e)
{
    safetensors back = {0};
    bytes b = save(s, "network.safetensors");
    assert_done(safetensors_read(&back, b.data, b.size, "FILE", e), e);
    assert_done(network_init(net, spec, Z_DIM, e), e);
    int result = checkpoint_get_network(net, &back, prefix, e);
    safetensors_release(&back);
    bytes_release(&b);
    return result;
}

static void assert_network_refused(const safetensors *s, const char *spec, const char *part)
{
    error e = {0};
    network net;
    assert_int_equal(get_network(&net, s, spec, "G.", &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, part);
    network_release(&net);
}

static void network_survives_a_round_trip_among_other_tensors(void **state)
{
    (void)state;
    const int64_t counter = 12;
    const float m[3] = {1, 2, 3};
    error e = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f), back;
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.1.num_batches_tracked", DTYPE_I64, 0, NULL, &counter);
    safetensors_add(&s, "G.adam.m", DTYPE_F32, 1, (const size_t[]){3}, m);
    safetensors_add(&s, "G", DTYPE_F32, 1, (const size_t[]){3}, m);
    safetensors_add(&s, "GG.9.weight", DTYPE_F32, 1, (const size_t[]){3}, m);
    assert_done(get_network(&back, &s, g_spec, "G.", &e), &e);
    assert_networks_equal(&back, &net);
    network_release(&back);
    network_release(&net);
    safetensors_release(&s);
}

static void specs_that_do_not_fit_are_told_apart(void **state)
{
    (void)state;
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    assert_network_refused(&s, "5:bn:lrelu=0.3,784:tanh",
                           "FILE: tensor 'G.0.weight' is 4x2, expected 5x2 by the generator's spec "
                           "'5:bn:lrelu=0.3,784:tanh'");
    assert_network_refused(&s, "4:bn:lrelu=0.3,783:tanh", "'G.3.weight' is 784x4, expected 783x4");
    assert_network_refused(&s, "4:lrelu=0.3,784:tanh", "tensor 'G.0.bias' is missing, expected 4");
    assert_network_refused(&s, "4:bn:lrelu=0.3:dropout=0,784", "'G.4.weight' is missing");
    assert_network_refused(&s, "4:bn", "tensor 'G.3.bias' is not part of the spec '4:bn'");
    network_release(&net);
    safetensors_release(&s);
}

static void a_transposed_weight_is_refused(void **state)
{
    (void)state;
    const float zeros[4 * Z_DIM] = {0};
    safetensors s = {0};
    safetensors_add(&s, "G.0.weight", DTYPE_F32, 2, (const size_t[]){Z_DIM, 4}, zeros);
    assert_network_refused(&s, g_spec, "tensor 'G.0.weight' is 2x4, expected 4x2");
    safetensors_release(&s);
}

static void strangers_among_the_indices_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        dtype type;
    } strangers[] = {
        {"G.7.weight", DTYPE_F32},      {"G.1.bogus", DTYPE_F32},
        {"G.2.weight", DTYPE_F32},      {"G.00.weight", DTYPE_F32},
        {"G.1.num_batches", DTYPE_I64}, {"G.1.num_batches_tracked", DTYPE_F32},
        {"G.0.weight.copy", DTYPE_F32}, {"G.7", DTYPE_F32},
    };
    const double zero = 0;
    for (size_t i = 0; i < COUNT(strangers); i++) {
        network net = network_of(g_spec, Z_DIM, 0.5f);
        safetensors s = {0};
        checkpoint_add_network(&s, "G.", &net);
        safetensors_add(&s, strangers[i].name, strangers[i].type, 0, NULL, &zero);
        assert_network_refused(&s, g_spec, strangers[i].name);
        assert_network_refused(&s, g_spec, "is not part of the spec");
        network_release(&net);
        safetensors_release(&s);
    }
}

static void weights_of_other_types_are_refused(void **state)
{
    (void)state;
    static const dtype types[] = {DTYPE_F64, DTYPE_BF16, DTYPE_I64, DTYPE_I32, DTYPE_U32};
    const double zeros[8] = {0};
    for (size_t i = 0; i < COUNT(types); i++) {
        safetensors s = {0};
        text part = {0};
        safetensors_add(&s, "G.0.weight", types[i], 2, (const size_t[]){4, Z_DIM}, zeros);
        text_add(&part, "'G.0.weight' is %s, only F32", dtype_name(types[i]));
        assert_network_refused(&s, g_spec, part.data);
        text_release(&part);
        safetensors_release(&s);
    }
}

static void values_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    const float f32[] = {NAN, INFINITY, -INFINITY};
    const double f64[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < COUNT(f32); i++) {
        const float v[4] = {1, 3.4e38f, f32[i], 0};
        const double w[3] = {1, f64[i], 0};
        safetensors s = {0};
        safetensors_add(&s, "G.0.weight", DTYPE_F32, 1, (const size_t[]){4}, v);
        bytes b = save(&s, "nan.safetensors");
        assert_refused(&b, "tensor 'G.0.weight': element 2 is not a finite number");
        bytes_release(&b);
        safetensors_release(&s);
        safetensors_add(&s, "x", DTYPE_F64, 1, (const size_t[]){3}, w);
        b = save(&s, "nan.safetensors");
        assert_refused(&b, "tensor 'x': element 1 is not a finite number");
        bytes_release(&b);
        safetensors_release(&s);
    }
}

static void bias_before_batchnorm_is_folded_into_the_mean(void **state)
{
    (void)state;
    const float bias[4] = {0.5f, -0.25f, 0, 4};
    error e = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f), back;
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.0.bias", DTYPE_F32, 1, (const size_t[]){4}, bias);
    assert_done(get_network(&back, &s, g_spec, "G.", &e), &e);
    for (size_t i = 0; i < 4; i++)
        net.layers[0].running_mean[i] -= bias[i];
    assert_networks_equal(&back, &net);
    network_release(&back);
    network_release(&net);
    safetensors_release(&s);
}

static void folded_bias_must_have_the_shape_of_its_layer(void **state)
{
    (void)state;
    const float bias[3] = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.0.bias", DTYPE_F32, 1, (const size_t[]){3}, bias);
    assert_network_refused(&s, g_spec, "tensor 'G.0.bias' is 3, expected 4");
    network_release(&net);
    safetensors_release(&s);
}

static void negative_variance_is_refused(void **state)
{
    (void)state;
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    net.layers[0].running_var[2] = -1e-6f;
    checkpoint_add_network(&s, "G.", &net);
    assert_network_refused(&s, g_spec, "'G.1.running_var': element 2 is negative");
    network_release(&net);
    safetensors_release(&s);
}

/* ---- Models ---- */

/* A file of the trainer; the networks are what its tensors borrow. */
typedef struct {
    safetensors file;
    network g, average, d;
} trained;

static void trained_init(trained *t, const char *kind, bool has_average)
{
    *t = (trained){.g = network_of(g_spec, Z_DIM, 0.5f),
                   .average = network_of(g_spec, Z_DIM, 0.75f),
                   .d = network_of(d_spec, 784, 0.25f)};
    checkpoint_add_network(&t->file, "G.", &t->g);
    if (has_average)
        checkpoint_add_network(&t->file, "G_ema.", &t->average);
    checkpoint_add_network(&t->file, "D.", &t->d);
    safetensors_set_metadata(&t->file, "format", "ganlens");
    safetensors_set_metadata(&t->file, "version", "1");
    safetensors_set_metadata(&t->file, "kind", kind);
    safetensors_set_metadata(&t->file, "step", "37500");
    safetensors_set_metadata(
        &t->file, "settings",
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"discriminator\":\"3:lrelu=0.3:dropout=0.4,1\",\"z-dim\":2,\"range\":[-1,1],\"seed\":7}");
}

static void trained_release(trained *t)
{
    safetensors_release(&t->file);
    network_release(&t->g);
    network_release(&t->average);
    network_release(&t->d);
}

/* Saves t and opens it; source->path is set here. */
static int reopen(model_file *m, const trained *t, model_source source, error *e)
{
    bytes b = save(&t->file, "trained.safetensors");
    bytes_release(&b);
    char *path = join_path(folder, "trained.safetensors");
    source.path = path;
    int result = model_file_load(m, &source, e);
    free(path);
    return result;
}

static void assert_model_refused(const trained *t, model_source source, exit_status status,
                                 const char *part)
{
    error e = {0};
    model_file m;
    assert_int_equal(reopen(&m, t, source, &e), -1);
    assert_message(&e, status, part);
    assert_message(&e, status, "trained.safetensors: ");
    assert_int_equal(m.n_parts, 0);
    assert_null(m.path);
}

static void our_model_says_all_about_itself(void **state)
{
    (void)state;
    error e = {0};
    trained t;
    model_file m;
    trained_init(&t, "model", false);
    assert_done(reopen(&m, &t, (model_source){0}, &e), &e);
    assert_networks_equal(model_file_part(&m, "G"), &t.g);
    assert_networks_equal(model_file_part(&m, "D"), &t.d);
    assert_int_equal(m.z_dim, Z_DIM);
    assert_int_equal(m.step, 37500);
    assert_true(m.low == -1.0f && m.high == 1.0f);
    assert_int_equal(json_integer_value(json_object_get(m.settings, "seed")), 7);
    assert_false(m.is_foreign);
    assert_null(m.warning);
    model_file_release(&m);
    trained_release(&t);
}

static void discriminator_is_optional(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"z-dim\":2,\"range\":[0,1]}",
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"discriminator\":null,\"z-dim\":2,\"range\":[0,1]}",
    };
    for (size_t i = 0; i < COUNT(settings); i++) {
        error e = {0};
        trained t;
        model_file m;
        trained_init(&t, "model", false);
        safetensors_set_metadata(&t.file, "settings", settings[i]);
        assert_done(reopen(&m, &t, (model_source){0}, &e), &e);
        assert_false(model_has(&m, "D"));
        assert_true(m.low == 0.0f && m.high == 1.0f);
        model_file_release(&m);
        trained_release(&t);
    }
}

static void metadata_that_does_not_fit_is_refused(void **state)
{
    (void)state;
#define SETTINGS(g, d, z, range)                                                                   \
    "{\"generator\":" g ",\"discriminator\":" d ",\"z-dim\":" z ",\"range\":" range "}"
#define G "\"4:bn:lrelu=0.3,784:tanh\""
#define D "\"3:lrelu=0.3:dropout=0.4,1\""
    static const char *const cases[][3] = {
        {"version", "2", "of version '2', only '1'"},
        {"kind", "sketch", "of kind 'sketch'"},
        {"step", "", "'step' is ''"},
        {"step", "-1", "'step' is '-1'"},
        {"step", "7x", "'step' is '7x'"},
        {"step", "18446744073709551616", "'step' is"},
        {"settings", "", "'settings'"},
        {"settings", "[]", "Expected object"},
        {"settings", "{}", "not found: generator"},
        {"settings", SETTINGS("7", D, "2", "[0,1]"), "Expected string"},
        {"settings", SETTINGS(G, "7", "2", "[0,1]"), "discriminator is not a text"},
        {"settings", SETTINGS(G, D, "\"2\"", "[0,1]"), "Expected integer"},
        {"settings", SETTINGS(G, D, "0", "[0,1]"), "z-dim is 0"},
        {"settings", SETTINGS(G, D, "65537", "[0,1]"), "z-dim is 65537"},
        {"settings", SETTINGS(G, D, "3", "[0,1]"), "'G.0.weight' is 4x2, expected 4x3"},
        {"settings", SETTINGS(G, D, "2", "[1,0]"), "range is from 1 to 0"},
        {"settings", SETTINGS(G, D, "2", "[0,1e300]"), "range is from"},
        {"settings", SETTINGS(G, D, "2", "[0]"), "range"},
        {"settings", SETTINGS("\"4:silu,784\"", D, "2", "[0,1]"), "the generator's spec: "},
        {"settings", SETTINGS("\"4:bn:lrelu=0.3,783\"", D, "2", "[0,1]"),
         "ends in 783 values, expected 784"},
        {"settings", SETTINGS(G, "\"3:lrelu,2\"", "2", "[0,1]"), "ends in 2 values, expected 1"},
        {"settings", SETTINGS(G, "\"4:lrelu=0.3:dropout=0.4,1\"", "2", "[0,1]"),
         "'D.0.weight' is 3x784, expected 4x784 by the discriminator's spec"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        trained t;
        trained_init(&t, "model", false);
        safetensors_set_metadata(&t.file, cases[i][0], cases[i][1]);
        assert_model_refused(&t, (model_source){0}, STATUS_BAD_INPUT, cases[i][2]);
        trained_release(&t);
    }
}

static void missing_metadata_is_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {"version", "kind", "settings"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        trained t;
        trained_init(&t, "model", false);
        json_object_del(t.file.metadata, keys[i]);
        assert_model_refused(&t, (model_source){0}, STATUS_BAD_INPUT, keys[i]);
        trained_release(&t);
    }
}

static void our_model_takes_no_options_of_foreign_ones(void **state)
{
    (void)state;
    const double range[2] = {0, 1};
    const struct {
        model_source source;
        const char *part;
    } cases[] = {
        {{.generator = g_spec}, "--generator is for files made elsewhere; the file says its own"},
        {{.discriminator = d_spec}, "--discriminator"},
        {{.range = range}, "--range"},
        {{.weights = "raw"}, "--weights chooses in a state.safetensors"},
    };
    trained t;
    trained_init(&t, "model", false);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_model_refused(&t, cases[i].source, STATUS_USAGE, cases[i].part);
    trained_release(&t);
}

static void assert_weights(const trained *t, const char *weights, const network *expected)
{
    error e = {0};
    model_file m;
    assert_done(reopen(&m, t, (model_source){.weights = weights}, &e), &e);
    assert_networks_equal(model_file_part(&m, "G"), expected);
    model_file_release(&m);
}

static void state_gives_the_average_unless_raw_is_asked_for(void **state)
{
    (void)state;
    trained t;
    trained_init(&t, "state", true);
    assert_weights(&t, NULL, &t.average);
    assert_weights(&t, "ema", &t.average);
    assert_weights(&t, "raw", &t.g);
    trained_release(&t);
}

static void state_without_average_gives_raw_weights(void **state)
{
    (void)state;
    trained t;
    trained_init(&t, "state", false);
    assert_weights(&t, NULL, &t.g);
    assert_weights(&t, "raw", &t.g);
    assert_model_refused(&t, (model_source){.weights = "ema"}, STATUS_BAD_INPUT,
                         "has no averaged weights");
    trained_release(&t);
}

static void checkpoint_cut_at_any_length_is_refused(void **state)
{
    (void)state;
    const float values[6] = {1, 2, 3, 4, 5, 6};
    const uint64_t step = 3;
    safetensors s = {0};
    safetensors_set_metadata(&s, "format", "ganlens");
    safetensors_add(&s, "G.0.weight", DTYPE_F32, 2, (const size_t[]){3, 2}, values);
    safetensors_add(&s, "G.0.bias", DTYPE_F32, 1, (const size_t[]){3}, values);
    safetensors_add(&s, "step", DTYPE_U64, 0, NULL, &step);
    bytes b = save(&s, "cut.safetensors");
    for (size_t n = 0; n < b.size; n++) {
        bytes cut = {b.data, n};
        assert_refused(&cut, "");
    }
    bytes longer = {allocate(b.size + 1, 1), b.size + 1};
    memcpy(longer.data, b.data, b.size);
    assert_refused(&longer, "1 bytes follow the last tensor");
    bytes_release(&longer);
    bytes_release(&b);
    safetensors_release(&s);
}

static void assert_path_refused(const char *path, const char *part)
{
    error e = {0};
    model_file m;
    model_source source = {.path = path, .generator = g_spec};
    assert_int_equal(model_file_load(&m, &source, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, part);
    assert_message(&e, STATUS_BAD_INPUT, path);
}

static void files_of_other_kinds_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content;
        size_t n;
        const char *part;
    } cases[] = {
        {"empty", "", 0, "0 bytes are too few"},
        {"short", "1234567", 7, "7 bytes are too few"},
        {"picture.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "not a safetensors file"},
        {"note.txt", "this is a text of some length", 29, "note.txt: not a safetensors file"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = join_path(folder, cases[i].name);
        write_bytes(cases[i].name, cases[i].content, cases[i].n);
        assert_path_refused(path, cases[i].part);
        unlink(path);
        free(path);
    }
    char *missing = join_path(folder, "missing");
    assert_path_refused(missing, "No such file");
    free(missing);
}

static void assert_folder_gives(const char *name)
{
    error e = {0};
    model_file m;
    model_source source = {.path = folder};
    char *expected = join_path(folder, name);
    assert_done(model_file_load(&m, &source, &e), &e);
    assert_string_equal(m.path, expected);
    model_file_release(&m);
    free(expected);
}

static void folder_gives_its_model_else_its_state(void **state)
{
    (void)state;
    char *model = join_path(folder, "model.safetensors");
    char *at_state = join_path(folder, "state.safetensors");
    trained t;
    assert_path_refused(folder, "holds neither model.safetensors nor state.safetensors");
    trained_init(&t, "state", true);
    bytes b = save(&t.file, "state.safetensors");
    assert_folder_gives("state.safetensors");
    write_bytes("model.safetensors", b.data, b.size);
    assert_folder_gives("model.safetensors");
    bytes_release(&b);
    trained_release(&t);
    unlink(model);
    unlink(at_state);
    free(model);
    free(at_state);
}

/* ---- Models made elsewhere ---- */

static void golden_file_opens_as_a_foreign_model(void **state)
{
    (void)state;
    model_source source = {.path = "tests/golden/golden.safetensors",
                           .generator = "32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh",
                           .discriminator = "32:lrelu=0.3:dropout=0,1"};
    error e = {0};
    model_file m;
    safetensors s;
    assert_done(model_file_load(&m, &source, &e), &e);
    assert_done(safetensors_load(&s, source.path, &e), &e);
    assert_true(m.is_foreign);
    assert_null(m.warning);
    assert_null(m.settings);
    assert_int_equal(m.z_dim, 16);
    assert_int_equal(model_file_part(&m, "G")->n_in, 16);
    assert_int_equal(m.step, 0);
    assert_true(m.low == -1.0f && m.high == 1.0f);
    assert_memory_equal(model_file_part(&m, "G")->layers[2].weight.data,
                        safetensors_find(&s, "G.6.weight")->data, 784 * 48 * sizeof(float));
    assert_memory_equal(model_file_part(&m, "D")->layers[1].bias,
                        safetensors_find(&s, "D.3.bias")->data, sizeof(float));
    safetensors_release(&s);
    model_file_release(&m);
}

/* A file of G alone, without our metadata. */
static void foreign_init(trained *t, const char *spec)
{
    *t = (trained){.g = network_of(spec, Z_DIM, 0.5f)};
    checkpoint_add_network(&t->file, "G.", &t->g);
    safetensors_set_metadata(&t->file, "format", "pt");
}

/* A file of networks under these prefixes, by the spec each; ended by a prefix NULL. */
typedef struct {
    const char *prefix, *spec;
    size_t n_in;
    float first;
} placed;

static void place(trained *t, network *nets, const placed *p)
{
    *t = (trained){0};
    for (size_t i = 0; p[i].prefix; i++) {
        nets[i] = network_of(p[i].spec, p[i].n_in, p[i].first);
        checkpoint_add_network(&t->file, p[i].prefix, &nets[i]);
    }
}

static void foreign_networks_are_found_under_any_prefix(void **state)
{
    (void)state;
    static const struct {
        placed nets[4];
        const char *d_spec, *g_prefix, *d_prefix;
    } cases[] = {
        {{{"", "4,784:tanh", 2, 0}}, NULL, "", NULL},
        {{{"model.", "4,784:tanh", 2, 0}}, NULL, "model.", NULL},
        {{{"module.main.", "4,784:tanh", 2, 0}}, NULL, "module.main.", NULL},
        {{{"netG.", "4,784:tanh", 2, 0}, {"netD.", "3,1", 784, 1}}, "3,1", "netG.", "netD."},
        {{{"generator.", "4,784:tanh", 2, 0}, {"discriminator.", "3,1", 784, 1}},
         "3,1",
         "generator.",
         "discriminator."},
        {{{"encoder.", "9,2", 784, 1}, {"decoder.", "4,784:tanh", 2, 0}}, NULL, "decoder.", NULL},
        /* what is named as here needs no other look */
        {{{"G.", "4,784:tanh", 2, 0}, {"G_ema.", "4,784:tanh", 2, 1}}, NULL, "G.", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        trained t;
        network nets[4] = {0};
        model_file m;
        place(&t, nets, cases[i].nets);
        model_source source = {.generator = "4,784:tanh", .discriminator = cases[i].d_spec};
        assert_done(reopen(&m, &t, source, &e), &e);
        assert_int_equal(e.status, 0); /* what did not fit under another prefix is no error */
        assert_string_equal(m.parts[0].prefix, cases[i].g_prefix);
        assert_networks_equal(model_file_part(&m, "G"),
                              &nets[strcmp(cases[i].g_prefix, "decoder.") == 0]);
        assert_int_equal(m.z_dim, 2);
        if (cases[i].d_spec) {
            assert_string_equal(m.parts[1].prefix, cases[i].d_prefix);
            assert_networks_equal(model_file_part(&m, "D"), &nets[1]);
        }
        model_file_release(&m);
        safetensors_release(&t.file);
        for (size_t k = 0; k < 4; k++)
            network_release(&nets[k]);
    }
}

static void foreign_networks_that_are_not_found_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        placed nets[4];
        const char *d_spec, *part;
    } cases[] = {
        {{{"a.", "4,784:tanh", 2, 0}, {"b.", "4,784:tanh", 2, 0}},
         NULL,
         "the generator's spec '4,784:tanh' fits under each of 'a.', 'b.'"},
        {{{"", "5,784:tanh", 2, 0}},
         NULL,
         "tensor '0.weight' is 5x2, expected 4x2 by the spec '4,784:tanh'"},
        {{{"a.", "5,784:tanh", 2, 0}, {"b.", "6,784:tanh", 2, 0}},
         NULL,
         "by the spec '4,784:tanh'; it was looked for under 'a.', 'b.'"},
        {{{"fc1", "4,784:tanh", 2, 0}},
         NULL,
         "tensor 'G.0.weight' is missing; the generator's layers are expected under the names of "
         "torch.nn.Sequential, after 'G.' or another prefix; found 'fc10.bias', 'fc10.weight'"},
        {{{"", "4,784:tanh", 2, 0}}, "3,1", "tensor 'D.0.weight' is missing"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        trained t;
        network nets[4] = {0};
        place(&t, nets, cases[i].nets);
        model_source source = {.generator = "4,784:tanh", .discriminator = cases[i].d_spec};
        assert_model_refused(&t, source, STATUS_BAD_INPUT, cases[i].part);
        safetensors_release(&t.file);
        for (size_t k = 0; k < 4; k++)
            network_release(&nets[k]);
    }
}

/* Linear, LeakyReLU, BatchNorm1d, Linear. */
static void batchnorm_after_the_activation_is_named(void **state)
{
    (void)state;
    static const char *const fields[] = {"2.weight", "2.bias", "2.running_mean", "2.running_var"};
    static const char *const specs[] = {"4:lrelu,784:tanh", "4:bn:lrelu,784:tanh",
                                        "4:lrelu:dropout=0,784:tanh"};
    const float ones[4] = {1, 1, 1, 1};
    trained t = {.g = network_of("4:lrelu:dropout=0,784:tanh", Z_DIM, 0.5f)};
    checkpoint_add_network(&t.file, "", &t.g);
    for (size_t i = 0; i < COUNT(fields); i++)
        safetensors_add(&t.file, fields[i], DTYPE_F32, 1, (const size_t[]){4}, ones);
    for (size_t i = 0; i < COUNT(specs); i++)
        assert_model_refused(&t, (model_source){.generator = specs[i]}, STATUS_BAD_INPUT,
                             "'2' is a BatchNorm after an activation, which is not supported");
    trained_release(&t);
}

static void files_of_torch_save_come_with_the_code_that_converts_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content, *new_name;
    } cases[] = {
        {"g.pt", "PK\3\4\0\0\x08\x08\0\0archive/data.pkl", "g.safetensors'"},
        {"it's.1.pth", "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", "it\\'s.1.safetensors'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = join_path(folder, cases[i].name);
        write_bytes(cases[i].name, cases[i].content, 16);
        assert_path_refused(path, "was written by torch.save");
        error e = {0};
        model_file m;
        model_source source = {.path = path};
        assert_int_equal(model_file_load(&m, &source, &e), -1);
        assert_message(&e, STATUS_BAD_INPUT,
                       "import torch, safetensors.torch; safetensors.torch.save_file(torch.load('");
        assert_message(&e, STATUS_BAD_INPUT, cases[i].new_name);
        unlink(path);
        free(path);
    }
    /* a header of 640 bytes begins with the same two bytes */
    write_bytes("cut", "\x80\2\0\0\0\0\0\0{\"a\":1}", 15);
    char *cut = join_path(folder, "cut");
    assert_path_refused(cut, "but only 7 follow");
    free(cut);
}

static void foreign_model_needs_a_spec(void **state)
{
    (void)state;
    trained t;
    foreign_init(&t, g_spec);
    assert_model_refused(&t, (model_source){0}, STATUS_USAGE, "give --generator SPEC");
    assert_model_refused(&t, (model_source){.generator = "4:bn:silu,784"}, STATUS_USAGE,
                         "the generator's spec: ");
    assert_model_refused(&t, (model_source){.generator = "4:bn"}, STATUS_BAD_INPUT,
                         "'G.3.bias' is not part of the spec '4:bn'");
    assert_model_refused(&t, (model_source){.generator = g_spec, .weights = "ema"}, STATUS_USAGE,
                         "--weights");
    assert_model_refused(&t, (model_source){.generator = g_spec, .discriminator = d_spec},
                         STATUS_BAD_INPUT, "tensor 'D.0.weight' is missing");
    trained_release(&t);
}

static void foreign_pictures_are_squares(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        size_t side; /* 0: refused */
    } cases[] = {{"4,16:tanh", 4},    {"4,784:tanh", 28}, {"4,16384:tanh", 128},
                 {"4,16641:tanh", 0}, {"4,9:tanh", 0},    {"4,783:tanh", 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        trained t;
        model_file m;
        model_source source = {.generator = cases[i].spec};
        foreign_init(&t, cases[i].spec);
        if (cases[i].side == 0) {
            assert_model_refused(&t, source, STATUS_BAD_INPUT, "no square picture of 4 to 128");
        } else {
            assert_done(reopen(&m, &t, source, &e), &e);
            assert_true(m.shape.rows == cases[i].side && m.shape.cols == cases[i].side);
            assert_string_equal(m.kind, "gan");
            model_file_release(&m);
        }
        trained_release(&t);
    }
}

static void foreign_range_follows_the_last_activation(void **state)
{
    (void)state;
    const double given[2] = {-0.5, 2};
    const double wrong[2] = {1, 1};
    const struct {
        const char *spec;
        const double *range;
        float low, high;
    } cases[] = {{"4,784:tanh", NULL, -1, 1},
                 {"4,784:sigmoid", NULL, 0, 1},
                 {"4,784", given, -0.5f, 2},
                 {"4,784:tanh", given, -0.5f, 2}};
    trained t;
    foreign_init(&t, "4,784");
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        model_file m;
        model_source source = {.generator = cases[i].spec, .range = cases[i].range};
        assert_done(reopen(&m, &t, source, &e), &e);
        assert_true(m.low == cases[i].low && m.high == cases[i].high);
        assert_null(m.warning);
        model_file_release(&m);
    }
    assert_model_refused(&t, (model_source){.generator = "4,784"}, STATUS_USAGE, "give --range");
    assert_model_refused(&t, (model_source){.generator = "4,784", .range = wrong}, STATUS_USAGE,
                         "LOW below HIGH");
    trained_release(&t);
}

static void foreign_batchnorm_without_eps_is_warned_about(void **state)
{
    (void)state;
    error e = {0};
    trained t;
    model_file m;
    foreign_init(&t, g_spec);
    assert_done(reopen(&m, &t, (model_source){.generator = g_spec}, &e), &e);
    assert_int_equal(strncmp(m.warning, m.path, strlen(m.path)), 0);
    assert_non_null(strstr(m.warning, "1e-5"));
    model_file_release(&m);
    assert_done(reopen(&m, &t, (model_source){.generator = "4:bn=1e-5:lrelu,784:tanh"}, &e), &e);
    assert_null(m.warning);
    model_file_release(&m);
    trained_release(&t);
}

static void foreign_first_weight_must_tell_z_dim(void **state)
{
    (void)state;
    const float zero = 0;
    trained t = {0};
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "tensor 'G.0.weight' is missing");
    safetensors_add(&t.file, "G.0.weight", DTYPE_F32, 1, (const size_t[]){1}, &zero);
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "not (outputs, inputs)");
    safetensors_release(&t.file);
    safetensors_add(&t.file, "G.0.weight", DTYPE_F32, 2, (const size_t[]){4, 0}, &zero);
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "not (outputs, inputs)");
    trained_release(&t);
}

static void discriminator_with_batchnorm_is_refused(void **state)
{
    (void)state;
    trained t;
    foreign_init(&t, g_spec);
    t.d = network_of("3:bn:lrelu,1", 784, 0.25f);
    checkpoint_add_network(&t.file, "D.", &t.d);
    model_source source = {.generator = g_spec, .discriminator = "3:bn:lrelu,1"};
    assert_model_refused(&t, source, STATUS_BAD_INPUT, "has bn");
    trained_release(&t);
}

/* ---- Noise vectors ----------------------------------------------------------------------------
 */

static void noise_vectors_are_rows_of_the_models_width(void **state)
{
    (void)state;
    const float rows[6] = {1, 2, 3, 4, 5, 6};
    char *path = join_path(folder, "a:b.safetensors"); /* the last colon counts */
    text source = {0};
    safetensors s = {0};
    error e = {0};
    float *z = NULL;
    size_t n = 0;
    safetensors_add(&s, "z", DTYPE_F32, 2, (const size_t[]){3, 2}, rows);
    assert_done(safetensors_save(&s, path, NOT_DURABLE, &e), &e);
    text_add(&source, "%s:z", path);
    assert_done(latents_load(&z, &n, 2, source.data, NULL, &e), &e);
    assert_int_equal(n, 3);
    assert_memory_equal(z, rows, sizeof rows);
    free(z);
    assert_int_equal(latents_load(&z, &n, 3, source.data, NULL, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "tensor 'z' has not the shape (N, 3) of noise vectors");
    safetensors_release(&s);
    text_release(&source);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* first, since later tests raise the peak it measures */
        cmocka_unit_test(headers_that_lie_about_sizes_cost_no_memory),
        cmocka_unit_test(bytes_are_those_of_the_reference_writer),
        cmocka_unit_test(tensors_are_ordered_by_descending_type_then_name),
        cmocka_unit_test(files_without_tensors_have_the_reference_bytes),
        cmocka_unit_test(names_are_escaped_as_the_reference_does),
        cmocka_unit_test(metadata_keys_are_sorted),
        cmocka_unit_test(values_survive_a_round_trip),
        cmocka_unit_test(a_file_that_cannot_be_made_is_a_bad_output),
        cmocka_unit_test(stream_gives_the_bytes_of_save_for_blocks_in_any_order),
        cmocka_unit_test(stream_with_missing_elements_leaves_no_file),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(unusual_but_valid_headers_are_accepted),
        cmocka_unit_test(padding_with_nul_is_refused),
        cmocka_unit_test(length_fields_that_lie_are_refused),
        cmocka_unit_test(headers_over_the_limit_are_refused),
        cmocka_unit_test(network_survives_a_round_trip_among_other_tensors),
        cmocka_unit_test(specs_that_do_not_fit_are_told_apart),
        cmocka_unit_test(a_transposed_weight_is_refused),
        cmocka_unit_test(strangers_among_the_indices_are_refused),
        cmocka_unit_test(weights_of_other_types_are_refused),
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(bias_before_batchnorm_is_folded_into_the_mean),
        cmocka_unit_test(folded_bias_must_have_the_shape_of_its_layer),
        cmocka_unit_test(negative_variance_is_refused),
        cmocka_unit_test(our_model_says_all_about_itself),
        cmocka_unit_test(discriminator_is_optional),
        cmocka_unit_test(metadata_that_does_not_fit_is_refused),
        cmocka_unit_test(missing_metadata_is_refused),
        cmocka_unit_test(our_model_takes_no_options_of_foreign_ones),
        cmocka_unit_test(state_gives_the_average_unless_raw_is_asked_for),
        cmocka_unit_test(state_without_average_gives_raw_weights),
        cmocka_unit_test(checkpoint_cut_at_any_length_is_refused),
        cmocka_unit_test(files_of_other_kinds_are_refused_by_name),
        cmocka_unit_test(folder_gives_its_model_else_its_state),
        cmocka_unit_test(golden_file_opens_as_a_foreign_model),
        cmocka_unit_test(foreign_networks_are_found_under_any_prefix),
        cmocka_unit_test(foreign_networks_that_are_not_found_are_told_apart),
        cmocka_unit_test(batchnorm_after_the_activation_is_named),
        cmocka_unit_test(files_of_torch_save_come_with_the_code_that_converts_them),
        cmocka_unit_test(foreign_model_needs_a_spec),
        cmocka_unit_test(foreign_pictures_are_squares),
        cmocka_unit_test(foreign_range_follows_the_last_activation),
        cmocka_unit_test(foreign_batchnorm_without_eps_is_warned_about),
        cmocka_unit_test(foreign_first_weight_must_tell_z_dim),
        cmocka_unit_test(discriminator_with_batchnorm_is_refused),
        cmocka_unit_test(noise_vectors_are_rows_of_the_models_width),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
