"""Tests of resupply."""
