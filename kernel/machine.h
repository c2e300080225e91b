/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Machine: the object that stands for the kernel's console and the power switch. */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel/object.h"

extern struct object machine_object;

#endif
