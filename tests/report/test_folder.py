"""A report takes its place as a whole, and touches nothing that clsim did not write."""

import json
import os
import shutil

import pytest

from clsim.report import write_report
from clsim.report.folder import MANIFEST, replacing


def report(folder, **files):
    """Write a small report: text by name, with ``__`` for a slash and ``_`` for a dot."""
    with replacing(folder) as draft:
        for name, text in {"report_html": "page", "tables__a_csv": "a", **files}.items():
            path = draft / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


def tree(folder):
    """All that is in a folder: links as what they say, files as their bytes."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path) if path.is_symlink()
        else path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


@pytest.fixture
def home(tmp_path):
    """A folder with a small report, and a place outside that a link could lead to."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept.csv").write_text("kept")
    (tmp_path / "home").mkdir()
    report(tmp_path / "home", figures__old_pdf="old", tables__old_csv="old")
    return tmp_path / "home"


def test_what_a_report_no_longer_has_goes_and_what_is_the_users_stays(home):
    for name in ("figures/mine.pdf", "tables/mine.csv", "tables/.hidden.csv", "notes.txt"):
        (home / name).write_text("mine")
    (home / "figures" / "deep").mkdir()
    (home / "figures" / "deep" / "mine.pdf").write_text("mine")
    report(home, tables__a_csv="new")
    assert {name for name, text in tree(home).items() if text} == {
        "figures/mine.pdf", "tables/mine.csv", "tables/.hidden.csv", "notes.txt",
        "figures/deep/mine.pdf", "report.html", "tables/a.csv", MANIFEST,
    }  # fmt: skip
    assert (home / "tables" / "a.csv").read_text() == "new"


def test_a_file_that_was_changed_is_the_users(home):
    (home / "figures" / "old.pdf").write_text("mended by hand")
    report(home)
    report(home)
    assert (home / "figures" / "old.pdf").read_text() == "mended by hand"
    assert not (home / "tables" / "old.csv").exists()


@pytest.mark.parametrize("name", ["report.html", "tables/a.csv"])
def test_the_users_file_in_the_way_is_refused_by_name(home, name):
    (home / name).write_text("mine")
    before = tree(home)
    with pytest.raises(ValueError, match=rf"{name}'.*move or remove it"):
        report(home, figures__new_pdf="new")
    assert tree(home) == before


def test_a_file_that_is_what_the_report_writes_is_in_nobodys_way(tmp_path):
    (tmp_path / "report.html").write_text("page")
    report(tmp_path)
    assert (tmp_path / "tables" / "a.csv").exists()


