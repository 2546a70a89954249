/* SPDX-License-Identifier: MIT */
/* checkpoint: safetensors files, and networks to and from them.
 *
 * A file is a little-endian u64 N, N bytes of JSON (name -> dtype, shape, data_offsets; the key
 * __metadata__ -> texts) and the packed data. The reader trusts nothing: every length is compared
 * with the bytes left before use; the header is at most 16 MB.
 */
#ifndef GANLENS_CHECKPOINT_H
#define GANLENS_CHECKPOINT_H

#include "data.h"
#include "nn.h"

/* Files of a run folder that its checkpoints are found by. */
#define RUN_MODEL "model.safetensors"
#define RUN_BEST "best.safetensors" /* the same at another step */
#define RUN_STATE "state.safetensors"
#define RUN_CONFIG "config.json"
/* The folder of what ganexplain leaves beside them. */
#define RUN_EXPLANATIONS "explain"

/* ---- safetensors ---- */

/* Every type of the format, in the order the reference writer sorts by. */
typedef enum {
    DTYPE_BOOL,
    DTYPE_F4,
    DTYPE_F6_E2M3,
    DTYPE_F6_E3M2,
    DTYPE_U8,
    DTYPE_I8,
    DTYPE_F8_E5M2,
    DTYPE_F8_E4M3,
    DTYPE_F8_E8M0,
    DTYPE_F8_E4M3FNUZ,
    DTYPE_F8_E5M2FNUZ,
    DTYPE_I16,
    DTYPE_U16,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_I32,
    DTYPE_U32,
    DTYPE_F32,
    DTYPE_C64,
    DTYPE_F64,
    DTYPE_I64,
    DTYPE_U64,
} dtype;

/* As files write it: "F32". */
const char *dtype_name(dtype type);
/* 4 and 6 occur, so a tensor's bytes are its bits by 8. */
size_t dtype_bits(dtype type);

enum { MAX_RANK = 8 };

typedef struct {
    char *name; /* owned by the file */
    dtype type;
    size_t rank, shape[MAX_RANK];
    size_t n; /* elements: product of shape, 1 for rank 0 */
    size_t n_bytes;
    const unsigned char *data; /* not aligned; in the file's block, or the caller's when writing */
} tensor_entry;

/* Zero-initialise. */
typedef struct {
    char *path; /* for messages */
    tensor_entry *entries;
    size_t n_entries;
    json_t *metadata; /* object of texts, or NULL */
    bytes file;       /* what entries point into when read */
} safetensors;

/* Reads and checks a whole file; every failure is STATUS_BAD_INPUT naming path, tensor, found,
 * expected. Non-finite F16, F32 and F64 values are refused. */
int safetensors_load(safetensors *s, const char *path, error *e);
/* The same from memory, which s copies; used by the fuzz target. */
int safetensors_read(safetensors *s, const void *data, size_t n, const char *name, error *e);
void safetensors_release(safetensors *s);
/* The names of a file's tensors, for which its header alone is read: the keys of an object, which
 * the caller releases. NULL where it is no such file, or where its header is over 128 KiB. */
json_t *safetensors_names(const char *path);

/* NULL when there is none of that name. */
const tensor_entry *safetensors_find(const safetensors *s, const char *name);
/* A metadata text, or NULL. */
const char *safetensors_metadata(const safetensors *s, const char *key);
/* Copies an F32 tensor, or an F16 one, of the given shape out; names found and expected on failure.
 */
int safetensors_get(float *out, const safetensors *s, const char *name, size_t rank,
                    const size_t *shape, error *e);

/* Building a file: entries borrow their data until it is written. */
void safetensors_add(safetensors *s, const char *name, dtype type, size_t rank, const size_t *shape,
                     const void *data);
void safetensors_set_metadata(safetensors *s, const char *key, const char *value);
/* Makes F16 of all that is F32, each value the nearest, of two the even one. The values are in
 * *values from then on, which the caller releases after s and in any case. STATUS_DIVERGED: one is
 * too large, or not finite. */
int safetensors_halve(safetensors *s, bytes *values, error *e);
/* Byte for byte what the reference writer makes of it: tensors by descending dtype, then by name;
 * keys of metadata sorted; header padded with spaces to a multiple of 8. */
int safetensors_save(const safetensors *s, const char *path, durability d, error *e);
/* The bytes that such a file has; how many they are. out, whose block is used again, is released
 * by the caller. */
