// Gives a program the three standard streams where its parent closed some of them: else the first files and
// sockets that it opens get their numbers, and what is printed goes there. For main(), before anything else.
// Never fails: without /dev/null a stream stays closed.
#ifndef ALIBI_COLLECTOR_CLI_STANDARD_STREAMS_H_
#define ALIBI_COLLECTOR_CLI_STANDARD_STREAMS_H_

namespace alibi::cli {

void open_closed_streams();

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_STANDARD_STREAMS_H_
