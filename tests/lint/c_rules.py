# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Rules for C and assembly: layers, layout, what analysers can read, where a machine may show."""

import posixpath
import re
import subprocess

from tree import Fault

FORMATTER = 'clang-format-19'
FORMAT_SECONDS_MAX = 120

# 8000 is what it is meant to be: docs/CAVEATS.md.
C_LINES_MAX = 8650
ASSEMBLY_LINES_MAX = 500

_INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')

# Who may include whom. `hosted`: any header of the host's C library.
_LAYERS = {
    'abi': {'abi'},
    'lib': {'lib', 'abi'},
    'kernel': {'kernel', 'lib', 'abi'},
    'libruvix': {'libruvix', 'lib', 'abi'},
    'servers': {'servers', 'libruvix', 'lib', 'abi', 'sodium'},
    'examples': {'examples', 'libruvix', 'lib', 'abi'},
    'tools': {'tools', 'lib', 'abi', 'sodium', 'hosted'},
}
_OURS = (*_LAYERS, 'tests')

# The headers that C has without a library.
_FREESTANDING = {f'{name}.h' for name in (
    'float', 'iso646', 'limits', 'stdalign', 'stdarg', 'stdbool', 'stddef', 'stdint',
    'stdnoreturn')}

# libsodium stands behind one file of the kernel; what libsodium needs of a C library the kernel
# provides, and may use.
_KERNEL_SODIUM = 'kernel/hash.c'
_KERNEL_LIBRARY = {'string.h', 'stdlib.h'}

_PORTABLE = ('abi', 'lib', 'kernel', 'servers')
_MACHINE_FOLDER = re.compile(r'kernel/arch/([^/]+)/')

# Stands in for a machine in tests on the host: it may use the host's library, and another
# machine's headers.
_HOST = 'host'

_ANALYSABLE = (
    (re.compile(r'\benum\s*\w*\s*:\s*\w'), 'an enum with a type'),
    (re.compile(r'(?<!\w)static_assert\b'), 'static_assert: write _Static_assert'),
    (re.compile(r'\[\['), 'an [[attribute]]'),
    (re.compile(r'\bnullptr\b'), 'nullptr'),
    (re.compile(r'\bconstexpr\b'), 'constexpr'),
    (re.compile(r'\b(_Alignas|alignas)\b'), '_Alignas: write __attribute__((aligned(N)))'),
    (re.compile(r'\b_Generic\b'), '_Generic'),
    (re.compile(r'\b__u?int128(_t)?\b'), '__int128'),
    (re.compile(r'\b(_Atomic|stdatomic)\b'), '_Atomic: use lib/atomic.h'),
)

_MACHINE_TEST = re.compile(r'\s*#\s*(if|ifdef|ifndef|elif)\b.*'
                           r'(__aarch64__|__arm|__ARM|__x86_64|__i386|__riscv|_M_ARM|_M_X64|'
                           r'\bARCH_|\bCONFIG_ARCH)')
_ASSEMBLY = re.compile(r'\b(asm|__asm|__asm__)\b\s*(volatile|__volatile__|goto|inline)?\s*\(')


def _c_files(tree, below=('',)):
    return [name for name in tree.select('.c', '.h', below=below)
            if not name.startswith('subprojects/')]


def _machine(name):
    """The architecture that a file belongs to, or None."""
    match = _MACHINE_FOLDER.match(name)
    return match.group(1) if match else None


def _layer_of_include(tree, name, quoted, angled):
    """The layer that an include line reaches into, or None where it is no layer's."""
    path = quoted or angled
    if quoted:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        # A name without a folder that is nowhere in the tree was generated beside the file.
        if '/' not in path or (beside in tree.files and not path.startswith(_OURS)):
            return beside.split('/', 1)[0]
    first = path.split('/', 1)[0]
    if first == 'ruvix':
        return 'abi'
    if first in _OURS and '/' in path:
        return first
    return 'sodium' if first in ('sodium', 'sodium.h') else None


def _is_library_header(layer, name, path):
    return (path in _FREESTANDING or 'hosted' in _LAYERS[layer] or _machine(name) == _HOST or
            (layer == 'kernel' and path in _KERNEL_LIBRARY) or
            (layer == 'abi' and path.startswith('ruvix/')) or
            (layer == 'servers' and path == 'string.h'))


