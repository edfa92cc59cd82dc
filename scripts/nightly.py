"""`make nightly`: the tests that chance decides, with the numbers of a night instead of those of a coffee break.

Each line of `RUNS` is one run of pytest: its name, the big numbers, and what is run. `nightly.py NAME …` runs those of these names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
RUNS: Final[tuple[tuple[str, dict[str, str], list[str]], ...]] = (
    ("market", {"MARKET_RUNS": "10000", "CUNLI_MARKET_GOODS": "100000"}, ["plugins/market/tests"]),
    (
        "mailbox",
        {"CUNLI_MAILBOX_EXAMPLES": "100", "CUNLI_MAILBOX_LETTERS": "200000"},
        ["plugins/mailbox/tests/test_machine.py", "plugins/mailbox/tests/test_size.py"],
    ),
    ("party", {"CUNLI_PARTY_SCALE": "1"}, ["plugins/party/tests/test_many_members.py"]),
    (
        "tourism",
        {"TOURISM_RUNS": "10000", "TOURISM_PLACES": "5000", "TOURISM_NIGHTS": "200"},
        [
            "plugins/tourism/tests/test_family_journey.py",
            "plugins/tourism/tests/test_room_nights.py",
            "plugins/tourism/tests/test_stay_schedules.py",
            "plugins/tourism/tests/test_two_desks.py",
            "plugins/tourism/tests/test_visit_size.py",
        ],
    ),
    # the whole suite of every plugin of ours on its wheel alone, and T1 to T20 on both databases
    (
        "wheels",
        {"CUNLI_TEST_NIGHTLY": "1"},
        [
            "-s",
            "tests/plugins/test_t03_first_party.py",
            "tests/plugins/test_t03_from_wheels.py",
            "tests/plugins/test_t03_wheels.py",
        ],
    ),
)


def main(names: list[str]) -> int:
    unknown = set(names) - {name for name, _numbers, _tests in RUNS}
    if unknown:
        print(f"no run is called {', '.join(sorted(unknown))}; there are: {', '.join(name for name, *_rest in RUNS)}")
        return 2
    failed = []
    for name, numbers, tests in RUNS:
        if names and name not in names:
            continue
        print(f"nightly {name}: {numbers}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, env=os.environ | numbers, check=False
        )
        failed += [name] if done.returncode else []
    print(f"failed: {', '.join(failed)}" if failed else "all is well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
