/* SPDX-License-Identifier: MIT */
/* A trained model from a run folder, one of its files, or a file made elsewhere. */
#include "model_detail.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SETTINGS_DEPTH = 8,
};

/* ---- Networks ---- */

/* The part `name` as it has to be; where m is conditional, D has no embedding. */
static network_plan plan_of(const model_file *m, const char *name, const char *prefix,
                            const char *spec)
{
    network_plan p = {.role = part_role(prefix), .prefix = prefix, .spec = spec};
    size_t n_codes = model_kind_find(m->kind)->code_width * m->z_dim;
    size_t n_seen = m->shape.n + m->n_classes; /* of a picture with its class */
    switch (*name) {
    case 'G':
        p.n_in = m->z_dim + m->n_classes, p.n_out = m->shape.n;
        break;
    case 'D':
        p.n_in = n_seen, p.n_out = 1;
        break;
    case 'E':
        p.n_in = n_seen, p.n_out = n_codes;
        break;
    default:
        p.n_in = m->shape.n, p.n_out = m->n_classes;
    }
    return p;
}

/* Takes prefix and net over. */
static void add_part(model_file *m, const char *name, char *prefix, network net)
{
    assert(m->n_parts < MAX_NETWORKS);
    m->parts[m->n_parts++] = (stored_part){.name = name, .prefix = prefix, .net = net};
}

static int check_discriminator(const network *d, const char *path, error *e)
{
    for (size_t i = 0; i < d->n_layers; i++)
        if (d->layers[i].has_batchnorm)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: the discriminator's spec '%s' has bn, which mixes the samples of a "
                        "batch: only generators may have it",
                        path, d->spec);
    return 0;
}

const network *model_file_part(const model_file *m, const char *name)
{
    for (size_t i = 0; i < m->n_parts; i++)
        if (strcmp(m->parts[i].name, name) == 0)
            return &m->parts[i].net;
    return NULL;
}

bool model_has(const model_file *m, const char *name) { return model_file_part(m, name) != NULL; }

/* ---- Our own files ---- */

static int check_source_of_own(const safetensors *s, const model_source *source, bool is_state,
                               error *e)
{
    const char *option = source->generator       ? "--generator"
                         : source->discriminator ? "--discriminator"
                         : source->range         ? "--range"
                                                 : NULL;
    if (option)
        return fail(e, STATUS_USAGE, "%s: %s is for files made elsewhere; the file says its own",
                    s->path, option);
    if (source->weights && !is_state)
        return fail(e, STATUS_USAGE,
                    "%s: --weights chooses in a state.safetensors; this model has one set",
                    s->path);
    return 0;
}

static bool has_prefix(const safetensors *s, const char *prefix)
{
    for (size_t i = 0; i < s->n_entries; i++)
        if (begins_with(s->entries[i].name, prefix))
            return true;
    return false;
}

static bool has_averages(const safetensors *s)
{
    for (size_t i = 0; i < s->n_entries; i++)
        if (part_role(s->entries[i].name) && begins_with(s->entries[i].name + 1, "_ema."))
            return true;
    return false;
}

/* Whether the weights to use are the moving averages, under "G_ema." and the like. */
static int choose_weights(bool *is_average, const safetensors *s, const char *weights, error *e)
{
    bool has_average = has_averages(s);
    *is_average = !weights ? has_average : strcmp(weights, "ema") == 0;
    if (weights && !*is_average && strcmp(weights, "raw") != 0)
        return fail(e, STATUS_USAGE, "--weights: '%s' is neither ema nor raw", weights);
    if (*is_average && !has_average)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: has no averaged weights (no tensor under 'G_ema.' or the like); use "
                    "--weights raw",
                    s->path);
    return 0;
}

/* "G_ema." or "G."; the caller frees it. */
static char *prefix_of(const char *name, const safetensors *s, bool is_average)
{
    text average = {0}, raw = {0};
    text_add(&average, "%s_ema.", name);
    text_add(&raw, "%s.", name);
    bool has_average = is_average && has_prefix(s, average.data);
    text_release(has_average ? &raw : &average);
    return has_average ? average.data : raw.data;
}

static int read_step(uint64_t *step, const safetensors *s, error *e)
{
    const char *written = safetensors_metadata(s, "step");
    char *end;
    *step = 0;
    if (!written)
        return 0;
    errno = 0;
    *step = strtoull(written, &end, 10);
    if (!isdigit((unsigned char)*written) || *end != '\0' || errno != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'step' is '%s', expected a number", s->path,
                    written);
    return 0;
}

