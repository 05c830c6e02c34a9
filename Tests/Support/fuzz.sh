#!/usr/bin/env bash
# Random documents and journals, guided by coverage, for a bounded time: libFuzzer over the whole corpus.
#
#   Tests/Support/fuzz.sh [PROBE...]        document journal; both by default
#
# FUZZ_SECONDS (60) is shared among the probes. FUZZ_RUNS, inputs for each probe, replaces it. FUZZ_SEED (1) makes a run
# that can be repeated. An input that crashes, hangs or is taken wrongly ends the run; it is kept in .build/fuzz/found,
# where `FUZZ_PROBE=… .build/fuzz/release/fuzz FILE` tries it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly seconds=${FUZZ_SECONDS:-60} seed=${FUZZ_SEED:-1} found=.build/fuzz/found
readonly input_seconds_max=5 input_bytes_max=16384 memory_megabytes_max=2048
probes=("$@")
[ $# -gt 0 ] || probes=(document journal)
# Without: the backtrace of Swift would come ahead of libFuzzer, which keeps the input.
export VIGIE_FUZZ=1 SWIFT_BACKTRACE=enable=no
swift build --configuration release --sanitize fuzzer --product fuzz --scratch-path .build/fuzz
mkdir -p "$found"
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

for probe in "${probes[@]}"; do
    export FUZZ_PROBE=$probe
    mkdir "$scratch/$probe"
    FUZZ_CORPUS=$scratch/$probe .build/fuzz/release/fuzz
    limit=(-max_total_time=$((seconds / ${#probes[@]})))
    [ -z "${FUZZ_RUNS:-}" ] || limit=(-runs="$FUZZ_RUNS")
    echo "== $probe: seed $seed, ${limit[*]}"
    if ! .build/fuzz/release/fuzz "${limit[@]}" -seed="$seed" -timeout=$input_seconds_max -max_len=$input_bytes_max \
        -rss_limit_mb=$memory_megabytes_max -artifact_prefix="$found/$probe-" -print_final_stats=1 -verbosity=0 \
        "$scratch/$probe" > "$scratch/log" 2>&1; then
        cat "$scratch/log"
        echo "fuzz.sh: $probe failed with seed $seed; the input is in $found" >&2
        exit 1
    fi
    grep -E '^stat::(number_of_executed_units|average_exec|slowest)|^fuzz: ' "$scratch/log"
done
