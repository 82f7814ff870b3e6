"""Distrilog: carries a country's protective equipment through a health crisis."""
