#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Wrong manifests: each change of a good one is answered with exactly these messages.

A case is a title, what is replaced in the manifest of imagetest.py by what, and the messages
without the file's name. Where what is replaced is None, the whole manifest is.
"""

import re
import unittest

from imagetest import MANIFEST, ImageCase

KNOWN = 'known: console, core, credits, image, memory, name, on_fault, region, ' \
    'replaceable, schedule, slots, stack, tables, window'

CASES = [
    # Syntax.
    ('an empty file', None, '',
     ["1:1: error: the manifest has no 'system'; give it a table [system]"]),
    ('a key without a value', 'window = 7', 'window =',
     ['8:9: error: TOML syntax: invalid value; mend the line or the one before it']),
    ('a key without an equals sign', 'window = 7', 'window 7',
     ["8:8: error: TOML syntax: expected '=' after a key in a key/value pair; mend the line or "
      "the one before it"]),
    ('an unknown word', 'window = 7', 'window = seven',
     ['8:10: error: TOML syntax: invalid value; mend the line or the one before it']),
    ('a string that does not end', 'name = "agent_a"', 'name = "agent_a',
     ["6:16: error: TOML syntax: illegal character '\\n'; mend the line or the one before it"]),
    ('a header that does not end', '[[edge]]', '[[edge]',
     ["30:7: error: TOML syntax: expected ']]' at the end of an array declaration; mend the line "
      "or the one before it"]),
    ('a key given twice', 'window = 7', 'window = 7\nwindow = 8',
     ['9:11: error: TOML syntax: cannot overwrite a value; mend the line or the one before it']),
    ('a table given twice', '[[edge]]', '[system]\n\n[[edge]]',
     ["30:8: error: TOML syntax: cannot declare 'system' twice; mend the line or the one before "
      "it"]),
    ('a table that is also a list', '[[edge]]', '[edge]\n[[edge]]',
     ['31:7: error: TOML syntax: cannot overwrite a value; mend the line or the one before it']),
    ('a control character', 'name = "board"', 'name = "bo\x01rd"',
     ["25:11: error: TOML syntax: illegal character '\\x01'; mend the line or the one before it"]),
    ('a number of too many digits', 'window = 7', 'window = ' + '9' * 5000,
     ['8:1001: error: the line is longer than 1000 characters; break it']),
    ('a line that is too long', 'window = 7', 'window = ' + '[' * 5000,
     ['8:1001: error: the line is longer than 1000 characters; break it']),
    ('values nested too deeply over many lines', 'window = 7', 'window = ' + '[\n' * 5000,
     ['28:1: error: values are nested too deeply; a manifest needs three levels']),
    ('a list that does not end', 'rights = ["rw", "r"]\n\n', 'rights = ["rw", "r"\n\n',
     ['30:1: error: TOML syntax: unclosed array; mend the line or the one before it']),

    # Keys.
    ('an unknown table', None, MANIFEST + '[machine]\n',
     ["34:1: error: unknown key 'machine' in the manifest; known: edge, partition, region, "
      "system"]),
    ('a misspelt table', '[[edge]]', '[[egde]]',
     ["30:1: error: unknown key 'egde' in the manifest; did you mean 'edge'?"]),
    ('a misspelt key', 'window = 7', 'widnow = 7',
     ["8:1: error: unknown key 'widnow' in [[partition]]; did you mean 'window'?"]),
    ('an unknown key', 'window = 7', 'pixels = 7',
     ["8:1: error: unknown key 'pixels' in [[partition]]; " + KNOWN]),
    ('a misspelt key in a table in a table', 'budget_us', 'budget_ms',
     ["13:1: error: unknown key 'budget_ms' in [partition.schedule]; did you mean 'budget_us'?"]),
    ('a quoted unknown key', 'window = 7', '"win\\u0064ow " = 7',
     ["8:1: error: unknown key 'window ' in [[partition]]; did you mean 'window'?"]),
    ('an unknown key with text that cannot be printed', 'window = 7', '"\\u0007\\u00e4" = 7',
     ["8:1: error: unknown key '\\x07\\xe4' in [[partition]]; " + KNOWN]),
    ('an unknown dotted key', 'window = 7', 'win.dow.x = 7',
     ["8:1: error: unknown key 'win' in [[partition]]; did you mean 'window'?"]),
    ('an unknown key in an inline table', '[partition.schedule]\nmode = "reflex"\nbudget_us = 100\n'
     'period_us = 1000\n', 'schedule = { mode = "flow", perod_us = 7 }\n',
     ["11:29: error: unknown key 'perod_us' in [partition.schedule]; did you mean 'period_us'?"]),
    ('no system', '[system]\nname = "first-light"\nroot = "controld"\n', '',
     ["1:1: error: the manifest has no 'system'; give it a table [system]"]),
    ('no name of the system', 'name = "first-light"\n', '',
     ["1:1: error: [system] has no 'name'; give it 1 to 63 printable ASCII characters"]),
    ('no root', 'root = "controld"\n', '',
     ["1:1: error: [system] has no 'root'; give it a file name of up to 63 of A-Z, a-z, 0-9 and "
      "_.+-"]),
    ('no name of a partition', 'name = "agent_b"\n', '',
     ["20:1: error: [[partition]] has no 'name'; give it a name of up to 31 of a-z, 0-9 and _ "
      "that starts with a letter"]),
    ('no image', 'image = "agent_b"\n', '',
     ["20:1: error: [[partition]] has no 'image'; give it a file name of up to 63 of A-Z, a-z, "
      "0-9 and _.+-"]),
    ('no size', 'size = 4096\n', '',
     ["16:1: error: [[partition.region]] has no 'size'; give it a multiple of 4096 up to "
      "33554432"]),
    ('no ends', 'ends = ["agent_a", "agent_b"]\n', '',
     ["30:1: error: [[edge]] has no 'ends'; give it a list of 2, each a name of up to 31 of a-z, "
      "0-9 and _ that starts with a letter"]),
    ('no rights', 'ends = ["agent_a", "agent_b"]\nrights = ["rw", "r"]\n',
     'ends = ["agent_a", "agent_b"]\n',
     ["30:1: error: [[edge]] has no 'rights'; give it a list of 2, each some of the letters "
      "'rwg'"]),

    # Types and ranges.
    ('a system that is a number', None, 'system = 7\n',
     ["1:10: error: 'system' is not a table; it must be a table [system]"]),
    ('partitions that are a table', None,
     '[system]\nname = "x"\nroot = "controld"\n[partition]\nname = "a"\n',
     ["4:1: error: 'partition' is not a list of tables; it must be tables [[partition]]"]),
    ('partitions that are numbers', None,
     'partition = [1, 2]\n[system]\nname = "x"\nroot = "controld"\n',
     ["1:13: error: 'partition' is not a list of tables; it must be tables [[partition]]"]),
    ('a schedule that is a word', '[partition.schedule]\nmode = "reflex"\nbudget_us = 100\n'
     'period_us = 1000\n', 'schedule = "flow"\n',
     ["11:12: error: 'schedule' is not a table; it must be a table [partition.schedule]"]),
    ('a name that is a number', 'name = "agent_b"', 'name = 5',
     ["21:8: error: 'name' is not a string; it must be a name of up to 31 of a-z, 0-9 and _ that "
      "starts with a letter"]),
    ('a name that is no name', 'name = "agent_b"', 'name = "Agent-B"',
     ["21:8: error: 'name' is not a name; it must be a name of up to 31 of a-z, 0-9 and _ that "
      "starts with a letter"]),
    ('an empty name', 'name = "board"', 'name = ""',
     ["25:8: error: 'name' is not a name; it must be a name of up to 31 of a-z, 0-9 and _ that "
      "starts with a letter"]),
    ('a name that is too long', 'name = "board"', f'name = "{"b" * 32}"',
     ["25:8: error: 'name' is longer than 31 characters; it must be a name of up to 31 of a-z, "
      "0-9 and _ that starts with a letter"]),
    ('a title that is too long', 'name = "first-light"', f'name = "{"x" * 64}"',
     ["2:8: error: 'name' is longer than 63 characters; it must be 1 to 63 printable ASCII "
      "characters"]),
    ('a title that is empty', 'name = "first-light"', 'name = ""',
     ["2:8: error: 'name' is empty; it must be 1 to 63 printable ASCII characters"]),
    ('a title with an umlaut', 'name = "first-light"', 'name = "f\u00fcrst"',
     ["2:8: error: 'name' has characters that are not printable ASCII; it must be 1 to 63 "
      "printable ASCII characters"]),
    ('a title that is a date', 'name = "first-light"', 'name = 2026-01-01',
     ["2:8: error: 'name' is not a string; it must be 1 to 63 printable ASCII characters"]),
    ('an image in a folder', 'image = "agent_b"', 'image = "bin/agent_b"',
     ["22:9: error: 'image' has a folder in it (folders are given with --search); it must be a "
      "file name of up to 63 of A-Z, a-z, 0-9 and _.+-"]),
    ('an image that is hidden', 'image = "agent_b"', 'image = ".agent_b"',
     ["22:9: error: 'image' is not a file name; it must be a file name of up to 63 of A-Z, a-z, "
      "0-9 and _.+-"]),
    ('a window that is text', 'window = 7', 'window = "7"',
     ["8:10: error: 'window' is not a whole number; it must be a whole number from 1 to 4095"]),
    ('a window that is true', 'window = 7', 'window = true',
     ["8:10: error: 'window' is not a whole number; it must be a whole number from 1 to 4095"]),
    ('a window that is a fraction', 'window = 7', 'window = 7.0',
     ["8:10: error: 'window' is not a whole number; it must be a whole number from 1 to 4095"]),
    ('window 0', 'window = 7', 'window = 0',
     ["8:10: error: 'window' is below 1; it must be a whole number from 1 to 4095"]),
    ('a window past the last', 'window = 7', 'window = 4096',
     ["8:10: error: 'window' is above 4095; it must be a whole number from 1 to 4095"]),
    ('no page tables', 'window = 7', 'tables = 0',
     ["8:10: error: 'tables' is below 1; it must be a whole number from 1 to 512 pages"]),
    ('too many page tables', 'window = 7', 'tables = 513',
     ["8:10: error: 'tables' is above 512; it must be a whole number from 1 to 512 pages"]),
    ('no credits', 'window = 7', 'credits = 0',
     ["8:11: error: 'credits' is below 1; it must be a whole number from 1 to 6144 records"]),
    ('slots that are too few', 'window = 7', 'slots = 255',
     ["8:9: error: 'slots' is below 256; it must be a power of two from 256 to 65536"]),
    ('slots that are no power of two', 'window = 7', 'slots = 300',
     ["8:9: error: 'slots' is not a power of two; it must be a power of two from 256 to 65536"]),
    ('memory that is no power of two', 'window = 7', 'memory = 12288',
     ["8:10: error: 'memory' is not a power of two; it must be a power of two from 4096 to "
      "33554432"]),
    ('too much memory', 'window = 7', 'memory = 67108864',
     ["8:10: error: 'memory' is above 33554432; it must be a power of two from 4096 to "
      "33554432"]),
    ('a console that is text', 'window = 7', 'console = "no"',
     ["8:11: error: 'console' is not a boolean; it must be true or false"]),
    ('a core that no machine has', 'window = 7', 'core = 8',
     ["8:8: error: 'core' is above 7; it must be a whole number from 0 to 7"]),
    ('a negative core', 'window = 7', 'core = -1',
     ["8:8: error: 'core' is below 0; it must be a whole number from 0 to 7"]),
    ('a core that is text', 'window = 7', 'core = "all"',
     ["8:8: error: 'core' is not a whole number; it must be a whole number from 0 to 7"]),
    ('an unknown thing to do on faults', 'window = 7', 'on_fault = "stopp"',
     ["8:12: error: 'on_fault' is not a known word; it must be 'stop' or 'step' or "
      "'restart'; did you mean 'stop'?"]),
    ('a stack of half a page', 'stack = 8192', 'stack = 2048',
     ["9:9: error: 'stack' is below 4096; it must be a multiple of 4096 up to 1048576"]),
    ('a stack of one and a half pages', 'stack = 8192', 'stack = 6144',
     ["9:9: error: 'stack' is not a multiple of the page size 4096; it must be a multiple of "
      "4096 up to 1048576"]),
    ('a stack that is too large', 'stack = 8192', 'stack = 2097152',
     ["9:9: error: 'stack' is above 1048576; it must be a multiple of 4096 up to 1048576"]),
    ('a negative size', 'size = 4096', 'size = -4096',
     ["18:8: error: 'size' is below 4096; it must be a multiple of 4096 up to 33554432"]),
    ('a region that is too large', 'size = 4096', 'size = 67108864',
     ["18:8: error: 'size' is above 33554432; it must be a multiple of 4096 up to 33554432"]),
    ('a region of odd size', 'size = 8192', 'size = 8193',
     ["26:8: error: 'size' is not a multiple of the page size 4096; it must be a multiple of "
      "4096 up to 33554432"]),
    ('an unknown mode', 'mode = "reflex"', 'mode = "Reflexx"',
     ["12:8: error: 'mode' is not a known word; it must be 'flow' or 'reflex'; did you mean "
      "'reflex'?"]),
    ('a mode that is nothing like one', 'mode = "reflex"', 'mode = "batch"',
     ["12:8: error: 'mode' is not a known word; it must be 'flow' or 'reflex'"]),
    ('a budget of 0', 'budget_us = 100', 'budget_us = 0',
     ["13:13: error: 'budget_us' is below 1; it must be a whole number from 1 to 3600000000 "
      "microseconds"]),
    ('a period of years', 'period_us = 1000', 'period_us = 99999999999999999999',
     ["14:13: error: 'period_us' is above 3600000000; it must be a whole number from 1 to "
      "3600000000 microseconds"]),
    ('a flag that is a number', 'period_us = 1000', 'passive = 1',
     ["14:11: error: 'passive' is not a boolean; it must be true or false"]),
    ('a flag that is text', 'window = 7', 'replaceable = "yes"',
     ["8:15: error: 'replaceable' is not a boolean; it must be true or false"]),
    ('rights that are no letters', 'name = "scratch"', 'name = "scratch"\nrights = "rx"',
     ["18:10: error: 'rights' has the letter 'x', which is no right here; it must be some of the "
      "letters 'rw'"]),
    ('rights with a letter twice', 'name = "scratch"', 'name = "scratch"\nrights = "rr"',
     ["18:10: error: 'rights' has a letter twice; it must be some of the letters 'rw'"]),
    ('no rights at all', 'name = "scratch"', 'name = "scratch"\nrights = ""',
     ["18:10: error: 'rights' gives no right: it needs 'r'; it must be some of the letters 'rw'"]),
    ('write without read', 'name = "scratch"', 'name = "scratch"\nrights = "w"',
     ["18:10: error: 'rights' gives no right: it needs 'r'; it must be some of the letters 'rw'"]),
    ('only a right to carry', 'ends = ["agent_a", "agent_b"]\nrights = ["rw", "r"]',
     'ends = ["agent_a", "agent_b"]\nrights = ["rw", "g"]',
     ["33:17: error: entry 2 of 'rights' gives no right: it needs 'r' or 'w'; it must be some of "
      "the letters 'rwg'"]),
    ('one end', 'ends = ["agent_a", "agent_b"]', 'ends = ["agent_a"]',
     ["32:8: error: 'ends' has 1 entry; it must be a list of 2, each a name of up to 31 of a-z, "
      "0-9 and _ that starts with a letter"]),
    ('three ends', 'ends = ["agent_a", "agent_b"]', 'ends = ["agent_a", "agent_b", "agent_a"]',
     ["32:8: error: 'ends' has 3 entries; it must be a list of 2, each a name of up to 31 of "
      "a-z, 0-9 and _ that starts with a letter"]),
    ('ends that are no list', 'ends = ["agent_a", "agent_b"]', 'ends = "agent_a"',
     ["32:8: error: 'ends' is not a list; it must be a list of 2, each a name of up to 31 of "
      "a-z, 0-9 and _ that starts with a letter"]),
    ('an end that is a number', 'ends = ["agent_a", "agent_b"]', 'ends = ["agent_a", 2]',
     ["32:20: error: entry 2 of 'ends' is not a string; it must be a name of up to 31 of a-z, "
      "0-9 and _ that starts with a letter"]),
    ('rights of one end', 'ends = ["agent_a", "agent_b"]\nrights = ["rw", "r"]',
     'ends = ["agent_a", "agent_b"]\nrights = ["rw"]',
     ["33:10: error: 'rights' has 1 entry; it must be a list of 2, each some of the letters "
      "'rwg'"]),
    ('a badge of 0', 'ends = ["agent_a", "agent_b"]',
     'badges = [0, 1]\nends = ["agent_a", "agent_b"]',
     ["32:11: error: entry 1 of 'badges' is below 1; it must be a whole number from 1 to "
      "9223372036854775807"]),
    ('a badge of 64 bits', 'ends = ["agent_a", "agent_b"]',
     'badges = [1, 0x8000000000000000]\nends = ["agent_a", "agent_b"]',
     ["32:14: error: entry 2 of 'badges' is above 9223372036854775807; it must be a whole number "
      "from 1 to 9223372036854775807"]),
    ('shared by nobody', 'between = ["agent_a", "agent_b"]', 'between = []',
     ["27:11: error: 'between' has 0 entries; it must be a list of 1 to 16, each a name of up to "
      "31 of a-z, 0-9 and _ that starts with a letter"]),

    # What several values decide together.
    ('two partitions of one name', 'name = "agent_b"', 'name = "agent_a"',
     ["21:8: error: there is a partition 'agent_a' already (line 5); rename one of them",
      "27:23: error: there is no partition 'agent_b'; did you mean 'agent_a'?",
      "32:20: error: there is no partition 'agent_b'; did you mean 'agent_a'?"]),
    ('a partition of the root\'s name', 'name = "agent_b"', 'name = "controld"',
     ["21:8: error: the name 'controld' belongs to the root task; choose another",
      "27:23: error: there is no partition 'agent_b'; did you mean 'agent_a'?",
      "32:20: error: there is no partition 'agent_b'; did you mean 'agent_a'?"]),
    ('two regions of one name', 'name = "board"', 'name = "scratch"',
     ["25:8: error: there is a region 'scratch' already (line 16); rename one of them"]),
    ('two edges of one name', None, MANIFEST + '[[edge]]\nname = "a_to_b"\n'
     'ends = ["agent_b", "controld"]\nrights = ["r", "r"]\n',
     ["35:8: error: there is an edge 'a_to_b' already (line 30); rename one of them"]),
    ('a window taken', 'image = "agent_b"', 'image = "agent_b"\nwindow = 7',
     ['23:10: error: window 7 is taken by the partition on line 5; choose another or leave it '
      'out']),
    ('the root\'s window', 'window = 7', 'window = 1',
     ['8:10: error: window 1 belongs to the root task; choose another or leave it out']),
    ('an edge to nowhere', 'ends = ["agent_a", "agent_b"]', 'ends = ["agent_a", "agent_c"]',
     ["32:20: error: there is no partition 'agent_c'; did you mean 'agent_b'?"]),
    ('an edge to a name that is nothing like one', 'ends = ["agent_a", "agent_b"]',
     'ends = ["xyz", "agent_b"]',
     ["32:9: error: there is no partition 'xyz'; known: agent_a, agent_b, controld"]),
    ('an edge to itself', 'ends = ["agent_a", "agent_b"]', 'ends = ["agent_a", "agent_a"]',
     ["32:20: error: both ends are at 'agent_a'; an edge joins two partitions"]),
    ('a badge taken', None, MANIFEST + '[[edge]]\nname = "other"\nends = ["controld", "agent_a"]\n'
     'rights = ["r", "r"]\nbadges = [1, 1]\n',
     ["38:14: error: badge 1 at 'agent_a' is taken by the edge on line 30; choose another"]),
    ('a region between strangers', 'between = ["agent_a", "agent_b"]',
     'between = ["agent_a", "agent"]',
     ["27:23: error: there is no partition 'agent'; did you mean 'agent_b'?"]),
    ('a region between the same', 'between = ["agent_a", "agent_b"]',
     'between = ["agent_a", "agent_a"]',
     ["27:23: error: partition 'agent_a' is named twice; remove one"]),
    ('rights of three for two', 'rights = ["rw", "r"]\n\n[[edge]]',
     'rights = ["rw", "r", "r"]\n\n[[edge]]',
     ["28:10: error: 'rights' has 3 entries for 2 partitions; give one for each entry of "
      "'between'"]),
    ('a region shared with itself', 'name = "scratch"', 'name = "scratch"\nshared_with = "agent_a"',
     ["18:15: error: the region is shared with its own partition; name another one or leave "
      "'shared_with' out"]),
    ('a region shared with a stranger', 'name = "scratch"',
     'name = "scratch"\nshared_with = "agent_z"',
     ["18:15: error: there is no partition 'agent_z'; did you mean 'agent_b'?"]),
    ('rights of nobody', 'name = "scratch"', 'name = "scratch"\nshared_rights = "r"',
     ["18:17: error: 'shared_rights' is of no use without 'shared_with'; add or remove one of "
      "them"]),
    ('a budget above the period', 'budget_us = 100', 'budget_us = 1001',
     ['13:13: error: the budget of 1001 us is more than the period of 1000 us; lower budget_us '
      'or raise period_us']),
    ('a budget above the default period', 'budget_us = 100\nperiod_us = 1000',
     'budget_us = 10001',
     ['13:13: error: the budget of 10001 us is more than the period of 10000 us; lower budget_us '
      'or raise period_us']),
    ('a default budget above the period', 'budget_us = 100\nperiod_us = 1000', 'period_us = 999',
     ['11:1: error: the budget of 1000 us is more than the period of 999 us; lower budget_us or '
      'raise period_us']),
    ('a deadline after the period', 'period_us = 1000', 'period_us = 1000\ndeadline_us = 1001',
     ['15:15: error: the deadline of 1001 us is after the period of 1000 us; lower deadline_us '
      'or raise period_us']),
    ('a budget above the deadline', 'period_us = 1000', 'period_us = 1000\ndeadline_us = 99',
     ['13:13: error: the budget of 100 us cannot be used up by the deadline of 99 us; lower '
      'budget_us or raise deadline_us']),
    ('too much reflex', 'budget_us = 100', 'budget_us = 701',
     ["13:13: error: the reflex partitions up to this one ask for 70.1 % of core 0, more than "
      "70 %; lower a budget, raise a deadline or use mode 'flow'"]),
    ('too much reflex on a core of its own', 'image = "agent_b"\n', 'image = "agent_b"\ncore = 1\n'
     'schedule = { mode = "reflex", budget_us = 701, period_us = 1000 }\n',
     ["24:43: error: the reflex partitions up to this one ask for 70.1 % of core 1, more than "
      "70 %; lower a budget, raise a deadline or use mode 'flow'"]),
    ('too much reflex together', 'image = "agent_b"\n', 'image = "agent_b"\nschedule = { mode = '
     '"reflex", budget_us = 601, period_us = 2000, deadline_us = 1000 }\n',
     ["23:43: error: the reflex partitions up to this one ask for 70.1 % of core 0, more than "
      "70 %; lower a budget, raise a deadline or use mode 'flow'"]),
    ('more credits than there are', 'image = "agent_b"', 'image = "agent_b"\ncredits = 6081',
     ['23:11: error: the partitions up to this one ask for 6145 witness credits, more than the '
      '6144 there are; lower credits']),
    ('a program called as the manifest', 'image = "agent_b"', 'image = "manifest.dtb"',
     ["22:9: error: the name 'manifest.dtb' belongs to the compiled manifest in the image; "
      "rename the file"]),
    ('a program called as the root\'s', None, MANIFEST.replace('root = "controld"',
     'root = "agent_a"').replace('image = "agent_b"', 'image = "controld"'),
     ["22:9: error: the name 'controld' belongs to the root task's program in the image; rename "
      "the file"]),
    ('a program that is not there', 'image = "agent_b"', 'image = "agent_c"',
     ["22:9: error: there is no file 'agent_c' or 'agent_c.elf' in '.'; build the program or "
      "name its folder with --search"]),
    ('a root that is not there', 'root = "controld"', 'root = "rootd"',
     ["3:8: error: there is no file 'rootd' or 'rootd.elf' in '.'; build the program or name its "
      "folder with --search"]),
    ('more regions than fit the window', 'size = 4096', 'size = 33554432\n[[partition.region]]\n'
     'name = "more"\nsize = 33554432',
     ["7:9: error: partition 'agent_a' needs 67158016 bytes with its stack and regions, more "
      "than its window's 67108864; make its regions smaller"]),

    # Several at once.
    ('everything at once', None, '[system]\nname = 1\n[[partition]]\nname = "a"\nwindow = 0\n'
     'pixel = 1\n[[edge]]\nname = "A"\nends = ["a", "b"]\n',
     ["1:1: error: [system] has no 'root'; give it a file name of up to 63 of A-Z, a-z, 0-9 and "
      "_.+-",
      "2:8: error: 'name' is not a string; it must be 1 to 63 printable ASCII characters",
      "3:1: error: [[partition]] has no 'image'; give it a file name of up to 63 of A-Z, a-z, "
      "0-9 and _.+-",
      "5:10: error: 'window' is below 1; it must be a whole number from 1 to 4095",
      "6:1: error: unknown key 'pixel' in [[partition]]; " + KNOWN,
      "7:1: error: [[edge]] has no 'rights'; give it a list of 2, each some of the letters 'rwg'",
      "8:8: error: 'name' is not a name; it must be a name of up to 31 of a-z, 0-9 and _ that "
      "starts with a letter",
      "9:14: error: there is no partition 'b'; known: a, controld"]),
]


def actual(case, change):
    """The messages about a changed manifest."""
    _, old, new, _ = change
    text = new if old is None else MANIFEST.replace(old, new, 1)
    case.assertNotEqual(text, MANIFEST)
    case.folder.write('system.toml', text)
    return [re.sub('^system.toml:', '', line) for line in case.refused()]


class WrongManifests(ImageCase):
    maxDiff = None

    def test_each_is_answered_with_its_place_and_cure(self):
        for case in CASES:
            with self.subTest(case[0]):
                self.assertEqual(actual(self, case), case[3])


if __name__ == '__main__':
    unittest.main()
