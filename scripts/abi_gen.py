#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes everything that follows from abi/syscalls.toml and abi/witness.toml.

  abi_gen.py headers   --output DIR   numbers.h, kinds.h: for everyone
  abi_gen.py kernel    --output DIR   syscall_args.h, syscall_table.h
  abi_gen.py stubs     --output DIR   calls.h: one inline function per call
  abi_gen.py reference --output DIR   abi.md: the reference page of docs/

The two tables are the only place where a call or a kind is described.
"""
import argparse
import pathlib
import sys
import tomllib

SPDX = "/* SPDX-License-Identifier: Apache-2.0 OR MIT */\n"
MADE = "/* Made by scripts/abi_gen.py from the tables in abi/: do not edit. */\n"
CLASSES = ("message", "event", "method")
LOCKS = ("core", "all")
ARGUMENTS_MAX = 10
RESULTS_MAX = 8


def fail(what):
    sys.exit(f"abi_gen: {what}")


def load(root):
    with open(root / "abi/syscalls.toml", "rb") as f:
        calls = tomllib.load(f)["call"]
    with open(root / "abi/witness.toml", "rb") as f:
        witness = tomllib.load(f)
    numbers, names = set(), set()
    for call in calls:
        name = call["name"]
        if call["number"] in numbers or name in names:
            fail(f"system call {name}: number {call['number']} or name used twice")
        numbers.add(call["number"])
        names.add(name)
        if call["class"] not in CLASSES or call["lock"] not in LOCKS:
            fail(f"system call {name}: class or lock unknown")
        if len(call["args"]) > ARGUMENTS_MAX or len(call.get("results", [])) > RESULTS_MAX:
            fail(f"system call {name}: too many arguments or results")
    seen = set()
    for kind in witness["kinds"]:
        if kind["number"] in seen:
            fail(f"witness kind {kind['name']}: number used twice")
        seen.add(kind["number"])
    return calls, witness


def upper(name):
    """UntypedCreate -> UNTYPED_CREATE, edge_call -> EDGE_CALL"""
    out = ""
    for i, c in enumerate(name):
        if c.isupper() and i and (name[i - 1].islower() or name[i - 1].isdigit()):
            out += "_"
        out += c
    return out.upper()


def guarded(guard, body):
    return f"{SPDX}{MADE}#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


def headers(calls, witness):
    lines = ["/* System call numbers: the immediate of SVC. */"]
    lines += [f"#define RVX_SYS_{upper(c['name'])} {c['number']}" for c in calls]
    lines += [f"#define RVX_SYS_COUNT {max(c['number'] for c in calls) + 1}", ""]
    lines += ["/* X(name, number) */", "#define RVX_SYS_LIST(X) \\"]
    lines += [" \\\n".join(f"\tX({c['name']}, {c['number']})" for c in calls), ""]
    numbers = guarded("RUVIX_NUMBERS_H", "\n".join(lines))

    lines = ["/* Kinds of witness records. */"]
    lines += [f"#define RVX_WITNESS_{upper(k['name'])} 0x{k['number']:02x}u"
              for k in witness["kinds"]]
    lines += ["", "/* X(name, number, user may emit) */", "#define RVX_WITNESS_KIND_LIST(X) \\"]
    lines += [" \\\n".join(f"\tX({k['name']}, 0x{k['number']:02x}, {int(k.get('user', False))})"
                           for k in witness["kinds"]), ""]
    lines += ["/* Boot stages, in order. */", "enum rvx_boot_stage {"]
    lines += [f"\tRVX_STAGE_{upper(s)} = {i}," for i, s in enumerate(witness["stages"])]
    lines += [f"\tRVX_STAGE_COUNT = {len(witness['stages'])}", "};", ""]
    return {"numbers.h": numbers, "kinds.h": guarded("RUVIX_KINDS_H", "\n".join(lines))}


def kernel(calls, witness):
    out = ["#include <ruvix/status.h>", "#include <stdint.h>", "", "struct task;", ""]
    for c in calls:
        name = c["name"]
        if c["args"] and c["class"] == "method":
            out += [f"struct {name}_args {{"] + [f"\tuint64_t {a};" for a in c["args"]] + ["};"]
            out += [f"static inline struct {name}_args {name}_args(const uint64_t *x)", "{",
                    f"\treturn (struct {name}_args){{"]
            out += [f"\t\t.{a} = x[{i}]," for i, a in enumerate(c["args"])]
            out += ["\t};", "}"]
        out += [f"enum rvx_status sys_{name}(struct task *caller, const uint64_t *x, "
                "uint64_t *result);", ""]
    out += ["static inline unsigned witness_user_kind(uint64_t kind)", "{", "\tswitch (kind) {"]
    out += [f"\tcase 0x{k['number']:02x}:" for k in witness["kinds"] if k.get("user")]
    out += ["\t\treturn 1;", "\tdefault:", "\t\treturn 0;", "\t}", "}", ""]
    table = [SPDX + MADE + "/* X(number, name, class, lock, records) */"]
    for c in calls:
        table.append(f"X({c['number']}, {c['name']}, {c['class'].upper()}, {c['lock'].upper()}, "
                     f"{c['records']})")
    return {"syscall_args.h": guarded("KERNEL_SYSCALL_ARGS_H", "\n".join(out)),
            "syscall_table.h": "\n".join(table) + "\n"}


def method_stub(c):
    args, results = c["args"], c.get("results", [])
    params = [f"uint64_t {a}" for a in args] + [f"uint64_t *{r}_out" for r in results]
    used = max(len(args), len(results) + 1, 1)
    lines = [f"/* {c['text']} */",
             f"static inline enum rvx_status rvx_{c['name']}({', '.join(params) or 'void'})", "{"]
    for i in range(10):
        if i < len(args):
            lines.append(f'\tregister uint64_t x{i} __asm__("x{i}") = {args[i]};')
        elif i < used:
            lines.append(f'\tregister uint64_t x{i} __asm__("x{i}") = 0;')
    lines.append("")
    operands = ", ".join(f'"+r"(x{i})' for i in range(used))
    clobbers = ", ".join([f'"x{i}"' for i in range(used, 19)] + ['"memory"', '"cc"'])
    lines.append(f'\t__asm__ volatile("svc #{c["number"]}" : {operands} : : {clobbers});')
    for i, r in enumerate(results):
        lines += [f"\tif ({r}_out && x0 == RVX_OK)", f"\t\t*{r}_out = x{i + 1};"]
    lines += ["\treturn (enum rvx_status)(int64_t)x0;", "}", ""]
    return lines


def message_stub(c):
    """Messages and events: label, words and badge go through struct rvx_message."""
    extended = c.get("extended", [])
    sends = bool(c["args"])
    params = (["rvx_handle_t edge"] if sends else []) + ["struct rvx_message *message"]
    params += [f"uint64_t {e}" for e in extended if e != "unused"]
    lines = [f"/* {c['text']} */",
             f"static inline enum rvx_status rvx_{c['name']}({', '.join(params)})", "{",
             f'\tregister uint64_t x0 __asm__("x0") = {"edge" if sends else "0"};',
             f'\tregister uint64_t x1 __asm__("x1") = {"message->label" if sends else "0"};']
    for i in range(8):
        value = f"message->words[{i}]" if sends else "0"
        lines.append(f'\tregister uint64_t x{i + 2} __asm__("x{i + 2}") = {value};')
    inputs = [f'"+r"(x{i})' for i in range(10)]
    first_clobber = 10
    for i, e in enumerate(extended):
        value = "0" if e == "unused" else e
        lines.append(f'\tregister uint64_t x{10 + i} __asm__("x{10 + i}") = {value};')
        inputs.append(f'"+r"(x{10 + i})')
        first_clobber = 11 + i
    clobbers = ", ".join([f'"x{i}"' for i in range(first_clobber, 19)] + ['"memory"', '"cc"'])
    lines += ["", f'\t__asm__ volatile("svc #{c["number"]}"',
              f"\t\t\t : {', '.join(inputs)}", f"\t\t\t : : {clobbers});"]
    lines += ["\tif ((int64_t)x0 < 0)", "\t\treturn (enum rvx_status)(int64_t)x0;"]
    if c.get("receives", True):
        lines += ["\tmessage->badge = x0;", "\tmessage->label = x1;"]
        lines += [f"\tmessage->words[{i}] = x{i + 2};" for i in range(8)]
    lines += ["\treturn RVX_OK;", "}", ""]
    return lines


def stubs(calls, _witness):
    out = ["#include <ruvix/status.h>", "#include <ruvix/types.h>", "",
           "/* What travels in registers. badge is filled on return; a call's serial is in the",
           " * upper half of label and goes back with the reply. */",
           "struct rvx_message {", "\tuint64_t badge;", "\tuint64_t label;",
           "\tuint64_t words[RVX_MESSAGE_WORDS];", "};", ""]
    for c in calls:
        out += method_stub(c) if c["class"] == "method" else message_stub(c)
    return {"calls.h": guarded("LIBRUVIX_CALLS_H", "\n".join(out))}


def reference(calls, witness):
    out = ["<!-- SPDX-License-Identifier: Apache-2.0 OR MIT -->",
           "<!-- Made by scripts/abi_gen.py from abi/*.toml: do not edit. -->", "",
           "# ABI reference", "",
           "A system call is `svc #number`. Arguments travel in x0 upwards in the order given; "
           "x0 comes back as the status (negative: refused, see abi/ruvix/status.h) and results "
           "from x1 on. Messages carry their label in x1 and eight words in x2-x9. All of x0-x18 "
           "are lost; x19-x30, sp and the flags are kept.", "",
           "Every call that names a capability may also answer INVALID_HANDLE, STALE, WRONG_TYPE "
           "or NO_RIGHT; these are left out of the lists below.", "", "## System calls", ""]
    for c in calls:
        out += [f"### {c['name']} ({c['number']})", "", c["text"], ""]
        args = [f"x{i} {a}" for i, a in enumerate(c["args"])]
        if c["class"] == "message":
            args += ["x1 label (with serial in a reply)", "x2-x9 words"]
        args += [f"x{10 + i} {e}" for i, e in enumerate(c.get("extended", [])) if e != "unused"]
        results = [f"x{i + 1} {r}" for i, r in enumerate(c.get("results", []))]
        if c["class"] != "method":
            results = ["x0 badge", "x1 label, x2-x9 words, or an event"]
            if not c.get("receives", True):
                results = []
        out += ["| | |", "|---|---|",
                f"| arguments | {'; '.join(args) or 'none'} |",
                f"| results | {'; '.join(results) or 'none'} |",
                f"| rights | {'; '.join(c.get('rights', [])) or 'none'} |",
                f"| errors | {', '.join(c['errors']) or 'none'} |",
                f"| locks | {'its core' if c['lock'] == 'core' else 'all cores'} |",
                f"| witness records | at most {c['records']} |", ""]
    out += ["## Witness kinds", "", "| kind | name | object | p0 | p1 |", "|---|---|---|---|---|"]
    for k in witness["kinds"]:
        user = " (servers may emit)" if k.get("user") else ""
        out.append(f"| {k['number']:02x} | {k['name']}{user} | {k.get('object_text', 'id')} | "
                   f"{k['p0']} | {k['p1']} |")
    out += ["", "Boot stages: " + ", ".join(f"{i} {s}" for i, s in
                                            enumerate(witness["stages"])) + ".", ""]
    return {"abi.md": "\n".join(out)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    makers = {"headers": headers, "kernel": kernel, "stubs": stubs, "reference": reference}
    parser.add_argument("what", choices=makers)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    calls, witness = load(pathlib.Path(__file__).resolve().parent.parent)
    for name, text in makers[options.what](calls, witness).items():
        (options.output / name).write_text(text)


if __name__ == "__main__":
    main()
