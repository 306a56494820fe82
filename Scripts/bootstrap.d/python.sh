# shellcheck shell=bash
# Python environments of tools, in the cache beside the engine prefix. Comes after common.sh and
# install.sh, whose checks and lock it uses.
set -euo pipefail

# Prints the path of the environment for these requirements and this Python.
# Arguments: name, requirements file, more requirements.
environment_path() {
    local cache key name=$1 file=$2
    shift 2
    cache=$(cache_directory)
    key=$({ meaningful "$file" && printf '%s\n' "$@" && python3 -VV && uname -m; } |
        sha256sum | cut -c 1-12)
    printf '%s/%s-%s\n' "$cache" "$name" "$key"
}

# Makes an environment, whole or not at all, in a shell of its own: the lock ends with it.
# Arguments: name, path from environment_path, requirements file, more requirements, which come
# without their dependencies.
make_environment() (
    name=$1
    final=$2
    file=$3
    shift 3
    cache=$(dirname "$final")
    check_writable "$cache"
    take_lock "$cache"
    if [ -d "$final" ]; then
        exit 0
    fi
    rm -rf "$cache/$name"-*.partial.*
    check_room "$cache"
    python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing: install python3-pip"
    say "making the Python environment '$name' in $final"
    unfinished=$final.partial.$$
    trap 'rm -rf "$unfinished"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    python3 -m venv --without-pip "$unfinished"
    install_into "$unfinished" -r "$file"
    if [ $# -gt 0 ]; then
        install_into "$unfinished" --no-deps "$@"
    fi
    sync -f "$unfinished"
    mv -T "$unfinished" "$final"
)

# Arguments: environment, pip's.
install_into() {
    python3 -m pip --python "$1/bin/python" install --quiet --no-input \
        --disable-pip-version-check --only-binary=:all: --no-compile "${@:2}" >&2 ||
        fail "cannot install the packages that are needed: see above, then run this again"
}
