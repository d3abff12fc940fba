/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A guest of arm64 at EL1, with the caches on. */
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
