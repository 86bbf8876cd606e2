// Words are saved while somebody types, and what is found in them is told under each field. The
// page works without this: its button saves. Nothing here moves the focus while somebody writes.
"use strict";

const form = document.getElementById("words");
const saved = document.getElementById("saved");
if (form && saved) write(form, saved);

function write(form, saved) {
  const PAUSE = 1200;
  const AGAIN = 8000;
  const NEWS = 20000;
  const PATIENCE = 20000;  // with a line that hangs: it may have saved, and may be told again
  const fields = [...form.elements].filter((one) => one.id && one.name && !one.readOnly && one.type !== "hidden");
  const held = new Set();  // two people's words met: somebody chooses first
  let clean = new Map(fields.map((one) => [one, one.value]));
  let busy = false;
  let ended = false;
  let waits = 0;

  const seenOf = (field) => form.elements[`seen:${field.name}`];
  const isDirty = (field) => field.value !== clean.get(field);
  const dirty = () => fields.filter((one) => isDirty(one) && !held.has(one));
  const toSave = () => fields.some(isDirty);

  function tell(words) {
    if (saved.textContent !== words) saved.textContent = words;
  }

  tell(saved.dataset.typing);

  // Saving ------------------------------------------------------------------------------------

  function soon(pause = PAUSE) {
    clearTimeout(waits);
    waits = setTimeout(save, pause);
  }

  async function save(deed = "") {
    if (ended) return;
    if (busy) return void soon();
    const sent = new Map(dirty().map((one) => [one, one.value]));
    if (!sent.size && !deed) return;
    clearTimeout(waits);
    busy = true;
    try {
      const answer = await post(sent, deed);
      if (answer.status === 401) return over();
      if (!answer.ok) return tell(answer.status === 413 ? saved.dataset.large : saved.dataset.refused);
      took(await answer.json(), sent, deed);
    } catch {
      tell(saved.dataset.lost);
      return void soon(AGAIN);
    } finally {
      busy = false;
    }
    if (dirty().length) soon();
  }

  function post(sent, deed) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, do: deed });
    for (const [field, text] of sent) {
      body.set(field.name, text);
      body.set(`seen:${field.name}`, seenOf(field).value);
    }
    const [verb, name] = parts(deed);
    if (verb === "undo" && form.elements[`seen:${name}`]) body.set(`seen:${name}`, form.elements[`seen:${name}`].value);
    if (verb === "both") body.set(`both:${name}`, form.elements[`both:${name}`].value);
    const signal = AbortSignal.timeout(PATIENCE);
    return fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body, signal });
  }

  // The session has ended: the words stay, and the button sends them by way of the sign-in page.
  function over() {
    ended = true;
    tell(saved.dataset.over);
  }

  // What the line answers ---------------------------------------------------------------------

  function took(answer, sent, deed) {
    const others = show(answer, sent, deed);
    const words = [...answer.held, answer.saved, others ? saved.dataset.news : "", answer.told];
    if (answer.saved || answer.held.length || others) tell(words.filter(Boolean).join(" "));
  }

  function show(answer, sent, deed) {
    let others = false;
    swap(document.getElementById("head"), answer.head);
    for (const [id, one] of Object.entries(answer.fields)) {
      const field = document.getElementById(id);
      const notes = document.getElementById(`${id}-notes`);
      if (waiting(field, sent, deed)) continue;
      if (field && field.name) others = refresh(field, one, sent, notes, deed) || others;
      swap(notes, one.notes, deed);
    }
    return others;
  }

  // Where two people's words met, both stay to be seen until one is chosen.
  function waiting(field, sent, deed) {
    return held.has(field) && !sent.has(field) && parts(deed)[1] !== field.name;
  }

  // Take in what a field is now; true where somebody else changed it.
  function refresh(field, one, sent, notes, deed) {
    const before = seenOf(field).value;
    const clash = one.notes.includes('class="clash"');
    if (sent.has(field)) {
      seenOf(field).value = one.seen;
      if (!clash) clean.set(field, sent.get(field));
      if (clash) held.add(field);
      else held.delete(field);
    }
    const mine = parts(deed)[1] === field.name;
    if (clash && mine && !sent.has(field)) {  // they wanted the live words back, over newer ones
      seenOf(field).value = one.seen;
      field.value = one.yours;
      held.add(field);
    }
    if (!("text" in one) || clash || (one.seen === before && !mine)) return false;
    if (!mine && (isDirty(field) || sent.has(field))) return false;
    seenOf(field).value = one.seen;
    const differs = field.value !== one.text;
    field.value = one.text;
    clean.set(field, one.text);
    held.delete(field);
    return differs && !mine;
  }

  // A part that holds the focus waits: what somebody is about to press must not go away.
  function swap(place, html, deed = "") {
    if (!place || place.innerHTML === html || place.dataset.last === html) return;
    const had = place.contains(document.activeElement);
    if (had && !deed) return;
    place.innerHTML = html;
    place.dataset.last = html;
    if (had) keepFocus(place, deed);
  }

  // The item that was moved keeps the focus, on the button that moves it on.
  function keepFocus(place, deed) {
    const [verb, name, at] = parts(deed);
    const field = document.getElementById(place.id.replace(/-notes$/, ""));
    if (verb !== "up" && verb !== "down") return void field?.focus();
    const to = Number(at) + (verb === "up" ? -1 : 1);
    const button = (way) => place.querySelector(`button[value="${CSS.escape(`${way}:${name}:${to}`)}"]`);
    const next = button(verb) ?? button(verb === "up" ? "down" : "up");
    next?.focus();
  }

  function parts(deed) {
    const [, verb, rest] = deed.match(/^(\w*):?(.*)$/s);
    const moved = ["up", "down"].includes(verb) && rest.match(/^(.*):(\d+)$/s);
    return moved ? [verb, moved[1], moved[2]] : [verb, rest];
  }

  // What people do ----------------------------------------------------------------------------

  form.addEventListener("input", () => soon());
  form.addEventListener("focusout", () => { if (!busy && dirty().length) soon(50); });

  form.addEventListener("submit", (event) => {
    if (ended) return leaveOut(true);
    event.preventDefault();
    const deed = event.submitter?.name === "do" ? event.submitter.value : "";
    press(deed);
  });

  // By way of the sign-in page goes only what was typed.
  function leaveOut(out) {
    for (const field of fields.filter((one) => !isDirty(one))) field.disabled = seenOf(field).disabled = out;
  }

  addEventListener("pageshow", () => leaveOut(false));

  async function press(deed) {
    const [verb, name] = parts(deed);
    const field = fields.find((one) => one.name === name);
    if (field && ["mine", "both", "theirs"].includes(verb)) choose(verb, field);
    if (!deed && !dirty().length) return tell(held.size ? saved.textContent : saved.dataset.typing);
    tell(saved.dataset.saving);
    while (busy) await new Promise((done) => setTimeout(done, 50));
    await save(deed);
  }

  function choose(verb, field) {
    held.delete(field);
    if (verb !== "mine") clean.set(field, field.value);
  }

  // News of others ----------------------------------------------------------------------------

  async function ask() {
    if (busy || ended || document.hidden || toSave()) return;
    try {
      const answer = await fetch(form.dataset.news, {
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 401) return;  // console.js tells in time that a session ends
      if (answer.ok && !toSave() && !busy) took(await answer.json(), new Map(), "");
    } catch {
      // no network just now: the next save says so
    }
  }

  setInterval(ask, NEWS);
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty().length) save(); });
  addEventListener("beforeunload", (event) => { if (toSave() && !ended) event.preventDefault(); });
}
