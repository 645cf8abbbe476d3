#include "collector/crash/crash_json.h"

#include <nlohmann/json.hpp>

namespace alibi::collector {
namespace {

using nlohmann::json;

json frame_json(const NativeFrame& frame) {
  return json{{"function", frame.function},
              {"file", frame.file},
              {"line", frame.line},
              {"module", frame.module},
              {"offset", frame.offset}};
}

json thread_json(const NativeThread& thread) {
  json frames = json::array();
  for (const NativeFrame& frame : thread.frames) frames.push_back(frame_json(frame));
  return json{{"thread", thread.thread_id},
              {"reporting", thread.reporting},
              {"cut", thread.cut},
              {"frames", std::move(frames)}};
}

json crash_json(const Crash& crash) {
  json threads = json::array();
  for (const NativeThread& thread : crash.threads) threads.push_back(thread_json(thread));
  return json{{"kind", crash.hang ? "hang" : "crash"},
              {"headline", headline(crash)},
              {"test", crash.in_test ? json(crash.name) : json(nullptr)},
              {"collection", crash.in_test || crash.name.empty() ? json(nullptr) : json(crash.name)},
              {"name_cut", crash.name_cut},
              {"signal", crash.signal},
              {"address", crash.has_address ? json(crash.address) : json(nullptr)},
              {"after_s", crash.after_s},
              {"process", crash.process_id},
              {"forked", crash.forked},
              {"shard", crash.shard},
              {"threads", std::move(threads)},
              {"python", crash.python},
              {"python_cut", crash.python_cut},
              {"notes", crash.notes},
              {"complete", crash.complete}};
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

bool truth_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// The objects of a list; nothing where there is none.
template <typename Take>
void each_object(const json& object, const char* key, Take&& take) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return;
  for (const json& item : *found) {
    if (item.is_object()) take(item);
  }
}

NativeThread thread_of(const json& object) {
  NativeThread thread{static_cast<uint32_t>(number_of(object, "thread")),
                      truth_of(object, "reporting"),
                      truth_of(object, "cut"),
                      {}};
  each_object(object, "frames", [&](const json& frame) {
    thread.frames.push_back({text_of(frame, "function"), text_of(frame, "file"),
                             static_cast<uint32_t>(number_of(frame, "line")), text_of(frame, "module"),
                             number_of(frame, "offset")});
  });
  return thread;
}

Crash crash_of(const json& object) {
  Crash crash;
  crash.hang = text_of(object, "kind") == "hang";
  crash.name = text_of(object, "test");
  crash.in_test = !crash.name.empty();
  if (!crash.in_test) crash.name = text_of(object, "collection");
  crash.name_cut = truth_of(object, "name_cut");
  crash.signal = text_of(object, "signal");
  const auto address = object.find("address");
  crash.has_address = address != object.end() && address->is_number_unsigned();
  crash.address = number_of(object, "address");
  const auto after = object.find("after_s");
  if (after != object.end() && after->is_number()) crash.after_s = after->get<double>();
  crash.process_id = static_cast<uint32_t>(number_of(object, "process"));
  crash.forked = truth_of(object, "forked");
  crash.shard = text_of(object, "shard");
  each_object(object, "threads", [&](const json& thread) { crash.threads.push_back(thread_of(thread)); });
  crash.python = text_of(object, "python");
  crash.python_cut = truth_of(object, "python_cut");
  const auto notes = object.find("notes");
  if (notes != object.end() && notes->is_array()) {
    for (const json& note : *notes) {
      if (note.is_string()) crash.notes.push_back(note.get<std::string>());
    }
  }
  crash.complete = truth_of(object, "complete");
  return crash;
}

}  // namespace

json crashes_json(const std::vector<Crash>& crashes) {
  json list = json::array();
  for (const Crash& crash : crashes) list.push_back(crash_json(crash));
  return list;
}

void keep_crashes(const std::vector<Crash>& crashes, std::string* document) {
  if (crashes.empty()) return;
  json object = json::parse(*document, nullptr, false);
  if (!object.is_object()) object = json::object();
  object["crashes"] = crashes_json(crashes);
  *document = object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<Crash> kept_crashes(const std::string& document) {
  std::vector<Crash> crashes;
  if (document.find("\"crashes\"") == std::string::npos) return crashes;
  const json object = json::parse(document, nullptr, false);
  if (!object.is_object()) return crashes;
  each_object(object, "crashes", [&](const json& crash) { crashes.push_back(crash_of(crash)); });
  return crashes;
}

}  // namespace alibi::collector
