// The page around the map of parcels: its head, and how the rooms of it are put together. Texts come ready from the
// data; only chainages of parcels, which are places and no figures, are written here.
(() => {
  const { el, said } = lsinfra;
  const { lower, see } = lsinfra.parts;
  const NAMED = 12; // parcels at an end of the longest stretch that stand open
  const PAPER = ["276mm", "118mm"]; // of the map on paper, as in parcels.css

  const put = (id, ...children) => document.getElementById(id).append(...children.flat(Infinity).filter(Boolean));

  // --- the head --------------------------------------------------------------------------------------------------

  // A parcel that blocks the longest stretch: on this page, or on that of its section.
  function blocker(data, parcel, last) {
    const name = said(parcel.id);
    const there = parcel.href
      ? el("a", { href: parcel.href }, name)
      : see(name, `${data.words.parcel} ${parcel.id}`, () => lsinfra.shown.show(parcel.row));
    const stage = el("span", { class: "small inline" }, ` (${lower(data.stages[parcel.stage])})`);
    return el("li", null, there, stage, last ? null : "; ");
  }

  function end(data, one) {
    const all = one.parcels.map((parcel, i) => blocker(data, parcel, i === one.parcels.length - 1));
    const list = (some) => (some.length ? el("ul", { class: "blockers" }, some) : null);
    const more = el("details", null, el("summary", null, data.words.more_blockers), list(all.slice(NAMED)));
    const told = el("dd", null, one.text, " ", list(all.slice(0, NAMED)), all.length > NAMED ? more : null);
    return el("div", { class: "end" }, el("dt", null, one.name), told);
  }

  function figure(one) {
    const big = el("p", { class: "big" }, el("b", null, one.big), el("span", null, one.text));
    return el(
      "div",
      { class: "fig" },
      el("p", { class: "what" }, one.name),
      one.big ? big : el("p", { class: "none" }, one.text),
      one.about ? el("p", { class: "sub" }, one.about) : null,
    );
  }

  function longest(data) {
    const w = data.words;
    const found = data.longest;
    const title = el("h2", { class: "what" }, w.longest);
    if (!found) return el("div", { class: "longest" }, title, el("p", { class: "none" }, data.none));
    const where = el("span", null, found.where, found.route ? [" · ", said(found.route)] : null);
    const go = see(w.see, "", () => lsinfra.shown.stretch(found.line, found.from, found.to));
    const big = el("p", { class: "big" }, el("b", null, `${found.length} km`), where, " ", go);
    return el("div", { class: "longest" }, title, big, el("dl", null, found.ends.map((one) => end(data, one))));
  }

  function head(data) {
    const title = document.getElementById("title");
    const project = data.project ? [" · ", said(data.project)] : null;
    const section = data.section ? [" · ", data.section] : null;
    document.title = `${data.title} · ${data.as_of}`;
    title.replaceChildren(said(data.title));
    title.before(el("p", { class: "above" }, data.words.above, project, section));
    put("as-of", data.as_of);
    put("nav", data.nav.map(([text, href]) => el("a", { href }, text)));
    put("summary", data.section ? null : longest(data), el("div", { class: "cards" }, data.head.map(figure)));
  }

  // --- the map ---------------------------------------------------------------------------------------------------

  function map(data) {
    const w = data.words;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const made = L.map("map_parcels", {
      zoomControl: false,
      fadeAnimation: false,
      zoomSnap: 0.25,
      zoomDelta: 1,
      maxZoom: 20,
      scrollWheelZoom: !L.Browser.mobile,
      ...(still ? { zoomAnimation: false, inertia: false } : {}),
    });
    const container = made.getContainer();
    container.classList.add("lsinfra");
    container.setAttribute("role", "group");
    container.setAttribute("aria-label", w.map_keys);
    made.attributionControl.remove();
    L.control.zoom({ position: "topleft", zoomInTitle: w.zoom_in, zoomOutTitle: w.zoom_out }).addTo(made);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(made);
    const north = el("span", { class: "north", role: "img", "aria-label": w.north_up }, w.north);
    container.querySelector(".leaflet-control-scale").append(north);
    // On a small map a popup needs the room of the controls.
    made.on("popupopen popupclose", (event) => container.classList.toggle("popup-open", event.type === "popupopen"));
    container.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      made.closePopup();
      lsinfra.shown.pick(-1);
    });
    const [south, west, north_, east] = data.bounds;
    made.fitBounds([[south, west], [north_, east]], { animate: false, padding: [34, 34] });
    return made;
  }

  // The map has the width of the sheet while it is printed.
  function printed(layer) {
    const style = layer.map.getContainer().style;
    const sized = (width, height) => {
      Object.assign(style, { width, height, flex: width && "none" });
      layer.fit();
    };
    window.addEventListener("beforeprint", () => sized(...PAPER));
    window.addEventListener("afterprint", () => sized("", ""));
  }

  // The address of a parcel: #p/ and its id; that of a search: #q/ and what is looked for.
  function follow(data, search) {
    const [, kind, coded] = /^#([pq])\/(.*)$/.exec(location.hash) || [];
    if (!kind) return;
    let asked;
    try {
      asked = decodeURIComponent(coded);
    } catch {
      return;
    }
    const i = kind === "p" ? data.parcels.ids.indexOf(asked) : -1;
    if (i >= 0) lsinfra.shown.show(i);
    else if (kind === "q") search.ask(asked);
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const { dataset } = document.documentElement;
    try {
      const data = await lsinfra.data();
      const search = lsinfra.searchBox(data);
      document.body.classList.add("parcels");
      head(data);
      put("projects", lsinfra.stagePanel(data, search.again));
      document.getElementById("map_parcels").before(search.made);
      lsinfra.shown = new lsinfra.Parcels(map(data), data);
      dataset.mapped = "true";
      put("below", lsinfra.parcelTables(data));
      follow(data, search);
      window.addEventListener("hashchange", () => follow(data, search));
      printed(lsinfra.shown);
      dataset.ready = "true";
    } catch (error) {
      lsinfra.broken(error);
    }
  });
})();
