/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Builds the system that the manifest in system.img describes, with capabilities only: tables,
 * partitions, memory, tasks, edges. What goes wrong is printed with the name of what was being
 * built; the system is then not to be started.
 */
#ifndef CONTROLD_BUILDER_H
#define CONTROLD_BUILDER_H

#include <ruvix/boot.h>

#include "servers/controld/child.h"
#include "lib/attributes.h"

/* Places in the root's own window. The program lies below, regions of the manifest between. */
#define ROOT_IMAGE 0x1000000u
#define ROOT_IMAGE_SIZE_MAX 0x800000u
#define ROOT_RING 0x1800000u
#define ROOT_TELEMETRY 0x1c00000u
#define ROOT_SCRATCH 0x3000000u /* one segment of a program at a time, while it is filled */
#define ROOT_SCRATCH_SIZE_MAX 0x800000u

/* Build everything, nothing started. */
MUST_CHECK bool builder_build(const struct rvx_boot_info *boot, struct system *system);

/* Start every task and partition, in the manifest's order. */
MUST_CHECK bool builder_start(struct system *system);

#endif
