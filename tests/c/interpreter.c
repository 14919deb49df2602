/*
 * Performs the calls that standard input lists, however little sense they make, and judges each by the rules that hold for
 * all: numeric outputs are 0 unless the call says otherwise, buffers are untouched unless the call succeeds, texts hold no
 * secret.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN, TOKEN_FILE (a file with that token), PATIENCE (a factor for the times to
 * wait). A line is a thread, a verb and four numbers, whose meaning depends on the verb (see `perform`). Lines of one thread are performed in order; threads run at the same time, on the same handles, and
 * start when the lines of thread 4 are done; those of thread 5 come last.
 * Prints one line per call, `<function> <number>`, one per settled request that was described, `status <number>`, and
 * `broken: ...` for each rule that does not hold.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HANDLES = 8, THREADS = 4, MOST_CALLS = 512, ROOM = 8192, UNTOUCHED = 0x5A, SECONDS_TO_LIVE = 120 };

struct call {
    unsigned thread;
    char verb[24];
    unsigned a, b, c, d;
};

static struct call calls[MOST_CALLS];
static size_t call_count;
/* Clients and requests share the slots, so that each is used in the other's place, too. */
static _Atomic uint64_t handles[HANDLES];
static uint16_t *token, *foreign;
static uint32_t token_units, foreign_units, patience;

static void broken(const char *function, const char *rule)
{
    printf("broken: %s: %s\n", function, rule);
}

static int32_t told(const char *function, int32_t number)
{
    printf("%s %d\n", function, number);
    return number;
}

/* What a handle slot holds, or a number that was never a handle. */
static uint64_t handle(unsigned slot)
{
    static const uint64_t never[] = {0, 1, UINT64_MAX, UINT64_C(0x1000000000000000)};
    return slot < HANDLES ? handles[slot] : never[slot % 4] ^ handles[slot % HANDLES];
}

static void keep(const char *function, int32_t number, unsigned slot, uint64_t value)
{
    if (number == VCD_OK && value != 0) {
        handles[slot % HANDLES] = value;
    } else if ((number == VCD_OK) != (value != 0)) {
        broken(function, "a handle comes with 0 and with nothing else");
    }
}

/* Fields of every quality, after those that the operation itself needs. */
static const char *fields_for(unsigned which, const char *own, char *room, size_t size)
{
    static const char *const others[] = {
        "",        "server=localhost:1\norg=acme\n", "server=http://x\norg=a\n", "server=a", "org=a\norg=b\n", "\xff\xfe",
        "nope=1\n", "session=7\n",                  "server=a\norg=..\n",
    };
    if (which >= 70) {
        return others[which % (sizeof others / sizeof *others)];
    }
    /* The token file has what the token itself has, so that both are given now and then. */
    static const char *const extras[] = {"", "force_refresh=true\n", "no_cache=true\n", "token_file="};
    const char *extra = extras[which % 4], *file = which % 4 == 3 ? environment("TOKEN_FILE") : "";
    int calls = strncmp(own, "path=", 5) == 0;
    int length = snprintf(room, size, "server=%s\n%s", environment("SERVER"), own);
    if (!calls) {
        snprintf(room + length, size - (size_t)length, "org=%s\n%s%s%s", environment("ORG"), extra, file,
                 file[0] == 0 ? "" : "\n");
    }
    return room;
}

/* Fields for a file that is there, or not, or that cannot be. */
static const char *save_fields_for(unsigned which, char *room, size_t size)
{
    static const char *const forms[] = {"", "force=true\n", "form=api_token\nforce=true\n", "form=nothing\n"};
    const char *ending = which % 3 == 0 ? "" : which % 3 == 1 ? ".saved" : "/not/a/folder";
    snprintf(room, size, "path=%s%s\n%s", environment("TOKEN_FILE"), ending, forms[which / 3 % 4]);
    return room;
}

