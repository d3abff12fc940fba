// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A vCPU makes one access in a loop while another thread edits memory slots by single calls. What it sees is printed, one
 * JSON object a line, for `memslot race --records FILE` to judge.
 *
 *	cc -O2 -static -pthread -Wall -Wextra -Werror -o memslot_race memslot_race.c
 *	./memslot_race [MILLISECONDS of each trial] > FILE
 *
 * Nothing but libc and the kernel's uapi header is needed. Guests are of x86 (real mode) and of arm64. Exit status: 0 raced,
 * 1 a call failed, 4 there is no KVM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

typedef unsigned long long u64;

/* What the headers of Debian 12 lack. */
#ifndef KVM_CAP_EXIT_ON_EMULATION_FAILURE
#define KVM_CAP_EXIT_ON_EMULATION_FAILURE 204
#endif

/* A call that makes a slot, changes it or, of size 0, deletes it: addresses are offsets of the memory that is edited. */
struct call {
	unsigned int id, flags;
	u64 gpa, size, hva;
};

/* A change of slots: those that are there first, and calls that lead back to them. */
struct edit {
	const char *id;
	const struct call *first;
	int nfirst;
	const struct call *calls;
	int ncalls;
};

#include "memslot_edits.h"

#define PAGE 4096ULL
/* The slot of the guest's own, which no edit touches: vectors or a table, handlers, the loop, and the count of turns. */
#define OWN_SLOT 0
#define OWN_PAGES 4
#define HANDLERS (1 * PAGE)
#define LOOP (2 * PAGE)
/* Not where the loop is in its page: KVM's emulator takes a fault for the operand's where both have one offset. */
#define TURNS (3 * PAGE + 0x40)
/* Where edits take place. */
#define EDITED 0x200000ULL
#define TOUCHED (EDITED + TOUCHED_PAGE * PAGE)
/* No slot is here: a guest of arm64 that takes an abort says so by a store. */
#define ABORTED 0x300000ULL

#define MIN_EDITS 100
/* A trial that has fewer edits when its time is over goes on, up to so many times as long. */
#define MAX_LONGER 20
/* Turns that show that the vCPU is in its loop again, and how long an edit waits for them. */
#define SETTLED 16
#define PATIENCE_NS 20000000ULL
/* How long a trial waits for the vCPU to be in its loop at all. */
#define FIRST_NS 5000000000ULL

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, NACCESSES };
static const char *const access_names[] = { "read", "write", "fetch" };

/* What is seen besides the access. */
#define MAX_OUTCOMES 16
struct outcome {
	char name[40];
	u64 times;
};

static int kvm_fd, run_bytes, cpus[2], ncpus;
static unsigned char *own, *edited;

/* One trial. */
static int vm, vcpu;
static struct kvm_run *run;
static enum access access_made;
static struct outcome outcomes[MAX_OUTCOMES];
static int noutcomes;
static atomic_bool stop;
static atomic_ullong seen;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(KSFT_FAIL);
}

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void set_slot(unsigned int id, unsigned int flags, u64 gpa, u64 size, void *hva)
{
	struct kvm_userspace_memory_region region = {
		.slot = id,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (unsigned long)hva,
	};

	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
}

static void make_call(const struct call *call)
{
	set_slot(call->id, call->flags, EDITED + call->gpa, call->size, edited + call->hva);
}

static unsigned int turns(void)
{
	return *(volatile unsigned int *)(own + TURNS);
}

static void note(const char *name)
{
	int i = 0;

	while (i < noutcomes && strcmp(outcomes[i].name, name))
		i++;
	if (i == MAX_OUTCOMES)
		return;
	if (i == noutcomes) {
		snprintf(outcomes[i].name, sizeof(outcomes[i].name), "%s", name);
		noutcomes++;
	}
	outcomes[i].times++;
	atomic_fetch_add(&seen, 1);
}

#if defined(__x86_64__)
#define ARCH "x86"

