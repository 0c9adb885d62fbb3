"""A log in which labels hang on what production answered says so, from the file to the memo."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.choice.limits import ANSWERED_ALONE, cannot_say, who_is_unlabelled
from clsim.analysis.compare.comparison import settings
from clsim.runs.info import RunInfo
from clsim.runs.run import Runs
from clsim.strategy import AsServed, Strategy
from clsim.strategy.triggers import Never
from clsim.streams import Recorded
from clsim.types import Labelling


def loans(n=400, refused=0.25):
    """Every fourth loan is refused; whether one is paid back is known of the granted alone."""
    rng = np.random.default_rng(1)
    said = np.where(np.arange(n) % 4 == 0, "refuse", "grant")
    y = np.where(rng.random(n) < 0.2, "refuse", "grant").astype(object)  # what would be right
    y[said == "refuse"] = None
    return pd.DataFrame({"x": rng.random(n), "said": said, "y": y})


def replayed(log, **options):
    stream = Recorded(log, "y", unlabelled="leave out", **options)
    ways = {"never": Strategy(Never())}
    if "served" in options:
        ways["today"] = AsServed()
    [setting] = settings(Runs(clsim.replay(stream, ways, learner=GaussianNB(), tick=50,
                                           warmup=100), []))  # fmt: skip
    return setting


def test_labels_that_came_for_one_answer_alone():
    log = loans()
    stream = Recorded(log, "y", unlabelled="leave out", served="said")
    # rows 0, 4, ... 396 are refused; the last row with a label is 399
    assert stream.labelling == Labelling(400, 300, 100, (("grant", 300, 300), ("refuse", 100, 0)))
    setting = replayed(log, served="said")
    said = who_is_unlabelled(setting)
    assert said.startswith(
        "Labels hang on what production answered: they came for 100% of the 300 events that it "
        "answered with 'grant', and for none of the 100 others."
    )
    assert said.endswith(ANSWERED_ALONE)
    assert cannot_say(setting)[0] == said


def test_nearly_none_is_said_with_its_share():
    log = loans()
    log.loc[[0, 4, 8], "y"] = "refuse"  # granted by hand after all
    said = who_is_unlabelled(replayed(log, served="said"))
    assert "and for 3% of the 100 others" in said
    log.loc[range(0, 400, 8), "y"] = "refuse"  # 50 of 100: no longer nearly none, and 50 of 400
    said = who_is_unlabelled(replayed(log, served="said"))
    assert said.startswith("No label came for 12% of the events of the log")  # 12.5, half to even


def test_where_nobody_knows_what_production_answered_the_share_is_said():
    said = who_is_unlabelled(replayed(loans().drop(columns="said")))
    assert said == (
        "No label came for 25% of the events of the log, though it did for later ones. Strategies "
        "learned from the others alone, and those left out are in no number here: if those without "
        "a label are different, the replay does not hold for them."
    )


def test_labels_that_are_still_to_come_are_not_counted():
    log = loans().drop(columns="said")
    log["y"] = log["y"].fillna("grant")
    log.loc[300:, "y"] = None
    assert Recorded(log, "y", unlabelled="leave out").labelling == Labelling(300, 300, 0)
    assert who_is_unlabelled(replayed(log)) == ""
    log["y"] = "grant"
    log.loc[0, "y"] = "refuse"
    assert Recorded(log, "y").labelling is None


def test_a_label_whose_time_is_empty_never_came():
    log = loans().drop(columns="said").assign(y=["a", "b"] * 200)
    log["known"] = np.where(np.arange(400) % 5 == 0, np.nan, np.arange(400) + 3.0)
    stream = Recorded(log, "y", label_time="known")
    assert stream.labelling == Labelling(400, 320, 0)


def test_production_that_answered_all_alike():
    log = loans().dropna().reset_index(drop=True)
    assert set(log["said"]) == {"grant"}
    said = who_is_unlabelled(replayed(log, served="said"))
    assert said.startswith("Production answered every event of the log with 'grant'. If events")
    assert who_is_unlabelled(replayed(log.drop(columns="said"))) == ""


def test_it_goes_to_disk_and_comes_back(tmp_path):
    [run] = replayed(loans(), served="said").runs["today"].values()
    run.save(tmp_path / "run")
    assert clsim.load(tmp_path / "run").info.labelling == run.info.labelling
    plain = run.info.to_json()
    assert RunInfo.from_json(plain).labelling == run.info.labelling
    assert "labelling" not in replace(run.info, labelling=None).to_json()
    for wrong in ({"rows": 1}, {**plain["labelling"], "answers": [["a", 1]]}, 3):
        with pytest.raises(ValueError, match=r"^labelling="):
            RunInfo.from_json({**plain, "labelling": wrong})
