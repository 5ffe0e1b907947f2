// Charts: uPlot with our colours, and a heat map, which it does not have. All of them are drawn anew when the theme changes.
"use strict";

const charts = [];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const withAlpha = (name, alpha) => `color-mix(in srgb, ${colour(name)} ${Math.round(alpha * 100)}%, transparent)`;

// 0.0352 -> "35.2 µs"; the unit depends on the value, as in the texts of the report.
function ms(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  const [factor, unit] = size >= 1000 ? [1e-3, "s"] : size >= 1 || size === 0 ? [1, "ms"] : size >= 0.001 ? [1e3, "µs"] : [1e6, "ns"];
  return `${digits(value * factor)} ${unit}`;
}
const digits = (value) => String(Number(value.toPrecision(3)));
const count = (value) => (value === null || value === undefined ? "" : value >= 1000 ? Math.round(value).toLocaleString("en") : digits(value));

function axis(more = {}) {
  return { stroke: colour("soft"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("line"), width: 1, size: 4 }, font: "11.5px Inter, system-ui, sans-serif", ...more };
}
// Ticks of a logarithmic axis at 1, 2 and 5 times powers of ten; words at all of them, or over many decades at powers only.
function logarithmic(text, more = {}) {
  const splits = (_, __, min, max) => {
    const found = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); ++power) {
      for (const lead of [1, 2, 5]) { const tick = lead * Math.pow(10, power); if (tick >= min && tick <= max) found.push(tick); }
    }
    return found;
  };
  const isPower = (tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9;
  const values = (_, ticks) => ticks.map((tick) => (ticks.length <= 8 || isPower(tick) ? text(tick) : ""));
  return axis({ splits, values, filter: (_, ticks) => ticks, size: 62, ...more });
}
// The range of a logarithmic axis ends at the values, not at the next power of ten: an outlier must not halve the picture.
const tight = (_, min, max) => (min === null || max === null ? [0.1, 1] : [min / 1.25, max * 1.25]);

function series(label, name, more = {}) {
  return { label, stroke: colour(name), width: 1.75, points: { show: false }, value: (_, value) => ms(value), ...more };
}

// Vertical lines with their words, and the warm-up in grey.
function overlay(marks, warmUntil) {
  return {
    hooks: {
      drawClear: [(plot) => {
        if (!warmUntil) return;
        const end = plot.valToPos(warmUntil, "x", true);
        plot.ctx.save();
        plot.ctx.fillStyle = colour("grid");
        plot.ctx.fillRect(plot.bbox.left, plot.bbox.top, Math.max(0, end - plot.bbox.left), plot.bbox.height);
        plot.ctx.restore();
      }],
      draw: [(plot) => {
        const { ctx, bbox } = plot, scale = devicePixelRatio;
        ctx.save();
        ctx.font = `${11 * scale}px Inter, system-ui, sans-serif`;
        ctx.fillStyle = ctx.strokeStyle = colour("soft");
        ctx.textAlign = "left";
        if (warmUntil && plot.valToPos(warmUntil, "x", true) - bbox.left > 60 * scale) ctx.fillText("warm-up", bbox.left + 6 * scale, bbox.top + 14 * scale);
        ctx.setLineDash([4 * scale, 4 * scale]);
        (marks || []).forEach((mark, i) => {
          const at = plot.valToPos(mark.at, "x", true);
          if (at < bbox.left || at > bbox.left + bbox.width) return;
          ctx.beginPath();
          ctx.moveTo(at, bbox.top);
          ctx.lineTo(at, bbox.top + bbox.height);
          ctx.stroke();
          const late = at > bbox.left + bbox.width * 0.75;
          ctx.textAlign = late ? "right" : "left";
          ctx.fillText(mark.text, at + (late ? -5 : 5) * scale, bbox.top + (14 + 15 * (i % 3)) * scale);
        });
        ctx.restore();
      }],
    },
  };
}

// Puts a chart into the element; `make(width)` gives its options and data with the colours of this moment.
function chart(parent, height, make) {
  const holder = document.createElement("div");
  holder.className = "chart";
  parent.append(holder);
  let plot = null;
  const draw = () => {
    if (plot) plot.destroy();
    const width = Math.max(280, holder.clientWidth);
    const [options, data] = make();
    plot = new uPlot({ width, height, legend: { live: true }, cursor: { points: { size: 7 } }, ...options }, data, holder);
  };
  charts.push({ draw, resize: () => plot && plot.setSize({ width: Math.max(280, holder.clientWidth), height }) });
  draw();
}