/* Real mode: each segment begins where its page does. */
static const unsigned char loops[NACCESSES][16] = {
	[ACCESS_READ] = { 0x66, 0xa1, 0, 0, 0x26, 0x66, 0xff, 0x06, 0x40, 0, 0xeb, 0xf4 },
	[ACCESS_WRITE] = { 0x66, 0xa3, 0, 0, 0x26, 0x66, 0xff, 0x06, 0x40, 0, 0xeb, 0xf4 },
	[ACCESS_FETCH] = { 0x26, 0x66, 0xff, 0x06, 0x40, 0, 0xeb, 0xf8 },
};
/* out 0xe0, al; hlt */
static const unsigned char handler[] = { 0xe6, 0xe0, 0xf4 };
#define EXCEPTION_PORT 0xe0

static void prepare_memory(void)
{
	/* Every vector leads to the one handler. */
	for (int vector = 0; vector < 256; vector++) {
		own[4 * vector] = HANDLERS & 0xff;
		own[4 * vector + 1] = HANDLERS >> 8;
	}
	memcpy(own + HANDLERS, handler, sizeof(handler));
}

static void load_registers(void)
{
	struct kvm_regs regs = { .rflags = 2, .rsp = LOOP + PAGE };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = access_made == ACCESS_FETCH ? TOUCHED : LOOP;
	sregs.cs.selector = sregs.cs.base >> 4;
	sregs.ds.base = TOUCHED;
	sregs.es.base = TURNS & ~(PAGE - 1);
	sregs.ss.base = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		die("registers");
}

static void prepare_vcpu(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_EXIT_ON_EMULATION_FAILURE, .args = { 1 } };

	/* Without it a fetch that fails also queues #UD. */
	if (ioctl(vm, KVM_CHECK_EXTENSION, cap.cap) > 0 && ioctl(vm, KVM_ENABLE_CAP, &cap))
		die("KVM_CAP_EXIT_ON_EMULATION_FAILURE");
}

static bool parameter_is_on(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char is = 'N';

	if (fd < 0)
		return false;
	if (read(fd, &is, 1) != 1)
		is = 'N';
	close(fd);
	return is == 'Y' || is == '1';
}

static bool has_second_stage(void)
{
	return parameter_is_on("/sys/module/kvm_amd/parameters/npt") ||
	       parameter_is_on("/sys/module/kvm_intel/parameters/ept");
}

/* An exit in words; true where the guest has to be loaded anew. */
static bool note_exit(void)
{
	char other[40];

	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		note("mmio");
		return false;
	case KVM_EXIT_INTERNAL_ERROR:
		snprintf(other, sizeof(other), "internal error %u", run->internal.suberror);
		note(run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ? "failed fetch" : other);
		return false;
	case KVM_EXIT_IO:
		note(run->io.port == EXCEPTION_PORT ? "exception" : "port");
		return true;
	default:
		snprintf(other, sizeof(other), "exit %u", run->exit_reason);
		note(other);
		return true;
	}
}

#elif defined(__aarch64__)
#define ARCH "arm64"

#define LDR_W1_X0 0xb9400001u
#define STR_W1_X0 0xb9000001u
#define LDR_W2_X3 0xb9400062u
#define ADD_W2_1 0x11000442u
#define STR_W2_X3 0xb9000062u
#define STR_W0_X5 0xb90000a0u
#define BR_X6 0xd61f00c0u
#define B_BACK(n) (0x14000000u | (-(n) & 0x03ffffffu))

static const unsigned int loops[NACCESSES][5] = {
	[ACCESS_READ] = { LDR_W1_X0, LDR_W2_X3, ADD_W2_1, STR_W2_X3, B_BACK(4) },
	[ACCESS_WRITE] = { STR_W1_X0, LDR_W2_X3, ADD_W2_1, STR_W2_X3, B_BACK(4) },
	[ACCESS_FETCH] = { LDR_W2_X3, ADD_W2_1, STR_W2_X3, B_BACK(3) },
};
/* Says that there was an abort, and begins the loop again; that it is at an exception's level by then does not matter. */
static const unsigned int handler[] = { STR_W0_X5, BR_X6 };

