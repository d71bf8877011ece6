"""What can go wrong outside of this program, with what to say about it."""


class Missing(Exception):
    """Something is needed that is neither here nor to be had."""


class Failed(Exception):
    """A program did not do what it was started for."""


class NotPossible(Exception):
    """A pooler cannot be set up as a scenario needs it; the scenario goes on without it."""
