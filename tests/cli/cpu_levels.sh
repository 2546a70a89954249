#!/bin/sh
# SPDX-License-Identifier: MIT
# GANLENS_CPU: kernels below the best that the CPU has, what they make, and what is refused.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 -q || exit 1

GANLENS_CPU=abacus ok 'an unknown level ends with status 2' exits 2 gansample run --npy x
ok 'the variable, its value and what there is are named' says "gansample: GANLENS_CPU is 'abacus'; this CPU has: "
levels=$(sed -n 's/.*this CPU has: //p' .said | tr -d ,)
GANLENS_CPU=AVX2 ok 'a level has one spelling' exits 2 ganexplain run --seed 7 -o x
GANLENS_CPU=abacus ok 'gantrain refuses it, too' exits 2 gantrain -o x $NET --steps 3
ok 'the refusals made no file' absent x
case " $levels " in *' avx512 '*) missing= ;; *' avx2 '*) missing=avx512 ;; *) missing=avx2 ;; esac
if [ -n "$missing" ]; then
    GANLENS_CPU=$missing ok 'a level that this CPU has not is refused' exits 2 gansample run --npy x
else
    skip 'a level that this CPU has not is refused' 'this one has all'
fi
GANLENS_CPU= ok 'an empty variable is none' gansample run -v --npy x
ok 'the best level is then in use' says "kernels for ${levels%% *}"

for level in $levels; do
    GANLENS_CPU=$level ok "gansample draws at level $level" gansample run -v --seeds 0-99 --pairs $level.safetensors
    ok "it says so" says "kernels for $level"
    GANLENS_CPU=$level ok "ganexplain explains at level $level" ganexplain run --seeds 7-9 -o $level
    ok 'the explanation names it' grep -q "\"cpu_level\": \"$level\"" $level/seed-0007/explanation.json
    GANLENS_CPU=$level ok "it makes a table at level $level" ganexplain run --seeds 0-99 --table $level-table.safetensors
    GANLENS_CPU=$level ok "gantrain trains at level $level" gantrain -o trained-$level $NET --steps 3 -q
done
ok 'the plain level is there' [ "${levels##* }" = plain ]

# Each sum is one chain of fused multiply-adds on both.
case " $levels " in
*' avx512 avx2 '*)
    ok 'AVX-512 and AVX2 draw the same bytes' same avx512.safetensors avx2.safetensors
    ok 'they explain in the same bytes, but for the level that is named' diff -r -I '"cpu_level"' avx512 avx2
    ok 'their tables have the same bytes' same avx512-table.safetensors avx2-table.safetensors
    ;;
*) skip 'AVX-512 and AVX2 draw and explain in the same bytes' 'this CPU has not both' ;;
esac
finish
