// The strip along the route: the area of the parcels by bins, and below it what is handed over.
(() => {
  const { el, said, fill, LOOKS, ORDER, CLEARED, UNCLEARED, UNREGISTERED, written } = lsinfra;
  const { STATES, svg, paint, toMap } = lsinfra.parts;
  const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500]; // km
  const TICK_ROOM = 64; // px between two of them
  const LETTER = 6.8; // px, of the text of a tick
  const TOP = 22, BARS = 96, BAND = 18, FOOT = 24, LABEL = 54, RIGHT = 8; // px
  const GROUND = TOP + BARS; // where the bars stand
  const BAND_TOP = GROUND + 8, BASE = BAND_TOP + BAND;

  const text = (x, y, label, more) => svg("text", { x, y, ...more }, label);

  // What is drawn of one line, and how chainage becomes px.
  function frame(data, line, width) {
    const bins = data.bins.filter((bin) => bin.line === line);
    const low = bins[0].from;
    const high = bins[bins.length - 1].to;
    const inner = width - LABEL - RIGHT;
    const x = (m) => LABEL + ((Math.min(Math.max(m, low), high) - low) / (high - low)) * inner;
    const most = Math.max(...bins.map((bin) => bin.total), 1);
    return { data, line, width, bins, low, high, inner, x, most };
  }

  // To show on the map when it is pressed.
  function pressed(made, line, from, to) {
    made.addEventListener("click", () => {
      lsinfra.shown.stretch(line, from, to);
      toMap();
    });
    return made;
  }

  function bar({ data, line, x, most }, bin, paints) {
    let y = GROUND;
    const parts = ORDER.filter((stage) => bin.areas[stage]).map((stage) => {
      const height = (BARS * bin.areas[stage]) / most;
      y -= height;
      const place = { x: x(bin.from) + 0.5, y, width: Math.max(0.5, x(bin.to) - x(bin.from) - 1), height };
      const look = { fill: paints[stage].fill, stroke: "var(--edge)", "stroke-width": 0.4, "data-stage": stage };
      const title = svg("title", {}, `${bin.where}: ${data.stages[stage]} ${bin.texts[stage]} ha`);
      return svg("rect", { ...place, ...look }, title);
    });
    return pressed(svg("g", {}, parts), line, bin.from, bin.to);
  }

  // What is not handed over is drawn last, and never too thin to be seen.
  function band({ data, line, x }) {
    const w = data.words;
    return [CLEARED, UNREGISTERED, UNCLEARED].flatMap((state) =>
      data.stretches
        .filter((one) => one[0] === line && one[1] === state)
        .map(([, , from, to, name, long]) => {
          const width = Math.max(x(to) - x(from), state === UNCLEARED ? 1.5 : 0.2);
          const title = svg("title", {}, `${name}: ${w[STATES[state]]}, ${long} m`);
          const place = { x: x(from), y: BAND_TOP, width, height: BAND };
          return pressed(svg("rect", { ...place, class: `state s${state}` }, title), line, from, to);
        }),
    );
  }

  // A bracket over the longest stretch, with its length.
  function bracket({ data, line, width, low, high, x }) {
    const best = data.longest;
    if (!best || best.line !== line || best.from < low || best.to > high) return null; // all of it, or none
    const [a, b] = [x(best.from), x(best.to)];
    const label = `${best.length} km`;
    const half = label.length * 3.4;
    const middle = Math.min(Math.max((a + b) / 2, half), width - half);
    return [
      svg("path", { class: "bracket", d: `M${a} ${BAND_TOP - 2}V13H${b}V${BAND_TOP - 2}` }),
      text(middle, 10, label, { "text-anchor": "middle", class: "strong" }),
    ];
  }

  // Chainage below, within the drawing; one whose text would touch the one before keeps its tick alone.
  function ticks({ width, low, high, inner, x }) {
    const step = 1000 * TICKS.find((km) => (km * 1000 * inner) / (high - low) >= TICK_ROOM);
    const made = [];
    let free = 0;
    for (let m = Math.ceil(low / step) * step; m <= high; m += step) {
      const half = (written(m).length * LETTER) / 2;
      made.push(svg("path", { class: "axis", d: `M${x(m)} ${BASE}v5` }));
      const at = Math.min(Math.max(x(m), half), width - half);
      if (at - half < free) continue;
      free = at + half + LETTER;
      made.push(text(at, BASE + 18, written(m), { "text-anchor": "middle", class: "tick" }));
    }
    return made;
  }

  function strip(data, line, width) {
    const w = data.words;
    const on = frame(data, line, width);
    const paints = LOOKS.map((_, stage) => paint(stage));
    const tallest = on.bins.find((bin) => bin.total === on.most);
    const end = { "text-anchor": "end" };
    const grid = `M${LABEL} ${TOP}H${width - RIGHT}M${LABEL} ${GROUND}H${width - RIGHT}`;
    return svg(
      "svg",
      { viewBox: `0 0 ${width} ${BASE + FOOT}`, role: "img", "aria-label": `${w.strip}. ${w.strip_aloud}` },
      svg("defs", {}, paints.map(({ defs }) => defs)),
      text(LABEL - 6, TOP + 9, `${tallest ? tallest.sum : 0} ha`, end),
      text(LABEL - 6, GROUND, "0 ha", end),
      svg("path", { class: "grid", d: grid }),
      on.bins.map((bin) => bar(on, bin, paints)),
      band(on),
      bracket(on),
      ticks(on),
    );
  }

  // A box with the strip of a line, drawn anew for every width.
  function box(data, line) {
    const made = el("div", { class: "chart" });
    let width = 0;
    new ResizeObserver(([one]) => {
      const now = Math.round(one.contentRect.width);
      if (now < 120 || now === width) return;
      width = now;
      made.replaceChildren(strip(data, line, now));
    }).observe(made);
    return made;
  }

  lsinfra.strips = (data) => {
    const w = data.words;
    const lines = [...new Set(data.stretches.map((one) => one[0]))];
    if (!lines.length) return null;
    const name = (line) => (lines.length > 1 ? el("figcaption", null, said(data.lines[line].route)) : null);
    const panels = lines.map((line) => el("figure", { class: "panel" }, name(line), box(data, line)));
    const several = lines.length > 1 ? ` ${w.strip_several}` : null;
    const edge = data.section ? ` ${w.bins_edge}` : null;
    const about = el("p", { class: "about" }, fill(w.strip_about, { step: data.bin }), several, edge);
    return el("section", { class: "block charts", id: "strip" }, el("h2", null, w.strip), about, panels);
  };
})();
