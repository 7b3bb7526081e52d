"""The words that tell whose words a sentence is, by language: verbs of saying, roles, pronouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CUES", "Cues"]


@dataclass(frozen=True, slots=True)
class Cues:
    """The words of one language, in lower case; word lists hold inflected forms."""

    strong: frozenset[str]  # finite verbs that always report what somebody says
    clausal: frozenset[str]  # report when a clause, a quotation or "that" is their object
    acts: frozenset[str]  # acts of speech named without their words: urged, accused, condemned
    attitudes: frozenset[str]  # thoughts and intentions; a cue, but hardly ever speech
    doubtful: frozenset[str]  # forms that are nouns or adjectives as often as verbs of saying
    named: frozenset[str]  # of `clausal` and `acts`: report also with a bare noun as their object
    participles: frozenset[str]  # saying, adding: the subject of the sentence speaks
    distancing: frozenset[str]
    endorsing: frozenset[str]
    according: tuple[str, ...]  # openings of a phrase whose noun is the speaker
    auxiliaries: frozenset[str]
    passives: frozenset[str]  # auxiliaries that turn the verb passive
    that: frozenset[str]
    infinitive: frozenset[str]
    bounds: frozenset[str]  # words that end a noun phrase when read from right to left
    subordinators: frozenset[str]
    prepositions: frozenset[str]
    determiners: frozenset[str]
    singular: Mapping[str, str]  # pronoun -> "m", "f" or "" (either)
    things: frozenset[str]  # pronouns for institutions
    plural: frozenset[str]
    first: frozenset[str]
    roles: frozenset[str]
    groups: frozenset[str]
    institutions: frozenset[str]
    titles: Mapping[str, str]
    places: frozenset[str]  # states and capitals: speak themselves, and stand before names
    particles: frozenset[str]
    never_names: frozenset[str]
    skipped: frozenset[str]  # adverbs between subject and verb
    objects: Mapping[str, str] = field(default_factory=dict)  # him, his -> the pronoun he
    documents: frozenset[str] = frozenset()  # what shows and finds instead of saying
    opinions: frozenset[str] = frozenset()  # in his opinion, in her words
    like: Mapping[str, str] = field(default_factory=dict)  # roles that mean the same


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLACES = _words(
    "russia ukraine moscow kiev kyiv minsk belarus america washington britain england london "
    "scotland wales ireland dublin france paris germany berlin italy rome spain madrid poland "
    "warsaw turkey türkiye ankara hungary budapest slovakia bratislava czechia prague serbia "
    "belgrade bulgaria sofia romania bucharest moldova chisinau estonia tallinn latvia riga "
    "lithuania vilnius finland helsinki sweden stockholm norway oslo denmark copenhagen "
    "brussels belgium netherlands hague austria vienna switzerland bern greece athens cyprus "
    "croatia slovenia albania kosovo montenegro macedonia bosnia portugal lisbon canada ottawa "
    "mexico brazil argentina venezuela caracas cuba havana colombia chile peru bolivia "
    "nicaragua china beijing japan tokyo korea seoul pyongyang taiwan taipei india delhi "
    "pakistan islamabad afghanistan kabul iran tehran iraq baghdad syria damascus lebanon "
    "beirut israel jerusalem palestine gaza jordan egypt cairo libya tripoli tunisia algeria "
    "morocco mali bamako niger niamey burkina faso ouagadougou chad nigeria abuja senegal "
    "dakar ghana togo benin guinea cameroon car sudan khartoum ethiopia eritrea somalia kenya "
    "uganda rwanda congo angola zambia zimbabwe mozambique botswana namibia madagascar africa "
    "europe asia arabia qatar doha kuwait bahrain oman yemen emirates uae georgia tbilisi "
    "armenia yerevan azerbaijan baku kazakhstan astana uzbekistan kyrgyzstan tajikistan "
    "turkmenistan mongolia vietnam thailand indonesia malaysia singapore philippines australia "
    "canberra crimea donbass donbas donetsk lugansk states kingdom west us usa uk u.s. u.k. un "
    "u.n. eu nato turquie russie algérie maroc allemagne sahel россия москва украина киев сша "
    "париж франция германия китай турция"
)

_ENGLISH = Cues(
    strong=_words(
        "said says say told tells tell added adds stated states stressed stresses insisted "
        "insists asserted asserts wrote writes tweeted tweets replied replies commented "
        "remarked remarks reiterated reiterates quipped emphasized emphasizes emphasised "
        "emphasises underlined underlines underscored underscores argued argues argue "
        "explained explains maintained maintains contended contends opined retorted exclaimed "
        "joked recalled elaborated continued mused chimed summed lamented complained countered "
        "declared declares averred affirmed affirms posted concluded concludes warned warns "
        "warn claimed claims claim alleged alleges allege acknowledged acknowledges admitted "
        "admits conceded concedes noted notes testified boasted bragged vowed vows specified "
        "interjected proclaimed proclaims cautioned cautions reckons quoth clarified opines "
        "vow continues recalls documented insinuated theorized reasoned charges complain rails "
        "railed"
    ),
    doubtful=_words(
        "thanks labels states report reports remarks claims claim continued alleged proclaimed "
        "posted demands calls call points notes answers questions highlights estimates "
        "estimate hopes hope fears fear views view plans plan doubts regards regard promises "
        "shot lies quotes posts comments feels felt warning declared stated determined vows "
        "vow charges concerns projects objects continues pressed maintains maintained finds "
        "complain remains started opened ended fired published began begins supports expected "
        "wanted thought believed learned found heard considered saw put puts reads going "
        "finished spoke speaks speaking talked"
    ),
    named=_words(
        "reported announced confirmed cites lauded thanks lashed asked estimate recommended "
        "decried denied denies described describes predicted believes insinuated believe "
        "considers thinks highlighted indicated indicates suggested suggests pointed revealed "
        "reveals threatened estimates compared likened accused accuses accuse expressed "
        "expresses criticized criticised criticizes condemned condemns urged urges reaffirmed "
        "denounced slammed slams praised praises recommends voiced voices hailed called "
        "informed thanked blasted lambasted demanded objected demands repeated repeats scoffed "
        "dismissed dismisses dismiss envisions envisioned assumes assume faulted derided mocked"
    ),
    clausal=_words(
        "reported reports report announced announces announce confirmed confirms confirm "
        "revealed reveals reveal suggested suggests suggest described describes describe "
        "denied denies deny predicted predicts observed observes disclosed indicated indicates "
        "hinted hints implied implies responded responds answered answers asked asks "
        "questioned wondered demanded demands promised promises threatened threatens estimated "
        "estimates estimate believes believe believed thinks thought considers feels felt "
        "expects fears hopes hoped pointed points went going put puts called calls call "
        "compared likened characterized characterised dubbed branded labelled labeled briefed "
        "informed informs assured assures reminded reminds convinced shouted yelled cried "
        "screamed whispered recounted relayed echoed foresaw projected projects pledged "
        "pledges mocks mocked objected objects pressed uncovered spoke speaks speaking talked "
        "citing cited quoted quotes mentioned highlighted highlights outlined singled "
        "repeated repeats assumes assume envisions envisioned "
        "stipulates reads opened began begins ended finished started shot fired published "
        "swore swears"
    ),
    acts=_words(
        "faulted faults scoffed scoffs "
        "urged urges urge cites thanks refers referred lashed touts dismissing boasts decries "
        "labels ridicules advised advises compares accused accuses accuse condemned condemns "
        "condemn denounced denounces blamed blames criticized criticised criticizes criticises "
        "slammed blasted hailed hails praised praises welcomed welcomes rejected rejects "
        "dismissed dismisses expressed expresses voiced voices proposed proposes recommended "
        "recommends lambasted decried deplored appealed thanked congratulated apologized "
        "apologised defended justified rebuked mocked ridiculed derided touted justifies "
        "reaffirmed reaffirms refuted ordered bemoaned advocated encouraged lauded refused "
        "declined discussed scolded chided slams blasts credited invoked cast portrayed "
        "painted disputed challenged ruled heralded speculated"
    ),
    attitudes=_words(
        "knows knew know wants wanted want wishes intends intended plans planned agreed agrees "
        "agree disagreed disagree learned heard found finds concluded decided supports "
        "supported opposes opposed worried worries doubts understands understood realizes "
        "realized remembers remembered sees saw assumes assumed seeks sought think feel hope "
        "fear expect expected hates loves likes prefers regard regards viewed views view "
        "considered consider showed shows show signaled signalled remains determined suspected "
        "suspect recognized recognizes endorsed endorses favors favored backs backed"
    ),
    participles=_words(
        "mocking criticizing criticising praising condemning rejecting denouncing saying "
        "adding noting stressing arguing claiming insisting warning telling stating asserting "
        "emphasizing emphasising underlining underscoring explaining alleging declaring "
        "tweeting writing announcing suggesting vowing pledging accusing calling urging "
        "pointing reiterating acknowledging admitting concluding citing promising complaining "
        "describing predicting demanding contending maintaining cautioning boasting"
    ),
    distancing=_words(
        "claimed claims claim claiming alleged alleges allege alleging purported purports "
        "boasted bragged allegedly reportedly supposedly purportedly so-called"
    ),
    endorsing=_words(
        "noted notes noting acknowledged acknowledges admitted admits conceded pointed points "
        "confirmed confirms revealed reveals explained explains recalled proved showed shows "
        "reminded"
    ),
    according=(
        "according to",
        "in the words of",
        "in the view of",
        "in the opinion of",
    ),
    auxiliaries=_words(
        "has have had is was were are be been being did does do also then later again once "
        "repeatedly now still recently just even further never not always often has'nt hasn't "
        "haven't hadn't would could will 's 'd 've previously earlier already reportedly "
        "publicly privately explicitly simply therefore thus don't didn't doesn't won't wouldn't "
        "couldn't isn't wasn't weren't aren't"
    ),
    passives=_words("is was were are be been being"),
    that=_words("that how why whether if what"),
    infinitive=_words("to"),
    bounds=_words(
        "that but or while when as because if after before whether although though since where "
        "which who whom what how why than then so yet until unless whereas nor is was were are "
        "be been has had have said says"
    ),
    subordinators=_words(
        "when while after before if because although though since until unless whereas once "
        "whenever where"
    ),
    prepositions=_words(
        "of for in at from to on with by during after before about against between into over "
        "under through among amid near within without via despite like following regarding "
        "concerning around per upon toward towards"
    ),
    determiners=_words(
        "the a an this that these those his her its their our my your some many several most "
        "other another one two three both few all any no each every"
    ),
    singular={"he": "m", "she": "f"},
    things=_words("it"),
    plural=_words("they"),
    first=_words("i we you"),
    roles=_words(
        "minister president chancellor premier spokesman spokeswoman spokesperson ambassador "
        "envoy diplomat representative official officer general admiral colonel commander "
        "commander-in-chief chief head leader director secretary senator congressman "
        "congresswoman lawmaker deputy mayor governor prosecutor lawyer attorney judge analyst "
        "expert professor author journalist correspondent reporter editor activist politician "
        "candidate chairman chairwoman chair king queen prince pope bishop patriarch priest "
        "cleric doctor teacher resident witness soldier fighter veteran source host presenter "
        "anchor adviser advisor aide counterpart founder owner businessman economist historian "
        "scholar researcher scientist fellow member man woman boy girl father mother son "
        "daughter brother sister wife husband captain lieutenant sergeant major contender "
        "coordinator commissioner strategist pundit critic billionaire mogul tycoon dictator "
        "tsar czar imam rabbi pastor victim survivor refugee student driver worker nurse "
        "neighbor neighbour teenager writer columnist blogger delegate negotiator boss insider "
        "opponent nominee hopeful democrat republican vice-president manager executive ceo "
        "inspector guard pilot detective sheriff congressmember policymaker statesman "
        "administrator counsel co-founder ex-president ombudsman technocrat"
    ),
    groups=_words(
        "ministers presidents spokesmen diplomats representatives officials officers generals "
        "commanders chiefs heads leaders senators lawmakers deputies mayors governors "
        "prosecutors lawyers judges analysts experts professors authors journalists "
        "correspondents reporters editors activists politicians candidates clerics doctors "
        "teachers residents witnesses soldiers fighters veterans sources advisers advisors "
        "aides economists historians scholars researchers scientists members men women critics "
        "victims survivors refugees students workers neighbors neighbours writers delegates "
        "negotiators insiders opponents democrats republicans investigators authorities people "
        "locals observers sides parties both countries media rebels separatists protesters "
        "supporters police troops others some many prosecution outlets newspapers agencies "
        "reports users westerners conservatives liberals skeptics percent respondents "
        "americans russians ukrainians europeans officials' strategists pundits commentators "
        "voters allies families relatives friends colleagues parents"
    ),
    institutions=_words(
        "ministry government kremlin department office agency council parliament party company "
        "army military commission court committee union organization organisation group police "
        "bank institute university service services administration embassy bureau center "
        "centre newspaper magazine channel network television tv radio site website outlet "
        "team campaign statement report study document letter poll survey article paper post "
        "times journal news press house senate congress pentagon nato un eu cia fbi fsb "
        "delegation side bloc alliance nations association foundation fund federation league "
        "movement front coalition assembly tribunal authority ministry's watchdog publication "
        "announcement intelligence firm press-service spokespeople analysis research "
        "indictment brass daily gazette tribune herald telegraph guardian review corporation "
        "inc ltd staff headquarters forces"
    ),
    titles={
        "mr": "m", "mr.": "m", "mrs": "f", "mrs.": "f", "ms": "f", "ms.": "f", "miss": "f",
        "sir": "m", "lord": "m",
        "lady": "f", "king": "m", "queen": "f", "prince": "m", "princess": "f", "dr": "",
        "dr.": "", "prof": "",
        "prof.": "", "gen": "", "gen.": "", "sen": "", "sen.": "", "rep": "", "rep.": "",
        "gov": "", "gov.": "",
        "lt": "", "lt.": "", "col": "", "col.": "", "maj": "", "maj.": "", "capt": "",
        "capt.": "", "sgt": "",
        "sgt.": "", "adm": "", "adm.": "", "rev": "", "rev.": "", "hon": "", "hon.": "",
        "st.": "", "fm": "", "pm": "",
        "us": "", "u.s.": "", "uk": "", "eu": "", "un": "", "u.n.": "", "nato": "", "former": "",
        "ex": "", "acting": "", "deputy": "", "vice": "",
        "chief": "", "prime": "", "foreign": "", "defense": "", "defence": "", "interior": "",
        "finance": "", "state": "",
        "first": "", "permanent": "", "special": "", "supreme": "", "national": "",
        "security": "", "lieutenant-general": "",
        "major-general": "", "colonel-general": "", "lieutenant-colonel": "", "press": "",
        "senior": "", "attorney": "", "white": "", "house": "", "gop": "",
        "republican": "", "democratic": "", "democrat": "", "congress": "", "congressman": "m",
        "congresswoman": "f",
        "spokesman": "m", "spokeswoman": "f", "chairman": "m", "businessman": "m",
        "academician": "", "ceo": "", "cia": "", "fbi": "",
        "russian": "", "ukrainian": "", "american": "", "british": "", "french": "", "german": "",
        "chinese": "", "israeli": "",
        "iranian": "", "polish": "", "turkish": "", "hungarian": "", "syrian": "", "malian": "",
        "belarusian": "",
        "finnish": "", "swedish": "", "italian": "", "spanish": "", "european": "", "indian": "",
        "japanese": "", "czech": "",
        "slovak": "", "serbian": "", "bulgarian": "", "estonian": "", "latvian": "",
        "lithuanian": "", "norwegian": "", "danish": "", "dutch": "",
        "canadian": "", "australian": "", "korean": "", "african": "", "arab": "", "iraqi": "",
        "kurdish": "", "palestinian": "",
        "crimean": "", "chechen": "", "georgian": "", "moldovan": "", "romanian": "", "greek": "",
        "austrian": "", "swiss": "", "belgian": "",
        "public": "", "general": "", "high": "", "political": "", "military": "", "policy": "",
        "affairs": "", "justice": "", "energy": "", "trade": "",
        "economic": "", "economy": "", "health": "", "labor": "", "transport": "",
        "environment": "", "culture": "", "education": "", "kremlin": "",
        "western": "", "eastern": "", "northern": "", "southern": "", "brigadier": "", "rear": "",
        "field": "", "lieutenant": "",
        "sheikh": "m", "ayatollah": "m", "cardinal": "m", "archbishop": "m", "father": "m",
        "saint": "", "comrade": "",
    },
    places=_PLACES,
    particles=_words("de al von van bin ibn el der den da di du la le ben abu af"),
    never_names=_words(
        "no. the a an this that these those he she it they we i you his her its their our my "
        "your and but or so in on at as by for from with after before when while where what "
        "who why how if although though however meanwhile moreover also yet now not no one "
        "some many most all both since because during despite under last earlier later only "
        "such even here there to of is are was will let then once until according monday "
        "tuesday wednesday thursday friday saturday sunday january february march april may "
        "june july august september october november december today yesterday tomorrow "
        "nevertheless still indeed instead furthermore additionally finally speaking asked "
        "thus therefore like unlike amid about mon tue wed thu fri sat sun jan feb mar apr jun "
        "jul aug sep sept oct nov dec"
    ),
    skipped=_words(
        "also then later again once repeatedly now still recently just even further never not "
        "always often both all"
    ),
    objects={"him": "he", "her": "she", "them": "they", "his": "he", "their": "they"},
    documents=_words(
        "poll survey study report article analysis research document indictment letter memo "
        "investigation paper statement findings data"
    ),
    opinions=_words("opinion view words estimation assessment account telling"),
    like={
        "envoy": "representative", "ambassador": "representative", "diplomat": "representative",
        "spokeswoman": "spokesman", "spokesperson": "spokesman", "premier": "minister",
        "chief": "head",
        "leader": "president", "director": "head", "advisor": "adviser", "aide": "adviser",
        "chairman": "head",
        "chairwoman": "head", "chair": "head", "boss": "head", "politician": "lawmaker",
        "deputy": "lawmaker",
        "senator": "lawmaker", "congressman": "lawmaker", "attorney": "lawyer",
        "neighbour": "neighbor",
        "reporter": "journalist", "correspondent": "journalist", "columnist": "journalist",
        "writer": "author",
        "admiral": "commander", "general": "commander", "colonel": "commander",
        "officer": "commander",
    },
)  # fmt: skip

_FRENCH = Cues(
    strong=_words(
        "dit déclare déclaré déclara affirmé affirme affirma ajouté ajoute ajouta indiqué "
        "indique souligné souligne souligna expliqué explique expliqua précisé précise estimé "
        "estime assuré assure annoncé annonce rappelé rappelle noté note insisté insiste écrit "
        "tweeté répondu répond lancé lance martelé martèle conclu conclut confié confie "
        "soutenu soutient dénoncé dénonce regretté regrette poursuivi poursuit prévenu averti "
        "avertit relevé relève fait-il fait-elle déplore déploré commenté commente rapporte "
        "rapporté prétend prétendu reconnu reconnaît confirmé confirme disent affirment "
        "estiment déclarent indiquent expliquent assurent soulignent rapportent observe "
        "constate résume juge jugé avance avancé relatent rappellent évoque admis déclarait"
    ),
    clausal=_words(
        "révélé révèle suggéré suggère démenti dément promis promet demandé demande cru croit "
        "pense pensent évoqué prédit"
    ),
    acts=_words(
        "accusé accuse condamné condamne appelé appelle salué salue critiqué critique exhorté "
        "exhorte félicité remercié rejeté rejette exprimé exprime plaidé plaide fustigé "
        "fustige pointé pointe"
    ),
    attitudes=_words("veut voulu sait espère craint souhaite souhaité considère"),
    doubtful=_words("indique note juge constate critique rapport lance"),
    named=_words(
        "accusé accuse condamné condamne appelé exhorté démenti dément exprimé salué dénoncé"
    ),
    participles=_words(
        "ajoutant affirmant précisant soulignant déclarant estimant expliquant indiquant "
        "rappelant assurant notant dénonçant insistant accusant appelant"
    ),
    distancing=_words("prétend prétendu prétendent soi-disant prétendument"),
    endorsing=_words(
        "noté note reconnu reconnaît rappelé rappelle confirmé confirme souligné souligne "
        "relevé"
    ),
    according=("selon", "d' après", "aux yeux de", "pour reprendre les mots de", "de l' avis de"),
    objects={"lui": "il", "elle": "elle", "eux": "ils"},
    auxiliaries=_words(
        "a ont avait avaient est était aussi également ensuite encore notamment n' ne pas l' "
        "s' se y en avoir ayant"
    ),
    passives=_words("est était sont été"),
    that=_words("que qu' comment pourquoi si"),
    infinitive=_words("de pour à"),
    bounds=_words(
        "que mais ou quand lorsque comme parce si après avant où qui dont donc car puisque est "
        "sont a ont était alors"
    ),
    subordinators=_words("quand lorsque si après avant parce puisque tandis bien"),
    prepositions=_words(
        "de du des à au aux en dans pour par sur avec contre entre vers chez sous depuis lors "
        "d' auprès"
    ),
    determiners=_words(
        "le la les l' un une ce cet cette ces son sa ses leur leurs notre nos mon ma mes "
        "plusieurs certains"
    ),
    singular={"il": "m", "elle": "f", "celui-ci": "m", "celle-ci": "f"},
    things=frozenset(),
    plural=_words("ils elles"),
    first=_words("je j' nous vous on"),
    roles=_words(
        "ministre président présidente chancelier porte-parole ambassadeur ambassadrice "
        "diplomate représentant représentante responsable officier général amiral colonel "
        "commandant chef dirigeant directeur directrice secrétaire sénateur député députée "
        "maire gouverneur procureur avocat juge analyste expert experte professeur auteur "
        "journaliste militant politicien candidat roi prince pape imam médecin habitant témoin "
        "soldat source conseiller conseillère homologue fondateur économiste historien "
        "chercheur homme femme politologue dirigeante diplomatie vice-président "
        "premier-ministre spécialiste militaire activiste"
    ),
    groups=_words(
        "ministres autorités responsables experts analystes diplomates habitants médias "
        "sources journalistes députés observateurs manifestants militaires soldats témoins "
        "pays spécialistes militants internautes"
    ),
    institutions=_words(
        "ministère gouvernement kremlin département agence conseil parlement parti armée "
        "commission cour comité union organisation groupe police banque institut université "
        "service administration ambassade journal chaîne radio site communiqué rapport élysée "
        "ong diplomatie otan onu ue état-major junte coalition cédéao sputnik présidence étude "
        "sondage quotidien"
    ),
    titles={
        "m": "m", "m.": "m", "mme": "f", "mme.": "f", "dr": "", "premier": "", "ministre": "",
        "président": "m", "présidente": "f",
        "général": "m", "colonel": "m", "capitaine": "m", "chef": "", "diplomatie": "",
        "russe": "", "malien": "", "français": "", "française": "",
    },
    places=_PLACES,
    particles=_words("de al von van bin ibn el der da di du la le ben"),
    never_names=_words(
        "le la les l' d' un une des ce cet cette ces il elle ils elles on nous vous je son sa "
        "ses leur leurs notre nos et mais ou donc car dans en à au aux de du pour par sur avec "
        "selon après avant si quand lorsque comme alors ainsi aussi cependant toutefois "
        "pourtant enfin c'est lundi mardi mercredi jeudi vendredi samedi dimanche janvier "
        "février mars avril mai juin juillet août septembre octobre novembre décembre qui que "
        "quoi où d'après face interrogé"
    ),
    skipped=_words("aussi également ensuite encore notamment"),
    like={
        "ambassadeur": "représentant", "diplomate": "représentant", "dirigeant": "président",
        "chef": "président",
    },
)  # fmt: skip

_RUSSIAN = Cues(
    strong=_words(
        "сказал сказала сказали заявил заявила заявили заявило добавил добавила добавили "
        "отметил отметила отметили подчеркнул подчеркнула подчеркнули сообщил сообщила "
        "сообщили сообщило сообщает сообщают рассказал рассказала пояснил пояснила объяснил "
        "объяснила уточнил уточнила указал указала напомнил напомнила написал написала ответил "
        "ответила считает считают утверждает утверждают утверждал утверждала говорит говорят "
        "говорил признал признала констатировал резюмировал прокомментировал прокомментировала "
        "заметил заметила заверил заверила предупредил предупредила отмечает подчеркивает "
        "заявляет пишет пишут передает передаёт процитировал"
    ),
    clausal=_words(
        "объявил объявила подтвердил подтвердила предположил предположила полагает уверен "
        "уверена думает опроверг опровергла обещал пообещал"
    ),
    acts=_words(
        "призвал призвала призвали обвинил обвинила обвинили осудил осудила раскритиковал "
        "выразил выразила отверг отвергла потребовал поблагодарил"
    ),
    attitudes=_words("хочет хотел надеется намерен планирует знает"),
    doubtful=frozenset(),
    named=_words(
        "призвал призвала призвали обвинил обвинила обвинили осудил осудила опроверг "
        "подтвердил объявил"
    ),
    participles=_words("добавив отметив подчеркнув заявив сказав уточнив пояснив напомнив"),
    distancing=_words("утверждает утверждал утверждала утверждают якобы"),
    endorsing=_words(
        "отметил отметила признал признала напомнил напомнила подтвердил подтвердила "
        "констатировал"
    ),
    according=(
        "по словам", "по мнению", "по данным", "согласно", "по утверждению", "со слов",
        "как считает", "по информации", "по версии",
    ),
    auxiliaries=_words("также затем потом ранее позже снова был была не"),
    passives=_words("был была было были"),
    that=_words("что как почему чтобы"),
    infinitive=frozenset(),
    bounds=_words("что но или когда как если после перед который которая которые где а и"),
    subordinators=_words("когда если после перед пока хотя"),
    prepositions=_words("в во на о об по с со из от для при за у к над под про через"),
    determiners=_words("этот эта эти тот та те его её ее их"),
    singular={"он": "m", "она": "f"},
    things=frozenset(),
    plural=_words("они"),
    first=_words("я мы вы"),
    roles=_words(
        "министр президент канцлер премьер премьер-министр спикер посол дипломат представитель "
        "представительница пресс-секретарь чиновник генерал адмирал полковник командир "
        "командующий глава лидер директор секретарь сенатор депутат мэр губернатор прокурор "
        "адвокат судья аналитик эксперт политолог профессор автор журналист политик кандидат "
        "председатель король патриарх врач житель свидетель источник советник помощник "
        "основатель экономист историк ученый замминистра вице-президент"
    ),
    groups=_words(
        "власти эксперты аналитики дипломаты журналисты жители источники сми наблюдатели "
        "депутаты министры"
    ),
    institutions=_words(
        "министерство мид правительство кремль департамент агентство совет парламент партия "
        "армия минобороны комиссия суд комитет союз организация нато оон ес посольство газета "
        "канал издание служба ведомство госдеп госдепартамент фсб"
    ),
    titles={
        "президент": "", "министр": "", "премьер-министр": "", "генерал": "", "мид": "",
        "россии": "", "рф": "", "сша": "", "украины": "",
    },
    places=_PLACES,
    particles=frozenset(),
    never_names=_words(
        "в во на о об по с со из от для при за у к и а но или что как если когда после он она "
        "они я мы вы это этот эта так также однако кроме ранее позже затем поэтому между тем "
        "не все согласно"
    ),
    skipped=_words("также затем потом ранее позже снова"),
    like={"посол": "представитель", "дипломат": "представитель", "глава": "министр"},
)  # fmt: skip

CUES: Mapping[str, Cues] = {"en": _ENGLISH, "fr": _FRENCH, "ru": _RUSSIAN}
