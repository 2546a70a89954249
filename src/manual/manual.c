/* SPDX-License-Identifier: MIT */
/* The page in order. Its prose stands here and in explaining_prose.c. */
#include "manual_detail.h"
#include "cli.h"
#include "trust.h"

/* A part of the page; what is NULL is not there. */
typedef struct {
    const char *heading;
    bool is_sub;                  /* of the one before */
    const char *text;             /* paragraphs */
    const char *entries;          /* lines "LABEL: meaning" */
    void (*add_table)(text *out); /* entries that are read from a table */
    const char *end;              /* paragraphs */
} page_part;

/* ---- Words ---- */

static const char introduction[] =
    "ganlens trains small networks that draw grey pictures, and shows why a picture came out as it "
    "did. gantrain(1) trains a model, gansample(1) draws pictures with it, ganeval(1) measures how "
    "good they are, ganexplain(1) explains one picture, or many. Their pages say how they are used; this one defines what they share: "
    "what can be trained, measured and explained, and what every file and number means.";

static const char words[] =
    "z: A list of random numbers, drawn from the standard normal distribution, that a picture is "
    "made from. Its numbers are its components: z0, z1 and so on.\n"
    "seed: A number that a z is drawn from. The same seed gives the same z everywhere.\n"
    "G, the generator: The network that makes a picture of z. G(z) is that picture.\n"
    "D, the discriminator: The network that judges a picture, where a model has one. Its verdict "
    "is the logit.\n"
    "logit: A number above 0 where D takes the picture for a real one, below 0 where it takes it "
    "for a generated one. 1 / (1 + exp(-logit)) is the probability of being real.\n"
    "x: The pixels of a picture, row by row.\n"
    "gradient: How fast one number rises as others are raised. \"d target / d z\" has one such rate "
    "for each component of z.\n"
    "Jacobian: The rates of all pixels by all components of z.\n"
    "norm: The length of a list of numbers, written |v|: the root of the sum of their squares.\n";

/* ---- Training ---- */

static const char layers[] =
    "A network is a row of layers, each of which makes numbers of those of the layer before. It is "
    "written as its layers, parted by commas: 256:bn:lrelu=0.3,784:tanh has two. There are at most "
    "64. A layer is written\n\n"
    "WIDTH[:sn|:bn[=EPS]][:ACTIVATION][:dropout=P]\n\n"
    "where brackets hold what may be left out:";

static const char layer_parts[] =
    "WIDTH: How many numbers the layer makes, from 1 to 65536; each is a weighted sum of all "
    "numbers of the layer before, and a bias. The last layer of G has as many as a picture has "
    "pixels, that of D has 1.\n"
    "sn: Spectral norm (Miyato et al. 2018): the weights are divided by their largest singular "
    "value, which one power iteration a step follows. On all layers of D it bounds how steep D is: "
    "for losses that need that and a D that wins too soon. model.safetensors has the divided "
    "weights, as a plain layer.\n"
    "bn: BatchNorm (Ioffe & Szegedy 2015) in place of the bias: each number is shifted and scaled "
    "to mean 0 and variance 1 over the batch, then by what is learnt. EPS is added to the "
    "variance, and is 1e-3 unless it is written.\n"
    "ACTIVATION: A function of each number; linear unless it is written.\n"
    "dropout=P: In training, each number is replaced by 0 with probability P.\n";

static const char tensors[] =
    "Tensors are named as torch.nn.Sequential names them: dense layer, BatchNorm, activation and "
    "dropout, as far as they are written, count one each, so G.0.weight is the first matrix of G. "
    "With spectral norm a matrix in training is weight_orig, and weight_u and weight_v are its "
    "vectors, as torch.nn.utils.spectral_norm has them. "
    "Networks trained elsewhere open with --generator SPEC where they are a Sequential of such "
    "layers, saved as safetensors under any prefix. Values are read as F32 and as F16, and written "
    "as F32, those of a judge as F16.";

static const char models[] =
    "A model is what gantrain trains: networks, each named by a letter, and a rule by which they "
    "learn. Its numbers are told as running means in log.jsonl, beside step (the steps done) and "
    "Progress/kimg (the pictures shown, in thousands).";

