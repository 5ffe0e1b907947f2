#pragma once
// What the domain itself shows: what runs here and how a Space is reached. It names no Space, for anybody may look.

#include "gateway/proxy/failure_page.hpp"

namespace gw::proxy {

/// A page, or a small JSON document for whoever accepts that and no HTML. For GET and HEAD.
FailureAnswer index_page(const http::RequestHead&, const RequestContext&);

}  // namespace gw::proxy
