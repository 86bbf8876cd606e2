// The console works without this. It says messages aloud, copies links, and asks in time whether
// somebody is still here.
"use strict";

const status = document.getElementById("status");

// A screen reader tells what changes in a status, not what was in it from the start.
function say(words) {
  const line = document.createElement("p");
  status.replaceChildren();
  setTimeout(() => {
    line.textContent = words;
    status.replaceChildren(line);
  }, 100);
}

// A page that has errors begins at them, even where its address leads to another place of it.
const errors = document.getElementById("errors");
if (errors) errors.focus();
else if (status.textContent.trim()) say(status.textContent.trim());

// A button that copies a field ----------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    say(button.dataset.done);
  });
}

// A file that is too large, told before it is sent -------------------------------------------

for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  field.addEventListener("change", () => {
    const large = [...field.files].some((file) => file.size > Number(field.dataset.most));
    field.setCustomValidity(large ? field.dataset.large : "");
    if (large) field.reportValidity();
  });
}

// Before a session ends -----------------------------------------------------------------------

const dialog = document.getElementById("soon");
if (dialog) watch(dialog);

function watch(dialog) {
  const texts = document.getElementById("soon-texts").content;
  const title = document.getElementById("soon-title");
  const words = document.getElementById("soon-words");
  const stay = document.getElementById("soon-stay");
  const over = document.getElementById("soon-over");
  const asking = title.textContent;
  const warn = Number(dialog.dataset.warn);
  let final = "final" in dialog.dataset;
  let ends = Date.now() + Number(dialog.dataset.left) * 1000;
  let minute = 0;
  let busy = false;

  const text = (name) => texts.querySelector(`[data-text="${name}"]`).textContent;
  const left = () => (ends - Date.now()) / 1000;
  const soonEnough = () => AbortSignal.timeout(20000);  // a line that hangs is as good as none

  function took(answer) {
    ends = Date.now() + answer.left * 1000;
    final = answer.final;
  }

  // Another tab may have gone on, or signed out: ask before saying anything.
  async function ask() {
    const answer = await fetch("/console/session", { headers: { Accept: "application/json" }, signal: soonEnough() });
    if (answer.ok) took(await answer.json());
    else if (answer.status === 401) ends = Date.now();
  }

  function open() {
    minute = 0;
    title.textContent = asking;
    stay.hidden = final;
    over.hidden = !final;
    if (!dialog.open) dialog.showModal();
    tell();
  }

  function tell() {
    const now = Math.max(1, Math.ceil(left() / 60));
    if (now === minute) return;
    minute = now;
    const kind = final ? "last" : "soon";
    words.textContent = texts.querySelector(`[data-${kind}="${now}"]`)?.textContent ?? words.textContent;
  }

  function end() {
    clearInterval(clock);
    title.textContent = text("over_title");
    words.textContent = text("over");
    stay.hidden = true;
    over.hidden = false;
    if (!dialog.open) dialog.showModal();
    over.querySelector("button").focus();
  }

  async function look() {
    if (busy || left() > warn) return;
    busy = true;
    try {
      if (!dialog.open && minute === 0 || left() <= 0) await ask();
      if (left() <= 0) end();
      else if (left() > warn) close();
      else if (minute === 0) open();
      else tell();
    } catch {
      if (left() <= 0) end();  // no network: what the page knows has to do
      else if (minute === 0) open();
    } finally {
      busy = false;
    }
  }

  function close() {
    minute = 0;
    if (dialog.open) dialog.close();
  }

  stay.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const body = new URLSearchParams(new FormData(stay));
      const answer = await fetch(stay.action, {
        method: "POST", headers: { Accept: "application/json" }, body, signal: soonEnough(),
      });
      if (!answer.ok) throw new Error(answer.status);
      took(await answer.json());
      close();
      say(text("stayed"));
    } catch {
      words.textContent = text("unheard");
    }
  });

  const clock = setInterval(look, 1000);
  look();
}
