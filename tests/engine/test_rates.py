"""Rules that were calibrated keep their rate on draws that they did not see."""

import sys
from pathlib import Path

import pytest

from clsim.strategy import rules

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "false_alarms"))
import rates

pytestmark = pytest.mark.slow

SIZES = [
    pytest.param({"rows": 1500, "twins": 5}, id="short"),
    pytest.param({"rows": 4500, "twins": 40}, id="long", marks=pytest.mark.long),
]


def test_every_rule_that_ships_is_there():
    assert set(rates.RULES) == set(rules.__all__) - {"Rule"}


@pytest.fixture(scope="module", params=SIZES)
def calibrated(request):
    found = {name: rates.found(name, **request.param) for name in rates.RULES}
    values = {name: one.value for name, one in found.items()}
    return found, rates.fresh(values, **request.param), request.param


@pytest.mark.parametrize("name", rates.RULES)
def test_fresh_draws_keep_the_rate(calibrated, name):
    found, fresh, _ = calibrated
    assert rates.kept(rates.own_rates(found[name]), fresh[name])


def test_a_threshold_that_alarms_too_often_does_not(calibrated):
    found, _, size = calibrated
    loosest = {name: rates.RULES[name][1][0] for name in ("Cusum", "Sprt")}
    for name, drawn in rates.fresh(loosest, **size).items():
        assert not rates.kept(rates.own_rates(found[name]), drawn)
