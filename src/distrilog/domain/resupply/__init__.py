"""Urgent help, from next door first: requests, sources, answers, loans between facilities."""
