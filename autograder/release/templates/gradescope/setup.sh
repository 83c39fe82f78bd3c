#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of an assignment: makes /opt/autograder, an environment of
# the grader's own, from the wheel and requirements.lock beside this file. The system's python3, which Gradescope's own
# harness runs on, is left as it is.
#
#   setup.sh              all of it
#   setup.sh interpreter  only see to it that there is an interpreter that suits, and link it as /opt/python
#
#   AUTOGRADER_PYTHON       the interpreter to use (3.11 to 3.13); found, or installed from the system's archive, without
#   AUTOGRADER_TORCH_INDEX  an additional package index, such as PyTorch's own one of CPU builds
set -euo pipefail

place=${AUTOGRADER_HOME:-/opt/autograder}
link=${AUTOGRADER_LINK:-/opt/python}
suits='import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

main() {
  local source
  source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  interpreter
  if [ "${1:-}" = interpreter ]; then return; fi
  environment "$source"
  close_to_others "$source"
}

# By full names first: python3 is the system's own, taken only where it suits as it is.
interpreter() {
  local path
  if ! path=$(suitable); then
    install_interpreter
    path=$(suitable) || { echo "There is no Python 3.11 to 3.13 with its module venv: set AUTOGRADER_PYTHON." >&2; exit 1; }
  fi
  ln -sfn "$path" "$link"
  echo "The grader runs on $("$path" --version), $path."
}

suitable() {
  local name path
  for name in ${AUTOGRADER_PYTHON:-python3.12 python3.11 python3.13 python3}; do
    if path=$(type -P "$name") && "$path" -c "$suits" 2>/dev/null; then
      echo "$path"
      return
    fi
  done
  return 1
}

# From the distribution's own archive, where it is installed beside the system's: nothing that calls python3 changes.
install_interpreter() {
  local version
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  for version in 3.12 3.11 3.13; do
    if apt-get install -y -qq --no-install-recommends "python$version" "python$version-venv"; then break; fi
  done
}

# The wheel says what it needs; the lock says which version of it, and leaves out what only the project's tests need.
environment() {
  local index=() more=() wheels=("$1"/*.whl)
  if [ -n "${AUTOGRADER_TORCH_INDEX:-}" ]; then index=(--extra-index-url "$AUTOGRADER_TORCH_INDEX"); fi
  if [ -f "$1/packages.txt" ]; then more=(-r "$1/packages.txt"); fi  # what the assignment lets students import
  "$link" -m venv "$place"
  "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --progress-bar off \
    ${index[@]+"${index[@]}"} --constraint "$1/requirements.lock" ${more[@]+"${more[@]}"} "${wheels[0]}"
  # The last layer of confinement is libseccomp's, which Debian's and Ubuntu's images have: apt itself needs it.
  if ! "$place/bin/python" -c 'import pyseccomp' 2>/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends libseccomp2
  fi
  "$place/bin/autograder" --help >/dev/null  # an image that can't start fails here, and not at the first submission
}

# A submission runs as a user of its own, who must find neither the solution nor what is hidden.
close_to_others() {
  chmod -R go-rwx "$1"
  mkdir -p "$(dirname "$1")/results"
  chmod 700 "$(dirname "$1")/results"
}

main "$@"
