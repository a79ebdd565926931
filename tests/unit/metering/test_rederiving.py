"""`hostbook metering rederive` in words (issue 5, section 1)."""

from typing import Any

from rich.console import Console

from hostbook.client.shapes import ChangeAnswer, RederivationAnswer, SpanAnswer
from hostbook.demo.api import Api
from hostbook.rederiving import carried_out, table_of, told, words

SPAN: SpanAnswer = {
    "energy_kwh": {"metered": "69.6", "hash": "1/3"},
    "failover_hours": "0",
    "unbilled_hours": "2.5",
    "flags": ["reset"],
}


class Answering(Api):
    """The gateway as far as an order needs it: done at the third look."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "key")
        self.calls: list[Any] = []

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        self.calls.append((method, path, body or options.get("params")))
        return {"id": "R", "state": "done" if len(self.calls) > 2 else "ordered"}


def test_an_order_is_waited_for() -> None:
    api = Answering()
    with api:
        assert carried_out(api, "2025-03-01", "2025-03-02", "U")["state"] == "done"
        assert api.calls[0] == (
            "POST", "/v1/rederivations", {"from_on": "2025-03-01", "to_on": "2025-03-02", "unit_id": "U"},
        )  # fmt: skip
        assert api.calls[-1][:2] == ("GET", "/v1/rederivations/R")


def test_what_changed_is_said_in_words_and_as_a_table() -> None:
    done: RederivationAnswer = {
        "id": "R", "state": "done", "asked_at": "T", "done_at": "T", "unit_id": None,
        "unit_count": 2, "from_on": "A", "to_on": "B", "change_count": 0, "failed_count": 0,
    }  # fmt: skip
    assert told(done) == "2 units derived again, A to B: nothing changed."
    done["change_count"], done["failed_count"] = 3, 1
    assert told(done).endswith("3 spans changed; 1 units could not be derived.")
    assert words(SPAN) == "metered 69.6 kWh, hash 1/3 kWh, unbilled 2.5 h, reset"
    change: ChangeAnswer = {
        "day": "D", "unit_id": "U", "contract_id": "C", "from_at": "F", "to_at": "G", "revision": 2,
        "before": None, "after": SPAN,
    }  # fmt: skip
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table_of([change]))
    assert "metered 69.6 kWh" in captured.get()
