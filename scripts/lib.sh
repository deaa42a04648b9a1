# Shared by the scripts beside it; sourced, not run.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${PINLAKE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pinlake}
logs=$top/build/logs

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# step "what it does" command...: runs it with its output in build/logs, says how long it took,
# and shows the end of the log if it fails. (Behind || or && a shell function would run on after an error; a program not.)
step() {
  local what=$1 log start rc=0
  shift
  mkdir -p "$logs"
  log=$logs/$(printf '%s' "$what" | tr -cs 'a-zA-Z0-9' '-').log
  start=${EPOCHREALTIME/./}
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  rc=$?
  set -e
  local ms=$(((${EPOCHREALTIME/./} - start) / 1000))
  if [ $rc -ne 0 ]; then
    say "$what: ended with $rc after $((ms / 1000)).$((ms % 1000 / 100)) s; the end of ${log#"$top"/}:"
    tail -n "${PINLAKE_LOG_TAIL:-40}" "$log" >&2
    return $rc
  fi
  [ $ms -lt "${QUIET_BELOW_MS:-0}" ] || say "$what: $((ms / 1000)).$((ms % 1000 / 100)) s"
}

# configure preset [cmake arguments...]: once; CMake itself notices later changes.
configure() {
  [ -f "$top/build/$1/build.ninja" ] && [ $# = 1 ] && return
  step "configuring $1" cmake --preset "$1" -S "$top" "${@:2}"
}

# build preset targets...: says nothing when nothing was left to do.
build() {
  local preset=$1
  shift
  QUIET_BELOW_MS=700 step "building $preset ($*)" cmake --build "$top/build/$preset" --target "$@"
}

# ccache knows a file again in another checkout: paths below this one count as relative.
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
