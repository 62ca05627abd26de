"""What an operator can mend about seeding; each message is one line that says what to do."""

from __future__ import annotations


class SeedProblem(Exception):
    """The family."""


class BadUniversity(SeedProblem):
    """The file describes no university, or not one that fits the database."""


class NotEmpty(SeedProblem):
    """The database holds people already."""


class TooSmall(SeedProblem):
    """Fewer students than there are hard cases."""


class NotADemonstration(SeedProblem):
    """The file holds something else than a demonstration; it is left alone."""
