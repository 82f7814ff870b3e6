"""An honest run to verify, small and with every reason in it, and ways to forge it."""

import json
from dataclasses import dataclass, field

import numpy as np

from distrilog.domain.quotas.rules import UNITS_LIMIT, Claims, Reason, share_out, split_pots
from distrilog.kernel.seals import (
    MANIFEST,
    SIGNATURE,
    Manifest,
    SigningKey,
    canonical_json,
    canonical_table,
    head_of,
    seal,
    sign,
)


KEY = SigningKey.from_seed("07" * 32)
WEEK = "2020-W45"
PREVIOUS = "ab" * 32
BOX = 50
HEADERS = {
    "claims.csv": "source,family,registry,region,need,have,floor,cap,carried",
    "quotas.csv": "source,family,registry,units,reason,exact,carried_next",
    "pots.csv": "source,family,region,units",
    "shares.csv": "source,family,level,floors_short,units,pots,unallocated",
}


@dataclass(frozen=True)
class Run:
    """The files of a run and what a verifier is told of it."""

    files: dict[str, bytes]
    head: str

    def write(self, folder):
        folder.mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


@dataclass(frozen=True)
class Portion:
    """One family from one source, shared out by the engine."""

    source: str
    envelope: int
    claims: Claims
    regions: tuple[str, ...]
    pot_thousandths: int = 0
    pot_caps: dict[str, int] = field(default_factory=dict)

    def pots(self):
        regions = sorted(set(self.regions)) if self.pot_thousandths else []
        needs = zip(self.regions, self.claims.need.tolist(), strict=True)
        needs = [(region, need) for region, need in needs if region in regions]
        pots = split_pots(
            week=WEEK,
            family=self.claims.family,
            envelope=self.envelope,
            box=BOX,
            pot_thousandths=self.pot_thousandths,
            regions=[region.encode() for region in regions],
            need=[sum(need for own, need in needs if own == region) for region in regions],
            cap=[self.pot_caps.get(region, UNITS_LIMIT) for region in regions],
        )
        return dict(zip(regions, pots.units.tolist(), strict=True)), pots.for_facilities


def portion(*, source, family, seed, count=40, part=60, floor=10, **settings):
    random = np.random.default_rng(seed)
    need = random.integers(0, 900, count) * random.integers(0, 2, count)
    claims = Claims.of(
        week=WEEK,
        family=family,
        keys=[f"{source}-{index:03d}".encode() for index in range(count)],
        need=need,
        have=random.integers(0, 400, count) * (random.integers(0, 3, count) == 0),
        floor=need * floor // 100,
        cap=need * random.integers(30, 130, count) // 100,
        carried=random.integers(-30_000, 30_000, count),
    )
    regions = tuple(("11", "75", "84", "93")[index % 4] for index in range(count))
    envelope = int(need.sum()) * part // 100 + 13
    return Portion(source=source, envelope=envelope, claims=claims, regions=regions, **settings)


def portions():
    """One of each kind: scarce with pots, plenty, floors that cannot be paid, nothing at all."""
    return [
        portion(
            source="operator",
            family="glove",
            seed=1,
            pot_thousandths=200,
            pot_caps={"11": 100, "84": 0},
        ),
        portion(source="operator", family="gown", seed=2, part=200),
        portion(source="spf", family="ffp2", seed=3, part=30, floor=90),
        portion(source="spf", family="cap", seed=4, part=0),
        portion(source="spf", family="apron", seed=5, count=0),
    ]


def sealed(files, *, key=KEY, previous=PREVIOUS, **manifest):
    """Seal and sign any files, as an honest or a dishonest signer would."""
    facts = {"run": "42", "week": WEEK, "doctrine": "2020-10", "previous": previous} | manifest
    content = seal(manifest=Manifest(**facts), files=files)
    head = head_of(content)
    return Run(files | {MANIFEST: content, SIGNATURE: sign(head=head, key=key)}, head)


def files_of(portions, *, decisions):
    """Share out and write the five files of a run, in their published form."""
    rows = {name: [] for name in HEADERS}
    parameters = []
    for each in portions:
        claims, place = each.claims, (each.source, each.claims.family)
        pots, left = each.pots()
        shares = share_out(claims=claims, envelope=left, box=BOX)
        words = [Reason(code).name.lower() for code in shares.reason.tolist()]
        keys = [key.decode() for key in claims.keys.tolist()]
        own = {
            "claims.csv": (
                keys,
                each.regions,
                claims.need,
                claims.have,
                claims.floor,
                claims.cap,
                claims.carried,
            ),
            "quotas.csv": (keys, shares.units, words, shares.exact, shares.carried_next),
            "pots.csv": (list(pots), list(pots.values())),
            "shares.csv": (
                ["/".join(map(str, shares.level))],
                [int(shares.floors_short)],
                [int(shares.units.sum())],
                [sum(pots.values())],
                [shares.unallocated],
            ),
        }
        for name, columns in own.items():
            lists = [np.asarray(column).tolist() for column in columns]
            rows[name] += [(*place, *row) for row in zip(*lists, strict=True)]
        parameters.append(
            {
                "source": each.source,
                "family": claims.family,
                "envelope": each.envelope,
                "box": BOX,
                "pot_thousandths": each.pot_thousandths,
                "pot_caps": each.pot_caps,
            }
        )
    parameters.sort(key=lambda row: (row["source"], row["family"]))
    tables = {name: table(HEADERS[name], rows[name]) for name in HEADERS}
    return tables | {
        "parameters.json": canonical_json({"decisions": decisions, "portions": parameters})
    }


def table(header, rows):
    names = header.split(",")
    columns = [[row[place] for row in rows] for place in range(len(names))]
    return canonical_table(header=names, columns=columns)


def honest_files():
    return files_of(portions(), decisions={"multipliers": {"11": 1200}, "note": "essai n° 1"})


def parameters(files, change):
    """Return the files with the parameters changed, written canonically again."""
    value = json.loads(files["parameters.json"])
    change(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return files | {"parameters.json": f"{text}\n".encode()}
