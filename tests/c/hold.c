/*
 * Holds a file open on Windows, as a backup or a virus scanner does, until standard input ends.
 *
 * Arguments: the file; what others may do with it meanwhile, as letters: r (read), w (write), d (remove).
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(int count, char **arguments)
{
    if (count != 3) {
        return 2;
    }
    DWORD sharing = 0;
    sharing |= strchr(arguments[2], 'r') != NULL ? FILE_SHARE_READ : 0;
    sharing |= strchr(arguments[2], 'w') != NULL ? FILE_SHARE_WRITE : 0;
    sharing |= strchr(arguments[2], 'd') != NULL ? FILE_SHARE_DELETE : 0;
    HANDLE file = CreateFileA(arguments[1], GENERIC_READ, sharing, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return 1;
    }
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return CloseHandle(file) ? 0 : 1;
}
