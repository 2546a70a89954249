/* SPDX-License-Identifier: MIT */
/* How the folders of explanations are called. */
#include "present.h"

#include <string.h>

/* Letters of a name, and of the checksum behind it, which keeps the words of a run apart. */
enum { MOST_LETTERS = 60, MOST_DIGITS = 8 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* Whether its name can be read back: commas between numbers become dashes, so that what has dashes
 * is to have letters, too. */
static bool is_plain(const char *arguments)
{
    size_t n = strlen(arguments);
    return strspn(arguments, "0123456789,") == n ||
           (strspn(arguments, letters) == n && strspn(arguments, "0123456789-") < n);
}

/* Of a file its name alone. */
static void add_words(text *out, const char *name, size_t n, const char *arguments)
{
    text_add_bytes(out, name, n);
    text_add(out, "%s", path_name(arguments));
    for (char *c = out->data; *c; c++)
        if (!strchr(letters, *c))
            *c = '-';
}

/* "pixel:4,5" as "-pixel-4-5". */
static void add_target(text *out, const char *target)
{
    char checksum[SHA256_SIZE];
    text words = {0};
    size_t n = strcspn(target, ":");
    const char *arguments = target + n + (target[n] == ':');
    add_words(&words, target, (size_t)(arguments - target), arguments);
    text_add(out, "-%.*s", MOST_LETTERS, words.data);
    if (!is_plain(arguments) || words.length > MOST_LETTERS) {
        sha256_of(checksum, target, strlen(target));
        text_add(out, "-%.*s", MOST_DIGITS, checksum);
    }
    text_release(&words);
}

char *explanation_suffix(const char *class, const char *target)
{
    text out = {0};
    text_add(&out, "%s%s", class ? "-of-" : "", class ? class : "");
    if (*target)
        add_target(&out, target);
    return out.data;
}
