/* SPDX-License-Identifier: MIT */
/* Help, man page and completions. */
#define _XOPEN_SOURCE 700 /* a pseudo-terminal, to see what a terminal sees */
#define _DEFAULT_SOURCE   /* and to set its width */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "demo_program.h"
#include "terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static text printed_by(const char *option, const char *value)
{
    capture c = capture_start(STDOUT_FILENO);
    outcome o = run(option, value);
    text all = capture_end(c);
    assert_int_equal(o.status, 1);
    done(&o);
    return all;
}

/* ---- Documents ---- */

static void every_option_is_in_help_man_and_completions(void **state)
{
    (void)state;
    const char *const names[] = {
        "data", "range",    "window",       "start",   "output",  "recipe",  "batch",   "steps",
        "lr",   "max-time", "sample-every", "seed",    "seeds",   "metrics", "resume",  "pictures",
        "help", "version",  "quiet",        "verbose", "threads", "config",  "dry-run", "progress"};
    const char *const documents[][2] = {{"--help", NULL},
                                        {"--print-completion", "bash"},
                                        {"--print-completion", "zsh"},
                                        {"--print-completion", "fish"}};
    for (size_t d = 0; d < 4; d++) {
        text t = printed_by(documents[d][0], documents[d][1]);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char spelling[64];
            snprintf(spelling, sizeof spelling, d == 3 ? "-l %s" : "--%s", names[i]);
            assert_holds(t.data, spelling);
        }
        assert_null(strstr(t.data, "print-man"));
        text_release(&t);
    }
}

