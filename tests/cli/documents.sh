#!/bin/sh
# SPDX-License-Identifier: MIT
# Help, man page, completion and settings of every program name the same options.
. "$(dirname "$0")/lib.sh"

lacks() { # FILE PATTERN-BEFORE: prints the options that the file does not name
    while read -r option; do
        grep -qF -- "$2$option" "$1" || echo "# $1 lacks --$option"
    done <options
}

for program in gantrain gansample ganeval ganexplain; do
    [ -x "$BIN/$program" ] || continue
    $program --help >help || exit 1
    $program --print-man >man || exit 1
    for shell in bash zsh fish; do
        $program --print-completion $shell >$shell || exit 1
    done
    sed -n 's/^      --\([a-z][a-z0-9-]*\).*/\1/p; s/^  -., --\([a-z][a-z0-9-]*\).*/\1/p' help >options
    ok "$program --help lists its options" [ "$(wc -l <options)" -gt 15 ]
    ok "every option of $program that takes a value has a name for it" not grep -F '(null)' help bash zsh fish
    sed 's/\\-/-/g' man >man.plain
    for section in OPTIONS ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -qx ".SH $section" man || echo "# no section $section"
    done | tee missing
    ok "the man page of $program has the usual sections" [ ! -s missing ]
    if command -v groff >/dev/null; then
        groff -ww -z -man -Tutf8 man >said 2>&1
        ok "groff has nothing to say of the man page of $program" [ ! -s said ]
    else
        skip "groff has nothing to say of the man page of $program" 'groff is not installed'
    fi
    { lacks man.plain --; lacks bash --; lacks zsh --; lacks fish '-l '; } | tee missing
    ok "man page and completions of $program name every option" [ ! -s missing ]
    sed -n "s/^ *words='--/--/p" bash | tr -d "'" | tr ' ' '\n' | grep -v '^--no-' >offered
    while read -r option; do
        grep -qF -- "$option" help || echo "# not in help: $option"
    done <offered | tee missing
    ok "the completion of $program offers nothing that help does not list" [ ! -s missing ]
    $program --version | sed -n 1p >version
    ok "$program --version begins with name and version" grep -qx "$program (ganlens) [0-9.]*" version
    ok "$program --help to a full disk ends with status 4" exits 4 sh -c "$program --help >/dev/full"
    ok "an unknown option of $program ends with status 2" exits 2 $program --hlep
    ok 'the option that was meant is guessed' says "did you mean '--help'?"
done
ok 'the completion for bash is a sound script' bash -n bash

offers() { # WORDS-OFFERED WORD ...: at the last word, as bash splits a command line
    want=$1
    shift
    got=$(bash -c '. ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ganexplain; echo "${COMPREPLY[@]}"' \
        bash "$@")
    [ "$got" = "$want" ] || echo "# offered: $got"
    ok "bash offers '$want' at: $*" [ "$got" = "$want" ]
}
if command -v bash >/dev/null; then
    offers 'image run' ganexplain --scale ''
    offers 'run' ganexplain --scale = ru
    offers 'pixel:' ganexplain run --target pi
    offers 'gen' ganexplain run -t = g
    offers 'nearest' ganexplain run --target rec :
    offers 'nearest' ganexplain run --target = loss : n
    offers '' ganexplain run --target rec : a.png
    offers 'hot,lagoon' ganexplain --cmap hot,la
    offers '--threads' ganexplain run --thr
fi
for shell in bash zsh fish; do
    grep -q 'over the scale; how many did is stated' $shell || [ $shell = bash ]
    ok "a description goes on after a semicolon in $shell's completion" [ $? -eq 0 ]
done

# ---- The page of definitions
ganexplain --print-manual >manual || exit 1
sed 's/\\-/-/g' manual >manual.plain

defines() { # reads NAMES: each is a heading or a bold label of the page
    while read -r name; do
        grep -qxF -e "\\fB$name\\fR" -e ".SS $name" manual.plain || echo "# ganlens(7) lacks $name"
    done | tee missing
    [ ! -s missing ]
}

silent() { # PROGRAM FILE: has nothing to say of it
    "$@" >said 2>&1
    cat said
    [ ! -s said ]
}
if command -v groff >/dev/null; then
    ok 'groff has nothing to say of ganlens(7)' silent groff -ww -z -man -Tutf8 manual
else
    skip 'groff has nothing to say of ganlens(7)' 'groff is not installed'
fi
if command -v mandoc >/dev/null; then
    ok 'mandoc has nothing to say of ganlens(7)' silent mandoc -Tlint manual
else
    skip 'mandoc has nothing to say of ganlens(7)' 'mandoc is not installed'
fi
ok 'a loss tells what it brings, in numbers and names' sh -c "tr '\\n' ' ' <manual.plain | grep -q 'r1 0, --opt rmsprop, --lr 0.0005, unless'"
ganexplain --list-methods | cut -f 1 >methods
ok 'ganlens(7) defines every method of --list-methods' defines <methods
ok 'there are methods' [ "$(wc -l <methods)" -gt 1 ]
ok 'of each it says when it misleads' sh -c "[ \$(sed -n '/^\\.SH METHODS/,/^\\.SH .*WHICH EXPLANATION/p' manual.plain | tr -s ' \\n' ' ' | grep -o 'When it misleads:' | wc -l) -eq \$(wc -l <methods) ]"
ganexplain run --seed 1 --target none 2>&1 | sed 's/.* is none of //' | awk -F ', ' '{ for (i = 1; i <= NF; i++) print $i }' >targets
ok 'ganlens(7) defines every form of a target' defines <targets
ok 'there are targets' [ "$(wc -l <targets)" -gt 7 ]
ganeval --list-metrics | cut -f 1 >metrics
ok 'ganlens(7) defines every metric of --list-metrics' defines <metrics
ok 'there are metrics' [ "$(wc -l <metrics)" -gt 5 ]
ok 'of each it says what it needs' sh -c "tr '\\n' ' ' <manual.plain | grep -q 'needs pictures of another training'"
gantrain --list-recipes | cut -f 1 >recipes
ok 'ganlens(7) defines every recipe of --list-recipes' defines <recipes
ok 'there are recipes' [ "$(wc -l <recipes)" -gt 1 ]
for option in model loss opt; do
    bash=$(gantrain --print-completion bash | sed -n "/--$option)/{n;s/ *words='\(.*\)'/\1/p;}")
    ok "there is something to choose for --$option" [ -n "$bash" ]
    echo "$bash" | tr ' ' '\n' >words
    ok "ganlens(7) defines what can be chosen for --$option" defines <words
done
ok 'nothing in ganlens(7) is without words' not grep -F '(null)' manual
ganexplain --print-man | sed 's/\\-/-/g' >man.plain
ok 'the page of ganexplain names ganlens(7)' grep -qF 'fBganlens\fR(7)' man.plain

gantrain -o run --dry-run >settings.json
gantrain --help | sed -n 's/^      --\([a-z][a-z0-9-]*\).*/\1/p; s/^  -., --\([a-z][a-z0-9-]*\).*/\1/p' |
    grep -vx 'help\|version\|config\|dry-run' | sort >options
sed -n 's/^  "\([^"]*\)":.*/\1/p' settings.json | sort >keys
ok "the keys of gantrain's settings are its options" same options keys
finish
