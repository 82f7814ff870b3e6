"""A replay to show: what a long computation would have found."""

from distrilog.domain.simulation.rules import (
    Chain,
    Delivered,
    Event,
    OfTerritory,
    RegionalLine,
    Replayed,
    WeekOfFamily,
)


def week(
    number: int,
    *,
    family: str = "surgical_mask",
    chain: Chain = Chain.PUSH,
    given: int = 2_000_000,
    ordered: int = 0,
    sources: dict[str, int] | None = None,
) -> WeekOfFamily:
    """Return a week of a family, a tenth of it in Occitanie."""
    return WeekOfFamily(
        week=f"2020-W{number}",
        chain=chain,
        doctrine="2020-03-26",
        family=family,
        need=1_900_000,
        volume=given,
        given=given,
        pushes=1,
        regions={"76": given // 10, "11": given - given // 10},
        ordered=ordered,
        sources=sources or {},
    )


def replayed() -> Replayed:
    """Return a replay of three weeks: two pushed, one of orders."""
    return Replayed(
        first="2020-W16",
        last="2020-W42",
        facilities=30_250,
        platforms=137,
        whole=True,
        weeks=[
            week(16, sources={"requisition": 800_000, "spf": 1_200_000}),
            week(41),
            week(42, chain=Chain.PULL, ordered=12_345),
            week(16, family="ffp2", given=300_000),
        ],
        territories=[
            OfTerritory(territory="76107", name="", family="surgical_mask", units=300),
            OfTerritory(territory="76104", name="", family="surgical_mask", units=100),
        ],
        pharmacies=[Delivered(week="2020-W16", region="76", units=726_075)],
        regional=[
            RegionalLine(
                label="Stock au 25/04",
                family="surgical_mask",
                printed=2_684_040,
                computed=2_684_040,
            )
        ],
        events=[Event(on="2020-10-08", words="Un plan de plus est refusé.")],
        seconds=170,
    )
