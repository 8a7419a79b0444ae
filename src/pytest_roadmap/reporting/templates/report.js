"use strict";
(() => {
  const rows = [...document.querySelectorAll("details.row")];
  const form = document.querySelector("form.filters");
  const output = form.querySelector("output");
  const groups = [...document.querySelectorAll("section.group")].map((element) =>
    ({ element, all: element.parentElement, count: element.querySelectorAll("details.row").length }));
  let entries = null;
  let words = null;

  const load = () => {
    if (entries) return;
    entries = JSON.parse(document.getElementById("data").textContent);
    words = entries.map((e) =>
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

  const fill = (row) => {
    if (row.querySelector(".body")) return;
    load();
    const e = entries[rows.indexOf(row)];
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
    const shown = entries.map((e, i) =>
      (!verdicts.size || verdicts.has(e.verdict)) &&
      (!want.phase || e.phase === want.phase) &&
      (!want.strength || e.strength === want.strength) &&
      (!want.flag || (e.flags || []).includes(want.flag)) &&
      (!want.owner || (e.owner || "-") === want.owner) &&
      parts.every((part) => words[i].includes(part)));
    let at = 0;
    const alive = new Set();
    for (const group of groups) {
      let left = 0;
      for (const end = at + group.count; at < end; at += 1) {
        if (rows[at].hidden === shown[at]) rows[at].hidden = !shown[at];
        left += shown[at];
      }
      if (group.element.hidden !== !left) group.element.hidden = !left;
      if (left) alive.add(group.all);
    }
    for (const all of new Set(groups.map((group) => group.all))) all.hidden = !alive.has(all);
    const count = shown.filter(Boolean).length;
    output.textContent = `${count} of ${rows.length} shown.`;
    return want;
  };

  const remember = (want) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(want)) if (value.length) query.set(name, String(value));
    const text = query.toString();
    history.replaceState(null, "", text ? `#list?${text}` : "#list");
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
    const row = place && document.getElementById(place);
    if (!row || !row.matches("details.row")) return;
    if (row.hidden) { form.reset(); }
    row.open = true;
    row.firstElementChild.focus({ preventScroll: true });
    row.scrollIntoView({ block: "start" });
  };

  const step = (by) => {
    const visible = rows.filter((row) => !row.hidden);
    const here = visible.indexOf(document.activeElement && document.activeElement.closest("details.row"));
    const next = visible[here < 0 ? (by > 0 ? 0 : visible.length - 1) : here + by];
    if (!next) return;
    next.firstElementChild.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.row") && event.target.open) fill(event.target);
  }, true);
  form.addEventListener("input", () => remember(apply()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => remember(apply())));
  window.addEventListener("hashchange", recall);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape" && typing) { form.reset(); event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); form.elements.q.focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });

  form.hidden = false;
  output.textContent = `${rows.length} of ${rows.length} shown.`;
  recall();
  // The browser follows the fragment after this script and drops the focus then.
  window.addEventListener("load", () => setTimeout(recall));
  (window.requestIdleCallback || setTimeout)(load);
})();
