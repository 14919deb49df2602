/*
 * Several copies of the library in one process, as two versions of a module load them, do not take each other's handles;
 * and a library that was used stays in memory when it is unloaded.
 *
 * Arguments: the paths of the copies. Environment: TRUST.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

typedef int32_t open_function(const uint8_t *, uint32_t, const uint16_t *, uint32_t, uint64_t *, uint8_t *, uint32_t,
                              uint32_t *);
typedef int32_t wait_function(uint64_t, uint32_t, uint64_t *);

#ifdef _WIN32
typedef HMODULE library;
typedef FARPROC function;
#define LOAD(path) LoadLibraryA(path)
#define FUNCTION(library, name) GetProcAddress(library, name)
#define UNLOAD(library) (FreeLibrary(library) != 0)
#else
typedef void *library;
typedef void *function;
#define LOAD(path) dlopen(path, RTLD_NOW | RTLD_LOCAL)
#define FUNCTION(library, name) dlsym(library, name)
#define UNLOAD(library) (dlclose(library) == 0)
#endif

/* ISO C has no cast between object and function pointers; POSIX and Windows promise that the bytes are the same. */
#define TAKE(pointer, library, name)                                                                                    \
    do {                                                                                                                \
        function found = FUNCTION(library, name);                                                                       \
        REQUIRE(found != NULL);                                                                                         \
        memcpy(&(pointer), &found, sizeof found);                                                                       \
    } while (0)

int main(int count, char **paths)
{
    enum { MOST = 8 };
    uint64_t clients[MOST];
    wait_function *wait[MOST];
    library libraries[MOST];
    REQUIRE(count > 2 && count <= MOST);
    char fields[512];
    int length = snprintf(fields, sizeof fields, "%s\n", environment("TRUST"));
    for (int i = 1; i < count; i++) {
        open_function *open;
        uint32_t needed;
        libraries[i] = LOAD(paths[i]);
        REQUIRE(libraries[i] != NULL);
        TAKE(open, libraries[i], "vcd_client_open");
        TAKE(wait[i], libraries[i], "vcd_wait");
        REQUIRE(i == 1 || wait[i] != wait[i - 1]);
        REQUIRE(open((const uint8_t *)fields, (uint32_t)length, NULL, 0, &clients[i], NULL, 0, &needed) == VCD_OK);
    }
    /* Two tags of twelve bits are the same once in 4096 pairs of copies: not in all pairs, then. */
    int refused = 0, pairs = 0;
    uint64_t settled;
    for (int i = 1; i < count; i++) {
        REQUIRE(wait[i](clients[i], 0, &settled) == VCD_NONE);
        for (int k = 1; k < count; k++) {
            refused += k != i && wait[k](clients[i], 0, &settled) == INVALID_HANDLE;
            pairs += k != i;
        }
    }
    REQUIRE(refused >= pairs - 2);

    for (int i = 1; i < count; i++) {
        REQUIRE(UNLOAD(libraries[i]));
    }
    struct timespec a_moment = {0, 50000000};
    nanosleep(&a_moment, NULL);
    for (int i = 1; i < count; i++) {
        REQUIRE(wait[i](clients[i], 0, &settled) == VCD_NONE);
    }
    return 0;
}