@pytest.mark.parametrize("name", ["figures", "tables", "report.html", MANIFEST])
def test_a_file_for_a_folder_or_a_folder_for_a_file_is_refused(tmp_path, name):
    if name in ("figures", "tables"):
        (tmp_path / name).write_text("mine")
    else:
        (tmp_path / name).mkdir()
    before = tree(tmp_path)
    with pytest.raises(ValueError, match=rf"{name}'.*in the way"):
        report(tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("target", ["../outside/kept.csv", "../nowhere", "../outside"])
@pytest.mark.parametrize(
    "name", ["figures", "tables", "report.html", "runs.parquet", "tables/a.csv", MANIFEST]
)
def test_links_are_refused_and_nothing_outside_changes(home, name, target):
    moved = home / name
    if moved.exists():
        moved.rename(home / "moved")
    moved.symlink_to(target if "/" not in name else f"../{target}")
    before = tree(home.parent)
    with pytest.raises(ValueError, match=rf"{name}'.*links"):
        report(home, runs_parquet="runs")
    assert tree(home.parent) == before


def test_the_results_folder_itself_may_be_a_link(home):
    (home.parent / "link").symlink_to("home")
    report(home.parent / "link", tables__a_csv="new")
    assert (home / "tables" / "a.csv").read_text() == "new"


def test_a_link_in_the_place_of_a_stale_file_stays(home):
    (home / "figures" / "old.pdf").unlink()
    (home / "figures" / "old.pdf").symlink_to("../tables/old.csv")
    report(home)
    assert (home / "figures" / "old.pdf").is_symlink()


@pytest.mark.parametrize(
    "name",
    ["../outside/kept.csv", "{outside}/kept.csv", "tables/../../outside/kept.csv", "notes.txt",
     "figures/../notes.pdf", "figures/deep/old.pdf", "tables/..", "config.yaml", "tables/kept.py"],
)  # fmt: skip
def test_a_manifest_may_name_files_of_a_report_alone(home, name):
    name = name.format(outside=home.parent / "outside")
    digests = json.loads((home / MANIFEST).read_text())["figures/old.pdf"]
    for path in ("notes.txt", "notes.pdf", "config.yaml", "tables/kept.py", "../outside/kept.csv"):
        (home / path).write_text("old")
    (home / MANIFEST).write_text(json.dumps({name: digests}))
    before = tree(home.parent)
    with pytest.raises(ValueError, match=r"tables/a\.csv"):  # of which the manifest says nothing
        report(home, tables__a_csv="new")
    assert tree(home.parent) == before
    report(home)
    assert before.items() - tree(home.parent).items() == {
        (f"home/{MANIFEST}", before[f"home/{MANIFEST}"])
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "\0", "[" * 100_000, '{"report.html": 3}', "\ud800"]
)
def test_a_manifest_of_nonsense_says_nothing(home, text):
    (home / MANIFEST).write_bytes(text.encode(errors="surrogatepass"))
    report(home)
    assert (home / "figures" / "old.pdf").exists()
    assert set(json.loads((home / MANIFEST).read_text())) == {"report.html", "tables/a.csv"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_goes_wrong_before_all_is_there_changes_nothing(home, error):
    before = tree(home)

    def fail():
        with replacing(home) as draft:
            (draft / "report.html").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert tree(home) == before


@pytest.mark.parametrize("after", range(6))
def test_a_report_that_was_stopped_is_mended_by_the_next(home, monkeypatch, after):
    (home / "tables" / "mine.csv").write_text("mine")
    moved, replace = [], os.replace

    def stop(source, target):
        if len(moved) == after:
            raise KeyboardInterrupt
        moved.append(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        report(home, tables__a_csv="new", figures__b_pdf="new", tables__c_csv="new")
    monkeypatch.undo()
    assert not list(home.glob(".report-*"))
    report(home, tables__a_csv="newer")
    assert {name: text for name, text in tree(home).items() if text and name != MANIFEST} == {
        "report.html": b"page", "tables/a.csv": b"newer", "tables/mine.csv": b"mine",
    }  # fmt: skip


def test_a_name_that_no_report_has_is_a_mistake(home):
    before = tree(home)
    with pytest.raises(ValueError, match=r"notes\.txt"):
        report(home, notes_txt="new")
    assert tree(home) == before


# the report -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_error_while_drawing_leaves_the_old_report(original, tmp_path, monkeypatch):
    home = shutil.copytree(original, tmp_path / "home")
    before, drawn = tree(home), []

    def save(*args):
        if len(drawn) == 2:
            raise RuntimeError("no ink")
        drawn.append(args)
        return "<svg ></svg>"

    monkeypatch.setattr("clsim.report.pictures.save", save)
    with pytest.raises(RuntimeError, match="no ink"):
        write_report(home, prices={"retraining": 3.0}, n_jobs=1)
    assert len(drawn) == 2
    assert tree(home) == before


def test_a_report_says_which_files_are_its_own(original):
    ours = ("figures/", "tables/", "report.html", "runs.parquet")
    made = {name for name, text in tree(original).items() if text and name.startswith(ours)}
    assert set(json.loads((original / MANIFEST).read_text())) == made
    assert {"report.html", "runs.parquet", "tables/methods.bib", "tables/strategies.tex"} <= made
