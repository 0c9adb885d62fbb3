"""What does not fit is refused before the replay draws anything: by key, value and remedy."""

import numpy as np
import pytest
from river import naive_bayes
from river.drift import ADWIN
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

import clsim
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import All, Decayed, NewSinceLast, SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.logging import ByAnswer, Everything, Sample, Unsure
from clsim.strategy.online import ABTest, Canary, Holdback, Shadow, rules
from clsim.strategy.training import Iterated, RowByRow, Stateful, Stateless
from clsim.strategy.triggers import AnyOf, At, Drift, Never, Periodic, Threshold
from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.delays import Annotators, Capacity, Constant, Missing
from clsim.streams.feedback import Selective
from helpers.tables import Table


class Undrawn(Table):
    """A stream that nobody may draw from."""

    def blocks(self, seed):
        raise AssertionError("the replay has drawn from the stream")


class Plain(GaussianNB):
    """Takes no weights."""

    def fit(self, X, y):
        return super().fit(X, y)

    def partial_fit(self, X, y, classes=None):
        return super().partial_fit(X, y, classes)


def table(timed=False):
    n = 100
    time = [1000 * i for i in range(n)] if timed else None
    return Undrawn(np.zeros((n, 2)), [0, 1] * (n // 2), time=time, group=[0, 1] * (n // 2))


def refused(make, message, stream=None, error=ValueError, **setting):
    """The strategy cannot be made, or its replay is refused."""
    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 20, **setting}
    with pytest.raises(error, match=message):
        clsim.replay(stream or table(), {"it": make()}, **setting)


def at_random(labels, per=1, among=None, natural=True, delay=None):
    return Buying(Random(), Fixed(labels, per), among, natural, delay)


def periodic(*parts, **more):
    return lambda: Strategy(Periodic(3), *parts, **more)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Sample(-0.1), r"^share=-0.1: must be at least 0"),
    (lambda: Sample(1.5), r"^share=1.5: must be at most 1"),
    (lambda: Sample(float("nan")), r"^share=nan: expected a number"),
    (lambda: Sample(0.5, {"group=a": 2}), r"^slices.group=a=2: must be at most 1"),
    (lambda: Everything(0), r"^retention=0: must be above 0"),
    (lambda: Everything("-1d"), r"^retention='-1d': a duration cannot be negative"),
    (lambda: Everything("often"), r"^retention='often': not a duration; write a number and a unit"),
    (lambda: Fixed(0), r"^labels=0: must be at least 1"),
    (lambda: Fixed(-3), r"^labels=-3: must be at least 1"),
    (lambda: Fixed(3, per=0), r"^per=0: must be above 0"),
    (lambda: at_random(3, among=0), r"^among=0: must be above 0"),
    (lambda: at_random(3, delay=-1), r"^delay=-1: must be at least 0"),
    (lambda: at_random(3, delay=Capacity(labels=5)),
     r"^curation.delay: events wait for one another in it.*; give another delay"),
    (lambda: at_random(3, delay=Annotators(delay=Capacity(labels=5))),
     r"^curation.delay: events wait for one another in it"),
    (lambda: Shadow(0), r"^length=0: must be above 0"),
    (lambda: Shadow(50, margin=float("inf")), r"^margin=inf: expected a number"),
    (lambda: Shadow(50, min_labels=0), r"^min_labels=0: must be at least 1"),
    (lambda: Shadow(50, mature=-1), r"^mature=-1: must be at least 0"),
    (lambda: ABTest(50, share=1), r"^share=1: must be below 1, so that the champion has events"),
    (lambda: ABTest(50, share=0), r"^share=0: must be above 0"),
    (lambda: ABTest(50, min_labels=1), r"^min_labels=1: must be at least 2"),
    (lambda: Canary(50, []), r"^steps=\[\]: give at least one share"),
    (lambda: Canary(50, [0.5, 0.2]), r"^steps=\[0.5, 0.2\]: must ascend"),
    (lambda: Canary(50, [0.5, 0.5]), r"^steps=\[0.5, 0.5\]: must ascend"),
    (lambda: Canary(50, [0.5, 1.2]), r"^steps=1.2: must be at most 1"),
    (lambda: Canary(50, [0.5, 1]), r"^steps=\[0.5, 1.0\]: must be below 1, so that there is a cha"),
    (lambda: Canary(50, margin=-0.1), r"^margin=-0.1: must be at least 0"),
    (lambda: Holdback(0.6, 50, Canary(50)), r"^share=0.6: the test asks for up to 0.5 of the even"),
    (lambda: Holdback(0.6, 50, ABTest(50)), r"^share=0.6: the test asks for up to 0.5 of the even"),
    (lambda: rules.AtTheEnd(1), r"^alpha=1: must be below 1"),
    (lambda: rules.GroupSequential(50, 51), r"^looks=51: must be at most 50"),
    (lambda: rules.GroupSequential(50, spending="pocok"), r"^spending: .*did you mean 'pocock'"),
    (lambda: rules.SPRT(0), r"^difference=0: must be above 0"),
    (lambda: rules.SPRT(0.1, 0.6, 0.5), r"^alpha=0.6, beta=0.5: their sum must be below 1"),
    (lambda: rules.ConfidenceSequence(1), r"^rows=1: must be at least 2"),
    (lambda: rules.Kayenta(tolerance=-1), r"^tolerance=-1: must be at least 0"),
    (lambda: RollBack(-0.1, 5), r"^margin=-0.1: must be at least 0"),
    (lambda: RollBack(0, 0), r"^within=0: must be above 0"),
    (lambda: RollBack(0, 5, window=0), r"^window=0: must be at least 1"),
    (lambda: RollBack(0, 5, window=50), r"^min_labels=100: must be at most 50"),
    (lambda: Decayed(All(), 0), r"^half_life=0: must be above 0"),
    (lambda: Score(10, 20), r"^min_labels=20: must be at most 10"),
    (lambda: FeatureDistribution("emd"), r"^distance: unknown value 'emd'"),
    (lambda: FeatureDistribution(reference="train"), r"^reference: .*did you mean 'training'"),
    (lambda: FeatureDistribution(window=20), r"^min_rows=50: more than window=20 holds.*; widen"),
    (lambda: Threshold(Score(), above=0.5, below=0.5), r"^rule: give above or below, and not"),
    (lambda: Threshold(Score()), r"^rule: give above or below"),
    (lambda: Threshold(Score(), below=float("nan")), r"^below=nan: expected a number"),
    (lambda: AnyOf([Threshold(Score(), below=0.5), Threshold(Score(90, 9), below=0.7)]).monitors,
     r"^monitors: two are called 'signal'; give one another name \(OnSignal and Threshold have na"),
    (lambda: Strategy(Threshold(Score(), below=0.5), monitors={"signal": Score()}),
     r"^monitors: two are called 'signal'"),
    (periodic(overlap=["trainig"]), r"^overlap: unknown value 'trainig'; did you mean 'training'"),
    (periodic(None, RowByRow(), online=Shadow(50)), r"^online: .*learns row by row.*use stateful"),
    (periodic(None, RowByRow(), guard=RollBack(0, 5)), r"^guard: .*learns row by row.*; use state"),
    (periodic(Decayed(All(), 9), RowByRow()), r"^dataset: .*takes no weights; use another dataset"),
])  # fmt: skip
def test_values_that_no_stream_could_have(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Sample("half"), r"^share='half': expected a number"),
    (lambda: Sample(True), r"^share=True: expected a number"),
    (lambda: Sample(0.5, ["group=a"]), r"^slices=\['group=a'\]: expected a dict of names"),
    (lambda: Everything(1.5), r"^retention=1.5: expected a whole number, or a duration"),
    (lambda: Fixed("3"), r"^labels='3': expected a whole number"),
    (lambda: Fixed(2.5), r"^labels=2.5: expected a whole number"),
    (lambda: at_random(3, natural="no"), r"^natural='no': must be true or false"),
    (lambda: at_random(3, delay=1.5), r"^curation.delay=1.5: expected a delay, such as"),
    (lambda: Shadow(50, margin="0"), r"^margin='0': expected a number"),
    (lambda: Shadow(None), r"^length=None: expected a whole number, or a duration"),
    (lambda: ABTest(50, rule="pocock"), r"^rule='pocock': expected a rule, such as AtTheEnd"),
    (lambda: ABTest(50, unit=3), r"^unit=3: expected the name of a feature"),
    (lambda: Canary(50, 0.5), r"^steps=0.5: expected a list of shares, such as"),
    (lambda: Canary(50, ["half"]), r"^steps='half': expected a number"),
    (lambda: rules.GroupSequential(50, equal=1), r"^equal=1: must be true or false"),
    (lambda: RollBack("0", 5), r"^margin='0': expected a number"),
    (lambda: Decayed(All(), 0.5), r"^half_life=0.5: expected a whole number, or a duration"),
    (lambda: Decayed(5, 10), r"^dataset=5: needs a method 'rows'"),
    (lambda: FeatureDistribution(window=1.5), r"^window=1.5: expected a whole number"),
    (lambda: FeatureDistribution(features="ab"), r"^features='ab': expected a list, such as"),
    (lambda: Threshold(5, below=0.5), r"^trigger.monitor=5: needs a method 'measure'"),
    (periodic(monitors={"mine": 5}), r"^monitors.mine=5: needs a method 'measure'"),
    (periodic(monitors={"mine": Score}), r"^monitors.mine=Score: a class; give an object of it"),
    (periodic(monitors=[Score()]), r"^monitors=.*: expected a dict of names to monitors"),
    (periodic(overlap="trainig"), r"^overlap='trainig': .* a list of stages, such as \['training"),
    (periodic(overlap=5), r"^overlap=5: expected true, false or a list of stages"),
    (periodic(guard="roll_back"), r"^guard='roll_back': needs a method 'watch'"),
    (periodic(logging="sample"), r"^logging='sample': needs a method 'kept'"),
    (periodic(curation=10), r"^curation=10: needs a method 'buy'"),
    (periodic(online="shadow"), r"^online='shadow': needs a method 'step'"),
])  # fmt: skip
def test_values_of_another_kind(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(("make", "message"), [
    (periodic(logging=Sample(0.5, {"group=c": 1.0})),
     r"logging.slices: unknown slice 'group=c'; did you mean .*Allowed: group=a, group=b"),
    (periodic(logging=ByAnswer({2: 1.0})), r"logging.shares: unknown class '2'; .*Allowed: 0, 1"),
    (periodic(logging=Everything(9)), r"logging.retention=9: shorter than a tick.*shorten"),
    (periodic(logging=Everything("1d")), r"logging.retention='1d': this stream has no time; give"),
    (periodic(online=Shadow(50, mature=50)),
     r"online.mature=50: must be shorter than online.length=50"),
    (periodic(online=Canary(50, mature=50, min_labels=5)),
     r"online.mature=50: must be shorter than online.each=50"),
    (periodic(online=ABTest(50)), r"online.min_labels=100: there are 50 events, so there"),
    (periodic(online=ABTest(50, rule=rules.GroupSequential(60), min_labels=5)),
     r"online.rule.rows=60: there are 50 events, so there are never as many labels; ask for few"),
    (periodic(online=ABTest(50, min_labels=5, unit="usr")), r"unit.*'usr'.*Allowed: a, b"),
    (periodic(online=ABTest(50, min_labels=5), logging=Everything(40)),
     r"online: it compares events that are older than logging keeps them; compare younger"),
    (periodic(online=Shadow("1d")), r"online.length='1d': this stream has no time"),
    (periodic(guard=RollBack(0, "5d")), r"guard.within='5d': this stream has no time; give a numb"),
    (periodic(curation=at_random(3, per="1d")), r"curation.budget.per='1d': this stream has no"),
    (periodic(curation=at_random(3, among="1d")), r"curation.among='1d': this stream has no ti"),
    (periodic(curation=at_random(3, delay="1d")), r"curation.delay='1d': this stream has no ti"),
    (periodic(curation=at_random(3, delay=Constant("1d"))),
     r"curation.delay: delay='1d': this stream has no time"),
    (periodic(curation=at_random(3, delay=Annotators(noise={2: 0.1}))),
     r"curation.delay: noise: unknown label '2'"),
    (periodic(Decayed(All(), "9d")), r"dataset.half_life='9d': this stream has no time"),
    (periodic(monitors={"it": FeatureDistribution(window="9d")}), r"monitor.window=.*no time"),
    (periodic(monitors={"it": FeatureDistribution(features=["c"])}),
     r"monitor.features: unknown feature 'c'; .*Allowed: a, b"),
    (periodic(monitors={"it": FeatureDistribution(reference="warmup")}),
     r"monitors.it: min_rows=50, .* has 20 rows; ask for fewer, or lengthen the warm-up"),
    (lambda: Strategy(Threshold(FeatureDistribution(), above=0.1, of="c")),
     r"trigger.of: unknown feature or slice 'c'; Allowed: a, b"),
    (lambda: Strategy(AnyOf([Periodic(3), Threshold(FeatureDistribution(), above=0.1, of="c")])),
     r"trigger.of: unknown feature or slice 'c'"),
    (lambda: Strategy(Threshold(Score(), below=0.1, of="a")),
     r"trigger.of='a': Score gives one value for all; leave it out"),
])  # fmt: skip
def test_what_does_not_fit_the_stream(make, message):
    refused(make, message)


@pytest.mark.parametrize(("parts", "learner", "message"), [
    ((Decayed(All(), 9),), KNeighborsClassifier(),
     r"dataset: fit of KNeighborsClassifier takes no sample_weight.*; use another learner"),
    ((Decayed(All(), 9),), naive_bayes.GaussianNB(),
     r"dataset: river models are given no weights of rows; use a learner of scikit-learn's"),
    ((NewSinceLast(), Stateful(full_every=2, full_dataset=Decayed(All(), 9))),
     Plain(), r"dataset: fit of Plain takes no sample_weight"),
])  # fmt: skip
def test_weights_for_a_learner_that_takes_none(parts, learner, message):
    refused(periodic(*parts), message, learner=learner)


def test_rows_on_a_clock_of_time():
    refused(periodic(online=Shadow(50)), r"online.length=50: this stream has time; .*'50d'",
            table(timed=True))  # fmt: skip
    refused(periodic(logging=Everything("5ms")), r"logging.retention='5ms': shorter than a tick",
            table(timed=True), tick="10ms")  # fmt: skip


def test_annotators_who_err_and_the_log_loss():
    rule = at_random(3, delay=Annotators(noise=0.1))
    refused(periodic(curation=rule), r"curation.delay: people of Annotators may err, and the log "
            "loss .*; use loss=.zero_one., or a delay that tells", loss="log")  # fmt: skip


def test_labels_are_not_ordered_where_answers_decide_what_happens():
    stream = Selective(Synthetic(SEA(), n=500), accept=1)
    refused(periodic(curation=at_random(3)), r"curation: Selective responds to what is served.*"
            "; use a stream without feedback, or buy no labels", stream)  # fmt: skip


def test_logging_by_answers_that_there_are_not():
    refused(periodic(logging=Unsure()), r"logging: Unsure needs probabilities, and the learner "
            r"\(LinearSVC\) has none; give another learner, or log by answers",
            learner=LinearSVC())  # fmt: skip
    numbers = Table(np.zeros((60, 1)), np.arange(60) / 7, classes=())
    for rule in (Unsure(), ByAnswer()):
        refused(periodic(logging=rule), r"logging: it goes by .* this stream is regression; keep a "
                r"share of all events \(Sample\)", numbers, learner=LinearRegression())  # fmt: skip


def test_a_trial_that_could_not_end():
    stream = Synthetic(SEA(), n=500)
    refused(periodic(online=Shadow(480)), r"online: a trial of 480 events could not end, since only"
            " 480 events are served; shorten it", stream)  # fmt: skip
    refused(periodic(online=Canary(160, min_labels=5)), r"online: a trial of 480 events could not",
            stream)  # fmt: skip
    timed = Synthetic(SEA(), n=500, rate="10/d")
    strategy = Strategy(Periodic(5), online=Shadow("48d"))
    with pytest.raises(
        ValueError, match=r"a trial of 48 days could not end, since only \d+\.?\d* days are"
    ):
        clsim.replay(timed, {"it": strategy}, learner=GaussianNB(), tick="1d", warmup="2d")


def test_a_trial_on_events_that_are_kept_no_more():
    online = Shadow(200, mature=101)
    refused(periodic(online=online, logging=Everything(retention=100)),
            r"online: it compares events that are older than logging keeps them")  # fmt: skip
    kept = periodic(online=online, logging=Everything(retention=101))
    clsim.replay(Synthetic(SEA(), n=500), {"it": kept()}, learner=GaussianNB(), tick=20, warmup=20)


@pytest.mark.parametrize(("make", "key"), [
    (lambda: Strategy(Periodic), "trigger"), (lambda: Strategy(Never(), All), "dataset"),
    (lambda: Strategy(Never(), None, Stateful), "training"), (lambda: Drift(ADWIN), "detector"),
    (lambda: AnyOf([Never(), Periodic]), r"triggers\[1\]"),
    (lambda: replayed(stream=SEA), "stream"),
    (lambda: replayed(stream=Table(np.zeros((9, 1)), np.arange(9) % 2), delay=Constant), "delay"),
    (lambda: Missing(0.1, Constant), "delay"),
    (lambda: replayed(learner=GaussianNB), "learner"),
    (lambda: replayed(strategies={"a": Strategy}), r"strategies\['a'\]"),
])  # fmt: skip
def test_a_class_instead_of_an_object(make, key):
    with pytest.raises(TypeError, match=rf"^{key}=\w+: a class; give an object of it, \w+\(\.\.\."):
        make()


def replayed(**given):
    table = Undrawn(np.zeros((9, 1)), np.arange(9) % 2)
    usual = {"stream": table, "strategies": {"a": Strategy(Never())}, "learner": GaussianNB()}
    return clsim.replay(**usual | {"tick": 1, **given})


def test_durations_and_counts_may_be_scalars_of_numpy():
    day = np.timedelta64(1, "D")
    log = Synthetic(SEA(), n=400, rate="20/d")
    runs = [
        clsim.replay(
            log, {"a": Strategy(Periodic(week), SlidingWindow(month), Stateless(days))},
            learner=GaussianNB(), delay=Constant(days), tick=tick, warmup=warmup, seed=seed,
        )["a"]
        for week, month, days, tick, warmup, seed in [
            (np.int64(2), 7 * day, day, day, 5 * day, np.int64(3)), (2, "7d", "1d", "1d", "5d", 3),
        ]
    ]  # fmt: skip
    assert runs[0].ticks.equals(runs[1].ticks)
    assert runs[0].events.drop(columns="seconds").equals(runs[1].events.drop(columns="seconds"))


DATED = Table(
    np.arange(200.0).reshape(100, 2), [0, 1] * 50, time=[864_000_000 * i for i in range(100)]
)
"""A day of a hundred events, from the first of January 1970 on."""


@pytest.mark.parametrize(("make", "message", "stream"), [
    (lambda at: Iterated(at, GaussianNB()), "at='{}'", DATED),
    (lambda at: RowByRow(until=at), "until='{}'", DATED),
    (lambda at: Iterated(at, GaussianNB()), "at={}", None),
])  # fmt: skip
def test_a_date_of_a_training_lies_in_the_stream(make, message, stream):
    """Of 1970-01-01, and of rows 0 to 99: the first and the last will do, those beside them not.

    Until a time after the end is until the last event, and will do.
    """
    timed = stream is not None
    setting = {"tick": 10, "warmup": "4h" if timed else 20}
    row_by_row = message.startswith("until")
    setting["learner"] = naive_bayes.GaussianNB() if row_by_row else GaussianNB()
    stream = stream or Table(DATED.X, DATED.y)
    inside, outside = ((0, 99, 500), ()) if row_by_row else ((0, 99), (100,))
    ends = "row 0 to row 99"
    if timed:
        inside, outside = (
            ("1970-01-01", "1970-01-01T23:45"),
            ("1969-12-31", "1970-01-02")[: 1 if row_by_row else 2],
        )
        ends = "1970-01-01 to 1970-01-01 23:45"
    for at in inside:
        clsim.replay(stream, {"it": Strategy(Periodic(1), training=make(at))}, **setting)
    for at in outside:
        said = rf"^strategies\['it'\]: training: {message.format(at)}: outside .*, from {ends}$"
        refused(lambda at=at: Strategy(Periodic(1), training=make(at)), said, stream, **setting)


def test_of_the_dates_of_a_calendar_one_lies_in_the_stream():
    inside, outside = ["1970-01-01T20:00", "2999-01-01"], ["1969-12-31", "1970-01-02"]
    setting = {"learner": GaussianNB(), "tick": "1h", "warmup": "4h"}
    run = clsim.replay(DATED, {"it": Strategy(At(inside))}, **setting)["it"]
    assert run.totals["retrainings"] == 1
    said = "trigger: when=.*: none lies in the stream, from 1970-01-01 to 1970-01-01 23:59$"
    refused(lambda: Strategy(At(outside)), said, DATED, **setting)
