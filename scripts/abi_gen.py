#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes everything that follows from abi/syscalls.toml and abi/witness.toml.

  abi_gen.py headers   --output DIR   numbers.h, kinds.h: for everyone
  abi_gen.py kernel    --output DIR   syscall_args.h, syscall_table.h
  abi_gen.py entries   --output DIR   enter_PART.c: decodes the arguments of some calls
  abi_gen.py stubs     --output DIR   calls.h: one inline function per call
  abi_gen.py reference --output DIR   abi.md: the reference page of docs/

The two tables are the only place where a call or a kind is described.
"""
import argparse
import pathlib
import re
import sys
import tomllib

SPDX = "/* SPDX-License-Identifier: Apache-2.0 OR MIT */\n"
MADE = "/* Made by scripts/abi_gen.py from the tables in abi/: do not edit. */\n"
CLASSES = ("message", "event", "method")
LOCKS = ("core", "all")
ARGUMENTS_MAX = 10
RESULTS_MAX = 8
LINE_MAX = 100
ENTRY = ("struct task *caller", "const uint64_t *x", "uint64_t *result")
RUN_MIN = 3  # so many arguments r0, r1, r2 ... are handed on as one array
# Types of which the call gets the object: the struct and how it follows from the capability.
OBJECTS = {
    "TASK": ("task", "task_of({}->object)"),
    "PARTITION": ("partition", "{}->object"),
    "CAPTABLE": ("captable", "{}->object"),
    "LEASE": ("lease", "{}->object"),
}
# Types that have one object: the call needs nothing but that it was named.
SINGLE = (["WITNESS_LOG"], ["MACHINE"])
RIGHTS = re.compile(r"[A-Z]+(\|[A-Z]+)*")


def fail(what):
    sys.exit(f"abi_gen: {what}")


def resolve(call, types):
    """Adds to a call what its arguments are: the types of each handle and the rights it needs,
    None where that is more than a mask."""
    named = call["args"] + call.get("extended", [])
    call["handles"] = {a: types[a].split("|") if types[a] != "any" else []
                       for a in named if a in types}
    call["rights_of"] = dict(text.split(": ") for text in call.get("rights", []))
    call["needs"] = {a: text.split("|") if RIGHTS.fullmatch(text) else None
                     for a, text in call["rights_of"].items()}
    for key in ("rights_of", "busy", "busy_after", "optional", "slots"):
        for a in call.get(key, []):
            if a not in call["handles"]:
                fail(f"system call {call['name']}: {a} is no handle")


def load(root):
    with open(root / "abi/syscalls.toml", "rb") as f:
        tables = tomllib.load(f)
    calls = tables["call"]
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
        resolve(call, tables["handles"])
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


def is_decoded(c):
    """Messages look their edge up themselves: what they carry decides about the rights, and first
    they note what locks their inbox needs."""
    return c["class"] == "method" and bool(c["args"])


def is_place(c, i):
    """Whether argument i is a table that the next argument is looked up or placed in."""
    return c["handles"].get(c["args"][i]) == ["CAPTABLE"] and i + 1 < len(c["args"])


def is_inside(c, i):
    """Whether argument i is a handle in the table that is the argument before."""
    return i > 0 and is_place(c, i - 1) and c["args"][i] in c["handles"]


def is_end(c, a):
    """Whether an argument is an edge that the caller must be bound to."""
    return c["handles"].get(a) == ["EDGE"] and a not in c.get("slots", [])


def fields(c):
    """What a call gets of its arguments: (type, name, value in the terms of its entry)."""
    args, found = c["args"], []
    for i, a in enumerate(args):
        types = c["handles"].get(a)
        run = re.fullmatch(r"([a-z]+)(\d)", a)
        if types is None and run and f"{run[1]}{RUN_MIN - 1}" in args:
            if run[2] == "0":
                found.append(("const uint64_t *", run[1], f"&x[{i}]"))
        elif types is None:
            found.append(("uint64_t ", a, f"x[{i}]"))
        elif is_place(c, i):
            if not is_inside(c, i + 1):
                found.append(("struct captable *", a, a))
        elif is_end(c, a):
            found.append(("struct edge_end *", a, a))
        elif types and types[0] in OBJECTS and a not in c.get("slots", []):
            found.append((f"struct {OBJECTS[types[0]][0]} *", a, OBJECTS[types[0]][1].format(a)))
        elif types not in SINGLE:
            found.append(("struct capability *", a, a))
    return found


def parameters(c):
    """What the function of a call takes: (type and name, argument in its entry)."""
    found = [("struct task *caller", "caller")]
    if is_decoded(c) and fields(c):
        found.append((f"const struct {c['name']}_args *args", "&args"))
    if c.get("results"):
        found.append(("uint64_t *result", "result"))
    return found


def folded(start, args, end):
    """start(args)end in lines of at most 100 columns, broken behind commas."""
    lines, width = [start + "("], 0
    for i, a in enumerate(args):
        text = a + (", " if i + 1 < len(args) else ")" + end)
        if len((lines[-1] + text).rstrip().expandtabs(8)) > LINE_MAX:
            width = width or len((start + "(").expandtabs(8))
            lines[-1] = lines[-1].rstrip()
            lines.append("\t" * (width // 8) + " " * (width % 8))
        lines[-1] += text
    return lines


def mask(rights):
    return " | ".join(f"RVX_RIGHT_{r}" for r in rights) or "0"


def condition(text, status):
    return [f"\tif ({text})", f"\t\treturn RVX_{status};"]


def lookup(c, i):
    """Statements of an entry that look argument i up: its type and rights, and BUSY if that is
    checked at once. What the call checks itself is said in a comment."""
    a, args = c["args"][i], c["args"]
    types, rights = c["handles"][a], c["needs"].get(a, [])
    is_busy_checked = a in c.get("busy", [])
    lines, checks = [], []
    if rights is None:
        lines.append(f"\t/* The call itself checks {a}: {c['rights_of'][a]}. */")
        rights = []
    if is_place(c, i):
        where = ["caller->table", f"x[{i}]", mask(rights)]
        if is_inside(c, i + 1):
            return lines, where
        function, values = "captable_lookup_table", where
    elif is_end(c, a):
        function, values = "edge_lookup", ["caller", f"x[{i}]", mask(rights)]
    elif is_inside(c, i) or len(types) != 1:
        function, values = "captable_find", ["caller->table", f"x[{i}]"]
        if is_inside(c, i):
            above, where = lookup(c, i - 1)
            function, values, lines = "captable_find_in", [*where, f"x[{i}]"], above + lines
        if types:
            differs = (f"capability_type({a}) != RVX_OBJECT_{t}" for t in types)
            checks += condition(" &&\n\t    ".join(differs), "WRONG_TYPE")
        for right in rights:
            checks += condition(f"(capability_rights({a}) & RVX_RIGHT_{right}) == 0", "NO_RIGHT")
        if is_busy_checked:
            checks += condition(f"capability_is_busy({a})", "BUSY")
    else:
        function = "captable_lookup_idle" if is_busy_checked else "captable_lookup"
        values = ["caller->table", f"x[{i}]", f"RVX_OBJECT_{types[0]}", mask(rights)]
    lines += folded(f"\tstatus = {function}", [*values, f"&{a}"], ";")
    lines += ["\tif (status != RVX_OK)", "\t\treturn status;", *checks]
    if a in c.get("optional", []):
        lines = [f"\t{a} = NULL;", f"\tif (x[{i}] != 0) {{", *("\t" + line for line in lines), "\t}"]
    return lines, None


def entry(c):
    """The function that the dispatcher calls: it decodes, looks up, and calls the call's own."""
    name, args, lines = c["name"], c["args"], []
    looked_up = [i for i, a in enumerate(args) if a in c["handles"] and is_decoded(c) and
                 not (is_place(c, i) and is_inside(c, i + 1))]
    kinds = {}
    for i in looked_up:
        kind = "captable" if is_place(c, i) else "edge_end" if is_end(c, args[i]) else "capability"
        kinds.setdefault(kind, []).append(args[i])
    for kind, names in sorted(kinds.items()):
        lines.append(f"\tstruct {kind} *{', *'.join(names)};")
    if looked_up:
        lines += ["\tenum rvx_status status;", ""]
    lines += [] if is_decoded(c) else ["\t(void)x;"]
    lines += [] if c.get("results") else ["\t(void)result;"]
    for i in looked_up:
        lines += lookup(c, i)[0]
    if c.get("busy_after"):
        lines += condition(" || ".join(f"capability_is_busy({a})" for a in c["busy_after"]), "BUSY")
    if is_decoded(c) and fields(c):
        lines += ["", f"\tconst struct {name}_args args = {{"]
        lines += [f"\t\t.{field} = {value}," for _, field, value in fields(c)]
        lines += ["\t};", ""]
    lines.append(f"\treturn sys_{name}({', '.join(argument for _, argument in parameters(c))});")
    return [*folded(f"enum rvx_status enter_{name}", ENTRY, ""), "{", *lines, "}", ""]


