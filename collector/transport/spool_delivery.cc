#include "collector/transport/spool_delivery.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "collector/compression/gzip.h"

namespace alibi::transport {
namespace {

constexpr size_t kMostComplaints = 5;

void complain(const std::string& text, ShipReport* report) {
  if (text.empty() || report->complaints.size() >= kMostComplaints) return;
  if (std::find(report->complaints.begin(), report->complaints.end(), text) == report->complaints.end())
    report->complaints.push_back(text);
}

void spool_failed(Error error, ShipReport* report) {
  complain(error.message, report);
  if (!report->spool_error) report->spool_error = std::move(error);
}

// In the form in which it will most likely go out: a sixth of the size, and of the time that the disk takes.
void pack(Payload* payload) {
  if (payload->encoding != Encoding::kPlain || entry_of(payload->route).form == BodyForm::kPlain) return;
  Result<std::string> packed = compression::gzip(payload->body);
  if (!packed) return;
  payload->body = std::move(packed).value();
  payload->encoding = Encoding::kGzip;
}

// Counts what became of it. An error: it could be kept nowhere.
Result<void> keep(const Payload& payload, const Delivery& delivery, Spool* spool, std::mutex* mutex,
                  ShipReport* report) {
  if (delivery.fate == Fate::kNeverTaken) {
    if (Result<void> put = spool->put_aside(payload, delivery.reason); !put) return put;
    const std::lock_guard<std::mutex> lock(*mutex);
    ++report->set_aside;
    return {};
  }
  Result<GivenUp> put = spool->put(payload);
  if (!put) return std::move(put).error();
  const std::lock_guard<std::mutex> lock(*mutex);
  ++report->kept;
  report->given_up.files += put->files;
  report->given_up.bytes += put->bytes;
  return {};
}

void settle(Payload* payload, const Delivery& delivery, Spool* spool, std::mutex* mutex, ShipReport* report) {
  Result<void> kept;
  if (delivery.fate != Fate::kDelivered) {
    try {
      pack(payload);
      kept = keep(*payload, delivery, spool, mutex, report);
    } catch (const std::bad_alloc&) {
      kept = Error{ErrorCode::kOutOfMemory, 0, {}};
    }
  }
  const std::lock_guard<std::mutex> lock(*mutex);
  if (delivery.fate == Fate::kDelivered) ++report->delivered;
  complain(delivery.reason, report);
  if (kept) return;
  spool_failed(std::move(kept).error(), report);
  report->not_kept.push_back(std::move(*payload));
}

Result<void> end_claim(SpoolClaim* claim, const Delivery& delivery, ShipReport* report) {
  complain(delivery.reason, report);
  switch (delivery.fate) {
    case Fate::kDelivered:
      ++report->delivered;
      return claim->delivered();
    case Fate::kNeverTaken:
      ++report->set_aside;
      return claim->set_aside(delivery.reason);
    case Fate::kTryLater:
      break;
  }
  ++report->kept;
  if (delivery.tries == 0) return {};
  return claim->failed();
}

void ship_one(const std::string& name, IntakeClient* client, Spool* spool, std::mutex* mutex,
              ShipReport* report) {
  if (client->has_stopped()) {
    const std::lock_guard<std::mutex> lock(*mutex);
    ++report->kept;
    return;
  }
  Result<ClaimAnswer> answer = spool->claim(name);
  if (!answer || !answer->claim) {
    const std::lock_guard<std::mutex> lock(*mutex);
    if (!answer) {
      spool_failed(std::move(answer).error(), report);
    } else if (!answer->damage.empty()) {
      ++report->damaged;
      complain(answer->damage, report);
    }
    return;
  }
  const Delivery delivery = client->send(answer->claim->payload());
  const std::lock_guard<std::mutex> lock(*mutex);
  if (Result<void> ended = end_claim(&*answer->claim, delivery, report); !ended)
    spool_failed(std::move(ended).error(), report);
}

}  // namespace

ShipReport ship(std::vector<Payload> payloads, IntakeClient* client, Spool* spool) {
  ShipReport report;
  report.not_kept.reserve(payloads.size());
  const std::vector<Delivery> deliveries = client->send_all(payloads);
  std::mutex mutex;
  // The disk syncs several files at once in hardly more time than one.
  in_parallel(payloads.size(), client->connections(),
              [&](size_t at) { settle(&payloads[at], deliveries[at], spool, &mutex, &report); });
  return report;
}

ShipReport ship_waiting(IntakeClient* client, Spool* spool) {
  ShipReport report;
  Result<std::vector<std::string>> names = spool->waiting(&report.given_up);
  if (!names) {
    spool_failed(std::move(names).error(), &report);
    return report;
  }
  std::mutex mutex;
  in_parallel(names->size(), client->connections(), [&](size_t at) {
    try {
      ship_one((*names)[at], client, spool, &mutex, &report);
    } catch (const std::bad_alloc&) {
      const std::lock_guard<std::mutex> lock(mutex);
      ++report.kept;  // it lies where it lay
    }
  });
  return report;
}

}  // namespace alibi::transport
