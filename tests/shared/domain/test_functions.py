"""A template's functions: what is refused in a file, the request that they make, and what the model gets of a reply."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.businesses.business import business_of
from agent.businesses.template_file import check_template
from shared.domain.functions import (
    MOST_ANSWERED,
    Function,
    answer_of,
    host_of,
    read_back_of,
    request_of,
    secrets_in,
)

CHURCH = (business_of("church").folder / "template.yaml").read_text(encoding="utf-8")
FUNCTIONS = """
functions:
  - name: hall_price
    description: The price of the hall on a day.
    parameters:
      type: object
      properties:
        day: {type: string, description: "As 2026-12-24.", pattern: "^[0-9-]{10}$"}
        guests: {type: integer, minimum: 1, maximum: 400}
      required: [day]
    http:
      url: https://api.hall.example/prices/{day}?guests={guests}
      headers: {Authorization: "Bearer {secret.hall}"}
    answer: [price]
  - name: book_hall
    description: Books the hall.
    parameters:
      properties:
        day: {type: string}
        rooms: {type: array, items: {type: string, enum: [large, small]}}
      required: [day]
    http:
      method: POST
      url: https://api.hall.example/bookings
      body: {date: "{day}", which: "{rooms}", by: telephone}
    changes: booking
    read_back: So I book the hall for {day}. Is that right?
