// SPDX-License-Identifier: MIT
/*
 * The first process of a kernel that is booted to be judged: it loads the modules of /modules, runs /program, which speaks
 * through a port, and turns the machine off. The command line of the kernel has the program's arguments:
 * memslot.run=ARGUMENT,...
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT "/dev/vport0p1"
#define MODULES "/modules"
#define MAX_ARGUMENTS 16
#define TRIES 200

static int is_module(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of their names, which is that of what depends on what. */
static void load_modules(void)
{
	struct dirent **entries;
	int n = scandir(MODULES, &entries, is_module, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), MODULES "/%s", entries[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (syscall(SYS_finit_module, fd, "", 0))
			fprintf(stderr, "module %s was not loaded: %s\n", path, strerror(errno));
		close(fd);
	}
}

/* The device comes when it is found, which may be a moment after its module is loaded. */
static int open_port(void)
{
	for (int tries = 0; tries < TRIES; tries++) {
		int port = open(PORT, O_RDWR);

		if (port >= 0)
			return port;
		usleep(50000);
	}
	return -1;
}

/* The arguments that the command line of the kernel has for the program. */
static char **arguments(char *line)
{
	static char *words[MAX_ARGUMENTS + 2] = { "/program" };
	char *given = strstr(line, "memslot.run=");
	int n = 1;

	if (given) {
		given += strlen("memslot.run=");
		given[strcspn(given, " \n")] = '\0';
		for (char *word = strtok(given, ","); word && n <= MAX_ARGUMENTS; word = strtok(NULL, ","))
			words[n++] = word;
	}
	return words;
}

static void run_program(int port)
{
	static char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY), status = 0;
	char **words;
	pid_t child;

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		line[0] = '\0';
	words = arguments(line);
	child = fork();
	if (!child) {
		dup2(port, STDIN_FILENO);
		dup2(port, STDOUT_FILENO);
		execv(words[0], words);
		_exit(127);
	}
	waitpid(child, &status, 0);
	if (status)
		fprintf(stderr, "the program ended with status %#x\n", status);
}

int main(void)
{
	int port;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	port = open_port();
	if (port < 0)
		fprintf(stderr, "there is no " PORT "\n");
	else
		run_program(port);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
