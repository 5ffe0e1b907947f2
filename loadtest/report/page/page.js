// The page: everything that others wrote goes in as text, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");

function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
function card(parent, title, note, className = "") {
  const made = make("section", `card ${className}`, make("h2", "", title), note ? make("div", "soft small", note) : null);
  parent.append(made);
  return made;
}
function table(head, rows) {
  const cell = (tag, value) => (value instanceof Node && value.tagName === "TD" ? value : make(tag, "", value));
  const made = make("table", "", make("thead", "", make("tr", "", ...head.map((text) => make("th", "", text)))));
  made.append(make("tbody", "", ...rows.map((row) => (row instanceof Node ? row : make("tr", "", ...row.map((value) => cell("td", value)))))));
  return make("div", "scroll", made);
}
const mark = (kind) => make("span", `mark ${kind}`, { good: "✓", bad: "✗", doubtful: "?" }[kind]);
// `182 ms`, or `n/a` with the reason below it.
const reading = (text) => (text.startsWith("n/a") ? make("td", "soft", "n/a", make("small", "", text.slice(4))) : make("td", "", text));
const kindOf = { held: "good", broken: "bad", unknown: "doubtful" };

function header() {
  const dark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const theme = make("button", "", "Light / dark");
  theme.onclick = () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; redraw(); };
  const save = make("button", "", "Save JSON");
  save.onclick = () => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([document.getElementById("document").textContent], { type: "application/json" }));
    link.download = "spaceport-bench.json";
    link.click();
  };
  const machines = data.machines.map((machine) => [machine.name, machine.processor, machine.cores ? `${machine.cores} cores` : null].filter(Boolean).join(", ")).join(" + ");
  const kind = { run: data.open_loop ? "open loop" : "closed loop", comparison: "comparison", capacity: "capacity search" }[data.kind];
  page.append(make("header", "", make("div", "", make("h1", "", data.title), make("div", "soft small", [kind, data.started, machines, `spaceport-bench ${data.version}`].filter(Boolean).join(" · "))), save, theme));
}

function banner() {
  const { valid, reasons } = data.verdict, outcomes = data.objectives.map((one) => one.outcome);
  const kind = !valid || outcomes.includes("broken") ? "bad" : outcomes.includes("unknown") ? "doubtful" : "good";
  const broken = outcomes.filter((one) => one !== "held").length;
  const words = !valid ? "INVALID: the generator was what was measured" : outcomes.length === 0 ? "VALID" : broken === 0 ? "VALID, and all objectives are held" : `VALID, but ${broken} of ${outcomes.length} objectives not held`;
  const text = make("div", "", make("b", "", words));
  if (reasons.length) text.append(make("ul", "", ...reasons.map((reason) => make("li", "", reason))));
  page.append(make("div", `banner ${kind}`, make("span", "sign", { good: "✓", bad: "✗", doubtful: "?" }[kind]), text));
}

function tiles(run) {
  page.append(make("div", "tiles", ...run.tiles.map((tile) => make("div", "card tile", make("div", "soft small", tile.name), make("div", tile.text.length > 12 ? "value long" : "value", tile.text), make("div", "soft small", tile.more)))));
}

function objectives(parent) {
  if (data.objectives.length === 0) return;
  const rows = data.objectives.map((one) => [make("td", "", mark(kindOf[one.outcome]), ` ${one.text}`), make("td", "left", one.observed)]);
  card(parent, "Objectives", null, "wide").append(table(["objective", ""], rows));
}

function percentiles(parent, run) {
  if (run.percentiles.length === 0) return;
  const head = ["", "min", "mean", ...run.percentiles[0].values.map((value) => value.name), "max"];
  const cell = (value) => {
    const made = reading(value.text);
    if (value.confidence) made.append(make("small", "", value.confidence));
    return made;
  };
  const rows = run.percentiles.map((row) => [row.name, row.min, row.mean, ...row.values.map(cell), row.max]);
  card(parent, "Times", "Response time counts from when a request was due, service time from when it was sent. Below a percentile: its 95 % confidence interval.", "wide").append(table(head, rows));
}

