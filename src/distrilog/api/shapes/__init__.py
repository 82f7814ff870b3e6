"""
The shapes of requests and answers: what the OpenAPI document promises.

Requests are read strictly: no field too many, integers that are integers. A rule that a schema cannot say
(whole boxes, an open family) is left to the domain, so that every fault of a demand comes back at once.
"""
