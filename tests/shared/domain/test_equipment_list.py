"""A tenant's list of its equipment: what is taken of a row, and what is wrong with one."""

from decimal import Decimal

from tables import each

from shared.domain.equipment_list import ListedItem, RowFault, column_name, equipment_list

HEADING = ["reference", "name", "category", "daily_rate", "description", "lowest_rate", "status"]


def test_given_a_list_then_each_item_is_taken_whatever_the_order_of_its_columns() -> None:
    found = equipment_list(
        [
            ["Status", "Colour", "Daily Rate", "NAME", "category", "reference"],
            ["out of service", "red", " $1,200.50 ", "crane", "cranes", "C-1"],
            [],
            ["", "", "20", "ladder", "ladders", "L-1"],
        ]
    )
    assert found.faults == ()
    assert found.items == (
        ListedItem("C-1", "crane", "cranes", Decimal("1200.50"), status="OUT_OF_SERVICE"),
        ListedItem("L-1", "ladder", "ladders", Decimal(20)),
    )
    assert (found.rows, found.status_column) == ({"C-1": 2, "L-1": 4}, 0)
    assert [column_name(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@each(
    ("row", "what"),
    [
        (["R", "n", "c", ""], "daily_rate is missing"),
        (["", "", "c", "1"], "reference, name is missing"),
        (["R"], "name, category, daily_rate is missing"),
        (["R", "n", "c", "cheap"], "daily_rate 'cheap' is no amount"),
        (["R", "n", "c", "-1"], "daily_rate '-1' is no amount of dollars and cents above zero"),
        (["R", "n", "c", "NaN"], "daily_rate 'NaN' is no amount of dollars and cents above zero"),
        (["R", "n", "c", "1.005"], "daily_rate '1.005' is no amount of dollars and cents above zero"),
        (["R", "n", "c", "5", "", "6"], "lowest_rate is above daily_rate"),
        (["R", "n", "c", "5", "", "", "lost"], "status 'lost' is none of AVAILABLE, RENTED, OUT_OF_SERVICE"),
        (["A", "n", "c", "5"], "A stands in row 2 already"),
    ],
)
def test_given_a_bad_row_then_it_is_named_and_the_others_are_taken(row: list[str], what: str) -> None:
    found = equipment_list([HEADING, ["A", "n", "c", "5"], row, ["B", "n", "c", "5"]])
    assert found.faults == (RowFault(3, what),)
    assert [item.reference for item in found.items] == ["A", "B"]


def test_given_no_heading_then_that_is_what_is_wrong() -> None:
    for rows in ([], [["PW-1", "washer", "x", "5"]]):
        (fault,) = equipment_list(rows).faults
        assert fault.row == 1 and "the heading lacks reference" in fault.what
