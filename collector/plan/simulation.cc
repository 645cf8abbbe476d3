#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/plan/analysis.h"
#include "collector/plan/items.h"

namespace alibi::plan {
namespace {

// What a worker takes at once: a unit, or all of a group that its share holds.
struct Chunk {
  uint64_t planned_ms = 0, actual_ms = 0;
};
struct Queue {
  std::deque<Chunk> chunks;  // heaviest first
  uint64_t planned_ms = 0;

  Chunk take() {
    const Chunk first = chunks.front();
    chunks.pop_front();
    planned_ms -= first.planned_ms;
    return first;
  }
};

Queue queue_of(const Plan& plan, const std::vector<uint64_t>& unit_ms, const WorkerShare& worker) {
  // Sums stay below UINT64_MAX.
  const uint64_t most = kMostTotal / std::max<size_t>(plan.units.size(), 1);
  std::vector<Chunk> chunks;
  std::map<std::string_view, size_t> groups;
  for (const size_t at : worker.units) {
    if (at >= plan.units.size()) continue;
    const Unit& unit = plan.units[at];
    size_t chunk = chunks.size();
    if (!unit.group.empty()) chunk = groups.emplace(unit.group, chunk).first->second;
    if (chunk == chunks.size()) chunks.emplace_back();
    chunks[chunk].planned_ms += std::min(most, unit.weight_ms);
    chunks[chunk].actual_ms += std::min(most, at < unit_ms.size() ? unit_ms[at] : unit.weight_ms);
  }
  std::stable_sort(chunks.begin(), chunks.end(),
                   [](const Chunk& one, const Chunk& other) { return one.planned_ms > other.planned_ms; });
  Queue queue;
  for (const Chunk& chunk : chunks) queue.planned_ms += chunk.planned_ms;
  queue.chunks.assign(chunks.begin(), chunks.end());
  return queue;
}

// Its own next, else that of the worker with the most left.
Queue* next_queue(std::vector<Queue>* queues, size_t worker, bool steals) {
  Queue* next = worker < queues->size() ? &(*queues)[worker] : nullptr;
  if (next != nullptr && !next->chunks.empty()) return next;
  if (!steals) return nullptr;
  next = nullptr;
  for (Queue& other : *queues) {
    if (!other.chunks.empty() && (next == nullptr || other.planned_ms > next->planned_ms)) next = &other;
  }
  return next;
}

uint64_t node_wall(std::vector<Queue> queues, const Simulation& how) {
  size_t chunks = 0;
  for (const Queue& queue : queues) chunks += queue.chunks.size();
  // More workers than chunks would all idle.
  const size_t workers = std::max(queues.size(), std::min<size_t>(how.workers, chunks));
  using Free = std::pair<uint64_t, size_t>;  // when, which worker
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (size_t worker = 0; worker < workers; ++worker) free.push({how.boot_ms, worker});
  uint64_t wall = 0;
  while (!free.empty()) {
    const auto [now, worker] = free.top();
    free.pop();
    Queue* queue = next_queue(&queues, worker, how.steals);
    if (queue == nullptr) continue;
    const uint64_t done = saturated_sum(now, queue->take().actual_ms);
    wall = std::max(wall, done);
    free.push({done, worker});
  }
  return wall;
}

}  // namespace

uint64_t simulate(const Plan& plan, const std::vector<uint64_t>& unit_ms, const Simulation& how) {
  uint64_t wall = 0;
  for (const NodeShare& node : plan.nodes) {
    std::vector<Queue> queues;
    for (const WorkerShare& worker : node.workers) queues.push_back(queue_of(plan, unit_ms, worker));
    wall = std::max(wall, node_wall(std::move(queues), how));
  }
  return wall;
}

}  // namespace alibi::plan
