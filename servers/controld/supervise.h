/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * What controld does with the events of a running system: faults of its children, and what they
 * report over their edges to it.
 */
#ifndef CONTROLD_SUPERVISE_H
#define CONTROLD_SUPERVISE_H

#include "servers/controld/child.h"
#include "libruvix/ruvix.h"

/* A child that steps over its faults does so this many times, then it stays where it is. */
#define SUPERVISE_FAULTS_MAX 100u

/*
 * A child that restarts waits before it does, each time twice as long, up to a bound; after a quiet
 * window it begins anew. CHILD_FAULTS_KEPT faults in one window, and it stays where it is.
 */
#define SUPERVISE_BACKOFF_MIN_US 10000u
#define SUPERVISE_BACKOFF_MAX_US 160000u
#define SUPERVISE_WINDOW_US 1000000u

/* For rvx_serve_once, with the struct system as context. */
extern const struct rvx_handlers supervise_handlers;

/* Restart the children whose wait is over. */
void supervise_restart_due(struct system *system);

/* Whether every child that reports has done so or will not do so any more. */
bool supervise_is_finished(const struct system *system);

/* Whether a child did what it was there for: reported success, or runs and has nothing to report. */
bool supervise_is_well(const struct child *child);

/* Suspend all children, so that nothing changes any more. */
void supervise_suspend_all(const struct system *system);

#endif
