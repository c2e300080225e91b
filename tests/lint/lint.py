#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""lint.py RULE [ROOT]

Holds a source tree to one rule, or to `all`: prints every place that breaks it as
`file:line: what`, and exits with 1 if there is one. `lint.py lines` prints how many lines of code
the kernel has.
"""

import pathlib
import sys

import c_rules
import text_rules
from tree import Tree

RULES = {rule.__name__: rule for rule in (
    c_rules.includes, c_rules.formatting, c_rules.analysable, c_rules.portable, c_rules.size,
    text_rules.licence, text_rules.machine, text_rules.words, text_rules.wraps,
    text_rules.scripts)}

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def lines(tree):
    """What kernel_c_lines and kernel_asm_lines of the benchmarks are."""
    print('kernel_c_lines', tree.code_lines(c_rules.kernel_c_files(tree)))
    for machine, names in c_rules.kernel_assembly_files(tree).items():
        print('kernel_asm_lines', tree.code_lines(names), machine)


def main(argv):
    if not 1 <= len(argv) <= 2 or argv[0] not in (*RULES, 'all', 'lines'):
        print(f"{__doc__}\nrules: {', '.join(RULES)}", file=sys.stderr)
        return 2
    tree = Tree(argv[1] if len(argv) == 2 else SOURCE)
    if argv[0] == 'lines':
        lines(tree)
        return 0
    if not tree.files:
        print(f'{tree.root}: no files', file=sys.stderr)
        return 2
    picked = RULES.values() if argv[0] == 'all' else (RULES[argv[0]],)
    faults = [(rule, fault) for rule in picked for fault in rule(tree)]
    for rule, fault in faults:
        print(f'{fault} [{rule.__name__}]')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
