"""The stand-in for the operator's warehouse and La Poste's network: a process and a database of its own, behind HTTP."""
