"""
The operator's messages as EANCOM 2002 (syntax 3, directory D.01B; D.96A is read too). Pure.

| content      | message | where it stands                                                              |
|--------------|---------|------------------------------------------------------------------------------|
| Order        | ORDERS  | BGM 220, or 226 for a replenishment; its assignment is the document version  |
| Withdrawal   | ORDCHG  | BGM 230, function 1                                                          |
| Confirmation | ORDRSP  | BGM 231, function 29 accepted, 4 changed, 27 refused; QTY 113                |
| Despatch     | DESADV  | BGM 351; CPS, PAC, PCI 33E, GIN BJ for a parcel; LIN, QTY 12, GIN BX for a lot |
| Delivery     | RECADV  | BGM 632; QVR 195 refused, 61 returned, 119 lost, none delivered              |
| StockReport  | INVRPT  | BGM 35; QTY 145; INV type 2 or 4 for what is blocked                         |

A substituted article says `PIA+4+line:LI` (substituted for); the last despatch of an order says COMPLETE
(`FTX+AAI++COMPLETE::92` under the first CPS). Orders are referred to by `RFF+ON:number::assignment`, a line of one by `RFF+ON:number:line`. Moments
without a zone are UTC, by agreement between the partners; those of UNB have no seconds.
"""

from distrilog.integrations.operator import eancom_reading, eancom_writing
from distrilog.integrations.operator.content import Interchange


def write(interchange: Interchange) -> bytes:
    """Return the interchange as EANCOM: Latin-1 where that can say it all, else UTF-8."""
    return eancom_writing.write(interchange)


def read(body: bytes) -> Interchange:
    """Return the interchange; raises Unreadable with the faults of its syntax, or all of its form."""
    return eancom_reading.read(body)
