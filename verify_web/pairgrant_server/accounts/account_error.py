"""What is wrong with an account as it was asked for, said to the person who asked."""


class AccountError(ValueError):
    """What was asked for can't be done; the text says what to write instead."""
