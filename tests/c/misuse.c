/*
 * Every way to call the library wrongly gets the number that the header documents, and never a crash.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN; exchanges for the organization in SLOW_ORG must take longer than this
 * program runs. Prints each call that got another number, and how many calls were judged.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#define LITERAL(text) (const uint8_t *)(text), (uint32_t)(sizeof(text) - 1)
#define EXPECT(number, call) judge(number, (call), #call, __LINE__)

static int judged, wrong;

static void judge(long expected, long got, const char *call, int line)
{
    judged++;
    if (got != expected) {
        wrong++;
        printf("line %d: %ld instead of %ld: %s\n", line, got, expected, call);
    }
}

static uint16_t *token;
static uint32_t token_units;

/* Starts an exchange with the good token. */
static uint64_t exchange(uint64_t client, const char *org)
{
    uint64_t request = 0;
    const char *fields = request_fields(org);
    REQUIRE(vcd_exchange(client, (const uint8_t *)fields, (uint32_t)strlen(fields), token, token_units, &request) == VCD_OK);
    return request;
}

static uint64_t settled_exchange(uint64_t client)
{
    uint64_t request = exchange(client, environment("ORG"));
    wait_for(client, request);
    REQUIRE(status_of(request) == 0);
    return request;
}

static void every_call_with_a_bad_client(uint64_t client)
{
    uint64_t request = 1;
    EXPECT(INVALID_HANDLE, vcd_exchange(client, NULL, 0, NULL, 0, &request));
    EXPECT(INVALID_HANDLE, vcd_check(client, NULL, 0, NULL, 0, &request));
    EXPECT(INVALID_HANDLE, vcd_end(client, NULL, 0, NULL, 0, &request));
    EXPECT(INVALID_HANDLE, vcd_connect(client, NULL, 0, NULL, 0, &request));
    EXPECT(INVALID_HANDLE, vcd_call(client, NULL, 0, NULL, 0, NULL, 0, &request));
    EXPECT(INVALID_HANDLE, vcd_wait(client, 0, &request));
    EXPECT(0, (long)request);
    EXPECT(INVALID_HANDLE, vcd_client_close(client));
}

static void every_call_with_a_bad_request(uint64_t request)
{
    uint8_t bytes[8] = {0};
    uint16_t units[8] = {0};
    uint32_t needed = 1;
    EXPECT(INVALID_HANDLE, vcd_request_describe(request, bytes, sizeof bytes, &needed));
    EXPECT(0, (long)needed);
    EXPECT(INVALID_HANDLE, vcd_request_take_secret(request, BEARER, units, 8, &needed));
    EXPECT(INVALID_HANDLE, vcd_request_take_body(request, bytes, sizeof bytes, &needed));
    EXPECT(INVALID_HANDLE, vcd_request_cancel(request));
    EXPECT(INVALID_HANDLE, vcd_request_close(request));
}

/* Handles that never were, that are something else, that belong to another copy of the library, or that were closed. */
static void handles(void)
{
    uint64_t client = open_client();
    uint64_t request = settled_exchange(client);
    const uint64_t never[] = {0, 1, 0x1234, UINT64_MAX, UINT64_MAX >> 1};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        every_call_with_a_bad_client(never[i]);
        every_call_with_a_bad_request(never[i]);
    }
    every_call_with_a_bad_client(request);
    every_call_with_a_bad_request(client);
    for (int bit = 0; bit < 64; bit++) {
        EXPECT(INVALID_HANDLE, vcd_request_cancel(request ^ (UINT64_C(1) << bit)));
    }

    EXPECT(VCD_OK, vcd_request_close(request));
    every_call_with_a_bad_request(request);
    uint64_t next = settled_exchange(client);
    EXPECT(1, next != request);
    every_call_with_a_bad_request(request);
    EXPECT(VCD_OK, vcd_client_close(client));
    every_call_with_a_bad_client(client);
    every_call_with_a_bad_request(next);
}

