// The URL of a PostgreSQL database as users give it, and as it may be shown: without its password.
//
// Pure, any thread. What cannot be read is not repeated in errors: nobody knows where its password ends.
#ifndef ALIBI_COLLECTOR_SERVE_POSTGRES_ADDRESS_H_
#define ALIBI_COLLECTOR_SERVE_POSTGRES_ADDRESS_H_

#include <string>

#include "tracer/base/result.h"

namespace alibi::serve {

struct PostgresAddress {
  std::string shown;  // "postgresql://user@host:5432/database"
  bool has_password = false;
};

bool is_postgres_url(const std::string& store);
Result<PostgresAddress> read_postgres_url(const std::string& url);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_POSTGRES_ADDRESS_H_
