# The grader as an image. Two targets:
#
#   docker build -t autograder .
#     A TA's own: docker run --rm --network=none -v SUBMISSIONS:/submissions:ro -v OUT:/out autograder \
#                   grade /submissions/ada.zip --out /out
#
#   docker build --target gradescope --build-arg BASE=gradescope/autograder-base:ubuntu-22.04 --build-arg ASSIGNMENT=text-cnn .
#     Gradescope's "custom image", on its own base: /autograder/run_autograder is in it, its CMD and harness stay.
#
# Build arguments:
#   BASE         an image of the Debian family; a Python 3.11 to 3.13 in it is used, else one is installed beside its own
#   TORCH_INDEX  an additional package index, such as PyTorch's own one of CPU builds (the ordinary one brings several
#                gigabytes for GPUs)
#   ASSIGNMENT   for the target gradescope: which one it grades
#
# It holds solutions: keep it in a registry that students can't read.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS interpreter
COPY autograder/release/templates/gradescope/setup.sh /opt/setup.sh
RUN ["bash", "/opt/setup.sh", "interpreter"]

# Two environments: /opt/autograder goes into the image, /opt/pip, which fills it, stays behind.
FROM interpreter AS libraries
ARG TORCH_INDEX=""
WORKDIR /build
RUN /opt/python -m venv /opt/pip && /opt/python -m venv --without-pip /opt/autograder
# The lock before the package: this layer, nearly all of the image, is made anew only when one of these two changes.
COPY pyproject.toml requirements.lock ./
# What the package needs and what courses let students import, in the lock's versions; of the rest of the lock, which
# tests and linters need, nothing.
# Then out with what only compilers and the libraries' own tests read, and, of the two largest files, with the symbols
# that only debuggers read.
# libclang is asked for by TensorFlow's wheel, and imported by nothing in it.
# hadolint ignore=DL3008  # strip's version changes nothing, and it stays behind
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
RUN /opt/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *p["dependency-groups"]["courses"], sep="\n")' \
      > needed.txt \
    && /opt/pip/bin/pip --python /opt/autograder/bin/python install --no-cache-dir --disable-pip-version-check \
      --progress-bar off ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --constraint requirements.lock -r needed.txt \
    && find /opt/autograder/lib/python3.*/site-packages \( -path '*/site-packages/*/include' -o -path '*/site-packages/clang' \
      -o -path '*/site-packages/torch/test' -o -name tests -o -path '*/mpl-data/sample_data' \) -prune -exec rm -r {} + \
    && find /opt/autograder/lib/python3.*/site-packages/torch/bin -type f ! -name torch_shm_manager -delete \
    && find /opt/autograder/lib -name '*.a' -delete \
    && find /opt/autograder/lib \( -name 'libtensorflow_cc.so.*' -o -name libtorch_cpu.so \) -exec strip --strip-unneeded {} +
# Seen to work before it becomes an image: strip breaks libraries that were patched after linking (NumPy's is one).
RUN ["/opt/autograder/bin/python", "-c", "import h5py, keras, matplotlib, numpy, pyseccomp, tensorflow, torch"]

FROM libraries AS package
COPY README.md LICENSE ./
COPY autograder autograder
# setuptools is there, in the lock's version, since torch needs it.
RUN /opt/pip/bin/pip --python /opt/autograder/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-deps --no-build-isolation --root /package --prefix /opt/autograder .

# It starts as root, as Gradescope does, because that is the safer way here: the grader then gives each submission a user
# of its own, who can read neither /course/solutions nor another submission. `docker run --user "$(id -u):0"` works
# as well (group 0 may read the solutions): the submission then has the grader's user, and Landlock keeps it in its place.
FROM interpreter AS grader
ENV PATH=/opt/autograder/bin:$PATH
COPY --from=libraries /opt/autograder /opt/autograder
COPY --from=package /package/ /

FROM grader AS gradescope
ARG ASSIGNMENT=text-cnn
COPY assignments/${ASSIGNMENT} /autograder/source/assignments/${ASSIGNMENT}
COPY solutions /autograder/source/solutions
COPY autograder/release/templates/gradescope/run_autograder /autograder/run_autograder
RUN chmod 755 /autograder/run_autograder && chmod 700 /autograder/source && mkdir -p /autograder/results && chmod 700 /autograder/results
WORKDIR /autograder

FROM grader AS local
COPY assignments /course/assignments
COPY solutions /course/solutions
RUN chmod 750 /course/solutions
WORKDIR /course
ENTRYPOINT ["autograder"]
CMD ["--help"]
