"""What the stand-in reads from the environment, beside its settings."""

import os
from pathlib import Path


HOME = Path(os.environ.get("DISTRILOG_HOME", "var")).resolve()
PORTAL_PORT = int(os.environ.get("DISTRILOG_PORT", "8000"))
# Written by the loader of the demonstration, read at each login: the two need no order.
DIRECTORY_FILE = HOME / "demo-accounts.json"
CLIENT_ID = os.environ.get("DISTRILOG_PLAGE_CLIENT_ID", "distrilog")
CLIENT_SECRET = os.environ.get("DISTRILOG_PLAGE_CLIENT_SECRET", "demo-only-secret")
