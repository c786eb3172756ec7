// MicroPython for an emulated Cortex-M3 with what our program finds on a stock ESP32 or RP2 image.
#include <mpconfigport.h>

#undef MICROPY_PY_TIME
#undef MICROPY_PY_SELECT
#undef MICROPY_PY_ASYNCIO
#undef MICROPY_PY_SYS_STDIO_BUFFER
#define MICROPY_PY_TIME (1)
#define MICROPY_PY_SELECT (1)
#define MICROPY_PY_ASYNCIO (1)
#define MICROPY_PY_SYS_STDIO_BUFFER (1)
#define MICROPY_PY_CRYPTOLIB (1)
#define MICROPY_PY_HASHLIB_SHA1 (0)
#define MICROPY_KBD_EXCEPTION (1)
#define MICROPY_ENABLE_SCHEDULER (1)
#define MICROPY_PY_SYS_PATH_ARGV_DEFAULTS (1)

// The VM's idle points sleep until an interrupt: the emulator's host core is left to others.
void board_wait(void);
#define MICROPY_INTERNAL_WFE(timeout_ms) board_wait()

// Called at the end of every start, also a soft one.
void board_start(void);
#define MICROPY_PORT_INIT_FUNC board_start()