static void start(const char *function, operation *begin, const char *own, const struct call *call)
{
    char room[512];
    union {
        uint64_t aligned[2];
        uint8_t bytes[16];
    } output = {{UNTOUCHED, UNTOUCHED}};
    const char *fields = begin == vcd_token_save ? save_fields_for(call->c, room, sizeof room)
                                                 : fields_for(call->c, own, room, sizeof room);
    const uint16_t *secret = call->d % 2 == 0 ? token : foreign;
    uint32_t units = call->d % 2 == 0 ? token_units : foreign_units;
    uint64_t *out = &output.aligned[0];
    switch (call->d) {
    case 0: secret = NULL; break;
    case 4: secret = NULL; units = 0; break;
    case 1: secret = (const uint16_t *)(const void *)((const uint8_t *)secret + 1); units--; break;
    case 2: out = NULL; break;
    case 3: out = (uint64_t *)(void *)(output.bytes + 1); break;
    default: break;
    }
    uint32_t length = (uint32_t)strlen(fields);
    int32_t number = begin(handle(call->a), (const uint8_t *)fields, length, secret, units, out);
    told(function, number);
    if (out == &output.aligned[0]) {
        keep(function, number, call->b, *out);
    } else if (number != INVALID_ARGUMENT) {
        broken(function, "a bad pointer is 1001");
    }
}

static void open_one(const struct call *call)
{
    static const char *const options[] = {"timeout_ms=2000\n", "timeout_ms=1\n",           "max_in_flight=1\n",
                                          "max_retries=0\n",   "connect_timeout_ms=1\n",   "no_proxy=*\n",
                                          "timeout_ms=0\n",    "skip_certificate_check=1\n", "a=b"};
    char fields[600];
    uint8_t error[16];
    uint64_t client = UNTOUCHED;
    uint32_t needed = UNTOUCHED;
    snprintf(fields, sizeof fields, "%s\n%s", environment("TRUST"), options[call->b % 9]);
    uint32_t capacity = call->c % 2 == 0 ? sizeof error : 0;
    uint32_t length = (uint32_t)strlen(fields);
    int32_t number = vcd_client_open((const uint8_t *)fields, length, NULL, 0, &client, error, capacity, &needed);
    keep("vcd_client_open", told("vcd_client_open", number), call->a, client);
}

/* What a function that fills a buffer left behind. */
static void judge_buffer(const char *function, int32_t number, const uint8_t *buffer, size_t size, uint32_t needed)
{
    size_t touched = 0;
    for (size_t i = 0; i < size; i++) {
        touched += buffer[i] != UNTOUCHED;
    }
    if (number != VCD_OK && touched > 0) {
        broken(function, "the buffer was touched without success");
    }
    if (number != VCD_OK && number != BUFFER_TOO_SMALL && needed != 0) {
        broken(function, "the size is not 0");
    }
}

static void describe_one(const char *function, const struct call *call)
{
    uint8_t *buffer = malloc(ROOM + 1);
    REQUIRE(buffer != NULL);
    memset(buffer, UNTOUCHED, ROOM + 1);
    uint32_t needed = UNTOUCHED, capacity = call->b % 3 == 0 ? call->c % 64 : ROOM;
    int32_t number;
    if (strcmp(function, "vcd_request_describe") == 0) {
        number = vcd_request_describe(handle(call->a), buffer, capacity, &needed);
    } else if (strcmp(function, "vcd_sessions_describe") == 0) {
        number = vcd_sessions_describe(buffer, capacity, &needed);
    } else {
        number = vcd_library_describe(buffer, capacity, &needed);
    }
    told(function, number);
    judge_buffer(function, number, buffer, ROOM, needed);
    if (number == VCD_OK) {
        buffer[needed] = '\0';
        if (strstr((const char *)buffer, "eyJ") != NULL || strstr((const char *)buffer, environment("API_TOKEN")) != NULL) {
            broken(function, "a secret among the fields");
        }
        if (strncmp((const char *)buffer, "status=", 7) == 0) {
            printf("status %ld\n", strtol((const char *)buffer + 7, NULL, 10));
        }
    }
    free(buffer);
}

static void take_body(const struct call *call)
{
    uint8_t *buffer = malloc(ROOM);
    REQUIRE(buffer != NULL);
    memset(buffer, UNTOUCHED, ROOM);
    uint32_t needed = UNTOUCHED, capacity = call->b % 3 == 0 ? call->c % 64 : ROOM;
    int32_t number = vcd_request_take_body(handle(call->a), buffer, capacity, &needed);
    told("vcd_request_take_body", number);
    judge_buffer("vcd_request_take_body", number, buffer, ROOM, needed);
    free(buffer);
}