static const char classes[] =
    "With --conditional the networks are told of which class each picture is; the N classes are the "
    "labels below --n-classes. G takes (z, c), c being N values of which that of the class is 1 and "
    "the others are 0; its i-th picture of a batch is of the class of the i-th real one. D takes "
    "the picture x alone, and its logit is (w + e) h(x) + b: h(x) is what its last layer takes, w "
    "and b are that layer's, and e is the class's row of an embedding, the tensor D.embedding.weight "
    "(N, width of h). Miyato & Koyama 2018, arXiv:1802.05637. Asked for one class, programs fold c "
    "into G's first bias and e into D's last weights: what is drawn and explained are plain layers, "
    "as of any model. Take it where pictures of a known class are wanted: it needs labels, and "
    "learns as fast.";

static const char priors[] =
    "A model that fits a Gaussian to its codes does so at the end, to those of all training "
    "pictures, with a millionth of the mean variance more on the diagonal. The file holds its mean "
    "and its Cholesky factor as prior.mean and prior.factor; programs fold them into the first "
    "layer of G, so that z is drawn as for any model.";

static const char judges[] =
    "A judge is a classifier C, a network from a picture to a logit for each class. It learns by the "
    "cross entropy of the labels: the mean of log(sum of e^logit) less the label's logit. What it "
    "sees is shifted, turned and scaled at random, so that it knows a class however it lies. A tenth "
    "of the training pictures, at most 5,000, is held back: by their labels the temperature is found "
    "that makes probabilities of logits (Guo et al. 2017, arXiv:1706.04599), and the last layer is "
    "divided by it. Test pictures are not looked at. Its features are what its last hidden layer "
    "gives, multiplied so that their variances over the pictures held back are 1 on average. The one that is built in knows MNIST's digits of 28x28; data/judge/README.md says how "
    "well, and how it was made. --target class:K asks it, or the one of --judge FILE.";

static const char recipes_words[] =
    "A recipe is a set of values for gantrain's options, built in from data/recipes/NAME.json; "
    "options that are given win over it. gantrain --recipe NAME -o RUN --dry-run prints its values.\n\n"
    "tuned was found on MNIST's 60,000 pictures. Of the 4,500 built-in digits its D learns more and "
    "more by heart, and fcd nearly doubles from 30,000 steps, where the recipe digits ends, to "
    "tuned's 100,000. fashion is tuned with --r1 0.3: on Fashion-MNIST the median fcd of three seeds "
    "is 3.8 in place of 4.6, recall 0.46 in place of 0.42, but precision 0.76 in place of 0.79. "
    "--conditional has no recipe of its own: of MNIST it makes the "
    "class that is asked for in 96 of 100 pictures, at an fcd a third above that without classes. "
    "The numbers are in data/experiments: digits.csv, fashion.csv, comparison.csv.";

static const char classic[] =
    "The recipe classic is the dense GAN of a well-known Keras example. Initial weights (Glorot), "
    "BatchNorm (epsilon 1e-3, momentum 0.99) and Adam's epsilon (1e-7) are Keras's own defaults. "
    "It departs from the original where that has slips:";

static const char departures[] =
    "pixel values: From -1 to 1, the range of tanh, in place of 0 to 1, of which a tanh would "
    "waste half. As there: --range 0,1.\n"
    "order of the data: A new one in every epoch, so that no batch comes twice, in place of one "
    "for all.\n"
    "sample pictures: Every 200 steps, of the same 100 seeds, so that progress can be seen and "
    "compared, in place of every 200 epochs of fresh noise. As rarely: --sample-every 200e.\n"
    "length: 37,500 steps, 20 epochs of MNIST, which take minutes, in place of 10,000 epochs, "
    "which take days. As long: --epochs 10000.\n"
    "Adam's epsilon: Added after the bias correction, as algorithm 1 of its paper has it, in place "
    "of before.\n";

static const char data_words[] =
    "What gantrain --data reads: grey pictures of one shape, 4x4 to 128x128, and their labels. The "
    "first of these that a path holds:";

static const char data_choices[] =
    "Where there is no test part, a tenth of the pictures, at least one, drawn by --seed, is kept "
    "as one. Then --classes leaves out pictures of other classes, from both parts, --clean training "
    "pictures with flaws, and --subset some of those that are left; the others keep their order. The checksum that a state and a model say is "
    "that of what is left, training and test part. --balance leaves nothing out: it draws every class "
    "alike. Take it where some classes have few pictures and the generator is to draw them like the "
    "others; do without where the shares of the data are what it is to learn. The few pictures of a "
    "rare class then come often, and D may learn them by heart: give it --augment-shift and the like.";

