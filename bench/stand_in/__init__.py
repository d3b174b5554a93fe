"""The same seven modules as FastAPI services, with httpx between them: what a team builds that begins with services.

It stands in for such a store on the way of one purchase, with the same pages, the same calls between services, the same
payloads, as many commits at least where money and stock are concerned, and nothing that a purchase does not need.
"""
