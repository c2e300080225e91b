#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""docs/abi.md is what scripts/abi_gen.py makes of the tables now."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'scripts'))

import abi_gen  # noqa: E402

CURE = ('docs/abi.md is not what the tables in abi/ say. '
        'Cure: scripts/abi_gen.py reference --output docs')


class ReferenceTest(unittest.TestCase):
    """The page as it is committed."""

    def test_the_page_is_up_to_date(self):
        wanted = abi_gen.reference(*abi_gen.load(ROOT))['abi.md']
        found = (ROOT / 'docs/abi.md').read_text(encoding='utf-8')
        if found != wanted:
            pairs = zip(found.split('\n'), wanted.split('\n'))
            first = next((f'line {number}: {old!r}, now {new!r}'
                          for number, (old, new) in enumerate(pairs, 1) if old != new),
                         'one is longer')
            self.fail(f'{CURE}\n{first}')


if __name__ == '__main__':
    unittest.main()
