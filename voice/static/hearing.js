// Sound of words in work: made as soon as its page is open, and followed until it is there. The
// pages work without this: they have a button, and ask again by themselves.
"use strict";

(() => {
  const sound = () => document.getElementById("sound");
  const told = document.getElementById("sound-told");
  const every = 400; // milliseconds between two looks
  const pause = () => new Promise((resolve) => { setTimeout(resolve, every); });

  const soonEnough = () => AbortSignal.timeout(20000); // a line that hangs is as good as none

  async function ask(place, options) {
    const answer = await fetch(place, {
      headers: { Accept: "application/json" }, signal: soonEnough(), ...options,
    });
    if (answer.status === 401) location.reload(); // to sign in, and back
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  // What it says is read aloud once, not at every look.
  function say(words, seen = false) {
    told.classList.toggle("seen", seen);
    told.textContent = words;
  }

  function draw(far) {
    const bar = sound().querySelector("progress");
    const words = sound().querySelector("[data-far]");
    if (words) words.textContent = far.told;
    if (bar && far.total) {
      bar.max = far.total;
      bar.value = far.done;
    }
  }

  // The same page again, made by the server: only its sound is taken from it.
  async function renew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: soonEnough() });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("sound");
    if (!answer.ok || !fresh) return location.reload();
    const held = sound().contains(document.activeElement);
    sound().replaceWith(fresh);
    if (held) fresh.focus();
    return fresh;
  }

  async function follow(place) {
    say(sound().dataset.making);
    for (;;) {
      const far = await ask(place);
      if (!far.running) break;
      draw(far);
      await pause();
    }
    const fresh = await renew();
    if (fresh) say(fresh.dataset.told);
  }

  async function begin(form) {
    const body = new URLSearchParams(new FormData(form));
    const answer = await ask(form.action, { method: "POST", body });
    if (!answer.progress) return say(answer.told, true);
    await renew();
    return follow(answer.progress);
  }

  const failed = () => say("");

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#sound .make")) return;
    event.preventDefault();
    begin(event.target).catch(() => event.target.submit());
  });

  const state = sound().dataset.state;
  if (state === "waiting" || state === "making") follow(sound().dataset.progress).catch(failed);
  else if (state === "" && sound().querySelector(".make")) begin(sound().querySelector(".make")).catch(failed);
})();
