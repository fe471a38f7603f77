"""Run both examples: against a local Postmark by default, against the real one with ``--live``."""

from __future__ import annotations

import asyncio
import os
import sys

import send_async
import send_sync

from postmark_sdk import PostmarkError

TEST_TOKEN = "POSTMARK_API_TEST"  # noqa: S105 - Postmark's public test token: checked, never sent


def run() -> None:
    """Both examples, one after the other."""
    print("Synchronous")
    send_sync.main()
    print("\nAsynchronous")
    asyncio.run(send_async.main())


def local() -> None:
    """Against the emulator, which lives as long as this."""
    from postmark_sdk.emulator import Emulator  # noqa: PLC0415 - the live way does without the extra

    with Emulator() as postmark:
        print(f"A local Postmark listens on {postmark.base_url}\n")
        os.environ["POSTMARK_BASE_URL"] = postmark.base_url
        os.environ["POSTMARK_SERVER_TOKEN"] = postmark.server_token
        run()
    print("\nNothing left this machine. Next: `make emulator`, and section 3 of docs/tutorial.md.")


def live() -> None:
    """Against the real API; without a token of yours, with the test token, which sends nothing."""
    token = os.environ.setdefault("POSTMARK_SERVER_TOKEN", TEST_TOKEN)
    print("The real API, with " + ("its test token: nothing is sent\n" if token == TEST_TOKEN else "your token\n"))
    run()


def main() -> int:
    """The exit status."""
    try:
        live() if "--live" in sys.argv[1:] else local()
    except PostmarkError as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
