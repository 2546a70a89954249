/* SPDX-License-Identifier: MIT */
/* On each kernel the examples of FIPS 180-4 and of NIST's test suite (SHA256ShortMsg.rsp), and
 * pieces of any length. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/base/sha256_detail.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_sum(const void *data, size_t n, const char *want)
{
    char sum[SHA256_SIZE];
    sha256_of(sum, data, n);
    assert_string_equal(sum, want);
}

static void texts_of_the_standard_have_its_sums(void **state)
{
    static const struct {
        const char *words, *sum;
    } known[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
         "opqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_sum(known[i].words, strlen(known[i].words), known[i].sum);
    assert_sum((const unsigned char[]){0xd3}, 1,
               "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
}

static void a_million_letters_have_their_sum(void **state)
{
    enum { MILLION = 1000000 };
    char *letters = allocate(MILLION, 1);
    (void)state;
    memset(letters, 'a', MILLION);
    assert_sum(letters, MILLION,
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}

/* The last block of half a gigabyte: a bit, zeros and 2^32 as the length in bits. */
static void the_length_has_64_bits(void **state)
{
    unsigned char last[SHA256_BLOCK] = {0x80, [SHA256_BLOCK - 5] = 1};
    sha256_stream s;
    char sum[SHA256_SIZE], want[SHA256_SIZE];
    (void)state;
    sha256_start(&s);
    uint32_t state_of_all[8];
    memcpy(state_of_all, s.state, sizeof s.state);
    sha256_blocks_plain(state_of_all, last, 1);
    for (size_t i = 0; i < 8; i++)
        snprintf(want + 8 * i, 9, "%08" PRIx32, state_of_all[i]);
    s.n_bytes = (uint64_t)1 << 29;
    sha256_end(&s, sum);
    assert_string_equal(sum, want);
}

/* Any cut, at lengths around one block, two blocks and the place of the length. */
static void pieces_have_the_sum_of_the_whole(void **state)
{
    enum { MOST = 200 };
    unsigned char data[MOST];
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        data[i] = (unsigned char)(i * 37 + 11);
    for (size_t n = 0; n <= MOST; n++) {
        char whole[SHA256_SIZE];
        sha256_of(whole, data, n);
        for (size_t cut = 0; cut <= n; cut += 1 + n / 9) {
            char pieces[SHA256_SIZE];
            sha256_stream s;
            sha256_start(&s);
            sha256_add(&s, data, cut);
            sha256_add(&s, data + cut, 0);
            sha256_add(&s, data + cut, n - cut);
            sha256_end(&s, pieces);
            assert_string_equal(pieces, whole);
        }
    }
}

/* Of the bytes i % 251, n of them; by sha256sum. */
static void lengths_around_a_block_have_their_sums(void **state)
{
    static const struct {
        size_t n;
        const char *sum;
    } known[] = {
        {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {55, "463eb28e72f82e0a96c0a4cc53690c571281131f672aa229e0d45ae59b598b59"},
        {56, "da2ae4d6b36748f2a318f23e7ab1dfdf45acdc9d049bd80e59de82a60895f562"},
        {57, "2fe741af801cc238602ac0ec6a7b0c3a8a87c7fc7d7f02a3fe03d1c12eac4d8f"},
        {63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488"},
        {64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"},
        {65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781"},
        {119, "da18797ed7c3a777f0847f429724a2d8cd5138e6ed2895c3fa1a6d39d18f7ec6"},
        {120, "f52b23db1fbb6ded89ef42a23ce0c8922c45f25c50b568a93bf1c075420bbb7c"},
        {127, "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976"},
        {128, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5"},
        {129, "5099c6a56203f9687f7d33f4bfdf576d31dc91f6b695ecea38b2770c87631135"},
        {4097, "a16560d668b843fb3be99ace41dbd18471f342bd3255a1d21204b35e43f74436"},
    };
    unsigned char data[4097];
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i % 251);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_sum(data, known[i].n, known[i].sum);
}

static int use_plain(void **state)
{
    (void)state;
    sha256_use(sha256_blocks_plain);
    return 0;
}

static int use_best(void **state)
{
    (void)state;
    sha256_use(NULL);
    return 0;
}

static void every_length_has_the_same_sum_by_either_kernel(void **state)
{
    enum { MOST = 1000 };
    unsigned char data[MOST + 1];
    (void)state;
    for (size_t i = 0; i <= MOST; i++)
        data[i] = (unsigned char)(i * i + 5 * i);
    for (size_t n = 0; n <= MOST; n += 1 + n / 150) {
        char plain[SHA256_SIZE], best[SHA256_SIZE];
        sha256_use(sha256_blocks_plain);
        sha256_of(plain, data + 1, n);
        sha256_use(NULL);
        sha256_of(best, data + 1, n);
        assert_string_equal(plain, best);
    }
}

#define WITH(setup, test)                                                                          \
    {                                                                                              \
#test "_by_" #setup, test, setup, NULL, NULL                                               \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH(use_plain, texts_of_the_standard_have_its_sums),
        WITH(use_best, texts_of_the_standard_have_its_sums),
        WITH(use_plain, a_million_letters_have_their_sum),
        WITH(use_best, a_million_letters_have_their_sum),
        WITH(use_plain, pieces_have_the_sum_of_the_whole),
        WITH(use_best, pieces_have_the_sum_of_the_whole),
        WITH(use_plain, lengths_around_a_block_have_their_sums),
        WITH(use_best, lengths_around_a_block_have_their_sums),
        WITH(use_plain, the_length_has_64_bits),
        cmocka_unit_test(every_length_has_the_same_sum_by_either_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
