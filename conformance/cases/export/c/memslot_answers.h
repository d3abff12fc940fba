/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How what the kernel answered is held against an answer. */
static bool in_runs(const struct run *runs, int n, u64 page)
{
	for (int i = 0; i < n; i++)
		if (page >= runs[i].first && page - runs[i].first < runs[i].count)
			return true;
	return false;
}

static bool is_set(u64 page)
{
	return page / 8 < bitmap_bytes && bitmap[page / 64] >> (page % 64) & 1;
}

static bool bits_fit(const struct answer *answer)
{
	for (int i = 0; i < answer->nbits; i++)
		for (u64 n = 0; n < answer->bits[i].count; n++)
			if (!is_set(answer->bits[i].first + n))
				return false;
	for (u64 word = 0; word < bitmap_bytes / 8; word++)
		for (u64 page = word * 64; bitmap[word] && page < word * 64 + 64; page++)
			if (is_set(page) && !in_runs(answer->bits, answer->nbits, page) &&
			    !in_runs(answer->maybe, answer->nmaybe, page))
				return false;
	return true;
}

static bool mmio_fits(const struct answer *answer, const struct seen *seen)
{
	if (answer->nmmio != seen->nmmio)
		return false;
	for (int i = 0; i < seen->nmmio; i++) {
		const struct mmio *a = &answer->mmio[i], *b = &seen->mmio[i];

		if (a->gpa != b->gpa || a->size != b->size || a->writes != b->writes ||
		    (a->writes && memcmp(a->data, b->data, a->size)))
			return false;
	}
	return true;
}

/* Whether what was seen is this answer, in all that both of them tell. */
static bool fits(const struct answer *answer, const struct seen *seen)
{
	if (answer->error != seen->error || answer->end != seen->end)
		return false;
	if (answer->tells && !seen->error && !bits_fit(answer))
		return false;
	if (answer->ndata && seen->ndata &&
	    (answer->ndata != seen->ndata || memcmp(answer->data, seen->data, seen->ndata)))
		return false;
	return !answer->known || !seen->told || mmio_fits(answer, seen);
}

static bool allowed(const struct op *op, const struct seen *seen)
{
	for (int i = 0; i < op->nallow; i++)
		if (fits(&op->allow[i], seen))
			return true;
	return op->nallow == 0;
}
