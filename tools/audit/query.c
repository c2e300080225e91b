/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which records a reader wants to see. */
#include "tools/audit/query.h"
#include "tools/audit/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KIND_NAME_BYTES 64u

bool number_parse(const char *text, char end, uint64_t *number)
{
	char *stop;

	if (!isdigit((unsigned char)text[0]))
		return false; /* strtoull would take blanks and signs */
	errno = 0;
	*number = strtoull(text, &stop, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
	return errno == 0 && (*stop == '\0' || *stop == end);
}

static bool kind_parse(struct query *query, const char *text, size_t length)
{
	char name[KIND_NAME_BYTES];
	uint64_t number;

	if (number_parse(text, ',', &number) && number <= UINT16_MAX) {
		query->kind = (uint16_t)number;
		return true;
	}
	if (length >= sizeof(name))
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	query->kind = kind_by_name(name);
	return query->kind != 0;
}

/* The value if `part` is for `key`, else NULL. */
static const char *value_of(const char *part, const char *key)
{
	size_t length = strlen(key);

	return strncmp(part, key, length) == 0 && part[length] == '=' ? part + length + 1 : NULL;
}

static bool part_parse(struct query *query, const char *part)
{
	const char *value;
	uint64_t number;

	if ((value = value_of(part, "partition")) != NULL) {
		if (query->by_partition || !number_parse(value, ',', &number) ||
		    number > UINT16_MAX)
			return false;
		query->by_partition = true;
		query->partition = (uint32_t)number;
		return true;
	}
	if ((value = value_of(part, "kind")) != NULL) {
		if (query->by_kind)
			return false;
		query->by_kind = true;
		return kind_parse(query, value, strcspn(value, ","));
	}
	if ((value = value_of(part, "object")) != NULL) {
		if (query->by_object)
			return false;
		query->by_object = true;
		return number_parse(value, ',', &query->object);
	}
	if ((value = value_of(part, "from")) != NULL)
		return query->from == 0 && number_parse(value, ',', &query->from);
	if ((value = value_of(part, "to")) != NULL)
		return query->to == UINT64_MAX && number_parse(value, ',', &query->to);
	return false;
}

const char *query_parse(struct query *query, const char *text)
{
	*query = (struct query){ .to = UINT64_MAX };
	while (*text != '\0') {
		size_t length = strcspn(text, ",");

		if (!part_parse(query, text))
			return text;
		text += length;
		if (*text == ',')
			text++;
	}
	return NULL;
}

bool query_wants(const struct query *query, const struct rvx_witness *record)
{
	return (!query->by_partition || record->actor >> 16 == query->partition) &&
	       (!query->by_kind || record->kind == query->kind) &&
	       (!query->by_object || record->object == query->object) &&
	       record->time >= query->from && record->time <= query->to;
}
