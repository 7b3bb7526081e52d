# ruff: noqa: E501  (a table of names)
"""Tells whether "he" or "she" can stand for somebody, by title, given name or Slavic surname.

Only common given names are listed; where nothing is known the gender is "", which fits both.
"""

from __future__ import annotations

import re

__all__ = ["gender_of_name", "gender_of_role"]

_FEMALE = frozenset(
    "agnes alexandra alice alla amanda amina amy ana anastasia andrea angela anita ann anna annalena "
    "anne annie antonia barbara beatrice beth betsy camille carla carol carolina caroline catherine "
    "charlotte chelsea chloe christine cindy claire claudia condoleezza cynthia daria deborah "
    "diana diane donna dora dorothy ekaterina elena elise elisabeth elizabeth ella ellen elvira emily "
    "emma erika eva fatima fatou federica fiona florence frances galina georgia gina giorgia gloria "
    "grace greta hannah heather helen helena hillary ida ilona inna irina iryna isabel isabelle jane "
    "janet jeanne jen jennifer jessica joan joanna julia julie kaja kamala karen karin kate katherine "
    "kathleen katie kellyanne kristina ksenia larisa laura leila lena lesia lilia linda lisa louise "
    "lucy ludmila lyudmila madeleine magdalena maia manon margaret margarita maria mariam mariana "
    "marie marina marine marta martha mary maya megan melania melissa michelle mirjana monica nadezhda "
    "nancy natalia natalie natalya nicola nikki nina nora oksana olena olga pamela patricia paula "
    "petra polina rachel rebecca rita rosa roza ruth samantha sandra sanna sara sarah sharon sofia "
    "sophie stephanie susan svetlana sylvia tamara tatiana tatyana teresa theresa tulsi ursula valentina "
    "valeria vera veronica victoria viktoria virginia wendy yana yulia zoe zuzana".split()
)
_MALE = frozenset(
    "aaron abdullah abdoulaye adam adrian ahmad ahmed alan albert alexander alexei aleksandr aleksei "
    "ali alfred anatoly anders andrei andrew andrii andriy andrzej anthony antonio antony arkady arthur "
    "assimi bashar ben benjamin bernard bill bob boris brad brian bruce bruno carl carlos charles "
    "chris christopher claude daniel david denis dmitri dmitry dmytro dominique donald donald "
    "edward emmanuel eric ernest evgeny francois françois frank fyodor gary gennady george "
    "gerald gerhard gordon grigory hans harry hassan henri henry herbert hugo ian ibrahim igor ihor "
    "ilya ivan jack jacob jake james jan jean jeffrey jens jeremy jim joe joel johann john jon jonathan "
    "jose josé josep joseph josh juan karl keith kenneth kevin kirill konstantin lawrence leonid lloyd "
    "louis luc luigi lukas marc marcus marek mark martin mateusz matteo matthew maxim michael michel "
    "mike mikhail milos mohamed mohammad mohammed mustafa mykola nicolas nikita nikol nikolai oleg "
    "oleh oleksandr oleksii oleksiy olaf omar oscar patrick paul pavel pedro peter petr petro phil philip "
    "pierre piotr radoslaw ralph ramzan recep richard rishi robert roger roman ron ronald ruslan sam "
    "scott sean sebastian serge sergei sergey serhiy simon stanislav stefan stephen steve steven ted "
    "thierry thomas tim tom tony vadim valery vasily viktor vitali vitaly vladimir volodymyr vyacheslav "
    "walter william xavier yaroslav yevgeny yuri yury zbigniew".split()
)
_SHE = re.compile(
    r".*woman|wife|mother|daughter|sister|widow|actress|queen|princess|lady|girl|mrs\.?|ms\.?|mme\.?|"
    r"madame|duchess|baroness|countess|heroine|directrice|présidente|députée|ambassadrice|"
    r"représentante|dirigeante|conseillère|habitante|experte|представительница|сотрудница"
)
_HE = re.compile(
    r"(?:spokes|chair|congress|business|states|clergy|police|assembly|alder|anchor|camera|noble)?man|"
    r"husband|father|son|brother|widower|king|prince|mr\.?|sir|duke|baron|boy|directeur|ambassadeur|"
    r"représentant|député"
)
# Slavic surnames; short ones and those that other languages share are left open.
_SLAVIC_SHE = re.compile(r"\w{2,}(?:ova|eva|skaya|ская|ова|ева)")
_SLAVIC_HE = re.compile(r"\w{2,}(?:[oe]v|sky|skiy|skyy|ov|ов|ев|ский)")


def gender_of_role(words: frozenset[str] | list[str]) -> str:
    """Return "f", "m" or "" for the words of a description, in lower case."""
    if any(_SHE.fullmatch(word) for word in words):
        return "f"
    return "m" if any(_HE.fullmatch(word) for word in words) else ""


def gender_of_name(name: str) -> str:
    """Return "f", "m" or "" for a name: by its first word if that is a given name, or its last."""
    words = name.lower().split()
    if len(words) > 1:
        if words[0] in _FEMALE:
            return "f"
        if words[0] in _MALE:
            return "m"
    if words and _SLAVIC_SHE.fullmatch(words[-1]):
        return "f"
    return "m" if words and _SLAVIC_HE.fullmatch(words[-1]) else ""
