"""Whom we serve: the register of beneficiaries, master data of the ministry."""
