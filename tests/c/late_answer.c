/*
 * An answer that comes after the time limit of its caller, and a program that ends meanwhile.
 *
 * Environment: SERVER, TRUST, ORG, TOKEN_FILE (a service account's; every exchange takes longer than the limit, and not much
 * longer), END: `finish` ends the process by way of vcd_finish and nothing else, `exit` by leaving main.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_TIMEOUT = 2020 };

static uint64_t impatient_client(void)
{
    char fields[512];
    uint64_t client = 0;
    uint32_t needed;
    int length = snprintf(fields, sizeof fields, "%s\ntimeout_ms=6000\n", environment("TRUST"));
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    REQUIRE(vcd_client_open((const uint8_t *)fields, (uint32_t)length, NULL, 0, &client, NULL, 0, &needed) == VCD_OK);
    return client;
}

int main(void)
{
    REQUIRE(vcd_finish(20000) == VCD_OK); /* Nothing goes on yet. */
    uint64_t client = impatient_client(), request = 0;
    char fields[2048];
    int length = snprintf(fields, sizeof fields, "%stoken_file=%s\n", request_fields(environment("ORG")),
                          environment("TOKEN_FILE"));
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    REQUIRE(vcd_exchange(client, (const uint8_t *)fields, (uint32_t)length, NULL, 0, &request) == VCD_OK);
    wait_for(client, request);
    REQUIRE(status_of(request) == ANSWER_TIMEOUT);
    if (strcmp(environment("END"), "exit") == 0) {
        return 0;
    }
    REQUIRE(vcd_finish(0) == VCD_PENDING);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    REQUIRE(vcd_finish(20000) == VCD_OK);
    REQUIRE(vcd_finish(0) == VCD_OK);
    _Exit(0); /* Without what is done at a proper end. */
}
