"""Every option of streams and delays, given what it cannot be, is refused in our words."""

from __future__ import annotations

import copy
from dataclasses import fields

import pytest
import yaml
from hydra.utils import get_object

from clsim.clock import Clock
from clsim.engine.binding import try_delay
from clsim.runs.ledger import Prices
from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.groups import Groups
from clsim.sweep.app import CONF
from clsim.sweep.config import instance

STREAMS = sorted(
    path.stem for path in (CONF / "stream").glob("*.yaml")
    if path.stem not in ("bank_marketing", "elec2", "elec2_openml", "recorded")
)  # fmt: skip
DELAYS = sorted(path.stem for path in (CONF / "delay").glob("*.yaml") if path.stem != "recorded")

BAD = ["abc", "", -3, float("nan"), float("inf"), [], {}, True]
"""What hardly any option can be: text, nothing, and numbers that are none."""

FINE = {
    # text that names something, numbers without a bound, and what may be left out
    "abc": (),
    "": (),
    -3: ("above", "by", "degrees", "factor", "offset", "weights"),
    "nan": (), "inf": (),
    "[]": ("drifts", "bursts", "censored"), "{}": ("starts", "groups", "delays"),
    True: ("label", "positive", "negative", "weights", "accept", "shown", "growing"),
}  # fmt: skip

CHARACTERS = ("object is not iterable", "has no len", "unhashable", "broadcast", "has no attribute",
              "unexpected keyword", "update sequence", "not supported between", "unsupported oper",
              "NoneType", "'int' object", "'float' object")  # fmt: skip
"""What Python and numpy say, and we do not."""


def configured(group, name):
    """The configuration of an option as plain values, with what it goes on from."""
    node = yaml.safe_load((CONF / group / f"{name}.yaml").read_text(encoding="utf-8"))
    for other in node.pop("defaults", []):
        base, _, place = other.partition("@")
        *outer, last = place.split(".")
        inner = node
        for key in outer:
            inner = inner[key]
        inner[last] = configured(group, base)
    return node


def made(node):
    """What a configuration makes, by the classes alone: composing would take most of the time."""
    if isinstance(node, list):
        return [made(one) for one in node]
    if not isinstance(node, dict) or "_target_" not in node:
        return {key: made(one) for key, one in node.items()} if isinstance(node, dict) else node
    given = {key: made(one) for key, one in node.items() if key[0] != "_"}
    return get_object(node["_target_"])(*made(node.get("_args_", [])), **given)


def options(node, path=()):
    """Each option of a configuration with its place; of lists of numbers the first alone."""
    pairs = node.items() if isinstance(node, dict) else list(enumerate(node))[:1]
    for key, value in pairs:
        if key == "_target_":
            continue
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from options(value, (*path, key))


def changed(node, path, value):
    """The same with another value at a place."""
    node = copy.deepcopy(node)
    inner = node
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return node


def class_of(node, path):
    """The class whose parameter is at a place, and its name: so each is tried once."""
    inner, found = node, (None, path)
    for place, key in enumerate(path):
        if isinstance(inner, dict) and "_target_" in inner:
            found = inner["_target_"], path[place:]
        inner = inner[key]
    return str(found[0]), ".".join(str(key) for key in found[1] if isinstance(key, str))


SEEN: set[tuple[str, str, str]] = set()
"""Parameters of classes that were tried: many configurations have the same ones."""


def accepted(node, use):
    """Options that took what they cannot be, and refusals in words that are not ours."""
    found = []
    for path in options(node):
        kind = class_of(node, path)
        names = [key for key in path if isinstance(key, str)]
        for bad in BAD:
            key = (*kind, repr(bad))
            fine = FINE[bad if isinstance(bad, (str, bool, int)) else str(bad)]
            if key in SEEN or not kind[0].startswith("clsim.") or {*names} & {*fine}:
                continue
            SEEN.add(key)
            try:
                use(made(changed(node, path, bad)))
            except (TypeError, ValueError) as error:
                if any(text in str(error) for text in CHARACTERS):
                    found.append(f"{path}={bad!r}: {error}")
            else:
                found.append(f"{path}={bad!r}: accepted")
    return found


@pytest.mark.parametrize("name", STREAMS)
def test_options_of_streams(name):
    def use(stream):
        clock = Clock.of(stream.schema.timed, "1d" if stream.schema.timed else 10, 0)
        try_delay(stream, None, clock, 0)

    assert accepted(configured("stream", name), use) == []


@pytest.mark.parametrize("name", DELAYS)
def test_options_of_delays(name):
    groups = {"group": Groups({"a": 0.5, "b": 0.5})}
    world = Synthetic(SEA(), n=50, rate="10/d", groups=groups)
    clock = Clock.of(True, "1d", "1d")
    node = configured("delay", name)
    assert accepted(node, lambda delay: try_delay(world, delay, clock, 0)) == []


def test_prices():
    for field in fields(Prices):
        for bad in BAD:
            text = field.name == "currency" and bad == "abc"
            if text or (field.name, bad) == ("floor", -3):  # minus a loss may be
                continue
            with pytest.raises((TypeError, ValueError), match=rf"^prices\.{field.name}"):
                Prices(**{field.name: bad})


@pytest.mark.parametrize(("group", "name", "said"), [
    ("delay", "missing", "delay: Missing: unknown parameter 'sharee'; did you mean 'share'? All"),
    ("delay", "capacity", "delay: Capacity: unknown parameter 'labelss'; did you mean 'labels'?"),
    ("stream", "drifting", "stream: Synthetic: unknown parameter 'conceptt'; did you mean 'conc"),
    ("learner", "sgd", "learner: SGDClassifier: unknown parameter 'losss'; did you mean 'loss'"),
])  # fmt: skip
def test_unknown_parameters_are_named(group, name, said):
    node = configured(group, name)
    first = next(key for key in node if key != "_target_")
    with pytest.raises(ValueError) as refused:
        instance({**node, first + first[-1]: 1}, group)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(("make", "said"), [
    ({"shapes": [{"_target_": "clsim.streams.drift.Periodic", "to": "x", "period": 9}]},
     r"shapes\[0\].to='x': what changes is what the sum says; leave it out"),
])  # fmt: skip
def test_what_would_be_ignored_is_refused(make, said):
    node = {"_target_": "clsim.streams.drift.Sum", "to": None, **make}
    with pytest.raises(ValueError, match=said):
        instance(node, "drift")
