"""Triggers, by hand: what they make of what they see, tick by tick."""

import numpy as np
import pytest
from river import drift

from clsim.clock import Clock
from clsim.strategy.triggers import (
    AllOf,
    AnyOf,
    Budget,
    Cooldown,
    Drift,
    Never,
    Performance,
    Periodic,
    Volume,
)
from clsim.types import NEVER

ROWS = Clock(timed=False, tick=10, tick_in_rows=True)
DAILY = Clock(timed=True, tick=86_400_000_000, tick_in_rows=False)


class Seen:
    """A view of given losses and numbers of labels; trainings start where told."""

    def __init__(self, losses=(), known=()):
        self._losses, self._known = losses, known
        self.tick, self.training_ticks, self.alarms = 0, [], []
        self.labels = self.outcomes = self  # it is asked for little

    def arrived_losses(self, of="champion"):
        return np.array(self._losses[self.tick], dtype=float)

    @property
    def count(self):
        return self._known[self.tick]

    def count_at(self, tick):
        return self._known[max(tick, 0)]

    def score(self, mean_loss):
        return 1 - mean_loss


def fired(trigger, ticks, view=None, clock=ROWS, train=True):
    """Ticks at which a trigger fires; each time a training starts."""
    view = view or Seen()
    trigger.bind(clock)
    acted = []
    for view.tick in range(ticks):
        answer = trigger.fires(view)
        if answer is None:
            continue
        view.alarms += [(view.tick, name) for name in answer.alarms]
        if not answer.held:
            acted.append(view.tick)
            if train:
                view.training_ticks.append(view.tick)
    return acted


def test_never():
    assert fired(Never(), 50) == []


def test_periodic():
    assert fired(Periodic(5), 16) == [5, 10, 15]
    assert fired(Periodic(5, phase=2), 16) == [2, 7, 12]
    assert fired(Periodic(1), 4) == [1, 2, 3]
    assert fired(Periodic("7d", "3d"), 20, clock=DAILY) == [3, 10, 17]


@pytest.mark.parametrize("trigger", [Never(), Periodic(1), Periodic(5), Periodic(5, phase=3)])
def test_a_trigger_that_says_when_it_is_due_fires_then_and_only_then(trigger):
    ticks = fired(trigger, 60)
    for tick in range(40):
        later = [t for t in ticks if t >= tick]
        assert trigger.due(tick) == (later[0] if later else NEVER)


def test_binary_detectors_refuse_other_losses():
    class Half(Seen):
        def arrived_losses(self, *, of):
            return np.array([0.0, 0.5])

    with pytest.raises(ValueError, match=r"detector=DDM: takes losses of 0 and 1 alone, not 0\.5"):
        Drift(drift.binary.DDM()).fires(Half())
    assert Drift(drift.ADWIN()).fires(Half()) is None


def test_volume_in_rows():
    known = [40, 44, 49, 50, 58, 59, 60, 61, 75]  # 40 come from the warm-up
    assert fired(Volume(rows=10), 9, Seen(known=known)) == [3, 6, 8]


def test_volume_in_per_cent_of_what_was_known():
    known = [40, 49, 50, 50, 62, 63, 80]  # 25 % of 40 is 10, of 50 is 12.5, of 63 is 15.75
    assert fired(Volume(growth=25), 7, Seen(known=known)) == [2, 5, 6]
    assert fired(Volume(growth=25), 3, Seen(known=[0, 0, 1])) == [2]


def test_performance_below():
    losses = [[], [0, 0], [1], [0, 1, 1], [], [0]]
    # windows of 4: 00 | 001 | 0 1 0 1 1 -> 1011 | nothing new | 0110
    trigger = Performance(below=0.5, window=4, min_labels=3)
    assert fired(trigger, 6, Seen(losses)) == [3]
    trigger = Performance(below=0.67, window=4, min_labels=3)
    assert fired(trigger, 6, Seen(losses)) == [2, 3, 5]


def test_performance_drop():
    # the first three labels: score 2/3; the last three: 2/3, 1/3, 0, 0, 1/3
    losses = [[0], [0, 1], [1], [1, 1], [], [0]]
    assert fired(Performance(drop=0.3, window=3, min_labels=3), 6, Seen(losses)) == [2, 3, 5]
    assert fired(Performance(drop=0.4, window=3, min_labels=3), 6, Seen(losses)) == [3]
    assert fired(Performance(drop=0.7, window=3, min_labels=3), 6, Seen(losses)) == []


def test_performance_reference_is_the_first_window_even_if_it_comes_in_one_tick():
    # in one tick: the first two give score 1, the last two 0
    assert fired(Performance(drop=0.9, window=2, min_labels=1), 1, Seen([[0, 0, 1, 1]])) == [0]


def test_drift_alarms_where_river_does():
    rng = np.random.RandomState(12345)
    errors = np.concatenate([rng.binomial(1, 0.2, 1000), rng.binomial(1, 0.8, 1000)])
    view = Seen(errors.reshape(-1, 1))
    alarms = fired(Drift(drift.binary.DDM()), 2000, view)
    assert alarms[0] == 1049  # published beside the shared data
    assert view.alarms[0] == (1049, "DDM")


