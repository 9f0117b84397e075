"""Run by path in a bare interpreter between fork and exec: drops privileges, ties a program's life to its starter's.

Arguments: the starter's pid, the signal it dies by, "uid:gid" or "-", then the program and its arguments. It stands
apart because nothing may run between fork and exec of a process with threads.
"""

import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    starter, death_signal, account, *program = sys.argv[1:]
    library = None
    if sys.platform == "linux":
        # before privileges are dropped: the interpreter may lie in a folder of root alone
        import ctypes

        library = ctypes.CDLL(None)
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if library:
        # after setuid, which clears it
        library.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(starter):
            sys.exit("the process that wanted this one is gone")
    try:
        os.execv(program[0], program)
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


main()