/* The first gigabyte as one block: normal memory, readable, writable and executable at EL1, accessed. */
#define BLOCK 0x701ULL
/* 39 bits of address, 4 KiB pages, cacheable walks, 40 bits of output. */
#define TCR ((2ULL << 32) | (1ULL << 23) | (3ULL << 12) | (1ULL << 10) | (1ULL << 8) | 25)
#define MAIR 0xffULL
/* Translation and caches on, beside the bits that are always one. */
#define SCTLR (0x30d00800ULL | (1 << 12) | (1 << 2) | 1)
/* EL1 with its own stack pointer, nothing interrupts. */
#define PSTATE 0x3c5ULL

static void prepare_memory(void)
{
	*(u64 *)own = BLOCK;
	for (u64 vector = 0; vector < 16; vector++)
		memcpy(own + HANDLERS + vector * 0x80, handler, sizeof(handler));
}

static void set_register(u64 id, u64 value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)&value };

	if (ioctl(vcpu, KVM_SET_ONE_REG, &reg))
		die("KVM_SET_ONE_REG");
}

#define CORE(member)                                                                                                   \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (offsetof(struct kvm_regs, regs.member) / sizeof(__u32)))

static void load_registers(void)
{
	u64 code = access_made == ACCESS_FETCH ? TOUCHED : LOOP;

	set_register(ARM64_SYS_REG(3, 0, 10, 2, 0), MAIR);
	set_register(ARM64_SYS_REG(3, 0, 2, 0, 2), TCR);
	set_register(ARM64_SYS_REG(3, 0, 2, 0, 0), 0); /* TTBR0_EL1: the first page */
	set_register(ARM64_SYS_REG(3, 0, 12, 0, 0), HANDLERS); /* VBAR_EL1 */
	set_register(ARM64_SYS_REG(3, 0, 1, 0, 0), SCTLR);
	set_register(CORE(regs[0]), TOUCHED);
	set_register(CORE(regs[3]), TURNS);
	set_register(CORE(regs[5]), ABORTED);
	set_register(CORE(regs[6]), code);
	set_register(CORE(pstate), PSTATE);
	set_register(CORE(pc), code);
}

static void prepare_vcpu(void)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) || ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		die("KVM_ARM_VCPU_INIT");
}

static bool has_second_stage(void)
{
	return true;
}

/* An exit in words; true where the guest has to be loaded anew. */
static bool note_exit(void)
{
	char other[40];

	if (run->exit_reason == KVM_EXIT_MMIO) {
		note(run->mmio.phys_addr == ABORTED ? "abort" : "mmio");
		return false;
	}
	snprintf(other, sizeof(other), "exit %u", run->exit_reason);
	note(other);
	return true;
}

#else
#error "no guest of this architecture is known"
#endif

