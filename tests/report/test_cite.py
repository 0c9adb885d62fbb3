"""BibTeX of the methods used."""

import re

import pytest

from clsim.report.cite import REFERENCES, bibtex
from clsim.sweep.commands import main


def keys(text):
    return re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE)


def test_without_a_folder_all_methods_are_cited(capsys):
    assert main(["--cite"]) == 0
    assert keys(capsys.readouterr().out) == list(REFERENCES)


@pytest.mark.slow
def test_with_a_folder_those_that_its_report_used(original, known, capsys):
    assert main(["--cite", str(original)]) == 0
    used = capsys.readouterr().out
    assert used == (original / "tables" / "methods.bib").read_text()
    assert {"clsim", "student1908", "agarwal2021"} <= set(keys(used))
    assert "demsar2006" not in keys(used)  # one stream: nothing is ranked over streams
    assert "kunsch1989" not in keys(used)
    assert "kunsch1989" in keys((known / "tables" / "methods.bib").read_text())


def test_entries_are_well_formed():
    for key, (purpose, entry) in REFERENCES.items():
        assert purpose
        assert entry.count("{") == entry.count("}"), key
        assert re.match(rf"@\w+\{{{key},\n", entry)
        assert re.search(r"^  author\s*= \{", entry, re.MULTILINE)
        assert re.search(r"^  title\s*= \{", entry, re.MULTILINE)
        assert re.search(r"^  year\s*= \{\d{4}\},$", entry, re.MULTILINE)
        assert entry.isascii()


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="did you mean 'demsar2006'"):
        bibtex(["demsar2005"])
