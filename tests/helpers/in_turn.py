"""Every pick with a budget, in turn: so that one replay has them all."""

from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB

from clsim.monitoring import Where, projections
from clsim.protocols import Curation
from clsim.strategy.curation import (
    Biqf,
    Buying,
    Chance,
    Committee,
    Complained,
    ExpectedChange,
    Fixed,
    FixedUncertainty,
    FormerModels,
    InProportion,
    KCentre,
    Matching,
    Money,
    PredictedLoss,
    Random,
    RandomVariableUncertainty,
    Refitted,
    SplitUncertainty,
    Stratified,
    Uncertainty,
    Unlike,
    Unlimited,
    VariableUncertainty,
)


def first(X):
    """A projection on the first feature."""
    return X.iloc[:, 0].to_numpy() if hasattr(X, "iloc") else X[:, 0]


class InTurn(Curation):
    """In each tick another of some ways to buy labels has its turn."""

    natural, reads_chances, reads_complaints, keeps = False, True, True, 2

    def __init__(self, ways, delay=None):
        self.ways, self.delay = ways, delay

    def bind(self, clock):
        if self.delay is not None:
            self.delay.bind(clock)
        for way in self.ways:
            way.bind(clock)

    def check_schema(self, schema):
        for way in self.ways:
            way.check_schema(schema)

    def due(self, tick):
        return tick

    def buy(self, view, draw):
        return self.ways[view.tick % len(self.ways)].buy(view, draw)


def every_way(feature="a", by="group"):
    """All picks and all budgets, for a stream with such a feature and such strata."""
    high = Where("high", {feature: {"above": 0}})
    pairs = [
        (Random(), Chance(0.3)),
        (Uncertainty("margin"), Money(5, 1.5)),
        (Stratified(by), Fixed(5)),
        (InProportion(Uncertainty("entropy")), Fixed(5)),
        (KCentre(200), Fixed(4)),
        (Unlike(GaussianNB(), 60, "forget"), Fixed(3)),
        (PredictedLoss(LinearRegression(), 60, 20), Biqf(0.3)),
        (Committee(GaussianNB(), 2, 60), Fixed(3)),
        (Committee(GaussianNB(), 2, 60, pending="fuzzy"), Fixed(3)),
        (Refitted(GaussianNB(), "margin", 60, pending="bagged", draws=2), Fixed(3)),
        (Complained(), Fixed(4)),
        (ExpectedChange(60), Fixed(4)),
        (FormerModels(2), Fixed(4)),
        (Matching(high, Uncertainty()), Fixed(2)),
        (Stratified(projections.Function(first), bins=3), Fixed(6)),
        (Random(), Unlimited()),
        (Uncertainty(), FixedUncertainty(0.3)),
        (Uncertainty(), VariableUncertainty(0.3)),
        (Uncertainty(), RandomVariableUncertainty(0.3)),
        (Uncertainty(), SplitUncertainty(0.3)),
    ]
    return [Buying(pick, budget, natural=False) for pick, budget in pairs]
