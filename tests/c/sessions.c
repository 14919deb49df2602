/*
 * Sessions by their numbers, and what settled requests tell of the way: trust, proxy, a new API token that came with a failure.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN; PROXY leads to the server; exchanges for the organization in BROKEN_ORG bring a
 * new API token and no session; RECOVERY_DIR. Prints `file=` and the file of that token.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t client_with(const char *fields)
{
    uint64_t client = 0;
    uint32_t needed, length = (uint32_t)strlen(fields);
    REQUIRE(vcd_client_open((const uint8_t *)fields, length, NULL, 0, &client, NULL, 0, &needed) == VCD_OK);
    return client;
}

/* Starts an operation and gives its settled fields; the request is left open, so that its session lives. */
static char *settled(operation *start, uint64_t client, const char *fields, const char *secret, uint64_t *request)
{
    uint32_t units = 0;
    uint16_t *text = utf16(secret, &units);
    REQUIRE(start(client, (const uint8_t *)fields, (uint32_t)strlen(fields), text, units, request) == VCD_OK);
    free(text);
    wait_for(client, *request);
    return describe(*request);
}

/* An exchange whose session is received; gives its number. */
static char *session_of(uint64_t client, const char *more)
{
    static char number[64];
    char fields[512];
    uint16_t bearer[2048];
    uint32_t units;
    uint64_t request;
    snprintf(fields, sizeof fields, "%s%s", request_fields(environment("ORG")), more);
    char *told = settled(vcd_exchange, client, fields, environment("API_TOKEN"), &request);
    REQUIRE(strcmp(field(told, "status"), "0") == 0);
    snprintf(number, sizeof number, "session=%s\n", field(told, "session"));
    free(told);
    REQUIRE(vcd_request_take_secret(request, BEARER, bearer, sizeof bearer / sizeof *bearer, &units) == VCD_OK);
    REQUIRE(vcd_request_close(request) == VCD_OK);
    return number;
}

/* The status of an operation on the session of this number, and on which way it was. */
static long by_number(operation *start, uint64_t client, const char *number, const char *proxy_source)
{
    uint64_t request;
    char *told = settled(start, client, number, "", &request);
    long status = strtol(field(told, "status"), NULL, 10);
    REQUIRE(strcmp(field(told, "proxy_source"), proxy_source) == 0);
    REQUIRE(strcmp(field(told, "proxy"), *proxy_source == '\0' ? "" : environment("PROXY")) == 0);
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
    return status;
}

static int skipped(void)
{
    char text[4096];
    uint32_t length;
    REQUIRE(vcd_sessions_describe((uint8_t *)text, sizeof text - 1, &length) == VCD_OK);
    text[length] = '\0';
    return strstr(text, "skip_certificate_check=true\n") != NULL;
}

static void reached_as_they_were_made(uint64_t trusting, uint64_t plain)
{
    char *number = session_of(trusting, "");
    REQUIRE(!skipped());
    REQUIRE(by_number(vcd_check, plain, number, "") == 0);
    REQUIRE(by_number(vcd_end, plain, number, "") == 0);
    REQUIRE(by_number(vcd_check, plain, number, "") == SESSION_REQUIRED);

    uint64_t careless = client_with("skip_certificate_check=true\n");
    number = session_of(careless, "");
    REQUIRE(skipped());
    REQUIRE(by_number(vcd_end, plain, number, "") == 0);
    REQUIRE(!skipped());
    REQUIRE(vcd_client_close(careless) == VCD_OK);
}

static void through_a_proxy(uint64_t trusting, uint64_t plain)
{
    char fields[512], more[128];
    snprintf(fields, sizeof fields, "%s\nproxy=%s\n", environment("TRUST"), environment("PROXY"));
    uint64_t client = client_with(fields);
    char *number = session_of(client, "");
    REQUIRE(by_number(vcd_check, plain, number, "option") == 0);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    REQUIRE(by_number(vcd_end, plain, number, "option") == 0);

    snprintf(more, sizeof more, "no_cache=true\nsystem_proxy=%s\n", environment("PROXY"));
    number = session_of(trusting, more);
    REQUIRE(by_number(vcd_end, plain, number, "system") == 0);
}

static void a_new_token_that_comes_with_a_failure_is_saved(void)
{
    char fields[512];
    uint64_t request;
    uint32_t needed;
    snprintf(fields, sizeof fields, "%s\nproxy=%s\nrecovery_dir=%s\n", environment("TRUST"),
             environment("PROXY"), environment("RECOVERY_DIR"));
    uint64_t client = client_with(fields);
    char *told = settled(vcd_exchange, client, request_fields(environment("BROKEN_ORG")), environment("API_TOKEN"), &request);
    REQUIRE(strcmp(field(told, "name"), "AnswerIncomplete") == 0);
    REQUIRE(strcmp(field(told, "proxy"), environment("PROXY")) == 0);
    REQUIRE(strcmp(field(told, "new_api_token"), "") == 0);
    printf("file=%s\n", field(told, "new_api_token_file"));
    REQUIRE(vcd_request_take_secret(request, NEW_API_TOKEN, NULL, 0, &needed) == NOTHING_TO_TAKE);
    free(told);
    REQUIRE(vcd_client_close(client) == VCD_OK);
}

int main(void)
{
    /* Trusts nothing that the server shows, and names no proxy. */
    uint64_t plain = client_with(""), trusting = open_client();
    reached_as_they_were_made(trusting, plain);
    through_a_proxy(trusting, plain);
    a_new_token_that_comes_with_a_failure_is_saved();
    REQUIRE(vcd_client_close(plain) == VCD_OK);
    REQUIRE(vcd_client_close(trusting) == VCD_OK);
    return 0;
}