static const char flaws[] =
    "What gantrain --check-data counts and --clean leaves out of the training part. All of them are "
    "found, and the same on any machine.";

static const char check_json[] =
    "One object. Pictures are counted through both parts, flaws too, by their names:";

static const char check_keys[] =
    "schema: 1; it grows when a key changes its meaning.\n"
    "data, data_crc32: The path, null for the digits that are built in; the checksum that a model "
    "trained on these pictures says.\n"
    "rows, cols: Of each picture.\n"
    "n_drawn: Test pictures that were drawn from a source without a test part.\n"
    "values: least, greatest and mean of all pixels, of 255.\n"
    "shared: How many training pictures equal a test picture, duplicate, or nearly do.\n"
    "all: n_train, n_test and the number of each flaw.\n"
    "classes: The same of each class with pictures, with its label and, where folders have names, "
    "its name, else null.\n"
    "flawed: Each picture with a flaw: picture, what it is called; part, training or test; place, "
    "its index in its source; label; flaws; like, the picture it equals or nearly does, or null; "
    "deviations, how far it is from the mean of its class, which an outlier goes by.\n";

static const char losses[] =
    "What G and D each make small; chosen by --loss. D(x) is the logit of a real picture, D(G(z)) of a "
    "generated one; softplus(v) is log(1 + exp(v)).";

static const char reconstructions[] =
    "What a picture x costs that an autoencoder gives back as y, summed over its pixels; chosen by "
    "--reconstruction.";

static const char optimizers[] = "How gradients move the parameters; chosen by --opt.";

static const char schedules[] =
    "What becomes of --lr and --lr-d over the run; chosen by --schedule. --warmup multiplies it by "
    "what grows to 1 at the start: where a run diverges at its start, as Adam's second moment is a "
    "mean of few gradients there.";

static const char update_rules_words[] =
    "What is done to the gradients before an update, in this order, or to the parameters after it.";

static const char penalties[] =
    "What is added to the loss of D, times --r1, --r2 or --gp, so that its gradient by the picture "
    "stays small, or near one.";

static const char habits[] = "When to use what gantrain has for runs of hours.";

static const char habit_entries[] =
    "--on-nan rollback: Where nobody watches: a run that diverges goes back and on with half the "
    "rates. With stop, the default, it ends and says what is no longer finite, so that the "
    "cause can be mended: take that while settings are still sought.\n"
    "--keep N: Where the last model may not be the best one: any state that is kept opens in "
    "gansample and ganexplain. Each is as large as state.safetensors.\n"
    "--metrics LIST: To see whether a run still gets better, which its losses do not tell. fcd costs "
    "about as much as some hundred steps each time; others cost more, so measure them seldom, or at "
    "the end by ganeval. A value is of one model, not a running mean. Hold it against that of real "
    "pictures, which the run says as it starts.\n"
    "best.safetensors: Where a run gets worse again. Chosen by a value, it is a little luckier than "
    "it is good: measure it once more with another --seed by ganeval.\n"
    "--stop-when WHAT: Where a model is to be good enough, and no longer trained than it takes; take "
    "a constant --schedule then.\n"
    "--init CHECKPOINT: To go on with other data, another loss or other rates. To go on with the "
    "same run: --resume, which takes the optimizer along.\n"
    "SIGUSR1: To look at a run before its next sample is due, by kill -USR1 and its number: the run "
    "leaves a snapshot and goes on, to the same bytes.\n"
    "warnings: They come in notes.jsonl and on the terminal when samples are alike, D is nearly "
    "always right or losses do not move. Read them before a run is given more hours: each says what "
    "to try.\n";

/* ---- Measuring ---- */

static const char measuring[] =
    "ganeval holds pictures against real ones. No single number says how good they are: pictures may "
    "be sharp and all alike, varied and blurred, or copies of what was trained on. So each metric "
    "says one thing: quality (each picture looks like a real one), diversity (they differ from each "
    "other as real ones do), coverage (every kind of real picture is among them), stability (small "
    "changes do not change all), fairness (no class is worse than another), memory (whether pictures "
    "were learned by heart).";

