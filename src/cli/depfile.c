/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

/* Make has no way to write these in a name: it would read another rule. */
static const char unwritable[] = "\n\r;|=";

/* Adds a name as make reads it back (tried with GNU make 4.3): blanks, comments, colons and the
 * wildcards behind a backslash, the backslashes before them doubled, and $ twice. A % means a
 * pattern in a target only. */
static void add_name(text *out, const char *name, bool is_target)
{
    size_t n_backslashes = 0;
    for (const char *c = name; *c != '\0'; c++) {
        bool is_special = strchr(" \t#:*?[", *c) || (*c == '%' && is_target);
        for (size_t i = 0; is_special && i <= n_backslashes; i++)
            text_add(out, "\\");
        text_add_bytes(out, *c == '$' ? "$$" : c, *c == '$' ? 2 : 1);
        n_backslashes = *c == '\\' ? n_backslashes + 1 : 0;
    }
}

/* Whether target lies in that folder, or in one below it. */
static bool is_above(const char *folder, const char *target)
{
    char *above = copy_text(target), *slash;
    bool is_found = false;
    while (!is_found && (slash = strrchr(above, '/')) != NULL && slash > above) {
        *slash = '\0';
        is_found = is_same_file(folder, above);
    }
    free(above);
    return is_found;
}

/* Whoever makes the target makes its folders. */
static bool is_beside(const char *path, const char *target)
{
    char *folder = copy_text(path), *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    bool result = slash && is_above(folder, target);
    free(folder);
    return result;
}

int depfile_check(const char *path, const char *target, const char *const *inputs, size_t n_inputs,
                  error *e)
{
    if (!path)
        return 0;
    if (outputs_check((const char *const[]){target, path}, 2, inputs, n_inputs, e))
        return -1;
    for (size_t i = 0; i <= n_inputs; i++) {
        const char *name = i == n_inputs ? target : inputs[i];
        if (strpbrk(name, unwritable))
            return fail(e, STATUS_USAGE, "--depfile: make cannot read the name '%s'", name);
    }
    if (is_above(path, target))
        return fail(e, STATUS_USAGE, "--depfile: %s: is a folder that %s lies in", path, target);
    if (is_beside(path, target) || output_check(path, STATUS_USAGE, e) == 0)
        return 0;
    return fail_in(e, "--depfile");
}

int depfile_save(const char *path, const char *target, const char *const *inputs, size_t n_inputs,
                 error *e)
{
    text rules = {0};
    if (depfile_check(path, target, inputs, n_inputs, e) != 0)
        return -1;
    add_name(&rules, target, true);
    text_add(&rules, ":");
    for (size_t i = 0; i < n_inputs; i++) {
        text_add(&rules, " ");
        add_name(&rules, inputs[i], false);
    }
    text_add(&rules, "\n");
    for (size_t i = 0; i < n_inputs; i++) {
        text_add(&rules, "\n");
        add_name(&rules, inputs[i], true);
        text_add(&rules, ":\n");
    }
    int status = file_save(path, rules.data, rules.length, NOT_DURABLE, e);
    text_release(&rules);
    return status;
}