def test_drift_hears_every_loss_of_a_tick():
    rng = np.random.RandomState(12345)
    errors = np.concatenate([rng.binomial(1, 0.2, 1000), rng.binomial(1, 0.8, 1000)])
    assert fired(Drift(drift.binary.DDM()), 20, Seen(errors.reshape(20, 100)))[0] == 10


def test_drift_leaves_the_prototype_alone():
    detector = drift.binary.DDM()
    trigger = Drift(detector)
    fired(trigger, 50, Seen([[1.0]] * 50))
    assert trigger.detector is not detector
    assert detector.n == 0 if hasattr(detector, "n") else True


def test_any_and_all():
    assert fired(AnyOf([Periodic(4), Periodic(6)]), 13) == [4, 6, 8, 12]
    assert fired(AllOf([Periodic(4), Periodic(6)]), 25) == [12, 24]
    view = Seen()
    view.tick = 12
    for make, text in ((AnyOf, "every 4 or every 6"), (AllOf, "every 4 and every 6")):
        both = make([Periodic(4), Periodic(6)])
        both.bind(ROWS)
        assert both.fires(view).reason == text


def test_combined_triggers_miss_nothing():
    # the second one must hear the losses of ticks in which the first has already fired
    losses = [[0], [0], [1], [1]]
    watcher = Performance(below=0.6, window=4, min_labels=4)
    assert fired(AllOf([Periodic(1), watcher]), 4, Seen(losses)) == [3]
    watcher = Performance(below=0.6, window=4, min_labels=4)
    assert fired(AnyOf([Never(), watcher]), 4, Seen(losses)) == [3]
    watcher = Performance(below=0.6, window=4, min_labels=4)
    assert fired(Cooldown(watcher, 2), 4, Seen(losses)) == [3]


def test_cooldown():
    assert fired(Cooldown(Periodic(2), 5), 17) == [2, 8, 14]
    assert fired(Cooldown(Periodic(2), 6), 17) == [2, 8, 14]
    assert fired(Cooldown(Periodic(2), 2), 7) == [2, 4, 6]
    assert fired(Cooldown(Periodic("2d"), "5d"), 17, clock=DAILY) == [2, 8, 14]


def test_budget():
    assert fired(Budget(Periodic(2), 3), 20) == [2, 4, 6]
    assert fired(Budget(Periodic(2), 0), 20) == []
    # at most two in any 10 ticks: after 2 and 4, tick 12 is the first whose last ten leave out 2
    assert fired(Budget(Periodic(2), 2, per=10), 25) == [2, 4, 12, 14, 22, 24]
    assert fired(Budget(Periodic(2), 2, per="10d"), 15, clock=DAILY) == [2, 4, 12, 14]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Periodic(0), r"^every=0: must be above 0"),
    (lambda: Periodic(3, -1), r"^phase=-1: must be at least 0"),
    (lambda: Periodic(3, 3).bind(ROWS), r"^trigger.phase=3: must be below trigger.every=3"),
    (lambda: Periodic("7d").bind(ROWS), r"^trigger.every='7d': .* give a number of ticks"),
    (lambda: Periodic("36h").bind(DAILY), r"^trigger.every='36h': not a whole number of ticks"),
    (lambda: Volume(), r"^trigger: give rows or growth, and not both"),
    (lambda: Volume(1, 2), r"^trigger: give rows or growth, and not both"),
    (lambda: Volume(rows=0), r"^rows=0: must be at least 1"),
    (lambda: Volume(growth=0), r"^growth=0: must be above 0"),
    (lambda: Performance(), r"^trigger: give below or drop"),
    (lambda: Performance(below=1, drop=1), r"^trigger: give below or drop"),
    (lambda: Performance(drop=-1), r"^drop=-1: must be at least 0"),
    (lambda: Performance(below=float("nan")), r"^below=nan: expected a number"),
    (lambda: Performance(below=1, window=5, min_labels=9), r"^min_labels=9: must be at most 5"),
    (lambda: Performance(below=1, of="champoin"), r"^of: .*did you mean 'champion'"),
    (lambda: Drift(drift.ADWIN(), of="none"), r"^of: .*Allowed: champion, all"),
    (lambda: AnyOf([]), r"^triggers: give at least one"),
    (lambda: Cooldown(Never(), 0), r"^wait=0: must be above 0"),
    (lambda: Cooldown(Never(), "1h").bind(DAILY), r"^trigger.wait='1h': not a whole number of tic"),
    (lambda: Budget(Never(), -1), r"^trainings=-1: must be at least 0"),
    (lambda: Budget(Never(), 1, per="x"), r"^per='x': not a duration"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_detector_is_needed():
    with pytest.raises(TypeError, match=r"^detector=5: a drift detector needs 'update'"):
        Drift(5)
