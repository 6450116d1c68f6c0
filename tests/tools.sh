# What the scripts under tests/ install: sourced by tests/run and tests/bench/run, from the root of the repository.

# What lies here is run, so it has to be a folder of the user's own.
cache=${XDG_CACHE_HOME:-${HOME:?is not set: the tools of the tests are installed below it}/.cache}/stellarr
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
mkdir -p "$cache"

have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages where that is possible.
debian() {
    if ! have apt-get || [ "$(id -u)" != 0 ]; then return 1; fi
    if [ -z "${apt_updated:-}" ]; then apt-get update -qq >/dev/null 2>&1; apt_updated=1; fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

python_tools() {
    local venv
    venv=$cache/test-tools-$(sha256sum tests/requirements.txt | cut -c1-12)
    if [ ! -e "$venv/ready" ]; then
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo 'Python 3.10 or newer is needed'; return 1; }
        rm -rf "$venv"
        python3 -m venv "$venv" || { echo 'python3 -m venv failed: on Debian, apt-get install python3-venv'; return 1; }
        "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt || return 1
        touch "$venv/ready"
    fi
    export PATH="$venv/bin:$PATH" STELLARR_MINISTACK="$venv/bin/ministack"
}

node_packages() {
    have npm || { echo 'npm is missing: install Node 20 or newer'; return 1; }
    # The same mark that a deploy leaves, so that the packages are installed once.
    local stamp
    stamp=$(sha256sum frontend/package-lock.json | cut -c1-64)
    if [ "$(cat frontend/node_modules/.stellarr-lock 2>/dev/null)" != "$stamp" ]; then
        (cd frontend && npm ci --no-audit --no-fund --loglevel=error) || return 1
        echo "$stamp" > frontend/node_modules/.stellarr-lock
    fi
}
