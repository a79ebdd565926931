"""What can go wrong with local processes, each with the way out."""


class EngineTrouble(Exception):
    """A sentence for the person at the keyboard; the command line prints it without a trace back."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n  {remedy}")
        self.what = what
        self.remedy = remedy
