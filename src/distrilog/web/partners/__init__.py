"""The journey of those who watch the partners: what goes through, what failed, whether the stocks agree."""
