"""Urgent help: who asks for it, the neighbours who lend, the agency that decides, the crisis centre that validates."""