void safetensors_write(bytes *out, const safetensors *s);
size_t safetensors_size(const safetensors *s);

/* Streaming many rows: the header is written first from entries whose data is NULL, then
 * blocks of each tensor at their place. Zero-initialise; release (always) drops what was not
 * committed. */
typedef struct {
    atomic_file file;
    uint64_t data_start;
    const safetensors *layout; /* borrowed */
    uint64_t *offsets;         /* per entry, from data_start; owned */
    uint64_t *n_written;       /* elements so far per entry; owned */
} safetensors_stream;

/* path must be seekable. layout must stay as it is until release. */
int safetensors_stream_open(safetensors_stream *w, const safetensors *layout, const char *path,
                            error *e);
/* n elements of entry `name` starting at element `first`; each element once, in any order. */
int safetensors_stream_write(safetensors_stream *w, const char *name, uint64_t first,
                             const void *data, size_t n, error *e);
/* STATUS_FAILED when elements are missing. */
int safetensors_stream_commit(safetensors_stream *w, error *e);
void safetensors_stream_release(safetensors_stream *w);

/* ---- Models ---- */

/* Puts every tensor of net under PREFIX (such as "G.") into s; the data is borrowed from net. */
void checkpoint_add_network(safetensors *s, const char *prefix, const network *net);
/* Fills net (initialised from its spec) from the tensors under prefix: each must be there with its
 * shape, and no running variance may be negative. A bias under a dense that has batchnorm is folded
 * into the running mean. What else is under prefix and starts with an index is refused, but for
 * PyTorch's I64 num_batches_tracked; other names (G.adam.m) are not the network's. */
int checkpoint_get_network(network *net, const safetensors *s, const char *prefix, error *e);

/* Of D's logit over real pictures of the training and over generated ones: quantile i is the logit
 * that i % of them stay below, as quantiles_find has it; the first is the least. */
enum { N_QUANTILES = 101 };

typedef struct {
    float real[N_QUANTILES], generated[N_QUANTILES];
    size_t n_real, n_generated; /* pictures */
} logit_quantiles;

/* What a model is, for the file's metadata `model`: all that is needed to use it. Its arrays are
 * borrowed. */
typedef struct {
    const char *kind;          /* "gan", "vae", "ae" or "classifier" */
    size_t z_dim;              /* 0 for a classifier */
    size_t n_classes;          /* 0 unless conditional or a classifier */
    picture_shape shape;       /* of the pictures */
    float low, high;           /* range of the pictures */
    const float *prior_mean;   /* (z_dim), or NULL: codes are N(mu, L L^T), not N(0, I); */
    const float *prior_factor; /* L (z_dim, z_dim), lower triangular with a positive diagonal */
    const logit_quantiles *quantiles; /* of D's logit, or NULL */
} model_card;

/* A network of it, by the letter its tensors have: "G" the generator or decoder, "D" the
 * discriminator, "E" the encoder, "C" the classifier. */
typedef struct {
    const char *name;
    const network *net; /* borrowed */
} card_part;

/* Puts card and parts into s, which the file then needs nothing else to be opened for use.
 *
 * Of a conditional model (n_classes above 0, no classifier) every network takes the class as a
 * one-hot vector behind its other inputs: G (z, class), E and D (picture, class); D not where it
 * has an embedding. E of a vae gives 2 z_dim values, means first; that of an ae z_dim. */
void checkpoint_add_model(safetensors *s, const model_card *card, const card_part *parts, size_t n);

enum { MAX_NETWORKS = 2, MAX_CLASSES = 256 };

/* A network as a file has it. */
typedef struct {
    const char *name; /* "G" */
    char *prefix;     /* of its tensors' names: "G.", "G_ema."; owned */
    network net;
} stored_part;

/* A trained model, ready to be explained or sampled from. Zero-initialise. */
typedef struct {
    char *path;                      /* the file that was read; owned */
    struct model_checksum *checksum; /* owned; NULL: not wanted */
    const char *kind;                /* this and what follows as in model_card */
    size_t z_dim, n_classes;
    picture_shape shape;
    float low, high;
    stored_part parts[MAX_NETWORKS];
    size_t n_parts;
    float *prior_mean, *prior_factor; /* owned, or NULL */
    logit_quantiles *quantiles;       /* owned; NULL: none */
    uint64_t step;                    /* 0 where unknown */
    json_t
        *settings; /* the training settings (ROLE_RESULT options), or NULL where there are none */
    bool is_foreign, is_state;
    bool has_data_checksum; /* whether the file says what it was trained on: */
    uint32_t data_checksum; /* as dataset's */
    char *warning; /* a thing the user should know (bn without eps in a foreign spec), or NULL */
} model_file;

