# ruff: noqa: E501  (one pattern a line)
"""The wording of page furniture and datelines: what a line says of itself, wherever it stands."""

from __future__ import annotations

import re

__all__ = ["BYLINE", "PORTRAIT", "TICKER", "credit_start", "dateline", "named"]

_AGENCY = (
    r"(?:AP|AFP|TASS|ITAR-TASS|Reuters|Sputnik|EPA(?:-EFE)?|EFE|UPI|PTI|ANI|IANS|PA|DPA|dpa|ANSA|Xinhua|Anadolu"
    r"(?: Agency)?|AA|Bloomberg|Interfax(?:-\w+)?|RIA(?: Novosti)?|РИА Новости|ТАСС|Getty(?: Images)?|Shutterstock|Alamy"
    r"(?: Stock Photo)?|Unsplash|Pixabay|Flickr|iStock|Wikimedia(?: Commons)?|Creative Commons|"
    r"Global Look Press|Zuma(?: Press)?|Ukrinform|UNIAN|Belga|Keystone|Kyodo|Yonhap|NurPhoto|"
    r"Sipa(?: USA)?|Kommersant|Tasnim|IRNA|SANA|MIA|Rossiya Segodnya|CC BY[-\w. ]*)"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_MONTHS_ABROAD = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|januar|februar|märz|april|juni|juli|august|oktober|dezember"
    r"|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
    r"|січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня)"
)
_DAY = (
    rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}"
    rf"|\d{{1,2}}\.? (?:de )?{_MONTHS_ABROAD}\.?(?: de)? \d{{4}}(?: (?:года|г\.|року))?"
    r"|\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})"
)
_ZONE = r"(?:\s?(?:GMT|UTC|MSK|CET|CEST|EST|EDT|ET|PT|BST|IST|Z|Uhr|[+-]\d{4}))"
_CLOCK = rf"\d{{1,2}}[:.h]\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?{_ZONE}?(?:[+-]\d{{1,2}}:?\d\d)?"
_WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,?\s+)?"
_STAMP = (
    rf"(?:{_WEEKDAY}{_DAY}(?:[,T|\s–-]+(?:(?:at|à|um|в|о)\s+)?{_CLOCK})?|{_CLOCK}(?:[,\s|–-]+{_WEEKDAY}{_DAY})"
    rf"|(?:Today|Yesterday),?\s+(?:at\s+)?{_CLOCK}|\d+ (?:second|minute|hour|day|week|month)s? ago)"
)
_NETWORKS = (
    r"(?:facebook|twitter|x|telegram|whatsapp|linkedin|reddit|pinterest|vkontakte|vk|ok|viber|email|"
    r"e-mail|mail|print|flipboard|instagram|youtube|rss|sms|messenger|tumblr|copy link|copy|link|"
    r"share|tweet|pin|post|more|odnoklassniki|pocket|line|weibo|threads|bluesky|mastodon|tiktok|rumble)"
)


def _any(*patterns: str, flags: re.RegexFlag = re.I) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns), flags)


