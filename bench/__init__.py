"""What is measured, against what. `./distrilog bench [NAME…] [--json FILE]`; never asserted by a test."""
