/*
 * Commits the fault that the argument names, in a library that was built to have it, so that what catches faults is seen
 * to do so.
 *
 * `panic`: no panic leaves the library or prints anything, and the library works on. Environment: TRUST.
 * `read`: reads behind a heap block inside the library, which ends this program under valgrind or the address sanitizer.
 * `branch`: lets uninitialized memory decide on a thread of the library, which ends this program under valgrind.
 * `overflow`: overflows a signed integer here, which ends this program under the undefined behaviour sanitizer.
 */
#include "support.h"

#include <limits.h>
#include <string.h>

int32_t vcd_planted_fault(uint32_t fault);
int32_t vcd_planted_request(uint64_t client, uint64_t *request);

enum { PANIC = 9001 };

static void survive_panics(void)
{
    uint32_t needed = 0;
    uint64_t request = 0;
    REQUIRE(vcd_planted_fault(1) == PANIC);
    REQUIRE(vcd_planted_fault(2) == PANIC);
    uint64_t client = open_client();
    REQUIRE(vcd_planted_fault(1) == PANIC);
    for (int i = 0; i < 40; i++) {
        REQUIRE(vcd_planted_request(client, &request) == VCD_OK);
        wait_for(client, request);
        REQUIRE(status_of(request) == PANIC);
        REQUIRE(vcd_request_close(request) == VCD_OK);
    }
    REQUIRE(vcd_library_describe(NULL, 0, &needed) == BUFFER_TOO_SMALL);
    REQUIRE(vcd_client_close(client) == VCD_OK);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    if (strcmp(arguments[1], "panic") == 0) {
        survive_panics();
    } else if (strcmp(arguments[1], "read") == 0) {
        vcd_planted_fault(3);
    } else if (strcmp(arguments[1], "branch") == 0) {
        vcd_planted_fault(4);
    } else {
        REQUIRE(strcmp(arguments[1], "overflow") == 0);
        volatile int most = INT_MAX;
        most = most + 1;
    }
    return 0;
}
