// How far words are on their way to callers: asked every second, said only when a step begins.
"use strict";

{
  const going = document.getElementById("going");
  const bar = document.getElementById("bar");
  const percent = document.getElementById("percent");
  const clips = document.getElementById("clips");
  const step = document.getElementById("step");
  const EVERY = 1000;

  const tell = (place, words) => {
    if (place.textContent !== words) place.textContent = words;
  };

  async function look() {
    try {
      const answer = await fetch(going.dataset.news, {
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000),
      });
      const news = await answer.json();
      if (!answer.ok || news.state !== "running") {
        location.reload();
        return;
      }
      bar.value = news.percent;
      tell(percent, news.told);
      tell(clips, news.clips);
      tell(step, news.step);
    } catch {
      // No answer just now: the next one may come through.
    }
    setTimeout(look, EVERY);
  }

  setTimeout(look, EVERY);
}
