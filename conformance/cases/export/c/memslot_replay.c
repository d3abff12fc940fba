/* What the kernel answered, in words. */
static void print_seen(const struct op *op, const struct seen *seen)
{
	static const char *const ends[] = { "", "data", "mmio", "fault", "exit", "shutdown", "never returns", "another exit" };
	const char *sep = " ";

	if (seen->end)
		printf("%s%s%s", ends[seen->end], seen->error ? " " : "", seen->error ? errno_name(seen->error) : "");
	else if (seen->error)
		printf("%s", errno_name(seen->error));
	else if (op->what != CALL_GET)
		printf("success");
	else {
		printf("dirty pages");
		for (u64 page = 0; page < bitmap_bytes * 8; page++) {
			u64 first = page;

			while (is_set(page + 1) && is_set(first))
				page++;
			if (!is_set(first))
				continue;
			printf(first == page ? "%s%llu" : "%s%llu-%llu", sep, first, page);
			sep = ", ";
		}
		printf("%s", *sep == ',' ? "" : " none");
	}
	for (int i = 0; i < seen->ndata; i++)
		printf("%s%02x", i ? "" : " ", seen->data[i]);
	for (int i = 0; seen->told && i < seen->nmmio; i++) {
		const struct mmio *one = &seen->mmio[i];

		printf("%s%s", i ? ", " : " (", one->writes ? "write " : "read ");
		for (unsigned int j = 0; one->writes && j < one->size; j++)
			printf("%02x", one->data[j]);
		if (!one->writes)
			printf("%u", one->size);
		printf(" at 0x%llx%s", one->gpa, i + 1 == seen->nmmio ? ")" : "");
	}
	printf("\n");
}

int main(void)
{
	const char *why;
	int failed = 0, differ = 0;
	struct vm vm;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	why = open_kvm();
	if (!why)
		why = why_skipped(&test);
	if (why || !begin(&vm, &test, &why)) {
		printf("1..0 # SKIP %s\n", why);
		return KSFT_SKIP;
	}
	printf("1..%d\n", test.nops);
	for (int i = 0; i < test.nops; i++) {
		const struct op *op = &test.ops[i];
		const struct answer *recorded = op->recorded;
		bool right, other;
		struct seen seen;

		perform(&vm, op, &seen);
		right = allowed(op, &seen);
		other = recorded && !fits(recorded, &seen);
		failed += !right;
		differ += other;
		printf("%s %d - %s\n#\tkernel   ", right ? "ok" : "not ok", i + 1, op->says);
		print_seen(op, &seen);
		printf("#\ttrace    %s%s\n#\tallowed ", recorded ? recorded->says : "no answer", other ? "   (differs)" : "");
		for (int j = 0; j < op->nallow; j++)
			printf("%s%s", j ? ", or " : " ", op->allow[j].says);
		printf("\n");
	}
	end(&vm);
	printf("# %d of %d answers are not allowed, %d differ from the trace\n", failed, test.nops, differ);
	return failed ? KSFT_FAIL : KSFT_PASS;
}
