// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What KVM answers to calls on memory slots, held against the cases of kvm-memslot-spec.
 *
 * Each case of memslot_cases.h is a sequence of operations on a new VM, with the answers that are allowed to each. Nothing
 * but libc and the kernel's uapi header is needed:
 *
 *	cc -O2 -static -Wall -Wextra -Werror -o memslot_test memslot_test.c
 *
 * Output is TAP. Exit status: 0 as expected, 1 a case failed, 4 everything was skipped. An argument chooses the cases
 * whose name it is a part of.
 */
#include "memslot_calls.h"
#include "memslot_cases.h"

/* Whether every answer is allowed; where not, which is not is printed. */
static bool run(const struct test *test, const char **why)
{
	bool passed = true;
	struct vm vm;

	*why = NULL;
	if (!begin(&vm, test, why)) {
		end(&vm);
		return false;
	}
	*why = NULL;
	for (int i = 0; i < test->nops && passed; i++) {
		const struct op *op = &test->ops[i];
		struct seen seen;

		perform(&vm, op, &seen);
		passed = allowed(op, &seen);
		if (passed)
			continue;
		printf("# operation %d: seen %s, allowed", i, errno_name(seen.error));
		for (int j = 0; j < op->nallow; j++)
			printf("%s %s", j ? " or" : "",
			       op->allow[j].error   ? errno_name(op->allow[j].error)
			       : op->allow[j].tells ? "success with other bits"
			       : op->allow[j].end   ? "another end or other data"
						    : "success");
		printf("\n");
	}
	end(&vm);
	return passed;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	int chosen = 0, ran = 0, failed = 0, n = 0;
	struct utsname name;
	const char *why;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		chosen += strstr(tests[i].id, filter) != NULL;
	printf("TAP version 13\n");
	if (!uname(&name))
		printf("# kernel: %s %s %s\n", name.sysname, name.release, name.machine);
	why = open_kvm();
	if (why) {
		printf("1..0 # SKIP /dev/kvm: %s\n", why);
		return KSFT_SKIP;
	}
	printf("1..%d\n", chosen);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		const struct test *test = &tests[i];
		bool passed = false;

		if (!strstr(test->id, filter))
			continue;
		n++;
		why = why_skipped(test);
		if (!why)
			passed = run(test, &why);
		if (why) {
			printf("ok %d - %s # SKIP %s\n", n, test->id, why);
			continue;
		}
		ran++;
		failed += !passed;
		printf("%s %d - %s\n", passed ? "ok" : "not ok", n, test->id);
	}
	printf("# %d passed, %d failed, %d skipped\n", ran - failed, failed, n - ran);
	return failed ? KSFT_FAIL : ran ? KSFT_PASS : KSFT_SKIP;
}
