# shellcheck shell=bash
# What must be so before anything is installed: system, architecture, Swift, Debian packages.
set -euo pipefail

check_architecture() {
    local machine
    machine=$(uname -m)
    case $machine in
    x86_64 | aarch64) ;;
    *) fail "$machine is not supported: Baton runs on 64-bit x86 and 64-bit Arm" ;;
    esac
}

# The argument is an os-release file.
check_system() {
    local id version
    id=$(sed -n 's/^ID=//p' "$1" 2>/dev/null | tr -d '"') || true
    version=$(sed -n 's/^VERSION_ID=//p' "$1" 2>/dev/null | tr -d '"') || true
    case $id-$version in
    debian-12 | debian-13) ;;
    *) fail "this system (${id:-unknown} ${version:-}) is not supported: use Debian 12 or 13" ;;
    esac
}

swift_advice() {
    printf '%s' "install the toolchain for this Debian from swift.org's page for Linux, unpack it," \
        " put its usr/bin first on PATH and run this again"
}

check_swift_exists() {
    if ! command -v swift >/dev/null; then
        fail "no Swift found, and $(pinned swift_minimum) or newer is needed: $(swift_advice)"
    fi
}

# Comes after the packages: a toolchain on a bare system does not start without their libraries.
check_swift_version() {
    local minimum output version
    minimum=$(pinned swift_minimum)
    if ! output=$(swift --version 2>&1); then
        fail "$(command -v swift) does not start (${output%%$'\n'*}): $(swift_advice)"
    fi
    version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$output")
    if [ "$(printf '%s\n' "$minimum" "${version:-0}" | sort -V | head -n 1)" != "$minimum" ]; then
        fail "Swift ${version:-of unknown version} is too old, $minimum or newer is needed:" \
            "$(swift_advice)"
    fi
}

# Before anything is downloaded: the packages are there, but PATH need not lead to them.
check_build_tools() {
    local tool
    for tool in cmake ninja g++; do
        command -v "$tool" >/dev/null || fail "$tool is not on PATH, and llama.cpp is built with it:" \
            "put /usr/bin on PATH, where the Debian packages cmake, ninja-build and g++ install it," \
            "then run this again"
    done
}

# Prints the packages of the list that are not installed.
missing_packages() {
    local wanted
    mapfile -t wanted < <(meaningful "$scripts/packages.txt")
    # dpkg-query exits 1 when it does not know one of them; what it prints is right all the same.
    # shellcheck disable=SC2016 # The dollar signs are for dpkg-query.
    { dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true; } |
        sed -n 's/^installed //p' |
        sort -u |
        comm -13 - <(printf '%s\n' "${wanted[@]}" | sort -u)
}

install_packages() {
    local root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            fail "root is needed to install Debian packages: as root, run" \
                "'apt-get install --no-install-recommends $*', then run this again"
        fi
        root=(sudo)
    fi
    root+=(env DEBIAN_FRONTEND=noninteractive)
    say "installing Debian packages: $*"
    if ! "${root[@]}" apt-get -q update >&2 ||
        ! "${root[@]}" apt-get -q -y install --no-install-recommends "$@" >&2; then
        fail "apt-get did not install the Debian packages: see its words above (network, rights" \
            "or room), then run this again"
    fi
}
