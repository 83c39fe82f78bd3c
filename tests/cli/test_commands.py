"""The commands: what they say of themselves, their exit codes, and errors in words instead of tracebacks."""

from __future__ import annotations

import shutil

import pytest

from autograder.assignment import load
from autograder.grading.reference import reference_files

COMMANDS = ["check", "pack", "grade", "verify", "stubs", "release", "calibrate", "devices"]


@pytest.fixture
def said(autograder, tmp_path):
    """What a command says that does not get as far as grading, and its exit code."""

    def said(*arguments, cwd=tmp_path):
        done = autograder(*arguments, cwd=cwd)
        assert "Traceback" not in done.out + done.err
        return done

    return said


# -- help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_the_exit_codes(said, command):
    done = said(command, "--help")
    assert done.code == 0
    assert "Exit codes: 0 " in done.out
    assert "2 the assignment or the call is at fault, 3 the grader is at fault (grade again), 130" in done.out
    assert f"Examples: autograder {command}" in done.out
    assert "--help" in done.out


def test_help_lists_the_commands(said):
    done = said("--help")
    assert all(command in done.out for command in COMMANDS)
    assert "Exit codes: 0 all points, 1 points were lost, 2 " in done.out
    assert done.out.count("...") == 1  # that of [ARGS]: each command is said to its end
    assert said().err == done.out  # without any argument too


@pytest.mark.parametrize(
    "arguments", [("grad",), ("grade",), ("grade", "x"), ("check", "--nonsense"), ("check", ".", "x")]
)
def test_wrong_calls_end_with_2(said, arguments):
    done = said(*arguments)
    assert done.code == 2
    assert "Usage:" in done.err


# -- which assignment


def test_a_folder_without_an_assignment(said, tmp_path):
    done = said("check")
    assert done.code == 2
    assert done.err.startswith("Can't go on: there is no assignment in")
    assert "go into the folder of the assignment or of the course, or set AUTOGRADER_ASSIGNMENTS to" in done.err


@pytest.mark.parametrize("named", [(), ("--assignment", "mini")])
def test_grading_from_outside_of_the_course(said, mini, tmp_path, monkeypatch, named):
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    monkeypatch.delenv("AUTOGRADER_ASSIGNMENTS", raising=False)
    done = said("grade", mini.submit(), "--out", outside / "out", *named, cwd=outside)
    assert done.code == 2
    what = "no assignment 'mini' can be found from" if named else "there is no assignment in"
    assert done.err.startswith(f"Can't go on: {what}")
    assert "or of the course, or set AUTOGRADER_ASSIGNMENTS to the path of the course's `assignments`" in done.err


def test_an_unknown_name_comes_with_the_known_ones(said, mini):
    done = said("grade", mini.submit(), "--out", mini.top / "out", "--assignment", "minni", cwd=mini.top)
    assert done.code == 2
    assert "no assignment 'minni'; did you mean 'mini'?" in done.err
    assert not (mini.top / "out").exists()


@pytest.mark.parametrize("form", ["folder", "zip", "tar", "gztar", "py"])
def test_the_assignment_is_inferred_from_the_modules(autograder, results, mini, form):
    submission = mini.submit()
    if form == "py":
        submission /= "torch_mini.py"
    elif form != "folder":
        submission = shutil.make_archive(str(mini.top / "handed-in"), form, submission)
    done = autograder("grade", submission, "--out", mini.top / "out", "--only", "1.10", cwd=mini.top)
    assert done.code == 0
    assert results(mini.top / "out")["extra_data"]["assignment"] == "mini"


def test_files_of_no_assignment(said, mini):
    submission = mini.submit()
    for file in submission.iterdir():
        file.rename(submission / f"my_{file.name}")
    done = said("grade", submission, "--out", mini.top / "out", cwd=mini.top)
    assert done.code == 2
    assert "the files (my_keras_mini.py, my_torch_mini.py) fit no assignment" in done.err
    assert "mini has keras_mini.py, torch_mini.py" in done.err


def test_an_empty_folder_is_called_so(said, mini, tmp_path):
    (tmp_path / "empty").mkdir()
    done = said("grade", tmp_path / "empty", "--out", mini.top / "out", cwd=mini.top)
    assert (done.code, done.err) == (2, "Can't go on: the submission holds no files")


