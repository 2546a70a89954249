/* SPDX-License-Identifier: MIT */
/* How alike two explanations or pictures are, and the same z in several models. */
#ifndef GANLENS_ACROSS_H
#define GANLENS_ACROSS_H

#include "trust_detail.h"

/* ---- How alike ---- */

/* 1: the same; NaN where one has no order, or is not there (NULL). */
double alike_order(const attribution *a, const attribution *b); /* Spearman's rank correlation */
double alike_direction(const attribution *a, const attribution *b); /* cosine */
/* SSIM of two maps as pictures, each by its own largest magnitude. */
double alike_looks(const attribution *a, const attribution *b, picture_shape shape);
/* SSIM of pictures in the range that t's request says. */
double alike_pictures(const float *a, const float *b, const explain_task *t);

/* ---- Several models ---- */

#define ACROSS_ROW(NAME, TITLE, MEANING)                                                           \
    {                                                                                              \
        .name = "stability.across." NAME, .space = SPACE_TABLE, .sign = SIGN_SIGNED,               \
        .role = ROLE_TRUST, .has_gaps = true, .title = TITLE,                                      \
        .meaning = "a row a method, and, behind these, a control that knows nothing of the "       \
                   "model; a column a model: how alike its explanation of this z is to that of "   \
                   "the model explained, by " MEANING "; 1 is the same, 0 nothing in common"       \
    }

#define ACROSS_ROWS                                                                                \
    ACROSS_ROW("z", "How alike models order the components of this z", "rank correlation"),        \
        ACROSS_ROW("z.direction", "How alike models' values of the components are", "cosine"),     \
        ACROSS_ROW("x", "How alike models order the pixels", "rank correlation"),                  \
        ACROSS_ROW("x.direction", "How alike models' values of the pixels are", "cosine"),         \
        ACROSS_ROW("x.looks", "How alike models' maps of the pixels look", "SSIM"),                \
        {.name = "stability.across.target",                                                        \
         .space = SPACE_TABLE,                                                                     \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .title = "What models make of this z",                                                    \
         .meaning = "a row a model: the target there, that less the target of the model that is "  \
                    "explained, and how alike the pictures look (SSIM)"},                          \
        {.name = "stability.across.drift.z",                                                       \
         .space = SPACE_CURVE,                                                                     \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .has_gaps = true,                                                                         \
         .title = "How explanations by z came to be what they are",                                \
         .unit = "rank correlation with the step explained; picture: SSIM",                        \
         .meaning = DRIFT_MEANING,                                                                 \
         .sentence = DRIFT_SENTENCE},                                                              \
        {.name = "stability.across.drift.x",                                                       \
         .space = SPACE_CURVE,                                                                     \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .has_gaps = true,                                                                         \
         .title = "How explanations by pixels came to be what they are",                           \
         .unit = "rank correlation with the step explained; picture: SSIM",                        \
         .meaning = DRIFT_MEANING,                                                                 \
         .sentence = "The same is shown of the pixels."},                                          \
    {                                                                                              \
        .name = "stability.across.pictures", .space = SPACE_X_LIST, .sign = SIGN_PLAIN,            \
        .role = ROLE_EVIDENCE, .title = "This z in each model", .unit = UNIT_PIXELS,               \
        .meaning = "the picture that each model makes of it"                                       \
    }
#define DRIFT_MEANING                                                                              \
    "how alike the explanations of this z at each step of the training are to that of the step "   \
    "explained, a line a method and one, called picture, for the picture itself; 1 the same"
#define DRIFT_SENTENCE                                                                             \
    "Where a line goes up later than that of the picture, the picture was there before what is "   \
    "said to make it."

/* Adds them, with words, where t's settings have rivals; here: in t's own model. Fails as a method
 * does there. */
int across_add(explanation *a, const explain_task *t, const explained_z *here, error *e);

#endif
