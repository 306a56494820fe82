# shellcheck shell=bash
# Makes the engine prefix, whole or not at all: it is filled under another name beside its place and
# renamed at the end, so a prefix that exists is complete. One bootstrap fills at a time, hence
# whatever unfinished directory another finds once it holds the lock belongs to a dead one.
set -euo pipefail

# At most 450 were in use: downloads, what they hold and what is built lie in the prefix meanwhile.
room_needed_mib=800
# Longer than the slowest machine takes to fill one.
lock_wait_s=7200
# The directory being filled; not local, because the trap that clears it away runs outside functions.
partial=

# The last thing that bootstrap does: its traps and its lock last until the shell's end.
# Arguments: the prefix, the functions that fill it.
install_prefix() {
    local prefix=$1 cache
    shift
    cache=$(dirname "$prefix")
    umask 022
    check_writable "$cache"
    take_lock "$cache"
    if [ -d "$prefix" ]; then
        return 0
    fi
    rm -rf "${prefix%-*}"-*.partial.*
    check_room "$cache"

    partial=$prefix.partial.$$
    trap 'rm -rf "$partial"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir "$partial"
    fill "$partial" "$prefix" "$@"
    # The name must not reach the disk before what it names: small machines lose power.
    sync -f "$partial"
    mv -T "$partial" "$prefix"
    say "the engines are in $prefix"
}

fill() {
    local engine directory=$1 final=$2 work=$1/.work
    shift 2
    for engine in "$@"; do
        mkdir "$work"
        "$engine" "$directory" "$final" "$work"
        rm -rf "$work"
    done
}

check_writable() {
    if ! mkdir -p "$1" 2>/dev/null || ! [ -w "$1" ]; then
        fail "cannot write to $1: give this user the right, or set BATON_CACHE to another directory"
    fi
}

take_lock() {
    # Held until this shell and every child it started are gone: no one clears away a directory that
    # an orphaned download still writes to.
    exec 9>"$1/lock"
    if ! flock -n 9; then
        say "another bootstrap is at work in $1; waiting for it, at most $lock_wait_s s"
        flock -w "$lock_wait_s" 9 ||
            fail "another bootstrap still holds $1/lock: wait for it or end it, then run this again"
    fi
}

check_room() {
    local free_mib
    free_mib=$(($(df -Pk "$1" | awk 'NR == 2 { print $4 }') / 1024))
    if [ "$free_mib" -lt "$room_needed_mib" ]; then
        fail "$1 has $free_mib MiB of room and $room_needed_mib MiB are needed: free some, or set" \
            "BATON_CACHE to a directory on another disk"
    fi
}
