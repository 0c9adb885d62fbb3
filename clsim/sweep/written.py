"""Configurations of a log that was described: a stream, an experiment, and strategies for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from clsim.analysis.describe.proposal import Proposal
from clsim.analysis.describe.table import Description
from clsim.runs.files import write_text
from clsim.sweep.app import CONF

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""Names that an option of a group may have."""

HEAD = "# Written by clsim-describe; change it as you like.\n"


def check_name(name: str) -> None:
    """Refuse what is no name, or is one that clsim has itself.

    Raises
    ------
    ValueError
        With what is allowed.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"--write {name}: write a name of letters, digits and _, such as churn_log"
        )
    for group in ("stream", "experiment"):
        if (CONF / group / f"{name}.yaml").exists():
            raise ValueError(f"--write {name}: clsim has the {group} {name} itself; give another")


def configurations(
    name: str, source: str, found: Description, proposal: Proposal
) -> dict[str, str]:
    """Texts of configuration files by their place in a folder of configurations.

    Parameters
    ----------
    name : str
        Of the stream and of the experiment.
    source : str
        The file of the log, as it is found from the folder in which clsim is started.
    found : Description
    proposal : Proposal

    Raises
    ------
    ValueError
        For a name that `check_name` refuses.
    """
    check_name(name)
    stream = {"_target_": "clsim.streams.Recorded", "data": source, **found.reading}
    files = {f"stream/{name}.yaml": f"{HEAD}{_yaml(stream)}"}
    strategies = ["as_served"] if "served" in found.reading else []
    strategies.append("never")
    for option, rule in _strategies(name, proposal).items():
        strategies.append(option)
        files[f"strategy/{option}.yaml"] = f"{HEAD}{_yaml(rule)}"
    files[f"experiment/{name}.yaml"] = _experiment(name, found, proposal, strategies)
    return files


def _strategies(name: str, proposal: Proposal) -> dict[str, dict[str, Any]]:
    """A strategy for each schedule, and one that waits until the score falls."""
    dataset = {"window": proposal.window}
    rules: dict[str, dict[str, Any]] = {
        f"{name}_every_{period}": {
            "defaults": ["periodic", "_self_"], "name": f"every {period}",
            "trigger": {"every": period}, "dataset": dataset,
        }
        for period in proposal.periods
    }  # fmt: skip
    drop = {} if proposal.drop is None else {"trigger": {"drop": proposal.drop}}
    rules[f"{name}_performance"] = {
        "defaults": ["performance", "_self_"], **drop, "dataset": dataset,
    }  # fmt: skip
    return rules


def _experiment(name: str, found: Description, proposal: Proposal, strategies: list[str]) -> str:
    learner = "boosting" if found.task == "classification" else "boosting_regression"
    config: dict[str, Any] = {
        "defaults": [
            {"override /stream": name}, {"override /delay": "recorded"},
            {"override /learner": learner},
        ],
        "name": name, "tick": proposal.tick, "warmup": proposal.warmup,
    }  # fmt: skip
    if "label_time" in found.reading:
        config["warmup_labels"] = "as_recorded"
    config |= {
        "hindsight": True,
        "hydra": {
            "mode": "MULTIRUN", "sweeper": {"params": {"strategy": ",".join(strategies)}},
        },
    }  # fmt: skip
    late = (
        "# Labels come when the log says.\n" if "label_time" in found.reading
        else "# Labels come at once, since the log does not say when they came: if they are late, "
        "say delay=constant delay.delay=...\n"
    )  # fmt: skip
    return f"# @package _global_\n{HEAD}{late}{_yaml(config)}"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False)


def write_configurations(folder: Path, files: dict[str, str], replace: bool = False) -> list[Path]:
    """Write configuration files, all or none; give their paths.

    Raises
    ------
    ValueError
        If a file of another content is there, and must not be replaced.
    """
    places = {folder / name: text for name, text in files.items()}
    for path, text in places.items():
        if not replace and path.exists() and path.read_text(encoding="utf-8") != text:
            raise ValueError(f"{path}: is there already; say --replace, or give another name")
    for path, text in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return list(places)