"""


def tools_of(name: str) -> list[str]:
    return list(business_of(name).tool_names)


def test_given_functions_that_are_whole_then_the_template_has_them() -> None:
    template, faults = check_template(CHURCH + FUNCTIONS, tools_of)
    assert faults == () and template is not None
    assert [each.name for each in template.functions] == ["hall_price", "book_hall"]
    assert template.tools_in("care") == ("submit_prayer_request", "end_call", "hall_price", "book_hall")
    template, faults = check_template(CHURCH + "tools: [time, look_up, end_call]\n", tools_of)
    assert faults == () and template is not None
    assert template.nodes["care"].tools == ("submit_prayer_request", "end_call", "time", "look_up")
    _, faults = check_template(CHURCH + "tools: [tim]\n", tools_of)
    assert [(each.path, each.remedy) for each in faults] == [("tools.0", "write time, if you mean that")]


def test_the_functions_in_the_documents_are_whole() -> None:
    written = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
    block = next(each for each in written.split("```yaml\n")[1:] if each.startswith("functions:")).split("```")[0]
    template, faults = check_template(f"{CHURCH}\n{block}", tools_of)
    assert faults == () and template is not None and len(template.functions) == 2


def test_given_faults_of_functions_then_each_has_its_line_its_path_and_a_remedy() -> None:
    table = [
        ("url: https://api.hall.example/bookings", "url: http://api.hall.example/b", "book_hall.http.url", "use https"),
        ("url: https://api.hall.example/bookings", "url: bookings", "book_hall.http.url", "write it like"),
        ("url: https://api.hall.example/bookings", "url: 'https://{day}.example/b'", "book_hall.http.url", "host"),
        ("url: https://api.hall.example/bookings", "url: https://me:pw@hall.example/", "http.url", "host"),
        ("/bookings", "/bookings?key={secret.hall}", "book_hall.http.url", "in a header"),
        ("/bookings", "/bookings/{hour}", "book_hall.http.url", "declare it under parameters"),
        ("guests={guests}", "guests={number}", "hall_price.http.url", "declare it under parameters"),
        ("prices/{day}", "prices/{day}/{guests}", "hall_price.http.url", "required: [guests]"),
        ('"Bearer {secret.hall}"', '"Bearer abc123"', "http.headers.Authorization", "pickup tenant secrets set"),
        ("Authorization: ", "X-Api-Key: abc, Ignored: ", "http.headers.X-Api-Key", "{secret.crm}"),
        ("Authorization: ", "Idempotency-Key: ", "http.headers.Idempotency-Key", "remove it"),
        ("{secret.hall}", "{secret.hall} {nobody}", "http.headers.Authorization", "declare it"),
        ("required: [day]\n    http:\n      url", "required: [date]\n    http:\n      url", ".required", "declare"),
        ('pattern: "^[0-9-]{10}$"', 'pattern: "(?=x)[0-9"', "properties.day.pattern", "without look-around"),
        ("day: {type: string}", "day: {type: text}", "properties.day.type", "string"),
        ("day: {type: string}", "day: {type: string, minimum: 3}", "properties.day.minimum", "change the type"),
        ("day: {type: string}", "day: {type: string, format: date}", "properties.day.format", "remove it"),
        ("items: {type: string, enum: [large, small]}", "minItems: 1", "properties.rooms", "items: {type: string}"),
        ("enum: [large, small]", "enum: [large, 2]", "items.enum", "texts into quotes"),
        ("    changes: booking\n", "", "book_hall.changes", "changes: false"),
        ("Is that right?", "It is so.", "book_hall.read_back", "ask for a yes"),
        ("for {day}. Is", "for {date}. Is", "book_hall.read_back", "declare it"),
        ('by: telephone', 'by: "{who}"', "http.body.by", "declare it"),
        ("method: POST", "method: GET", "book_hall.http.method", "POST"),
        ("method: POST", "method: FETCH", "functions.1.http.method", "'POST'"),
        ("name: book_hall", "name: end_call", "functions.end_call.name", "a name of its own"),
        ("name: book_hall", "name: hall_price", "functions.hall_price.name", "a name of its own"),
        ("name: book_hall", "name: go_to_care", "functions.go_to_care.name", "a name of its own"),
        ("    description: Books the hall.\n", "", "description", "add `description:`"),
        ("answer: [price]", "answers: [price]", "answers", "`answer`"),
        ("http:\n      url", "http:\n      seconds: 60\n      url", "http.seconds", "10"),
    ]  # fmt: skip
    missed: list[Any] = []
    for old, new, path, remedy in table:
        bad = CHURCH + FUNCTIONS
        changed = bad.replace(old, new, 1)
        _, faults = check_template(changed, tools_of)
        begins = new.split("\n")[0]
        line = next((n for n, text in enumerate(changed.splitlines(), 1) if begins and begins in text), 0)
        found = [each for each in faults if each.path.endswith(path) and remedy in each.remedy]
        near = not line or any(abs(each.line - line) <= 4 for each in found)
        if changed == bad or not found or not near:
            missed.append((old, new, line, faults))
    assert missed == []


def function(**fields: Any) -> Function:
    properties = {"day": {"type": "string"}, "guests": {"type": "integer"}, "who": {"type": "object", "properties": {}}}
    known = {
        "name": "ask",
        "description": "Asks.",
        "parameters": {"properties": properties},
        "http": {"url": "https://Api.Hall.example/x"},
    }
    return Function.model_validate(known | fields)


def test_given_arguments_then_they_stand_in_the_request_where_the_function_wants_them() -> None:
    get = function(
        http={"url": "https://hall.example/on/{day}?guests={guests}&kind=hall", "headers": {"X-Key": "{secret.k}"}}
    )
    made = request_of(get, {"day": "1/2 & more", "guests": 7}, {"k": "s3"})
    assert made.url == "https://hall.example/on/1%2F2%20%26%20more?guests=7&kind=hall"
    assert (made.headers["X-Key"], made.body, "Idempotency-Key" in made.headers) == ("s3", None, False)
    assert request_of(get, {"day": "a"}, {}).url == "https://hall.example/on/a?kind=hall"
    assert "s3" not in repr(made)
    plain = request_of(function(), {"day": "a b", "guests": 3}, {})
    assert plain.url == "https://Api.Hall.example/x?day=a+b&guests=3"

    body = {"on": "{day}", "count": "{guests}", "text": "for {guests}", "deep": [{"w": "{who}"}]}
    post = function(http={"method": "POST", "url": "https://hall.example/b", "body": body})
    made = request_of(post, {"day": "x", "guests": 4, "who": {"name": "Ann"}}, {}, "effect-1")
    assert made.body is not None and made.headers["Idempotency-Key"] == "effect-1"
    assert json.loads(made.body) == {"on": "x", "count": 4, "text": "for 4", "deep": [{"w": {"name": "Ann"}}]}
    assert json.loads(request_of(post, {"day": "x"}, {}).body or b"") == {"on": "x", "deep": [{}]}
    whole = function(http={"method": "PUT", "url": "https://hall.example/b"})
    assert json.loads(request_of(whole, {"day": "x", "guests": 1}, {}).body or b"") == {"day": "x", "guests": 1}


def test_an_argument_can_change_neither_the_host_nor_the_headers_of_a_request() -> None:
    sly = function(http={"url": "https://hall.example/{day}", "headers": {"X-Day": "{day}"}})
    for value in ("../../admin", "@evil.example/", "a\r\nX-Evil: 1", "?x=1#y", "{secret.k}"):
        made = request_of(sly, {"day": value}, {"k": "s3cr3t"})
        assert made.url.startswith("https://hall.example/") and host_of(made.url) == "hall.example", value
        assert not set(made.url.removeprefix("https://hall.example/")) & set("/@?#\r\n"), value
        assert "s3cr3t" not in made.url and "\n" not in made.headers["X-Day"] and "\r" not in made.headers["X-Day"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Api.Shop.example/x", "api.shop.example"), ("https://shop.example:443/", "shop.example"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"), ("https://shop.example:99999/", ""), ("nothing", ""),
    ],
)  # fmt: skip
def test_the_host_of_an_address_is_as_the_list_has_it(url: str, host: str) -> None:
    assert host_of(url) == host


def test_given_a_reply_then_the_model_gets_the_fields_that_are_named_and_never_too_much() -> None:
    reply = json.dumps({"price": 45, "slots": [{"start": "9:00"}], "internal": "x" * 5000}).encode()
    named = function(answer=["price", "slots.0.start", "slots.7.start", "price.deep"])
    assert answer_of(named, reply) == {"price": 45, "slots.0.start": "9:00", "slots.7.start": None, "price.deep": None}
    assert len(answer_of(function(), reply)) == MOST_ANSWERED
    assert answer_of(function(), b'{"a": [1, null]}') == {"a": [1, None]}
    assert answer_of(function(), b"<h1>Closed\n today</h1>") == "<h1>Closed today</h1>"
    assert answer_of(function(), b"\xff\xfe") != ""


def test_what_is_read_back_has_the_arguments_and_the_secrets_are_known_by_name() -> None:
    book = function(
        read_back="The hall on {day}, for {guests}?",
        http={"url": "https://h.example/", "headers": {"A": "{secret.one} {secret.two}"}},
    )
    assert read_back_of(book, {"day": "Monday", "guests": 20}) == "The hall on Monday, for 20?"
    assert secrets_in(book) == ("one", "two")
