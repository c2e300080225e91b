/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * A reader's statuses and their phrases, written once in a list:
 *
 *	#define ELF_STATUS_LIST(X) \
 *		X(ELF_OK, "no error") ...
 *
 * ELF_STATUS_LIST(STATUS_NAME) is what an enum holds, ELF_STATUS_LIST(STATUS_TEXT) an array that
 * is indexed by it.
 */
#ifndef LIB_STATUS_H
#define LIB_STATUS_H

#define STATUS_NAME(name, text) name,
#define STATUS_TEXT(name, text) text,

#endif
