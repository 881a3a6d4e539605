"""A title can be understood and is not shouted."""

from __future__ import annotations

import pytest

from civic.core.errors import RuleBroken
from civic.core.wording import check_title


@pytest.mark.parametrize("title", ["Bücherei", "Mehr WLAN", "DRK und THW üben", "2026: 17 + 4"])
def test_a_title_that_says_something(title):
    check_title(title)


@pytest.mark.parametrize("title", ["", "Bus", "Radwege", "RADWEGE JETZT", "MEHR BUSSE, SOFORT!!"])
def test_too_short_or_in_capitals_only(title):
    with pytest.raises(RuleBroken) as refused:
        check_title(title)
    assert refused.value.field == "title"


def test_where_three_letters_are_enough_an_abbreviation_is_no_shouting():
    check_title("THW", least=3)
    check_title("WLAN-AG", least=3)
    with pytest.raises(RuleBroken):
        check_title("AG", least=3)
