# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The numbers of the binary interface, read from its headers so that they are written down once."""

import pathlib
import re

from .problems import reason

DIRECTORY = pathlib.Path(__file__).resolve().parents[2] / 'abi' / 'ruvix'

_HEADERS = ('version.h', 'types.h', 'boot.h')
_DEFINE = re.compile(r'^#define\s+RVX_(\w+)\s+(0[xX][0-9a-fA-F]+|[0-9]+)[uU]?\s*(?:/\*.*)?$',
                     re.MULTILINE)


class AbiError(Exception):
    """A header cannot be read or does not define what it should."""


class Abi:
    """The numeric macros of the headers, without their prefix: `abi['WINDOW_SIZE']`."""

    def __init__(self, directory=DIRECTORY):
        self._directory = pathlib.Path(directory)
        self._numbers = {}
        for header in _HEADERS:
            path = self._directory / header
            try:
                text = path.read_text(encoding='utf-8')
            except (OSError, UnicodeDecodeError) as error:
                raise AbiError(f'cannot read the ABI header {path}: {reason(error)}') from None
            for name, number in _DEFINE.findall(text):
                self._numbers[name] = int(number, 0)

    def __getitem__(self, name):
        try:
            return self._numbers[name]
        except KeyError:
            raise AbiError(f'the ABI headers in {self._directory} do not define '
                           f'RVX_{name}') from None

    def version(self):
        """(major, minor)"""
        return self['ABI_MAJOR'], self['ABI_MINOR']
