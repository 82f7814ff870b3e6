"""One way to write anything, and who signed it."""

import json
import os
from hashlib import sha256

import numpy as np
import pytest

from distrilog.kernel.seals import (
    FIRST,
    KeyFileUnsafe,
    Manifest,
    SigningKey,
    canonical_json,
    canonical_table,
    head_of,
    is_signed,
    key_identity,
    load_or_create_key,
    seal,
    sign,
    write_folder,
)


class TestCanonicalJson:
    def test_sorts_keys_and_leaves_no_space(self):
        written = canonical_json({"b": [1, None, True], "a": {"é": "x y"}})
        assert written == '{"a":{"é":"x y"},"b":[1,null,true]}\n'.encode()

    @pytest.mark.parametrize("value", [{"a": 1.5}, {"a": [float("nan")]}, {1: "a"}, {"a": {2}}])
    def test_refuses_what_has_no_single_spelling(self, value):
        with pytest.raises(TypeError):
            canonical_json(value)


class TestCanonicalTable:
    def test_sorts_lines_and_ends_each(self):
        written = canonical_table(
            header=("registry", "units"),
            columns=[np.array([b"B1", b"A10", b"A1"]), np.array([-5, 0, 10**15])],
        )
        assert written == b"registry,units\nA1,1000000000000000\nA10,0\nB1,-5\n"

    def test_writes_the_header_alone_when_empty(self):
        assert canonical_table(header=("a", "b"), columns=[[], []]) == b"a,b\n"

    @pytest.mark.parametrize("cell", ["", "a,b", 'a"', "a\nb", " a", "é", "=1+1"])
    def test_refuses_a_cell_with_more_than_one_spelling(self, cell):
        with pytest.raises(ValueError, match="Cells may not"):
            canonical_table(header=("a",), columns=[["x", cell]])

    @pytest.mark.parametrize("column", [[1, "a"], [1.0], [True], [None]])
    def test_refuses_a_column_of_anything_else(self, column):
        with pytest.raises(TypeError):
            canonical_table(header=("a",), columns=[column])

    def test_refuses_columns_that_do_not_fit(self):
        with pytest.raises(ValueError, match="header"):
            canonical_table(header=("a", "b"), columns=[["x"]])
        with pytest.raises(ValueError, match="zip"):
            canonical_table(header=("a", "b"), columns=[["x"], ["y", "z"]])


class TestSeal:
    def test_names_every_file_with_its_length_and_hash(self):
        manifest = json.loads(
            seal(
                manifest=Manifest(run="7", week="2020-W45", doctrine="2020-10"),
                files={"a.csv": b"a\n"},
            )
        )
        assert manifest == {
            "doctrine": "2020-10",
            "files": {"a.csv": {"bytes": 2, "sha256": sha256(b"a\n").hexdigest()}},
            "format": 1,
            "previous": FIRST,
            "run": "7",
            "week": "2020-W45",
        }


class TestSign:
    key = SigningKey.from_seed("01" * 32)
    head = head_of(b"manifest")

    def test_makes_a_signature_that_holds(self):
        signature = sign(head=self.head, key=self.key)
        assert is_signed(head=self.head, signature=signature, public_hex=self.key.public_hex)
        assert json.loads(signature)["key"] == key_identity(public_hex=self.key.public_hex)

    def test_holds_for_no_other_head_key_or_spelling(self):
        signature = sign(head=self.head, key=self.key)
        other = SigningKey.generate().public_hex
        held = self.key.public_hex
        assert not is_signed(head=head_of(b"other"), signature=signature, public_hex=held)
        assert not is_signed(head=self.head, signature=signature, public_hex=other)
        assert not is_signed(head=self.head, signature=signature + b"\n", public_hex=held)
        assert not is_signed(head=self.head, signature=signature.upper(), public_hex=held)
        assert not is_signed(head=self.head, signature=b"[]", public_hex=held)
        assert not is_signed(head=self.head, signature=signature, public_hex="00")


class TestLoadOrCreateKey:
    def test_makes_a_private_file_once(self, tmp_path):
        path = tmp_path / "signing.key"
        made = load_or_create_key(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert load_or_create_key(path).public_hex == made.public_hex

    def test_refuses_a_file_that_others_can_read(self, tmp_path):
        path = tmp_path / "signing.key"
        load_or_create_key(path)
        path.chmod(0o640)
        with pytest.raises(KeyFileUnsafe):
            load_or_create_key(path)

    @pytest.mark.parametrize("content", ["", "zz" * 32, "01" * 31, "01" * 33])
    def test_never_replaces_what_is_no_key(self, tmp_path, content):
        path = tmp_path / "signing.key"
        path.write_text(content)
        path.chmod(0o600)
        with pytest.raises(KeyFileUnsafe):
            load_or_create_key(path)
        assert path.read_text() == content

    def test_follows_no_symlink(self, tmp_path):
        load_or_create_key(tmp_path / "real.key")
        (tmp_path / "link.key").symlink_to(tmp_path / "real.key")
        with pytest.raises(KeyFileUnsafe):
            load_or_create_key(tmp_path / "link.key")

    def test_waits_for_no_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.key", 0o600)
        with pytest.raises(KeyFileUnsafe):
            load_or_create_key(tmp_path / "pipe.key")


class TestWriteFolder:
    def test_writes_into_a_new_folder_only(self, tmp_path):
        write_folder(folder=tmp_path / "run", files={"a.csv": b"a\n"})
        assert (tmp_path / "run" / "a.csv").read_bytes() == b"a\n"
        with pytest.raises(FileExistsError):
            write_folder(folder=tmp_path / "run", files={"a.csv": b"b\n"})
