/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guests of x86: a user in 64-bit code, over tables of our own that show all memory by its address, makes one access and
 * says so through a port. Tables and code lie in a slot that no operation comes near.
 */
#ifdef __x86_64__

/* Pages of the slot. Directories, one for each gigabyte that is gone to, are the last. */
enum { ROOT, POINTERS, OWN_POINTERS, OWN_DIRECTORY, OWN_TABLE, CODE, TASK, DIRECTORIES };
/* The entry of the root that leads to the slot, and that of all memory once more, without the right to write. */
#define OWN_INDEX 100
#define READ_ONLY_INDEX 1

#define PAGE_BYTES 4096ULL
#define P_W_U_A 0x27ULL
#define WRITABLE 2ULL
#define DIRTY 0x40ULL
#define LARGE 0x80ULL

/* A task state segment: its fields, of which the last says where its bitmap of ports is, and the bitmap, which allows all. */
#define TASK_FIELDS 104
#define TASK_BYTES 1024

#define OWN(page) (((u64)OWN_INDEX << 39) + (page) * PAGE_BYTES)

#define PORT_DONE 0x10
#define PORT_FETCHED 0x41

/* A guest that has not come back after so many looks at it never does. */
#define LOOK_EVERY_US 100000
#define LOOKS 10

static u64 stub_bytes(const struct test *test)
{
	return (DIRECTORIES + test->ngigabytes) * PAGE_BYTES;
}

static void put_tables(const struct vm *vm)
{
	const struct test *test = vm->test;
	u64 *table = (u64 *)vm->stub;
	u64 gpa = test->stub_gpa;

#define ENTRY(page, i) table[(page) * 512 + (i)]
#define AT(page) (gpa + (page) * PAGE_BYTES)
	ENTRY(ROOT, 0) = AT(POINTERS) | P_W_U_A;
	ENTRY(ROOT, READ_ONLY_INDEX) = AT(POINTERS) | (P_W_U_A & ~WRITABLE);
	ENTRY(ROOT, OWN_INDEX) = AT(OWN_POINTERS) | P_W_U_A;
	ENTRY(OWN_POINTERS, 0) = AT(OWN_DIRECTORY) | P_W_U_A;
	ENTRY(OWN_DIRECTORY, 0) = AT(OWN_TABLE) | P_W_U_A;
	ENTRY(OWN_TABLE, CODE) = AT(CODE) | P_W_U_A | DIRTY;
	ENTRY(OWN_TABLE, TASK) = AT(TASK) | P_W_U_A | DIRTY;
	vm->stub[TASK * PAGE_BYTES + TASK_FIELDS - 2] = TASK_FIELDS;
	for (int i = 0; i < test->ngigabytes; i++) {
		u64 gigabyte = test->gigabytes[i];

		ENTRY(POINTERS, gigabyte) = AT(DIRECTORIES + i) | P_W_U_A;
		for (u64 j = 0; j < 512; j++)
			ENTRY(DIRECTORIES + i, j) = gigabyte << 30 | j << 21 | P_W_U_A | DIRTY | LARGE;
	}
#undef ENTRY
#undef AT
}

/* Memory for the backings: mapped for the guest and, so that rights taken from it do not concern us, once more. */
static bool map_backings(struct vm *vm)
{
	int file = syscall(SYS_memfd_create, "guest memory", 1U);
	int prot = PROT_READ | PROT_WRITE;

	for (int i = 0; i < vm->test->nbackings; i++)
		vm->mapped += vm->test->backings[i].bytes;
	if (!vm->mapped)
		return true;
	if (file < 0 || ftruncate(file, vm->mapped))
		return false;
	vm->for_guest = mmap(NULL, vm->mapped, prot, MAP_SHARED | MAP_NORESERVE, file, 0);
	vm->for_us = mmap(NULL, vm->mapped, prot, MAP_SHARED | MAP_NORESERVE, file, 0);
	close(file);
	return vm->for_guest != MAP_FAILED && vm->for_us != MAP_FAILED;
}

static bool begin_guests(struct vm *vm, const char **why)
{
	const struct test *test = vm->test;
	struct kvm_enable_cap cap = { .cap = KVM_CAP_EXIT_ON_EMULATION_FAILURE, .args = { 1 } };

	*why = "no memory for its guests";
	if (!map_backings(vm))
		return false;
	vm->stub = mmap(NULL, stub_bytes(test), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vm->stub == MAP_FAILED)
		return false;
	put_tables(vm);
	*why = "no slot for the code of its guests";
	if (set_region(vm->fd, test->stub_id, 0, test->stub_gpa, stub_bytes(test), (unsigned long)vm->stub))
		return false;
	*why = "no exit on emulation failure";
	return ioctl(vm->fd, KVM_ENABLE_CAP, &cap) == 0;
}

static void end_guests(struct vm *vm)
{
	int bytes = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);

	for (int i = 0; i < vm->nvcpus; i++) {
		munmap(vm->vcpus[i].run, bytes);
		close(vm->vcpus[i].fd);
	}
	if (vm->mapped && vm->for_guest && vm->for_us) {
		munmap(vm->for_guest, vm->mapped);
		munmap(vm->for_us, vm->mapped);
	}
	if (vm->stub)
		munmap(vm->stub, stub_bytes(vm->test));
}

