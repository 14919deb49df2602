/*
 * Protects the ASCII text on standard input as PowerShell for Windows protects a SecureString: its UTF-16 units with DPAPI for
 * this account, as hexadecimal digits.
 */
#include <stdio.h>
#include <windows.h>
#include <wincrypt.h>

int main(void)
{
    WCHAR text[4096];
    DWORD length = 0;
    for (int byte; length < sizeof text / sizeof *text && (byte = getchar()) != EOF;) {
        text[length++] = (WCHAR)byte;
    }
    DATA_BLOB plain = {length * (DWORD)sizeof *text, (BYTE *)text}, hidden = {0, NULL};
    if (!CryptProtectData(&plain, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &hidden)) {
        return 1;
    }
    for (DWORD i = 0; i < hidden.cbData; i++) {
        printf("%02x", hidden.pbData[i]);
    }
    putchar('\n');
    LocalFree(hidden.pbData);
    return 0;
}
