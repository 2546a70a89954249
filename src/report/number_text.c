/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "1.2e-05" to "1.2e-5", "1e+06" to "1e6". */
static void shorten_exponent(char *number)
{
    char *to = strchr(number, 'e');
    if (!to)
        return;
    const char *from = ++to;
    if (*from == '-')
        *to++ = '-';
    from += *from == '-' || *from == '+';
    while (*from == '0')
        from++;
    memmove(to, from, strlen(from) + 1);
}

const char *number_write_digits(number_text out, double v, int digits, bool with_plus)
{
    if (isnan(v)) {
        snprintf(out, sizeof(number_text), "nan");
    } else if (v == 0) { /* no "-0", no "+0" */
        snprintf(out, sizeof(number_text), "0");
    } else {
        text written = {0}; /* a point in every locale */
        text_add(&written, with_plus ? "%+.*g" : "%.*g", digits < 8 ? digits : 8, v);
        snprintf(out, sizeof(number_text), "%s", written.data);
        text_release(&written);
        if (isfinite(v))
            shorten_exponent(out);
    }
    return out;
}

const char *number_write(number_text out, double v, bool with_plus)
{
    return number_write_digits(out, v, 3, with_plus);
}

const char *number_write_floored(number_text out, double v, double floor, bool with_plus)
{
    return number_write(out, fabs(v) < floor ? 0 : v, with_plus);
}

value_summary summarise(const float *values, size_t n)
{
    value_summary s = {.n = n};
    bool has_any = false;
    for (size_t i = 0; i < n; i++) {
        double v = (double)values[i];
        if (!isfinite(v)) {
            s.n_not_finite++;
            continue;
        }
        if (!has_any || v < s.least) {
            s.least = v;
            s.i_least = i;
        }
        if (!has_any || v > s.greatest) {
            s.greatest = v;
            s.i_greatest = i;
        }
        has_any = true;
        s.sum += v;
    }
    s.largest = fmax(fabs(s.least), fabs(s.greatest));
    return s;
}

size_t count_outside(const float *values, size_t n, double scale, bool one_sided)
{
    double low = one_sided ? 0 : -scale;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)values[i];
        count += isfinite(v) && (v > scale || v < low);
    }
    return count;
}

void text_add_exceptions(text *t, size_t n, size_t n_outside, size_t n_not_finite, const char *fate)
{
    number_text percent;
    if (n_outside > 0)
        text_add(t, ", %s %% outside the scale",
                 number_write(percent, 100.0 * (double)n_outside / (double)n, false));
    if (n_not_finite > 0)
        text_add(t, ", %zu not finite (%s)", n_not_finite, fate);
}