#include "memslot_vcpu.h"

/* The code of a load, a store or an exchange of RAX and what RBX points to; then it speaks. */
static void put_move(unsigned char *code, const struct op *op)
{
	static const unsigned char opcode[][2] = { [READ] = { 0x8a, 0x8b }, [WRITE] = { 0x88, 0x89 }, [EXCHANGE] = { 0x86, 0x87 } };

	if (op->size == 2)
		*code++ = 0x66;
	if (op->size == 8)
		*code++ = 0x48;
	*code++ = opcode[op->what][op->size > 1];
	*code++ = 0x03;
	*code++ = 0xe6; /* out PORT_DONE, al */
	*code++ = PORT_DONE;
	*code = 0xf4; /* hlt */
}

static void move(struct vm *vm, const struct vcpu *vcpu, const struct op *op, struct seen *seen)
{
	struct kvm_regs regs = {
		.rip = OWN(CODE),
		.rflags = 0x3002, /* IOPL 3 */
		.rbx = op->gpa + (op->what == READ ? (u64)READ_ONLY_INDEX << 39 : 0),
	};

	if (op->data)
		memcpy(&regs.rax, op->data, op->size);
	put_move(vm->stub + CODE * PAGE_BYTES, op);
	seen->error = load_registers(vm, vcpu, &regs);
	seen->end = END_OTHER;
	if (seen->error || !run_to(vcpu, PORT_DONE, seen))
		return;
	seen->told = true;
	seen->end = seen->nmmio ? END_MMIO : END_DATA;
	for (int i = 0; i < seen->nmmio; i++)
		if (!seen->mmio[i].writes)
			return; /* what was read is what we answered */
	if (op->what == WRITE || ioctl(vcpu->fd, KVM_GET_REGS, &regs))
		return;
	seen->ndata = op->what == READ && seen->nmmio ? 0 : op->size;
	memcpy(seen->data, &regs.rax, sizeof(regs.rax));
}

/* Memory behind a guest address, by the slots that there are; NULL in a hole. */
static unsigned char *memory_at(const struct vm *vm, u64 gpa)
{
	for (int i = 0; i < vm->nslots; i++) {
		const struct op *slot = vm->slots[i];
		long long offset = -1;

		if (gpa >= slot->gpa && gpa - slot->gpa < slot->size)
			offset = offset_of(vm, slot->hva + (gpa - slot->gpa));
		if (offset >= 0)
			return vm->for_us + offset;
	}
	return NULL;
}

/* Runs an instruction of so many bytes, which stands there for that time only. */
static void fetch(struct vm *vm, const struct vcpu *vcpu, const struct op *op, struct seen *seen)
{
	struct kvm_regs regs = {
		.rip = op->gpa + ((u64)READ_ONLY_INDEX << 39),
		.rflags = 0x3002,
		.rdx = PORT_FETCHED,
	};
	unsigned char *memory = memory_at(vm, op->gpa);

	if (memory) {
		seen->ndata = op->size;
		memcpy(seen->data, memory, op->size);
		memset(memory, 0x3e, op->size); /* prefixes that change nothing */
		memory[op->size - 1] = op->size == 1 ? 0xee : PORT_FETCHED; /* out dx, al */
		if (op->size > 1)
			memory[op->size - 2] = 0xe6; /* out PORT_FETCHED, al */
	}
	seen->error = load_registers(vm, vcpu, &regs);
	seen->end = END_OTHER;
	if (!seen->error && run_to(vcpu, PORT_FETCHED, seen))
		seen->end = END_DATA;
	if (memory)
		memcpy(memory, seen->data, op->size);
	if (seen->end != END_DATA)
		seen->ndata = 0;
}

static void perform_guest(struct vm *vm, const struct op *op, struct seen *seen)
{
	const struct vcpu *vcpu = NULL;
	long long offset;

	switch (op->what) {
	case CREATE_VCPU:
		seen->error = create_vcpu(vm, op->vcpu);
		return;
	case HOST_PROTECT:
		/* Of part of a page, or of none, mprotect() makes something else. */
		if (!op->size || (op->hva | op->size) % PAGE_BYTES)
			seen->error = EINVAL;
		else if (mprotect((void *)(unsigned long)host(vm, op->hva), op->size, op->rights))
			seen->error = errno;
		return;
	case HOST_WRITE:
		offset = offset_of(vm, op->hva);
		if (offset >= 0)
			memcpy(vm->for_us + offset, op->data, op->size);
		return;
	default:
		break;
	}
	for (int i = 0; i < vm->nvcpus; i++)
		if (vm->vcpus[i].id == op->vcpu)
			vcpu = &vm->vcpus[i];
	seen->end = END_OTHER;
	if (!vcpu)
		return;
	if (op->what == FETCH)
		fetch(vm, vcpu, op, seen);
	else
		move(vm, vcpu, op, seen);
}

#else /* Tests with guests are not run here. */

static bool begin_guests(struct vm *vm, const char **why)
{
	(void)vm;
	*why = "its guests are of x86";
	return false;
}

static void end_guests(struct vm *vm)
{
	(void)vm;
}

static void perform_guest(struct vm *vm, const struct op *op, struct seen *seen)
{
	(void)vm;
	(void)op;
	seen->error = ENOSYS;
}

#endif