def includes(tree):
    """Inclusion shows the architecture: every layer includes only those below it."""
    for name in tree.select('.c', '.h', '.S', '.in', below=tuple(_LAYERS)):
        layer = name.split('/', 1)[0]
        for number, line in enumerate(tree.code(name), 1):
            match = _INCLUDE.match(line)
            if not match:
                continue
            path = match.group(1) or match.group(2)
            target = _layer_of_include(tree, name, match.group(1), match.group(2))
            if target is None:
                if not _is_library_header(layer, name, path):
                    yield Fault(name, number, f'<{path}> is no header of freestanding C')
            elif target == 'sodium' and layer == 'kernel':
                if name != _KERNEL_SODIUM:
                    yield Fault(name, number, f'only {_KERNEL_SODIUM} may use libsodium')
            elif target not in _LAYERS[layer]:
                yield Fault(name, number, f'{layer}/ may not include {target}/')
            elif target == 'servers' and '/' in path and \
                    path.split('/')[:2] != name.split('/')[:2]:
                yield Fault(name, number, 'servers share no code but lib/ and libruvix/')
            elif _machine(path) is not None and _machine(name) not in (_machine(path), _HOST):
                yield Fault(name, number, f'only {_MACHINE_FOLDER.match(path).group()} may know '
                            'this header')


def formatting(tree):
    """All C is as clang-format leaves it."""
    names = tree.select('.c', '.h')
    if not names:
        return
    done = subprocess.run([FORMATTER, '--dry-run', '--style=file', *names], cwd=tree.root,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=FORMAT_SECONDS_MAX, check=False)
    told = set()
    for line in done.stderr.decode('utf-8', 'replace').splitlines():
        match = re.match(r'(.+?):(\d+):\d+: (?:warning|error): code should be', line)
        if match and match.group(1) not in told:
            told.add(match.group(1))
            yield Fault(match.group(1), int(match.group(2)),
                        f'not formatted: {FORMATTER} -i {match.group(1)}')
    if done.returncode != 0 and not told:
        yield Fault('.clang-format', 0, done.stderr.decode('utf-8', 'replace').strip())


def analysable(tree):
    """The portable core has no construct that Frama-C 25 cannot parse."""
    for name in _c_files(tree, ('abi', 'lib', 'kernel')):
        if _machine(name):
            continue
        for_cpp = False
        for number, line in enumerate(tree.bare_code(name), 1):
            # C++ sees the headers of abi/ by other words, and Frama-C does not see those.
            if re.match(r'\s*#\s*ifdef\s+__cplusplus\b', line):
                for_cpp = True
            elif for_cpp and re.match(r'\s*#\s*(else|elif|endif)\b', line):
                for_cpp = False
            if for_cpp:
                continue
            for pattern, what in _ANALYSABLE:
                if pattern.search(line):
                    yield Fault(name, number, f'Frama-C cannot parse {what}')


def portable(tree):
    """Portable code neither tests for an architecture nor has assembly in it."""
    for name in _c_files(tree, _PORTABLE):
        if _machine(name):
            continue
        for number, line in enumerate(tree.bare_code(name), 1):
            if _MACHINE_TEST.match(line):
                yield Fault(name, number, 'a test for an architecture: that is what '
                            'kernel/arch/ is for')
            if _ASSEMBLY.search(line):
                yield Fault(name, number, 'inline assembly: that is what kernel/arch/ is for')
    for name in tree.select('.S', '.s', below=_PORTABLE):
        if not _machine(name):
            yield Fault(name, 0, 'assembly outside kernel/arch/')


def kernel_c_files(tree):
    """What the size of the kernel is counted over."""
    return [name for name in _c_files(tree, ('kernel', 'lib')) if _machine(name) != _HOST]


def kernel_assembly_files(tree):
    """By architecture."""
    files = {}
    for name in tree.select('.S', '.s', below=('kernel',)):
        files.setdefault(_machine(name), []).append(name)
    return files


def size(tree):
    """The kernel stays small enough to be read."""
    lines = tree.code_lines(kernel_c_files(tree))
    if lines > C_LINES_MAX:
        yield Fault('kernel', 0, f'{lines} lines of C with lib/, more than {C_LINES_MAX}')
    for machine, names in kernel_assembly_files(tree).items():
        lines = tree.code_lines(names)
        if lines > ASSEMBLY_LINES_MAX:
            yield Fault(f'kernel/arch/{machine}', 0,
                        f'{lines} lines of assembly, more than {ASSEMBLY_LINES_MAX}')