/* How to open a checkpoint. All but path may be NULL. */
typedef struct {
    const char *path;      /* a run folder, model.safetensors, state.safetensors, a foreign file */
    const char *weights;   /* "ema" or "raw", of a state */
    const char *generator; /* spec of a foreign file's G, which is under "G.", else under the one
                              prefix (such as "", "model." or "generator.") where it fits; its
                              pictures are squares */
    const char *discriminator; /* spec of its D: the same, with "D." */
    const double *range;       /* {low, high} of a foreign file; NULL: after its last activation */
    bool wants_checksum;       /* find the SHA-256 of the file, too */
} model_source;

/* A file without metadata `model`, of version 0.1.0, is a gan of 28x28 by its settings. */
int model_file_load(model_file *m, const model_source *source, error *e);
/* The same from a file that was read; used by the fuzz target. */
int model_file_read(model_file *m, const safetensors *s, const model_source *source, error *e);
void model_file_release(model_file *m);
/* The SHA-256 of the file's bytes as they were read, "" where it was not wanted. It is found beside
 * other work, and waited for when it is first asked for, which is one thread's alone to do. */
const char *model_file_checksum(const model_file *m);
/* Frees the networks and what is folded into them; what describes the model stays. */
void model_file_release_parts(model_file *m);

/* NULL where m has none of that name. */
const network *model_file_part(const model_file *m, const char *name);
bool model_has(const model_file *m, const char *name);

/* ---- Classes ---- */

#define NO_CLASS NO_INDEX

/* The classes of a conditional model, rising: those that it was trained on. Returns how many, 0 of
 * a model that is not conditional. */
size_t model_file_classes(size_t classes[MAX_CLASSES], const model_file *m);
/* STATUS_USAGE where a class is asked of a model without classes, none of one with them, or one
 * that model_file_classes does not give. */
int model_file_check_class(const model_file *m, size_t class, error *e);

/* ---- Models as plain networks ----
 *
 * Whatever the model: dense layers alone, without batchnorm and dropout, the class and the prior in
 * their weights. The caller releases *net. A missing network is STATUS_USAGE, as is a class that
 * model_file_check_class refuses. */

/* z ~ N(0, I) to picture. */
int model_generator(network *net, const model_file *m, size_t class, error *e);
/* (z, c) to picture, c (n_classes) a point between classes: what a gradient by the class is taken
 * of. */
int model_generator_with_class(network *net, const model_file *m, error *e);
/* Picture to logit: where D ends in a sigmoid, it is taken off. */
int model_critic(network *net, const model_file *m, size_t class, error *e);
/* Picture to z as model_generator takes it; of a vae the mean. Refuses (STATUS_BAD_INPUT) to whiten
 * by the prior an encoder whose last layer has an activation. */
int model_encoder(network *net, const model_file *m, size_t class, error *e);
/* What a vae or ae was trained as, without its prior: a picture to what E says of its code, of a
 * vae z_dim means and as many log variances, and a code to what the reconstruction loss reads,
 * logits where *reads_logits. The caller releases both. */
int model_autoencoder(network *encoder, network *decoder, bool *reads_logits, const model_file *m,
                      size_t class, error *e);
/* Picture to n_classes logits. */
int model_classifier(network *net, const model_file *m, error *e);

/* The folder of m's training pictures, as --data was given to gantrain, and in *config the path of
 * the config.json beside m's file that says so. Both are NULL where no such file says it; the
 * caller frees them. */
char *model_file_data_folder(char **config, const model_file *m);
/* What the training chose of its data, with any number of classes; texts are m's. */
data_choice model_file_data_choice(const model_file *m);

/* ---- Latents ---- */

/* Reads the rows (n, z_dim) of an F32 tensor, or one row of rank 1; source is
 * "FILE.safetensors:NAME". The caller frees *z, and *path (the file's) where path is not NULL. */
int latents_load(float **z, size_t *n, size_t z_dim, const char *source, char **path, error *e);

/* ---- What a model file says of itself ---- */

/* What it is, step, shape and range of the pictures, data, networks with their tensors under the
 * names they have in the file, settings. As lines, and the same facts as JSON. */
void model_info_words(text *out, const model_file *m);
json_t *model_info(const model_file *m);

#endif
