# shellcheck shell=bash
# What every part of bootstrap uses: messages, pinned values and where things lie.
set -euo pipefail
# Without it a failure inside $(...) goes on to the next line in there.
shopt -s inherit_errexit

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # engines.sh uses it.
checkout=$(dirname "$scripts")

say() {
    printf 'bootstrap: %s\n' "$*" >&2
}

# Ends the run; the sentence says what is wrong and what to do.
fail() {
    say "$*"
    exit 1
}

# The lines of a list file that are neither blank nor comment.
meaningful() {
    sed -e 's/[[:space:]]*#.*$//' -e 's/[[:space:]][[:space:]]*/ /g' -e '/^ *$/d' "$1"
}

# Prints one value of Scripts/versions.
pinned() {
    local value
    value=$(meaningful "$scripts/versions" | awk -v name="$1" '$1 == name { print $2 }')
    [ -n "$value" ] || fail "Scripts/versions has no '$1'"
    printf '%s\n' "$value"
}

cache_directory() {
    if [ -z "${BATON_CACHE:-}${XDG_CACHE_HOME:-}${HOME:-}" ]; then
        fail "nowhere to put the engines: set BATON_CACHE to a directory, or HOME"
    fi
    printf '%s\n' "${BATON_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/baton}"
}

# Prints the options that are added for llama.cpp's build, one a line.
llama_options() {
    tr -s '[:space:]' '\n' <<<"${BATON_LLAMA_CMAKE:-}" | sed '/^$/d'
}

# Prints the engine prefix of this checkout's pinned versions and options on this machine's
# architecture.
prefix_path() {
    named_prefix_path engines
}

# The argument is how the prefix's name begins.
named_prefix_path() {
    local cache key
    cache=$(cache_directory)
    # Files inside the prefix name it, and they are read from other working directories.
    case $cache in
    /*) ;;
    *) fail "BATON_CACHE and XDG_CACHE_HOME must be absolute paths, not '$cache'" ;;
    esac
    key=$({ meaningful "$scripts/versions" && uname -m && llama_options; } |
        sha256sum | cut -c 1-12)
    printf '%s/%s-%s\n' "$cache" "$1" "$key"
}
