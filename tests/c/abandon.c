/*
 * Requests that are given up, before and after their secret was sent.
 *
 * Environment: SERVER, TRUST, ORG, API_TOKEN, SERVICE_TOKEN (a service account of ORG), RECOVERY_DIR; every exchange
 * takes long after it was carried out. The process lives on until the library has cleaned up.
 */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t start(uint64_t client, const char *org, const char *secret)
{
    char fields[512];
    uint64_t request = 0;
    uint32_t units;
    uint16_t *token = utf16(secret, &units);
    snprintf(fields, sizeof fields, "%sno_cache=true\n", request_fields(org));
    uint32_t length = (uint32_t)strlen(fields);
    REQUIRE(vcd_exchange(client, (const uint8_t *)fields, length, token, units, &request) == VCD_OK);
    free(token);
    return request;
}

static void pause_ms(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static int files_in(const char *folder)
{
    int files = 0;
    DIR *entries = opendir(folder);
    REQUIRE(entries != NULL);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        files += entry->d_name[0] != '.';
    }
    closedir(entries);
    return files;
}

static uint64_t client_with_one_in_flight(void)
{
    char fields[512];
    uint64_t client = 0;
    uint32_t needed;
    int length = snprintf(fields, sizeof fields, "%s\nrecovery_dir=%s\nmax_in_flight=1\n",
                          environment("TRUST"), environment("RECOVERY_DIR"));
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    REQUIRE(vcd_client_open((const uint8_t *)fields, (uint32_t)length, NULL, 0, &client, NULL, 0, &needed) == VCD_OK);
    return client;
}

int main(void)
{
    uint64_t client = client_with_one_in_flight();
    uint64_t cancelled = start(client, environment("ORG"), environment("API_TOKEN"));
    uint64_t queued = start(client, "globex", environment("API_TOKEN"));
    uint64_t closed = start(client, "globex", environment("API_TOKEN"));
    pause_ms(2500); /* The first is sent; the others wait for their turn. */

    REQUIRE(vcd_request_cancel(queued) == VCD_OK);
    REQUIRE(status_of(queued) == CANCELLED);
    char *fields = describe(queued);
    REQUIRE(strcmp(field(fields, "outcome_unknown"), "false") == 0);
    free(fields);
    REQUIRE(vcd_request_close(closed) == VCD_OK);

    REQUIRE(vcd_request_cancel(cancelled) == VCD_OK);
    REQUIRE(status_of(cancelled) == CANCELLED);
    fields = describe(cancelled);
    REQUIRE(strcmp(field(fields, "outcome_unknown"), "true") == 0);
    free(fields);

    uint64_t other = client_with_one_in_flight();
    start(other, environment("ORG"), environment("SERVICE_TOKEN"));
    pause_ms(2500);
    REQUIRE(vcd_client_close(other) == VCD_OK);
    REQUIRE(vcd_client_close(client) == VCD_OK);

    for (int i = 0; i < 100 && files_in(environment("RECOVERY_DIR")) == 0; i++) {
        pause_ms(100);
    }
    pause_ms(1000); /* Ending the sessions. */
    return 0;
}
