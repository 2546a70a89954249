/* SPDX-License-Identifier: MIT */
/* What methods explain, from where, and with how many samples. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

const option_row attribution_option_rows[5] = {
    OPTION_CHOICE(attribution_options, space, .name = "space", .role = ROLE_RESULT, .value = "z|x",
                  .choices = WORDS("z", "x"),
                  .summary = "Explain by the components of z alone, or by the pixels alone; when "
                             "not given, by both."),
    OPTION_TEXT(attribution_options, baseline, .name = "baseline", .role = ROLE_RESULT,
                .value = "zero|mean|seed:S|FILE.safetensors:NAME",
                .choices = WORDS("zero", "mean", "seed:"),
                .summary = "What stands for nothing where a method explains a difference: z = 0 "
                           "and a black picture (zero, when not given), the mean over 16 points "
                           "of the prior and their pictures, those of another seed, or the rows "
                           "of a tensor, (N, z-dim), and their pictures."),
    OPTION_COUNT(attribution_options, samples, .name = "samples", .role = ROLE_RESULT, .low = 0,
                 .high = 1000000, .value = "N",
                 .summary = "At most so many samples for a method that draws them, and no fewer "
                            "than it needs; 0: as each has it."),
    OPTION_CHOICE(attribution_options, segments, .name = "segments", .role = ROLE_RESULT,
                  .value = "blocks|strokes", .choices = WORDS("blocks", "strokes"),
                  .summary = "Which pixels a method takes together: those of a block of a grid "
                             "(when not given), or those of a part of the drawn shape, such as a "
                             "side of a loop, and of the background."),
    OPTION_COUNT(attribution_options, grid, .name = "segment-grid", .role = ROLE_RESULT, .low = 0,
                 .high = 64, .value = "N",
                 .summary = "N blocks down and N across, or at most N times N parts of the shape; "
                            "0: as each method has it."),
};

/* ---- Checking ---- */

static const char seed_prefix[] = "seed:";

/* "seed:7": the number; false: it is no such word. */
static bool read_seed(uint64_t *seed, const char *words)
{
    const char *end;
    size_t n = strlen(seed_prefix);
    return strncmp(words, seed_prefix, n) == 0 && count_read(seed, words + n, &end) && !*end;
}

static int check_baseline(const char *words, error *e)
{
    uint64_t seed;
    bool is_known = !words || strcmp(words, "zero") == 0 || strcmp(words, "mean") == 0 ||
                    read_seed(&seed, words);
    bool is_tensor =
        words && strncmp(words, seed_prefix, strlen(seed_prefix)) != 0 && strchr(words, ':');
    if (is_known || is_tensor)
        return 0;
    return fail(e, STATUS_USAGE,
                "--baseline: '%s' is neither zero, mean, seed:S nor FILE.safetensors:NAME", words);
}

/* Names of the methods that read that, for a message. */
static char *readers_of(unsigned what)
{
    text t = {0};
    size_t n = 0;
    text_add(&t, "--method ");
    for (const explain_method *const *m = explain_methods; *m; m++)
        if ((*m)->reads & what)
            text_add(&t, "%s%s", n++ ? "," : "", (*m)->name);
    return t.data;
}

static int check_use(const char *option, unsigned what, const explain_plan *plan,
                     const invocation *v, error *e)
{
    bool is_read = false;
    for (size_t i = 0; i < plan->n; i++)
        is_read = is_read || (plan->methods[i]->reads & what);
    char *readers = readers_of(what);
    int status = option_uses_check(v, &(option_use){option, is_read, readers}, 1, e);
    free(readers);
    return status;
}

int attribution_check(const attribution_options *o, const explain_plan *plan, const invocation *v,
                      error *e)
{
    if (check_use("space", READS_INPUTS, plan, v, e) ||
        check_use("baseline", READS_BASELINE, plan, v, e) ||
        check_use("samples", READS_SAMPLES, plan, v, e) ||
        check_use("segments", READS_SEGMENTS, plan, v, e) ||
        check_use("segment-grid", READS_SEGMENTS, plan, v, e))
        return -1;
    return check_baseline(o->baseline, e);
}

/* ---- Opening ---- */

int attribution_open(attribution_start *s, const attribution_options *o, size_t z_dim, error *e)
{
    uint64_t seed;
    s->words = o->baseline && strcmp(o->baseline, "zero") != 0 ? o->baseline : NULL;
    if (!s->words || strcmp(s->words, "mean") == 0 || read_seed(&seed, s->words))
        return 0;
    if (latents_load(&s->rows, &s->n_rows, z_dim, s->words, &s->path, e))
        return fail_in(e, "--baseline");
    return 0;
}

static void start_at_seed(attribution_start *s, const explainer *x, uint64_t seed)
{
    float *z = allocate(x->z_dim, sizeof *z);
    latent_of_seed(z, x->z_dim, seed);
    explain_baseline_init(&s->points, x, z, 1);
}

void attribution_fill(explain_request *q, attribution_start *s, const attribution_options *o,
                      const explainer *x)
{
    uint64_t seed;
    q->inputs = !o->space ? 0 : 1u << (*o->space == 'z' ? INPUT_Z : INPUT_X);
    q->n_samples = (size_t)o->samples;
    q->segments.side = (size_t)o->grid;
    if (o->segments && strcmp(o->segments, "strokes") == 0)
        q->segments.by = SEGMENT_STROKES;
    if (!s->words)
        return;
    if (s->rows)
        explain_baseline_init(&s->points, x, s->rows, s->n_rows);
    else if (read_seed(&seed, s->words))
        start_at_seed(s, x, seed);
    else
        explain_baseline_of_prior(&s->points, x);
    s->rows = NULL;
    q->baseline = &s->points;
}

void attribution_start_release(attribution_start *s)
{
    explain_baseline_release(&s->points);
    free(s->rows);
    free(s->path);
    *s = (attribution_start){0};
}
