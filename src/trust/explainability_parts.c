/* SPDX-License-Identifier: MIT */
/* The scores that explainability is made of. What has no meaning at a z, where nothing varies or
 * nothing is contributed, is found as a score of 0: there is nothing that it could explain. */
#include "explainability_detail.h"
#include <math.h>

const array_word explainability_levels[] = {
    [EXPLAINS_MODEL] = {"model", "how little there is to it"},
    [EXPLAINS_DECISION] = {"decision", "how simply the target is told"},
    [EXPLAINS_RESULT] = {"result", "how far what is said holds"},
    [N_EXPLAINABILITY_LEVELS] = {0}};

/* NaN counts as 0. */
static double clip(double v) { return v > 0 ? fmin(v, 1) : 0; }

static double score_parameters(const explainability_facts *f)
{
    return clip(1 - log10(1 + f->parameters) / 8);
}

static double score_rank(const explainability_facts *f)
{
    return f->rank > 0 ? clip(10 / (9 + f->rank)) : 0;
}

static double score_living(const explainability_facts *f) { return clip(1 - f->dead); }

static double score_faithfulness(const explainability_facts *f) { return clip(f->faithfulness); }

static double score_completeness(const explainability_facts *f) { return clip(1 - f->gap); }

static double score_questions(const explainability_facts *f)
{
    return f->questions > 0 ? clip(1 / f->questions) : 0;
}

static double score_fidelity(const explainability_facts *f) { return clip(f->fidelity); }

static double score_strongest(const explainability_facts *f) { return clip(f->strongest); }

static double score_agreement(const explainability_facts *f) { return clip(f->agreement); }

static double score_robustness(const explainability_facts *f) { return clip(1 - f->change); }

static double score_likeness(const explainability_facts *f) { return clip(f->likeness); }

#define METHODS_READ "gradient-x-input, smoothgrad, occlusion and shap, of 128 samples"

const explainability_part explainability_parts[N_EXPLAINABILITY_PARTS + 1] = {
    {.name = "parameters",
     .title = "few numbers make the picture",
     .definition = "P is how many weights and biases G has, as folded, that lead from or to units "
                   "that are not dead: 1 - log10(1 + P) / 8, at least 0. A thousand make 0.62, a "
                   "million 0.25.",
     .level = EXPLAINS_MODEL,
     .is_of_model = true,
     .score = score_parameters},
    {.name = "rank",
     .title = "the picture changes in few ways",
     .definition = "r is the effective rank of J'J, J the Jacobian of the picture at z, which the "
                   "method spectrum finds: the exponential of the entropy of the squared singular "
                   "values over their sum. 10 / (9 + r): one way makes 1, eleven ways 0.5, a "
                   "hundred 0.09.",
     .source = "Roy & Vetterli 2007, EUSIPCO",
     .level = EXPLAINS_MODEL,
     .score = score_rank},
    {.name = "living",
     .title = "few units are dead",
     .definition =
         "The share of G's hidden units whose output changes over 512 z of the prior, by more "
         "than a millionth of its largest magnitude. A dead unit takes part in no picture: it "
         "makes the model smaller than it looks, which the part parameters counts for it, and "
         "whoever reads its weights reads them in vain, which this part counts against it.",
     .level = EXPLAINS_MODEL,
     .is_of_model = true,
     .score = score_living},
    {.name = "faithfulness",
     .title = "its changes can be foretold",
     .definition = "1 - infidelity of the best of the methods " METHODS_READ
                   ", over 128 random sets of components that are put at 0: the share of what the "
                   "target then loses that the sums of contributions foretell.",
     .source = "Yeh et al. 2019, arXiv:1901.09392",
     .level = EXPLAINS_DECISION,
     .score = score_faithfulness},
    {.name = "completeness",
     .title = "what is contributed adds up",
     .definition = "1 - |S - D| / (|S| + |D|), mean over the same methods: "
                   "S is the sum of a method's contributions, D what the target is above that "
                   "of z = 0.",
     .level = EXPLAINS_DECISION,
     .score = score_completeness},
    {.name = "questions",
     .title = "few questions lead to the target",
     .definition = "On the way of z through the tree of the method tree, of 2,048 z, the mean of "
                   "the target changes by s with each component that is asked for: sum s^2 / (sum "
                   "|s|)^2. One question that decides makes 1, four that count the same 0.25.",
     .source = "Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees",
     .level = EXPLAINS_DECISION,
     .score = score_questions},
    {.name = "fidelity",
     .title = "the tree is right for other z",
     .definition = "That tree's R2 on 1,024 other z: the share of how the target varies that it "
                   "tells, at least 0.",
     .source = "Breiman, Friedman, Olshen & Stone 1984, Classification and Regression Trees",
     .level = EXPLAINS_DECISION,
     .is_of_model = true,
     .score = score_fidelity},
    {.name = "strongest",
     .title = "few components carry it",
     .definition = "The share of the magnitudes of all contributions that the ten largest hold, "
                   "mean over the same methods.",
     .level = EXPLAINS_DECISION,
     .score = score_strongest},
    {.name = "agreement",
     .title = "methods agree",
     .definition = "Spearman's rank correlation of two methods' contributions, mean over all pairs "
                   "of the same methods, at least 0.",
     .source = "Spearman 1904",
     .level = EXPLAINS_RESULT,
     .score = score_agreement},
    {.name = "robustness",
     .title = "it holds for neighbours",
     .definition =
         "1 - |g(z + 0.1 e) - g(z)| / |g(z)|, at least 0, g the gradient of the target by z, "
         "mean over four e of the prior.",
     .level = EXPLAINS_RESULT,
     .score = score_robustness},
    {.name = "likeness",
     .title = "similar z make similar pictures",
     .definition = "SSIM of G(z) and G(z + 0.5 e), as of the metric stability-local, mean over the "
                   "same e, at least 0. After moves of 0.1 the pictures of nearly every model are "
                   "alike, and the part would say nothing.",
     .source = "Wang et al. 2004, equation 13",
     .level = EXPLAINS_RESULT,
     .score = score_likeness},
    {0}};

const char explainability_definition[] =
    "A level is the mean of its parts, and the whole is the mean of the three levels times a "
    "factor, mean over 32 z of the prior (of a conditional model 32 over the number of its "
    "classes, at least 4, for each). The factor says whether there is something to explain: v / "
    "(v + 1/255) * s / (s + |m| / 1000000), where v is how far a pixel varies over the prior (root "
    "mean square, black to white being 1), and s how far the target does (standard deviation) "
    "about its mean m. So a generator whose pictures vary by one of 256 greys has half of what its "
    "parts say, and one that makes the same picture of every z has 0. Intervals are the middle 95 % "
    "of the means of 1,000 resamples of the z; what is the same for every z has none.";
