/* Stands in for bcryptprimitives.dll under Wine, which has none before version 9: random bytes come from advapi32. Rust's
   standard library asks for it. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}