/* Eight hexadecimal digits, as state.c writes them; anything else tells nothing. */
static void read_data_checksum(model_file *m, const safetensors *s)
{
    const char *written = safetensors_metadata(s, "data_crc32");
    if (!written || strlen(written) != 8 || strspn(written, "0123456789abcdef") != 8)
        return;
    m->data_checksum = (uint32_t)strtoul(written, NULL, 16);
    m->has_data_checksum = true;
}

/* Needed only where there is no card. */
static int read_settings(model_file *m, const safetensors *s, bool has_card, error *e)
{
    const char *written = safetensors_metadata(s, "settings");
    if (!written && has_card)
        return 0;
    if (!written)
        return fail(e, STATUS_BAD_INPUT, "%s: metadata 'settings' is missing", s->path);
    m->settings = json_read(written, strlen(written), MAX_SETTINGS_DEPTH, "metadata 'settings'",
                            STATUS_BAD_INPUT, e);
    return m->settings ? 0 : fail_in(e, "%s", s->path);
}

/* Copies a tensor of floats to *out, which is NULL where s has none of that name. */
static int get_floats(float **out, const safetensors *s, const char *name, size_t rank,
                      const size_t *shape, error *e)
{
    const tensor_entry *t = safetensors_find(s, name);
    if (!t)
        return 0;
    *out = allocate(t->n > 0 ? t->n : 1, sizeof **out);
    return safetensors_get(*out, s, name, rank, shape, e);
}

static int check_factor(const model_file *m, error *e)
{
    size_t n = m->z_dim;
    for (size_t r = 0; r < n; r++)
        for (size_t c = r; c < n; c++)
            if (c == r ? m->prior_factor[r * n + c] <= 0 : m->prior_factor[r * n + c] != 0)
                return fail(e, STATUS_BAD_INPUT,
                            "%s: tensor 'prior.factor' is not lower triangular with a positive "
                            "diagonal: row %zu, column %zu",
                            m->path, r, c);
    return 0;
}

static int load_prior(model_file *m, const safetensors *s, error *e)
{
    const size_t shape[] = {m->z_dim, m->z_dim};
    if (get_floats(&m->prior_mean, s, "prior.mean", 1, shape, e) != 0 ||
        get_floats(&m->prior_factor, s, "prior.factor", 2, shape, e) != 0)
        return -1;
    if (!m->prior_mean != !m->prior_factor)
        return fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is missing beside the prior's other",
                    m->path, m->prior_mean ? "prior.factor" : "prior.mean");
    return m->prior_factor ? check_factor(m, e) : 0;
}

/* A D with an embedding takes the class by it, not as an input. */
static int plan_classes(network_plan *p, const model_file *m, const safetensors *s, error *e)
{
    text prefix = {0};
    text_add(&prefix, "%sembedding.", p->prefix);
    bool has_embedding = has_prefix(s, prefix.data);
    int status = 0;
    if (has_embedding && m->n_classes == 0)
        status =
            fail(e, STATUS_BAD_INPUT, "%s: tensor '%sweight' is of classes, and the model has none",
                 m->path, prefix.data);
    text_release(&prefix);
    if (has_embedding) {
        p->n_in = m->shape.n;
        p->n_classes = m->n_classes;
    }
    return status;
}

static int load_part(model_file *m, const safetensors *s, const char *name, const char *spec,
                     bool is_average, error *e)
{
    network net = {0};
    char *prefix = prefix_of(name, s, is_average);
    network_plan p = plan_of(m, name, prefix, spec);
    bool is_critic = strcmp(name, "D") == 0;
    if ((is_critic && plan_classes(&p, m, s, e) != 0) || network_load(&net, s, p, e) != 0 ||
        (is_critic && check_discriminator(&net, m->path, e) != 0)) {
        network_release(&net);
        free(prefix);
        return -1;
    }
    add_part(m, name, prefix, net);
    return 0;
}

static int load_parts(model_file *m, const safetensors *s, const model_specs *specs,
                      bool is_average, error *e)
{
    const model_kind *kind = model_kind_find(m->kind);
    for (size_t i = 0; i < MAX_NETWORKS; i++)
        if (specs->specs[i] && load_part(m, s, kind->parts[i], specs->specs[i], is_average, e) != 0)
            return -1;
    if (load_prior(m, s, e) != 0)
        return -1;
    return quantiles_load(m, s, e);
}

