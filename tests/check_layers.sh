#!/bin/sh
# SPDX-License-Identifier: MIT
# The architecture as a test. A module includes headers of rows above its own only, private headers stay
# in their folder, file names are unique, BLAS and threads are tensor's, talking and ending are cli's.
# Every rule is also shown a made-up tree that breaks it.
set -u
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

# Sets $row; smaller is higher up. A program is in no module and may include all.
find_row() {
    case $1 in
    base) row=0 ;;
    tensor | cli | image | dist) row=1 ;;
    nn | data | strokes) row=2 ;;
    checkpoint | explain | metrics) row=3 ;;
    model | trust | report) row=4 ;;
    present | run) row=5 ;;
    history | session | manual) row=6 ;;
    training | evaluation) row=7 ;;
    *) row= ;;
    esac
}

# Each rule looks at the tree in the current folder and prints a line for each violation.
all_modules_have_a_row() {
    for file in include/*.h src/*/; do
        module=${file%/}
        module=${module##*/}
        find_row "${module%.h}"
        [ -n "$row" ] || echo "$file: a module without a row"
    done
}

# file:header, one line for each #include "header"
includes() {
    grep -rE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$@" /dev/null | sed -E 's/^([^:]*):[^"]*"([^"]*)".*/\1:\2/'
}

no_arrow_points_upward() {
    includes include src/*/ | while IFS=: read -r file header; do
        [ -f "include/$header" ] || continue
        case $file in
        include/*) module=${file#include/} ;;
        *) module=${file#src/} ;;
        esac
        module=${module%%[./]*}
        other=${header%.h}
        [ "$other" != "$module" ] || continue
        find_row "$other"
        row_of_other=$row
        find_row "$module"
        [ "${row_of_other:-9}" -lt "${row:-0}" ] ||
            echo "$file includes $header: row $row_of_other is not above row $row"
    done
}

private_headers_stay_at_home() {
    includes include src | while IFS=: read -r file header; do
        [ -f "include/$header" ] || [ -f "${file%/*}/$header" ] ||
            echo "$file includes $header: neither in include/ nor in its folder"
    done
}

file_names_are_unique() {
    find include src tests -type f ! -path 'tests/fuzz/corpus/*' ! -name '.*' | sed 's|.*/||' | sort | uniq -d |
        sed 's/$/: more than one file of that name/'
}

# code PATTERN FILE...: the lines outside comments that match
code() {
    pattern=$1
    shift
    awk '{
        if (FNR == 1) inside = 0
        out = ""
        while (length($0) > 0) {
            at = index($0, inside ? "*/" : "/*")
            if (!inside) out = out (at ? substr($0, 1, at - 1) : $0)
            if (at == 0) break
            $0 = substr($0, at + 2)
            inside = !inside
        }
        print FILENAME ":" FNR ":" out
    }' "$@" /dev/null | grep -E "^[^:]*:[0-9]*:(.*[^a-z0-9_])?($pattern)"
}

# Names of BLAS and LAPACK as Fortran writes them, of OpenBLAS, of OpenMP and of threads.
only_tensor_knows_blas_and_threads() {
    code '(openblas|cblas|LAPACKE|omp|pthread)_[a-z]|<(cblas|lapacke|omp|pthread)[.]h>|[sd][a-z]{2,5}[a-z0-9]_([^a-z0-9_]|$)|#[[:space:]]*pragma[[:space:]]+omp' \
        $(find include src -name '*.[ch]' ! -path 'src/tensor/*')
}

# src/base/memory.c ends the program when there is no memory left.
libraries_neither_print_nor_exit() {
    code '(printf|puts|putchar|perror|v?fprintf|vprintf|fputs|fputc|exit|_exit|_Exit|quick_exit|abort)[[:space:]]*\(' \
        $(find src -mindepth 2 -name '*.[ch]' ! -path 'src/cli/*' ! -path src/base/memory.c)
}

