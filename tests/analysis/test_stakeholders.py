"""Several stakeholders' choices, and the price at which they part, by hand."""

import pytest

from clsim.analysis.choice.stakeholders import stakeholders, where_they_part
from clsim.runs.ledger import Prices
from helpers.handmade import PRICES, run, setting, three


def told(given, **prices):
    return where_they_part(stakeholders(given, prices), given)


def test_they_agree():
    # never 50, twice 20 + 10, often 10 + 25; and twice as much of all
    assert told(three(), finance=PRICES, risk=Prices(error=2, retraining=10)) == (
        "All agree: for finance and risk, 'twice'."
    )


def test_they_part_at_one_price():
    found = stakeholders(three(), {"finance": PRICES, "risk": Prices(error=3, retraining=5)})
    # at 1.5 an error, twice costs 30 + 10 and often 15 + 25
    assert where_they_part(found, three()) == (
        "The choice is for finance, 'twice'; for risk, 'often'. At the other prices of finance, "
        "they part at 1.5 units for a wrong prediction (finance says 1, risk 3)."
    )
    table = found.table().set_index("stakeholder")
    assert table["choice"].to_dict() == {"finance": "twice", "risk": "often"}
    assert table["cost"].to_dict() == {"finance": 30, "risk": 3 * 10 + 25}
    assert table["saving"].to_dict() == {"finance": 5, "risk": 0}


def test_they_part_by_several_prices_together():
    # never 50 errors, twice 20 and 2 trainings: at (1, 5) twice by 20; at (0.5, 9) never by 3;
    # neither an error at 0.5 (25, 20) nor a training at 9 (50, 38) does it alone
    given = setting(never=run([5] * 10), twice=run([2] * 10, trained=[3, 6]))
    said = told(given, a=PRICES, b=Prices(error=0.5, retraining=9))
    # the lead of 20 becomes -3: at 20 / 23 of the way
    assert said.endswith(
        "No single price makes a and b part: the choice changes to 'never' when all prices have "
        "gone 87% of the way from those of a to those of b."
    )
    assert pytest.approx(0.87, abs=0.005) == 20 / 23


def test_three_of_whom_two_agree():
    said = told(
        three(), a=PRICES, b=Prices(error=0.2, retraining=5), c=Prices(error=1, retraining=5.5)
    )
    # an error at 1/3: never 16.67, twice 6.67 + 10
    assert said == (
        "The choice is for a and c, 'twice'; for b, 'never'. At the other prices of a, they part "
        "at 0.3333 units for a wrong prediction (a says 1, b 0.2)."
    )


def test_a_floor_parts_them():
    said = told(three(), a=Prices(retraining=5, floor=0.5), b=Prices(retraining=5, floor=0.85))
    # twice scores 0.8, often 0.9
    assert "they part at a least score of 0.8 (a: 0.5, b: 0.85)" in said
    none = told(three(), a=PRICES, b=Prices(retraining=5, floor=0.99))
    assert none == "For b, no strategy can be recommended."


def test_different_currencies_are_refused():
    with pytest.raises(ValueError, match=r"^prices.currency: the price files disagree \(a: EUR, b"):
        stakeholders(three(), {"a": Prices(currency="EUR"), "b": Prices(currency="USD")})
