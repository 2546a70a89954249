/* SPDX-License-Identifier: MIT */
/* RECIPE(NAME, SUMMARY), one a line, the default first: NAME is data/recipes/NAME.json. Included by
 * recipe.c, which makes the table of it, and by embedded_recipes.S, which puts the files in. No
 * guard: each includes it with a RECIPE of its own. */
RECIPE(tuned, "R1, a moving average of G, Adam at 2e-3: sharp and varied digits in minutes")
RECIPE(digits, "tuned for the 4,500 built-in digits, ended where more steps make them worse")
RECIPE(fashion, "tuned for Fashion-MNIST, with a stronger R1: more varied clothes")
RECIPE(classic, "the reference GAN: BatchNorm in G, dropout in D, Adam at 1e-4")
RECIPE(ae, "an autoencoder with codes of ten numbers, Adam at 1e-3: soft digits in a minute")
RECIPE(vae, "a variational autoencoder of ten numbers a code: soft and varied digits in a minute")
