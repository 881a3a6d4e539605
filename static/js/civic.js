/* What HTML alone cannot do: where the focus goes and what is said after a swap by htmx,
 * and small comforts. Every page works without this file. */

const announcer = () => document.getElementById("announcer");
const messages = () => document.getElementById("messages");

/** Say something politely; emptied first, so that the same words are heard twice. */
function announce(words) {
  const region = announcer();
  if (!region || !words) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = words.trim().replace(/\s+/g, " "); }, 120);
}

/** Give the focus to something that cannot take it by itself. */
function focusOn(element) {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) {
    element.setAttribute("tabindex", "-1");
  }
  element.focus();
}

/** The piece that stands where the old one stood: blocks keep their id. */
function newPiece(context) {
  const given = context.target; // a selector after HX-Retarget
  const old = typeof given === "string" ? document.querySelector(given) : given;
  if (old?.isConnected) return old;
  return (old?.id && document.getElementById(old.id)) || null;
}

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.swap === "none") return;
  const piece = newPiece(ctx);
  messages()?.classList.add("messages--near");
  wake(document);
  const spoken = piece?.matches("[data-announce]") ? piece : piece?.querySelector("[data-announce]");
  announce(spoken?.textContent);
  const errors = piece?.querySelector(".error-summary");
  const lost = !document.activeElement || document.activeElement === document.body;
  const wanted = piece?.matches("[data-focus]") ? piece : piece?.querySelector("[data-focus]");
  if (errors) focusOn(errors);
  else if (wanted) focusOn(wanted);
  else if (lost && piece && piece !== document.body) focusOn(piece);
});

/** No answer came: say it where messages stand. */
document.addEventListener("htmx:error", () => {
  const words = document.getElementById("offline");
  if (!words) return;
  messages().replaceChildren(words.content.cloneNode(true));
  messages().classList.add("messages--near");
  wake(document);
});

/** Shows what only works with JavaScript and counts what is typed; may run twice on one element. */
function wake(root) {
  for (const button of root.querySelectorAll(":is([data-dismiss], [data-dialog])[hidden]")) button.hidden = false;
  for (const box of root.querySelectorAll("textarea[data-max]")) count(box);
}

function count(box) {
  const line = document.getElementById(`${box.id}-count`);
  if (!line) return;
  line.dataset.words ??= line.textContent;
  const max = Number(box.dataset.max);
  const length = box.value.replace(/\r\n/g, "\n").length;
  const show = new Intl.NumberFormat(document.documentElement.lang);
  line.textContent = length ? `${show.format(length)} / ${show.format(max)}` : line.dataset.words;
  line.classList.toggle("counter--over", length > max);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-max]")) count(event.target);
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-dismiss]");
  if (close) {
    close.closest(".toast")?.remove();
    focusOn(document.getElementById("inhalt"));
    return;
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
});

/** A second press while the first is under way does nothing (htmx forms mind themselves). */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(release, 8000, form);
});

/** What is sent needs no draft: one saved while the answer is awaited would outlive it. */
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.closest?.("form")?.dataset.sent) event.preventDefault();
});

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
}

/** Back from the browser's memory: the form may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});

wake(document);
const errors = document.getElementById("error_summary");
if (errors) errors.focus();
else announce(messages()?.querySelector("p")?.textContent);
