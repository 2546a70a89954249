/* SPDX-License-Identifier: MIT */
#include "session.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- The key ---- */

/* With their end, so that two words are not one. */
static void add_words(sha256_stream *s, const char *words)
{
    sha256_add(s, words ? words : "", (words ? strlen(words) : 0) + 1);
}

static void add_number(sha256_stream *s, double v)
{
    text words = {0};
    text_add(&words, "%.17g", v);
    add_words(s, words.data);
    text_release(&words);
}

static void add_network(sha256_stream *s, const network *net)
{
    add_words(s, net ? net->spec : NULL);
    if (net)
        sha256_add(s, net->param, net->n_param * sizeof *net->param);
}

/* The class is in G. */
static void find_key(char key[SHA256_SIZE], const subject *s, const explain_request *q)
{
    const model_file *m = &s->model;
    sha256_stream all;
    sha256_start(&all);
    add_words(&all, GANLENS_VERSION);
    add_words(&all, tensor_level());
    for (size_t i = 0; i < NET_CUT; i++)
        add_network(&all, s->explainer.net[i]);
    const double numbers[] = {(double)m->shape.rows, (double)m->shape.cols, (double)m->low,
                              (double)m->high,       s->target.lambda,      (double)q->n_samples};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(&all, numbers[i]);
    add_words(&all, s->target.row->name);
    add_words(&all, json_string_value(s->option));
    if (s->reference.picture)
        sha256_add(&all, s->reference.picture, s->reference.shape.n * sizeof(float));
    sha256_end(&all, key);
}

/* Of one method. What all share is found once, and only where a method keeps something. */
static void find_method_key(char key[SHA256_SIZE], fit_cache *c, const explain_method *m)
{
    sha256_stream all;
    if (!*c->key)
        find_key(c->key, c->subject, c->request);
    sha256_start(&all);
    add_words(&all, c->key);
    add_words(&all, m->name);
    add_number(&all, m->revision);
    sha256_end(&all, key);
}

/* The caller frees it. */
static char *path_of(const fit_cache *c, const explain_method *m, const char *key)
{
    text name = {0};
    text_add(&name, "%s-%.16s" EXPLANATION_CACHE_SUFFIX, m->name, key);
    char *path = join_path(c->folder, name.data);
    text_release(&name);
    return path;
}

static int compare_names(const void *a, const void *b)
{
    const kept_array *p = a, *q = b;
    return strcmp(p->name, q->name);
}

/* Of all names and numbers, by name. */
static void find_sum(char sum[SHA256_SIZE], const kept_arrays *k)
{
    sha256_stream all;
    kept_array *sorted = allocate(k->n, sizeof *sorted);
    memcpy(sorted, k->arrays, k->n * sizeof *sorted);
    qsort(sorted, k->n, sizeof *sorted, compare_names);
    sha256_start(&all);
    for (size_t i = 0; i < k->n; i++) {
        add_words(&all, sorted[i].name);
        add_number(&all, (double)sorted[i].n);
        sha256_add(&all, sorted[i].data, sorted[i].n * sizeof(float));
    }
    sha256_end(&all, sum);
    free(sorted);
}

/* ---- Reading ---- */

/* More than any method keeps. */
enum { MAX_BYTES = 1 << 28, MAX_ARRAYS = 64 };

/* Opening a pipe would wait, and what a link leads to is another's. */
static bool is_readable(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 && S_ISREG(s.st_mode) && s.st_size <= MAX_BYTES;
}

static bool read_arrays(kept_arrays *k, const safetensors *s)
{
    error ignored = {0};
    if (s->n_entries == 0 || s->n_entries > MAX_ARRAYS)
        return false;
    for (size_t i = 0; i < s->n_entries; i++) {
        const tensor_entry *t = &s->entries[i];
        if (t->type != DTYPE_F32 || t->rank != 1 || strlen(t->name) >= KEPT_NAME)
            return false;
        float *data = kept_arrays_add(k, t->name, t->n);
        if (safetensors_get(data, s, t->name, 1, t->shape, &ignored))
            return false;
    }
    return true;
}

static bool has(const safetensors *s, const char *name, const char *wanted)
{
    const char *found = safetensors_metadata(s, name);
    return found && strcmp(found, wanted) == 0;
}

static bool read_file(kept_arrays *k, const char *path, const char *key)
{
    safetensors s = {0};
    error ignored = {0};
    char sum[SHA256_SIZE];
    bool is_kept = is_readable(path) && safetensors_load(&s, path, &ignored) == 0 &&
                   has(&s, "key", key) && read_arrays(k, &s);
    if (is_kept) {
        find_sum(sum, k);
        is_kept = has(&s, "sum", sum);
    }
    safetensors_release(&s);
    return is_kept;
}

static bool read_method(kept_arrays *k, const explain_method *m, void *context)
{
    fit_cache *c = context;
    char key[SHA256_SIZE];
    if (c->is_off)
        return false;
    find_method_key(key, c, m);
    char *path = path_of(c, m, key);
    bool is_kept = read_file(k, path, key);
    free(path);
    return is_kept;
}

/* ---- Writing ---- */

/* What is no file stays. */
static void write_file(const char *path, const kept_arrays *k, const char *key)
{
    safetensors s = {0};
    error ignored = {0};
    char sum[SHA256_SIZE];
    struct stat there;
    if (lstat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return;
    find_sum(sum, k);
    for (size_t i = 0; i < k->n; i++)
        safetensors_add(&s, k->arrays[i].name, DTYPE_F32, 1, &k->arrays[i].n, k->arrays[i].data);
    safetensors_set_metadata(&s, "key", key);
    safetensors_set_metadata(&s, "sum", sum);
    safetensors_save(&s, path, NOT_DURABLE, &ignored);
    safetensors_release(&s);
}

/* A link in its place leads to another's. */
static bool make_folder(const char *folder)
{
    struct stat s;
    error ignored = {0};
    if (lstat(folder, &s) == 0)
        return S_ISDIR(s.st_mode);
    return folder_create(folder, &ignored) == 0;
}

void fit_cache_save(fit_cache *c, const explain_plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const kept_arrays *k = explain_plan_fitted(p, i);
        char key[SHA256_SIZE];
        if (!k || c->is_off || !make_folder(c->folder))
            continue;
        find_method_key(key, c, p->methods[i]);
        char *path = path_of(c, p->methods[i], key);
        write_file(path, k, key);
        free(path);
    }
}

/* ---- Opening ---- */

void fit_cache_open(fit_cache *c, const char *folder, const subject *s, const explain_request *q)
{
    *c = (fit_cache){.folder = join_path(folder, EXPLANATION_CACHE),
                     .subject = s,
                     .request = q,
                     .is_off = s->reference.has_data,
                     .fits = {read_method, c}};
}

void fit_cache_release(fit_cache *c)
{
    free(c->folder);
    *c = (fit_cache){0};
}
