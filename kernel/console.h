/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kernel's console: boot messages, machine_write, panics. */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "lib/attributes.h"

#include <stddef.h>

void console_write(const char *text, size_t length);
void console_print(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
