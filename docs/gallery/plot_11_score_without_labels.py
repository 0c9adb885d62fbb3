"""
A score before the labels are there
===================================

An estimate goes by how sure the model is. It follows a shift of the inputs, weeks before labels
tell; of a change of the concept it knows nothing.
"""

from sklearn.linear_model import LogisticRegression

import clsim
from clsim.monitoring import ExpectedScore, Score
from clsim.strategy.triggers import Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden

world = Synthetic(
    Logistic(n_features=3, variant=0, scale=2),
    [Sudden(Logistic(n_features=3, variant=1, scale=2), at="80d")],
    n=4_800,
    rate="40/d",
)
runs = clsim.replay(
    world,
    {
        "never": clsim.Strategy(
            Never(), monitors={"estimate": ExpectedScore(window="7d"), "labels": Score(280)}
        )
    },
    learner=LogisticRegression(),
    delay=Constant("14d"),
    tick="1d",
    warmup="40d",
)
figure = clsim.plot(runs, "signals", width=6)

# %%
# The true accuracy fell on day 40 of the replay. The estimate did not, and labels told it two
# weeks later.

run = runs["never"]
values = run.signals.pivot_table(index="tick", columns="signal", values="value")
values["true"] = run.ticks.set_index("tick")["score"].rolling(7).mean()
values.loc[[30, 38, 48, 56, 70]].round(3)
