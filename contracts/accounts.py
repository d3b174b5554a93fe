"""What the store may ask about who its people are."""

from __future__ import annotations

from typing import Annotated, NewType, Protocol

from msgspec import Meta

from contracts.kit import CUSTOMER, OPERATOR, Error, Message, Role, atomic, command, contract, query
from contracts.values import AccountId, Address, Instant

AddressId = NewType("AddressId", str)

Email = Annotated[str, Meta(min_length=3, max_length=254)]
Password = Annotated[str, Meta(max_length=200)]
PersonName = Annotated[
    str,
    Meta(
        pattern=r"^(?!\s*$)[^\x00-\x1f\x7f]+$(?!\n)",
        max_length=120,
        description="A name: not blank, and without control characters.",
    ),
]
Token = Annotated[str, Meta(max_length=200)]


class Account(Message):
    """A person's account."""

    id: AccountId
    email: str
    name: str
    roles: frozenset[Role]


class Session(Message):
    """A logged-in session. ``token`` is a secret that goes only to the person's own client."""

    token: str
    account: Account
    expires: Instant

    def __repr__(self) -> str:
        return f"Session(token=…, account={self.account!r}, expires={self.expires!r})"


class Identity(Message):
    """Who a session's token belongs to; ``assertion`` proves it to other modules until it ``expires``."""

    account: Account
    assertion: str
    expires: Instant

    def __repr__(self) -> str:
        return f"Identity(account={self.account!r}, assertion=…, expires={self.expires!r})"


class SavedAddress(Message):
    """An address in a person's address book."""

    id: AddressId
    address: Address


class EmailTaken(Error):
    """Another account has this e-mail address."""

    code = "accounts.email_taken"


class InvalidEmail(Error):
    """This is not an e-mail address."""

    code = "accounts.invalid_email"


class WeakPassword(Error):
    """The password is too short, too common or contains the e-mail address; ``reason`` says which, in words."""

    code = "accounts.weak_password"
    reason: str


class WrongCredentials(Error):
    """The e-mail address and the password do not belong together; it is not said which is wrong."""

    code = "accounts.wrong_credentials"


class TooManyAttempts(Error):
    """Too many failed attempts for this account or from this source; wait ``retry_after`` seconds, 1 or more."""

    code = "accounts.too_many_attempts"
    retry_after: int


class SessionNotFound(Error):
    """The session is unknown, has expired or was ended."""

    code = "accounts.session_not_found"


class AccountNotFound(Error):
    """No account has this id."""

    code = "accounts.account_not_found"
    account_id: AccountId


class AddressNotFound(Error):
    """The address book has no such address."""

    code = "accounts.address_not_found"


class AddressBookFull(Error):
    """The address book holds as many addresses as it may (20)."""

    code = "accounts.address_book_full"


@contract(version=1)
class Accounts(Protocol):
    """Registration, sessions, profiles and address books."""

    @command(deadline=10.0, raises=(EmailTaken, InvalidEmail, WeakPassword, TooManyAttempts))
    async def register(
        self, email: Email, password: Password, name: PersonName, source: Annotated[str, Meta(max_length=100)]
    ) -> Session:
        """Create a customer's account and log it in. ``source`` is the client's address, for throttling.

        The e-mail address counts without regard to case. Passwords have at least 10 characters.
        """
        ...

    @command(deadline=10.0, raises=(WrongCredentials, TooManyAttempts))
    async def log_in(self, email: Email, password: Password, source: Annotated[str, Meta(max_length=100)]) -> Session:
        """Begin a session. Takes the same time whether or not the account exists."""
        ...

    @command(atomic)
    async def log_out(self, token: Token) -> None:
        """End a session; an unknown token is no error."""
        ...

    @query(raises=(SessionNotFound,))
    async def identify(self, token: Token) -> Identity:
        """Say whose session this is, with a fresh assertion of a few minutes.

        A session that is used goes on; at most once an hour that is written down.
        """
        ...

    @query(allow=CUSTOMER, raises=(AccountNotFound,))
    async def get_profile(self) -> Account:
        """Return the actor's own account."""
        ...

    @command(atomic, allow=CUSTOMER, raises=(AccountNotFound,))
    async def rename(self, name: PersonName) -> Account:
        """Change the actor's own name."""
        ...

    @command(deadline=10.0, allow=CUSTOMER, raises=(AccountNotFound, WrongCredentials, WeakPassword, TooManyAttempts))
    async def change_password(self, current: Password, new: Password, token: Token) -> None:
        """Change the actor's own password and end all sessions but that of ``token``."""
        ...

    @query(allow=CUSTOMER)
    async def list_addresses(self) -> tuple[SavedAddress, ...]:
        """Return the actor's address book, the oldest first."""
        ...

    @command(atomic, allow=CUSTOMER, raises=(AccountNotFound, AddressBookFull))
    async def add_address(self, address: Address) -> SavedAddress:
        """Add to the actor's address book; an address that stands there already is returned as it is."""
        ...

    @command(atomic, allow=CUSTOMER, raises=(AddressNotFound,))
    async def remove_address(self, address_id: AddressId) -> None:
        """Remove from the actor's address book. AddressNotFound: also where it is another person's."""
        ...

    @command(atomic, allow=OPERATOR, raises=(AccountNotFound,))
    async def set_roles(self, account_id: AccountId, roles: frozenset[Role]) -> Account:
        """Give an account these roles, of customer, staff and operator; customer is always among them.

        Any other role is left out. It takes effect at the next `identify`.
        """
        ...
