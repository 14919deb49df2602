/*
 * One API token in, one live session out, in C: exchange, check, end, and a check of the ended session.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN. Prints what the library told about the session, never a secret.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Starts an operation and waits until it has settled; the caller closes the request. */
static uint64_t complete(operation *start, uint64_t client, const char *org, const uint16_t *secret, uint32_t units)
{
    uint64_t request = 0;
    const char *fields = request_fields(org);
    REQUIRE(start(client, (const uint8_t *)fields, (uint32_t)strlen(fields), secret, units, &request) == VCD_OK);
    wait_for(client, request);
    return request;
}

/* The same for an operation whose status alone is wanted. */
static long completed_status(operation *start, uint64_t client, const uint16_t *secret, uint32_t units)
{
    uint64_t request = complete(start, client, NULL, secret, units);
    long status = status_of(request);
    REQUIRE(vcd_request_close(request) == VCD_OK);
    return status;
}

/* Takes the bearer, which the library hands out once; the caller frees it. */
static uint16_t *take_bearer(uint64_t request, uint32_t *units)
{
    REQUIRE(vcd_request_take_secret(request, BEARER, NULL, 0, units) == BUFFER_TOO_SMALL);
    uint32_t capacity = *units, needed = 0;
    uint16_t *bearer = malloc(capacity * sizeof *bearer);
    REQUIRE(bearer != NULL);
    REQUIRE(vcd_request_take_secret(request, BEARER, bearer, capacity, units) == VCD_OK);
    REQUIRE(*units == capacity);
    REQUIRE(vcd_request_take_secret(request, BEARER, bearer, capacity, &needed) == ALREADY_TAKEN);
    return bearer;
}

static void print_library(void)
{
    uint8_t text[512];
    uint32_t length = 0;
    REQUIRE(vcd_library_describe(text, sizeof text, &length) == VCD_OK);
    printf("abi=%08x\n%.*s", vcd_abi_version(), (int)length, (const char *)text);
}

int main(void)
{
    print_library();
    uint64_t client = open_client();

    uint32_t token_units;
    uint16_t *token = utf16(environment("API_TOKEN"), &token_units);
    uint64_t request = complete(vcd_exchange, client, environment("ORG"), token, token_units);
    vcd_wipe((uint8_t *)token, token_units * (uint32_t)sizeof *token);
    REQUIRE(token[0] == 0 && token[token_units - 1] == 0);
    free(token);

    char *session = describe(request);
    printf("%s", session);
    REQUIRE(strcmp(field(session, "status"), "0") == 0);
    free(session);

    uint32_t bearer_units;
    uint16_t *bearer = take_bearer(request, &bearer_units);
    REQUIRE(vcd_request_close(request) == VCD_OK);

    printf("check=%ld\n", completed_status(vcd_check, client, bearer, bearer_units));
    printf("end=%ld\n", completed_status(vcd_end, client, bearer, bearer_units));
    printf("check_after_end=%ld\n", completed_status(vcd_check, client, bearer, bearer_units));
    printf("end_after_end=%ld\n", completed_status(vcd_end, client, bearer, bearer_units));
    vcd_wipe((uint8_t *)bearer, bearer_units * (uint32_t)sizeof *bearer);
    free(bearer);

    REQUIRE(vcd_client_close(client) == VCD_OK);
    return 0;
}
