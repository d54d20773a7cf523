#!/bin/bash
# Builds Hedge and runs its tests: scripts/test.sh [--soak] [--only CATEGORY[,CATEGORY...]]
#
#   --soak   also the long runs (hours of kills, very big values, more generated commands), and of the simulation and
#            the fuzzers HEDGE_TEST_SCALE times as much (20 when it is not set; 1 otherwise)
#   --only   these categories alone: fast, sim, process, diff, clients, soak
#
# What the tests need beside the .NET SDK is installed where that is possible (as root, with apt-get; npm's packages with
# npm ci). What is missing is named, and the tests that need it are counted as skipped.
# Results: artifacts/test-results/*.trx; figures of the long tests: artifacts/figures/*.json.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1

categories=(fast sim process diff clients)
while [ $# -gt 0 ]; do
    case $1 in
        --soak) categories+=(soak); export HEDGE_TEST_SCALE=${HEDGE_TEST_SCALE:-20} ;;
        --only) shift; IFS=, read -r -a categories <<< "${1:?--only needs categories}" ;;
        *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=artifacts/test-results
passed=0 failed=0 skipped=0
notes=() summary=()

has() { command -v "$1" > /dev/null 2>&1; }
wanted() { local c; for c in "${categories[@]}"; do [ "$c" = "$1" ] && return 0; done; return 1; }

# Debian's package, as root.
install() {
    local from=(apt-get install -y -q --no-install-recommends "$1")
    [ "$(id -u)" = 0 ] && has apt-get || return
    export DEBIAN_FRONTEND=noninteractive
    "${from[@]}" > /dev/null 2>&1 || { apt-get update -q > /dev/null 2>&1 && "${from[@]}" > /dev/null 2>&1; }
}

# Debian's packages that give a command; installs them only when it is not there.
need() {
    local program=$1 package=$2
    has "$program" && return
    install "$package"
    has "$program" || notes+=("$program is not there (Debian's package $package): tests that need it are skipped")
}

# The same for a module of Python. Debian's modules belong to Debian's interpreter.
need_module() {
    local python=/usr/bin/python3 module=$1 package=$2
    has $python || return
    $python -c "import $module" 2> /dev/null && return
    install "$package"
    $python -c "import $module" 2> /dev/null || notes+=("$package is not there: its tests are skipped")
}

prepare() {
    need redis-server redis-server
    need redis-cli redis-tools
    need python3 python3
    need lua5.1 lua5.1
    if wanted clients; then
        need_module redis python3-redis
        need_module celery python3-celery
        need_module django_redis python3-django-redis
        if ! has node || ! has npm; then
            notes+=("node and npm are not there: the tests of npm's clients are skipped")
        elif ! npm ci --prefix Hedge.Tests/Clients --no-audit --no-fund --loglevel=error > /dev/null 2> "$results/npm.txt"
        then
            notes+=("npm ci failed ($results/npm.txt): the tests of npm's clients are skipped")
        fi
    fi
}

# Runs a step that counts as one test.
step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    if "$@"; then
        passed=$((passed + 1)); summary+=("$(printf '%-10s ok      %4d s' "$name" $((SECONDS - start)))")
    else
        failed=$((failed + 1)); summary+=("$(printf '%-10s FAILED  %4d s' "$name" $((SECONDS - start)))")
        return 1
    fi
}

counter() { sed -n "s/.*<Counters.* $2=\"\([0-9]*\)\".*/\1/p" "$1" | head -1; }

# Runs the tests of a category. Its output and its exit code go into files, since another one may run beside it.
run_tests() {
    local category=$1 start=$SECONDS filter=TestCategory=$1 limit=2400
    [ "${HEDGE_TEST_SCALE:-1}" = 1 ] || limit=14400
    if [ "$category" = soak ]; then limit=14400; else filter+="&TestCategory!=soak"; fi
    rm -f "$results/$category.trx"
    timeout --kill-after=10 $limit dotnet test Hedge.Tests -c Release --no-build --filter "$filter" \
        --results-directory $results --logger "trx;LogFileName=$category.trx" --logger "console;verbosity=minimal" \
        > "$results/$category.log" 2>&1
    echo "$? $((SECONDS - start))" > "$results/$category.code"
}

# Shows what a category's tests have printed, and counts them.
collect() {
    local category=$1 trx=$results/$1.trx code seconds total good bad
    echo "== $category"
    cat "$results/$category.log"
    read -r code seconds < "$results/$category.code"
    if [ ! -f "$trx" ]; then
        failed=$((failed + 1))
        summary+=("$(printf '%-10s FAILED  %4d s  no result: ended with code %d' "$category" "$seconds" "$code")")
        return
    fi
    total=$(counter "$trx" total); good=$(counter "$trx" passed); bad=$(counter "$trx" failed)
    # A run that was broken off has counted only what was finished.
    if [ "$code" -ne 0 ] && [ "$bad" = 0 ]; then bad=1; total=$((total + 1)); fi
    passed=$((passed + good)); failed=$((failed + bad)); skipped=$((skipped + total - good - bad))
    summary+=("$(printf '%-10s %-7s %4d s  %d passed, %d failed, %d skipped' "$category" \
        "$([ "$bad" = 0 ] && echo ok || echo FAILED)" "$seconds" "$good" "$bad" $((total - good - bad)))")
}

# The tests with processes wait most of the time, so others run beside them; the simulation wants all cores.
run_categories() {
    local category aside=
    if [ ${#categories[@]} -gt 1 ] && wanted process; then
        aside=1
        run_tests process &
    fi
    for category in "${categories[@]}"; do
        [ "$category" = process ] && [ -n "$aside" ] && continue
        [ "$category" = sim ] && continue
        run_tests "$category"; collect "$category"
    done
    if [ -n "$aside" ]; then wait; collect process; fi
    if wanted sim; then run_tests sim; collect sim; fi
}

mkdir -p $results
prepare
if step build dotnet build -c Release -v quiet; then
    step format dotnet format --verify-no-changes --no-restore
    run_categories
fi

echo
printf '%s\n' "${summary[@]}"
[ ${#notes[@]} -eq 0 ] || printf 'left out: %s\n' "${notes[@]}"
echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
[ $failed -eq 0 ]
