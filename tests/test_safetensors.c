/* SPDX-License-Identifier: MIT */
/* safetensors files, good and damaged. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "folder.h"

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

static void a_value_that_is_not_finite_is_named_wherever_it_is(void **state)
{
    (void)state;
    enum { N = 2500 };
    const size_t places[] = {0, 1023, 1024, 2047, 2048, N - 1};
    for (size_t i = 0; i < COUNT(places); i++) {
        float v[N] = {0};
        char words[80];
        safetensors s = {0};
        v[places[i]] = NAN;
        safetensors_add(&s, "x", DTYPE_F32, 1, (const size_t[]){N}, v);
        bytes b = save(&s, "nan.safetensors");
        snprintf(words, sizeof words, "element %zu is not a finite number", places[i]);
        assert_refused(&b, words);
        bytes_release(&b);
        safetensors_release(&s);
    }
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
        cmocka_unit_test(values_that_are_not_finite_are_refused),
        cmocka_unit_test(a_value_that_is_not_finite_is_named_wherever_it_is),
        cmocka_unit_test(checkpoint_cut_at_any_length_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
