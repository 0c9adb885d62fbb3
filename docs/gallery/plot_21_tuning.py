"""
Which settings for my trigger?
==============================

A trigger has settings, and those that look best where it is ranked look better than they are. The
suite has worlds and seeds to tune on that it ranks nobody by; here Optuna looks for settings there.
"""

import importlib.util

from hydra import compose, initialize_config_dir

import clsim
from clsim.runs.ledger import Prices, cost
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Performance
from clsim.sweep.app import CONF, resolved
from clsim.sweep.config import once_more

PARTS, PLAIN = ("stream", "delay", "learner"), ("tick", "warmup", "warmup_labels")
with initialize_config_dir(str(CONF), version_base="1.3"):
    worlds = [
        resolved(compose("config", [f"world={name}"]))
        for name in ("tuning_sudden", "tuning_gradual", "tuning_none")
    ]


def costs(trigger):
    """What a trigger costs in money, in two draws of each world."""
    found = []
    for config in worlds:
        world = {key: config[key] for key in PLAIN}
        world |= {key: once_more(config[key], key) for key in PARTS}
        strategy = clsim.Strategy(trigger, SlidingWindow(config["window"]))
        prices = Prices.from_dict(config["prices"])
        for seed in (1000, 1001):
            run = clsim.replay(strategies={"it": strategy}, seed=seed, **world)["it"]
            found.append(float(cost(run.totals, prices)))
    return found


never = costs(Never())


def beside_never(trial):
    """Mean cost of settings, as a share of what never retraining costs in the same draw."""
    trigger = Performance(
        drop=trial.suggest_float("drop", 0.01, 0.2, log=True),
        window=trial.suggest_int("window", 100, 500, step=50),
    )
    shares = [cost / base for cost, base in zip(costs(trigger), never, strict=True)]
    return sum(shares) / len(shares)


# %%
# First the settings of ``strategy=performance``, then nineteen that Optuna chooses:

if importlib.util.find_spec("optuna") is None:
    print("skipped: Optuna is not installed")
else:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.enqueue_trial({"drop": 0.05, "window": 300})
    study.optimize(beside_never, n_trials=20)
    for said, trial in (("as it ships", study.trials[0]), ("tuned", study.best_trial)):
        print(f"{said}: {trial.params}, {trial.value:.3f} of the cost of never")
