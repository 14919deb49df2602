#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    exit(1);
}

const char *environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        fail(__FILE__, __LINE__, name);
    }
    return value;
}

uint16_t *utf16(const char *ascii, uint32_t *units)
{
    size_t length = strlen(ascii);
    uint16_t *text = malloc((length + 1) * sizeof *text);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < length; i++) {
        text[i] = (unsigned char)ascii[i];
    }
    *units = (uint32_t)length;
    return text;
}

char *describe(uint64_t request)
{
    uint32_t needed = 0;
    REQUIRE(vcd_request_describe(request, NULL, 0, &needed) == BUFFER_TOO_SMALL);
    char *fields = malloc((size_t)needed + 1);
    REQUIRE(fields != NULL);
    REQUIRE(vcd_request_describe(request, (uint8_t *)fields, needed, &needed) == VCD_OK);
    fields[needed] = '\0';
    return fields;
}

const char *field(const char *fields, const char *name)
{
    static char value[1024];
    size_t length = strlen(name);
    for (const char *line = fields; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, name, length) == 0 && line[length] == '=') {
            size_t size = strcspn(line + length + 1, "\n");
            REQUIRE(size < sizeof value);
            memcpy(value, line + length + 1, size);
            value[size] = '\0';
            return value;
        }
    }
    return "";
}

uint64_t open_client(void)
{
    char fields[512];
    uint8_t error[1024];
    uint32_t needed = 0;
    uint64_t client = 0;
    int length = snprintf(fields, sizeof fields, "%s\ntimeout_ms=20000\n", environment("TRUST"));
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    REQUIRE(vcd_client_open((const uint8_t *)fields, (uint32_t)length, NULL, 0, &client, error, sizeof error, &needed)
            == VCD_OK);
    REQUIRE(client != 0);
    return client;
}

const char *request_fields(const char *org)
{
    static char fields[512];
    int length = org == NULL ? snprintf(fields, sizeof fields, "server=%s\n", environment("SERVER"))
                             : snprintf(fields, sizeof fields, "server=%s\norg=%s\n", environment("SERVER"), org);
    REQUIRE(length > 0 && (size_t)length < sizeof fields);
    return fields;
}

int32_t call_without_body(uint64_t client, const uint8_t *fields, uint32_t fields_len, const uint16_t *secret,
                          uint32_t secret_units, uint64_t *request)
{
    return vcd_call(client, fields, fields_len, secret, secret_units, NULL, 0, request);
}

void wait_for(uint64_t client, uint64_t request)
{
    uint64_t settled = 0;
    int32_t result;
    do {
        result = vcd_wait(client, 100, &settled);
    } while (result == VCD_PENDING);
    REQUIRE(result == VCD_OK);
    REQUIRE(settled == request);
}

long status_of(uint64_t request)
{
    char *fields = describe(request);
    long status = strtol(field(fields, "status"), NULL, 10);
    free(fields);
    return status;
}