# Whole lines that are furniture wherever they stand; the longest line each may take.
_ANYWHERE: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("url", 2000, _any(r"<?(?:https?://|www\.)\S+>?", r"\S+\.(?:com|org|net|ru|info|uk)/\S*")),
    ("path", 300, _any(r"/?[\w.@\[\]='\"-]*(?:/[\w.@\[\]='\":-]+){2,}/?", flags=re.A)),
    (
        "contact",
        160,
        _any(
            r"(?:e-?mail|contact)?:?\s*[\w.+-]+@[\w-]+\.[\w.]+",
            r"(?:tel|phone|fax|t)?[.:]*\s*\+?\(?\d[\d\s().-]{6,18}\d",
        ),
    ),
    (
        "timestamp",
        160,
        _any(
            rf"(?:(?:first |last )?(?:published|posted|updated|modified|date)(?: on| at)?:?\s+)?{_STAMP}"
            rf"(?:\s*[|•·(\[-]*\s*(?:last )?(?:updated|modified)(?: on| at)?:?\s+{_STAMP}[)\]]?)?",
            rf"(?:(?:updated|published|posted):?\s+)?{_CLOCK}",
            r"(?:\d+ |a |one )?min(?:ute)?s? read",
            rf"{_STAMP}\s*[|·•]\s*(?:\d+ comments?|\d+ min(?:ute)?s? read|[\w ]{{3,20}})",
            rf"(?:publié|mis à jour|modifié|actualisé)(?: le)?:? {_STAMP}(?:,? (?:mis à jour|modifié)(?: le)? ?(?:à )?(?:{_STAMP}|{_CLOCK}))?",
            rf"(?:stand|veröffentlicht|aktualisiert|опубликовано|обновлено|оновлено|publicado|actualizado|pubblicato|publicerad)(?: am| el)?:? {_STAMP}(?: Uhr)?",
            r"\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?(?:\s*\d{1,2}[:：]\d\d)?(?:\s*来源\s*[:：].{1,30})?",
            r"(?:(?:ال)?(?:أحد|إثنين|اثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت)\s*،?\s*)?\d{1,2} [\u0600-\u06ff]{3,12} \d{4}",
        ),
    ),
    (
        "message header",
        160,
        _any(
            r"[^\n]{1,60}, \[\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: [AP]M)?\]:?",
            r"On .{5,60}\b\d{4}\b.{0,30}\b\d{1,2}:\d\d.{0,90} wrote:",
            r"forwarded from .{1,60}",
        ),
    ),
    (
        "database field",
        200,
        _any(
            r"(?:byline|load-date|publication-type|document-type|journal code)\s*:\s*\S.{0,150}",
            r"section\s*:\s*.{1,60}; ?p(?:g|age)\b.{0,40}|length\s*:\s*[\d,]+ words",
            r"end of document",
            r"\d[\d,.]* words",
            r"document \w{12,40}",
            rf"{_DAY} (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: .{{0,30}}edition)?",
        ),
    ),
    (
        "navigation",
        120,
        _any(
            r"(?:back|return) to (?:the )?(?:top(?: of (?:the )?page)?|home(?: ?page)?|list|archives?|overview|index|(?:all )?(?:news|articles|posts|stories|results))",
            r"(?:next|previous|first|last) page",
            r"page \d+ of \d+",
            r"jump to(?: content|:).{0,60}",
            r".{2,60}\|\s*(?:https?://|www\.)\S+",
        ),
    ),
    (
        "paywall",
        220,
        _any(
            r"(?:to )?continue reading (?:this|the|your|with)\b.{0,100}",
            r"already (?:a |an? )?(?:subscriber|subscribed|member|registered)\b.{0,60}",
            r"(?:already )?have an account\b.{0,40}",
            r"subscribe (?:now |today )?(?:for (?:just |only )?[$€£\d]|to (?:continue|read|unlock|access|keep))\b.{0,160}",
            r"(?:this|the rest of this) (?:article|story|post|content|page) is (?:for|only for|available (?:only )?to|reserved for|exclusive to)\b.{0,20}(?:subscribers|members|readers)\b.{0,100}",
            r"(?:cet article est |article )?réservé aux abonnés\b.{0,80}",
        ),
    ),
    (
        "copyright",
        260,
        _any(
            r"(?:©|\(c\)\s|copyright\s*(?:©|\(c\)|\d{4})).*",
            r".{0,80}\ball rights reserved\b.{0,120}",
        ),
    ),
    (
        "photo credit",
        160,
        _any(
            rf"(?:©\s*)?{_AGENCY}(?: photo)?\s*(?:/|via)\s*\S.{{0,80}}",
            rf"[\w .,'’-]{{3,60}}\s?/\s?{_AGENCY}",
            r"[(\[]?(?:file )?(?:photo|image|picture)s?(?: credit| courtesy| source)?(?: by|:| ©| via)\s*(?:[\w'’-]+[ ./,|]*){1,8}[)\]]?",
            r"(?:photo|image|video|picture) ?(?:credit|courtesy)s?\b.{0,100}",
            r"(?:getty images|shutterstock|file photo|screenshot|illustrative (?:image|photo))\.?",
            r"credits?: ?.{2,80}",
        ),
    ),
    (
        "tags",
        400,
        _any(r"(?:tags?|topics?|keywords|filed under|categor(?:y|ies)|posted in|labels)\s*:.*"),
    ),
    (
        "share row",
        160,
        _any(
            rf"(?:share|tweet|print|email|follow)(?:[\s|,/·•:&]+(?:(?:on|via|by|to)\s+)?{_NETWORKS})*",
            rf"{_NETWORKS}(?:[\s|,/·•]+{_NETWORKS})+",
            r"(?:please )?share (?:this|the|it|with|on|via)\b[^.]{0,60}",
            r"(?:\d+(?:\.\d)?[km]? )?(?:shares?|likes?|views?|retweets?)",
            r"(?:follow|like|find|join) us (?:on|at|in) (?:our\b|@|facebook|twitter|x\b|instagram|telegram|vk|youtube|whatsapp|linkedin|google|social).{0,100}",
            r"(?:follow|like) \S+(?: \S+){0,4} on (?:facebook|twitter|x|instagram|telegram|gab|youtube)\b.{0,60}",
            r"[\W_]*(?:subscribe|join)\b.{0,40}(?:telegram|channel|whatsapp|@\w+).{0,60}",
        ),
    ),
    (
        "newsletter prompt",
        260,
        _any(
            r"(?:sign up|subscribe|register|get|receive|enter your e-?mail)\b.*\b(?:newsletters?|inbox|e-?mail(?: alerts?| address)|mailing list|updates)\b.{0,120}",
            r"(?:subscribe|sign up|sign in|log in|register)(?: now| here| today| free| or register| or subscribe)?[.!]?",
            r"unsubscribe\b.{0,120}",
            r"(?:view|read|open) (?:(?:this (?:e-?mail|message)|it|online) )?in (?:your |a |the )?browser.*",
            r"you(?: are|['’]re) receiving this (?:e-?mail|message|newsletter)\b.*",
            r"(?:forward(?:ed)? this|was this) (?:e-?mail|message|newsletter)\b.*",
            r"(?:registration was successful|thank you for (?:subscribing|signing up|registering))[.!]?",
            r"(?:please )?follow the link from the e-?mail\b.*",
        ),
    ),
    (
        "cookie notice",
        500,
        _any(
            r"(?:we|this (?:web)?site|our (?:web)?site|\w+\.com)\b.{0,60}\bus(?:e|es|ing)\b.{0,40}\bcookies\b.*",
            r"(?:accept|reject|manage|allow)(?: all)?(?: cookies| settings| preferences)?",
            r"by (?:clicking|continuing|using|browsing|subscribing|signing up)\b.{0,120}\b(?:you (?:agree|consent|accept)|cookies)\b.*",
            r"(?:cookie|privacy|cookies) (?:policy|settings|preferences|notice|feedback)",
        ),
    ),
    (
        "read-more teaser",
        200,
        _any(
            r"(?:read|see|watch|listen|find out|learn)(?: (?:more|also|next|it|full (?:story|article)|the full \w+))(?:\s*[:>»…|-].*|\s+(?:here|at|on|about|in|from|stories|below)\b.*|\.{0,3})",
            r"(?:continue|keep) reading(?:\s*[:>»…].*|\.{0,3})",
            r"(?:also read|see also|related|recommended|more on this(?: story)?|more from\b.{0,40}|most (?:read|popular)(?: (?:in|on|stories)\b.{0,30})?|trending(?: now)?|you (?:may|might) also (?:like|be interested in)|don['’]t miss|editor['’]?s['’]? picks?|(?:latest|recommended|related|top) videos?|bypass the censors|take our poll\b.{0,60}|up next|more stories|latest (?:news|stories)|top stories|related (?:articles?|stories|news|posts?|topics?|links?|coverage|content)|previous (?:article|post|story)|next (?:article|post|story))(?:\s*[:>»].*)?",
            r"(?:full|original) (?:version|report|text|article)(?: of (?:the )?\w+)?\s*(?:[:>»].*|\((?:pdf|link)\b.*)?",
        ),
    ),
    (
        "advertisement",
        80,
        _any(
            r"(?:advertise(?:ment|ments)|ad|ads|sponsored(?: content| by\b.*)?|promoted|paid content|adverti[sz]ing)(?:\s*[:–—-].*)?",
            r"(?:story|article) continues (?:below|after)\b.*",
            r"skip (?:ad|advertisement|to (?:main )?content|to navigation)",
        ),
    ),
    (
        "comments",
        160,
        _any(
            r"\(?\d*\s*comments?(?: \(\d+\)| \d+)?\)?(?: (?:are )?(?:closed|disabled|off))?\.?",
            r"(?:leave|post|add|write|view|show|load|be the first to)(?: (?:a|your|all|more|the))? (?:comments?|reply|replies)\b.{0,40}",
            r"to participate in the discussion.*",
            r"log in (?:or|to) (?:register|comment|reply)\b.{0,40}",
            r"join the (?:discussion|conversation)\b.{0,40}",
            r"report (?:a typo|an error|this ad)\b.{0,80}",
            r"(?:found|spotted|noticed) (?:a|an) (?:typo|error|mistake)\b.{0,120}",
        ),
    ),
    (
        "source note",
        200,
        _any(
            r"(?:based on|using) materials? (?:from|of|by)\b.{0,120}",
            r"(?:source|sources|via|h/t)\s*:\s*\S.{0,100}",
            r"(?:this (?:article|story|post|piece)|it) (?:was )?(?:first|originally) (?:appeared|published|posted)\b.{0,150}",
            r"(?:the post|the article) .{3,140} (?:appeared first|first appeared) on\b.*",
            r"(?:view|read|see) (?:the )?original(?: article| post| story)?\b.{0,60}",
        ),
    ),
    (
        "byline",
        260,
        _any(
            r"\(?(?:additional )?(?:reporting|writing|editing|edited|written|compiled|translated) by [A-Z].*",
            flags=re.NOFLAG,
        ),
    ),
    (
        "read-more teaser",
        200,
        _any(
            r"(?:à )?(?:lire|voir|écouter) (?:aussi|également|la suite)\b.*",
            r"(?:sur le même sujet|les plus lus|à la une|articles? (?:liés|similaires))(?:\s*:.*)?",
            r"(?:читайте|смотрите|слушайте|см\.?|читать) (?:также|тоже|далее|ещё|еще|по теме|полностью)(?!\w).*",
            r"(?:материалы |новости |статьи )?по теме(?:\s*:.*)?|самое читаемое|популярное|(?:другие|последние|главные) новости",
            r"(?:читайте|дивіться|слухайте) (?:також|більше|ще)(?!\w).*",
            r"(?:lesen|sehen|hören) sie (?:auch|mehr|hier)\b.*|(?:mehr zum thema|auch interessant|das könnte sie auch interessieren|meistgelesen)(?:\s*:.*)?",
            r"(?:lea|lee|vea|mira|leia|leggi|guarda) (?:también|más|también:|também|mais|anche|di più)\b.*|(?:noticias relacionadas|te puede interesar|más leídas)(?:\s*:.*)?",
            r"(?:اقرأ|شاهد|طالع) (?:أيض|المزيد|ايض).*",
            r"(?:相关|延伸|更多)(?:阅读|新闻|报道|文章).*|(?:続きを読む|関連記事).*",
        ),
    ),
    (
        "share row",
        120,
        _any(
            rf"(?:partager|imprimer|envoyer|copier le lien|réagir|commenter)(?: (?:cet |l[’'])article)?(?:[\s|,/·•]+(?:(?:sur|par) )?(?:{_NETWORKS}|courriel|imprimer))*",
            r"(?:поделиться|распечатать|отправить|скопировать ссылку|вконтакте|одноклассники|телеграм|ватсап|вотсап|фейсбук|твиттер|поділитися|фейсбук|друкувати)(?:[\s|,/·•]+(?:вконтакте|одноклассники|телеграм|telegram|whatsapp|facebook|twitter|x|vk|ok|viber|в|на|ссылкой))*",
            rf"(?:(?:artikel )?teilen|drucken|merken|mailen|link kopieren|kommentieren)(?:[\s|,/·•]+(?:auf |per )?(?:{_NETWORKS}|drucken|merken))*",
            rf"(?:compartir|imprimir|comentar|enviar|compartilhar|condividi|stampa)(?:[\s|,/·•]+(?:(?:en|por|em|su) )?(?:{_NETWORKS}|correo|imprimir))*",
            r"(?:شارك|مشاركة|طباعة|فيسبوك|تويتر|واتساب)(?:[\s|,/·•]+[\u0600-\u06ff]+){0,3}",
            r"分享(?:(?:到|至).{0,10})?",
        ),
    ),
    (
        "newsletter prompt",
        200,
        _any(
            r"(?:abonnez-vous|s[’']abonner|inscrivez-vous|se connecter|connexion|s[’']inscrire)\b.{0,140}(?<!\.)",
            r"(?:подпи(?:сывайтесь|шитесь|саться)|підпи(?:суйтесь|шіться|сатися))(?: на\b.{0,120})?[.!]?",
            r"(?:newsletter abonnieren|jetzt (?:abonnieren|anmelden)|anmelden|registrieren|abonnieren)\b.{0,80}(?<!\.)",
            r"(?:suscríb(?:ete|ase)|suscribirse|iniciar sesión|assine|iscriviti)\b.{0,100}",
        ),
    ),
    (
        "copyright",
        300,
        _any(
            r".{0,100}\b(?:tous droits réservés|alle rechte vorbehalten|todos los derechos reservados|todos os direitos reservados|tutti i diritti riservati|все права защищены|усі права захищен\w*)\b.{0,150}",
            r".{0,60}(?:جميع الحقوق محفوظة|版权所有|無断転載禁止).{0,100}",
            r"при (?:использовании|перепечатке|цитировании|копировании)(?: материалов)? .{0,120}ссылка.{0,100}",
            r"mentions légales.{0,60}|impressum|datenschutz(?:erklärung)?|aviso legal",
        ),
    ),
    (
        "comments",
        100,
        _any(
            r"(?:réagir à cet article|(?:voir |ajouter )?(?:un |les |\d+ )?commentaires?(?: \(\d+\))?)",
            r"(?:(?:оставить |добавить )?комментари[ийя]|обсудить|коментар\w*)(?: \(?\d+\)?)?",
            r"(?:\d+ )?(?:kommentare?|comentarios?)(?: \(?\d+\)?)?",
        ),
    ),
    (
        "byline",
        80,
        _any(
            r"(?:责任)?(?:编辑|记者|作者)\s*[:：].{1,30}",
            r"[(（]?(?:责任)?编辑\s*[:：].{1,30}[)）]?",
        ),
    ),
    (
        "archive banner",
        160,
        _any(
            r"the wayback machine\b.*",
            r"\d+ captures?\b.*",
            r"(?:this page was )?(?:archived|saved) (?:from the original|from http|on \d|from \d)\b.{0,120}",
            r"success\s*fail\b.*",
            r"about this capture",
            r"collected by\b.{0,80}",
        ),
    ),
)

