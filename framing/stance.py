# ruff: noqa: E501  (one pattern a line)
"""Tells whether a sentence only rejects what it tells of: a debunk, a verdict, a lack of evidence.

Rules by language, over the text of one sentence. A sentence that lets its speaker advance a claim,
with whatever distance, is no rejection; nor is a denial by the accused, which is a frame of its own.
"""

from __future__ import annotations

import re

__all__ = ["rejects"]

# What can be false. Pictures count: "the video shows something else" rejects what is told of it.
_CLAIM = (
    r"(?:claims?|allegations?|assertions?|accusations?|rumou?rs?|stor(?:y|ies)|theor(?:y|ies)|"
    r"narratives?|myths?|reports?|suggestions?|notions?|ideas?|insinuations?|charges?|statements?|"
    r"tales?|legends?|headlines?|rationale|complaints?|supposition|speculation)"
)
_POST = (
    r"(?:posts?|videos?|clips?|footage|photos?|photographs?|pictures?|images?|screenshots?|"
    r"captions?|quotes?|quotations?|letters?|documents?|maps?|graphics?|charts?|memes?|tweets?|"
    r"recordings?|leaflets?|covers?|front pages?|decrees?|emails?|messages?|lists?)"
)
_FALSE = (
    r"(?:(?:simply |just |completely |entirely |totally |wholly |plainly |largely |partly |mostly |"
    r"also |demonstrably |clearly |utterly |all )*"
    r"(?:false|untrue|fake[ds]?|fabricat(?:ed|ions?)|baseless|groundless|unfounded|misleading|"
    r"wrong|incorrect|inaccurate|not true|made[ -]up|invented|doctored|debunked|discredited|"
    r"forged|(?:a |an |crude )*forger(?:y|ies)|(?:a |an )?hoax(?:es)?|(?:a |an )?inventions?|"
    r"(?:a |an )?myths?|unsubstantiated|unproven|disproved|disproven|refuted|"
    r"(?:a |old |recycled )*satires?|bogus|out of (?:date|context)|"
    r"(?:without|with no|have no|has no|had no) (?:any )?(?:foundation|basis|merit|substance)))"
)
_BE = (
    r"(?:is|are|was|were|be|been|proved|proves|turned out|turns out|has been|have been|had been|"
    r"was found|were found|is rated|was rated|remains?)(?: to (?:be|have been))?"
)
_EVIDENCE = (
    r"(?:evidence|proof|signs?|indications?|records?|factual basis|confirmation|hint|"
    r"suggestion)"
)

_LOOKED = (
    r"(?:inquir(?:y|ies)|enquiry|investigat(?:ion|or)s?|audit(?:or)?s?|analysts?|experts?|observers?|"
    r"inspectors?|researchers?|reporters|monitors?|commission|tribunal|panel|records?|data|figures|"
    r"logs?|documents?|minutes|files|archives?|registers?|transcripts?|satellite images|contracts?|"
    r"review|study|studies|surveys?|polls?|court|fact-?checkers?|treat(?:y|ies)|we)"
)

