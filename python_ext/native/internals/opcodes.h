/* Opcode numbers that probes are made of, and which generic instruction a specialised one stands for.
 *
 * From CPython's internal headers, which only C can include, so this is C. Opcode numbers are frozen
 * within a minor release; the start-up self-test compares them with what the interpreter says. */
#ifndef ALIBI_PYTHON_EXT_INTERNALS_OPCODES_H_
#define ALIBI_PYTHON_EXT_INTERNALS_OPCODES_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct alibi_opcodes {
  uint8_t resume;
  uint8_t resume_units; /* code units of RESUME with its cache */
  uint8_t instrumented_resume;
  uint8_t instrumented_line;
  uint8_t instrumented_instruction;
  uint8_t enter_executor;        /* 0: this release has none */
  uint8_t smallest_instrumented; /* this one and all above are put in by the interpreter or by us */
  uint8_t generic[256];          /* by opcode; instrumented ones stand for themselves */
  uint8_t kept[256]; /* the same, but specialised ones that a probe may stand on stay as they are */
} alibi_opcodes;

void alibi_fill_opcodes(alibi_opcodes* opcodes);

#ifdef __cplusplus
}
#endif
#endif /* ALIBI_PYTHON_EXT_INTERNALS_OPCODES_H_ */