def test_an_archive_that_cannot_be_opened_needs_the_assignments_name(said, mini):
    (mini.top / "x.zip").write_bytes(b"Rar!\x1a\x07")
    done = said("grade", mini.top / "x.zip", "--out", mini.top / "out", cwd=mini.top)
    assert done.code == 2
    assert "x.zip is not a zip archive. It is a RAR archive. So its assignment can't be told" in done.err
    assert "--assignment NAME" in done.err


def test_a_damaged_archive_is_told_in_sentences(said, mini):
    (mini.top / "x.zip").write_bytes(b"PK\x03\x04 and no more")
    done = said("grade", mini.top / "x.zip", "--out", mini.top / "out", cwd=mini.top)
    assert done.code == 2
    assert done.err.startswith(
        "Can't go on: The archive is damaged. File is not a zip file. So its assignment can't be"
    )


def test_no_submission(said, mini):
    done = said("grade", mini.top / "nobody.zip", "--out", mini.top / "out", cwd=mini.top)
    assert done.code == 2
    assert "there is no submission at" in done.err


# -- the assignment is at fault


@pytest.mark.parametrize(
    ("file", "old", "new", "said_of_it"),
    [
        ("assignment.toml", "points = 20", "points = 21", "the tasks add up to 20 points, not to 21"),
        ("assignment.toml", "[limits]", "[limit]", "limit"),
        ("assignment.toml", "name =", "name", "not TOML"),
        ("blueprint.py", "def tiny", "def small", "has no function 'tiny'"),
        ("blueprint.py", "def draw_sizes", "def draw", "has no function 'draw_sizes'"),
        (
            "checks/test_1_endings.py",
            '@number("1.2")',
            '@number("1.1")',
            "number 1.1 stands on test_first and test_second",
        ),
        ("checks/test_2_decorators.py", '"after_due_date"', '"later"', "visibility 'later' is none of visible, hidden"),
        ("checks/test_1_endings.py", "@weight(2)", "@weight(1)", "task 1's checks add up to 9, not to 10"),
    ],
)
def test_mistakes_of_the_assignment_end_with_2(said, mini, file, old, new, said_of_it):
    mini.change(file, old, new)
    out = mini.top / "out"
    done = said("grade", mini.submit(), "--out", out, "--assignment", "mini", cwd=mini.top)
    assert done.code == 2
    assert done.err.startswith("Can't go on:")
    assert said_of_it in done.err
    assert not (out / "results.json").exists()  # nobody's points are judged by it


def test_checks_that_cannot_be_imported_end_with_2(autograder, mini):
    mini.change("checks/test_2_decorators.py", "import math", "import math_")
    done = autograder("check", cwd=mini.assignment)
    assert done.code == 2
    assert "the checks can't be loaded" in done.err
    assert "test_2_decorators.py:3: in <module>" in done.err
    assert "No module named 'math_'" in done.err


def test_an_unknown_number_is_told_with_the_known_ones(said, mini):
    done = said("check", "--only", "2.9", cwd=mini.assignment)
    assert done.code == 2
    assert "there is no check 2.9; there are 1.1, 1.2, 1.10, 2.1, 2.2, 2.3, 2.4" in done.err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("trek=x", "did you mean 'trec'?"),
        ("csv=nowhere.csv", "there is no"),
        ("csv", "must be one of builtin, csv=PATH"),
    ],
)
def test_other_data_that_is_not_there(said, cnn, spec, words):
    done = said("check", "--data", spec, cwd=cnn.assignment)
    assert done.code == 2
    assert words in done.err


def test_data_whose_files_are_not_there_is_told_before_anything_runs(said, cnn):
    (cnn.assignment / "data" / "train.csv").unlink()
    done = said("check", "--data", "csv=data", cwd=cnn.assignment)
    assert done.code == 2
    assert "train.csv: no such file" in done.err
    assert "Task 1" not in done.out


