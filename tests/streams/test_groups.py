"""Slices that have shares, come and go."""

import numpy as np
import pytest

from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.drift import Incremental, Sudden
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior, Rotate, Scale, Shift, Subpopulation

DAY = 86_400_000_000
N = 60_000


def draw(stream, seed=0):
    blocks = list(stream.blocks(seed))
    X, y = (np.concatenate([getattr(b, name) for b in blocks]) for name in ("X", "y"))
    columns = blocks[0].slices
    return X, y, {c: np.concatenate([b.slices[c] for b in blocks]) for c in columns}


def test_weights_by_hand():
    groups = Groups({"a": 3, "b": 1, "new": 4}, starts={"new": 100}, ends={"a": 200})
    rows = np.array([0, 99, 100, 199, 200])
    assert groups.weights(rows, False).tolist() == [
        [0.75, 0.25, 0], [0.75, 0.25, 0], [0.375, 0.125, 0.5], [0.375, 0.125, 0.5], [0, 0.2, 0.8],
    ]  # fmt: skip
    assert groups.names == ("a", "b", "new")


def test_draws_by_hand():
    groups = Groups({"a": 1, "b": 2, "c": 1})
    uniform = np.array([0, 0.24, 0.25, 0.74, 0.75, 1 - 2**-53])
    assert groups.draw(np.zeros(6), False, uniform).tolist() == [0, 0, 1, 1, 2, 2]


def test_times():
    groups = Groups({"a": 1, "new": 1}, starts={"new": "2d"})
    weights = groups.weights(np.array([2 * DAY - 1, 2 * DAY]), True)
    assert weights.tolist() == [[1, 0], [0.5, 0.5]]


def test_shares_and_a_cold_start():
    given = {
        "user": Groups({"old": 0.8, "new": 0.2}, starts={"new": N // 2}),
        "country": Groups({"se": 1, "no": 3}),
    }
    stream = Synthetic(SEA(), n=N, groups=given)
    assert stream.schema.slices == {
        "user": ("user=old", "user=new"), "country": ("country=se", "country=no"),
    }  # fmt: skip
    _, _, slices = draw(stream)
    user, country = slices["user"], slices["country"]
    assert (user[: N // 2] == 0).all()
    assert abs(user[N // 2 :].mean() - 0.2) < 4 * 0.4 / np.sqrt(N / 2)
    assert abs(country.mean() - 0.75) < 4 * 0.433 / np.sqrt(N)
    both = ((user == 1) & (country == 1))[N // 2 :].mean()  # independent
    assert abs(both - 0.15) < 4 * 0.357 / np.sqrt(N / 2)
    assert user.dtype == np.int64


@pytest.mark.parametrize("drift", [
    lambda s: Sudden(SEA(3), 100, slice=s), lambda s: Incremental(SEA(3), 500, 200, slice=s),
    lambda s: Sudden(Shift({"x0": 2}), 100, slice=s),
    lambda s: Sudden(Scale({"x0": 2}), 100, slice=s),
    lambda s: Sudden(Rotate(["x0", "x1"]), 100, slice=s),
])  # fmt: skip
def test_a_drift_on_one_slice_leaves_the_others_bit_for_bit(drift):
    groups = {"user": Groups({"old": 1, "new": 1})}
    still = draw(Synthetic(SEA(0), n=N, groups=groups))
    moved = draw(Synthetic(SEA(0), [drift("user=new")], n=N, groups=groups))
    everywhere = draw(Synthetic(SEA(0), [drift(None)], n=N, groups=groups))
    new = still[2]["user"] == 1
    np.testing.assert_array_equal(moved[2]["user"], still[2]["user"])
    for now, before, all_moved in zip(moved[:2], still[:2], everywhere[:2], strict=True):
        np.testing.assert_array_equal(now[~new], before[~new])
        np.testing.assert_array_equal(now[new], all_moved[new])
    assert (moved[1][new] != still[1][new]).any()


@pytest.mark.parametrize(("to", "share_of"), [
    (Prior([0.8, 0.2]), lambda X, y: y == 1),
    (Subpopulation("x2", 8, 0.7), lambda X, y: X[:, 2] > 8),
])  # fmt: skip
def test_shares_drift_on_one_slice_alone(to, share_of):
    groups = {"user": Groups({"old": 1, "new": 1})}
    still = draw(Synthetic(SEA(0), n=N, groups=groups))
    X, y, slices = draw(Synthetic(SEA(0), [Sudden(to, 0, slice="user=new")], n=N, groups=groups))
    new = slices["user"] == 1
    np.testing.assert_array_equal(new, still[2]["user"] == 1)
    np.testing.assert_array_equal(X[~new], still[0][~new])
    np.testing.assert_array_equal(y[~new], still[1][~new])
    wanted = 0.2 if isinstance(to, Prior) else 0.7
    bound = 4 * np.sqrt(wanted * (1 - wanted) / new.sum())
    assert abs(share_of(X, y)[new].mean() - wanted) < bound < 0.05 * wanted


def test_groups_do_not_change_the_events():
    plain, grouped = (
        draw(Synthetic(SEA(0), n=500, groups=g)) for g in (None, {"g": Groups({"a": 1, "b": 1})})
    )
    for a, b in zip(plain[:2], grouped[:2], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Groups({}), r"^shares={}: name at least one"),
    (lambda: Groups({"a": 0}), r"^shares.a=0: must be above 0"),
    (lambda: Groups({"old": 1}, starts={"odl": 5}), r"^starts: unknown group 'odl'; did you mean"),
    (lambda: Groups({"old": 1}, ends={"old": -5}), r"^ends.old=-5: must be at least 0"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("groups", "message"), [
    (Groups({"a": 1}, starts={"a": 5}), r"^groups.g: shares: at some time no group is there"),
    (Groups({"a": 1, "b": 1}, starts={"b": 60}, ends={"a": 50}), r"no group is there"),
    (Groups({"a": 1, "b": 1}, starts={"b": 100}), r"^groups.g: starts.b=100: the group never"),
    (Groups({"a": 1, "b": 1}, starts={"b": 9}, ends={"b": 9}), r"starts.b=9: the group never"),
    (Groups({"a": 1, "b": 1}, starts={"b": "3d"}), r"starts.b='3d': .*give a row number"),
])  # fmt: skip
def test_groups_that_do_not_fit_the_stream_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        Synthetic(SEA(), n=100, groups={"g": groups})


def test_a_group_may_end_with_the_stream():
    Synthetic(SEA(), n=100, groups={"g": Groups({"a": 1}, ends={"a": 100})})


def test_an_unknown_slice_is_refused():
    groups = {"user": Groups({"old": 1, "new": 1})}
    message = r"^drifts\[0\].slice: unknown slice 'user=nwe'; did you mean 'user=new'"
    with pytest.raises(ValueError, match=message):
        Synthetic(SEA(), [Sudden(SEA(1), 5, slice="user=nwe")], groups=groups)