function phases(parent, run) {
  const names = ["c6", "c5", "c2", "c3", "c7", "c1", "c4"], all = ["late", "queue", "connect", "tls", "send", "wait", "receive"];
  const total = run.phases.reduce((sum, phase) => sum + phase.mean_ms, 0), tint = (phase) => `var(--${names[all.indexOf(phase.name)]})`;
  const made = card(parent, "Where the time went", "Means of the phases of a success add up to its response time.");
  const stack = make("div", "stack");
  for (const phase of run.phases) {
    const part = make("i");
    part.style.width = `${total ? (100 * phase.mean_ms) / total : 0}%`;
    part.style.background = tint(phase);
    part.title = `${phase.name}: ${phase.mean}`;
    stack.append(part);
  }
  const key = (phase) => { const square = make("span", "key"); square.style.background = tint(phase); return make("td", "", square, phase.name, make("small", "", phase.what)); };
  made.append(stack, table(["phase", "mean", "p50", "p99", "requests"], run.phases.map((phase) => [key(phase), phase.mean, reading(phase.p50), reading(phase.p99), phase.count])));
  if (run.server_parts.length) made.append(make("h2", "", "As the server says"), table(["Server-Timing", "mean", "p50", "p99"], run.server_parts));
}

function counts(parent, run) {
  const made = card(parent, "Answers and failures", "By the time at which requests were due.");
  outcomeChart(made, run);
  made.append(table(["status or failure", "requests"], run.counts.map(([name, number, kind]) => [make("td", `${kind}-text`, name), number])));
}

function charts_of(parent, run, name) {
  const named = (title) => (name ? `${name}: ${title}` : title);
  const latency = card(parent, named("Response time over time"), "p50, p90 and p99 of requests by the time at which they were due; drag to zoom, double-click to leave.", "wide");
  latencyChart(latency, run);
  rateChart(latency, run);
  if (run.heat.cells.length) heatMap(card(parent, named("Every request"), "Time to the right, response time upwards (logarithmic). The redder, the more requests.", "wide"), run.heat);
}

function health(parent, run) {
  const made = card(parent, "The generator, and who else used this machine", "Lateness: how long after its due time a request had its turn.", "wide");
  healthChart(made, run);
  made.append(table(["", ""], run.generator.map(([name, text]) => [name, make("td", "left wrap", text)])));
}

// A difference with its confidence interval, against zero.
function track(difference, scale) {
  const made = make("div", "track"), at = (value) => `${50 + (48 * value) / scale}%`;
  const zero = make("span", "zero");
  zero.style.left = "50%";
  made.append(zero);
  if (!difference.known) return made;
  const tint = difference.lower > 0 ? "var(--bad)" : difference.upper < 0 ? "var(--good)" : "var(--soft)", range = make("i"), dot = make("b");
  range.style.left = at(difference.lower);
  range.style.width = `${Math.max(0.5, (48 * (difference.upper - difference.lower)) / scale)}%`;
  dot.style.left = at(difference.value);
  range.style.background = dot.style.background = tint;
  made.append(range, dot);
  return made;
}
function differences(parent, title, note, head, list) {
  const known = list.filter((one) => one.difference.known), scale = Math.max(1e-9, ...known.flatMap((one) => [Math.abs(one.difference.lower), Math.abs(one.difference.upper)]));
  const rows = list.map((one) => {
    const row = make("tr", one.name === "total" ? "total" : "", ...[one.name, one.one, one.two].map(reading));
    row.append(make("td", "", one.difference.known ? one.difference.text : make("span", "soft", "n/a"), one.difference.known ? make("small", "", one.difference.confidence) : null), make("td", "", track(one.difference, scale)));
    return row;
  });
  card(parent, title, note, "wide").append(table([...head, "difference", ""], rows));
}

