/*
 * The queue of a client: what comes out of vcd_wait, in which order and to whom; the limit of requests in flight; and that
 * nothing blocks longer than the caller allows.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN; every exchange takes DELAY_MS. Ends with 0 if all was as it should be.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAITERS = 4, REQUESTS = 40, LIMIT = 2, SLOW = 6 };

static uint16_t *token;
static uint32_t token_units;
static long delay_ms;

static long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t client_with(const char *option)
{
    char fields[512];
    uint64_t client = 0;
    uint32_t needed;
    int length = snprintf(fields, sizeof fields, "%s\n%s", environment("TRUST"), option);
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    REQUIRE(vcd_client_open((const uint8_t *)fields, (uint32_t)length, NULL, 0, &client, NULL, 0, &needed) == VCD_OK);
    return client;
}

/* A request that settles at once with its failure. */
static uint64_t settled_at_once(uint64_t client)
{
    uint64_t request = 0;
    REQUIRE(vcd_exchange(client, NULL, 0, NULL, 0, &request) == VCD_OK);
    return request;
}

static uint64_t slow(uint64_t client)
{
    char fields[512];
    uint64_t request = 0;
    snprintf(fields, sizeof fields, "%sno_cache=true\n", request_fields(environment("ORG")));
    uint32_t length = (uint32_t)strlen(fields);
    REQUIRE(vcd_exchange(client, (const uint8_t *)fields, length, token, token_units, &request) == VCD_OK);
    return request;
}

static void in_the_order_of_settling(void)
{
    uint64_t client = client_with(""), settled;
    uint64_t last = slow(client), first = settled_at_once(client), closed = settled_at_once(client);
    uint64_t cancelled = slow(client), second = settled_at_once(client);
    REQUIRE(vcd_request_cancel(cancelled) == VCD_OK);
    REQUIRE(vcd_request_close(closed) == VCD_OK);
    const uint64_t expected[] = {first, second, cancelled, last};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        REQUIRE(vcd_wait(client, 10000, &settled) == VCD_OK);
        REQUIRE(settled == expected[i]);
    }
    REQUIRE(vcd_wait(client, 10000, &settled) == VCD_NONE && settled == 0);
    REQUIRE(status_of(last) == 0);
    REQUIRE(vcd_client_close(client) == VCD_OK);
}

static struct {
    uint64_t client;
    uint64_t got[WAITERS][REQUESTS];
    size_t count[WAITERS];
} shared;

static void *wait_until_there_are_none(void *number)
{
    int32_t result;
    size_t waiter = *(size_t *)number;
    uint64_t settled;
    while ((result = vcd_wait(shared.client, 10000, &settled)) == VCD_OK) {
        REQUIRE(shared.count[waiter] < REQUESTS);
        shared.got[waiter][shared.count[waiter]++] = settled;
    }
    REQUIRE(result == VCD_NONE);
    return NULL;
}

static void each_to_one_waiter(void)
{
    uint64_t made[REQUESTS];
    pthread_t waiters[WAITERS];
    size_t numbers[WAITERS];
    shared.client = client_with("");
    for (size_t i = 0; i < REQUESTS; i++) {
        made[i] = i % 4 == 0 ? slow(shared.client) : settled_at_once(shared.client);
    }
    for (size_t i = 0; i < WAITERS; i++) {
        numbers[i] = i;
        REQUIRE(pthread_create(&waiters[i], NULL, wait_until_there_are_none, &numbers[i]) == 0);
    }
    for (size_t i = 0; i < WAITERS; i++) {
        REQUIRE(pthread_join(waiters[i], NULL) == 0);
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        int times = 0;
        for (size_t waiter = 0; waiter < WAITERS; waiter++) {
            for (size_t k = 0; k < shared.count[waiter]; k++) {
                times += shared.got[waiter][k] == made[i];
            }
        }
        REQUIRE(times == 1);
    }
    REQUIRE(vcd_client_close(shared.client) == VCD_OK);
}

/* SLOW requests, LIMIT at a time, take as many turns as that makes. */
static void no_more_in_flight_than_allowed(void)
{
    uint64_t client = client_with("max_in_flight=2\n"), settled;
    long started = milliseconds();
    for (int i = 0; i < SLOW; i++) {
        slow(client);
    }
    REQUIRE(milliseconds() - started < delay_ms); /* Starting does not wait for a turn. */
    for (int i = 0; i < SLOW; i++) {
        REQUIRE(vcd_wait(client, 20000, &settled) == VCD_OK);
    }
    REQUIRE(milliseconds() - started >= delay_ms * SLOW / LIMIT);
    REQUIRE(vcd_client_close(client) == VCD_OK);
}

/* Every call but vcd_wait returns at once, and vcd_wait when its time is up, whatever is in flight. */
static void nothing_blocks(void)
{
    uint64_t client = client_with(""), settled;
    long started = milliseconds();
    uint64_t request = slow(client);
    REQUIRE(vcd_wait(client, 50, &settled) == VCD_PENDING);
    long waited = milliseconds() - started;
    REQUIRE(waited >= 50 && waited < delay_ms);
    REQUIRE(vcd_request_cancel(request) == VCD_OK);
    slow(client);
    REQUIRE(vcd_client_close(client) == VCD_OK);
    REQUIRE(milliseconds() - started < delay_ms);
}

int main(void)
{
    token = utf16(environment("API_TOKEN"), &token_units);
    delay_ms = strtol(environment("DELAY_MS"), NULL, 10);
    in_the_order_of_settling();
    each_to_one_waiter();
    no_more_in_flight_than_allowed();
    nothing_blocks();
    free(token);
    return 0;
}
