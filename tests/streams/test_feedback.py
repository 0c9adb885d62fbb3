"""Feedback: how streams respond to what is served, by hand."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from clsim.checks import check_feedback
from clsim.streams import Synthetic
from clsim.streams.concepts import AdClick, Friedman, Sine
from clsim.streams.faults import DroppedRows
from clsim.streams.feedback import Churn, Flywheel, Popularity, Selective
from clsim.types import Batch, Response, Served
from helpers.tables import Table


def served(answers, y, user, *, upcoming=(), upcoming_y=None, answered=None, first=100):
    """A tick that served some events of users, and the users of the events to come."""
    answers, y = np.array(answers), np.array(y)
    rows = np.arange(first, first + len(y))
    later = np.arange(rows[-1] + 1, rows[-1] + 1 + len(upcoming))
    y_later = np.zeros(len(upcoming), dtype=int) if upcoming_y is None else np.array(upcoming_y)

    def batch(users, labels, when):
        X = np.array(users, dtype=float).reshape(-1, 1)
        group = np.nan_to_num(np.array(users, dtype=float)).astype(int) % 2
        return Batch(X, labels, when, None, {"group": group})

    answered = np.ones(len(y), dtype=bool) if answered is None else np.array(answered)
    return Served(
        4, rows, batch(user, y, rows), answers, answered, later, batch(upcoming, y_later, later)
    )


def stream(n=50, **more):
    return Table(np.arange(n)[:, None] % 7, np.arange(n) % 2, group=np.arange(n) % 2, **more)


def test_labels_are_seen_where_the_answer_is_yes():
    tick = served([1, 0, 1, 0], [1, 1, 0, 0], [1, 2, 3, 4], answered=[True, True, False, True])
    response = Selective(stream()).respond(tick, None, seed=1)
    assert response.hidden.tolist() == [101, 102, 103]  # a row without an answer is no yes
    assert response.gone.tolist() == []
    assert response.y is None
    assert Selective(stream(), accept=0).respond(tick, None, 1).hidden.tolist() == [100, 102]


def test_a_share_of_the_others_is_explored():
    n = 20_000
    tick = served(np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.zeros(n))
    seen = n - len(Selective(stream(), explore=0.2).respond(tick, None, 1).hidden)
    assert abs(seen / n - 0.2) < 3 * np.sqrt(0.2 * 0.8 / n) < 0.05 * 0.2
    assert len(Selective(stream(), explore=1.0).respond(tick, None, 1).hidden) == 0


def test_users_who_are_badly_served_leave_and_stay_away():
    churn = Churn(stream(), by="a", rate=1.0)
    first = served([1, 0, 1], [1, 1, 0], [3, 4, 5], upcoming=[5, 3, 4, 4])
    response = churn.respond(first, None, seed=1)
    assert response.gone.tolist() == [103, 105, 106]
    later = served([1], [1], [3], upcoming=[4, 3, 6], first=104)
    again = churn.respond(later, response.state, seed=1)
    assert again.gone.tolist() == [105]
    half = Churn(stream(), by="group", rate=1.0)
    assert half.respond(first, None, 1).gone.tolist() == [103, 104, 105, 106]


def test_the_rate_of_churn():
    n = 20_000
    tick = served(np.ones(n, int), np.zeros(n, int), np.arange(n), upcoming=np.arange(n))
    left = len(Churn(stream(), by="a", rate=0.2).respond(tick, None, 1).gone)
    assert abs(left / n - 0.2) < 3 * np.sqrt(0.2 * 0.8 / n) < 0.05 * 0.2


def test_right_answers_bring_events_and_wrong_ones_take_them_away():
    n = 20_000
    wheel = Flywheel(stream(), start=0.4, gain=0.2, loss=0.6)
    # three of four are right: .4 (1 + .2 * .75 - .6 * .25) = .4; without an answer nothing moves
    still = served([1, 1, 0, 1], [1, 1, 0, 0], [0] * 4, upcoming=[0] * n)
    response = wheel.respond(still, None, seed=1)
    assert response.state[1] == pytest.approx(0.4)
    assert abs(1 - len(response.gone) / n - 0.4) < 3 * np.sqrt(0.4 * 0.6 / n)
    right = served([1, 1], [1, 0], [0, 0], upcoming=[0] * n, answered=[True, False])
    grown = wheel.respond(right, (None, 0.4), seed=1)
    assert grown.state[1] == pytest.approx(0.4 * 1.1), (
        "half of the answers are right, none is wrong"
    )
    full = wheel.respond(right, (None, 0.99), seed=1)
    assert (full.state[1], len(full.gone)) == (1.0, 0)


def test_users_who_came_stay_while_the_share_grows():
    users = np.arange(5_000) % 1_000
    tick = served([1], [1], [0], upcoming=users)
    wheel = Flywheel(stream(), start=0.3, gain=0.0, loss=0.0, by="a")
    few, many = (
        set(users[wheel.respond(tick, (None, s), 1).gone - 101].tolist()) for s in (0.3, 0.6)
    )
    assert many < few, "a larger share has all users of a smaller one"
    assert abs(len(many) / 1_000 - 0.4) < 0.05
    there = ~np.isin(tick.upcoming_rows, wheel.respond(tick, (None, 0.3), 1).gone)
    assert not set(users[there]) & few, "a user is there with all events, or with none"


def test_what_was_shown_becomes_liked():
    # item 1 was shown in both of its events, item 2 in one of two, item 3 in none
    tick = served([1, 1, 1, 0, 0], [0] * 5, [1, 1, 2, 2, 3], upcoming=[1, 2, 3])
    popular = Popularity(stream(), by="a", strength=1.0, halflife=1.0)
    first = popular.respond(tick, None, seed=1)
    assert first.y[0] == 1
    assert first.y[2] == 0
    ids, counts = first.state[1]
    assert ids.tolist() == [1, 2, 3]
    assert counts.tolist() == [[2, 2, 1], [2, 1, 0]]
    # a half-life later, item 1 is not shown in 3 events: exposure (2 / 2) / (2 / 2 + 3)
    then = popular.respond(served([0] * 3, [0] * 3, [1] * 3, upcoming=[1]), first.state, 1)
    assert then.state[1][1].tolist() == [[4, 1, 0.5], [1, 0.5, 0]]
    n = 20_000
    tick = served([1, 0], [0, 0], [2, 2], upcoming=[2] * n)
    liked = Popularity(stream(), by="a", strength=0.4).respond(tick, None, 1).y.mean()
    assert abs(liked - 0.2) < 3 * np.sqrt(0.2 * 0.8 / n) < 0.05 * 0.2


def test_ids_may_be_large_missing_and_no_fractions():
    popular = Popularity(stream(), by="a", strength=1.0)
    tick = served([1, 1], [0, 0], [1e13, np.nan], upcoming=[1e13, np.nan, 5])
    assert popular.respond(tick, None, seed=1).y.tolist() == [1, 0, 0]
    churn = Churn(stream(), by="a", rate=1.0)
    assert churn.respond(tick, None, seed=1).gone.tolist() == [102]
    with pytest.raises(ValueError, match=r"^by='a': holds numbers that are not whole"):
        churn.respond(served([1], [0], [0.5]), None, seed=1)


def test_nested_streams_respond_from_the_inside_out():
    inner = Churn(stream(), by="a", rate=1.0)
    both = Popularity(Selective(inner), by="a", strength=1.0)
    tick = served([1, 0, 1], [1, 1, 0], [3, 4, 5], upcoming=[3, 5, 3, 6], upcoming_y=[0, 0, 1, 0])
    response = both.respond(tick, None, seed=1)
    assert response.hidden.tolist() == [101]
    assert response.gone.tolist() == [104]
    assert response.y.tolist() == [1, 0, 1, 0]  # item 3 was shown always, item 6 never
    again = both.respond(tick, response.state, seed=1)
    assert isinstance(again, Response)


def test_streams_of_one_kind_inside_each_other_draw_apart():
    n = 2_000
    tick = served(np.zeros(n, int), np.zeros(n, int), np.zeros(n))
    once, twice = Selective(stream(), explore=0.5), Selective(Selective(stream()), explore=0.5)
    hidden = [set(s.respond(tick, None, 1).hidden.tolist()) for s in (once, twice)]
    assert hidden[1] == set(tick.rows.tolist())  # the inner one hides all
    inner = Selective(Selective(stream(), explore=0.5), explore=0.5)
    share = len(inner.respond(tick, None, 1).hidden) / n
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / n)


@pytest.mark.parametrize("make", [
    Selective, lambda s: Churn(s, by="a"), lambda s: Popularity(s, by="group"), Flywheel,
    lambda s: Flywheel(s, by="a"),
    lambda s: Popularity(Churn(Selective(s, explore=0.3), by="a"), by="a"),
])  # fmt: skip
def test_they_keep_their_contract(make):
    check_feedback(make(stream()))


class Impure(Selective):
    def _respond(self, served, state, seed):
        self.explore = min(1.0, self.explore + 0.3)
        return super()._respond(served, state, seed)


class Reaching(Selective):
    def _respond(self, served, state, seed):
        return Response(hidden=served.rows + 1)


@pytest.mark.parametrize(("kind", "message"), [
    (Impure, "not pure"), (Reaching, "hidden rows that are not among those"),
])  # fmt: skip
def test_the_check_catches_what_breaks_it(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_feedback(kind(stream()))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Selective(stream(), explore=1.5), r"^explore=1.5: must be at most 1"),
    (lambda: Selective(stream(), accept="y"), r"^accept: unknown label 'y'; Allowed: 0, 1"),
    (lambda: Selective(stream(classes=(0, 1, 2))), r"^accept: name the label; .* has 3 classes"),
    (lambda: Selective(Synthetic(Friedman(), n=9)), r"^Selective: needs classes, not regression"),
    (lambda: Churn(stream(), by="user"), r"^by: unknown column 'user'; Allowed: group, a"),
    (lambda: Churn(stream(), by="a", rate=-1), r"^rate=-1: must be at least 0"),
    (lambda: Churn(Synthetic(Friedman(), n=9), by="x0"), r"^Churn: needs classes"),
    (lambda: Flywheel(stream(), start=0), r"^start=0: must be above 0"),
    (lambda: Flywheel(stream(), loss=2), r"^loss=2: must be at most 1"),
    (lambda: Flywheel(Synthetic(Friedman(), n=9)), r"^Flywheel: needs classes"),
    (lambda: Popularity(stream(), by="a", halflife=0), r"^halflife=0: must be above 0"),
])  # fmt: skip
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_they_pass_on_what_they_do_not_change():
    inner = Synthetic(AdClick(n_users=9, n_items=5), n=30)
    outer = Churn(inner, by="user")
    assert outer.describe().splitlines()[-1].startswith("- feedback: after a wrong answer, 0.1 of")
    assert outer.drift_events(1) == inner.drift_events(1)
    assert list(outer.truth(np.arange(30), 1)) == list(inner.truth(np.arange(30), 1))
    assert Selective(stream()).truth(np.arange(3), 1) is None


def test_feedback_that_would_be_lost_is_refused():
    import clsim
    from clsim.strategy import Strategy
    from clsim.strategy.triggers import Never

    wrapped = DroppedRows(Selective(Synthetic(Sine(), n=90)), 0.1)
    with pytest.raises(ValueError, match=r"DroppedRows around Selective would hide its feedback"):
        clsim.replay(wrapped, {"it": Strategy(Never())}, learner=GaussianNB(), tick=5)
