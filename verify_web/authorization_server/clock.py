"""The server's one clock: Unix time in seconds, passed in wherever time matters, so that tests set it by hand."""

import time
from collections.abc import Callable

Clock = Callable[[], float]

system_clock: Clock = time.time
