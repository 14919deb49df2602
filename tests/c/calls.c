/*
 * Connecting and calling from C: who is logged in, the legacy id, bodies in both directions, pages, refusals.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN; SERVICE_TOKEN is replaced at each use; RECOVERY_DIR. SERVER gives a legacy id
 * twice and then none, and accepts a POST to /cloudapi/1.0.0/things with 202. Prints the fields of the settled requests, and
 * `file=` and the file of the new API token that came with a failure.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t bearer[4096];
static uint32_t bearer_units;

/* Starts an operation, waits for it and prints what it settled with; the caller closes the request and frees the text. */
static char *settled(operation *start, uint64_t client, const char *fields, const uint16_t *secret, uint32_t units,
                     uint64_t *request)
{
    REQUIRE(start(client, (const uint8_t *)fields, (uint32_t)strlen(fields), secret, units, request) == VCD_OK);
    wait_for(client, *request);
    char *told = describe(*request);
    printf("%s", told);
    return told;
}

static long status_in(const char *told)
{
    return strtol(field(told, "status"), NULL, 10);
}

/* An operation on the session that is open now. */
static char *with_session(operation *start, uint64_t client, const char *more, uint64_t *request)
{
    char fields[2048];
    snprintf(fields, sizeof fields, "%s%s", request_fields(NULL), more);
    return settled(start, client, fields, bearer, bearer_units, request);
}

/* Connects; gives the status. Of a success, bearer and legacy id are taken. */
static long connect_with(uint64_t client, const char *secret)
{
    char fields[512];
    uint16_t legacy_id[128];
    uint32_t units = 0, legacy_units = 0;
    uint64_t request;
    snprintf(fields, sizeof fields, "%slegacy_id=true\nno_cache=true\n", request_fields(environment("ORG")));
    uint16_t *token = utf16(secret, &units);
    char *told = settled(vcd_connect, client, fields, token, units, &request);
    free(token);
    long status = status_in(told);
    if (status == 0) {
        REQUIRE(strcmp(field(told, "legacy_id"), "true") == 0 && field(told, "role")[0] != '\0');
        REQUIRE(vcd_request_take_secret(request, LEGACY_ID, legacy_id, 1, &legacy_units) == BUFFER_TOO_SMALL);
        REQUIRE(vcd_request_take_secret(request, LEGACY_ID, legacy_id, 128, &legacy_units) == VCD_OK);
        REQUIRE(legacy_units == 32);
        REQUIRE(vcd_request_take_secret(request, LEGACY_ID, legacy_id, 128, &units) == ALREADY_TAKEN);
        REQUIRE(vcd_request_take_secret(request, BEARER, bearer, 4096, &bearer_units) == VCD_OK);
    } else {
        printf("file=%s\n", field(told, "new_api_token_file"));
        REQUIRE(vcd_request_take_secret(request, LEGACY_ID, NULL, 0, &units) == NOTHING_TO_TAKE);
    }
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
    return status;
}

static void the_legacy_id_comes_late(uint64_t client)
{
    uint64_t request;
    uint32_t units;
    char *told = with_session(vcd_check, client, "legacy_id=true\n", &request);
    REQUIRE(strcmp(field(told, "legacy_id"), "true") == 0);
    REQUIRE(vcd_request_take_secret(request, LEGACY_ID, NULL, 0, &units) == BUFFER_TOO_SMALL && units == 32);
    REQUIRE(vcd_request_take_secret(request, BEARER, NULL, 0, &units) == NOTHING_TO_TAKE);
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
}

static void a_body_is_taken_once(uint64_t client)
{
    uint64_t request;
    uint32_t size = 0, needed = 0;
    char *told = with_session(call_without_body, client, "path=/api/org\n", &request);
    REQUIRE(status_in(told) == 0 && strcmp(field(told, "http_status"), "200") == 0);
    REQUIRE(field(told, "api_version")[0] != '\0');
    REQUIRE(vcd_request_take_body(request, NULL, 0, &size) == BUFFER_TOO_SMALL);
    REQUIRE(strtoul(field(told, "body_length"), NULL, 10) == size);
    uint8_t *body = calloc((size_t)size + 1, 1);
    REQUIRE(body != NULL);
    REQUIRE(vcd_request_take_body(request, body, size - 1, &needed) == BUFFER_TOO_SMALL && needed == size);
    REQUIRE(body[0] == 0);
    REQUIRE(vcd_request_take_body(request, body, size, &needed) == VCD_OK && needed == size);
    REQUIRE(strstr((const char *)body, "<OrgList") != NULL);
    REQUIRE(vcd_request_take_body(request, body, size, &needed) == ALREADY_TAKEN);
    REQUIRE(vcd_request_take_secret(request, BEARER, NULL, 0, &needed) == NOTHING_TO_TAKE);
    free(body);
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
}

