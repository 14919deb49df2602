#include "scan.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A piece of a secret that is long enough to be no coincidence: a copy of half the secret is found too. */
enum { PIECE = 16, MOST_PIECES = 256, MASK = 0xA5, CHUNK = 1 << 20 };

static uint8_t pieces[MOST_PIECES][PIECE];
static size_t piece_count;

static void remember(const uint16_t *piece)
{
    uint8_t masked[PIECE];
    for (size_t i = 0; i < PIECE; i++) {
        masked[i] = (uint8_t)(piece[i] ^ MASK);
    }
    for (size_t i = 0; i < piece_count; i++) {
        if (memcmp(pieces[i], masked, PIECE) == 0) {
            return;
        }
    }
    REQUIRE(piece_count < MOST_PIECES);
    memcpy(pieces[piece_count++], masked, PIECE);
}

void look_for(const uint16_t *secret, uint32_t units)
{
    REQUIRE(units >= 2 * PIECE);
    /* The end of a JWT is its signature; its beginning says nothing of this one. */
    remember(secret + units - PIECE);
    remember(secret + units - 2 * PIECE);
}

/* Whether a piece stands here, with `width` bytes per character. */
static int is_here(const uint8_t *memory, const uint8_t *masked, size_t width)
{
    for (size_t i = 0; i < PIECE; i++) {
        if ((uint8_t)(memory[i * width] ^ MASK) != masked[i] || (width == 2 && memory[i * width + 1] != 0)) {
            return 0;
        }
    }
    return 1;
}

static unsigned long found_utf8, found_utf16;

static void search(const uint8_t *memory, size_t length, unsigned long address, const char *mapping)
{
    /* Few bytes begin a piece: the others are passed over quickly. */
    uint8_t begins[256] = {0};
    for (size_t i = 0; i < piece_count; i++) {
        begins[pieces[i][0]] = 1;
    }
    for (size_t at = 0; at < CHUNK && at + PIECE <= length; at++) {
        if (!begins[memory[at] ^ MASK]) {
            continue;
        }
        for (size_t i = 0; i < piece_count; i++) {
            int utf8 = is_here(memory + at, pieces[i], 1);
            int utf16 = at + 2 * PIECE <= length && is_here(memory + at, pieces[i], 2);
            found_utf8 += (unsigned long)utf8;
            found_utf16 += (unsigned long)utf16;
            if (utf8 || utf16) {
                printf("piece %zu as %s at %lx in %s", i, utf8 ? "UTF-8" : "UTF-16", address + at, mapping);
            }
        }
    }
}

/* Copies a mapping in chunks, each a little into the next, and searches the copies. */
static void search_mapping(int memory, unsigned long begin, unsigned long end, uint8_t *chunk, const char *mapping)
{
    for (unsigned long at = begin; at < end; at += CHUNK) {
        size_t wanted = end - at < CHUNK + 2 * PIECE - 1 ? end - at : CHUNK + 2 * PIECE - 1;
        ssize_t count = pread(memory, chunk, wanted, (off_t)at);
        if (count > 0) {
            search(chunk, (size_t)count, at, mapping);
        }
    }
}

void scan(void)
{
    static char line[1024];
    uint8_t *chunk = malloc(2 * CHUNK);
    int memory = open("/proc/self/mem", O_RDONLY);
    FILE *maps = fopen("/proc/self/maps", "r");
    REQUIRE(chunk != NULL && memory >= 0 && maps != NULL);
    unsigned long searched = 0, chunk_begin = (unsigned long)chunk;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin, end;
        char access[5];
        REQUIRE(sscanf(line, "%lx-%lx %4s", &begin, &end, access) == 3);
        if (access[0] != 'r' || access[1] != 'w') {
            continue;
        }
        searched += end - begin;
        /* The chunk itself holds copies of everything. */
        if (begin <= chunk_begin && chunk_begin < end) {
            search_mapping(memory, begin, chunk_begin, chunk, line);
            search_mapping(memory, chunk_begin + 2 * CHUNK, end, chunk, line);
        } else {
            search_mapping(memory, begin, end, chunk, line);
        }
    }
    printf("searched=%lu KiB for %zu pieces\nutf8=%lu\nutf16=%lu\n", searched / 1024, piece_count, found_utf8, found_utf16);
    free(chunk);
    fclose(maps);
    close(memory);
}
