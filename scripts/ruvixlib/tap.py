# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Judges a guest's test output: TAP with numbers, of which every one must be there once.

Meson's own TAP reading takes an empty output for a skip, so the plan is checked here. Lines that
are not TAP (the kernel prints what it likes) are passed over.
"""

import re

_POINT = re.compile(r'(not )?ok\b(?:[ \t]+(\d+))?(?:[ \t]+(.*))?$')
_PLAN = re.compile(r'1\.\.(\d+)[ \t]*(#.*)?$')
_BAIL_OUT = 'Bail out!'
_SKIP = re.compile(r'#[ \t]*(skip|todo)', re.IGNORECASE)
_SHOWN_MAX = 5

PANIC = 'kpanic:'


def lines_of(output):
    """Serial output as lines of text, whatever bytes came."""
    return output.decode('utf-8', 'replace').replace('\r', '').split('\n')


def is_tap_line(line):
    return bool(line.startswith(('TAP version', '#', _BAIL_OUT)) or _POINT.match(line) or
                _PLAN.match(line))


def panic_line(lines):
    """The first line of a kernel panic, or None."""
    return next((line for line in lines if PANIC in line), None)


def _list(numbers):
    numbers = sorted(numbers)
    text = ', '.join(map(str, numbers[:_SHOWN_MAX]))
    return text + (', ...' if len(numbers) > _SHOWN_MAX else '')


def fault(lines, allow_skip=False):
    """Why the output is not a passed test, in one line; None: it is one."""
    plan, seen, failed = None, set(), []
    for line in lines:
        if line.startswith(_BAIL_OUT):
            return f'the guest gave up: {line}'
        match = _PLAN.match(line)
        if match:
            if plan is not None:
                return 'a second plan'
            plan = int(match.group(1))
            continue
        match = _POINT.match(line)
        if not match:
            continue
        if match.group(2) is None:
            return f'a point without a number: {line}'
        number = int(match.group(2))
        if number in seen:
            return f'point {number} comes twice'
        seen.add(number)
        if match.group(1):
            failed.append(line)
        elif _SKIP.search(match.group(3) or '') and not allow_skip:
            failed.append(line)
    if failed:
        more = f' (and {len(failed) - 1} more)' if len(failed) > 1 else ''
        return f'{failed[0]}{more}'
    if plan is None:
        return 'no plan' if seen else 'no test output at all'
    if plan == 0:
        return 'an empty plan'
    beyond = seen - set(range(1, plan + 1))
    if beyond:
        return f'points beyond the plan 1..{plan}: {_list(beyond)}'
    missing = set(range(1, plan + 1)) - seen
    if missing:
        return f'{len(missing)} of {plan} points missing: {_list(missing)}'
    return None