def test_data_without_bounds_trains_and_is_not_graded(autograder, said, cnn):
    """A student's own data costs nothing; to grade by it, an instructor has to declare bounds."""
    cnn.change("assignment.toml", "[thresholds.csv]", "[thresholds.folders]")
    masters = cnn.top / "masters"
    files = reference_files(load(cnn.assignment), cnn.solution, masters)
    for file in files.iterdir():
        shutil.copy(file, cnn.assignment)
    done = autograder("check", "--only", "3.5", cwd=cnn.assignment)
    assert done.code == 0
    assert "There are no bounds for this data" in done.out
    assert "Accuracy" in done.out
    done = said("grade", masters, "--out", cnn.top / "out", "--assignment", "text-cnn", cwd=cnn.top)
    assert done.code == 2
    assert "has no [thresholds.csv] for the data in use" in done.err
    assert "Task 1" not in done.out


def test_other_data_has_no_use_where_nothing_is_trained(said, mini):
    done = said("check", "--data", "builtin", cwd=mini.assignment)
    assert done.code == 2
    assert "mini trains on no data, so --data builtin has no use: leave it out" in done.err


def test_a_seed_below_zero(said, mini):
    done = said("grade", mini.submit(), "--out", mini.top / "out", "--seed", "-1", cwd=mini.top)
    assert done.code == 2


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_where_results_cannot_be_written_is_told_before_anything_runs(said, mini, place):
    (mini.top / "file").write_text("a file")
    out = mini.top / place
    done = said("grade", mini.submit(), "--out", out, "--assignment", "mini", cwd=mini.top)
    assert done.code == 2
    assert f"Can't write results to {out}".replace(" ", "") in done.err.replace(" ", "")  # a long path is broken
    assert "choose another" in done.err.lower()
    assert "Task 1" not in done.out


def test_a_reference_that_is_not_there(said, mini):
    done = said(
        *("grade", mini.submit(), "--out", mini.top / "out", "--assignment", "mini", "--only", "1.10"),
        *("--solution", mini.top / "nowhere"),
        cwd=mini.top,
    )
    assert done.code == 2
    assert "the source can't be read: No such file or directory" in done.err


def test_a_hidden_seed_that_is_none(said, mini):
    mini.solution.mkdir(parents=True)
    (mini.solution / "hidden.toml").write_text("sead = 4\n")
    done = said("grade", mini.submit(), "--out", mini.top / "out", "--assignment", "mini", cwd=mini.top)
    assert done.code == 2
    assert "has to hold a line such as `seed = 12345`" in done.err


def test_commands_for_instructors_need_a_solution(said, mini):
    for command in ("verify", "stubs", "release", "calibrate", "new other --from"):
        done = said(*command.split(), "mini", cwd=mini.top)
        assert done.code == 2
        assert "there is no solution of mini" in done.err


def test_an_unknown_case_comes_with_the_one_that_was_meant(said, cnn):
    done = said("verify", "text-cnn", "--case", "solutoin", cwd=cnn.top)
    assert done.code == 2
    assert "no such case: solutoin; did you mean 'solution'?" in done.err


# -- the grader is at fault


def test_a_mistake_of_our_own_ends_with_3_and_says_where(said, mini, monkeypatch):
    def broken(*_, **__):
        raise KeyError("no such key")

    monkeypatch.setattr("autograder.cli.grade.find_all", broken)
    done = said("grade", mini.submit(), "--out", mini.top / "out", cwd=mini.top)
    assert done.code == 3
    assert "KeyError: 'no such key'" in done.err
    assert "test_commands.py" in done.err


# -- exit codes of gradings that came to an end


@pytest.mark.parametrize(("answer", "code"), [("right", 0), ("wrong", 1), ("partly", 1), ("skip", 0), ("crash", 3)])
def test_exit_codes_of_grade(autograder, results, mini, answer, code):
    submission, out = mini.submit(torch={"1.10": answer}), mini.top / "out"
    done = autograder("grade", submission, "--out", out, "--only", "1.10", "--seed", "5", cwd=mini.top)
    assert done.code == code
    found = results(out)
    assert found["extra_data"]["needs_regrading"] is (code == 3)
    assert ("grader error" in found["tests"][0]["tags"]) is (code == 3)
    assert ("ZeroDivisionError" in done.out) is (code == 3)  # for the staff, who run this command
    assert "ZeroDivisionError" not in (out / "results.json").read_text()
    assert "ZeroDivisionError" not in (out / "report.html").read_text()
    assert "Written:" in done.out


