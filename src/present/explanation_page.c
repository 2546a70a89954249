/* SPDX-License-Identifier: MIT */
/* The page of many explanations: index.html, and the files it stands on. It needs nothing but the
 * folder it is in: no script, no address of elsewhere, and links that are relative. */
#include "page_detail.h"
#include <stdlib.h>
#include <string.h>

/* So many are listed; of more the highest, the lowest and those around the median. */
enum { MOST_LISTED = 2000, LISTED_IN_A_PART = MOST_LISTED / 3 };

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fff; --muted: #5c5c62;"
    " --line: #d8d8dc; --link: #0b57a4; --bad: #a4161a; }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #17171a;"
    " --muted: #a5a5ad; --line: #3a3a40; --link: #7db7f0; --bad: #ff8a8a; } }\n"
    "body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper);"
    " color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }\n"
    "h1 { font-size: 1.5rem; margin: .5rem 0; }\n"
    "h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }\n"
    "p { max-width: 48rem; }\n"
    ".of { color: var(--muted); overflow-wrap: anywhere; }\n"
    "a { color: var(--link); }\n"
    ".sheet { display: block; max-width: 100%; height: auto; background: #fff; }\n"
    "ol { list-style: none; margin: 0; padding: 0; }\n"
    "li { display: flex; gap: 1rem; align-items: flex-start; padding: .6rem 0;"
    " border-top: 1px solid var(--line); }\n"
    "li img { width: 56px; height: 56px; flex: none; image-rendering: pixelated; object-fit:"
    " contain; }\n"
    "li p { margin: .1rem 0; }\n"
    ".value { font-variant-numeric: tabular-nums; font-weight: 600; }\n"
    ".bad { color: var(--bad); font-weight: 600; }\n"
    ".left-out { color: var(--muted); }\n"
    "</style>\n";

/* ---- Text ---- */

static void add_paragraph(text *t, const char *of_class, const char *words)
{
    text_add(t, of_class ? "<p class=\"%s\">" : "<p>", of_class);
    text_add_markup(t, words);
    text_add(t, "</p>\n");
}

/* ---- The top ---- */

static void add_title(text *t, const explanation_page *p)
{
    text title = {0};
    explanation_page_title(&title, p);
    text_add(t, "<title>");
    text_add_markup(t, title.data);
    text_add(t, "</title>\n</head>\n<body>\n<h1>");
    text_add_markup(t, title.data);
    text_add(t, "</h1>\n");
    text_release(&title);
}

static void add_subject(text *t, const json_t *summary)
{
    text words = {0};
    explanation_page_target(&words, summary);
    add_paragraph(t, NULL, words.data);
    text_release(&words);
    explanation_page_model(&words, summary);
    add_paragraph(t, "of", words.data);
    text_release(&words);
}

static void add_findings(text *t, const explanation_page *p, const json_t *summary)
{
    size_t i;
    const json_t *finding;
    json_t *findings = explanation_page_findings(summary, p->seed_key);
    text_add(t, "<h2>What is found in all of them</h2>\n");
    json_array_foreach(findings, i, finding) add_paragraph(t, NULL, json_string_value(finding));
    json_decref(findings);
    if (p->style->has_pictures)
        text_add(t,
                 "<a href=\"%s\"><img class=\"sheet\" src=\"%s\" alt=\"How the target is "
                 "distributed, which components matter, and pictures from the highest value to the "
                 "lowest\"></a>\n",
                 SHEET_FILE, SHEET_FILE);
    text_add(t, "<p>The same as <a href=\"%s\">words</a>; all <a href=\"%s\">numbers</a>.</p>\n",
             FINDINGS_FILE, SUMMARY_FILE);
}

/* ---- The list ---- */

static void add_picture(text *t, const explanation_page *p, const explanation_digest *d)
{
    text_add(t, "<a href=\"%s/%s\"><img loading=\"lazy\" src=\"%s/%s\" alt=\"", d->folder,
             FIGURE_FILE, d->folder, SAMPLE_FILE);
    if (d->description)
        text_add_markup(t, d->description);
    else
        text_add(t, "the picture of %s %llu", p->seed_key, (unsigned long long)d->number);
    text_add(t, "\"></a>\n");
}

/* Of further methods, or of the reports that judge them; nothing where there is none. */
static void add_figures(text *t, const explanation_digest *d, bool judging, const char *before)
{
    bool is_first = true;
    for (size_t i = 0; i < d->n_further; i++) {
        const explain_method *m = d->further[i];
        if (m->judges != judging)
            continue;
        char *file = picture_file_name(m->name, false);
        text_add(t, is_first ? "<br>\n%s " : " &middot; ", before);
        text_add(t, "<a href=\"%s/%s\">%s</a>", d->folder, file, m->name);
        is_first = false;
        free(file);
    }
}

static void add_links(text *t, const explanation_page *p, const explanation_digest *d)
{
    const char *const files[] = {p->style->has_pictures ? FIGURE_FILE : NULL,
                                 words_formats[p->style->format].file, NUMBERS_FILE};
    const char *const names[] = {"figure", "words", "numbers"};
    bool is_first = true;
    text_add(t, "<p>");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (!files[i])
            continue;
        text_add(t, "%s<a href=\"%s/%s\">%s</a>", is_first ? "" : " &middot; ", d->folder, files[i],
                 names[i]);
        is_first = false;
    }
    if (p->style->has_pictures) {
        add_figures(t, d, false, "by");
        add_figures(t, d, true, "judged:");
    }
    text_add(t, "</p>\n");
}

