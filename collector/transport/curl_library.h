// libcurl, loaded when the first request is made: most commands never make one, and loading it with the
// thirty libraries that it needs takes longer than they run. Used by curl_client and tls_stream; any thread.
#ifndef ALIBI_COLLECTOR_TRANSPORT_CURL_LIBRARY_H_
#define ALIBI_COLLECTOR_TRANSPORT_CURL_LIBRARY_H_

#include <curl/curl.h>

namespace alibi::transport {

struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_send) easy_send = nullptr;
  decltype(&curl_easy_recv) easy_recv = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
};

// Null: it is not installed here, or too old. Never unloaded, other users of it may live in the process.
const CurlLibrary* curl_library();

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_CURL_LIBRARY_H_
