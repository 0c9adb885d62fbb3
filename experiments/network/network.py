"""A PyTorch network as a learner: what has fit and predict is one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pandas as pd

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast, Replayed, SlidingWindow
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden


class Network:
    """Two layers; its weights start from its own seed, and ``partial_fit`` goes on from them."""

    def __init__(self, seed=0, epochs=20):
        self.seed, self.epochs, self.net = seed, epochs, None

    def fit(self, X, y):
        torch.manual_seed(self.seed)
        layers = torch.nn.Linear(X.shape[1], 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
        self.net = torch.nn.Sequential(*layers)
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        optimiser = torch.optim.Adam(self.net.parameters(), lr=0.02)
        X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
        for _ in range(self.epochs):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(self.net(X), y).backward()
            optimiser.step()
        return self

    def predict(self, X):
        with torch.no_grad():
            return self.net(torch.tensor(X, dtype=torch.float32)).argmax(1).numpy()


def main() -> None:
    stream = Synthetic(Sine(0), [Sudden(Sine(2), at=3000)], n=6000)
    strategies = {
        "never": Strategy(Never()),
        "from scratch": Strategy(Periodic(2), SlidingWindow(1000)),
        "goes on": Strategy(Periodic(2), NewSinceLast(), Stateful()),
        "goes on, with old rows": Strategy(
            Periodic(2), Replayed(NewSinceLast(), SlidingWindow(2000)), Stateful()
        ),
    }
    runs = clsim.replay(stream, strategies, learner=Network(), tick=100, warmup=1000, seed=1)
    table = pd.DataFrame({
        "accuracy": {name: run.score for name, run in runs.items()},
        "rows": {name: run.totals["rows_trained"] for name, run in runs.items()},
    })  # fmt: skip
    print(table.round(3).to_string())
    out = Path("results/network")
    out.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(out / "network.csv", index_label="strategy")


if __name__ == "__main__":
    if importlib.util.find_spec("torch") is None:
        sys.exit("skipped: PyTorch is not installed")
    import torch

    torch.set_num_threads(1)
    main()
