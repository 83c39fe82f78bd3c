# The commands of the project. `make env` is made anew when the lock changes; everything else rests on it.
#
#   AUTOGRADER_PYTHON       the interpreter to build the environment with (3.11 to 3.13); found by itself without it
#   AUTOGRADER_TORCH_INDEX  an additional package index, such as PyTorch's own one of CPU builds

PYTHON := .venv/bin/python
RUN := .venv/bin/autograder
SCRIPTS := tools/make-env tools/lock .ci/run $(wildcard autograder/release/templates/*.sh autograder/release/templates/gradescope/*)
ASSIGNMENTS := $(notdir $(wildcard assignments/*))

.PHONY: help env demo test seeds attacks attacks-container container gpu lint bench soak verify stubs lock clean

help:            ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

env: .venv/.made ## make the environment in .venv

.venv/.made: requirements.lock pyproject.toml tools/make-env
	tools/make-env
	@touch $@
	@echo "Now: source .venv/bin/activate"

demo: env        ## grade a right and a wrong submission, and show the feedback
	$(PYTHON) tools/demo.py

test: env        ## run the tests
	$(PYTHON) -m pytest -n 2 --dist loadfile

seeds: env       ## judge every known mistake in the model with 20 of the grader's seeds; a table, and no verdict may vary
	AUTOGRADER_SEEDS=20 $(PYTHON) -m pytest -n 0 -rN tests/checking/test_only_explanation.py -k depends_on_no_seed

attacks: env     ## grade hostile submissions with all layers, and each without those that stop it
	$(PYTHON) tools/run_attacks.py
	$(PYTHON) tools/run_attacks.py --prove

attacks-container: env  ## the attacks inside the image, as root and as an ordinary user; skips without a Docker engine
	$(PYTHON) -u tools/attack_container.py

gpu: env         ## run the device checks on this machine's own GPU, and say what it is
	$(RUN) devices
	$(PYTHON) -m pytest -m gpu

container: env   ## build the image, grade in it, rehearse Gradescope; skips where there is no Docker engine
	$(PYTHON) -u tools/container_test.py

faults: env      ## break the grader's own world in one way after the other, kill it 100 times; a table at the end
	AUTOGRADER_KILLS=100 $(PYTHON) -m pytest tests/faults

fuzz: env        ## fuzz the protocol, answers, intake and what others write; takes atheris, an extra, and an hour
	$(PYTHON) tests/fuzz

lint: env        ## linters, strict types, layers, stubs
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	.venv/bin/shellcheck $(SCRIPTS)
	if [ -x .venv/bin/hadolint ]; then .venv/bin/hadolint Dockerfile; fi
	for name in $(ASSIGNMENTS); do $(RUN) stubs $$name --check || exit 1; done

verify: env      ## grade every known mistake and every correct variant of each assignment
	for name in $(ASSIGNMENTS); do $(RUN) verify $$name || exit 1; done

soak: env        ## grade correct submissions 300 times while the processors have other work
	$(PYTHON) tools/soak.py

bench: env       ## what grading costs, beside the bare work; what confining costs, all layers against none
	$(PYTHON) tools/bench.py

stubs: env       ## derive the students' stubs from the master sources
	for name in $(ASSIGNMENTS); do $(RUN) stubs $$name || exit 1; done

lock: env        ## write requirements.lock from what pyproject.toml asks for today
	tools/lock

clean:           ## remove what was made
	rm -rf .venv build dist demo-output bench-output solutions/*/verdicts.jsonl
