// What is told on the map of a parcel, and of a place on the line.
(() => {
  const { el, said, fill, ORDER, every, written } = lsinfra;
  const { STATES, lower, swatch, stateSample, link } = lsinfra.parts;

  const card = (name, ...inside) =>
    el("div", { class: "card-pop", role: "dialog", tabindex: "-1", "aria-label": name }, ...inside);

  // The name of a line where the project has several.
  const routed = (data, line) => (data.lines.length > 1 ? [" · ", said(data.lines[line].route)] : null);

  const listed = (all) => all.map((one, n) => [n ? "; " : null, one]);

  // --- a parcel --------------------------------------------------------------------------------------------------

  // Every interval of a parcel: line, from, to.
  function spots({ parcels }, i) {
    const line = every(parcels.lines, i);
    const first = line < 0 ? [] : [[line, parcels.starts[i], parcels.starts[i] + parcels.lengths[i]]];
    return [...first, ...parcels.more.filter((one) => one[0] === i).map((one) => one.slice(1))];
  }

  function chainage(data, i) {
    const along = spots(data, i);
    if (along.length) {
      return listed(along.map(([line, from, to]) => [`${written(from)} – ${written(to)}`, routed(data, line)]));
    }
    if (data.unmeasured) return lower(data.unmeasured);
    // Along a line that is only sketched it may still lie.
    return data.lines.every((line) => line.metres.length) ? data.words.off_route : data.words.off_surveyed;
  }

  function stageOf(data, i) {
    const stage = every(data.parcels.stages, i);
    const day = data.days[every(data.parcels.days, i)];
    const since = day ? ` (${fill(data.words.since, { day })})` : null;
    return el("p", { class: "stage" }, swatch(stage), el("b", null, data.stages[stage]), since);
  }

  function facts(data, i) {
    const w = data.words;
    const units = data.groups[every(data.parcels.units, i)].map((unit) => said(data.units[unit]));
    const rows = [
      [w.area, `${data.parcels.areas[i]} m²`],
      [w.chainage, chainage(data, i)],
      [w.unit, listed(units)],
    ];
    return el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", null, name), el("dd", null, value)]));
  }

  // The next parcel of those that are asked for, -1 for none.
  function neighbour(shown, i, by) {
    let next = i + by;
    while (next >= 0 && next < shown.count && !shown.matches(next)) next += by;
    return next < shown.count ? next : -1;
  }

  lsinfra.parcelCard = (shown, i) => {
    const { data } = shown;
    const w = data.words;
    const id = data.parcels.ids[i];
    const ends = data.longest ? data.longest.ends : [];
    const blocked = ends.filter((end) => end.parcels.some((parcel) => parcel.row === i));
    const step = (text, by) => {
      const next = neighbour(shown, i, by);
      return link(text, () => shown.show(next), { disabled: next < 0 });
    };
    return card(
      `${w.parcel} ${id}`,
      el("h3", null, w.parcel, " ", said(id)),
      stageOf(data, i),
      facts(data, i),
      blocked.map((end) => el("p", { class: "hint" }, fill(w.blocks, { end: lower(end.name) }))),
      el("p", { class: "links" }, step(w.previous, -1), step(w.next, 1)),
    );
  };

  // --- a place on the line ---------------------------------------------------------------------------------------

  function stretchOf(data, stretch) {
    const [, state, , , where, long] = stretch;
    const name = el("b", null, data.words[STATES[state]]);
    return [el("p", { class: "stage" }, stateSample(state), name), el("p", null, `${where} (${long} m)`)];
  }

  function binOf(data, bin) {
    const there = ORDER.filter((stage) => bin.texts[stage]);
    const area = (stage) => el("li", null, swatch(stage), `${data.stages[stage]}: ${bin.texts[stage]} ha`);
    const title = el("h4", null, fill(data.words.in_bin, { where: bin.where }));
    return [title, el("ul", { class: "areas" }, there.map(area))];
  }

  // Its stretch, its bin, and the way to the parcels there.
  lsinfra.placeCard = (shown, line, m) => {
    const { data } = shown;
    const w = data.words;
    const holds = (of, from, to) => of === line && from <= m && m <= to;
    // Where one ends another begins: the later one, as Km12 is told of Km12 – Km13.
    const stretch = data.stretches.findLast(([of, , from, to]) => holds(of, from, to));
    const bin = data.bins.findLast((one) => holds(one.line, one.from, one.to));
    const here = !data.section || data.spans.some((span) => holds(...span));
    const pages = [...data.parts, ...(here ? [] : data.others)].filter((one) => one.spans.some((span) => holds(...span)));
    const open = (one) => el("a", { href: one.href }, fill(w.open_section, { where: one.name }));
    const whole = () => data.nav.map(([text, href]) => el("p", { class: "links" }, el("a", { href }, text)));
    const closer = link(w.closer, () => shown.tell(line, m, shown.closest));
    return card(
      written(m),
      el("h3", null, written(m), routed(data, line)),
      stretch ? stretchOf(data, stretch) : null,
      bin ? binOf(data, bin) : null,
      here ? null : el("p", null, w.unplaced),
      pages.map((one) => el("p", { class: "links" }, open(one))),
      here || pages.length ? null : whole(),
      shown.count && here ? el("p", { class: "links" }, closer) : null,
    );
  };
})();