# Methods, their arrays and checks are presented by what they declare.
presenting_knows_no_method_by_name() {
    [ -d src/present ] || return 0
    for name in $(grep -lE 'const explain_(method|check) [a-z_]+(\[.*\])? = ' src/explain/*.c | xargs sed -nE '/OPTION_[A-Z]+\(/d; s/.*\.name = "([^"]*)".*/\1/p' | sort -u); do
        code "\"$name[\".]" src/present/*.[ch]
    done
}

# Figures are of numbers and pictures, whatever made them.
report_knows_no_module_of_row_3() {
    includes include/report.h src/report/ 2>/dev/null | while IFS=: read -r file header; do
        find_row "${header%.h}"
        [ ! -f "include/$header" ] || [ "${row:-0}" -ne 3 ] || echo "$file includes $header"
    done
}

readme_tells_of_every_module() {
    [ -f README.md ] || return 0
    for folder in src/*/; do
        module=${folder%/}
        module=${module##*/}
        find_row "$module"
        grep -q "^| $row | $module | " README.md || echo "README.md: no row '| $row | $module |'"
    done
}

RULES='all_modules_have_a_row no_arrow_points_upward private_headers_stay_at_home file_names_are_unique
only_tensor_knows_blas_and_threads libraries_neither_print_nor_exit presenting_knows_no_method_by_name
report_knows_no_module_of_row_3 readme_tells_of_every_module'

n=0
bad=0
result() { # STATUS SENTENCE
    n=$((n + 1))
    [ "$1" -eq 0 ] && echo "ok $n - $2" && return
    bad=$((bad + 1))
    echo "not ok $n - $2"
}

cd "$root" || exit 1
for rule in $RULES; do
    found=$($rule)
    [ -z "$found" ] || echo "$found" | sed 's/^/# /'
    [ -z "$found" ]
    result $? "$rule"
done

# ---- What breaks a rule is found, and only by that rule.
folder=$(mktemp -d) && cd "$folder" || exit 1
trap 'rm -rf "$folder"' EXIT

sound_tree() {
    rm -rf include src tests README.md
    mkdir -p include src/base src/tensor src/nn src/image src/cli tests
    echo '/* printf( and sgemm_( in a comment: no harm */' >include/base.h
    printf '#include "base.h"\n' | tee include/image.h include/cli.h >include/tensor.h
    printf '#include "base.h"\n#include "tensor.h"\n' >include/nn.h
    printf '#include "tensor.h"\n#include <pthread.h>\nvoid f(void) { sgemm_(0); }\n' >src/tensor/products.c
    printf '#include "nn.h"\n#include "inner.h"\nint n = snprintf(0, 0, "");\n' >src/nn/passes.c
    echo '#include "base.h"' >src/nn/inner.h
    echo 'void g(void) { exit(1); }' | tee src/cli/talk.c >src/base/memory.c
    printf '#include "nn.h"\n#include "image.h"\nint main(void) { printf(""); }\n' >src/program.c
}

breaks() { # RULE SENTENCE: the tree as it is now is found by that rule alone
    found=
    for rule in $RULES; do
        [ -z "$($rule)" ] || found="$found $rule"
    done
    [ "$found" = "${1:+ $1}" ] || echo "# found:$found"
    [ "$found" = "${1:+ $1}" ]
    result $? "$2"
    sound_tree
}

sound_tree
breaks '' 'a sound tree breaks no rule'
echo '#include "nn.h"' >>src/tensor/products.c
breaks no_arrow_points_upward 'tensor includes nn'
echo '#  include "image.h" /* its own row */' >>include/tensor.h
breaks no_arrow_points_upward 'tensor.h includes image.h of its own row'
echo '#include "nn.h"' >>include/base.h
breaks no_arrow_points_upward 'base.h includes nn.h'
echo '#include "../nn/inner.h"' >>src/program.c
breaks private_headers_stay_at_home 'a program includes a private header by its path'
mv src/nn/inner.h src/image/
breaks private_headers_stay_at_home 'a private header of another folder'
mkdir src/extra
breaks all_modules_have_a_row 'a folder that is in no row'
: >tests/passes.c
breaks file_names_are_unique 'two files of one name'
echo 'void f(void) { x = sgemv_(0); }' >>src/nn/passes.c
breaks only_tensor_knows_blas_and_threads 'nn calls BLAS'
echo '#pragma omp parallel for' >>src/program.c
breaks only_tensor_knows_blas_and_threads 'a program starts threads'
echo 'int t = 1; /* one */ int u = omp_get_max_threads();' >>src/image/image.c
breaks only_tensor_knows_blas_and_threads 'image asks for threads behind a comment'
echo 'void h(void) { printf("x"); }' >>src/nn/passes.c
breaks libraries_neither_print_nor_exit 'nn prints'
mkdir src/explain src/present
echo 'const explain_method m = {.name = "saliency"};' >src/explain/saliency.c
echo 'int f(void) { return find("saliency.x"); } /* "saliency" */' >src/present/words.c
breaks presenting_knows_no_method_by_name 'the array of a method is presented by its name'
mkdir src/explain src/present
echo 'const explain_check all[] = {{.name = "adds_up"}};' >src/explain/adding.c
echo 'int f(void) { return find("adds_up"); }' >src/present/words.c
breaks presenting_knows_no_method_by_name 'a check that stands in a file of its own is presented by its name'
mkdir src/report
: >include/explain.h
echo '#include "explain.h"' >src/report/figure.c
breaks report_knows_no_module_of_row_3 'report includes explain'
printf '| %s | x |\n' '0 | base' '1 | tensor' '1 | image' '1 | cli' '3 | nn' >README.md
breaks readme_tells_of_every_module 'README has nn in another row'
echo 'void h(void) { if (1) exit (1); }' >>src/base/file.c
breaks libraries_neither_print_nor_exit 'base exits'

echo "1..$n"
[ $bad -eq 0 ]
