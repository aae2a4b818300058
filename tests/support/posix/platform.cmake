# In mtcp_tests a call of CALL in the library lands in __wrap_CALL, which may fail it, count it or
# pass it on to __real_CALL.
set(MTCP_WRAPPED_CALLS
    accept4 bind close connect eventfd fcntl freeaddrinfo getaddrinfo getpeername getsockname
    getsockopt ioctl listen pipe2 poll ppoll read recv send sendmsg setsockopt shutdown sigaction
    socket splice write)
