/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Whole files, read into memory in growing steps, so that pipes will do too. */
#include "tools/audit/file.h"
#include "tools/audit/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_STEP 65536u

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "audit: %s: cannot read the %s: %s\n", path, what, strerror(errno));
	return false;
}

static bool stream_read(FILE *stream, uint8_t **data, size_t *size)
{
	size_t room = 0;

	for (;;) {
		if (*size == room) {
			room = room == 0 ? FIRST_STEP : room * 2;
			*data = memory_resize(*data, room, 1);
		}
		*size += fread(*data + *size, 1, room - *size, stream);
		if (ferror(stream))
			return false;
		if (feof(stream))
			return true;
	}
}

bool file_read(const char *path, const char *what, size_t size, struct bytes *bytes)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t got = 0;
	bool complete;

	if (stream == NULL)
		return complain(path, what);
	errno = 0;
	complete = stream_read(stream, &data, &got) || complain(path, what);
	fclose(stream);
	if (complete && size != 0 && got != size) {
		fprintf(stderr, "audit: %s: the %s is %zu bytes long, expected %zu\n", path, what,
			got, size);
		complete = false;
	}
	if (!complete) {
		free(data);
		return false;
	}
	*bytes = (struct bytes){ .data = data, .size = got };
	return true;
}