static void a_list_has_pages(uint64_t client)
{
    uint64_t request;
    char path[1100] = "path=/api/query?type=vm&format=records&pageSize=5\n";
    int pages = 0;
    for (;;) {
        char *told = with_session(call_without_body, client, path, &request);
        REQUIRE(status_in(told) == 0);
        pages++;
        snprintf(path, sizeof path, "path=%s\n", field(told, "next_page"));
        int last = field(told, "next_page")[0] == '\0';
        free(told);
        REQUIRE(vcd_request_close(request) == VCD_OK);
        if (last) {
            break;
        }
    }
    REQUIRE(pages == 3);
}

static void a_body_is_sent(uint64_t client)
{
    static const uint8_t body[] = "{\"name\":\"x\",\"size\":7}";
    char fields[512];
    uint64_t request;
    uint32_t needed;
    snprintf(fields, sizeof fields, "%smethod=POST\npath=/cloudapi/1.0.0/things\n", request_fields(NULL));
    REQUIRE(vcd_call(client, (const uint8_t *)fields, (uint32_t)strlen(fields), bearer, bearer_units, body,
                     sizeof body - 1, &request) == VCD_OK);
    wait_for(client, request);
    char *told = describe(request);
    REQUIRE(status_in(told) == 0 && strcmp(field(told, "http_status"), "202") == 0);
    REQUIRE(strstr(field(told, "task"), "/api/task/7") != NULL);
    REQUIRE(strstr(field(told, "location"), "/cloudapi/1.0.0/things/1") != NULL);
    REQUIRE(strcmp(field(told, "body_length"), "0") == 0);
    REQUIRE(vcd_request_take_body(request, NULL, 0, &needed) == NOTHING_TO_TAKE);
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
}

static void a_refusal_tells_what_the_server_said(uint64_t client)
{
    uint64_t request;
    uint32_t needed;
    char *told = with_session(call_without_body, client, "path=/api/nothing\n", &request);
    REQUIRE(status_in(told) == NOT_FOUND && strcmp(field(told, "http_status"), "404") == 0);
    REQUIRE(strcmp(field(told, "minor_error_code"), "RESOURCE_NOT_FOUND") == 0);
    REQUIRE(strstr(field(told, "message"), "simulated: ") != NULL && field(told, "request_id")[0] != '\0');
    REQUIRE(vcd_request_take_body(request, NULL, 0, &needed) == NOTHING_TO_TAKE);
    free(told);
    REQUIRE(vcd_request_close(request) == VCD_OK);
}

int main(void)
{
    char recovery[512];
    uint64_t client = open_client(), request;
    REQUIRE(connect_with(client, environment("API_TOKEN")) == 0);
    the_legacy_id_comes_late(client);
    a_body_is_taken_once(client);
    a_list_has_pages(client);
    a_body_is_sent(client);
    a_refusal_tells_what_the_server_said(client);
    free(with_session(vcd_end, client, "", &request));
    REQUIRE(vcd_request_close(request) == VCD_OK);
    char *told = with_session(call_without_body, client, "path=/api/org\n", &request);
    REQUIRE(status_in(told) == SESSION_EXPIRED);
    free(told);
    REQUIRE(vcd_client_close(client) == VCD_OK);

    uint32_t needed;
    snprintf(recovery, sizeof recovery, "%s\nrecovery_dir=%s\n", environment("TRUST"), environment("RECOVERY_DIR"));
    REQUIRE(vcd_client_open((const uint8_t *)recovery, (uint32_t)strlen(recovery), NULL, 0, &client, NULL, 0, &needed) == VCD_OK);
    REQUIRE(connect_with(client, environment("SERVICE_TOKEN")) == LEGACY_ID_UNAVAILABLE);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    vcd_wipe((uint8_t *)bearer, sizeof bearer);
    return 0;
}
