# make demo: a page to look at. make test: every test. make quick: in 90 seconds, one case of each. All need git, make and Python >= 3.11 with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo quick test test-long published published-slow check docs clean

demo: $(VENV)/installed
	$(BIN)/clsim

# between edits: nothing slow, of each test its first case, few examples, other ones each time
quick: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup --quick --hypothesis-profile=dev tests

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=20

# also those that show more of the same, with more examples, other ones each time
test-long: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=20 -m "" --hypothesis-profile=long

# published numbers beside those that clsim comes to: what takes seconds, into clsim-runs/published;
# -slow: all, into results/published
published: $(VENV)/installed-test
	$(BIN)/python experiments/published/shelf.py

published-slow: $(VENV)/installed-test
	$(BIN)/python experiments/published/shelf.py --slow

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# the pages in docs/_build, with all examples run; a warning or a misspelt word is an error
docs: $(VENV)/installed-docs
	$(BIN)/codespell README.md CONTRIBUTING.md CHANGELOG.md docs experiments clsim conf
	$(BIN)/python -m sphinx -q -W --keep-going -c docs . docs/_build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "clsim needs Python >= 3.11; this is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

# all that is installed above, and more, in one go
$(VENV)/installed-test: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	touch $(VENV)/installed $@

$(VENV)/installed-docs: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	touch $(VENV)/installed $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build docs/_build docs/api docs/examples