static const char judging[] =
    "Most metrics do not compare pixels but features: numbers that a judge, a classifier which never "
    "changes, makes of a picture in its last hidden layer. Two pictures of a kind have features "
    "that are near each other. One judge, of MNIST's digits, is built in; ganeval --train-judge "
    "makes one of other data. Values by different judges, and of different numbers of pictures, "
    "are not to be compared: each result says both.";

static const char measurable[] =
    "A checkpoint, as gansample takes it, or pictures that were made elsewhere, of which all are "
    "taken as they are. Their labels, where there are any, are the classes that were asked for.";

static const char reading[] =
    "value and interval: The value is that of the pictures that were drawn; of others of the same "
    "model it would be a little different. Of a hundred such intervals about 95 hold the mean of "
    "what as many others would give. Balls (precision, recall, density, coverage) are fixed in it: "
    "as other balls would move the value, too, some 60 to 90 of a hundred hold that mean.\n"
    "real: The same measured for other real pictures, held against the same real ones. Even perfect "
    "pictures would not do better than that, since they are as many, and no fewer differences are "
    "chance: a Frechet distance, for instance, is never 0 between two different sets. So a value is "
    "to be held against this floor, and not against 0 or 1. On MNIST the other real pictures are "
    "training ones, which the built-in judge has learned, and the first ones are not: about half of "
    "the floor of fcd comes from that.\n"
    "worse: The interval of the value and that of the floor leave a gap, on the wrong side: real "
    "pictures do better, and that is hardly chance. Where one of them has no interval, as fcd of "
    "few pictures, nothing is said.\n"
    "like real: They leave no such gap. It is no proof that the pictures are as good: with more of "
    "them a difference might show.\n"
    "which pictures: Real ones are test pictures, as far as there are enough, then training ones, "
    "drawn by the seed; the other real ones come from the other end of the same order. Both sets, "
    "and the generated one, have N pictures: --samples, at most half of all real ones, at most as "
    "many as there are of what is measured. A model draws those of seeds S, S+1, ...; one that "
    "takes a class is asked for the classes of the real pictures, in turn.\n";

static const char evaluation_json_words[] =
    "What ganeval --json writes, one object; a number that there is not is null. Keys may be added, "
    "and none changes its meaning unless schema grows.";

static const char evaluation_keys[] =
    "schema: 1.\n"
    "metrics: By name, what came out for each: value; low and high, the interval; n and n_real, how "
    "many pictures; parts, numbers beside it; by_class, the same of each class; real, the floor, "
    "likewise; verdict, worse, like_real or null; says; better: less, more or near_real; estimator; "
    "reason, why there is no value.\n"
    "candidates: With --compare, in place of metrics: path, model and metrics of each.\n"
    "n_fake, n_real, seed: Pictures of each set, and the seed.\n"
    "judge_sha256: Of the judge's file.\n"
    "judge: How far it is to be believed, by n test pictures: accuracy, calibration_error and, of "
    "each class, precision, recall and f1. Null where no test picture was among them.\n"
    "data: checksum, as of the data that a model was trained on; n_train and n_test, what there "
    "is; n_test_taken, how many of the real pictures are test pictures.\n"
    "model: sha256 of the file and step; null of what is no checkpoint.\n"
    "frechet_inception_distance, kernel_inception_distance_mean, precision, recall: With --features, "
    "the values under the names that torch-fidelity gives them, whatever the features are of.\n"
    "version: Of ganlens.\n";

/* ---- Files ---- */

static const char model_file[] =
    "The metadata of model.safetensors says what it is, in JSON, under model: kind (the model), "
    "z_dim, n_classes (0 unless pictures are drawn by class), rows, cols, range (the "
    "values of black and white) and networks (the layers of each). Beside it, settings are for "
    "--resume alone. Where there is a D, quantiles.real and quantiles.generated are its logits that "
    "0, 1, 2 ... 100 % of real and of generated pictures stay below (straight between two where no "
    "picture has that place), and the key quantiles says of how many: n_real, up to 10,000 of those "
    "it was trained on, drawn by the seed, and n_generated. They are what verdicts are by.";

static const char same_bytes[] =
    "training: The same binary, kind of CPU, number of threads and settings give the same bytes at "
    "a given step, whatever the intervals of logs, samples and checkpoints, with and without "
    "interruption.\n"
    "sampling and explaining: The same bytes for any number of threads, and for a seed alone or "
    "among others.\n"
    "the z of a seed: The same bits on every machine.\n";

