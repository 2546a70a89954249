/* SPDX-License-Identifier: MIT */
/* What the files that present an explanation share. */
#ifndef GANLENS_PRESENT_DETAIL_H
#define GANLENS_PRESENT_DETAIL_H

#include "present.h"

/* ---- An explanation ---- */

/* What is presented; all borrowed. */
typedef struct {
    const char *title;
    const json_t *numbers;       /* what explanation.json holds */
    picture_shape shape;         /* of pictures and maps */
    const uint8_t *sample;       /* the picture */
    const uint8_t *reference;    /* the picture it is compared with, or NULL */
    const picture_area *outline; /* what of the picture the target is of; NULL: not of a part */
    const explanation *a;
    const explain_method *method; /* of whose arrays a figure is; NULL: of the leading methods' */
    const array_scales *scales;
    const explanation_style *style;
} explanation_view;

/* Whether a method leads: the default ones do or, where none of them was run, the first; NULL,
 * which is explain() itself, does. The others stand behind these, each with a heading and a figure
 * of its own. */
bool method_leads(const explanation *a, const explain_method *m);
/* The i-th of those that left arrays and do not lead, in the order they were run; NULL: there is
 * none. */
const explain_method *find_further_method(const explanation *a, size_t i);
/* The i-th of all methods, and then of the reports that judge them; NULL: there is none. */
const explain_method *find_declared_method(size_t i);
/* Whether what that method left is of v. */
bool is_viewed(const explanation_view *v, const explain_method *m);

/* The panels of arrays, by the arrays' names, which their files have, too. */
typedef struct {
    size_t *panels;     /* owned */
    const char **names; /* the array is owned */
    size_t n;
} explanation_panels;

void explanation_panels_release(explanation_panels *p);

/* Files of an explanation beside those of its arrays. */
#define ARRAYS_FILE "maps.safetensors"
#define SAMPLE_FILE "sample.png"
#define FIGURE_FILE "explanation.png"
#define SVG_FILE "explanation.svg"
#define NUMBERS_FILE EXPLANATION_NUMBERS

/* "gradient_z.png" of an array, "lime.png" or "lime.svg" of a method; the caller frees it. */
char *picture_file_name(const char *of, bool is_svg);
/* The names (the keys of an object) of all that may be in the folder of an explanation but for its
 * numbers: of a's arrays (NULL: of none), of those that any method declares or that are among the
 * older arrays there, and the others. The caller releases it. */
json_t *explanation_files(const char *folder, const explanation *a);

/* All that is known of an explanation but of its circumstances: target, verdict, arrays, checks.
 * Without quantiles there is a logit, but no verdict. */
json_t *explanation_numbers(const explanation *a, const explainer *x,
                            const logit_quantiles *quantiles, size_t n_top);
/* f (zero-initialised) becomes the figure of v's method, or of those that lead; panels is
 * zero-initialised, too. */
void explanation_figure(figure *f, explanation_panels *panels, const explanation_view *v);
/* What v's method found, in the sentences of the arrays that are drawn, what attributes first;
 * where these have none, in those of its single numbers, and where there are none, what it is for.
 * Returns whether the single numbers that it rests on are said. */
bool say_method(text *t, const explanation_view *v);
/* Adds "answer", the one sentence that is said first, and what the "picture" in numbers looks like,
 * its "description". */
void explanation_answer(json_t *numbers, const explanation *a);
/* "Seed 7: logit -0.797", "Seed 7, class 3: logit -0.797". */
void explanation_title(text *out, const explanation_view *v);
/* before and the class with what stands there, " of class 3"; nothing of no class (NULL). */
void class_say(text *t, const char *before, const json_t *class);
/* What every figure says of itself to programs: target, model, scales, colours. */
typedef struct {
    picture_note *all; /* owned, with keys and values */
    size_t n;
} explanation_notes;