static int load_card(model_file *m, const safetensors *s, bool is_average, error *e)
{
    const char *card = safetensors_metadata(s, "model");
    model_specs specs = {0};
    int status = read_settings(m, s, card, e);
    if (status == 0)
        status = model_card_read(m, &specs, card, e);
    if (status == 0)
        status = load_parts(m, s, &specs, is_average, e);
    json_decref(specs.document);
    if (status != 0)
        e->status = STATUS_BAD_INPUT; /* a bad spec is the file's fault, not an option's */
    return status;
}

static int read_file_kind(model_file *m, const safetensors *s, error *e)
{
    const char *version = safetensors_metadata(s, "version");
    const char *kind = safetensors_metadata(s, "kind");
    if (!version || strcmp(version, "1") != 0)
        return fail(e, STATUS_BAD_INPUT, "%s: of version '%s', only '1' is read here", s->path,
                    !version ? "" : version);
    m->is_state = kind && strcmp(kind, "state") == 0;
    if (!m->is_state && (!kind || strcmp(kind, "model") != 0))
        return fail(e, STATUS_BAD_INPUT, "%s: of kind '%s', expected 'model' or 'state'", s->path,
                    !kind ? "" : kind);
    return 0;
}

static int load_own(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    bool is_average = false;
    if (read_file_kind(m, s, e) != 0 || check_source_of_own(s, source, m->is_state, e) != 0 ||
        read_step(&m->step, s, e) != 0 ||
        (m->is_state && choose_weights(&is_average, s, source->weights, e) != 0))
        return -1;
    read_data_checksum(m, s);
    return load_card(m, s, is_average, e);
}

/* ---- Files made elsewhere ---- */

static int choose_range(model_file *m, const network *g, const double *range, error *e)
{
    const activation_traits *last = &activations[g->layers[g->n_layers - 1].f.kind];
    if (!range && !(isfinite(last->low) && isfinite(last->high)))
        return fail(e, STATUS_USAGE,
                    "%s: the generator ends in '%s', which has no range of its own, so give "
                    "--range LOW,HIGH",
                    m->path, last->name);
    double low = range ? range[0] : (double)last->low;
    double high = range ? range[1] : (double)last->high;
    if (!set_range(m, low, high))
        return fail(e, STATUS_USAGE, "%s: --range: expected LOW below HIGH, found %g,%g", m->path,
                    low, high);
    return 0;
}

/* PyTorch's default of 1e-5 against the 1e-3 of a spec is too small a difference to be noticed. */
static void warn_of_eps(model_file *m, const network *g)
{
    bool has_default = false;
    text t = {0};
    for (size_t i = 0; i < g->n_layers; i++)
        has_default |= g->layers[i].has_batchnorm && !g->layers[i].eps_is_written;
    if (has_default)
        text_add(&t,
                 "%s: --generator has bn without an eps, taken as 1e-3; PyTorch's default is 1e-5: "
                 "write bn=1e-5 or bn=1e-3",
                 m->path);
    m->warning = t.data;
}

/* No file made elsewhere says how long a row is. */
static int take_square(model_file *m, const network *g, error *e)
{
    size_t side = (size_t)lround(sqrt((double)g->n_out));
    if (side * side != g->n_out || side < MIN_PICTURE_SIDE || side > MAX_PICTURE_SIDE)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: the generator's spec '%s' ends in %zu values, which are no square picture "
                    "of %d to %d rows",
                    m->path, g->spec, g->n_out, MIN_PICTURE_SIDE, MAX_PICTURE_SIDE);
    return picture_shape_init(&m->shape, side, side, m->path, e);
}

/* Finds G, and then D elsewhere than G's prefix. */
static int find_part(model_file *m, const safetensors *s, network_plan p, const char *taken,
                     error *e)
{
    network net = {0};
    char *prefix = NULL;
    if (network_find(&net, &prefix, s, p, taken, e) != 0) {
        network_release(&net); /* what fitted under more than one prefix */
        return -1;
    }
    add_part(m, taken ? "D" : "G", prefix, net);
    return 0;
}

