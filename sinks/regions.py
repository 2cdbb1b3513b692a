"""The regions of the United Nations' M49 standard, by name and by number, and the countries in each (ISO 3166-1 alpha-3).

Source: UN Statistics Division, Standard country or area codes for statistical use (M49). Two that M49 does not list stand where they
lie: Taiwan in Eastern Asia, Kosovo in Southern Europe.
"""

from __future__ import annotations

_PARTS: dict[tuple[str, str], str] = {
    ("northern-africa", "015"): "DZA EGY ESH LBY MAR SDN TUN",
    ("eastern-africa", "014"): ("ATF BDI COM DJI ERI ETH IOT KEN MDG MOZ MUS MWI MYT REU RWA SOM SSD SYC TZA UGA ZMB ZWE"),
    ("middle-africa", "017"): "AGO CAF CMR COD COG GAB GNQ STP TCD",
    ("southern-africa", "018"): "BWA LSO NAM SWZ ZAF",
    ("western-africa", "011"): "BEN BFA CIV CPV GHA GIN GMB GNB LBR MLI MRT NER NGA SEN SHN SLE TGO",
    ("caribbean", "029"): (
        "ABW AIA ATG BES BHS BLM BRB CUB CUW CYM DMA DOM GLP GRD HTI JAM KNA LCA MAF MSR MTQ PRI SXM TCA TTO VCT VGB VIR"
    ),
    ("central-america", "013"): "BLZ CRI GTM HND MEX NIC PAN SLV",
    ("south-america", "005"): "ARG BOL BRA BVT CHL COL ECU FLK GUF GUY PER PRY SGS SUR URY VEN",
    ("northern-america", "021"): "BMU CAN GRL SPM USA",
    ("central-asia", "143"): "KAZ KGZ TJK TKM UZB",
    ("eastern-asia", "030"): "CHN HKG JPN KOR MAC MNG PRK TWN",
    ("south-eastern-asia", "035"): "BRN IDN KHM LAO MMR MYS PHL SGP THA TLS VNM",
    ("southern-asia", "034"): "AFG BGD BTN IND IRN LKA MDV NPL PAK",
    ("western-asia", "145"): "ARE ARM AZE BHR CYP GEO IRQ ISR JOR KWT LBN OMN PSE QAT SAU SYR TUR YEM",
    ("eastern-europe", "151"): "BGR BLR CZE HUN MDA POL ROU RUS SVK UKR",
    ("northern-europe", "154"): "ALA DNK EST FIN FRO GBR GGY IMN IRL ISL JEY LTU LVA NOR SJM SWE",
    ("southern-europe", "039"): "ALB AND BIH ESP GIB GRC HRV ITA MKD MLT MNE PRT SMR SRB SVN VAT XKX",
    ("western-europe", "155"): "AUT BEL CHE DEU FRA LIE LUX MCO NLD",
    ("australia-and-new-zealand", "053"): "AUS CCK CXR HMD NFK NZL",
    ("melanesia", "054"): "FJI NCL PNG SLB VUT",
    ("micronesia", "057"): "FSM GUM KIR MHL MNP NRU PLW UMI",
    ("polynesia", "061"): "ASM COK NIU PCN PYF TKL TON TUV WLF WSM",
}
_WHOLES: dict[tuple[str, str], str] = {
    ("sub-saharan-africa", "202"): "eastern-africa middle-africa southern-africa western-africa",
    ("latin-america-and-the-caribbean", "419"): "caribbean central-america south-america",
    ("africa", "002"): "northern-africa sub-saharan-africa",
    ("americas", "019"): "latin-america-and-the-caribbean northern-america",
    ("asia", "142"): "central-asia eastern-asia south-eastern-asia southern-asia western-asia",
    ("europe", "150"): "eastern-europe northern-europe southern-europe western-europe",
    ("oceania", "009"): "australia-and-new-zealand melanesia micronesia polynesia",
}


def _regions() -> dict[str, tuple[str, ...]]:
    told: dict[str, tuple[str, ...]] = {}
    for names, countries in _PARTS.items():
        told |= dict.fromkeys(names, tuple(countries.split()))
    for names, parts in _WHOLES.items():
        told |= dict.fromkeys(names, tuple(sorted(country for part in parts.split() for country in told[part])))
    return told


M49 = _regions()
"""Each region under its English name in small letters, with hyphens, and under its number."""
