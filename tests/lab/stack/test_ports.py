"""Ports chosen ahead: no two processes of ours are given the same one."""

import asyncio
import json
import socket
import sys

from lab.sip.stack import SipStack
from lab.stack import ports

CHOOSE = """
import json, sys, random
from lab.stack.ports import free_port
random.seed(1)
print(json.dumps([free_port() for _ in range(40)]), flush=True)
sys.stdin.read()
"""


async def one_that_chooses() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHOOSE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )


async def test_given_processes_with_the_same_luck_when_each_chooses_then_no_port_is_chosen_twice() -> None:
    choosing = [await one_that_chooses() for _ in range(3)]
    try:
        async with asyncio.timeout(20):
            chosen = [json.loads(await process.stdout.readline()) for process in choosing if process.stdout]
    finally:
        for process in choosing:
            await process.communicate(b"")

    assert [len(each) for each in chosen] == [40, 40, 40]
    assert len({port for each in chosen for port in each}) == 120


async def test_given_a_process_that_ended_when_another_has_the_same_luck_then_its_ports_are_given_again() -> None:
    chosen: list[list[int]] = []
    for _ in range(2):
        process = await one_that_chooses()
        out, _ = await asyncio.wait_for(process.communicate(b""), 20)
        chosen.append(json.loads(out))

    assert len(set(chosen[0]) & set(chosen[1])) > 30


def test_given_a_port_that_is_chosen_then_it_is_free_for_udp_and_tcp() -> None:
    port = ports.free_port()

    with socket.create_server(("127.0.0.1", port)), socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", port))
        assert not ports.is_free("127.0.0.1", port)
    assert port < 26_000 <= ports.media_ports(400)[0]


async def test_given_a_call_then_its_sound_goes_by_ports_that_nobody_chooses_ahead() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.setblocking(False)
        async with SipStack() as phone:
            leg = await phone.dial(f"sip:+12065550100@127.0.0.1:{elsewhere.getsockname()[1]}")
            invite = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(elsewhere, 8192), 5)
            await leg.hang_up()

    (port,) = [int(line.split()[1]) for line in invite.decode().splitlines() if line.startswith("m=audio")]
    assert port in ports.RTP