static int find_generator(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    network_plan p = {.role = part_role("G"), .prefix = "G.", .spec = source->generator};
    if (find_part(m, s, p, NULL, e) != 0)
        return -1;
    const network *g = model_file_part(m, "G");
    m->z_dim = g->n_in;
    warn_of_eps(m, g);
    return take_square(m, g, e) != 0 ? -1 : choose_range(m, g, source->range, e);
}

static int find_discriminator(model_file *m, const safetensors *s, const char *spec, error *e)
{
    if (find_part(m, s, plan_of(m, "D", "D.", spec), m->parts[0].prefix, e) != 0)
        return -1;
    return check_discriminator(model_file_part(m, "D"), m->path, e);
}

static int load_foreign(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    if (!source->generator)
        return fail(e, STATUS_USAGE,
                    "%s: was not written by ganlens; give --generator SPEC to say what its "
                    "generator is",
                    s->path);
    if (source->weights)
        return fail(e, STATUS_USAGE, "%s: --weights chooses in a state of ganlens", s->path);
    m->kind = model_kind_find("gan")->name;
    if (find_generator(m, s, source, e) != 0)
        return -1;
    return source->discriminator ? find_discriminator(m, s, source->discriminator, e) : 0;
}

/* ---- Opening ---- */

/* The file to read for a path the user gave, which the caller frees; NULL: a folder without one. */
static char *find_model(const char *path, error *e)
{
    static const char *const names[] = {RUN_MODEL, RUN_STATE};
    if (!is_folder(path))
        return copy_text(path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *file = join_path(path, names[i]);
        if (is_file(file))
            return file;
        free(file);
    }
    fail(e, STATUS_BAD_INPUT, "%s: this folder holds neither %s nor %s", path, names[0], names[1]);
    return NULL;
}

int model_file_read(model_file *m, const safetensors *s, const model_source *source, error *e)
{
    static const char ours[] = "ganlens";
    const char *format = safetensors_metadata(s, "format");
    *m = (model_file){.path = copy_text(s->path)};
    m->is_foreign = !format || strcmp(format, ours) != 0;
    int status = m->is_foreign ? load_foreign(m, s, source, e) : load_own(m, s, source, e);
    if (status != 0)
        model_file_release(m);
    return status;
}

struct model_checksum {
    bytes file; /* until it was asked for */
    background beside;
    char sum[SHA256_SIZE];
};

static void sum_up(void *context)
{
    struct model_checksum *c = context;
    sha256_of(c->sum, c->file.data, c->file.size);
}

const char *model_file_checksum(const model_file *m)
{
    struct model_checksum *c = m->checksum;
    if (!c)
        return "";
    if (c->file.data) {
        background_end(&c->beside);
        bytes_release(&c->file);
    }
    return c->sum;
}

/* A large file does not stay in memory for its checksum. */
enum { LARGE = 64 << 20 };

/* Takes over what s was read from, which the checksum is found of beside. */
static int read_with_checksum(model_file *m, safetensors *s, const model_source *source, error *e)
{
    struct model_checksum *c = allocate(1, sizeof *c);
    c->file = s->file;
    background_start(&c->beside, sum_up, c);
    int status = model_file_read(m, s, source, e);
    s->file = (bytes){0};
    m->checksum = c;
    if (c->file.size > LARGE)
        model_file_checksum(m);
    if (status != 0)
        model_file_release(m);
    return status;
}

int model_file_load(model_file *m, const model_source *source, error *e)
{
    safetensors s = {0};
    char *path = find_model(source->path, e);
    int status = -1;
    *m = (model_file){0};
    if (path && safetensors_load(&s, path, e) != 0)
        explain_pickle(path, e);
    else if (path && source->wants_checksum)
        status = read_with_checksum(m, &s, source, e);
    else if (path)
        status = model_file_read(m, &s, source, e);
    safetensors_release(&s);
    free(path);
    return status;
}

void model_file_release_parts(model_file *m)
{
    for (size_t i = 0; i < m->n_parts; i++) {
        network_release(&m->parts[i].net);
        free(m->parts[i].prefix);
    }
    m->n_parts = 0;
    float **const arrays[] = {&m->prior_mean, &m->prior_factor};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

void model_file_release(model_file *m)
{
    model_file_checksum(m); /* not to take from it what it is found of */
    free(m->checksum);
    model_file_release_parts(m);
    json_decref(m->settings);
    free(m->quantiles);
    free(m->path);
    free(m->warning);
    *m = (model_file){0};
}
