#include "monitoring_layout.h"

#include "monitoring_layout_312.h"
#include "monitoring_layout_313.h"
#include "monitoring_layout_314.h"
#include "monitoring_layout_315.h"

namespace alibi::python::internals {

const MonitoringLayout* monitoring_layout(unsigned long hexversion) {
#ifdef ALIBI_TEST_HOOKS
  if (forced_hexversion != 0) hexversion = forced_hexversion;
#endif
  constexpr unsigned long kFinalRelease = 0xF;
  if (((hexversion >> 4) & 0xF) != kFinalRelease) return nullptr;
  const unsigned long patch = (hexversion >> 8) & 0xFF;
  switch (hexversion >> 16) {
    case 0x030C:
      return &kLayout312;
    case 0x030D:
      return patch < 3 ? &kLayout313 : &kLayout313Packed;
    case 0x030E:
      return &kLayout314;
    case 0x030F:
      return &kLayout315;
    default:
      return nullptr;
  }
}

}  // namespace alibi::python::internals
