# The port's own Cortex-M3 machine, and beside it what a stock ESP32 or RP2 image has and this port leaves out.
include boards/MPS2_AN385/mpconfigboard.mk

# The port's settings are read first, then ours (board.h).
CFLAGS += -DMP_CONFIGFILE='"boards/WHISTLE/board.h"'

# Its main loop starts no file, its console cannot be interrupted, its reset leaves the emulator: ours stand in.
SRC_C += boards/WHISTLE/board.c boards/WHISTLE/flash.c
LDFLAGS += -Wl,--wrap=uart_rx_chr,--wrap=mp_hal_stdio_poll,--wrap=exit,--wrap=gc_init,--wrap=mp_semihosting_init

# A file system, and the AES and SHA-256 of stock images: three files of mbedTLS, without TLS.
MICROPY_VFS_LFS2 = 1
CFLAGS += -DMICROPY_SSL_MBEDTLS=1 -DMBEDTLS_CONFIG_FILE='"boards/WHISTLE/mbedtls.h"' -I$(TOP)/lib/mbedtls/include
SRC_C += $(addprefix lib/mbedtls/library/, aes.c sha256.c platform_util.c constant_time.c)
FROZEN_MANIFEST = boards/WHISTLE/manifest.py
LDSCRIPT = boards/WHISTLE/memory.ld