static void pointers(void)
{
    uint64_t client = open_client(), handle = 0;
    uint32_t needed = 0;
    uint8_t bytes[64];
    union {
        uint64_t aligned[4];
        uint8_t bytes[32];
    } room = {{0}};
    uint64_t *odd_handle = (uint64_t *)(void *)(room.bytes + 1);
    uint32_t *odd_needed = (uint32_t *)(void *)(room.bytes + 1);
    uint16_t *odd_units = (uint16_t *)(void *)(room.bytes + 1);

    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 0, NULL, 0, NULL, bytes, sizeof bytes, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 0, NULL, 0, odd_handle, bytes, sizeof bytes, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 0, NULL, 0, &handle, bytes, sizeof bytes, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 0, NULL, 0, &handle, NULL, 1, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 1, NULL, 0, &handle, bytes, sizeof bytes, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(NULL, 0, NULL, 1, &handle, bytes, sizeof bytes, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_client_open(LITERAL("ca_file=\xff\n"), NULL, 0, &handle, bytes, sizeof bytes, &needed));
    EXPECT(0, (long)handle);

    EXPECT(INVALID_ARGUMENT, vcd_exchange(client, NULL, 0, NULL, 0, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_exchange(client, NULL, 0, NULL, 0, odd_handle));
    EXPECT(INVALID_ARGUMENT, vcd_exchange(client, NULL, 9, NULL, 0, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_exchange(client, NULL, 0, NULL, 9, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_exchange(client, NULL, 0, odd_units, 9, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_check(client, LITERAL("server=\xc3\x28\n"), token, token_units, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_end(client, LITERAL("server=a\n"), odd_units, 2, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_connect(client, NULL, 0, NULL, 0, NULL));
    handle = 1;
    EXPECT(INVALID_ARGUMENT, vcd_call(client, NULL, 0, NULL, 0, NULL, 9, &handle));
    EXPECT(0, (long)handle);
    EXPECT(INVALID_ARGUMENT, vcd_call(client, NULL, 0, NULL, 0, NULL, 0, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_call(client, NULL, 0, NULL, 0, bytes, UINT32_MAX, &handle));
    EXPECT(INVALID_ARGUMENT, vcd_wait(client, 0, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_wait(client, 0, odd_handle));
    EXPECT(VCD_NONE, vcd_wait(client, 0, &handle));

    uint64_t request = settled_exchange(client);
    EXPECT(INVALID_ARGUMENT, vcd_request_describe(request, bytes, sizeof bytes, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_request_describe(request, bytes, sizeof bytes, odd_needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_describe(request, NULL, 1, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_secret(request, BEARER, NULL, 1, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_secret(request, BEARER, odd_units, 8, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_secret(request, BEARER, token, 8, NULL));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_body(request, NULL, 1, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_body(request, bytes, sizeof bytes, odd_needed));
    EXPECT(INVALID_ARGUMENT, vcd_library_describe(NULL, 1, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_library_describe(bytes, sizeof bytes, NULL));
    vcd_wipe(NULL, 64);
    vcd_wipe(bytes, 0);
    EXPECT(VCD_OK, vcd_client_close(client));
}

/* A buffer that is too small is told the size and left alone, however often it is tried. */
static void buffers(void)
{
    uint64_t client = open_client();
    uint64_t request = settled_exchange(client);
    uint32_t size = 0, needed = 0;
    EXPECT(BUFFER_TOO_SMALL, vcd_request_describe(request, NULL, 0, &size));
    uint8_t *fields = calloc(size, 1);
    REQUIRE(fields != NULL);
    EXPECT(BUFFER_TOO_SMALL, vcd_request_describe(request, fields, size - 1, &needed));
    EXPECT(size, needed);
    EXPECT(0, fields[0]);
    EXPECT(VCD_OK, vcd_request_describe(request, fields, size, &needed));
    EXPECT('\n', fields[size - 1]);
    free(fields);

    EXPECT(BUFFER_TOO_SMALL, vcd_request_take_secret(request, BEARER, NULL, 0, &size));
    uint16_t *bearer = calloc(size, sizeof *bearer);
    REQUIRE(bearer != NULL);
    EXPECT(BUFFER_TOO_SMALL, vcd_request_take_secret(request, BEARER, bearer, 1, &needed));
    EXPECT(BUFFER_TOO_SMALL, vcd_request_take_secret(request, BEARER, bearer, size - 1, &needed));
    EXPECT(size, needed);
    EXPECT(0, bearer[0]);
    EXPECT(VCD_OK, vcd_request_take_secret(request, BEARER, bearer, size, &needed));
    EXPECT('e', bearer[0]);
    EXPECT(ALREADY_TAKEN, vcd_request_take_secret(request, BEARER, bearer, size, &needed));
    EXPECT(ALREADY_TAKEN, vcd_request_take_secret(request, BEARER, NULL, 0, &needed));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_secret(request, NEW_API_TOKEN, bearer, size, &needed));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_secret(request, LEGACY_ID, bearer, size, &needed));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_body(request, NULL, 0, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_secret(request, 0, bearer, size, &needed));
    EXPECT(INVALID_ARGUMENT, vcd_request_take_secret(request, 9, bearer, size, &needed));
    free(bearer);

    uint8_t tiny[4];
    EXPECT(BUFFER_TOO_SMALL, vcd_library_describe(tiny, sizeof tiny, &needed));
    EXPECT(VCD_OK, vcd_client_close(client));
}

static void refused_options(const uint8_t *fields, uint32_t length)
{
    uint64_t client = 1;
    uint32_t needed = 0;
    uint8_t text[512] = {0};
    EXPECT(INVALID_OPTION, vcd_client_open(fields, length, NULL, 0, &client, NULL, 0, &needed));
    EXPECT(1, needed > 0);
    EXPECT(INVALID_OPTION, vcd_client_open(fields, length, NULL, 0, &client, text, sizeof text - 1, &needed));
    EXPECT(INVALID_OPTION, strtol(field((const char *)text, "status"), NULL, 10));
    EXPECT(1, field((const char *)text, "message")[0] != '\0');
    EXPECT(0, (long)client);
}

static void options(void)
{
    refused_options(LITERAL("no_such_field=1\n"));
    refused_options(LITERAL("timeout_ms=1000"));
    refused_options(LITERAL("timeout_ms\n"));
    refused_options(LITERAL("timeout_ms=10\0\n"));
    refused_options(LITERAL("timeout_ms=1\ntimeout_ms=2\n"));
    refused_options(LITERAL("ca_file=a\\x\n"));
    refused_options(LITERAL("timeout_ms=0\n"));
    refused_options(LITERAL("timeout_ms=-1\n"));
    refused_options(LITERAL("timeout_ms=99999999999\n"));
    refused_options(LITERAL("skip_certificate_check=yes\n"));
    refused_options(LITERAL("certificate_sha256=abc\n"));
    refused_options(LITERAL("ca_file=/does/not/exist\n"));
    refused_options(LITERAL("ca_file=/dev/null\nskip_certificate_check=true\n"));
    refused_options(LITERAL("\n"));
    refused_options(LITERAL("=\n"));
}

/* Bad input is no bad call: it makes a request that has settled with its failure, without a connection. */
static void bad_input(uint64_t client, long status, operation *start, const uint8_t *fields, uint32_t length,
                      const uint16_t *secret, uint32_t units)
{
    uint64_t request = 0, settled = 0;
    uint32_t needed = 0;
    REQUIRE(start(client, fields, length, secret, units, &request) == VCD_OK);
    EXPECT(VCD_OK, vcd_wait(client, 0, &settled));
    EXPECT(1, settled == request);
    EXPECT(status, status_of(request));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_secret(request, BEARER, NULL, 0, &needed));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_body(request, NULL, 0, &needed));
    EXPECT(VCD_OK, vcd_request_close(request));
}

/* Calls that would lead to another site, or that no site could understand. */
static void bad_calls(uint64_t client)
{
    static const uint16_t bearer[] = {'a', '.', 'b', '.', 'c'};
    static const struct {
        long status;
        const char *fields;
    } calls[] = {
        {MISSING_PARAMETER, "server=a\n"},
        {MISSING_PARAMETER, "path=/api\n"},
        {INVALID_OPTION, "server=a\npath=api\n"},
        {INVALID_OPTION, "server=a\npath=https://b/api\n"},
        {INVALID_OPTION, "server=a\npath=https://user@a/api\n"},
        {INVALID_OPTION, "server=a\npath=http://a/api\n"},
        {INVALID_OPTION, "server=a\npath=//b/api\n"},
        {INVALID_OPTION, "server=a\npath=/api/../b\n"},
        {INVALID_OPTION, "server=a\npath=/api\\nb\n"},
        {INVALID_OPTION, "server=a\npath=/api#b\n"},
        {INVALID_OPTION, "server=a\npath=/api\nmethod=CONNECT\n"},
        {INVALID_OPTION, "server=a\npath=/api\napi_version=x\n"},
        {INVALID_OPTION, "server=a\npath=/api\naccept=a/b;version=37.0\napi_version=37.0\n"},
        {INVALID_OPTION, "server=a\npath=/api\naccept=a\\r\\nb\n"},
        {INVALID_OPTION, "server=a\npath=/api\nforce=true\n"},
        {SESSION_REQUIRED, "server=a\npath=/api\nsession=00000000-99999\n"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int by_number = calls[i].status == SESSION_REQUIRED;
        bad_input(client, calls[i].status, call_without_body, (const uint8_t *)calls[i].fields,
                  (uint32_t)strlen(calls[i].fields), by_number ? NULL : bearer, by_number ? 0 : 5);
    }
}

static void input(void)
{
    static const uint16_t spaces[] = {' ', '\n'}, half_a_pair[] = {'a', 0xD800}, nul[] = {'a', 0, 'b'};
    uint64_t client = open_client();
    bad_input(client, MISSING_PARAMETER, vcd_exchange, NULL, 0, token, token_units);
    bad_input(client, MISSING_PARAMETER, vcd_exchange, LITERAL("server=a\n"), token, token_units);
    bad_input(client, MISSING_PARAMETER, vcd_check, NULL, 0, token, token_units);
    bad_input(client, INVALID_SERVER, vcd_exchange, LITERAL("server=http://a\norg=b\n"), token, token_units);
    bad_input(client, INVALID_SERVER, vcd_end, LITERAL("server=u@a\n"), token, token_units);
    bad_input(client, INVALID_ORGANIZATION, vcd_exchange, LITERAL("server=a\norg=..\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_exchange, LITERAL("server=a\norg=b\nprovider=true\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_exchange, LITERAL("server=a\nserver=b\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_exchange, LITERAL("server=a\0b\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_exchange, LITERAL("server=a\norg=b"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_check, LITERAL("server=a\norg=b\n"), token, token_units);
    bad_input(client, INVALID_TOKEN, vcd_exchange, LITERAL("server=a\norg=b\n"), NULL, 0);
    bad_input(client, INVALID_TOKEN, vcd_exchange, LITERAL("server=a\norg=b\n"), spaces, 2);
    bad_input(client, INVALID_TOKEN, vcd_exchange, LITERAL("server=a\norg=b\n"), half_a_pair, 2);
    bad_input(client, SESSION_REQUIRED, vcd_end, LITERAL("server=a\n"), nul, 3);
    bad_input(client, MISSING_PARAMETER, vcd_connect, LITERAL("server=a\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_connect, LITERAL("server=a\norg=b\nlegacy_id=1\n"), token, token_units);
    bad_input(client, INVALID_OPTION, vcd_exchange, LITERAL("server=a\norg=b\nlegacy_id=true\n"), token, token_units);
    bad_calls(client);
    EXPECT(VCD_OK, vcd_client_close(client));
}

static void waiting_and_cancelling(void)
{
    uint64_t client = open_client(), settled = 1;
    uint32_t needed = 1;
    EXPECT(VCD_NONE, vcd_wait(client, 5000, &settled));
    EXPECT(0, (long)settled);

    uint64_t slow = exchange(client, environment("SLOW_ORG"));
    EXPECT(VCD_PENDING, vcd_wait(client, 0, &settled));
    EXPECT(VCD_PENDING, vcd_wait(client, 20, &settled));
    EXPECT(VCD_PENDING, vcd_request_describe(slow, NULL, 0, &needed));
    EXPECT(0, (long)needed);
    EXPECT(VCD_PENDING, vcd_request_take_secret(slow, BEARER, NULL, 0, &needed));
    EXPECT(VCD_OK, vcd_request_cancel(slow));
    EXPECT(VCD_OK, vcd_request_cancel(slow));
    EXPECT(VCD_OK, vcd_wait(client, 0, &settled));
    EXPECT(1, settled == slow);
    EXPECT(CANCELLED, status_of(slow));
    EXPECT(VCD_NONE, vcd_wait(client, 0, &settled));
    EXPECT(NOTHING_TO_TAKE, vcd_request_take_secret(slow, BEARER, NULL, 0, &needed));
    EXPECT(VCD_OK, vcd_request_close(slow));

    uint64_t done = settled_exchange(client);
    EXPECT(VCD_OK, vcd_request_cancel(done));
    EXPECT(0, status_of(done));
    EXPECT(BUFFER_TOO_SMALL, vcd_request_take_secret(done, BEARER, NULL, 0, &needed));

    uint64_t unwanted = exchange(client, environment("SLOW_ORG"));
    EXPECT(VCD_OK, vcd_request_close(unwanted));
    EXPECT(VCD_NONE, vcd_wait(client, 5000, &settled));
    EXPECT(VCD_OK, vcd_client_close(client));
}

/* What one thread finds in vcd_wait while another closes what it waits for. */
static void *wait_long(void *client)
{
    static int32_t result;
    uint64_t settled = 0;
    result = vcd_wait(*(uint64_t *)client, 60000, &settled);
    return &result;
}

static void closing_under_a_waiter(int close_the_client, long expected)
{
    uint64_t client = open_client();
    uint64_t slow = exchange(client, environment("SLOW_ORG"));
    pthread_t waiter;
    void *result;
    REQUIRE(pthread_create(&waiter, NULL, wait_long, &client) == 0);
    struct timespec a_moment = {0, 50000000};
    nanosleep(&a_moment, NULL);
    EXPECT(VCD_OK, close_the_client ? vcd_client_close(client) : vcd_request_close(slow));
    REQUIRE(pthread_join(waiter, &result) == 0);
    EXPECT(expected, *(int32_t *)result);
    EXPECT(close_the_client ? INVALID_HANDLE : VCD_OK, vcd_client_close(client));
}

/* Many short lives leave nothing behind that a later one could stumble over. */
static void many_clients(void)
{
    for (int i = 0; i < 50; i++) {
        uint64_t client = open_client(), request = 0;
        REQUIRE(vcd_exchange(client, NULL, 0, NULL, 0, &request) == VCD_OK);
        REQUIRE(vcd_client_close(client) == VCD_OK);
        REQUIRE(vcd_request_close(request) == INVALID_HANDLE);
    }
}

#ifndef _WIN32 /* which has no fork */
/* How many functions do not answer 9004 in this process. */
static int functions_not_forked(uint64_t client, uint64_t request)
{
    uint64_t handle;
    uint32_t needed;
    const int32_t results[] = {
        vcd_library_describe(NULL, 0, &needed),
        vcd_client_open(NULL, 0, NULL, 0, &handle, NULL, 0, &needed),
        vcd_exchange(client, NULL, 0, NULL, 0, &handle),
        vcd_check(client, NULL, 0, NULL, 0, &handle),
        vcd_end(client, NULL, 0, NULL, 0, &handle),
        vcd_connect(client, NULL, 0, NULL, 0, &handle),
        vcd_call(client, NULL, 0, NULL, 0, NULL, 0, &handle),
        vcd_wait(client, 0, &handle),
        vcd_request_describe(request, NULL, 0, &needed),
        vcd_request_take_secret(request, BEARER, NULL, 0, &needed),
        vcd_request_take_body(request, NULL, 0, &needed),
        vcd_request_cancel(request),
        vcd_request_close(request),
        vcd_client_close(client),
        vcd_sessions_describe(NULL, 0, &needed),
        vcd_cache_clear(),
        vcd_finish(0),
    };
    int others = 0;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        others += results[i] != FORKED;
    }
    return others;
}

/* A forked child has the memory of the library and none of its threads. */
static void forking(void)
{
    int results[2];
    uint64_t client = open_client(), settled = 0;
    uint64_t request = settled_exchange(client);
    REQUIRE(pipe(results) == 0);
    pid_t child = fork();
    if (child == 0) {
        int others = functions_not_forked(client, request);
        ssize_t written = write(results[1], &others, sizeof others);
        /* Killed rather than ended: what the parent's threads own is no leak of the child. */
        kill(getpid(), written == sizeof others ? SIGKILL : SIGTERM);
    }
    int others = -1;
    REQUIRE(child > 0 && read(results[0], &others, sizeof others) == sizeof others);
    REQUIRE(waitpid(child, NULL, 0) == child);
    EXPECT(0, others);
    EXPECT(VCD_NONE, vcd_wait(client, 0, &settled));
    EXPECT(VCD_OK, vcd_client_close(client));
}
#endif

int main(void)
{
    token = utf16(environment("API_TOKEN"), &token_units);
    handles();
    pointers();
    buffers();
    options();
    input();
    waiting_and_cancelling();
    closing_under_a_waiter(1, CLIENT_CLOSED);
    closing_under_a_waiter(0, VCD_NONE);
    many_clients();
#ifndef _WIN32
    forking();
#endif
    printf("%d calls judged, %d wrong\n", judged, wrong);

    /* The process may end while a request is on its way. */
    exchange(open_client(), environment("SLOW_ORG"));
    free(token);
    return wrong == 0 ? 0 : 1;
}
