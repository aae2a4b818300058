# In mtcp_tests the library finds the functions of the system's libraries by pointers of the tests:
# __wrap___imp_CALL. Not among them is what the compiler's own libraries call, too.
set(MTCP_WRAPPED_CALLS
    accept bind closesocket connect CreateEventW DeviceIoControl FreeAddrInfoW GetAddrInfoW
    getpeername getsockname getsockopt ioctlsocket listen recv SetConsoleCtrlHandler setsockopt
    shutdown WSADuplicateSocketW WSASend WSASocketW)
list(TRANSFORM MTCP_WRAPPED_CALLS PREPEND __imp_)

set(MTCP_SYSTEM_DEFINITIONS _WIN32_WINNT=0x0602 NOMINMAX WIN32_LEAN_AND_MEAN)