function redraw() { charts.forEach((one) => one.draw()); }
addEventListener("resize", () => charts.forEach((one) => one.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

// Percentiles against 1 / (1 - q): each step to the right is a tenth of what is left. Where fewer than ten values lie beyond, dotted.
function percentileChart(parent, curves, names) {
  chart(parent, 300, () => {
    const xs = [...new Set(curves.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
    const line = (one, wanted) => {
      const at = new Map(one.points.filter((point) => wanted(point[0])));
      return xs.map((x) => (at.has(x) ? at.get(x) : null));
    };
    const label = (x) => { const q = 100 * (1 - 1 / x); return x <= 1 ? "min" : `p${q >= 99.9 ? q.toFixed(Math.round(Math.log10(x)) - 2) : Number(q.toFixed(1))}`; };
    const shown = [], data = [xs];
    curves.forEach((one, i) => {
      shown.push(series(one.name, names[i], { spanGaps: true }));
      data.push(line(one, (x) => x <= one.enough_until));
      shown.push(series(`${one.name}, too few`, names[i], { class: "quiet", dash: [3, 4], width: 1.25, spanGaps: true }));
      data.push(line(one, (x) => x >= one.enough_until / 1.08));
    });
    return [{
      scales: { x: { time: false, distr: 3, range: (_, min, max) => [1, Math.max(10, max)] }, y: { distr: 3, range: tight } },
      axes: [logarithmic(label, { size: 32 }), logarithmic(ms)],
      series: [{ label: "percentile", value: (_, x) => (x === null ? "" : label(x)) }, ...shown],
    }, data];
  });
}

// Median, p90 and p99 over time, the space between in colour, and below them the rate.
function latencyChart(parent, run) {
  const time = run.time;
  chart(parent, 260, () => [{
    plugins: [overlay(run.marks, time.warm_until)],
    cursor: { sync: { key: "time" }, points: { size: 7 } },
    scales: { x: { time: false }, y: { distr: 3, range: tight } },
    axes: [axis({ size: 32, values: (_, ticks) => ticks.map((t) => `${t} s`) }), logarithmic(ms)],
    bands: [{ series: [1, 2], fill: withAlpha("c3", 0.12) }, { series: [2, 3], fill: withAlpha("c2", 0.16) }],
    series: [{ label: "at", value: (_, t) => (t === null ? "" : `${digits(t)} s`) }, series("p99", "c3", { width: 1.25 }), series("p90", "c2", { width: 1.25 }), series("p50", "c1"),
      series("service p50", "c6", { dash: [4, 3], width: 1 })],
  }, [time.t, time.p99, time.p90, time.p50, time.service_p50]]);
}

function rateChart(parent, run) {
  const time = run.time;
  chart(parent, 150, () => [{
    plugins: [overlay([], time.warm_until)],
    cursor: { sync: { key: "time" }, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: (_, min, max) => [0, (max || 1) * 1.1] } },
    axes: [axis({ size: 32, values: (_, ticks) => ticks.map((t) => `${t} s`) }), axis({ values: (_, ticks) => ticks.map(count), size: 62 })],
    series: [{ label: "at", value: (_, t) => (t === null ? "" : `${digits(t)} s`) },
      series("offered /s", "c6", { value: (_, v) => count(v), dash: [4, 3], width: 1.25 }), series("ended /s", "c4", { value: (_, v) => count(v), fill: withAlpha("c4", 0.1) })],
  }, [time.t, time.due, time.ended]]);
}

// What became of requests, stacked: each area is drawn down to the next.
function outcomeChart(parent, run) {
  const time = run.time;
  const parts = [["2xx, 3xx", "ok", "c4"], ["4xx", "client_error", "c2"], ["5xx", "server_error", "c3"], ["failed", "failed", "c5"], ["given up", "given_up", "c6"]]
    .filter(([, key]) => time[key].some((value) => value > 0));
  chart(parent, 200, () => {
    const stacked = [];
    for (let i = parts.length; i-- !== 0;) stacked[i] = time[parts[i][1]].map((value, at) => value + (i + 1 < parts.length ? stacked[i + 1][at] : 0));
    return [{
      plugins: [overlay(run.marks, time.warm_until)],
      cursor: { sync: { key: "time" }, points: { show: false } },
      scales: { x: { time: false }, y: { range: (_, min, max) => [0, (max || 1) * 1.1] } },
      axes: [axis({ size: 32, values: (_, ticks) => ticks.map((t) => `${t} s`) }), axis({ values: (_, ticks) => ticks.map(count), size: 62 })],
      bands: parts.slice(1).map((_, i) => ({ series: [i + 1, i + 2], fill: withAlpha(parts[i][2], 0.5) })),
      series: [{ label: "due at", value: (_, t) => (t === null ? "" : `${digits(t)} s`) },
        ...parts.map(([label, key, name], i) => series(`${label} /s`, name, { width: 1, fill: i + 1 === parts.length ? withAlpha(name, 0.5) : undefined, value: (_, v, at, index) => (index === null ? "" : count(time[key][index])) }))],
    }, [time.t, ...stacked]];
  });
}

function healthChart(parent, run) {
  const time = run.time, names = ["c1", "c2", "c4", "c5", "c7"];
  chart(parent, 200, () => {
    const usage = run.usage.map((one) => {
      let at = 0;
      return time.t.map((t) => { while (at + 1 < one.t.length && one.t[at] < t) ++at; return one.t.length === 0 || t > one.t[one.t.length - 1] + time.width ? null : one.cores[at]; });
    });
    return [{
      plugins: [overlay([], time.warm_until)],
      cursor: { sync: { key: "time" }, points: { size: 7 } },
      scales: { x: { time: false }, y: { distr: 3, range: (_, min, max) => (min === null ? [0.001, 1] : [Math.max(1e-6, min / 1.3), max * 1.3]) }, cores: { range: (_, min, max) => [0, Math.max(1, (max || 0) * 1.1)] } },
      axes: [axis({ size: 32, values: (_, ticks) => ticks.map((t) => `${t} s`) }), logarithmic(ms),
        ...(usage.length === 0 ? [] : [axis({ scale: "cores", side: 1, size: 48, grid: { show: false }, values: (_, ticks) => ticks.map((v) => `${digits(v)}`), label: "cores", labelSize: 16, labelFont: "11px Inter, system-ui, sans-serif" })])],
      series: [{ label: "at", value: (_, t) => (t === null ? "" : `${digits(t)} s`) }, series("late p99", "c3", { width: 1.25 }), series("late p50", "c6", { width: 1.25 }),
        ...run.usage.map((one, i) => series(`${one.name} (cores)`, names[i % names.length], { scale: "cores", value: (_, v) => (v === null ? "" : v.toFixed(2)) }))],
    }, [time.t, time.late_p99.map((v) => v || null), time.late_p50.map((v) => v || null), ...usage]];
  });
}

// Time to the right, latency upwards (logarithmic); the darker, the more requests.
function heatMap(parent, heat) {
  const holder = document.createElement("div"), canvas = document.createElement("canvas"), tip = document.createElement("div");
  holder.className = "heat";
  tip.className = "tip";
  tip.hidden = true;
  holder.append(canvas, tip);
  parent.append(holder);
  const edge = (row) => heat.least * Math.pow(heat.greatest / heat.least, row / heat.rows);
  const most = Math.max(...heat.cells.map((cell) => cell[2]));
  const at = new Map(heat.cells.map(([column, row, n]) => [column * heat.rows + row, n]));
  const left = 62, bottom = 24, top = 4;
  const place = () => ({ w: (canvas.clientWidth - left - 4) / heat.columns, h: (canvas.clientHeight - top - bottom) / heat.rows });
  const draw = () => {
    const scale = devicePixelRatio, ctx = canvas.getContext("2d");
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    ctx.scale(scale, scale);
    const { w, h } = place(), base = canvas.clientHeight - bottom;
    ctx.fillStyle = colour("grid");
    ctx.globalAlpha = 0.5;
    ctx.fillRect(left, top, w * heat.columns, h * heat.rows);
    for (const [column, row, n] of heat.cells) {
      // By the square root: one slow request among thousands must be seen.
      const share = Math.sqrt(n / most);
      ctx.fillStyle = `color-mix(in oklab, ${colour("c3")} ${Math.round(100 * share)}%, ${colour("c1")})`;
      ctx.globalAlpha = 0.22 + 0.78 * share;
      ctx.fillRect(left + column * w, base - (row + 1) * h, Math.max(1, w + 0.4), h + 0.4);
    }
    ctx.globalAlpha = 1;
    ctx.font = "11.5px Inter, system-ui, sans-serif";
    ctx.fillStyle = colour("soft");
    ctx.textAlign = "right";
    for (let row = 0; row <= heat.rows; row += 6) ctx.fillText(ms(edge(row)), left - 7, Math.max(top + 9, base - row * h + 4));
    ctx.textAlign = "center";
    const step = Math.max(1, Math.ceil(heat.columns / 10));
    for (let column = 0; column < heat.columns; column += step) ctx.fillText(`${digits(column * heat.width)} s`, left + column * w, canvas.clientHeight - 6);
  };
  canvas.addEventListener("mousemove", (event) => {
    const { w, h } = place(), column = Math.floor((event.offsetX - left) / w), row = Math.floor((canvas.clientHeight - bottom - event.offsetY) / h);
    const n = at.get(column * heat.rows + row);
    tip.hidden = n === undefined || row < 0 || row >= heat.rows;
    if (tip.hidden) return;
    tip.textContent = `${count(n)} × ${ms(edge(row))} to ${ms(edge(row + 1))}, ${digits(column * heat.width)} s`;
    tip.style.left = `${Math.min(event.offsetX + 12, canvas.clientWidth - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(0, event.offsetY - 30)}px`;
  });
  canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
  charts.push({ draw, resize: draw });
  draw();
}

// Rates that were tried, by their p99; the answer lies in the band.
function capacityChart(parent, capacity) {
  const { trials } = capacity, end = Math.max(...trials.map((trial) => trial.rate)) * 1.08;
  chart(parent, 300, () => [{
    hooks: { drawClear: [(plot) => {
      const from = plot.valToPos(capacity.lower, "x", true), to = capacity.upper === null ? plot.bbox.left + plot.bbox.width : plot.valToPos(capacity.upper, "x", true);
      plot.ctx.save();
      plot.ctx.fillStyle = withAlpha("good", 0.22);
      plot.ctx.fillRect(from, plot.bbox.top, Math.max(2, to - from), plot.bbox.height);
      plot.ctx.restore();
    }] },
    scales: { x: { time: false, range: [0, end] }, y: { distr: 3, range: tight } },
    axes: [axis({ size: 32, values: (_, ticks) => ticks.map((r) => `${count(r)}/s`) }), logarithmic(ms)],
    series: [{ label: "offered", value: (_, r) => (r === null ? "" : `${count(r)}/s`) }, series("p50", "c1", { width: 1.5 }), series("p99", "c6", { width: 1.25 }),
      ...[["held", "good"], ["broken", "bad"], ["inconclusive", "doubtful"]].map(([label, name]) => series(label, name, { paths: () => null, points: { show: true, size: 9, fill: colour(name), stroke: colour("card"), width: 1.5 } }))],
  }, [trials.map((t) => t.rate), trials.map((t) => t.p50_ms), trials.map((t) => t.p99_ms), trials.map((t) => (t.conclusive && t.held ? t.p99_ms : null)),
    trials.map((t) => (t.conclusive && !t.held ? t.p99_ms : null)), trials.map((t) => (t.conclusive ? null : t.p99_ms))]]);
}

function modelChart(parent, capacity) {
  const points = capacity.trials.filter((trial) => trial.in_flight > 0 && trial.conclusive);
  chart(parent, 300, () => {
    const line = new Map(capacity.model.line), xs = [...new Set([...line.keys(), ...points.map((p) => p.in_flight)])].sort((a, b) => a - b);
    const measured = new Map(points.map((p) => [p.in_flight, p.achieved]));
    return [{
      scales: { x: { time: false }, y: { range: (_, min, max) => [0, (max || 1) * 1.1] } },
      axes: [axis({ size: 32 }), axis({ values: (_, ticks) => ticks.map(count), size: 62 })],
      series: [{ label: "in flight", value: (_, v) => count(v) }, series("model /s", "c6", { dash: [5, 4], spanGaps: true, value: (_, v) => count(v) }),
        series("measured /s", "c4", { paths: () => null, points: { show: true, size: 8, fill: colour("c4"), stroke: colour("card") }, value: (_, v) => count(v) })],
    }, [xs, xs.map((x) => (line.has(x) ? line.get(x) : null)), xs.map((x) => (measured.has(x) ? measured.get(x) : null))]];
  });
}
