// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What KVM answers to calls on memory slots, held against the cases of kvm-memslot-spec.
 *
 * Each case of memslot_cases.h is a sequence of ioctls on a new VM, with the answers that are allowed to each. Nothing but
 * libc and the kernel's uapi header is needed:
 *
 *	cc -O2 -static -Wall -Wextra -Werror -o memslot_test memslot_test.c
 *
 * Output is TAP. Exit status: 0 as expected, 1 a case failed, 4 everything was skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

typedef unsigned long long u64;

/* What the headers of Debian 12 lack. */
#ifndef KVM_CAP_USER_MEMORY2
#define KVM_CAP_USER_MEMORY2 231
#endif
#ifndef KVM_CAP_DIRTY_LOG_RING
#define KVM_CAP_DIRTY_LOG_RING 192
#endif
#ifndef KVM_CAP_MULTI_ADDRESS_SPACE
#define KVM_CAP_MULTI_ADDRESS_SPACE 118
#endif

/* struct kvm_userspace_memory_region2, which is 160 bytes in every kernel that has it. */
struct region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};
#define SET_REGION2 _IOW(KVMIO, 0x49, struct region2)

enum call { CALL_SET, CALL_SET2, CALL_GET, CALL_CLEAR, CALL_CAP };

enum need {
	NEED_DIRTY_LOG = 1,
	NEED_RING = 2,
	NEED_REGION2 = 4,
	NEED_SPACES = 8,
	/* The case is about the end of x86's user space. */
	NEED_X86 = 16,
	/* The case says what arm64 does, with its own limits. */
	NEED_ARM64 = 32,
};

/* Pages, as first page and count. */
struct run {
	u64 first;
	u64 count;
};

/* An answer that is allowed: an errno, or 0 and, of a GET, the pages that are set and those that may be. */
struct answer {
	int error;
	int tells;
	const struct run *bits;
	int nbits;
	const struct run *maybe;
	int nmaybe;
};

struct op {
	enum call call;
	unsigned int as, id, flags;
	/* gpa, size and hva of a region; first page and count of a CLEAR; capability and argument. */
	u64 a, b, c;
	/* The argument, or the bitmap, is a pointer that faults. */
	int bad_argument, bad_bitmap;
	const struct run *pages;
	int npages;
	/* Any answer will do where there is none. */
	const struct answer *allow;
	int nallow;
};

struct test {
	const char *id;
	unsigned int needs;
	/* The last frame of any region, and the most pages of one. */
	u64 last;
	u64 pages;
	/* The greatest slot id. */
	unsigned int greatest;
	const struct op *ops;
	int nops;
};

#include "memslot_cases.h"

/* Room for the bitmap of any slot of a case. */
#define BITMAP_BYTES (4u << 20)
/* The last frame that the cases take a kernel to have, if they do not say. */
#define LAST_GFN ((1ULL << 40) - 1)
/* As many user slots as x86 has: 32767 and the three that it keeps for itself. */
#define SLOTS 32764

static int kvm_fd;
static unsigned char *bitmap;
/* How much of it the case at hand may use. */
static u64 bitmap_bytes;
static void *forbidden;

static int create_vm(void)
{
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (vm < 0) {
		printf("Bail out! KVM_CREATE_VM: %s\n", strerror(errno));
		exit(KSFT_FAIL);
	}
	return vm;
}

static int has(int cap)
{
	int vm = create_vm();
	int answer = ioctl(vm, KVM_CHECK_EXTENSION, cap);

	close(vm);
	return answer > 0 ? answer : 0;
}

