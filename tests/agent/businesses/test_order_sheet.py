"""A shop's CSV file is read whole, or each bad row of it is named."""

from agent.businesses.orders.sheet import BadRow, read_sheet

HEAD = "order_number,customer_phone,items,amount,address,postcode,status"
GOOD = 'NL-4172,(206) 555-0142,"two lamps, black","$1,084.5",12 Elm Street,98104,'


def test_given_good_rows_in_any_writing_then_they_are_read_as_the_table_wants_them() -> None:
    text = (
        f"\ufeff{HEAD.replace('status', ' Status ')}\r\n{GOOD}\r\n\r\nB 123,+442079460018,a shade,9,1 Road,,SHIPPED\r\n"
    )
    orders, bad = read_sheet(text)
    assert bad == []
    first, second = orders
    assert (first["customer_phone"], first["amount"], first["items"]) == ("+12065550142", "1084.50", "two lamps, black")
    assert (first["status"], first["delivery_time"], first["currency"]) == (None, None, None)
    assert (second["order_number"], second["status"], second["postcode"]) == ("B 123", "shipped", None)


def test_given_bad_rows_then_each_is_named_with_its_line_its_column_and_its_fault() -> None:
    table = [
        ("X-12,+12065550142,a lamp,1,1 Road,,", "order_number", "three digits"),
        ("NL-1000,12,a lamp,1,1 Road,,", "customer_phone", "can't be dialled"),
        ("NL-1001,+12065550142,,1,1 Road,,", "items", "empty"),
        ("NL-1002,+12065550142,a lamp,-1,1 Road,,", "amount", "no amount"),
        ("NL-1003,+12065550142,a lamp,1.005,1 Road,,", "amount", "no amount"),
        ("NL-1004,+12065550142,a lamp,NaN,1 Road,,", "amount", "no amount"),
        ("NL-1005,+12065550142,a lamp,1,1 Road,,lost", "status", "none of pending"),
        ("NL-1006,+12065550142,a lamp, black,1,1 Road,,", "", "more cells"),
        ("NL-1007", "customer_phone", "empty"),
        ("NL-4172,+12065550142,a lamp,1,1 Road,,", "order_number", "line 2 too"),
    ]
    orders, bad = read_sheet("\n".join((HEAD, GOOD, *(row for row, _, _ in table))))
    assert len(orders) == 1
    wrong = [
        (line, column, what)
        for line, (_, column, what) in enumerate(table, 3)
        if not any(each.line == line and each.column == column and what in each.what for each in bad)
    ]
    assert wrong == [], bad
    assert read_sheet("order_number,items\n") == ([], [BadRow(1, "customer_phone, amount, address", "no such column")])
    assert read_sheet(HEAD + "\n")[1] == [BadRow(1, "", "no order in it")]
    assert read_sheet("")[1] and read_sheet(f'{HEAD}\n"NL-1,open')[1]
