package country

// variants are names that CLDR does not give and people write, a code and its
// names a line.
const variants = `AE uae|u.a.e.|emirates
BA bosnia|bosnia and herzegovina
BN brunei darussalam
BO bolivia, plurinational state of|plurinational state of bolivia
CD dr congo|drc|democratic republic of the congo|congo, democratic republic of the|congo, the democratic republic of the|congo (kinshasa)
CG republic of the congo|congo (brazzaville)|congo, republic of the
CI ivory coast|cote d'ivoire
CN people's republic of china|peoples republic of china|china, people's republic of|china (prc)|prc|p.r.c.|pr china|p.r. china|p. r. china|china, pr|mainland china|china mainland|china (mainland)|中华人民共和国|中華人民共和國|中華人民共和国|中国大陆|中国大陸|中國大陸|중화인민공화국|중국 본토
CN-XJ xinjiang|xinjiang, china|xinjiang uyghur autonomous region|xinjiang uygur autonomous region|新疆|新疆维吾尔自治区|新疆維吾爾自治區|中国新疆
CV cape verde
CZ czech republic|czechia
DE deutschland|federal republic of germany
DO dominican rep.|dominican republic
FK falkland islands (malvinas)|falkland islands
FM federated states of micronesia|micronesia, federated states of
GB united kingdom of great britain and northern ireland|great britain|britain|england|scotland|wales|northern ireland|英格兰|잉글랜드
GE republic of georgia|georgia, republic of|sakartvelo|그루지야|グルジア
HK hong kong|hongkong|hong kong sar|hong kong, china|china, hong kong|china (hong kong)|hong kong (china)|hong kong s.a.r.|香港|香港特别行政区|香港特別行政區|中国香港|中國香港|홍콩|ホンコン
IR iran, islamic republic of|islamic republic of iran
KP north korea|n. korea|n.korea|dprk|d.p.r.k.|d.p.r. korea|dpr korea|democratic people's republic of korea|korea, democratic people's republic of|korea (democratic people's republic of)|korea, dem. people's rep.|korea, north|korea (north)|조선|조선민주주의인민공화국|북한|北朝鮮|北朝鲜|朝鲜|朝鲜民主主义人民共和国|朝鮮民主主義人民共和國|朝鮮民主主義人民共和国|北韓
KR republic of korea|korea, republic of|korea (republic of)|korea, the republic of|korea, rep.|rep. of korea|rok|r.o.k.|r.o. korea|south korea|s. korea|s.korea|korea, south|korea (south)|korea (rok)|republic of korea (south korea)|south korea (republic of korea)|한국|대한민국|남한|韩国|韓國|韓国|大韩民国|大韓民國|大韓民国|南韩|南韓
LA lao people's democratic republic|lao pdr|laos
MD republic of moldova|moldova, republic of
MK macedonia|republic of north macedonia
MM myanmar|burma
MO macau|macao|macau sar|macao sar|macau, china|macao, china|china, macau|china, macao|china (macau)|澳门|澳門|澳门特别行政区|澳門特別行政區|中国澳门|中國澳門|마카오|マカオ
NL holland|the netherlands
PH the philippines
PS state of palestine|palestine, state of|palestine
RU russian federation
SK slovak republic
SY syrian arab republic
SZ swaziland
TL east timor
TR turkey|türkiye|republic of türkiye
TW taiwan|taiwan, china|china, taiwan|china (taiwan)|taiwan (china)|taiwan, province of china|taiwan, republic of china|taiwan (roc)|taiwan (r.o.c.)|taiwan roc|taiwan, r.o.c.|republic of china (taiwan)|chinese taipei|台湾|台灣|臺灣|中国台湾|中國台灣|中國臺灣|中華民國|대만|타이완
TZ united republic of tanzania|tanzania, united republic of
US usa|u.s.a.|u.s.|united states of america|america|estados unidos|美国|美國|アメリカ|米国|아메리카
VA holy see|vatican
VE venezuela, bolivarian republic of|bolivarian republic of venezuela
VN viet nam|vietnam|socialist republic of vietnam|s.r. vietnam
`

// ambiguous are names that fit several countries, the codes and the names a
// line. Georgia is a country, and a state of the United States in which goods
// are made too.
const ambiguous = `KR,KP korea|corea|corée|koreas|korean peninsula|朝鮮|高麗
CD,CG congo|콩고|刚果|剛果|コンゴ
VG,VI virgin islands
GE,US georgia|조지아|喬治亞|ジョージア
`

// display overrides the CLDR's English names where they are not what people
// say.
const display = `HK Hong Kong
MO Macao
MM Myanmar
CD Democratic Republic of the Congo
CG Republic of the Congo
`
