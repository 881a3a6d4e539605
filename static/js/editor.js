/* Buttons that write Markdown into a text field. The bar is one stop of the Tab key;
 * the arrow keys move inside it. Undo keeps working, because the browser does the typing. */
const AROUND = { bold: ["**", "**"], link: ["[", "](https://)"] };
const LINES = {
  heading: () => "## ",
  list: () => "- ",
  quote: () => "> ",
  numbers: (index) => `${index + 1}. `,
};

/** Replace the selection as if it had been typed, and mark `from` to `to` of the new text. */
function type(box, text, from, to) {
  const start = box.selectionStart;
  box.focus();
  if (!document.execCommand("insertText", false, text)) {
    box.setRangeText(text, start, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  box.setSelectionRange(start + from, start + to);
}

function surround(box, [before, after]) {
  const chosen = box.value.slice(box.selectionStart, box.selectionEnd);
  type(box, before + chosen + after, before.length, before.length + chosen.length);
}

function prefix(box, sign) {
  const start = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
  const stop = box.value.indexOf("\n", box.selectionEnd);
  box.setSelectionRange(start, stop < 0 ? box.value.length : stop);
  const lines = box.value.slice(box.selectionStart, box.selectionEnd).split("\n");
  const text = lines.map((line, index) => sign(index) + line).join("\n");
  type(box, text, text.length, text.length);
}

function barOf(element) {
  return element.closest?.("[data-markdown]");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  const bar = button && barOf(button);
  const box = bar && document.getElementById(bar.dataset.markdown);
  if (!box) return;
  const act = button.dataset.act;
  if (AROUND[act]) surround(box, AROUND[act]);
  else prefix(box, LINES[act]);
});

document.addEventListener("keydown", (event) => {
  const bar = barOf(event.target);
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button")];
  const here = buttons.indexOf(event.target);
  const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const goal = buttons[(next + buttons.length) % buttons.length];
  for (const button of buttons) button.tabIndex = button === goal ? 0 : -1;
  goal.focus();
});

function showBars() {
  for (const bar of document.querySelectorAll("[data-markdown][hidden]")) bar.hidden = false;
}

document.addEventListener("htmx:after:swap", showBars);
showBars();
