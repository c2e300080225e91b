# SPDX-License-Identifier: Apache-2.0 OR MIT
"""`ruvix test`: runs the tests that names pick and counts them.

A skipped test counts as failed: everything that a test needs is installed by scripts/setup.
"""

import fnmatch
import json
import shlex
import subprocess

from . import exits, options

MESON = '/usr/bin/meson'
PASSED = ('OK', 'EXPECTEDFAIL')


def pick(tests, names):
    """The names of the tests that `names` pick. `tests` is Meson's introspection."""
    picked = []
    for name in names:
        # Suites are told as 'project:suite'.
        found = [test['name'] for test in tests
                 if fnmatch.fnmatchcase(test['name'], name) or
                 name in (suite.rpartition(':')[2] for suite in test['suite'])]
        if not found:
            suites = {suite.rpartition(':')[2] for test in tests for suite in test['suite']}
            raise exits.Stop(exits.USAGE, f"no test and no suite is called '{name}'",
                             'suites: ' + ', '.join(sorted(suites)) +
                             f'; tests: {MESON} test -C build --list')
        picked += [test for test in found if test not in picked]
    return picked


def tests_of(build):
    """Meson's list of the tests, after what may have changed in its files."""
    options.require_file(build / 'build.ninja', 'scripts/setup configures the build folder')
    renewed = subprocess.run(['ninja', '-C', build, 'build.ninja'], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
    if renewed.returncode != 0:
        raise exits.Stop(exits.FAILED, renewed.stdout.decode('utf-8', 'replace').strip(),
                         'mend what Meson complains about')
    told = subprocess.run([MESON, 'introspect', '--tests', build], stdout=subprocess.PIPE,
                          check=True)
    return json.loads(told.stdout)


def count(path):
    """(passed, failed) of a testlog.json; None: no test was run."""
    if not path.is_file():
        return None
    results = [json.loads(line)['result']
               for line in path.read_text(encoding='utf-8').splitlines() if line]
    passed = sum(result in PASSED for result in results)
    return passed, len(results) - passed


def main(argv):
    parser = options.parser('test', 'Run tests.')
    options.add_build(parser)
    parser.add_argument('names', nargs='*', metavar='NAME',
                        help='suites, tests or patterns (default: all but the nightly suite)')
    options.add_dry_run(parser)
    args = parser.parse_args(argv)
    command = [MESON, 'test', '-C', str(args.build), '--print-errorlogs']
    if args.names:
        command += ['--setup', 'everything', *pick(tests_of(args.build), args.names)]
    print(shlex.join(command), flush=True)
    if args.dry_run:
        return exits.OK

    # The log is named after the setup, but the default one has the plain name.
    log = args.build / 'meson-logs' / ('testlog-everything.json' if args.names else 'testlog.json')
    log.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode
    counts = count(log)
    if counts is None:
        print('no test was run: see the messages above')
        counts = (0, 1)
    passed, failed = counts
    if status != 0 and failed == 0:
        failed = 1
    print(f'{passed} passed, {failed} failed', flush=True)
    return exits.OK if passed and not failed else exits.FAILED
