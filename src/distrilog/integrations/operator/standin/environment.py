"""What the stand-in reads from its environment, once, as it starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class NotBesideARealPortal(Exception):  # noqa: N818 - says what is wrong
    """The stand-in was asked to start where the portal is for real."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """
    Addresses, secrets and pace of the stand-in.

    `portal_public_key` is hexadecimal; empty, the key is that of the portal's own file in `home`. Where
    `portal_token` is empty, the demonstration's accounts in `home` hold it, once they are there.
    `mishaps_per_thousand` parcels are refused at the door or lost on their way. What expires within
    `last_days` is not shipped.
    """

    home: Path
    portal_messages_url: str
    token: str
    portal_token: str
    portal_public_key: str
    suivi_key: str
    message_format: str
    tick_seconds: float
    lead_seconds: float
    transfer_seconds: float
    report_seconds: float
    mishaps_per_thousand: int
    pallets: int
    last_days: int
    orders_in_a_wave: int
    suivi_calls_per_second: int
    gln: str
    portal_gln: str
    sscc_prefix: str


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """Return what the environment says; it refuses to stand in where the portal is for real."""
    if variables.get("DISTRILOG_MODE") == "serve":
        raise NotBesideARealPortal("The stand-in for the operator never runs beside a real portal.")
    demo = variables.get("DISTRILOG_MODE") == "demo"

    def said(name: str, otherwise: str) -> str:
        return variables.get(f"DISTRILOG_{name}") or otherwise

    public = said("PUBLIC_URL", f"http://127.0.0.1:{said('PORT', '8000')}")
    return Environment(
        home=Path(said("HOME", "var")).resolve(),
        portal_messages_url=said("PORTAL_MESSAGES_URL", f"{public}/partenaires/operateur/messages"),
        token=said("OPERATOR_TOKEN", "demo-only-operator-token"),
        portal_token=said("OPERATOR_PORTAL_TOKEN", ""),
        portal_public_key=said("OPERATOR_PORTAL_PUBLIC_KEY", ""),
        suivi_key=said("SUIVI_KEY", "demo-only-suivi-key"),
        message_format=said("OPERATOR_FORMAT", "eancom"),
        tick_seconds=float(said("OPERATOR_TICK_SECONDS", "5")),
        lead_seconds=float(said("OPERATOR_LEAD_SECONDS", "60")),
        transfer_seconds=float(said("OPERATOR_TRANSFER_SECONDS", "60")),
        report_seconds=float(said("OPERATOR_REPORT_SECONDS", "600" if demo else "86400")),
        mishaps_per_thousand=int(said("OPERATOR_MISHAPS_PER_THOUSAND", "10" if demo else "0")),
        pallets=int(said("OPERATOR_PALLETS", "20000")),
        last_days=int(said("OPERATOR_LAST_DAYS", "14")),
        orders_in_a_wave=int(said("OPERATOR_WAVE_ORDERS", "1000")),
        suivi_calls_per_second=int(said("SUIVI_CALLS_PER_SECOND", "100")),
        gln=said("OPERATOR_GLN", "0400000000022"),
        portal_gln=said("PORTAL_GLN", "0400000000015"),
        sscc_prefix=said("OPERATOR_SSCC_PREFIX", "0400000"),
    )
