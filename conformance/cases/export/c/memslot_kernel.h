/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The KVM of this machine: what it has, and which tests say something of it. */
static int kvm_fd;
static u64 *bitmap;
static u64 bitmap_bytes;
static void *forbidden;

static const char *errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
#define NAME(error) { error, #error }
		NAME(ENOENT), NAME(EINTR),  NAME(EIO),	  NAME(ENXIO),	NAME(E2BIG),  NAME(EBADF),  NAME(EAGAIN),
		NAME(ENOMEM), NAME(EFAULT), NAME(EEXIST), NAME(EINVAL), NAME(ENOSPC), NAME(ENOTTY), NAME(EPERM),
		NAME(ENODEV), NAME(EBUSY),
#undef NAME
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == error)
			return names[i].name;
	return error ? strerror(error) : "success";
}

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
static u64 find_last_gfn(void)
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

/* The end of user space, as slots have it: a slot of one page is made at ever closer addresses. */
static u64 find_user_end(void)
{
	u64 low = 1, high = 1ULL << 45;
	int vm = create_vm();

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;

		if (set_region(vm, 0, 0, 0, 4096, middle << 12)) {
			high = middle;
		} else {
			set_region(vm, 0, 0, 0, 0, 0);
			low = middle;
		}
	}
	close(vm);
	return high << 12;
}

/* What this kernel is, as far as tests depend on it. */
static struct {
	unsigned int lacks;
	u64 last_gfn, user_end;
	unsigned int slots, spaces;
} here;

/* Opens KVM; why it cannot be asked, or NULL. */
static const char *open_kvm(void)
{
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0)
		return strerror(errno);
	if (ioctl(kvm_fd, KVM_GET_API_VERSION, 0) != 12)
		return "another version of the interface";
	forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (forbidden == MAP_FAILED)
		return "no memory";
	here.lacks |= has(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2) ? 0 : NEED_DIRTY_LOG;
	here.lacks |= has(KVM_CAP_DIRTY_LOG_RING) ? 0 : NEED_RING;
	here.lacks |= has(KVM_CAP_USER_MEMORY2) ? 0 : NEED_REGION2;
#ifndef __x86_64__
	here.lacks |= NEED_X86;
#endif
#ifndef __aarch64__
	here.lacks |= NEED_ARM64;
#endif
	here.last_gfn = find_last_gfn();
	here.user_end = find_user_end();
	here.slots = has(KVM_CAP_NR_MEMSLOTS);
	here.spaces = has(KVM_CAP_MULTI_ADDRESS_SPACE);
	if (!here.spaces)
		here.spaces = 1;
	return NULL;
}

/* Whether two limits of a VM are told apart by what a test does up to `most`. */
static bool matters(u64 limit, u64 other, u64 most)
{
	return limit != other && most >= (limit < other ? limit : other);
}

/* Why a test says nothing of this kernel; NULL where it does. */
static const char *why_skipped(const struct test *test)
{
	unsigned int missing = test->needs & here.lacks;

	if (missing)
		return missing & NEED_RING ? "no dirty ring"
		       : missing & NEED_REGION2 ? "no KVM_SET_USER_MEMORY_REGION2"
		       : missing & NEED_X86 ? "about x86"
		       : missing & NEED_ARM64 ? "about arm64"
					      : "no manual protect";
	if (test->user_end && test->user_end != here.user_end)
		return "about another end of user space";
	if (test->needs & NEED_ARM64)
		return NULL;
	if (matters(test->spaces, here.spaces, test->space))
		return "about another number of address spaces";
	if (matters(test->last_gfn + 1, here.last_gfn + 1, test->last))
		return "about another last frame";
	if (matters(test->slots, here.slots, test->greatest))
		return "about another number of slots";
	return NULL;
}
