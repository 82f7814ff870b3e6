"""An honest run to verify, small and with every reason in it, and ways to forge it."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from distrilog.domain.quotas.rules import Claims, Portion, run_files, share_portion
from distrilog.kernel.seals import (
    MANIFEST,
    SIGNATURE,
    Manifest,
    SigningKey,
    head_of,
    seal,
    sign,
)


KEY = SigningKey.from_seed("07" * 32)
WEEK = "2020-W45"
PREVIOUS = "ab" * 32


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


def portion(*, source, family, seed, count=40, part=60, **settings):
    random = np.random.default_rng(seed)
    need = random.integers(0, 900, count) * random.integers(0, 2, count).clip(0, 1)
    if settings.pop("plenty", False):
        part = 200
    claims = Claims.of(
        week=WEEK,
        family=family,
        keys=[f"{source}-{index:03d}".encode() for index in range(count)],
        need=need,
        have=random.integers(0, 400, count) * (random.integers(0, 3, count) == 0),
        floor=need * settings.pop("floor", 10) // 100,
        cap=need * random.integers(30, 130, count) // 100,
        carried=random.integers(-30_000, 30_000, count),
    )
    regions = np.array([b"11", b"75", b"84", b"93"])[np.arange(count) % 4]
    return Portion(
        source=source,
        envelope=int(need.sum()) * part // 100 + 13,
        box=50,
        claims=claims,
        regions=regions,
        **settings,
    )


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
        portion(source="operator", family="gown", seed=2, plenty=True),
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


def honest_files():
    shared = [share_portion(each) for each in portions()]
    return run_files(shared=shared, decisions={"multipliers": {"11": 1200}, "note": "essai n° 1"})


def parameters(files, change):
    """Return the files with the parameters changed, written canonically again."""
    value = json.loads(files["parameters.json"])
    change(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return files | {"parameters.json": f"{text}\n".encode()}


def example_folder(folder: Path) -> Run:
    run = sealed(honest_files())
    run.write(folder)
    return run
