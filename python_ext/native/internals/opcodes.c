#include "opcodes.h"

#define Py_BUILD_CORE
#include <Python.h>

#if PY_VERSION_HEX < 0x030D0000
#define NEED_OPCODE_TABLES
#include <internal/pycore_opcode.h>
#include <opcode.h>
#else
#if PY_VERSION_HEX < 0x030F0000 /* later releases export the table */
#define NEED_OPCODE_METADATA
#endif
#include <internal/pycore_opcode_metadata.h>
#include <opcode_ids.h>
#endif

/* Those that begin lines and whose specialised forms do nothing beyond their own instruction. */
static int is_kept(int generic) {
#ifdef Py_DEBUG
  return 0; /* asserts that tables hold generic opcodes */
#else
  return generic == LOAD_GLOBAL || generic == LOAD_ATTR || generic == STORE_ATTR || generic == FOR_ITER ||
         generic == COMPARE_OP;
#endif
}

void alibi_fill_opcodes(alibi_opcodes* opcodes) {
  opcodes->resume = RESUME;
  opcodes->resume_units = (uint8_t)(1 + _PyOpcode_Caches[RESUME]);
  opcodes->instrumented_resume = INSTRUMENTED_RESUME;
  opcodes->instrumented_line = INSTRUMENTED_LINE;
  opcodes->instrumented_instruction = INSTRUMENTED_INSTRUCTION;
#ifdef ENTER_EXECUTOR
  opcodes->enter_executor = ENTER_EXECUTOR;
#else
  opcodes->enter_executor = 0;
#endif
  opcodes->smallest_instrumented = MIN_INSTRUMENTED_OPCODE;
  for (int opcode = 0; opcode < 256; ++opcode) {
    opcodes->generic[opcode] = (uint8_t)(opcode < MIN_INSTRUMENTED_OPCODE ? _PyOpcode_Deopt[opcode] : opcode);
    opcodes->kept[opcode] = (uint8_t)(is_kept(opcodes->generic[opcode]) ? opcode : opcodes->generic[opcode]);
  }
}
