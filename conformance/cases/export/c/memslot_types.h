/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What is done to a VM, and what may be answered: operations on its memory slots, accesses of its guest, answers. Libc and the
 * kernel's uapi header are all that these files need.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
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
#ifndef KVM_CAP_EXIT_ON_EMULATION_FAILURE
#define KVM_CAP_EXIT_ON_EMULATION_FAILURE 204
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

enum what {
	CALL_SET,
	CALL_SET2,
	CALL_GET,
	CALL_CLEAR,
	CALL_CAP,
	CREATE_VCPU,
	/* The host takes rights from its pages, or writes them. */
	HOST_PROTECT,
	HOST_WRITE,
	/* Accesses of a guest: data, or an instruction. */
	READ,
	WRITE,
	EXCHANGE,
	FETCH,
};

enum need {
	NEED_DIRTY_LOG = 1,
	NEED_RING = 2,
	NEED_REGION2 = 4,
	/* Its guests are of x86. */
	NEED_X86 = 8,
	/* It says what arm64 does, with its own limits. */
	NEED_ARM64 = 16,
};

/* How an access ends; a call does not. */
enum end { NO_ACCESS, END_DATA, END_MMIO, END_FAULT, END_EXIT, END_SHUTDOWN, END_NEVER, END_OTHER };

/* Pages, as first page and count. */
struct run {
	u64 first;
	u64 count;
};

/* A KVM_RUN that came back as MMIO: what it wrote, or nothing where it reads. */
struct mmio {
	u64 gpa;
	unsigned int size;
	bool writes;
	unsigned char data[8];
};

#define MAX_MMIO 16
#define MAX_DATA 16

/*
 * An answer: an errno, or 0; of a GET the pages that are set and, where it is one that is allowed, those that may be; of an
 * access how it ends, what was read, and its MMIO. `tells` and `known` say what of it matters.
 */
struct answer {
	int error;
	enum end end;
	bool tells;
	const struct run *bits;
	int nbits;
	const struct run *maybe;
	int nmaybe;
	int ndata;
	unsigned char data[MAX_DATA];
	bool known;
	const struct mmio *mmio;
	int nmmio;
	const char *says;
};

struct op {
	enum what what;
	unsigned int as, id, flags;
	/* Of a region. */
	u64 gpa, size, hva;
	/* Of a CLEAR. */
	u64 first, count;
	const struct run *pages;
	int npages;
	/* Of KVM_ENABLE_CAP. */
	unsigned int cap;
	u64 args[4];
	/* The argument, or the bitmap, is a pointer that faults; the call is made by another process. */
	bool bad_argument, bad_bitmap, stranger;
	/* Of an access, and of the host. */
	unsigned int vcpu;
	const unsigned char *data;
	int rights;
	/* Any answer will do where there is none. */
	const struct answer *allow;
	int nallow;
	/* What was recorded, and what is done, in words; a table of cases has neither. */
	const struct answer *recorded;
	const char *says;
};

/* Host addresses that slots name, and memory for them: mapped for the guest, and once more for us. */
struct backing {
	u64 hva;
	u64 bytes;
};

struct test {
	const char *id;
	unsigned int needs;
	/* The last frame, the slots and the spaces that the VM is taken to have. */
	u64 last_gfn;
	unsigned int slots, spaces;
	/* Where user space is to end; 0 where that does not matter. */
	u64 user_end;
	/* The last frame of any region, the most pages of one, the greatest slot id and the greatest space. */
	u64 last;
	u64 pages;
	unsigned int greatest, space;
	const struct op *ops;
	int nops;
	/* Where guests run: a slot of our own, and the gigabytes of memory that they go to. */
	bool runs;
	unsigned int stub_id;
	u64 stub_gpa;
	const unsigned int *gigabytes;
	int ngigabytes;
	const struct backing *backings;
	int nbackings;
};

/* What the kernel answered; the bits of a GET stand in `bitmap`. */
struct seen {
	int error;
	enum end end;
	int ndata;
	unsigned char data[MAX_DATA];
	struct mmio mmio[MAX_MMIO];
	int nmmio;
	bool told;
};

struct vcpu {
	unsigned int id;
	int fd;
	struct kvm_run *run;
};

/* A VM, and what is known of it. */
struct vm {
	int fd;
	const struct test *test;
	unsigned char *for_guest, *for_us;
	u64 mapped;
	/* The calls that made the slots of space 0, where guests look. */
	const struct op **slots;
	int nslots;
	unsigned char *stub;
	struct vcpu *vcpus;
	int nvcpus;
};