def kernel(calls, witness):
    out = ["#include <ruvix/status.h>", "#include <stdint.h>", "", "struct capability;",
           "struct captable;", "struct edge_end;", "struct lease;", "struct partition;",
           "struct task;", "",
           "/*",
           " * enter_<call> is what the dispatcher calls. It looks up what the handles in x name,",
           " * with the type and the rights that the call needs, and then calls sys_<call>.",
           " */"]
    for c in calls:
        name = c["name"]
        if is_decoded(c) and fields(c):
            out += [f"struct {name}_args {{"]
            for kind, field, value in fields(c):
                note = " /* in the caller's registers */" if value.startswith("&") else ""
                out.append(f"\t{kind}{field};{note}")
            out.append("};")
        out += folded(f"enum rvx_status sys_{name}", [p for p, _ in parameters(c)], ";")
        out += folded(f"enum rvx_status enter_{name}", ENTRY, ";")
        out.append("")
    out += ["static inline unsigned witness_user_kind(uint64_t kind)", "{", "\tswitch (kind) {"]
    out += [f"\tcase 0x{k['number']:02x}:" for k in witness["kinds"] if k.get("user")]
    out += ["\t\treturn 1;", "\tdefault:", "\t\treturn 0;", "\t}", "}", ""]
    table = [SPDX + MADE + "/* X(number, name, class, lock, records) */"]
    for c in calls:
        table.append(f"X({c['number']}, {c['name']}, {c['class'].upper()}, {c['lock'].upper()}, "
                     f"{c['records']})")
    return {"syscall_args.h": guarded("KERNEL_SYSCALL_ARGS_H", "\n".join(out)),
            "syscall_table.h": "\n".join(table) + "\n"}


