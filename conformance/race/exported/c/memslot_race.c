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
#include "memslot_racing.h"
#if defined(__x86_64__)
#include "memslot_race_x86.h"
#elif defined(__aarch64__)
#include "memslot_race_arm64.h"
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
