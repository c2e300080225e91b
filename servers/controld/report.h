/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What controld prints when a system has ended: what each partition did, and what it cost. */
#ifndef CONTROLD_REPORT_H
#define CONTROLD_REPORT_H

#include <ruvix/boot.h>
#include <ruvix/status.h>

#include "servers/controld/child.h"
#include "lib/attributes.h"

/* Map the telemetry. Errors: those of region_map. */
MUST_CHECK enum rvx_status report_init(const struct rvx_boot_info *boot);

/* After the last drain: the figures are taken from what was drained. */
void report_print(const struct system *system);

#endif
