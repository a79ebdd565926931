"""What can go wrong with local processes, each with the way out."""


class EngineTrouble(Exception):
    """A sentence for the person at the keyboard; the command line prints it without a trace back."""

    def __init__(self, what: str, remedy: str, *, exit_code: int = 1) -> None:
        super().__init__(f"{what}\n  {remedy}")
        self.what = what
        self.remedy = remedy
        self.exit_code = exit_code


class NothingListens(EngineTrouble):
    """There is no gateway where one was looked for."""

    def __init__(self, url: str) -> None:
        remedy = "start a stack here with `hostbook up` (or `make up`), or mend the address"
        super().__init__(f"No gateway listens at {url}.", remedy, exit_code=2)
