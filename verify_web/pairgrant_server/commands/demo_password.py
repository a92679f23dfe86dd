"""The password of the demo's user: read from the terminal and typed on a phone."""

from collections.abc import Callable

_TEXT = """
acre aloe area atom baby back bake ball band bank barn bath bead beam bear bell belt bend bike bird
blue boat body bold bolt bone book boot bowl bulb bush cage cake calf call calm camp card care cart
case cash cave chef chin city clap club coal coat coin cold cook cool copy cork corn crab crow cube
curl data dawn deal desk dice diet dish dock dome door dove draw drum duck dune dust east easy echo
edge epic exit face fair fall farm fast feet fern film find fish flag flat foam folk food fork frog
fuel full gate gear gift gold golf good gown grid grin gulf hail half hall hand harp hawk heat herb
hill hint home hood hook hope host idea inch iron item jade jazz join joke jump june kale kind kite
kiwi knee lake lamb lamp land lawn leaf lens lime line lion list loaf logo loud love luck mail mane
many mask math meal menu mild milk mill mind mint moon moss moth move myth nail name navy neat nest
news nine noon nose note oath oval oven owls pace pack palm park path peak pear pine pink plan plum
poem pond pony pool port race rain ramp read rice ride ring road robe rock roof room root rope rose
ruby sage sail salt seal seed ship shoe silk sing snow soap sofa song soup stem swan tale team tent
tide time tree tuba vase wave wind wing wolf wood wool yarn year yoga zero zone
"""
_WORDS = tuple(_TEXT.split())

_COUNT = 3
_DIGITS = 4


def demo_password(randbelow: Callable[[int], int]) -> str:
    """Three different words and four digits, 37 bits: a phone's keyboard is switched once, and no user code
    looks like it.

    ``randbelow(n)`` must be uniform in ``0..n-1`` and unguessable: ``secrets.randbelow``.
    """
    left = list(_WORDS)
    words = [left.pop(randbelow(len(left))) for _ in range(_COUNT)]
    return "".join(words) + f"{randbelow(10**_DIGITS):0{_DIGITS}}"
