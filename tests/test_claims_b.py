"""Pages of claims say what their files say: tables are made of them, and prose of the tables."""

import pytest

from helpers.claims import agrees_with_its_files, slide_agrees_with_its_page

CLAIMS = {
    "claim_stages": "four_stages_claim",
    "claim_feedback": "feedback_claim",
    "claim_outcome": "outcome_claim",
    "claim_alarms": "alarms_claim",
    "claim_periodic": "periodic_claim",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_tables_and_numbers_of_a_page_are_those_of_its_files(claim):
    agrees_with_its_files(claim, CLAIMS[claim])


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_slide_says_is_on_the_page(claim):
    slide_agrees_with_its_page(claim)
