"""The sentence for the text: who costs least at each delay, and what ours saves against weekly."""

import sys

import clsim
from clsim.analysis import crossed, paired_difference, settings, winners
from clsim.rounding import with_interval

prices = clsim.Prices(retraining=20)
compared = settings(clsim.load(sys.argv[1]))
of = crossed(compared, "delay", prices)
best = winners(of)
best = best[best["best"]]
said = ", ".join(f"{row.strategy} at delay {row.level}" for row in best.itertuples())
print(f"Of {of.independent} seeds of {int(of.world.max()) + 1} worlds, least is paid by {said}.")
for setting in compared:
    saved = paired_difference(
        clsim.analysis.priced(setting, prices, "weekly"), "total", "weekly", "patient"
    )
    print(f"{setting.name}: patient saves {with_interval(saved, ' units')} against weekly.")
