/*
 * Runs a program and interferes with its system calls, counted over all its threads (strace counts them thread by thread, so
 * that it never reaches the later calls of a second one).
 *
 *   meddle REPORT kill N PROGRAM ARGUMENTS...                 kills it as it makes its Nth system call
 *   meddle REPORT fail N ERRNO FOLDER PROGRAM ARGUMENTS...    its Nth operation on a file of FOLDER fails
 *   meddle REPORT dead N ERRNO FOLDER PROGRAM ARGUMENTS...    that one and all after it fail
 *
 * With 0 for N nothing happens to it.
 *
 * REPORT gets one line: how many calls or operations there were, which one was hit, and whether a token had been written
 * down by then: 9216 bytes at offset 1024 of a file. Ends as the program does; 200 after a kill.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLED 200
#define THREADS 256
#define PATH_LENGTH 4096

static void require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "meddle: %s: %s\n", what, strerror(errno));
        exit(199);
    }
}

/* File operations, and which argument says what file: its path, or its descriptor. */
static const struct operation {
    long number;
    const char *name;
    int path;
    int descriptor;
} operations[] = {
    { SYS_openat, "openat", 1, -1 },         { SYS_statx, "statx", 1, 0 },
    { SYS_newfstatat, "newfstatat", 1, 0 },  { SYS_read, "read", -1, 0 },
    { SYS_write, "write", -1, 0 },           { SYS_pread64, "pread64", -1, 0 },
    { SYS_pwrite64, "pwrite64", -1, 0 },     { SYS_fsync, "fsync", -1, 0 },
    { SYS_fchmod, "fchmod", -1, 0 },         { SYS_fchown, "fchown", -1, 0 },
    { SYS_ftruncate, "ftruncate", -1, 0 },   { SYS_flock, "flock", -1, 0 },
    { SYS_fgetxattr, "fgetxattr", -1, 0 },   { SYS_fsetxattr, "fsetxattr", -1, 0 },
    { SYS_statfs, "statfs", 0, -1 },         { SYS_lseek, "lseek", -1, 0 },
    { SYS_readlinkat, "readlinkat", 1, -1 }, { SYS_unlinkat, "unlinkat", 1, -1 },
    { SYS_renameat2, "renameat2", 1, -1 },
#ifdef SYS_rename
    { SYS_readlink, "readlink", 0, -1 },     { SYS_unlink, "unlink", 0, -1 },
    { SYS_rename, "rename", 0, -1 },
#endif
};

static struct {
    const char *mode;
    long nth;
    int error;
    const char *folder;
    long count;
    const char *hit;
    int written;
} plan;

/* What is known of a thread between the beginning and the end of its call. */
static struct thread {
    pid_t id;
    int failing;
    int writes_token;
} threads[THREADS];

static struct thread *thread_of(pid_t id)
{
    for (int i = 0; i < THREADS; i++) {
        if (threads[i].id == id || threads[i].id == 0) {
            threads[i].id = id;
            return &threads[i];
        }
    }
    errno = 0;
    require(0, "too many threads");
    return NULL;
}

static void read_text(pid_t id, uint64_t address, char *text)
{
    struct iovec here = { text, PATH_LENGTH - 1 }, there = { (void *)(uintptr_t)address, PATH_LENGTH - 1 };
    ssize_t length = -1;
    /* The text may end just before a page that is not there. */
    while (here.iov_len > 0 && (length = process_vm_readv(id, &here, 1, &there, 1, 0)) < 0) {
        here.iov_len = there.iov_len = here.iov_len / 2;
    }
    text[length > 0 ? length : 0] = 0;
}

static const struct operation *operation_on_folder(pid_t id, const struct __ptrace_syscall_info *info)
{
    char path[PATH_LENGTH] = "", link[64];
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const struct operation *operation = &operations[i];
        if ((uint64_t)operation->number != info->entry.nr) {
            continue;
        }
        if (operation->path >= 0) {
            read_text(id, info->entry.args[operation->path], path);
        }
        if (path[0] == 0 && operation->descriptor >= 0) {
            snprintf(link, sizeof link, "/proc/%d/fd/%d", id, (int)info->entry.args[operation->descriptor]);
            ssize_t length = readlink(link, path, sizeof path - 1);
            path[length > 0 ? length : 0] = 0;
        }
        return strncmp(path, plan.folder, strlen(plan.folder)) == 0 ? operation : NULL;
    }
    return NULL;
}

