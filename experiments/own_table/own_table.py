"""Versions that scikit-learn trained, and no clsim: their answers as a frame, and the answer.

Half a year of a log drifts. A version is trained on every Monday on the last four weeks, and asked
on every event that comes after it; that, and which version the team let serve, is all that clsim is
given.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from clsim import Counterfactual, Prices

WEEKS, EVENTS, WINDOW, ROLL_OUT = 26, 400, 4, 8
FIRST = pd.Timestamp("2024-01-01")


def log(seed: int = 1) -> pd.DataFrame:
    """Events of a month of warm-up and 26 weeks; the direction that decides turns slowly."""
    rng = np.random.default_rng(seed)
    n = (WINDOW + WEEKS) * EVENTS
    week = np.arange(n) / EVENTS - WINDOW
    x = rng.normal(size=(n, 2))
    turn = np.pi / 2 * np.clip(week, 0, None) / WEEKS
    y = x[:, 0] * np.cos(turn) + x[:, 1] * np.sin(turn) + rng.normal(scale=0.3, size=n) > 0
    time = FIRST + pd.to_timedelta(week * 7, unit="D")
    return pd.DataFrame({"time": time, "a": x[:, 0], "b": x[:, 1], "y": y.astype(int)})


def predictions(events: pd.DataFrame) -> pd.DataFrame:
    """How each version answered every event that came after it."""
    answered = []
    for week in range(WEEKS):
        now = FIRST + pd.Timedelta(weeks=week)
        past = events[(events["time"] < now) & (events["time"] >= now - pd.Timedelta(weeks=WINDOW))]
        model = LogisticRegression().fit(past[["a", "b"]], past["y"])
        after = events[events["time"] >= now]
        late = now + pd.Timedelta(weeks=ROLL_OUT)  # the team rolls out every eighth version
        served = (after["time"] < late) if week % ROLL_OUT == 0 else False
        answered.append(
            pd.DataFrame(
                {
                    "version": f"week {week}",
                    # the first is there before the first event that counts
                    "trained_at": now if week else now - pd.Timedelta(days=1),
                    "rows": len(past), "time": after["time"], "y_true": after["y"],
                    "y_pred": model.predict(after[["a", "b"]]), "served": served,
                }
            )
        )  # fmt: skip
    return pd.concat(answered, ignore_index=True)


def main(folder: Path) -> None:
    """Write answers.parquet, and say which versions were worth their training (schedules.csv)."""
    answered = predictions(log())
    table = Counterfactual.from_frame(answered, tick="7d")
    print(table)
    rows = []
    for price in (5, 20, 80):
        best = table.best_schedule(Prices(retraining=price))
        names = [table.versions[table.ticks.tolist().index(tick)] for tick in best.ticks]
        print(f"{price} a training: {best.cost:,.0f}, training {', '.join(names) or 'never'}")
        rows.append({"price": price, "cost": best.cost, "trainings": ", ".join(names)})
    pd.DataFrame(rows).to_csv(folder / "schedules.csv", index=False)
    answered.to_parquet(folder / "answers.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