/* notes is zero-initialised. */
void explanation_notes_make(explanation_notes *notes, const explanation_view *v);
void explanation_notes_release(explanation_notes *notes);
/* The plain words of explanation.txt or .md: every number is one of the JSON. */
void explanation_words(text *out, const explanation_view *v);

/* ---- Layout of words ---- */

/* The first column is of names, the others are of numbers; but the last one is of words, which may
 * be long, where has_words. Headings such as "share: 0.5", "share: 1" beside each other are a
 * group. Zero-initialise, set n_columns. */
typedef struct {
    size_t n_columns;
    bool has_words;
    text *cells; /* owned: by rows, the first of which names the columns */
    size_t n;
} words_table;

void words_table_add(words_table *t, const char *format, ...) PRINTF_LIKE(2, 3);
void words_table_release(words_table *t);

/* Each begins and ends a line. */
typedef struct words_layout {
    void (*add_heading)(text *out, const char *words, bool is_title);
    void (*add_paragraph)(text *out, const char *words);
    void (*add_item)(text *out, const char *words); /* of a list */
    void (*add_table)(text *out, const words_table *t);
    void (*add_picture)(text *out, const char *file, const char *words); /* NULL: shows none */
} words_layout;

extern const words_layout text_layout, markdown_layout;

/* ---- The target ---- */

/* "logit -0.797", "ink -600 (12 % of full ink)", "rec:nearest +0.03, compared with training picture
 * 434"; target: that of the numbers. */
void target_say(text *t, const json_t *target);
/* "12 % of full ink", of a target that has a share. */
void target_say_share(text *t, const json_t *target);
/* "2.1 %", of a target that has a probability, and "; most, 77 %, is that of class 8". */
void target_say_probability(text *t, const json_t *target);
void target_say_seen(text *t, const json_t *target);
/* Sentences on it, after a blank: what it is and its value, unless the verdict states that. */
void target_say_whole(text *t, const explanation_view *v);
/* "rec +0.03 + lambda gen +0.6"; nothing where it is no sum. */
void target_say_parts(text *t, const json_t *target);

/* ---- The verdict ---- */

/* What D may say of a picture. */
enum { VERDICT_REAL, VERDICT_UNDECIDED, VERDICT_GENERATED };
extern const char *const verdicts[]; /* by these, ended by NULL */

/* The ends between which a logit is undecided, of what states them; false where nothing does. */
bool read_band(double band[2], const json_t *verdict);
/* What D says of the picture: "logit", "probability_real" and, where there are quantiles,
 * "verdict". */
void verdict_numbers(json_t *o, double logit, const logit_quantiles *quantiles);
/* The logit against its reference and what follows, in a sentence without a blank at its end; where
 * there is no reference, what is known. numbers hold a logit. */
void verdict_say(text *t, const json_t *numbers);
/* "D's logit -0.797 is undecided (31 % of real pictures get less)", where there is a verdict. */
void verdict_say_briefly(text *t, const json_t *numbers);
/* The histogram of D's logit over real and generated pictures with that of `title` marked; nothing
 * where there is no verdict. */
void verdict_draw(figure *f, const json_t *numbers, const char *title);

/* ---- Parts of the words ---- */

/* A sentence where the worst check of a method (NULL: of all) is broken, else nothing; it comes
 * before all others. In brief, what comes before the answer. */
void say_broken_check(text *t, const json_t *numbers, const explain_method *m);
void say_broken_check_briefly(text *t, const json_t *numbers);
/* "The arithmetic is right: ..." */
void say_arithmetic(text *t, const json_t *numbers);
/* What method m remarks about itself, a line each; the same as paragraphs. */
void say_own_remarks(text *t, const explanation_view *v, const explain_method *m);
void add_own_remarks(text *out, const explanation_view *v, const explain_method *m,
                     const words_layout *layout);
/* What methods remark about others, of these v's. */
void say_verdicts(text *t, const explanation_view *v);
/* The last of the methods that judge and say so: it draws on what those before it found. NULL: none
 * does. */
