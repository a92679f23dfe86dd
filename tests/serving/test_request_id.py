import os
from contextvars import copy_context

from pairgrant_server.request_id import begin, request_id


def new_identifier() -> str | None:
    begin()
    return request_id()


def test_process_that_was_forked_makes_other_identifiers_than_its_parent() -> None:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, (new_identifier() or "").encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_the_child = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)
    assert len(of_the_child) == 16
    assert of_the_child != copy_context().run(new_identifier)
