/*
 * A thousand exchanges, 16 at a time, submitted at most twice that ahead. Prints the time in milliseconds, `ms=N`.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXCHANGES = 1000, AHEAD = 32 };

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1000000;
}

int main(void)
{
    char fields[512];
    uint32_t units;
    uint16_t *token = utf16(environment("API_TOKEN"), &units);
    int length = snprintf(fields, sizeof fields, "%sno_cache=true\n", request_fields(environment("ORG")));
    uint64_t client = open_client(), request;
    double started = milliseconds();
    for (int submitted = 0, done = 0; done < EXCHANGES;) {
        while (submitted < EXCHANGES && submitted - done < AHEAD) {
            REQUIRE(vcd_exchange(client, (const uint8_t *)fields, (uint32_t)length, token, units, &request) == VCD_OK);
            submitted++;
        }
        REQUIRE(vcd_wait(client, 30000, &request) == VCD_OK);
        uint32_t bearer_units = 0;
        uint16_t bearer[4096];
        REQUIRE(status_of(request) == 0);
        REQUIRE(vcd_request_take_secret(request, BEARER, bearer, 4096, &bearer_units) == VCD_OK);
        vcd_wipe((uint8_t *)bearer, bearer_units * (uint32_t)sizeof *bearer);
        REQUIRE(vcd_request_close(request) == VCD_OK);
        done++;
    }
    printf("ms=%.1f\n", milliseconds() - started);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    free(token);
    return 0;
}
