"""An honest run holds; a run altered in any way does not."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from distrilog.domain.quotas.rules import Reason
from distrilog.kernel.seals import SIGNATURE, SigningKey, canonical_json, sign
from distrilog.verifier import comparing, reading, verify
from tests.verifier.runs import (
    KEY,
    PREVIOUS,
    Run,
    files_of,
    honest_files,
    parameters,
    portion,
    sealed,
)


FILES = honest_files()
RUN = sealed(FILES)
NAMES = sorted(RUN.files)
RESULTS = ["pots.csv", "quotas.csv", "shares.csv"]


def faults_of(folder, *, run=RUN, key=KEY.public_hex, head=None, previous=PREVIOUS):
    expected = run.head if head is None else head
    return verify(folder, public_key_hex=key, expected_head=expected, expected_previous=previous)


def lines_of(name):
    return FILES[name].decode().splitlines(keepends=True)


def with_lines(name, lines):
    return FILES | {name: "".join(lines).encode()}


class TestVerify:
    def test_finds_nothing_wrong_with_an_honest_run(self, tmp_path):
        assert faults_of(RUN.write(tmp_path / "run")) == []
        assert faults_of(tmp_path / "run", previous=None) == []

    def test_is_tried_on_every_reason(self):
        words = {line.split(",")[4] for line in lines_of("quotas.csv")[1:]}
        assert words == {reason.name.lower() for reason in Reason}
        assert len(lines_of("pots.csv")) == 5

    @given(
        seed=st.integers(0, 10**6),
        count=st.integers(1, 60),
        part=st.integers(0, 300),
        floor=st.integers(0, 120),
        pot_thousandths=st.integers(0, 300),
    )
    @settings(max_examples=60, deadline=None)
    def test_agrees_with_the_engine_on_any_run(self, tmp_path_factory, **drawn):
        run = sealed(files_of([portion(source="spf", family="ffp2", **drawn)], decisions={}))
        folder = run.write(tmp_path_factory.mktemp("runs") / "run")
        assert faults_of(folder, run=run) == []

    def test_wants_the_expected_head(self, tmp_path):
        folder = RUN.write(tmp_path / "run")
        assert any("attendue" in fault for fault in faults_of(folder, head="0" * 64))
        assert faults_of(folder, head=RUN.head.upper())
        assert faults_of(folder, head="")

    def test_wants_the_expected_run_before(self, tmp_path):
        folder = RUN.write(tmp_path / "run")
        assert any("précédent" in fault for fault in faults_of(folder, previous="cd" * 32))

    @pytest.mark.parametrize("key", [SigningKey.from_seed("08" * 32).public_hex, "", "zz", "00"])
    def test_wants_the_given_key(self, tmp_path, key):
        assert faults_of(RUN.write(tmp_path / "run"), key=key)

    def test_refuses_a_run_signed_by_another_key(self, tmp_path):
        other = SigningKey.from_seed("08" * 32)
        forged = Run(RUN.files | {SIGNATURE: sign(head=RUN.head, key=other)}, RUN.head)
        assert faults_of(forged.write(tmp_path / "run"))

    def test_refuses_a_signature_for_another_purpose(self, tmp_path):
        forged = {
            "algorithm": "Ed25519",
            "head": RUN.head,
            "key": KEY.identity,
            "signature": KEY.private.sign(RUN.head.encode()).hex(),
        }
        run = Run(RUN.files | {SIGNATURE: canonical_json(forged)}, RUN.head)
        assert faults_of(run.write(tmp_path / "run")) == [
            "signature.json : la signature est fausse."
        ]


class TestVerifyTheFolder:
    @pytest.mark.parametrize("name", NAMES)
    def test_misses_a_file(self, tmp_path, name):
        folder = RUN.write(tmp_path / "run")
        (folder / name).unlink()
        assert faults_of(folder) == [f"{name} : fichier manquant."]

    @pytest.mark.parametrize("name", ["notes.txt", ".hidden", "claims.csv~", "Claims.csv", "a\nb"])
    def test_tolerates_no_other_file(self, tmp_path, name):
        folder = RUN.write(tmp_path / "run")
        (folder / name).write_bytes(b"")
        assert any("fichier en trop" in fault for fault in faults_of(folder))

    def test_tolerates_no_folder(self, tmp_path):
        folder = RUN.write(tmp_path / "run")
        (folder / "more").mkdir()
        assert faults_of(folder) == ["'more' : fichier en trop."]

    @pytest.mark.parametrize("name", NAMES)
    def test_follows_no_symlink(self, tmp_path, name):
        folder = RUN.write(tmp_path / "run")
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
        assert any(name in fault for fault in faults_of(folder))

    @pytest.mark.parametrize("name", NAMES)
    def test_reads_no_folder_named_like_a_file(self, tmp_path, name):
        folder = RUN.write(tmp_path / "run")
        (folder / name).unlink()
        (folder / name).mkdir()
        assert any(name in fault for fault in faults_of(folder))

    def test_waits_for_no_pipe(self, tmp_path):
        folder = RUN.write(tmp_path / "run")
        (folder / "claims.csv").unlink()
        os.mkfifo(folder / "claims.csv")
        assert faults_of(folder) == ["claims.csv : ce n’est pas un fichier ordinaire."]

    def test_refuses_what_is_no_folder(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        (tmp_path / "empty").mkdir()
        assert faults_of(tmp_path / "absent")
        assert faults_of(tmp_path / "file")
        assert len(faults_of(tmp_path / "empty")) == len(NAMES)

    def test_reads_no_further_than_its_limits(self, tmp_path, monkeypatch):
        folder = RUN.write(tmp_path / "run")
        monkeypatch.setattr(reading, "TABLE_BYTES_LIMIT", 100)
        assert any("plus de 100 octets" in fault for fault in faults_of(folder))


class TestVerifyTheBytes:
    @given(st.data())
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_covers_every_byte(self, tmp_path_factory, data):
        name = data.draw(st.sampled_from(NAMES))
        content = bytearray(RUN.files[name])
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
        folder = tmp_path_factory.mktemp("flipped") / "run"
        altered = Run(RUN.files | {name: bytes(content)}, RUN.head)
        assert faults_of(altered.write(folder))

    @given(st.data())
    @settings(max_examples=100, deadline=None)
    def test_is_not_fooled_by_a_new_seal_over_any_changed_byte(self, tmp_path_factory, data):
        """Whoever holds the key can seal anything; results that do not follow are refused still."""
        name = data.draw(st.sampled_from(RESULTS))
        content = bytearray(FILES[name])
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] ^= data.draw(st.integers(1, 255))
        run = sealed(FILES | {name: bytes(content)})
        folder = tmp_path_factory.mktemp("resealed") / "run"
        assert faults_of(run.write(folder), run=run)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        "alter",
        [
            lambda content: content[:-1],
            lambda content: content[: len(content) // 2],
            lambda _: b"",
            lambda content: content + b"\n",
            lambda content: content + b" ",
            lambda content: content.replace(b"\n", b"\r\n"),
            lambda content: b"\xef\xbb\xbf" + content,
            lambda content: content.decode().encode("utf-16"),
            lambda content: content.replace(b",", b", ", 1),
            lambda content: content + content,
        ],
    )
    def test_knows_one_form_only_even_sealed_anew(self, tmp_path, name, alter):
        content = alter(RUN.files[name])
        if name in FILES:
            run = sealed(FILES | {name: content})
        else:
            run = Run(RUN.files | {name: content}, RUN.head)
        assert faults_of(run.write(tmp_path / "run"), run=run)


class TestVerifyTheNumbers:
    """All sealed anew with the right key: the numbers themselves must give the forger away."""

    def refused(self, tmp_path, files):
        run = sealed(files)
        return faults_of(run.write(tmp_path / "run"), run=run)

    @pytest.mark.parametrize("name", ["claims.csv", *RESULTS])
    def test_refuses_swapped_doubled_and_dropped_rows(self, tmp_path, name):
        header, first, second, *rest = lines_of(name)
        forged = {
            "swapped": [header, second, first, *rest],
            "doubled": [header, first, first, second, *rest],
            "dropped": [header, second, *rest],
            "headless": [first, second, *rest],
        }
        for kind, lines in forged.items():
            (tmp_path / kind).mkdir()
            assert self.refused(tmp_path / kind, with_lines(name, lines)), kind

    @pytest.mark.parametrize(
        "spelling", ["0{}", "+{}", " {}", "{} ", "{}.0", '"{}"', "{}_0", "-{}", "", "٣", "1e3"]
    )
    def test_knows_one_spelling_of_a_number(self, tmp_path, spelling):
        header, first, *rest = lines_of("claims.csv")
        cells = first.split(",")
        cells[4] = spelling.format(cells[4])
        assert self.refused(tmp_path, with_lines("claims.csv", [header, ",".join(cells), *rest]))

    @pytest.mark.parametrize("column", [3, 4, 5, 6])
    def test_recomputes_every_column_of_a_quota(self, tmp_path, column):
        header, *lines = lines_of("quotas.csv")
        cells = lines[7].rstrip("\n").split(",")
        cells[column] = "forged" if column == 4 else str(int(cells[column]) + 50)
        lines[7] = ",".join(cells) + "\n"
        faults = self.refused(tmp_path, with_lines("quotas.csv", [header, *lines]))
        assert len(faults) == 1
        assert "quotas.csv, ligne 9" in faults[0]

    def test_refuses_a_box_moved_from_one_to_another(self, tmp_path):
        header, *lines = lines_of("quotas.csv")
        rows = [line.rstrip("\n").split(",") for line in lines]
        giver = next(row for row in rows if int(row[3]) >= 50 and row[4] == "at_level")
        taker = next(row for row in rows if row[4] == "at_level" and row is not giver)
        for row, units in ((giver, -50), (taker, 50)):
            row[3] = str(int(row[3]) + units)
            row[6] = str(int(row[6]) - units * 1000)
        lines = [",".join(row) + "\n" for row in rows]
        assert len(self.refused(tmp_path, with_lines("quotas.csv", [header, *lines]))) == 2

    def test_says_how_many_more_lines_differ(self, tmp_path, monkeypatch):
        monkeypatch.setattr(comparing, "FAULTS_SHOWN", 3)
        header, *lines = lines_of("quotas.csv")
        forged = [line.replace(",at_level,", ",at_floor,") for line in lines]
        faults = self.refused(tmp_path, with_lines("quotas.csv", [header, *forged]))
        assert len(faults) == 4
        assert "autres lignes diffèrent" in faults[-1]

    @pytest.mark.parametrize(
        ("column", "value", "said"),
        [
            (0, "elsewhere", "répartition"),
            (2, "a b", "code"),
            (4, "1000000001", "entre"),
            (5, "-1", "entre"),
            (8, "1000000000000001", "entre"),
            (8, "-0", "mal écrit"),
        ],
    )
    def test_keeps_claims_within_their_limits(self, tmp_path, column, value, said):
        header, *lines = lines_of("claims.csv")
        cells = lines[0].rstrip("\n").split(",")
        cells[column] = value
        lines = sorted([*lines[1:], ",".join(cells) + "\n"])
        faults = self.refused(tmp_path, with_lines("claims.csv", [header, *lines]))
        assert any(said in fault for fault in faults)

    def test_refuses_a_facility_counted_twice(self, tmp_path):
        header, *lines = lines_of("claims.csv")
        again = lines[0].replace("operator,", "spf,", 1).replace(",glove,", ",ffp2,")
        cells = lines[0].rstrip("\n").split(",")
        same_family = ",".join([*cells[:4], "7", *cells[5:]]) + "\n"
        elsewhere = again.replace(f",{cells[3]},", ",99,")
        for kind, line, said in (
            ("double", same_family, "deux fois"),
            ("moved", elsewhere, "deux régions"),
        ):
            (tmp_path / kind).mkdir()
            forged = with_lines("claims.csv", [header, *sorted([*lines, line])])
            assert any(said in fault for fault in self.refused(tmp_path / kind, forged))

    @pytest.mark.parametrize(
        "change",
        [
            {"envelope": -1},
            {"envelope": 10**12 + 1},
            {"envelope": "10"},
            {"envelope": True},
            {"envelope": None},
            {"box": 0},
            {"box": 10**6 + 1},
            {"pot_thousandths": 1001},
            {"pot_caps": {"11": -1}},
            {"pot_caps": []},
            {"family": "a,b"},
            {"source": "zzz"},
            {"more": 1},
            {"envelope": 5},
            {"pot_thousandths": 300},
            {"pot_caps": {}},
        ],
    )
    def test_keeps_parameters_within_their_limits(self, tmp_path, change):
        forged = parameters(FILES, lambda value: value["portions"][0].update(change))
        assert self.refused(tmp_path, forged)

    @pytest.mark.parametrize(
        "change",
        [
            lambda value: value.update(more=1),
            lambda value: value.pop("decisions"),
            lambda value: value.update(portions={}),
            lambda value: value.update(portions=[1]),
            lambda value: value["portions"].reverse(),
            lambda value: value["portions"].append(value["portions"][-1]),
            lambda value: value["portions"].pop(),
        ],
    )
    def test_keeps_the_form_of_parameters(self, tmp_path, change):
        assert self.refused(tmp_path, parameters(FILES, change))

    @pytest.mark.parametrize(
        "text", ["[]\n", "1.5\n", "NaN\n", '{"a":1,"a":1}\n', "[" * 10**5, '"\\ud800"\n', "{\n"]
    )
    @pytest.mark.parametrize("name", ["parameters.json", "manifest.json", "signature.json"])
    def test_refuses_any_other_json(self, tmp_path, name, text):
        if name in FILES:
            assert self.refused(tmp_path, FILES | {name: text.encode()})
        else:
            altered = Run(RUN.files | {name: text.encode()}, RUN.head)
            assert faults_of(altered.write(tmp_path / "run"))


class TestVerifyTheManifest:
    @pytest.mark.parametrize(
        "change",
        [
            {"week": "2021-W53"},
            {"week": "2020-W45 "},
            {"week": 45},
            {"run": "a b"},
            {"run": 1},
            {"doctrine": ""},
            {"previous": "0"},
            {"previous": None},
            {"format": 2},
            {"format": True},
            {"more": 1},
            {"files": {}},
            {"files": None},
        ],
    )
    def test_keeps_its_form(self, tmp_path, change):
        content = canonical_json(json.loads(RUN.files["manifest.json"]) | change)
        run = self.resigned(content)
        assert faults_of(run.write(tmp_path / "run"), run=run, previous=None)

    def test_misses_a_heading(self, tmp_path):
        manifest = json.loads(RUN.files["manifest.json"])
        del manifest["run"]
        run = self.resigned(canonical_json(manifest))
        assert faults_of(run.write(tmp_path / "run"), run=run)

    def resigned(self, manifest):
        head = reading.digest(manifest)
        files = RUN.files | {"manifest.json": manifest, SIGNATURE: sign(head=head, key=KEY)}
        return replace(RUN, files=files, head=head)


class TestCommand:
    def command(self, folder, *more):
        return subprocess.run(
            [sys.executable, "-m", "distrilog.verifier", folder, "--key", KEY.public_hex, *more],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": "src", "PYTHONIOENCODING": "utf-8"},
        )

    def test_exits_with_the_verdict(self, tmp_path):
        folder = RUN.write(tmp_path / "run")
        held = self.command(folder, "--head", RUN.head, "--previous", PREVIOUS)
        assert (held.returncode, held.stdout) == (0, "CONFORME\n")
        refused = self.command(folder, "--head", "0" * 64)
        assert refused.returncode == 1
        assert refused.stdout.endswith("REFUSÉ\n")


class TestIndependence:
    def test_imports_nothing_but_the_standard_library_and_cryptography(self):
        listing = "import sys, distrilog.verifier; print(*sorted(sys.modules))"
        answer = subprocess.run(
            [sys.executable, "-c", listing],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": "src"},
        )
        modules = answer.stdout.split()
        ours = {name for name in modules if name.startswith("distrilog.")}
        assert all(name.startswith("distrilog.verifier") for name in ours)
        assert not {"numpy", "django", "psycopg"} & set(modules)
