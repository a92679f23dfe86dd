"""The process that ``ForkedPrograms`` forks from: it imports both programs once and starts no thread.

Orders come as lines of JSON on standard input, and each is answered by a number on standard output:

    {"run": [program, word, …], "environment": {…}, "stdout": path, "stderr": path, "stdin": text}
        the process ID
    {"wait": process ID}
        its exit code, once it ends; a signal's number is negative

When standard input ends, every process that still runs is killed.
"""

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import uvloop  # noqa: F401 - serving imports these three late

import pairgrant.cli
import pairgrant.text.login
import pairgrant_server.app
import pairgrant_server.cli


def _do_nothing() -> None:
    pass


def serve(prepare: Callable[[], None] = _do_nothing) -> None:
    """Carry out orders until there are no more; ``prepare`` runs in each new process, before its program."""
    running: set[int] = set()
    gc.freeze()  # otherwise the first collection in each child copies all that it shares with this process
    for line in sys.stdin:
        order = json.loads(line)
        if "run" in order:
            result = os.fork()
            if result == 0:
                _become(order, prepare)
            running.add(result)
        else:
            result = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
            running.discard(order["wait"])
        sys.stdout.write(f"{result}\n")
        sys.stdout.flush()
    for process in running:
        os.kill(process, signal.SIGKILL)


def _become(order: dict[str, Any], prepare: Callable[[], None]) -> None:
    """Run the program to its end; never return into the loop that forks."""
    code = 1
    try:
        for descriptor, path in ((1, order["stdout"]), (2, order["stderr"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
        given, giving = os.pipe()
        os.write(giving, order["stdin"].encode())
        os.close(giving)
        os.dup2(given, 0)
        sys.stdin = os.fdopen(0)
        os.environ.clear()
        os.environ.update(order["environment"])
        prepare()
        sys.argv = list(order["run"])
        code = _main(order["run"][0])
    except SystemExit as end:
        code = _exit_code(end)
    except BaseException:  # noqa: BLE001 - whatever it is, this process must end here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main(program: str) -> int:
    if program == "pairgrant":
        return pairgrant.cli.main()
    pairgrant_server.cli.main()
    return 0


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


if __name__ == "__main__":
    serve()
