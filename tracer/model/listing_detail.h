// "found:<32 hex digits>", a line in the detail of a listing: the names that the session found there, where
// it has added some or taken some away since. Written by the recorder, read by the collector. Pure.
#ifndef ALIBI_TRACER_MODEL_LISTING_DETAIL_H_
#define ALIBI_TRACER_MODEL_LISTING_DETAIL_H_

#include <string>
#include <string_view>

#include "tracer/base/hash.h"

namespace alibi::model {

inline constexpr std::string_view kFoundKey = "found:";

std::string found_line(const Hash128& names);
// Empty: none of the detail's lines is one.
std::string_view found_line_of(std::string_view detail);

}  // namespace alibi::model

#endif  // ALIBI_TRACER_MODEL_LISTING_DETAIL_H_
