/**
 * A recorder for machines in production: bpftrace stops no thread, where strace stops it twice at every call. It writes
 * a line when an ioctl of KVM begins and one when it ends, with the region of a memslot call decoded:
 *
 *     PID/TID NANOSECONDS > FD REQUEST ARGUMENT [set SLOT FLAGS GPA SIZE HVA]
 *     PID/TID NANOSECONDS > FD REQUEST ARGUMENT [set2 SLOT FLAGS GPA SIZE HVA MEMFD OFFSET]
 *     PID/TID NANOSECONDS < RESULT
 */
export const bpftraceScript = (): string => SCRIPT

const SCRIPT = `#!/usr/bin/env bpftrace
// memslot recorder 1
// Records the KVM ioctls of one VMM. As root:
//     memslot audit --recorder bpftrace > memslot.bt
//     bpftrace memslot.bt PID > run.bt        (PID of the VMM; Ctrl-C ends it)
//     memslot audit run.bt
// A VMM from its start: bpftrace memslot.bt 0 records every process that uses KVM.

struct memslot_region {
  uint32_t slot;
  uint32_t flags;
  uint64_t gpa;
  uint64_t size;
  uint64_t hva;
  uint64_t memfd_offset;
  uint32_t memfd;
};

BEGIN { printf("# memslot recorder 1\\n"); }

tracepoint:syscalls:sys_enter_ioctl
/($1 == 0 || pid == $1) && ((args->cmd >> 8) & 0xff) == 0xae/
{
  $request = args->cmd & 0xffffffff;
  @inside[tid] = 1;
  if ($request == 0x4020ae46) {
    $r = (struct memslot_region *)args->arg;
    printf("%d/%d %llu > %d %x %llx set %u %u %llx %llx %llx\\n", pid, tid, nsecs, args->fd, $request, args->arg,
      $r->slot, $r->flags, $r->gpa, $r->size, $r->hva);
  } else if ($request == 0x40a0ae49) {
    $r = (struct memslot_region *)args->arg;
    printf("%d/%d %llu > %d %x %llx set2 %u %u %llx %llx %llx %d %llx\\n", pid, tid, nsecs, args->fd, $request, args->arg,
      $r->slot, $r->flags, $r->gpa, $r->size, $r->hva, $r->memfd, $r->memfd_offset);
  } else {
    printf("%d/%d %llu > %d %x %llx\\n", pid, tid, nsecs, args->fd, $request, args->arg);
  }
}

tracepoint:syscalls:sys_exit_ioctl
/@inside[tid]/
{
  printf("%d/%d %llu < %lld\\n", pid, tid, nsecs, args->ret);
  delete(@inside[tid]);
}

END { clear(@inside); }
`
