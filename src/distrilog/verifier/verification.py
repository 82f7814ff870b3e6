"""The verdict on a sealed run: form, seals, then every number of it."""

from pathlib import Path

from distrilog.verifier.comparing import number_faults
from distrilog.verifier.reading import Unreadable, read_folder, read_json
from distrilog.verifier.seals import chain_faults, hash_faults, signature_faults


def verify(
    folder: Path,
    *,
    public_key_hex: str,
    expected_head: str,
    expected_previous: str | None = None,
) -> list[str]:
    """
    Return the faults of a sealed run, in French; none means that it holds.

    A folder that fails one stage (files, form and seals, numbers) is not judged on the next.
    """
    try:
        files = read_folder(Path(folder))
        manifest = read_json("manifest.json", files["manifest.json"])
        faults = [
            *chain_faults(files["manifest.json"], manifest, expected_head, expected_previous),
            *signature_faults(files["signature.json"], public_key_hex, expected_head),
            *hash_faults(files, manifest),
        ]
        return faults or number_faults(files, week=manifest["week"])
    except Unreadable as verdict:
        return str(verdict).splitlines()
