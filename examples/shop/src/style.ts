/** The shop's style sheet. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#1a5fb4, #8fbcff); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fafafa, #16181d); }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding: .75rem 1.5rem;
  border-bottom: 1px solid var(--line); background: light-dark(#fff, #1e2128); }
header strong { font-size: 1.15rem; margin-right: .5rem; }
header form { display: inline; }
.who { margin-left: auto; display: flex; gap: 1rem; align-items: center; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); }
table { width: 100%; border-collapse: collapse; background: light-dark(#fff, #1e2128); border: 1px solid var(--line); }
th, td { text-align: left; padding: .55rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .85rem; background: var(--soft); } .number { text-align: right; white-space: nowrap; }
td form { display: inline; } .muted { opacity: .7; font-size: .9rem; }
form.fields { display: grid; gap: .9rem; max-width: 28rem; padding: 1.25rem; border: 1px solid var(--line);
  border-radius: 8px; background: light-dark(#fff, #1e2128); }
label { display: grid; gap: .25rem; font-weight: 600; font-size: .9rem; }
input { font: inherit; font-weight: 400; padding: .45rem .6rem; border: 1px solid light-dark(#888, #777); border-radius: 6px; }
button { font: inherit; padding: .4rem .9rem; border-radius: 6px; border: 1px solid light-dark(#888, #777);
  background: light-dark(#f2f2f2, #2b2f38); color: inherit; cursor: pointer; }
button.main { background: light-dark(#1a5fb4, #2f6fc4); border-color: transparent; color: #fff; font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.notice { padding: .7rem 1rem; border-radius: 6px; border: 1px solid var(--line); margin: 0 0 1rem; }
.notice.error { border-color: light-dark(#c01c28, #ff7b7b); color: light-dark(#a51d2d, #ff9b9b); }
.notice.done { border-color: light-dark(#26a269, #57e389); }
.role { padding: .05rem .5rem; border-radius: 1rem; background: var(--soft); border: 1px solid var(--line); font-size: .85rem; }
`;
