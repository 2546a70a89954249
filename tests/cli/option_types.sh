#!/bin/sh
# SPDX-License-Identifier: MIT
# An option's row compiles without a warning for a member of its kind's type, and for no other.
. "$(dirname "$0")/lib.sh"

CC=${CC:-cc}
command -v "${CC%% *}" >/dev/null || skip_all 'there is no compiler'
FLAGS="-std=c11 -I$HERE/../../include -Wall -Wextra -Wpedantic -fsyntax-only -x c"

compile() { # FLAG LINE: cli.h and that line
    printf '#include "cli.h"\n%s\n' "$2" | $CC $FLAGS $1 -
}

row() { # KIND MEMBER: a table with one row
    echo "typedef struct { int first; $2; } s; extern const option_row rows[];" \
        "const option_row rows[] = {OPTION_$1(s, member, .name = \"x\")};"
}

# fits KIND MEMBER; misfits KIND MEMBER
fits() { ok "$1: '$2' compiles without a warning" compile -Werror "$(row "$1" "$2")"; }
misfits() { ok "$1: '$2' does not compile" not compile -Wno-error "$(row "$1" "$2")"; }

compile -Werror 'extern int x;' >.said 2>&1 || skip_all "the compiler does not take cli.h: $(head -1 .said)"

while read -r kind right; do
    fits "$kind" "$right"
done <<END
FLAG bool member
COUNT uint64_t member
REAL double member
TEXT const char *member
CHOICE const char *member
LIST const char *member
SEEDS seed_list member
DURATION double member
INTERVAL interval member
PAIR double member[2]
END

while read -r kind wrong; do
    misfits "$kind" "$wrong"
done <<END
FLAG int member
COUNT unsigned member
COUNT int64_t member
REAL float member
TEXT char *member
TEXT const char member[8]
CHOICE int member
LIST const char *const *member
SEEDS seed_range member
DURATION uint64_t member
INTERVAL uint64_t member
PAIR double member
PAIR float member[2]
PAIR double member[3]
END

ok 'a member that is not there does not compile' not compile -Wno-error \
    'typedef struct { int a; } s; extern const option_row r[]; const option_row r[] = {OPTION_FLAG(s, b, .name = "x")};'
GROUP='typedef struct { int a; } a; typedef struct { int b; a in; } s; extern const size_t base;'
ok 'the struct of a group is a member of its type' compile -Werror "$GROUP const size_t base = MEMBER_AT(s, in, a);"
ok 'the struct of a group is no other member' not compile -Wno-error "$GROUP const size_t base = MEMBER_AT(s, b, a);"

TABLE='typedef struct { int n; const char *name; } t; extern const t rows[]; extern const t *const at[];'
OTHER='extern const struct { int name; } numbers[]; extern const struct { char *name; } own[];'
for list in 'NAMES_OF(rows)' 'NAMES_POINTED(t, at)' 'WORDS("a", "b")' \
    'NAMES_JOINED(NAMES_OF(rows), WORDS("all"))'; do
    ok "$list is a constant" compile -Werror "$TABLE extern const name_list *l; const name_list *l = $list;"
done
for list in 'NAMES_OF(numbers)' 'NAMES_OF(own)' 'NAMES_OF(at)' 'NAMES_POINTED(t, rows)'; do
    ok "$list warns" not compile -Werror "$TABLE $OTHER extern const name_list *l; const name_list *l = $list;"
done
finish
