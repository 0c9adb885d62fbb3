"""Pages of claims on money, wheels and a broken feature say what their files say."""

import pytest

from helpers.claims import agrees_with_its_files, slide_agrees_with_its_page

CLAIMS = {
    "claim_data_or_model": "data_or_model",
    "claim_flywheel": "flywheel",
    "claim_churn_bug": "churn_bug",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_tables_and_numbers_of_a_page_are_those_of_its_files(claim):
    agrees_with_its_files(claim, CLAIMS[claim])


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_slide_says_is_on_the_page(claim):
    slide_agrees_with_its_page(claim)