static void assert_lines_fit(const char *s, size_t width)
{
    for (; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        if (strcspn(s, "\n") > width)
            fail_msg("too wide: %.*s", (int)strcspn(s, "\n"), s);
}

static void help_shows_values_ranges_defaults_and_fits_80_columns(void **state)
{
    (void)state;
    text t = printed_by("-h", NULL);
    assert_memory_equal(t.data, "Usage: gandemo [OPTION ...] CHECKPOINT\n", 39);
    assert_holds(t.data, "\n  -b, --batch N           Samples. (1..65536; default 32)\n");
    assert_holds(t.data, "\n  -s, --seed, --seeds LIST\n                          Seeds.\n");
    assert_holds(t.data, "(one of tuned, classic;");
    assert_holds(t.data, "(any of fcd, kid, is)");
    assert_holds(t.data, "\n      --pictures, --no-pictures\n");
    assert_holds(t.data, "default -1,1");
    assert_holds(t.data, "Often. (0 or 1..1000000; default 200)");
    assert_holds(t.data,
                 "Not more. It is mean (of all)\n                          or row:N (one).\n");
    assert_holds(t.data, "\nExit status:\n  0       Done.\n");
    assert_holds(t.data, "\nExamples:\n  gandemo -o run a.safetensors  # the usual\n");
    assert_holds(t.data, "\nThe page `man ganlens` defines layers, models, metrics, ");
    assert_true(strstr(t.data, "\nCommon options:\n") > strstr(t.data, "\nRun:\n"));
    assert_lines_fit(t.data, 80);
    text_release(&t);
}

static void version_names_program_product_and_build(void **state)
{
    (void)state;
    text t = printed_by("--version", NULL);
    assert_string_equal(t.data, "gandemo (ganlens) " GANLENS_VERSION "\nOpenBLAS 0.3\n");
    text_release(&t);
}

static void the_man_page_is_roff_whose_text_starts_no_request(void **state)
{
    (void)state;
    text t = printed_by("--print-man", NULL);
    const char *const parts[] = {
        ".TH GANDEMO 1 \"",
        "\n.SH NAME\ngandemo \\- show one option of each kind\n",
        "\n.SH SYNOPSIS\n",
        "\n.SH DESCRIPTION\n",
        "\n.PP\n\\&.A second one.\n",
        "\n.SH OPTIONS\n.SS Data\n",
        "\n.TP\n\\fB\\-b, \\-\\-batch N\\fR\nSamples.\n(1..65536; default 32)\n",
        "It\\(aqs the first",
        "\n.SH ENVIRONMENT\n.TP\n\\fBCOLUMNS\\fR\n",
        "\n.TP\n\\fBGANLENS_CPU\\fR\navx512, avx2 or plain: the most ",
        "\n.SH FILES\n.TP\n\\fBRUN/log\\-1\\fR\nWhat it says: a line a step.\n",
        "\n.TP\n\\fB\\&.hidden\\fR\nNothing.\n",
        "\n.SH EXIT STATUS\n",
        "\n.SH EXAMPLES\n.nf\n",
        "\n.SH SEE ALSO\n\\fBganeval\\fR(1),\n\\fBganexplain\\fR(1),\n\\fBgansample\\fR(1),\n\\fBgantrain\\fR(1),\n",
        "\n\\fBgantrain\\fR(1),\n\\fBganlens\\fR(7)\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_holds(t.data, parts[i]);
    for (const char *line = t.data; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '.' && !strchr("TSPnf", line[1]))
            fail_msg("a request by accident: %.20s", line);
    }
    assert_lines_fit(t.data, 79);
    text_release(&t);
}

/* groff ends a sentence where a line ends in a dot, and parts sentences by two blanks. */
static void man_prose_begins_a_line_at_each_sentence_and_nowhere_ends_one(void **state)
{
    text t = {0};
    (void)state;
    man_add_prose(&t, "One. Two by Ba et al. 2014, e.g. this. A third");
    assert_string_equal(t.data, "One.\nTwo by Ba et al. 2014, e.g. this.\nA third\n");
    text_release(&t);
    man_add_prose(&t,
                  "Words that fill a line so far that the next one, by Adam, Ba et al. 2014 does");
    assert_holds(t.data, "et al.\\&\n2014 does\n");
    text_release(&t);
}

static void man_entries_are_lines_of_label_and_meaning(void **state)
{
    text t = {0};
    (void)state;
    man_add_entries(&t, "rec:FILE: a picture: one\n\nalone\n");
    assert_string_equal(t.data, ".TP\n\\fBrec:FILE\\fR\na picture: one\n.TP\n\\fBalone\\fR\n\n");
    text_release(&t);
    man_add_paragraphs(&t, "One.\n\nTwo.");
    assert_string_equal(t.data, "One.\n.PP\nTwo.\n");
    text_release(&t);
}

static void completions_offer_choices_and_files(void **state)
{
    (void)state;
    text t = printed_by("--print-completion", "bash");
    assert_holds(t.data, "--recipe)\n        words='tuned classic'\n");
    assert_holds(t.data, "--output|-o)\n        return\n");
    assert_holds(t.data, "--start)\n        words='mean row:'\n        files=yes\n");
    assert_holds(t.data, "--no-pictures");
    text_release(&t);
    t = printed_by("--print-completion=zsh", NULL);
    assert_holds(t.data, "'--recipe=[Where the settings start]:NAME:(tuned classic)'");
    assert_holds(t.data, "'--data=[Where the data is]:DIR:_files'");
    assert_holds(t.data,
                 "'--start=[From; or else... there]:mean|row\\:N:compadd -S \"\" - mean row\\:'");
    text_release(&t);
    t = printed_by("--print-completion=fish", NULL);
    assert_holds(t.data, "-l recipe -x -a 'tuned classic' -d 'Where the settings start'\n");
    assert_holds(t.data, "-l output -s o -r -F -d 'The folder'\n");
    assert_holds(t.data, "-l start -x -a 'mean row:' -d 'From; or else... there'\n");
    text_release(&t);
    assert_refused("--print-completion: 'power' is not one of bash|zsh|fish",
                   "--print-completion=power");
}

static void help_that_cannot_be_written_is_bad_output(void **state)
{
    (void)state;
    fflush(NULL);
    int kept = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    dup2(full, STDOUT_FILENO);
    outcome o = run("--help");
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(full);
    assert_int_equal(o.status, -1);
    assert_int_equal(o.e.status, STATUS_BAD_OUTPUT);
    done(&o);
}

static void print_help_at_a_width(unsigned short columns)
{
    set_width(columns);
    outcome o = run("--help");
    done(&o);
}

static void print_help_at_90(void) { print_help_at_a_width(90); }
static void print_help_at_45(void) { print_help_at_a_width(45); }
static void print_help_at_5(void) { print_help_at_a_width(5); }
static void print_help_at_500(void) { print_help_at_a_width(500); }

static size_t widest_line(const char *s)
{
    size_t widest = 0;
    for (; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        widest = strcspn(s, "\r\n") > widest ? strcspn(s, "\r\n") : widest;
    return widest;
}

static void help_is_as_wide_as_the_terminal_within_40_to_100(void **state)
{
    (void)state;
    static void (*const prints[])(void) = {print_help_at_90, print_help_at_45, print_help_at_500,
                                           print_help_at_5, print_help_at_90};
    static const size_t widths[] = {90, 45, 100, 43, 56}; /* an example line is never broken */
    unsetenv("COLUMNS");
    for (size_t i = 0; i < 5; i++) {
        if (i == 4)
            setenv("COLUMNS", "56", 1);
        text t = seen_on_terminal(prints[i]);
        size_t widest = widest_line(t.data);
        if (widest > widths[i] || widest + 9 < widths[i])
            fail_msg("%zu columns, expected %zu or a few less:\n%s", widest, widths[i], t.data);
        text_release(&t);
    }
    unsetenv("COLUMNS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_in_help_man_and_completions),
        cmocka_unit_test(help_shows_values_ranges_defaults_and_fits_80_columns),
        cmocka_unit_test(version_names_program_product_and_build),
        cmocka_unit_test(the_man_page_is_roff_whose_text_starts_no_request),
        cmocka_unit_test(man_prose_begins_a_line_at_each_sentence_and_nowhere_ends_one),
        cmocka_unit_test(man_entries_are_lines_of_label_and_meaning),
        cmocka_unit_test(completions_offer_choices_and_files),
        cmocka_unit_test(help_that_cannot_be_written_is_bad_output),
        cmocka_unit_test(help_is_as_wide_as_the_terminal_within_40_to_100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