function comparison(grid) {
  const { names, differences: list, phases: parts, total, curves, chance, parts: said } = data.comparison;
  const median = list[0].difference;
  const found = !median.known ? "The run was too short to tell." : median.lower > 0 || median.upper < 0 ? `${names[1]} is ${median.value > 0 ? "slower" : "faster"}: ${median.text} at p50 (95 % confidence: ${median.confidence}).` : `No difference was found at p50: ${median.text} (95 % confidence: ${median.confidence}).`;
  page.insertBefore(make("div", "banner doubtful", make("span", "sign", "Δ"), make("div", "", make("b", "", found), make("div", "small", `Same schedule, request by request in turns. Wilcoxon signed-rank ${chance < 0.001 ? "p < 0.001" : `p = ${chance.toFixed(3)}`}.`))), grid);
  differences(grid, "Response times", "The second way minus the first; the bar is the 95 % confidence interval.", ["", ...names], list);
  percentileChart(card(grid, "Percentile curve", "Dotted where fewer than ten requests lie beyond.", "wide"), curves, ["c1", "c2"]);
  differences(grid, "Where the difference arises", "Means of the phases of a success, which add up.", ["phase", ...names], [...parts, total]);
  if (said.length) card(grid, "Of the difference, as the server says", "Server-Timing of the second way; other closes the sum.", "wide").append(table(["part", "mean"], said.map(([name, , text]) => [name, text])));
  data.runs.forEach((run) => charts_of(grid, run, run.name));
}

function capacity(grid) {
  const found = data.capacity;
  const words = found.lower <= 0 ? "No rate that was tried holds the objectives." : found.upper === null ? `At least ${found.lower_text} requests/s: the generator was the limit.` : `Between ${found.lower_text} and ${found.upper_text} requests/s; beyond, ${found.broken} breaks first.`;
  page.insertBefore(make("div", `banner ${found.lower > 0 ? "good" : "bad"}`, make("span", "sign", "≤"), make("div", "", make("b", "", words), make("div", "small", found.objectives.join(" and ")))), grid);
  capacityChart(card(grid, "Rates that were tried", "Each point is a trial. The answer lies in the green band.", found.model.line ? "" : "wide"), found);
  if (found.model.line) {
    const model = found.model;
    modelChart(card(grid, "Throughput by requests in flight", `A model, not a result: Universal Scalability Law, contention ${model.sigma.toFixed(4)}, coherency ${model.kappa.toExponential(1)}, R² ${model.r_squared.toFixed(3)}${model.peak ? `, peak at ${Math.round(model.peak)}` : ""}.`), found);
  }
  const outcome = (trial) => make("td", "left", mark(!trial.conclusive ? "doubtful" : trial.held ? "good" : "bad"), ` ${!trial.conclusive ? "inconclusive" : trial.held ? "held" : trial.broken}`);
  card(grid, "Trials", null, "wide").append(table(["rate", "achieved", "p50", "p99", "errors", "in flight", "server", "for", ""],
    found.trials.map((trial) => [`${trial.rate_text}/s`, `${trial.achieved_text}/s`, trial.p50, trial.p99, trial.errors, trial.in_flight.toFixed(1), trial.server_cores ? `${trial.server_cores.toFixed(2)} cores` : "", trial.length, outcome(trial)])));
}

function footer(grid) {
  if (data.notes.length || data.labels.length) {
    const notes = card(grid, "Notes", null, "wide");
    notes.append(make("ul", "notes", ...data.notes.map((note) => make("li", "", note)), ...data.labels.map(([name, value]) => make("li", "", `${name} = ${value}`))));
  }
  const details = make("details", "", make("summary", "", "What was asked, and on which machine"), make("pre", "", JSON.stringify({ settings: data.settings, machines: data.machines }, null, 2)));
  grid.append(make("section", "card wide", details));
}

function run(grid, one) {
  objectives(grid);
  percentiles(grid, one);
  percentileChart(card(grid, "Percentile curve", "Each step to the right leaves a tenth of the requests. Dotted where fewer than ten lie beyond.", "wide"), one.curves, ["c1", "c6"]);
  charts_of(grid, one);
  phases(grid, one);
  counts(grid, one);
  health(grid, one);
}

header();
banner();
if (data.kind === "run") tiles(data.runs[0]);
const grid = make("div", "grid");
page.append(grid);
if (data.kind === "comparison") { objectives(grid); comparison(grid); }
else if (data.kind === "capacity") { capacity(grid); data.runs.forEach((one) => charts_of(grid, one, "Best trial")); }
else run(grid, data.runs[0]);
footer(grid);
document.documentElement.dataset.drawn = "yes";
