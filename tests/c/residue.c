/*
 * Logs in, takes every secret, wipes its own buffers, closes everything, and then looks for copies of the secrets in all
 * memory of this process that can be written: heap, data, and the stacks of all threads.
 *
 * Environment: SERVER, TRUST. Standard input: one line per log-in, organization and API token with a tab between; not
 * the environment, because that is memory of this process too. With the argument `plant`, it leaves one copy on the heap
 * and one on the stack of a thread. Prints how many copies it found, as `utf8=N` and `utf16=N`, and where.
 */
#include "scan.h"
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LOGINS = 8, LONGEST_TOKEN = 256, LONGEST_ORG = 64 };

struct login {
    char org[LONGEST_ORG];
    uint16_t *token;
    uint32_t units;
};

static struct login logins[MOST_LOGINS];
static size_t login_count;

static void wipe_units(uint16_t *text, uint32_t units)
{
    vcd_wipe((uint8_t *)text, units * (uint32_t)sizeof *text);
}

static void read_logins(void)
{
    static char input[4096];
    size_t length = 0;
    ssize_t count;
    while ((count = read(STDIN_FILENO, input + length, sizeof input - 1 - length)) > 0) {
        length += (size_t)count;
    }
    for (char *line = input, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        REQUIRE(login_count < MOST_LOGINS);
        struct login *login = &logins[login_count++];
        *end = '\0';
        char *token = strchr(line, '\t');
        REQUIRE(token != NULL && token - line < LONGEST_ORG && strlen(token + 1) < LONGEST_TOKEN);
        memcpy(login->org, line, (size_t)(token - line));
        login->token = utf16(token + 1, &login->units);
        look_for(login->token, login->units);
    }
    vcd_wipe((uint8_t *)input, sizeof input);
    REQUIRE(login_count > 0);
}

/* Takes a secret if there is one; the caller wipes and frees it. */
static uint16_t *take(uint64_t request, uint32_t which, uint32_t *units)
{
    if (vcd_request_take_secret(request, which, NULL, 0, units) != BUFFER_TOO_SMALL) {
        return NULL;
    }
    uint32_t capacity = *units;
    uint16_t *secret = malloc(capacity * sizeof *secret);
    REQUIRE(secret != NULL);
    REQUIRE(vcd_request_take_secret(request, which, secret, capacity, units) == VCD_OK);
    look_for(secret, *units);
    return secret;
}

static uint64_t start(uint64_t client, operation *begin, const char *org, const char *more, const uint16_t *secret,
                      uint32_t units)
{
    uint64_t request = 0;
    char fields[512];
    snprintf(fields, sizeof fields, "%s%s", request_fields(org), more);
    REQUIRE(begin(client, (const uint8_t *)fields, (uint32_t)strlen(fields), secret, units, &request) == VCD_OK);
    wait_for(client, request);
    REQUIRE(status_of(request) == 0);
    return request;
}

/* One log-in: the session and its legacy id are taken, the session is checked, used and, if asked for, ended. A new API token takes the old one's place. */
static void log_in(uint64_t client, struct login *login, int end)
{
    uint32_t units;
    uint64_t request = start(client, vcd_connect, login->org, "legacy_id=true\n", login->token, login->units);
    uint16_t *bearer = take(request, BEARER, &units);
    REQUIRE(bearer != NULL);
    uint32_t legacy_units;
    uint16_t *legacy_id = take(request, LEGACY_ID, &legacy_units);
    REQUIRE(legacy_id != NULL);
    wipe_units(legacy_id, legacy_units);
    free(legacy_id);
    uint32_t new_units;
    uint16_t *new_token = take(request, NEW_API_TOKEN, &new_units);
    if (new_token != NULL) {
        wipe_units(login->token, login->units);
        free(login->token);
        login->token = new_token;
        login->units = new_units;
    }
    REQUIRE(vcd_request_close(request) == VCD_OK);
    REQUIRE(vcd_request_close(start(client, vcd_check, NULL, "", bearer, units)) == VCD_OK);
    REQUIRE(vcd_request_close(start(client, call_without_body, NULL, "path=/api/org\n", bearer, units)) == VCD_OK);
    if (end) {
        REQUIRE(vcd_request_close(start(client, vcd_end, NULL, "", bearer, units)) == VCD_OK);
    }
    wipe_units(bearer, units);
    free(bearer);
}

/* A thread that keeps a copy on its stack until the process ends. */
static void *keep_on_the_stack(void *copied)
{
    uint16_t copy[LONGEST_TOKEN];
    for (uint32_t i = 0; i < logins[0].units; i++) {
        copy[i] = logins[0].token[i];
    }
    *(volatile int *)copied = 1;
    for (;;) {
        pause();
        ((volatile uint16_t *)copy)[LONGEST_TOKEN - 1] = 0;
    }
    return NULL;
}

static void plant(void)
{
    static volatile int copied;
    static char *volatile kept;
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, keep_on_the_stack, (void *)&copied) == 0);
    kept = malloc(LONGEST_TOKEN);
    REQUIRE(kept != NULL);
    for (uint32_t i = 0; i < logins[0].units; i++) {
        kept[i] = (char)logins[0].token[i];
    }
    struct timespec a_moment = {0, 1000000};
    while (!copied) {
        nanosleep(&a_moment, NULL);
    }
}

int main(int count, char **arguments)
{
    read_logins();
    uint64_t client = open_client();
    for (size_t i = 0; i < login_count; i++) {
        log_in(client, &logins[i], 0);      /* an exchange, and questions */
        log_in(client, &logins[i], 0);      /* from the cache */
        log_in(client, &logins[i], i % 2);  /* half of them end the session */
    }
    REQUIRE(vcd_client_close(client) == VCD_OK);
    REQUIRE(vcd_cache_clear() == VCD_OK);
    if (count > 1 && strcmp(arguments[1], "plant") == 0) {
        plant();
    }
    for (size_t i = 0; i < login_count; i++) {
        wipe_units(logins[i].token, logins[i].units);
        free(logins[i].token);
    }
    /* What still runs in the background comes to its end. */
    struct timespec a_while = {0, 500000000};
    nanosleep(&a_while, NULL);
    scan();
    return 0;
}