static int set_region(int vm, unsigned int word, unsigned int flags, u64 gpa, u64 size, u64 hva)
{
	struct kvm_userspace_memory_region region = {
		.slot = word,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = hva,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* The last frame a slot may have here: a slot of one page is made at ever closer frames. */
static u64 last_gfn(void)
{
	u64 low = 0, high = 1ULL << 52;
	int vm = create_vm();

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;

		if (set_region(vm, 0, 0, middle << 12, 4096, 4096)) {
			high = middle;
		} else {
			set_region(vm, 0, 0, 0, 0, 0);
			low = middle;
		}
	}
	close(vm);
	return low;
}

static bool in_runs(const struct run *runs, int n, u64 page)
{
	for (int i = 0; i < n; i++)
		if (page >= runs[i].first && page - runs[i].first < runs[i].count)
			return true;
	return false;
}

static bool bits_fit(const struct answer *answer)
{
	for (u64 page = 0; page < 8 * bitmap_bytes; page++) {
		bool set;

		if (page % 64 == 0 && !((u64 *)bitmap)[page / 64] && !answer->nbits) {
			page += 63;
			continue;
		}
		set = bitmap[page / 8] >> (page % 8) & 1;
		if (set ? !in_runs(answer->bits, answer->nbits, page) && !in_runs(answer->maybe, answer->nmaybe, page)
			: in_runs(answer->bits, answer->nbits, page))
			return false;
	}
	return true;
}

/* The errno of a call, 0 where it succeeds. */
static int perform(int vm, const struct op *op)
{
	unsigned int word = op->as << 16 | op->id;
	void *bits = op->bad_bitmap ? forbidden : bitmap;
	int result = 0;

	switch (op->call) {
	case CALL_SET: {
		struct kvm_userspace_memory_region region = {
			.slot = word,
			.flags = op->flags,
			.guest_phys_addr = op->a,
			.memory_size = op->b,
			.userspace_addr = op->c,
		};

		result = ioctl(vm, KVM_SET_USER_MEMORY_REGION, op->bad_argument ? forbidden : &region);
		break;
	}
	case CALL_SET2: {
		struct region2 region = {
			.slot = word,
			.flags = op->flags,
			.guest_phys_addr = op->a,
			.memory_size = op->b,
			.userspace_addr = op->c,
			.guest_memfd = -1,
		};

		result = ioctl(vm, SET_REGION2, op->bad_argument ? forbidden : (void *)&region);
		break;
	}
	case CALL_GET: {
		struct kvm_dirty_log log = { .slot = word, .dirty_bitmap = bits };

		memset(bitmap, 0, bitmap_bytes);
		result = ioctl(vm, KVM_GET_DIRTY_LOG, op->bad_argument ? forbidden : &log);
		break;
	}
	case CALL_CLEAR: {
		struct kvm_clear_dirty_log log = {
			.slot = word,
			.first_page = op->a,
			.num_pages = op->b,
			.dirty_bitmap = bits,
		};

		memset(bitmap, 0, bitmap_bytes);
		for (int i = 0; i < op->npages; i++)
			for (u64 page = op->pages[i].first; page < op->pages[i].first + op->pages[i].count; page++)
				if (page >= op->a && (page - op->a) / 8 < bitmap_bytes)
					bitmap[(page - op->a) / 8] |= 1 << ((page - op->a) % 8);
		result = ioctl(vm, KVM_CLEAR_DIRTY_LOG, op->bad_argument ? forbidden : &log);
		break;
	}
	case CALL_CAP: {
		struct kvm_enable_cap cap = { .cap = op->a, .flags = op->flags, .args = { op->b } };

		result = ioctl(vm, KVM_ENABLE_CAP, &cap);
		break;
	}
	}
	return result < 0 ? errno : 0;
}

static bool allowed(const struct op *op, int error)
{
	for (int i = 0; i < op->nallow; i++)
		if (op->allow[i].error == error && (error || !op->allow[i].tells || bits_fit(&op->allow[i])))
			return true;
	return op->nallow == 0;
}

/* Whether every answer is allowed; where not, which is not is printed. */
static bool run(const struct test *test)
{
	int vm = create_vm();
	bool passed = true;

	bitmap_bytes = (test->pages + 63) / 64 * 8 + 8;
	if (bitmap_bytes > BITMAP_BYTES)
		bitmap_bytes = BITMAP_BYTES;
	for (int i = 0; i < test->nops && passed; i++) {
		const struct op *op = &test->ops[i];
		int error = perform(vm, op);

		passed = allowed(op, error);
		if (passed)
			continue;
		printf("# operation %d: seen %s, allowed", i, error ? strerror(error) : "success");
		for (int j = 0; j < op->nallow; j++)
			printf("%s %s", j ? " or" : "",
			       op->allow[j].error ? strerror(op->allow[j].error)
						  : op->allow[j].tells ? "success with other bits" : "success");
		printf("\n");
	}
	close(vm);
	return passed;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	unsigned int lacks = 0;
	int slots, chosen = 0, ran = 0, failed = 0, n = 0;
	struct utsname name;
	u64 last;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		chosen += strstr(tests[i].id, filter) != NULL;
	printf("TAP version 13\n");
	if (!uname(&name))
		printf("# kernel: %s %s %s\n", name.sysname, name.release, name.machine);
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0 || ioctl(kvm_fd, KVM_GET_API_VERSION, 0) != 12) {
		printf("1..0 # SKIP /dev/kvm: %s\n", kvm_fd < 0 ? strerror(errno) : "another version of the interface");
		return KSFT_SKIP;
	}
	printf("1..%d\n", chosen);
	bitmap = mmap(NULL, BITMAP_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bitmap == MAP_FAILED || forbidden == MAP_FAILED) {
		printf("Bail out! mmap: %s\n", strerror(errno));
		return KSFT_FAIL;
	}
	lacks |= has(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2) ? 0 : NEED_DIRTY_LOG;
	lacks |= has(KVM_CAP_DIRTY_LOG_RING) ? 0 : NEED_RING;
	lacks |= has(KVM_CAP_USER_MEMORY2) ? 0 : NEED_REGION2;
	lacks |= has(KVM_CAP_MULTI_ADDRESS_SPACE) > 1 ? 0 : NEED_SPACES;
#ifndef __x86_64__
	lacks |= NEED_X86;
#endif
#ifndef __aarch64__
	lacks |= NEED_ARM64;
#endif
	last = last_gfn();
	slots = has(KVM_CAP_NR_MEMSLOTS);

	for (unsigned int i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		const struct test *test = &tests[i];
		const char *why = NULL;
		unsigned int missing = test->needs & lacks;

		if (!strstr(test->id, filter))
			continue;
		n++;
		if (missing)
			why = missing & NEED_SPACES ? "one address space"
			      : missing & NEED_RING ? "no dirty ring"
			      : missing & NEED_REGION2 ? "no KVM_SET_USER_MEMORY_REGION2"
			      : missing & NEED_X86 ? "about x86's addresses"
			      : missing & NEED_ARM64 ? "about arm64"
						   : "no manual protect";
		else if (test->needs & NEED_ARM64)
			why = NULL;
		else if (last != LAST_GFN && test->last > (last < LAST_GFN ? last : LAST_GFN))
			why = "about another last frame";
		else if (slots != SLOTS && test->greatest >= (unsigned int)(slots < SLOTS ? slots : SLOTS))
			why = "about another number of slots";
		if (why) {
			printf("ok %d - %s # SKIP %s\n", n, test->id, why);
			continue;
		}
		ran++;
		if (run(test)) {
			printf("ok %d - %s\n", n, test->id);
		} else {
			failed++;
			printf("not ok %d - %s\n", n, test->id);
		}
	}
	printf("# %d passed, %d failed, %d skipped\n", ran - failed, failed, n - ran);
	return failed ? KSFT_FAIL : ran ? KSFT_PASS : KSFT_SKIP;
}
