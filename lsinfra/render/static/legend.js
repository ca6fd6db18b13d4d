// How a class is drawn, and the legend that says so. The colours are in colours.css, for a light and a dark scheme.
(() => {
  const { C, COMPLETE, CONFLICT, NO_TOTAL, NO_DATA, chip, el } = lsinfra;
  const COLORS = [0, 1, 2, 3, 4, 5, 6, 7].map((level) => `var(--c${level})`);
  // The second cue beside colour: the more is handed over, the more of each dash is drawn. Only what is complete is solid.
  const DASHES = ["2 14", "5 11", "8 8", "11 5", "13.5 2.5", null, "1 9", "2 7"];
  const BEYOND = { color: "var(--beyond)", weight: 2.5, dashArray: "14 4" }; // not the province's: no figure is told of it
  const BORDER = { color: "var(--border)", weight: 1.5, dashArray: "10 3 2 3" };
  const UNITS = { color: "var(--edge)", weight: 1, dashArray: "1 3" };
  const look = (level, weight) => ({
    color: COLORS[level], weight: level === NO_DATA ? 2 : weight, dashArray: DASHES[level], lineCap: level === NO_TOTAL ? "round" : "butt",
  });
  const className = (w, level) => [w.class0, w.class1, w.class2, w.class3, w.class4, w.class5, w.class6, w.class7][level];
  const quietColor = (work) => (work[0] ? "var(--finished)" : "var(--proposed)");

  const low = (text) => text.charAt(0).toLowerCase() + text.slice(1);

  const LOW = 420; // pixels of height; on a lower map the legend is folded

  // The legend and its title, which changes with what the map shows.
  function legend(data, wide, high) {
    const w = data.words, edge = { color: "var(--edge)", weight: 7.5 };
    const path = ({ color, dashArray, weight, lineCap }) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const attributes = { d: "M0 5H44", stroke: color, "stroke-width": weight, "stroke-dasharray": dashArray || "none", "stroke-linecap": lineCap || "butt", fill: "none" };
      Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
      return made;
    };
    const line = (...styles) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 44 10");
      svg.setAttribute("aria-hidden", "true");
      svg.append(...styles.map(path));
      return svg;
    };
    const item = (name, ...styles) => el("li", null, line(...styles), el("span", null, name));
    const share = (level, name) => item(name, edge, { color: "var(--track)", weight: 6 }, look(level, 6));
    const shares = [w.short0, w.short1, w.short2, w.short3, w.short4, w.class5].map((name, level) => share(level, name));
    const others = [share(NO_TOTAL, w.class6), share(NO_DATA, w.class7)];
    if (data.sections.some((section) => section[6].length) || data.projects.some((project) => project.exact.length)) others.unshift(item(w.exact, edge, { color: COLORS[COMPLETE], weight: 6 }));
    if (data.sections.some((section) => section[8] && section[4].length)) others.push(item(w.beyond, BEYOND));
    if (data.quiet.some((work) => !work[0])) others.push(item(low(w.proposed), { color: "var(--proposed)", dashArray: "3 5", weight: 2.5 }));
    if (data.quiet.some((work) => work[0])) others.push(item(low(w.finished), { color: "var(--finished)", weight: 2.5 }));
    if (data.border.length) others.push(item(w.border, BORDER));
    if (data.units.lines) others.push(item(data.units.title, UNITS));
    if (data.obstacles.length) others.push(el("li", null, el("span", { class: "obstacle", "aria-hidden": "true" }, el("span", null, "!")), el("span", null, low(w.obstacle))));
    const title = el("b", null, w.legend_land);
    const made = el("details", { class: "legend", open: wide && high > LOW },
      el("summary", null, w.legend), title, el("ul", { class: "shares" }, shares), el("ul", null, others),
      el("details", { class: "how" }, el("summary", null, w.how_to_read),
        el("p", null, w.place_not_published),
        el("p", null, el("span", { class: "stale-date" }), w.stale_sign),
        data.rows.some((row) => row[C.CHECK] === CONFLICT) ? el("p", null, chip("doubt", ""), w.conflict_sign) : null,
        data.schematic.length ? el("p", null, w.schematic) : null,
        data.timeline.stops.length > 1 ? el("p", null, w.about_weeks) : null));
    return { made, title };
  }

  // What moves by itself is left away for those who asked for that.
  const motion = matchMedia("(prefers-reduced-motion: reduce)").matches ? { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false } : {};

  // Lines are drawn a little beyond the map, so that they are there when it is dragged. At rest they are not: unseen, they
  // would lie over the buttons beside it for whoever measures those. A map that has drawn already is left as it is.
  const REST = 0.01, DRAGGED = 0.1;
  function closely(map) {
    if (map._renderer || map.options.renderer) return;
    const renderer = (map.options.renderer = L.svg({ padding: REST }));
    map.on("dragstart", () => {
      renderer.options.padding = DRAGGED;
      renderer._update();
    }).on("dragend", () => { renderer.options.padding = REST; });
  }

  Object.assign(lsinfra, { closely, COLORS, BEYOND, BORDER, UNITS, look, className, quietColor, legend, motion });
})();
