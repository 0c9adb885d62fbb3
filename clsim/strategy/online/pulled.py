"""Policies of river's that are told rewards and pulled, anew in every tick."""

from __future__ import annotations

import inspect
from typing import Any

from clsim.errors import check_object


def afresh(policy: Any, seed: int) -> Any:
    """A copy of a policy that knows nothing yet, seeded where it draws."""
    takes = "seed" in inspect.signature(type(policy)).parameters
    return policy.clone({"seed": seed} if takes else {})


def checked(policy: Any) -> Any:
    """A fresh copy of a policy that can learn from rewards of rows that it has not just dealt."""
    from river.bandit.base import ContextualPolicy, Policy

    check_object("policy", policy)
    if not isinstance(policy, Policy):
        raise TypeError(
            f"policy={policy!r}: expected a policy of river.bandit, such as "
            "ThompsonSampling(reward_obj=Beta())"
        )
    name = type(policy).__name__
    if isinstance(policy, ContextualPolicy):
        raise ValueError(
            f"policy={name}: it goes by the features of each event, and shares are dealt a tick at "
            "a time; use a policy without context, such as ThompsonSampling, UCB or EpsilonGreedy"
        )
    seed = getattr(policy, "seed", None)
    if seed is not None:
        raise ValueError(
            f"policy.seed={seed}: leave it out; each tick has one of its own, by the seed "
            "of the replay"
        )
    try:
        for told in ((), (1.0, 0.0)):
            tried = afresh(policy, 0)
            for arm, reward in enumerate(told):
                tried.update(arm, reward)
            tried.pull([0, 1])
    except Exception as error:
        raise ValueError(
            f"policy={name}: it cannot learn from one number for each labelled row, and be pulled "
            f"after that ({type(error).__name__}: {error}); use ThompsonSampling, UCB or "
            "EpsilonGreedy, with a mean or a distribution as reward_obj"
        ) from error
    return policy.clone()
