#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""run_spin.py [--claim NAME] [--refuted] [--all-reached] [--optimise] MODEL [-DNAME[=VALUE]...]

Makes a verifier of a Promela model and lets it search all states, in a folder that is gone
afterwards. Passed: no error was found and nothing was left out. With --refuted: an error was
found, of the kinds that say something of the model. Without a claim the errors are assertions and
deadlocks; a claim is searched for cycles that starve no process. --all-reached: no statement of
the model was never executed.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DEPTH_MAX = 1_000_000
MEGABYTES_MAX = 3000
SECONDS_MAX = 1500

FOUND = re.compile(r'^State-vector .* errors: (\d+)$', re.MULTILINE)
STATES = re.compile(r'^ *([0-9.e+]+) states, stored', re.MULTILINE)
CLAIM = re.compile(r'^\tnever claim\s+\+ \((\w+)\)$', re.MULTILINE)
WHOLE = re.compile(r'^Full statespace search for:', re.MULTILINE)
INCOMPLETE = re.compile(r'Search not completed|max search depth too small|out of memory|'
                        r'reached -DMEMLIM|VECTORSZ|aborting|hash-?array too small', re.IGNORECASE)
REFUTED = re.compile(r'^pan:\d+: (assertion violated|acceptance cycle|invalid end state)',
                     re.MULTILINE)
UNREACHED = re.compile(r'^\t\S+:(\d+), state \d+, "(.*)"$', re.MULTILINE)


class Broken(Exception):
    """The search could not be made."""


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Broken(str(error)) from error
    return done.returncode, done.stdout.decode('utf-8', 'replace')


def make(command, folder, product):
    status, out = run(command, folder)
    if status != 0 or not (folder / product).is_file():
        raise Broken(f'{command[0]} failed ({status}):\n{out}')


def search(model, definitions, claim, optimise, depth=DEPTH_MAX):
    """(exit status, output) of the verifier"""
    with tempfile.TemporaryDirectory(prefix='model-') as name:
        folder = pathlib.Path(name)
        shutil.copy(model, folder / 'model.pml')
        make(['spin', '-a', *definitions, 'model.pml'], folder, 'pan.c')
        make(['gcc', '-O1' if optimise else '-O0', '-w', f'-DMEMLIM={MEGABYTES_MAX}',
              *(() if claim else ('-DSAFETY', '-DNOCLAIM')), '-o', 'pan', 'pan.c'], folder, 'pan')
        kind = ['-a', '-f', '-N', claim] if claim else []
        return run([os.path.join('.', 'pan'), f'-m{depth}', '-w22', *kind], folder)


def verdict(status, out, claim, refuted, all_reached):
    """None, or what is wrong"""
    found = FOUND.search(out)
    if status != 0 or found is None:
        return f'the search itself failed ({status})'
    if claim is not None and CLAIM.findall(out) != [claim]:
        return f'the model has no claim {claim}'
    if refuted:
        if int(found.group(1)) == 0 or not REFUTED.search(out):
            return 'no error was found'
        return None
    if int(found.group(1)) != 0 or REFUTED.search(out):
        return 'an error was found'
    if INCOMPLETE.search(out) or not WHOLE.search(out) or not STATES.search(out):
        return 'the search was not complete'
    missed = [f'line {line}: {what}' for line, what in UNREACHED.findall(out) if what != '-end-']
    if all_reached and missed:
        return 'never executed:\n  ' + '\n  '.join(missed)
    return None


def main(argv):
    parser = argparse.ArgumentParser(prog='run_spin.py', allow_abbrev=False)
    parser.add_argument('--claim')
    parser.add_argument('--refuted', action='store_true')
    parser.add_argument('--all-reached', action='store_true')
    parser.add_argument('--optimise', action='store_true')
    parser.add_argument('model', type=pathlib.Path)
    args, definitions = parser.parse_known_args(argv)
    if any(not re.fullmatch(r'-D\w+(=\w+)?', definition) for definition in definitions):
        parser.error('definitions are -DNAME or -DNAME=VALUE: ' + ' '.join(definitions))
    try:
        status, out = search(args.model, definitions, args.claim, args.optimise)
    except Broken as error:
        print(error)
        return 1
    wrong = verdict(status, out, args.claim, args.refuted, args.all_reached)
    if wrong is not None:
        print(out)
        print(wrong)
        return 1
    refutation = REFUTED.search(out)
    print(f'{STATES.search(out).group(1)} states:', refutation.group(1) if refutation else 'holds')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
