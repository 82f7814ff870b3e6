"""The supply chain, one app a concern; an app looks only down (see pyproject.toml)."""
