"""
FHIR R5: a hospital's own software declares, asks for help and receives, without a person (row F11 of the mission).

`documents` reads JSON and XML and judges their form, `reading` says in our terms what they say, `writing` says
in theirs what we know, `outcomes` tells refusals as they expect them. The profile is `docs/fhir.md`.
"""