def entries(calls, _witness, part, only, but):
    """The entries of the calls in `only`, or of all calls but those in `but`."""
    unknown = {*only, *but} - {c["name"] for c in calls}
    if unknown:
        fail(f"no system call: {', '.join(sorted(unknown))}")
    out = [SPDX + MADE + '#include "kernel/edge.h"', '#include "kernel/syscall_args.h"',
           '#include "kernel/task.h"', ""]
    for c in calls:
        if c["name"] in only or but and c["name"] not in but:
            out += entry(c)
    return {f"enter_{part}.c": "\n".join(out)}


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
           "or NO_RIGHT; these are left out of the lists below.", "",
           "Handles are looked up in the order of the arguments. A handle behind a table is looked up "
           "in that table; a table with an argument behind it may be 0, the caller's own, and then "
           "needs no right.", "", "## System calls", ""]
    for c in calls:
        out += [f"### {c['name']} ({c['number']})", "", c["text"], ""]
        args = [f"x{i} {a}" + (f" ({' or '.join(c['handles'][a]) or 'any'})"
                               if a in c["handles"] else "") for i, a in enumerate(c["args"])]
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
    makers = {"headers": headers, "kernel": kernel, "entries": entries, "stubs": stubs,
              "reference": reference}
    parser.add_argument("what", choices=makers)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--part", help="of entries: which, it becomes a part of the file's name")
    parser.add_argument("--only", nargs="+", default=[], help="of entries: the calls")
    parser.add_argument("--but", nargs="+", default=[], help="of entries: the calls left out")
    options = parser.parse_args()
    calls, witness = load(pathlib.Path(__file__).resolve().parent.parent)
    more = (options.part, options.only, options.but) if options.what == "entries" else ()
    for name, text in makers[options.what](calls, witness, *more).items():
        (options.output / name).write_text(text)


if __name__ == "__main__":
    main()