_ENGLISH = (
    # "no evidence that ...", "found nothing to support ..."
    rf"(?<!with )(?<!without )\b(?:no|scant|zero|not a shred of|nor any)"
    rf"(?: \w+){{0,2}} {_EVIDENCE}\b(?: whatsoever| whatever| at all)?"
    rf" (?:that|of|for|to|in|supports?|suggests?|exists?|has|was|were)\b",
    r"\b(?:found|find|finds|there is|there was|see|saw) no (?:\w+ )?support for\b",
    r"\b(?:found|finds?|saw|seen|seeing|see|offers?|provides?|is|are|was|were) "
    r"(?:nothing|none)(?: \w+){0,3} (?:that (?:suggests?|supports?|points|proves?)|"
    r"to (?:suggest|support|back|confirm|substantiate|bear out|corroborate))\b",
    rf"\bno (?:\w+ ){{0,2}}(?:supports?|backs?|confirms?|bears? out|contains?|corroborates?|mentions?"
    rf"|substantiates?) (?:\w+ ){{0,2}}(?:such|{_CLAIM})\b",
    # "the claim that ... is false", "the video is fake"
    rf"\b(?:{_CLAIM}|{_POST})\b[^.;:!?]{{0,160}}?\b{_BE} {_FALSE}\b",
    rf"\bit {_BE} {_FALSE} that\b",
    # "false claims that ...", "the debunked story of ..."
    rf"\b(?:the|this|that|these|those|a|an|such|any|old|its|their) (?:\w+ly )?"
    rf"(?:false|debunked|baseless|unfounded|bogus|discredited|fabricated|invented|groundless|"
    rf"unsubstantiated|fake|made-up|misleading) (?:\w+ )?{_CLAIM}\b",
    rf"\b(?:false|debunked|baseless|unfounded|bogus|fabricated|fake) {_CLAIM} that\b",
    rf"\b(?:debunk\w*|refut(?:e|es|ed|ing)|rebut(?:s|ted|ting)?|disprov(?:e|es|ed|en|ing)|"
    rf"contradict(?:s|ed|ing)?|dispel(?:s|led|ling)?|puncture[sd]?|rule[sd]? out|"
    rf"dispute[sd]?|discredit(?:s|ed)?|demolish(?:es|ed)?|knock(?:s|ed) down|gives? the lie to|"
    rf"put(?:s)? paid to|undermine[sd]?|undercuts?|belies?|belied)"
    rf" (?:\w+['’]?s? ){{0,4}}{_CLAIM}\b",
    rf"\b{_CLAIM}\b[^.;:!?]{{0,120}}?\b(?:is|are|was|were|has been|have been|had been) "
    rf"(?:also |since |long |repeatedly |widely |thoroughly |now |long since )*"
    rf"(?:debunked|refuted|rebutted|disproved|disproven|dispelled|contradicted|ruled out|"
    rf"discredited|dismissed as (?:false|fake|baseless))\b",
    rf"\b{_CLAIM}\b[^.;:!?]{{0,120}}?\b(?:does not|doesn['’]t|do not|don['’]t|did not|didn['’]t|"
    rf"cannot|can['’]t|could not) (?:stand up|hold|hold up|hold water|survive|match|fit|add up|"
    rf"check out|be (?:confirmed|verified|substantiated|true))\b",
    # those who looked found no such thing
    rf"\b{_LOOKED}\b[^.;:!?]{{0,90}}?\b(?:found|finds?|shows?|showed|saw|concluded?|established|"
    rf"confirm(?:s|ed)?|reveals?|revealed|contains?|records?|recorded|lists?|say|says|said)"
    rf"(?: that)? (?:no|nobody|none|nothing|neither|not a|no one)\b",
    r"\b(?:is|are|was|were|has been|have been) (?:\w+ )?(?:contradicted|refuted|disproved|disproven|"
    r"belied|debunked|unsupported|not borne out|not supported|not confirmed|not backed) by\b",
    r"\b(?:no truth (?:in|to)|no basis in fact|not the case that|(?:not|n['’]t) true that|"
    r"(?:a|the) (?:\w+ )?(?:misconception|myth) that|it (?:is|was|would be) (?:simply |just )?(?:wrong|"
    r"false|untrue|misleading) (?:that|to (?:say|claim|suggest)))\b",
    rf"\b(?:not|never|n['’]t|no|nor)\b[^.;:!?]{{0,120}}?,? as (?:\w+['’]?s? ){{0,3}}"
    rf"(?:{_POST}|{_CLAIM}|users?|accounts?|channels?)\b[^.;:!?]{{0,40}}?"
    rf"\b(?:claim|alleg|assert|suggest|pretend|say|said|maintain)\w*",
    r"\b(?:falsely|wrongly|misleadingly|incorrectly) (?:claim|alleg|stat|assert|suggest|portray|"
    r"accus|report|attribut|describ|present|sa[iy]|depict|blam|link)\w*",
    # the register of fact-checks
    r"^\W*(?:fact[- ]?check|verdict|claim|(?:our |the )?(?:rating|verdict|conclusion|ruling|"
    r"finding)s?(?: is)?|rated|false|partly false|misleading|fake|out of context|false context|"
    r"myth|what we found)\s*(?:\w+\s*)?[:.–—-]",
    rf"\bwe (?:therefore |have )?rated? (?:\w+ ){{1,6}}?(?:as )?{_FALSE}\b",
    r"^\W*no, (?!thank|sir|we|i\b)[^.;:!?]{1,90}?\b(?:is|are|was|were|did|does|do|has|have|had|"
    r"will|would|can)(?:n['’]t| not| no|(?= (?:a|an|the|in)\b))",
    rf"\b{_POST}\b[^.;:!?]{{0,120}}?\b(?:does not|doesn['’]t|do not|did not|didn['’]t|cannot|"
    rf"never) (?:shows?|depicts?|proves?|comes? from|dates? from|contains?|mentions?|says?|match)\b",
    rf"\b{_POST}\b[^.;:!?]{{0,120}}?\b(?:(?:was|were) (?:in fact |actually |really )?(?:filmed|shot|"
    rf"taken|recorded|published|made|posted|staged)|comes? from|came from|dates?|dated|is from|are from)"
    rf" (?:\w+ ){{0,2}}?(?:(?:in|from|at|to|during|for|by|back) )?(?:\w+ ){{0,3}}?(?:another|a different|"
    rf"an unrelated|an? (?:\w+ ){{0,2}}(?:game|film|movie|exercise|drill|series|parody)|satir\w+|"
    rf"(?:19|20)\d\d\b)",
    r"\b(?:reverse[- ]image|image) search\b|\b(?:miscaptioned|mislabel(?:s|led|ed)?|misattribut\w+|"
    r"mistranslat\w+|out of context|video game)\b",
    rf"\b(?:we|was|were|who|they|\w+s) (?:have )?traced (?:\w+ ){{0,3}}{_POST}\b[^.;:!?]{{0,120}}? (?:back )?to\b",
    r"\bfact-?check(?:s|ers?|ing)?\b[^.;:!?]{0,80}?\b(?:found|rated|debunked|showed?|traced|"
    r"concluded|determined|established)\b",
    r"\bnothing of the (?:kind|sort)\b",
)
_FRENCH = (
    r"\b(?:aucune?|pas d['’]|pas la moindre) ?(?:\w+ )?(?:preuve|élément|indice|trace|fondement)s?\b"
    r"(?! d['’](?:hésitation|humour))",
    r"\b(?:allégation|affirmation|accusation|rumeur|information|vidéo|image|photo|document|lettre|"
    r"théorie|histoire|citation|publication)s?\b[^.;:!?]{0,120}?\b(?:est|sont|était|étaient|s['’]est "
    r"révélée?|se révèle)(?: \w+ment| totalement| tout simplement)? (?:fausse?s?|infondée?s?|"
    r"mensongères?|inventée?s?|trompeu(?:r|se)s?|sans fondement|un montage|un faux|un canular)\b",
    r"\bil est (?:faux|inexact|mensonger) (?:de|que|d['’])",
    r"\bcontrairement (?:à|aux) (?:\w+ ){0,3}(?:allégation|affirmation|rumeur|publication|vidéo)s?\b",
    r"\b(?:démonte|dément|réfute|contredit|contredisent|démontent|réfutent)(?:nt)? (?:la|les|cette|"
    r"ces|une|l['’]) ?(?:thèse|théorie|rumeur|allégation|affirmation|idée)s?\b",
    r"^\W*(?:verdict|notre verdict|conclusion|vérification|c['’]est faux|faux|fake off|infox|intox)"
    r"\s*[:.–—-]",
)
_RUSSIAN = (
    r"\b(?:нет|не было|не нашли|не найдено|не обнаружено|не нашел|не нашла) (?:\w+ ){0,2}"
    r"(?:доказательств|подтверждени[йя]|свидетельств|оснований|признаков)",
    r"\b(?:утверждени|заявлени|слух|сообщени|обвинени|видео|фото|снимок|снимки|публикаци|верси|"
    r"истори)\w*[^.;:!?]{0,120}?(?:оказал\w+|являет\w+|явля\w+|—|–|был[аои]?) (?:\w+ )?"
    r"(?:ложн|ложью|фейк|недостоверн|неправд|вымыс|подделк|выдумк|постановочн)\w*",
    r"\bвопреки (?:\w+ ){0,2}(?:утверждени|заявлени|слух|сообщени)\w+",
    r"\b(?:опроверга|опроверг|развенча)\w+ (?:\w+ ){0,2}(?:слух|миф|утверждени|верси|иде)\w*",
    r"^\W*(?:вердикт|фейк|неправда|ложь)\s*[:.–—-]",
)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Compile patterns for lower-case text; those that begin at a word are tried only at words.

    Seven times as fast as trying each of them everywhere, in both cases.
    """
    at_words = [f"(?:{p[2:]})" for p in patterns if p.startswith(r"\b")]
    others = [f"(?:{p})" for p in patterns if not p.startswith(r"\b")]
    return re.compile("|".join([rf"\b(?=\w)(?:{'|'.join(at_words)})", *others]))


_REJECTION = _any_of((*_ENGLISH, *_FRENCH, *_RUSSIAN))
_SUPPOSED = re.compile(r"\W*(?:if|unless|suppose|si|если)\b", re.I)
_LONGEST = 400  # characters: a longer sentence does more than reject


def rejects(text: str) -> bool:
    """Tell whether a sentence only rejects the claim that it tells of, in any of the languages.

    Give it the folded text that the model reads, so that look-alike letters do not hide a cue.
    """
    if len(text) > _LONGEST or _SUPPOSED.match(text):
        return False
    return _REJECTION.search(text.lower()) is not None
