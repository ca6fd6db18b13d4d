// The weeks of the map: a slider under it, a button that plays it, and what a stop says of itself.
(() => {
  const { el, fill } = lsinfra;
  const PACE = 1400; // milliseconds that a week stays while the map plays
  const TOLD = 6; // projects whose figures are read aloud at a stop

  // The texts of a project at a stop, as timeline.py writes them: the last entry that begins at it or before.
  const SHARE = 1, FIGURE = 2, WHEN = 3, STALE = 4, PRESS = 5, PLAN = 6, CONFLICT = 7;
  const entry = (entries, stop) => entries.reduce((found, one) => (one[0] <= stop ? one : found));

  const stopName = (data, stop) => fill(data.words.map_of, { day: data.timeline.stops[stop][0], week: data.timeline.stops[stop][2] });

  // Boundaries are drawn as of the page's date; where those of a stop were others, that is said.
  const bounds = (data, stop) => (stop < data.units.since ? ` ${fill(data.words.earlier_bounds, { last: data.timeline.stops[data.timeline.stops.length - 1][0] })}` : "");

  // Everything that a stop says, for a screen reader: its day and week, then each project's share or figure.
  function told(data, layer) {
    const w = data.words, { stop, land } = layer;
    // The same as the head of the page tells of, where it has one: of many projects those with the lowest shares.
    const head = data.page ? data.page.summary.lines.flatMap((line) => (line.project === undefined ? [] : [line.project])) : [];
    const said = (head.length ? head : data.projects.map((_, number) => number)).slice(0, TOLD).map((number) => {
      const [share, figure] = headAt(data, number, layer).head;
      return `${data.projects[number].title}: ${share || figure || (land ? w.no_whole_yet : w.class7)}`;
    });
    if (data.projects.length > TOLD) said.push(fill(w.more_projects, { count: data.projects.length - TOLD }));
    return `${stopName(data, stop)}. ${land ? w.legend_land : w.legend_money}: ${said.join("; ")}.`;
  }

  // Under the map on a page of ours; on any other map a control of it. Nothing where there is only one day.
  function weeks(layer, map, data) {
    const w = data.words, stops = data.timeline.stops, last = stops.length - 1;
    if (!last) return null;
    const held = map.getContainer(), under = held.parentElement.classList.contains("map-box");
    const label = el("output", { class: "day" }), live = el("p", { class: "aloud", "aria-live": "polite" });
    const slider = el("input", { type: "range", min: 0, max: last, step: 1, "aria-label": w.weeks, oninput: () => { pause(); go(Number(slider.value)); } });
    const play = el("button", { type: "button", class: "play", onclick: () => (timer ? pause() : start()) });
    const back = el("button", { type: "button", class: "back", onclick: () => { pause(); go(last); slider.focus(); } }, fill(w.back_to_day, { day: stops[last][0] }));
    const made = el("div", { class: "weeks", role: "group", "aria-label": w.weeks }, play, slider, label, back, live);
    // Said on the map too, so that nobody takes its colours for those of the figures around it; a small map has no room.
    const wide = map.getSize().x > 640;
    const notice = el("p", { class: "earlier", "aria-hidden": "true" });
    const corner = L.control({ position: "bottomleft" });
    corner.onAdd = () => notice;
    let timer = null, heard = false;

    function go(stop) {
      layer.go(stop);
      slider.value = stop;
      label.textContent = stopName(data, stop);
      slider.setAttribute("aria-valuetext", label.textContent);
      made.classList.toggle("past", stop < last);
      back.hidden = stop === last;
      notice.classList.toggle("off", stop === last);
      notice.textContent = fill(wide ? w.earlier_map : stop < data.units.since ? w.earlier_shorter : w.earlier_short, { day: stops[stop][0], last: stops[last][0] }) + (wide ? bounds(data, stop) : "");
      say();
    }

    // While the map plays nothing is read aloud, for the weeks come faster than anybody reads.
    function say() {
      if (heard && !timer) live.textContent = told(data, layer);
    }

    function start() {
      timer = setInterval(() => {
        go(layer.stop + 1);
        if (layer.stop === last) pause();
      }, PACE);
      live.textContent = "";
      if (layer.stop === last) go(0);
      button();
    }

    function pause() {
      clearInterval(timer);
      timer = null;
      button();
      say();
    }

    function button() {
      play.textContent = timer ? "❚❚" : "▶";
      play.setAttribute("aria-label", timer ? w.pause : w.play);
      play.title = timer ? w.pause : w.play;
    }

    // Paper shows the week that is chosen, and says so; it does not play on meanwhile.
    window.addEventListener("beforeprint", pause);

    button();
    go(last);
    heard = true;
    if (wide) corner.addTo(map);
    else made.prepend(notice);
    let control = null;
    if (under) held.after(made);
    else {
      control = L.control({ position: "bottomleft" });
      L.DomEvent.disableClickPropagation(made);
      L.DomEvent.disableScrollPropagation(made);
      control.onAdd = () => made;
      control.addTo(map);
    }
    return {
      say,
      go(stop) {
        pause();
        go(stop);
      },
      remove() {
        pause();
        window.removeEventListener("beforeprint", pause);
        corner.remove();
        if (control) control.remove();
        else made.remove();
      },
    };
  }

  // What stands over the figures of a popup that was opened on an earlier day's map.
  function hint(data, stop, level) {
    const w = data.words, stops = data.timeline.stops, last = stops.length - 1;
    if (stop === last) return null;
    return el("p", { class: "hint past" }, fill(w.earlier_popup, { day: stops[stop][0], level: lsinfra.className(w, level), last: stops[last][0] }));
  }

  // A project's share, figure, date and whether that is old, and what is to be said of it, at the stop and by the measure of a map; empty for none.
  function headAt(data, number, { stop, land, measure }) {
    const line = data.timeline, by = measure === null ? line : line.by[measure];
    const own = by && by.heads[number], entries = land ? (own === 0 ? line.heads[number] : own || []) : line.paid[number];
    const at = entries.length ? entry(entries, stop) : [];
    return { head: at[SHARE] || at[FIGURE] ? [at[SHARE], at[FIGURE], at[WHEN], at[STALE]] : [], marks: lsinfra.doubtful(data.words, at[CONFLICT], at[PRESS]), plan: at[PLAN] || "" };
  }

  Object.assign(lsinfra, { weeks, hint, headAt, bounds });
})();
