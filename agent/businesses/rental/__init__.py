"""An equipment rental: says what is available, agrees on a price, and books machines."""

from pathlib import Path

from agent.businesses.business import Business
from agent.businesses.rental import tools
from agent.businesses.rental.inventory import warm
from agent.businesses.rental.store import RentalStore
from agent.tools import common

BUSINESS = Business(Path(__file__).parent, (*common.TOOLS, *tools.TOOLS), RentalStore, warm)
