// The board's flash as stock boards have it: a block device in C. It is the machine's second memory.

#include <string.h>

#include "py/runtime.h"
#include "extmod/vfs.h"

#define FLASH ((uint8_t *)0x21000000)
#define BLOCKS (512)
#define BLOCK (4096)

static uint8_t *place(mp_obj_t block, size_t n_args, const mp_obj_t *args, size_t size) {
    size_t at = mp_obj_get_int(block) * BLOCK + (n_args > 3 ? mp_obj_get_int(args[3]) : 0);
    if (at + size > BLOCKS * BLOCK) {
        mp_raise_ValueError(MP_ERROR_TEXT("beyond the flash"));
    }
    return FLASH + at;
}

static mp_obj_t readblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t into;
    mp_get_buffer_raise(args[2], &into, MP_BUFFER_WRITE);
    memcpy(into.buf, place(args[1], n_args, args, into.len), into.len);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(readblocks_obj, 3, 4, readblocks);

static mp_obj_t writeblocks(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t from;
    mp_get_buffer_raise(args[2], &from, MP_BUFFER_READ);
    memcpy(place(args[1], n_args, args, from.len), from.buf, from.len);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(writeblocks_obj, 3, 4, writeblocks);

static mp_obj_t control(mp_obj_t self, mp_obj_t operation, mp_obj_t argument) {
    switch (mp_obj_get_int(operation)) {
        case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
            return MP_OBJ_NEW_SMALL_INT(BLOCKS);
        case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
            return MP_OBJ_NEW_SMALL_INT(BLOCK);
        case MP_BLOCKDEV_IOCTL_BLOCK_ERASE:
            memset(place(argument, 0, NULL, BLOCK), 0xFF, BLOCK);
    }
    return MP_OBJ_NEW_SMALL_INT(0);
}
static MP_DEFINE_CONST_FUN_OBJ_3(control_obj, control);

static const mp_rom_map_elem_t flash_table[] = {
    { MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&readblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&writeblocks_obj) },
    { MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&control_obj) },
};
static MP_DEFINE_CONST_DICT(flash_dict, flash_table);
static MP_DEFINE_CONST_OBJ_TYPE(flash_type, MP_QSTR_Flash, MP_TYPE_FLAG_NONE, locals_dict, &flash_dict);
static const mp_obj_base_t flash = { &flash_type };

static const mp_rom_map_elem_t module_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_board) },
    { MP_ROM_QSTR(MP_QSTR_flash), MP_ROM_PTR(&flash) },
};
static MP_DEFINE_CONST_DICT(module_dict, module_table);
const mp_obj_module_t board_module = { { &mp_type_module }, (mp_obj_dict_t *)&module_dict };
MP_REGISTER_MODULE(MP_QSTR_board, board_module);
