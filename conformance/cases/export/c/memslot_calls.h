/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Operations on a VM, one after the other. */
#include "memslot_types.h"
#include "memslot_kernel.h"
#include "memslot_answers.h"

/* The backing that a host address lies in, as an offset in our memory; -1 where there is none. */
static long long offset_of(const struct vm *vm, u64 hva)
{
	u64 before = 0;

	for (int i = 0; i < vm->test->nbackings; i++) {
		const struct backing *one = &vm->test->backings[i];

		if (hva >= one->hva && hva - one->hva < one->bytes)
			return before + (hva - one->hva);
		before += one->bytes;
	}
	return -1;
}

/* A host address as the kernel is given it: where guests run, memory is behind it. */
static u64 host(const struct vm *vm, u64 hva)
{
	long long offset = offset_of(vm, hva);

	return offset < 0 ? hva : (u64)(unsigned long)vm->for_guest + offset;
}

/* An ioctl, by another process where that is asked for: 0, or the errno. */
static int call(const struct vm *vm, const struct op *op, unsigned long request, void *argument)
{
	int status;
	pid_t child;

	if (op->bad_argument)
		argument = forbidden;
	if (!op->stranger)
		return ioctl(vm->fd, request, argument) < 0 ? errno : 0;
	child = fork();
	if (child == 0)
		_exit(ioctl(vm->fd, request, argument) < 0 ? errno : 0);
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return ECHILD;
	return WEXITSTATUS(status);
}

/* Takes note of the slots of space 0, where guests look. */
static void note_slot(struct vm *vm, const struct op *op)
{
	int i = 0;

	if (op->as)
		return;
	while (i < vm->nslots && vm->slots[i]->id != op->id)
		i++;
	if (op->size) {
		vm->slots[i] = op;
		if (i == vm->nslots)
			vm->nslots++;
	} else if (i < vm->nslots) {
		vm->slots[i] = vm->slots[--vm->nslots];
	}
}

#include "memslot_guest.h"

/* Does an operation. Where it is a GET, its bits are in `bitmap`. */
static void perform(struct vm *vm, const struct op *op, struct seen *seen)
{
	unsigned int word = op->as << 16 | op->id;
	void *bits = op->bad_bitmap ? forbidden : bitmap;

	memset(seen, 0, sizeof(*seen));
	switch (op->what) {
	case CALL_SET: {
		struct kvm_userspace_memory_region region = {
			.slot = word,
			.flags = op->flags,
			.guest_phys_addr = op->gpa,
			.memory_size = op->size,
			.userspace_addr = host(vm, op->hva),
		};

		seen->error = call(vm, op, KVM_SET_USER_MEMORY_REGION, &region);
		break;
	}
	case CALL_SET2: {
		struct region2 region = {
			.slot = word,
			.flags = op->flags,
			.guest_phys_addr = op->gpa,
			.memory_size = op->size,
			.userspace_addr = host(vm, op->hva),
			.guest_memfd = -1,
		};

		seen->error = call(vm, op, SET_REGION2, &region);
		break;
	}
	case CALL_GET: {
		struct kvm_dirty_log log = { .slot = word, .dirty_bitmap = bits };

		memset(bitmap, 0, bitmap_bytes);
		seen->error = call(vm, op, KVM_GET_DIRTY_LOG, &log);
		break;
	}
	case CALL_CLEAR: {
		struct kvm_clear_dirty_log log = {
			.slot = word,
			.first_page = op->first,
			.num_pages = op->count,
			.dirty_bitmap = bits,
		};

		memset(bitmap, 0, bitmap_bytes);
		for (int i = 0; i < op->npages; i++)
			for (u64 n = 0; n < op->pages[i].count; n++) {
				u64 page = op->pages[i].first + n - op->first;

				if (op->pages[i].first + n >= op->first && page / 8 < bitmap_bytes)
					bitmap[page / 64] |= 1ULL << (page % 64);
			}
		seen->error = call(vm, op, KVM_CLEAR_DIRTY_LOG, &log);
		break;
	}
	case CALL_CAP: {
		struct kvm_enable_cap cap = { .cap = op->cap, .flags = op->flags };

		memcpy(cap.args, op->args, sizeof(op->args));
		seen->error = call(vm, op, KVM_ENABLE_CAP, &cap);
		break;
	}
	default:
		perform_guest(vm, op, seen);
	}
	if ((op->what == CALL_SET || op->what == CALL_SET2) && !seen->error)
		note_slot(vm, op);
}

/* Makes the VM of a test; false, and why, where it cannot be had. */
static bool begin(struct vm *vm, const struct test *test, const char **why)
{
	static u64 room;
	u64 needed = (test->pages + 63) / 64 * 8 + 64;

	memset(vm, 0, sizeof(*vm));
	vm->test = test;
	if (needed > room) {
		if (bitmap)
			munmap(bitmap, room);
		room = needed;
		bitmap = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (bitmap == MAP_FAILED) {
			printf("Bail out! no memory for a bitmap of %llu bytes\n", room);
			exit(KSFT_FAIL);
		}
	}
	bitmap_bytes = needed;
	vm->slots = calloc(test->nops + 1, sizeof(*vm->slots));
	vm->vcpus = calloc(test->nops + 1, sizeof(*vm->vcpus));
	if (!vm->slots || !vm->vcpus) {
		printf("Bail out! no memory\n");
		exit(KSFT_FAIL);
	}
	vm->fd = create_vm();
	return !test->runs || begin_guests(vm, why);
}

static void end(struct vm *vm)
{
	end_guests(vm);
	close(vm->fd);
	free(vm->slots);
	free(vm->vcpus);
}