const explain_method *find_judge(const explanation *a);
/* What that one says, under a heading; nothing where there is none. */
void add_judgement(text *out, const explanation_view *v, const words_layout *layout);
/* A list of what an explanation does not say, under a heading. */
void add_limits(text *out, const explanation_view *v, const words_layout *layout);
/* The checks as a table. */
void add_check_table(text *out, const json_t *numbers, const words_layout *layout);
/* A list of what the measures say that are columns of v's tables. */
void add_measures(text *out, const explanation_view *v, const words_layout *layout);

/* ---- The page of many ---- */

/* numbers: what explanation.json of that folder holds. */
void explanation_digest_fill(explanation_digest *d, uint64_t number, const char *folder,
                             const json_t *numbers, const explanation *a);
/* Puts a finished file in place of the older one; one that is not there removes the older one. */
int publish_file(const char *folder, const char *staging, const char *name, error *e);

#define PAGE_FILE EXPLANATION_PAGE
#define SUMMARY_FILE "summary.json"
#define SHEET_FILE "summary.png"
#define FINDINGS_FILE "summary.txt"

/* ---- Spaces ---- */

/* One array of it. */
typedef struct {
    const explanation_view *of;
    const named_array *v;
    const json_t *numbers; /* what explanation.json says of it */
} array_view;

/* How arrays of one space are presented. */
typedef struct {
    bool stands_beside; /* its panels share a row of the figure */
    bool draws_errors;  /* an array's panel shows its standard error, which has none of its own */
    /* What full colour, or half an axis, stands for unless it is said; NULL: it has no scale. */
    double (*find_scale)(const explanation *a, const named_array *v, double clip);
    /* Adds to o what is said of any array: least, greatest, sum and norm are there already. */
    void (*add_numbers)(json_t *o, const explanation *a, const named_array *v, size_t n_top);
    /* Adds a panel, whose index is returned; NULL: the array stands among the words. */
    size_t (*draw)(figure *f, const array_view *v);
    /* Adds what was found, for the # of the row's words: "z21 and z8"; nothing where all is 0. In
     * brief, fewer. NULL: the row has no words with #. */
    void (*add_finding)(text *t, const array_view *v, bool is_brief);
    /* Of lists: adds what an item, as its numbers say, does; "changes the picture most ...". */
    void (*say_item)(text *t, const array_row *row, const json_t *item);
    /* The array as a table; NULL: it is none. */
    void (*fill_table)(words_table *t, const array_view *v);
    /* Sentences that stand under the table; NULL: none do. */
    void (*add_notes)(text *t, const array_view *v);
    /* Adds sentences, after the array's title and meaning. */
    void (*say)(text *t, const array_view *v);
} space_row;

extern const space_row scalar_space, sweep_space, z_space, x_space, x_list_space, layer_space,
    curve_space, matrix_space, tree_space, network_space, table_space, class_space;
extern const space_row *const spaces[]; /* by array_space */
enum { N_SPACES = SPACE_CLASS + 1 };

/* How many components a sentence, and a brief one, names. */
enum { N_NAMED = 3, N_NAMED_IN_BRIEF = 2 };

/* The k-th strongest component of an array over z; NULL where it has none that is not 0. */
const json_t *strongest_component(const json_t *numbers, size_t k);
/* A sentence on what the strongest with sweeps do; none where there is none. */
void say_sweeps(text *t, const array_view *v);
/* All of the strongest, as a table; nothing where all are 0. */
void add_components(text *out, const array_view *v, const words_layout *layout);
/* Whether the array is drawn and spoken of by itself. */
bool is_presented(const named_array *v);
bool is_presented_row(const array_row *row);
array_view view_array(const explanation_view *v, const named_array *array);
/* The attribution over that space that leads: the first that is presented, or NULL. */
const named_array *find_leading(const explanation *a, array_space space);
/* The i-th array that is a part of v, or NULL; the array that has its standard error, or NULL. */
const named_array *find_part(const explanation *a, const named_array *v, size_t i);
const named_array *find_error(const explanation *a, const named_array *v);
/* The arrays that have the ends of the intervals of v's values; both NULL where one is missing. */
typedef struct {
    const named_array *low, *high;
} array_interval;

