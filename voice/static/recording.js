// Records in the browser: a countdown, a meter, a WAV file that is sent as any other file would be.
// Without this, or without a microphone, a file can be sent.
"use strict";

const recorder = document.getElementById("recorder");
if (recorder) prepare(recorder);
document.querySelector("[data-first]")?.focus();

function prepare(recorder) {
  const find = (id) => document.getElementById(id);
  const [button, count, meter, loud, told] = ["record", "count", "meter", "loud", "told"].map(find);
  const [taken, listen, keep, away, form, field] = ["taken", "listen", "keep", "away", "send", "sound"].map(find);
  const texts = find("recorder-texts").content;
  const text = (name) => texts.querySelector(`[data-text="${name}"]`).textContent;
  const longest = Number(recorder.dataset.longest);
  const COUNTDOWN = 3;

  let doing = "nothing";  // nothing, starting, counting, recording
  let microphone = null;
  let take = null;
  let playing = null;
  let loudness = -1;
  let since = 0;
  let sending = false;

  recorder.hidden = false;
  if ("begin" in recorder.dataset) button.focus({ preventScroll: true });

  function tell(name) {
    told.textContent = name ? text(name) : "";
  }

  function label(name, on) {
    button.textContent = text(name);
    button.toggleAttribute("data-on", on);
  }

  // Microphone --------------------------------------------------------------------------------

  // As it is: a gain that turns itself up can overdrive, and mastering sets the level.
  async function open() {
    if (!navigator.mediaDevices) throw new DOMException("", "NotAllowedError");
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const context = new AudioContext();
    await context.audioWorklet.addModule("/static/recording-worklet.js");
    await context.resume();
    const node = new AudioWorkletNode(context, "take", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    context.createMediaStreamSource(stream).connect(node);
    const opened = { stream, context, blocks: [], on: false };
    node.port.onmessage = ({ data }) => hear(opened, data);
    return opened;
  }

  function close() {
    microphone?.stream.getTracks().forEach((track) => track.stop());
    microphone?.context.close();
    microphone = null;
    meter.value = 0;
    loud.textContent = "";
    loudness = -1;
  }

  function hear(opened, block) {
    if (opened !== microphone) return;
    show(block);
    if (!opened.on) return;
    opened.blocks.push(block);
    const seconds = opened.blocks.length * block.length / opened.context.sampleRate;
    count.textContent = `${Math.floor(seconds)} s`;
    if (seconds >= longest) end("told_longest");
  }

  // The meter's words change once a second at most.
  function show(block) {
    const power = block.reduce((sum, one) => sum + one * one, 0) / block.length;
    const decibels = 10 * Math.log10(Math.max(power, 1e-7));
    const peak = block.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    meter.value = Math.max(0, Math.min(100, (decibels + 60) * 2));
    const now = peak >= 0.98 ? 3 : decibels > -36 ? 2 : decibels > -48 ? 1 : 0;
    if (now !== loudness && (now > loudness || performance.now() - since > 1000)) {
      loudness = now;
      since = performance.now();
      loud.textContent = text(`loud_${now}`);
    }
  }

  // From the first press of the button to the last ------------------------------------------------

  async function begin() {
    doing = "starting";
    silence();
    taken.hidden = true;
    away.hidden = true;
    try {
      microphone = await open();
    } catch (problem) {
      doing = "nothing";
      close();
      const kinds = { NotAllowedError: "told_denied", NotFoundError: "told_none" };
      tell(kinds[problem.name] ?? "told_failed");
      return;
    }
    doing = "counting";
    label("cancel", true);
    tell("told_starting");
    countdown(microphone, COUNTDOWN);
  }

  function countdown(opened, left) {
    if (opened !== microphone) return;
    count.textContent = left || "";
    if (left) {
      setTimeout(() => countdown(opened, left - 1), 1000);
      return;
    }
    doing = "recording";
    opened.on = true;
    label("stop", true);
    tell("told_recording");
  }

  function end(name = "told_stopped") {
    const { blocks, context } = microphone;
    take = wav(blocks, context.sampleRate);
    stop(name);
    taken.hidden = false;
    keep.focus();
  }

  function stop(name) {
    doing = "nothing";
    count.textContent = "";
    close();
    label(take ? "record_again" : "record", false);
    tell(name);
    if (take) taken.hidden = false;
  }

  button.addEventListener("click", () => {
    if (doing === "nothing") begin();
    else if (doing === "counting") stop("told_cancelled");
    else if (doing === "recording") end();
  });

  // What was recorded ------------------------------------------------------------------------------

  function wav(blocks, rate) {
    const size = blocks.reduce((sum, block) => sum + block.length, 0);
    const view = new DataView(new ArrayBuffer(44 + size * 2));
    const write = (at, letters) => [...letters].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
    write(0, "RIFF");
    view.setUint32(4, 36 + size * 2, true);
    write(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, rate * 2, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    write(36, "data");
    view.setUint32(40, size * 2, true);
    let at = 44;
    for (const block of blocks) {
      for (const sample of block) {
        view.setInt16(at, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
        at += 2;
      }
    }
    return view.buffer;
  }

  function silence() {
    playing?.close();
    playing = null;
    listen.textContent = text("listen");
  }

  listen.addEventListener("click", async () => {
    if (playing) {
      silence();
      return;
    }
    const context = new AudioContext();
    playing = context;
    listen.textContent = text("listen_stop");
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(take.slice(0));
    source.connect(context.destination);
    source.onended = () => playing === context && silence();
    source.start();
  });

  // A page of ours that asks to sign in would lose the recording: ask first.
  async function mayKeep() {
    try {
      const answer = await fetch("/console/session", {
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000),
      });
      if (answer.ok) return true;
      away.hidden = answer.status !== 401;
      tell(answer.status === 401 ? "told_signed_out" : "told_away");
    } catch {
      tell("told_away");
    }
    return false;
  }

  keep.addEventListener("click", async () => {
    if (sending) return;
    sending = true;
    silence();
    tell("told_sending");
    sending = await mayKeep();
    if (!sending) return;
    const files = new DataTransfer();
    files.items.add(new File([take], "take.wav", { type: "audio/wav" }));
    field.files = files.files;
    form.submit();
  });

  // Who goes on without keeping what they read is asked by the browser.
  window.addEventListener("beforeunload", (event) => {
    if (take && !sending) event.preventDefault();
  });
}
