/* SPDX-License-Identifier: MIT */
/* Explanations of many z, a folder each, and of several a page. */
#include "explain_progress.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- Where they go ---- */

/* The folder of the i-th explanation; the caller frees it. */
static char *folder_of(const folder_run *r, uint64_t i)
{
    char *suffix = class_suffix(r->subject->class, r->subject->named);
    char *folder = latent_path(r->latents, r->folder, i, suffix);
    free(suffix);
    return folder;
}

static bool has_page(const folder_run *r) { return r->latents->n > 1; }

/* A file in the first explanation's folder, or beside all; the caller frees it. */
static char *main_file(const folder_run *r, const char *of_one, const char *of_many)
{
    if (has_page(r))
        return join_path(r->folder, of_many);
    char *folder = folder_of(r, 0), *path = join_path(folder, of_one);
    free(folder);
    return path;
}

char *folder_run_target(const folder_run *r)
{
    return main_file(r, EXPLANATION_NUMBERS, EXPLANATION_PAGE);
}

char *folder_run_look(const folder_run *r)
{
    return main_file(r, explanation_look(r->style), EXPLANATION_PAGE);
}

/* ---- One explanation ---- */

static int save(const folder_run *r, const explanation *a, uint64_t i, explanation_digest *digest,
                error *e)
{
    text title = {0};
    uint64_t seed = latent_number(r->latents, i);
    char *folder = folder_of(r, i);
    text_add(&title, "%s %" PRIu64, r->latents->kind->title, seed);
    json_t *target = subject_target_facts(r->subject, a->reference ? a->reference_index : NO_INDEX);
    json_t *facts = subject_circumstances(r->subject);
    if (r->baseline)
        json_object_set_new(facts, "baseline", json_text(r->baseline));
    if (r->choice)
        json_object_set(facts, "method_choice", r->choice->facts);
    explanation_report report = {.title = title.data,
                                 .seed_key = r->latents->kind->key,
                                 .seed = seed,
                                 .target_facts = target,
                                 .facts = facts,
                                 .reference = a->reference,
                                 .quantiles = r->subject->model.quantiles,
                                 .digest = digest};
    int status = explanation_save(folder, a, &r->subject->explainer, r->style, &report, e);
    json_decref(target);
    json_decref(facts);
    text_release(&title);
    free(folder);
    return status;
}

/* ---- Folders for seeds ---- */

typedef struct {
    folder_run *r;
    explanation_group all;
    uint64_t first; /* of the group */
    bool only_scales;
    explain_progress progress;
    explanation_digest digests[EXPLANATION_GROUP];
} folder_group;

static int save_one(void *context, const explanation *a, size_t i, error *e)
{
    folder_group *g = context;
    bool wants_page = has_page(g->r);
    explain_progress_found(&g->progress);
    int status = save(g->r, a, g->first + i, wants_page ? &g->digests[i] : NULL, e);
    explain_progress_saved(&g->progress);
    return status;
}

static int explain_group(block_loop *l, uint64_t first, size_t n, error *e)
{
    folder_group *g = l->context;
    folder_run *r = g->r;
    size_t n_saved;
    g->first = first;
    latents_fill(r->latents, g->all.z, first, n);
    for (size_t i = 0; i < n; i++)
        g->all.seed[i] = latent_number(r->latents, first + i);
    array_scales *scales = g->only_scales ? &r->style->scales : NULL;
    int status = explanation_group_run(&g->all, n, scales, &n_saved, e);
    for (size_t i = 0; i < n; i++)
        if (g->digests[i].is_saved)
            explanation_page_add(&r->page, &g->digests[i]);
    if (e->status == STATUS_STOPPED)
        l->n_done += n_saved;
    return status;
}

/* Reports stand last: what they draw is relative already, and to judge again takes long. */
static explain_plan plan_without_reports(const explain_plan *all)
{
    explain_plan plan = *all;
    while (plan.n > 0 && plan.methods[plan.n - 1]->judges)
        plan.n--;
    plan.n_prepared = plan.n;
    return plan;
}

