/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Version of the binary interface between kernel, libruvix and programs.
 *
 * The major number changes when something that exists changes its meaning, the
 * minor one when something is added. Every program carries both in an ELF note
 * (name "RuVix", type 1, two u32) and a loader refuses another major, naming both.
 */
#ifndef RUVIX_VERSION_H
#define RUVIX_VERSION_H

#define RVX_ABI_MAJOR 0
#define RVX_ABI_MINOR 3

#define RVX_NOTE_NAME "RuVix"
#define RVX_NOTE_TYPE_ABI 1

#endif
