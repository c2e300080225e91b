/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * Included before each file of the kernel: puts its variables where world.c can find them all, to
 * set them back to what they were before the first boot.
 */
#ifndef TESTS_KERNEL_STATICS_H
#define TESTS_KERNEL_STATICS_H

#pragma clang section bss = "kernel_bss" data = "kernel_data"

#endif
