// Pieces of the page of parcels that several rooms of it share: how stages and states look, buttons, words.
(() => {
  const { el, LOOKS, LINES, TINT } = lsinfra;
  const STATES = ["cleared", "uncleared", "unregistered"]; // of land along the route, by their numbers in the data

  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);

  function svg(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.flat(Infinity).filter(Boolean));
    return made;
  }

  // --- stages ----------------------------------------------------------------------------------------------------

  let patterns = 0;

  function pattern(id, { side, path }, ink) {
    return svg(
      "pattern",
      { id, width: side, height: side, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: side, height: side, fill: "var(--map)" }),
      svg("rect", { width: side, height: side, fill: ink, "fill-opacity": TINT }),
      svg("path", { d: path, stroke: ink, "stroke-width": 1.3, fill: "none" }),
    );
  }

  // How a stage fills something of an SVG: its definition and its paint.
  function paint(stage) {
    const look = LOOKS[stage];
    const ink = `var(${look.colour})`;
    if (!look.side) return { defs: null, fill: ink };
    const id = `stage-${stage}-${patterns++}`;
    return { fill: `url(#${id})`, defs: pattern(id, look, ink) };
  }

  function swatch(stage) {
    const { defs, fill } = paint(stage);
    return svg(
      "svg",
      { viewBox: "0 0 30 16", class: "swatch", "aria-hidden": "true" },
      defs && svg("defs", {}, defs),
      svg("rect", { x: 0.5, y: 0.5, width: 29, height: 15, fill, stroke: "var(--edge)" }),
    );
  }

  // The stages that the project has land in, as places among data.stages.
  const stagesOf = (data) => [...data.stages.keys()].filter((stage) => data.legend[0][stage][1]);

  // --- states of the line ----------------------------------------------------------------------------------------

  function stroke(state, weight) {
    const { colour, dash } = LINES[state];
    const dashes = dash.join(" ") || null;
    return { stroke: `var(${colour})`, "stroke-width": weight, "stroke-dasharray": dashes, fill: "none" };
  }

  // A short line, of several strokes one over the other.
  function sample(...strokes) {
    const paths = strokes.map((one) => svg("path", { d: "M0 6H44", ...one }));
    return svg("svg", { viewBox: "0 0 44 12", class: "sample", "aria-hidden": "true" }, paths);
  }

  const CASING = [
    { stroke: "var(--edge)", "stroke-width": 9 },
    { stroke: "var(--track)", "stroke-width": 7 },
  ];
  const stateSample = (state) => sample(...CASING, stroke(state, 7));
  const LONGEST = [
    { stroke: "var(--ink)", "stroke-width": 12 },
    { stroke: "var(--ground)", "stroke-width": 8 },
  ];
  const longestSample = () => sample(...LONGEST, stroke(0, 5));

  // --- buttons ---------------------------------------------------------------------------------------------------

  const toMap = () => document.getElementById("map").scrollIntoView({ block: "nearest" });

  const link = (text, onclick, more) => el("button", { type: "button", class: "see", onclick, ...more }, text);

  // A button that shows something on the map, and the map.
  function see(text, name, go) {
    const onclick = () => {
      go();
      toMap();
    };
    return link(text, onclick, { "aria-label": name || null });
  }

  lsinfra.parts = { STATES, lower, svg, paint, swatch, stagesOf, stateSample, longestSample, toMap, link, see };
})();