array_interval find_interval(const explanation *a, const named_array *v);
/* The values of v that are known, in their order, in (v->n) out; returns how many there are. */
size_t find_known(float *out, const named_array *v);

/* What full colour stands for in such an array, if its own values ask for `own`. */
double explanation_style_scale(const explanation_style *s, const array_row *row, double own);
/* "scale set to 0.5" or the like, "" where it is the array's own. Returns out. */
typedef char scale_words[48];
const char *write_scale_words(scale_words out, const explanation_style *s, const array_row *row);

/* The largest magnitude, or the one that clip percent of the values are over. */
double find_largest(const explanation *a, const named_array *v, double clip);
/* Where the squares of a map lie: "row", "column", "where" (null for zeros), "where_share". */
void set_place(json_t *o, const explanation *a, const float *map);
/* Pictures of a sweep stand at -2, -1 ... 2, and now. */
enum { SWEEP_LAST_PLACE = 2 };
/* What moving the component of a sweep's item from the first of these to the last does:
 * "from" and "to", "target_from", "target_to", "target_least", "target_greatest" and
 * "target_course", "change" in words, "ink_gained" and "ink_lost". */
void set_sweep_change(json_t *o, const explanation *a, const named_array *v, size_t item);
/* The same of the first n items as one sentence. */
void say_sweep_changes(text *t, const json_t *items, size_t n);
/* The item over which the target goes through most, the first of equal ones; NULL: it stays. */
const json_t *widest_sweep(const json_t *items);
/* A sentence on it; nothing where there is one item. */
void say_widest_sweep(text *t, const json_t *items);
/* An item's target at one of "from", "to", "least", "greatest": of an area as its share. */
const char *write_sweep_target(number_text out, const json_t *item, const char *key);
/* Whether the target is a sum or mean of pixels; which share of its value a value is then, where
 * all of them are white: black counts nothing. */
bool has_full(const explanation *a);
double share_of_full(const explanation *a, double value);
/* "z17" of a list's item with a component, else its label or its number. */
void add_item_name(text *t, const named_array *v, size_t i);
/* Label i, or a name made of prefix and i - first. */
void add_label(text *t, const named_array *v, size_t i, const char *prefix, size_t first);

/* ---- JSON and words ---- */

void set_number(json_t *o, const char *key, double value);
void set_count(json_t *o, const char *key, size_t value);
/* Unless NULL. */
void set_word(json_t *o, const char *key, const char *value);

double number_at(const json_t *o, const char *key);
/* "?" where there is none. */
const char *word_at(const json_t *o, const char *key);
/* The number with three digits. */
const char *write_at(number_text out, const json_t *o, const char *key, bool with_plus);
/* A count in full: "2,560", and not "2.56e3". */
void add_count_or_number(text *t, double value);
/* "12 %" of a share in 0..1. */
const char *percent_at(number_text out, const json_t *o, const char *key);
/* Adds words as a sentence, after a space unless it is the first. */
void add_sentence(text *t, const char *words);
/* Adds words, with what for each #. */
void fill_words(text *t, const char *words, const char *what);
/* What a value is called. */
const char *noun_of(const array_row *row);
/* " The rates run from -1 to +2", or " The rates reach 2" of magnitudes. */
void say_range(text *t, const array_view *v);

/* ---- Tables ---- */

/* How a table is written as text. */
struct row_format {
    const char *suffix;
    void (*add_header)(text *line, const explanation_table *t); /* NULL: there is none */
    /* Appends row i of r, the z of that seed, as a line. */
    void (*add_row)(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                    uint64_t seed);
};

/* Ended by a row without suffix. */
extern const row_format row_formats[];
/* By the end of path; NULL: none. */
const row_format *row_format_find(const char *path);

#endif
