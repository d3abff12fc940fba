/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A guest of x86 in real mode. */
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