static int run_groups(folder_run *r, folder_group *g, error *e)
{
    const explain_plan measured = plan_without_reports(r->plan);
    block_loop all = {.voice = r->voice,
                      .progress = r->progress,
                      .what = g->only_scales ? "scales" : "explanations",
                      .folder = g->only_scales ? NULL : r->folder,
                      .n = r->latents->n,
                      .block = EXPLANATION_GROUP,
                      .work = explain_group,
                      .context = g};
    explain_progress_init(&g->progress, &all.line, r->plan, all.n, all.what);
    g->all = (explanation_group){.x = &r->subject->explainer,
                                 .workspaces = r->workspaces,
                                 .plan = g->only_scales ? &measured : r->plan,
                                 .request = r->request,
                                 .seed_key = r->latents->kind->key,
                                 .clip = r->style->clip,
                                 .should_stop = signal_pending,
                                 .save = g->only_scales ? NULL : save_one,
                                 .context = g};
    explanation_group_init(&g->all);
    if (!g->only_scales) /* of these the blocks are shown */
        g->all.request.listener = &g->progress.listener;
    return block_loop_run(&all, e);
}

static int explain_all(folder_run *r, bool only_scales, error *e)
{
    folder_group *g = allocate(1, sizeof *g);
    g->r = r;
    g->only_scales = only_scales;
    int status = run_groups(r, g, e);
    explanation_group_release(&g->all);
    free(g);
    return status;
}

/* The older page goes if it may list what is replaced here. */
static int remove_older_page(const folder_run *r, error *e)
{
    char *first = folder_of(r, 0);
    int status = has_page(r) || is_file(first) ? explanation_page_remove(r->folder, e) : 0;
    free(first);
    return status;
}

static int open_place(folder_run *r, error *e)
{
    if ((has_page(r) && explanation_page_check(r->folder, e)) ||
        explanation_place_open(&r->place, r->folder, model_file_checksum(&r->subject->model),
                               r->is_named, e) ||
        remove_older_page(r, e))
        return -1;
    if (r->place.n_removed)
        say(r->voice, "%s: removed %zu explanations of another model", r->folder,
            r->place.n_removed);
    return 0;
}

/* Also of explanations whose checks are broken, which it marks. */
static int save_page(folder_run *r, error *e)
{
    error not_saved = {0};
    json_t *facts = subject_circumstances(r->subject);
    r->page.folder = r->folder;
    r->page.seed_key = r->latents->kind->key;
    r->page.title = r->latents->kind->title;
    r->page.target = json_string_value(r->subject->option);
    r->page.x = &r->subject->explainer;
    r->page.style = r->style;
    r->page.choice = r->choice ? r->choice->facts : NULL;
    r->page.quantiles = r->subject->model.quantiles;
    r->page.model = json_incref(json_object_get(facts, "model"));
    r->page.class = json_incref(json_object_get(facts, "class"));
    json_decref(facts);
    if (explanation_page_save(&r->page, &not_saved) == 0)
        return e->status ? -1 : 0;
    *e = not_saved;
    return -1;
}

/* What a method fits may take as long as many explanations. */
static int prepare(folder_run *r, error *e)
{
    progress line;
    explain_progress p;
    explain_request q = r->request;
    progress_start(&line, r->voice, r->progress);
    explain_progress_init_prepare(&p, &line, r->plan);
    q.listener = &p.listener;
    int status = explain_plan_prepare(r->plan, &r->subject->explainer, &q, e);
    progress_end(&line);
    return status;
}

/* With --scale run the seeds are gone through twice, the first time without reports: what they
 * need of the scale is known before the first is drawn. The folder is held from the start: while it
 * is, no other model takes the place of the one that was opened. */
int folder_run_save(folder_run *r, error *e)
{
    fit_cache_open(&r->fits, r->folder, r->subject, &r->request);
    r->plan->kept = &r->fits.fits;
    if (prepare(r, e) || open_place(r, e))
        return -1;
    fit_cache_save(&r->fits, r->plan);
    if (r->style->rule == SCALE_RUN && explain_all(r, true, e))
        return -1;
    int status = explain_all(r, false, e);
    bool is_whole = !status || e->status == STATUS_CHECK_FAILED;
    return is_whole && has_page(r) ? save_page(r, e) : status;
}

void folder_run_release(folder_run *r)
{
    json_decref(r->page.model);
    json_decref(r->page.class);
    explanation_page_release(&r->page);
    explanation_place_release(&r->place);
    fit_cache_release(&r->fits);
}
