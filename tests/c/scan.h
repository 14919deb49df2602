/* Finds copies of secrets in the memory of this process (Linux). */
#ifndef SCAN_H
#define SCAN_H

#include <stdint.h>

/* Remembers what to look for, masked, so that remembering it makes no copy. ASCII in UTF-16 units, at least 32 of them. */
void look_for(const uint16_t *secret, uint32_t units);

/* Searches all writable memory and prints the place of each find and their number by encoding. */
void scan(void);

#endif
