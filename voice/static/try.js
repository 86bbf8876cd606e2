// The telephone and the text thread of /try. The server holds the conversation; this page plays
// what is heard, in order, and tells the server what the person does. Until a person presses Call,
// or answers a call of the line's, nothing sounds. What would leave the line is only shown.
"use strict";

(() => {
  const find = (id) => document.getElementById(id);
  const desk = find("desk");
  const words = JSON.parse(desk.dataset.words);
  const player = find("player");
  const phone = find("phone");
  const captions = find("captions");
  const thread = find("thread");
  const hold = find("hold");
  const onItsOwn = 2; // seconds: a line that waits no longer is asking nothing

  const filled = (text, label) => text.replace("{label}", () => label);

  // The server names why it refuses; the page tells that, and whatever else goes wrong, in its own
  // words; `problem` is for scripts that came without those. What stands between may refuse with a
  // page of its own, which names nothing: then the status tells.
  const named = { 401: "ended", 403: "old", 404: "unknown" };

  async function ask(path, fields) {
    let response, answer;
    try {
      response = await fetch(`${desk.dataset.base}${path}${desk.dataset.scope ?? ""}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": desk.dataset.token ?? "" },
        body: JSON.stringify({ page: desk.dataset.page, ...fields }),
        signal: AbortSignal.timeout(20000), // Twilio would have given up after 15 seconds
      });
      answer = await response.json().catch(() => null);
    } catch {
      throw new Error(words.unanswered); // the browser itself says why in English
    }
    if (response.ok && answer) return answer;
    const why = answer?.why ?? named[response.status];
    const told = words[`why_${why}`] ?? answer?.problem ?? words.unanswered;
    throw new Error(filled(told, answer?.label));
  }

  // What is written down -------------------------------------------------------------------------

  function paragraph(where, text, kind, locale) {
    const made = document.createElement("p");
    made.className = kind;
    if (locale) made.lang = locale;
    made.textContent = text;
    where.append(made);
    return made;
  }

  function line(where, text, kind, locale) {
    where.querySelector(".empty")?.remove();
    const written = paragraph(where, text, kind, locale);
    where.scrollTop = written.offsetTop - 8; // its beginning, and as much before it as fits
    return written;
  }

  const did = (text) => line(captions, text, "did");

  function show(state) {
    if (find("state").textContent !== state) find("state").textContent = state;
  }

  // What is heard --------------------------------------------------------------------------------

  let call = null; // what the server said last: its token, stage, how long it waits, for words too
  let turn = 0; // grows with everything that cuts the line short
  let now = null; // what is being heard
  let release = null; // ends what is being heard
  let asking = false; // a request is on its way
  let keys = []; // keys pressed while it is
  let leaving = false; // Hang up was pressed while it is
  let unsaid = ""; // words said while the line was speaking
  let number = null; // the line that shows the keys of a number while it is typed
  let typed = ""; // those keys
  let incoming = ""; // the call that the line would make now

  const on = () => call !== null && call.stage !== "over";

  function hush() {
    player.pause();
    if (release) release();
  }

  function until(begin) {
    return new Promise((resolve) => {
      release = () => {
        release = null;
        player.onended = player.onerror = null;
        resolve();
      };
      begin(release);
    });
  }

  const last = (seconds) => until((end) => {
    const timer = setTimeout(end, seconds * 1000);
    const ended = release;
    release = () => { clearTimeout(timer); ended(); };
  });

  async function play(src, spoken) {
    let failed = false;
    await until((end) => {
      player.onended = end;
      player.onerror = () => { failed = true; end(); };
      player.src = src;
      player.play().catch(() => {});
    });
    if (failed) await last(spoken.split(/\s+/).length / 2.2);
  }

  const spoken = (item) => line(captions, item.words, "spoken", item.locale);

  async function hear(item) {
    now = item;
    if (item.kind === "clip" || item.kind === "said") {
      const written = item.joins ? captions.lastElementChild : spoken(item);
      if (item.joins) written.append(` ${item.words}`);
      written.classList.add("now");
      if (item.kind === "said") line(captions, words.no_clip, "note");
      await (item.kind === "clip" ? play(item.src, item.words) : last(item.seconds));
      written.classList.remove("now");
    } else if (item.kind === "pause") {
      line(captions, filled(words.pause, item.seconds), "note");
      await last(item.seconds);
    } else if (item.kind === "dialed") {
      find("ring-title").textContent = filled(words.ringing, item.number);
      did(filled(words.ringing, item.number));
    } else {
      did(item.by === "line" ? words.line_hung_up : words.you_hung_up);
    }
    now = null;
  }

  async function hearAll(heard, mine) {
    if (heard.length && on()) show(words.speaking);
    for (const item of heard) {
      if (mine !== turn) return;
      await hear(item);
    }
    if (mine === turn) settle();
  }

  // What the person does -------------------------------------------------------------------------

  async function act(deed, value = "", token = call?.call ?? "") {
    if (asking) return;
    const mine = ++turn;
    asking = true;
    hush();
    stopWaiting();
    try {
      call = await ask("/call", { call: token, do: deed, value });
    } catch (problem) {
      call = null;
      did(filled(words.problem, problem.message));
    } finally {
      asking = false;
    }
    if (deed === "hang-up" || call === null) keys = [];
    lift();
    if (call === null) return show(words.over);
    call.shown.forEach((item) => would(item, words.from_call));
    countKeys(deed === "press" ? value : "");
    if (leaving && on()) return leave();
    if (keys.length && on()) return press(keys.shift());
    await hearAll(call.heard, mine);
  }

  function leave() {
    leaving = asking;
    return act("hang-up");
  }

  function lift() {
    const hangUp = find("hang-up");
    const focused = document.activeElement;
    const moved = [hangUp, find("call")].includes(focused) || find("ring").contains(focused);
    hangUp.hidden = !on();
    find("call").hidden = on();
    if (moved) (on() ? hangUp : find("call")).focus();
    for (const key of phone.querySelectorAll("[data-key]")) key.ariaDisabled = String(!on());
    find("ring").hidden = true;
    find("silence").ariaDisabled = "true";
  }

  function settle() {
    if (call.stage === "over") return show(words.over);
    if (call.stage === "dialing") {
      find("ring").hidden = false;
      return show(find("ring-title").textContent);
    }
    const said = unsaid;
    unsaid = "";
    if (said && call.speech) return speak(said);
    find("say-note").textContent = said ? words.say_lost : "";
    wait();
  }

  function press(key) {
    if (!on() || (now && !now.stops)) return;
    light(key);
    if (asking) return keys.push(key);
    did(filled(words.you_pressed, key));
    act("press", key);
  }

  // The keys of one number stand in one line; the last of them ends it.
  function countKeys(key) {
    if (key && (call.typed || number)) {
      const pressed = captions.lastElementChild;
      typed = number ? typed + key : key;
      if (number) {
        pressed.remove();
        number.textContent = filled(words.you_typed, typed);
      } else {
        number = pressed;
      }
    }
    if (!key || !call.typed) number = null;
  }

  function speak(said) {
    find("say-note").textContent = "";
    did(filled(words.you_said, said));
    act("say", said);
  }

  function light(key) {
    const button = phone.querySelector(`[data-key="${key}"]`);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 150);
  }

  // Silence --------------------------------------------------------------------------------------

  let timer = null;
  let left = 0;

  const asks = () => call.speech || call.waits > onItsOwn;

  function wait() {
    left = call.waits;
    if (asks()) {
      find("silence").ariaDisabled = "false";
      show(hold.checked ? words.held : call.speech ? words.waiting : words.waiting_key);
      if (hold.checked) return;
      count();
    }
    timer = setInterval(tick, 1000);
  }

  function tick() {
    left -= 1;
    if (left <= 0) return silent();
    if (asks()) count();
  }

  function count() {
    find("wait").hidden = false;
    find("wait").value = left / call.waits;
    find("count").textContent = filled(words.seconds, left);
  }

  function silent() {
    if (asks() && !call.typed) did(words.you_silent);
    act("silence");
  }

  function stopWaiting() {
    clearInterval(timer);
    timer = null;
    find("wait").hidden = true;
    find("count").textContent = "";
  }

  const waiting = () => on() && find("silence").ariaDisabled === "false";

  // Buttons and keys -----------------------------------------------------------------------------

  function begin() {
    call = number = null;
    keys = [];
    leaving = false;
    unsaid = "";
    captions.replaceChildren();
  }

  find("call").addEventListener("click", () => {
    if (asking) return;
    begin();
    show(words.calling);
    act("dial");
  });
  find("hang-up").addEventListener("click", leave);
  find("silence").addEventListener("click", () => waiting() && silent());
  hold.addEventListener("change", () => {
    if (!waiting()) return;
    stopWaiting();
    wait();
  });

  phone.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.key) press(button.dataset.key);
    if (button?.dataset.answer) act("answer", button.dataset.answer);
  });
  // Keys count only while the focus is in the telephone, and never in a field (WCAG 2.1.4).
  phone.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text]");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (!/^[0-9*#]$/.test(event.key)) return;
    event.preventDefault();
    press(event.key);
  });

  find("say-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const said = find("say").value.trim();
    if (!said || !on() || call.stage !== "listening") return;
    find("say").value = "";
    if (waiting()) {
      if (call.speech) return speak(said);
      find("say-note").textContent = words.say_lost;
      return;
    }
    unsaid = said;
    find("say-note").textContent = words.say_later;
  });

  // A call of the line's -------------------------------------------------------------------------

  function rings(token) {
    incoming = token;
    find("incoming").hidden = false;
    find("incoming").scrollIntoView({ block: "nearest" });
    if (!on()) show(words.calling_you);
  }

  async function take(who) {
    if (asking) return;
    const token = incoming;
    incoming = "";
    find("incoming").hidden = true;
    if (who === "nobody") {
      find("text").focus();
      line(thread, words.nobody_took, "note");
      return on() || show(words.idle);
    }
    (on() ? find("hang-up") : find("call")).focus();
    if (on()) await act("hang-up");
    begin();
    did(who === "machine" ? words.machine_took : words.you_took);
    act("take", who, token);
  }

  find("incoming").addEventListener("click", (event) => {
    const who = event.target.closest("button")?.dataset.take;
    if (who && incoming) take(who);
  });

  // What would be sent ---------------------------------------------------------------------------

  function would(item, why) {
    find("outbox-empty").hidden = true;
    find("outbox").hidden = false;
    const row = document.createElement("li");
    const what = item.kind === "text" ? words.would_text : words.would_call;
    paragraph(row, filled(what, item.to), "what");
    if (item.kind === "text") {
      paragraph(row, item.body, "words", item.locale);
      paragraph(row, cost(item.segments), "note");
      receive(item, why);
      thread.scrollTop = thread.scrollHeight;
    } else {
      rings(item.ring);
    }
    find("outbox").append(row);
  }

  // Texts ----------------------------------------------------------------------------------------

  function bubble(text, who, kind, locale, why) {
    thread.querySelector(".empty")?.remove();
    const box = document.createElement("div");
    box.className = `bubble ${kind}`;
    box.append(hidden(`${who}: `));
    if (why) paragraph(box, why, "from");
    linked(paragraph(box, "", "body", locale), text);
    thread.append(box);
    return box;
  }

  // Words for those who do not see where something stands.
  function hidden(text) {
    const span = document.createElement("span");
    span.className = "hidden";
    span.textContent = text;
    return span;
  }

  // Addresses of the line's own become links; any other stays words.
  function linked(where, text) {
    const own = desk.dataset.line;
    for (const piece of text.split(/(https?:\/\/\S*[^\s.,;:!?)])/)) {
      if (!piece.startsWith(`${own}/`)) {
        where.append(piece);
        continue;
      }
      const link = document.createElement("a");
      link.href = piece.slice(own.length);
      link.target = "_blank";
      link.rel = "noopener";
      link.append(piece, hidden(` (${words.new_tab})`));
      where.append(link);
    }
  }

  function playerOf(src) {
    const frame = document.createElement("figure");
    const sound = document.createElement("audio");
    sound.controls = true;
    sound.preload = "none";
    sound.ariaLabel = words.sound;
    sound.src = src;
    frame.append(sound);
    return frame;
  }

  const cost = (segments) =>
    segments === 1 ? words.one_segment : filled(words.segments, segments);

  function receive(reply, why) {
    const box = bubble(reply.body, words.line, "in", reply.locale, why);
    box.append(...reply.media.map(playerOf));
    paragraph(box, cost(reply.segments), "cost");
  }

  async function send(text) {
    const sent = bubble(text, words.you, "out");
    thread.scrollTop = thread.scrollHeight;
    try {
      const { replies, shown, by_twilio } = await ask("/text", { body: text });
      replies.forEach((reply) => receive(reply));
      shown.forEach((item) => would(item, ""));
      if (!replies.length) line(thread, by_twilio ? words.by_twilio : words.no_reply, "note");
    } catch (problem) {
      line(thread, filled(words.problem, problem.message), "note");
    }
    thread.scrollTop = sent.offsetTop - 8;
  }

  find("text-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = find("text").value.trim();
    if (!text) return;
    find("text").value = "";
    send(text);
  });
  document.querySelector(".suggestions").addEventListener("click", (event) => {
    const text = event.target.closest("button")?.dataset.text;
    if (text) send(text);
  });
})();