#ifdef __x86_64__
static void set_register(pid_t id, size_t offset, long value)
{
    require(ptrace(PTRACE_POKEUSER, id, (void *)offset, (void *)value) == 0, "a register cannot be set");
}

/* A call of no number does nothing. */
static void skip_call(pid_t id) { set_register(id, offsetof(struct user, regs.orig_rax), -1); }

static void set_result(pid_t id, long result) { set_register(id, offsetof(struct user, regs.rax), result); }
#else
static void skip_call(pid_t id) { (void)id; require(0, "calls fail on x86-64 only"); }
static void set_result(pid_t id, long result) { (void)id; (void)result; }
#endif

static void begin_call(pid_t program, pid_t id, const struct __ptrace_syscall_info *info)
{
    static char number[32];
    struct thread *thread = thread_of(id);
    const uint64_t *arguments = info->entry.args;
    thread->writes_token = info->entry.nr == SYS_pwrite64 && arguments[2] == 9216 && arguments[3] == 1024;
    if (strcmp(plan.mode, "kill") == 0) {
        if (++plan.count == plan.nth) {
            snprintf(number, sizeof number, "call-%ld", (long)info->entry.nr);
            plan.hit = number;
            kill(program, SIGKILL);
        }
        return;
    }
    const struct operation *operation = operation_on_folder(id, info);
    if (operation == NULL) {
        return;
    }
    plan.count++;
    int dead = strcmp(plan.mode, "dead") == 0 && plan.nth > 0;
    if (plan.count == plan.nth || (dead && plan.count > plan.nth)) {
        plan.hit = plan.hit == NULL ? operation->name : plan.hit;
        thread->failing = 1;
        skip_call(id);
    }
}

static void end_call(pid_t id, const struct __ptrace_syscall_info *info)
{
    struct thread *thread = thread_of(id);
    if (thread->failing) {
        set_result(id, -plan.error);
    } else if (thread->writes_token && info->exit.rval == 9216) {
        plan.written = 1;
    }
    thread->failing = thread->writes_token = 0;
}

/* Follows the program to its end and returns how it ended. */
static int follow(pid_t program)
{
    for (;;) {
        int status, signal = 0;
        pid_t id = waitpid(-1, &status, __WALL);
        require(id > 0, "the program is gone");
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            thread_of(id)->id = -1;
            if (id == program) {
                return status;
            }
            continue;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info info;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, id, (void *)sizeof info, &info) > 0) {
                if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
                    begin_call(program, id, &info);
                } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
                    end_call(id, &info);
                }
            }
        } else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP && WSTOPSIG(status) != SIGTRAP) {
            signal = WSTOPSIG(status);
        }
        /* A thread that was killed meanwhile cannot go on, and needs not. */
        ptrace(PTRACE_SYSCALL, id, NULL, (void *)(intptr_t)signal);
    }
}

int main(int count, char **arguments)
{
    require(count > 4, "too few arguments");
    const char *report = arguments[1];
    plan.mode = arguments[2];
    plan.nth = atol(arguments[3]);
    int kills = strcmp(plan.mode, "kill") == 0;
    require(kills || count > 6, "too few arguments");
    if (!kills) {
        plan.error = atoi(arguments[4]);
        plan.folder = arguments[5];
    }
    pid_t program = fork();
    if (program == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execvp(arguments[kills ? 4 : 6], arguments + (kills ? 4 : 6));
        _exit(127);
    }
    int status;
    require(waitpid(program, &status, 0) == program && WIFSTOPPED(status), "the program cannot be traced");
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    require(ptrace(PTRACE_SETOPTIONS, program, NULL, (void *)options) == 0, "the program cannot be traced");
    ptrace(PTRACE_SYSCALL, program, NULL, NULL);
    status = follow(program);
    FILE *file = fopen(report, "w");
    require(file != NULL, report);
    fprintf(file, "count=%ld hit=%s written=%d\n", plan.count, plan.hit == NULL ? "none" : plan.hit, plan.written);
    fclose(file);
    return WIFSIGNALED(status) ? KILLED : WEXITSTATUS(status);
}
