/* What the C test programs share: text in both directions, and waiting for a request. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "vcd_auth.h"

/* The failure numbers that these programs meet. */
enum {
    INVALID_ARGUMENT = 1001,
    INVALID_HANDLE = 1002,
    BUFFER_TOO_SMALL = 1003,
    ALREADY_TAKEN = 1004,
    NOTHING_TO_TAKE = 1005,
    MISSING_PARAMETER = 1010,
    INVALID_SERVER = 1011,
    INVALID_ORGANIZATION = 1012,
    INVALID_TOKEN = 1013,
    INVALID_OPTION = 1014,
    SESSION_REQUIRED = 1015,
    TOKEN_REJECTED = 3001,
    SESSION_EXPIRED = 3004,
    NOT_FOUND = 3010,
    LEGACY_ID_UNAVAILABLE = 3013,
    CANCELLED = 5001,
    CLIENT_CLOSED = 5003,
    TOKEN_FILE_NOT_FOUND = 6001,
    TOKEN_FILE_NOT_SAVED = 6006,
    FORKED = 9004
};

/* The secrets that a request can hold. */
enum { BEARER = 1, NEW_API_TOKEN = 2, LEGACY_ID = 3 };

typedef int32_t operation(uint64_t client, const uint8_t *fields, uint32_t fields_len, const uint16_t *secret,
                          uint32_t secret_units, uint64_t *request);

/* Ends the program with exit code 1 and the failed condition on standard error. */
#define REQUIRE(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

_Noreturn void fail(const char *file, int line, const char *condition);

/* An environment variable that must be there. */
const char *environment(const char *name);

/* UTF-16 units of an ASCII text; the caller frees them. */
uint16_t *utf16(const char *ascii, uint32_t *units);

/* The settled fields of a request as a NUL-terminated text; the caller frees it. */
char *describe(uint64_t request);

/* The value of a field, or "" where there is none. Valid until the next call. */
const char *field(const char *fields, const char *name);

/* Opens a client that trusts what the field in the environment variable TRUST says, such as `ca_file=/tmp/ca.pem`. */
uint64_t open_client(void);

/* Fields of a request to the server in SERVER; with an organization where `org` is not NULL. */
const char *request_fields(const char *org);

/* `vcd_call` without a body, in the shape of the other operations. */
operation call_without_body;

/* Polls until this request has settled, in slices as a caller with other things to do would. */
void wait_for(uint64_t client, uint64_t request);

/* The status among a settled request's fields. */
long status_of(uint64_t request);

#endif
