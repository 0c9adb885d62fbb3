"""The sentence for the text: who costs least at each delay, and how far ours is behind."""

import sys

import clsim
from clsim.rounding import amount

frame = clsim.findings(sys.argv[1])["factor_winners"]
frame = frame[(frame["factor"] == "delay") & (frame["value"] == "total")]
worlds, draws = frame[["worlds", "draws"]].iloc[0]
for level, of in frame.groupby("level", sort=False):
    by = of.set_index("strategy")
    best = by.index[by["best"]][0]
    tied = ", ".join(by.index[by["tied"]])
    told = f", not told apart from {tied}" if tied else ""
    behind, low, high = (amount(by.loc["weekly", key]) for key in ("behind", "low", "high"))
    print(
        f"At delay {level} {best} costs least{told}; weekly retraining costs {behind} units more "
        f"(95% interval {low} to {high}, {draws} seeds of {worlds} worlds, paired)."
    )
