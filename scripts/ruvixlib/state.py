# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The state folder: what outlives a run of one machine, and what the last run left.

  secret      32 bytes from which the first key of each boot's witness chain is derived
  log-id      16 bytes, the name of the log
  boot        u64 little endian, the number of the last boot
  nonce       16 bytes, new for each boot
  ram.bin     the RAM of the last run
  serial.log  what it said
"""

import os
import pathlib

from . import exits

SECRET_BYTES = 32
LOG_ID_BYTES = 16
NONCE_BYTES = 16
BOOT_BYTES = 8

ITEM_PREFIX = 'opt/ruvix/'


class State:
    """Paths and contents of one state folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.secret = self.folder / 'secret'
        self.log_id = self.folder / 'log-id'
        self.boot = self.folder / 'boot'
        self.nonce = self.folder / 'nonce'
        self.ram = self.folder / 'ram.bin'
        self.serial = self.folder / 'serial.log'

    def has_keys(self):
        return self.secret.exists() or self.log_id.exists()

    def make_keys(self):
        """New keys, and boots count from the start again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.boot.unlink(missing_ok=True)
        _write(self.secret, os.urandom(SECRET_BYTES))
        _write(self.log_id, os.urandom(LOG_ID_BYTES))

    def check_keys(self):
        for path, size in ((self.secret, SECRET_BYTES), (self.log_id, LOG_ID_BYTES)):
            _read(path, size)

    def boot_number(self):
        """Of the last boot; 0 before the first."""
        if not self.boot.exists():
            return 0
        return int.from_bytes(_read(self.boot, BOOT_BYTES), 'little')

    def next_boot(self):
        """Count one boot and give it its nonce. A number is never used twice, even if what
        follows fails."""
        self.check_keys()
        number = self.boot_number() + 1
        _write(self.boot, number.to_bytes(BOOT_BYTES, 'little'))
        _write(self.nonce, os.urandom(NONCE_BYTES))
        return number

    def items(self):
        """What the guest gets as fw_cfg items."""
        return {ITEM_PREFIX + path.name: str(path)
                for path in (self.secret, self.log_id, self.boot, self.nonce)}


def _read(path, size):
    data = path.read_bytes() if path.exists() else b''
    if len(data) != size:
        raise exits.Stop(exits.MISSING, f'{path}: expected {size} bytes, found {len(data)}',
                         f'scripts/ruvix keygen --force --state {path.parent}')
    return data


def _write(path, data):
    """Whole or not at all, readable by the owner only."""
    new = path.with_name(path.name + '.new')
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as file:
        file.write(data)
    new.replace(path)
