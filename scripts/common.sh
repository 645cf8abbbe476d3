# Shared by the verbs in this folder; sourced, never run. Sets $root and offers:
#   say TEXT          what happens now
#   fail TEXT         ends the script with a cause and what to do
#   packages GROUP…   installs the missing Debian packages of these groups (root or sudo)
#   build DIR ARG…    configures (once) and builds with meson; prints the log only on failure (`targets`: only these)
#   linters           ruff and mypy in $linters, of the pinned versions; left away without a package index
#   ruby_gem          the gem testalibi, built and installed for this user's Ruby (needs .venv, whose command it takes)
#   node_modules      the packages that tests/javascript runs, in build/javascript; left away without node or a registry
#   venv              .venv that sees Debian's pytest, with the package and the command alibi in it
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
debian_python=${ALIBI_PYTHON:-/usr/bin/python3}
# Other interpreters' settings must not leak into ours.
unset PYTHONPATH PYTHONHOME

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

packages() {
  command -v dpkg-query >/dev/null || fail "this script installs Debian packages, and dpkg-query is not here; install what scripts/packages.txt lists by hand"
  local group missing=() name
  for group in "$@"; do
    while read -r name; do
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done < <(awk -v group="$group" '$1 == group { print $2 }' scripts/packages.txt)
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing Debian packages: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these Debian packages are missing and neither root nor sudo is at hand: ${missing[*]}"
    as_root=(sudo)
  fi
  local log=${TMPDIR:-/tmp}/alibi-apt.$$
  if ! { "${as_root[@]}" apt-get update && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install: ${missing[*]} (log: $log)"
  fi
  rm -f "$log"
}

build() {
  local dir=$1
  shift
  local log=$dir.log
  mkdir -p "$(dirname "$dir")"
  if [ ! -f "$dir/build.ninja" ]; then
    rm -rf "$dir"
    meson setup "$dir" "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; fail "meson setup $dir failed (log: $log)"; }
  elif [ "$(cat "$dir/asked_for" 2>/dev/null)" != "$*" ]; then
    meson setup --reconfigure "$dir" "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; fail "meson setup $dir failed (log: $log)"; }
  fi
  printf '%s\n' "$*" >"$dir/asked_for"
  ninja -C "$dir" ${targets:+"$targets"} >"$log" 2>&1 || { tail -n 60 "$log" >&2; fail "the build in $dir failed (log: $log)"; }
}

linters=$root/build/linters/bin
linters() {
  local dir=${linters%/bin}
  cmp -s scripts/linters.txt "$dir/installed.txt" && return
  [ -z "${linters_tried-}" ] || return 0
  export linters_tried=yes # one script that calls another asks an unreachable index once
  say "Installing ruff and mypy into build/linters"
  mkdir -p build
  # With a pytest of their own, whose types mypy reads: Debian's is older than pluggy's types.
  if "$debian_python" -m venv --clear "$dir" &&
    "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 10 -r scripts/linters.txt; then
    cp scripts/linters.txt "$dir/installed.txt"
  else
    rm -rf "$dir"
  fi >"${linters%/bin}.log" 2>&1
}

venv() {
  if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pytest' 2>/dev/null; then
    say "Making .venv (it sees Debian's pytest)"
    "$debian_python" -m venv --clear --system-site-packages .venv || fail "python3 -m venv failed; is python3-venv installed?"
  fi
  say "Building Alibi and installing it into .venv"
  # Kept between runs, so that a second one only builds what changed; beside build/test, so that ccache takes what
  # that compiled.
  mkdir -p build
  local log=.venv/install.log
  ALIBI_BUILD_DIRECTORY=$root/build .venv/bin/python -m pip install --quiet --no-index --disable-pip-version-check --force-reinstall . >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "pip install . failed (log: $log)"
  }
  local reason
  reason=$(.venv/bin/python -c 'import pathlib, testalibi; p = pathlib.Path(testalibi.__file__).with_name("_build_failure.txt"); print(p.read_text() if p.exists() else "", end="")') || fail "the installed package cannot be imported"
  [ -z "$reason" ] || fail "the package was built without its native part: $reason"
  .venv/bin/python tests/support/compiled.py .venv/bin/python >>"$log" 2>&1 || fail "the installed package cannot be compiled (log: $log)"
}

ruby_gem() {
  local log=build/gem.log
  say "Building the gem testalibi and installing it for $(ruby -e 'print RUBY_ENGINE, " ", RUBY_VERSION')"
  mkdir -p build
  local where=()
  [ -w "$(ruby -e 'print Gem.default_dir')" ] || [ "$(id -u)" -eq 0 ] || where=(--user-install)
  {
    gem build --silent --output build/testalibi.gem testalibi.gemspec &&
      ALIBI_BUILT_COMMAND=$(.venv/bin/python -c 'from testalibi import installation; print(installation.find_command({}).path)') \
        gem install --local --no-document --force "${where[@]}" build/testalibi.gem
  } >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    fail "the gem could not be installed (log: $log)"
  }
}

node_modules() {
  local dir=$root/build/javascript manifest=$root/tests/javascript/package.json
  cmp -s "$manifest" "$dir/installed.json" && return
  [ -z "${node_modules_tried-}" ] || return 0
  export node_modules_tried=yes # one script that calls another asks an unreachable registry once
  # Debian's packages do not go together with a Node.js from elsewhere.
  command -v node >/dev/null || command -v npm >/dev/null || packages javascript
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    say "Tests of JavaScript's frameworks are left away: of node and npm one is not here"
    return 0
  fi
  say "Installing Jest, Vitest, Mocha, Cucumber and Playwright into build/javascript"
  mkdir -p "$dir"
  rm -rf "$dir/node_modules" "$dir/installed.json"
  cp "$manifest" "$dir/package.json"
  if (cd "$dir" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 timeout 300 npm install --no-audit --no-fund --no-package-lock \
    --ignore-scripts --loglevel=error --fetch-retries=1 --fetch-timeout=20000) >"$dir.log" 2>&1; then
    cp "$manifest" "$dir/installed.json"
  else
    rm -rf "$dir/node_modules"
    say "Tests of JavaScript's frameworks are left away: npm could not install them (log: $dir.log)"
  fi
}
