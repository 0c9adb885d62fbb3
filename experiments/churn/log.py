"""Write the log of a model in production that tells who will leave: two years, 60,000 customers.

python experiments/churn/log.py churn.csv [--rows 60000] [--seed 0]

Who leaves changes slowly all the time, and at once when a competitor cuts its prices on day 430.
The label comes two weeks after the call. The model in production was trained every half year.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DAYS = 730
REGIONS = {"north": 0.4, "south": 0.3, "east": 0.2, "west": 0.1}
PLANS = {"prepaid": 0.35, "basic": 0.4, "family": 0.15, "premium": 0.1}
NUMBERS, NAMES = ["age", "usage_gb", "support_calls", "tenure_months"], ["plan", "region"]


def customers(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """What is known of each customer on the day of the call."""
    day = np.sort(rng.uniform(0, DAYS, rows))
    frame = pd.DataFrame({
        "called_at": pd.Timestamp("2023-01-01") + pd.to_timedelta((day * 86_400).round(), unit="s"),
        "region": rng.choice(list(REGIONS), rows, p=list(REGIONS.values())),
        "plan": rng.choice(list(PLANS), rows, p=list(PLANS.values())),
        "age": np.round(rng.normal(45, 15, rows).clip(18, 95)),
        "usage_gb": np.round(rng.gamma(2.0, 6.0, rows), 1),
        "support_calls": rng.poisson(1.2, rows),
        "tenure_months": np.round(rng.exponential(30, rows)),
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.08, "age"] = np.nan
    return frame


def chance_of_leaving(frame: pd.DataFrame) -> np.ndarray:
    """The truth: weights that move with the season and the market, and jump on day 430."""
    day = (frame["called_at"] - pd.Timestamp("2023-01-01")).dt.total_seconds() / 86_400
    cheap = (day > 430).astype(float)  # the competitor's new price
    slow = np.sin(2 * np.pi * day / DAYS)
    score = (
        -1.6
        + (0.5 - 0.9 * slow) * (frame["support_calls"] - 1.2)
        + (0.05 + 0.08 * slow) * (frame["usage_gb"] - 12)
        - 0.03 * (frame["tenure_months"] - 30)
        + cheap * np.where(frame["plan"] == "prepaid", 2.2, 0.6)
        + cheap * np.where(frame["region"] == "west", 1.0, 0.0)
        + 0.02 * (frame["age"].fillna(45) - 45) * (1 - cheap)
    )
    return np.asarray(1 / (1 + np.exp(-score)))


def production(frame: pd.DataFrame, every: int = 180) -> pd.DataFrame:
    """What the model in production answered, and its version; the first 60 days have no model."""
    day = (frame["called_at"] - frame["called_at"].iloc[0]).dt.days.to_numpy()
    answers = pd.Series(None, index=frame.index, dtype=object)
    version = pd.Series(None, index=frame.index, dtype=object)
    for number, start in enumerate(range(60, DAYS, every), 1):
        past = (day < start - 14) & (day >= start - 134)
        numbers = make_pipeline(SimpleImputer(), StandardScaler())
        model = make_pipeline(
            make_column_transformer((numbers, NUMBERS), (OneHotEncoder(), NAMES)),
            LogisticRegression(),
        )
        model.fit(frame[past], frame.loc[past, "left"])
        now = (day >= start) & (day < start + every)
        answers[now], version[now] = model.predict(frame[now]), f"v{number}"
    return frame.assign(predicted=answers, model_version=version)


def log(rows: int, seed: int) -> pd.DataFrame:
    """The whole log; labels that are not there by its end are empty."""
    rng = np.random.default_rng(seed)
    frame = customers(rows, rng)
    leaves = rng.random(rows) < chance_of_leaving(frame)
    frame["left"] = np.where(leaves, "yes", "no")
    frame["label_at"] = frame["called_at"] + pd.to_timedelta(
        (14 + rng.uniform(0, 2, rows)) * 86_400, unit="s"
    ).round("s")
    frame = production(frame)
    late = frame["label_at"] > frame["called_at"].iloc[-1]
    frame.loc[late, ["left", "label_at"]] = [None, pd.NaT]
    return frame


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    log(given.rows, given.seed).to_csv(given.file, index=False)
