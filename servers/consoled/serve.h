/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The console server: a console, its clients' calls, and its lease's interrupts. */
#ifndef CONSOLED_SERVE_H
#define CONSOLED_SERVE_H

#include "libruvix/ruvix.h"

/*
 * Serve for ever the device whose lease is in RVX_SLOT_LEASE_FIRST, mapped and bound to this task,
 * by whatever edges there are. Returns only where that lease does not map a device.
 */
enum rvx_status consoled_serve(void);

#endif
