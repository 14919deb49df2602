/*
 * Runs a program for Windows and, when a line comes on standard input, tells it that its console was closed, its user logs off or the
 * system shuts down. As the system does it: by a thread in the program that calls the program's handlers, and that is the
 * program's end as soon as they return. What Ctrl+C and Ctrl+Break say goes the same way, and ends nothing by itself.
 *
 * Arguments: the number of the event; the command line. Exit status: the program's, or 99 if it was ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

/* How long after its handlers a program may take that ends by itself at this moment, in milliseconds. */
#define ENDING 500

int main(int count, char **arguments)
{
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION started;
    if (count != 3 || !CreateProcessA(NULL, arguments[2], NULL, NULL, FALSE, 0, NULL, NULL, &start, &started)) {
        return 2;
    }
    getchar();
    ULONG_PTR event = strtoul(arguments[1], NULL, 10);
    FARPROC handlers = GetProcAddress(GetModuleHandleA("kernelbase.dll"), "CtrlRoutine");
    LPTHREAD_START_ROUTINE routine = (LPTHREAD_START_ROUTINE)(void (*)(void))handlers;
    HANDLE thread = routine == NULL ? NULL : CreateRemoteThread(started.hProcess, NULL, 0, routine, (void *)event, 0, NULL);
    if (thread == NULL) {
        TerminateProcess(started.hProcess, 3);
        return 3;
    }
    WaitForSingleObject(thread, INFINITE);
    if (event >= CTRL_CLOSE_EVENT && WaitForSingleObject(started.hProcess, ENDING) == WAIT_TIMEOUT) {
        TerminateProcess(started.hProcess, 99);
    }
    WaitForSingleObject(started.hProcess, INFINITE);
    DWORD status = 0;
    return GetExitCodeProcess(started.hProcess, &status) ? (int)status : 2;
}
