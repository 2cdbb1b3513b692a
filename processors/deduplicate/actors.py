"""Who a word of a headline stands for: countries by name, people and capital, and the armed groups of the news.

For telling directions apart ("A strikes B" is not "B strikes A"), not for coding events: a word that is missing here
costs a guard, never an item.
"""

from __future__ import annotations

from collections.abc import Sequence

_COUNTRIES = """
AFG afghanistan afghan afghans kabul
ALB albania albanian albanians tirana
DZA algeria algerian algerians algiers
AGO angola angolan angolans luanda
ARG argentina argentine argentinian argentines
ARM armenia armenian armenians yerevan
AUS australia australian australians canberra
AUT austria austrian austrians vienna
AZE azerbaijan azerbaijani azerbaijanis baku
BHR bahrain bahraini bahrainis manama
BGD bangladesh bangladeshi bangladeshis dhaka
BLR belarus belarusian belarusians minsk
BEL belgium belgian belgians
BEN benin beninese
BOL bolivia bolivian bolivians
BIH bosnia bosnian bosnians sarajevo
BRA brazil brazilian brazilians brasilia
BGR bulgaria bulgarian bulgarians sofia
BFA burkina burkinabe
BDI burundi burundian burundians
KHM cambodia cambodian cambodians
CMR cameroon cameroonian cameroonians
CAN canada canadian canadians ottawa
CAF bangui
TCD chad chadian chadians
CHL chile chilean chileans santiago
CHN china chinese beijing
COL colombia colombian colombians bogota
COD congo congolese kinshasa drc
HRV croatia croatian croatians zagreb
CUB cuba cuban cubans havana
CYP cyprus cypriot cypriots nicosia
CZE czech czechs czechia prague
DNK denmark danish danes copenhagen
DJI djibouti
ECU ecuador ecuadorian ecuadorians quito
EGY egypt egyptian egyptians cairo
SLV salvador salvadoran salvadorans
ERI eritrea eritrean eritreans asmara
EST estonia estonian estonians tallinn
ETH ethiopia ethiopian ethiopians
FIN finland finnish finns helsinki
FRA france french paris
GAB gabon gabonese
GEO tbilisi georgian georgians
DEU germany german germans berlin
GHA ghana ghanaian ghanaians
GRC greece greek greeks athens
GRL greenland greenlandic greenlanders
GTM guatemala guatemalan guatemalans
GIN guinea guinean guineans conakry
GUY guyana guyanese
HTI haiti haitian haitians
HND honduras honduran hondurans tegucigalpa
HUN hungary hungarian hungarians budapest
ISL iceland icelandic
IND india indian indians delhi
IDN indonesia indonesian indonesians jakarta
IRN iran iranian iranians tehran irgc
IRQ iraq iraqi iraqis baghdad
IRL ireland irish dublin
ISR israel israeli israelis idf mossad jerusalem
ITA italy italian italians rome
CIV ivorian ivorians abidjan
JAM jamaica jamaican jamaicans
JPN japan japanese tokyo
JOR jordan jordanian jordanians amman
KAZ kazakhstan kazakh kazakhs astana
KEN kenya kenyan kenyans nairobi
XKX kosovo kosovar kosovars pristina
KWT kuwait kuwaiti kuwaitis
KGZ kyrgyzstan kyrgyz bishkek
LAO laos laotian
LVA latvia latvian latvians riga
LBN lebanon lebanese beirut
LBR liberia liberian liberians
LBY libya libyan libyans tripoli
LTU lithuania lithuanian lithuanians vilnius
MKD macedonia macedonian skopje
MWI malawi malawian
MYS malaysia malaysian malaysians
MLI mali malian malians bamako
MRT mauritania mauritanian
MEX mexico mexican mexicans
MDA moldova moldovan moldovans chisinau
MNG mongolia mongolian
MNE montenegro montenegrin
MAR morocco moroccan moroccans rabat
MOZ mozambique mozambican
MMR myanmar burma burmese naypyidaw
NPL nepal nepali nepalese kathmandu
NLD netherlands dutch hague
NZL zealand
NIC nicaragua nicaraguan nicaraguans managua
NER niger nigerien niamey
NGA nigeria nigerian nigerians abuja
PRK pyongyang
NOR norway norwegian norwegians oslo
OMN oman omani omanis muscat
PAK pakistan pakistani pakistanis islamabad
PSE palestine palestinian palestinians gaza gazan gazans
PAN panama panamanian
PRY paraguay paraguayan
PER peru peruvian peruvians lima
PHL philippines philippine filipino filipinos manila
POL poland polish poles warsaw
PRT portugal portuguese lisbon
QAT qatar qatari qataris doha
ROU romania romanian romanians bucharest
RUS russia russian russians moscow kremlin
RWA rwanda rwandan rwandans kigali
SAU saudi saudis arabia riyadh
SEN senegal senegalese dakar
SRB serbia serbian serbs serb belgrade
SLE sierra
SGP singapore singaporean singaporeans
SVK slovakia slovak slovaks bratislava
SVN slovenia slovenian slovenes
SOM somalia somali somalis mogadishu
ZAF pretoria
KOR seoul
ESP spain spanish spaniards madrid
LKA lanka lankan lankans colombo
SDN sudan sudanese khartoum
SWE sweden swedish swedes stockholm
CHE switzerland swiss bern geneva
SYR syria syrian syrians damascus
TWN taiwan taiwanese taipei
TJK tajikistan tajik tajiks
TZA tanzania tanzanian tanzanians
THA thailand thai thais bangkok
TGO togo togolese
TUN tunisia tunisian tunisians tunis
TUR turkey turkish turks turkiye ankara
TKM turkmenistan turkmen
UGA uganda ugandan ugandans kampala
UKR ukraine ukrainian ukrainians kyiv
ARE uae emirates emirati emiratis
GBR uk britain british britons london
USA us american americans washington pentagon centcom
URY uruguay uruguayan
UZB uzbekistan uzbek uzbeks tashkent
VEN venezuela venezuelan venezuelans caracas
VNM vietnam vietnamese hanoi
YEM yemen yemeni yemenis sanaa
ZMB zambia zambian zambians
ZWE zimbabwe zimbabwean zimbabweans harare
"""
_GROUPS = """
HAMAS hamas
HEZBOLLAH hezbollah
HOUTHI houthi houthis
TALIBAN taliban
IS isis
QAEDA qaeda qaida
SHABAAB shabaab
BOKO boko
RSF rsf
SDF sdf
PKK pkk
M23 m23
TTP ttp
KURDS kurd kurds kurdish
ROHINGYA rohingya rohingyas
WAGNER wagner
NATO nato
UN un
EU eu
"""

ACTORS = {word: line.split()[0] for line in (_COUNTRIES + _GROUPS).strip().splitlines() for word in line.split()[1:]}
"""A word of a normal form -> the country (ISO 3166-1 alpha-3) or group it stands for."""
_NORTH_SOUTH = {
    "korea": ("PRK", "KOR"),
    "korean": ("PRK", "KOR"),
    "koreans": ("PRK", "KOR"),
    "sudan": ("SDN", "SSD"),
    "sudanese": ("SDN", "SSD"),
}


def actors_in(words: Sequence[str]) -> list[tuple[int, str]]:
    """The actors named in a headline, in order, each with the place of its word."""
    found = []
    for at, word in enumerate(words):
        who = ACTORS.get(word)
        before = words[at - 1] if at else ""
        if word in _NORTH_SOUTH and before in ("south", "north"):
            who = _NORTH_SOUTH[word][before == "south"]
        elif before == "south" and word in ("africa", "african", "africans"):
            who = "ZAF"
        if who:
            found.append((at, who))
    return found
