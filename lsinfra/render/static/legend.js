// How a class is drawn, and the legend that says so.
(() => {
  const { COMPLETE, NO_TOTAL, NO_DATA, el } = lsinfra;
  const COLORS = ["#440154", "#414487", "#2A788E", "#22A884", "#7AD151", "#009E73", "#4b535d", "#8b939e"];
  // The second cue beside colour: the more is handed over, the more of each dash is drawn. Only what is complete is solid.
  const DASHES = ["2 14", "5 11", "8 8", "11 5", "13.5 2.5", null, "1 9", "2 7"];
  const BEYOND = { color: "#8d95a0", weight: 2.5, dashArray: "14 4" }; // not the province's: no figure is told of it
  const look = (level, weight) => ({
    color: COLORS[level], weight: level === NO_DATA ? 2 : weight, dashArray: DASHES[level], lineCap: level === NO_TOTAL ? "round" : "butt",
  });
  const quietColor = (work) => (work[0] ? "#a9afb8" : "#a98f6f");

  // The legend and its title, which changes with what the map shows.
  function legend(data, wide) {
    const w = data.words;
    const line = (color, dash, weight, cap) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      svg.setAttribute("viewBox", "0 0 48 10");
      svg.setAttribute("aria-hidden", "true");
      const attributes = { d: "M0 5H48", stroke: color, "stroke-width": weight, "stroke-dasharray": dash || "none", "stroke-linecap": cap || "butt", fill: "none" };
      Object.entries(attributes).forEach(([name, value]) => path.setAttribute(name, value));
      svg.append(path);
      return svg;
    };
    const names = [w.class0, w.class1, w.class2, w.class3, w.class4, w.class5, w.class6, w.class7];
    const items = [0, 1, 2, 3, 4, COMPLETE, NO_TOTAL, NO_DATA].map((level) => el("li", null, line(COLORS[level], DASHES[level], level === NO_DATA ? 2 : 6, level === NO_TOTAL ? "round" : "butt"), names[level]));
    if (data.sections.some((section) => section[6].length) || data.projects.some((project) => project.exact.length)) items.push(el("li", null, line(COLORS[COMPLETE], null, 6), w.exact));
    if (data.sections.some((section) => section[8] && section[4].length)) items.push(el("li", null, line(BEYOND.color, BEYOND.dashArray, BEYOND.weight), w.beyond));
    if (data.quiet.some((work) => !work[0])) items.push(el("li", null, line("#a98f6f", "3 5", 2.5), w.proposed));
    if (data.quiet.some((work) => work[0])) items.push(el("li", null, line("#a9afb8", null, 2.5), w.finished));
    if (data.border.length) items.push(el("li", null, line("#9aa1ab", "10 3 2 3", 1.5), w.border));
    const title = el("b", null, w.legend_land);
    const made = el("details", { class: "legend", open: wide },
      el("summary", null, w.legend), title, el("ul", null, items),
      el("p", null, w.place_not_published),
      el("p", null, el("span", { class: "stale-date" }), w.stale_sign),
      data.schematic ? el("p", null, w.schematic) : null,
      data.timeline.stops.length > 1 ? el("p", null, w.about_weeks) : null);
    return { made, title };
  }

  Object.assign(lsinfra, { COLORS, BEYOND, look, quietColor, legend });
})();
