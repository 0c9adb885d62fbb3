import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

from clsim.hindsight import candidates
from clsim.hindsight.make import counterfactual
from clsim.hindsight.table import Counterfactual
from clsim.strategy.datasets import SlidingWindow
from clsim.streams.delays import Constant
from helpers.tabled import GIVEN, Shy, assert_equal, grouped
from helpers.tables import two_clouds

SHY = {**GIVEN, "learner": Shy(), "slices": True, "sample": 0.5}


@pytest.mark.filterwarnings("ignore:learner. no prediction:RuntimeWarning")
@pytest.mark.parametrize("given", [GIVEN, SHY, {**GIVEN, "holdout": 20, "largest_age": 2}])
def test_a_saved_table_comes_back(given, tmp_path):
    table = counterfactual(grouped(), **given)
    file = table.save(tmp_path / "some" / "table.parquet")
    back = Counterfactual.load(file)
    assert_equal(table, back)
    assert (back.setting, back.info) == (table.setting, table.info)
    assert repr(back) == repr(table)
    assert [p.name for p in file.parent.iterdir()] == ["table.parquet"]


def test_a_table_is_finished_where_it_stopped(tmp_path, monkeypatch):
    stream, folder = two_clouds(2_500), tmp_path / "table"
    given = GIVEN | {"candidates": 1}
    whole = counterfactual(stream, **given)
    made, really = [], candidates._made

    def stops(family, piece):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(piece)
        return really(family, piece)

    monkeypatch.setattr(candidates, "_made", stops)
    with pytest.raises(KeyboardInterrupt):
        counterfactual(stream, **given, path=folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "part-00000000.parquet", "part-00000016.parquet",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"2 of its 4 parts are missing"):
        Counterfactual.load(folder)
    made.clear()
    assert_equal(counterfactual(stream, **given, path=folder), whole)
    assert [piece[0] for piece in made] == [31, 47]
    monkeypatch.setattr(candidates, "_made", None)  # nothing is left to do
    again = counterfactual(stream, **given, path=folder, n_jobs=2)
    assert_equal(again, whole)
    assert_equal(Counterfactual.load(folder), whole)


@pytest.mark.parametrize(("other", "key"), [
    ({"seed": 4}, "seed"), ({"dataset": SlidingWindow(120)}, "dataset"), ({"tick": 100}, "tick"),
    ({"learner": GaussianNB(var_smoothing=1e-3)}, "learner"), ({"sample": 0.5}, "sample"),
    ({"delay": Constant(60)}, "delay"), ({"candidates": 2}, "candidates"),
    ({"holdout": 10}, "holdout"), ({"duration": 10}, "duration"),
])  # fmt: skip
def test_a_folder_of_another_setting_is_refused(other, key, tmp_path):
    counterfactual(two_clouds(400), **GIVEN, path=tmp_path)
    with pytest.raises(ValueError, match=rf"holds a table with another {key}: "):
        counterfactual(two_clouds(400), **GIVEN | other, path=tmp_path)


def test_a_folder_of_another_stream_is_refused(tmp_path):
    counterfactual(two_clouds(400), **GIVEN, path=tmp_path)
    with pytest.raises(ValueError, match="holds a table with another events: "):
        counterfactual(two_clouds(400, seed=1), **GIVEN, path=tmp_path)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no table of clsim"):
        Counterfactual.load(tmp_path)
    (tmp_path / "text.parquet").write_text("no")
    with pytest.raises(ValueError, match="not a Parquet file"):
        Counterfactual.load(tmp_path / "text.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="not a table of clsim"):
        Counterfactual.load(tmp_path / "other.parquet")
