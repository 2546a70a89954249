/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of what is not there yet: the same name in the same folder. */
static bool is_same_name(const char *a, const char *b)
{
    char *folder_a = path_folder(a), *folder_b = path_folder(b);
    bool is_same = strcmp(path_name(a), path_name(b)) == 0 && is_same_file(folder_a, folder_b);
    free(folder_a);
    free(folder_b);
    return is_same;
}

/* Devices such as /dev/null may be written by many; a pipe would mix them. */
bool is_same_file(const char *a, const char *b)
{
    struct stat s_a, s_b;
    bool has_a = stat(a, &s_a) == 0, has_b = stat(b, &s_b) == 0;
    if (!has_a && !has_b)
        return strcmp(a, b) == 0 || is_same_name(a, b);
    return has_a && has_b && !S_ISCHR(s_a.st_mode) && !S_ISBLK(s_a.st_mode) &&
           s_a.st_dev == s_b.st_dev && s_a.st_ino == s_b.st_ino;
}

int output_check(const char *path, exit_status if_missing, error *e)
{
    char *folder = path_folder(path);
    int status = 0;
    if (is_folder(path)) {
        status = fail(e, STATUS_BAD_OUTPUT, "%s: is a folder, expected a file name", path);
    } else if (file_is_replaced(path) && access(folder, W_OK | X_OK) != 0) {
        exit_status why = errno == ENOENT ? if_missing : STATUS_BAD_OUTPUT;
        status = fail(e, why, "%s: cannot be made in %s: %s", path, folder, strerror(errno));
    }
    free(folder);
    return status;
}

int outputs_check(const char *const *outputs, size_t n_outputs, const char *const *inputs,
                  size_t n_inputs, error *e)
{
    for (size_t i = 0; i < n_outputs; i++) {
        if (outputs[i] && strcmp(outputs[i], "-") == 0)
            return fail(e, STATUS_USAGE,
                        "-: is no name of a file; write /dev/stdout for standard output");
        for (size_t j = 0; outputs[i] && j < n_inputs; j++)
            if (inputs[j] && is_same_file(outputs[i], inputs[j]))
                return fail(e, STATUS_USAGE, "%s: is read here and would be written over",
                            outputs[i]);
        for (size_t j = 0; outputs[i] && j < i; j++)
            if (outputs[j] && is_same_file(outputs[i], outputs[j]))
                return fail(e, STATUS_USAGE, "%s: two outputs have this name", outputs[i]);
    }
    return 0;
}
