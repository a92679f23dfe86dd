from pairgrant_server.errors import PairgrantServerError


class BrandError(PairgrantServerError, ValueError):
    """A name, logo, colour or link can't be used on the site; the text says what to write instead."""
