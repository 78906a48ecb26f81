/* Stands between a program and its file system (LD_PRELOAD), below one folder: counts every call that changes
   something, lets the nth fail, and writes down what each did.

   cc -shared -fPIC -O1 -o disk.so disk.c -ldl                               (done by tests/faults/disk.py) */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char watched[PATH_MAX];
static size_t length;
static long calls, failing;
static int error_to_give, goes_on, log_fd = -1;
static char failed[PATH_MAX + 32];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* What Python asks for (by ctypes). */

void disk_watch(const char *folder) { strncpy(watched, folder, PATH_MAX - 1); length = strlen(watched); }

/* The `nth` call from now fails with `error`; those after it too, if `stays`. 0: none. */
void disk_fail(long nth, int error, int stays) {
    calls = 0; failing = nth; error_to_give = error; goes_on = stays; failed[0] = 0;
}
long disk_calls(void) { return calls; }
const char *disk_failed(void) { return failed; }
void disk_record(int fd) { log_fd = fd; }

/* One line for each call: its name, where, a second path or offset and size; then the bytes themselves. */
static void record(const char *what, const char *path, const char *to, off_t at, const void *data, size_t size) {
    if (log_fd < 0) return;
    char line[2 * PATH_MAX + 128];
    int n = snprintf(line, sizeof line, "%s\t%s\t%s\t%lld\t%zu\n", what, path, to, (long long)at, size);
    REAL(write)(log_fd, line, n);
    if (size) REAL(write)(log_fd, data, size);
}

static int below(const char *path) {
    return length && !strncmp(path, watched, length) && (path[length] == '/' || !path[length]);
}

static int absolute(int dir, const char *path, char *out) {
    char folder[PATH_MAX], link[64];
    if (path[0] == '/') { snprintf(out, PATH_MAX, "%s", path); return below(out); }
    if (dir == AT_FDCWD) { if (!getcwd(folder, sizeof folder)) return 0; }
    else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        ssize_t n = readlink(link, folder, sizeof folder - 1);
        if (n < 0) return 0;
        folder[n] = 0;
    }
    if (snprintf(out, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return 0;
    return below(out);
}

static int of_fd(int fd, char *out) {
    int saved = errno, found = 0;
    char link[64];
    if (length && fd != log_fd) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, out, PATH_MAX - 1);
        if (n > 0) { out[n] = 0; found = below(out); }
    }
    errno = saved;
    return found;
}

/* Whether this call is to fail. */
static int fails(const char *what, const char *path) {
    calls++;
    if (!failing || (goes_on ? calls < failing : calls != failing)) return 0;
    if (!failed[0]) snprintf(failed, sizeof failed, "%s %s", what, path + length);
    errno = error_to_give;
    return 1;
}

#define GUARD(what, path, wrong) \
    pthread_mutex_lock(&mutex); \
    if (fails(what, path)) { pthread_mutex_unlock(&mutex); return wrong; }
#define DONE(result, ...) \
    if ((result) >= 0) record(__VA_ARGS__); \
    pthread_mutex_unlock(&mutex); \
    return result

ssize_t write(int fd, const void *data, size_t size) {
    char path[PATH_MAX];
    if (!of_fd(fd, path)) return REAL(write)(fd, data, size);
    GUARD("write", path, -1)
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t n = REAL(write)(fd, data, size);
    DONE(n, "write", path, "", at, data, n > 0 ? n : 0);
}

static ssize_t pwrite_(ssize_t (*real)(int, const void *, size_t, off_t), int fd, const void *data, size_t size, off_t at) {
    char path[PATH_MAX];
    if (!of_fd(fd, path)) return real(fd, data, size, at);
    GUARD("write", path, -1)
    ssize_t n = real(fd, data, size, at);
    DONE(n, "write", path, "", at, data, n > 0 ? n : 0);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite_(REAL(pwrite), fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { return pwrite_(REAL(pwrite64), fd, data, size, at); }

static int sync_(int (*real)(int), int fd) {
    char path[PATH_MAX];
    if (!of_fd(fd, path)) return real(fd);
    GUARD("sync", path, -1)
    int n = real(fd);
    DONE(n, "sync", path, "", 0, NULL, 0);
}
int fsync(int fd) { return sync_(REAL(fsync), fd); }
int fdatasync(int fd) { return sync_(REAL(fdatasync), fd); }

static int truncate_(int (*real)(int, off_t), int fd, off_t size) {
    char path[PATH_MAX];
    if (!of_fd(fd, path)) return real(fd, size);
    GUARD("truncate", path, -1)
    int n = real(fd, size);
    DONE(n, "truncate", path, "", size, NULL, 0);
}
int ftruncate(int fd, off_t size) { return truncate_(REAL(ftruncate), fd, size); }
int ftruncate64(int fd, off_t size) { return truncate_(REAL(ftruncate64), fd, size); }

static int unlink_(const char *what, int dir, const char *name, int flags) {
    char path[PATH_MAX];
    if (!absolute(dir, name, path)) return REAL(unlinkat)(dir, name, flags);
    GUARD(what, path, -1)
    int n = REAL(unlinkat)(dir, name, flags);
    DONE(n, what, path, "", 0, NULL, 0);
}
int unlink(const char *name) { return unlink_("unlink", AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlink_("rmdir", AT_FDCWD, name, AT_REMOVEDIR); }
int unlinkat(int dir, const char *name, int flags) { return unlink_(flags & AT_REMOVEDIR ? "rmdir" : "unlink", dir, name, flags); }

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    char path[PATH_MAX], target[PATH_MAX];
    int ours = absolute(from_dir, from, path);
    if (!(absolute(to_dir, to, target) || ours)) return REAL(renameat)(from_dir, from, to_dir, to);
    GUARD("rename", target, -1)
    int n = REAL(renameat)(from_dir, from, to_dir, to);
    DONE(n, "rename", path, target, 0, NULL, 0);
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int mkdirat(int dir, const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (!absolute(dir, name, path)) return REAL(mkdirat)(dir, name, mode);
    GUARD("mkdir", path, -1)
    int n = REAL(mkdirat)(dir, name, mode);
    DONE(n, "mkdir", path, "", 0, NULL, 0);
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

/* Only what makes a file, or empties one, changes anything. */
static int open_(int dir, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    int known = faccessat(dir, name, F_OK, 0) == 0;
    if ((!(flags & O_CREAT) || known) && !(flags & O_TRUNC)) return REAL(openat)(dir, name, flags, mode);
    if ((flags & O_CREAT) && (flags & O_EXCL) && known) return REAL(openat)(dir, name, flags, mode);
    if (!absolute(dir, name, path)) return REAL(openat)(dir, name, flags, mode);
    GUARD("create", path, -1)
    int n = REAL(openat)(dir, name, flags, mode);
    DONE(n, "create", path, "", 0, NULL, 0);
}
#define MODE(flags) mode_t mode = 0; \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *name, int flags, ...) { MODE(flags) return open_(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return open_(AT_FDCWD, name, flags, mode); }
int openat(int dir, const char *name, int flags, ...) { MODE(flags) return open_(dir, name, flags, mode); }
int openat64(int dir, const char *name, int flags, ...) { MODE(flags) return open_(dir, name, flags, mode); }