_CREDIT_END = re.compile(
    rf"(?:(?P<image>\s-\s[\w .]{{3,40}},\s\d{{3,4}},\s\d\d\.\d\d\.\d{{4}})|(?:(?<=[.!?\"”)\]])\s*|(?<=\s))(?P<credit>"
    rf"(?<=[.!?\"”)\] ])(?:[^\W\d_][\w.'’-]*\s){{1,4}}/\s?{_AGENCY}"
    rf"|\((?:{_AGENCY}(?: photo)?\s*(?:/|via|,)|(?:file )?(?:photo|image|picture)s?(?: credit)?(?: by|:|/)).{{2,70}}\)"
    rf"|\[(?:photo|image|{_AGENCY})[^\]]{{2,70}}\]"
    r"|(?<=[.!?][ ])(?:photo|image|picture)s?(?: credit| by)?:\s?[\w ./'’-]{2,60}"
    r"|(?<=[.!? ])©\s*[\w ./'’-]{2,60}))\.?$",
    re.I,
)
_DECORATION = re.compile(r"^[^\w\s\"“‘'«(\[©@/+<#.-]+\s*")
_MARKDOWN_LINK = re.compile(r"(?P<image>!)?\[(?P<shown>[^\]]{0,300})\]\([^)]{0,1000}\)")
_CAPTION_START = re.compile(
    rf"(?:FILE(?: PHOTO| -|:)|(?:file )?photo shows\b|pictured:|in this (?:file |{_DAY} )?(?:photo|image|picture)\b"
    rf"|©\s*(?:{_AGENCY}|photo\b|\w[\w .]{{1,30}} ?/)|{_AGENCY} photo\s?/)",
    re.I,
)
BYLINE = re.compile(
    r"(?:[Bb]y|BY|Author:|Written by|Posted by|Text by)\s+"
    r"[A-Z][\w.'’-]+(?:\s+(?:(?:de|van|von|al|bin|and|der|la)\s+)?[A-Z][\w.'’-]*){0,5}"
    r"(?:\s*[,|•–—-].{0,60})?"
)
TICKER = re.compile(rf"\d{{1,2}}[:.]\d\d{_ZONE}?\s?[\"'“‘«]?[^\W\d_].{{8,220}}")
PORTRAIT = re.compile(
    r"\b(?:is|are|was|were) (?:seen|pictured|shown|photographed)\b|\((?:L|R|C|left|right|center|centre)\)"
)


