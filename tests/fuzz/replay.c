/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files and folders of files, in TAP. Without arguments a program named
 * fuzz_X takes tests/fuzz/corpus/X, which is how `make check` replays what fuzzers and bugs left.
 */
#include "base.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_FILE = 1 << 26 };

static size_t n_replayed, n_failed;

static void replay_file(const char *path)
{
    bytes file = {0};
    error e = {0};
    n_replayed++;
    if (file_load(&file, path, MAX_FILE, &e) != 0) {
        printf("not ok %zu - %s\n", n_replayed, e.message);
        n_failed++;
        return;
    }
    uint8_t *exact = malloc(file.size > 0 ? file.size : 1); /* an overread leaves the block */
    if (!exact)
        abort();
    memcpy(exact, file.data, file.size);
    LLVMFuzzerTestOneInput(exact, file.size);
    printf("ok %zu - %s\n", n_replayed, path);
    fflush(stdout);
    free(exact);
    bytes_release(&file);
}

static void replay_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *file = join_path(path, entries[i]->d_name);
            replay_file(file);
            free(file);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

static void replay(const char *path)
{
    if (is_folder(path))
        replay_folder(path);
    else
        replay_file(path);
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    char *corpus = join_path("tests/fuzz/corpus", name + (strncmp(name, "fuzz_", 5) == 0 ? 5 : 0));
    if (argc < 2)
        replay(corpus);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    free(corpus);
    printf("1..%zu\n", n_replayed);
    return n_failed > 0 || n_replayed == 0;
}
