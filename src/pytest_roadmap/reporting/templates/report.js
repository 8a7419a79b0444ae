"use strict";
(() => {
  // So many rows at once are no burden; of more, only those near the screen are made.
  const MANY = 1000;
  const CHUNK = 50;
  const form = document.querySelector("form.filters");
  const output = form.querySelector("output");
  const entries = JSON.parse(document.getElementById("data").textContent);
  const rows = new Array(entries.length); // made when they are first needed
  let shown = entries.map(() => true);
  let words = null;
  let all = entries.length <= MANY;

  const load = () => {
    words ||= entries.map((e) =>
      [e.id, e.title, e.message, e.section, e.topic, e.owner, ...(e.probes || []),
        ...(e.attempts || []).map((a) => a.probe)].join(" ").toLowerCase());
  };

  // Everything that a probe brought is set as text; nothing here parses markup.
  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (name) element.className = name;
    return element;
  };

  const pairs = (list) => {
    const dl = make("dl");
    for (const [label, text] of list) dl.append(make("dt", label), make("dd", text));
    return dl;
  };

  const table = (numbers) => {
    const element = make("table");
    const head = element.createTHead().insertRow();
    for (const label of ["measured", "value", "limit"]) {
      const cell = make("th", label);
      cell.scope = "col";
      head.append(cell);
    }
    const body = element.createTBody();
    for (const [name, value, limit, holds] of numbers) {
      const row = body.insertRow();
      if (!holds) row.className = "broken";
      row.append(make("td", name), make("td", value), make("td", (limit || "—") + (holds ? "" : " ✗ broken")));
    }
    return element;
  };

  const evidence = (piece) => {
    const element = make("div", "", "evidence");
    const line = make("p", `${piece.kind || "evidence"} ${piece.name || ""} · ${piece.size} `);
    if (piece.path) {
      const link = make("a", piece.path.slice(0, 22) + "…");
      link.href = piece.path;
      line.append(link);
    }
    element.append(line);
    if (piece.text) {
      const pre = make("pre", piece.text);
      pre.tabIndex = 0;
      element.append(pre);
    } else if (piece.kept) element.append(make("p", "Its text is in scorecard.json."));
    return element;
  };

  const attempt = (a, message) => {
    const element = make("div", "", "attempt");
    const line = make("p", "The probe saw: ");
    line.append(make("b", a.outcome), ` · attempt ${a.number} · ${a.took}` +
      (a.at ? ` · ${a.at}` : "") + ` · as ${a.strength} · `, make("code", a.probe));
    element.append(line);
    if (a.message && a.message !== message) element.append(make("p", a.message, "message"));
    if (a.numbers) element.append(table(a.numbers));
    for (const piece of a.evidence || []) element.append(evidence(piece));
    return element;
  };

  const signs = {};
  for (const chip of form.querySelectorAll(".chip")) {
    const sign = chip.querySelector("span");
    const word = chip.querySelector("input").value;
    signs[word] = { kind: sign.className, sign: sign.textContent, word: word.replaceAll("_", " ") };
  }

  const short = (text, longest) => {
    const line = [...text.slice(0, 4 * longest).replace(/\s+/g, " ").trim()];
    return line.length > longest ? line.slice(0, longest - 1).join("") + "…" : line.join("");
  };

  const blank = make("details", "", "row");
  blank.append(make("summary"));
  blank.firstChild.append(make("span", "", "verdict"), make("span", "", "what"));
  blank.firstChild.firstChild.append(make("span"), "");
  blank.firstChild.firstChild.firstChild.setAttribute("aria-hidden", "true");
  blank.firstChild.lastChild.append(make("b", "", "id"), "");

  const made = (index) => {
    if (rows[index]) return rows[index];
    const e = entries[index];
    const row = blank.cloneNode(true);
    const [verdict, what] = row.firstChild.children;
    const { kind, sign, word } = signs[e.verdict];
    row.id = e.anchor;
    verdict.classList.add(kind);
    verdict.firstChild.textContent = sign;
    verdict.lastChild.data = ` ${word}`;
    what.firstChild.textContent = e.id;
    what.lastChild.data = ` ${e.title || ""}`;
    for (const flag of e.flags || []) what.append(" ", make("i", flag.replaceAll("_", " "), "flag"));
    if (e.message && e.verdict !== "passed") what.append(" ", make("span", short(e.message, 160), "said"));
    row.addEventListener("toggle", () => { if (row.open) open(row, e); });
    rows[index] = row;
    return row;
  };

  const open = (row, e) => {
    if (row.querySelector(".body")) return;
    const body = make("div", "", "body");
    if (e.message) body.append(make("p", e.message, "message"));
    if (e.waiver) body.append(make("p", `Waived ${e.waiver}`));
    const facts = [...(e.asked || []), ["Strength", `${e.strength} required`]];
    if (e.owner) facts.push(["Owner", e.owner]);
    if (e.topic) facts.unshift(["Topic", e.topic]);
    if (e.claim !== "none") facts.push(["The document says", e.claim.replace("_", " ")]);
    for (const probe of e.probes || []) facts.push(["Probe", `${probe} (did not run)`]);
    body.append(pairs(facts));
    for (const a of e.attempts || []) body.append(attempt(a, e.message));
    const link = make("a", "Link to this requirement", "link");
    link.href = `#${row.id}`;
    body.append(link);
    row.append(body);
  };

  const chunks = [];
  const groups = [];
  for (const element of document.querySelectorAll("section.group")) {
    const group = { element, all: element.parentElement, chunks: [] };
    for (let left = Number(element.dataset.count); left > 0; left -= CHUNK) {
      const begin = chunks.length ? chunks.at(-1).end : 0;
      const chunk = { element: make("div", "", "chunk"), begin, end: begin + Math.min(left, CHUNK), near: false };
      chunks.push(chunk);
      group.chunks.push(chunk);
      element.append(chunk.element);
    }
    groups.push(group);
  }

  // Show what the filters leave of a chunk; of one that nobody looks at only its room.
  const lay = (chunk) => {
    const wanted = [];
    for (let i = chunk.begin; i < chunk.end; i += 1) if (shown[i]) wanted.push(i);
    chunk.element.hidden = !wanted.length;
    chunk.element.style.setProperty("--rows", wanted.length);
    const drawn = all || chunk.near;
    chunk.element.classList.toggle("empty", !drawn);
    if (drawn || chunk.element.firstChild) {
      const focused = document.activeElement;
      chunk.element.replaceChildren(...(drawn ? wanted.map(made) : []));
      // A row that is taken out and put back has lost the focus, and with it the reader's place.
      if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    }
    return wanted.length;
  };

  const layAll = () => {
    const alive = new Set();
    let count = 0;
    for (const group of groups) {
      let left = 0;
      for (const chunk of group.chunks) left += lay(chunk);
      group.element.hidden = !left;
      if (left) alive.add(group.all);
      count += left;
    }
    for (const phase of new Set(groups.map((group) => group.all))) phase.hidden = !alive.has(phase);
    output.textContent = `${count} of ${rows.length} shown.`;
  };

  // Paper and the browser's own search need every row.
  const makeAll = () => {
    if (all) return;
    all = true;
    layAll();
  };

  const reveal = (index) => {
    const chunk = chunks.find((one) => index < one.end);
    if (!chunk.near) {
      chunk.near = true;
      lay(chunk);
    }
    return rows[index];
  };

  const wanted = () => {
    const values = new FormData(form);
    return {
      q: (values.get("q") || "").trim().toLowerCase(),
      verdict: values.getAll("verdict"),
      phase: values.get("phase") || "",
      strength: values.get("strength") || "",
      flag: values.get("flag") || "",
      owner: values.get("owner") || "",
    };
  };

  const apply = () => {
    load();
    const want = wanted();
    const parts = want.q.split(/\s+/).filter(Boolean);
    const verdicts = new Set(want.verdict);
    shown = entries.map((e, i) =>
      (!verdicts.size || verdicts.has(e.verdict)) &&
      (!want.phase || e.phase === want.phase) &&
      (!want.strength || e.strength === want.strength) &&
      (!want.flag || (e.flags || []).includes(want.flag)) &&
      (!want.owner || (e.owner || "-") === want.owner) &&
      parts.every((part) => words[i].includes(part)));
    layAll();
    return want;
  };

  const remember = (want) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(want)) if (value.length) query.set(name, String(value));
    const text = query.toString();
    history.replaceState(null, "", text ? `#list?${text}` : "#list");
  };

  // Rows that are made on the way there move the place, so go there again.
  const settle = (row, times) => {
    row.scrollIntoView({ block: "start", behavior: "instant" });
    if (times) requestAnimationFrame(() => setTimeout(() => settle(row, times - 1)));
  };

  const recall = () => {
    const [place, text] = location.hash.slice(1).split("?");
    if (place === "list" && text !== undefined) {
      const query = new URLSearchParams(text);
      for (const name of ["q", "phase", "strength", "flag", "owner"]) {
        if (form.elements[name]) form.elements[name].value = query.get(name) || "";
      }
      const verdicts = (query.get("verdict") || "").split(",");
      for (const box of form.querySelectorAll("[name=verdict]")) box.checked = verdicts.includes(box.value);
      apply();
      return;
    }
    const index = place ? entries.findIndex((e) => e.anchor === place) : -1;
    if (index < 0) return;
    if (!shown[index]) {
      form.reset();
      apply();
    }
    const row = reveal(index);
    for (const other of document.querySelectorAll(".row.here")) other.classList.remove("here");
    row.classList.add("here");
    open(row, entries[index]);
    row.open = true;
    row.firstElementChild.focus({ preventScroll: true });
    settle(row, 3);
  };

  const step = (by) => {
    const here = rows.indexOf(document.activeElement && document.activeElement.closest("details.row"));
    let next = here < 0 && by < 0 ? rows.length - 1 : here + by;
    while (next >= 0 && next < rows.length && !shown[next]) next += by;
    if (next < 0 || next >= rows.length) return;
    const row = reveal(next);
    row.firstElementChild.focus();
    row.scrollIntoView({ block: "nearest" });
  };

  form.addEventListener("input", () => remember(apply()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => remember(apply())));
  window.addEventListener("hashchange", recall);
  document.addEventListener("keydown", (event) => {
    if (event.key === "F3" || ((event.ctrlKey || event.metaKey) && event.key === "f")) makeAll();
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape" && typing) { form.reset(); remember(apply()); event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); form.elements.q.focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });

  form.hidden = false;
  layAll();
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      const chunk = chunks[target.dataset.place];
      chunk.near = isIntersecting;
      if (isIntersecting && target.matches(".empty")) lay(chunk);
    }
  }, { rootMargin: "100%" });
  if (!all) {
    chunks.forEach(({ element }, place) => {
      element.dataset.place = place;
      watch.observe(element);
    });
  }
  window.addEventListener("beforeprint", makeAll);
  window.matchMedia("print").addEventListener("change", makeAll);
  recall();
  // The browser follows the fragment after this script and drops the focus then.
  window.addEventListener("load", () => setTimeout(recall));
  (window.requestIdleCallback || setTimeout)(load);
})();
