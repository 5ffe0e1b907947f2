#pragma once
// How the pages of our own look: a card in the middle, light or dark as the browser is, and nothing that is fetched.

#include <string_view>

namespace gw::proxy {

/// Stands in the head of the failure pages and of the index page.
inline constexpr std::string_view page_style =
    "<style>:root{color-scheme:light dark;--b:#f6f7f9;--f:#1c2330;--m:#667085;--c:#fff;--l:#e4e7ec}"
    "@media(prefers-color-scheme:dark){:root{--b:#0f131a;--f:#e8ecf3;--m:#98a2b3;--c:#171c26;--l:#262d3a}}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--b);color:var(--f);"
    "font:16px/1.5 system-ui,sans-serif}main{max-width:30rem;margin:1rem;padding:2rem;background:var(--c);"
    "border:1px solid var(--l);border-radius:14px}h1{margin:0 0 .5rem;font-size:1.35rem}p{margin:0 0 "
    "1rem}p:last-child{margin:0}"
    "code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}"
    "small{color:var(--m);font:12px/1.6 ui-monospace,monospace;overflow-wrap:anywhere}</style>";

}  // namespace gw::proxy
