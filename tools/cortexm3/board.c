// The emulated board: a clock that never wraps, a console that can be interrupted, a start like a stock board's.
//
// Interrupts: SysTick once a millisecond (wakes sleepers, keeps the clock's upper half), the UART's for a byte. Time is
// a timer of 25 MHz (one count is 40 ns of the emulator's virtual time).

#include "py/gc.h"
#include "py/mphal.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "shared/runtime/interrupt_char.h"
#include "shared/runtime/pyexec.h"
#include "uart.h"

#define REG(at) (*(volatile uint32_t *)(at))
#define SYSTICK_CTRL REG(0xE000E010)
#define SYSTICK_LOAD REG(0xE000E014)
#define SYSTICK_VALUE REG(0xE000E018)
#define NVIC_ENABLE REG(0xE000E100)
#define VECTORS REG(0xE000ED08)
#define RESET REG(0xE000ED0C)
#define TIMER_CTRL REG(0x40000000)
#define TIMER_VALUE REG(0x40000004)
#define TIMER_RELOAD REG(0x40000008)
#define UART_DATA REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL REG(0x40004008)
#define UART_INTERRUPT REG(0x4000400C)
#define HZ (25000000)
#define TICKS_A_US (HZ / 1000000)

extern const uint32_t isr_vector[];
static uint32_t vectors[64] __attribute__((aligned(256)));
static uint8_t typed[4096];
static ringbuf_t ring = {typed, sizeof(typed), 0, 0};
static uint32_t upper, before;

static inline uint32_t hold(void) {
    uint32_t was;
    __asm volatile ("mrs %0, primask\ncpsid i" : "=r" (was) :: "memory");
    return was;
}

static inline void release(uint32_t was) {
    __asm volatile ("msr primask, %0" :: "r" (was) : "memory");
}

static uint64_t ticks(void) {
    uint32_t was = hold();
    uint32_t now = ~TIMER_VALUE;
    upper += now < before;
    before = now;
    uint64_t all = (uint64_t)upper << 32 | now;
    release(was);
    return all;
}

static void tick(void) {
    ticks();
}

// Takes bytes while there is room; a full ring leaves them in the UART, which then takes no more from the line.
// The interrupt is cleared first: a byte that comes while others are taken asks anew, and is not left lying for ever.
static void receive(void) {
    UART_INTERRUPT = 2;
    while (UART_STATE & 2) {
        if (!ringbuf_free(&ring)) {
            UART_CTRL &= ~8u;
            break;
        }
        int c = UART_DATA & 255;
        if (c == mp_interrupt_char) {
            mp_sched_keyboard_interrupt();
        } else {
            ringbuf_put(&ring, c);
        }
    }
}

void board_wait(void) {
    uint32_t was = hold();
    if (!ringbuf_avail(&ring)) {
        __asm volatile ("wfi");
    }
    release(was);
}

int __wrap_uart_rx_chr(void) {
    mp_handle_pending(true);
    int c = ringbuf_get(&ring);
    if (c < 0) {
        board_wait();
        return UART_RX_NO_CHAR;
    }
    UART_CTRL |= 8;
    uint32_t was = hold();
    receive();
    release(was);
    return c;
}

uintptr_t __wrap_mp_hal_stdio_poll(uintptr_t wanted) {
    uintptr_t ready = wanted & MP_STREAM_POLL_WR;
    return ringbuf_avail(&ring) ? ready | (wanted & MP_STREAM_POLL_RD) : ready;
}

// Semihosting would let the guest open files of the host; nothing here needs it.
void __wrap_mp_semihosting_init(void) {
}

// The heap is as large as the last word of the machine's second memory says (0: as it was built), which is set from
// outside: boards have from 100 to 200 KiB of it.
void __real_gc_init(void *start, void *end);
void __wrap_gc_init(void *start, void *end) {
    uint32_t size = REG(0x21FFFFFC);
    if (size && size < (size_t)((char *)end - (char *)start)) {
        end = (char *)start + size;
    }
    __real_gc_init(start, end);
}

// machine.reset() ends in exit(): a board starts anew, its flash (the machine's second memory) as it was.
void __wrap_exit(int status) {
    (void)status;
    RESET = 0x05FA0004;
    for (;;) {
    }
}

mp_uint_t mp_hal_ticks_ms(void) {
    return ticks() / (TICKS_A_US * 1000);
}

mp_uint_t mp_hal_ticks_us(void) {
    return ticks() / TICKS_A_US;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return ticks();
}

uint64_t mp_hal_time_ns(void) {
    return ticks() * (1000 / TICKS_A_US);
}

void mp_hal_delay_us(mp_uint_t us) {
    for (uint64_t end = ticks() + (uint64_t)us * TICKS_A_US; ticks() < end;) {
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    for (uint64_t end = ticks() + (uint64_t)ms * 1000 * TICKS_A_US; ticks() < end;) {
        mp_handle_pending(true);
        uint32_t was = hold();
        __asm volatile ("wfi");
        release(was);
    }
}

static void power_on(void) {
    for (int i = 0; i < 64; i++) {
        vectors[i] = isr_vector[i < 16 ? i : 2];
    }
    vectors[15] = (uint32_t)&tick;
    vectors[16] = (uint32_t)&receive;
    VECTORS = (uint32_t)vectors;
    TIMER_RELOAD = 0xFFFFFFFF;
    TIMER_VALUE = 0xFFFFFFFF;
    TIMER_CTRL = 1;
    UART_CTRL |= 8;
    receive(); // a byte from before the line above asked nobody
    NVIC_ENABLE = 1;
    SYSTICK_LOAD = HZ / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CTRL = 7;
}

// As stock boards start: the file system by the frozen _boot.py, boot.py, and main.py unless a raw REPL was asked for.
void board_start(void) {
    if (!vectors[0]) {
        power_on();
    }
    pyexec_frozen_module("_boot.py", false);
    pyexec_file_if_exists("boot.py");
    if (pyexec_mode_kind == PYEXEC_MODE_FRIENDLY_REPL) {
        pyexec_file_if_exists("main.py");
    }
}
