"""The French sentence in which a facility reads its own number."""

from dataclasses import dataclass

from distrilog.domain.quotas.rules.claims import THOUSANDTHS, Claims, Reason, Shares


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareLine:
    """
    One facility's share with what led to it: units, but `exact` and `carried_next` thousandths.

    `have` is the stock that was counted; `declared` is False where the facility itself had said nothing.
    """

    need: int
    have: int
    floor: int
    cap: int
    units: int
    exact: int
    carried_next: int
    reason: Reason
    level: tuple[int, int]
    box: int
    declared: bool = True


def line_at(*, claims: Claims, shares: Shares, index: int) -> ShareLine:
    """Return the line of the facility at `index`."""
    return ShareLine(
        need=int(claims.need[index]),
        have=int(claims.have[index]),
        floor=int(claims.floor[index]),
        cap=int(claims.cap[index]),
        units=int(shares.units[index]),
        exact=int(shares.exact[index]),
        carried_next=int(shares.carried_next[index]),
        reason=Reason(int(shares.reason[index])),
        level=shares.level,
        box=shares.box,
    )


def explain(*, line: ShareLine, article: str) -> str:
    """Say in French why the facility may order this many; `article` is a plural: « masques FFP2 »."""
    if line.reason == Reason.NO_NEED:
        return (
            f"La doctrine ne vous reconnaît pas de besoin de {article} cette semaine : "
            "votre contingent est nul."
        )
    need = f"Votre besoin est de {_count(line.need)} {article} par semaine"
    return f"{need}{_stock(line)}. {_why(line)} {_carried(line)}".rstrip()


def _stock(line: ShareLine) -> str:
    """Say which stock was counted, and for the silent why."""
    if not line.have:
        return ""
    if line.declared:
        return f", et votre stock déclaré compte pour {_count(line.have)}"
    return (
        ". Vous n’aviez pas déclaré de stock récent : vous êtes compté comme l’établissement déclarant le "
        f"mieux couvert de votre catégorie, soit {_count(line.have)}"
    )


def _why(line: ShareLine) -> str:
    match line.reason:
        case Reason.AT_LEVEL:
            return (
                "L’enveloppe nationale permet de porter chaque établissement à "
                f"{_percent(line.level)} de son besoin{_stock_counted(line)} : {_rounded(line)}."
            )
        case Reason.AT_FLOOR if line.have and not line.units:
            return (
                f"Ce stock couvre déjà les {_percent(line.level)} du besoin que l’enveloppe "
                "nationale permet d’assurer à chacun : votre contingent est nul."
            )
        case Reason.AT_FLOOR if line.units:
            return (
                f"L’enveloppe nationale ne permettrait que {_percent(line.level)} du besoin"
                f"{_stock_counted(line)} : vous recevez le plancher garanti à votre catégorie, "
                f"{_rounded(line)}."
            )
        case Reason.AT_CAP:
            return (
                "L’enveloppe nationale suffit à vous servir jusqu’à votre plafond, "
                f"complété à la boîte entière : {_rounded(line)}."
            )
        case Reason.FLOOR_SHARED:
            return (
                "L’enveloppe nationale ne suffit pas à assurer tous les planchers : ils sont "
                f"partagés selon la même règle, et votre part est de {_rounded(line)}."
            )
        case _:
            return (
                "L’enveloppe nationale ne laisse rien à répartir pour vous cette semaine : "
                "votre contingent est nul."
            )


def _stock_counted(line: ShareLine) -> str:
    return ", stock compris" if line.have else ""


def _rounded(line: ShareLine) -> str:
    """« 217, arrondis à 4 boîtes de 50 (200) », or without the middle where nothing was rounded."""
    boxes = line.units // line.box
    if not boxes:
        part = _count(line.exact // THOUSANDTHS)
        return f"{part}, ce qui ne fait pas encore une boîte de {_count(line.box)}"
    noun = "boîtes" if boxes > 1 else "boîte"
    in_boxes = f"{boxes} {noun} de {_count(line.box)} ({_count(line.units)})"
    if line.exact == line.units * THOUSANDTHS:
        return in_boxes
    verb = "arrondi" if line.exact < 2 * THOUSANDTHS else "arrondis"
    return f"{_count(line.exact // THOUSANDTHS)}, {verb} à {in_boxes}"


def _carried(line: ShareLine) -> str:
    """Say what rounding still owes, or has advanced; below half a unit there is nothing to say."""
    units = (abs(line.carried_next) + THOUSANDTHS // 2) // THOUSANDTHS
    if not units:
        return ""
    if line.carried_next > 0:
        if units == 1:
            return "Au total, l’arrondi vous doit 1 unité, reportée à la semaine prochaine."
        return (
            f"Au total, l’arrondi vous doit {_count(units)} unités, reportées à la semaine "
            "prochaine."
        )
    if units == 1:
        return "Au total, l’arrondi vous a avancé 1 unité, déduite des prochains arrondis."
    return f"Au total, l’arrondi vous a avancé {_count(units)} unités, déduites des prochains arrondis."


def _percent(level: tuple[int, int]) -> str:
    """Return the level as a percentage, rounded down to the tenth, nil tenths left out."""
    tenths = level[0] * 1000 // level[1]
    whole, tenth = divmod(tenths, 10)
    return f"{_count(whole)},{tenth} %" if tenth else f"{_count(whole)} %"


def _count(number: int) -> str:
    """Return the number with its thousands set apart by a narrow no-break space."""
    return f"{number:,}".replace(",", "\u202f")
