/* SPDX-License-Identifier: MIT */
/* Networks under whatever names PyTorch's users gave them, and files that only PyTorch reads. */
#include "model_detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One prefix ---- */

/* The number of inputs of a foreign network: what its first weight takes. */
/* What a network's first tensor is called, without and with spectral norm. */
static const char *const first_names[] = {"0.weight", "0.weight_orig"};

static const tensor_entry *find_first(const safetensors *s, const char *prefix)
{
    const tensor_entry *found = NULL;
    for (size_t i = 0; i < 2 && !found; i++) {
        text name = {0};
        text_add(&name, "%s%s", prefix, first_names[i]);
        found = safetensors_find(s, name.data);
        text_release(&name);
    }
    return found;
}

static int find_n_in(size_t *n_in, const safetensors *s, const char *prefix, error *e)
{
    const tensor_entry *t = find_first(s, prefix);
    if (!t || t->rank != 2 || t->shape[1] < 1 || t->shape[1] > MAX_Z_DIM)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: tensor '%s%s' is not (outputs, inputs) with 1 to %d inputs", s->path,
                    prefix, t ? t->name + strlen(prefix) : first_names[0], (int)MAX_Z_DIM);
    *n_in = t->shape[1];
    return 0;
}

int network_load(network *net, const safetensors *s, network_plan p, error *e)
{
    if (p.n_in == 0 && find_n_in(&p.n_in, s, p.prefix, e) < 0)
        return -1;
    if (network_init(net, p.spec, p.n_in, e) < 0)
        return fail_in(e, "%s: the %s's spec", s->path, p.role);
    if (p.n_out != 0 && net->n_out != p.n_out)
        return fail(e, STATUS_BAD_INPUT, "%s: the %s's spec '%s' ends in %zu values, expected %zu",
                    s->path, p.role, p.spec, net->n_out, p.n_out);
    if (p.n_classes > 0)
        network_add_classes(net, p.n_classes);
    return checkpoint_get_network(net, s, p.prefix, e);
}

/* ---- All prefixes ---- */

/* More than any file of two or three networks has. */
enum { MAX_PREFIXES = 64 };

typedef struct {
    char *names[MAX_PREFIXES]; /* owned */
    size_t n;
} prefix_list;

static void prefix_list_add(prefix_list *l, const char *name, size_t length)
{
    text t = {0};
    text_add(&t, "%s", "");
    text_add_bytes(&t, name, length);
    l->names[l->n++] = t.data;
}

static void prefix_list_release(prefix_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
}

static void add_prefix_before(prefix_list *l, const char *name, const char *first,
                              const char *taken)
{
    if (!ends_with(name, first))
        return;
    size_t n = strlen(name) - strlen(first);
    bool is_taken = taken && strlen(taken) == n && strncmp(taken, name, n) == 0;
    if (!is_taken && (n == 0 || name[n - 1] == '.') && l->n < MAX_PREFIXES)
        prefix_list_add(l, name, n);
}

/* A network is where a tensor is named PREFIX0.weight: "model.0.weight", but not "10.weight". */
static void find_prefixes(prefix_list *l, const safetensors *s, const char *taken)
{
    for (size_t i = 0; i < s->n_entries; i++)
        for (size_t k = 0; k < 2; k++)
            add_prefix_before(l, s->entries[i].name, first_names[k], taken);
}

/* "'a.', 'b.'"; what a network without a prefix is under: "''". */
static void add_names(text *out, const prefix_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        text_add(out, "%s'%s'", i > 0 ? ", " : "", l->names[i]);
}

static int refuse_names(const safetensors *s, network_plan p, error *e)
{
    text found = {0};
    enum { SHOWN = 4 };
    for (size_t i = 0; i < s->n_entries && i < SHOWN; i++)
        text_add(&found, "%s'%.60s'", i > 0 ? ", " : "; found ", s->entries[i].name);
    fail(e, STATUS_BAD_INPUT,
         "%s: tensor '%s0.weight' is missing; the %s's layers are expected under the names of "
         "torch.nn.Sequential, after '%s' or another prefix%s%s",
         s->path, p.prefix, p.role, p.prefix, found.length > 0 ? found.data : "",
         s->n_entries > SHOWN ? " ..." : "");
    text_release(&found);
    return -1;
}

