// The style sheet of all pages: dark and light as the browser asks, narrow screens, visible focus. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_STYLE_H_
#define ALIBI_COLLECTOR_SERVE_STYLE_H_

namespace alibi::serve {

const char* style_sheet();

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_STYLE_H_
