"""`pickup`: the command line. Commands import what they need when they run, so that `--help` is instant."""

import sys

import typer
from rich.console import Console
from rich.text import Text

from cli import (
    alerts,
    answer,
    business,
    call,
    calls,
    deliveries,
    deploy,
    doctor,
    events,
    heal,
    house_audio,
    knowledge,
    number,
    orders,
    rental,
    route,
    scenarios,
    status,
    template,
    tenant,
    test_call,
    up,
    versions,
)
from shared.errors import PickupError

app = typer.Typer(
    name="pickup",
    help="The phone line that always answers. Try: pickup call --scenario prayer",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("call")(call.call)
app.add_typer(calls.app, name="calls")
app.command("answer")(answer.answer)
app.command("up")(up.up)
app.command("deploy")(deploy.deploy)
app.command("test-call")(test_call.test_call)
app.command("scenarios")(scenarios.scenarios)
app.command("route")(route.route)
app.add_typer(number.app, name="number")
for command in versions.COMMANDS:
    template.app.command()(command)
app.add_typer(template.app, name="template")
app.add_typer(tenant.app, name="tenant")
app.add_typer(rental.app, name="rental")
app.add_typer(business.app, name="business")
app.add_typer(orders.app, name="orders")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(alerts.app, name="alerts")
app.add_typer(deliveries.app, name="deliveries")
app.command("status")(status.status)
app.command("heal")(heal.heal)
app.command("events")(events.events)
app.command("doctor")(doctor.doctor)
app.command("house-audio", hidden=True)(house_audio.house_audio)


def main() -> None:
    """Run a command. A `PickupError` is printed as one sentence, and the exit code is 1."""
    try:
        app()
    except PickupError as error:
        message = Text.assemble((error.code, "bold red"), f": {error}")
        Console(stderr=True).print(message, highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