/* Loads the network of the first prefix that fits and keeps in fitting all that do; why the first
 * does not goes to first. */
static void try_prefixes(network *net, prefix_list *fitting, const prefix_list *all,
                         const safetensors *s, network_plan p, error *first)
{
    for (size_t i = 0; i < all->n; i++) {
        network tried = {0};
        error why = {0};
        p.prefix = all->names[i];
        bool fits = network_load(&tried, s, p, &why) == 0;
        if (!fits && i == 0)
            *first = why;
        if (fits)
            prefix_list_add(fitting, p.prefix, strlen(p.prefix));
        if (fits && fitting->n == 1)
            *net = tried;
        else
            network_release(&tried);
    }
}

static int judge_prefixes(char **prefix, const prefix_list *fitting, const prefix_list *all,
                          const safetensors *s, network_plan p, const error *first, error *e)
{
    text names = {0};
    int status = -1;
    if (fitting->n == 1) {
        *prefix = copy_text(fitting->names[0]);
        status = 0;
    } else if (fitting->n > 1) {
        add_names(&names, fitting);
        fail(e, STATUS_BAD_INPUT,
             "%s: the %s's spec '%s' fits under each of %s; save the one that is meant alone",
             s->path, p.role, p.spec, names.data);
    } else {
        *e = *first;
        add_names(&names, all);
        if (all->n > 1)
            fail(e, first->status, "%s; it was looked for under %s", first->message, names.data);
    }
    text_release(&names);
    return status;
}

int network_find(network *net, char **prefix, const safetensors *s, network_plan p,
                 const char *taken, error *e)
{
    prefix_list all = {0}, fitting = {0};
    error first = {0};
    int status = -1;
    if (find_first(s, p.prefix))
        prefix_list_add(&all, p.prefix, strlen(p.prefix));
    else
        find_prefixes(&all, s, taken);
    if (all.n == 0) {
        refuse_names(s, p, e);
    } else {
        try_prefixes(net, &fitting, &all, s, p, &first);
        status = judge_prefixes(prefix, &fitting, &all, s, p, &first, e);
    }
    prefix_list_release(&all);
    prefix_list_release(&fitting);
    return status;
}

/* ---- Pickles ---- */

/* torch.save writes a zip, or by its older format a pickle of protocol 2 to 5; where that has other
 * bytes, a safetensors file has the brace of its header. */
static bool is_pickle(const char *path)
{
    unsigned char start[9];
    FILE *f = fopen(path, "rb");
    bool is_read = f && fread(start, 1, sizeof start, f) == sizeof start;
    if (f)
        fclose(f);
    return is_read && (memcmp(start, "PK\3\4", 4) == 0 ||
                       (start[0] == 0x80 && start[1] >= 2 && start[1] <= 5 && start[8] != '{'));
}

/* The first n bytes of s and then end, as Python reads them back. */
static void add_python_text(text *out, const char *s, size_t n, const char *end)
{
    text_add(out, "'");
    for (size_t i = 0; i < n; i++)
        text_add(out, "%s%c", s[i] == '\'' || s[i] == '\\' ? "\\" : "", s[i]);
    text_add(out, "%s'", end);
}

static void add_conversion(text *code, const char *path)
{
    const char *dot = strrchr(path_name(path), '.');
    size_t n = strlen(path), n_stem = dot && dot > path ? (size_t)(dot - path) : n;
    text_add(code, "import torch, safetensors.torch; safetensors.torch.save_file(torch.load(");
    add_python_text(code, path, n, "");
    text_add(code, ", map_location='cpu'), ");
    add_python_text(code, path, n_stem, ".safetensors");
    text_add(code, ")");
}

void explain_pickle(const char *path, error *e)
{
    text code = {0};
    if (!is_pickle(path))
        return;
    add_conversion(&code, path);
    fail(e, STATUS_BAD_INPUT,
         "%s: was written by torch.save, which only Python reads; convert it there: %s (where it "
         "holds a whole module: torch.load(..., weights_only=False).state_dict())",
         path, code.data);
    text_release(&code);
}
