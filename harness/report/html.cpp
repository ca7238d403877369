// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/html.h"

namespace natstep::harness {

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view page_style() {
  return R"(
:root { color-scheme: light dark; --text: #1c2126; --soft: #57606a; --line: #d5dae0; --page: #fff;
  --panel: #f5f7f9; --good: #17692f; --bad: #a4261d; --open: #805400; --plain: #57606a;
  --curve: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e7eb; --soft: #a3adb8; --line: #39424c;
  --page: #14181c; --panel: #1d2329; --good: #6fce8a; --bad: #ff8f84; --open: #e6b450;
  --plain: #a3adb8; --curve: #79b3f2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 2rem 1.25rem 4rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
p.about { color: var(--soft); margin: 0 0 1.25rem; }
ul.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; list-style: none; padding: 0;
  margin: 0 0 1rem; }
ul.counts b { font-size: 1.3rem; margin-right: .35rem; }
a { color: inherit; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .55rem .75rem .55rem 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); border-top: 0; }
code { background: var(--panel); border-radius: 3px; padding: .05rem .25rem;
  font: .85em ui-monospace, monospace; }
details { margin: .4rem 0 0; } summary { cursor: pointer; color: var(--soft); }
pre, .paths { background: var(--panel); border-radius: 4px; padding: .6rem .75rem; margin: .4rem 0 0;
  font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
)";
}

}  // namespace natstep::harness
