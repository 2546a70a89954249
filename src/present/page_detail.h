/* SPDX-License-Identifier: MIT */
/* What the files that make the page of many explanations share. */
#ifndef GANLENS_PAGE_DETAIL_H
#define GANLENS_PAGE_DETAIL_H

#include "present_detail.h"

/* What the values of one component are, over all explanations. */
typedef struct component_sums {
    double mean_magnitude, squares; /* of |value|; sum of squared distances from that mean */
    double mean;                    /* of the values */
    double n_positive, n_negative;
} component_sums;

/* (p->n) the highest value first; the caller frees the array. */
const explanation_digest **explanation_page_sort(const explanation_page *p);
/* What summary.json holds; sorted as explanation_page_sort has it. */
json_t *explanation_page_numbers(const explanation_page *p,
                                 const explanation_digest *const *sorted);
/* What is found in them, in sentences, a paragraph an item of the list. */
json_t *explanation_page_findings(const json_t *summary, const char *seed_key);
/* "20 seeds of class 3 explained: logit". */
void explanation_page_title(text *t, const explanation_page *p);
/* A sentence on the target, and one on the model. */
#define FINDINGS_SIGN "The target, the number that is explained, is "
void explanation_page_target(text *t, const json_t *summary);
void explanation_page_model(text *t, const json_t *summary);
/* All of summary.txt. */
void explanation_page_words(text *out, const explanation_page *p, const json_t *summary);
/* Of which method is to be trusted, by the input, of explanations whose checks are met; NULL where
 * none was judged. */
json_t *explanation_page_ranking(const explanation_page *p,
                                 const explanation_digest *const *sorted);
/* Adds a paragraph, a table or a panel an input; nothing where none was judged. */
void explanation_page_say_ranking(json_t *findings, const json_t *summary, const char *seed_key);
void explanation_page_add_ranking_tables(text *out, const json_t *summary);
void explanation_page_draw_ranking(figure *f, const json_t *summary, const char *seed_key);
/* f (zero-initialised) becomes the figure of all; pictures are read from the folders of those that
 * are shown. */
int explanation_page_figure(figure *f, const explanation_page *p, const json_t *summary,
                            const explanation_digest *const *sorted, error *e);

/* Puts the page that is made in staging in its place, unless what it lists was changed meanwhile,
 * which is said (STATUS_FAILED) instead of what else went wrong. is_whole: there is one. */
int explanation_page_publish(const explanation_page *p, const char *staging, bool is_whole,
                             error *e);

#endif
