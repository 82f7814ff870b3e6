"""March to October 2020 played again, week by week, by the services that people use, in a database of its own (docs/replay.md)."""