static void add_item(text *t, const explanation_page *p, const explanation_digest *d)
{
    number_text value;
    text_add(t, "<li>\n");
    if (p->style->has_pictures)
        add_picture(t, p, d);
    text_add(t, "<div>\n<p>%s %llu: <span class=\"value\">%s</span>", p->title,
             (unsigned long long)d->number, number_write(value, d->value, true));
    if (d->verdict)
        text_add(t, ", %s", d->verdict);
    text_add(t, d->is_sound ? "</p>\n" : " <span class=\"bad\">a check is not met</span></p>\n");
    if (d->answer)
        add_paragraph(t, NULL, d->answer);
    add_links(t, p, d);
    text_add(t, "</div>\n</li>\n");
}

static void add_items(text *t, const explanation_page *p, const explanation_digest *const *sorted,
                      size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        add_item(t, p, sorted[i]);
}

static void add_left_out(text *t, size_t n)
{
    text_add(t, "<li class=\"left-out\">");
    text_add_grouped(t, n);
    text_add(t, " between these are left out here; %s lists all.</li>\n", SUMMARY_FILE);
}

static void add_list(text *t, const explanation_page *p, const explanation_digest *const *sorted)
{
    text_add(t, "<h2>Each of them, the highest value first</h2>\n<ol>\n");
    if (p->n <= MOST_LISTED) {
        add_items(t, p, sorted, 0, p->n);
    } else {
        size_t part = LISTED_IN_A_PART, middle = (p->n - part) / 2;
        add_items(t, p, sorted, 0, part);
        add_left_out(t, middle - part);
        add_items(t, p, sorted, middle, middle + part);
        add_left_out(t, p->n - 2 * part - middle);
        add_items(t, p, sorted, p->n - part, p->n);
    }
    text_add(t, "</ol>\n");
}

static void write_page(text *t, const explanation_page *p, const json_t *summary,
                       const explanation_digest *const *sorted)
{
    text_add(t, "%s", head);
    add_title(t, p);
    add_subject(t, summary);
    add_findings(t, p, summary);
    add_list(t, p, sorted);
    text_add(t, "</body>\n</html>\n");
}

/* ---- Files ---- */

static int save_sheet(const char *path, const explanation_page *p, const json_t *summary,
                      const explanation_digest *const *sorted, error *e)
{
    figure f = {0};
    picture drawn = {0};
    text step = {0};
    text_add(&step, "%.0f", number_at(p->model, "step"));
    int status = explanation_page_figure(&f, p, summary, sorted, e);
    if (!status) {
        figure_draw(&drawn, &f);
        const picture_note notes[] = {{"Title", f.title},
                                      {"Target", p->target},
                                      {"Model SHA-256", word_at(p->model, "sha256")},
                                      {"Model step", step.data}};
        status = picture_save(path, &drawn, notes, sizeof notes / sizeof *notes, LEVEL_DRAWING, e);
    }
    picture_release(&drawn);
    figure_release(&f);
    text_release(&step);
    return status;
}

static int save_page(const char *path, const explanation_page *p, const json_t *summary,
                     const explanation_digest *const *sorted, error *e)
{
    text page = {0};
    write_page(&page, p, summary, sorted);
    int status = file_save(path, page.data, page.length, NOT_DURABLE, e);
    text_release(&page);
    return status;
}

static int save_words(const char *path, const explanation_page *p, const json_t *summary, error *e)
{
    text words = {0};
    explanation_page_words(&words, p, summary);
    int status = file_save(path, words.data, words.length, NOT_DURABLE, e);
    text_release(&words);
    return status;
}

static int save_all(const char *folder, const explanation_page *p, error *e)
{
    const explanation_digest **sorted = explanation_page_sort(p);
    json_t *summary = explanation_page_numbers(p, sorted);
    char *page = join_path(folder, PAGE_FILE), *numbers = join_path(folder, SUMMARY_FILE);
    char *sheet = join_path(folder, SHEET_FILE), *words = join_path(folder, FINDINGS_FILE);
    int status = json_save(numbers, summary, e);
    if (!status && p->style->has_pictures)
        status = save_sheet(sheet, p, summary, sorted, e);
    if (!status)
        status = save_words(words, p, summary, e);
    if (!status)
        status = save_page(page, p, summary, sorted, e);
    free(page);
    free(numbers);
    free(sheet);
    free(words);
    json_decref(summary);
    free(sorted);
    return status;
}

int explanation_page_save(const explanation_page *p, error *e)
{
    staging_folder unfinished = {0};
    char *name = join_path(p->folder, "page");
    int status = staging_open(&unfinished, name, e);
    free(name);
    if (status)
        return -1;
    status = save_all(unfinished.path, p, e);
    if (explanation_page_publish(p, unfinished.path, status == 0, e))
        status = -1;
    staging_release(&unfinished);
    return status;
}