static void take_one(const struct call *call)
{
    uint16_t *buffer = malloc(ROOM);
    REQUIRE(buffer != NULL);
    memset(buffer, UNTOUCHED, ROOM);
    uint32_t needed = UNTOUCHED, capacity = call->c % 3 == 0 ? call->d % 64 : ROOM / sizeof *buffer;
    int32_t number = vcd_request_take_secret(handle(call->a), call->b % 5, buffer, capacity, &needed);
    told("vcd_request_take_secret", number);
    judge_buffer("vcd_request_take_secret", number, (const uint8_t *)buffer, ROOM, needed);
    free(buffer);
}

static void wait_one(const struct call *call)
{
    uint64_t request = UNTOUCHED;
    int32_t number = vcd_wait(handle(call->a), call->c % 60 * patience, &request);
    keep("vcd_wait", told("vcd_wait", number), call->b, request);
}

static void perform(const struct call *call)
{
    if (strcmp(call->verb, "open") == 0) { /* slot, options, with error buffer */
        open_one(call);
    } else if (strcmp(call->verb, "exchange") == 0) { /* client, slot, fields, secret and pointers */
        start("vcd_exchange", vcd_exchange, "", call);
    } else if (strcmp(call->verb, "connect") == 0) {
        start("vcd_connect", vcd_connect, call->c % 2 == 0 ? "legacy_id=true\n" : "", call);
    } else if (strcmp(call->verb, "call") == 0) {
        start("vcd_call", call_without_body, call->c % 4 == 0 ? "path=/api/org\n" : "path=/api/versions\n", call);
    } else if (strcmp(call->verb, "save") == 0) {
        start("vcd_token_save", vcd_token_save, "", call);
    } else if (strcmp(call->verb, "check") == 0) {
        start("vcd_check", vcd_check, "", call);
    } else if (strcmp(call->verb, "end") == 0) {
        start("vcd_end", vcd_end, "", call);
    } else if (strcmp(call->verb, "wait") == 0) { /* client, slot, milliseconds */
        wait_one(call);
    } else if (strcmp(call->verb, "describe") == 0) { /* request, small buffer, its size */
        describe_one("vcd_request_describe", call);
    } else if (strcmp(call->verb, "sessions") == 0) {
        describe_one("vcd_sessions_describe", call);
    } else if (strcmp(call->verb, "library") == 0) {
        describe_one("vcd_library_describe", call);
    } else if (strcmp(call->verb, "take") == 0) { /* request, which, small buffer, its size */
        take_one(call);
    } else if (strcmp(call->verb, "take_body") == 0) {
        take_body(call);
    } else if (strcmp(call->verb, "cancel") == 0) {
        told("vcd_request_cancel", vcd_request_cancel(handle(call->a)));
    } else if (strcmp(call->verb, "close") == 0) {
        told("vcd_request_close", vcd_request_close(handle(call->a)));
    } else if (strcmp(call->verb, "close_client") == 0) {
        told("vcd_client_close", vcd_client_close(handle(call->a)));
    } else if (strcmp(call->verb, "finish") == 0) { /* -, -, milliseconds */
        told("vcd_finish", vcd_finish(call->c % 60 * patience));
    } else {
        REQUIRE(strcmp(call->verb, "clear") == 0);
        told("vcd_cache_clear", vcd_cache_clear());
    }
}

static void *run(void *number)
{
    for (size_t i = 0; i < call_count; i++) {
        if (calls[i].thread == *(unsigned *)number) {
            perform(&calls[i]);
        }
    }
    return NULL;
}

int main(void)
{
    alarm(SECONDS_TO_LIVE);
    patience = (uint32_t)strtoul(environment("PATIENCE"), NULL, 10);
    token = utf16(environment("API_TOKEN"), &token_units);
    foreign = utf16("Bearer not-a-session-of-this-site", &foreign_units);
    struct call call;
    while (call_count < MOST_CALLS
           && scanf("%u %23s %u %u %u %u", &call.thread, call.verb, &call.a, &call.b, &call.c, &call.d) == 6) {
        calls[call_count++] = call;
    }
    pthread_t threads[THREADS];
    unsigned numbers[THREADS], before = THREADS, after = THREADS + 1;
    run(&before);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        REQUIRE(pthread_create(&threads[i], NULL, run, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    }
    run(&after);
    printf("performed %zu\n", call_count);
    free(token);
    free(foreign);
    return 0;
}