def test_exit_codes_of_check(autograder, mini):
    for answer, code in (("right", 0), ("wrong", 1), ("crash", 3)):
        submission = mini.submit(torch={"1.10": answer})
        for file in submission.iterdir():
            shutil.copy(file, mini.assignment)
        done = autograder("check", "--only", "1.10", cwd=mini.assignment)
        assert done.code == code
        assert "For staff" not in done.out


def test_the_seed_makes_a_grading_repeatable(autograder, cnn):
    drawn = []
    for seed in (1, 1, 2):
        out = cnn.top / "out"
        arguments = ("--assignment", "text-cnn", "--only", "1.1", "--data", "builtin", "--seed", seed)
        autograder("grade", cnn.assignment, "--out", out, *arguments, cwd=cnn.top)
        drawn.append((out / "report.json").read_text())
    assert drawn


# -- a student's first steps


def test_untouched_stubs_score_0_and_are_told_kindly_where_to_begin(autograder, cnn):
    done = autograder("check", cwd=cnn.assignment)
    assert done.code == 1
    assert "so everything is still to win. Begin with 1.1 in keras_text_cnn.py: write it where" in done.out
    assert "autograder check --only 1.1 --watch" in done.out
    assert done.out.count("Task 1.1: build the vocabulary is not written yet.") == 1  # for both frameworks
    assert done.out.count("skipped, not judged wrong.") == 4  # once for each task
    assert "0 of 100 points" in done.out
    assert "Traceback" not in done.out


def test_what_the_code_printed_is_shown_under_its_framework(autograder, mini):
    printing = (
        "print('at import')\ndef build_vocabulary(texts, max_tokens):\n    print('asked for', texts)\n    return {}\n"
    )
    submission = mini.submit(keras="print('on the way')\nraise ValueError('no')\n", torch=printing)
    for file in submission.iterdir():
        shutil.copy(file, mini.assignment)
    done = autograder("check", "--only", "1.1", cwd=mini.assignment)
    assert "Printed by your Keras code on the way Printed by your PyTorch code at import asked for ['1.1']" in done.out


def test_who_is_done_is_told_what_to_hand_in(autograder, mini):
    for file in mini.submit().iterdir():
        shutil.copy(file, mini.assignment)
    said = "is right. `autograder pack` makes the zip to hand in, of keras_mini.py and torch_mini.py."
    assert autograder("check", cwd=mini.assignment).out.endswith(said)
    assert said not in autograder("check", "--only", "1", cwd=mini.assignment).out


def test_what_comes_next_is_the_first_check_that_lost_points(autograder, mini):
    submission = mini.submit(torch={"1.2": "wrong", "2.4": "wrong"})
    for file in submission.iterdir():
        shutil.copy(file, mini.assignment)
    done = autograder("check", cwd=mini.assignment)
    assert done.out.endswith("Next: 1.2 in PyTorch. See it alone with: autograder check --only 1.2")
    assert "Nothing is written yet" not in done.out


# -- several submissions at once


def test_a_folder_of_submissions_is_not_graded_as_one(said, mini):
    one = mini.submit()
    folder = mini.top / "all of them"
    for name in ("ada", "ben"):
        shutil.copytree(one, folder / name)
    done = said("grade", folder, "--out", mini.top / "out", "--assignment", "mini", cwd=mini.top)
    assert done.code == 2
    assert "holds several submissions (ada, ben ...): grade one at a time" in done.err
    assert f"for one in '{folder}'/*; do" in done.err
    assert not (mini.top / "out" / "results.json").exists()


def test_modules_in_folders_of_their_own_are_one_submission(said, mini):
    one = mini.submit()
    for file in sorted(one.glob("*.py")):
        (one / file.stem).mkdir()
        file.rename(one / file.stem / file.name)
    done = said("grade", one, "--out", mini.top / "out", "--assignment", "mini", cwd=mini.top)
    assert done.code == 0
    assert (mini.top / "out" / "results.json").exists()