static const char no_times[] =
    "No time, host, path or number of threads is stored but in config.json and timing.jsonl.";

/* ---- The page ---- */

static const page_part parts[] = {
    {"DESCRIPTION", .text = introduction},
    {"Words", .is_sub = true, .entries = words},
    {"LAYERS", .text = layers, .entries = layer_parts},
    {"Activations", .is_sub = true, .text = "Of a number v:", .add_table = manual_add_activations},
    {"Names of tensors", .is_sub = true, .text = tensors},
    {"MODELS", .text = models, .add_table = manual_add_models},
    {"Classes", .is_sub = true, .text = classes},
    {"Fitted Gaussians", .is_sub = true, .text = priors},
    {"Judges", .is_sub = true, .text = judges},
    {"RECIPES", .text = recipes_words, .add_table = manual_add_recipes},
    {"How classic departs from its original", .is_sub = true, .text = classic,
     .entries = departures},
    {"DATA", .text = data_words, .add_table = manual_add_data, .end = data_choices},
    {"Flaws of pictures", .is_sub = true, .text = flaws, .add_table = manual_add_flaws},
    {"What --check-data --json prints", .is_sub = true, .text = check_json, .entries = check_keys},
    {"LOSSES", .text = losses, .add_table = manual_add_losses},
    {"RECONSTRUCTION", .text = reconstructions, .add_table = manual_add_reconstructions},
    {"OPTIMIZERS", .text = optimizers, .add_table = manual_add_optimizers},
    {"Schedules of the rates", .is_sub = true, .text = schedules,
     .add_table = manual_add_rate_schedules},
    {"Weights and gradients", .is_sub = true, .text = update_rules_words,
     .add_table = manual_add_update_rules},
    {"GRADIENT PENALTIES", .text = penalties, .add_table = manual_add_penalties},
    {"LONG RUNS", .text = habits, .entries = habit_entries},
    {"METRICS", .text = measuring, .add_table = manual_add_metrics},
    {"The judge", .is_sub = true, .text = judging},
    {"What can be measured", .is_sub = true, .text = measurable, .add_table = manual_add_made},
    {"How to read a value", .is_sub = true, .entries = reading},
    {"What --json of ganeval prints", .is_sub = true, .text = evaluation_json_words,
     .entries = evaluation_keys},
    {"TARGETS", .text = manual_targets, .add_table = manual_add_targets},
    {"METHODS", .text = manual_methods, .add_table = manual_add_methods},
    {"Predicted and measured moves", .is_sub = true, .text = manual_far_moves},
    {"Groups that are replaced", .is_sub = true, .text = manual_coalitions},
    {"WHICH EXPLANATION TO BELIEVE", .text = manual_trust, .add_table = manual_add_measures},
    {"The one to trust", .is_sub = true, .add_table = manual_add_standings},
    {"Explainability", .is_sub = true, .text = explainability_definition,
     .add_table = manual_add_explainability},
    {"CHECKS", .text = manual_checks, .add_table = manual_add_checks},
    {"FILES OF A RUN", .add_table = manual_add_run_files, .end = model_file},
    {"FILES OF AN EXPLANATION", .add_table = manual_add_explanation_files},
    {"EXPLANATION.JSON", .text = manual_schema, .entries = manual_keys},
    {"What else an array has, by its space", .is_sub = true, .entries = manual_space_keys},
    {"SUMMARY.JSON", .text = manual_summary, .entries = manual_summary_keys},
    {"SAME BYTES", .entries = same_bytes, .end = no_times},
};

static void add_part(text *out, const page_part *p)
{
    (p->is_sub ? man_add_subheading : man_add_heading)(out, p->heading);
    man_add_paragraphs(out, p->text);
    man_add_entries(out, p->entries);
    if (p->add_table)
        p->add_table(out);
    if (p->end)
        text_add(out, MAN_PARAGRAPH);
    man_add_paragraphs(out, p->end);
}

void manual_write(text *out)
{
    man_add_title(out, GANLENS_NAME, 7,
                  "definitions of layers, models, metrics, targets, methods and files");
    text_add(out, MAN_WHOLE_WORDS);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_part(out, &parts[i]);
    man_add_see_also(out, GANLENS_NAME);
}
