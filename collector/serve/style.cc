#include "collector/serve/style.h"

namespace alibi::serve {

const char* style_sheet() {
  return R"(:root{color-scheme:light dark;--back:#fff;--fore:#1b1f24;--soft:#545d69;--line:#d7dce3;--card:#f6f8fa;
--link:#0a51b5;--pass:#11672b;--fail:#b3121d;--skip:#765200;--out:#5a3fb0;--pass-fill:#2c9a4f;--fail-fill:#d23340;
--skip-fill:#c99a2e;--out-fill:#8f7ae0;--took:#7d8896;--tint-fail:#fdecec;--tint-pass:#e8f5ec;--tint-skip:#fbf3df;--tint-out:#efebfb}
@media(prefers-color-scheme:dark){:root{--back:#14171b;--fore:#e4e8ed;--soft:#a3adb9;--line:#333a43;--card:#1c2026;
--link:#85b8ff;--pass:#6bd993;--fail:#ff9a9a;--skip:#ebc267;--out:#bfadff;--pass-fill:#3fa463;--fail-fill:#e5575f;
--skip-fill:#b98d2c;--out-fill:#8672d6;--took:#77818d;--tint-fail:#3a1d20;--tint-pass:#16301f;--tint-skip:#33290f;--tint-out:#29234a}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--fore);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
header{border-bottom:1px solid var(--line);background:var(--card)}
header nav{display:flex;flex-wrap:wrap;align-items:center;gap:.15rem;padding:.4rem 1rem;max-width:80rem;margin:auto}
.brand{display:inline-flex;align-items:center;gap:.45rem;margin-right:.8rem}
header nav a{padding:.3rem .6rem;border-radius:.4rem;text-decoration:none;color:inherit}
header nav a:hover{background:var(--line)}header nav a[aria-current]{font-weight:600;box-shadow:inset 0 -2px var(--link);border-radius:0}
main{padding:.5rem 1rem 3rem;max-width:80rem;margin:auto}main:focus{outline:none}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.2rem}
.jump{position:absolute;left:-99rem}.jump:focus{left:1rem;top:.3rem;background:var(--back);padding:.3rem .6rem;z-index:1}
h1,h2,td,dd,li,.suite,.test,summary,legend,pre{unicode-bidi:isolate;overflow-wrap:anywhere}
h1{font-size:1.45rem;line-height:1.3;margin:1rem 0 .6rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}
.top{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem .8rem;margin:1rem 0 .6rem}.top h1{margin:0;min-width:0}
.lead,.note,.empty,.legend{color:var(--soft)}.note,.lead{margin:.3rem 0}
.empty{background:var(--card);border:1px dashed var(--line);border-radius:.5rem;padding:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem 1rem}.card p{margin:.3rem 0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.82rem;font-weight:600;color:var(--soft);white-space:nowrap}
tbody tr:hover{background:var(--card)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
time{white-space:nowrap}
.suite,small,dt{color:var(--soft)}.suite{display:block;font-size:.82rem}
.fail{color:var(--fail)}.pass{color:var(--pass)}.skip{color:var(--skip)}.out{color:var(--out)}
.status{display:inline-flex;align-items:center;gap:.3rem;padding:.05rem .55rem .05rem .4rem;border-radius:1rem;font-size:.85rem;
font-weight:600;white-space:nowrap;background:var(--card);border:1px solid var(--line)}
.status.fail{background:var(--tint-fail);border-color:transparent}.status.pass{background:var(--tint-pass);border-color:transparent}
.status.skip{background:var(--tint-skip);border-color:transparent}.status.out{background:var(--tint-out);border-color:transparent}
.sign{flex:none}
@media(min-width:48.01rem){td:has(>.status){width:1%}}
.badge{display:inline-block;padding:0 .45rem;border:1px solid var(--soft);border-radius:.3rem;font-size:.78rem;color:var(--soft);white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;margin:.8rem 0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem .8rem}
.figures dt{font-size:.82rem}.figures dd{font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums}
dl{margin:1rem 0}dd{margin:0}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1.2rem}
@media(min-width:64rem){.facts{grid-template-columns:max-content minmax(0,1fr) max-content minmax(0,1fr)}}
.facts dd{max-height:12rem;overflow-y:auto}
.tabs,.neighbours{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:.8rem 0}
.tabs a,.neighbours a{padding:.25rem .7rem;border:1px solid var(--line);border-radius:1rem;text-decoration:none}
.tabs a[aria-current]{background:var(--fore);color:var(--back);border-color:var(--fore)}
.neighbours span{color:var(--soft)}
details{margin:.3rem 0}td>details:first-child,td>ul:first-child{margin-top:0}summary{cursor:pointer}summary strong{color:var(--fail);font-weight:600}ul.names{margin:.2rem 0;padding-left:1.1rem}
pre{overflow:auto;max-height:32rem;background:var(--card);padding:.6rem .8rem;border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;
font:.82rem/1.5 ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:normal}
code{font-family:ui-monospace,SFMono-Regular,Consolas,monospace;font-size:.88em;color:var(--soft)}
.source{max-height:none;overflow:visible;margin:0;padding:.1rem 0;background:none;border:0;border-left:.3rem solid transparent;border-radius:0}
.source.ran{border-left-color:var(--pass-fill)}
.line{display:block;white-space:pre-wrap;overflow-wrap:anywhere;padding-left:3.2rem;text-indent:-3.2rem}.line::before{content:attr(data-line);display:inline-block;width:3.2rem;padding-right:1rem;text-align:right;color:var(--soft);text-indent:0}
.line:target{background:var(--tint-skip)}
td:has(>.source){padding-top:0;padding-bottom:0;width:62%;max-width:1px}
.list{list-style:none;padding:0}.list li{padding:.3rem .2rem;border-bottom:1px solid var(--line)}
form{margin:.8rem 0}input,button{font:inherit;color:inherit;background:var(--back);border:1px solid var(--soft);
border-radius:.4rem;padding:.3rem .7rem;max-width:100%}input[type=search]{width:20rem;margin-right:.4rem}
input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:-.15rem;margin:0 .3rem 0 0;padding:0}
button{background:var(--card);cursor:pointer;font-weight:600;margin-top:.25rem}button:hover{background:var(--line)}
fieldset{border:0;padding:0;margin:0;min-width:0}legend{font-weight:600;padding:0;margin-bottom:.2rem}fieldset label{display:block;padding:.25rem 0 .25rem 1.7rem;text-indent:-1.7rem}
.shares{display:block;width:100%;height:.6rem;border-radius:.3rem}
rect.pass{fill:var(--pass-fill)}rect.fail{fill:var(--fail-fill)}rect.skip{fill:var(--skip-fill)}rect.out,rect.saved{fill:var(--out-fill)}rect.took{fill:var(--took)}
.chart{overflow-x:auto;padding:.4rem 0}.bars{display:block}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;vertical-align:-.05rem;margin-right:.35rem}
.key.took{background:var(--took)}.key.saved{background:var(--out-fill);margin-left:1rem}
@media(max-width:48rem){
body{font-size:15px}header nav{padding:.3rem .5rem;gap:0;font-size:.93rem}header nav a{padding:.3rem .4rem}header nav a[aria-current]{font-weight:400}.brand{margin-right:.2rem}.brand strong{display:none}
main{padding:.2rem .8rem 2rem}.facts{grid-template-columns:5.6rem minmax(0,1fr);gap:.15rem .4rem}
.figures{grid-template-columns:repeat(auto-fit,minmax(6.2rem,1fr));gap:.4rem}.figures div{padding:.35rem .6rem}.figures dd{font-size:1.1rem}
table,tbody,tr,td{display:block}thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{display:flex;flex-wrap:wrap;gap:.1rem .9rem;padding:.6rem 0;border-bottom:1px solid var(--line);align-items:baseline}
td{padding:0;border:0;min-width:0;max-width:100%}td.number{text-align:left}td:empty{display:none}
td.number::before{content:attr(data-label) " ";color:var(--soft);font-size:.82rem}
td:has(.test),td:has(details),td:has(>.source){flex:1 0 100%;width:auto;max-width:100%}
tr:has(>td>.test){row-gap:.3rem}
.line{padding-left:2.6rem;text-indent:-2.6rem}.line::before{width:2.6rem;padding-right:.6rem}
input[type=search]{width:100%;margin:.2rem 0 .4rem}}
)";
}

}  // namespace alibi::serve
