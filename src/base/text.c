/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for n more bytes and the NUL after them; doubling keeps many small additions linear.
 */
static void text_reserve(text *t, size_t n)
{
    size_t needed = 0;
    if (!checked_add(&needed, t->length, n) || !checked_add(&needed, needed, 1))
        needed = SIZE_MAX; /* which reallocate reports as no memory */
    if (needed <= t->capacity)
        return;
    size_t capacity = t->capacity > SIZE_MAX / 2 ? needed : t->capacity * 2;
    t->capacity = capacity < needed ? needed : capacity;
    t->data = reallocate(t->data, t->capacity, 1);
}

/* Numbers look the same whatever locale the process or a library has set; "C" costs nothing. */
typedef struct {
    locale_t plain, before;
} plain_locale;

static plain_locale plain_locale_enter(void)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        memory_end(); /* going on would write a ',' where another locale says so */
    return (plain_locale){plain, uselocale(plain)};
}

static void plain_locale_leave(plain_locale l)
{
    uselocale(l.before);
    freelocale(l.plain);
}

/* In the room there is; returns how many bytes all of it has. */
PRINTF_LIKE(2, 0) static size_t format_into(text *t, const char *format, va_list arguments)
{
    size_t room = t->capacity - t->length;
    int n = vsnprintf(room ? t->data + t->length : NULL, room, format, arguments);
    if (n < 0) /* the rest of what can fail, wide characters, is in no format */
        memory_end();
    return (size_t)n;
}

void text_add_arguments(text *t, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    plain_locale l = plain_locale_enter();
    size_t size = format_into(t, format, arguments);
    if (size >= t->capacity - t->length) {
        text_reserve(t, size);
        format_into(t, format, again);
    }
    t->length += size;
    plain_locale_leave(l);
    va_end(again);
}

void text_add(text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_arguments(t, format, arguments);
    va_end(arguments);
}

void text_add_bytes(text *t, const void *data, size_t n)
{
    text_reserve(t, n);
    if (n > 0)
        memcpy(t->data + t->length, data, n);
    t->length += n;
    t->data[t->length] = '\0';
}

void text_release(text *t)
{
    free(t->data);
    *t = (text){0};
}

bool begins_with(const char *s, const char *start) { return strncmp(s, start, strlen(start)) == 0; }

bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), n_end = strlen(end);
    return n >= n_end && strcmp(s + n - n_end, end) == 0;
}

size_t count_characters(const char *s, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

/* The number of bytes that follow a first byte; -1 for a byte no character starts with. */
static int bytes_following(unsigned char first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xC2 && first < 0xE0)
        return 1;
    if (first >= 0xE0 && first < 0xF0)
        return 2;
    return first >= 0xF0 && first < 0xF5 ? 3 : -1;
}

/* Whether c is a character, and needs the n bytes after its first. */
static bool is_character(uint32_t c, int n)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    return c >= least[n] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

uint32_t character_read(const char **at)
{
    const unsigned char *byte = (const unsigned char *)*at;
    if (byte[0] == 0)
        return 0;
    ++*at;
    int n = bytes_following(byte[0]);
    if (n <= 0)
        return n == 0 ? byte[0] : CHARACTER_UNKNOWN;
    uint32_t c = byte[0] & (n == 1 ? 0x1Fu : n == 2 ? 0x0Fu : 0x07u);
    for (int i = 1; i <= n; i++) {
        if ((byte[i] & 0xC0) != 0x80) /* also stops at the NUL */
            return CHARACTER_UNKNOWN;
        c = c << 6 | (byte[i] & 0x3Fu);
    }
    if (!is_character(c, n))
        return CHARACTER_UNKNOWN;
    *at += n;
    return c;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_digits(const char *s)
{
    while (is_digit(*s))
        s++;
    return s;
}

/* The end of [+-]digits[.digits][e[+-]digits] at s, or s itself. By hand, since strtod takes more:
 * leading blanks, hexadecimal, "nan", "inf". */
static const char *decimal_end(const char *s)
{
    const char *start = *s == '+' || *s == '-' ? s + 1 : s;
    const char *end = skip_digits(start);
    bool has_digits = end > start;
    if (*end == '.') {
        const char *after = skip_digits(end + 1);
        has_digits = has_digits || after > end + 1;
        end = after;
    }
    if (!has_digits)
        return s;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end[1] == '+' || end[1] == '-' ? end + 2 : end + 1;
        if (is_digit(*exponent))
            end = skip_digits(exponent);
    }
    return end;
}

bool real_read(double *out, const char *s, const char **end)
{
    const char *stop = decimal_end(s);
    if (stop == s)
        return false;
    plain_locale l = plain_locale_enter();
    char *stop_of_strtod = NULL;
    double v = strtod(s, &stop_of_strtod);
    plain_locale_leave(l);
    if (stop_of_strtod != stop) /* of "0x10" only the 0 is decimal */
        v = 0;
    if (!isfinite(v))
        return false;
    *out = v;
    *end = stop;
    return true;
}

const char *not_finite_name(double v) { return isnan(v) ? "NaN" : v > 0 ? "inf" : "-inf"; }

bool count_read(uint64_t *out, const char *s, const char **end)
{
    if (!is_digit(*s))
        return false;
    uint64_t v = 0;
    for (; is_digit(*s); s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    *end = s;
    return true;
}

void text_add_decimals(text *t, double v, int decimals)
{
    text words = {0};
    text_add(&words, "%.*f", decimals, v);
    bool is_minus_zero = words.data[0] == '-' && strspn(words.data, "-0.") == words.length;
    text_add(t, "%s", words.data + is_minus_zero);
    text_release(&words);
}

void text_add_grouped(text *out, uint64_t v)
{
    if (v >= 1000)
        text_add_grouped(out, v / 1000);
    text_add(out, v >= 1000 ? ",%03llu" : "%llu", (unsigned long long)(v % 1000));
}

/* What XML 1.0 holds: of the control characters the blanks alone, and no U+FFFE, U+FFFF. */
static bool is_of_xml(uint32_t c)
{
    return c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r';
}

static const char *name_in_markup(uint32_t c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : NULL;
}

void text_add_markup(text *out, const char *words)
{
    for (const char *from = words; *from;) {
        const char *at = from;
        uint32_t c = character_read(&at);
        if (name_in_markup(c))
            text_add(out, "%s", name_in_markup(c));
        else if (c == CHARACTER_UNKNOWN || !is_of_xml(c))
            text_add(out, "\uFFFD");
        else
            text_add_bytes(out, from, (size_t)(at - from));
        from = at;
    }
}

const char *words_join(size_t i, size_t n) { return i == 0 ? "" : i + 1 < n ? ", " : " and "; }
