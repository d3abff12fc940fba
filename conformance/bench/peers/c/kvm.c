/* One ioctl again and again: what `memslot bench kvm` is held against. */
#include <errno.h>
#include <sys/ioctl.h>

/* The sum of the results, of a failure its negated errno. */
int kvm_calls(int fd, unsigned long request, unsigned long argument, int times)
{
	int sum = 0;

	for (int i = 0; i < times; i++) {
		int result = ioctl(fd, request, argument);

		sum += result == -1 ? -errno : result;
	}
	return sum;
}
