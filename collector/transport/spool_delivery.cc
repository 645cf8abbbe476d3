#include "collector/transport/spool_delivery.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

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

void keep(Payload payload, const Delivery& delivery, Spool* spool, ShipReport* report) {
  if (delivery.fate == Fate::kDelivered) {
    ++report->delivered;
    return;
  }
  complain(delivery.reason, report);
  if (delivery.fate == Fate::kNeverTaken) {
    Result<void> put = spool->put_aside(payload, delivery.reason);
    if (put) {
      ++report->set_aside;
      return;
    }
    spool_failed(std::move(put).error(), report);
  } else {
    Result<GivenUp> put = spool->put(payload);
    if (put) {
      ++report->kept;
      report->given_up.files += put->files;
      report->given_up.bytes += put->bytes;
      return;
    }
    spool_failed(std::move(put).error(), report);
  }
  report->not_kept.push_back(std::move(payload));
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
  const std::vector<Delivery> deliveries = client->send_all(payloads);
  for (size_t at = 0; at < payloads.size(); ++at)
    keep(std::move(payloads[at]), deliveries[at], spool, &report);
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
