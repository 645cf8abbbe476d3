#include "collector/serve/style.h"

namespace alibi::serve {

const char* style_sheet() {
  return R"(:root{color-scheme:light dark;--back:#fff;--fore:#1b1f24;--soft:#5b6470;--line:#d5dae1;--mark:#f3f5f8;
--link:#0b57c2;--pass:#12702f;--fail:#b3121d;--skip:#7a5500}
@media(prefers-color-scheme:dark){:root{--back:#14171b;--fore:#e4e8ed;--soft:#9aa5b1;--line:#333a43;--mark:#1d2127;
--link:#7cb3ff;--pass:#5fd38a;--fail:#ff8a8a;--skip:#e8bb55}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--fore);font:16px/1.5 system-ui,sans-serif}
header{border-bottom:1px solid var(--line);background:var(--mark)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:.6rem 1rem;max-width:80rem;margin:auto}
main{padding:1rem;max-width:80rem;margin:auto}
a{color:var(--link)}a[aria-current]{color:inherit;font-weight:600;text-decoration:none}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.jump{position:absolute;left:-99rem}.jump:focus{left:1rem;top:.3rem;background:var(--back);padding:.2rem .5rem}
h1{font-size:1.4rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin-top:1.6rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.85rem;color:var(--soft);white-space:nowrap}
td{overflow-wrap:anywhere}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.suite,small,dt{color:var(--soft)}
.status{font-weight:600}.pass{color:var(--pass)}.fail{color:var(--fail)}.status.skip{color:var(--skip)}
pre{overflow-x:auto;background:var(--mark);padding:.6rem;border:1px solid var(--line);font-size:.85rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}
form{margin:.8rem 0}input,button,select{font:inherit;color:inherit;background:var(--back);border:1px solid var(--soft);
border-radius:.3rem;padding:.3rem .6rem}button{background:var(--mark);cursor:pointer}
fieldset{border:1px solid var(--line);border-radius:.3rem}label{display:inline-block;padding:.2rem .4rem .2rem 0}
.bar{display:inline-block;width:.6rem;height:1.1rem;margin-right:2px;background:var(--soft)}
.bar.pass{background:var(--pass)}.bar.fail{background:var(--fail)}.bar.skip{background:var(--skip)}
code{font-family:ui-monospace,monospace;font-size:.9em}
td code{white-space:pre-wrap}
@media(max-width:40rem){th,td{padding:.3rem .35rem}body{font-size:15px}dl{grid-template-columns:1fr}}
)";
}

}  // namespace alibi::serve
