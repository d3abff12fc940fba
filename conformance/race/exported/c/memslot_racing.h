/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a trial has, whatever the architecture: its VM, its memory, and what was seen. */
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