/* Makes a VM with the slots that are there first, and a vCPU whose loop makes the access. */
static void open_trial(const struct edit *edit, enum access access)
{
	access_made = access;
	noutcomes = 0;
	atomic_store(&stop, false);
	atomic_store(&seen, 0);
	vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	memset(own, 0, OWN_PAGES * PAGE);
	prepare_memory();
	memcpy(own + LOOP, loops[access], sizeof(loops[access]));
	for (int page = 0; page < EDITED_PAGES; page++)
		memcpy(edited + page * PAGE, loops[access], sizeof(loops[access]));
	set_slot(OWN_SLOT, 0, 0, OWN_PAGES * PAGE, own);
	for (int i = 0; i < edit->nfirst; i++)
		make_call(&edit->first[i]);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		die("KVM_CREATE_VCPU");
	run = mmap(NULL, run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("mmap of the vCPU");
	prepare_vcpu();
	load_registers();
}

static void close_trial(void)
{
	munmap(run, run_bytes);
	close(vcpu);
	close(vm);
}

/* The vCPU leaves the guest, or does not enter it. */
static void kick(int signal)
{
	(void)signal;
	run->immediate_exit = 1;
}

static void *run_vcpu(void *unused)
{
	char failed[40];

	(void)unused;
	pin_to(cpus[1]);
	while (!atomic_load(&stop)) {
		if (!ioctl(vcpu, KVM_RUN, 0)) {
			if (note_exit())
				load_registers();
		} else if (errno != EINTR) {
			snprintf(failed, sizeof(failed), "KVM_RUN failed with %d", errno);
			note(failed);
			load_registers();
		}
	}
	return NULL;
}

/* Waits until the vCPU is in its loop: what came of an edit is seen by then. */
static void settle(u64 patience)
{
	unsigned int from = turns();
	u64 began = now_ns();

	while (turns() - from < SETTLED && now_ns() - began < patience)
		;
}

static void print_trial(const char *edit, const char *path, u64 edits, u64 disturbed, unsigned int count)
{
	printf("{\"is\":\"trial\",\"edit\":\"%s\",\"access\":\"%s\",\"path\":\"%s\",\"edits\":%llu,", edit,
	       access_names[access_made], path, edits);
	printf("\"disturbed\":%llu,\"turns\":%u,\"outcomes\":{", disturbed, count);
	for (int i = 0; i < noutcomes; i++)
		printf("%s\"%s\":%llu", i ? "," : "", outcomes[i].name, outcomes[i].times);
	printf("}}\n");
}

static void trial(const struct edit *edit, enum access access, const char *path, u64 ns)
{
	u64 began, spent, before, edits = 0, disturbed = 0;
	unsigned int first;
	pthread_t thread;

	open_trial(edit, access);
	if (pthread_create(&thread, NULL, run_vcpu, NULL))
		die("pthread_create");
	settle(FIRST_NS);
	began = now_ns();
	first = turns();
	do {
		before = atomic_load(&seen);
		for (int i = 0; i < edit->ncalls; i++)
			make_call(&edit->calls[i]);
		settle(PATIENCE_NS);
		edits++;
		if (atomic_load(&seen) != before)
			disturbed++;
		spent = now_ns() - began;
	} while (spent < ns || (edits < MIN_EDITS && spent < ns * MAX_LONGER));
	atomic_store(&stop, true);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	print_trial(edit->id, path, edits, disturbed, turns() - first);
	close_trial();
}

/* A page that the host cannot read tells who fetches: to the processor it is EFAULT, to KVM's emulator a failed fetch. */
static const char *who_runs(void)
{
	static const struct edit none = { "", NULL, 0, NULL, 0 };
	bool by_processor;

	open_trial(&none, ACCESS_READ);
	mprotect(own + LOOP, PAGE, PROT_NONE);
	by_processor = ioctl(vcpu, KVM_RUN, 0) && errno == EFAULT;
	mprotect(own + LOOP, PAGE, PROT_READ | PROT_WRITE);
	close_trial();
	return by_processor ? "hardware" : "emulator";
}

static void find_cpus(void)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			if (ncpus < 2)
				cpus[ncpus] = cpu;
			ncpus++;
		}
	if (ncpus < 2)
		cpus[1] = cpus[0];
}

int main(int argc, char **argv)
{
	u64 ns = (argc > 1 ? strtoull(argv[1], NULL, 10) : 300) * 1000000;
	struct sigaction action = { .sa_handler = kick };
	struct utsname name;
	const char *path;
	int idle;

	setvbuf(stdout, NULL, _IOLBF, 0);
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0) {
		fprintf(stderr, "/dev/kvm: %s\n", strerror(errno));
		return KSFT_SKIP;
	}
	/* A VM that stays keeps KVM from switching itself off and on between trials. */
	idle = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	run_bytes = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	own = mmap(NULL, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	edited = mmap(NULL, EDITED_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (idle < 0 || run_bytes < 0 || own == MAP_FAILED || edited == MAP_FAILED || uname(&name))
		die("set-up");
	sigaction(SIGUSR1, &action, NULL);
	find_cpus();
	pin_to(cpus[0]);
	path = who_runs();
	printf("{\"is\":\"kernel\",\"kernel\":\"%s\",\"arch\":\"" ARCH "\",\"secondStage\":\"%s\",\"cpus\":%d}\n",
	       name.release, has_second_stage() ? "tdp" : "shadow", ncpus);
	printf("{\"is\":\"left out\",\"what\":\"walk\",\"because\":\"the exported program's guests have no tables of an edited slot\"}\n");
	for (unsigned int i = 0; i < sizeof(edits) / sizeof(*edits); i++)
		for (int access = 0; access < NACCESSES; access++)
			trial(&edits[i], access, path, ns);
	return KSFT_PASS;
}
