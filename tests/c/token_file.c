/*
 * Token files in C: one is written, used twice, and found in the cache the second time; what is no file, a file together with a
 * token, and what only Windows can do with one are refused.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN (a service account's), TOKEN_FILE (where the file is to be). Prints the fields of
 * both exchanges.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t complete(operation *start, uint64_t client, const char *fields, const uint16_t *secret, uint32_t units)
{
    uint64_t request = 0;
    REQUIRE(start(client, (const uint8_t *)fields, (uint32_t)strlen(fields), secret, units, &request) == VCD_OK);
    wait_for(client, request);
    return request;
}

static long completed_status(operation *start, uint64_t client, const char *fields, const uint16_t *secret, uint32_t units)
{
    uint64_t request = complete(start, client, fields, secret, units);
    long status = status_of(request);
    REQUIRE(vcd_request_close(request) == VCD_OK);
    return status;
}

static const char *exchange_fields(const char *file)
{
    static char fields[2048];
    snprintf(fields, sizeof fields, "%stoken_file=%s\n", request_fields(environment("ORG")), file);
    return fields;
}

static void exchange_from_file(uint64_t client)
{
    uint64_t request = complete(vcd_exchange, client, exchange_fields(environment("TOKEN_FILE")), NULL, 0);
    char *fields = describe(request);
    printf("%s", fields);
    REQUIRE(strcmp(field(fields, "status"), "0") == 0);
    free(fields);
    uint16_t bearer[2048];
    uint32_t units = 0;
    REQUIRE(vcd_request_take_secret(request, BEARER, bearer, sizeof bearer / sizeof *bearer, &units) == VCD_OK);
    vcd_wipe((uint8_t *)bearer, sizeof bearer);
    REQUIRE(vcd_request_take_secret(request, NEW_API_TOKEN, NULL, 0, &units) == NOTHING_TO_TAKE);
    REQUIRE(vcd_request_close(request) == VCD_OK);
}

/* What is refused before anything is made: there is nothing in the way of the paths. */
static void refuse_to_save(uint64_t client, const uint16_t *token, uint32_t units)
{
    static const char *const unfit[] = {
        "form=xml\n",
        "scope=machine\nform=line\n",
#ifndef _WIN32
        /* Only Windows encrypts, and makes files for other accounts. */
        "scope=machine\n",
        "form=secure_string\n",
        "form=secure_string\nscope=machine\n",
        "account=root\n",
        "account=root\nform=api_token\n",
#endif
    };
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++) {
        char fields[2048];
        snprintf(fields, sizeof fields, "path=%s.refused/token\n%s", environment("TOKEN_FILE"), unfit[i]);
        REQUIRE(completed_status(vcd_token_save, client, fields, token, units) == INVALID_OPTION);
    }
}

/* A token in the place of a path is refused, and stands nowhere among the fields. */
static void refuse_a_token_as_path(uint64_t client)
{
    static const char *const secrets[] = {"canaryA1canaryA1canaryA1canaryA1", "eyJcanary.canary.canary"};
    uint32_t units;
    uint16_t *token = utf16("SAVED", &units);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        char save[512];
        snprintf(save, sizeof save, "path=%s\n", secrets[i]);
        const uint64_t requests[] = {
            complete(vcd_exchange, client, exchange_fields(secrets[i]), NULL, 0),
            complete(vcd_token_save, client, save, token, units),
        };
        const long expected[] = {TOKEN_FILE_NOT_FOUND, INVALID_OPTION};
        for (size_t k = 0; k < 2; k++) {
            char *fields = describe(requests[k]);
            REQUIRE(strstr(fields, "canary") == NULL);
            REQUIRE(strtol(field(fields, "status"), NULL, 10) == expected[k]);
            free(fields);
            REQUIRE(vcd_request_close(requests[k]) == VCD_OK);
        }
    }
    free(token);
}

int main(void)
{
    uint64_t client = open_client();
    uint32_t units;
    uint16_t *token = utf16(environment("API_TOKEN"), &units);
    char save[2048];
    snprintf(save, sizeof save, "path=%s\nform=service_account\n", environment("TOKEN_FILE"));
    REQUIRE(completed_status(vcd_token_save, client, save, token, units) == 0);
    REQUIRE(completed_status(vcd_token_save, client, save, token, units) == TOKEN_FILE_NOT_SAVED);
    strcat(save, "force=true\n");
    REQUIRE(completed_status(vcd_token_save, client, save, token, units) == 0);
    REQUIRE(completed_status(vcd_token_save, client, "form=line\n", token, units) == MISSING_PARAMETER);
    refuse_to_save(client, token, units);

    const char *with_file = exchange_fields(environment("TOKEN_FILE"));
    REQUIRE(completed_status(vcd_exchange, client, with_file, token, units) == INVALID_OPTION);
    vcd_wipe((uint8_t *)token, units * (uint32_t)sizeof *token);
    free(token);
    REQUIRE(completed_status(vcd_exchange, client, exchange_fields("/nowhere/token"), NULL, 0) == TOKEN_FILE_NOT_FOUND);
    refuse_a_token_as_path(client);

    exchange_from_file(client);
    exchange_from_file(client);
    REQUIRE(completed_status(vcd_connect, client, exchange_fields(environment("TOKEN_FILE")), NULL, 0) == 0);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    return 0;
}
