/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A vCPU of x86: its registers, and KVM_RUN under a time limit. */
#define CPUID_ENTRIES 256

static int create_vcpu(struct vm *vm, unsigned int id)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
	} cpuid;
	struct vcpu *vcpu = &vm->vcpus[vm->nvcpus];

	vcpu->id = id;
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, id);
	if (vcpu->fd < 0)
		return errno;
	cpuid.head.nent = CPUID_ENTRIES;
	if (ioctl(kvm_fd, KVM_GET_SUPPORTED_CPUID, &cpuid) || ioctl(vcpu->fd, KVM_SET_CPUID2, &cpuid))
		return errno;
	vcpu->run = mmap(NULL, ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		return errno;
	vm->nvcpus++;
	return 0;
}

static int load_registers(const struct vm *vm, const struct vcpu *vcpu, const struct kvm_regs *regs)
{
	struct kvm_sregs sregs;
	struct kvm_segment data = { .limit = ~0U, .selector = 0x23, .type = 3, .present = 1, .dpl = 3, .db = 1, .s = 1, .g = 1 };
	struct kvm_segment code = { .limit = ~0U, .selector = 0x1b, .type = 11, .present = 1, .dpl = 3, .s = 1, .l = 1, .g = 1 };
	struct kvm_segment task = { .base = OWN(TASK), .limit = TASK_BYTES - 1, .selector = 0x28, .type = 11, .present = 1 };
	struct kvm_vcpu_events events = { .flags = 0 };

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return errno;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.tr = task;
	sregs.cr0 = 0x80010001; /* PG, WP, PE */
	sregs.cr3 = vm->test->stub_gpa + ROOT * PAGE_BYTES;
	sregs.cr4 = 0x20; /* PAE */
	sregs.efer = 0xd00; /* LME, LMA, NXE */
	if (ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events) || ioctl(vcpu->fd, KVM_SET_SREGS, &sregs) ||
	    ioctl(vcpu->fd, KVM_SET_REGS, regs))
		return errno;
	return 0;
}

static void look(int signal)
{
	(void)signal;
}

/* KVM_RUN until it comes back; its errno, and ETIME where it does not. */
static int run_vcpu(const struct vcpu *vcpu)
{
	struct sigaction action = { .sa_handler = look };
	struct itimerval often = { { 0, LOOK_EVERY_US }, { 0, LOOK_EVERY_US } }, never = { { 0, 0 }, { 0, 0 } };
	int error = EINTR;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int looks = 0; error == EINTR && looks < LOOKS; looks++)
		error = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;
	setitimer(ITIMER_REAL, &never, NULL);
	return error == EINTR ? ETIME : error;
}

/* What went out to userspace is completed, without entering the guest: else it would be part of what comes next. */
static void complete(const struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	ioctl(vcpu->fd, KVM_RUN, 0);
	vcpu->run->immediate_exit = 0;
}

/* Runs, and serves MMIO: every read is answered by zeros. Whether the guest spoke through the port. */
static bool run_to(const struct vcpu *vcpu, unsigned int port, struct seen *seen)
{
	const struct kvm_run *run = vcpu->run;
	unsigned int reason;
	bool spoke;
	int error;

	while (!(error = run_vcpu(vcpu)) && run->exit_reason == KVM_EXIT_MMIO && seen->nmmio < MAX_MMIO) {
		struct mmio *mmio = &seen->mmio[seen->nmmio++];

		mmio->gpa = run->mmio.phys_addr;
		mmio->size = run->mmio.len;
		mmio->writes = run->mmio.is_write;
		if (mmio->writes)
			memcpy(mmio->data, run->mmio.data, sizeof(mmio->data));
		else
			memset(vcpu->run->mmio.data, 0, sizeof(run->mmio.data));
	}
	if (error) {
		seen->error = error == ETIME ? 0 : error;
		seen->end = error == ETIME ? END_NEVER : END_EXIT;
		return false;
	}
	reason = run->exit_reason;
	spoke = reason == KVM_EXIT_IO && run->io.port == port;
	complete(vcpu);
	switch (reason) {
	case KVM_EXIT_IO:
		if (spoke)
			return true;
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		seen->end = END_EXIT;
		return false;
	case KVM_EXIT_SHUTDOWN:
		seen->end = END_SHUTDOWN;
		return false;
	}
	seen->end = END_OTHER;
	return false;
}
