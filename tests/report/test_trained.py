"""The page says which trainings had no new rows, and which were vetoed."""

from sklearn.naive_bayes import GaussianNB
from test_life import section_of

import clsim
from clsim.analysis import trainings
from clsim.report.parts.trained import learned
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, SlidingWindow, Vetted
from clsim.strategy.triggers import Periodic
from helpers.tables import Table, two_clouds


def test_trainings_on_the_same_rows_and_vetoes_are_told(tmp_path):
    late = [row if row < 40 else max(row, 130) for row in range(200)]
    stream = two_clouds(200)
    strategies = {
        "all": Strategy(Periodic(2), All()),
        "vetted": Strategy(Periodic(2), Vetted(SlidingWindow(80), shift=0.0)),
        "new": Strategy(Periodic(6), SlidingWindow(40)),
    }
    runs = clsim.replay(Table(stream.X, stream.y, label_time=late), strategies,
                        learner=GaussianNB(), tick=20, warmup=40)  # fmt: skip
    for k, (name, run) in enumerate(runs.items()):
        run.config["strategy"]["name"] = name
        run.save(tmp_path / f"{k:012d}")
    assert trainings(runs["all"])["same_rows"].tolist() == [True, True, False]
    # of the 40 rows of the warm-up nothing moves; at row 160 other rows have come
    found = trainings(runs["vetted"])
    assert found["vetoed"].tolist() == [False, False, True]
    assert "the mean of" in found["reason"].iloc[-1]
    part = learned(section_of(tmp_path))
    assert "charged like any other" in part.lead
    assert "A vetoed training costs nothing" in part.lead
    cells = part.html.split("<tbody>")[1]
    assert "new" not in cells, "nothing befell it"
    assert "the last veto, in tick 6" in part.html
    assert len(part.tables["trainings"]) == 3 + 3 + 1