def named(raw: str) -> str | None:
    """Name the kind of furniture that a line is by its wording alone, None if it is none."""
    text = " ".join(raw[:2100].split())
    if link := _MARKDOWN_LINK.fullmatch(text):
        if link["image"]:
            return "photo caption"
        text = link["shown"]
    text = _DECORATION.sub("", text)
    for reason, longest, pattern in _ANYWHERE:
        if len(text) <= longest and pattern.fullmatch(text):
            return reason
    if len(text) <= 900 and _CAPTION_START.match(text):
        return "photo caption"
    return None


def credit_start(text: str) -> int | None:
    """Return where the photo credit begins that ends `text`; 0: the whole line is a caption."""
    at = max(0, len(text) - 130)
    match = _CREDIT_END.search(text[at:])
    if match is None:
        return None
    length = at + match.start()
    whole = (
        match["image"]
        or (len(text) <= 900 and PORTRAIT.search(text))
        or length <= (250 if text[at + match.start("credit")] in "([" else 180)
    )
    return 0 if whole else at + match.start("credit")


_DATELINE_AGENCY = r"(?:[A-ZČА-Я][\w.]*(?: [A-Z][\w.]*){0,2}|tass)"
_DATELINE = re.compile(
    # MOSCOW, May 1. /TASS/.   MOSCOW, May 1 (Interfax) -   UNITED NATIONS (Sputnik) -
    rf"(?P<city>[A-ZÀ-ÞА-Я][^\n.!?\"“”()/]{{1,45}}?)(?:,\s+(?:{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}\s{_MONTH})(?:,?\s\d{{4}})?)?\.?\s*"
    rf"(?:/(?P<a>{_DATELINE_AGENCY})/|\((?P<b>{_DATELINE_AGENCY})\)|\[(?P<c>{_DATELINE_AGENCY})\])\.?\s*(?:[-–—:]+\s*|(?<=/\.)\s*|(?<=\.)\s+)"
    # MOSCOW, May 5 - RIA Novosti.
    rf"|[A-ZÀ-ÞА-Я][^\n.!?\"“”()/]{{1,45}}?,\s+(?:{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}\s{_MONTH})\s*[-–—,]\s*(?P<d>RIA Novosti|РИА Новости|TASS|Interfax|Sputnik|Xinhua)\.\s+"
    # (Reuters) -   /TASS/.
    rf"|(?:\((?P<e>{_AGENCY})\)\s*[-–—]+|/(?P<f>{_AGENCY})/\.)\s*"
    # TUCSON, Ariz. –   WASHINGTON, D.C. —   KYIV, Ukraine (May 3) -
    r"|[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я.'’ -]{2,30},\s(?:[A-Z][\w.]{1,14}\s?){1,2}(?:\([^)]{3,20}\)\s?)?\s*[-–—]{1,2}\s+(?=[A-Z\"“])"
    # KALADOU, June 3.
    rf"|[A-ZÀ-ÞА-Я]{{3,}}(?:[ -][A-ZÀ-ÞА-Я]{{2,}}){{0,2}},\s{_MONTH}\s?\d{{1,2}}(?:,?\s\d{{4}})?\.\s+(?=[A-Z\"“])"
    # MOSCOW —
    r"|(?!(?:BREAKING|UPDATED?|EXCLUSIVE|WATCH|VIDEO|PHOTOS?|LIVE|OPINION|NATO|ANALYSIS|USA|USSR|WHO|UNESCO|OSCE|NOTE)\b)"
    r"[A-ZÀ-ÞА-Я]{4,}(?:[ -][A-ZÀ-ÞА-Я]{2,}){0,2}\s[-–—]{1,2}\s(?=[A-Z][a-z]|[\"“])"
)


def dateline(text: str) -> tuple[int, str | None]:
    """Return the length of the dateline that opens `text` (0: none) and the agency it names."""
    match = _DATELINE.match(text)
    if match is None or len(text) - match.end() < 20:
        return 0, None
    city = match["city"]
    if city is not None and not _is_place(city):
        return 0, None
    return match.end(), next(
        (name for name in match.groupdict().values() if name and name != city), None
    )


def _is_place(city: str) -> bool:
    """Say whether the words before an agency's name can be a place: capitals, few, no verb."""
    words = city.split()
    small = {"de", "la", "el", "upon", "am", "on", "an", "der", "and", "al", "of", "the"}
    return len(words) <= 6 and all(w[0].isupper() or w.lower() in small for w in words)
